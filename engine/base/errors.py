"""What can go wrong, named by what the caller should do next.

SwitchyardError            every error we raise on purpose: `status`, `code`, `message`, `field`, `details`
├── BadInput         422   the caller sent something wrong; `field` names it
│   └── Malformed    400   it could not even be read (broken JSON, bad UTF-8)
├── NotSignedIn      401   who are you?
├── Forbidden        403   known, but not allowed
├── NotFound         404   no such thing in this project (also: not yours to know of)
├── Conflict         409   somebody else was faster; `details` says how it differs
├── TooLarge         413   more bytes than we take
├── NotAllowed       405   a method that is not served here
├── HeadersTooLarge  431   more header fields, or larger ones, than we take
├── WrongMediaType   415   a content type we do not read
│   └── UnsupportedCoding  a content coding we do not read
├── Busy             429   come back after `retry_after` seconds
├── Unavailable      503   not now: we are stopping, or what we need to answer is
│   └── Overloaded         as much waits as may; come back after `retry_after` seconds
└── Unforeseen       500   a defect of ours

Errors of one module's own trade (`SignatureError`, `ExpressionError`) stand beside their code.
"""

from collections.abc import Sequence
from typing import Any


class SwitchyardError(Exception):
    """Base of every deliberate error; the API answers with its status and `{"error": {...}}`."""

    status = 500
    code = "internal_error"

    def __init__(self, message: str, *, field: str | None = None, details: Any = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.details = details

    def to_json(self) -> dict[str, Any]:
        """The error body of section 9 of the interface: `{"error": {"code", "message", …}}`."""
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.field is not None:
            error["field"] = self.field
        if self.details is not None:
            error["details"] = self.details
        return {"error": error}


class Unforeseen(SwitchyardError):
    """A defect of ours, for the one who met it; what it was is in the log."""

    def __init__(self) -> None:
        super().__init__("Something went wrong on our side. It has been logged.")


class BadInput(SwitchyardError):
    status, code = 422, "bad_input"


class Malformed(BadInput):
    status, code = 400, "malformed"


class NotSignedIn(SwitchyardError):
    """Nobody, or somebody else than who it must be; `challenge` says how to authenticate, for the header
    `WWW-Authenticate` (RFC 9110, 11.6.1). Signatures have no scheme of their own there."""

    status, code = 401, "not_signed_in"

    def __init__(self, message: str, *, challenge: str = "", field: str | None = None) -> None:
        super().__init__(message, field=field)
        self.challenge = challenge


class Forbidden(SwitchyardError):
    status, code = 403, "forbidden"


class NotFound(SwitchyardError):
    status, code = 404, "not_found"


class Conflict(SwitchyardError):
    status, code = 409, "conflict"


class TooLarge(SwitchyardError):
    status, code = 413, "too_large"


class WrongMediaType(SwitchyardError):
    status, code = 415, "wrong_media_type"


class UnsupportedCoding(WrongMediaType):
    """A content coding that is not supported; the answer lists those that are (RFC 9110, 15.5.16)."""

    code = "unsupported_coding"


class HeadersTooLarge(SwitchyardError):
    status, code = 431, "headers_too_large"


class NotAllowed(SwitchyardError):
    """A method that is not served; `allow` are those that are, for the header of that name."""

    status, code = 405, "method_not_allowed"

    def __init__(self, message: str, *, allow: Sequence[str], field: str | None = None) -> None:
        super().__init__(message, field=field)
        self.allow = allow


class Busy(SwitchyardError):
    status, code = 429, "busy"

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(SwitchyardError):
    status, code = 503, "unavailable"

    def __init__(self, message: str, *, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Overloaded(Unavailable):
    """As much waits as may. Senders such as Alertmanager try again after a 503 and drop on a 429."""

    code = "overloaded"

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message, retry_after=retry_after)
        self.retry_after: int = retry_after


def unexpected(error: BaseException) -> BaseException | None:
    """The error, as `exc_info` of a log message; None for one that says in a sentence what is not there, and
    of which a traceback says no more."""
    return None if isinstance(error, Unavailable) else error
