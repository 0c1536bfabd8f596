"""Servers of other people for tests: processes, and the ports that they listen on."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def running(command: list[str], directory: Path, environment: dict[str, str] | None = None) -> Iterator[None]:
    log = (directory / f"{Path(command[0]).name}.log").open("ab")
    process = subprocess.Popen(
        command, stdout=log, stderr=log, env=environment, start_new_session=True, cwd=directory
    )
    try:
        yield
    finally:
        for sign in (signal.SIGTERM, signal.SIGKILL):  # the whole session: a script's children too
            try:
                os.killpg(process.pid, sign)
                process.wait(20)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue
        log.close()


def free_ports(count: int) -> list[int]:
    """Ports of the loopback interface that nobody uses."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [int(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return ports


def answers(port: int, seconds: float) -> None:
    """Return once somebody listens on a port. Raises `OSError` after so many seconds."""
    end = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
