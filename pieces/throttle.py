"""Throttle: let so many events pass in a period, and report the rest together."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from ._action import Finding
from ._context import Context
from ._errors import Wait
from ._gates import (
    Then,
    Unit,
    duration_findings,
    held_output,
    key_of,
    moment,
    seconds_of,
    stop_unless_passed,
)
from ._piece import Piece
from ._props import Choice, Example, Json, Option, Range, Title
from ._windows import WindowEntry

throttle = Piece("throttle", icon="circle-pause")

Summary = Annotated[
    str,
    Choice(
        Option("next", "With the next event that passes"),
        Option("end", "When the period ends, as a run of its own"),
    ),
]


@throttle.action(gate=True, title="Limit events")
async def events(
    ctx: Context,
    limit: Annotated[int, Range(1, 10_000), Title("Events that pass")] = 5,
    period: Annotated[float, Title("In each period of")] = 10,
    unit: Unit = "minutes",
    key: Annotated[Json, Title("Counted by"), Example("{{ trigger.body.service }}")] = None,
    summary: Annotated[Summary, Title("Report what was held back")] = "next",
    item: Annotated[Json, Title("Store of each"), Example("{{ trigger.body.title }}")] = None,
    then: Annotated[Then, Title("If it is held back")] = "end",
) -> Json:
    """Let so many events pass in a period.

    The output is `{passed, key, number, summary, held_back}`; `held_back` is null or
    `{count, first, last, items}`. A period starts with its first event. To report when the period ends, the
    run of the first event that is held back waits, and continues with `summary` = true.

    Args:
        limit: 1 to 10,000.
        period: 366 days at most.
        key: Each value has a limit of its own. Without one, all events share it.
        summary: Where `held_back` says what did not pass.
        item: One event held back, at most 500 kB; the first 1,000 are listed, all are counted.
        then: In a loop, only the current item ends.
    """
    seconds = seconds_of(period, unit, "period")
    counted = key_of(key)
    if isinstance(ctx.resume, dict) and "window" in ctx.resume:
        return await _summary(ctx, str(ctx.resume["window"]), counted, then)
    entry = WindowEntry(
        counted, ctx.now() + seconds, passes=limit, waits="first" if summary == "end" else "nobody", item=item
    )
    place = await ctx.windows.join(entry)
    held = held_output(await ctx.windows.take(place.before)) if place.before else None
    output: dict[str, Json] = {
        "passed": place.passes, "key": counted, "number": place.number, "summary": False, "held_back": held,
    }  # fmt: skip
    if place.passes:
        return output
    if place.waits:
        raise Wait(place.closes, {"window": place.window}, relative=True)
    allowed = "one event passes" if limit == 1 else f"{limit:,} events pass"
    reason = f"Held back: {allowed} in this period, and this is number {place.number:,}."
    if place.closes is not None:
        reason += f" The period ends at {moment(place.closes)}."
    return stop_unless_passed(ctx, output, then, reason)


async def _summary(ctx: Context, window: str, key: str, then: str) -> Json:
    """The output of the step that waited for the period's end."""
    held = await ctx.windows.take(window)
    output: dict[str, Json] = {
        "passed": held is not None, "key": key, "number": None, "summary": True,
        "held_back": held_output(held),
    }  # fmt: skip
    if held is not None:
        return output
    return stop_unless_passed(ctx, output, then, "Another run has reported what was held back.")


@events.check
def _findings(values: Mapping[str, Any]) -> Iterable[Finding]:
    yield from duration_findings(values, "period")
