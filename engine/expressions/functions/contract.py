"""What a function of the expression language is: its signature, its checks, its limits.

An author writes a typed Python function under `@function("string", "number?")`; the signature text
gives the JSON types of each argument. `?` marks an optional argument, `+` one that may be repeated.
A body whose first parameter is called `evaluation` gets the evaluation: to count work that grows faster
than its arguments and its result, which are counted for it, or to say what it could not decide.
Types: any, string, number, boolean, array, object, null, expression, array-string, array-number;
`|` between alternatives. https://jmespath.org/specification.html#functions-expressions
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.base.types import Json

from .evaluation import Evaluation, FunctionError
from .values import to_text, type_name

# -- signatures ---------------------------------------------------------------------------------------

Lambda = Callable[[Json], Json]
"""An `&expression` argument: give it an element, get its value."""
Closure = Callable[[Json, Evaluation], Json]
"""A part of an expression, compiled: from the current value to another."""

_CALL = 5  # units of work of any call
_SMALL = 64  # characters or elements: a result up to this size is part of the call

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
    takes_evaluation: bool

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

    def closure(self, arguments: list[Closure], text: str, column: int) -> Closure:
        """A call with these arguments: checked, counted as work, and run.

        The closure raises FunctionError with a sentence for the person who wrote the call; `text` and
        `column` say where that is.
        """
        parameters = [self.parameter(index) for index in range(len(arguments))]
        given = [(each, parameter.types) for each, parameter in zip(arguments, parameters, strict=True)]
        checked = [index for index, parameter in enumerate(parameters) if parameter.elements]
        body, takes_evaluation = self.body, self.takes_evaluation

        def call(value: Json, evaluation: Evaluation) -> Json:
            values: list[Json] = []
            spent = _CALL
            for each, types in given:
                argument = each(value, evaluation)
                kind = type(argument)
                if types and kind not in types:
                    raise self._refused(len(values), argument, column)
                if kind is str:
                    spent += len(argument) >> 4
                elif kind is list or kind is dict:
                    spent += len(argument)
                values.append(argument)
            try:
                evaluation.left -= spent
                if evaluation.left < 0:
                    evaluation.draw()
                for index in checked:
                    self._check_elements(index, values[index])
                result = body(evaluation, *values) if takes_evaluation else body(*values)
                kind = type(result)
                if (kind is str or kind is list) and len(result) > _SMALL:
                    self._count(result, values, evaluation)
            except FunctionError as error:
                if error.column is None:
                    error.column = column
                raise
            except OverflowError:
                raise self._error("the result of {} is too large", column) from None
            except UnicodeError:
                raise self._error("{} received text that is not valid Unicode", column) from None
            if evaluation.doubt:
                evaluation.note(text, column, evaluation.doubt)
                evaluation.doubt = ""
            return result

        return call

    def _error(self, message: str, column: int) -> FunctionError:
        return FunctionError(message.format(f"{self.name}()"), column)

    @staticmethod
    def _count(result: Json, arguments: list[Json], evaluation: Evaluation) -> None:
        """Count what was built; an argument that is given back was not."""
        if not any(result is argument for argument in arguments):
            evaluation.spend(len(result) >> 2 if isinstance(result, str) else len(result))

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

    def _refused(self, index: int, argument: Json, column: int) -> FunctionError:
        return FunctionError(self._refusal(index, argument), column)

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
        takes_evaluation = names[:1] == ["evaluation"]
        FUNCTIONS[name] = Function(
            name=name,
            parameters=tuple(map(_parameter, names[takes_evaluation:], signature)),
            repeats=bool(signature) and signature[-1].endswith("+"),
            body=body,
            summary=inspect.getdoc(body) or "",
            literals=literals or {},
            takes_evaluation=takes_evaluation,
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
