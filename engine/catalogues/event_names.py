"""What looks like the name of an event, and like the field that holds it."""

import re

LIKELY = (
    "action", "type", "event", "event_type", "eventType", "event_name", "eventName", "webhook_event",
    "webhookEvent", "object_kind", "kind", "topic", "name", "operation", "status",
)  # fmt: skip
"""Names of fields that often name the event, the likeliest first."""

_NOT_A_NAME = re.compile(
    r"\d{4}-\d\d-\d\d|[0-9a-f]{8}-[0-9a-f]{4}-|https?://|[^@\s]+@[^@\s]+|.*\d{5,}|.*\s.*\s.*\s|\d+", re.DOTALL
)
_LONGEST = 100


def is_name(text: str, *, surely: bool = False) -> bool:
    """Whether a text can be an event's name, rather than an id, an address, a date or a sentence; `surely`
    where it stands for one whatever it looks like."""
    return 0 < len(text) <= _LONGEST and (surely or not _NOT_A_NAME.match(text))
