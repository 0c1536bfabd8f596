"""What tells one event from another, so that one sent twice starts one run."""

import hashlib
import logging

import orjson

from engine.base.types import Json
from engine.expressions import ExpressionError, compile
from engine.signatures import SCHEMES

from .plan import Plan, PlannedTrigger

log = logging.getLogger("switchyard.intake")


def dedupe_key(event: Json, trigger: PlannedTrigger, scheme: str | None) -> str | None:
    """What tells this event from another: what the trigger says, what the vendor documents, or the
    common headers. None when the event has no identity, and then every request is a new event."""
    if trigger.dedupe is not None:
        return own_key(event, trigger)
    known = SCHEMES.get(scheme or "")
    if known is not None and known.dedupe is not None:
        value = compile(known.dedupe).value({"trigger": event})
        if value:
            return f"{known.name}:{short(value)}"
    headers = event["headers"]
    for name in ("webhook-id", "svix-id", "idempotency-key"):
        if headers.get(name):
            return f"{name}:{short(headers[name])}"
    if headers.get("ce-id") and headers.get("ce-source"):
        return f"ce:{short([headers['ce-source'], headers['ce-id']])}"
    if "cloudevent" in event:
        return cloudevent_key(event)
    body = event["body"]
    if isinstance(body, dict) and "specversion" in body and body.get("id") and body.get("source"):
        return f"ce:{short([body['source'], body['id']])}"
    return None


def own_key(event: Json, trigger: PlannedTrigger) -> str | None:
    """What the trigger itself says tells this event from another; None if it says nothing."""
    if trigger.dedupe is None:
        return None
    try:
        value = trigger.dedupe.value({"trigger": event})
    except ExpressionError as error:
        log.warning("dedupe of flow trigger %s: %s", trigger.name, error)
        return None
    if value is None:
        return None
    # The number 5 is not the text "5": taken for one, the second event would be lost.
    return f"own:{short(value)}" if isinstance(value, str) else f"own-json:{short(value)}"


def order_key(plan: Plan, event: Json) -> str | None:
    """The event's ordering key; None where the flow has none, or it is null, and the run goes when it likes.
    An expression that fails orders nothing and is logged."""
    if plan.order_key is None:
        return None
    try:
        value = plan.order_key.value({"trigger": event})
    except ExpressionError as error:
        log.warning("ordering key of flow %s: %s", plan.flow_id, error)
        return None
    return None if value is None else short(value)


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
