"""Cron expressions: checked here, computed by cronsim, which follows cron(8) and crontab(5) of Debian.

* A time that does not exist on the day of a clock change runs right after the change; one that exists twice
  runs once. Expressions whose minute or hour begins with `*` follow the wall clock instead.
* Days of the month and of the week: either is enough, unless one of the two fields begins with `*`.
* `L` is the last day of the month, `LW` its last weekday, `fri#2` its second Friday, `5L` its last Friday.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from ._errors import PieceError

_NAMED = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_FIELDS = (
    ("a minute", "0 to 59"),
    ("an hour", "0 to 23"),
    ("a day of the month", "1 to 31, `L` for the last day or `LW` for the last weekday"),
    ("a month", "1 to 12, or `jan` to `dec`"),
    ("a day of the week", "0 to 7 (0 and 7 are Sunday), `sun` to `sat`, `fri#2` or `5L`"),
)
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_LONGEST = 500  # characters of an expression


@lru_cache(maxsize=1024)
def read_cron(expression: str) -> str:
    """The expression in the form that cronsim reads: five fields in lower case. Raises `PieceError`, with a
    sentence about the first part that cannot be read, or about a day that never comes."""
    text = expression.strip()
    if text.startswith("@"):
        if text.lower() not in _NAMED:
            raise _wrong(f"`{_short(text)}` is not one of {', '.join(f'`{name}`' for name in _NAMED)}.")
        return _NAMED[text.lower()]
    fields = text.split()
    if len(fields) != 5 or len(text) > _LONGEST:
        raise _wrong(
            "write five fields, for minute, hour, day of the month, month and day of the week, "
            f"such as `30 8 * * mon-fri`.{f' You wrote `{_short(text)}`.' if text else ''}"
        )
    fields[2], fields[4] = fields[2].replace("?", "*"), fields[4].replace("?", "*")
    for at, field in enumerate(fields):
        fields[at] = ",".join(_term(at, term) for term in field.split(","))
    line = " ".join(fields)
    if not _comes(line):
        raise _wrong(f"`{_short(text)}` never comes: no such month has such a day.")
    return line


def ticks(line: str, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    """The times of a line that `read_cron` gave, in UTC, oldest first, all later than `after`.

    cronsim drops the second of two equal hours: asked within it, it begins in the first.
    """
    last = after.astimezone(UTC)
    for tick in CronSim(line, after.astimezone(zone)):
        tick = tick.astimezone(UTC)
        if tick > last:
            last = tick
            yield tick


def is_fixed(line: str) -> bool:
    """Whether a line names its hours and minutes, rather than following the wall clock (cron(8))."""
    return not any(field.startswith("*") for field in line.split()[:2])


def _term(at: int, term: str) -> str:
    """One part of a field's list, checked, as cronsim reads it."""
    name, allowed = _FIELDS[at]
    plain = _across_sunday(term.lower()) if at == 4 else term.lower()
    fields = ["*"] * 5
    fields[at] = plain
    try:
        CronSim(" ".join(fields), datetime(2028, 1, 1))
    except CronSimError:
        raise _wrong(f"`{_short(term)}` is not {name}. Use {allowed}.{_more(term)}") from None
    return plain


def _more(term: str) -> str:
    """What to write instead of a range or a step that cron does not have."""
    if re.fullmatch(r"\d+-\d+(/\d+)?", term):
        return " A range goes from low to high."
    if term.partition("/")[2].strip("0") == "" and "/" in term:
        return " A step is at least 1."
    return ""


def _across_sunday(term: str) -> str:
    """`fri-mon` and `6-2/2` as lists, `friL` with a number: cronsim's ranges end on Sunday."""
    if re.fullmatch(r"[a-z]{3}l", term) and term[:3] in _DAYS:
        return f"{_DAYS.index(term[:3])}l"
    found = re.fullmatch(r"(\w+)-(\w+)(?:/(\d+))?", term)
    first, last = (_day(found[1]), _day(found[2])) if found else (None, None)
    step = int(found[3] or 1) if found else 1
    if first is None or last is None or first <= last or not step:
        return term
    return ",".join(str(day % 7) for day in range(first, last + 8, step))


def _day(text: str) -> int | None:
    if text in _DAYS:
        return _DAYS.index(text)
    return int(text) if re.fullmatch("[0-7]", text) else None


def _comes(line: str) -> bool:
    """Whether a line has a time within the 50 years that cronsim looks ahead."""
    try:
        next(iter(CronSim(line, datetime(2028, 1, 1, tzinfo=UTC))))
    except (CronSimError, StopIteration):
        return False
    return True


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"


def _wrong(message: str) -> PieceError:
    return PieceError(f"`expression`: {message}", field="expression")
