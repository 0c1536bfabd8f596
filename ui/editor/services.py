"""The services that the pages of the editor use."""

from dataclasses import dataclass

from engine.access import Projects
from engine.access.preferences import Preferences
from engine.authoring.edits import Edits
from engine.authoring.flows import Flows
from engine.authoring.folders import Folders
from engine.authoring.presence import Presence
from engine.authoring.unsaved import UnsavedTexts
from engine.base.pubsub import Live
from engine.base.settings import Settings
from engine.connections.service import Connections
from engine.piece_context import FormContexts
from engine.runs.service import Runs
from engine.triggers.service import Triggers
from pieces import Registry
from ui.runs.stream import Streams
from ui.shared.page_context import Layout


@dataclass(frozen=True)
class Services:
    """Handed to these pages when their routes are made."""

    layout: Layout
    flows: Flows
    edits: Edits
    unsaved: UnsavedTexts
    pieces: Registry
    connections: Connections
    folders: Folders
    triggers: Triggers
    runs: Runs
    projects: Projects
    preferences: Preferences
    presence: Presence
    forms: FormContexts
    live: Live
    streams: Streams
    settings: Settings
