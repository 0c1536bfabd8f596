"""One request, several events: what a trigger's `split` makes of a body.

Each item of the list becomes an event of its own, with the item as its body. The rest of the request stays
readable: method, headers and query as they came, and `batch` with `index` (from 0), `size`, and in `body`
what stood around the list.
"""

from functools import partial
from typing import Any, NamedTuple

import orjson

from engine.base.errors import TooLarge
from engine.base.journal import encode
from engine.base.types import Json
from engine.expressions import Evaluation, Expression, ExpressionError, evaluated

MAX_ITEMS = 5_000
"""Items of one request."""
MAX_BYTES = 50_000_000
"""Bytes of all events of one request; headers and what stands around the list count for each."""


class Split(NamedTuple):
    """The events of a request, each with its bytes. With a `warning` it is the request as it came."""

    events: list[tuple[Json, bytes]]
    warning: str = ""


async def split(expression: Expression, event: dict[str, Json], payload: bytes) -> Split:
    """The events of a request. Raises `TooLarge` when there are too many."""
    try:
        items = await evaluated(partial(_items, expression, event))
    except ExpressionError as error:
        return Split([(event, payload)], f"`split` could not be evaluated: {error.message}\n{error.caret}")
    if not isinstance(items, list):
        kind = "null" if items is None else f"no list but {_KINDS.get(type(items), 'a value')}"
        return Split(
            [(event, payload)],
            f"`split` (`{expression.text}`) gave {kind}, so the request started one run with its whole body.",
        )
    if len(items) > MAX_ITEMS:
        raise TooLarge(
            f"The list has {len(items):,} items; one request may have {MAX_ITEMS:,}. Send fewer at once."
        )
    around = _around(event.get("body"), items)
    shared = {name: value for name, value in event.items() if name not in ("body", "raw")}
    if len(items) * len(encode({**shared, "around": around})) > MAX_BYTES:
        raise TooLarge(
            "The data around the list is too large to be stored with each of its items. "
            "Send fewer items at once."
        )
    found: list[tuple[Json, bytes]] = []
    for index, item in enumerate(items):
        one = {**shared, "body": item, "batch": {"index": index, "size": len(items), "body": around}}
        found.append((one, orjson.dumps(one)))
    return Split(found)


_KINDS: dict[type, str] = {
    dict: "an object",
    str: "a text",
    int: "a number",
    float: "a number",
    bool: "a boolean",
}


def _items(expression: Expression, event: dict[str, Json], evaluation: Evaluation) -> Json:
    # `body.alerts` reads as in mask paths, `trigger.body.alerts` as everywhere else.
    return expression.value({**event, "trigger": event}, evaluation)


def _around(body: Json, items: list[Json]) -> Json:
    """The body without the list: without each list in its objects that is `items`, or holds one of them."""
    if not isinstance(body, dict):
        return None
    return _without(body, {id(item) for item in items if isinstance(item, dict | list)}, items)


def _without(value: dict[str, Any], ids: set[int], items: list[Json]) -> dict[str, Any]:
    left: dict[str, Any] = {}
    for name, member in value.items():
        if isinstance(member, list) and (member is items or any(id(one) in ids for one in member)):
            continue
        left[name] = _without(member, ids, items) if isinstance(member, dict) else member
    return left
