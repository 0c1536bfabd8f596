"""String functions of JMESPath Community (JEP-14), and `matches`.

https://github.com/jmespath-community/jmespath.spec/blob/main/jep-014a-string-functions.md
"""

from functools import lru_cache
from typing import Any

import re2

from engine.base.types import Json

from .contract import function
from .evaluation import FunctionError
from .values import MAX_TEXT

_MAX_PATTERN = 1_000  # characters; re2 bounds its own memory beyond that
_PATTERN_MEMORY = 1 << 20


@function("string", "string", "number?", "number?")
def find_first(subject: str, text: str, start: float = 0, end: float | None = None) -> Json:
    """Where the text first stands in the slice from start to end, counted from 0; null if nowhere."""
    if not subject or not text:
        return None
    found = subject.find(text, *_slice("find_first", start, end))
    return None if found < 0 else found


@function("string", "string", "number?", "number?")
def find_last(subject: str, text: str, start: float = 0, end: float | None = None) -> Json:
    """Where the text last stands in the slice from start to end, counted from 0; null if nowhere."""
    if not subject or not text:
        return None
    found = subject.rfind(text, *_slice("find_last", start, end))
    return None if found < 0 else found


def _slice(name: str, start: float, end: float | None) -> tuple[int, int | None]:
    return _whole(name, "start", start), None if end is None else _whole(name, "end", end)


@function("string")
def lower(subject: str) -> Json:
    """In small letters."""
    return subject.lower()


@function("string")
def upper(subject: str) -> Json:
    """In capital letters."""
    return subject.upper()


@function("string", "number", "string?")
def pad_left(subject: str, width: float, pad: str = " ") -> Json:
    """At least `width` characters, filled up in front."""
    return _padding("pad_left", subject, width, pad) + subject


@function("string", "number", "string?")
def pad_right(subject: str, width: float, pad: str = " ") -> Json:
    """At least `width` characters, filled up behind."""
    return subject + _padding("pad_right", subject, width, pad)


def _padding(name: str, subject: str, width: float, pad: str) -> str:
    wanted = _count(name, "width", width)
    if len(pad) != 1:
        raise FunctionError(f"{name}() fills up with exactly one character")
    _bounded(name, wanted)
    return pad * (wanted - len(subject))


@function("string", "string", "string", "number?")
def replace(subject: str, old: str, new: str, count: float | None = None) -> Json:
    """With `new` for each `old`, or for the first `count` of them."""
    times = -1 if count is None else _count("replace", "count", count)
    found = subject.count(old)
    _bounded("replace", len(subject) + (len(new) - len(old)) * (found if times < 0 else min(found, times)))
    return subject.replace(old, new, times)


@function("string", "string", "number?")
def split(subject: str, separator: str, count: float | None = None) -> Json:
    """The parts between the separators; at most `count` cuts. An empty separator gives the characters."""
    times = -1 if count is None else _count("split", "count", count)
    if times == 0:
        return [subject]
    if separator:
        return subject.split(separator, times)
    if times < 0 or times >= len(subject):
        return list(subject)
    return [*subject[:times], subject[times:]]


@function("string", "string?")
def trim(subject: str, characters: str = "") -> Json:
    """Without these characters (or white space) at both ends."""
    return subject.strip(characters or None)


@function("string", "string?")
def trim_left(subject: str, characters: str = "") -> Json:
    """Without these characters (or white space) in front."""
    return subject.lstrip(characters or None)


@function("string", "string?")
def trim_right(subject: str, characters: str = "") -> Json:
    """Without these characters (or white space) at the end."""
    return subject.rstrip(characters or None)


@lru_cache(maxsize=256)
def _pattern(text: str) -> Any:
    # RE2 matches in linear time whatever the pattern: https://github.com/google/re2/wiki/WhyRE2
    if len(text) > _MAX_PATTERN:
        raise FunctionError(f"the pattern of matches() is longer than {_MAX_PATTERN:,} characters")
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _PATTERN_MEMORY
    try:
        return re2.compile(text, options)
    except re2.error as error:
        reason = error.args[0]
        words = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        raise FunctionError(f"the pattern of matches() cannot be used: {words}") from None


@function("string", "string", literals={1: _pattern})
def matches(subject: str, pattern: str) -> Json:
    """Whether the regular expression (RE2 syntax) is found anywhere; ^ and $ tie it to the ends."""
    return _pattern(pattern).search(subject) is not None


def _whole(name: str, argument: str, value: float) -> int:
    if value != int(value):
        raise FunctionError(f"{name}() needs a whole number as {argument}, not {value}")
    # Python's own slices take no larger ones.
    return max(-(2**62), min(int(value), 2**62))


def _count(name: str, argument: str, value: float) -> int:
    whole = _whole(name, argument, value)
    if whole < 0:
        raise FunctionError(f"{name}() needs a {argument} that is not negative, not {value}")
    return whole


def _bounded(name: str, characters: int) -> None:
    if characters > MAX_TEXT:
        raise FunctionError(f"{name}() would make a text of more than {MAX_TEXT:,} characters")
