"""The webhooks of an OpenAPI document: `webhooks` of 3.1, `x-webhooks`, and the callbacks of its operations.

https://spec.openapis.org/oas/v3.1.1.html#openapi-object, https://redocly.com/docs-legacy/api-reference-docs/specification-extensions/x-webhooks
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from engine.base.types import Json

from .messages import Example, Message, described, example, text_of
from .references import Dangling, References

_METHODS = ("post", "put", "patch", "get", "delete")
_EVENT_HEADER = re.compile(r"x-.*\b(event|topic|type)", re.IGNORECASE)


def messages(document: Mapping[str, Any], refs: References) -> Iterator[Message]:
    """The messages of all webhooks; one whose reference leads nowhere is left out, with a warning."""
    for name, item in _items(document, refs):
        try:
            found = refs.follow(item)
            operations = [found[method] for method in _METHODS if isinstance(found, dict) and method in found]
            for operation in operations:
                if isinstance(operation, dict):
                    yield from _message(refs, name, found, operation)
        except Dangling as error:
            refs.warn(f"{error}: the webhook `{name[:100]}` was left out.")


def _items(document: Mapping[str, Any], refs: References) -> Iterator[tuple[str, Json]]:
    """Name and path item of each webhook."""
    webhooks: dict[str, Json] = {}
    for key in ("x-webhooks", "webhooks"):  # some documents have the same under both, for older readers
        found = document.get(key)
        webhooks |= {str(name): item for name, item in found.items()} if isinstance(found, dict) else {}
    yield from webhooks.items()
    paths = document.get("paths")
    for path in paths.values() if isinstance(paths, dict) else ():
        for method in _METHODS:
            operation = path.get(method) if isinstance(path, dict) else None
            callbacks = operation.get("callbacks") if isinstance(operation, dict) else None
            for name, given in callbacks.items() if isinstance(callbacks, dict) else ():
                try:
                    callback = refs.follow(given)
                except Dangling as error:
                    refs.warn(f"{error}: the callback `{str(name)[:100]}` was left out.")
                    continue
                for address, item in callback.items() if isinstance(callback, dict) else ():
                    if not str(address).startswith("x-"):
                        yield str(name), item


def _message(
    refs: References, name: str, item: Mapping[str, Any], operation: Mapping[str, Any]
) -> Iterator[Message]:
    body = refs.follow(operation.get("requestBody"))
    content = body.get("content") if isinstance(body, dict) else None
    media = _media(content) if isinstance(content, dict) else None
    if media is None:
        refs.warn(f"The webhook `{name[:100]}` says nothing of its body.")
        media = {}
    tags = operation.get("tags")
    headers = _headers(refs, item, operation)
    yield from described(
        refs,
        media.get("schema", {}),
        name=name[:200],
        channel=text_of(operation.get("operationId"), name),
        group=text_of(*tags) if isinstance(tags, list) else "",
        description=text_of(operation.get("summary"), operation.get("description"))[:1_000],
        headers=headers,
        examples=list(_examples(refs, media, headers)),
    )


def _media(content: Mapping[str, Any]) -> dict[str, Any] | None:
    """What is said of the body in JSON, or else in any other type."""
    found = [(kind, each) for kind, each in content.items() if isinstance(each, dict)]
    found.sort(key=lambda pair: "json" not in pair[0].lower())
    return found[0][1] if found else None


def _headers(
    refs: References, item: Mapping[str, Any], operation: Mapping[str, Any]
) -> dict[str, Mapping[str, Any]]:
    """The schemas of the request's headers; an example is a constant in one that names the event."""
    found: dict[str, Mapping[str, Any]] = {}
    given = [
        each
        for owner in (item, operation)
        for each in (owner.get("parameters") or ())
        if isinstance(each, dict)
    ]
    for parameter in map(refs.follow, given):
        if not isinstance(parameter, dict) or parameter.get("in") != "header":
            continue
        name, schema = str(parameter.get("name", "")).lower(), refs.tree(parameter.get("schema", {}))
        schema = dict(schema) if isinstance(schema, dict) else {}
        if "example" in parameter:
            schema.setdefault("example", parameter["example"])
        if _EVENT_HEADER.match(name) and (event := _of_github(operation)):
            schema = {"const": event}
        found[name] = schema
    return found


def _of_github(operation: Mapping[str, Any]) -> str:
    """The value of GitHub's event header, which its documents give beside the parameter (some hyphenated)."""
    extension = operation.get("x-github")
    value = extension.get("subcategory") if isinstance(extension, dict) else None
    return value.replace("-", "_") if isinstance(value, str) else ""


def _examples(
    refs: References, media: Mapping[str, Any], headers: Mapping[str, Mapping[str, Any]]
) -> Iterator[Example]:
    sent = {name: schema["example"] for name, schema in headers.items() if "example" in schema}
    if "example" in media:
        yield example(media["example"], sent)
    several = media.get("examples")
    for given in several.values() if isinstance(several, dict) else ():
        try:
            found = refs.follow(given)
        except Dangling as error:
            refs.warn(f"{error}: an example is missing.")
            continue
        if isinstance(found, dict) and "value" in found:
            yield example(found["value"], sent)
