"""Visual conditions: rows of field, operator and value, and the expression in `when` that they stand for.

`to_expression` writes rows down, `from_expression` reads them back, from hand-written text too where
rows say the same. What each operator means, `engine.expressions.operators` tells.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from engine.base.errors import BadInput
from engine.base.types import Json

from . import ExpressionError, compile, unparse
from .operators import OPERATORS, Form, Operator
from .syntax import Node, parse

_FIELD, _VALUE = "field__", "value__"  # stand in a form's tree for what is filled in


@dataclass(frozen=True)
class Condition:
    """One row. `field` is a path such as `trigger.body.data.country`; it is kept in its canonical
    spelling. What the operator does not take (a value, case sensitivity) is set to its default."""

    field: str
    operator: str
    value: Json = None
    case_sensitive: bool = True

    def __post_init__(self) -> None:
        operator = OPERATORS.get(self.operator)
        object.__setattr__(self, "field", _canonical_field(self.field))
        if operator is None:
            return
        if not operator.takes_value:
            object.__setattr__(self, "value", None)
        if not self.case_sensitive and operator.form(self.value, False) is operator.form(self.value, True):
            object.__setattr__(self, "case_sensitive", True)
        if not self.case_sensitive and operator.form(self.value, False) is None:
            object.__setattr__(self, "case_sensitive", True)


Rows = list[list[Condition]]
"""Alternatives, each of conditions that must all hold: OR of ANDs."""


# -- to an expression ------------------------------------------------------------------------------------


def to_expression(rows: Rows) -> str:
    """The canonical expression. Raises BadInput, whose field is `rows/0/1/value` or the like, for rows
    that cannot be written: none at all, an unknown operator, a field that is not a path, a value that the
    operator cannot have."""
    if not rows or not all(rows):
        raise BadInput("Add at least one condition to each group.", field="rows")
    groups = [
        " && ".join(_term(condition, f"rows/{i}/{j}") for j, condition in enumerate(group))
        for i, group in enumerate(rows)
    ]
    if len(groups) > 1:
        groups = [f"({text})" if len(group) > 1 else text for text, group in zip(groups, rows, strict=True)]
    text = " || ".join(groups)
    try:
        compile(text)
    except ExpressionError as error:
        raise BadInput(f"These conditions cannot be used: {error.message}.", field="rows") from None
    return text


def _term(condition: Condition, place: str) -> str:
    operator = OPERATORS.get(condition.operator)
    if operator is None:
        raise BadInput(f"There is no operator {condition.operator[:60]!r}.", field=f"{place}/operator")
    if not _is_path(condition.field):
        message = f"{condition.field[:80]!r} is not a path to a value, such as trigger.body.country."
        raise BadInput(message, field=f"{place}/field")
    form = operator.form(condition.value, condition.case_sensitive)
    if form is None:
        raise BadInput(_refusal(operator, condition.value), field=f"{place}/value")
    field = f"({condition.field})" if unparse.projects(condition.field) else condition.field
    try:
        value = unparse.literal(_prefixed(form, condition.value))
    except BadInput as error:
        raise BadInput(error.message, field=f"{place}/value") from None
    return form.text.format(f=field, v=value)


def _prefixed(form: Form, value: Json) -> Json:
    return form.prefix + value if form.prefix else value


_NEEDS = {
    "text": "needs a text",
    "number": "needs a number",
    "date": "needs a date such as 2026-03-03 or 2026-03-03T10:15:00Z",
    "list": "needs a list of at least one value",
    "json": "cannot have this value",
}


def _refusal(operator: Operator, value: Json) -> str:
    if operator.name in ("text_matches", "text_does_not_match") and isinstance(value, str):
        if value.startswith("(?i)"):
            return "Leave (?i) away and switch off case sensitivity."
        return f"“{operator.title}” needs a regular expression that can be used (RE2 syntax)."
    if operator.kind == "json":
        better = next((o for o in OPERATORS.values() if _is_for(o, operator, value)), None)
        if better is not None:
            return f"Use “{better.title}” for this value."
    return f"“{operator.title}” {_NEEDS[operator.kind]}."


def _is_for(other: Operator, than: Operator, value: Json) -> bool:
    if than.name == "equals" and value == []:
        return other.name == "list_is_empty"
    wanted = {"equals": ("text_exactly_matches", "number_is_equal_to")}
    return other.name in wanted.get(than.name, ("text_does_not_exactly_match",)) and bool(
        other.form(value, True)
    )


def _canonical_field(text: str) -> str:
    try:
        return unparse.path_text(parse(text)) or text.strip()
    except ExpressionError:
        return text.strip() if isinstance(text, str) else str(text)


def _is_path(text: str) -> bool:
    try:
        return unparse.path_text(parse(text)) is not None
    except ExpressionError:
        return False


# -- from an expression ----------------------------------------------------------------------------------


def from_expression(text: str) -> Rows | None:
    """The rows that say what the expression says; None when there are none, or it cannot be read.

    Rows and text have the same truth for every scope in which the text has a value. Where a hand-written
    text fails (`contains(missing, 'x')`), the rows do not: `is_canonical` tells whether that may differ.
    """
    try:
        tree = unparse.normal(parse(text))
    except ExpressionError:
        return None
    rows: Rows = []
    for alternative in _members(tree, "or_expression"):
        group = [_condition(term) for term in _members(alternative, "and_expression")]
        known = [condition for condition in group if condition is not None]
        if len(known) < len(group):
            return None
        rows.append(known)
    return rows


def is_canonical(text: str) -> bool:
    """Whether the text is what `to_expression` makes of its rows, up to white space and brackets."""
    rows = from_expression(text)
    if rows is None:
        return False
    return unparse.same(unparse.normal(parse(text)), unparse.normal(parse(to_expression(rows))))


def condition_of(text: str) -> Condition | None:
    """The one condition that a part of an expression is, if it is one."""
    rows = from_expression(text)
    return rows[0][0] if rows is not None and len(rows) == len(rows[0]) == 1 else None


def _members(node: Node, kind: str) -> Iterator[Node]:
    if node.kind != kind:
        yield node
        return
    for child in node.children:
        yield from _members(child, kind)


def _condition(term: Node) -> Condition | None:
    for operator, form, tree in _forms():
        found: dict[str, Node] = {}
        if tree.kind != term.kind and tree.value != _FIELD:
            continue
        if _unify(tree, term, found):
            condition = _filled(operator, form, found)
            if condition is not None:
                return condition
    return _denied(term) if term.kind == "not_expression" else None


def _denied(term: Node) -> Condition | None:
    """What `!(…)` says, when its operator has an opposite."""
    inner = term.children[0]
    if inner.kind == "comparator" and inner.value in ("eq", "ne"):
        return _condition(inner._replace(value="ne" if inner.value == "eq" else "eq"))
    condition = _condition(inner)
    if condition is None:
        return None
    opposite = OPERATORS[condition.operator].opposite
    if not opposite or OPERATORS[opposite].form(condition.value, condition.case_sensitive) is None:
        return None
    return Condition(condition.field, opposite, condition.value, condition.case_sensitive)


@cache
def _forms() -> tuple[tuple[Operator, Form, Node], ...]:
    """Every form with its tree: what is written before what is only read."""
    every = [(operator, form) for operator in OPERATORS.values() for form in operator.forms]
    every.sort(key=lambda pair: pair[1].read)
    return tuple((o, f, unparse.normal(parse(f.text.format(f=_FIELD, v=_VALUE)))) for o, f in every)


def _unify(pattern: Node, node: Node, found: dict[str, Node]) -> bool:
    """Whether the node is the pattern with something filled in; what, is noted in `found`."""
    if pattern.kind == "field" and pattern.value in (_FIELD, _VALUE):
        known = found.setdefault(pattern.value, node)
        return unparse.same(known, node)
    if pattern.kind != node.kind or len(pattern.children) != len(node.children):
        return False
    if pattern.kind == "literal":
        return unparse.same(pattern, node)
    if pattern.value != node.value:
        return False
    return all(_unify(p, n, found) for p, n in zip(pattern.children, node.children, strict=True))


def _filled(operator: Operator, form: Form, found: dict[str, Node]) -> Condition | None:
    field = unparse.path_text(found[_FIELD])
    value: Json = None
    if operator.takes_value:
        if found[_VALUE].kind != "literal":
            return None
        value = found[_VALUE].value
        if form.prefix:
            if not isinstance(value, str) or not value.startswith(form.prefix):
                return None
            value = value.removeprefix(form.prefix)
    if field is None or not form.fits(value):
        return None
    return Condition(field, operator.name, value, form.case_sensitive is not False)
