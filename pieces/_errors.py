"""What a piece may raise, named by what the engine does next.

PieceError      the step fails for good; `field` names the property at fault
└── AuthError   the connection is refused; a person must reconnect
Retry           not now: try the step again, after `after` seconds if the other side said so
Wait            no error: store the wait and call the action again later (see `Context.resume`)

`kind` is the word under which a run shows the error, and which flows may compare with.
"""

import time
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

RETRY_STATUSES = frozenset({408, 425, 429})
EXCERPT = 500
"""Characters of a refusing answer that an error message repeats."""


class PieceError(Exception):
    """The step cannot succeed as it stands. `details` is any JSON that helps to see why."""

    kind = "piece_error"

    def __init__(self, message: str, *, field: str | None = None, details: Any = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.details = details


class AuthError(PieceError):
    """The service does not accept the connection's credentials."""

    kind = "auth_error"


class Retry(Exception):
    """The service cannot answer now. `after` is in seconds; None leaves it to the step's retry policy.
    `details` is any JSON that helps to see why, as with `PieceError`."""

    kind = "retry"

    def __init__(self, message: str, after: float | None = None, *, details: Any = None) -> None:
        super().__init__(message)
        self.message = message
        self.after = after
        self.details = details


class Wait(Exception):
    """Suspend the run until unix second `until`, keeping `state`. None is for the engine alone, which resumes
    the run when the one that it waits for has ended; from a piece it fails the step.

    The action is then called again with `ctx.resume` set to `state`, so `state` must be JSON other than null.
    `relative`: it waits for a while, not for a date, and so begins anew when the clock is set back to before
    its beginning.
    """

    def __init__(self, until: float | None, state: Any, *, relative: bool = False) -> None:
        super().__init__("waiting")
        self.until = until
        self.state = state
        self.relative = relative


async def raise_for_answer(response: httpx.Response) -> None:
    """The response hook of `ctx.http`: turn a refusing status into the error that fits it."""
    status = response.status_code
    if status < 400:
        return
    await response.aread()
    request = response.request
    told = f"{request.method} {request.url.host} answered {status} {response.reason_phrase}".rstrip()
    excerpt = answer_excerpt(response)
    if excerpt:
        told = f"{told}: {excerpt}"
    if status in (401, 403):
        raise AuthError(told, details={"status": status})
    if status in RETRY_STATUSES or status >= 500:
        raise Retry(told, retry_after(response.headers.get("retry-after")), details={"status": status})
    raise PieceError(told, details={"status": status})


def answer_excerpt(response: httpx.Response) -> str:
    """The start of an answer that was read, on one line, at most `EXCERPT` characters."""
    # Decode only what is shown: an answer may be large, and its charset may be a lie.
    start = response.content[: EXCERPT * 4].decode("utf-8", "replace")
    line = " ".join("".join(c if c.isprintable() else " " for c in start).split())
    return line if len(line) <= EXCERPT else f"{line[:EXCERPT]}…"


def retry_after(value: str | None, now: float | None = None) -> float | None:
    """Seconds to wait by a Retry-After header, which holds seconds or an HTTP date; None if unreadable."""
    if not value:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        return float(value[:12])
    try:
        moment = parsedate_to_datetime(value).timestamp()
    except (ValueError, OverflowError):
        return None
    return max(0.0, moment - (time.time() if now is None else now))


class UnknownPiece(KeyError):
    """No such piece, action or trigger is installed."""

    def __str__(self) -> str:
        return str(self.args[0])
