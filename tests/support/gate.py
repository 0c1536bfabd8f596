"""A service that answers when the test says so: a run that calls it goes on until then."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support.waiting import DEADLINE


class Gate(ThreadingHTTPServer):
    """Closed until `open` is called; then it answers each request with 200 and `{}`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}/"
        self._opened = threading.Event()

    def open(self) -> None:
        self._opened.set()

    def wait(self) -> None:
        assert self._opened.wait(DEADLINE), "the gate was never opened"

    def step(self, next: str | None = None) -> dict[str, Any]:
        """A step that takes until the gate is open."""
        return {"type": "action", "piece": "http", "action": "request", "next": next,
                "input": {"url": self.url}}  # fmt: skip


class _Handler(BaseHTTPRequestHandler):
    server: Gate

    def do_GET(self) -> None:
        self.server.wait()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_args: Any) -> None:
        """The test's output is its own."""


@contextmanager
def gate() -> Iterator[Gate]:
    server = Gate()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.open()
        server.shutdown()
        server.server_close()
