"""Slips of several tokens: `a in ['x']`, `a.contains('x')`, `not a == 'x'`, `a ?? 'x'`, `exists(a)`.

What stands on either side of a word is an operand: a path, a call, a literal, something in brackets.
"""

import re
from collections.abc import Iterator

from .functions import FUNCTIONS
from .slip_operands import Operands
from .slip_rules import Slip, near_function, tokens_of
from .slip_words import filter_bracket, getter, half_comparison, in_words

_NULL = "`null`"
_COMPARE = frozenset({"eq", "ne", "lt", "lte", "gt", "gte"})
_SIGNS = {"eq": "==", "equals": "==", "ne": "!=", "neq": "!=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
_CALLED = {
    "contains": "contains", "includes": "contains", "has": "contains", "startswith": "starts_with",
    "starts_with": "starts_with", "endswith": "ends_with", "ends_with": "ends_with", "matches": "matches",
}  # fmt: skip
_NOTHING = frozenset({"null", "none", "nil", "undefined"})
_MOST = 500  # tokens that are looked at: nobody writes more by hand
_SWAPPED = frozenset({"join"})  # functions that take what they work on last


def find_phrases(text: str) -> Iterator[Slip]:
    """The slips, in the order in which they stand; some may lie within others."""
    tokens = tokens_of(text)
    if len(tokens) > _MOST:
        return
    phrases = Operands(text, tokens)
    for at, token in enumerate(phrases.tokens):
        for rule in _RULES.get(token["type"], ()):
            slip = rule(phrases, at)
            if slip is not None:
                yield slip
                break


# -- the slips -----------------------------------------------------------------------------------------


def _between(here: Operands, at: int) -> Slip | None:
    """A word between two operands: `a in b`, `a contains b`, `a is null`, `a eq b`."""
    word = here.word(at)
    last, denied = at, word == "not" and here.word(at + 1) == "in"
    if word == "is" and here.word(at + 1) == "not":
        last = at + 1
    if denied:
        word, last = "in", at + 1
    if word not in (*_SIGNS, *_CALLED, "in", "is"):
        return None
    first, end = here.begin(at - 1), here.end(last + 1)
    if first is None or end is None:
        return None
    left, right = here.source(first, at - 1), here.source(last + 1, end)
    if word == "is":
        sign = "==" if last == at else "!="
        right = _NULL if here.word(last + 1) in _NOTHING and end == last + 1 else right
        return here.put(first, end, f"{left} {sign} {right}", f"write {sign} to compare")
    if word in _SIGNS:
        return here.put(first, end, f"{left} {_SIGNS[word]} {right}", f"write {_SIGNS[word]} for “{word}”")
    if word == "in":
        if here.kind(last + 1) == "lparen" and here.pairs.get(last + 1) == end:
            right = f"[{right[1:-1]}]"
        text = f"{'!' if denied else ''}contains({right}, {left})"
        return here.put(first, end, text, "write contains(list, value) to look into a list")
    name = _CALLED[word]
    return here.put(first, end, f"{name}({left}, {right})", f"write {name}(…, …) for “{word}”")


def _method(here: Operands, at: int) -> Slip | None:
    """`a.contains('x')`: a function takes what it works on as an argument."""
    name = str(here.tokens[at]["value"])
    if here.kind(at - 1) != "dot" or here.kind(at + 1) != "lparen":
        return None
    known = name if name in FUNCTIONS else near_function(name)
    arguments, first = here.arguments(at + 1), here.begin(at - 2)
    if known is None or arguments is None or first is None:
        return None
    takes = FUNCTIONS[known].takes
    if (name in FUNCTIONS and takes(len(arguments))) or not takes(len(arguments) + 1):
        return None
    base = here.source(first, at - 2)
    every = [*arguments, base] if known in _SWAPPED else [base, *arguments]
    hint = f"a function is called with its values in brackets: {known}(…)"
    return here.put(first, here.pairs[at + 1], f"{known}({', '.join(every)})", hint)


def _call(here: Operands, at: int) -> Slip | None:
    """Functions of other languages that are something else here."""
    name = here.word(at).replace("_", "")
    if here.kind(at + 1) != "lparen" or here.kind(at - 1) == "dot" or here.word(at) in FUNCTIONS:
        return None
    arguments = here.arguments(at + 1)
    if not arguments:
        return None
    put, hint = "", ""
    if name in ("if", "iif") and len(arguments) == 3:
        put, hint = (
            f"({arguments[0]} ? {arguments[1]} : {arguments[2]})",
            "write condition ? value : other value",
        )
    elif name == "concat":
        put, hint = f"join('', [{', '.join(arguments)}])", "write join('', […]) to join texts"
    elif len(arguments) == 1 and name in ("exists", "defined", "isset", "isdefined", "isnotnull", "notnull"):
        put, hint = f"({arguments[0]} != {_NULL})", f"compare with {_NULL}"
    elif len(arguments) == 1 and name in ("isnull", "isnone", "isundefined"):
        put, hint = f"({arguments[0]} == {_NULL})", f"compare with {_NULL}"
    elif len(arguments) == 1 and name in ("isempty", "empty"):
        put, hint = f"!({arguments[0]})", "write !: an empty text or list, null and a missing field are false"
    if not put:
        return None
    last = here.pairs[at + 1]
    alone = at == 0 and here.kind(last + 1) == "eof"
    return here.put(at, last, put[1:-1] if alone and put[0] == "(" else put, hint)


def _not(here: Operands, at: int) -> Slip | None:
    """`!a == 'x'` and `not a == 'x'`: the sign is of `a`, not of the comparison."""
    in_words = here.word(at) == "not"
    if not in_words and here.kind(at) != "not":
        return None
    if in_words and here.begin(at - 1) is not None and here.word(at - 1) not in ("and", "or"):
        return None
    middle = here.end(at + 1)
    if middle is None or here.kind(middle + 1) not in _COMPARE:
        return None
    last = here.end(middle + 2)
    if last is None or isinstance(here.tokens[middle + 2]["value"], bool):
        return None
    text = f"!({here.source(at + 1, last)})"
    return here.put(at, last, text, "write !(…) around a comparison", doubtful=not in_words)


def _chain(here: Operands, at: int) -> Slip | None:
    """`5 < a < 10`: a comparison has two sides."""
    middle = here.end(at + 1)
    if middle is None or here.kind(middle + 1) not in _COMPARE or here.begin(at - 1) is None:
        return None
    sign = here.source(middle + 1, middle + 1)
    text = f"{sign} {here.source(at + 1, middle)}"
    put = f"{here.source(at, middle)} && {text.partition(' ')[2]} {sign}"
    return here.put(
        at, middle + 1, put, "a comparison has two sides: write && between two of them", doubtful=True
    )


def _alternative(here: Operands, at: int) -> Slip | None:
    """`a == 'x' || 'y'`: a text by itself is always true."""
    if here.kind(at + 1) != "literal" or here.kind(at + 2) in (*_COMPARE, "dot", "plus"):
        return None
    right = here.begin(at - 1)
    if right is None or here.kind(right - 1) != "eq" or not isinstance(here.tokens[at + 1]["value"], str):
        return None
    left = here.begin(right - 2)
    if left is None:
        return None
    value = here.source(at + 1, at + 1)
    text = f"{here.source(left, right - 2)} == {value}"
    return here.put(at + 1, at + 1, text, "a text by itself is always true: compare again", doubtful=True)


def _joined(here: Operands, at: int) -> Slip | None:
    """`a + 'x'`: + adds numbers."""
    first, last = here.begin(at - 1), at - 1
    if first is None or here.kind(first - 1) == "plus":
        return None
    parts, texts = [here.source(first, last)], _is_text(here, first, last)
    while here.kind(last + 1) == "plus":
        end = here.end(last + 2)
        if end is None:
            return None
        parts.append(here.source(last + 2, end))
        texts = texts or _is_text(here, last + 2, end)
        last = end
    if not texts or here.kind(last + 1) in ("minus", "multiply", "divide"):
        return None
    hint = "+ adds numbers: write join('', […]) to join texts"
    return here.put(first, last, f"join('', [{', '.join(parts)}])", hint, doubtful=True)


def _is_text(here: Operands, first: int, last: int) -> bool:
    return first == last and here.kind(first) == "literal" and isinstance(here.tokens[first]["value"], str)


def _element(here: Operands, at: int) -> Slip | None:
    """`a.0` for an element of a list, `a.'b-c'` for a field."""
    token = here.tokens[at + 1]
    if (
        here.begin(at - 1) is None
        or here.kind(at - 1) == "number"
        or token["start"] != here.tokens[at]["end"]
    ):
        return None
    if token["type"] == "number":
        hint = f"an element of a list is in brackets: [{token['value']}]"
        return here.put(at, at + 1, f"[{token['value']}]", hint)
    if _is_text(here, at + 1, at + 1):
        name = str(token["value"]).replace('"', '\\"')
        return here.put(at + 1, at + 1, f'"{name}"', f'a field is named in double quotes: "{name}"')
    return None


def _field(here: Operands, at: int) -> Slip | None:
    """`a[b-c]` and `a[b]` for a field."""
    last = here.pairs.get(at)
    if last is None or here.begin(at - 1) is None or here.kind(at + 1) != "unquoted_identifier":
        return None
    name = here.source(at + 1, last - 1)
    if not re.fullmatch(r"[A-Za-z_][\w-]*", name, re.ASCII):
        return None
    written = f'."{name}"' if "-" in name else f".{name}"
    return here.put(at, last, written, f"a field is named behind a point: {written}")


_RULES = {
    "unquoted_identifier": (in_words, _between, getter, _method, _call, _not),
    "not": (_not,),
    "or": (_alternative,),
    "plus": (_joined,),
    "dot": (_element,),
    "lbracket": (_field, filter_bracket),
    **dict.fromkeys(_COMPARE, (half_comparison, _chain)),
}
