"""The services of the API. An operation is given those that its parameters name, see `operation`."""

from dataclasses import dataclass

from engine.access import Invitations, LinkMail, Projects, SecondFactor, Users
from engine.authoring.edits import Edits
from engine.authoring.flows import Flows
from engine.authoring.folders import Folders
from engine.authoring.project_catalogues import Catalogues
from engine.base.settings import Settings
from engine.connections.service import Connections
from engine.destinations import Destinations
from engine.events.audit_log import AuditLog
from engine.intake.admissions import Admissions
from engine.intake.rejected import Rejected
from engine.notifications import Notifications
from engine.runs.balance import Balance
from engine.runs.held import HeldEvents
from engine.runs.service import Runs
from engine.triggers.service import Triggers
from engine.triggers.topics import Topics
from pieces import Registry


@dataclass(frozen=True)
class Services:
    """All of them, by the name under which an operation asks for one."""

    settings: Settings
    pieces: Registry
    projects: Projects
    users: Users
    second_factor: SecondFactor
    invitations: Invitations
    link_mail: LinkMail
    audit: AuditLog
    connections: Connections
    destinations: Destinations
    flows: Flows
    folders: Folders
    catalogues: Catalogues
    edits: Edits
    runs: Runs
    rejected: Rejected
    admissions: Admissions
    held: HeldEvents
    balance: Balance
    notifications: Notifications
    triggers: Triggers
    topics: Topics
