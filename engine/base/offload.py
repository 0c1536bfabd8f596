"""Work on large flows in a thread, so that the event loop goes on meanwhile.

Reading, checking and drawing a flow of 2,000 steps takes half a second and more. There is one thread for all
of it: threads of Python take turns of 5 ms, and with more of them the event loop would wait for each.
"""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

import orjson

from .types import Json

T = TypeVar("T")

LARGE = 10_000
"""Bytes of a flow file as JSON. The densest takes 5 µs a byte to read, the usual one less than 1 µs to read
or to draw."""


@cache
def _thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="flows")


os.register_at_fork(after_in_child=_thread.cache_clear)


def is_large(definition: Json) -> bool:
    """Whether work on a flow that was stored is to be offloaded."""
    return len(orjson.dumps(definition)) > LARGE


async def offload(work: Callable[[], T], *, large: bool = True) -> T:
    """What `work` returns, or raises: at once if it is not `large`, else from the thread. `work` must not
    share with the event loop what either of them changes."""
    if not large:
        return work()
    return await asyncio.get_running_loop().run_in_executor(_thread(), work)
