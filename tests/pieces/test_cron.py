"""The arithmetic of schedules against cronsim's own, over a year with its clock changes.

`SWITCHYARD_CRON_EXPRESSIONS=100` compares every time of the year of 100 expressions in each zone (minutes)
instead of only the days of the clock changes for those with very many times (seconds).
"""

import os
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim

from pieces import Schedule

ZONES = {
    "Europe/Berlin": ("2027-03-28", "2026-10-25"),
    "America/New_York": ("2027-03-14", "2026-11-01"),
    "Africa/Cairo": ("2027-04-30", "2026-10-29"),  # at midnight
    "Australia/Lord_Howe": ("2027-04-04", "2026-10-04"),  # by half an hour
    "America/St_Johns": ("2027-03-14", "2026-11-01"),
    "Antarctica/Troll": ("2027-03-28", "2026-10-25"),  # by two hours
}
START, END = datetime(2026, 9, 1, tzinfo=UTC), datetime(2027, 9, 1, tzinfo=UTC)
WHOLE = "SWITCHYARD_CRON_EXPRESSIONS" in os.environ
COUNT = int(os.environ.get("SWITCHYARD_CRON_EXPRESSIONS", 100))  # in each zone


def part(rng: random.Random, low: int, high: int, stars: float) -> str:
    """One field: a star, a step, a number, a range or a list of them."""
    if rng.random() < stars:
        return rng.choice(["*", f"*/{rng.randint(1, max(2, (high - low) // 2))}"])
    terms = []
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        first = rng.randint(low, high)
        last = rng.randint(first, high)
        step = f"/{rng.randint(1, 7)}" if rng.random() < 0.3 else ""
        terms.append(rng.choice([str(first), f"{first}-{last}{step}"]))
    return ",".join(terms)


def expression(rng: random.Random) -> str:
    day = rng.choice(["*"] * 4 + ["L", "LW", part(rng, 1, 28, 0.2)])
    weekday = rng.choice(
        ["*"] * 4
        + ["mon-fri", "sun", "sat,tue", f"{rng.randint(0, 7)}#{rng.randint(1, 5)}", f"{rng.randint(0, 6)}L"]
        + [part(rng, 0, 7, 0.2)]
    )
    return " ".join(
        [part(rng, 0, 59, 0.2), part(rng, 0, 23, 0.3), day, rng.choice(["*"] * 5 + ["3-4,10,11"]), weekday]
    )


def reference(line: str, zone: str, start: datetime) -> Iterator[datetime]:
    """cronsim's times later than `start`: asked in the second of two equal hours, it begins in the first."""
    found = (tick.astimezone(UTC) for tick in CronSim(line, start.astimezone(ZoneInfo(zone))))
    return (tick for tick in found if tick > start)


def up_to(end: datetime, found: Iterator[datetime]) -> list[datetime]:
    return list(takewhile(lambda tick: tick <= end, found))


def spans(zone: str, schedule: Schedule) -> Iterator[tuple[datetime, datetime]]:
    """The year, or the days of the clock changes where it has very many times."""
    if WHOLE or len(list(islice(schedule.ticks(START), 600))) < 600:
        yield START, END
    else:
        for day in ZONES[zone]:
            change = datetime.fromisoformat(f"{day}T00:00:00Z")
            yield change - timedelta(hours=15), change + timedelta(hours=15)


@pytest.mark.parametrize("zone", ZONES)
def test_random_expressions_fire_exactly_when_cronsim_says(zone: str) -> None:
    rng = random.Random(f"cron {zone}")
    compared = 0
    for _ in range(COUNT):
        line = expression(rng)
        schedule = Schedule(crons=(line,), time_zone=zone)
        for start, end in spans(zone, schedule):
            wanted = up_to(end, reference(line, zone, start))
            assert up_to(end, schedule.ticks(start)) == wanted, line
            compared += len(wanted)
        for day in ZONES[zone]:
            at = datetime.fromisoformat(f"{day}T00:00:00Z") + timedelta(seconds=rng.randint(-15, 15) * 1800)
            assert next(schedule.ticks(at)) == next(reference(line, zone, at)), (line, at)
    assert compared > 10_000
