"""A flow as a tree that the template draws: tracks, stations, points and sidings.

Works on the plain definition, so that a draft with problems is drawn too: a step that is missing, or
entered twice, or unreachable, never breaks the page. With a run's overlay each piece of rail knows
whether the event went over it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.expressions import describe
from pieces import Registry

from .iterations import Iteration
from .run_view import Overlay

Definition = Mapping[str, Any]

MOST_COLUMNS = 6  # beyond, a router's branches stand below each other instead of side by side
_ICONS = {"router": "split", "loop": "repeat", "missing": "circle-alert"}
_PIECE_ICON = "puzzle"


@dataclass
class Siding:
    """What leaves a station sideways: a branch, a loop's body, or the way after an error."""

    kind: str  # case | when | otherwise | unrouted | body | error
    name: str
    slot: str = ""  # its place in the step: branches/0, otherwise, body, on_error; empty where nothing leads
    words: str = ""  # its condition
    code: bool = False  # the condition is an expression
    title: str = ""  # the whole condition, when `words` had to be short
    samples: list[str] | None = None  # those that go here; None where nobody has asked
    track: list[Station] = field(default_factory=list)
    entered: bool = False  # the event went in …
    left: bool = False  # … and came out again
    passing: bool = False  # lit main rail beside it (long layout): the event goes by, or has come back
    later_in: bool = False  # the event went to a later siding: the rail over to it is lit
    later_out: bool = False
    turn: Iteration | None = None  # of a loop in a run: the item that is shown
    change: str = ""  # beside another version: added | removed | changed

    @property
    def count(self) -> int:
        """The steps in it."""
        return sum(station.kind != "missing" for station in stations(self.track))

    @property
    def columns(self) -> int:
        return max([1, *(station.columns for station in self.track)])


@dataclass
class Station:
    """One trigger or step."""

    name: str
    kind: str  # trigger | action | router | loop | missing
    title: str
    subtitle: str
    icon: str
    skip: bool = False
    note: str = ""
    values: str = ""  # what a search finds beside what the card shows: its input, condition, connection
    sidings: list[Siding] = field(default_factory=list)
    points: str = ""  # wide | long: how the sidings are laid out; empty without any
    folded: list[Siding] = field(default_factory=list)  # of a run: sidings put away, see `folding`
    unfolded: bool = False  # … and in view all the same
    problems: list[str] = field(default_factory=list)
    severity: str = ""  # error | warning: the worst of its problems
    status: str = ""  # of a run: a step status, or `passed` for one that it never came to
    says: str = ""  # that status in words, with the duration
    reached: bool = False
    done: bool = False  # the event went on after it
    bypass: bool = False  # it went straight on, past the sidings (an action that did not fail)
    change: str = ""  # beside another version: added | removed | changed

    @property
    def columns(self) -> int:
        return sum(s.columns for s in self.sidings) if self.points == "wide" else 1


@dataclass
class Drawing:
    triggers: list[Station]
    track: list[Station]
    loose: list[Station]  # steps that no step leads to
    lit: bool  # a run is shown
    finished: bool  # the event came to the end


def draw(
    definition: Definition,
    pieces: Registry | None = None,
    problems: Iterable[Any] = (),
    overlay: Overlay | None = None,
) -> Drawing:
    """The tree of `definition`, with the check's `problems` and a run's `overlay` on their places."""
    return _Draughtsman(definition, pieces, problems, overlay).draw()


