"""Reading what an unknown sender wrote: headers, times, digests. Everything wrong is a `SignatureError`."""

import base64
import binascii
import hmac
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.base.errors import SwitchyardError

TOLERANCE = 300
"""Seconds a signed time may differ from ours, both ways: what every vendor with a time stamp advises."""

MAX_SIGNATURES = 32
"""Signatures looked at in one header; ed25519 costs 130 µs each, so a header full of them is refused."""

_DIGITS = re.compile(r"[0-9]{1,12}", re.ASCII)


class SignatureError(SwitchyardError):
    """The request is not proved to come from who it says. `reason` never holds a secret or a digest."""

    status, code = 401, "bad_signature"

    @property
    def reason(self) -> str:
        return self.message


Secret = str | Sequence[str] | Mapping[str, str] | None
"""One secret, several during a rotation, or the fields of a connection."""

HeaderList = Mapping[str, str] | Iterable[tuple[str | bytes, str | bytes]]


@dataclass(frozen=True)
class Signed:
    """A request as a verifier sees it, already known to be of the right types."""

    headers: Mapping[str, list[str]]
    body: bytes
    secret: Secret
    now: float
    url: str | None
    options: Mapping[str, Any] = field(default_factory=dict)

    def header(self, name: str) -> str:
        """The one value of a header. Two of the same name are refused: which of them was signed?"""
        values = self.headers.get(name.lower(), [])
        if len(values) > 1:
            raise SignatureError(f"The header {name} came {len(values)} times; it must come once.")
        if not values or not values[0]:
            raise SignatureError(f"The header {name} is missing.")
        return values[0]

    def secrets(self, *fields: str) -> list[str]:
        """Every secret that is good now; never an empty list or an empty text. Of a connection these are
        its `secret`, its `previous_secret` and the fields named here."""
        secret = self.secret
        if isinstance(secret, Mapping):
            secret = [v for k in ("secret", "previous_secret", *fields) if (v := secret.get(k))]
        found = [secret] if isinstance(secret, str) else list(secret or [])
        if not found or not all(isinstance(each, str) and each for each in found):
            raise SignatureError("No secret is set for this webhook, so nothing can be verified.")
        return found

    def check_time(self, text: str) -> None:
        """Refuse a Unix time that is no whole number of seconds, or is too far from now."""
        tolerance = self.options.get("tolerance", TOLERANCE)
        if not _DIGITS.fullmatch(text):
            raise SignatureError("The timestamp is not a Unix time in whole seconds.")
        difference = self.now - int(text)
        if abs(difference) > tolerance:
            age = "old" if difference > 0 else "new"
            raise SignatureError(f"The timestamp is too {age}: more than {tolerance} seconds from our clock.")


def read(
    headers: object, body: object, secret: Secret, now: object, url: object, options: Mapping[str, Any]
) -> Signed:
    """Check the types of everything that came from outside."""
    if isinstance(body, str):
        body = body.encode("utf-8", "surrogatepass")
    if not isinstance(body, bytes | bytearray | memoryview):
        raise SignatureError("The body must be the raw bytes as they came.")
    if isinstance(now, bool) or not isinstance(now, int | float) or not math.isfinite(now):
        raise SignatureError("The clock must be Unix seconds.")
    if url is not None and not isinstance(url, str):
        raise SignatureError("The URL must be text.")
    if secret is not None and not isinstance(secret, str | list | tuple | Mapping):
        raise SignatureError("A secret is text, a list of texts, or the fields of a connection.")
    return Signed(read_headers(headers), bytes(body), secret, float(now), url, options)


def read_headers(headers: object) -> dict[str, list[str]]:
    """Values by lower-case name, from a mapping or from pairs of str or bytes."""
    if not isinstance(headers, Mapping | list | tuple):
        raise SignatureError("Headers are a mapping or a list of pairs.")
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    found: dict[str, list[str]] = {}
    for pair in pairs:
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise SignatureError("Headers are pairs of name and value.")
        name, value = (each.decode("latin-1") if isinstance(each, bytes) else each for each in pair)
        if not isinstance(name, str) or not isinstance(value, str):
            raise SignatureError("A header's name and value are text.")
        found.setdefault(name.lower(), []).append(value.strip(" \t"))
    return found


def same(ours: bytes, theirs: bytes) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(ours, theirs)


def same_text(ours: str, theirs: str) -> bool:
    """Compare a secret with a header in constant time. Header bytes were decoded as Latin-1, whatever
    the sender meant, so a secret beyond ASCII is compared in both readings."""
    given = theirs.encode("utf-8", "surrogatepass")
    as_utf8 = ours.encode("utf-8", "surrogatepass")
    return same(as_utf8, given) | same(as_utf8.decode("latin-1").encode(), given)


def to_bytes(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise SignatureError("A value holds what is no Unicode character.") from None


def decode(text: str, encoding: str) -> bytes | None:
    """The bytes behind hex, base64 or base64url (padding may be missing), or None when it is none."""
    try:
        if encoding == "hex":
            return binascii.unhexlify(text)
        others = b"-_" if encoding == "base64url" else None
        return base64.b64decode(text + "=" * (-len(text) % 4), others, validate=True)
    except ValueError:  # binascii.Error and non-ASCII text are both ValueErrors
        return None


def encode(digest: bytes, encoding: str) -> str:
    if encoding == "hex":
        return digest.hex()
    return base64.b64encode(digest, b"-_" if encoding == "base64url" else None).decode()
