"""An application on a port of its own, in the loop of a test."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.types import ASGIApp

from tests.support.waiting import until


class _Server(uvicorn.Server):
    def install_signal_handlers(self) -> None:
        """The test's process keeps its own."""


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[str]:
    """The origin of the application, whose lifespan is the caller's."""
    server = _Server(uvicorn.Config(app, port=0, log_level="critical", lifespan="off", loop="asyncio"))
    serving = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await serving
