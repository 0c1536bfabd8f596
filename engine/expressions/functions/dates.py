"""Functions of dates. JMESPath Community has none, so these are our own."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from zoneinfo import ZoneInfo

from engine.base import clock
from engine.base.types import Json

from .contract import function
from .date_formats import DAYS, MAX_FORMAT, MONTHS, date_pattern, read_by
from .evaluation import Evaluation, FunctionError
from .moments import add_span, read_moment, read_span, read_zone, write_moment

_EXAMPLE = datetime(2026, 3, 3, tzinfo=UTC)  # to try formats on

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
    "b": lambda t: MONTHS[t.month - 1][:3],
    "B": lambda t: MONTHS[t.month - 1],
    "a": lambda t: DAYS[t.weekday()][:3],
    "A": lambda t: DAYS[t.weekday()],
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
    _check_length(pattern)

    def write(match: re.Match[str]) -> str:
        directive = _DIRECTIVES.get(match[1])
        if directive is None:
            raise FunctionError(f"date formats do not support %{match[1]}")
        return directive(moment)

    return re.sub(r"%(.?)", write, pattern, flags=re.DOTALL)


def _check_length(pattern: str) -> None:
    if len(pattern) > MAX_FORMAT:
        raise FunctionError(f"the date format is longer than {MAX_FORMAT} characters")


def _zone(name: str) -> ZoneInfo:
    zone = read_zone(name)
    if zone is None:
        words = f"there is no time zone {name[:60]!r}; use a name such as Europe/Berlin"
        raise FunctionError(words)
    return zone


@function("string|number", "string", "string?", literals={1: partial(_written, moment=_EXAMPLE), 2: _zone})
def format_date(value: str | float, pattern: str, zone: str = "UTC") -> Json:
    """A moment in a format and an IANA time zone; it is given in any form that timestamp() reads.

    format_date('2026-03-03T10:15:30Z', '%d.%m.%Y %H:%M', 'Europe/Berlin') is '03.03.2026 11:15'.
    %Y %y year · %m %B %b month · %d %e day · %H %I %p %M %S %f time · %A %a %u day of the week ·
    %j day of the year · %G %V ISO week · %F date · %T time · %z %Z zone · %s Unix seconds · %% is a %.
    """
    moment = read_moment(value)
    if moment is None:
        raise FunctionError(f"format_date() cannot read {_shown(value)} as a date")
    try:
        return _written(pattern, moment.astimezone(_zone(zone)))
    except OverflowError:
        raise FunctionError("format_date() received a date outside the years 1 to 9999") from None


@function("any")
def timestamp(evaluation: Evaluation, value: Json) -> Json:
    """The Unix seconds of a moment: ISO 8601, RFC 2822, `2017-09-15 16:50:55 UTC`, or Unix seconds or
    milliseconds. Null, with a warning, of what is no date.
    """
    moment = read_moment(value)
    if moment is None:
        if value is not None:
            evaluation.doubt = f"timestamp() cannot read {_shown(value)} as a date, so it gives null"
        return None
    seconds = moment.timestamp()
    return int(seconds) if seconds.is_integer() else seconds


@function("any", "string?", "string?", literals={1: date_pattern, 2: _zone})
def parse_date(evaluation: Evaluation, value: Json, pattern: str = "", zone: str = "UTC") -> Json:
    """A date as ISO 8601 in UTC: read by a format, or in any form that timestamp() reads.

    parse_date('03.03.2026 11:15', '%d.%m.%Y %H:%M', 'Europe/Berlin') is '2026-03-03T10:15:00Z'. The format
    is that of format_date(); the zone counts where the text names none. Null, with a warning, of what
    cannot be read.
    """
    if value is None:
        return None
    here = _zone(zone)
    moment = read_by(pattern, value, here) if pattern and isinstance(value, str) else read_moment(value)
    if moment is None:
        form = f" by the format {pattern!r}" if pattern else ""
        evaluation.doubt = f"parse_date() cannot read {_shown(value)} as a date{form}, so it gives null"
        return None
    try:
        return write_moment(moment.astimezone(UTC))
    except OverflowError:
        raise FunctionError("parse_date() received a date outside the years 1 to 9999") from None


@function("any", "number|string", "string?", "string?", literals={3: _zone})
def add_time(
    evaluation: Evaluation, value: Json, amount: float | str, unit: str | None = None, zone: str | None = None
) -> Json:
    """A moment later, or earlier with a negative amount, in the form in which it was given.

    add_time('2026-03-03T10:15:30Z', `2`, 'hours') is '2026-03-03T12:15:30Z'; '2h', '1 day 30 minutes' and
    'PT2H' say it in one text. Units: milliseconds to years. Days and longer go by the calendar of the zone.
    """
    if value is None:
        return None
    moment = read_moment(value)
    if moment is None:
        evaluation.doubt = f"add_time() cannot read {_shown(value)} as a date, so it gives null"
        return None
    span = read_span(amount, unit)
    if span is None:
        said = f"{amount!r} {unit}" if unit is not None else repr(amount)
        hint = "write `2`, 'hours' or '2h'"
        raise FunctionError(f"add_time() cannot read {said[:80]} as a duration; {hint}")
    try:
        later = add_span(moment, span, None if zone is None else _zone(zone))
        return _as_given(value, later)
    except (OverflowError, OSError):
        raise FunctionError("the result of add_time() is outside the years 1 to 9999") from None
    except ValueError as error:
        raise FunctionError(f"add_time() failed: {error}") from None


def _as_given(value: Json, moment: datetime) -> Json:
    if isinstance(value, str):
        return write_moment(moment)
    factor = 1000 if abs(value) >= 100_000_000_000 else 1
    number = moment.timestamp() * factor
    return int(number) if number == int(number) else number


def _shown(value: Json) -> str:
    return repr(str(value)[:60])
