"""JSON Schemas of our events, made from the TypedDicts that declare them.

Draft 2020-12, and in the part of it that draft-07 shares, which AsyncAPI reads. An object may have more
fields than are named: a later version may say more.
"""

from types import NoneType, UnionType
from typing import Any, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

from engine.base.errors import NotFound

from . import registry as events

_PLAIN: dict[Any, dict[str, Any]] = {
    str: {"type": "string"}, int: {"type": "integer"}, bool: {"type": "boolean"}, float: {"type": "number"},
    NoneType: {"type": "null"}, Any: {},
}  # fmt: skip
_MOMENTS = ("created", "updated", "startTime", "finishTime", "before")

_ENVELOPE = {
    "id": {"type": "string", "description": "The same on each attempt, and that of the header webhook-id."},
    "created": {"type": "string", "format": "date-time"},
    "updated": {"type": "string", "format": "date-time"},
    "platformId": {"type": "string"},
    "projectId": {"type": "string", "description": "Missing where the event is of no project."},
    "projectDisplayName": {"type": "string", "description": "Its name when it happened."},
    "userId": {"type": "string", "description": "Who did it; missing where the engine did."},
    "userEmail": {"type": "string"},
    "apiKeyId": {"type": "string", "description": "The API key that did it."},
    "apiKeyName": {"type": "string"},
    "ip": {"type": "string"},
}
_ALWAYS = ("id", "created", "updated", "action", "platformId", "data")


def schema_of(action: str) -> dict[str, Any]:
    """The schema of the envelope of one event. Raises `NotFound`."""
    known = events.EVENTS.get(action)
    if known is None:
        raise NotFound(f"There is no event {action[:100]!r}.")
    return {
        "title": action,
        "description": known.description,
        "type": "object",
        "required": list(_ALWAYS),
        "properties": {**_ENVELOPE, "action": {"const": action}, "data": of_type(known.shape)},
    }


def document(action: str, base_url: str) -> dict[str, Any]:
    """The same as a document of its own. Raises `NotFound`."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{base_url}/schema/events/{action}.json",
        **schema_of(action),
    }


def of_type(kind: Any) -> dict[str, Any]:
    """The schema of a type that payloads are written with. Raises TypeError for any other."""
    if is_typeddict(kind):
        hints = get_type_hints(kind)
        return {
            "type": "object",
            "required": sorted(kind.__required_keys__, key=list(hints).index),
            "properties": {name: _field(name, hint) for name, hint in hints.items()},
        }
    if kind in _PLAIN:
        return dict(_PLAIN[kind])
    origin, inside = get_origin(kind), get_args(kind)
    if origin is list:
        return {"type": "array", "items": of_type(inside[0])}
    if origin is dict:
        return {"type": "object"}
    if origin is NotRequired:
        return of_type(inside[0])
    if origin in (Union, UnionType):
        return {"anyOf": [of_type(each) for each in inside]}
    raise TypeError(f"an event's data is not made of {kind}")


def _field(name: str, hint: Any) -> dict[str, Any]:
    found = of_type(hint)
    if name in _MOMENTS:
        texts = [found, *found.get("anyOf", ())]
        next(each for each in texts if each.get("type") == "string")["format"] = "date-time"
    return found
