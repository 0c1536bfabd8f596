"""Their conditions (operator, two values, case) as JMESPath, and their routers' branches as ours.

What is compared is what they compare: texts are the values' JSON, and empty for what is missing; without
`caseSensitive` both sides are in small letters. A date that cannot be read makes the condition false.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.base.errors import BadInput
from engine.base.types import Json
from engine.expressions import ExpressionError, compile
from engine.expressions.conditions import Condition, to_expression
from engine.expressions.operators import is_plain
from engine.expressions.unparse import literal

from .expressions import Reader
from .finding import Unconvertible, excerpt, visible

MAX_BRANCHES = 1_000
"""Of one router."""
EQUAL = "TEXT_EXACTLY_MATCHES"
_SINGLE = (
    "BOOLEAN_IS_TRUE",
    "BOOLEAN_IS_FALSE",
    "LIST_IS_EMPTY",
    "LIST_IS_NOT_EMPTY",
    "EXISTS",
    "DOES_NOT_EXIST",
)
_TEXT: dict[str, str] = {
    "TEXT_CONTAINS": "contains({0}, {1})",
    "TEXT_DOES_NOT_CONTAIN": "!contains({0}, {1})",
    "TEXT_EXACTLY_MATCHES": "{0} == {1}",
    "TEXT_DOES_NOT_EXACTLY_MATCH": "{0} != {1}",
    "TEXT_START_WITH": "starts_with({0}, {1})",
    "TEXT_DOES_NOT_START_WITH": "!starts_with({0}, {1})",
    "TEXT_ENDS_WITH": "ends_with({0}, {1})",
    "TEXT_DOES_NOT_END_WITH": "!ends_with({0}, {1})",
}
_NUMBER = {"NUMBER_IS_GREATER_THAN": ">", "NUMBER_IS_LESS_THAN": "<", "NUMBER_IS_EQUAL_TO": "=="}
_DATE = {"DATE_IS_BEFORE": "<", "DATE_IS_EQUAL": "==", "DATE_IS_AFTER": ">"}
_LIST = {"LIST_CONTAINS": "", "LIST_DOES_NOT_CONTAIN": "!"}
OPERATORS = frozenset({*_SINGLE, *_TEXT, *_NUMBER, *_DATE, *_LIST})
"""All 22."""
# What JavaScript takes for false: null and what is missing, false, 0 and the empty text; not an empty list.
_FALSY: list[Json] = [None, False, 0, ""]
_OURS: dict[str, tuple[str, Json]] = {
    "BOOLEAN_IS_TRUE": ("not_in", _FALSY),
    "BOOLEAN_IS_FALSE": ("in", _FALSY),
}


@dataclass(slots=True)
class Routed:
    """A router's own fields, without ways; `fallback` is the index of the branch for all else."""

    fields: dict[str, Json]
    fallback: int | None = None
    failures: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def condition(row: Json, reader: Reader) -> str:
    """One condition as JMESPath, the way the editor's rows are written where one can say it. Raises
    `Unconvertible`."""
    if not isinstance(row, Mapping):
        raise Unconvertible("a condition is not an object")
    operator, first, second = row.get("operator"), row.get("firstValue"), row.get("secondValue")
    if not isinstance(operator, str) or operator not in OPERATORS:
        raise Unconvertible(f"there is no operator {excerpt(operator, 40)!r}")
    first = "" if first is None else first
    if operator.startswith("LIST_"):
        first = _parsed(first)
    exact = row.get("caseSensitive") is True
    subject = reader.expression(first)
    return _as_row(operator, subject, second, exact) or _in_general(operator, first, second, exact, reader)


def _as_row(operator: str, subject: str, value: Json, exact: bool) -> str | None:
    """The condition as a row of the editor; None when its field is not a path or its value no constant."""
    if isinstance(value, str) and "{{" in value:
        return None
    if operator in _NUMBER:
        subject, value = f"to_number({subject})", _constant_number(value)
    if operator in _LIST and not is_plain(value):
        return None  # they compare texts, so that the text '5' is in [5]
    name, value = _OURS.get(operator, (operator.lower().replace("text_start_", "text_starts_"), value))
    try:
        return to_expression([[Condition(subject, name, value, exact)]])
    except BadInput:
        return None


