"""Routes that say who may use them, and the guard that holds them to it.

`route()` makes a Starlette route that carries its `permission` and how its callers identify themselves
(`by`). The guard stands inside the matched route, so what is authorised is what is called: it never
looks at an address as text. It leaves `request.state.actor` behind.

    by="session"   pages: the cookie; `project_id` in the path is the project; an unsafe method must come
                   from our own pages
    by="key"       the API: `Authorization: Bearer sk_…`; the key's project
    by="none"      neither is looked at: intake, health, static files. Needs `Permission.public`
"""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from typing import Any, Literal

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, request_response
from starlette.types import ASGIApp, Receive, Scope, Send

from engine.access import COOKIE, Access
from engine.base.actor import ANONYMOUS, Actor, Permission
from engine.base.errors import Forbidden, NotFound, NotSignedIn, SwitchyardError
from engine.base.settings import Settings

from .csrf import check_host, from_our_pages
from .errors import unforeseen
from .session_cookie import with_cookie

By = Literal["session", "key", "none"]
Endpoint = Callable[[Request], Awaitable[Response] | Response]

_OF_A_PROJECT = (Permission.view, Permission.edit, Permission.admin)
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class GuardedRoute(Route):
    """A route with the permission that it needs. Made by `route`."""

    def __init__(self, path: str, endpoint: Endpoint, permission: Permission, by: By, **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        self.permission = permission
        self.by = by
        # Said here and not left to the base class, which takes a callable object for an ASGI application.
        self.app = _Guard(request_response(endpoint), permission, by)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Before anything can fail: errors and headers differ by whom the route is for.
        scope.setdefault("state", {})["by"] = self.by
        await super().handle(scope, receive, send)


def route(
    path: str,
    endpoint: Endpoint,
    *,
    permission: Permission,
    methods: Collection[str] = ("GET",),
    by: By = "session",
    name: str | None = None,
) -> GuardedRoute:
    """A route for those who have `permission`. Raises ValueError where that could not be held."""
    if by == "none" and permission is not Permission.public:
        raise ValueError(f"{path}: nobody can have the right {permission} where nobody is identified")
    if by == "session" and permission in _OF_A_PROJECT and "{project_id}" not in path:
        raise ValueError(f"{path}: the right {permission} needs the project, as {{project_id}} in the path")
    shown = name or str(getattr(endpoint, "__name__", type(endpoint).__name__))
    return GuardedRoute(path, endpoint, permission, by, methods=methods, name=shown)


class _Guard:
    """Identifies and authorises whoever calls one route."""

    def __init__(self, app: ASGIApp, permission: Permission, by: By) -> None:
        self._app = app
        self._permission = permission
        self._by = by

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        state = scope["state"]
        ip = client_ip(scope)
        if self._by == "none":
            state["actor"] = replace(ANONYMOUS, ip=ip)
        elif self._by == "key":
            state["actor"] = await self._key(scope, ip)
        else:
            state["actor"], send = await self._session(scope, ip, send)
        try:
            await self._app(scope, receive, send)
        except (SwitchyardError, HTTPException):
            raise
        except Exception as error:
            # Turned into one of ours here: Starlette answers an unknown exception outside all middleware,
            # where the strict headers are no longer added.
            raise unforeseen(error) from None

    async def _key(self, scope: Scope, ip: str) -> Actor:
        given = Headers(scope=scope).getlist("authorization")
        scheme, _, token = given[0].partition(" ") if len(given) == 1 else ("", "", "")
        access: Access = scope["app"].state.switchyard.access
        actor = await access.keys.actor(token.strip(), ip) if scheme.lower() == "bearer" else None
        if actor is None:
            if self._permission is Permission.public and not given:
                return replace(ANONYMOUS, ip=ip)
            raise NotSignedIn("This needs an API key: `Authorization: Bearer sk_…`.")
        if scope["path_params"].get("project_id", actor.project_id) != actor.project_id:
            raise NotFound("There is no such project.")
        actor.require(self._permission)
        return actor

    async def _session(self, scope: Scope, ip: str, send: Send) -> tuple[Actor, Send]:
        request = Request(scope)
        settings: Settings = scope["app"].state.switchyard.settings
        access: Access = scope["app"].state.switchyard.access
        check_host(request, settings)
        if request.method not in _SAFE and not from_our_pages(request.headers, settings):
            raise Forbidden("This request did not come from one of our own pages.")
        token = request.cookies.get(COOKIE, "")
        visit = await access.sessions.visit(token, scope["path_params"].get("project_id"), ip)
        actor = replace(visit.actor, ip=ip)
        if not actor.may(Permission.signed_in) and self._permission is not Permission.public:
            raise NotSignedIn("Sign in first.")
        actor.require(self._permission)
        return actor, with_cookie(send, token, settings) if visit.extended else send


def client_ip(scope: Scope) -> str:
    """The caller's address; behind a trusted proxy the server has put the real one there."""
    client = scope.get("client")
    return str(client[0]) if client else ""
