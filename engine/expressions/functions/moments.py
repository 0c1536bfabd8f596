"""Moments in the forms that senders write them, and times added to them."""

import re
from calendar import monthrange
from datetime import UTC, datetime, timedelta, tzinfo
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

from engine.base.types import Json

_MILLISECONDS = 100_000_000_000  # as seconds this is the year 5138: larger numbers are milliseconds

_DIGITS = re.compile(r"-?\d{10}(?:\d{3})?(?:\.\d{1,9})?", re.ASCII)
_ISO = re.compile(r"[+-]?\d{4}-?(?:\d\d|W)", re.ASCII)
_ORDINAL = re.compile(r"(\d{4})-(\d{3})(?=\Z|[T ])", re.ASCII)
_NAMED = re.compile(
    r"\[[\w/+-]{1,40}\]\Z", re.ASCII
)  # RFC 9557: the zone beside the offset, as Java writes it
_LEAP = re.compile(r"(?<=\d\d:\d\d:)60(?!\d)", re.ASCII)
# Go writes the offset, then the zone's name, then its monotonic clock: `time.Time.String`, which is what a
# template of Alertmanager gives.
_ZONE = re.compile(
    r"\s+(UTC|GMT|Z|[+-]\d\d:?\d\d)(?:(?<=\d)\s+(?:[A-Z]{1,5}|[+-]\d\d(?:\d\d)?))?(?:\s+M=[+-]\d{1,12}\.\d{1,12})?\Z",
    re.ASCII | re.IGNORECASE,
)
# Also the two older forms of HTTP (RFC 9110, 5.6.7): `Friday, 15-Sep-17 …` and C's asctime, which `date` and
# X write with a zone in the middle.
_RFC_2822 = re.compile(
    r"(?:[a-z]{3,9},\s*)?\d{1,2}[ -]+[a-z]{3}[ -]+(?:\d{4}|\d\d)\s+\d\d:\d\d(?::\d\d)?"
    r"(?:\s+(?:[+-]\d{4}|[a-z]{1,3}))?(?:\s+\([\w +:-]{1,40}\))?",
    re.ASCII | re.IGNORECASE,
)
_ASCTIME = re.compile(
    r"[a-z]{3} ([a-z]{3})\s+(\d{1,2}) (\d\d:\d\d:\d\d) (?:([+-]\d{4}|UTC|GMT) )?(\d{4})",
    re.ASCII | re.IGNORECASE,
)
_LONGEST = 64  # characters


def read_moment(value: Json) -> datetime | None:
    """The moment that a value says, with its offset; None when it says none.

    Read are ISO 8601 (also with a space before the offset, `UTC` or `GMT`, and as Go writes it), RFC 2822 and
    the older forms of HTTP, and Unix time: as a number, or as text of 10 digits (seconds) or 13
    (milliseconds). What has no offset is in UTC.
    """
    try:
        if isinstance(value, str):
            return _in_utc(_read(value.strip()))
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000 if abs(value) >= _MILLISECONDS else value, UTC)
    except (ValueError, OverflowError, OSError, TypeError):
        pass
    return None


def _read(text: str) -> datetime:
    """Raises ValueError, or TypeError as the library does."""
    if len(text) > _LONGEST:
        raise ValueError
    if _DIGITS.fullmatch(text):
        number = float(text)
        return datetime.fromtimestamp(number / 1000 if abs(number) >= _MILLISECONDS else number, UTC)
    if _ISO.match(text):
        text = _NAMED.sub("", text.upper())
        if _LEAP.search(text):  # which UTC has and Unix time has not
            return _read(_LEAP.sub("59", text)) + timedelta(seconds=1)
        if ordinal := _ORDINAL.match(text):
            first = datetime(int(ordinal[1]), 1, 1) + timedelta(days=int(ordinal[2]) - 1)
            if first.year != int(ordinal[1]):
                raise ValueError
            text = f"{first.date()}{text[ordinal.end() :]}"
        zone = _ZONE.search(text)
        if zone is None:
            return datetime.fromisoformat(text)
        written = "+00:00" if zone[1].isalpha() else zone[1]
        return datetime.fromisoformat(text[: zone.start()] + written)
    if of_c := _ASCTIME.fullmatch(text):
        month, day, at, offset, year = of_c.groups()
        text = f"{day} {month} {year} {at} {offset or 'GMT'}"
    if _RFC_2822.fullmatch(text):
        return parsedate_to_datetime(text)
    raise ValueError


