"""For tests of pieces: a context on a fake service, and the contract as a check."""

import inspect
import json
import re
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

import httpx

from ._action import Step
from ._context import TIMEOUT, CallFlow, Context, Evaluate, ListFlows, Respond, RunInfo, Scope, WebhookRequest
from ._docs import NAME
from ._errors import AuthError
from ._memory_windows import MemoryWindows
from ._oauth2 import TOKEN
from ._piece import Piece
from ._props import Json, Property
from ._service import Service
from ._transport import Transport
from ._trigger import Trigger

__all__ = ["ContractError", "MemoryStore", "MemoryWindows", "check_piece", "context", "contract_problems"]

_Answer = Coroutine[None, None, httpx.Response]
Handler = (
    Callable[[httpx.Request], httpx.Response]
    | Callable[[httpx.Request], Coroutine[None, None, httpx.Response]]
)
_SECRET = re.compile(r"(?:^|_)(?:password|passwd|passphrase|secret|token|api_?key|private_key|credentials?)$")


class MemoryStore:
    """A `Store` that forgets when the test ends, and knows for how many seconds values are stored."""

    def __init__(self) -> None:
        self.values: dict[tuple[Scope, str], Json] = {}
        self.expires_in: dict[tuple[Scope, str], float | None] = {}

    async def get(self, key: str, scope: Scope = "flow") -> Json:
        return self.values.get((scope, key))

    async def put(
        self, key: str, value: Json, scope: Scope = "flow", expires_in: float | None = None
    ) -> None:
        self.values[scope, key] = json.loads(json.dumps(value))
        self.expires_in[scope, key] = expires_in

    async def increment(self, key: str, by: float = 1, scope: Scope = "flow") -> float:
        total: float = self.values.get((scope, key), 0) + by
        self.values[scope, key] = total
        return total

    async def delete(self, key: str, scope: Scope = "flow") -> bool:
        return self.values.pop((scope, key), None) is not None


class _FakeOutside:
    """Every request goes to `handler`, every name resolves to `addresses`."""

    def __init__(self, handler: Handler, addresses: list[str]) -> None:
        self._transport = httpx.MockTransport(handler)
        self._addresses = addresses

    def client(
        self,
        base_url: str = "",
        auth: httpx.Auth | None = None,
        timeout: float = TIMEOUT,
        headers: Mapping[str, str] | None = None,
        *,
        on_answer: Callable[[httpx.Response], Awaitable[None]] | None = None,
        transport: Transport | None = None,
    ) -> httpx.AsyncClient:
        hooks = {"response": [on_answer]} if on_answer is not None else None
        return httpx.AsyncClient(
            base_url=base_url,
            auth=auth,
            timeout=timeout,
            headers=headers,
            event_hooks=hooks,
            transport=self._transport,
            trust_env=False,
        )

    async def resolve(self, host: str, port: int) -> list[str]:
        return self._addresses


def _nobody(request: httpx.Request) -> httpx.Response:
    raise AssertionError(f"unexpected request: {request.method} {request.url}")


def context(
    piece: Service,
    handler: Handler = _nobody,
    *,
    auth: Mapping[str, str] | None = None,
    state: dict[str, Any] | None = None,
    store: MemoryStore | None = None,
    windows: MemoryWindows | None = None,
    idempotency_key: str = "run_1:step",
    resume: Json = None,
    now: float = 1_700_000_000,
    addresses: tuple[str, ...] = ("127.0.0.1",),
    webhook_url: str = "https://switchyard.example/webhooks/flow_1",
    respond: Respond | None = None,
    call_flow: CallFlow | None = None,
    evaluate: Evaluate | None = None,
    list_flows: ListFlows | None = None,
) -> Context:
    """A context whose HTTP goes to `handler` and whose clock stands still.

    Without `auth` each field of the piece's auth holds its default or, if required, the word `secret`, and
    so does the token of OAuth 2.0.
    """
    if auth is None and piece.auth is not None:
        auth = {field.name: field.default or "secret" for field in piece.auth.fields if field.required}
        if piece.auth.oauth2(auth) is not None:
            auth[TOKEN] = "secret"
    return Context(
        piece,
        _FakeOutside(handler, list(addresses)),
        dict(auth or {}),
        state if state is not None else {},
        store or MemoryStore(),
        (windows or MemoryWindows()).of("step", "run_1", idempotency_key, lambda: now),
        idempotency_key,
        RunInfo("run_1", "flow_1", "A flow", "project_1", "test", "step"),
        resume,
        webhook_url=webhook_url,
        on_respond=respond,
        on_call_flow=call_flow,
        on_evaluate=evaluate,
        on_list_flows=list_flows,
        clock=lambda: now,
    )


