"""Streams of server-sent events, which end once the one who reads may not any more."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from engine.access import Sessions
from engine.base import clock
from engine.base.errors import NotFound
from engine.base.settings import Settings
from engine.web.session_cookie import session_token
from ui.shared.page_context import actor_of, project_of

RECHECK = 15.0
"""Seconds after which a stream asks again whether its reader may read on; at its next message, which is a
sign of life when nothing happens."""


@dataclass(frozen=True)
class Streams:
    """Answers with streams."""

    sessions: Sessions
    settings: Settings
    stopping: asyncio.Event
    """Set when the server stops: streams end then, which have no end of their own."""

    def events(self, request: Request, source: AsyncGenerator[bytes, None]) -> Response:
        """The answer whose body is what `source` gives, for as long as the reader has the role it came with
        and the server does not stop."""
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        allowed = while_allowed(partial(still_allowed, self.sessions, self.settings, request), source)
        guarded = until(self.stopping, allowed)
        return StreamingResponse(guarded, media_type="text/event-stream", headers=headers)


async def until(stopping: asyncio.Event, source: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    """What `source` gives until `stopping` is set."""
    stop: asyncio.Future[Any] = asyncio.ensure_future(stopping.wait())
    coming: asyncio.Future[bytes | None] | None = None
    try:
        while not stopping.is_set():
            coming = asyncio.ensure_future(anext(source, None))
            await asyncio.wait({coming, stop}, return_when=asyncio.FIRST_COMPLETED)
            if not coming.done() or (given := coming.result()) is None:
                return
            yield given
    finally:
        stop.cancel()
        if coming is not None:
            coming.cancel()
            with suppress(asyncio.CancelledError):
                await coming
        await source.aclose()


async def while_allowed(
    allowed: Callable[[], Awaitable[bool]], source: AsyncGenerator[bytes, None], seconds: float = RECHECK
) -> AsyncGenerator[bytes, None]:
    """What `source` gives until `allowed` says no, which is asked at most once in so many seconds."""
    checked = clock.monotonic()
    try:
        async for each in source:
            if clock.monotonic() - checked >= seconds:
                if not await allowed():
                    return
                checked = clock.monotonic()
            yield each
    finally:
        await source.aclose()


async def still_allowed(sessions: Sessions, settings: Settings, request: Request) -> bool:
    """Whether the session of a request is open and has the role in the project that it had. With another
    role the browser asks anew, and gets the stream of that role."""
    before = actor_of(request)
    try:
        now = (await sessions.visit(session_token(request, settings), project_of(request))).actor
    except NotFound:
        return False
    return now.user_id == before.user_id and now.role == before.role
