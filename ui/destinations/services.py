"""The services that the pages of destinations and their deliveries use."""

from dataclasses import dataclass

from engine.access import Projects
from engine.authoring.flows import Flows
from engine.destinations import Destinations
from ui.shared.page_context import Layout


@dataclass(frozen=True)
class Services:
    """Handed to these pages when their routes are made."""

    layout: Layout
    destinations: Destinations
    flows: Flows
    projects: Projects
