"""Errors as pages."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engine.base.actor import Permission
from engine.base.errors import SwitchyardError

from .page_context import Layout, actor_of, outside
from .render import render

_HEADINGS = {
    400: "This request could not be read",
    401: "Sign in first",
    403: "Not allowed",
    404: "Nothing here",
    405: "Not like this",
    409: "Not possible now",
    413: "Too large",
    421: "Wrong address",
    422: "This cannot be used",
    429: "Too many at once",
    503: "Not ready",
}


_PLAIN = (401, 403, 503)
"""Of these a page has no navigation: it would lead nowhere, or need what is out of order."""


async def page(layout: Layout, request: Request, error: SwitchyardError) -> Response:
    """An error as a page, with navigation for those who are signed in and may see the project."""
    heading = _HEADINGS.get(error.status, "Something went wrong")
    said: dict[str, Any] = {"heading": heading, "message": error.message, "status": error.status}
    actor = getattr(request.state, "actor", None)
    if actor is None or error.status in _PLAIN or error.status >= 500:
        return render(request, "error.html", error.status, **said)
    if "project_id" not in request.path_params:
        signed_in = actor_of(request).may(Permission.signed_in)
        around = outside(request) if signed_in else {}
        return render(
            request, "error_within.html" if signed_in else "error.html", error.status, **around, **said
        )
    if not actor.may(Permission.view):
        return render(request, "error.html", error.status, **said)
    return await layout.page(request, "error_within.html", error.status, **said)
