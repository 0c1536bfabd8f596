"""The intake: a request comes in, is verified, made durable, and only then answered with 2xx.

    receive → read the body (bounded) → find the flow → handshake? → verify → parse → dedupe → queue.put → 202

Handshakes are answered before any run exists. Nothing is stored for a request that is refused.
"""

import asyncio
import base64
import hashlib
import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import parse_qsl

import orjson
from python_multipart.multipart import parse_options_header
from starlette.datastructures import Headers
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.types import Receive, Scope, Send

from . import clock, jsonbody
from .errors import (
    BadInput,
    Busy,
    Conflict,
    Malformed,
    NotFound,
    NotSignedIn,
    SwitchyardError,
    TooLarge,
    WrongMediaType,
)
from .expressions import ExpressionError, compile
from .handshakes import Confirmation, HandshakeAnswer, IntakeRequest, answer
from .ids import new_id
from .plan import Plan, PlannedTrigger
from .queue import Queue
from .run_store import NewRun
from .settings import Settings
from .signatures import SCHEMES, SignatureError, verify

log = logging.getLogger("switchyard.intake")

Json = Any
_NAME = re.compile(r"[\w.:\- ]{1,200}", re.ASCII)
_MAX_PARTS = 1000
_PLAIN_SCHEMES = ("header", "gitlab_token", "gitlab")  # the secret itself stands in a header


@dataclass(frozen=True, slots=True)
class Found:
    """A flow as the intake needs it."""

    plan: Plan
    enabled: bool


class Surroundings(Protocol):
    """What the intake asks of the rest."""

    async def published(self, flow_id: str) -> Found | None: ...

    async def draft(self, flow_id: str) -> Found | None: ...

    async def secret(self, project_id: str, connection: str) -> dict[str, str]:
        """A connection's fields. Raises NotFound."""
        ...

    async def save_sample(self, project_id: str, flow_id: str, name: str, event: Json) -> str:
        """Store a sample in the draft; its final name."""
        ...

    async def confirm(self, confirmation: Confirmation) -> None:
        """Tell Amazon SNS that we want its messages. Raises NotSignedIn for a forged request."""
        ...

    async def learn(self, project_id: str, connection: str, fields: dict[str, str]) -> None:
        """Keep fields that a handshake gave in a connection."""
        ...

    def waiter(self, run_id: str) -> "asyncio.Future[Json]": ...


