"""A catalogue from an AsyncAPI document, 2.x or 3.x: one event for each message of its channels.

References are followed within the document only, and only so many. What tells the messages apart is looked
for where documents say it: a constant in the payload, else a field of the examples, else a field that only
one of them has.

https://www.asyncapi.com/docs/reference/specification/v3.0.0
"""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from engine.base.errors import BadInput
from engine.base.types import Json

from .definition import MAX_BYTES, Definition, group_of, named
from .learning import guess
from .schemas import sample_of

_MOST_PARTS = 100_000  # objects and lists that are looked at while references are followed
_DEEPEST = 100


def from_document(document: Json, title: str = "") -> Definition:
    """The definition that a document makes. Raises `BadInput` for what is no AsyncAPI document."""
    version = document.get("asyncapi") if isinstance(document, dict) else None
    if not isinstance(version, str) or version[:2] not in ("2.", "3."):
        raise BadInput("This is no AsyncAPI document of version 2 or 3.", field="document")
    refs = _References(document)
    messages = _by_name(_messages(document, refs, version))
    if not messages:
        raise BadInput("No channel of this document has a message.", field="document")
    info = document.get("info")
    said = info.get("title") if isinstance(info, Mapping) else None
    name = (title or (said if isinstance(said, str) else "") or "Imported")[:100]
    return _definition(name, messages)


class _References:
    """Follows `$ref` within one document, and makes a tree of it."""

    def __init__(self, document: Json) -> None:
        self._document = document
        self._left = _MOST_PARTS

    def tree(self, value: Json, within: tuple[str, ...] = (), depth: int = 0) -> Json:
        """`value` with its references put in; one that leads back into itself ends there."""
        self._left -= 1
        if self._left < 0:
            raise BadInput("This document refers to more than can be followed.", field="document")
        if depth > _DEEPEST:
            return {}
        if isinstance(value, list):
            return [self.tree(each, within, depth + 1) for each in value]
        if not isinstance(value, Mapping):
            return value
        ref = value.get("$ref")
        if isinstance(ref, str):
            return {} if ref in within else self.tree(self._at(ref), (*within, ref), depth + 1)
        return {key: self.tree(each, within, depth + 1) for key, each in value.items()}

    def _at(self, ref: str) -> Json:
        if not ref.startswith("#/"):
            raise BadInput(
                f"{ref[:100]!r} leads out of the document; only references within it are read.",
                field="document",
            )
        found: Json = self._document
        for part in ref[2:].split("/"):
            key = part.replace("~1", "/").replace("~0", "~")
            found = found.get(key) if isinstance(found, Mapping) else None
        if not isinstance(found, Mapping):
            raise BadInput(f"{ref[:100]!r} leads nowhere.", field="document")
        return found


def _messages(document: Json, refs: _References, version: str) -> Iterator[tuple[str, str, Json]]:
    """(name, group, message) of every message of every channel."""
    channels = document.get("channels")
    for name, given in channels.items() if isinstance(channels, Mapping) else ():
        channel = refs.tree(given)
        if not isinstance(channel, Mapping):
            continue
        group = str(channel.get("title") or channel.get("address") or name)[:100]
        if version.startswith("3."):
            found = channel.get("messages")
            for id, message in found.items() if isinstance(found, Mapping) else ():
                yield from _flat(str(id), group, message)
        else:
            for side in ("subscribe", "publish"):
                operation = channel.get(side)
                message = operation.get("message") if isinstance(operation, Mapping) else None
                known = operation.get("operationId") if isinstance(operation, Mapping) else None
                yield from _flat(str(known or name), group, message)


def _flat(name: str, group: str, message: Json) -> Iterator[tuple[str, str, Json]]:
    if not isinstance(message, Mapping):
        return
    if isinstance(message.get("oneOf"), list):
        for number, each in enumerate(message["oneOf"], 1):
            yield from _flat(f"{name} {number}", group, each)
        return
    yield str(message.get("name") or message.get("messageId") or name)[:200], group, message


