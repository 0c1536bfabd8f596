"""A catalogue from an AsyncAPI or OpenAPI document: one event for each message that can be told from others,
each with a sample, and what was lost on the way."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import orjson

from engine.base.errors import BadInput
from engine.base.types import Json

from . import asyncapi, openapi
from .definition import MAX_BYTES, MAX_EVENTS, Definition, checked, group_of
from .discriminator import Choice, Key, by_channel, choose, groups_of, names_message
from .document import read_document
from .learning import renamed
from .messages import Message
from .places import at, literal, put
from .references import References
from .schemas import sample_of, trimmed

Kind = Literal["asyncapi", "openapi"]

_SAMPLE = 4_000  # characters of a sample that is made from a schema
_EXAMPLE = 20_000  # of one that the document gives
_SCHEMA = 30_000  # of a schema that is kept
_VARIANTS = 3


def kind_of(document: Json) -> Kind:
    """Which kind of document it is. Raises `BadInput` for any other."""
    given = document if isinstance(document, Mapping) else {}
    version = given.get("asyncapi")
    if isinstance(version, str) and version[:2] in ("2.", "3."):
        return "asyncapi"
    version = given.get("openapi")
    if isinstance(version, str) and version.startswith("3."):
        return "openapi"
    raise BadInput("This is not an AsyncAPI document (2 or 3) or an OpenAPI document (3).", field="document")


def read(given: Json, title: str = "", kind: Kind | None = None, discriminator: str = "") -> Definition:
    """The checked definition of a document, as it is or as text in JSON or YAML; with `discriminator` its
    events have the names that this gives. Takes up to seconds. Raises `BadInput`, `TooLarge`."""
    made = from_document(read_document(given) if isinstance(given, str) else given, title, kind)
    return checked(renamed(made, discriminator) if discriminator else made)


def read_any(text: str, title: str = "", discriminator: str = "") -> tuple[Definition, Kind]:
    """As `read`, of a text of either kind; and which it was."""
    document = read_document(text)
    kind = kind_of(document)
    return read(document, title, kind, discriminator), kind


def from_document(document: Json, title: str = "", kind: Kind | None = None) -> Definition:
    """The definition that a document makes; with `kind` it must be of that one. Raises `BadInput`."""
    found = kind_of(document)
    if kind is not None and found != kind:
        raise BadInput(f"This is not a document of {kind}: it is one of {found}.", field="document")
    refs = References(document)
    described = asyncapi.messages(document, refs) if found == "asyncapi" else openapi.messages(document, refs)
    messages = _bounded(described, refs)
    if not messages:
        lost = f" {refs.warnings[0]}" if refs.warnings else ""
        where = (
            "channel of this document has a message" if found == "asyncapi" else "webhook is in this document"
        )
        raise BadInput(f"No {where}.{lost}", field="document", details=refs.warnings or None)
    info = document.get("info")
    said = info.get("title") if isinstance(info, Mapping) else None
    name = (title or (said if isinstance(said, str) else "").strip() or "Imported")[:100]
    return _definition(name, messages, refs)


def _bounded(found: Iterator[Message], refs: References) -> list[Message]:
    messages: list[Message] = []
    for message in found:
        if len(messages) >= MAX_EVENTS:
            refs.warn(f"Only the first {MAX_EVENTS:,} messages were read.")
            break
        messages.append(message)
    return messages


def _definition(title: str, messages: Sequence[Message], refs: References) -> Definition:
    choice = choose(messages)
    events = {} if choice is not None and choice.most else _by_name(messages)
    discriminator = _presence(events) if events else ""
    if not discriminator and (choice is None or not choice.most):
        named = choose(by_channel(messages))
        if named is not None and named.most:
            choice = named
            refs.warn(
                f"The document does not say which values `{named.expression}` has: the names of its channels "
                "were taken."
            )
    if choice is not None and not discriminator:
        discriminator, events = choice.expression, _by_choice(messages, choice, refs)
    if not discriminator:
        refs.warn("Nothing in this document distinguishes its events. Name the field that does.")
        discriminator = literal("event")
    _regroup(events)
    made: Definition = {
        "title": title, "vendor": title, "discriminator": discriminator,
        "events": list(events.values())[:MAX_EVENTS], "warnings": refs.warnings,
    }  # fmt: skip
    if len(events) > MAX_EVENTS:
        refs.warn(f"Only the first {MAX_EVENTS:,} of {len(events):,} events were read.")
    for event in made["events"]:
        if len(orjson.dumps(event["schema"])) > _SCHEMA:
            del event["schema"]
    if len(orjson.dumps(made)) > MAX_BYTES:
        for event in made["events"]:
            event.pop("schema", None)
    return made


def _regroup(events: Mapping[str, dict[str, Any]]) -> None:
    """Group by the events' names where the channels say nothing: all events on one, or each on its own."""
    by_name = {name: group_of(name) for name in events}
    for name, event in events.items():
        if not any(map(str.isalnum, event["group"])):  # a channel whose address is `/`
            event["group"] = by_name[name]
    groups = {event["group"] for event in events.values()}
    alone = len(groups) == 1 and len(set(by_name.values())) > 1
    if alone or (len(events) > 3 and len(groups) > 0.7 * len(events)):
        for name, event in events.items():
            event["group"] = by_name[name]


# -- events by what tells them apart -----------------------------------------------------------------------


