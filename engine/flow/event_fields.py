"""What the event of a webhook has, and what was probably meant by a name that it does not have."""

import re
from collections.abc import Mapping
from typing import Any

from engine.expressions import Mend

_FIELDS = frozenset({"body", "headers", "query", "method", "name", "cloudevent", "batch", "raw", "warnings"})
_BODY = frozenset({"payload", "data", "event", "json", "request", "content"})
"""What other products call the body."""
_HEADERS = frozenset({"header", "meta"})


def has_webhook_events(definition: Mapping[str, Any]) -> bool:
    """Whether every event of a flow comes to its webhook, so that it is known what an event has."""
    triggers = definition.get("triggers")
    found = triggers if isinstance(triggers, list) else []
    return bool(found) and all(
        isinstance(one, Mapping) and (one.get("piece"), one.get("trigger")) == ("webhook", "catch")
        for one in found
    )


def missing_field(text: str, name: str) -> tuple[str, Mend | None] | None:
    """What to say of `trigger.name` in an expression, and the correction; None for a field that exists."""
    if name in _FIELDS:
        return None
    near = name.lower()
    meant = "trigger.body" if near in _BODY else "trigger.headers" if near in _HEADERS else ""
    meant = meant or (f"trigger.{near}" if near in _FIELDS else f"trigger.body.{name}")
    message = f"an event has body, headers, query and method, but no `{name}`; did you mean `{meant}`?"
    written = re.compile(rf"\btrigger\.{re.escape(name)}\b")
    mended = written.sub(meant, text)
    return message, Mend(f"Write {meant}", mended) if mended != text else None
