"""Branches that an event did not take, put away so that its own way is in view at once."""

from .canvas import Drawing, Station, relate, stations

FEW = 4
"""Branches and stations that were not taken and stay where they are: so few hide nothing."""


def fold(drawing: Drawing, selected: str = "") -> Drawing:
    """The lit `drawing` with what was not taken of its routers folded, and given back.

    A fold stands open when the station called `selected` is in it.
    """
    for station in list(stations([*drawing.track, *drawing.loose])):
        if station.kind == "router":
            _fold(station, selected)
    return drawing


def _fold(station: Station, selected: str) -> None:
    rest = [siding for siding in station.sidings if not siding.entered]
    if sum(1 + sum(1 for _ in stations(siding.track)) for siding in rest) <= FEW:
        return
    station.sidings = [siding for siding in station.sidings if siding.entered]
    station.folded, station.points = rest, "long"
    station.unfolded = any(one.name == selected for siding in rest for one in stations(siding.track))
    relate(station.sidings)
    for siding in rest:
        siding.later_in = siding.later_out = False
        siding.passing = any(taken.left for taken in station.sidings)
