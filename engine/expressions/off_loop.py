"""Evaluation beside the event loop: on it while that is cheap, else from the start again in a thread.

Expressions have no effects, so beginning again changes nothing. What is evaluated there is bounded in work
and time (`Apart`) and lets go of the interpreter often, so that whatever else runs hardly notices.
"""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

from .functions import Apart, Costly, Evaluation, OnLoop

T = TypeVar("T")
Work = Callable[[Evaluation], T]
"""Evaluates expressions with the evaluation that it is given. Called a second time when it is Costly the
first time, so it must leave nothing behind."""

_THREADS = 2  # what they hold in memory is bounded for each of them


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=_THREADS, thread_name_prefix="expressions")


os.register_at_fork(after_in_child=_threads.cache_clear)


async def evaluated(work: Work[T]) -> T:
    """What `work` gives. Raises what it raises, but for Costly."""
    try:
        return work(OnLoop())
    except Costly:
        return await apart(work)


async def apart(work: Work[T], noted: set[str] | None = None) -> T:
    """What `work` gives, in a thread. `noted` are the expressions of which a note was taken before."""
    return await asyncio.get_running_loop().run_in_executor(_threads(), _in_thread, work, noted)


def _in_thread(work: Work[T], noted: set[str] | None) -> T:
    return work(Apart(noted))
