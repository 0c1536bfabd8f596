"""Delay: go on later. The run waits in the database, not in memory."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from ._context import Context
from ._errors import PieceError, Wait
from ._piece import Piece
from ._props import DateTime, Json, Range

delay = Piece("delay", icon="timer")

SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}
LONGEST = 366 * 86400


@delay.action(waits=True)
async def delay_for(
    ctx: Context,
    duration: Annotated[float, Range(0, LONGEST)],
    unit: Literal["seconds", "minutes", "hours", "days"] = "minutes",
) -> Json:
    """Wait for a duration.

    The output is `{since, until}`. A run may wait for 366 days at most.

    Args:
        duration: How long.
        unit: Of the duration.
    """
    return _wait(ctx, ctx.now() + duration * SECONDS[unit], "duration", relative=True)


@delay.action(waits=True)
async def delay_until(ctx: Context, until: DateTime) -> Json:
    """Wait until a date and time. A time in the past does not delay the run.

    Args:
        until: ISO 8601, such as 2026-03-01T09:30:00+01:00; without an offset it is UTC.
    """
    return _wait(ctx, until.timestamp(), "until")


def _wait(ctx: Context, until: float, field: str, *, relative: bool = False) -> Json:
    if ctx.resume is not None:
        return ctx.resume
    now = ctx.now()
    if until - now > LONGEST:
        raise PieceError(f"`{field}`: a run can wait for at most 366 days", field=field)
    told = {"since": _iso(now), "until": _iso(until)}
    if until <= now:
        return told
    raise Wait(until, told, relative=relative)


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
