"""Dates read by a format: the directives of `format_date()`, the other way round."""

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

from .evaluation import FunctionError

MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MAX_FORMAT = 200
"""Characters of a date format."""

_READ = {
    "Y": r"(?P<Y>\d{4})",
    "y": r"(?P<y>\d\d)",
    "m": r"(?P<m>\d{1,2})",
    "d": r"(?P<d>\d{1,2})",
    "e": r"\s*(?P<d>\d{1,2})",
    "H": r"(?P<H>\d{1,2})",
    "I": r"(?P<I>\d{1,2})",
    "M": r"(?P<M>\d{1,2})",
    "S": r"(?P<S>\d{1,2})",
    "f": r"(?P<f>\d{1,9})",
    "p": r"(?P<p>[AP]\.?M\.?)",
    "b": "(?P<b>" + "|".join(name[:3] for name in MONTHS) + ")",
    "B": "(?P<b>" + "|".join(MONTHS) + ")",
    "a": "(?:" + "|".join(name[:3] for name in DAYS) + ")",
    "A": "(?:" + "|".join(DAYS) + ")",
    "j": r"(?P<j>\d{1,3})",
    "F": r"(?P<Y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)",
    "T": r"(?P<H>\d\d):(?P<M>\d\d):(?P<S>\d\d)",
    "s": r"(?P<s>\d{1,12})",
    "z": r"(?P<z>Z|[+-]\d\d:?\d\d)",
    "Z": r"(?P<z>Z|UTC|GMT)",
    "%": "%",
}


@lru_cache(maxsize=256)
def date_pattern(form: str) -> re.Pattern[str]:
    """The regular expression of a format. Raises FunctionError for one that no date can be read by."""
    if len(form) > MAX_FORMAT:
        raise FunctionError(f"the date format is longer than {MAX_FORMAT} characters")
    parts: list[str] = []
    seen: set[str] = set()
    at = 0
    while at < len(form):
        if form[at] != "%":
            parts.append(r"\s+" if form[at].isspace() else re.escape(form[at]))
            at += 1
            continue
        letter = form[at + 1 : at + 2]
        known = _READ.get(letter)
        if known is None:
            raise FunctionError(f"parse_date() does not support %{letter}")
        names = set(re.findall(r"\?P<(\w)>", known))
        if names & seen:
            raise FunctionError(f"this date format contains %{letter} twice")
        seen |= names
        parts.append(known)
        at += 2
    return re.compile("".join(parts), re.ASCII | re.IGNORECASE)


def read_by(form: str, text: str, zone: ZoneInfo) -> datetime | None:
    """The moment that a text says by a format; None when it is not written so."""
    found = date_pattern(form).fullmatch(text.strip()) if len(text) <= MAX_FORMAT else None
    if found is None:
        return None
    parts = found.groupdict()
    try:
        if parts.get("s"):
            return datetime.fromtimestamp(int(parts["s"]), UTC)
        return _moment(parts, zone)
    except (ValueError, OverflowError, OSError):
        return None


def _moment(parts: dict[str, str | None], zone: ZoneInfo) -> datetime:
    """Raises ValueError for a day or an hour that there is not."""
    year = int(parts.get("Y") or 0) or _century(parts.get("y"))
    month, day = int(parts.get("m") or 1), int(parts.get("d") or 1)
    if parts.get("b"):
        month = 1 + [name[:3].lower() for name in MONTHS].index(str(parts["b"])[:3].lower())
    hour = int(parts.get("H") or 0)
    if parts.get("I"):
        hour = int(str(parts["I"])) % 12 + 12 * str(parts.get("p") or "").lower().startswith("p")
    fraction = int((parts.get("f") or "0")[:6].ljust(6, "0"))
    minute, second = int(parts.get("M") or 0), int(parts.get("S") or 0)
    moment = datetime(year, month, day, hour, minute, second, fraction, _offset(parts.get("z")) or zone)
    return moment + timedelta(days=int(str(parts["j"])) - 1) if parts.get("j") else moment


def _century(year: str | None) -> int:
    """A year of two digits, as POSIX reads it: 69 to 99 are 1969 to 1999. Without one, the epoch's."""
    if year is None:
        return 1970
    return int(year) + (1900 if int(year) >= 69 else 2000)


def _offset(zone: str | None) -> timezone | None:
    if zone is None:
        return None
    if not zone[1:3].isdigit():
        return UTC
    minutes = int(zone[1:3]) * 60 + int(zone[-2:])
    return timezone(timedelta(minutes=-minutes if zone[0] == "-" else minutes))
