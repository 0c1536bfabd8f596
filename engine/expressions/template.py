"""Templates: `{{ expression }}` inside the texts of any JSON value.

A text that is exactly one `{{ … }}` takes the expression's value with its type. In other texts a
string stands as it is, null as nothing (with a warning), anything else as compact JSON. To write two
opening braces, let an expression say them: `{{ '{{' }}`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from .errors import ExpressionError, Mend
from .expression import Expression, compile, compile_html, rename_step
from .functions import Evaluation, FunctionError, Json, measure, to_text

MAX_RENDERED = 5_000_000
"""Characters that all templates of one value may render to."""
MAX_VALUE_NESTING = 64
"""Levels of nesting of a value that holds templates."""


NullRule = Literal["left out", "said", "refused"]
"""What becomes of an expression in a text that gives null: it is left out, with a warning; the text must
still say something besides; or the value fails."""


@dataclass(frozen=True, slots=True)
class Filling:
    """How the templates of one field of a value are filled."""

    html: bool = False
    """The text is HTML: what expressions give is escaped, but for `safe(…)`."""
    nulls: NullRule = "left out"


_USUAL = Filling()


class _Rendering:
    """One resolving of a value: what it warns of, and how much it may still render."""

    __slots__ = ("evaluation", "left", "warnings")

    def __init__(self, warnings: list[str], evaluation: Evaluation) -> None:
        self.warnings = warnings
        self.evaluation = evaluation
        self.left = MAX_RENDERED

    def take(self, characters: int, expression: Expression, pointer: str) -> None:
        """Raises ExpressionError when this is too much."""
        self.left -= characters
        if self.left < 0:
            message = f"the templates of this value render to more than {MAX_RENDERED:,} characters"
            raise _at(ExpressionError(expression.text, 0, message), pointer)


_Render = Callable[[Json, _Rendering], Json]  # from the scope


class Resolver:
    """A value with templates, compiled. Values without any come back as they are, uncopied."""

    __slots__ = ("_render", "_value", "expressions")

    def __init__(self, value: Json, fillings: Mapping[str, Filling] | None = None) -> None:
        """`fillings` say of fields of an object how they are filled, where it is not as usual."""
        self.expressions: list[Expression] = []
        self._value = value
        self._render = _compile(value, _Place("", self.expressions, fillings=fillings or {}))

    @property
    def constant(self) -> bool:
        """Whether it has no template."""
        return self._render is None

    def resolve(self, scope: Json, warnings: list[str], evaluation: Evaluation | None = None) -> Json:
        """The value for this scope; a sentence is added to `warnings` for each null left out of a text, and
        for what an expression could not decide.

        Raises ExpressionError, whose `pointer` says which text failed.
        """
        if self._render is None:
            return self._value
        rendering = _Rendering(warnings, Evaluation() if evaluation is None else evaluation)
        value = self._render(scope, rendering)
        warnings.extend(f"{note.message}\n{note.caret}" for note in rendering.evaluation.take_notes())
        return value


def compile_value(value: Json, fillings: Mapping[str, Filling] | None = None) -> Resolver:
    """Compile all templates of a JSON value; raises ExpressionError for the first that cannot be read."""
    return Resolver(value, fillings)


def rename_in_value(value: Json, old: str, new: str) -> Json:
    """The value with `steps.old` renamed in the expressions of its templates."""
    if isinstance(value, str):
        return _rename_in_text(value, old, new)
    if isinstance(value, dict):
        return {key: rename_in_value(item, old, new) for key, item in value.items()}
    if isinstance(value, list):
        return [rename_in_value(item, old, new) for item in value]
    return value


def scan(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each expression's text between `{{` and `}}`; raises ExpressionError.

    Quotes and braces are followed as JMESPath has them: `{{ {a: b} }}` and `{{ '}}' }}` are one each.
    """
    at = text.find("{{")
    while at >= 0:
        end = _closing(text, at)
        yield at + 2, end
        at = text.find("{{", end + 2)


