"""Deduplicate: let the first event of a kind pass, and count those that repeat it."""

import json
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from ._action import Finding
from ._context import Context
from ._errors import PieceError
from ._gates import (
    Then,
    Unit,
    duration_findings,
    held_output,
    iso,
    key_findings,
    key_of,
    moment,
    number_word,
    seconds_of,
    stop_unless_passed,
)
from ._piece import Piece
from ._props import Example, Json, Title
from ._windows import WindowEntry

deduplicate = Piece("deduplicate", icon="copy")

MAX_IGNORED = 50


@deduplicate.action(gate=True, title="Let the first pass")
async def events(
    ctx: Context,
    key: Annotated[Json, Title("Same event if equal"), Example("{{ trigger.body.alert.id }}")],
    window: Annotated[float, Title("Within")] = 1,
    unit: Unit = "hours",
    state: Annotated[str, Example("{{ trigger.body.status }}")] = "",
    ignored_fields: Annotated[list[str] | None, Example("updated_at")] = None,
    extend: Annotated[bool, Title("Repeats extend the time")] = False,
    then: Annotated[Then, Title("If it is a repeat")] = "end",
) -> Json:
    """Let the first event of a kind pass.

    The output is `{passed, key, count, repeats, first, first_run, previous}`. `previous` is null or
    `{count, first, last}`: the repeats that followed the event that passed before. If the run of the first
    event fails, the next event passes. An event without a key passes, with a warning.

    Args:
        key: A value, or an object such as `{{ trigger.body }}`.
        window: From the first event on, 366 days at most.
        state: An event in another state passes, and starts again: `firing`, then `resolved`.
        ignored_fields: Of an object: paths such as `updated_at` or `data.received`.
        extend: Each repeat starts the time again.
        then: In a loop, only the current item ends.
    """
    seconds = seconds_of(window, unit, "window")
    compared = key_of(_without(key, ignored_fields or []))
    if not compared:
        ctx.warn("`key` is empty, so the event was not compared with others, and passed.")
        return {"passed": True, "key": "", "count": 1, "repeats": 0, "first": iso(ctx.now()),
                "first_run": ctx.run.id, "previous": None}  # fmt: skip
    entry = WindowEntry(
        compared, ctx.now() + seconds, state=key_of(state), extends=extend, needs_success=True
    )
    place = await ctx.windows.join(entry)
    previous = held_output(await ctx.windows.take(place.before)) if place.before else None
    if previous is not None:
        del previous["items"]
    output: dict[str, Json] = {
        "passed": place.passes,
        "key": compared,
        "count": place.number,
        "repeats": place.number - 1,
        "first": iso(place.opened),
        "first_run": place.first_run,
        "previous": previous,
    }
    if place.passes:
        return output
    reason = f"This is the {number_word(place.number)} event with this key since {moment(place.opened)}."
    return stop_unless_passed(ctx, output, then, reason)


@events.check
def _findings(values: Mapping[str, Any]) -> Iterable[Finding]:
    yield from duration_findings({"unit": "hours", **values}, "window")
    yield from key_findings(values)
    ignored = values.get("ignored_fields")
    if isinstance(ignored, list):
        for number, path in enumerate(ignored):
            if isinstance(path, str) and "{{" not in path:
                try:
                    _parts(path)
                except PieceError as error:
                    yield Finding(f"/ignored_fields/{number}", error.message)
        if len(ignored) > MAX_IGNORED:
            yield Finding("/ignored_fields", f"at most {MAX_IGNORED} fields can be ignored")


def _without(value: Json, ignored: list[str]) -> Json:
    """A copy of a value without the fields at these paths. A list on the way stands for each of its items."""
    if len(ignored) > MAX_IGNORED:
        raise PieceError(f"at most {MAX_IGNORED} fields can be ignored", field="ignored_fields")
    paths = [_parts(path) for path in ignored]
    if not paths or not isinstance(value, dict | list):
        return value
    copy = json.loads(json.dumps(value))
    for parts in paths:
        _remove(copy, parts)
    return copy


def _parts(path: str) -> list[str]:
    parts = path.strip().split(".")
    if not all(parts):
        message = f"`ignored_fields`: {path!r} is not a path. Write `updated_at` or `data.received`."
        raise PieceError(message, field="ignored_fields")
    return parts


def _remove(value: Json, parts: list[str]) -> None:
    if isinstance(value, list):
        for item in value:
            _remove(item, parts)
    elif isinstance(value, dict):
        if len(parts) == 1:
            value.pop(parts[0], None)
        else:
            _remove(value.get(parts[0]), parts[1:])