def _by_choice(messages: Sequence[Message], choice: Choice, refs: References) -> dict[str, dict[str, Any]]:
    """An event for each value; one for each message that has none, whose name nothing will give."""
    groups: dict[str, list[int]] = {}
    for number, group in enumerate(groups_of(messages)):
        groups.setdefault(group, []).append(number)
    owners: dict[Key, int] = {}
    events: dict[str, dict[str, Any]] = {}
    left: list[Message] = []
    for numbers in groups.values():
        keys = list(dict.fromkeys(key for number in numbers for key in choice.keys[number]))
        fresh = [key for key in keys if key not in owners]
        senders = {key: _sender(key, numbers, messages) for key in fresh}
        for key in fresh:
            owners[key] = numbers[0]
            name = ".".join(key)[:200]
            events.setdefault(name, _event(name, messages[senders[key]], choice, key))
        if keys and not fresh:
            first = messages[numbers[0]]
            name = ".".join(keys[0])
            refs.warn(f"`{first.name[:100]}` cannot be told from another message: both are `{name[:100]}`.")
            _add_variant(events[name], _event(name, first, choice, keys[0]))
        elif not keys or len(numbers) > len(keys):
            spoken = set(senders.values())
            left += [messages[number] for number in numbers if number not in spoken]
    for message in left:
        name = _free(message, events, left)
        events[name] = _event(name, message, choice, ())
    return events


def _sender(key: Key, numbers: Sequence[int], messages: Sequence[Message]) -> int:
    """The channel of a shared message that a value names, or the first."""
    return next((number for number in numbers if names_message(key, messages[number])), numbers[0])


def _event(name: str, message: Message, choice: Choice | None, key: Key) -> dict[str, Any]:
    """An event with its sample: an example that has the value, else one that is given it, else one that is
    made from the schema."""
    wanted = list(zip(choice.places, key, strict=False)) if choice else []
    examples = [{"headers": dict(each.headers), "body": each.body} for each in message.examples]
    fitting = [each for each in examples if all(at(each, place) == value for place, value in wanted)]
    made = [*fitting, *examples[:1], {"headers": {}, "body": _body_of(message)}][: 1 + _VARIANTS]
    most = _EXAMPLE if examples else _SAMPLE
    sample, *others = [_sample(each, wanted, most) for each in made[: max(1, len(fitting))]]
    group = message.group if message.group != message.name else ""
    return {
        "name": name, "group": (group or group_of(name))[:100], "description": message.description,
        **sample,
        "variants": [{"name": f"example {number}", **each} for number, each in enumerate(others, 2)],
        "schema": message.payload,
    }  # fmt: skip


def _body_of(message: Message) -> Json:
    """A body by the message's schema; an empty object where that says nothing."""
    made = sample_of(message.payload)
    return {} if made is None and not message.payload else made


def _sample(event: dict[str, Json], wanted: Sequence[tuple[Any, str]], most: int) -> dict[str, Any]:
    made = {"headers": dict(event["headers"]), "body": copy.deepcopy(trimmed(event["body"], most))}
    for place, value in wanted:
        put(made, place, value)
    headers = {name: str(value) for name, value in made["headers"].items()}
    return {"sample": made["body"], **({"headers": headers} if headers else {})}


def _add_variant(event: dict[str, Any], other: Mapping[str, Any]) -> None:
    if len(event["variants"]) < _VARIANTS and other["sample"] != event["sample"]:
        more = {key: other[key] for key in ("sample", "headers") if key in other}
        event["variants"].append({"name": f"example {len(event['variants']) + 2}", **more})


def _free(message: Message, taken: Mapping[str, Any], others: Sequence[Message]) -> str:
    """A name for an event that nothing names: the message's own if it is the only one, else its channel's."""
    alone = sum(each.name == message.name for each in others) == 1
    for name in (
        message.name if alone else message.channel,
        message.channel,
        f"{message.channel} {message.name}",
    ):
        if name[:200] not in taken:
            return name[:200]
    number = 2
    while f"{message.name[:190]} {number}" in taken:
        number += 1
    return f"{message.name[:190]} {number}"


# -- events by the fields that only one of them has -------------------------------------------------------


def _by_name(messages: Sequence[Message]) -> dict[str, dict[str, Any]]:
    events: dict[str, dict[str, Any]] = {}
    for message in messages:
        name = _free(message, events, messages)
        events[name] = _event(name, message, None, ())
    return events


def _presence(events: Mapping[str, Mapping[str, Any]]) -> str:
    """An expression that tells events apart by a field that only one of them has; one may be left over, and
    one alone is always itself."""
    if len(events) > 1 and not all(isinstance(event["sample"], dict) for event in events.values()):
        return ""
    fields = {
        name: set(event["sample"]) if isinstance(event["sample"], dict) else set()
        for name, event in events.items()
    }
    parts, left = [], []
    for name, own in fields.items():
        others = set().union(*(found for other, found in fields.items() if other != name))
        alone = sorted(own - others)
        if alone and len(events) > 1:
            parts.append(f"contains(keys(@), {literal(alone[0])}) && {literal(name)}")
        else:
            left.append(name)
    if len(left) > 1:
        return ""
    if not parts:
        return literal(left[0])
    return "trigger.body | (" + " || ".join([*(f"({part})" for part in parts), *map(literal, left)]) + ")"
