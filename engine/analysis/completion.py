"""Help while an expression is being typed: what can come next, and what it gives so far."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.base.types import Json
from engine.expressions import (
    Evaluation,
    ExpressionError,
    compile,
    compile_value,
    doubts,
    scan,
    unparse,
)
from engine.expressions.functions import FUNCTIONS, Function

from .data_tree import kind_of, preview_of

MAX_ITEMS = 60
"""Completions offered at once."""
MAX_SHOWN = 20_000
"""Characters of a text that a preview gives."""

_BEFORE_NAME = set(" \t\r\n()[]{}&|!=<>,:@*.?")


@dataclass(frozen=True, slots=True)
class Completion:
    """One offer. `insert` replaces the text from `Completions.start` to the cursor; `kind`: function, or
    the kind of the value that is there; `help`: a function's signature and summary, a value's example."""

    label: str
    insert: str
    kind: str
    help: str = ""


@dataclass(frozen=True, slots=True)
class Completions:
    start: int
    items: list[Completion] = field(default_factory=list)


def complete(
    text: str,
    cursor: int,
    scope: Mapping[str, Any],
    functions: Mapping[str, Function] = FUNCTIONS,
    *,
    template: bool = False,
    evaluation: Evaluation | None = None,
) -> Completions:
    """What can stand at the cursor (characters from 0): fields of the value before it, or functions.

    With `template` only what stands within `{{ }}` is an expression. Never raises.
    """
    cursor = max(0, min(cursor, len(text)))
    begin = _expression_start(text, cursor) if template else 0
    if begin is None:
        return Completions(cursor)
    before = text[begin:cursor]
    if _within_literal(before):
        return Completions(cursor)
    typed = _typed_name(before)
    start = cursor - len(typed)
    front = before[: len(before) - len(typed)]
    if front and front[-1] not in _BEFORE_NAME:
        return Completions(cursor)
    base = _base(front)
    if base is None:
        root = _context(front, scope, evaluation)
        found = [*_fields(root, typed), *_functions(functions, typed)]
    elif front.rstrip().endswith("["):
        found = list(_indexes(_value(base, _context(front, scope, evaluation), evaluation), typed))
    else:
        value = _value(base, _context(front, scope, evaluation), evaluation)
        value = _element(value) if _projects(base) else value
        found = list(_fields(value, typed))
    return Completions(start, found[:MAX_ITEMS])


def preview(
    text: str,
    scope: Mapping[str, Any],
    *,
    template: bool = False,
    evaluation: Evaluation | None = None,
) -> dict[str, Json]:
    """What an expression, or a text with templates, gives: `{"value", "kind", "shown", "warnings"}`, or
    `{"error", "column", "caret"}` with the column counted from 0 in `text`.

    `mend` is the likely correction, `{"label", "text"}` or null; `hint` says why, where the text can be read
    as it is and hardly anybody means that.
    """
    warnings: list[str] = []
    evaluation = Evaluation() if evaluation is None else evaluation
    evaluation.begin_run()
    try:
        if template:
            value = compile_value(text).resolve(scope, warnings, evaluation)
        else:
            value = compile(text).value(scope, evaluation)
    except ExpressionError as error:
        column = error.column + max(0, text.find(error.expression)) if template else error.column
        return {"error": error.message, "column": column, "caret": error.caret, "mend": _mend(error)}
    odd = next(iter([*doubts(text), *evaluation.take_notes()]), None) if not template else None
    if isinstance(value, str) and len(value) > MAX_SHOWN:
        value = value[:MAX_SHOWN] + "…"
    return {
        "value": value,
        "kind": kind_of(value),
        "shown": preview_of(value, 200),
        "warnings": warnings,
        "hint": odd.message if odd is not None else "",
        "mend": None if odd is None else _mend(odd),
    }


def _mend(error: ExpressionError) -> Json:
    return None if error.mend is None else {"label": error.mend.label, "text": error.mend.text}


# -- where the cursor stands -----------------------------------------------------------------------------


def _expression_start(text: str, cursor: int) -> int | None:
    """Where the expression begins that the cursor is in; None when it is in none."""
    opening = 0
    try:
        for start, end in scan(text):
            if start <= cursor <= end:
                return start
            if start > cursor:
                return None
            opening = end + 2
    except ExpressionError:  # one that is not closed yet
        at = text.find("{{", opening)
        return at + 2 if 0 <= at <= cursor - 2 else None
    return None


def _within_literal(before: str) -> bool:
    at = 0
    while at < len(before):
        if before[at] in "'\"`":
            quote, end = before[at], unparse.end_of_quote(before, at)
            if end >= len(before):
                return quote != '"'  # a name may be completed within its quotes
            at = end
        at += 1
    return False


def _typed_name(before: str) -> str:
    """The part of a name that stands before the cursor, with the quote it may begin with."""
    at = 0
    while at < len(before):
        if before[at] in "'\"`":
            end = unparse.end_of_quote(before, at)
            if end >= len(before):
                return before[at:]
            at = end
        at += 1
    match = re.search(r"[A-Za-z_][A-Za-z0-9_]*\Z", before)
    return match[0] if match else ""


def _base(front: str) -> str | None:
    """The expression whose member is being typed: what stands before the last `.` or `[`."""
    text = front.rstrip()
    if not text.endswith((".", "[")):
        return None
    end = len(text) - 1
    start = _operand(text, end)
    return text[start:end].strip() or None


def _operand(text: str, end: int) -> int:
    """Where the operand begins that ends before `end`: names, indexes, calls."""
    quotes = dict(_quotes(text[:end]))  # last character of a quote → its first
    at, depth = end, 0
    while at > 0:
        character = text[at - 1]
        if at - 1 in quotes:
            at = quotes[at - 1]
            continue
        if character in ")]}":
            depth += 1
        elif character in "([{":
            if depth == 0:
                break
            depth -= 1
        elif depth == 0 and not (character.isalnum() or character in "_.@*"):
            break
        at -= 1
    return at


def _quotes(text: str) -> Iterator[tuple[int, int]]:
    at = 0
    while at < len(text):
        if text[at] in "'\"`":
            end = unparse.end_of_quote(text, at)
            yield end, at
            at = end
        at += 1


def _context(front: str, scope: Mapping[str, Any], evaluation: Evaluation | None) -> Json:
    """What names are looked up in at this place: the scope, or within `list[?` an element of the list."""
    opened: list[int] = []
    quotes = {start: end for end, start in _quotes(front)}
    at = 0
    while at < len(front):
        if at in quotes:
            at = quotes[at]
        elif front[at] in "([{":
            opened.append(at)
        elif front[at] in ")]}" and opened:
            opened.pop()
        at += 1
    value: Json = scope
    for place in opened:
        if front.startswith("[?", place):
            base = front[_operand(front, place) : place].strip()
            value = _element(_value(base, value, evaluation)) if base else value
    return value


# -- what can stand there ----------------------------------------------------------------------------------


def _value(base: str, scope: Json, evaluation: Evaluation | None) -> Json:
    try:
        return compile(base).value(scope, evaluation)
    except ExpressionError:
        return None


def _projects(base: str) -> bool:
    """Whether a name after this operand is looked up in each element of it."""
    try:
        return unparse.projects(base)
    except ExpressionError:
        return False


def _element(value: Json) -> Json:
    return value[0] if isinstance(value, list) and value else None


def _fields(value: Json, typed: str) -> Iterator[Completion]:
    if not isinstance(value, Mapping):
        return
    wanted = typed.strip('"').casefold()
    names = [name for name in value if isinstance(name, str)]
    first = [name for name in names if name.casefold().startswith(wanted)]
    then = [name for name in names if name.casefold().find(wanted) > 0] if wanted else []
    for name in [*first, *then][:MAX_ITEMS]:
        member = value[name]
        yield Completion(name, unparse.name(name), kind_of(member), preview_of(member))


def _indexes(value: Json, typed: str) -> Iterator[Completion]:
    if not isinstance(value, list) or typed:
        return
    yield Completion("[*]", "*]", "list", f"each of {len(value)}")
    for index, member in enumerate(value[:20]):
        yield Completion(f"[{index}]", f"{index}]", kind_of(member), preview_of(member))


def _functions(functions: Mapping[str, Function], typed: str) -> Iterator[Completion]:
    wanted = typed.casefold()
    if typed.startswith('"'):
        return
    for name in sorted(functions):
        if name.startswith(wanted):
            function = functions[name]
            summary = function.summary.partition("\n")[0]
            yield Completion(name, f"{name}(", "function", f"{function.signature}: {summary}")
