"""Routes that say who may use them, and the guard that holds them to it.

`route()` declares a route with its `permission` and how its callers identify themselves (`by`);
`Guard.routes()` makes the routes of an application of them. The guard stands inside the matched route, so
what is authorised is what is called: it never looks at an address as text. It leaves
`request.state.actor` behind.

    by="session"   pages: the cookie; `project_id` in the path is the project; an unsafe method must come
                   from our own pages
    by="key"       the API: `Authorization: Bearer sk_…`; the key's project, or the platform
    by="none"      neither is looked at: intake, health, static files. Needs `Permission.public`
"""

from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass, replace
from functools import wraps
from typing import Literal, TypeVar

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, request_response
from starlette.types import ASGIApp, Receive, Scope, Send

from engine.access import Access
from engine.base.actor import ANONYMOUS, Actor, Permission
from engine.base.errors import Forbidden, NotFound, NotSignedIn, SwitchyardError
from engine.base.settings import Settings

from .csrf import check_host, from_our_pages
from .errors import unforeseen
from .session_cookie import session_token, with_cookie

S = TypeVar("S")
By = Literal["session", "key", "none"]
Endpoint = Callable[[Request], Awaitable[Response] | Response]

_OF_A_PROJECT = (Permission.view, Permission.edit, Permission.admin)
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class RouteSpec:
    """A route as its module declares it. Made by `route`; `Guard.routes` makes the routes of these."""

    path: str
    endpoint: Endpoint
    permission: Permission
    by: By
    methods: frozenset[str]
    name: str


def route(
    path: str,
    endpoint: Endpoint,
    *,
    permission: Permission,
    methods: Collection[str] = ("GET",),
    by: By = "session",
    name: str | None = None,
) -> RouteSpec:
    """A route for those who have `permission`. Raises ValueError where that could not be held."""
    if by == "none" and permission is not Permission.public:
        raise ValueError(f"{path}: nobody can have the right {permission} where nobody is identified")
    if by == "session" and permission in _OF_A_PROJECT and "{project_id}" not in path:
        raise ValueError(f"{path}: the right {permission} needs the project, as {{project_id}} in the path")
    shown = name or str(getattr(endpoint, "__name__", type(endpoint).__name__))
    return RouteSpec(path, endpoint, permission, by, frozenset(methods), shown)


def bind(
    endpoint: Callable[[S, Request], Awaitable[Response]], services: S
) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint of a route, with the services that it uses."""

    @wraps(endpoint)
    async def bound(request: Request) -> Response:
        return await endpoint(services, request)

    return bound


class GuardedRoute(Route):
    """A route of an application, with the permission that it needs."""

    def __init__(self, spec: RouteSpec, app: ASGIApp) -> None:
        """`app` answers requests that match."""
        super().__init__(spec.path, spec.endpoint, methods=spec.methods, name=spec.name)
        self.permission = spec.permission
        self.by = spec.by
        # Said here and not left to the base class, which takes a callable object for an ASGI application.
        self.app = app

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Before anything can fail: errors and headers differ by whom the route is for.
        scope.setdefault("state", {})["by"] = self.by
        await super().handle(scope, receive, send)


class Guard:
    """Identifies and authorises whoever calls a route."""

    def __init__(self, access: Access, settings: Settings) -> None:
        self._access = access
        self._settings = settings

    def routes(self, specs: Iterable[RouteSpec]) -> list[GuardedRoute]:
        """The routes of an application: what is declared, behind the guard."""
        return [
            GuardedRoute(spec, _Guarded(self, request_response(spec.endpoint), spec.permission, spec.by))
            for spec in specs
        ]

    async def key(self, scope: Scope, ip: str, permission: Permission) -> Actor:
        """Whose key a call to the API carries. Raises `NotSignedIn`, `NotFound`, `Forbidden`."""
        given = Headers(scope=scope).getlist("authorization")
        scheme, _, token = given[0].partition(" ") if len(given) == 1 else ("", "", "")
        actor = await self._access.keys.actor(token.strip(), ip) if scheme.lower() == "bearer" else None
        if actor is None:
            if permission is Permission.public and not given:
                return replace(ANONYMOUS, ip=ip)
            raise NotSignedIn("Send an API key: `Authorization: Bearer sk_…`.")
        if actor.platform_admin and permission in _OF_A_PROJECT:
            raise Forbidden("This is a platform API key. Use an API key of the project.")
        if scope["path_params"].get("project_id", actor.project_id) != actor.project_id:
            raise NotFound("There is no such project.")
        actor.require(permission)
        return actor

    async def session(self, scope: Scope, ip: str, permission: Permission, send: Send) -> tuple[Actor, Send]:
        """Whose session a request for a page has, and `send`, which renews its cookie when that is due.
        Raises `NotSignedIn`, `NotFound`, `Forbidden`."""
        request = Request(scope)
        check_host(request, self._settings)
        if request.method not in _SAFE and not from_our_pages(request.headers, self._settings):
            raise Forbidden(
                "This request did not come from a page of this server. Reload the page and try again."
            )
        token = session_token(request, self._settings)
        visit = await self._access.sessions.visit(token, scope["path_params"].get("project_id"), ip)
        actor = replace(visit.actor, ip=ip)
        scope.setdefault("state", {}).update(time_zone=visit.time_zone, theme=visit.theme)
        if not actor.may(Permission.signed_in) and permission is not Permission.public:
            raise NotSignedIn("Sign in first.")
        actor.require(permission)
        return actor, with_cookie(send, token, self._settings) if visit.extended else send


class _Guarded:
    """The application of one route, behind the guard."""

    def __init__(self, guard: Guard, app: ASGIApp, permission: Permission, by: By) -> None:
        self._guard = guard
        self._app = app
        self._permission = permission
        self._by = by

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        state = scope["state"]
        ip = client_ip(scope)
        if self._by == "none":
            state["actor"] = replace(ANONYMOUS, ip=ip)
        elif self._by == "key":
            state["actor"] = await self._guard.key(scope, ip, self._permission)
        else:
            state["actor"], send = await self._guard.session(scope, ip, self._permission, send)
        try:
            await self._app(scope, receive, send)
        except (SwitchyardError, HTTPException):
            raise
        except Exception as error:
            # Turned into one of ours here: Starlette answers an unknown exception outside all middleware,
            # where the strict headers are no longer added.
            raise unforeseen(error) from None


def client_ip(scope: Scope) -> str:
    """The caller's address; behind a trusted proxy the server has put the real one there."""
    client = scope.get("client")
    return str(client[0]) if client else ""
