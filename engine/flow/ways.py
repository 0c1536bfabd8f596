"""The rules of the graph: every way leads to a step, and every step has exactly one way in."""

from collections.abc import Iterator
from difflib import get_close_matches

from .graph import Edge, Graph, Order
from .problem import Problem, pointer

MAX_NESTING = 32
"""Routers and loops within each other."""


def way_problems(graph: Graph, order: Order) -> Iterator[Problem]:
    """Ways that lead nowhere, twice to one step or in a circle; steps that nothing leads to."""
    entered: dict[str, tuple[str | None, str]] = {}  # step → (from which step, by which pointer)
    if graph.start is not None and _exists(graph, graph.start):
        entered[graph.start] = (None, "/start")
    elif graph.start is not None:
        yield _nowhere(graph, "/start", graph.start)
    yield from _follow(graph, list(entered), entered)
    targets = {edge.target for edges in graph.edges.values() for edge in edges}
    for name in graph.steps:
        if name not in entered and name not in targets:
            yield from _orphan(graph, name, entered)
    for name in graph.steps:
        if name not in entered:
            yield from _circle(graph, name, entered)
    for name, place in order.places.items():
        if place.depth == MAX_NESTING + 1:
            message = f"`{name}` is nested in more than {MAX_NESTING} routers and loops; call another flow"
            yield Problem(pointer("steps", name), message, code="graph")


def _exists(graph: Graph, name: str) -> bool:
    return name in graph.steps


def _nowhere(graph: Graph, at: str, target: str) -> Problem:
    near = get_close_matches(target, graph.steps, n=1)
    hint = f"; did you mean `{near[0]}`?" if near else ""
    return Problem(at, f"there is no step `{target[:80]}`{hint}", code="graph")


def _follow(graph: Graph, names: list[str], entered: dict[str, tuple[str | None, str]]) -> Iterator[Problem]:
    """Take the ways out of these steps (and of steps found on the way), noting how each is entered."""
    ahead = list(names)
    while ahead:
        name = ahead.pop()
        found = []
        for edge in graph.edges[name]:
            if not _exists(graph, edge.target):
                yield _nowhere(graph, edge.pointer, edge.target)
            elif edge.target in entered:
                yield _again(name, edge, entered)
            else:
                entered[edge.target] = (name, edge.pointer)
                found.append(edge.target)
        ahead.extend(reversed(found))  # so that they are met in drawing order


def _again(name: str, edge: Edge, entered: dict[str, tuple[str | None, str]]) -> Problem:
    target, above = edge.target, [name]
    while above[-1] != target:
        before = entered[above[-1]][0] if above[-1] in entered else None
        if before is None or len(above) > len(entered):
            break
        above.append(before)
    if above[-1] == target:
        circle = " → ".join([*reversed(above), target][:12])
        message = f"this leads back to `{target}` ({circle}): a flow cannot go in circles; use a loop"
    else:
        message = (
            f"`{target}` is entered a second time here, first at {entered[target][1]}; a step has one way in"
        )
    return Problem(edge.pointer, message, code="graph")


def _orphan(graph: Graph, name: str, entered: dict[str, tuple[str | None, str]]) -> Iterator[Problem]:
    entered[name] = (None, pointer("steps", name))
    known = set(entered)
    found = list(_follow(graph, [name], entered))
    after = [other for other in entered if other not in known]
    message = f"nothing leads to `{name}`"
    if after:
        message += f", nor to what follows it: {', '.join(after[:20])}"
    yield Problem(pointer("steps", name), message, code="graph")
    yield from found


def _circle(graph: Graph, name: str, entered: dict[str, tuple[str | None, str]]) -> Iterator[Problem]:
    # Nothing outside leads here, yet something does: it is the circle itself.
    entered[name] = (None, pointer("steps", name))
    message = f"nothing leads to `{name}` but steps that come after it"
    yield Problem(pointer("steps", name), message, code="graph")
    yield from _follow(graph, [name], entered)
