"""Comparisons in words, and comparisons that leave a value out: `a like 'x%'`, `a between 1 and 5`,
`a does not contain 'x'`, `a is empty`, `a exists`, `a > 5 and < 10`, `items[a == 'x']`."""

from .lexer import OPERANDS
from .slip_operands import Operands
from .slip_rules import Slip
from .unparse import name as field_name

_NULL = "`null`"
_COMPARE = frozenset({"eq", "ne", "lt", "lte", "gt", "gte"})
_EMPTY = frozenset({"empty", "blank"})
_ENDS = {("starts", "with"): "starts_with", ("ends", "with"): "ends_with", ("begins", "with"): "starts_with"}


def in_words(here: Operands, at: int) -> Slip | None:
    """A word that compares what stands before it."""
    first = here.begin(at - 1)
    if first is None:
        return None
    left, word = here.source(first, at - 1), here.word(at)
    if word == "is":
        return _is_empty(here, first, at, left)
    if word in ("exists", "exist") and here.kind(at + 1) not in OPERANDS | {"lparen", "dot"}:
        return here.put(first, at, f"{left} != {_NULL}", f"compare with {_NULL}")
    if word == "between":
        return _between(here, first, at, left)
    if word == "like":
        return _like(here, first, at, left)
    if word == "isnt" and (end := here.end(at + 1)) is not None:
        return here.put(first, end, f"{left} != {here.source(at + 1, end)}", "write != for “not equal”")
    called, last = _called(here, at, word)
    end = here.end(last + 1) if called else None
    if end is None:
        return None
    hint = f"write {called}(…, …) for “{here.source(at, last)}”"
    return here.put(first, end, f"{called}({left}, {here.source(last + 1, end)})", hint)


def half_comparison(here: Operands, at: int) -> Slip | None:
    """`a > 5 and < 10`: the second comparison has no value of its own."""
    if here.kind(at - 1) not in ("and", "or") and here.word(at - 1) not in ("and", "or"):
        return None
    right = here.begin(at - 2)
    left = None if right is None or here.kind(right - 1) not in _COMPARE else here.begin(right - 2)
    if left is None or right is None:
        return None
    hint = "a comparison has two sides: write the value again"
    return here.put(at, at, f"{here.source(left, right - 2)} {here.source(at, at)}", hint)


def filter_bracket(here: Operands, at: int) -> Slip | None:
    """`items[a == 'x']` for the elements of which that is true."""
    last = here.pairs.get(at)
    if last is None or here.begin(at - 1) is None:
        return None
    if not any(here.kind(place) in (*_COMPARE, "assign") for place in range(at + 1, last)):
        return None
    return here.put(at, at, "[?", "a filter begins with [?: list[?name == 'x']")


def getter(here: Operands, at: int) -> Slip | None:
    """`a.get('b')` for a field called b."""
    if here.word(at) != "get" or here.kind(at - 1) != "dot" or here.kind(at + 1) != "lparen":
        return None
    name = here.tokens[at + 2]
    if here.pairs.get(at + 1) != at + 3 or name["type"] not in ("literal", "quoted_identifier"):
        return None
    if not isinstance(name["value"], str):
        return None
    written = field_name(name["value"])
    return here.put(at, at + 3, written, f"a field is named behind a point: .{written}")


def _is_empty(here: Operands, first: int, at: int, left: str) -> Slip | None:
    denied = here.word(at + 1) == "not"
    last = at + 1 + denied
    if here.word(last) not in _EMPTY or here.kind(last + 1) in ("dot", "lparen"):
        return None
    hint = "write !: an empty text or list, null and a missing field are false"
    return here.put(first, last, left if denied else f"!({left})", hint)


def _between(here: Operands, first: int, at: int, left: str) -> Slip | None:
    low = here.end(at + 1)
    if low is None or (here.word(low + 1) != "and" and here.kind(low + 1) != "and"):
        return None
    high = here.end(low + 2)
    if high is None:
        return None
    text = f"{left} >= {here.source(at + 1, low)} && {left} <= {here.source(low + 2, high)}"
    return here.put(first, high, text, "write two comparisons for “between”")


def _like(here: Operands, first: int, at: int, left: str) -> Slip | None:
    """SQL's pattern, where it asks for a beginning, an end or a part."""
    pattern = here.tokens[at + 1]
    text = pattern["value"]
    if pattern["type"] not in ("literal", "quoted_identifier") or not isinstance(text, str):
        return None
    part = text.strip("%")
    if not part or "%" in part or "_" in part or "'" in part or "\\" in part:
        return None
    before, after = text.startswith("%"), text.endswith("%")
    name = "contains" if before == after else "starts_with" if after else "ends_with"
    put = f"{name}({left}, '{part}')" if before or after else f"{left} == '{part}'"
    return here.put(first, at + 1, put, f"write {name}(…, …) for “like”")


def _called(here: Operands, at: int, word: str) -> tuple[str, int]:
    """The function for words such as `starts with`, and where the words end; empty for others."""
    name = _ENDS.get((word, here.word(at + 1)))
    if name is not None:
        return name, at + 1
    contains = here.word(at + 2) in ("contain", "contains")
    return ("!contains", at + 2) if word == "does" and here.word(at + 1) == "not" and contains else ("", at)