class _Draughtsman:
    def __init__(
        self,
        definition: Definition,
        pieces: Registry | None,
        problems: Iterable[Any],
        overlay: Overlay | None,
    ) -> None:
        self.definition = definition
        self.steps: Mapping[str, Any] = _mapping(definition.get("steps"))
        self.pieces = pieces
        self.overlay = overlay
        self.drawn: set[str] = set()
        self.problems: dict[tuple[str, str], list[Any]] = {}
        for problem in problems:
            self.problems.setdefault(_place(problem.pointer), []).append(problem)

    def draw(self) -> Drawing:
        triggers = [
            self._trigger(i, _mapping(t)) for i, t in enumerate(_list(self.definition.get("triggers")))
        ]
        track = self._track(self.definition.get("start"))
        loose: list[Station] = []
        for name in self.steps:
            if name not in self.drawn:
                loose += self._track(name)
        finished = self.overlay is not None and self.overlay.finished
        return Drawing(triggers, track, loose, self.overlay is not None, finished)

    # -- stations -------------------------------------------------------------------------------

    def _trigger(self, index: int, trigger: Mapping[str, Any]) -> Station:
        name = str(trigger.get("name", f"trigger {index + 1}"))
        title, subtitle, icon = self._named(trigger, "trigger")
        station = Station(name, "trigger", title, subtitle, icon)  # its `title` is one of runs
        self._mark(station, ("triggers", str(index)))
        verify = _mapping(_mapping(trigger.get("input")).get("verify")).get("scheme")
        if verify and verify != "none":
            station.subtitle = f"{subtitle} · {str(verify).replace('_', ' ')}"
        if self.overlay is not None:
            fired = self.overlay.trigger in (None, name)
            station.reached = station.done = fired
            station.status = "succeeded" if fired else "passed"
        return station

    def _track(self, start: Any) -> list[Station]:
        """The stations from `start` to where the edge is null."""
        track: list[Station] = []
        name = start
        while isinstance(name, str):
            if name in self.drawn or name not in self.steps:
                why = "drawn elsewhere" if name in self.drawn else "this step does not exist"
                track.append(Station(name, "missing", name, why, _ICONS["missing"]))
                break
            self.drawn.add(name)
            step = _mapping(self.steps[name])
            track.append(self._step(name, step))
            name = step.get("next")
        return track

    def _step(self, name: str, step: Mapping[str, Any]) -> Station:
        kind = str(step.get("type", "action"))
        station = Station(name, kind, _title(name, step), "", _ICONS.get(kind, _PIECE_ICON))
        station.skip, station.note = bool(step.get("skip")), str(step.get("note") or "")
        if kind == "router":
            key = step.get("key")
            match = "all matches" if step.get("match") == "all" else "first match"
            station.subtitle = f"{key} · {match}" if key else match
            station.sidings = self._branches(name, step)
        elif kind == "loop":
            station.subtitle = f"for each of {step.get('items', '')}"
            station.sidings = [
                self._siding("body", "each item", str(step.get("until") or ""), step.get("body"), "body")
            ]
            if station.sidings[0].words:
                station.sidings[0].words = f"until {station.sidings[0].words}"
        else:
            title, station.subtitle, station.icon = self._named(step, "action")
            station.title = str(step.get("title") or title)
            on_error = step.get("on_error")
            if isinstance(on_error, Mapping):
                station.sidings = [self._siding("error", "if it fails", "", on_error.get("next"), "on_error")]
        if station.sidings:
            wide = kind == "router" and sum(s.columns for s in station.sidings) <= MOST_COLUMNS
            station.points = "wide" if wide else "long"
        station.values = _searched(step)
        self._mark(station, ("steps", name))
        if self.overlay is not None:
            self._light(station, self.overlay)
        return station

    def _branches(self, name: str, step: Mapping[str, Any]) -> list[Siding]:
        sidings = []
        for index, branch in enumerate(map(_mapping, _list(step.get("branches")))):
            words, code, title = condition(branch, str(step.get("key") or ""))
            kind = "case" if branch.get("case") else "when"
            slot = f"branches/{index}"
            siding = self._siding(kind, str(branch.get("name", "")), words, branch.get("next"), slot)
            siding.code, siding.title = code, title
            sidings.append(siding)
        otherwise = step.get("otherwise")
        if isinstance(otherwise, Mapping):
            sidings.append(self._siding("otherwise", "otherwise", "", otherwise.get("next"), "otherwise"))
        else:
            sidings.append(Siding("unrouted", "no match", words="the event shows under Unrouted"))
        return sidings

    def _siding(self, kind: str, name: str, words: str, start: Any, slot: str) -> Siding:
        return Siding(kind, name, slot, words, track=self._track(start))

    # -- words ----------------------------------------------------------------------------------

    def _named(self, part: Mapping[str, Any], kind: str) -> tuple[str, str, str]:
        """Title, subtitle and icon of a trigger or action step, from its piece."""
        piece_name, own_name = str(part.get("piece", "")), str(part.get(kind, ""))
        own_title, piece_title, icon = words(own_name), words(piece_name), _PIECE_ICON
        piece = self.pieces.pieces.get(piece_name) if self.pieces else None
        if piece is not None:
            piece_title, icon = piece.title, piece.icon or icon
            known: Any = (piece.actions if kind == "action" else piece.triggers).get(own_name)
            own_title = known.title if known is not None else own_title
        return own_title, f"{piece_title} · {own_title}", icon

    def _mark(self, station: Station, place: tuple[str, str]) -> None:
        found = self.problems.get(place, [])
        station.problems = [problem.message for problem in found]
        if found:
            station.severity = "error" if any(p.severity == "error" for p in found) else "warning"

    # -- light ----------------------------------------------------------------------------------

    def _light(self, station: Station, overlay: Overlay) -> None:
        state = overlay.steps.get(station.name)
        taken = overlay.taken.get(station.name)
        if state is None and taken is None:
            station.status = "passed"
            return
        station.reached = True
        station.status = state.status if state else "succeeded"
        station.says = state.says if state else ""
        ended = station.status not in ("running", "waiting", "queued", "retrying", "canceled")
        failed = station.status in ("failed", "timed_out")
        for siding in station.sidings:
            if siding.kind in ("case", "when", "otherwise"):
                siding.entered = siding.name in (taken or ())
            elif siding.kind == "unrouted":
                siding.entered = ended and not taken and overlay.unrouted
            elif siding.kind == "error":
                siding.entered = failed
            else:
                siding.entered = any(inner.reached for inner in siding.track)
            siding.left = siding.entered and all(inner.done for inner in siding.track)
            siding.turn = overlay.turns.get(station.name) if siding.kind == "body" else None
        relate(station.sidings)
        entered = [siding for siding in station.sidings if siding.entered]
        station.bypass = station.points == "long" and ended and not entered and not failed
        if entered:
            station.done = ended and all(siding.left for siding in entered)
        else:
            station.done = ended and (not failed or overlay.went_on(station.name))


