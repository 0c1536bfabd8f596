"""Codes of authenticator apps: TOTP (RFC 6238) with SHA-1, six digits, 30 seconds, as all apps know it."""

import base64
import hashlib
import hmac
import secrets
from urllib.parse import quote, urlencode

STEP = 30  # seconds
DIGITS = 6
_DRIFT = 1  # steps that a clock may be ahead or behind (RFC 6238, 5.2)
_SECRET_BYTES = 20  # as long as the hash (RFC 4226, 4, R6)


def new_secret() -> bytes:
    """160 random bits."""
    return secrets.token_bytes(_SECRET_BYTES)


def code(secret: bytes, step: int) -> str:
    """The code of one time step: HOTP (RFC 4226, 5.3) of its number."""
    digest = hmac.digest(secret, step.to_bytes(8, "big"), hashlib.sha1)
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFF_FFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def find_step(secret: bytes, given: str, now: float, last: int = -1) -> int | None:
    """The time step whose code was given, or None. Steps up to `last` are refused: a code is used once
    (RFC 6238, 5.2). Takes as long whichever step it is, and for none."""
    current = int(now // STEP)
    found = None
    for step in range(current - _DRIFT, current + _DRIFT + 1):
        same = hmac.compare_digest(code(secret, step).encode(), given.encode("utf-8", "surrogatepass"))
        if same and step > last:
            found = step
    return found


def text(secret: bytes) -> str:
    """The secret as people type it: Base32 in groups of four."""
    plain = base64.b32encode(secret).decode()
    return " ".join(plain[at : at + 4] for at in range(0, len(plain), 4))


def uri(secret: bytes, issuer: str, account: str) -> str:
    """What the QR code holds (https://github.com/google/google-authenticator/wiki/Key-Uri-Format)."""
    label = quote(f"{issuer}:{account}", safe="@:")
    query = {"secret": base64.b32encode(secret).decode(), "issuer": issuer}
    return f"otpauth://totp/{label}?{urlencode(query, quote_via=quote)}"