def _in_utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def read_zone(name: str) -> ZoneInfo | None:
    """The IANA time zone of that name; None when there is none."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return None


def write_moment(moment: datetime) -> str:
    """ISO 8601, with `Z` for UTC and no fraction where there is none: `2026-03-03T10:15:30Z`."""
    text = moment.isoformat(timespec="auto")
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text


# -- times to add --------------------------------------------------------------------------------------

_UNITS = {
    "ms": "milliseconds", "millisecond": "milliseconds", "milliseconds": "milliseconds",
    "s": "seconds", "sec": "seconds", "second": "seconds", "seconds": "seconds",
    "m": "minutes", "min": "minutes", "minute": "minutes", "minutes": "minutes",
    "h": "hours", "hour": "hours", "hours": "hours",
    "d": "days", "day": "days", "days": "days",
    "w": "weeks", "week": "weeks", "weeks": "weeks",
    "month": "months", "months": "months", "y": "years", "year": "years", "years": "years",
}  # fmt: skip
_PART = re.compile(r"\s*([+-]?\d{1,9}(?:\.\d{1,6})?)\s*([a-z]+)\s*(?:,|and\b)?", re.ASCII | re.IGNORECASE)
_ISO_DURATION = re.compile(
    r"([+-])?P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?"
)
_ISO_UNITS = ("years", "months", "weeks", "days", "hours", "minutes", "seconds")

Span = list[tuple[float, str]]
"""Amounts and their units, one after another: months are not a number of days."""


def read_span(amount: Json, unit: str | None) -> Span | None:
    """What to add: a number of a unit (`2`, `hours`), a text (`2h`, `1 day 30 minutes`), or an ISO 8601
    duration (`PT2H`). None when it is none of these."""
    if isinstance(amount, int | float) and not isinstance(amount, bool):
        known = _UNITS.get((unit or "").lower())
        return None if known is None or abs(amount) > 1e9 else [(amount, known)]
    if not isinstance(amount, str) or unit is not None or len(amount) > _LONGEST:
        return None
    iso = _ISO_DURATION.fullmatch(amount.strip())
    if iso is not None and any(iso.groups()[1:]):
        sign = -1 if iso[1] == "-" else 1
        return [(sign * float(n), u) for n, u in zip(iso.groups()[1:], _ISO_UNITS, strict=True) if n]
    span: Span = []
    at, text = 0, amount.strip()
    while at < len(text):
        part = _PART.match(text, at)
        if part is None or part[2].lower() not in _UNITS:
            return None
        span.append((float(part[1]), _UNITS[part[2].lower()]))
        at = part.end()
    return span or None


def add_span(moment: datetime, span: Span, zone: tzinfo | None) -> datetime:
    """The moment that far off. Days, weeks, months and years go by the calendar of the zone (or of the
    moment's own offset), so a day is 23 or 25 hours where the clock changes; the last of a month stays in
    its month. Raises OverflowError outside the years 1 to 9999, ValueError for a part of a month."""
    offset = moment.tzinfo
    for amount, unit in span:
        if unit in ("months", "years"):
            moment = _add_months(moment.astimezone(zone or offset), amount, unit)
        elif unit in ("days", "weeks") and amount == int(amount):
            # By the wall clock: the offset is that of the new day.
            moment = moment.astimezone(zone or offset) + timedelta(**{unit: amount})
        else:
            moment = (moment.astimezone(UTC) + timedelta(**{unit: amount})).astimezone(offset)
    # Through UTC, so that an hour that the clock leaves out becomes one that there is.
    return moment.astimezone(UTC).astimezone(offset)


def _add_months(moment: datetime, amount: float, unit: str) -> datetime:
    if amount != int(amount):
        raise ValueError(f"{unit} are added as whole numbers")
    months = moment.year * 12 + moment.month - 1 + int(amount) * (12 if unit == "years" else 1)
    year, month = divmod(months, 12)
    if not 1 <= year <= 9999:
        raise OverflowError
    return moment.replace(year=year, month=month + 1, day=min(moment.day, monthrange(year, month + 1)[1]))
