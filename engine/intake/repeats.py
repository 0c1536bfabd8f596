"""Requests that may be repeats: the same bytes for the same flow within a minute, from a sender that gives
its events no identity. They start a run all the same; the run says so."""

from engine.base import clock

from .request import Request

WITHIN = 60.0
"""Seconds."""
_REMEMBERED = 10_000  # requests of all flows together


class Repeats:
    """What arrived lately, in memory: a restart forgets it."""

    def __init__(self) -> None:
        self._seen: dict[int, tuple[float, str]] = {}
        """When a request arrived last (monotonic), and the run that it started; the oldest first."""

    def note(self, flow_id: str, request: Request, run_id: str) -> str:
        """Remember the request that starts a run. Gives a sentence when the same bytes came before; a request
        without a body or query is none that could be told from another."""
        if not request.body and not request.query_string:
            return ""
        # Python's hash of bytes has a key that is drawn at each start, so that nobody can send two requests
        # that share one on purpose (PEP 456).
        key = hash((flow_id, request.method, request.query_string, request.body))
        now, seen = clock.monotonic(), self._seen
        earlier = seen.pop(key, None)
        seen[key] = (now, run_id)
        if len(seen) > _REMEMBERED:
            del seen[next(iter(seen))]
        if earlier is None or now - earlier[0] > WITHIN:
            return ""
        seconds = max(1, round(now - earlier[0]))
        return (
            f"This may be a repeat: the same bytes arrived {seconds} s before and started "
            f"{earlier[1]}. If they are one event, set `dedupe` on the trigger."
        )
