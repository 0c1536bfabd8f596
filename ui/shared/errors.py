"""Errors as pages."""

from starlette.requests import Request
from starlette.responses import Response

from engine.base.errors import SwitchyardError

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


def page(request: Request, error: SwitchyardError) -> Response:
    """Any error, said plainly, with a way on."""
    heading = _HEADINGS.get(error.status, "Something went wrong")
    return render(
        request, "error.html", error.status, heading=heading, message=error.message, status=error.status
    )
