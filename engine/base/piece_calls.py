"""How long piece code may take where others wait for it: people, senders, the start of the instance.

Actions of runs have time limits of their own (`runs.attempt`). Call nothing of a piece under a lock.
"""

import asyncio
import contextlib
from collections.abc import Collection, Coroutine
from typing import Any, TypeVar

from pieces import PieceError, Retry

from . import clock

T = TypeVar("T")

SETTING_UP = 10.0
"""Seconds in which a trigger says what its schedule or its feed is: it asks nobody for that."""
REQUEST = 30.0
"""Seconds for a request to a piece's webhook; its sender waits."""
SUBSCRIBING = 60.0
"""Seconds for a service to be told that it shall send, or shall not."""
POLL = 300.0
"""Seconds for one poll."""

PATIENCE = 1.0
"""Seconds for which others wait for a piece to do any of that."""


class TooSlow(Retry):
    """Piece code did not come to its end in time."""

    kind = "timeout"


_left_behind: set[asyncio.Task[Any]] = set()  # canceled, and not willing to end; held so that they may


async def within(seconds: float, call: Coroutine[Any, Any, T], what: str) -> T:
    """The result of `call`. Raises what it raises, and `TooSlow`, in which `what` names it.

    It runs in a task of its own, so that a piece which does not let itself be canceled is left behind.
    """
    task = asyncio.create_task(call)
    try:
        async with clock.timeout(seconds):
            await asyncio.wait({task})
    except TimeoutError as error:
        if not task.done():
            raise TooSlow(f"{what} did not answer within {seconds:g} seconds") from error
    finally:
        if not task.done():
            task.cancel()
            _left_behind.add(task)
            task.add_done_callback(_forget)
    if task.cancelled():
        raise PieceError(f"{what} canceled itself")
    return task.result()


async def patiently(tasks: Collection[asyncio.Task[Any]]) -> set[asyncio.Task[Any]]:
    """Wait for what usually takes a moment, but not for a piece that hangs. Those that are at it still."""
    with contextlib.suppress(TimeoutError):
        async with clock.timeout(PATIENCE):
            await asyncio.wait(tasks)
    return {task for task in tasks if not task.done()}


def _forget(task: asyncio.Task[Any]) -> None:
    _left_behind.discard(task)
    if not task.cancelled():
        task.exception()  # nobody is left to hear of it