def _closing(text: str, opening: int) -> int:
    at, depth = opening + 2, 0
    while at < len(text):
        character = text[at]
        if character in "'\"`":
            at = _end_of_quote(text, at)
        elif character == "{":
            depth += 1
        elif character == "}" and depth:
            depth -= 1
        elif character == "}" and text.startswith("}}", at):
            return at
        at += 1
    raise _unclosed(text, opening, "this {{ is never closed; to write two braces, write {{ '{{' }}")


def _end_of_quote(text: str, start: int) -> int:
    at = start + 1
    while at < len(text):
        if text[at] == "\\":
            at += 1
        elif text[at] == text[start]:
            return at
        at += 1
    raise _unclosed(text, start, f"this {text[start]} is never closed")


def _unclosed(text: str, at: int, message: str) -> ExpressionError:
    begin = max(0, at - 40)
    return ExpressionError(text[begin : at + 80], at - begin, message)


def _rename_in_text(text: str, old: str, new: str) -> str:
    try:
        places = list(scan(text))
    except ExpressionError:
        return text
    for start, end in reversed(places):
        text = text[:start] + rename_step(text[start:end], old, new) + text[end:]
    return text


# -- compiling ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a part of the value stands, and how it is filled there."""

    pointer: str
    found: list[Expression]
    depth: int = 0
    filling: Filling = _USUAL
    fillings: Mapping[str, Filling] = field(default_factory=dict)
    """Of the fields of this object."""

    def inner(self, key: object) -> "_Place":
        filling = self.fillings.get(str(key), self.filling)
        return _Place(f"{self.pointer}/{_escape(key)}", self.found, self.depth + 1, filling)


class KeyedObject(dict[str, Json]):
    """An object whose keys are filled as its values are: JSON in a text has its templates anywhere."""


def _compile(value: Json, place: _Place) -> _Render | None:
    if isinstance(value, str):
        return _compile_text(value, place) if "{{" in value else None
    if not isinstance(value, dict | list):
        return None
    if place.depth >= MAX_VALUE_NESTING:
        raise ExpressionError("", 0, f"the value is nested deeper than {MAX_VALUE_NESTING} levels")
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    parts = {key: _compile(item, place.inner(key)) for key, item in pairs}
    changing = [(key, part) for key, part in parts.items() if part is not None]
    if isinstance(value, KeyedObject):
        names = {key: _compile(key, place) for key in value}
        return _keyed(value, names, {str(key): part for key, part in changing})
    if not changing:
        return None

    def render(scope: Json, rendering: _Rendering) -> Json:
        made = value.copy()
        for key, part in changing:
            made[key] = part(scope, rendering)
        return made

    return render


def _keyed(value: KeyedObject, names: Mapping[str, _Render | None], parts: Mapping[str, _Render]) -> _Render:
    """An object with its keys filled. Of keys that become the same, the last one stays."""

    def render(scope: Json, rendering: _Rendering) -> Json:
        made = {}
        for key, item in value.items():
            name, part = names[key], parts.get(key)
            given = key if name is None else name(scope, rendering)
            if not isinstance(given, str):
                given = "" if given is None else to_text(given)
            made[given] = item if part is None else part(scope, rendering)
        return made

    return render


def _escape(key: object) -> str:
    return str(key).replace("~", "~0").replace("/", "~1")


def _compile_text(text: str, place: _Place) -> _Render:
    read, pointer = _parts if len(text) <= _REMEMBERED else _parts.__wrapped__, place.pointer
    try:
        parts = read(text, place.filling.html)
    except ExpressionError as error:
        raise _at(error, pointer) from None
    expressions = [part for part in parts if isinstance(part, Expression)]
    place.found.extend(expressions)
    if len(expressions) == 1 and parts[0] == parts[2] == "":
        render = _whole(expressions[0], pointer)
        return _checked(render, expressions[0], place)
    return _mixed([part for part in parts if part != ""], place)


_REMEMBERED = 4000  # characters of a text whose parts are kept: a flow is checked and planned with each edit


@lru_cache(maxsize=4096)
def _parts(text: str, html: bool) -> tuple[str | Expression, ...]:
    """Texts and expressions by turns, a text first and last. Raises ExpressionError."""
    parts: list[str | Expression] = []
    at = 0
    for start, end in scan(text):
        parts.append(text[at : start - 2])
        parts.append(_compiled(text, start, end, html))
        at = end + 2
    return (*parts, text[at:])


