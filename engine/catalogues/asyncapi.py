"""The messages of an AsyncAPI document, 2.x or 3.x.

https://www.asyncapi.com/docs/reference/specification/v2.6.0,
https://www.asyncapi.com/docs/reference/specification/v3.0.0
"""

from collections.abc import Iterator, Mapping
from typing import Any

from engine.base.types import Json

from .avro import json_schema
from .messages import Message, described, example, headers_of, text_of
from .references import Dangling, References


def messages(document: Mapping[str, Any], refs: References) -> Iterator[Message]:
    """The messages of every channel; one whose reference leads nowhere is left out, with a warning."""
    channels = document.get("channels")
    for name, given in channels.items() if isinstance(channels, dict) else ():
        try:
            channel = refs.follow(given)
        except Dangling as error:
            refs.warn(f"{error}: the channel `{str(name)[:100]}` was left out.")
            continue
        if isinstance(channel, dict):
            found = (
                _of_3(name, channel) if str(document["asyncapi"]).startswith("3.") else _of_2(name, channel)
            )
            for called, message in found:
                yield from _flat(refs, called, str(name), _group(name, channel), message)


def _group(name: str, channel: Mapping[str, Any]) -> str:
    return text_of(channel.get("title"), channel.get("address"), name)[:100]


def _of_3(name: str, channel: Mapping[str, Any]) -> Iterator[tuple[str, Json]]:
    found = channel.get("messages")
    yield from found.items() if isinstance(found, dict) else ()


def _of_2(name: str, channel: Mapping[str, Any]) -> Iterator[tuple[str, Json]]:
    for side in ("subscribe", "publish"):
        operation = channel.get(side)
        if isinstance(operation, dict):
            yield text_of(operation.get("operationId"), name), operation.get("message")


def _flat(refs: References, name: str, channel: str, group: str, given: Json) -> Iterator[Message]:
    try:
        message = refs.follow(given)
        if not isinstance(message, dict):
            return
        if isinstance(message.get("oneOf"), list):
            for number, each in enumerate(message["oneOf"], 1):
                yield from _flat(refs, f"{name} {number}", channel, group, each)
            return
        message = _with_traits(refs, message)
        payload = refs.follow(message.get("payload"))
        kind = message.get("schemaFormat")
        if isinstance(payload, dict) and "schemaFormat" in payload:  # AsyncAPI 3: a multi-format schema
            kind, schema = payload["schemaFormat"], payload.get("schema")
        else:
            schema = message.get("payload")
        if "avro" in str(kind).lower():
            schema = json_schema(refs.follow(schema))
        yield from described(
            refs,
            schema,
            name=text_of(message.get("name"), message.get("messageId"), name)[:200],
            channel=channel,
            group=group,
            description=text_of(message.get("summary"), message.get("description"), message.get("title"))[
                :1_000
            ],
            headers=headers_of(refs.tree(message.get("headers"))),
            examples=list(_examples(refs, message.get("examples"))),
            shared=refs.name_of(given),
        )
    except Dangling as error:
        refs.warn(f"{error}: a message of the channel `{channel[:100]}` was left out.")


def _with_traits(refs: References, message: dict[str, Any]) -> dict[str, Any]:
    """The message with what its traits say, where it says nothing itself."""
    traits = message.get("traits")
    for given in traits if isinstance(traits, list) else ():
        trait = refs.follow(given)
        if isinstance(trait, dict):
            message = {**{key: value for key, value in trait.items() if key != "payload"}, **message}
    return message


def _examples(refs: References, given: Json) -> Iterator[Any]:
    for each in given if isinstance(given, list) else ():
        found = refs.tree(each)
        if isinstance(found, dict) and "payload" in found:
            yield example(found["payload"], found.get("headers"))
        elif isinstance(found, dict) and found.keys().isdisjoint({"headers", "name", "summary"}):
            yield example(found)  # AsyncAPI 2.0: any object
