"""JSON from outside, read in one way: bytes in, plain values out, or a `Malformed` that says where.

The parser is orjson. It refuses what is not JSON (NaN, trailing commas, lone surrogates), is not
recursive in Python, and stops by itself at 1,024 levels; we stop far below, since whoever walks the
value later (templates, diffs, JMESPath) may be recursive. The number of values is bounded before parsing,
since five megabytes of `[]` would become half a gigabyte of lists.
"""

import math
import re
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
                    f"The whole number {found[1][:12].decode()}… has more than 64 bits and cannot be kept "
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
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        if "surrogate" not in error.msg and "infinity" not in error.msg:
            raise Malformed(_why(data, error, max_depth)) from None
        data, value = _replaced(data, notes, max_depth)
    if _MANY in data.translate(_ZEROS):
        quoted = _quoted(data, notes)
        if quoted != data:
            value = orjson.loads(quoted)
    return value, notes


def _replaced(data: bytes, notes: list[str], max_depth: int) -> tuple[bytes, Any]:
    """The document without lone surrogates and without numbers beyond a double, and its value."""
    data = _quoted(data, notes)
    whole = _ESCAPED.sub(lambda found: found[0] if found[1] is None else rb"\ufffd", data)
    if whole != data:
        notes.append("A text in the body was cut within a character; U+FFFD stands for its lone half.")
    try:
        return whole, orjson.loads(whole)
    except orjson.JSONDecodeError as error:
        raise Malformed(_why(whole, error, max_depth)) from None


def _quoted(data: bytes, notes: list[str]) -> bytes:
    """Numbers that would not stay what they are, as texts."""

    def quote(found: re.Match[bytes]) -> bytes:
        number = found[1] or found[2]
        if number is None or (_fits(number) if found[1] else math.isfinite(float(number))):
            return found[0]
        text = number[:12].decode() + ("…" if len(number) > 12 else "")
        if len(notes) < _NOTES:
            notes.append(f"The number {text} does not fit into 64 bits; it is kept as text.")
        return b'"%b"' % number

    return _NUMBER.sub(quote, data)


def _fits(digits: bytes) -> bool:
    return len(digits) <= 20 and -(2**63) <= int(digits) < 2**64


def _check_size(data: bytes, max_depth: int) -> None:
    """Raise `Malformed` for more values or levels than are read, before anything is built of them."""
    opened = data.count(b"{") + data.count(b"[")
    # Fewer brackets and commas than allowed, those in texts included: the usual body costs three counts.
    if opened + data.count(b",") > MAX_VALUES:
        bare = _STRING.sub(b"", data)
        if bare.count(b"{") + bare.count(b"[") + bare.count(b",") > MAX_VALUES:
            raise Malformed(f"The body holds more than {MAX_VALUES:,} values.")
    if opened > max_depth and depth(data) > max_depth:
        raise Malformed(f"The body is nested deeper than {max_depth} levels.")


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
