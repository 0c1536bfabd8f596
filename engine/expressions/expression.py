"""Expressions: JMESPath over the scope of a run, compiled once."""

from collections.abc import Collection
from functools import lru_cache
from typing import Protocol, cast

from . import compiler, slips  # noqa: F401 - compiler fills BUILDERS
from .building import Compilation, build
from .comparators import is_scalar
from .errors import ExpressionError, Mend
from .escaping import escaped
from .functions import Evaluation, FunctionError, Json, measure
from .references import Path, Reading, read, step_names
from .syntax import Node, parse

MAX_RESULT = 5_000_000
"""Characters, as JSON, of what an expression may give."""

_COPIES = frozenset({"multi_select_list", "multi_select_dict"})
_COPYING_FUNCTIONS = frozenset({"map", "zip"})


class Value(Protocol):
    """How an expression is evaluated."""

    def __call__(self, scope: Json, evaluation: Evaluation | None = None, /) -> Json: ...


class Expression:
    """A compiled expression. `value(scope, evaluation)` gives its value and raises ExpressionError.

    Without an evaluation it gets one of its own.

    `text` is its text without surrounding white space, `paths` what it reads of the scope:
    `steps.fetch.output.id` reads `("steps", "fetch", "output", "id")`.
    """

    __slots__ = ("paths", "text", "value")

    def __init__(self, text: str, *, html: bool = False) -> None:
        """With `html` what it gives is escaped, but for what is marked as HTML (`escaping`)."""
        tree = parse(text)
        self.text = text.strip()
        reading = read(tree)
        self.paths: frozenset[Path] = frozenset(reading.paths)
        self.value: Value = _value(text, escaped(tree) if html else tree, reading)

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"


@lru_cache(maxsize=2048)
def compile(text: str) -> Expression:
    """Compile an expression; raises ExpressionError with the column of what is wrong, and where the slip is
    a common one, with the correction."""
    try:
        return Expression(text)
    except ExpressionError as error:
        if error.expression != text:  # too long to look into
            raise
        raise slips.explained(error, is_readable) from None


@lru_cache(maxsize=1024)
def compile_html(text: str) -> Expression:
    """Compile an expression whose value is inserted into HTML. Raises as `compile`."""
    compile(text)
    return Expression(text, html=True)


def compile_or_fail(text: str) -> Expression:
    """Compile an expression that was stored before it was checked; what cannot be read fails whenever it is
    evaluated."""
    try:
        return compile(text)
    except ExpressionError as error:
        message, column = error.message, error.column
    failing = Expression.__new__(Expression)
    failing.text, failing.paths = text.strip(), frozenset()

    def value(scope: Json, evaluation: Evaluation | None = None, /) -> Json:
        raise ExpressionError(text, column, message)

    failing.value = value
    return failing


def is_readable(text: str) -> bool:
    """Whether a text can be read as an expression."""
    try:
        Expression(text)
    except ExpressionError:
        return False
    return True


@lru_cache(maxsize=4096)  # a flow is checked with each edit
def doubts(text: str) -> tuple[ExpressionError, ...]:
    """What a readable expression says that hardly anybody means, such as `a == true` without backticks."""
    return tuple(slips.doubts(text, is_readable))


def corrected(text: str, names: Collection[str]) -> Mend | None:
    """A readable expression with the slips behind names that nothing has corrected, all at once."""
    return slips.corrected(text, names, is_readable)


def hyphens(text: str) -> list[tuple[range, ExpressionError]]:
    """Where names with a hyphen stand without quotes in a readable expression, which then subtract."""
    return slips.hyphens(text, is_readable)


def single_braces(text: str) -> Mend | None:
    """The text with doubled braces, where single ones seem to mean a template: `{trigger.body.a}`."""
    return slips.single_braces(text, is_readable)


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


def rename_root(text: str, old: str, new: str) -> str:
    """The expression with what it reads of the scope as `old` read as `new`."""
    places = {
        (field.start, field.end) for at, field in read(parse(text)).fields if not at and field.value == old
    }
    for start, end in sorted(places, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _value(text: str, tree: Node, reading: Reading) -> Value:
    compilation = Compilation(text, reading.headers)
    run = build(tree, compilation)
    if not _works(tree):
        return cast(Value, run)  # it can neither fail nor cost anything to speak of
    copies, variables = _copies(tree), compilation.counter[0]

    def value(scope: Json, evaluation: Evaluation | None = None, /) -> Json:
        if evaluation is None:
            evaluation = Evaluation()
        else:
            evaluation.begin()
        evaluation.root = scope
        if variables:
            evaluation.variables = [None] * variables
        try:
            result = run(scope, evaluation)
            if copies:
                # Copies of copies cost nothing here, but would once they are written down.
                measure(result, MAX_RESULT, evaluation)
            return result
        except FunctionError as error:
            raise ExpressionError(text, error.column or 0, error.message) from None
        except RecursionError:
            raise ExpressionError(text, 0, "the expression is nested too deeply") from None

    return value


_EASY = frozenset(
    {"field", "literal", "current", "identity", "sequence", "pipe", "index"}
    | {"or_expression", "and_expression", "not_expression", "ternary"}
)


def _works(node: Node) -> bool:
    """Whether evaluating takes work that has to be counted, or a place for what it finds on its way."""
    if node.kind == "comparator" and node.value in ("eq", "ne"):
        easy = is_scalar(node.children[0]) or is_scalar(node.children[1])
    else:
        easy = node.kind in _EASY or node.kind == "comparator"
    return not easy or any(map(_works, node.children))


def _copies(node: Node) -> bool:
    """Whether the result may hold one part of its input, or of its own text, many times."""
    return (
        node.kind in _COPIES
        or (node.kind == "literal" and isinstance(node.value, list | dict))
        or (node.kind == "function_expression" and node.value in _COPYING_FUNCTIONS)
        or any(map(_copies, node.children))
    )
