"""Event windows in memory, for tests and for flows that are run without a server."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from ._props import Json
from ._windows import (
    Held,
    Window,
    WindowEntry,
    WindowPlace,
    Windows,
    decide_place,
    encode_item,
    may_take,
)


@dataclass
class MemoryWindows:
    """Windows that are forgotten when the test ends."""

    newest: dict[tuple[str, str], Window] = field(default_factory=dict)
    """By the step's name and the key."""
    over: dict[str, Window] = field(default_factory=dict)
    """By their ids."""
    items: dict[str, list[Json]] = field(default_factory=dict)
    places: dict[str, WindowPlace] = field(default_factory=dict)
    """By the idempotency key of the step that has it."""

    def of(self, step: str, run: str, token: str, now: Callable[[], float]) -> Windows:
        """The windows as one step of a run sees them; `token` is its idempotency key."""
        return _OfStep(self, step, run, token, now)


@dataclass(frozen=True)
class _OfStep:
    memory: MemoryWindows
    step: str
    run: str
    token: str
    now: Callable[[], float]

    async def join(self, entry: WindowEntry) -> WindowPlace:
        memory = self.memory
        if self.token in memory.places:
            return memory.places[self.token]
        key, item = (self.step, entry.key), encode_item(entry.item)
        id = f"win_{len(memory.items) + 1}"
        decision = decide_place(
            entry,
            self.token,
            self.run,
            memory.newest.get(key),
            now=self.now(),
            size=len(item or ""),
            new_id=id,
        )
        place, window = decision.place, decision.window
        memory.items.setdefault(window.id, [])
        if decision.keeps and item is not None:
            memory.items[window.id].append(json.loads(item))
        if decision.before is not None:
            memory.over[decision.before.id] = decision.before
        memory.newest[key] = window
        if place.full:
            memory.over[window.id] = memory.newest.pop(key)
        memory.places[self.token] = place
        return place

    async def take(self, window: str) -> Held | None:
        memory = self.memory
        for key, newest in list(memory.newest.items()):
            if newest.id == window and may_take(newest, self.token):
                memory.over[window] = memory.newest.pop(key)
        found = memory.over.get(window)
        if found is None or not may_take(found, self.token):
            return None
        return Held(found.held, found.opened, found.last, memory.items[window])
