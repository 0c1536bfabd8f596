"""What a schedule really starts over a year, across restarts and clock changes, against rules of our own.

The times that are expected come neither from cronsim nor from a parser: expressions are drawn together with
what they mean, and their times counted off a calendar by the rules of Debian's cron(8). Where the clock
changes by half an hour, or at midnight, cronsim itself is followed: docs/decisions/schedules.md.
"""

import calendar
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim

from engine.authoring.active_flows import ActiveFlow
from engine.base import clock
from engine.base.ids import new_id
from engine.base.types import Json
from engine.triggers.schedules import MOST, Schedules, next_after
from pieces import Schedule
from tests.engine.factories import Harness

ZONES = (
    "Europe/Berlin", "America/New_York", "America/St_Johns",
    "Africa/Cairo",  # changes at midnight
    "Australia/Lord_Howe",  # by half an hour
    "Antarctica/Troll",  # by two hours
)  # fmt: skip
START, END = datetime(2026, 9, 1, tzinfo=UTC), datetime(2027, 9, 1, tzinfo=UTC)
COUNT = 100
"""Expressions in each zone."""
HOUR = timedelta(hours=1)
OFTEN = 800  # times a year from which on only the days around the clock changes are lived through

Day = Callable[[date], bool]
NAMES = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


@dataclass(frozen=True)
class Field:
    """A field of an expression, and what it means."""

    text: str
    values: frozenset[int]


