"""When a flow's `/test` address stores what anyone sends: while an editor waits for a request.

A sender that is still being set up can seldom send an API key, and the trigger that will verify its requests
is not configured yet. The *Samples* page therefore opens the address for a while when an editor chooses
*Capture a request*. The window is this process's and ends with it.
"""

from engine.base import clock

WINDOW = 600.0
"""Seconds for which the address stays open after an editor looked at the page."""
_MAX_OPEN = 10_000


class Captures:
    """The flows whose `/test` address is open, and until when."""

    def __init__(self) -> None:
        self._open: dict[str, float] = {}

    def open(self, flow_id: str) -> None:
        """Store samples that anyone sends to a flow, from now on for `WINDOW` seconds."""
        now = clock.monotonic()
        self._open.pop(flow_id, None)
        if len(self._open) >= _MAX_OPEN:
            self._open = {flow: until for flow, until in self._open.items() if until > now}
        self._open[flow_id] = now + WINDOW

    def is_open(self, flow_id: str) -> bool:
        """Whether an editor waits for a request to this flow."""
        return self._open.get(flow_id, 0.0) > clock.monotonic()
