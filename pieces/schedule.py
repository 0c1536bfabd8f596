"""Schedule: start a flow by the clock."""

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, Literal

from ._action import Finding
from ._context import Context
from ._cron import read_cron
from ._errors import PieceError
from ._piece import Piece
from ._props import Choice, Dropdown, Example, Option, Title
from ._schedule import Missed, Schedule, read_zone, zones

schedule = Piece("schedule", icon="clock")

_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}


async def time_zones(ctx: Context, search: str) -> list[Option]:
    wanted = search.lower().replace(" ", "_")
    return [Option(name, name) for name in sorted(zones()) if wanted in name.lower()]


TimeZone = Annotated[str, Dropdown(time_zones), Example("Europe/Berlin")]
MissedRuns = Annotated[
    Missed,
    Title("Missed runs"),
    Choice(Option("once", "Run once"), Option("skip", "Skip them"), Option("all", "Run each of them")),
]


@schedule.schedule
async def cron(
    ctx: Context,
    expression: Annotated[str, Example("30 8 * * mon-fri")],
    time_zone: TimeZone = "UTC",
    missed: MissedRuns = "once",
) -> Schedule:
    """Start at the times of a cron expression.

    Five fields: minute, hour, day of the month, month, day of the week (0 or 7 is Sunday, or a name). When
    both days are restricted, either one is enough. `L` is the last day of the month, `LW` its last weekday,
    `fri#2` its second Friday, `5L` its last Friday.

    When the clocks change, a time that does not exist that day runs right after the change, and one that
    exists twice runs once. Minutes or hours that begin with `*` follow the wall clock.

    Args:
        expression: Such as `*/15 * * * *` or `@daily`.
        time_zone: IANA name. Daylight saving time is followed.
        missed: For runs that were due while the server was down: one run, none, or each (at most 1,000).
    """
    return Schedule(crons=(expression,), time_zone=time_zone, missed=missed)


@schedule.schedule
async def every(
    ctx: Context,
    interval: float,
    unit: Literal["seconds", "minutes", "hours", "days"] = "minutes",
    missed: MissedRuns = "once",
) -> Schedule:
    """Start at a fixed interval.

    Args:
        interval: From ten seconds to 366 days.
        missed: For runs that were due while the server was down: one run, none, or each (at most 1,000).
    """
    return Schedule(every=_seconds(interval, unit), missed=missed)


@cron.check
def _cron_findings(values: Mapping[str, Any]) -> Iterator[Finding]:
    """An expression or a time zone that cannot be used."""
    read: tuple[tuple[str, Callable[[str], str]], ...] = (("expression", read_cron), ("time_zone", read_zone))
    for name, reads in read:
        value = values.get(name)
        if isinstance(value, str):
            try:
                reads(value)
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
