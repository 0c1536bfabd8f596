"""The cookie that carries a browser's session."""

from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Send

from engine.access import COOKIE, devices, second_step
from engine.access.sessions import LIFETIME
from engine.base.settings import Settings

PENDING = "switchyard_sign_in"
DEVICE = "switchyard_device"


def cookie_name(settings: Settings, name: str = COOKIE) -> str:
    """The name under which a cookie is set. Over https it has the prefix `__Host-`: a browser takes such a
    cookie from this host alone, so that no other host of the domain can plant one (RFC 6265bis, 4.1.3.2)."""
    return f"__Host-{name}" if settings.is_https else name


def session_token(request: Request, settings: Settings) -> str:
    """The token of the session that a request carries; empty without one."""
    return request.cookies.get(cookie_name(settings), "")


def set_session(response: Response, token: str, settings: Settings) -> None:
    """Give the browser its session."""
    response.set_cookie(cookie_name(settings), token, max_age=int(LIFETIME), **cookie_flags(settings))


def clear_session(response: Response, settings: Settings) -> None:
    """Take the session from the browser; `access.sessions.sign_out` ends it."""
    response.delete_cookie(cookie_name(settings), **cookie_flags(settings))
    # What the browser stored of pages is nobody else's business. Not "cookies": that would clear those of the
    # whole registrable domain, and sign people out of its other sites (W3C Clear Site Data, 4.2.4).
    response.headers["Clear-Site-Data"] = '"cache", "storage"'


def pending_sign_in(request: Request, settings: Settings) -> str:
    """What a browser brings back with the code of the second step; empty without it."""
    return request.cookies.get(cookie_name(settings, PENDING), "")


def set_pending(response: Response, pending: str, settings: Settings) -> None:
    """Give the browser what it brings back with the code of the second step."""
    name = cookie_name(settings, PENDING)
    response.set_cookie(name, pending, max_age=second_step.LIFETIME, **cookie_flags(settings))


def clear_pending(response: Response, settings: Settings) -> None:
    """The sign-in is done, or starts again."""
    response.delete_cookie(cookie_name(settings, PENDING), **cookie_flags(settings))


def known_device(request: Request, settings: Settings) -> str:
    """What says that a browser was signed in before; empty without it. Signing out leaves it."""
    return request.cookies.get(cookie_name(settings, DEVICE), "")


def set_device(response: Response, device: str, settings: Settings) -> None:
    """Let the browser be known the next time."""
    name = cookie_name(settings, DEVICE)
    response.set_cookie(name, device, max_age=devices.LIFETIME, **cookie_flags(settings))


def cookie_flags(settings: Settings) -> Any:
    """How all our cookies are set: for this host alone, out of the reach of scripts and other sites."""
    return {"path": "/", "httponly": True, "samesite": "lax", "secure": settings.is_https}


def with_cookie(send: Send, token: str, settings: Settings) -> Send:
    """Set the cookie again with the answer, unless the answer itself sets or clears it."""
    name = cookie_name(settings)

    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            if not any(value.startswith(f"{name}=") for value in headers.getlist("set-cookie")):
                carrier = Response()
                set_session(carrier, token, settings)
                headers.append("set-cookie", carrier.headers["set-cookie"])
        await send(message)

    return wrapped
