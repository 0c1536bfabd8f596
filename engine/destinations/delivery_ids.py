"""Ids of deliveries: each behind all others, so that they sort as the events were committed, also within a
millisecond and when a clock goes backwards.

The first ten characters are a time, as in every id; the next six count; the rest is random.
"""

from engine.base import clock
from engine.base.ids import new_id

PREFIX = "dlv"
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # of `engine.ids`, in the order in which it sorts
_PAIRS = [a + b for a in _ALPHABET for b in _ALPHABET]
_HEAD = len(PREFIX) + 1 + 10
_TAIL = _HEAD + 6


class Numbers:
    """Gives out ids behind `last`, the largest there is."""

    def __init__(self, last: str | None = None) -> None:
        self._head = last[:_HEAD] if last else ""
        self._count = _value(last[_HEAD:_TAIL]) if last else 0
        self._tail = ""
        self._created = ""

    def next(self, created: str) -> str:
        """The id of a delivery of an event of this time (ISO 8601)."""
        if created != self._created:
            self._created = created
            made = new_id(PREFIX, at=clock.from_iso(created))
            self._tail = made[_TAIL:]
            if made[:_HEAD] > self._head:
                self._head, self._count = made[:_HEAD], 0
        self._count = count = self._count + 1  # there is room for a thousand million of a millisecond
        return (
            f"{self._head}{_PAIRS[count >> 20 & 1023]}{_PAIRS[count >> 10 & 1023]}{_PAIRS[count & 1023]}"
            f"{self._tail}"
        )


def first_of(seconds: float) -> str:
    """An id that is smaller than those of this moment (Unix seconds) and all later."""
    return new_id(PREFIX, at=seconds)[:_HEAD] + "0" * 16


def last_of(seconds: float) -> str:
    """An id that is larger than those of this moment and all earlier."""
    return new_id(PREFIX, at=seconds)[:_HEAD] + "z" * 16


def _value(text: str) -> int:
    value = 0
    for letter in text:
        value = value * 32 + _ALPHABET.index(letter)
    return value