def field(rng: random.Random, low: int, high: int, stars: float) -> Field:
    """A star, a step, or a list of numbers and ranges."""
    if rng.random() < stars:
        step = rng.choice([1, rng.randint(2, max(2, (high - low) // 2))])
        return Field("*" if step == 1 else f"*/{step}", frozenset(range(low, high + 1, step)))
    texts, values = [], set[int]()
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        first = rng.randint(low, high)
        last, step = rng.randint(first, high), rng.choice([1, 1, rng.randint(2, 7)])
        if rng.random() < 0.5:
            last = first
        texts.append(str(first) if last == first else f"{first}-{last}" + (f"/{step}" if step > 1 else ""))
        values |= set(range(first, last + 1, 1 if last == first else step))
    return Field(",".join(texts), frozenset(values))


def weekday(day: date) -> int:
    """From 0, Sunday, as cron counts."""
    return (day.weekday() + 1) % 7


def last_of(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]


def last_weekday_of(day: date) -> int:
    last = day.replace(day=last_of(day))
    return last.day - max(0, last.weekday() - 4)


def month_days(rng: random.Random) -> tuple[str, Day]:
    kind = rng.choice(["*", "*", "*", "*", "L", "LW", "numbers", "numbers"])
    if kind == "*":
        return "*", lambda day: True
    if kind == "L":
        return "L", lambda day: day.day == last_of(day)
    if kind == "LW":
        return "LW", lambda day: day.day == last_weekday_of(day)
    numbers = field(rng, 1, 31, 0.2)
    return numbers.text, lambda day: day.day in numbers.values


def week_days(rng: random.Random) -> tuple[str, Day]:
    kind = rng.choice(["*", "*", "*", "*", "name", "#", "#", "L", "numbers", "numbers"])
    number, nth = rng.randint(0, 6), rng.randint(1, 5)
    if kind == "*":
        return "*", lambda day: True
    if kind == "name":
        return NAMES[number], lambda day: weekday(day) == number
    if kind == "#":
        text = rng.choice([str(number), NAMES[number]])
        return f"{text}#{nth}", lambda day: weekday(day) == number and (day.day - 1) // 7 + 1 == nth
    if kind == "L":
        return f"{number}L", lambda day: weekday(day) == number and day.day > last_of(day) - 7
    numbers = field(rng, 0, 7, 0.2)
    return numbers.text, lambda day: weekday(day) in {value % 7 for value in numbers.values}


@dataclass(frozen=True)
class Drawn:
    """An expression, and its times by the rules."""

    line: str
    minutes: frozenset[int]
    hours: frozenset[int]
    comes: Day
    fixed: bool

    def times(self, zone: ZoneInfo, start: datetime, end: datetime) -> list[datetime]:
        """Its times later than `start` and up to `end`, in UTC, oldest first."""
        found: set[datetime] = set()
        day, last = start.astimezone(zone).date() - timedelta(days=1), end.astimezone(zone).date()
        while day <= last:
            if self.comes(day):
                found.update(self._of(day, zone))
            day += timedelta(days=1)
        return sorted(tick for tick in found if start < tick <= end)

    def _of(self, day: date, zone: ZoneInfo) -> Iterator[datetime]:
        for hour in self.hours:
            for minute in self.minutes:
                wall = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)
                first, second = wall.astimezone(UTC), wall.replace(fold=1).astimezone(UTC)
                if first.astimezone(zone).replace(tzinfo=zone) == wall:
                    yield first  # the only one, or the first of two
                    if second > first and not self.fixed:
                        yield second
                elif self.fixed:
                    yield after_gap(wall, zone)


def after_gap(wall: datetime, zone: ZoneInfo) -> datetime:
    """The first moment after a change that leaves out this time."""
    # Read by the offset before the change it lies after it, by the offset after the change before it.
    low, high = wall.replace(fold=1).astimezone(UTC), wall.astimezone(UTC)
    offset = low.astimezone(zone).utcoffset()
    while high - low > timedelta(minutes=1):
        middle = low + (high - low) // 2
        low, high = (middle, high) if middle.astimezone(zone).utcoffset() == offset else (low, middle)
    return high.replace(second=0, microsecond=0)


def draw(rng: random.Random) -> Drawn:
    minute, hour = field(rng, 0, 59, 0.2), field(rng, 0, 23, 0.3)
    (of_month, month_day), (of_week, week_day) = month_days(rng), week_days(rng)
    some = Field("3-4,10,11", frozenset({3, 4, 10, 11}))
    months = rng.choice([Field("*", frozenset(range(1, 13)))] * 5 + [some])
    both = of_month.startswith("*") or of_week.startswith("*")

    def comes(day: date) -> bool:
        fits = month_day(day) and week_day(day) if both else month_day(day) or week_day(day)
        return fits and day.month in months.values

    fixed = not minute.text.startswith("*") and not hour.text.startswith("*")
    line = f"{minute.text} {hour.text} {of_month} {months.text} {of_week}"
    return Drawn(line, minute.values, hour.values, comes, fixed)


def changes_in(zone: ZoneInfo) -> list[datetime]:
    """When the clock changes, to the hour."""
    hours = (START + timedelta(hours=number) for number in range(365 * 24))
    return [at for at in hours if at.astimezone(zone).utcoffset() != (at - HOUR).astimezone(zone).utcoffset()]


def expected(drawn: Drawn, zone: str, start: datetime, end: datetime) -> list[datetime]:
    if zone == "Australia/Lord_Howe" or (zone == "Africa/Cairo" and not drawn.fixed):
        found = (tick.astimezone(UTC) for tick in CronSim(drawn.line, start.astimezone(ZoneInfo(zone))))
        return list(takewhile(lambda tick: tick <= end, (tick for tick in found if tick > start)))
    return drawn.times(ZoneInfo(zone), start, end)


class Life:
    """A schedule as time goes by: its timer fires it, processes end, and others go on later."""

    def __init__(
        self, place: Harness, rng: random.Random, schedule: Schedule, changes: list[datetime]
    ) -> None:
        self.now = START
        self.started: list[datetime] = []
        self._place = place
        self._rng = rng
        self._schedule = schedule
        self._changes = changes
        self._flow = ActiveFlow(new_id("flw"), place.project, "A flow", True, new_id("ver"), 1, {})

    async def put(self, flow: ActiveFlow, name: str, body: Json, dedupe: str) -> None:
        self.started.append(datetime.fromisoformat(body["scheduled"]))

    async def live(self, start: datetime, end: datetime) -> None:
        """From a new beginning at `start` up to `end`."""
        self.now = start
        schedules = Schedules(self._place.sy.db, self.put)
        await schedules.begin(self._flow, "tick", self._schedule, resume=False)
        while self.now < end:
            due = next_after(self._schedule, self.now.timestamp())
            tick = END if due is None else datetime.fromtimestamp(due, UTC)
            near = any(abs(tick - change) < timedelta(minutes=80) for change in self._changes)
            if near and self._rng.random() < 0.9:
                self.now = min(end, tick + timedelta(milliseconds=self._rng.randint(0, 900)))
            else:  # no process is there for a while
                ahead = list(islice(self._schedule.ticks(self.now), self._rng.randint(1, 120)))
                self.now = min(
                    end, (ahead[-1] if ahead else END) + timedelta(seconds=self._rng.randint(0, 50))
                )
                schedules = Schedules(self._place.sy.db, self.put)
                await schedules.begin(self._flow, "tick", self._schedule, resume=True)
            await schedules.fire(self._flow, "tick", self._schedule)


@pytest.mark.slow
@pytest.mark.parametrize("zone", ZONES)
async def test_each_time_of_random_expressions_starts_one_run_whatever_happens_meanwhile(
    place: Harness, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    rng = random.Random(f"firings {zone}")
    changes = changes_in(ZoneInfo(zone))
    assert len(changes) == 2
    compared = 0
    for _ in range(COUNT):
        drawn = draw(rng)
        schedule = Schedule(crons=(drawn.line,), time_zone=zone, missed="all")
        life = Life(place, rng, schedule, changes)
        monkeypatch.setattr(clock, "now", lambda life=life: life.now.timestamp())
        often = len(list(islice(schedule.ticks(START), OFTEN))) == OFTEN
        spans = [(START, END)]
        if often:
            spans = [(change - 5 * HOUR, change + 5 * HOUR) for change in changes]
        for start, end in spans:
            life.started.clear()
            await life.live(start, end)
            wanted = expected(drawn, zone, start, end)
            assert life.started == wanted, (drawn.line, zone, set(life.started) ^ set(wanted))
            compared += len(wanted)
    assert compared > 1_000 and MOST > 120
