"""Which methods start a run, and what a browser may send from another origin (the Fetch standard's CORS)."""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.base.errors import NotAllowed

from .answers import IntakeAnswer
from .request import Request

DEFAULT = ("POST", "PUT", "PATCH")
KNOWN = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
"""What a trigger may take; a piece's own trigger takes all of them."""

Headers = list[tuple[bytes, bytes]]


def starts_run(request: Request, trigger: Mapping[str, Any]) -> bool:
    """Whether the trigger takes a request with this method as an event."""
    return request.method in of(trigger)


def refused(request: Request, allowed: Sequence[str] = KNOWN) -> NotAllowed:
    """The answer (405) to a method that is none of those that a flow takes."""
    return NotAllowed(f"This flow takes {_listed(allowed)}. You sent {request.method}.", allow=allowed)


def of(trigger: Mapping[str, Any]) -> Sequence[str]:
    """The methods that start a run."""
    found: Sequence[str] = trigger.get("methods") or DEFAULT
    return found


def is_preflight(request: Request, trigger: Mapping[str, Any]) -> bool:
    """Whether a browser asks what a page may send (CORS); it sends no credentials with that."""
    asks = request.method == "OPTIONS" and bool(request.header(b"access-control-request-method"))
    return asks and not starts_run(request, trigger)


def preflight(request: Request, trigger: Mapping[str, Any]) -> IntakeAnswer:
    """The answer to a request that starts no run: to a CORS preflight 204, with what the trigger allows.
    Raises `NotAllowed` (405) for any other."""
    allowed = of(trigger)
    if not is_preflight(request, trigger):
        raise refused(request, allowed)
    headers: Headers = [(b"allow", ", ".join(allowed).encode())]
    if cors_headers(request, trigger):
        headers.append((b"access-control-allow-methods", ", ".join(allowed).encode()))
        asked = request.header(b"access-control-request-headers")
        if asked:
            headers.append((b"access-control-allow-headers", asked))
        headers.append((b"access-control-max-age", b"600"))
    return 204, headers, b""


def cors_headers(request: Request, trigger: Mapping[str, Any]) -> Headers:
    """What lets a page of another origin read the answer; nothing where the trigger does not allow it."""
    origins = trigger.get("allowed_origins")
    origin = request.header(b"origin")
    if not origins or not origin:
        return []
    if "*" not in origins and origin.decode("latin-1").lower() not in map(str.lower, origins):
        return []
    return [(b"access-control-allow-origin", b"*" if "*" in origins else origin), (b"vary", b"Origin")]


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