def _compiled(text: str, start: int, end: int, html: bool) -> Expression:
    expression = text[start:end].strip()
    try:
        return compile_html(expression) if html else compile(expression)
    except ExpressionError as error:
        if error.mend is not None:  # of the whole text
            error.mend = Mend(error.mend.label, f"{text[:start]} {error.mend.text} {text[end:]}")
        raise


def _at(error: ExpressionError, pointer: str) -> ExpressionError:
    # compile() gives one error object per call, so it may carry its place.
    error.pointer = pointer
    return error


def _whole(expression: Expression, pointer: str) -> _Render:
    value_of = expression.value

    def render(scope: Json, rendering: _Rendering) -> Json:
        try:
            value = value_of(scope, rendering.evaluation)
        except ExpressionError as error:
            raise _at(error, pointer) from None
        if isinstance(value, str):
            rendering.take(len(value), expression, pointer)
        elif isinstance(value, list | dict):
            rendering.take(_size(value, expression, pointer, rendering.evaluation), expression, pointer)
        return value

    return render


def _checked(render: _Render, expression: Expression, place: _Place) -> _Render:
    """A text that is one expression, with its rule for null."""
    nulls = place.filling.nulls
    if nulls == "left out":
        return render

    def checked(scope: Json, rendering: _Rendering) -> Json:
        value = render(scope, rendering)
        if value is None:
            raise _at(_says_nothing(expression, "null"), place.pointer)
        if nulls == "said" and isinstance(value, str) and not value.strip():
            raise _at(_says_nothing(expression, "empty"), place.pointer)
        return value

    return checked


def _says_nothing(expression: Expression, what: str) -> ExpressionError:
    hint = f"write default({expression.text}, '…') for a text in its place"
    return ExpressionError(expression.text, 0, f"{{{{ {expression.text} }}}} is {what}; {hint}")


def _mixed(parts: list[str | Expression], place: _Place) -> _Render:
    pieces = [(part, None) if isinstance(part, str) else (part.text, part) for part in parts]
    expressions = [part for part in parts if isinstance(part, Expression)]
    pointer, nulls = place.pointer, place.filling.nulls

    def render(scope: Json, rendering: _Rendering) -> Json:
        texts, missing = [], []
        for text, expression in pieces:
            if expression is not None:
                value = _text(expression, scope, rendering, pointer)
                if value is None:
                    missing.append(expression)
                text = value or ""
                rendering.take(len(text), expression, pointer)
            texts.append(text)
        if missing and nulls != "left out" and (nulls == "refused" or len(missing) == len(expressions)):
            raise _at(_says_nothing(missing[0], "null"), pointer)
        made = "".join(texts)
        if nulls == "said" and not made.strip():
            raise _at(_says_nothing(expressions[0], "empty"), pointer)
        for expression in missing:
            rendering.warnings.append(f"{{{{ {expression.text} }}}} is null and was left out of the text")
        return made

    return render


def _text(expression: Expression, scope: Json, rendering: _Rendering, pointer: str) -> str | None:
    """What stands in a text for an expression; None for null."""
    try:
        value = expression.value(scope, rendering.evaluation)
    except ExpressionError as error:
        raise _at(error, pointer) from None
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list | dict):
        _size(value, expression, pointer, rendering.evaluation)
    return to_text(value)


def _size(value: Json, expression: Expression, pointer: str, evaluation: Evaluation) -> int:
    try:
        return size(value, expression, evaluation)
    except ExpressionError as error:
        raise _at(error, pointer) from None


def size(value: Json, expression: Expression, evaluation: Evaluation) -> int:
    """About how many characters an expression's value has as JSON, the work of writing it counted.

    Raises ExpressionError beyond `MAX_RENDERED`, or when the evaluation has had its share.
    """
    try:
        if isinstance(value, str):
            evaluation.spend(len(value) >> 4)
            return len(value)
        return measure(value, MAX_RENDERED, evaluation)
    except FunctionError as error:
        raise ExpressionError(expression.text, 0, error.message) from None
