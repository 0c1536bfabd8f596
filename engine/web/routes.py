"""Routes that say who may use them, and the guard that holds them to it.

`route()` makes a Starlette route that carries its `permission` and how its callers identify themselves
(`by`). The guard stands inside the matched route, so what is authorised is what is called: it never
looks at an address as text. It leaves `request.state.actor` behind.

    by="session"   pages: the cookie; `project_id` in the path is the project; an unsafe method must come
                   from our own pages
    by="key"       the API: `Authorization: Bearer sk_…`; the key's project
    by="none"      neither is looked at: intake, health, static files. Needs `Permission.public`
"""

import logging
import re
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import replace
from http import HTTPStatus
from inspect import isawaitable
from typing import Any, Literal
from urllib.parse import quote, urlencode, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Match, Route, request_response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from engine.access import ANONYMOUS, COOKIE, Access, Actor, Permission
from engine.access.sessions import LIFETIME
from engine.base.errors import Busy, Forbidden, NotFound, NotSignedIn, SwitchyardError, Unforeseen
from engine.base.settings import Settings

By = Literal["session", "key", "none"]
Endpoint = Callable[[Request], Awaitable[Response] | Response]

_OF_A_PROJECT = (Permission.view, Permission.edit, Permission.admin)
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

log = logging.getLogger(__name__)


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
            raise _unforeseen(error) from None

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
        _check_host(request, settings)
        if request.method not in _SAFE and not from_our_pages(request.headers, settings):
            raise Forbidden("This request did not come from one of our own pages.")
        token = request.cookies.get(COOKIE, "")
        visit = await access.sessions.visit(token, scope["path_params"].get("project_id"), ip)
        actor = replace(visit.actor, ip=ip)
        if not actor.may(Permission.signed_in) and self._permission is not Permission.public:
            raise NotSignedIn("Sign in first.")
        actor.require(self._permission)
        return actor, _with_cookie(send, token, settings) if visit.extended else send


def client_ip(scope: Scope) -> str:
    """The caller's address; behind a trusted proxy the server has put the real one there."""
    client = scope.get("client")
    return str(client[0]) if client else ""


# -- from our own pages? --------------------------------------------------------------------------


