"""Ids that sort by the time they were made."""

import os
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford base 32: no i, l, o, u
_PAIRS = [a + b for a in _ALPHABET for b in _ALPHABET]  # ten bits at a time


def new_id(prefix: str, at: float | None = None) -> str:
    """A ULID in lower case behind a prefix, `run_01jd…`: 48 bits of milliseconds, 80 random bits.

    `at` is the moment it tells of in Unix seconds, now by default.
    """
    milliseconds = time.time_ns() // 1_000_000 if at is None else int(at * 1000)
    value = (milliseconds << 80) | int.from_bytes(os.urandom(10))
    pairs = _PAIRS
    return (
        f"{prefix}_{pairs[value >> 120 & 1023]}{pairs[value >> 110 & 1023]}{pairs[value >> 100 & 1023]}"
        f"{pairs[value >> 90 & 1023]}{pairs[value >> 80 & 1023]}{pairs[value >> 70 & 1023]}"
        f"{pairs[value >> 60 & 1023]}{pairs[value >> 50 & 1023]}{pairs[value >> 40 & 1023]}"
        f"{pairs[value >> 30 & 1023]}{pairs[value >> 20 & 1023]}{pairs[value >> 10 & 1023]}{pairs[value & 1023]}"
    )
