"""JSON from outside, read in one way: bytes in, plain values out, or a `Malformed` that says where.

The parser is orjson. It refuses what is not JSON (NaN, trailing commas, lone surrogates), is not
recursive in Python, and stops by itself at 1,024 levels; we stop far below, since whoever walks the
value later (templates, diffs, JMESPath) may be recursive. The number of values is bounded before parsing,
since five megabytes of `[]` would become half a gigabyte of lists.
"""

import base64
import math
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import orjson

from .errors import Malformed

MAX_DEPTH = 200

MAX_VALUES = 200_000
"""Values in one document: each costs some hundred bytes of memory, however small it is written."""

# A text in JSON. One that is not closed reaches to the end, and nothing is tried twice: the pattern is linear
# on any bytes, valid or not.
_TEXT = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)'
_STRING = re.compile(_TEXT, re.DOTALL)
_ZEROS = bytes(48 if 48 <= byte <= 57 else byte for byte in range(256))  # each digit as a 0
_MANY = b"0" * 19  # digits, of which every whole number beyond 64 bits has more
# A text; or (1) a whole number of 19 digits or more; or (2) any other number.
_NUMBER = re.compile(_TEXT + rb"|(-?\d{19,}+)(?![.eE])|(-?\d++(?:\.\d++)?(?:[eE][+-]?\d++)?)", re.DOTALL)
# An escaped character; (1) is half of a surrogate pair without its other half.
_ESCAPED = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\.",
    re.DOTALL,
)
# A text; or (1) where an object or list ends and another begins, which within one document a comma separates.
_NEXT = re.compile(_TEXT + rb"|[}\]](?=\s*+[{\[])()", re.DOTALL)
_NOTES = 10  # sentences about one body
_NOT_BRACKETS = bytes(sorted(set(range(256)) - set(b"[]{}")))


def loads(data: bytes, max_depth: int = MAX_DEPTH) -> Any:
    """The value that `data` holds. Raises `Malformed` (400) for anything that is not JSON in UTF-8,
    is nested deeper than `max_depth` levels, holds more than `MAX_VALUES` values, or holds a whole number of
    more than 64 bits, which would silently become another one."""
    _check_size(data, max_depth)
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise Malformed(_why(data, error, max_depth)) from None
    if _MANY in data.translate(_ZEROS):
        for found in _NUMBER.finditer(data):
            if found[1] is not None and not _fits(found[1]):
                raise Malformed(
                    f"The whole number {found[1][:12].decode()}… has more than 64 bits and cannot be stored "
                    "exactly; send it as text."
                )
    return value


def repaired(data: bytes, max_depth: int = MAX_DEPTH) -> tuple[Any, list[str]]:
    """The value that `data` holds, and what was replaced in it, in a sentence each: a lone half of a
    surrogate pair becomes U+FFFD, a number that cannot be kept exactly becomes its text.

    For senders who cannot be asked to send again. Raises `Malformed` as `loads` does for anything else.
    """
    _check_size(data, max_depth)
    notes: list[str] = []
    if _MANY in data.translate(_ZEROS):
        # Before they are read: the reader would take a long time for each, and let nobody else go on.
        with suppress(orjson.JSONDecodeError):
            return orjson.loads(_quoted(data, notes)), notes
        notes.clear()
    try:
        return orjson.loads(data), notes
    except orjson.JSONDecodeError as error:
        if "surrogate" not in error.msg and "infinity" not in error.msg:
            raise Malformed(_why(data, error, max_depth)) from None
        return _replaced(data, notes, max_depth)[1], notes


def documents(data: bytes) -> list[bytes]:
    """The objects and lists that stand one after the other in `data`, whatever white space is between them;
    a single one for a single document. Whether each is JSON is not looked at."""
    found, start = [], 0
    for end in _NEXT.finditer(data):
        if end[1] is not None:
            found.append(data[start : end.end()])
            start = end.end()
    return [*found, data[start:]]


def _replaced(data: bytes, notes: list[str], max_depth: int) -> tuple[bytes, Any]:
    """The document without lone surrogates and without numbers beyond a double, and its value."""
    data = _quoted(data, notes)
    whole = _substitute(_ESCAPED, lambda found: None if found[1] is None else rb"\ufffd", data)
    if whole != data:
        notes.append("A text in the body ends in the middle of a character; U+FFFD replaces the lone half.")
    try:
        return whole, orjson.loads(whole)
    except orjson.JSONDecodeError as error:
        raise Malformed(_why(whole, error, max_depth)) from None


