"""What the API asks of the application: the services on `request.app.state.switchyard`."""

from typing import Protocol

from pieces import Registry

from ..access import Access
from ..connections import Connections
from ..database import Database
from ..edits import Edits
from ..flows import Flows
from ..folders import Folders
from ..runs import Runs
from ..settings import Settings
from ..topics import Topics
from ..triggers import Triggers


class Services(Protocol):
    settings: Settings
    db: Database
    pieces: Registry
    access: Access
    connections: Connections
    flows: Flows
    folders: Folders
    edits: Edits
    runs: Runs
    triggers: Triggers
    topics: Topics
