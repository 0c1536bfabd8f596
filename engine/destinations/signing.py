"""Signing of what is delivered: Standard Webhooks 1.0.0, v1 (HMAC) and v1a (ed25519) side by side.

A destination has its own keys, kept sealed as JSON, newest first. While one key replaces another, both
sign, so a receiver changes over when it likes within the overlap.
"""

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from typing import Any

import orjson

from engine.base import clock
from engine.signatures import new_key_pair, new_secret, sign_standard

OVERLAP_H = 24.0
"""Hours that an old key goes on signing beside the new one (what Svix, Outpost and Deck give)."""
MOST_KEYS = 10
"""Keys of a destination, old ones included: each adds two entries to the header."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One pair of keys; `until` (ISO 8601) is when an old one stops signing, None for the newest."""

    v1: str = field(repr=False)
    """The shared secret, `whsec_…`."""
    v1a_private: str = field(repr=False)
    """`whsk_` and base64 of the seed and the public key."""
    until: str | None = None

    @property
    def v1a_public(self) -> str:
        """What everybody may know: `whpk_…`."""
        return "whpk_" + base64.b64encode(self._public).decode()

    @property
    def _public(self) -> bytes:
        return base64.b64decode(self.v1a_private.removeprefix("whsk_"))[32:]

    def jwk(self) -> dict[str, str]:
        """The public key as RFC 8037 writes it; `kid` is its thumbprint (RFC 7638)."""
        known = {"crv": "Ed25519", "kty": "OKP", "x": _base64url(self._public)}
        thumbprint = sha256(orjson.dumps(known)).digest()
        return {**known, "alg": "EdDSA", "use": "sig", "kid": _base64url(thumbprint)}


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def new_keys() -> list[SigningKey]:
    """The keys of a new destination."""
    return [SigningKey(new_secret(), new_key_pair()[0])]


def headers(keys: Sequence[SigningKey], event_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers of Standard Webhooks; `timestamp` is the time of this attempt in Unix seconds."""
    secrets = [secret for key in in_force(keys, timestamp) for secret in (key.v1, key.v1a_private)]
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign_standard(secrets, event_id, timestamp, body),
    }


def in_force(keys: Iterable[SigningKey], now: float | None = None) -> list[SigningKey]:
    """The keys that sign at that moment (Unix seconds; now if not given)."""
    moment = clock.to_iso(clock.now() if now is None else now)
    return [key for key in keys if key.until is None or key.until > moment]


def rotate(
    keys: Sequence[SigningKey], overlap_h: float = OVERLAP_H, now: float | None = None
) -> list[SigningKey]:
    """New keys before the old ones, which sign for `overlap_h` hours more; 0 ends them at once."""
    moment = clock.now() if now is None else now
    until = clock.to_iso(moment + overlap_h * 3600)
    old = [replace(key, until=min(key.until or until, until)) for key in in_force(keys, moment)]
    return [*new_keys(), *(old if overlap_h > 0 else [])][:MOST_KEYS]


def public_keys(keys: Iterable[SigningKey], now: float | None = None) -> dict[str, Any]:
    """What everybody may fetch: the keys in force as a JWK set (RFC 7517), each with its `whpk_` text too."""
    known = in_force(keys, now)
    return {"keys": [{**key.jwk(), "whpk": key.v1a_public, "until": key.until} for key in known]}


def to_json(keys: Iterable[SigningKey]) -> bytes:
    """For the vault. Holds the secrets."""
    return orjson.dumps([asdict(key) for key in keys])


def from_json(text: bytes) -> list[SigningKey]:
    """What `to_json` wrote."""
    known: list[Mapping[str, Any]] = orjson.loads(text)
    return [SigningKey(**values) for values in known]
