"""Digest: collect events, and go on once with the list."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from ._action import Finding
from ._context import Context
from ._errors import PieceError, Wait
from ._gates import Then, Unit, duration_findings, iso, key_of, moment, seconds_of, stop_unless_passed
from ._piece import Piece
from ._props import Choice, Example, Json, Option, Range, Title
from ._schedule import Schedule, read_zone
from ._windows import MAX_ITEMS, Held, WindowEntry
from .schedule import TimeZone

digest = Piece("digest", icon="layers")

Days = Annotated[
    str,
    Choice(Option("*", "Every day"), Option("mon-fri", "Monday to Friday"), Option("mon", "Mondays")),
]
_NO_END = "Choose when the digest goes on: after a number of events, after a time, or at a time of day."


@digest.action(gate=True, title="Collect events")
async def events(
    ctx: Context,
    item: Annotated[Json, Title("Collect"), Example("{{ trigger.body.title }}")],
    count: Annotated[int | None, Range(1, MAX_ITEMS), Title("After so many events")] = None,
    after: Annotated[float | None, Title("After a time")] = None,
    unit: Unit = "minutes",
    at: Annotated[str, Title("At a time of day"), Example("08:00")] = "",
    days: Annotated[Days, Title("On")] = "*",
    time_zone: TimeZone = "UTC",
    key: Annotated[Json, Title("A digest for each"), Example("{{ trigger.body.service }}")] = None,
    then: Annotated[Then, Title("If it is collected")] = "end",
) -> Json:
    """Collect events, and go on once with the list.

    The output is `{passed, key, number, count, first, last, items}`. The run of the first event waits, and
    continues with all `items`. When the digest has as many events as it may have, the run of the last one
    continues instead. 1,000 events or 4 MB also complete it.

    Args:
        item: One event of the list, at most 500 kB.
        after: From the first event on, 366 days at most.
        at: Hours and minutes.
        key: Without one, there is one digest.
        then: In a loop, only the current item ends.
    """
    name = key_of(key)
    if isinstance(ctx.resume, dict) and "window" in ctx.resume:
        held = [await ctx.windows.take(str(ctx.resume[of])) for of in ("before", "window") if ctx.resume[of]]
        return _collected(ctx, name, None, held, then)
    closes, relative = _end(ctx.now(), after, unit, at, days, time_zone)
    if closes is None and count is None:
        raise PieceError(_NO_END, field="count")
    entry = WindowEntry(
        name, closes, passes=0, waits="first", full=count or MAX_ITEMS, item=[item]
    )  # in a list: a null is an item too
    place = await ctx.windows.join(entry)
    before = await ctx.windows.take(place.before) if place.before else None
    if place.full:
        held = [before, await ctx.windows.take(place.window)]
        return _collected(ctx, name, place.number, held, then)
    if place.waits:
        state = {"window": place.window, "before": place.before}
        raise Wait(place.closes, state, relative=relative)
    if before is not None:  # of a digest whose run was canceled; nobody waits for this one
        return _collected(ctx, name, place.number, [before], then)
    reason = f"Collected as number {place.number:,} of the digest that began at {moment(place.opened)}."
    if place.closes is not None:
        reason += f" It goes on at {moment(place.closes)} at the latest."
    return stop_unless_passed(ctx, _output(name, place.number, [], passed=False), then, reason)


def _collected(
    ctx: Context, key: str, number: int | None, found: list[Held | None], then: str
) -> dict[str, Json]:
    """The output of the step that goes on with what was collected."""
    held = [each for each in found if each is not None]
    if held:
        return _output(key, number, held, passed=True)
    reason = "The digest was full before its time, and went on with the run of its last event."
    return stop_unless_passed(ctx, _output(key, number, [], passed=False), then, reason)


def _output(key: str, number: int | None, held: list[Held], *, passed: bool) -> dict[str, Json]:
    return {
        "passed": passed,
        "key": key,
        "number": number,
        "count": sum(each.count for each in held),
        "first": iso(min(each.first for each in held)) if held else None,
        "last": iso(max(each.last for each in held)) if held else None,
        "items": [item for each in held for (item,) in each.items],
    }


def _end(
    now: float, after: float | None, unit: str, at: str, days: str, time_zone: str
) -> tuple[float | None, bool]:
    """When a digest that begins now ends at the latest, and whether that is a duration rather than a date."""
    ends: list[tuple[float, bool]] = []
    if after is not None:
        ends.append((now + seconds_of(after, unit, "after"), True))
    if at.strip():
        hour, minute = _time_of_day(at)
        times = Schedule(crons=(f"{minute} {hour} * * {days}",), time_zone=time_zone)
        ends.append((next(times.ticks(datetime.fromtimestamp(now, UTC))).timestamp(), False))
    return min(ends) if ends else (None, False)


def _time_of_day(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", text.strip())
    if found is None:
        raise PieceError(f"`at`: {text[:60]!r} is not a time of day. Write it as 08:00.", field="at")
    return int(found[1]), int(found[2])


@events.check
def _findings(values: Mapping[str, Any]) -> Iterable[Finding]:
    yield from duration_findings(values, "after")
    at, zone = values.get("at"), values.get("time_zone")
    try:
        if isinstance(at, str) and at.strip() and "{{" not in at:
            _time_of_day(at)
        if isinstance(zone, str) and "{{" not in zone:
            read_zone(zone)
    except PieceError as error:
        yield Finding(f"/{error.field}", error.message)
    if all(values.get(name) in (None, "") for name in ("count", "after", "at")):
        yield Finding("/count", _NO_END)
