"""What the intake answers: status, headers and body, as ASGI sends them."""

import re
from collections.abc import Sequence
from typing import Any

import orjson

from engine.base.errors import (
    Busy,
    NotAllowed,
    NotSignedIn,
    SwitchyardError,
    TooLarge,
    Unavailable,
    UnsupportedCoding,
)
from engine.base.types import Json
from engine.runs.held import is_held
from engine.runs.queue import Accepted
from engine.runs.responses import bytes_of

from .content_coding import ACCEPTED

_HEADER_NAME = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]+", re.ASCII)
_NOT_THEIRS = frozenset(
    {
        "connection", "content-length", "content-security-policy", "content-type",
        "cross-origin-opener-policy", "keep-alive", "referrer-policy", "set-cookie",
        "strict-transport-security", "te", "trailer", "transfer-encoding", "upgrade",
        "x-content-type-options",
    }
)  # fmt: skip

IntakeAnswer = tuple[int, list[tuple[bytes, bytes]], bytes]


def refusal(error: SwitchyardError) -> IntakeAnswer:
    """An error in the one shape that all errors have."""
    headers = [(b"content-type", b"application/json")]
    if isinstance(error, Busy | Unavailable) and error.retry_after is not None:
        headers.append((b"retry-after", str(error.retry_after).encode()))
    if isinstance(error, NotAllowed):
        headers.append((b"allow", ", ".join(error.allow).encode()))
    if isinstance(error, NotSignedIn) and error.challenge:
        headers.append((b"www-authenticate", error.challenge.encode()))
    if isinstance(error, UnsupportedCoding):
        headers.append((b"accept-encoding", ", ".join(ACCEPTED).encode()))
    if isinstance(error, TooLarge):
        headers.append((b"connection", b"close"))
    return error.status, headers, orjson.dumps(error.to_json())


def accepted_one(accepted: Accepted) -> IntakeAnswer:
    """What the sender of an event learns: its run, or that a disabled flow holds it."""
    run_id, duplicate = accepted
    more = b',"duplicate":true}' if duplicate else b"}"
    known = b'"held":true' if is_held(accepted) else b'"run_id":"%b"' % run_id.encode()
    return 202, [(b"content-type", b"application/json")], b"{%b%b" % (known, more)


def accepted_all(accepted: Sequence[Accepted]) -> IntakeAnswer:
    """What the sender of any number of events learns."""
    if any(map(is_held, accepted)):
        return as_json(202, {"held": True, "events": len(accepted)})
    return as_json(202, {"run_ids": [one.run_id for one in accepted]})


def as_json(status: int, value: Json) -> IntakeAnswer:
    return status, [(b"content-type", b"application/json")], orjson.dumps(value)


def of_run(run_id: str, result: Json) -> IntakeAnswer:
    """What a run gave to the caller who waited for it (`runs.waiters`): its response, or how it ended."""
    if "response" in result:
        return of_response(result["response"])
    if result["ended"] == "succeeded":
        told = {"run_id": run_id, "status": "succeeded"}
        return as_json(200, told | ({"unrouted": True} if result.get("unrouted") else {}))
    error = result.get("error") or {}
    code = {"timed_out": "run_timed_out", "canceled": "run_canceled"}.get(result["ended"], "run_failed")
    body = {"code": code, "message": error.get("message", "The run did not succeed."), "details": error}
    return as_json(500, {"run_id": run_id, "status": result["ended"], "error": body})


def of_response(response: dict[str, Any]) -> IntakeAnswer:
    """What a respond action said, as an answer that cannot act in our origin."""
    status, body = int(response.get("status") or 200), response.get("body")
    headers = {str(name).lower(): str(value) for name, value in (response.get("headers") or {}).items()}
    sent = bytes_of(response)
    if sent is not None:
        raw, kind = sent, "application/octet-stream"
    elif isinstance(body, str):
        raw, kind = body.encode("utf-8", "replace"), "text/plain; charset=utf-8"
    else:
        raw, kind = b"" if body is None else orjson.dumps(body), "application/json"
    pairs = [(b"content-type", _header(headers.get("content-type") or kind))]
    for name, value in headers.items():
        if name not in _NOT_THEIRS and _HEADER_NAME.fullmatch(name):
            pairs.append((name.encode(), _header(value)))
    return status if 200 <= status <= 599 else 200, pairs, b"" if status in (204, 304) else raw


def _header(value: str) -> bytes:
    return re.sub(r"[\x00-\x1f\x7f]", " ", value).encode("latin-1", "replace")
