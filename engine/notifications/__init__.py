"""Mails to the admins of a project about what needs a person: runs that fail, events that no branch takes,
requests that are refused. Whoever sends other mail (invitations, the pieces) does so elsewhere."""

from .notifier import Notifier
from .service import Notifications, Overview

__all__ = ["Notifications", "Notifier", "Overview"]