class ContractError(AssertionError):
    """A piece breaks the contract; the message lists every breach."""


def check_piece(piece: Piece) -> None:
    """Raise `ContractError`, listing every breach, unless `piece` keeps the contract."""
    problems = contract_problems(piece)
    if problems:
        raise ContractError("\n".join(f"{piece.name}: {problem}" for problem in problems))


def contract_problems(piece: Piece) -> list[str]:
    """Every breach of the contract, as a sentence each."""
    found: list[str] = []
    if not NAME.fullmatch(piece.name):
        found.append(f"the name {piece.name!r} is not snake_case")
    if not piece.summary:
        found.append("it has no summary: write a docstring for its module")
    if not piece.actions and not piece.triggers:
        found.append("it has neither an action nor a trigger")
    steps: list[Step[Any, Any]] = [*piece.actions.values(), *piece.triggers.values()]
    for step in steps:
        found += _step_problems(step)
    if piece.auth is not None:
        used = any(step.needs_connection for step in steps)
        if _places_credentials(piece) and not (piece.base_url or piece.origins or piece.auth.hosts):
            found.append("neither base_url nor origins says where its credentials may go")
        if used and not piece.verifiable:
            found.append("it needs a connection but has no @verify to test one")
        for field in piece.auth.fields:
            if _SECRET.search(field.name) and not field.secret:
                found.append(f"the auth field `{field.name}` is not marked secret")
    return found


def _places_credentials(piece: Piece) -> bool:
    """Whether a request carries something of a connection."""
    auth = piece.auth
    if auth is None:
        return False
    values = {field.name: field.default or "sample" for field in auth.fields} | {TOKEN: "sample"}
    return bool(auth.written(values))


def _step_problems(step: Step[Any, Any]) -> list[str]:
    found: list[str] = []
    if not NAME.fullmatch(step.name):
        found.append(f"{step.name}: the name is not snake_case")
    if not step.summary:
        found.append(f"{step.name}: it has no docstring")
    if not inspect.iscoroutinefunction(step.function):
        found.append(f"{step.name}: it is not an async function")
    for prop in step.properties:
        found += [f"{step.name}: {problem}" for problem in _property_problems(prop)]
    names = {prop.name for prop in step.properties}
    for prop in step.properties:
        unknown = set(prop.refresh_on) - names
        if unknown:
            found.append(f"{step.name}: `{prop.name}` refreshes on {sorted(unknown)}, which it has not")
    try:
        step.input_model.model_json_schema()
    except Exception as error:  # whatever a third-party type raises is what is reported
        found.append(f"{step.name}: its schema does not build: {error}")
    if isinstance(step, Trigger) and step.verifies:
        found += _signature_problems(step)
    return found


def _property_problems(prop: Property) -> list[str]:
    found = []
    if not NAME.fullmatch(prop.name):
        found.append(f"the field `{prop.name}` is not snake_case")
    if _SECRET.search(prop.name) and prop.kind in ("text", "long_text"):
        found.append(f"the field `{prop.name}` looks like a secret: secrets belong to the piece's auth")
    if callable(prop.options):
        parameters = list(inspect.signature(prop.options).parameters)
        if not inspect.iscoroutinefunction(prop.options):
            found.append(f"the options of `{prop.name}` are not an async function")
        if len(parameters) not in (1, 2) or parameters[1:] not in ([], ["search"]):
            found.append(f"the options of `{prop.name}` take (ctx) or (ctx, search)")
    for inner in prop.fields:
        found += _property_problems(inner)
    return found


def _signature_problems(trigger: Trigger[Any, Any]) -> list[str]:
    """Call the trigger's signature check with requests that are not signed, or signed by nobody."""
    ctx = context(trigger.piece)
    wrong = dict.fromkeys(("x-signature", "x-hub-signature-256", "authorization"), "0" * 64)
    for headers in ({}, wrong):
        try:
            _finish(trigger.verify_request(ctx, WebhookRequest("POST", headers, {}, {}, b"{}")))
        except AuthError:
            continue
        except Exception as error:  # any other error is a breach too
            return [f"{trigger.name}: a wrong signature raises {type(error).__name__}, not AuthError"]
        return [f"{trigger.name}: a request without a right signature is let in"]
    return []


def _finish(call: Awaitable[None]) -> None:
    """Run a coroutine that awaits nothing outside, inside or outside of an event loop."""
    steps = call.__await__()
    try:
        next(steps)
    except StopIteration:
        return
    raise RuntimeError("a signature check must not wait for anything")
