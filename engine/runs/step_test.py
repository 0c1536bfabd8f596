"""A test of one step, or of a flow from one step on, with what an earlier run gave the steps before it.

The run walks the whole draft, but with a journal that says beforehand how the steps before the tested one
came out: taken over from the earlier run, or passed by. So the tested step finds the scope, the loop and
the way out that it would find in a whole run, and the executor needs no second way to begin.

Seeded records carry `seeded`: true. Their first entry is {"partial": {…}}: what the run says of itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from engine.base.errors import BadInput
from engine.base.journal import Record
from engine.base.types import Json
from engine.flow import Graph
from engine.flow.graph import StepLocation

Definition = Mapping[str, Any]

_GONE_ON = ("succeeded", "skipped")


def seed(
    definition: Definition,
    step: str,
    earlier: Iterable[Record] = (),
    *,
    only: bool = False,
    iteration: Sequence[int] = (),
    results_of: str | None = None,
) -> list[Record]:
    """The journal with which a run tests `step`: alone (`only`), or from it on.

    `earlier` are the records of the run whose results are taken over, `results_of` its id. `iteration`
    says which item of each loop around the step, the outermost first; the first one where it says
    nothing. Raises `BadInput` when there is no such step in the flow, or nothing comes of testing it.
    """
    places = list(Graph.of(definition).walk())
    here = next((place for place in places if place.name == step), None)
    if here is None:
        raise BadInput("No step leads to this one, so it cannot be tested.", field="step")
    if definition["steps"][step].get("skip"):
        raise BadInput("This step is skipped. Unskip it, then test it.", field="step")
    seeder = _Seeder(definition, here, earlier, only, iteration)
    told = {"step": seeder.key(step, here.within), "only": only, "results_of": results_of}
    return [{"partial": told}, *seeder.records(places)]


class _Seeder:
    def __init__(
        self,
        definition: Definition,
        here: StepLocation,
        earlier: Iterable[Record],
        only: bool,
        iteration: Sequence[int],
    ) -> None:
        self.steps: Mapping[str, Any] = definition["steps"]
        self.here, self.only = here, only
        self.around = dict(here.within)  # owner: the slot in which the tested step stands
        loops = [name for name, _ in here.within if self._kind(name) == "loop"]
        self.index = {name: iteration[n] if n < len(iteration) else 0 for n, name in enumerate(loops)}
        self.earlier = {record["name"]: record for record in earlier if _usable(record)}

    def records(self, places: Sequence[StepLocation]) -> list[Record]:
        made: list[Record] = []
        reached = False
        for place in places:
            within = dict(place.within)
            foreign = any(self._kind(owner) == "loop" and owner not in self.index for owner in within)
            if place.name == self.here.name:
                reached = True
            elif place.name in self.around:
                made.append(self._way(place))
            elif foreign:
                continue  # a loop before is taken over whole; the tested loop goes through its own body
            elif not reached:
                made += self._before(place)
            elif self.only:
                made.append(self._passed(place))
        return made

    def key(self, name: str, within: Iterable[tuple[str, str]]) -> str:
        """What the journal calls a step, in the tested item of the loops around it."""
        prefix = "".join(f"{owner}[{self.index[owner]}]." for owner, _ in within if owner in self.index)
        return prefix + name

    def _kind(self, name: str) -> str:
        return str(self.steps[name].get("type"))

    def _before(self, place: StepLocation) -> list[Record]:
        """What an earlier run recorded of a step, of a loop with all within; else that it is passed by."""
        key = self.key(place.name, place.within)
        found = self.earlier.get(key)
        if found is None or (self._kind(place.name) != found["type"]):
            return [self._passed(place)]
        inner = [r for name, r in self.earlier.items() if name.startswith(f"{key}[")]
        taken = [{**record, "seeded": True} for record in (*inner, found)]
        for record in taken:
            record.pop("ends", None)  # the run went no further there; this one shall
            record.pop("stopped", None)
        return taken

    def _passed(self, place: StepLocation) -> Record:
        key = self.key(place.name, place.within)
        return {"name": key, "type": self._kind(place.name), "status": "skipped", "seeded": True}

    def _way(self, place: StepLocation) -> Record:
        """A step around the tested one, which has to lead to it."""
        key, slot = self.key(place.name, place.within), self.around[place.name]
        found = {**self.earlier.get(key, {}), "name": key, "type": self._kind(place.name), "seeded": True}
        if found["type"] == "loop":
            index = self.index[place.name]
            window = [index, index + 1 if self.only else None]
            return {"name": key, "type": "loop", "status": "waiting", "window": window, "seeded": True}
        if found["type"] == "router":
            return {**found, **self._choice(place.name, slot, found.get("output") or {})}
        if found.get("status") != "failed":
            error = {"kind": "test", "message": "Taken as failed, to test what follows."}
            found |= {"status": "failed", "error": error, "handled": True}
        return found

    def _choice(self, router: str, slot: str, output: Mapping[str, Json]) -> Record:
        if slot == "otherwise":
            chosen: Record = {"key": output.get("key"), "branches": ["otherwise"], "otherwise": True}
            return {"status": "succeeded", "output": chosen, "branch": "otherwise"}
        name = str(self.steps[router]["branches"][int(slot.partition("/")[2])]["name"])
        taken = [name]
        if name in (output.get("branches") or ()) and not output.get("otherwise"):
            taken = list(output["branches"])
        every = self.steps[router].get("match") == "all"
        chosen = {"key": output.get("key"), "branches": taken}
        return {"status": "succeeded", "output": chosen, "branch": taken if every else name}


def _usable(record: Record) -> bool:
    return (record["status"] in _GONE_ON and "unrouted" not in record) or "handled" in record
