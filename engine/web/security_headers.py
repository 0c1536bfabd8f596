"""Security headers: the strict ones of our own pages, and those of responses that a flow decides."""

from collections.abc import Iterable, Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from engine.base.settings import Settings

_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


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
    return fixed | ({"strict-transport-security": "max-age=31536000"} if settings.is_https else {})


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in headers.items()]
