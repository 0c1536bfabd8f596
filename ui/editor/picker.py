"""What can be put into a flow: pieces' actions and triggers, routers and loops, and the places they go to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.flow import Graph
from pieces import Piece, Registry
from ui.drawing.parts import title_of

ROUTER, LOOP = "router", "loop"


@dataclass(frozen=True)
class Pick:
    """One thing to choose."""

    value: str  # piece.action, router, loop
    title: str
    summary: str
    icon: str
    haystack: str  # what a search looks into


@dataclass(frozen=True)
class Group:
    title: str
    icon: str
    summary: str
    picks: list[Pick] = field(default_factory=list)


def steps(pieces: Registry, search: str = "") -> list[Group]:
    """What can be a step, by piece: what steers the flow first."""
    steering = Group("Control the flow", "split", "", [
        _pick(ROUTER, "Router", "Sends each event down the branch whose condition it meets.", "split",
              "branch condition if switch case filter steer"),
        _pick(LOOP, "Loop", "Runs steps for each item of a list.", "repeat",
              "for each repeat items iterate steer"),
    ])  # fmt: skip
    return _found([steering, *(_group(piece, "actions") for piece in _ordered(pieces))], search)


def triggers(pieces: Registry, search: str = "") -> list[Group]:
    """What can start a flow, by piece."""
    return _found([_group(piece, "triggers") for piece in _ordered(pieces)], search)


_ALSO = {
    "data.transform": "code set edit map fields function",
    "delay.delay_for": "sleep pause",
    "flow.call": "sub-flow subflow execute",
    "webhook.respond": "response reply return",
}
"""What people who come from other products look for."""

_FIRST = ("webhook", "http", "slack", "email", "data")


def _ordered(pieces: Registry) -> list[Piece]:
    rank = {name: index for index, name in enumerate(_FIRST)}
    return sorted(pieces.pieces.values(), key=lambda p: (rank.get(p.name, len(rank)), p.title.lower()))


def _group(piece: Piece, of: str) -> Group:
    own: Mapping[str, Any] = getattr(piece, of)
    about = f"{piece.title} {piece.name} {piece.summary}"
    picks = [
        _pick(value := f"{piece.name}.{name}", one.title, one.summary, piece.icon,
              f"{about} {_ALSO.get(value, '')}")
        for name, one in own.items()
    ]  # fmt: skip
    return Group(piece.title, piece.icon, piece.summary, picks)


def _pick(value: str, title: str, summary: str, icon: str, about: str) -> Pick:
    return Pick(value, title, summary, icon, f"{title} {value} {summary} {about}".lower().replace("_", " "))


def _found(groups: list[Group], search: str) -> list[Group]:
    asked = search.lower().split()
    found = []
    for group in groups:
        picks = [pick for pick in group.picks if all(word in pick.haystack for word in asked)]
        if picks:
            found.append(Group(group.title, group.icon, group.summary, picks))
    return found


# -- places ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Spot:
    """A place that a step can be put to, in words."""

    value: str  # `start`, `after:tell`, `in:by_action:branches/0`
    label: str
    depth: int = 0


def spots(definition: Mapping[str, Any], pieces: Registry, moved: str = "") -> list[Spot]:
    """Every place of a flow in drawing order, without those within the step that is moved."""
    graph = Graph.of(definition)
    found = [Spot("start", "At the start")]
    for place in graph.walk():
        if place.name == moved or any(owner == moved for owner, _slot in place.within):
            continue
        step = graph.steps[place.name]
        title = title_of(definition, place.name, pieces)
        found += [
            Spot(f"in:{place.name}:{slot}", f"{title}: {label}", place.depth + 1)
            for slot, label in _slots(step)
        ]
        found.append(Spot(f"after:{place.name}", f"After {title}", place.depth))
    return found


def _slots(step: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if step.get("type") == "router":
        for index, branch in enumerate(step.get("branches") or []):
            yield f"branches/{index}", f"first in “{branch.get('name')}”"
        if isinstance(step.get("otherwise"), Mapping):
            yield "otherwise", "first in otherwise"
    elif step.get("type") == "loop":
        yield "body", "first for each item"
    elif isinstance(step.get("on_error"), Mapping):
        yield "on_error", "first if it fails"


def place_in_words(definition: Mapping[str, Any], value: str, pieces: Registry) -> str:
    """Where a place is, for a heading; empty for one that is not there."""
    return next((spot.label for spot in spots(definition, pieces) if spot.value == value), "")
