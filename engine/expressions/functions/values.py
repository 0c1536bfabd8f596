"""JSON values: equality, size, text, type."""

import json

import orjson

from engine.base.types import Json

from .evaluation import Evaluation, FunctionError

MAX_TEXT = 1_000_000
"""Characters of a text that a function may build."""
MAX_DEPTH = 200
"""Levels of nesting of a value that an expression may give."""

_LONGEST_NUMBER = 1_000  # characters; reading digits takes time that grows with their square
_NAMES = {str: "string", int: "number", float: "number", bool: "boolean", list: "array", dict: "object"}
_NAMES[type(None)] = "null"


def equals(left: Json, right: Json, evaluation: Evaluation | None = None) -> bool:
    """Equality of JSON values: true is not 1, and 1 is 1.0, at every depth."""
    kind = type(left)
    if kind is str or left is None:
        return bool(left == right)
    if kind is bool or type(right) is bool:
        return left is right
    if kind is int or kind is float:
        return bool(left == right)
    return _equal_deep(left, right, evaluation or Evaluation())


def _equal_deep(left: Json, right: Json, evaluation: Evaluation) -> bool:
    pairs = [(left, right)]
    while pairs:
        one, other = pairs.pop()
        if isinstance(one, list):
            if not isinstance(other, list) or len(one) != len(other):
                return False
            evaluation.spend(len(one))
            pairs.extend(zip(one, other, strict=True))
        elif isinstance(one, dict):
            if not isinstance(other, dict) or one.keys() != other.keys():
                return False
            evaluation.spend(len(one))
            pairs.extend((value, other[key]) for key, value in one.items())
        elif isinstance(other, list | dict) or not equals(one, other, evaluation):
            return False
    return True


def measure(value: Json, limit: int, evaluation: Evaluation | None = None) -> int:
    """About how many characters `value` has as JSON.

    Raises FunctionError beyond `limit` characters or `MAX_DEPTH` levels. It stops as soon as it
    knows, so a value that holds itself many times over costs no more than the limit.
    """
    size = 0
    level: list[Json] = [value]
    for _depth in range(MAX_DEPTH + 1):
        below: list[Json] = []
        if evaluation is not None:
            evaluation.spend(len(level))
        for item in level:
            if isinstance(item, str):
                size += len(item) + 3
            elif isinstance(item, list):
                size += len(item) + 2
                below.extend(item)
            elif isinstance(item, dict):
                size += len(item) * 4 + 2 + sum(map(len, item))
                below.extend(item.values())
            else:
                size += 4
            if size > limit:
                raise FunctionError(f"the result is larger than {limit:,} characters")
        if not below:
            return size
        level = below
    raise FunctionError(f"the result is nested deeper than {MAX_DEPTH} levels")


def size_of(value: Json, limit: int, evaluation: Evaluation | None = None) -> int:
    """About how many characters `value` has as JSON; of more than `limit`, only that it is more."""
    try:
        return measure(value, limit, evaluation)
    except FunctionError:
        return limit + 1


def to_text(value: Json) -> str:
    """Compact JSON text."""
    try:
        return orjson.dumps(value).decode()
    except orjson.JSONEncodeError:  # integers beyond 64 bits, nesting beyond its own limit
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def plain_number(value: int | float) -> int | float:
    """A number that JSON writers everywhere can hold: finite, and a float beyond 64 bits."""
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**64 else plain_number(float(value))
    if value != value or value in (float("inf"), float("-inf")):
        raise OverflowError
    return value


def read_number(text: str) -> int | float | None:
    """The number that a text says; None when it says none."""
    if "_" in text or len(text) > _LONGEST_NUMBER:
        return None
    for read in (int, float):
        try:
            return plain_number(read(text))
        except (ValueError, OverflowError):
            continue
    return None


def type_name(value: Json) -> str:
    """The JMESPath name of a value's type."""
    return _NAMES.get(type(value), "expression")