def _quoted(data: bytes, notes: list[str]) -> bytes:
    """Numbers that would not stay what they are, as texts."""

    def quote(found: re.Match[bytes]) -> bytes | None:
        number = found[1] or found[2]
        if number is None or (_fits(number) if found[1] else math.isfinite(float(number))):
            return None
        text = number[:12].decode() + ("…" if len(number) > 12 else "")
        if len(notes) < _NOTES:
            notes.append(f"The number {text} does not fit into 64 bits; it is kept as text.")
        return b'"%b"' % number

    return _substitute(_NUMBER, quote, data)


def _substitute(
    pattern: re.Pattern[bytes], replace: Callable[[re.Match[bytes]], bytes | None], data: bytes
) -> bytes:
    """Replace what `pattern` finds; None leaves it. Others may go on between two matches: `pattern.sub`
    collects a list of all parts, and holds the interpreter while it joins and frees them."""
    whole, at = bytearray(), 0
    for found in pattern.finditer(data):
        replacement = replace(found)
        if replacement is not None:
            whole += data[at : found.start()]
            whole += replacement
            at = found.end()
    if not at:
        return data
    whole += data[at:]
    return bytes(whole)


def _fits(digits: bytes) -> bool:
    return len(digits) <= 20 and -(2**63) <= int(digits) < 2**64


def check_values(data: bytes) -> None:
    """Raise `Malformed` for more values than are read. Also for data of several documents: what each of them
    may hold, all of them together may."""
    # Fewer brackets and commas than allowed, those in texts included: the usual body costs three counts.
    if _separators(data) > MAX_VALUES and count_values(data) > MAX_VALUES:
        raise Malformed(f"The body has more than {MAX_VALUES:,} values.")


def count_values(data: bytes) -> int:
    """How many values stand in valid JSON, by its brackets and commas; at most one more in each document."""
    return _separators(_STRING.sub(b"", data))


def _separators(data: bytes) -> int:
    return data.count(b"{") + data.count(b"[") + data.count(b",")


def _check_size(data: bytes, max_depth: int) -> None:
    """Raise `Malformed` for more values or levels than are read, before anything is built of them."""
    check_values(data)
    opened = data.count(b"{") + data.count(b"[")
    if opened > max_depth and depth(data) > max_depth:
        raise Malformed(f"The body is nested deeper than {max_depth} levels.")


def storable(value: Any, notes: list[str], level: int = 0) -> Any:
    """A value of Python as JSON can hold it: what cannot be kept is replaced, and said in `notes`.

    A whole number beyond 64 bits becomes its text, half a surrogate pair U+FFFD, bytes a file object,
    a number that is not finite null, anything else its text.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        if value.isascii():
            return str(value)
        whole = value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        return whole if whole == value else _noted(whole, notes, "a text had half a character")
    if isinstance(value, int):
        fits = -(2**63) <= value < 2**64
        return int(value) if fits else _noted(str(value), notes, "a number does not fit into 64 bits")
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else _noted(None, notes, "a number was not finite")
    if isinstance(value, bytes | bytearray | memoryview):
        content = bytes(value)
        return {
            "filename": None,
            "content_type": "application/octet-stream",
            "size": len(content),
            "base64": base64.b64encode(content).decode(),
        }
    if level < MAX_DEPTH and isinstance(value, Mapping):
        return {
            str(storable(key, notes, level + 1)): storable(item, notes, level + 1)
            for key, item in value.items()
        }
    if level < MAX_DEPTH and isinstance(value, list | tuple | set | frozenset):
        return [storable(item, notes, level + 1) for item in value]
    return _noted(str(value)[:10_000], notes, f"a value was of the type {type(value).__name__}")


def _noted(value: Any, notes: list[str], what: str) -> Any:
    note = f"The output was changed to be stored: {what}."
    if note not in notes:
        notes.append(note)
    return value


def depth(data: bytes) -> int:
    """How many levels of lists and objects stand inside one another in valid JSON."""
    brackets = _STRING.sub(b"", data).translate(None, _NOT_BRACKETS)
    level = deepest = 0
    for bracket in brackets:
        if bracket in b"[{":
            level += 1
            if level > deepest:
                deepest = level
        else:
            level -= 1
            if level < 0:  # no JSON; whoever parses it says where
                break
    return deepest


def _why(data: bytes, error: orjson.JSONDecodeError, max_depth: int) -> str:
    if not data.strip():
        return "The body is empty; it must be JSON."
    try:
        data.decode()
    except UnicodeDecodeError as broken:
        return f"The body is not valid UTF-8 (byte {broken.start})."
    if "depth limit" in error.msg:
        return f"The body is nested deeper than {max_depth} levels."
    return f"The body is not valid JSON: {error.msg} (line {error.lineno}, column {error.colno})."
