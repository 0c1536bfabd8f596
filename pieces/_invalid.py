"""pydantic's errors as sentences that name a field of the form."""

import difflib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails

_TYPES = {
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "list_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "dataclass_type": "must be an object",
    "none_required": "takes no value",
}


class Problem(NamedTuple):
    pointer: str
    message: str
    field: str | None
    """The outermost field, as the form names it."""
    templated: bool
    """The wrong value holds a `{{ }}`: what it will be is not known before the run."""


def problems_of(
    error: ValidationError, values: Mapping[str, Any], owner: str, known: Sequence[str]
) -> list[Problem]:
    """Each error once, in the order of the fields."""
    found: dict[str, Problem] = {}
    for detail in error.errors(include_url=False):
        path = _path(detail, values)
        pointer = "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)
        name = ".".join(str(part) for part in path)
        message = _sentence(detail, name, owner, known if len(path) == 1 else ())
        templated = detail["type"] not in ("missing", "extra_forbidden") and has_template(detail["input"])
        field = str(path[0]) if path else None
        found.setdefault(pointer, Problem(pointer, message, field, templated))
    return list(found.values())


def has_template(value: Any) -> bool:
    """Whether a `{{` stands anywhere in a JSON value."""
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            if "{{" in item:
                return True
        elif isinstance(item, Mapping):
            pending.extend(item.values())
        elif isinstance(item, list | tuple):
            pending.extend(item)
    return False


def _path(detail: ErrorDetails, values: Any) -> list[str | int]:
    """The error's place in the values; pydantic adds names of union members, which are left out."""
    path: list[str | int] = []
    for part in detail["loc"]:
        in_list = isinstance(values, list) and isinstance(part, int) and part < len(values)
        if in_list or (isinstance(values, Mapping) and part in values):
            values = values[part]
        elif part is not detail["loc"][-1] or (path and detail["type"] not in ("missing", "extra_forbidden")):
            continue
        path.append(part)
    return path


def _sentence(detail: ErrorDetails, name: str, owner: str, known: Sequence[str]) -> str:
    kind = detail["type"]
    if kind == "missing":
        return f"`{name}` is required"
    if kind == "extra_forbidden":
        close = difflib.get_close_matches(name, known, 1)
        return f"`{name}` is not a field of {owner}" + (f"; did you mean `{close[0]}`?" if close else "")
    if kind == "literal_error":
        return f"`{name}` must be one of {detail['ctx']['expected']}"
    if kind in _TYPES:
        return f"`{name}` {_TYPES[kind]}, not {_shown(detail['input'])}"
    if kind in ("value_error", "assertion_error"):
        return f"`{name}` {detail['ctx']['error']}"
    if kind.startswith(("datetime", "date_")):
        return f"`{name}` must be a date and time like 2026-03-01T09:30:00Z, not {_shown(detail['input'])}"
    return f"`{name}`: {detail['msg'][:1].lower()}{detail['msg'][1:]}"


def _shown(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list):
        return "a list"
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:59]}…"