def _in_general(operator: str, first: Json, second: Json, exact: bool, reader: Reader) -> str:
    """Whatever stands on either side."""
    subject = reader.expression(first)
    if operator in _SINGLE:
        return _single(operator, subject)
    if operator in _NUMBER:
        return f"{_as_number(subject)} {_NUMBER[operator]} {_number(reader, second)}"
    if operator in _DATE:
        one, other = f"timestamp({subject})", f"timestamp({reader.expression(second)})"
        return f"type({one}) == 'number' && {one} {_DATE[operator]} {other}"
    if operator in _LIST:
        each = "&to_string(@)" if exact else "&lower(to_string(@))"
        elements = f"map({each}, to_array(not_null({subject}, '')))"
        return f"{_LIST[operator]}contains({elements}, {_text(reader, second, exact)})"
    return _TEXT[operator].format(_text(reader, first, exact), _text(reader, second, exact))


def _single(operator: str, subject: str) -> str:
    falsy = literal(_FALSY)
    return {
        "BOOLEAN_IS_TRUE": f"!contains({falsy}, {subject})",
        "BOOLEAN_IS_FALSE": f"contains({falsy}, {subject})",
        "LIST_IS_EMPTY": f"{subject} == `[]`",
        "LIST_IS_NOT_EMPTY": f"type({subject} || `0`) == 'array'",
        "EXISTS": f"not_null({subject}, '') != ''",
        "DOES_NOT_EXIST": f"not_null({subject}, '') == ''",
    }[operator]


def when(groups: Json, reader: Reader) -> str:
    """An OR of ANDs as JMESPath. Raises `Unconvertible`."""
    made: list[str] = []
    for group in groups if isinstance(groups, list) else []:
        rows = [condition(row, reader) for row in (group if isinstance(group, list) else [])]
        if rows:
            made.append(" && ".join(rows))
    if not made:
        raise Unconvertible("it has no condition")
    text = (
        made[0] if len(made) == 1 else " || ".join(f"({part})" if " && " in part else part for part in made)
    )
    try:
        compile(text)
    except ExpressionError as error:
        raise Unconvertible(f"its conditions have no equivalent: {error.message}") from None
    return text


def _text(reader: Reader, value: Json, exact: bool) -> str:
    if value is None or (isinstance(value, str) and "{{" not in value):
        text = value or ""
        return literal(text if exact else text.lower())
    text = reader.text(value)
    return text if exact else f"lower({text})"


def _number(reader: Reader, value: Json) -> str:
    number = _constant_number(value)
    if number is not None:
        return literal(number)
    if not (isinstance(value, str) and "{{" in value):
        reader.remarks.append(
            f"compares with {excerpt(value, 40)!r}, which is not a number: as texts, as before"
        )
    return _as_number(reader.expression("" if value is None else value))


def _as_number(subject: str) -> str:
    """A number where it is one or says one, else what it is, as they compare it."""
    return f"not_null(to_number({subject}), {subject})"


def _constant_number(value: Json) -> int | float | None:
    if isinstance(value, str):
        try:
            value = json.loads(value.strip().removeprefix("+"))
        except (ValueError, RecursionError):
            return None
    fits = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 2**53
    return value if fits else None


def _parsed(value: Json) -> Json:
    """The list that a text without expressions is; one that is none is the one item of a list."""
    if not isinstance(value, str) or "{{" in value:
        return value
    try:
        parsed = json.loads(value)
    except (ValueError, RecursionError):
        parsed = value
    return parsed if isinstance(parsed, list) else [parsed]


# -- routers ---------------------------------------------------------------------------------------


def router(settings: Mapping[str, Json], reader: Reader) -> Routed:
    """The branches of a router. One that cannot be converted never matches, and is told in `failures`."""
    kind = settings.get("executionType")
    routed = Routed({"match": "all" if kind == "EXECUTE_ALL_MATCH" else "first"})
    if kind not in ("EXECUTE_ALL_MATCH", "EXECUTE_FIRST_MATCH"):
        routed.notes.append("It does not say whether all matching branches run, so only the first does.")
    given = settings.get("branches")
    if isinstance(given, list) and len(given) > MAX_BRANCHES:
        raise BadInput(f"A router has more than {MAX_BRANCHES:,} branches.", field="branches")
    branches = [b if isinstance(b, Mapping) else {} for b in (given if isinstance(given, list) else [])]
    for number, branch in enumerate(branches):
        if branch.get("branchType") == "FALLBACK" and routed.fallback is None:
            routed.fallback = number
    others = [(n, b) for n, b in enumerate(branches) if n != routed.fallback]
    named = _names([branch.get("branchName") for _number, branch in others])
    table = _cases([branch for _number, branch in others], reader, routed)
    made: list[Json] = []
    for place, (_number, branch) in enumerate(others):
        entry: dict[str, Json] = {"name": named[place]}
        if table is not None:
            entry["case"] = table[place]
        else:
            entry["when"] = _branch_when(branch, named[place], reader, routed)
        made.append(entry)
    routed.fields["branches"] = made
    return routed


