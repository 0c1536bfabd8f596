"""Header names, which have no case: https://www.rfc-editor.org/rfc/rfc9110#section-5.1"""

from collections.abc import Mapping
from typing import Any

from .functions import Json

_ABOVE = ("trigger", "headers")


def are_headers(path: tuple[str, ...] | None) -> bool:
    """Whether a path of the scope leads to headers: those of the event, or of an answer that a step got."""
    if path is None or path[-1:] != ("headers",):
        return False
    return path == _ABOVE or (len(path) == 4 and path[0] == "steps" and path[2] == "output")


def header(headers: Json, name: str, lowered: str) -> Json:
    """The header of that name, whatever the case of either; None without one."""
    if not isinstance(headers, dict):
        return None
    found = headers.get(lowered)  # the intake stores them so
    if found is None:
        found = headers.get(name)
    if found is None:
        found = next((value for key, value in headers.items() if key.lower() == lowered), None)
    return found


def value_at(scope: Mapping[str, Any], path: tuple[str, ...]) -> Json:
    """What the scope holds at a path of names, as an expression finds it; None when nothing."""
    value: Json = scope
    for number, name in enumerate(path):
        if are_headers(path[:number]):
            value = header(value, name, name.lower())
        else:
            value = value.get(name) if isinstance(value, Mapping) else None
    return value
