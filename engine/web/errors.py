"""Every error becomes a response here: a page for browsers, JSON for everybody else."""

import logging
import re
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from inspect import isawaitable
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Match, Route

from engine.base.errors import Busy, NotFound, NotSignedIn, SwitchyardError, Unavailable, Unforeseen

from .sign_in_path import sign_in_path

log = logging.getLogger(__name__)

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
    one that refused knows only its own. `/flows/import` is no flow called *import*: of routes that match,
    those with the fewest names in their path are the address's own."""
    matching = [
        one
        for one in request.app.routes
        if isinstance(one, Route) and one.matches(request.scope)[0] is not Match.NONE
    ]
    fewest = min((one.path.count("{") for one in matching), default=0)
    own = [one.methods or set() for one in matching if one.path.count("{") == fewest]
    return set().union(*own)


def _as_ours(raised: Exception) -> SwitchyardError:
    if isinstance(raised, SwitchyardError):
        return raised
    if isinstance(raised, HTTPException):
        message = {404: "There is nothing at this address."}.get(raised.status_code, raised.detail)
        error = NotFound(message) if raised.status_code == 404 else SwitchyardError(message)
        error.status = raised.status_code
        error.code = re.sub("[^a-z ]", "", HTTPStatus(raised.status_code).phrase.lower()).replace(" ", "_")
        return error
    return unforeseen(raised)


def unforeseen(raised: Exception) -> SwitchyardError:
    log.error("unforeseen error", exc_info=raised)
    return Unforeseen()


def _error_headers(error: SwitchyardError, raised: Exception) -> dict[str, str]:
    headers = dict(raised.headers or {}) if isinstance(raised, HTTPException) else {}
    if isinstance(error, NotSignedIn):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, Busy | Unavailable) and error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    return headers
