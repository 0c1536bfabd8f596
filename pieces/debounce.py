"""Debounce: wait until no further event comes, and go on with the last one."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from ._action import Finding
from ._context import Context
from ._errors import PieceError, Wait
from ._gates import Then, Unit, duration_findings, iso, key_of, seconds_of, stop_unless_passed
from ._piece import Piece
from ._props import Example, Json, Title
from ._windows import WindowEntry

debounce = Piece("debounce", icon="hourglass")


@debounce.action(gate=True, title="Wait for a pause")
async def events(
    ctx: Context,
    quiet: Annotated[float, Title("Nothing came for")] = 5,
    unit: Unit = "minutes",
    longest: Annotated[float | None, Title("Wait at most")] = None,
    longest_unit: Annotated[Unit, Title("Unit of that")] = "hours",
    key: Annotated[Json, Title("Only of the same"), Example("{{ trigger.body.device }}")] = None,
    then: Annotated[Then, Title("If a later event came")] = "end",
) -> Json:
    """Wait until no further event comes, and go on with the last one.

    The output is `{passed, key, count, first, last}`, where `count` is how many events there were. The run of
    each event waits; only that of the last one continues.

    Args:
        quiet: 366 days at most.
        longest: After the first event, even if more keep coming. Without it, a stream without a pause never
            gets through.
        key: Without one, all events count as the same.
        then: In a loop, only the current item ends.
    """
    name = key_of(key)
    if isinstance(ctx.resume, dict) and "window" in ctx.resume:
        held = await ctx.windows.take(str(ctx.resume["window"]))
        if held is None:
            output: dict[str, Json] = {
                "passed": False, "key": name, "count": None, "first": None, "last": None,
            }  # fmt: skip
            return stop_unless_passed(ctx, output, then, "A later event with the same key took its place.")
        return {
            "passed": True,
            "key": name,
            "count": held.count,
            "first": iso(held.first),
            "last": iso(held.last),
        }
    pause = seconds_of(quiet, unit, "quiet")
    most = None if longest is None else seconds_of(longest, longest_unit, "longest")
    if most is not None and most < pause:
        raise PieceError(_TOO_SHORT, field="longest")
    entry = WindowEntry(name, ctx.now() + pause, passes=0, extends=True, longest=most, waits="last")
    place = await ctx.windows.join(entry)
    raise Wait(place.closes, {"window": place.window}, relative=True)


_TOO_SHORT = "`longest` must not be shorter than `quiet`"


@events.check
def _findings(values: Mapping[str, Any]) -> Iterable[Finding]:
    yield from duration_findings(values, "quiet")
    yield from duration_findings({"longest_unit": "hours", **values}, "longest", "longest_unit")
