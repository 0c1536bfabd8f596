"""JSON from outside, read in one way: bytes in, plain values out, or a `Malformed` that says where.

The parser is orjson. It refuses what is not JSON (NaN, trailing commas, lone surrogates), is not
recursive in Python, and stops by itself at 1,024 levels; we stop far below, since whoever walks the
value later (templates, diffs, JMESPath) may be recursive.
"""

import re
from typing import Any

import orjson

from .errors import Malformed

MAX_DEPTH = 200

# A text in JSON that is known to be valid; linear.
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_ZEROS = bytes(48 if 48 <= byte <= 57 else byte for byte in range(256))  # each digit as a 0
_MANY = b"0" * 19  # digits, of which every whole number beyond 64 bits has more
_INTEGER = re.compile(rb"(?<![\d.eE+-])-?\d{19,}(?![\d.eE])")
_NOT_BRACKETS = bytes(sorted(set(range(256)) - set(b"[]{}")))


def loads(data: bytes, max_depth: int = MAX_DEPTH) -> Any:
    """The value that `data` holds. Raises `Malformed` (400) for anything that is not JSON in UTF-8,
    is nested deeper than `max_depth` levels, or holds a whole number of more than 64 bits, which would
    silently become another one."""
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise Malformed(_why(data, error, max_depth)) from None
    # Fewer brackets than levels: the usual body costs two counts and no more.
    if data.count(b"{") + data.count(b"[") > max_depth and depth(data) > max_depth:
        raise Malformed(f"The body is nested deeper than {max_depth} levels.")
    if _MANY in data.translate(_ZEROS):
        _check_integers(data)
    return value


def _check_integers(data: bytes) -> None:
    for found in _INTEGER.finditer(_STRING.sub(b'""', data)):
        digits = found[0]
        if len(digits) > 20 or not -(2**63) <= int(digits) < 2**64:
            raise Malformed(
                f"The whole number {digits[:12].decode()}… has more than 64 bits and cannot be kept exactly; "
                "send it as text."
            )


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
