"""A request made into an event: its query, its headers without secrets, its body as a value.

Nothing in a body can take the place of what we say about it: a file is its bytes, never a path.
"""

import asyncio
import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.types import Receive, Scope

from engine.base.errors import Malformed, TooLarge
from engine.base.redaction import MASK, redactor
from engine.base.types import Json

from . import bodies, cloudevents, content_coding, forms
from .bodies import Body
from .forms import MAX_FIELDS
from .request import Request

LARGE = 256_000
"""Bytes of a body that is read beside the event loop, so that others are answered meanwhile."""
_LONG = 16  # characters of a secret from which on it is cut out of bodies too
_SHORT = 4  # a secret of fewer characters is masked only where it is the whole value
_CREDENTIALS = (
    "authorization", "cookie", "proxy-authorization", "x-api-key", "x-auth-token", "x-gitlab-token",
)  # fmt: skip
_CREDENTIAL = re.compile(
    r"token|secret|passw|pwd|api[_.-]?key|access[_.-]?key|auth(?!or(?!i[sz]))|cookie|session|credential",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Reading:
    """How a trigger wants its requests read."""

    as_declared: bool = False
    """Read a body as its type says, whatever it is."""
    payload_is_body: bool = False
    """The form field `payload` is the event (GitHub, Slack)."""
    keep_raw: bool = False
    """Add the body as it came, in base64, as `raw`."""


async def receive_request(scope: Scope, receive: Receive, limit: int) -> Request:
    """The request of an ASGI scope, its body complete. Raises `TooLarge` as soon as it is known to be,
    before the rest is read, and `Malformed` when the sender goes away."""
    request = head_of(scope)
    request.body = await _receive_body(scope, receive, limit)
    return request


def head_of(scope: Scope) -> Request:
    """The request of an ASGI scope without its body."""
    client = scope.get("client")
    return Request(
        scope["method"],
        scope["raw_path"],
        scope["query_string"],
        scope["headers"],
        b"",
        str(client[0]) if client else "",
    )


async def _receive_body(scope: Scope, receive: Receive, limit: int) -> bytes:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and (len(value) > 18 or int(value) > limit):
            raise TooLarge(f"The body is larger than {limit:,} bytes.")
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Malformed("The connection closed before the body was complete.")
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise TooLarge(f"The body is larger than {limit:,} bytes.")
        parts.append(part)
        more = message.get("more_body", False)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def read_query(request: Request) -> list[tuple[str, str]]:
    """The query's names and values in order. Raises Malformed for too many of them."""
    text = request.query_string.decode("latin-1")
    if not text:
        return []
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError as error:
        raise Malformed(f"The query has more than {MAX_FIELDS:,} parameters.", field="query") from error


def decode_body(request: Request, limit: int) -> bytes:
    """The body without its content codings. Raises what `content_coding.decode` raises."""
    # Several fields are one list (RFC 9110, 5.3): a proxy adds its own coding to that of the sender.
    coding = b", ".join(request.all(b"content-encoding"))
    return content_coding.decode(request.body, coding, limit) if coding else request.body


async def read_event(
    request: Request,
    content: bytes,
    query: list[tuple[str, str]],
    *,
    reading: Reading = Reading(),
    hidden: frozenset[str] = frozenset(),
) -> tuple[Json, bytes]:
    """The event of a request whose decoded body is `content`, parsed, and as JSON bytes; a header that
    holds a `hidden` text is masked, and so is a long one wherever it stands. What was read otherwise than it
    came is in its `warnings`.

    Raises Malformed (400) and WrongMediaType (415). A JSON body goes into the bytes as it came.
    """
    if len(content) > LARGE:
        return await asyncio.to_thread(read_small_event, request, content, query, reading, hidden)
    return read_small_event(request, content, query, reading, hidden)


def read_small_event(
    request: Request,
    content: bytes,
    query: list[tuple[str, str]],
    reading: Reading,
    hidden: frozenset[str] = frozenset(),
) -> tuple[Json, bytes]:
    """`read_event` for a body of at most `LARGE` bytes."""
    headers = headers_of(request)
    kind = request.header(b"content-type")
    forget_credentials(headers, hidden)
    head: dict[str, Any] = {
        "method": request.method, "headers": headers, "query": forms.collapse(query)
    }  # fmt: skip
    media = bodies.media_type(kind)
    if reading.keep_raw:
        head["raw"] = base64.b64encode(request.body).decode()
    if media.startswith(cloudevents.STRUCTURED):
        attributes, value, notes = cloudevents.of_structured(kind, content)
        head["cloudevent"] = attributes
        return encode_event(head, Body(value, None, notes), hidden)
    body = bodies.read(
        kind, content, as_declared=reading.as_declared, payload_is_body=reading.payload_is_body
    )
    if "ce-specversion" in headers:
        head["cloudevent"] = cloudevents.of_headers(headers)
    return encode_event(head, body, hidden)


def encode_event(head: dict[str, Any], body: Body, hidden: frozenset[str]) -> tuple[Json, bytes]:
    """A trigger's event, parsed and as JSON bytes, without the `hidden` texts. `warnings` is there only where
    there are any."""
    if body.notes:
        head["warnings"] = list(body.notes)
    event = {**head, "body": body.value}
    if body.encoded is None:
        encoded = orjson.dumps(event)
    else:
        encoded = b'%b,"body":%b}' % (orjson.dumps(head)[:-1], body.encoded)
    return _without(hidden, event, encoded)


def _without(hidden: frozenset[str], event: Json, encoded: bytes) -> tuple[Json, bytes]:
    """The event without secrets that its sender repeats in it, in the query or the body say. A short one
    stays: it may be an innocent word, and an event must come as it was sent."""
    long = frozenset(secret for secret in hidden if len(secret) >= _LONG)
    if not long or redactor(long).is_free_of(encoded):
        return event, encoded
    shown = redactor(long).redact(event)
    return (event, encoded) if shown is event else (shown, orjson.dumps(shown))


async def read_batch(
    request: Request, content: bytes, query: list[tuple[str, str]], *, hidden: frozenset[str] = frozenset()
) -> list[tuple[Json, bytes]]:
    """The events of a batch of CloudEvents, each as `read_event` gives it. Raises Malformed and TooLarge,
    for all."""
    headers = headers_of(request)
    headers.pop("ce-specversion", None)
    forget_credentials(headers, hidden)
    head = {"method": request.method, "headers": headers, "query": forms.collapse(query)}
    kind = request.header(b"content-type")
    found = await asyncio.to_thread(cloudevents.of_batch, kind, content)
    return [
        encode_event({**head, "cloudevent": attributes}, Body(value, None, notes), hidden)
        for attributes, value, notes in found
    ]


def is_batch(request: Request) -> bool:
    """Whether a request says that it holds a batch of CloudEvents."""
    return request.header(b"content-type").strip().lower().startswith(cloudevents.BATCH)


def headers_of(request: Request) -> dict[str, str]:
    """Header names in lower case to values; repeated fields are joined, as RFC 9110, 5.2 allows."""
    headers: dict[str, str] = {}
    for name, value in request.headers:
        key, text = name.decode("latin-1"), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


def forget_credentials(headers: dict[str, str], hidden: Iterable[str]) -> None:
    """Mask what a sender proves itself with: it must not reach the store, a page or a step."""
    for name in _CREDENTIALS:
        if name in headers:
            headers[name] = MASK
    for secret in hidden:
        for name, value in headers.items():
            if value == secret or (len(secret) >= _SHORT and secret in value):
                headers[name] = MASK


def is_credential(name: str) -> bool:
    """Whether a header or query parameter of this name is likely to carry a secret. A signature is none: it
    proves one request and opens nothing."""
    return _CREDENTIAL.search(name) is not None and "signature" not in name.lower()


def read_nothing(request: Request, query: list[tuple[str, str]]) -> Json:
    """The event of a request whose body cannot be read here, without it: its piece may read the bytes."""
    return {
        "method": request.method, "headers": {}, "query": forms.collapse(query), "body": None
    }  # fmt: skip
