"""Whether a request is genuine, by the settings of its trigger."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from engine.signatures import SignatureError, verify

from .request import Request

_OURS = ("scheme", "connection", "secret", "headers", "body", "now", "url", "method")
"""What is no option of a scheme."""


def verified(
    request: Request,
    content: bytes,
    config: Mapping[str, Any],
    secret: Mapping[str, str],
    *,
    now: float,
    url: str,
) -> None:
    """Return when a request is genuine by the trigger's `verify`, raise `SignatureError` otherwise.

    A signature covers the bytes as they were received; some senders sign before they compress, so `content`,
    the decoded body, is tried as well. `now` is Unix seconds, `url` the address as the outside sees it.
    """
    scheme = str(config.get("scheme"))
    if scheme == "none":
        return
    options = {key: value for key, value in config.items() if key not in _OURS}
    asked: dict[str, Any] = {"url": url, "method": request.method}
    try:
        verify(scheme, secret, request.headers, request.body, now=now, **asked, **options)
    except SignatureError:
        if content is not request.body:
            with suppress(SignatureError):
                verify(scheme, secret, request.headers, content, now=now, **asked, **options)
                return
        raise


def public_url(request: Request, base_url: str) -> str:
    """The address of a request as the outside sees it: the public URL, never the Host header."""
    query = request.query_string.decode("latin-1")
    return f"{base_url}{request.path.decode('latin-1')}" + (f"?{query}" if query else "")
