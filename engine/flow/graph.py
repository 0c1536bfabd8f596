"""How a flow's steps hang together: ways between them, drawing order, what comes before what.

Works on the plain JSON of a definition and takes nothing about it for granted, so that a broken one
can be checked and drawn as far as it goes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from .problem import pointer


class Edge(NamedTuple):
    """A way out of a step: `slot` is its place in the step (`next`, `branches/0`, `body` …)."""

    slot: str
    pointer: str
    target: str


class StepLocation(NamedTuple):
    """Where a step stands. `within` are the steps around it, outermost first, each with the slot it
    is in: `(("by_action", "branches/0"), ("each", "body"))`. `entry` points to the one way in."""

    name: str
    within: tuple[tuple[str, str], ...]
    entry: str

    @property
    def depth(self) -> int:
        return len(self.within)


@dataclass(frozen=True, slots=True)
class Graph:
    """A definition's steps and ways."""

    steps: Mapping[str, Any]
    start: str | None
    edges: Mapping[str, list[Edge]]

    @classmethod
    def of(cls, definition: Mapping[str, Any]) -> "Graph":
        steps = definition.get("steps")
        steps = steps if isinstance(steps, dict) else {}
        start = definition.get("start")
        return cls(
            steps=steps,
            start=start if isinstance(start, str) else None,
            edges={name: list(_edges(name, step)) for name, step in steps.items()},
        )

    def walk(self) -> Iterator[StepLocation]:
        """The steps in drawing order: a step, what stands within it, what follows it. Each only once."""
        seen: set[str] = set()
        ahead = [StepLocation(self.start, (), "/start")] if self.start is not None else []
        while ahead:
            place = ahead.pop()
            if place.name in seen or place.name not in self.steps:
                continue
            seen.add(place.name)
            yield place
            # The last one pushed is the next one drawn: first what is within, in order, then `next`.
            for edge in reversed(self.edges[place.name]):
                within = place.within if edge.slot == "next" else (*place.within, (place.name, edge.slot))
                ahead.append(StepLocation(edge.target, within, edge.pointer))


def _edges(name: str, step: Any) -> Iterator[Edge]:
    if not isinstance(step, dict):
        return
    for slot, target in _ways(step):
        if isinstance(target, str):
            at = pointer("steps", name, *slot.split("/"))
            direct = slot in ("next", "body")
            yield Edge(slot, at if direct else f"{at}/next", target)


def _ways(step: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    kind = step.get("type")
    if kind == "router":
        branches = step.get("branches")
        for number, branch in enumerate(branches if isinstance(branches, list) else ()):
            yield f"branches/{number}", _next(branch)
        yield "otherwise", _next(step.get("otherwise"))
    elif kind == "loop":
        yield "body", step.get("body")
    else:
        yield "on_error", _next(step.get("on_error"))
    yield "next", step.get("next")


def _next(way: Any) -> Any:
    return way.get("next") if isinstance(way, dict) else None


class Order:
    """What comes before what, for the steps that the start leads to."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self.places = {place.name: place for place in graph.walk()}
        self._number = {name: number for number, name in enumerate(self.places)}

    def before(self, earlier: str, later: str) -> bool:
        """Whether `earlier` may have run when `later` begins: a loop around it has not ended then."""
        if earlier not in self._number or later not in self._number:
            return False
        if (earlier, "body") in self.places[later].within:
            return False
        if self._number[earlier] >= self._number[later]:
            return False
        return not self._apart(self.places[earlier].within, self.places[later].within)

    def inside(self, name: str, around: str) -> bool:
        """Whether the step stands somewhere within the other."""
        place = self.places.get(name)
        return place is not None and any(owner == around for owner, _slot in place.within)

    def outside_loops(self, name: str) -> bool:
        """Whether no loop stands around the step. Of a step that nothing leads to, nobody knows."""
        place = self.places.get(name)
        return place is not None and all(slot != "body" for _owner, slot in place.within)

    def goes_on(self, name: str) -> bool:
        """Whether something follows the step, or what it stands within, in the same iteration of a loop."""
        place = self.places.get(name)
        around = [] if place is None else [*reversed(place.within)]
        for owner, slot in [(name, ""), *around]:
            if slot == "body":
                return False
            if isinstance(_next(self._graph.steps.get(owner)), str):
                return True
        return False

    def _apart(self, one: tuple[tuple[str, str], ...], other: tuple[tuple[str, str], ...]) -> bool:
        for (owner, slot), (other_owner, other_slot) in zip(one, other, strict=False):
            if owner != other_owner:
                return False
            if slot != other_slot:
                step = self._graph.steps[owner]
                in_turn = step.get("match") == "all" and step.get("parallel") is not True
                return not in_turn or "otherwise" in (slot, other_slot)
        return False
