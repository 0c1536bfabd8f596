"""The server process: uvicorn on uvloop and httptools, told once how to behave."""

import asyncio
import logging
import socket
import sys
from contextlib import suppress

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from engine.base.errors import SwitchyardError, Unavailable
from engine.base.settings import Settings
from engine.store.health import try_to_open
from engine.web.http_protocol import with_intake
from ui.app import Application

log = logging.getLogger("switchyard")

_GRACE = 10  # seconds that open requests have at a stop
_NOT_STARTED = 3  # the exit code, as uvicorn's own


def run(app: Application, settings: Settings) -> None:
    """Serve until interrupted. Raises `Unavailable` for an address that is taken and for a store that cannot
    be opened: said here in a sentence, it would be a traceback once the server starts."""
    _try_address(settings.host, settings.port)
    try_to_open(settings)
    server = _Server(config_of(app, settings), app)
    with suppress(KeyboardInterrupt):
        server.run()
    if not server.started or server.failed:
        sys.exit(_NOT_STARTED)


def config_of(app: Application, settings: Settings) -> uvicorn.Config:
    """How uvicorn serves the application."""
    return uvicorn.Config(
        _InASentence(app),
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        loop="uvloop",
        http=with_intake(app.intake, settings),
        ws="none",  # else its library would take over a connection, without the bounds, where it is installed
        proxy_headers=True,
        forwarded_allow_ips=settings.forwarded_allow_ips,
        server_header=False,
        timeout_graceful_shutdown=_GRACE,
    )


class _Server(uvicorn.Server):
    """Lets the application begin its work once the port is open: what a stored run or a piece does then
    keeps nobody from asking how we are.

    Waits at its stop for requests to come to their end, and has those end that have none of their own:
    a page that is live would hold it for all of the grace.
    """

    def __init__(self, config: uvicorn.Config, app: Application) -> None:
        super().__init__(config)
        self._app = app
        self._work: asyncio.Task[None] | None = None
        self.failed = False
        """The work could not be begun."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._work = asyncio.get_running_loop().create_task(self._take_up(), name="taking up work")

    async def _take_up(self) -> None:
        self._app.switchyard.watchdog.start()
        try:
            await self._app.take_up()
        except Exception as error:
            why = error.message if isinstance(error, SwitchyardError) else f"{type(error).__name__}: {error}"
            log.critical("the work could not be begun: %s", why, exc_info=error)
            self.failed = self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._app.stopping.set()
        if self._work is not None and not self._work.done():
            self._work.cancel()
            await asyncio.wait({self._work})
        await super().shutdown(sockets)


def _try_address(host: str, port: int) -> None:
    """Before anything is started, and a link to sign in is shown that leads to somebody else's server."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except (OSError, OverflowError) as error:
        why = str(getattr(error, "strerror", None) or error).partition(" (while")[0]
        raise Unavailable(f"Cannot listen on {host}:{port}: {why}.") from error


class _InASentence:
    """What keeps the application from starting, without the way through the code."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, self._plainly(send) if scope["type"] == "lifespan" else send)

    def _plainly(self, send: Send) -> Send:
        async def wrapped(message: Message) -> None:
            error = sys.exc_info()[1]
            if message["type"] == "lifespan.startup.failed" and isinstance(error, SwitchyardError):
                message["message"] = f"{error.field}: {error.message}" if error.field else error.message
            await send(message)

        return wrapped
