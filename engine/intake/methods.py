"""Which methods start a run, and what a browser may send from another origin (the Fetch standard's CORS)."""

from collections.abc import Mapping
from typing import Any

from engine.base.errors import NotAllowed

from .answers import IntakeAnswer
from .request import Request

DEFAULT = ("POST", "PUT", "PATCH")

Headers = list[tuple[bytes, bytes]]


def starts_run(request: Request, trigger: Mapping[str, Any]) -> bool:
    """Whether the trigger takes a request with this method as an event."""
    return request.method in (trigger.get("methods") or DEFAULT)


def is_preflight(request: Request, trigger: Mapping[str, Any]) -> bool:
    """Whether a browser asks what a page may send (CORS); it sends no credentials with that."""
    asks = request.method == "OPTIONS" and bool(request.header(b"access-control-request-method"))
    return asks and not starts_run(request, trigger)


def preflight(request: Request, trigger: Mapping[str, Any]) -> IntakeAnswer:
    """The answer to a request that starts no run: to a CORS preflight 204, with what the trigger allows.
    Raises `NotAllowed` (405) for any other."""
    allowed = tuple(trigger.get("methods") or DEFAULT)
    if not is_preflight(request, trigger):
        raise NotAllowed(f"This flow takes {_listed(allowed)}. You sent {request.method}.", allow=allowed)
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


def _listed(words: tuple[str, ...]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
