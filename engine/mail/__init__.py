"""Our own mail: invitations, sign-in links, notifications. Mail that flows send is the piece `email`."""

from .mailer import Mailer, MailError, Server

__all__ = ["MailError", "Mailer", "Server"]