class Intake:
    """The ASGI endpoint behind `/webhooks/{flow_id}` and its variants."""

    def __init__(
        self, queue: Queue, surroundings: Surroundings, settings: Settings, variant: str = ""
    ) -> None:
        """`variant` is "" | "sync" | "draft" | "draft/sync" | "test"."""
        self._queue = queue
        self._around = surroundings
        self._settings = settings
        self._variant = variant
        self._draft = variant in ("draft", "draft/sync", "test")
        self._sync = variant in ("sync", "draft/sync")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            status, headers, body = await self.receive(scope, receive)
        except SwitchyardError as error:
            status, body = error.status, orjson.dumps(error.to_json())
            headers = [(b"content-type", b"application/json")]
            if isinstance(error, Busy):
                headers.append((b"retry-after", str(error.retry_after).encode()))
            if isinstance(error, TooLarge):
                headers.append((b"connection", b"close"))
        headers.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    async def receive(self, scope: Scope, receive: Receive) -> "Answer":
        """One request from its first byte to its answer. Raises SwitchyardError with a 4xx."""
        raw = await _read(receive, scope, self._settings.max_body_bytes)
        found, trigger = await self._find(scope["path_params"]["flow_id"])
        plan = found.plan
        config = trigger.input.get("verify") or {}
        secret = await self._secret(plan, config)
        handshake = self._handshake(scope, raw, trigger, secret)
        if handshake is not None and not handshake.goes_on:
            return await self._shake(plan, config, handshake)
        self._verify(scope, raw, config, secret)
        event, payload = await read_event(
            scope,
            raw,
            keep_raw=bool(trigger.input.get("keep_raw")),
            hidden=secret.values() if config.get("scheme") in _PLAIN_SCHEMES else (),
        )
        if self._variant == "test":
            return await self._store_sample(plan, event)
        run = NewRun(
            new_id("run"),
            plan.project_id,
            plan.flow_id,
            plan.version_id,
            plan.version,
            trigger.name,
            payload,
            event,
            clock.now_iso(),
            "test" if self._draft else "production",
            None if self._draft else dedupe_key(event, trigger, config.get("scheme")),
        )
        if self._sync:
            return await self._answer(run)
        run_id, duplicate = await self._queue.put(run)
        if handshake is not None:
            return await self._shake(plan, config, handshake)
        more = b',"duplicate":true}' if duplicate else b"}"
        return 202, [(b"content-type", b"application/json")], b'{"run_id":"%b"%b' % (run_id.encode(), more)

    # -- the flow -----------------------------------------------------------------------------------

    async def _find(self, flow_id: str) -> tuple[Found, PlannedTrigger]:
        found = await (self._around.draft(flow_id) if self._draft else self._around.published(flow_id))
        if found is None:
            raise NotFound("There is no flow at this address, or it was never published.")
        if not found.enabled and not self._draft:
            raise Conflict("This flow is disabled; nothing was stored.")
        trigger = found.plan.trigger("webhook", "catch")
        if trigger is None:
            raise NotFound("This flow has no webhook trigger.")
        return found, trigger

    # -- who is it? -----------------------------------------------------------------------------------

    async def _secret(self, plan: Plan, config: dict[str, Any]) -> dict[str, str]:
        name = config.get("connection")
        if not name:
            return {}
        try:
            return await self._around.secret(plan.project_id, name)
        except NotFound:
            return {}  # `verify` refuses what it has no secret for

    def _handshake(
        self, scope: Scope, raw: bytes, trigger: PlannedTrigger, secret: dict[str, str]
    ) -> HandshakeAnswer | None:
        preset = trigger.input.get("handshake")
        if not preset:
            scheme = SCHEMES.get((trigger.input.get("verify") or {}).get("scheme", ""))
            preset = scheme.handshake if scheme is not None else None
            if not preset:
                return None
        return answer(preset, IntakeRequest(scope["method"], _pairs(scope), _query(scope), raw), secret)

    async def _shake(self, plan: Plan, config: dict[str, Any], given: HandshakeAnswer) -> "Answer":
        """Do what a handshake leaves to do, and answer it."""
        if given.confirm is not None:
            await self._around.confirm(given.confirm)
        if given.learned and config.get("connection"):
            await self._around.learn(plan.project_id, config["connection"], dict(given.learned))
        log.info("handshake answered: flow=%s status=%s", plan.flow_id, given.status)
        headers = [(name.lower().encode(), value.encode()) for name, value in given.headers]
        return given.status, headers, given.body

    def _verify(self, scope: Scope, raw: bytes, config: dict[str, Any], secret: dict[str, str]) -> None:
        scheme = config.get("scheme", "none")
        if scheme == "none":
            return
        options = {key: value for key, value in config.items() if key not in ("scheme", "connection")}
        try:
            verify(scheme, secret, scope["headers"], raw, now=clock.now(), url=self._url(scope), **options)
        except SignatureError as error:
            raise NotSignedIn(f"The request could not be verified ({scheme}): {error}") from error

    def _url(self, scope: Scope) -> str:
        """The address as the outside sees it: the public URL, never the Host header."""
        query = scope["query_string"].decode("latin-1")
        return f"{self._settings.base_url}{scope['raw_path'].decode('latin-1')}" + (
            f"?{query}" if query else ""
        )

    # -- answers --------------------------------------------------------------------------------------

    async def _store_sample(self, plan: Plan, event: Json) -> "Answer":
        name = await self._around.save_sample(plan.project_id, plan.flow_id, sample_name(event), event)
        return 200, [(b"content-type", b"application/json")], orjson.dumps({"sample": name})

    async def _answer(self, run: NewRun) -> "Answer":
        """Wait for the flow's response: from a respond action, or the end of the run."""
        waiter = self._around.waiter(run.id)
        try:
            run_id, duplicate = await self._queue.put(run)
            if duplicate:
                return _json(200, {"run_id": run_id, "duplicate": True})
            async with asyncio.timeout(self._settings.sync_timeout):
                result = await waiter
        except TimeoutError:
            message = f"The run goes on, but gave no answer within {self._settings.sync_timeout} s."
            return _json(504, {"run_id": run.id, "error": {"code": "sync_timeout", "message": message}})
        finally:
            waiter.cancel()
        if "response" in result:
            return _response(result["response"])
        if result["ended"] == "succeeded":
            return _json(200, {"run_id": run.id, "status": "succeeded"})
        error = result.get("error") or {}
        code = {"timed_out": "run_timed_out", "canceled": "run_canceled"}.get(result["ended"], "run_failed")
        body = {"code": code, "message": error.get("message", "The run did not succeed."), "details": error}
        return _json(500, {"run_id": run.id, "status": result["ended"], "error": body})


Answer = tuple[int, list[tuple[bytes, bytes]], bytes]


def _json(status: int, value: Json) -> Answer:
    return status, [(b"content-type", b"application/json")], orjson.dumps(value)


def _response(response: dict[str, Any]) -> Answer:
    body, headers = response.get("body"), dict(response.get("headers") or {})
    kind = next((value for name, value in headers.items() if name.lower() == "content-type"), None)
    if isinstance(body, str):
        raw = body.encode()
        kind = kind or "text/plain; charset=utf-8"
    else:
        raw = b"" if body is None else orjson.dumps(body)
        kind = kind or "application/json"
    pairs = [(b"content-type", kind.encode("latin-1", "replace"))]
    for name, value in headers.items():
        if name.lower() not in ("content-type", "content-length", "transfer-encoding", "connection"):
            pairs.append((name.lower().encode("latin-1", "replace"), value.encode("latin-1", "replace")))
    # A flow's author writes this page, not us: it must not act in our origin.
    pairs.append((b"content-security-policy", b"sandbox; default-src 'none'"))
    pairs.append((b"x-content-type-options", b"nosniff"))
    return int(response.get("status") or 200), pairs, raw


