"""Expressions: JMESPath over the scope of a run, compiled once."""

from collections.abc import Callable
from functools import lru_cache

from .building import build, path_of
from .compiler import path
from .errors import ExpressionError
from .functions import FunctionError, Json, measure, start_work
from .references import Path, read, step_names
from .syntax import Node, parse

MAX_RESULT = 5_000_000
"""Characters, as JSON, of what an expression may give."""

_COPIES = frozenset({"multi_select_list", "multi_select_dict"})
_COPYING_FUNCTIONS = frozenset({"map", "zip"})


class Expression:
    """A compiled expression. `value(scope)` gives its value and raises ExpressionError.

    `text` is its text without surrounding white space, `paths` what it reads of the scope:
    `steps.fetch.output.id` reads `("steps", "fetch", "output", "id")`.
    """

    __slots__ = ("paths", "text", "value")

    def __init__(self, text: str) -> None:
        tree = parse(text)
        self.text = text.strip()
        self.paths: frozenset[Path] = frozenset(read(tree).paths)
        names = path_of(tree)
        self.value: Callable[[Json], Json] = _guarded(text, tree) if names is None else path(names)

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"


@lru_cache(maxsize=2048)
def compile(text: str) -> Expression:
    """Compile an expression; raises ExpressionError with the column of what is wrong."""
    return Expression(text)


def paths(expression: Expression | str) -> set[Path]:
    """The root paths that an expression reads."""
    return set((compile(expression) if isinstance(expression, str) else expression).paths)


def rename_step(text: str, old: str, new: str) -> str:
    """The expression with `steps.old` renamed to `steps.new`; text that is no expression stays."""
    try:
        tree = parse(text)
    except ExpressionError:
        return text
    places = {(field.start, field.end) for field in step_names(tree) if field.value == old}
    for start, end in sorted(places, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _guarded(text: str, tree: Node) -> Callable[[Json], Json]:
    run = build(tree, text)
    copies = _copies(tree)

    def value(scope: Json) -> Json:
        start_work()
        try:
            result = run(scope)
            if copies:
                # Copies of copies cost nothing here, but would once they are written down.
                measure(result, MAX_RESULT)
            return result
        except FunctionError as error:
            raise ExpressionError(text, error.column or 0, error.message) from None
        except RecursionError:
            raise ExpressionError(text, 0, "the expression is nested too deeply") from None

    return value


def _copies(node: Node) -> bool:
    """Whether the result may hold one part of its input, or of its own text, many times."""
    return (
        node.kind in _COPIES
        or (node.kind == "literal" and isinstance(node.value, list | dict))
        or (node.kind == "function_expression" and node.value in _COPYING_FUNCTIONS)
        or any(map(_copies, node.children))
    )
