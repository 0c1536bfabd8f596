"""What a function of the expression language is: its signature, its checks, its limits.

An author writes a typed Python function under `@function("string", "number?")`; the signature text
gives the JSON types of each argument. `?` marks an optional argument, `+` one that may be repeated.
Types: any, string, number, boolean, array, object, null, expression, array-string, array-number;
`|` between alternatives. https://jmespath.org/specification.html#functions-expressions
"""

import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from engine.base.types import Json

MAX_TEXT = 1_000_000
"""Characters of a text that a function may build."""
MAX_DEPTH = 200
"""Levels of nesting of a value that an expression may give."""
MAX_WORK = 1_000_000
"""Elements that one evaluation may visit or make; ends what would copy lists without end."""


class FunctionError(Exception):
    """A function cannot do what it is asked. `column` is filled in by the call that raised it."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
        self.column: int | None = None


# What the evaluation in progress may still visit. Evaluation is synchronous and never nests, so one
# cell will do; two threads that evaluate at once only make the bound less exact.
_left = [MAX_WORK]


def start_work() -> None:
    """Begin an evaluation with the whole allowance."""
    _left[0] = MAX_WORK


def spend(elements: int) -> None:
    """Count elements visited; raises FunctionError when the evaluation has had its share."""
    _left[0] -= elements
    if _left[0] < 0:
        raise FunctionError(f"this works through more than {MAX_WORK:,} values; take fewer")


# -- JSON ---------------------------------------------------------------------------------------------


def equals(left: Json, right: Json) -> bool:
    """Equality of JSON values: true is not 1, and 1 is 1.0, at every depth."""
    kind = type(left)
    if kind is str or left is None:
        return bool(left == right)
    if kind is bool or type(right) is bool:
        return left is right
    if kind is int or kind is float:
        return bool(left == right)
    return _equal_deep(left, right)


def _equal_deep(left: Json, right: Json) -> bool:
    pairs = [(left, right)]
    while pairs:
        one, other = pairs.pop()
        if isinstance(one, list):
            if not isinstance(other, list) or len(one) != len(other):
                return False
            spend(len(one))
            pairs.extend(zip(one, other, strict=True))
        elif isinstance(one, dict):
            if not isinstance(other, dict) or one.keys() != other.keys():
                return False
            spend(len(one))
            pairs.extend((value, other[key]) for key, value in one.items())
        elif isinstance(other, list | dict) or not equals(one, other):
            return False
    return True


def measure(value: Json, limit: int) -> int:
    """About how many characters `value` has as JSON.

    Raises FunctionError beyond `limit` characters or `MAX_DEPTH` levels. It stops as soon as it
    knows, so a value that holds itself many times over costs no more than the limit.
    """
    size = 0
    level: list[Json] = [value]
    for _depth in range(MAX_DEPTH + 1):
        below: list[Json] = []
        for item in level:
            if isinstance(item, str):
                size += len(item) + 3
            elif isinstance(item, list):
                size += len(item) + 2
                below.extend(item)
            elif isinstance(item, dict):
                size += len(item) * 4 + 2 + sum(map(len, item))
                below.extend(item.values())
            else:
                size += 4
            if size > limit:
                raise FunctionError(f"the result is larger than {limit:,} characters")
        if not below:
            return size
        level = below
    raise FunctionError(f"the result is nested deeper than {MAX_DEPTH} levels")


def to_text(value: Json) -> str:
    """Compact JSON text."""
    try:
        return orjson.dumps(value).decode()
    except orjson.JSONEncodeError:  # integers beyond 64 bits, nesting beyond its own limit
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def plain_number(value: int | float) -> int | float:
    """A number that JSON writers everywhere can hold: finite, and a float beyond 64 bits."""
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**64 else plain_number(float(value))
    if value != value or value in (float("inf"), float("-inf")):
        raise OverflowError
    return value


# -- signatures ---------------------------------------------------------------------------------------

Lambda = Callable[[Json], Json]
"""An `&expression` argument: give it an element, get its value."""

_TYPES: dict[str, frozenset[type]] = {
    "string": frozenset({str}),
    "number": frozenset({int, float}),
    "boolean": frozenset({bool}),
    "array": frozenset({list}),
    "object": frozenset({dict}),
    "null": frozenset({type(None)}),
    "array-string": frozenset({list}),
    "array-number": frozenset({list}),
}
_NAMES = {str: "string", int: "number", float: "number", bool: "boolean", list: "array", dict: "object"}
_NAMES[type(None)] = "null"
_FALLBACK = {"string": "''", "number": "`0`", "array": "`[]`", "object": "`{}`", "boolean": "`false`"}
_WORDS = {
    "array-string": "an array of strings",
    "array-number": "an array of numbers",
    "array": "an array",
    "object": "an object",
    "string": "a string",
    "number": "a number",
    "boolean": "true or false",
    "expression": "an expression such as &name",
    "any": "any value",
    "null": "null",
}


def type_name(value: Json) -> str:
    """The JMESPath name of a value's type."""
    return _NAMES.get(type(value), "expression")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument. `types` empty means any value; `elements` bounds what an array may hold."""

    name: str
    words: str
    alternatives: tuple[str, ...]
    types: frozenset[type]
    elements: tuple[frozenset[type], ...]
    optional: bool
    expression: bool


@dataclass(frozen=True, slots=True)
class Function:
    """A function that expressions may call."""

    name: str
    parameters: tuple[Parameter, ...]
    repeats: bool
    body: Callable[..., Json]
    summary: str
    literals: Mapping[int, Callable[[Any], object]]
    """Checks of arguments that stand in the expression itself, made when it is compiled."""

    @property
    def least(self) -> int:
        return sum(not parameter.optional for parameter in self.parameters)

    @property
    def signature(self) -> str:
        """As people read it: `replace(subject, old, new, [count])`."""
        names = [f"[{p.name}]" if p.optional else p.name for p in self.parameters]
        return f"{self.name}({', '.join(names)}{', …' if self.repeats else ''})"

    def parameter(self, index: int) -> Parameter:
        return self.parameters[min(index, len(self.parameters) - 1)]

    def takes(self, count: int) -> bool:
        """Whether it may be called with so many arguments."""
        return self.least <= count and (self.repeats or count <= len(self.parameters))

    def check_literal(self, index: int, value: Json) -> None:
        """Raises FunctionError when a text given literally can never be used."""
        if index in self.literals and isinstance(value, str):
            self.literals[index](value)

    def call(self, arguments: list[Json]) -> Json:
        """Check and run. Raises FunctionError with a sentence for the person who wrote the call."""
        spent = 1
        for index, argument in enumerate(arguments):
            parameter = self.parameter(index)
            if parameter.types and type(argument) not in parameter.types:
                raise FunctionError(self._refusal(index, argument))
            if isinstance(argument, list | dict):
                spent += len(argument)
                if parameter.elements:
                    self._check_elements(index, argument)
        spend(spent)
        try:
            return self.body(*arguments)
        except OverflowError:
            raise FunctionError(f"the number that {self.name}() would give is too large") from None
        except UnicodeError:
            raise FunctionError(f"{self.name}() was given text that is not valid Unicode") from None

    def _check_elements(self, index: int, argument: Json) -> None:
        if not argument:
            return
        for allowed in self.parameter(index).elements:
            if type(argument[0]) in allowed:
                break
        for element in argument:
            if type(element) not in allowed:
                words = self.parameter(index).words
                raise FunctionError(
                    f"{self.name}() needs {words} as argument {index + 1}; one element is {_kind(element)}"
                )

    def _refusal(self, index: int, argument: Json) -> str:
        parameter = self.parameter(index)
        text = f"{self.name}() needs {parameter.words} as argument {index + 1}, not {_kind(argument)}"
        if argument is None:
            fallback = _FALLBACK.get(parameter.alternatives[-1].split("-")[0], "''")
            text += f"; write default(…, {fallback}) where the value may be missing"
        return text


def _kind(value: Json) -> str:
    name = type_name(value)
    return name if name == "null" else _WORDS[name] if name != "boolean" else to_text(value)


FUNCTIONS: dict[str, Function] = {}
"""Every function by name; filled by the modules of this package."""


def function(
    *signature: str, literals: Mapping[int, Callable[[Any], object]] | None = None
) -> Callable[[Callable[..., Json]], Callable[..., Json]]:
    """Register a function under its Python name (a final underscore is dropped)."""

    def register(body: Callable[..., Json]) -> Callable[..., Json]:
        name = body.__name__.rstrip("_")
        names = [parameter.lstrip("*") for parameter in inspect.signature(body).parameters]
        FUNCTIONS[name] = Function(
            name=name,
            parameters=tuple(map(_parameter, names, signature)),
            repeats=bool(signature) and signature[-1].endswith("+"),
            body=body,
            summary=inspect.getdoc(body) or "",
            literals=literals or {},
        )
        return body

    return register


def _parameter(name: str, types: str) -> Parameter:
    alternatives = tuple(types.rstrip("?+").split("|"))
    return Parameter(
        name=name.rstrip("_"),
        words=" or ".join(_WORDS[t] for t in alternatives),
        alternatives=alternatives,
        types=frozenset().union(*(_TYPES.get(t, frozenset()) for t in alternatives)),
        elements=tuple(_TYPES[t.split("-")[1]] for t in alternatives if "-" in t),
        optional=types.endswith("?"),
        expression=alternatives == ("expression",),
    )