def relate(sidings: list[Siding]) -> None:
    """Tell each siding what happens on the rail that it shares with the others."""
    came_back = False
    for index, siding in enumerate(sidings):
        later = sidings[index + 1 :]
        siding.later_in = any(other.entered for other in later)
        siding.later_out = any(other.left for other in later)
        empty_and_taken = siding.left and not siding.track
        siding.passing = siding.later_in or came_back or empty_and_taken
        came_back = came_back or siding.left


def stations(track: list[Station]) -> Iterator[Station]:
    """Every station of a track, those in its sidings too."""
    for station in track:
        yield station
        for siding in (*station.sidings, *station.folded):
            yield from stations(siding.track)


def condition(branch: Mapping[str, Any], key: str) -> tuple[str, bool, str]:
    """A branch's condition: short words, whether they are to be read as code, and the whole as written."""
    cases = [str(case) for case in _list(branch.get("case"))]
    when = str(branch.get("when") or "")
    if cases and len(cases) <= 2:
        short = "= " + " or ".join(cases)
    elif cases:
        short = f"{len(cases)} {_plural(key)}"
    else:
        short = ""
    whole, code = " or ".join(cases), len(cases) in (1, 2)
    if when:
        said = describe.words(when)
        short = f"{short} and {said}" if short else said
        whole = f"{whole}, and {when}" if whole else when
        code = said == when.strip()
    return short, code, whole


def _plural(key: str) -> str:
    word = key.rpartition(".")[2]
    if not word.isalpha():
        return "values"
    if word.endswith(("s", "x", "ch")):
        return f"{word}es"
    return f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"


def _place(pointer: str) -> tuple[str, str]:
    """Which trigger or step a JSON pointer points into."""
    parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:3]]
    area, name, *_ = [*parts, "", ""]
    return area, name


_SEARCHED = 400  # characters of a step that a search looks into


def _searched(step: Mapping[str, Any]) -> str:
    """What is written into a step, in one line."""
    parts = [step.get(key) for key in ("connection", "key", "items", "until", "collect", "input")]
    return " ".join(" ".join(_texts(part)) for part in parts if part)[:_SEARCHED]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif value is not None:
        yield " ".join(str(value).split())


def _title(name: str, step: Mapping[str, Any]) -> str:
    return str(step.get("title") or words(name))


def words(name: str) -> str:
    """A name as a title: `tell_team` is `Tell team`."""
    return name.replace("_", " ").capitalize()


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
