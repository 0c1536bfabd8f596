"""A request as it comes in, made into an event: its body read within bounds and by its declared type.

Nothing in a body can take the place of what we say about it: a file is its bytes, never a path.
"""

import base64
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

import orjson
from python_multipart.multipart import parse_options_header
from starlette.datastructures import Headers
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.types import Receive, Scope

from engine.base import jsonbody
from engine.base.errors import Malformed, TooLarge, WrongMediaType
from engine.base.secrets import MASK
from engine.base.types import Json

from . import cloudevents

MAX_FIELDS = 1000
"""Parameters of a query, and fields of a form."""

_CHARSETS = frozenset({"utf-8", "utf8", "us-ascii", "iso-8859-1", "iso-8859-15", "windows-1252", "utf-16"})
"""Of texts. Few and cheap: among those that Python knows there are some of quadratic time."""

_SHORT = 4  # a secret of fewer characters is masked only where it is the whole value
_CREDENTIALS = (
    "authorization", "cookie", "proxy-authorization", "x-api-key", "x-auth-token", "x-gitlab-token",
)  # fmt: skip


async def read_body(receive: Receive, scope: Scope, limit: int) -> bytes:
    """The raw body. Raises `TooLarge` as soon as it is known to be, before the rest is read."""
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and (len(value) > 18 or int(value) > limit):
            raise TooLarge(f"The body is larger than {limit:,} bytes.")
    message = await receive()
    if message["type"] == "http.disconnect":
        raise Malformed("The connection closed before the body was complete.")
    body: bytes = message.get("body", b"")
    if not message.get("more_body", False):
        if len(body) > limit:
            raise TooLarge(f"The body is larger than {limit:,} bytes.")
        return body
    parts, size = [body], len(body)
    while message.get("more_body", False):
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Malformed("The connection closed before the body was complete.")
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise TooLarge(f"The body is larger than {limit:,} bytes.")
        parts.append(part)
    return b"".join(parts)


def read_query(scope: Scope) -> list[tuple[str, str]]:
    """The query's names and values in order. Raises Malformed for too many of them."""
    text = scope["query_string"].decode("latin-1")
    if not text:
        return []
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError as error:
        raise Malformed(f"The query has more than {MAX_FIELDS:,} parameters.", field="query") from error


async def read_event(
    scope: Scope,
    raw: bytes,
    query: list[tuple[str, str]],
    *,
    keep_raw: bool = False,
    hidden: Iterable[str] = (),
) -> tuple[Json, bytes]:
    """The event of a request, parsed, and as JSON bytes; a header that holds a `hidden` text is masked.

    Raises Malformed (400) and WrongMediaType (415). A JSON body goes into the bytes as it came.
    """
    headers: dict[str, str] = {}
    kind = b""
    for name, value in scope["headers"]:
        text = value.decode("latin-1")
        key = name.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
        if name == b"content-type":
            kind = value
    forget_credentials(headers, hidden)
    head: dict[str, Any] = {"method": scope["method"], "headers": headers, "query": _collapse(query)}
    media = kind.split(b";", 1)[0].strip().lower()
    if keep_raw:
        head["raw"] = base64.b64encode(raw).decode()
    if media.startswith(cloudevents.STRUCTURED) and not media.startswith(cloudevents.BATCH):
        return cloudevents.payload(head, *cloudevents.of_structured(raw))
    if "ce-specversion" in headers:
        body = (
            jsonbody.loads(raw)
            if raw and (not media or _is_json(media))
            else await _other_body(media, kind, raw)
        )
        return cloudevents.payload(head, cloudevents.of_headers(headers), body)
    if raw and (not media or _is_json(media)):
        body = jsonbody.loads(raw)
        return {**head, "body": body}, b'%b,"body":%b}' % (orjson.dumps(head)[:-1], raw)
    body = await _other_body(media, kind, raw)
    event = {**head, "body": body}
    return event, orjson.dumps(event)


