"""A schedule: when a trigger fires, and what becomes of the times that were missed."""

import difflib
import heapq
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from typing import Literal
from zoneinfo import ZoneInfo, available_timezones

from ._cron import is_fixed, read_cron, ticks
from ._errors import PieceError

Missed = Literal["skip", "once", "all"]

EPOCH = datetime(2020, 1, 6, tzinfo=UTC)
"""A Monday midnight: intervals are counted from here, so that all processes agree on them."""

_HOUR = 3600.0


@dataclass(frozen=True)
class Schedule:
    """When a schedule trigger fires: at each of `crons` in `time_zone`, or every so many seconds.

    A cron has five fields, or is a name such as `@daily`, and is read as Debian's cron(8) does, with `L`,
    `LW` and `#` besides. Raises `PieceError` for a cron or a time zone that cannot be used.
    """

    crons: tuple[str, ...] = ()
    every: float | None = None
    time_zone: str = "UTC"
    missed: Missed = "once"
    """Of the times that were missed, while the server was down: none, the newest, or each one."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "crons", tuple(read_cron(cron) for cron in self.crons))
        read_zone(self.time_zone)

    def ticks(self, after: datetime) -> Iterator[datetime]:
        """Its times later than `after`, oldest first, in UTC. It ends where no more come."""
        if self.every is not None:
            return self._interval(after)
        zone = ZoneInfo(self.time_zone)
        return _each_once(heapq.merge(*(ticks(line, zone, after) for line in self.crons)))

    @property
    def is_fixed(self) -> bool:
        """Whether it fires at certain hours or at most once an hour. A clock that is set back by less than
        three hours does not repeat such a time (cron(8))."""
        if self.every is not None:
            return self.every >= _HOUR
        return all(map(is_fixed, self.crons))

    def _interval(self, after: datetime) -> Iterator[datetime]:
        assert self.every is not None
        # The division rounds: begin a step earlier, and leave out what is not later.
        for number in count(math.floor((after - EPOCH).total_seconds() / self.every) - 1):
            tick = EPOCH + timedelta(seconds=number * self.every)
            if tick > after:
                yield tick


@cache
def zones() -> frozenset[str]:
    """The names of all IANA time zones."""
    return frozenset(available_timezones())


def read_zone(name: str) -> str:
    """The name itself. Raises `PieceError` for one that is not an IANA time zone."""
    if name not in zones():
        folded = {zone.lower(): zone for zone in zones()}
        near = difflib.get_close_matches(name.strip().lower()[:60], folded, 1)
        hint = f"Did you mean `{folded[near[0]]}`?" if near else "Use a name such as `Europe/Berlin`."
        raise PieceError(f"`time_zone`: `{name[:60]}` is not an IANA time zone. {hint}", field="time_zone")
    return name


def _each_once(found: Iterator[datetime]) -> Iterator[datetime]:
    last: datetime | None = None
    for tick in found:
        if tick != last:
            yield tick
        last = tick
