"""Wait for a store that cannot write now: a full disk that somebody frees, a lock that is released."""

import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from engine.base import clock

from .errors import StoreUnavailable

AGAIN = 2.0
"""Seconds until what could not be stored is tried again."""

T = TypeVar("T")

log = logging.getLogger("switchyard.database")


async def patient(work: Callable[[], Awaitable[T]]) -> T:
    """What `work` returns once the store can do it; it is begun anew each time.

    For what has been done already and is known nowhere else. Raises whatever else `work` raises, and
    `Unavailable` once the store is closed.
    """
    said = False
    while True:
        try:
            return await work()
        except StoreUnavailable as error:
            if not said:
                log.warning("%s Retrying every %g s.", error, AGAIN)
                said = True
        await clock.sleep(AGAIN)
