"""The built-in functions of JMESPath. https://jmespath.org/specification.html#built-in-functions"""

import math

from engine.base.types import Json

from .contract import Lambda, function
from .evaluation import Evaluation, FunctionError
from .sorting import ordered
from .values import MAX_TEXT, equals, measure, plain_number, read_number, to_text, type_name


@function("number")
def abs_(value: float) -> Json:
    """The number without its sign."""
    return abs(value)


@function("array-number")
def avg(numbers: list[float]) -> Json:
    """The mean of the numbers; null of an empty array."""
    return plain_number(sum(numbers) / len(numbers)) if numbers else None


@function("number")
def ceil(value: float) -> Json:
    """The next whole number that is not smaller."""
    return plain_number(math.ceil(value))


@function("number")
def floor(value: float) -> Json:
    """The next whole number that is not larger."""
    return plain_number(math.floor(value))


@function("array-number")
def sum_(numbers: list[float]) -> Json:
    """The numbers added up."""
    return plain_number(sum(numbers))


@function("array|string", "any")
def contains(evaluation: Evaluation, subject: list[Json] | str, search: Json) -> Json:
    """Whether an array has the element, or a text the text."""
    if isinstance(subject, str):
        if not isinstance(search, str):
            raise FunctionError(f"contains() searches a string for a string, not for {type_name(search)}")
        return search in subject
    if isinstance(search, str):  # equal to nothing but the same text, so the interpreter's own search will do
        return search in subject
    return any(equals(element, search, evaluation) for element in subject)


@function("string", "string")
def starts_with(subject: str, prefix: str) -> Json:
    """Whether the text begins so."""
    return subject.startswith(prefix)


@function("string", "string")
def ends_with(subject: str, suffix: str) -> Json:
    """Whether the text ends so."""
    return subject.endswith(suffix)


@function("string", "array-string")
def join(glue: str, texts: list[str]) -> Json:
    """The texts in one, with the glue between them."""
    if sum(map(len, texts)) + len(glue) * len(texts) > MAX_TEXT:
        raise FunctionError(f"the result of join() has more than {MAX_TEXT:,} characters")
    return glue.join(texts)


@function("array|object|string")
def length(subject: list[Json] | dict[str, Json] | str) -> Json:
    """How many elements, members or characters."""
    return len(subject)


@function("array|string")
def reverse(subject: list[Json] | str) -> Json:
    """The other way round."""
    return subject[::-1]


@function("object")
def keys(subject: dict[str, Json]) -> Json:
    """The names of an object's members."""
    return list(subject)


@function("object")
def values(subject: dict[str, Json]) -> Json:
    """The values of an object's members."""
    return list(subject.values())


@function("object+")
def merge(evaluation: Evaluation, *objects: dict[str, Json]) -> Json:
    """One object of all members; later ones win."""
    evaluation.spend(12 + 4 * sum(map(len, objects)))
    merged: dict[str, Json] = {}
    for each in objects:
        merged.update(each)
    return merged


@function("any+")
def not_null(*values: Json) -> Json:
    """The first value that is not null."""
    return next((value for value in values if value is not None), None)


@function("expression", "array")
def map_(each: Lambda, array: list[Json]) -> Json:
    """The expression's value for each element, nulls included."""
    return [each(element) for element in array]


@function("array-number|array-string")
def max_(array: list[Json]) -> Json:
    """The largest; null of an empty array."""
    return max(array) if array else None


@function("array-number|array-string")
def min_(array: list[Json]) -> Json:
    """The smallest; null of an empty array."""
    return min(array) if array else None


@function("array-string|array-number")
def sort(evaluation: Evaluation, array: list[Json]) -> Json:
    """In ascending order."""
    return ordered(array, evaluation)


@function("array", "expression")
def max_by(evaluation: Evaluation, array: list[Json], key: Lambda) -> Json:
    """The element whose key is largest; null of an empty array."""
    return array[max(_keyed("max_by", array, key, evaluation), key=_by_key)[1]] if array else None


@function("array", "expression")
def min_by(evaluation: Evaluation, array: list[Json], key: Lambda) -> Json:
    """The element whose key is smallest; null of an empty array."""
    return array[min(_keyed("min_by", array, key, evaluation), key=_by_key)[1]] if array else None


@function("array", "expression")
def sort_by(evaluation: Evaluation, array: list[Json], key: Lambda) -> Json:
    """The elements in ascending order of their keys."""
    if not array:
        return array
    return [array[index] for _, index in ordered(_keyed("sort_by", array, key, evaluation), evaluation)]


def _by_key(keyed: tuple[Json, int]) -> Json:
    return keyed[0]


def _keyed(name: str, array: list[Json], key: Lambda, evaluation: Evaluation) -> list[tuple[Json, int]]:
    """(key, index) of each element, so that elements with the same key stay in their order.

    The type of the first key is the type that all must have: text and numbers have no order between them.
    """
    first = type_name(key(array[0]))
    if first not in ("number", "string"):
        raise FunctionError(f"{name}() needs keys that are numbers or strings, not {first}")
    keyed: list[tuple[Json, int]] = []
    for index, element in enumerate(array):
        evaluation.spend(5)
        value = key(element)
        if type_name(value) != first:
            raise FunctionError(f"{name}() found keys of different types: {first} and {type_name(value)}")
        keyed.append((value, index))
    return keyed


@function("any")
def to_array(value: Json) -> Json:
    """The array itself, or an array with the value as its one element."""
    return value if isinstance(value, list) else [value]


@function("any")
def to_string(evaluation: Evaluation, value: Json) -> Json:
    """The text itself, or the value as compact JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, list | dict):
        measure(value, MAX_TEXT, evaluation)
    return to_text(value)


@function("any")
def to_number(evaluation: Evaluation, value: Json) -> Json:
    """The number that the text says; null when it says none, with a warning for a text that is not empty."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    number = read_number(value) if isinstance(value, str) else None
    if number is None and isinstance(value, str) and value and not value.isspace():
        evaluation.doubt = f"to_number() cannot read {value[:40]!r} as a number, so it gives null"
    return number


@function("any")
def type_(value: Json) -> Json:
    """string, number, boolean, array, object or null."""
    return type_name(value)
