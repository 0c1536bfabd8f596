"""Which samples come to a step: a test, a preview and the tree of data begin with one that does."""

from collections.abc import Mapping
from typing import Any

from engine.analysis.coverage import RouterCoverage
from engine.authoring.flow_reader import FlowRecord
from engine.flow import Graph, Order
from pieces import Registry

from .drawing import drawn, prepare

Definition = Mapping[str, Any]


def samples_at(definition: Definition, step: str, cover: Mapping[str, RouterCoverage]) -> list[str]:
    """The samples that come to a step, in the order of the file. Of one that nothing leads to, and where no
    router stands before it, that is every sample."""
    names = list(definition.get("samples") or {})
    place = Order(Graph.of(definition)).places.get(step)
    for router, slot in reversed(place.within if place else ()):
        found = cover.get(router)
        if found is not None:  # who comes here has passed those around it
            there = _taking(definition, router, slot, found)
            return [name for name in names if name in there]
    return names


def _taking(definition: Definition, router: str, slot: str, found: RouterCoverage) -> list[str]:
    if slot == "otherwise":
        return found.otherwise or []
    branches = ((definition.get("steps") or {}).get(router) or {}).get("branches") or []
    number = slot.removeprefix("branches/")
    name = branches[int(number)].get("name") if number.isdigit() and int(number) < len(branches) else None
    return found.branches.get(str(name), [])


async def sample_for(pieces: Registry, flow: FlowRecord, step: str, asked: str = "") -> str:
    """The sample that a step is shown with: the one that was asked for, else the first that comes to it, else
    the first. Empty without samples."""
    names = list(flow.definition.get("samples") or {})
    if asked in names:
        return asked
    await prepare(pieces, flow)
    reaching = samples_at(flow.definition, step, drawn(pieces, flow).cover) if step else []
    return next(iter([*reaching, *names]), "")
