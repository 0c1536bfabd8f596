"""The real server, for a test that kills it: each line of the standard input is a port to serve on, and the
seconds that its wall clock is ahead of the machine's.

Each server is a process of its own, forked from this one, which has done the imports once. It is told of
by its process id, and once it is gone by `gone`. The settings come from the environment; with
TEST_DATABASE_URL the store is that database instead of a file.
"""

import os
import sys
from dataclasses import replace

import uvicorn

from engine.base import clock
from engine.base.settings import Settings
from tests.support import stores
from tests.support.clock import ShiftedClock
from ui.app import make_app
from ui.cli.collector import calm_collector
from ui.cli.server import run


def serve(port: int, ahead: float) -> None:
    settings = replace(Settings.from_env(), port=port)
    with clock.use(ShiftedClock(ahead)):
        run(make_app(settings, port_first=True), settings)


if __name__ == "__main__":
    if url := os.environ.get("TEST_DATABASE_URL"):
        stores.use(url)
    uvicorn.Config(make_app(Settings.from_env())).load()  # imports all that a start imports
    calm_collector()
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            port, ahead = line.split()
            serve(int(port), float(ahead))
            os._exit(0)
        print(pid, flush=True)
        os.waitpid(pid, 0)
        print("gone", flush=True)
