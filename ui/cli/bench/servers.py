"""The servers that a measurement starts: Switchyard itself, and the one that shows the ceiling.

Each is a process of its own, so that it shares no interpreter lock with the load generator. `-P` keeps the
current directory off their path: whatever lies there, they import what is installed.
https://docs.python.org/3/using/cmdline.html#cmdoption-P
"""

import asyncio
import os
import socket
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from engine.base.errors import Unavailable
from engine.base.settings import Settings

_START = 40.0  # seconds that a server may take until it listens
_STOP = 15.0  # seconds that it may take to stop
_POLL = 0.05  # seconds


def free_port() -> int:
    """A TCP port on loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def switchyard(settings: Settings, env: dict[str, str], log: Path) -> AbstractAsyncContextManager[Process]:
    """Switchyard, as `switchyard serve` starts it with the environment `env`."""
    return _server(["ui", "serve"], settings.port, env, log)


@asynccontextmanager
async def ceiling(folder: Path, durability: str) -> AsyncIterator[int]:
    """The server of `ceiling.py`, with its store in `folder`; yields its port."""
    port = free_port()
    words = ["ui.cli.bench.ceiling", str(port), str(folder), durability]
    async with _server(words, port, {}, folder / "ceiling.log"):
        yield port


def peak_memory(process: Process) -> float | None:
    """The most resident memory the process has had, in MB; None where there is no /proc. See proc(5)."""
    status = Path(f"/proc/{process.pid}/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
    return None


@asynccontextmanager
async def _server(words: list[str], port: int, env: dict[str, str], log: Path) -> AsyncIterator[Process]:
    """A Python module that is run as a server, once it listens on `port`. It writes its errors to `log`.
    Raises Unavailable if it ends, or does not listen in time."""
    # Nothing is measured with, or written to, an instance that the surroundings have settings for.
    outside = {name: value for name, value in os.environ.items() if not name.startswith("SWITCHYARD_")}
    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", *words, env={**outside, **env}, stderr=errors
        )
    try:
        await _listening(process, port, words[0], log)
        yield process
    finally:
        await _stop(process)


async def _listening(process: Process, port: int, name: str, log: Path) -> None:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _START
    while loop.time() < deadline and process.returncode is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        await asyncio.sleep(_POLL)
    why = "It does not listen." if process.returncode is None else f"It ended with {process.returncode}."
    raise Unavailable(f"The server {name} did not start. {why} {_last_line(log)}".rstrip())


def _last_line(log: Path) -> str:
    lines = log.read_text("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else ""


async def _stop(process: Process) -> None:
    if process.returncode is None:
        process.terminate()
    try:
        async with asyncio.timeout(_STOP):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
