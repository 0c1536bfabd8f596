"""The one form in which times are stored, shown and compared."""

import time
from datetime import UTC, datetime


def now() -> float:
    """Unix time in seconds."""
    return time.time()


def to_iso(seconds: float) -> str:
    """ISO 8601 in UTC with milliseconds: `2026-03-03T10:15:30.000Z`. Sorts as text."""
    whole, fraction = divmod(int(seconds * 1000), 1000)
    return f"{_second(whole)}.{fraction:03d}Z"


def from_iso(text: str) -> float:
    """Unix seconds of an ISO 8601 text; one without an offset is UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def now_iso() -> str:
    return to_iso(time.time())


_last: tuple[int, str] = (-1, "")


def _second(whole: int) -> str:
    # strftime once a second, not once a run.
    global _last
    known, text = _last
    if known != whole:
        text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole))
        _last = (whole, text)
    return text