def _branch_when(branch: Mapping[str, Json], name: str, reader: Reader, routed: Routed) -> str:
    groups = branch.get("conditions")
    if _unfilled(groups):
        routed.notes.append(f"The condition of the branch “{name}” was not filled in; it never matches.")
        return "`false`"
    try:
        return when(groups, reader)
    except Unconvertible as error:
        routed.failures.append(f"in the branch “{name}” {error.message}")
        return "`false`"


def _unfilled(groups: Json) -> bool:
    """Whether it is what a new branch begins with, or less."""
    rows = [
        row
        for group in (groups if isinstance(groups, list) else [])
        if isinstance(group, list)
        for row in group
    ]
    return all(
        isinstance(row, Mapping) and row.get("firstValue") in ("", None) and not row.get("secondValue")
        for row in rows
    )


def _cases(branches: list[Mapping[str, Json]], reader: Reader, routed: Routed) -> list[list[Json]] | None:
    """The constants of each branch, when all branches ask for the equality of one same value; sets `key`."""
    rows = [_equalities(branch) for branch in branches]
    flat = [row for group in rows if group for row in group]
    if not branches or not all(rows):
        return None
    firsts = {str(row["firstValue"]).strip() for row in flat}
    exact = {row.get("caseSensitive") is True for row in flat}
    if len(firsts) > 1 or len(exact) > 1:
        return None
    try:
        sensitive = exact.pop()
        key = reader.expression(firsts.pop())
        key = key if sensitive else f"lower(to_string({key}))"
        compile(key)
    except (Unconvertible, ExpressionError):
        return None  # each branch says so by itself
    routed.fields["key"] = key
    if not sensitive:
        routed.notes.append(
            "It compares without regard to case, as before: its key is in small letters, as are its cases."
        )
    return [
        list(dict.fromkeys(value for row in group or () for value in _case(row, sensitive))) for group in rows
    ]


def _equalities(branch: Mapping[str, Json]) -> list[Mapping[str, Json]] | None:
    """The rows of a branch that only asks whether one value is this or that text."""
    groups = branch.get("conditions")
    if not isinstance(groups, list) or not groups or branch.get("branchType") == "FALLBACK":
        return None
    rows = [group[0] for group in groups if isinstance(group, list) and len(group) == 1]
    fit = [
        row for row in rows if isinstance(row, Mapping) and row.get("operator") == EQUAL and _comparing(row)
    ]
    return fit if len(fit) == len(groups) else None


def _comparing(row: Mapping[str, Json]) -> bool:
    first, second = row.get("firstValue"), row.get("secondValue")
    if not isinstance(first, str) or "{{" not in first or not isinstance(second, str) or "{{" in second:
        return False
    # What is missing equals neither of these as a key, though it did as a text.
    return second.lower() not in ("", "null")


def _case(row: Mapping[str, Json], sensitive: bool) -> list[Json]:
    text = str(row["secondValue"])
    if not sensitive:
        return [text.lower()]
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return [text]
    # They compare texts, so that 5 equals '5'.
    return (
        [text, value]
        if isinstance(value, bool | int) and json.dumps(value) == text and _fits(value)
        else [text]
    )


def _fits(value: int) -> bool:
    return abs(value) < 2**53


def _names(given: list[Json]) -> list[str]:
    names: dict[str, None] = {"otherwise": None}  # the one that no branch may have
    counts: dict[str, int] = {}
    for number, name in enumerate(given):
        label = (visible(name, 190) if isinstance(name, str) else "") or f"Branch {number + 1}"
        free = label
        while free in names:
            counts[label] = counts.get(label, 1) + 1
            free = f"{label} ({counts[label]})"
        names[free] = None
    return list(names)[1:]
