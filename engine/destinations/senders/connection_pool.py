"""The connection pool of brokers: signing in anew for each event would cost more than sending it."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from engine.base import clock

T = TypeVar("T")

MOST = 200
"""Connections that are kept; the one that was used longest ago closes first."""
IDLE_S = 60.0
"""Seconds after which an unused one closes."""


@dataclass(eq=False)
class _Slot(Generic[T]):
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    connection: T | None = None
    used: float = 0.0
    users: int = 0


class Kept(Generic[T]):
    """One connection by key, shared by whoever asks at the same time."""

    def __init__(self, usable: Callable[[T], bool], close: Callable[[T], Awaitable[None]]) -> None:
        self._usable = usable
        self._close = close
        self._slots: dict[Hashable, _Slot[T]] = {}

    async def use(
        self, key: Hashable, connect: Callable[[], Awaitable[T]], act: Callable[[T], Awaitable[None]]
    ) -> None:
        """Do `act` with the connection of that key, made by `connect` if there is none. A connection
        with which something failed is not kept. Raises what either raises."""
        slot = self._slots.setdefault(key, _Slot())
        slot.users += 1
        try:
            async with slot.lock:
                if slot.connection is not None and not self._usable(slot.connection):
                    await self._drop(slot)
                if slot.connection is None:
                    slot.connection = await connect()
                connection = slot.connection
            try:
                await act(connection)
            except BaseException:
                if slot.connection is connection:
                    await self._drop(slot)
                raise
        finally:
            slot.users -= 1
            slot.used = clock.monotonic()
            await self._sweep()

    async def aclose(self) -> None:
        """Close all."""
        slots, self._slots = list(self._slots.values()), {}
        for slot in slots:
            await self._drop(slot)

    async def _sweep(self) -> None:
        now = clock.monotonic()
        unused = sorted(
            (slot.used, key) for key, slot in self._slots.items() if slot.users == 0
        ) if len(self._slots) > MOST else []  # fmt: skip
        over = {key for _, key in unused[: len(self._slots) - MOST]}
        for key, slot in list(self._slots.items()):
            if slot.users == 0 and (key in over or slot.connection is None or now - slot.used > IDLE_S):
                self._slots.pop(key, None)
                await self._drop(slot)

    async def _drop(self, slot: _Slot[T]) -> None:
        connection, slot.connection = slot.connection, None
        if connection is not None:
            await self._close(connection)