def is_batch(scope: Scope) -> bool:
    """Whether a request says that it holds a batch of CloudEvents."""
    return any(
        name == b"content-type" and value.strip().lower().startswith(cloudevents.BATCH)
        for name, value in scope["headers"]
    )


async def read_batch(
    scope: Scope, raw: bytes, query: list[tuple[str, str]], *, hidden: Iterable[str] = ()
) -> list[tuple[Json, bytes]]:
    """The events of a batch, each as `read_event` gives it. Raises Malformed and TooLarge, for all."""
    empty, _ = await read_event({**scope, "headers": _without_type(scope)}, b"", query, hidden=hidden)
    kind = next(value for name, value in scope["headers"] if name == b"content-type")
    head = {name: empty[name] for name in ("method", "headers", "query")}
    head["headers"]["content-type"] = kind.decode("latin-1")
    return [cloudevents.payload(head, *event) for event in cloudevents.of_batch(raw)]


def _without_type(scope: Scope) -> list[tuple[bytes, bytes]]:
    return [
        (name, value)
        for name, value in scope["headers"]
        if name != b"content-type" and name != b"ce-specversion"
    ]


def _is_json(media: bytes) -> bool:
    return media == b"application/json" or media.endswith(b"+json")


def forget_credentials(headers: dict[str, str], hidden: Iterable[str]) -> None:
    """What a sender proves itself with is not data: it must not reach the store, a page or a step."""
    for name in _CREDENTIALS:
        if name in headers:
            headers[name] = MASK
    for secret in hidden:
        for name, value in headers.items():
            if value == secret or (len(secret) >= _SHORT and secret in value):
                headers[name] = MASK


async def _other_body(media: bytes, kind: bytes, raw: bytes) -> Json:
    if not raw:
        return None
    if media == b"application/x-www-form-urlencoded":
        try:
            text = raw.decode()
            return _collapse(
                parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
            )
        except ValueError as error:
            raise Malformed(f"The form cannot be read: {error}.", field="body") from error
    if media == b"multipart/form-data":
        return await _multipart(kind, raw)
    if media.startswith(b"text/"):
        charset = parse_options_header(kind)[1].get(b"charset", b"utf-8").decode("latin-1").lower()
        if charset not in _CHARSETS:
            raise WrongMediaType(f"{charset[:40]!r} is not read here; send UTF-8.", field="content-type")
        try:
            return raw.decode(charset)
        except UnicodeDecodeError as error:
            said = f"The body is not valid {charset.upper()} (byte {error.start})."
            raise Malformed(said, field="body") from error
    name = media.decode("latin-1")[:80]
    raise WrongMediaType(
        f"{name!r} is not read here; send JSON, a form, multipart or text.", field="content-type"
    )


def _collapse(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """Names to values; a name that comes more than once gives a list."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name not in found:
            found[name] = value
        elif isinstance(found[name], list):
            found[name].append(value)
        else:
            found[name] = [found[name], value]
    return found


async def _multipart(kind: bytes, raw: bytes) -> dict[str, Any]:
    """Fields as text; a file as {"filename", "content_type", "size", "base64"}."""
    if not parse_options_header(kind)[1].get(b"boundary"):
        raise Malformed("A multipart body needs a boundary in its content type.", field="content-type")

    async def stream() -> Any:
        yield raw
        yield b""

    parser = MultiPartParser(
        Headers(raw=[(b"content-type", kind)]),
        stream(),
        max_files=100,
        max_fields=MAX_FIELDS,
        max_part_size=len(raw),
    )
    try:
        form = await parser.parse()
    except (MultiPartException, UnicodeError, KeyError, ValueError) as error:
        raise Malformed(f"The multipart body cannot be read: {error}", field="body") from error
    pairs: list[tuple[str, Any]] = []
    for name, value in form.multi_items():
        if isinstance(value, str):
            pairs.append((name, value))
            continue
        content = await value.read()
        pairs.append(
            (
                name,
                {
                    "filename": value.filename,
                    "content_type": value.content_type,
                    "size": len(content),
                    "base64": base64.b64encode(content).decode(),
                },
            )
        )
    await form.close()
    return _collapse(pairs)
