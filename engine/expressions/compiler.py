"""The syntax tree compiled, once, into nested Python closures, each from the current value to another.

Semantics are those of https://jmespath.org/specification.html, with its equality of JSON values.
"""

from difflib import get_close_matches

from . import arithmetic, comparators, projections  # noqa: F401 - each fills BUILDERS
from .building import BUILDERS, Closure, Compilation, build, closures, path_of, truth
from .errors import ExpressionError
from .functions import FUNCTIONS, SILENT, Evaluation, Function, FunctionError, Json
from .headers import header
from .slip_rules import near_function
from .syntax import Node


def path(names: tuple[str, ...]) -> Closure:
    """The quick way down: only an object answers to a name, all else raises what is caught here."""
    if len(names) == 1:
        return _field_named(names[0])

    def walk(value: Json, evaluation: Evaluation = SILENT) -> Json:
        try:
            for name in names:
                value = value[name]
        except (KeyError, TypeError):
            return None
        return value

    return walk


def _field_named(name: str) -> Closure:
    def field(value: Json, evaluation: Evaluation = SILENT) -> Json:
        return value.get(name) if isinstance(value, dict) else None

    return field


def _field(node: Node, compilation: Compilation) -> Closure:
    return _header((), node.value) if node.start in compilation.headers else _field_named(node.value)


def _header(above: tuple[str, ...], name: str) -> Closure:
    """The header of that name; `above` leads to the headers."""
    lowered = name.lower()

    def find(value: Json, evaluation: Evaluation = SILENT) -> Json:
        try:
            for step in above:
                value = value[step]
        except (KeyError, TypeError):
            return None
        return header(value, name, lowered)

    return find


def _identity(node: Node, compilation: Compilation) -> Closure:
    def identity(value: Json, evaluation: Evaluation = SILENT) -> Json:
        return value

    return identity


def _root(node: Node, compilation: Compilation) -> Closure:
    return lambda value, evaluation: evaluation.root


def _literal(node: Node, compilation: Compilation) -> Closure:
    value_of: Json = node.value

    def constant(value: Json, evaluation: Evaluation = SILENT) -> Json:
        return value_of

    return constant


def _sequence(node: Node, compilation: Compilation) -> Closure:
    names = path_of(node)
    if names is not None and not compilation.reads_header(node):
        return path(names)
    if names is not None and node.children[-1].start in compilation.headers:
        return _header(names[:-1], names[-1])
    parts = closures(node, compilation)

    def follow(value: Json, evaluation: Evaluation = SILENT) -> Json:
        for part in parts:
            value = part(value, evaluation)
        return value

    return follow


def _or(node: Node, compilation: Compilation) -> Closure:
    parts = closures(node, compilation)

    def first_true(value: Json, evaluation: Evaluation = SILENT) -> Json:
        result = None
        for part in parts:
            result = part(value, evaluation)
            if result is True or (result is not False and truth(result)):
                return result
        return result

    return first_true


def _and(node: Node, compilation: Compilation) -> Closure:
    parts = closures(node, compilation)

    def first_false(value: Json, evaluation: Evaluation = SILENT) -> Json:
        result = None
        for part in parts:
            result = part(value, evaluation)
            if result is False or (result is not True and not truth(result)):
                return result
        return result

    return first_false


def _not(node: Node, compilation: Compilation) -> Closure:
    (part,) = closures(node, compilation)

    def deny(value: Json, evaluation: Evaluation = SILENT) -> Json:
        return not truth(part(value, evaluation))

    return deny


def _ternary(node: Node, compilation: Compilation) -> Closure:
    condition, then, otherwise = closures(node, compilation)

    def choose(value: Json, evaluation: Evaluation = SILENT) -> Json:
        chosen = then if truth(condition(value, evaluation)) else otherwise
        return chosen(value, evaluation)

    return choose


# -- variables -----------------------------------------------------------------------------------------


def _let(node: Node, compilation: Compilation) -> Closure:
    *values, body = node.children
    within = compilation.within(node.value)
    places = [within.visible[name] for name in node.value]
    bound = [(place, build(part, compilation)) for place, part in zip(places, values, strict=True)]
    inner = build(body, within)

    def bind(value: Json, evaluation: Evaluation) -> Json:
        found = [(place, part(value, evaluation)) for place, part in bound]
        for place, each in found:
            evaluation.variables[place] = each
        return inner(value, evaluation)

    return bind


def _variable(node: Node, compilation: Compilation) -> Closure:
    place = compilation.visible.get(node.value)
    if place is None:
        near = get_close_matches(node.value, compilation.visible, n=1)
        hint = f"; did you mean ${near[0]}?" if near else f"; write let ${node.value} = … in … around it"
        raise ExpressionError(compilation.text, node.start, f"nothing binds ${node.value} here{hint}")
    return lambda value, evaluation: evaluation.variables[place]


# -- functions -----------------------------------------------------------------------------------------


def _function(node: Node, compilation: Compilation) -> Closure:
    text, column = compilation.text, node.start
    function = FUNCTIONS.get(node.value)
    if function is None:
        raise ExpressionError(text, column, _unknown(node.value))
    if not function.takes(len(node.children)):
        words = f"{function.signature} cannot take {len(node.children)} argument"
        raise ExpressionError(text, column, words + "s" * (len(node.children) != 1))
    arguments = [
        _argument(function, index, child, node, compilation) for index, child in enumerate(node.children)
    ]
    return function.closure(arguments, text, column)


def _argument(function: Function, index: int, child: Node, call: Node, compilation: Compilation) -> Closure:
    # Whether an argument is an &expression shows in the text, so it is settled here and not on the data.
    text = compilation.text
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
        return build(child, compilation)
    each = build(child.children[0], compilation)
    return lambda value, evaluation: lambda element: each(element, evaluation)


def _stray(node: Node, compilation: Compilation) -> Closure:
    raise ExpressionError(
        compilation.text, node.start, "an & expression is only allowed where a function expects one"
    )


def _unknown(name: str) -> str:
    near = near_function(name)
    if name.lower() in ("if", "iif", "iff"):
        return f"there is no function {name}(); write condition ? value : other value"
    return f"there is no function {name}()" + (f"; did you mean {near}()?" if near else "")


BUILDERS |= {
    "field": _field,
    "identity": _identity,
    "current": _identity,
    "root": _root,
    "literal": _literal,
    "sequence": _sequence,
    "pipe": _sequence,
    "or_expression": _or,
    "and_expression": _and,
    "not_expression": _not,
    "ternary": _ternary,
    "let": _let,
    "variable": _variable,
    "function_expression": _function,
    "expref": _stray,
}
