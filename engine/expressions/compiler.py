"""The syntax tree compiled, once, into nested Python closures, each from the current value to another.

Semantics are those of https://jmespath.org/specification.html, with its equality of JSON values.
Where an array or object is copied or visited, the evaluation's allowance is spent.
"""

from collections.abc import Callable
from difflib import get_close_matches
from operator import ge, gt, le, lt
from typing import Any

from . import projections  # noqa: F401 - fills BUILDERS
from .building import BUILDERS, Closure, build, closures, path_of, truth
from .errors import ExpressionError
from .functions import FUNCTIONS, Function, FunctionError, Json, equals
from .syntax import Node


def path(names: tuple[str, ...]) -> Closure:
    """The quick way down: only an object answers to a name, all else raises what is caught here."""
    if len(names) == 1:
        return _field_named(names[0])

    def walk(value: Json) -> Json:
        try:
            for name in names:
                value = value[name]
        except (KeyError, TypeError):
            return None
        return value

    return walk


def _field_named(name: str) -> Closure:
    def field(value: Json) -> Json:
        return value.get(name) if isinstance(value, dict) else None

    return field


def _field(node: Node, text: str) -> Closure:
    return _field_named(node.value)


def _identity(node: Node, text: str) -> Closure:
    return lambda value: value


def _literal(node: Node, text: str) -> Closure:
    constant = node.value
    return lambda value: constant


def _sequence(node: Node, text: str) -> Closure:
    names = path_of(node)
    if names is not None:
        return path(names)
    parts = closures(node, text)
    if len(parts) == 2:
        first, second = parts
        return lambda value: second(first(value))

    def follow(value: Json) -> Json:
        for part in parts:
            value = part(value)
        return value

    return follow


def _or(node: Node, text: str) -> Closure:
    parts = closures(node, text)

    def first_true(value: Json) -> Json:
        result = None
        for part in parts:
            result = part(value)
            if truth(result):
                return result
        return result

    return first_true


def _and(node: Node, text: str) -> Closure:
    parts = closures(node, text)

    def first_false(value: Json) -> Json:
        result = None
        for part in parts:
            result = part(value)
            if not truth(result):
                return result
        return result

    return first_false


def _not(node: Node, text: str) -> Closure:
    (part,) = closures(node, text)
    return lambda value: not truth(part(value))


_ORDER: dict[str, Callable[[Any, Any], bool]] = {"lt": lt, "lte": le, "gt": gt, "gte": ge}


def _comparator(node: Node, text: str) -> Closure:
    left, right = closures(node, text)
    if node.value == "eq":
        return lambda value: equals(left(value), right(value))
    if node.value == "ne":
        return lambda value: not equals(left(value), right(value))
    order = _ORDER[node.value]

    def compare(value: Json) -> Json:
        one, other = left(value), right(value)
        kinds = {type(one), type(other)}
        # Text has an order too (the library's extension); anything else has none.
        return order(one, other) if kinds <= {int, float} or kinds == {str} else None

    return compare


def _function(node: Node, text: str) -> Closure:
    function = FUNCTIONS.get(node.value)
    if function is None:
        raise ExpressionError(text, node.start, _unknown(node.value))
    if not function.takes(len(node.children)):
        words = f"{function.signature} cannot take {len(node.children)} argument"
        raise ExpressionError(text, node.start, words + "s" * (len(node.children) != 1))
    arguments = [_argument(function, index, child, node, text) for index, child in enumerate(node.children)]
    column = node.start

    def call(value: Json) -> Json:
        try:
            return function.call([argument(value) for argument in arguments])
        except FunctionError as error:
            if error.column is None:
                error.column = column
            raise

    return call


def _argument(function: Function, index: int, child: Node, call: Node, text: str) -> Closure:
    # Whether an argument is an &expression shows in the text, so it is settled here and not on the data.
    wanted = function.parameter(index)
    if wanted.expression != (child.kind == "expref"):
        need = wanted.words if wanted.expression else "no & expression"
        raise ExpressionError(text, call.start, f"{function.name}() needs {need} as argument {index + 1}")
    if child.kind == "literal":
        try:
            function.check_literal(index, child.value)
        except FunctionError as error:
            raise ExpressionError(text, call.start, error.message) from None
    if not wanted.expression:
        return build(child, text)
    each = build(child.children[0], text)
    return lambda value: each


def _stray(node: Node, text: str) -> Closure:
    raise ExpressionError(text, 0, "an & expression may only stand where a function asks for one")


def _unknown(name: str) -> str:
    near = get_close_matches(name, FUNCTIONS, n=1)
    return f"there is no function {name}()" + (f"; did you mean {near[0]}()?" if near else "")


BUILDERS |= {
    "field": _field,
    "identity": _identity,
    "current": _identity,
    "literal": _literal,
    "sequence": _sequence,
    "pipe": _sequence,
    "or_expression": _or,
    "and_expression": _and,
    "not_expression": _not,
    "comparator": _comparator,
    "function_expression": _function,
    "expref": _stray,
}