# -- reading ------------------------------------------------------------------------------------------


async def _read(receive: Receive, scope: Scope, limit: int) -> bytes:
    """The raw body. Raises `TooLarge` as soon as it is known to be, before the rest is read."""
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and int(value) > limit:
            raise TooLarge(f"The body is larger than {limit:,} bytes.")
    message = await receive()
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


def _pairs(scope: Scope) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]


def _query(scope: Scope) -> list[tuple[str, str]]:
    text = scope["query_string"].decode("latin-1")
    return parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_PARTS) if text else []


async def read_event(
    scope: Scope, raw: bytes, *, keep_raw: bool = False, hidden: Iterable[str] = ()
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
    _forget_credentials(headers, hidden)
    try:
        query = _collapse(_query(scope))
    except ValueError as error:
        raise Malformed("The query has too many parameters.", field="query") from error
    head: dict[str, Any] = {"method": scope["method"], "headers": headers, "query": query}
    media = kind.split(b";", 1)[0].strip().lower()
    if keep_raw:
        head["raw"] = base64.b64encode(raw).decode()
    if raw and (media == b"application/json" or media.endswith(b"+json") or not media):
        body = jsonbody.loads(raw)
        return {**head, "body": body}, b'%b,"body":%b}' % (orjson.dumps(head)[:-1], raw)
    body = await _other_body(media, kind, raw)
    event = {**head, "body": body}
    return event, orjson.dumps(event)


def _forget_credentials(headers: dict[str, str], hidden: Iterable[str]) -> None:
    """What a sender proves itself with is not data: it must not reach the store, a page or a step."""
    for name in ("authorization", "cookie", "proxy-authorization"):
        if name in headers:
            headers[name] = "••••"
    for secret in hidden:
        for name, value in headers.items():
            if secret and secret in value:
                headers[name] = "••••"


async def _other_body(media: bytes, kind: bytes, raw: bytes) -> Json:
    if not raw:
        return None
    if media == b"application/x-www-form-urlencoded":
        try:
            text = raw.decode()
            return _collapse(
                parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_PARTS, errors="strict")
            )
        except ValueError as error:
            raise Malformed(f"The form cannot be read: {error}.", field="body") from error
    if media == b"multipart/form-data":
        return await _multipart(kind, raw)
    if media.startswith(b"text/"):
        try:
            return raw.decode()
        except UnicodeDecodeError as error:
            raise Malformed(f"The body is not valid UTF-8 (byte {error.start}).", field="body") from error
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
        max_fields=_MAX_PARTS,
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


# -- the same event again ---------------------------------------------------------------------------


def dedupe_key(event: Json, trigger: PlannedTrigger, scheme: str | None) -> str | None:
    """What tells this event from another: what the trigger says, what the vendor documents, or the
    common headers. None when the event has no identity, and then every request is a new event."""
    if trigger.dedupe is not None:
        try:
            value = trigger.dedupe.value({"trigger": event})
        except ExpressionError as error:
            log.warning("dedupe of flow trigger %s: %s", trigger.name, error)
            return None
        return None if value is None else f"own:{_short(value)}"
    known = SCHEMES.get(scheme or "")
    if known is not None and known.dedupe is not None:
        value = _vendor_expression(known.dedupe).value({"trigger": event})
        if value:
            return f"{known.name}:{_short(value)}"
    headers = event["headers"]
    for name in ("webhook-id", "svix-id", "idempotency-key"):
        if headers.get(name):
            return f"{name}:{_short(headers[name])}"
    if headers.get("ce-id") and headers.get("ce-source"):
        return f"ce:{_short([headers['ce-source'], headers['ce-id']])}"
    body = event["body"]
    if isinstance(body, dict) and "specversion" in body and body.get("id") and body.get("source"):
        return f"ce:{_short([body['source'], body['id']])}"
    return None


def _short(value: Json) -> str:
    text = value if isinstance(value, str) else orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    if len(text) <= 200:
        return text
    return hashlib.sha256(text.encode()).hexdigest()


_expressions: dict[str, Any] = {}


def _vendor_expression(text: str) -> Any:
    if text not in _expressions:
        _expressions[text] = compile(text)
    return _expressions[text]


def sample_name(event: Json) -> str:
    """A name for a captured event: its action or type when the body names one."""
    body = event.get("body")
    if isinstance(body, dict):
        for field in ("action", "type", "event", "event_type", "object_kind"):
            value = body.get(field)
            if isinstance(value, str) and _NAME.fullmatch(value):
                return value
    return "captured"
