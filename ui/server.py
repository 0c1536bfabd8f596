"""The server process: uvicorn on uvloop and httptools, told once how to behave."""

import gc

import uvicorn
from starlette.types import ASGIApp

from engine.database import Database
from engine.settings import Settings

_GRACE = 10  # seconds that open requests have at a stop


def run(app: ASGIApp, settings: Settings) -> None:
    """Serve until interrupted. Raises `Unavailable` for a store that cannot be opened: said here in a
    sentence, it would be a traceback once the server starts."""
    store = Database(settings.database_path, settings.durability)
    store.open()
    store.close()
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        loop="uvloop",
        http="httptools",
        proxy_headers=True,
        forwarded_allow_ips=settings.forwarded_allow_ips,
        server_header=False,
        timeout_graceful_shutdown=_GRACE,
    )


def calm_collector() -> None:
    """Keep the garbage collector from what will never be garbage; call it once everything is loaded.

    Some 300,000 objects live as long as the process, and by default they are all looked at again after
    every few hundred events: a third of the time of a busy intake. What a run leaves behind is freed by
    its reference count, so looking for cycles more rarely costs little memory.
    https://docs.python.org/3/library/gc.html#gc.freeze
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
