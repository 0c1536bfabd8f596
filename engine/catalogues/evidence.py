"""What one message says about the name of its event: constants, allowed values and examples, by place."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from engine.base.types import Json

from .event_names import LIKELY, is_name
from .messages import Message
from .places import Place, at

MOST_VALUES = 300
"""Of one place of one message; more name no events."""
_DEEPEST = 4
_TEXT = r"(?:[\w:/ -]|\\[./:-])+"
_PATTERN = re.compile(rf"\^(?:(?P<one>{_TEXT})|\((?:\?:)?(?P<several>{_TEXT}(?:\|{_TEXT})*)\))\$")
_HEADER = re.compile(r"event|topic|type|action|hook")


class Found(NamedTuple):
    """What stands in one place of a message."""

    values: tuple[str, ...]
    strength: int  # 3 a constant, 2 one of several values, 1 an example


def facts_of(message: Message) -> dict[Place, Found]:
    """By place, what may name the event there."""
    found: dict[Place, Found] = {}
    for place, values, strength in _of_schemas(message):
        # A constant of a field that is called `type` names the event, be it an address or a sentence.
        surely = strength == 3 and likelihood(place) > 0
        kept = tuple(dict.fromkeys(value for value in values if is_name(value, surely=surely)))
        if kept and len(kept) <= MOST_VALUES:
            before = found.get(place)
            merged = tuple(dict.fromkeys([*(before.values if before else ()), *kept]))
            found[place] = Found(merged, min(strength, before.strength if before else 3))
    for place in _likely_places(message):
        values = [
            at(each, place) for each in ({"headers": e.headers, "body": e.body} for e in message.examples)
        ]
        texts = tuple(dict.fromkeys(value for value in values if isinstance(value, str)))
        if place not in found and texts and len(values) and all(map(is_name, texts)):
            found[place] = Found(texts, 1)
    return found


def likelihood(place: Place) -> float:
    """How much a place's name promises the name of an event: from 0, not at all, to 1."""
    last = str(place[-1])
    if place[0] == "headers":
        return 0.9 if _HEADER.search(last) else 0.0
    return 1 - LIKELY.index(last) / len(LIKELY) if last in LIKELY else 0.0


def _of_schemas(message: Message) -> Iterator[tuple[Place, list[str], int]]:
    yield from _walk(message.payload, ("body",), sure=True)
    for name, schema in message.headers.items():
        yield from _walk(schema, ("headers", name), sure=True)


def _walk(schema: Json, place: Place, *, sure: bool) -> Iterator[tuple[Place, list[str], int]]:
    """Constants and allowed values of a schema's parts, `sure` while every body has the part in this form."""
    if not isinstance(schema, dict) or len(place) > _DEEPEST + 1:
        return
    if len(place) > 1:
        allowed = [schema["const"]] if "const" in schema else schema.get("enum", _of_pattern(schema))
        values = [value for value in allowed if isinstance(value, str)] if isinstance(allowed, list) else []
        if values:
            yield place, values, 3 if len(values) == 1 and sure else 2
        elif sure and isinstance(value := _example(schema), str) and likelihood(place):
            yield place, [value], 1
    properties = schema.get("properties")
    for name, part in properties.items() if isinstance(properties, dict) else ():
        yield from _walk(part, (*place, str(name)), sure=sure)
    if isinstance(schema.get("items"), dict):
        yield from _walk(schema["items"], (*place, 0), sure=sure)
    for part in schema["allOf"] if isinstance(schema.get("allOf"), list) else ():
        yield from _walk(part, place, sure=sure)
    for key in ("oneOf", "anyOf"):
        for part in schema[key] if isinstance(schema.get(key), list) else ():
            yield from _walk(part, place, sure=False)


def _of_pattern(schema: Mapping[str, Json]) -> list[str] | None:
    """The texts that a pattern allows which only lists them: `^a\\.x$`, `^(?:a|b)$`. None for any other."""
    pattern = schema.get("pattern")
    match = _PATTERN.fullmatch(pattern) if isinstance(pattern, str) else None
    if match is None:
        return None
    texts = [match["one"]] if match["one"] else match["several"].split("|")
    return [re.sub(r"\\(.)", r"\1", text) for text in texts]


def _example(schema: Mapping[str, Json]) -> Json:
    """The value that a schema gives as its example, or its default."""
    several = schema.get("examples")
    first = several[0] if isinstance(several, list) and several else None
    return next((value for value in (schema.get("example"), first, schema.get("default")) if value), None)


def _likely_places(message: Message) -> Iterator[Place]:
    """Where examples may name the event: fields of likely names at the top and one level below."""
    seen: dict[Place, None] = {}
    for each in message.examples:
        seen |= {("headers", name): None for name in each.headers if _HEADER.search(name)}
        start: Place = ("body", 0) if isinstance(each.body, list) else ("body",)
        body = at({"body": each.body}, start)
        for name, inner in body.items() if isinstance(body, dict) else ():
            if isinstance(inner, str) and name in LIKELY:
                seen[(*start, name)] = None
            for below, value in inner.items() if isinstance(inner, dict) else ():
                if isinstance(value, str) and below in LIKELY:
                    seen[(*start, name, below)] = None
    yield from seen
