"""Arithmetic: `+ - * / % //` between numbers, and a sign in front of one.

JEP-16: https://github.com/jmespath-community/jmespath.spec/blob/main/jep-016-arithmetic-expressions.md
A missing value makes the result null, in silence, as it does everywhere; another type is an error. `//`
rounds down and `%` has the sign of the divisor. Whole numbers stay whole: `6 / 2` is 3, not 3.0.
"""

from collections.abc import Callable
from operator import add, floordiv, mod, mul, sub, truediv
from typing import Any

from .building import BUILDERS, Closure, Compilation, build
from .functions import Evaluation, FunctionError, Json, plain_number, type_name
from .syntax import Node

_OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "+": add, "-": sub, "*": mul, "/": truediv, "//": floordiv, "%": mod,
}  # fmt: skip


def _arithmetic(node: Node, compilation: Compilation) -> Closure:
    first, *others = [(build(child, compilation), child) for child in node.children]
    rest = [(sign, _OPERATIONS[sign], *other) for sign, other in zip(node.value, others, strict=True)]

    def compute(value: Json, evaluation: Evaluation) -> Json:
        result = first[0](value, evaluation)
        if result is not None:
            _check(result, node.value[0], first[1])
        for sign, operation, operand, child in rest:
            other = operand(value, evaluation)
            if other is not None:
                _check(other, sign, child)
            result = None if result is None or other is None else _apply(operation, result, other, child)
        return result

    return compute


def _apply(operation: Callable[[Any, Any], Any], one: Any, other: Any, child: Node) -> Json:
    try:
        result = operation(one, other)
        if operation is truediv and isinstance(one, int) and isinstance(other, int) and one % other == 0:
            result = one // other
        return plain_number(result)
    except ZeroDivisionError:
        raise _error("division by zero", child) from None
    except OverflowError:
        raise _error("the result of this is too large", child) from None


def _check(value: Json, sign: str, child: Node) -> None:
    kind = type(value)
    if kind is int or kind is float:
        return
    message = f"{sign} needs numbers, not {type_name(value)}"
    if kind is str:
        message += "; to join texts write join('', […])" if sign == "+" else ""
        message += "; to_number(…) reads a text as a number"
    raise _error(message, child)


def _error(message: str, child: Node) -> FunctionError:
    return FunctionError(message, child.start)


def _sign(node: Node, compilation: Compilation) -> Closure:
    (child,) = node.children
    operand, minus = build(child, compilation), node.value == "-"

    def compute(value: Json, evaluation: Evaluation) -> Json:
        number = operand(value, evaluation)
        if number is None:
            return None
        _check(number, node.value, child)
        return plain_number(-number) if minus else number

    return compute


BUILDERS |= {"arithmetic": _arithmetic, "sign": _sign}
