"""The messages that a document describes, before it is known what tells them apart."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from engine.base.types import Json

from .references import Dangling, References

_MOST_EXAMPLES = 10


class Example(NamedTuple):
    """A message as it may arrive."""

    body: Json
    headers: Mapping[str, str]
    """By name in small letters."""


@dataclass(frozen=True)
class Message:
    """One message on one channel, its references put in."""

    name: str
    """As the document calls it."""
    channel: str
    """Where it is sent: the channel, or the webhook."""
    group: str = ""
    description: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)
    """JSON Schema of the body."""
    headers: Mapping[str, Any] = field(default_factory=dict)
    """JSON Schema of each header, by name in small letters."""
    examples: tuple[Example, ...] = ()
    shared: str = ""
    """The same for messages that are one and the same, on several channels."""


def text_of(*values: Json) -> str:
    """The first of the values that is a text with something in it."""
    return next((value.strip() for value in values if isinstance(value, str) and value.strip()), "")


def example(body: Json, headers: Json = None) -> Example:
    """An example, its headers as a request has them."""
    found = headers.items() if isinstance(headers, Mapping) else ()
    return Example(body, {str(name).lower(): str(value) for name, value in found if _plain(value)})


def headers_of(schema: Json) -> dict[str, Any]:
    """The schemas of headers, by name in small letters, from the schema of an object of them."""
    found: dict[str, Any] = {}
    if isinstance(schema, Mapping):
        for part in schema.get("allOf") or ():
            found |= headers_of(part)
        properties = schema.get("properties")
        if isinstance(properties, Mapping):
            found |= {str(name).lower(): part for name, part in properties.items()}
    return found


def described(
    refs: References,
    payload: Json,
    *,
    name: str,
    channel: str,
    group: str = "",
    description: str = "",
    headers: Mapping[str, Any] | None = None,
    examples: Sequence[Example] = (),
    shared: str = "",
) -> Iterator[Message]:
    """The message of a payload, its references put in; or several, where its body has one of several forms.
    Raises `Dangling` where there is no payload at the end of a reference."""
    schema = refs.follow(payload)
    shared = shared or refs.name_of(payload)
    forms = _forms(refs, schema) if isinstance(schema, dict) else []
    message = Message(
        name,
        channel,
        group or channel,
        description,
        {},
        headers or {},
        tuple(examples[:_MOST_EXAMPLES]),
        shared,
    )
    if not forms:
        tree = refs.tree(payload)
        tree = tree if isinstance(tree, dict) else {}
        yield replace(message, payload=tree, examples=message.examples or _examples_of(tree))
    for number, (called, form) in enumerate(forms, 1):
        tree = refs.tree(form)
        if isinstance(tree, dict):
            yield replace(
                message,
                name=called or text_of(tree.get("title")) or f"{name} {number}",
                description=text_of(tree.get("description"), description),
                payload=tree,
                examples=_examples_of(tree),
                shared=f"{shared}#{number}" if shared else "",
            )


def _examples_of(schema: Mapping[str, Any]) -> tuple[Example, ...]:
    """The whole bodies that a schema has as its own examples."""
    several = schema.get("examples")
    found = [schema.get("example"), *(several if isinstance(several, list) else ())]
    return tuple(example(body) for body in found if isinstance(body, dict | list))[:_MOST_EXAMPLES]


def _forms(refs: References, schema: Mapping[str, Any]) -> list[tuple[str, Json]]:
    """Name and schema of each form that `oneOf` or `anyOf` gives a body; empty for a body of one form."""
    found = next((each for key in ("oneOf", "anyOf") if isinstance(each := schema.get(key), list)), [])
    outer = {key: value for key, value in schema.items() if key not in ("oneOf", "anyOf", "discriminator")}
    forms = []
    for form in found:
        try:
            inner = refs.follow(form)
        except Dangling as error:
            refs.warn(f"{error}: one form of a message is missing.")
            continue
        if not isinstance(inner, dict) or inner.get("type") == "null":
            continue
        parts = [form, *([outer] if "properties" in outer or "allOf" in outer else ())]
        ref = refs.name_of(form)
        parts += _by_discriminator(schema.get("discriminator"), ref)
        called = ref.rpartition("/")[2]
        forms.append((called, parts[0] if len(parts) == 1 else {"allOf": parts}))
    return forms if len(forms) > 1 else []


def _by_discriminator(given: Json, ref: str) -> list[Json]:
    """What OpenAPI's `discriminator` says of a form: the value of one property, by its mapping, else the
    name of the form's schema. AsyncAPI 2 names the property alone."""
    name = given.get("propertyName") if isinstance(given, Mapping) else given
    if not isinstance(name, str) or not ref:
        return []
    mapping = given.get("mapping") if isinstance(given, Mapping) else None
    pairs = mapping.items() if isinstance(mapping, Mapping) else ()
    values = [str(value) for value, to in pairs if to == ref or f"/{to}" == ref[-len(str(to)) - 1 :]]
    if not values and isinstance(mapping, Mapping) and mapping:
        return []
    return [{"properties": {name: {"enum": values or [ref.rpartition("/")[2]]}}}]


def _plain(value: Json) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)
