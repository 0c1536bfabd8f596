"""A piece: the actions and triggers of one service, each a decorated function."""

import sys
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Concatenate, ParamSpec, TypeVar, overload

from ._action import Action, called
from ._auth import Auth
from ._context import Context, WebhookRequest
from ._errors import AuthError
from ._props import Json
from ._schedule import Schedule
from ._service import Service
from ._trigger import Feed, Trigger, TriggerKind

P = ParamSpec("P")
R = TypeVar("R")
Verify = Callable[[Context], Awaitable[None]]
InContext = Callable[Concatenate[Context, P], Awaitable[R]]
OnRequest = Callable[Concatenate[Context, WebhookRequest, P], Awaitable[list[Json]]]


class Piece(Service):
    """The actions and triggers of one service.

    `base_url` and `auth` are set on `ctx.http`, which sends credentials to the origin of `base_url` and to
    `origins` only (see `Service`); `icon` names a lucide icon; `summary` is the first line of
    the module's docstring unless given.
    """

    def __init__(
        self,
        name: str,
        title: str = "",
        *,
        base_url: str = "",
        auth: Auth | None = None,
        origins: Iterable[str] = (),
        icon: str = "puzzle",
        summary: str = "",
    ) -> None:
        super().__init__(name, title, base_url=base_url, auth=auth, origins=origins)
        self.icon = icon
        self.module: str = sys._getframe(1).f_globals.get("__name__", "")
        self._summary = summary
        self.actions: dict[str, Action[Any, Any]] = {}
        self.triggers: dict[str, Trigger[Any, Any]] = {}
        self._verify: Verify | None = None

    def __repr__(self) -> str:
        return f"<Piece {self.name}>"

    @property
    def summary(self) -> str:
        """One sentence: what the piece is for."""
        module = sys.modules.get(self.module)
        doc = ((module.__doc__ if module is not None else "") or "").strip().partition("\n")[0]
        head, colon, rest = doc.partition(": ")
        text = rest if colon and head.lower() == self.title.lower() else doc
        return self._summary or text[:1].upper() + text[1:]

    @property
    def verifiable(self) -> bool:
        """Whether a connection can be tested."""
        return self._verify is not None

    def verify(self, function: Verify) -> Verify:
        """Decorator: "test connection". Returns in peace, or raises `AuthError`, `PieceError` or `Retry`."""
        self._verify = function
        return function

    async def test_connection(self, ctx: Context) -> None:
        """Try the connection; raises `AuthError` when it is refused. A piece may have no way to tell."""
        if self.auth is not None and not ctx.auth and not self.auth.optional:
            raise AuthError(f"{self.title} needs a connection")
        if self._verify is not None:
            await called(self._verify(ctx))

    @overload
    def action(self, function: Callable[P, Awaitable[R]], /) -> Action[P, R]: ...
    @overload
    def action(
        self,
        function: None = None,
        /,
        *,
        pure: bool = ...,
        internal: bool = ...,
        waits: bool = ...,
        gate: bool = ...,
        name: str = ...,
        title: str = ...,
        connection: bool | None = ...,
    ) -> Callable[[Callable[P, Awaitable[R]]], Action[P, R]]: ...
    def action(
        self,
        function: Any = None,
        /,
        *,
        pure: bool = False,
        internal: bool = False,
        waits: bool = False,
        gate: bool = False,
        name: str = "",
        title: str = "",
        connection: bool | None = None,
    ) -> Any:
        """Decorator: what the piece can do.

        `pure` and `internal`: it waits for nothing, and has no effect, or one on the run alone (`Action`).
        `waits`: nothing changes but the time. `gate`: it decides whether the steps after it are run.
        `connection`: whether one is needed, where the piece's auth does not say it rightly for this action.
        """

        def declare(function: Any) -> Action[Any, Any]:
            made = Action(
                self, function, pure=pure, internal=internal, waits=waits, gate=gate, name=name,
                title=title, connection=connection,
            )  # fmt: skip
            self._claim(made.name)
            self.actions[made.name] = made
            return made

        return declare if function is None else declare(function)

    @overload
    def webhook(self, function: Callable[P, Awaitable[R]], /) -> Trigger[P, R]: ...
    @overload
    def webhook(
        self, function: None = None, /, *, name: str = ..., title: str = ..., connection: bool | None = ...
    ) -> Callable[[Callable[P, Awaitable[R]]], Trigger[P, R]]: ...
    def webhook(
        self, function: Any = None, /, *, name: str = "", title: str = "", connection: bool | None = None
    ) -> Any:
        """Decorator: a trigger called with each `WebhookRequest` to the flow's address."""
        return self._trigger("webhook", function, {"name": name, "title": title, "connection": connection})

    def poll(
        self, *, every: float, name: str = "", title: str = "", connection: bool | None = None
    ) -> Callable[[Callable[P, Awaitable[R]]], Trigger[P, R]]:
        """Decorator: a trigger that looks for news each `every` seconds; keep the place in `ctx.state`."""
        how = {"every": every, "name": name, "title": title, "connection": connection}
        made: Callable[[Callable[P, Awaitable[R]]], Trigger[P, R]] = self._trigger("poll", None, how)
        return made

    @overload
    def schedule(self, function: Callable[P, Awaitable[Schedule]], /) -> Trigger[P, Schedule]: ...
    @overload
    def schedule(
        self, function: None = None, /, *, name: str = ..., title: str = ...
    ) -> Callable[[Callable[P, Awaitable[Schedule]]], Trigger[P, Schedule]]: ...
    def schedule(self, function: Any = None, /, *, name: str = "", title: str = "") -> Any:
        """Decorator: a trigger that fires by the clock, as the `Schedule` it returns says."""
        return self._trigger("schedule", function, {"name": name, "title": title})

    @overload
    def feed(self, function: Callable[P, Awaitable[Feed]], /) -> Trigger[P, Feed]: ...
    @overload
    def feed(
        self, function: None = None, /, *, name: str = ..., title: str = ...
    ) -> Callable[[Callable[P, Awaitable[Feed]]], Trigger[P, Feed]]: ...
    def feed(self, function: Any = None, /, *, name: str = "", title: str = "") -> Any:
        """Decorator: a trigger that starts with each message of the `Feed` it returns."""
        return self._trigger("feed", function, {"name": name, "title": title})

    @overload
    def manual(self, function: Callable[P, Awaitable[R]], /) -> Trigger[P, R]: ...
    @overload
    def manual(
        self, function: None = None, /, *, name: str = ..., title: str = ...
    ) -> Callable[[Callable[P, Awaitable[R]]], Trigger[P, R]]: ...
    def manual(self, function: Any = None, /, *, name: str = "", title: str = "") -> Any:
        """Decorator: a trigger that people and other flows pull."""
        return self._trigger("manual", function, {"name": name, "title": title})

    def _trigger(self, kind: TriggerKind, function: Any, how: dict[str, Any]) -> Any:
        def declare(function: Any) -> Trigger[Any, Any]:
            made = Trigger(self, function, kind=kind, **how)
            self._claim(made.name)
            self.triggers[made.name] = made
            return made

        return declare if function is None else declare(function)

    def _claim(self, name: str) -> None:
        if name in self.actions or name in self.triggers:
            raise ValueError(f"the piece {self.name} has two things called `{name}`")