def from_our_pages(headers: Mapping[str, str], settings: Settings) -> bool:
    """Whether an unsafe request comes from a page of ours: by `Sec-Fetch-Site`, else by `Origin`.

    Neither means no: every browser sends one of them with a form. Forging them takes the user's own browser.
    https://owasp.org/www-project-cheat-sheets, Cross-Site Request Forgery Prevention.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = _authority(headers.get("origin", ""))
    return origin is not None and origin in (
        _authority(settings.public_url),
        _authority("//" + headers.get("host", ""), like=headers.get("origin", "")),
    )


def _authority(url: str, like: str = "") -> tuple[str, int] | None:
    """Host and port of a web address, the default port filled in; None if it is none."""
    try:
        parts = urlsplit(url)
        scheme = (parts.scheme or urlsplit(like).scheme).lower()
        port = parts.port or {"http": 80, "https": 443}.get(scheme)
    except ValueError:
        return None
    if not parts.hostname or port is None or parts.username is not None:
        return None
    return parts.hostname, port


def _check_host(request: Request, settings: Settings) -> None:
    """Pages answer only under the names they have, once a public address is set."""
    if settings.public_url:
        allowed = {"localhost", "127.0.0.1", "::1", settings.host, urlsplit(settings.public_url).hostname}
        named = _authority("//" + request.headers.get("host", ""), like="http://")
        if named is None or named[0] not in allowed:
            raise HTTPException(421, "This host name is not one of ours.")


# -- where to go after signing in -----------------------------------------------------------------


def local_path(text: str | None) -> str:
    """`text` if it is a path on this server, else `/`: no link leads elsewhere after signing in."""
    if not text or len(text) > 2000 or text[0] != "/" or text[1:2] in ("/", "\\"):
        return "/"
    # Browsers drop tabs and line ends and read a backslash as a slash.
    if "\\" in text or any(character <= " " or character == "\x7f" for character in text):
        return "/"
    return text


def sign_in_path(request: Request) -> str:
    """Where somebody who must sign in goes, and where they come back to: this page, if it is one."""
    if request.method not in ("GET", "HEAD"):
        return "/sign-in"
    query = request.scope.get("query_string", b"").decode("latin-1")
    here = local_path(quote(request.scope["path"]) + ("?" + query if query else ""))
    return "/sign-in" if here == "/" else "/sign-in?" + urlencode({"next": here})


# -- the session's cookie -------------------------------------------------------------------------


def set_session(response: Response, token: str, settings: Settings) -> None:
    """Give the browser its session."""
    response.set_cookie(COOKIE, token, max_age=int(LIFETIME), **_cookie(settings))


def clear_session(response: Response, settings: Settings) -> None:
    """Take the session from the browser; `access.sessions.sign_out` ends it."""
    response.delete_cookie(COOKIE, **_cookie(settings))


def _cookie(settings: Settings) -> Any:
    return {"path": "/", "httponly": True, "samesite": "lax", "secure": _is_https(settings)}


def _is_https(settings: Settings) -> bool:
    return settings.public_url.lower().startswith("https://")


def _with_cookie(send: Send, token: str, settings: Settings) -> Send:
    """Set the cookie again with the answer, unless the answer itself sets or clears it."""

    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            if not any(value.startswith(f"{COOKIE}=") for value in headers.getlist("set-cookie")):
                carrier = Response()
                set_session(carrier, token, settings)
                headers.append("set-cookie", carrier.headers["set-cookie"])
        await send(message)

    return wrapped


# -- errors ---------------------------------------------------------------------------------------

Page = Callable[[Request, SwitchyardError], Response | Awaitable[Response]]
Redirect = Callable[[Request, str], Response]


def see_other(_request: Request, path: str) -> Response:
    """Send a browser elsewhere with GET."""
    return RedirectResponse(path, status_code=303)


def exception_handlers(page: Page | None = None, redirect: Redirect = see_other) -> dict[Any, Any]:
    """For `Starlette(exception_handlers=…)`: every error becomes an answer here.

    A page's error is drawn by `page`, and whoever must sign in is led there by `redirect`. Everything else
    gets the JSON of `SwitchyardError.to_json`. What we did not foresee is logged and tells nothing.
    """

    async def handle(request: Request, raised: Exception) -> Response:
        error = _as_ours(raised)
        by = request.scope.get("state", {}).get("by")
        if by == "session" and isinstance(error, NotSignedIn):
            return redirect(request, sign_in_path(request))
        # No route matched: a browser asks for HTML, everybody else can read JSON.
        wants_page = by == "session" or (by is None and "text/html" in request.headers.get("accept", ""))
        if page is not None and wants_page:
            drawn = page(request, error)
            response = await drawn if isawaitable(drawn) else drawn
        else:
            response = JSONResponse(error.to_json(), status_code=error.status)
        for name, value in _error_headers(error, raised).items():
            response.headers[name] = value
        if error.status == 405:
            response.headers["Allow"] = ", ".join(sorted(_allowed(request)))
        return response

    async def gone(_request: Request, _raised: Exception) -> Response:
        return Response(status_code=400)  # the caller hung up: nobody reads it

    return {SwitchyardError: handle, HTTPException: handle, ClientDisconnect: gone, Exception: handle}


def _allowed(request: Request) -> set[str]:
    """The methods that are served at the address of a request. Each stands in a route of its own, and the
    one that refused knows only its own."""
    found = set[str]()
    for one in request.app.routes:
        if isinstance(one, Route) and one.matches(request.scope)[0] is not Match.NONE:
            found |= one.methods or set()
    return found


def _as_ours(raised: Exception) -> SwitchyardError:
    if isinstance(raised, SwitchyardError):
        return raised
    if isinstance(raised, HTTPException):
        message = {404: "There is nothing at this address."}.get(raised.status_code, raised.detail)
        error = NotFound(message) if raised.status_code == 404 else SwitchyardError(message)
        error.status = raised.status_code
        error.code = re.sub("[^a-z ]", "", HTTPStatus(raised.status_code).phrase.lower()).replace(" ", "_")
        return error
    return _unforeseen(raised)


def _unforeseen(raised: Exception) -> SwitchyardError:
    log.error("unforeseen error", exc_info=raised)
    return Unforeseen()


def _error_headers(error: SwitchyardError, raised: Exception) -> dict[str, str]:
    headers = dict(raised.headers or {}) if isinstance(raised, HTTPException) else {}
    if isinstance(error, NotSignedIn):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, Busy):
        headers["Retry-After"] = str(error.retry_after)
    return headers


# -- headers of every answer ----------------------------------------------------------------------

_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HOST = re.compile(rb"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")


class SecurityHeaders:
    """The outermost middleware: strict headers on every answer, whatever a flow's own answer asks for."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._ours = _encoded(_fixed(settings) | {"content-security-policy": _CSP})
        self._anybodys = headers_of_anybody(settings)
        self._names = frozenset(name for name, _ in self._ours)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})

        async def wrapped(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = self._with_ours(message["headers"], state.get("by"))
            await send(message)

        hosts = [value for name, value in scope["headers"] if name == b"host"]
        if len(hosts) > 1 or not all(map(_HOST.fullmatch, hosts)):
            await PlainTextResponse("The Host header cannot be read.", 400)(scope, receive, wrapped)
            return
        await self._app(scope, receive, wrapped)

    def _with_ours(self, headers: Iterable[tuple[bytes, bytes]], by: str | None) -> list[tuple[bytes, bytes]]:
        kept = [pair for pair in headers if pair[0].lower() not in self._names]
        if by == "none":
            return kept + self._anybodys
        if by is not None and not any(name.lower() == b"cache-control" for name, _ in kept):
            kept.append((b"cache-control", b"private, no-cache"))
        return kept + self._ours


def headers_of_anybody(settings: Settings) -> list[tuple[bytes, bytes]]:
    """For what a flow answers, which may be a page of anybody's making: no scripts, no origin."""
    return _encoded(_fixed(settings) | {"content-security-policy": _CSP + "; sandbox"})


def _fixed(settings: Settings) -> dict[str, str]:
    fixed = {
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
    }
    return fixed | ({"strict-transport-security": "max-age=31536000"} if _is_https(settings) else {})


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in headers.items()]
