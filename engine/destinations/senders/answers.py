"""What a target's answer means, and how it is kept: bounded, without secrets."""

import email.utils
from collections.abc import Iterable, Mapping
from dataclasses import replace

from engine.base import clock
from engine.base.redaction import MASK, redact, redactor
from engine.base.timings import Stopwatch
from engine.destinations.message import KEPT_BYTES, AttemptKind, AttemptResult, Phases, Target
from engine.destinations.queries import secrets_of

_SLOW_DOWN = (429, 502, 503, 504)
_MOST_HEADERS = 50
_MOST_VALUE = 1000
_HIDDEN = ("set-cookie", "authorization", "proxy-authorization", "cookie")

BEYOND = 8_192
"""Bytes that are read beyond those that are kept, so that a secret at the end is seen whole, and masked."""

PARTS = {
    "queue": "waiting for a free connection",
    "dns": "looking up the name",
    "connect": "connecting",
    "tls": "in the TLS handshake",
    "send": "sending",
    "first_byte": "waiting for an answer",
    "body": "reading the answer",
}


def kind_of(status: int) -> AttemptKind:
    """Only 2xx is a success; 3xx is not followed (Standard Webhooks, "Response codes")."""
    if 200 <= status < 300:
        return "ok"
    if 300 <= status < 400:
        return "redirect"
    if status == 410:
        return "gone"
    return "slow_down" if status in _SLOW_DOWN else "status"


def retry_after(text: str | None, now: float | None = None) -> float | None:
    """Seconds of a `Retry-After`, in either form (RFC 9110, 10.2.3); None for what is neither."""
    text = (text or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    then = moment.timestamp() if moment.tzinfo else clock.from_iso(moment.isoformat())
    return max(0.0, then - (clock.now() if now is None else now))


def of_status(status: int, headers: Mapping[str, str], body: bytes, watch: Stopwatch) -> AttemptResult:
    """The answer of a target that spoke HTTP, read to its end or as far as it is kept."""
    kind = kind_of(status)
    said = {
        "ok": None,
        "redirect": f"The target answered {status}, a redirect, which is not followed.",
        "gone": "The target answered 410: it wants no more.",
        "slow_down": f"The target answered {status}: it is overloaded.",
    }.get(kind, f"The target answered {status}.")
    after = retry_after(headers.get("retry-after")) if kind in ("slow_down", "status") else None
    return AttemptResult(
        ok=kind == "ok",
        kind=kind,
        status=status,
        headers=headers,
        body=body,
        error=said,
        retry_after=after,
        phases=phases_of(watch),
        gone=kind == "gone",
    )


def failed(kind: AttemptKind, error: str, watch: Stopwatch, *, permanent: bool = False) -> AttemptResult:
    """The answer for what never came to an answer."""
    return AttemptResult(False, kind, error=error, phases=phases_of(watch), permanent=permanent)


def timed_out(watch: Stopwatch, seconds: float) -> AttemptResult:
    """Says in which phase."""
    return failed("timeout", f"No end within {seconds:g} s: {PARTS[watch.part]}.", watch)


def phases_of(watch: Stopwatch) -> Phases:
    """What a stopwatch measured."""
    parts = {name: round(value, 2) for name, value in watch.parts.items()}
    return Phases(
        parts.get("dns"),
        parts.get("connect"),
        parts.get("tls"),
        parts.get("first_byte"),
        round(watch.total(), 2),
    )


def sent(answer: AttemptResult, target: Target, headers: Mapping[str, str], body: bytes) -> AttemptResult:
    """The answer together with the request, without the secrets of the target in either."""
    own = {name.lower() for name in target.headers}
    secrets = hidden(target)
    return replace(
        answer,
        request_headers={name: MASK if name.lower() in own else text for name, text in headers.items()},
        request_body=_redacted(body[: KEPT_BYTES + BEYOND], secrets)[:KEPT_BYTES],
        headers=_bounded(answer.headers, secrets),
        body=_redacted(answer.body, secrets)[:KEPT_BYTES],
        error=None if answer.error is None else redact(answer.error, secrets),
    )


def hidden(target: Target) -> frozenset[str]:
    """Every text that must not be stored or shown."""
    keys: Iterable[str] = (text for key in target.keys for text in (key.v1, key.v1a_private))
    sent = [*target.headers.values(), *target.credentials.values(), *secrets_of(target.url)]
    return frozenset([*sent, *keys]) - {""}


def _redacted(body: bytes, secrets: frozenset[str]) -> bytes:
    if not body or not secrets or redactor(secrets).is_free_of(body):
        return body
    text = body.decode("utf-8", "surrogateescape")
    return redact(text, secrets).encode("utf-8", "surrogateescape")  # type: ignore[no-any-return]


def _bounded(headers: Mapping[str, str], secrets: frozenset[str]) -> dict[str, str]:
    found = {}
    for name, value in list(headers.items())[:_MOST_HEADERS]:
        found[name[:100]] = MASK if name.lower() in _HIDDEN else redact(value, secrets)[:_MOST_VALUE]
    return found
