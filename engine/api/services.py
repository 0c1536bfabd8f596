"""What the API asks of the application: the services on `request.app.state.switchyard`."""

from typing import Protocol

from engine.access import Access
from engine.authoring.edits import Edits
from engine.authoring.flows import Flows
from engine.authoring.folders import Folders
from engine.authoring.project_catalogues import Catalogues
from engine.base.settings import Settings
from engine.connections.service import Connections
from engine.destinations import Destinations
from engine.events.audit_log import AuditLog
from engine.runs.service import Runs
from engine.store.database import Database
from engine.triggers.service import Triggers
from engine.triggers.topics import Topics
from pieces import Registry


class Services(Protocol):
    settings: Settings
    db: Database
    pieces: Registry
    access: Access
    audit: AuditLog
    connections: Connections
    destinations: Destinations
    flows: Flows
    folders: Folders
    catalogues: Catalogues
    edits: Edits
    runs: Runs
    triggers: Triggers
    topics: Topics
