"""Schedule: start a flow by the clock."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from apscheduler.triggers.cron import CronTrigger

from ._action import Finding
from ._context import Context
from ._errors import PieceError
from ._piece import Piece
from ._props import Dropdown, Example, Option
from ._trigger import Schedule

schedule = Piece("schedule", icon="clock")

_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}
_NAMED = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}


async def time_zones(ctx: Context, search: str) -> list[Option]:
    wanted = search.lower().replace(" ", "_")
    return [Option(name, name) for name in sorted(available_timezones()) if wanted in name.lower()]


TimeZone = Annotated[str, Dropdown(time_zones), Example("Europe/Berlin")]


@schedule.schedule
async def cron(
    ctx: Context, expression: Annotated[str, Example("30 8 * * mon-fri")], time_zone: TimeZone = "UTC"
) -> Schedule:
    """Start at the times of a cron expression.

    Five fields: minute, hour, day of the month, month, day of the week (0 or 7 is Sunday, or a name).
    When both days are restricted either one is enough, as cron has always had it.

    Args:
        expression: Such as `*/15 * * * *` or `@daily`.
        time_zone: Of the hours, by its IANA name. Daylight saving is followed.
    """
    return Schedule(crons=cron_lines(expression), time_zone=_zone(time_zone))


@schedule.schedule
async def every(
    ctx: Context,
    interval: float,
    unit: Literal["seconds", "minutes", "hours", "days"] = "minutes",
) -> Schedule:
    """Start again and again after the same time.

    Args:
        interval: How long, in the unit.
        unit: Of the interval, which is from ten seconds to 366 days.
    """
    return Schedule(every=_seconds(interval, unit))


@cron.check
def _cron_findings(values: Mapping[str, Any]) -> Iterator[Finding]:
    """An expression or a time zone that cannot be read."""
    for name, read in (("expression", cron_lines), ("time_zone", _zone)):
        value = values.get(name)
        if isinstance(value, str):
            try:
                read(value)
            except PieceError as error:
                yield Finding(f"/{name}", error.message)


@every.check
def _every_findings(values: Mapping[str, Any]) -> Iterator[Finding]:
    """An interval that is too short or too long."""
    interval, unit = values.get("interval"), values.get("unit", "minutes")
    if isinstance(interval, int | float) and unit in _SECONDS:
        try:
            _seconds(interval, unit)
        except PieceError as error:
            yield Finding("/interval", error.message)


def _seconds(interval: float, unit: str) -> float:
    seconds = interval * _SECONDS[unit]
    if not 10 <= seconds <= 366 * 86400:
        raise PieceError("`interval` must be from ten seconds to 366 days", field="interval")
    return seconds


def cron_lines(expression: str) -> tuple[str, ...]:
    """The expression as lines every cron reader understands alike: days of the week named, and one line
    for each of two restricted days. Raises `PieceError` for one that cannot be read."""
    text = _NAMED.get(expression.strip().lower(), expression)
    fields = text.lower().split()
    if len(fields) != 5:
        raise PieceError(
            "`expression` must have five fields: minute hour day month weekday", field="expression"
        )
    minute, hour, day, month, weekday = fields
    weekday = _named_days(weekday.replace("?", "*"))
    day = day.replace("?", "*")
    if day.startswith("*") or weekday == "*":
        lines: tuple[str, ...] = (f"{minute} {hour} {day} {month} {weekday}",)
    else:
        lines = (f"{minute} {hour} {day} {month} *", f"{minute} {hour} * {month} {weekday}")
    try:
        comes = [_comes(line) for line in lines]
    except ValueError as error:
        raise PieceError(f"`expression` cannot be read: {error}", field="expression") from None
    if not any(comes):
        raise PieceError("`expression` names a day that no such month has", field="expression")
    return lines


def _comes(line: str) -> bool:
    """Whether a line's time ever comes: what does not in 28 years, after which days and dates meet as
    before, never does. Raises `ValueError`."""
    trigger = CronTrigger.from_crontab(line, timezone="UTC")
    trigger.end_date = datetime(2056, 1, 1, tzinfo=UTC)
    return trigger.get_next_fire_time(None, datetime(2028, 1, 1, tzinfo=UTC)) is not None


def _named_days(field: str) -> str:
    """`1-5` → `mon,tue,wed,thu,fri`: readers differ on which day is 0, and on ranges across Sunday."""
    if field == "*":
        return field
    chosen: set[int] = set()
    for part in field.split(","):
        match = re.fullmatch(r"(\*|\w+)(?:-(\w+))?(?:/(\d+))?", part)
        if match is None or (match[1] == "*" and match[2]):
            raise PieceError(f"`expression`: {part!r} is no day of the week", field="expression")
        step = int(match[3] or 1)
        if step == 0:
            raise PieceError("`expression`: a step of 0 goes nowhere", field="expression")
        first = 0 if match[1] == "*" else _day(match[1])
        last = 6 if match[1] == "*" or (match[3] and not match[2]) else _day(match[2] or match[1])
        if last < first:
            last += 7
        chosen |= {number % 7 for number in range(first, last + 1, step)}
    return "*" if len(chosen) == 7 else ",".join(_DAYS[number] for number in sorted(chosen))


def _day(text: str) -> int:
    if text in _DAYS:
        return _DAYS.index(text)
    if text.isascii() and text.isdigit() and int(text) <= 7:
        return int(text)
    raise PieceError(f"`expression`: {text!r} is no day of the week", field="expression")


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise PieceError(f"`time_zone`: {name!r} is no IANA time zone", field="time_zone") from None
    return name
