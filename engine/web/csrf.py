"""Protection against CSRF: whether an unsafe request comes from our own pages, under our own name."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request

from engine.base.settings import Settings


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


def check_host(request: Request, settings: Settings) -> None:
    """Pages answer only under the names they have, once a public address is set."""
    if settings.public_url:
        allowed = {"localhost", "127.0.0.1", "::1", settings.host, urlsplit(settings.public_url).hostname}
        named = _authority("//" + request.headers.get("host", ""), like="http://")
        if named is None or named[0] not in allowed:
            raise HTTPException(
                421, "This server does not use this host name. Open it at the URL in SWITCHYARD_PUBLIC_URL."
            )
