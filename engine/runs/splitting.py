"""One event, several runs: what a trigger's `split` makes of a body, whether a request brought it, a poll
found it or a topic carried it.

Each item of the list becomes an event of its own, with the item as its body. The rest of the event stays
readable: method, headers and query as they came, and `batch` with `index` (from 0), `size`, and in `body`
what stood around the list.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import orjson

from engine.base.errors import TooLarge
from engine.base.ids import new_id
from engine.base.journal import encode
from engine.base.redaction import Secret
from engine.base.types import Json
from engine.expressions import Evaluation, Expression, ExpressionError, evaluated
from engine.store.run_store import NewRun

from .dedupe import Identity, identify_own
from .plan import Plan, PlannedTrigger

MAX_ITEMS = 5_000
"""Items of one list."""
MAX_BYTES = 50_000_000
"""Bytes of all events of one list; headers and what stands around the list count for each."""


class Split(NamedTuple):
    """The events of a list, each with its bytes. With a `warning` it is the event as it came."""

    events: list[tuple[Json, bytes]]
    warning: str = ""
    hidden: frozenset[Secret] = frozenset()
    """What the trigger's mask paths hide of what stands around the list."""


class Splitter:
    """Splits the events that arrive otherwise than in a request: nobody would send them again, so that what
    cannot be split starts one run with a warning."""

    def __init__(self, plan_of: Callable[[NewRun], Plan | Awaitable[Plan]], most: int) -> None:
        """`most`: items that the queue is sure to have room for at some time."""
        self._plan_of = plan_of
        self._most = most

    async def runs_of(self, run: NewRun) -> list[NewRun]:
        """The runs that an event starts, not stored yet. Raises `NotFound` when its flow is gone."""
        plan = self._plan_of(run)
        trigger = (plan if isinstance(plan, Plan) else await plan).trigger(run.trigger)
        return [run] if trigger is None else await split_run(run, trigger, self._most)


async def split_run(run: NewRun, trigger: PlannedTrigger, most: int = MAX_ITEMS) -> list[NewRun]:
    """The run of each item of a new run's event; the run itself where nothing is to be split, with a warning
    where it cannot be. Nothing is stored yet."""
    if trigger.split is None:
        return [run]
    try:
        parts = await split(trigger, run.event, run.payload, min(most, MAX_ITEMS))
    except TooLarge as error:
        parts = Split([], f"`split` was not applied, so one run has the whole body: {error.message}")
    if parts.warning:
        run.warn(parts.warning)
        return [run]
    hidden = run.hidden | parts.hidden
    return [
        await _part(run, trigger, index, event, payload, hidden)
        for index, (event, payload) in enumerate(parts.events)
    ]


async def _part(
    run: NewRun, trigger: PlannedTrigger, index: int, event: Json, payload: bytes, hidden: frozenset[Secret]
) -> NewRun:
    """The run of one item. What says how the whole came here says it with the index for each; what a webhook
    trigger itself says tells its events apart is asked of the item, as the queue does for other triggers."""
    known = Identity(None if run.dedupe is None else f"{run.dedupe}:{index}")
    if trigger.is_webhook and trigger.dedupe is not None and run.environment == "production":
        known = await identify_own(event, trigger)
    part = replace(
        run, id=new_id("run"), event=event, payload=payload, dedupe=known.key, hidden=hidden, sealed=[],
        labels=[],
    )  # fmt: skip
    if known.warning:
        part.warn(known.warning)
    return part


async def split(
    trigger: PlannedTrigger, event: dict[str, Json], payload: bytes, most: int | None = None
) -> Split:
    """The events that a trigger's `split` makes of one. Raises `TooLarge` when there are too many."""
    expression, most = trigger.split, MAX_ITEMS if most is None else most
    assert expression is not None
    try:
        items = await evaluated(partial(_items, expression, event))
    except ExpressionError as error:
        return Split([(event, payload)], f"`split` could not be evaluated: {error.message}\n{error.caret}")
    if not isinstance(items, list):
        kind = "null" if items is None else f"no list but {_KINDS.get(type(items), 'a value')}"
        return Split(
            [(event, payload)],
            f"`split` (`{expression.text}`) gave {kind}, so one run has the whole body.",
        )
    if len(items) > most:
        raise TooLarge(f"The list has {len(items):,} items; at most {most:,} are split. Send fewer at once.")
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
    return Split(found, hidden=_hidden(trigger, shared, around))


def _hidden(trigger: PlannedTrigger, shared: dict[str, Json], around: Json) -> frozenset[Secret]:
    """Mask paths begin at the item, which is the event's body; what they hide of the body that the items came
    in is hidden as well."""
    return frozenset() if trigger.mask is None else trigger.mask.apply({**shared, "body": around})[1]


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
