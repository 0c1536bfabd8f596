"""The cookie that carries a browser's session."""

from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import Message, Send

from engine.access import COOKIE
from engine.access.sessions import LIFETIME
from engine.base.settings import Settings


def set_session(response: Response, token: str, settings: Settings) -> None:
    """Give the browser its session."""
    response.set_cookie(COOKIE, token, max_age=int(LIFETIME), **_cookie(settings))


def clear_session(response: Response, settings: Settings) -> None:
    """Take the session from the browser; `access.sessions.sign_out` ends it."""
    response.delete_cookie(COOKIE, **_cookie(settings))


def _cookie(settings: Settings) -> Any:
    return {"path": "/", "httponly": True, "samesite": "lax", "secure": settings.is_https}


def with_cookie(send: Send, token: str, settings: Settings) -> Send:
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
