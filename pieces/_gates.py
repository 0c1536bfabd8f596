"""What the pieces that let some events pass and hold others share: their key, times, and what follows."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from ._action import Finding
from ._context import Context
from ._errors import PieceError
from ._props import Choice, Json, Option, Shown
from ._windows import Held

SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}
LONGEST = 366 * 86400
MAX_KEY = 200
"""Characters of a key that is stored as it is; a longer one is stored as its hash."""

Unit = Annotated[Literal["seconds", "minutes", "hours", "days"], Shown()]
Then = Annotated[
    str,
    Shown(),
    Choice(
        Option("end", "End the run here"),
        Option("continue", "Continue; a router can ask for `passed`"),
    ),
]
"""What becomes of an event that does not pass."""


def key_of(value: Json) -> str:
    """The key that a value stands for; empty for null and blank text. The order of fields does not
    matter."""
    if value is None:
        return ""
    text = value.strip() if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False)
    if len(text) <= MAX_KEY:
        return text
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def seconds_of(amount: float, unit: str, field: str) -> float:
    """A duration in seconds. Raises `PieceError` for one that is not between one second and 366 days."""
    seconds = amount * SECONDS[unit]
    if not 1 <= seconds <= LONGEST:
        raise PieceError(f"`{field}` must be between 1 second and 366 days", field=field)
    return seconds


def duration_findings(values: Mapping[str, Any], field: str, unit: str = "unit") -> Iterable[Finding]:
    """A duration that is too short or too long."""
    amount, of = values.get(field), values.get(unit, "minutes")
    if isinstance(amount, int | float) and not isinstance(amount, bool) and of in SECONDS:
        try:
            seconds_of(amount, of, field)
        except PieceError as error:
            yield Finding(f"/{field}", error.message)


def key_findings(values: Mapping[str, Any], field: str = "key") -> Iterable[Finding]:
    """A key that is the same for all events, in all likelihood by mistake."""
    key = values.get(field)
    if isinstance(key, str) and key.strip() and "{{" not in key:
        message = "This text is the same for all events. Use an expression, such as {{ trigger.body.id }}."
        yield Finding(f"/{field}", message, warning=True)


def stop_unless_passed(ctx: Context, output: dict[str, Json], then: str, reason: str) -> dict[str, Json]:
    """The output of a step whose event does not pass. With `then` = "end", nothing follows."""
    if then == "end":
        ctx.stop(reason)
    return output


def held_output(held: Held | None) -> dict[str, Json] | None:
    """What was held, as JSON; null for nothing."""
    if held is None or not held.count:
        return None
    return {
        "count": held.count,
        "first": iso(held.first),
        "last": iso(held.last),
        "items": held.items,
    }


def iso(seconds: float) -> str:
    """Unix seconds as ISO 8601 in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(seconds: float) -> str:
    """Unix seconds as people read them, in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def number_word(number: int) -> str:
    """A number with its English ending: 1st, 2nd, 3rd, 11th."""
    last = 0 if 10 <= number % 100 <= 20 else number % 10
    return f"{number:,}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(last, 'th') }"
