"""How long each part of a request took, and which part it was in when it failed.

The gate and the connection tell it of every step. A request that asks for no stopwatch pays for none of it.
"""

from . import clock

PARTS = ("queue", "dns", "connect", "tls", "send", "first_byte", "body")
"""In order. `queue` is the wait for a free connection; `first_byte` the wait for the answer's head."""


class Stopwatch:
    """Milliseconds by part. `part` is the one that runs, or that ran when it all stopped."""

    def __init__(self) -> None:
        self.part = "queue"
        self.parts: dict[str, float] = {}
        self._begun = self._since = clock.monotonic()

    def start(self, part: str) -> None:
        """Another part begins."""
        self.part = part
        self._since = clock.monotonic()

    def stop(self, part: str) -> None:
        """That part is done."""
        if part == self.part:
            self.parts[part] = (clock.monotonic() - self._since) * 1000

    def total(self) -> float:
        """Milliseconds since the stopwatch was made."""
        return (clock.monotonic() - self._begun) * 1000
