"""Wait for what happens, never for an amount of time.

Each wait has a deadline, which only bounds how long a test that has failed takes to say so.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from engine.store.database import Database
from engine.store.dialects.sqlite import SQLite
from engine.store.tx import Tx

T = TypeVar("T")

DEADLINE = 60.0
"""Seconds. No test depends on it: a busy machine may take its time."""


async def until(condition: Callable[[], T], seconds: float = DEADLINE) -> T:
    """What `condition` returns, once that is true: it is asked after each turn of the event loop."""
    loop: Any = asyncio.get_running_loop()
    async with asyncio.timeout(seconds):
        found: T = await loop.until(condition)
        return found


async def stored(db: Database, ask: Callable[[], Awaitable[T]], seconds: float = DEADLINE) -> T:
    """What `ask` gives, once that is true: it is asked anew after each commit."""
    changed = asyncio.Event()
    unwatch = db.watch(changed.set)
    try:
        async with asyncio.timeout(seconds):
            while True:
                changed.clear()
                if found := await ask():
                    return found
                await changed.wait()
    finally:
        unwatch()


async def idle() -> None:
    """Let the event loop, and the threads that work for it, do all they can without time going by."""
    loop: Any = asyncio.get_running_loop()
    await loop.idle()


async def quiet(db: Database) -> None:
    """Let everything come to rest: on the event loop, in its threads, on local sockets, and in the store,
    whose writer has nothing more to do once it has written nothing between several looks."""
    seen: list[int] = []
    while len(seen) < 4 or len(set(seen[-4:])) > 1:
        await idle()
        seen.append(await db.submit(_changes))
    await idle()


def _changes(tx: Tx) -> int:
    """How many rows the writer has changed, or more: what it has done last may be missing."""
    if isinstance(tx.dialect, SQLite):
        (count,) = tx.execute("SELECT total_changes()").fetchone()
    else:
        tx.execute("SELECT pg_stat_force_next_flush()")  # else they are a second late
        rows = "sum(n_tup_ins + n_tup_upd + n_tup_del)"
        (count,) = tx.execute(f"SELECT {rows} FROM pg_stat_user_tables").fetchone()
    return int(count)


async def turns(count: int = 1) -> None:
    """Let the event loop turn so often: what was scheduled before has begun by then."""
    for _ in range(count):
        await asyncio.sleep(0)


async def forever() -> Any:
    """Never return; for what has to be interrupted."""
    await asyncio.Event().wait()


# -- other processes and threads -------------------------------------------------------------------------


def polled(ask: Callable[[], T], seconds: float = DEADLINE, every: float = 0.02) -> T:
    """What `ask` gives once that is true. For what happens in another process or thread, which has no way
    to say so; raises AssertionError after the deadline."""
    deadline = time.monotonic() + seconds
    while not (found := ask()):
        assert time.monotonic() < deadline, f"not within {seconds:g} s"
        time.sleep(every)
    return found


async def polled_async(ask: Callable[[], Awaitable[T]], seconds: float = DEADLINE, every: float = 0.02) -> T:
    """`polled`, where asking takes an await."""
    deadline = time.monotonic() + seconds
    while not (found := await ask()):
        assert time.monotonic() < deadline, f"not within {seconds:g} s"
        await asyncio.sleep(every)
    return found