def _by_name(found: Iterator[tuple[str, str, Json]]) -> dict[str, dict[str, Any]]:
    """Each message once, as an event to be."""
    made: dict[str, dict[str, Any]] = {}
    for name, group, message in found:
        payload = message.get("payload")
        if isinstance(payload, Mapping) and "schemaFormat" in payload:
            payload = payload.get("schema")
        examples = message.get("examples")
        shown = [
            each["payload"]
            for each in (examples if isinstance(examples, list) else [])
            if isinstance(each, Mapping) and "payload" in each
        ]
        said = message.get("summary") or message.get("description") or message.get("title") or ""
        made.setdefault(
            name,
            {
                "group": group,
                "description": str(said).strip()[:1_000],
                "sample": shown[0] if shown else sample_of(payload),
                "more": shown[1:4],
                "schema": payload if isinstance(payload, Mapping) else {},
            },
        )
    return made


def _definition(title: str, messages: dict[str, dict[str, Any]]) -> Definition:
    discriminator = _constant(messages) or _field(messages) or _presence(messages)
    events: dict[str, dict[str, Any]] = {}
    for name, event in messages.items():
        value = named(discriminator, event["sample"]) if discriminator else None
        own = value if isinstance(value, str) and value else name
        more = [{"name": f"example {n}", "sample": body} for n, body in enumerate(event.pop("more"), 2)]
        events.setdefault(
            own, {"name": own, **event, "variants": more, "group": event["group"] or group_of(own)}
        )
    made: Definition = {
        "title": title,
        "vendor": title,
        "discriminator": discriminator or "'event'",
        "events": list(events.values()),
    }
    while len(orjson.dumps(made)) > MAX_BYTES and any("schema" in event for event in made["events"]):
        for event in made["events"]:
            event.pop("schema", None)
    return made


def _constant(messages: dict[str, dict[str, Any]]) -> str:
    """A field that is a constant in every payload, each time another."""
    found = [dict(_constants(event["schema"], (), 0)) for event in messages.values()]
    for path in found[0] if found else ():
        values = [each.get(path) for each in found]
        if all(isinstance(value, str) for value in values) and len(set(values)) == len(values):
            for event, value in zip(messages.values(), values, strict=True):
                _put(event["sample"], path, str(value))
            return ".".join(path)
    return ""


def _constants(schema: Json, path: tuple[str, ...], depth: int) -> Iterator[tuple[tuple[str, ...], Json]]:
    if not isinstance(schema, Mapping) or depth > 4:
        return
    if path and "const" in schema:
        yield path, schema["const"]
    elif path and isinstance(schema.get("enum"), list) and len(schema["enum"]) == 1:
        yield path, schema["enum"][0]
    properties = schema.get("properties")
    for name, part in properties.items() if isinstance(properties, Mapping) else ():
        if str(name).isidentifier() and str(name).isascii():
            yield from _constants(part, (*path, name), depth + 1)
    for part in schema.get("allOf") or ():
        yield from _constants(part, path, depth + 1)


def _put(sample: Json, path: tuple[str, ...], value: str) -> None:
    """Let a sample say what its schema says."""
    for key in path[:-1]:
        sample = sample.get(key) if isinstance(sample, dict) else None
    if isinstance(sample, dict):
        sample[path[-1]] = value


def _field(messages: dict[str, dict[str, Any]]) -> str:
    """A field of the samples that names each message differently."""
    samples = [event["sample"] for event in messages.values()]
    by = guess(samples)
    values = [named(by, sample) for sample in samples] if by else []
    return by if values and all(values) and len(set(map(str, values))) == len(values) else ""


def _presence(messages: dict[str, dict[str, Any]]) -> str:
    """An expression that tells messages by a field that only one of them has; one may be left over."""
    fields = {
        name: set(event["sample"]) if isinstance(event["sample"], dict) else set()
        for name, event in messages.items()
    }
    parts, left = [], []
    for name, own in fields.items():
        others = set().union(*(found for other, found in fields.items() if other != name))
        alone = sorted(own - others)
        if alone:
            parts.append(f"contains(keys(@), {_literal(alone[0])}) && {_literal(name)}")
        else:
            left.append(name)
    if len(left) > 1:
        return ""
    return " || ".join([*(f"({part})" for part in parts), *map(_literal, left)])


def _literal(text: str) -> str:
    """A text as JMESPath writes one."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
