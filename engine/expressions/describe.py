"""Conditions in plain words, for the label of a branch: `country is not DE and amount ≥ 100`."""

import json
from collections import Counter
from functools import lru_cache

from engine.base.types import Json

from . import ExpressionError, unparse
from .conditions import Condition, condition_of
from .operators import OPERATORS
from .syntax import Node, parse
from .unparse import Clause

_MAX_VALUE = 60
_MAX_LIST = 3


@lru_cache(maxsize=4096)  # a drawing asks for every branch, at every edit
def words(expression: str) -> str:
    """The condition as a sentence's part. Where a part says what no row can say, its text stands there;
    an expression that cannot be read stands as it is."""
    try:
        whole = unparse.clauses(expression)
    except ExpressionError:
        return expression.strip()
    labels = _labels(whole)
    return _said(whole, labels, "")


def condition_words(condition: Condition, label: str = "") -> str:
    """One row in words; `label` is what the field is called, by default the last name of its path."""
    label = label or field_label(condition.field)
    operator = OPERATORS.get(condition.operator)
    if operator is None:
        return f"{label} {condition.operator} {_value(condition.value)}"
    if operator.name == "boolean_is_true":
        return label
    if operator.name == "boolean_is_false":
        return f"not {label}"
    if not operator.takes_value:
        return f"{label} {operator.words}"
    if operator.kind == "list" and isinstance(condition.value, list):
        return f"{label} {operator.words} {_values(condition.value)}"
    return f"{label} {operator.words} {_value(condition.value)}"


def field_label(field: str, names: int = 1) -> str:
    """What to call a path: its last `names` names. `steps.count.output` is “count”."""
    try:
        found = _names(unparse.normal(parse(field)))
    except ExpressionError:
        return field
    if len(found) > 2 and found[0] == "steps" and found[2] in ("output", "error"):
        if found[2] == "error" and len(found) == 3:
            return f"{found[1]} error"
        found = [found[1], *found[3:]]
    return ".".join(found[-names:]) or field


def _names(node: Node) -> list[str]:
    if node.kind == "field":
        return [node.value]
    return [name for child in node.children for name in _names(child)]


def _labels(whole: Clause) -> dict[str, str]:
    """A short name for each field that the rows read; longer where two would be called the same."""
    fields = {c.field for c in map(_row, whole.leaves()) if c is not None}
    labels = {field: field_label(field) for field in fields}
    for names in (2, 3):
        count = Counter(labels.values())
        labels = {f: label if count[label] == 1 else field_label(f, names) for f, label in labels.items()}
    return labels


def _row(clause: Clause) -> Condition | None:
    return condition_of(clause.text)


def _said(clause: Clause, labels: dict[str, str], around: str) -> str:
    if clause.kind in ("any", "all"):
        said = (" or " if clause.kind == "any" else " and ").join(
            _said(part, labels, clause.kind) for part in clause.parts
        )
        return f"({said})" if around and around != clause.kind else said
    condition = _row(clause)
    if condition is not None:
        return condition_words(condition, labels.get(condition.field, ""))
    if clause.kind == "not" and clause.parts[0].kind in ("any", "all"):
        return f"not {_said(clause.parts[0], labels, 'not')}"
    return clause.text


def _values(values: list[Json]) -> str:
    shown = [_value(value) for value in values]
    if len(values) > _MAX_LIST + 1:
        return f"{', '.join(shown[:_MAX_LIST])} or {len(values) - _MAX_LIST} more"
    return " or ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def _value(value: Json) -> str:
    if isinstance(value, str):
        text = value if len(value) <= _MAX_VALUE else f"{value[: _MAX_VALUE - 1]}…"
        # Without quotes only where nobody could take it for another kind of value, or for more words.
        plain = text and text == text.strip() and text.isprintable() and not _misread(text)
        return text if plain else f"“{text}”"
    if value is None:
        return "null"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _MAX_VALUE else f"{text[: _MAX_VALUE - 1]}…"


def _misread(text: str) -> bool:
    if any(word in ("and", "or", "not") for word in text.lower().split()) or "“" in text:
        return True
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return any(mark in text for mark in ",;()")
    return True
