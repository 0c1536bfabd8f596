"""Object functions of JMESPath Community (JEP-13, group_by), and JSON in and out.

https://github.com/jmespath-community/jmespath.spec/blob/main/jep-013-object-manipulation-functions.md
"""

import builtins

import orjson

from engine.base.types import Json

from .contract import Lambda, function
from .evaluation import Evaluation, FunctionError
from .values import MAX_TEXT, measure, to_text, type_name

_MAX_PARSED = 5_000_000  # characters: the largest webhook body


@function("object")
def items(evaluation: Evaluation, subject: dict[str, Json]) -> Json:
    """The members as [name, value] pairs."""
    evaluation.spend(5 * len(subject))
    return [[name, value] for name, value in subject.items()]


@function("array")
def from_items(evaluation: Evaluation, pairs: list[Json]) -> Json:
    """The object made of [name, value] pairs; a later pair wins."""
    evaluation.spend(5 * len(pairs))
    made: dict[str, Json] = {}
    for pair in pairs:
        if not isinstance(pair, list) or len(pair) != 2 or not isinstance(pair[0], str):
            raise FunctionError("from_items() needs pairs of a string and a value, such as [['a', `1`]]")
        made[pair[0]] = pair[1]
    return made


@function("array+")
def zip_(evaluation: Evaluation, *arrays: list[Json]) -> Json:
    """Arrays of the first elements, of the second ones and so on, as far as the shortest reaches."""
    evaluation.spend(min(map(len, arrays)) * (4 + len(arrays)))
    return [list(row) for row in builtins.zip(*arrays, strict=False)]


@function("array", "expression")
def group_by(evaluation: Evaluation, array: list[Json], key: Lambda) -> Json:
    """An object of arrays: the elements by their key. Those whose key is null are left out."""
    groups: dict[str, list[Json]] = {}
    for element in array:
        evaluation.spend(5)
        name = key(element)
        if name is None:
            continue
        if not isinstance(name, str):
            raise FunctionError(f"group_by() needs keys that are strings, not {type_name(name)}")
        groups.setdefault(name, []).append(element)
    return groups


@function("any", "any")
def default(value: Json, fallback: Json) -> Json:
    """The value, or the fallback when the value is null or missing."""
    return fallback if value is None else value


@function("any")
def to_json(evaluation: Evaluation, value: Json) -> Json:
    """The value as compact JSON text; a string gets its quotes."""
    measure(value, MAX_TEXT, evaluation)
    return to_text(value)


@function("any")
def from_json(evaluation: Evaluation, text: Json) -> Json:
    """The value that a JSON text holds; what is not text is given back as it is."""
    if not isinstance(text, str):
        return text
    if len(text) > _MAX_PARSED:
        raise FunctionError(f"from_json() reads at most {_MAX_PARSED:,} characters")
    # Each value but the first follows one of these. Reading has no pause, so it is paid beforehand.
    evaluation.spend(10 * sum(map(text.count, ",[{")))
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise FunctionError(f"from_json() received text that is not JSON: {error}") from None
    measure(value, 4 * _MAX_PARSED, evaluation)
    return value
