"""What an action or trigger may use while it runs."""

import inspect
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal, ParamSpec, Protocol, TypeVar

import httpx

from ._errors import AuthError, PieceError, raise_for_answer
from ._fence import FencedAuth, Refuse
from ._oauth2 import Renew, RenewingAuth
from ._props import Json
from ._service import Service
from ._threads import SECONDS, in_thread
from ._transport import Transport
from ._windows import Windows

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")
Scope = Literal["flow", "project"]
TIMEOUT = 30.0
"""Seconds that connecting, and each read or write, may take."""


@dataclass(frozen=True)
class RunInfo:
    """Where the action runs."""

    id: str = ""
    flow_id: str = ""
    flow_name: str = ""
    project_id: str = ""
    environment: str = "production"
    """`production` or `test`."""
    step: str = ""


@dataclass(frozen=True)
class WebhookRequest:
    """One request to a flow's webhook. Header names are in lower case; `raw` is the body as it came."""

    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: Json = None
    raw: bytes = b""

    def event(self) -> dict[str, Json]:
        """The payload that starts a run."""
        return {
            "method": self.method,
            "headers": dict(self.headers),
            "query": dict(self.query),
            "body": self.body,
        }


class Store(Protocol):
    """Values that outlive a run, per flow or per project."""

    async def get(self, key: str, scope: Scope = "flow") -> Json: ...
    async def put(
        self, key: str, value: Json, scope: Scope = "flow", expires_in: float | None = None
    ) -> None: ...
    async def increment(self, key: str, by: float = 1, scope: Scope = "flow") -> float: ...
    async def delete(self, key: str, scope: Scope = "flow") -> bool: ...


class Outside(Protocol):
    """The guarded way out; the engine's `Egress` is one."""

    def client(
        self,
        base_url: str = "",
        auth: httpx.Auth | None = None,
        timeout: float = TIMEOUT,
        headers: Mapping[str, str] | None = None,
        *,
        on_answer: Callable[[httpx.Response], Awaitable[None]] | None = None,
        transport: Transport | None = None,
    ) -> httpx.AsyncClient: ...

    async def resolve(self, host: str, port: int) -> list[str]: ...


Respond = Callable[[int, dict[str, str], Json | bytes, bool], Awaitable[None]]
CallFlow = Callable[[str, Json, bool], Awaitable[Json]]
Evaluate = Callable[[str, Json], Json | Awaitable[Json]]
Publish = Callable[[str, Json], Awaitable[Json]]
ListFlows = Callable[[], Awaitable[list[tuple[str, str]]]]


