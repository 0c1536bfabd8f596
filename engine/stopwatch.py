"""How long each part of a request took, and which part it was in when it failed.

httpcore tells a request's trace of every step (https://www.encode.io/httpcore/extensions/#trace); the gate
adds the look-up of the name. A request that asks for no stopwatch pays for none of it.
"""

import time
from contextvars import ContextVar
from typing import Any

PARTS = ("queue", "dns", "connect", "tls", "send", "first_byte", "body")
"""In order. `queue` is the wait for a free connection; `first_byte` the wait for the answer's head."""

_STARTS = {
    "connection.connect_tcp.started": "dns",
    "connection.start_tls.started": "tls",
    "http11.send_request_headers.started": "send",
    "http11.receive_response_headers.started": "first_byte",
    "http11.receive_response_body.started": "body",
}
_ENDS = {
    "connection.connect_tcp.complete": "connect",
    "connection.start_tls.complete": "tls",
    "http11.receive_response_headers.complete": "first_byte",
    "http11.receive_response_body.complete": "body",
}


class Stopwatch:
    """Milliseconds by part. `part` is the one that runs, or that ran when it all stopped."""

    def __init__(self) -> None:
        self.part = "queue"
        self.parts: dict[str, float] = {}
        self._begun = self._since = time.perf_counter()

    async def __call__(self, name: str, info: dict[str, Any]) -> None:
        """Hear of a step, as httpcore tells of it."""
        if name in _STARTS:
            self.start(_STARTS[name])
        elif name in _ENDS:
            self.stop(_ENDS[name])

    def start(self, part: str) -> None:
        """Another part begins."""
        self.part = part
        self._since = time.perf_counter()

    def stop(self, part: str) -> None:
        """That part is done."""
        if part == self.part:
            self.parts[part] = (time.perf_counter() - self._since) * 1000

    def total(self) -> float:
        """Milliseconds since the stopwatch was made."""
        return (time.perf_counter() - self._begun) * 1000


running: ContextVar[Stopwatch | None] = ContextVar("stopwatch", default=None)
"""The stopwatch of the request that this code runs for, if it asked for one."""
