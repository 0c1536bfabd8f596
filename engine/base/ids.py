"""Ids that sort by the time they were made."""

import os
import threading
from functools import lru_cache

from . import clock

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford base 32: no i, l, o, u
_PAIRS = [a + b for a in _ALPHABET for b in _ALPHABET]  # ten bits at a time

# The system is asked for randomness in blocks: each call gives up Python's lock, and winning it back
# costs more than all the rest of an id.
_CHUNKS: list[bytes] = []
_BLOCK = 512
_STEP = (1 << 64) - 1


class _Last(threading.local):
    """The last id of now, of each thread: one that is late with its own must not take back another's."""

    value = 0


_last = _Last()
os.register_at_fork(after_in_child=_CHUNKS.clear)  # a child must not repeat its parent's ids


def new_id(prefix: str, at: float | None = None) -> str:
    """A ULID in lower case behind a prefix, `run_01jd…`: 48 bits of milliseconds, 80 random bits.

    `at` is its moment in Unix seconds, now by default. Ids of now that a thread creates in one millisecond
    sort in the order of their creation, as the ULID specification wants of monotonic ones.
    """
    milliseconds = int((clock.now() if at is None else at) * 1000)
    value = (milliseconds << 80) | int.from_bytes(_chunk())
    if at is None:
        last = _last.value
        if 0 <= (last >> 80) - milliseconds <= 1:  # one more where the random part has overflowed
            # A random step rather than one: an id says nothing about its neighbour.
            value = last + (value & _STEP) + 1
        _last.value = value
    pairs = _PAIRS
    return (
        f"{prefix}_{_moment(value >> 80)}{pairs[value >> 70 & 1023]}{pairs[value >> 60 & 1023]}"
        f"{pairs[value >> 50 & 1023]}{pairs[value >> 40 & 1023]}{pairs[value >> 30 & 1023]}"
        f"{pairs[value >> 20 & 1023]}{pairs[value >> 10 & 1023]}{pairs[value & 1023]}"
    )


@lru_cache(maxsize=64)
def _moment(milliseconds: int) -> str:
    """The first ten characters of an id; those of one millisecond share them."""
    return "".join(_PAIRS[milliseconds >> shift & 1023] for shift in (40, 30, 20, 10, 0))


def _chunk() -> bytes:
    """Ten random bytes, never the same twice: `pop` is atomic, whoever comes from another thread."""
    while True:
        try:
            return _CHUNKS.pop()
        except IndexError:
            block = os.urandom(10 * _BLOCK)
            _CHUNKS.extend(block[at : at + 10] for at in range(0, len(block), 10))
