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
class _Shared(Generic[T]):
    """A connection, and how many use it now."""

    connection: T
    users: int = 0
    retired: bool = False
    """Something went wrong with it: nobody else gets it, and the last one who uses it closes it."""


@dataclass(eq=False)
class _Slot(Generic[T]):
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    shared: _Shared[T] | None = None
    used: float = 0.0
    users: int = 0


class Kept(Generic[T]):
    """One connection by key, shared by whoever asks at the same time."""

    def __init__(
        self,
        usable: Callable[[T], bool],
        close: Callable[[T], Awaitable[None]],
        refusals: tuple[type[Exception], ...] = (),
    ) -> None:
        """`refusals` are what the other side, or the client, says of one message: they say nothing about the
        connection, which others are using."""
        self._usable = usable
        self._close = close
        self._refusals = refusals
        self._slots: dict[Hashable, _Slot[T]] = {}

    async def use(
        self, key: Hashable, connect: Callable[[], Awaitable[T]], act: Callable[[T], Awaitable[None]]
    ) -> None:
        """Do `act` with the connection of that key, made by `connect` if there is none. A connection
        with which something failed, a refusal apart, gets no new users and closes after the last of those
        that it has. Raises what either raises."""
        slot = self._slots.setdefault(key, _Slot())
        slot.users += 1
        try:
            shared = await self._shared(slot, connect)
            try:
                await act(shared.connection)
            except self._refusals:
                raise
            except BaseException:
                self._retire(slot, shared)
                raise
            finally:
                shared.users -= 1
                if shared.retired and not shared.users:
                    await self._close(shared.connection)
        finally:
            slot.users -= 1
            slot.used = clock.monotonic()
            await self._sweep()

    async def _shared(self, slot: _Slot[T], connect: Callable[[], Awaitable[T]]) -> _Shared[T]:
        async with slot.lock:
            shared = slot.shared
            if shared is not None and not self._usable(shared.connection):
                self._retire(slot, shared)
                if not shared.users:
                    await self._close(shared.connection)
                shared = None
            if shared is None:
                shared = slot.shared = _Shared(await connect())
            shared.users += 1
            return shared

    @staticmethod
    def _retire(slot: _Slot[T], shared: _Shared[T]) -> None:
        shared.retired = True
        if slot.shared is shared:
            slot.shared = None

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
            if slot.users == 0 and (key in over or slot.shared is None or now - slot.used > IDLE_S):
                self._slots.pop(key, None)
                await self._drop(slot)

    async def _drop(self, slot: _Slot[T]) -> None:
        shared, slot.shared = slot.shared, None
        if shared is not None:
            await self._close(shared.connection)
