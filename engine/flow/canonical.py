"""The one way in which a flow is written down, so that files compare byte by byte."""

from typing import Any

import orjson
from pydantic import BaseModel

from .definition import Flow

_ALWAYS = frozenset({"format", "name", "triggers", "start", "steps", "type", "next"})


def to_json(flow: Flow) -> dict[str, Any]:
    """The flow as plain JSON: fields in a fixed order, those at their default left out."""
    made: dict[str, Any] = _plain(flow)
    return made


def dumps(flow: Flow) -> str:
    """Canonical text: one field per line, two spaces deep, ending with a newline.

    `dumps(parse(dumps(flow))) == dumps(flow)`. The keys of free maps (input, samples, layout) keep
    the order their author gave them.
    """
    return orjson.dumps(to_json(flow), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return {name: _plain(getattr(value, name)) for name in _fields(value)}
    if isinstance(value, list) and value and isinstance(value[0], BaseModel):
        return [_plain(item) for item in value]
    if isinstance(value, dict) and value and isinstance(next(iter(value.values())), BaseModel):
        return {key: _plain(item) for key, item in value.items()}
    return value


def _fields(model: BaseModel) -> list[str]:
    fields = type(model).model_fields
    names = [n for n, field in fields.items() if n in _ALWAYS or getattr(model, n) != field.default]
    # The type first and the way on last, wherever inheritance has put them.
    return sorted(names, key=lambda name: (name == "next") - (name == "type"))
