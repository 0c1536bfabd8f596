"""Requests that may be repeats: the same bytes for the same flow within a minute, from a sender that gives
its events no identity. They start a run all the same; the run says so."""

from collections import OrderedDict
from typing import NamedTuple

from engine.base import clock

from .request import Request

WITHIN = 60.0
"""Seconds."""
_REMEMBERED = 10_000  # requests of all flows together


class _Seen(NamedTuple):
    at: float
    run_id: str


class Repeats:
    """What arrived within the last minute, in memory: a restart forgets it."""

    def __init__(self) -> None:
        self._seen: OrderedDict[int, _Seen] = OrderedDict()

    def note(self, flow_id: str, request: Request, run_id: str) -> str:
        """Remember the request that starts a run. Gives a sentence when the same bytes came before; a request
        without a body or query is none that could be told from another."""
        if not request.body and not request.query_string:
            return ""
        # Python's hash of bytes has a key that is drawn at each start, so that nobody can send two requests
        # that share one on purpose (PEP 456).
        key = hash((flow_id, request.method, request.query_string, request.body))
        now = clock.monotonic()
        earlier = self._seen.get(key)
        self._seen[key] = _Seen(now, run_id)
        self._seen.move_to_end(key)
        while self._seen and (
            len(self._seen) > _REMEMBERED or now - next(iter(self._seen.values())).at > WITHIN
        ):
            self._seen.popitem(last=False)
        if earlier is None or now - earlier.at > WITHIN:
            return ""
        seconds = max(1, round(now - earlier.at))
        return (
            f"This may be a repeat: the same bytes arrived {seconds} s before and started "
            f"{earlier.run_id}. If they are one event, set `dedupe` on the trigger."
        )
