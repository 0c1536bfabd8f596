"""What the API asks of the application: the services on `request.app.state.switchyard`."""

from typing import Protocol

from pieces import Registry

from ..access import Access
from ..audit_log import AuditLog
from ..connections import Connections
from ..database import Database
from ..destinations import Destinations
from ..edits import Edits
from ..flows import Flows
from ..folders import Folders
from ..project_catalogues import Catalogues
from ..runs import Runs
from ..settings import Settings
from ..topics import Topics
from ..triggers import Triggers


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
