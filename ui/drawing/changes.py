"""The differences of two versions on the drawing of one of them."""

from collections.abc import Mapping

from engine.flow.marks import Mark, MarkedPart

from .canvas import Drawing, stations


def mark_changes(drawing: Drawing, marks: Mapping[MarkedPart, Mark]) -> None:
    """Mark the steps, triggers and branches that differ."""
    for station in (*drawing.triggers, *stations(drawing.track), *stations(drawing.loose)):
        station.change = marks.get((station.name, ""), "")
        for siding in (*station.sidings, *station.folded):
            siding.change = marks.get((station.name, siding.slot), "") if siding.slot else ""
