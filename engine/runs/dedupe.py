"""What tells one event from another, so that one sent twice starts one run; and what orders events."""

import hashlib
from collections.abc import Awaitable
from functools import partial
from typing import NamedTuple

import orjson

from engine.base.types import Json
from engine.expressions import (
    Costly,
    Evaluation,
    Expression,
    ExpressionError,
    OnLoop,
    apart,
    compile,
    evaluated,
    size,
)
from engine.signatures import SCHEMES, Scheme
from engine.store.run_store import NewRun

from .plan import Plan, PlannedTrigger
from .routing import told


class Identity(NamedTuple):
    """`key` tells an event from others; None when it has no identity, and then it is a new event. `warning`
    says why the expression for it gave none."""

    key: str | None = None
    warning: str = ""


async def identify(event: Json, trigger: PlannedTrigger, scheme: str | None) -> Identity:
    """What tells this event from another: what the trigger says, what the vendor documents, or the common
    headers."""
    known = SCHEMES.get(scheme or "")
    if trigger.dedupe is None and (known is None or known.dedupe is None):
        return identify_by_sender(event)  # nothing to evaluate
    return await evaluated(partial(_identity, event, trigger, known))


async def identify_own(event: Json, trigger: PlannedTrigger) -> Identity:
    """What the trigger itself says tells this event from another; nothing if it says nothing."""
    return await evaluated(partial(_own, event, trigger))


def _identity(
    event: Json, trigger: PlannedTrigger, scheme: Scheme | None, evaluation: Evaluation
) -> Identity:
    if trigger.dedupe is not None:
        return _own(event, trigger, evaluation)
    if scheme is not None and scheme.dedupe is not None:
        value = compile(scheme.dedupe).value({"trigger": event}, evaluation)
        if value:
            return Identity(f"{scheme.name}:{short(value)}")
    return identify_by_sender(event)


def identify_by_sender(event: Json) -> Identity:
    """By what senders of any kind put into headers, or CloudEvents into their attributes."""
    headers = event["headers"]
    for name in ("webhook-id", "svix-id", "idempotency-key"):
        if str(headers.get(name) or "").strip():
            return Identity(f"{name}:{short(headers[name])}")
    if headers.get("ce-id") and headers.get("ce-source"):
        return Identity(f"ce:{short([headers['ce-source'], headers['ce-id']])}")
    if "cloudevent" in event:
        return Identity(cloudevent_key(event))
    body = event["body"]
    if isinstance(body, dict) and "specversion" in body and body.get("id") and body.get("source"):
        return Identity(f"ce:{short([body['source'], body['id']])}")
    return Identity()


def _own(event: Json, trigger: PlannedTrigger, evaluation: Evaluation) -> Identity:
    if trigger.dedupe is None:
        return Identity()
    value, key, warning = _key(trigger.dedupe, event, "identity", evaluation)
    if key is None or _is_empty(value):
        return Identity(None, warning)
    # The number 5 is not the text "5": taken for one, the second event would be lost.
    return Identity(f"own:{key}" if isinstance(value, str) else f"own-json:{key}", warning)


def _is_empty(value: Json) -> bool:
    """Whether a value tells nothing apart: nothing is there, or a list or object of nothing but such. Events
    of a sender who changed its format would all be taken for one."""
    if isinstance(value, str):
        return not value.strip()
    if isinstance(value, dict):
        return all(map(_is_empty, value.values()))
    return value is None or (isinstance(value, list) and all(map(_is_empty, value)))


def identified(run: NewRun, trigger: PlannedTrigger) -> Awaitable[None] | None:
    """Give a new run the identity that its trigger says, and the window in which it counts. To be awaited
    where there is something to evaluate: requests are identified by the intake."""
    if not trigger.is_webhook:
        return None if trigger.dedupe is None else _identified(run, trigger)
    if trigger.dedupe_within is not None and run.dedupe is not None:
        run.identity, run.dedupe, run.within = run.dedupe, None, trigger.dedupe_within
    return None


async def _identified(run: NewRun, trigger: PlannedTrigger) -> None:
    known = await identify_own(run.event, trigger)
    if known.key is not None:
        run.identity = f"{known.key}:{run.replay}" if run.replay else known.key
    run.within = trigger.dedupe_within
    if known.warning:
        run.warn(known.warning)


def order_key(plan: Plan, run: NewRun) -> str | Awaitable[str | None] | None:
    """The run's ordering key; None where the flow has none, or it is null, and the run goes when it likes.

    An expression that fails orders nothing, and is a warning on the run. To be awaited only where the
    expression is too costly for the event loop.
    """
    if plan.order_key is None:
        return None
    work = partial(_key, plan.order_key, run.event, "ordering key")
    try:
        return _ordered(run, *work(OnLoop()))
    except Costly:
        return _ordered_apart(run, work)


async def _ordered_apart(run: NewRun, work: "partial[tuple[Json, str | None, str]]") -> str | None:
    return _ordered(run, *await apart(work))


def _ordered(run: NewRun, _value: Json, key: str | None, warning: str) -> str | None:
    if warning:
        run.warn(warning)
    return key


def _key(
    expression: Expression, event: Json, what: str, evaluation: Evaluation
) -> tuple[Json, str | None, str]:
    """The value over an event, as a key too, and a warning where there is none or it is in doubt."""
    try:
        value = expression.value({"trigger": event}, evaluation)
        size(value, expression, evaluation)
    except ExpressionError as error:
        return None, None, f"The {what} of this event could not be evaluated: {told(error)}"
    notes = evaluation.take_notes()
    warning = f"In the {what} of this event: {told(notes[0])}" if notes else ""
    return value, None if value is None else short(value), warning


def cloudevent_key(event: Json) -> str:
    """What tells a CloudEvent from every other: its source and id (CloudEvents 1.0.2, "id")."""
    known = event["cloudevent"]
    return f"ce:{short([known['source'], known['id']])}"


def short(value: Json) -> str:
    """A value as a key: its text, or the text's SHA-256 where that is longer than 200 characters."""
    text = value if isinstance(value, str) else orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    if len(text) <= 200:
        return text
    return hashlib.sha256(text.encode()).hexdigest()
