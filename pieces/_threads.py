"""Threads for what would block: libraries that do not know asyncio, computations that take long."""

import asyncio
import contextvars
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from ._errors import Retry

R = TypeVar("R")

MOST = 4
"""Threads that one piece has at a time."""
SECONDS = 60.0
"""Seconds after which a call in a thread is given up, unless the piece says otherwise."""

_Slots = dict[str, asyncio.Semaphore]
_slots: WeakKeyDictionary[asyncio.AbstractEventLoop, _Slots] = WeakKeyDictionary()


async def in_thread(piece: str, seconds: float, function: Callable[..., R], *args: Any, **named: Any) -> R:
    """What `function` returns, called in a thread. Raises what it raises, and `Retry` after `seconds`.

    A thread cannot be stopped: one that was given up keeps its place among the `MOST` of its piece until it
    ends. They are daemons, so that none keeps the process from ending.
    """
    loop = asyncio.get_running_loop()
    slots = _slots.setdefault(loop, {}).setdefault(piece, asyncio.Semaphore(MOST))
    started = False
    timeout = asyncio.timeout(seconds)
    try:
        async with timeout:
            await slots.acquire()
            started = True
            return await _started(loop, piece, slots, lambda: function(*args, **named))
    except TimeoutError as error:
        if not timeout.expired():  # the function's own
            raise
        name = getattr(function, "__name__", repr(function))
        why = f"did not return within {seconds:g} seconds" if started else f"got none of its {MOST} threads"
        raise Retry(f"{piece}: {name} {why}") from error


def _started(
    loop: asyncio.AbstractEventLoop, piece: str, slots: asyncio.Semaphore, call: Callable[[], R]
) -> "asyncio.Future[R]":
    done: asyncio.Future[R] = loop.create_future()
    context = contextvars.copy_context()

    def finish(result: Any, error: BaseException | None) -> None:
        slots.release()
        if done.done():
            return  # it was given up
        if error is None:
            done.set_result(result)
        else:
            done.set_exception(RuntimeError("StopIteration") if isinstance(error, StopIteration) else error)

    def work() -> None:
        result, error = None, None
        try:
            result = context.run(call)
        except BaseException as raised:
            error = raised
        with suppress(RuntimeError):  # the loop is closed, and nobody waits any more
            loop.call_soon_threadsafe(finish, result, error)

    threading.Thread(target=work, name=f"piece {piece}", daemon=True).start()
    return done
