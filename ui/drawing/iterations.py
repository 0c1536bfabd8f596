"""Of a run through a loop, the one item that is looked at.

The address says which: `iteration=each[2]`, within another loop `each[2].inner[0]`. Where it says nothing
the first item that failed is shown, else the first; of a run that goes on, the last.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.store.models import TERMINAL

_TURN = re.compile(r"^(.*)\[(\d+)\]$")
_FAILED = ("failed", "timed_out")
MOST_OFFERED = 300


@dataclass(frozen=True)
class Iteration:
    """One item of a loop, among those that the run went through."""

    loop: str
    index: int
    indexes: list[int]
    failed: list[int] = field(default_factory=list)

    @property
    def at(self) -> str:
        return f"{self.loop}[{self.index}]"

    @property
    def number(self) -> int:
        return self.indexes.index(self.index) + 1

    @property
    def before(self) -> str:
        """The item before this one; empty for the first."""
        return f"{self.loop}[{self.indexes[self.number - 2]}]" if self.number > 1 else ""

    @property
    def after(self) -> str:
        return f"{self.loop}[{self.indexes[self.number]}]" if self.number < len(self.indexes) else ""

    @property
    def offered(self) -> list[tuple[str, str]]:
        """What can be chosen, with a label; those that failed come first."""
        bad = set(self.failed)
        ordered = [*self.failed, *(one for one in self.indexes if one not in bad)][:MOST_OFFERED]
        if self.index not in ordered:
            ordered.append(self.index)
        return [(f"{self.loop}[{n}]", f"{n + 1} · failed" if n in bad else str(n + 1)) for n in ordered]


def narrow(run: Mapping[str, Any], asked: str = "") -> tuple[dict[str, Any], dict[str, Iteration]]:
    """The run with one item of each loop alone, and which one, by the loop's own name."""
    chosen = _choose(run, asked)
    if not chosen:
        return dict(run), {}

    def kept(name: str) -> bool:
        return all(chosen[loop].index == index for loop, index in _turns(name) if loop in chosen)

    steps = [step for step in run["steps"] if kept(step["name"])]
    path = [entry for entry in run["path"] if kept(entry.partition(":")[0])]
    turns = {loop.rpartition(".")[2]: turn for loop, turn in chosen.items() if kept(f"{loop}[{turn.index}].")}
    return {**run, "steps": steps, "path": path}, turns


def indexes(asked: str) -> tuple[int, ...]:
    """The items that an `iteration` of an address is about, of the outermost loop first."""
    return tuple(index for _loop, index in _turns(f"{asked}."))


def _choose(run: Mapping[str, Any], asked: str) -> dict[str, Iteration]:
    """The item of each loop, by the loop's key."""
    gone: dict[str, dict[int, bool]] = {}
    for step in run["steps"]:
        for loop, index in _turns(step["name"]):
            known = gone.setdefault(loop, {})
            known[index] = known.get(index, False) or step.get("status") in _FAILED
    wanted = dict(_turns(f"{asked}."))
    ended = run.get("status") in TERMINAL
    chosen = {}
    for loop, known in gone.items():
        indexes = sorted(known)
        failed = [index for index in indexes if known[index]]
        usual = failed[0] if failed else indexes[0] if ended else indexes[-1]
        index = wanted.get(loop, usual)
        chosen[loop] = Iteration(loop, index if index in known else usual, indexes, failed)
    return chosen


def _turns(name: str) -> Iterator[tuple[str, int]]:
    """The loops around a step, from the outside in, with the item: `a[1].b[0].c` is in `a` and `a[1].b`."""
    parts = name.split(".")
    for count in range(1, len(parts)):
        if found := _TURN.match(".".join(parts[:count])):
            yield found[1], int(found[2])
