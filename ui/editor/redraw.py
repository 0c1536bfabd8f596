"""What an edit changed of a drawing: the few pieces that are sent instead of the whole.

A piece names the element it is about by a selector. Each is about elements that were on the page before
the edit, since the page looks them all up before it puts the first one in.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ui.drawing.canvas import Drawing, Siding, Station, stations

from .flow import Note
from .unsaved import Marks

MOST = 24
"""Pieces; what changed more is drawn as a whole."""


@dataclass(frozen=True)
class Piece:
    """One change of the page: what of the drawing, and how it is put there."""

    kind: str  # stop | station | way | siding | summary | notes | gone
    target: str
    swap: str = "outerMorph"
    station: Station | None = None
    siding: Siding | None = None
    stations: list[Station] = field(default_factory=list)


class _Whole(Exception):
    """Too much has changed, or something of which nothing smaller can be drawn."""


def redraw(
    before: Drawing, after: Drawing, notes: tuple[Sequence[Note], Sequence[Note]] = ((), ())
) -> list[Piece] | None:
    """The pieces that make the page of `before` one of `after`; None when it must be drawn as a whole."""
    try:
        found = list(_drawing(before, after))
    except _Whole:
        return None
    if notes[0] != notes[1]:
        if not (notes[0] and notes[1]):
            return None
        found.append(Piece("notes", "#plan > .stickies"))
    # What moved leaves its old place before it comes to the new one.
    found.sort(key=lambda piece: piece.kind != "gone")
    return found if len(found) <= MOST else None


def remarked(drawing: Drawing, was: Marks, now: Marks, known: Sequence[Piece]) -> Iterator[Piece]:
    """The cards and branches that say anew, or no longer, that something of them is not saved."""
    steps, branches = was.steps ^ now.steps, was.branches ^ now.branches
    targets = {piece.target for piece in known}
    for station in stations([*drawing.triggers, *drawing.track, *drawing.loose]):
        place = f"#at-{station.name}"
        if station.name in steps and not targets & {place, f"{place} > .stop"}:
            yield Piece("stop", f"{place} > .stop", station=station)
        for at, siding in enumerate(station.sidings, start=1):
            target = f"{place} > .points > .siding:nth-child({at})"
            if (station.name, siding.name) in branches and not targets & {target, f"{target} > .way"}:
                yield Piece("way", f"{target} > .way", station=station, siding=siding)


def _drawing(before: Drawing, after: Drawing) -> Iterator[Piece]:
    if before.lit or after.lit or before.loose or after.loose or not (before.track and after.track):
        raise _Whole
    if _names(before.triggers) != _names(after.triggers):
        raise _Whole
    for was, now in zip(before.triggers, after.triggers, strict=True):
        yield from _station(was, now)
    pieces = _track(before.track, after.track)
    if pieces is None:
        raise _Whole
    yield from pieces


def _track(before: list[Station], after: list[Station]) -> list[Piece] | None:
    """The pieces of one line of stations; None when it has to be drawn anew."""
    was, now = _names(before), _names(after)
    if "missing" in {station.kind for station in (*before, *after)}:
        raise _Whole
    kept = [name for name in now if name in was]
    if kept != [name for name in was if name in now] or not kept:
        return None if was != now else []
    made = [Piece("gone", f"#at-{name}", "delete") for name in was if name not in now]
    old = {station.name: station for station in before}
    fresh: list[Station] = []
    last = ""
    for station in after:
        if station.name not in old:
            fresh.append(station)
            continue
        if fresh:
            made.append(_inserted(last, station.name, fresh))
            fresh = []
        made += _station(old[station.name], station)
        last = station.name
    if fresh:
        made.append(_inserted(last, "", fresh))
    return made


def _inserted(after: str, before: str, fresh: list[Station]) -> Piece:
    if after:
        return Piece("station", f"#at-{after}", "afterend", stations=fresh)
    return Piece("station", f"#at-{before}", "beforebegin", stations=fresh)


def _station(was: Station, now: Station) -> Iterator[Piece]:
    """The pieces of a station of the same name."""
    place = f"#at-{now.name}"
    if _frame(was) != _frame(now):
        yield Piece("station", place, stations=[now])
        return
    sidings = _sidings(was, now, f"{place} > .points > .siding")
    if sidings is None:
        yield Piece("station", place, stations=[now])
        return
    if _card(was) != _card(now):
        yield Piece("stop", f"{place} > .stop", station=now)
    yield from sidings


def _sidings(was: Station, now: Station, place: str) -> list[Piece] | None:
    """The pieces of what leaves a station: branches that came, went or changed; None when they are mixed."""
    start, end = _alike([_slot(each) for each in was.sidings], [_slot(each) for each in now.sidings])
    gone, fresh = len(was.sidings) - start - end, now.sidings[start : len(now.sidings) - end]
    if (gone and fresh and gone != len(fresh)) or bool(was.sidings) != bool(now.sidings):
        return None
    targets = [f"{place}:nth-child({at})" for at in range(1, len(was.sidings) + 1)]
    made: list[Piece] = []
    if gone and fresh:
        pairs = zip(targets[start:], fresh, strict=False)
        made += [Piece("siding", target, station=now, siding=each) for target, each in pairs]
    elif gone:
        made += [Piece("gone", target, "delete") for target in targets[start : start + gone]]
    elif fresh and end:
        made += [Piece("siding", targets[start], "beforebegin", station=now, siding=each) for each in fresh]
    elif fresh:
        last = targets[start - 1]
        made += [Piece("siding", last, "afterend", station=now, siding=each) for each in reversed(fresh)]
    for at in (*range(start), *range(-end, 0)):
        made += _siding(now, was.sidings[at], now.sidings[at], targets[at])
    return made


def _alike(old: list[tuple[str, str]], new: list[tuple[str, str]]) -> tuple[int, int]:
    """How many are the same at the start, and how many of the rest at the end."""
    shorter = min(len(old), len(new))
    start = next((at for at in range(shorter) if old[at] != new[at]), shorter)
    rest = range(shorter - start)
    return start, next((at for at in rest if old[-1 - at] != new[-1 - at]), len(rest))


def _slot(siding: Siding) -> tuple[str, str]:
    return siding.kind, siding.slot


def _siding(station: Station, was: Siding, now: Siding, place: str) -> Iterator[Piece]:
    inside = _track(was.track, now.track)
    if inside is None:
        yield Piece("siding", place, station=station, siding=now)
        return
    if _way(was) != _way(now):
        yield Piece("way", f"{place} > .way", station=station, siding=now)
    if (was.count, was.name) != (now.count, now.name) and now.track:
        yield Piece("summary", f"{place} > .fold > summary", station=station, siding=now)
    yield from inside


def _names(track: Sequence[Station]) -> list[str]:
    return [station.name for station in track]


def _frame(station: Station) -> tuple[object, ...]:
    """What is drawn around the station's card and its sidings."""
    return station.kind, station.skip, station.points, station.title if station.sidings else ""


def _card(station: Station) -> tuple[object, ...]:
    return (station.title, station.subtitle, station.icon, station.note, station.problems, station.severity,
            station.kind, station.values)  # fmt: skip


def _way(siding: Siding) -> tuple[object, ...]:
    return siding.name, siding.words, siding.code, siding.title, siding.samples