@dataclass
class Context:
    """One call's surroundings. The engine fills it; a piece reads it.

    What the engine does not lend (a store in a dropdown, an answer in a poll) raises `PieceError` when used.
    """

    piece: Service | None = None
    outside: Outside | None = None
    auth: dict[str, str] = field(default_factory=dict)
    """The connection's fields, as the piece's auth declares them."""
    state: dict[str, Any] = field(default_factory=dict)
    """A trigger's memory; saved once the runs it gave are queued."""
    lent_store: Store | None = None
    lent_windows: Windows | None = None
    idempotency_key: str = ""
    """The same for every attempt of one step of one run."""
    run: RunInfo = field(default_factory=RunInfo)
    resume: Json = None
    """None on the first call; the state given to `Wait` on the second."""
    values: dict[str, Any] = field(default_factory=dict)
    """For dropdowns: the form's other fields as they stand."""
    webhook_url: str = ""
    """For webhook triggers: where the service shall send its events."""
    on_respond: Respond | None = None
    on_call_flow: CallFlow | None = None
    on_publish: Publish | None = None
    on_evaluate: Evaluate | None = None
    on_list_flows: ListFlows | None = None
    on_renew: Renew | None = None
    """For OAuth 2.0: the connection with another token than the one that a service has just refused."""
    connection: str = ""
    """The connection's name, for messages."""
    warnings: list[str] = field(default_factory=list)
    """What `warn` said; the run shows it with the step."""
    stopped: str = ""
    """Why nothing is done after this step, as `stop` said; empty when the run goes on."""
    clock: Callable[[], float] = time.time

    def __post_init__(self) -> None:
        declared = self.piece.auth if self.piece is not None else None
        self.auth = declared.pick(self.auth) if declared is not None and self.auth else {}

    @cached_property
    def http(self) -> httpx.AsyncClient:
        """The HTTP client: base URL and credentials set, refusing statuses raised as errors of a piece."""
        return self._client(raising=True)

    @cached_property
    def plain_http(self) -> httpx.AsyncClient:
        """The same without the error hook, for a piece that reads the status itself."""
        return self._client(raising=False)

    @property
    def store(self) -> Store:
        """Values that outlive the run."""
        return _lent(self.lent_store, "a store")

    @property
    def windows(self) -> Windows:
        """What the step remembers of events, by key and for a time (`Windows`)."""
        return _lent(self.lent_windows, "an event window")

    def now(self) -> float:
        """Unix seconds."""
        return self.clock()

    async def resolve(self, host: str, port: int) -> list[str]:
        """The checked addresses of a host, for a protocol other than HTTP. Connect to these and no others."""
        return await _lent(self.outside, "a network").resolve(host, port)

    async def respond(
        self, status: int, headers: dict[str, str], body: Json | bytes, *, end: bool = False
    ) -> None:
        """Answer the caller of a `/sync` webhook; text and bytes go as they are, other values as JSON.

        `end`: the run succeeds with this step, and what follows is not run.
        """
        await _lent(self.on_respond, "an answer")(status, headers, body, end)

    async def call_flow(self, flow: str, payload: Json, wait: bool) -> Json:
        """Start another flow of the project; with `wait`, suspend this run and give that one's result."""
        return await _lent(self.on_call_flow, "other flows")(flow, payload, wait)

    async def publish(self, topic: str, body: Json) -> Json:
        """Put a message on a topic of the project; kept once this returns. Gives its `message_id`."""
        return await _lent(self.on_publish, "topics")(topic, body)

    def warn(self, text: str) -> None:
        """Say on the run that something about this step was not as it should be, though it succeeded."""
        self.warnings.append(text)

    def stop(self, reason: str) -> None:
        """End what the step stands in once it has returned: the item of a loop, the branch of a router that
        takes all branches that match, or else the run, which succeeds. The run shows the reason."""
        self.stopped = reason

    async def list_flows(self) -> list[tuple[str, str]]:
        """(id, name) of the project's flows that others may call."""
        return await _lent(self.on_list_flows, "other flows")()

    def evaluate(self, expression: str, data: Json) -> Awaitable[Json]:
        """The value of a JMESPath expression on `data`, with the engine's functions and limits. One that
        takes long is evaluated beside the event loop."""
        return _awaited(_lent(self.on_evaluate, "expressions"), expression, data)

    async def in_thread(self, function: Callable[P, R], /, *args: P.args, **named: P.kwargs) -> R:
        """Call a function that blocks (a library without asyncio, a long computation) in a thread, and give
        what it returns. A piece has a few threads at a time; a call that takes longer than a minute raises
        `Retry`."""
        name = self.piece.name if self.piece is not None else "piece"
        return await in_thread(name, SECONDS, function, *args, **named)

    def _client(self, *, raising: bool) -> httpx.AsyncClient:
        piece = self.piece
        declared = piece.auth if piece is not None and self.auth else None
        auth = declared.bind(self.auth) if declared is not None else None
        hook = raise_for_answer if raising else None
        if declared is not None and self.on_renew is not None and declared.oauth2(self.auth) is not None:
            auth = RenewingAuth(self.auth, declared.bind, self.on_renew, raising=raising)
            hook = auth.on_answer
        base_url = piece.base_url if piece is not None else ""
        transport = declared.transport(self.auth) if declared is not None else None
        if transport is not None and piece is not None:
            transport = replace(transport, targets=piece.targets(self.auth))
        outside = _lent(self.outside, "a network")
        if auth is None or piece is None:
            return outside.client(base_url, auth, TIMEOUT, on_answer=hook, transport=transport)
        fenced = FencedAuth(auth, piece.targets(self.auth), self._refuser(piece))
        client = outside.client(base_url, fenced, TIMEOUT, on_answer=hook, transport=transport)
        client.event_hooks = {**client.event_hooks, "request": [fenced.strip]}
        return client

    def _refuser(self, piece: Service) -> Refuse | None:
        """What a request raises whose host may not get the credentials; None where it goes without them."""
        targets, which = piece.targets(self.auth), f"“{self.connection}”" if self.connection else "used here"
        if piece.auth is not None and piece.auth.hosts is not None:
            listed = f"only to {targets}" if targets.entries else "nowhere: it has no allowed hosts"
            return lambda url: AuthError(
                f"The connection {which} sends its secret {listed}. "
                f"To use it with {_shown_host(url)}, an admin adds that to its allowed hosts."
            )
        if targets.entries:
            return None
        return lambda url: PieceError(
            f"The piece {piece.title} does not declare where the connection {which} may send its secret."
        )


def _shown_host(url: httpx.URL) -> str:
    """The host of an address as it is listed among allowed hosts."""
    port = url.port or (80 if url.scheme == "http" else None)
    host = f"[{url.host}]" if ":" in url.host else url.host
    return f"{host}:{port}" if port else host


async def _awaited(evaluate: Evaluate, expression: str, data: Json) -> Json:
    value = evaluate(expression, data)
    return await value if inspect.isawaitable(value) else value


def _lent(thing: T | None, name: str) -> T:
    if thing is None:
        raise PieceError(f"{name} is not available here")
    return thing
