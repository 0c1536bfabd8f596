"""A trigger: what starts a flow."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, ParamSpec, TypeVar

from ._action import Step, called
from ._context import Context, WebhookRequest
from ._errors import PieceError
from ._props import Json
from ._schedule import Schedule
from ._service import Service

P = ParamSpec("P")
R = TypeVar("R")
F = TypeVar("F", bound=Callable[..., Awaitable[None]])
TriggerKind = Literal["webhook", "schedule", "poll", "feed", "manual"]


@dataclass(frozen=True)
class Feed:
    """What a feed trigger listens to: the messages of `topics`, or Switchyard's own `events` in its project.

    Topics by name or pattern (`orders.*`: one word; `orders.>`: the rest), events by action or pattern
    (`flow.run.*`, or `*` for all). One of the two is given.
    """

    topics: tuple[str, ...] = ()
    events: tuple[str, ...] = ()


class Trigger(Step[P, R]):
    """What starts a flow, by its kind:

    webhook    called with each `WebhookRequest`; gives a list of payloads, one run each
    poll       called every `every` seconds; gives a list of payloads, one run each
    schedule   called once, when the flow is enabled; gives a `Schedule`
    feed       called once, when the flow is enabled; gives a `Feed`: one run for each message of it
    manual     never called: people, samples and other flows start it
    """

    def __init__(
        self,
        piece: Service,
        function: Callable[P, Awaitable[R]],
        *,
        kind: TriggerKind,
        every: float | None = None,
        **how: Any,
    ) -> None:
        super().__init__(piece, function, skip=2 if kind == "webhook" else 1, **how)
        self.kind: TriggerKind = kind
        self.every = every
        """Seconds between two polls."""
        self._enable: Callable[..., Awaitable[None]] | None = None
        self._disable: Callable[..., Awaitable[None]] | None = None
        self._verify: Callable[..., Awaitable[None]] | None = None

    def on_enable(self, function: F) -> F:
        """Decorator: called as the flow is enabled, to subscribe; `on_disable` sees the same `ctx.state`."""
        self._enable = function
        return function

    def on_disable(self, function: F) -> F:
        """Decorator: called as the flow is disabled, to unsubscribe."""
        self._disable = function
        return function

    def on_verify(self, function: F) -> F:
        """Decorator, for webhooks: raise `AuthError` unless `request` is signed as the service signs it."""
        self._verify = function
        return function

    @property
    def verifies(self) -> bool:
        """Whether the piece itself checks the signature of a request."""
        return self._verify is not None

    @property
    def subscribes(self) -> bool:
        """Whether the piece wants to hear when its flow is enabled or disabled."""
        return self._enable is not None or self._disable is not None

    async def verify_request(self, ctx: Context, request: WebhookRequest) -> None:
        """Raise `AuthError` when the piece checks signatures and finds `request` wrong."""
        if self._verify is not None:
            await called(self._verify(ctx, request))

    async def run(
        self, ctx: Context, values: Mapping[str, Any], request: WebhookRequest | None = None
    ) -> list[Json]:
        """Validate `values` and give the payloads of a poll or of a webhook's (verified) `request`."""
        self._need_connection(ctx)
        arguments = self.form.read(values)
        if self.kind == "webhook":
            request = request or WebhookRequest()
            await self.verify_request(ctx, request)
            found: Any = await called(self.function(ctx, request, **arguments))  # type: ignore[arg-type]
        elif self.kind == "poll":
            found = await called(self.function(ctx, **arguments))  # type: ignore[arg-type]
        else:
            raise PieceError(f"{self.form.owner} is a {self.kind} trigger: it returns no payloads")
        return list(found)

    async def schedule(self, values: Mapping[str, Any]) -> Schedule:
        """When a schedule trigger fires; raises `PieceError` that names a wrong field."""
        arguments = self.form.read(values)
        made: Any = await called(self.function(Context(self.piece), **arguments))  # type: ignore[arg-type]
        if not isinstance(made, Schedule):
            raise PieceError(f"{self.form.owner} is a {self.kind} trigger: it has no schedule")
        return made

    async def feed(self, values: Mapping[str, Any]) -> Feed:
        """What a feed trigger listens to; raises `PieceError` that names a wrong field."""
        arguments = self.form.read(values)
        made: Any = await called(self.function(Context(self.piece), **arguments))  # type: ignore[arg-type]
        if not isinstance(made, Feed):
            raise PieceError(f"{self.form.owner} is a {self.kind} trigger: it has no feed")
        return made

    async def enable(self, ctx: Context, values: Mapping[str, Any]) -> None:
        """Subscribe, when the trigger has to."""
        if self._enable is not None:
            await called(self._enable(ctx, **self.form.read(values)))

    async def disable(self, ctx: Context, values: Mapping[str, Any]) -> None:
        """Unsubscribe, when the trigger has to."""
        if self._disable is not None:
            await called(self._disable(ctx, **self.form.read(values)))
