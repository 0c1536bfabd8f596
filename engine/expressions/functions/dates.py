"""Dates. JMESPath Community has no date functions, so these are our own."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from zoneinfo import ZoneInfo

from engine.base import clock
from engine.base.types import Json

from .contract import function
from .evaluation import FunctionError

_MILLISECONDS = 100_000_000_000  # as seconds this is the year 5138: larger numbers are milliseconds
_MAX_FORMAT = 200
_EXAMPLE = datetime(2026, 3, 3, tzinfo=UTC)  # to try formats on

_MONTHS = [
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
]
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]

# English names whatever the server's locale.
_DIRECTIVES: dict[str, Callable[[datetime], str]] = {
    "Y": lambda t: f"{t.year:04d}",
    "y": lambda t: f"{t.year % 100:02d}",
    "m": lambda t: f"{t.month:02d}",
    "d": lambda t: f"{t.day:02d}",
    "e": lambda t: str(t.day),
    "H": lambda t: f"{t.hour:02d}",
    "I": lambda t: f"{t.hour % 12 or 12:02d}",
    "M": lambda t: f"{t.minute:02d}",
    "S": lambda t: f"{t.second:02d}",
    "f": lambda t: f"{t.microsecond:06d}",
    "p": lambda t: "AM" if t.hour < 12 else "PM",
    "b": lambda t: _MONTHS[t.month - 1][:3],
    "B": lambda t: _MONTHS[t.month - 1],
    "a": lambda t: _DAYS[t.weekday()][:3],
    "A": lambda t: _DAYS[t.weekday()],
    "j": lambda t: f"{t.timetuple().tm_yday:03d}",
    "u": lambda t: str(t.isoweekday()),
    "V": lambda t: f"{t.isocalendar().week:02d}",
    "G": lambda t: f"{t.isocalendar().year:04d}",
    "F": lambda t: t.date().isoformat(),
    "T": lambda t: f"{t.hour:02d}:{t.minute:02d}:{t.second:02d}",
    "s": lambda t: str(int(t.timestamp())),
    "z": lambda t: t.strftime("%z"),
    "Z": lambda t: t.tzname() or "UTC",
    "%": lambda t: "%",
}


@function()
def now() -> Json:
    """The present moment as ISO 8601 text in UTC: 2026-03-03T10:15:30.000Z."""
    return clock.now_iso()


def _written(pattern: str, moment: datetime) -> str:
    if len(pattern) > _MAX_FORMAT:
        raise FunctionError(f"the format of format_date() is longer than {_MAX_FORMAT} characters")

    def write(match: re.Match[str]) -> str:
        directive = _DIRECTIVES.get(match[1])
        if directive is None:
            raise FunctionError(f"format_date() does not know %{match[1]}")
        return directive(moment)

    return re.sub(r"%(.?)", write, pattern, flags=re.DOTALL)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise FunctionError(
            f"format_date() does not know the time zone {name[:60]!r}; use a name such as Europe/Berlin"
        ) from None


@function("string|number", "string", "string?", literals={1: partial(_written, moment=_EXAMPLE), 2: _zone})
def format_date(value: str | float, pattern: str, zone: str = "UTC") -> Json:
    """A moment (ISO 8601 text, or Unix seconds or milliseconds) in a format and an IANA time zone.

    format_date('2026-03-03T10:15:30Z', '%d.%m.%Y %H:%M', 'Europe/Berlin') is '03.03.2026 11:15'.
    %Y %y year · %m %B %b month · %d %e day · %H %I %p %M %S %f time · %A %a %u day of the week ·
    %j day of the year · %G %V ISO week · %F date · %T time · %z %Z zone · %s Unix seconds · %% is a %.
    """
    try:
        return _written(pattern, _moment(value).astimezone(_zone(zone)))
    except OverflowError:
        raise FunctionError("format_date() was given a date outside the years 1 to 9999") from None


def _moment(value: str | float) -> datetime:
    try:
        if isinstance(value, str):
            moment = datetime.fromisoformat(value.strip())
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return datetime.fromtimestamp(value / 1000 if abs(value) >= _MILLISECONDS else value, UTC)
    except (ValueError, OverflowError, OSError):
        raise FunctionError(f"format_date() cannot read {str(value)[:60]!r} as a date") from None


@function("any")
def timestamp(value: Json) -> Json:
    """The Unix seconds of a moment (ISO 8601 text, or Unix seconds or milliseconds); null when it is none."""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return None
    try:
        seconds = _moment(value).timestamp()
    except (FunctionError, OverflowError):
        return None
    return int(seconds) if seconds.is_integer() else seconds
