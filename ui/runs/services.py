"""The services that the pages of runs use."""

from dataclasses import dataclass

from engine.authoring.edits import Edits
from engine.authoring.flows import Flows
from engine.base.pubsub import Live
from engine.runs.service import Runs
from engine.runs.unrouted_groups import UnroutedGroups
from pieces import Registry
from ui.runs.stream import Streams
from ui.shared.page_context import Layout


@dataclass(frozen=True)
class Services:
    """Handed to these pages when their routes are made."""

    layout: Layout
    runs: Runs
    unrouted_groups: UnroutedGroups
    flows: Flows
    edits: Edits
    pieces: Registry
    live: Live
    streams: Streams
