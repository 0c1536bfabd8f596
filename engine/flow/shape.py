"""Whether a value has the shape of a flow at all, in sentences instead of validator jargon."""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError

from . import definition as models
from .definition import MAX_STEPS, NAME, Flow
from .problem import Problem, pointer

MAX_DEPTH = 200
"""Levels of nesting of a whole definition, samples included."""
MAX_SIZE = 5_000_000
"""Values and characters of text in a definition, added up."""

_FIELDS = sorted(
    {
        name
        for model in vars(models).values()
        if isinstance(model, type) and issubclass(model, BaseModel)
        for name in model.model_fields
    }
)


def json_problems(value: Any) -> list[Problem]:
    """What keeps a value from being a JSON object that can be stored and read back unchanged."""
    if not isinstance(value, Mapping):
        return [Problem("", "a flow must be a JSON object")]
    if _is_sound(value):
        return []
    problems: list[Problem] = []
    size = 0
    level: list[tuple[str, Any]] = [("", value)]
    for _depth in range(MAX_DEPTH + 1):
        below: list[tuple[str, Any]] = []
        for at, item in level:
            size += len(item) + 1 if isinstance(item, str) else 1
            problems.extend(Problem(at, words) for words in _unfit(item))
            below.extend(_members(at, item))
        if size > MAX_SIZE or len(problems) > 100:
            return [*problems, *_too_large(size)]
        if not below:
            return problems
        level = below
    return [*problems, Problem(level[0][0], f"this is nested deeper than {MAX_DEPTH} levels")]


def _is_sound(value: Mapping[str, Any]) -> bool:
    """Whether there is certainly nothing to say, which is nearly always so; says it fast."""
    size = 0
    level: list[Any] = [value]
    for _depth in range(MAX_DEPTH + 1):
        below: list[Any] = []
        for item in level:
            kind = type(item)
            size += 1
            if kind is str:
                size += len(item)
                if not item.isascii() and not _is_unicode(item):
                    return False
            elif kind is dict:
                if not all(type(key) is str and (key.isascii() or _is_unicode(key)) for key in item):
                    return False
                below.extend(item.values())
            elif kind is list:
                below.extend(item)
            elif kind is int or kind is float:
                if not -(2**63) <= item < 2**63:  # nor is anything that is not a number
                    return False
            elif item is not None and kind is not bool:
                return False
        if size > MAX_SIZE:
            return False
        if not below:
            return True
        level = below
    return False


def _too_large(size: int) -> list[Problem]:
    return [Problem("", f"the flow is larger than {MAX_SIZE:,} characters")] if size > MAX_SIZE else []


def _members(at: str, item: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(item, dict):
        for key, member in item.items():
            yield at + pointer(str(key).encode(errors="replace").decode()), member
    elif isinstance(item, list):
        for number, member in enumerate(item):
            yield f"{at}/{number}", member


def _unfit(item: Any) -> Iterator[str]:
    if isinstance(item, bool) or item is None:
        return
    if isinstance(item, str):
        if not _is_unicode(item):
            yield "this text is not valid Unicode"
    elif isinstance(item, int):
        if not -(2**63) <= item < 2**64:
            yield "this number has more than 64 bits; write it as a text"
    elif isinstance(item, float):
        if item != item or item in (float("inf"), float("-inf")):
            yield "JSON has no such number"
    elif isinstance(item, dict):
        if not all(isinstance(key, str) and _is_unicode(key) for key in item):
            yield "the names in a JSON object are valid Unicode texts"
    elif not isinstance(item, list):
        yield f"JSON has no {type(item).__name__}"


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def validate(definition: Mapping[str, Any]) -> tuple[Flow | None, list[Problem]]:
    """The flow, or None and all that is wrong with the definition's shape."""
    problems = json_problems(definition)
    if problems:
        return None, problems
    try:
        return Flow.model_validate(definition), []
    except ValidationError as error:
        found = [_problem(dict(detail), definition) for detail in error.errors(include_url=False)]
        # A value that fits none of several types is reported once for each of them.
        unique = {problem.pointer: problem for problem in reversed(found)}
        return None, [unique[p] for p in dict.fromkeys(problem.pointer for problem in found)]


def _problem(detail: dict[str, Any], definition: Any) -> Problem:
    place = list(_place(detail["loc"], definition))
    return Problem(pointer(*place), _sentence(detail, place))


def _place(location: tuple[str | int, ...], value: Any) -> Iterator[str | int]:
    """The validator's location without the marks it leaves for the alternatives it tried."""
    for number, part in enumerate(location):
        member = isinstance(value, dict) and part in value
        if member or (isinstance(value, list) and isinstance(part, int)):
            value = value[part]
        elif not isinstance(value, dict) or number < len(location) - 1 or str(part)[:1] in "<[":
            continue  # a mark; otherwise it is a field that is missing
        yield part


_NAME_RULE = "begins with a small letter and has only small letters, digits and _, at most 63 in all"
_SENTENCES = {
    "string_type": "this must be a text",
    "bool_type": "this must be true or false",
    "int_type": "this must be a whole number",
    "float_type": "this must be a number",
    "dict_type": "this must be an object",
    "model_type": "this must be an object",
    "model_attributes_type": "this must be an object",
    "list_type": "this must be a list",
    "string_too_short": "this must not be empty",
    "union_tag_invalid": "the type of a step is action, router or loop",
    "union_tag_not_found": "the type of a step is action, router or loop",
}


def _sentence(detail: dict[str, Any], place: list[str | int]) -> str:
    kind, limits = detail["type"], detail.get("ctx", {})
    name = place[-1] if place else ""
    if kind == "missing":
        return f"`{name}` is missing"
    if kind == "extra_forbidden":
        near = get_close_matches(str(name), _FIELDS, n=1)
        return f"there is no field `{name}` here" + (f"; did you mean `{near[0]}`?" if near else "")
    if kind == "literal_error":
        return f"this must be {limits['expected']}".replace("'", "`")
    if kind == "string_pattern_mismatch" and limits["pattern"] != NAME:
        return "this has control or direction characters; only visible characters and spaces are allowed"
    if kind == "string_pattern_mismatch":
        return f"`{str(detail['input'])[:80]}` cannot be a name: a name {_NAME_RULE}"
    if kind in ("int_type", "float_type") and detail["loc"][-1] in ("int", "float"):
        return "this must be a number"
    if kind in ("too_long", "string_too_long"):
        most = limits.get("max_length", MAX_STEPS)
        return f"this has more than {most:,} {'characters' if kind.startswith('string') else 'entries'}"
    bound = re.fullmatch(r"(greater|less)_than(_equal)?", kind)
    if bound:
        value = limits.get("ge", limits.get("gt", limits.get("le", limits.get("lt"))))
        words = {"greater_than_equal": "at least", "greater_than": "more than"}.get(kind, "at most")
        return f"this must be {words} {value:,}"
    return _SENTENCES.get(kind, f"this cannot be used: {detail['msg']}")
