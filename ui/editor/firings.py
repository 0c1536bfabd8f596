"""When a schedule would run next, beside the field that says so."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from engine.base import clock
from engine.base.piece_calls import within
from engine.base.types import Json
from pieces import Trigger

COUNT = 5
_LONGEST = 2.0  # seconds that a piece may take to say when it fires


@dataclass(frozen=True)
class Firings:
    """The next times of a schedule, in words."""

    times: tuple[str, ...]
    zone: str


async def next_firings(kind: Trigger[Any, Any], values: Mapping[str, Json]) -> Firings | None:
    """The next five times, in the schedule's time zone; None for a trigger that is no schedule, or whose
    values cannot be used (the check says why)."""
    if kind.kind != "schedule":
        return None
    try:
        schedule = await within(_LONGEST, kind.schedule(values), kind.title)
        zone = ZoneInfo(schedule.time_zone)
        now = datetime.fromtimestamp(clock.now(), zone)
        times = tuple(_words(tick.astimezone(zone)) for tick in islice(schedule.ticks(now), COUNT))
    except Exception:  # a piece may raise anything, and a form is shown with half of its values
        return None
    return Firings(times, schedule.time_zone) if times else None


def _words(time: datetime) -> str:
    """`Mon 30 Mar 2026, 08:30 +02:00`"""
    clock_time = f"{time:%H:%M:%S}" if time.second else f"{time:%H:%M}"
    return f"{time:%a} {time.day} {time:%b %Y}, {clock_time} {time.isoformat()[-6:]}"
