"""Places in an event, `{"headers": …, "body": …}`: read, written, and as the expression that reads them."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import orjson

from engine.base.types import Json

Place = tuple[str | int, ...]
"""`("body", "data", "type")`, `("headers", "x-event")`; a number is an index of a list."""

_PLAIN = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_PATH = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*", re.ASCII)
_OF_EVENT = re.compile(r"\btrigger\s*\.\s*(body|headers|query|method)\b")


def written(place: Place) -> str:
    """A place as an expression: `trigger.headers."x-event"`."""
    parts = [f"[{part}]" if isinstance(part, int) else f".{quoted(part)}" for part in place]
    return "trigger" + "".join(parts)


def joined(places: Sequence[Place], alone: Sequence[str] = ()) -> str:
    """The expression that gives what stands in one place, or in two with a dot between: `issues.opened`.

    It gives null where the first of them is missing, and what stands there alone if that is one of `alone`.
    """
    first, *others = map(written, places)
    if not others:
        return first
    second = others[0]
    if alone:
        second = f"!contains([{', '.join(map(literal, alone))}], {first}) && {second}"
    return f"{first} && join('.', [{first}, {second}][?@])"


def of_event(expression: str) -> str:
    """An expression over the body, as people wrote them before headers could be read, as one over the event;
    one that reads `trigger` stays as it is."""
    text = expression.strip()
    if not text or _OF_EVENT.search(text) or _is_constant(text):
        return text
    return f"trigger.body.{text}" if _PATH.fullmatch(text) else f"trigger.body | ({text})"


def at(event: Json, place: Place) -> Json:
    """What stands there; null where nothing does."""
    for part in place:
        if isinstance(part, int):
            event = event[part] if isinstance(event, list) and part < len(event) else None
        else:
            event = event.get(part) if isinstance(event, dict) else None
    return event


def put(event: dict[str, Any], place: Place, value: Json) -> None:
    """Write a value to its place; what is missing or something else on the way is made."""
    holder: Any = event
    for part, following in pairwise(place):
        inner = at(holder, (part,))
        fits = isinstance(inner, list) and inner if isinstance(following, int) else isinstance(inner, dict)
        if not fits:
            inner = [None] if isinstance(following, int) else {}
            _set(holder, part, inner)
        holder = inner
    _set(holder, place[-1], value)


def quoted(name: str) -> str:
    """A field's name as JMESPath writes it."""
    return name if _PLAIN.fullmatch(name) else orjson.dumps(name).decode()


def literal(text: str) -> str:
    """A text as JMESPath writes one. What a backslash means in a raw string depends on what follows it, so a
    text with one is written as JSON."""
    if "\\" in text:
        return "`" + orjson.dumps(text).decode().replace("`", r"\u0060") + "`"
    return "'" + text.replace("'", r"\'") + "'"


def _set(holder: Any, part: str | int, value: Json) -> None:
    if isinstance(part, int):
        holder[part : part + 1] = [value]
    else:
        holder[part] = value


def _is_constant(text: str) -> bool:
    return re.fullmatch(r"'(?:[^'\\]|\\.)*'", text) is not None
