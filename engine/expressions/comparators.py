"""Comparisons, and what is said of those that cannot be decided.

`==` is equality of JSON values. An order there is between two numbers and between two texts; between
anything else a comparison gives null, which is no match. A missing value stays silent; where both are there
and of different types, the evaluation takes a note, because then hardly anybody means what stands there.
"""

from collections.abc import Callable
from operator import ge, gt, le, lt
from typing import Any

from .building import BUILDERS, Closure, Compilation, closures, path_of
from .errors import Mend
from .functions import SILENT, Evaluation, Json, equals, read_number, type_name
from .syntax import Node

_ORDER: dict[str, Callable[[Any, Any], bool]] = {"lt": lt, "lte": le, "gt": gt, "gte": ge}
_SIGNS = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">=", "eq": "==", "ne": "!="}
_WORDS = {"string": "text", "array": "a list", "object": "an object"}


def _comparator(node: Node, compilation: Compilation) -> Closure:
    if node.value in _ORDER:
        return _ordering(node, compilation)
    equal = _equality(node, compilation)
    return equal if node.value == "eq" else _unequal(equal)


def _unequal(equal: Closure) -> Closure:
    def compare(value: Json, evaluation: Evaluation = SILENT) -> Json:
        return not equal(value, evaluation)

    return compare


def _ordering(node: Node, compilation: Compilation) -> Closure:
    left, right = closures(node, compilation)
    order, undecided = _ORDER[node.value], _Undecided(node, compilation.text)

    def compare(value: Json, evaluation: Evaluation = SILENT) -> Json:
        one, other = left(value, evaluation), right(value, evaluation)
        kind, second = type(one), type(other)
        if (kind is int or kind is float) and (second is int or second is float):
            return order(one, other)
        if kind is str and second is str:  # the library's extension
            return order(one, other)
        if one is not None and other is not None:
            undecided.note(one, other, evaluation)
        return None

    return compare


def _equality(node: Node, compilation: Compilation) -> Closure:
    left, right = closures(node, compilation)
    undecided = _Undecided(node, compilation.text)
    if is_scalar(node.children[1]):
        return _equals_constant(left, node.children[0], node.children[1].value, undecided, compilation)
    if is_scalar(node.children[0]):
        return _equals_constant(right, node.children[1], node.children[0].value, undecided, compilation)

    def compare(value: Json, evaluation: Evaluation) -> Json:
        one, other = left(value, evaluation), right(value, evaluation)
        equal = equals(one, other, evaluation)
        if not equal and type(one) is not type(other):
            undecided.look(one, other, evaluation)
        return equal

    return compare


def is_scalar(node: Node) -> bool:
    """Whether a node is a literal that is compared without looking into it."""
    return node.kind == "literal" and not isinstance(node.value, list | dict)


def _equals_constant(
    each: Closure, side: Node, constant: Json, undecided: "_Undecided", compilation: Compilation
) -> Closure:
    """Equality with a literal, whose type is known beforehand."""
    kinds: tuple[type, ...] = (type(constant),)
    if isinstance(constant, str):
        names = path_of(side)
        odd = read_number(constant) is not None or constant in _BOOLEANS
        if names is not None and not odd and not compilation.reads_header(side):
            return _is_text(names, constant)
    elif isinstance(constant, int | float) and not isinstance(constant, bool):
        kinds = (int, float)

    def compare(value: Json, evaluation: Evaluation = SILENT) -> Json:
        one = each(value, evaluation)
        if type(one) in kinds:
            return bool(one == constant)
        if one is not None and constant is not None:
            undecided.look_beside_literal(one, constant, evaluation)
        return False

    return compare


def _is_text(names: tuple[str, ...], text: str) -> Closure:
    """The condition that routers have most: whether a field is a text that looks like nothing else."""

    def compare(value: Json, evaluation: Evaluation = SILENT) -> Json:
        try:
            for name in names:
                value = value[name]
        except (KeyError, TypeError):
            return False
        return bool(value == text)

    return compare


_BOOLEANS = {"true": True, "false": False}


class _Undecided:
    """Says of a comparison that its two values are of types which do not go together."""

    __slots__ = ("_node", "_text")

    def __init__(self, node: Node, text: str) -> None:
        self._node, self._text = node, text

    def note(self, one: Json, other: Json, evaluation: Evaluation) -> None:
        """Of two values that have no order."""
        message = f"{_shown(one)} and {_shown(other)} cannot be compared by {_SIGNS[self._node.value]}"
        kinds = {type_name(one), type_name(other)}
        mend = None
        if kinds == {"number", "string"}:
            message += "; to_number(…) reads a text as a number"
            if read_number(one if isinstance(one, str) else other) is not None:
                mend = self._as_number(one, other)
        evaluation.note(self._text, self._column(), message, mend)

    def look(self, one: Json, other: Json, evaluation: Evaluation) -> None:
        """Of two values that are not equal: said where they would be if one were written differently."""
        for text, value in ((one, other), (other, one)):
            if not isinstance(text, str) or isinstance(value, str | list | dict) or value is None:
                continue
            same = _BOOLEANS.get(text) if isinstance(value, bool) else read_number(text)
            if same is None or same != value:
                return
            message = f"{_shown(one)} and {_shown(other)} are never equal"
            mend = None
            if not isinstance(value, bool):
                mend = self._as_number(one, other)
                message += "; to_number(…) reads a text as a number"
            evaluation.note(self._text, self._column(), message, mend)
            return

    def look_beside_literal(self, one: Json, constant: Json, evaluation: Evaluation) -> None:
        if is_scalar(self._node.children[1]):
            self.look(one, constant, evaluation)
        else:
            self.look(constant, one, evaluation)

    def _column(self) -> int:
        """Where the operand stands that is not a literal, so most likely the wrong one."""
        left, right = self._node.children
        return right.start if left.kind == "literal" else left.start

    def _as_number(self, one: Json, other: Json) -> Mend | None:
        """With to_number(…) around the side that gave a text; a literal loses its quotes instead."""
        side = self._node.children[0 if isinstance(one, str) else 1]
        written = self._text[side.start : side.end]
        text = one if isinstance(one, str) else other
        if side.kind == "literal":
            number = read_number(text)
            if number is None:
                return None
            put, label = f"`{number}`", f"Write `{number}`"
        else:
            put, label = f"to_number({written})", "Compare as numbers"
        return Mend(label, self._text[: side.start] + put + self._text[side.end :])


def _shown(value: Json) -> str:
    kind = type_name(value)
    if kind == "string":
        return f"the text {value[:40]!r}"
    if kind == "number":
        return f"the number {value}"
    if kind == "boolean":
        return "true" if value else "false"
    return _WORDS.get(kind, kind)


BUILDERS["comparator"] = _comparator
