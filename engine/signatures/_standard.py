"""Standard Webhooks 1.0.0 (standardwebhooks.com): v1 is HMAC-SHA256, v1a is ed25519. Svix is the same
under other header names."""

import base64
import hmac
import secrets as random
from collections.abc import Mapping, Sequence

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ._reading import MAX_SIGNATURES, SignatureError, Signed, decode, same, to_bytes

# The spec asks for 24 to 64 bytes. We make no shorter key; of a vendor we take what is no weaker than
# SHA-1's output, since a key that lost its last characters still counts in the published cases.
_MIN_OWN_KEY, _MIN_KEY = 24, 20


def verify_standard(prefix: str, request: Signed) -> None:
    """Raise `SignatureError` unless one entry fits one secret: `whsec_…` (or bare base64) for v1,
    `whpk_…` (or the private `whsk_…`) for v1a."""
    message_id = request.header(f"{prefix}-id")
    timestamp = request.header(f"{prefix}-timestamp")
    entries = request.header(f"{prefix}-signature").split()
    if "." in message_id:
        # id.timestamp.body is only unambiguous while the id holds no dot, which the spec forbids.
        raise SignatureError(f"{prefix}-id must not contain a dot.")
    request.check_time(timestamp)
    if len(entries) > MAX_SIGNATURES:
        raise SignatureError(f"{prefix}-signature contains more than {MAX_SIGNATURES} signatures.")
    content = _content(message_id, timestamp, request.body)
    keys = [_key(secret, _MIN_KEY) for secret in standard_secrets(request)]
    matched = False
    for entry in entries:
        version, _, text = entry.partition(",")
        digest = decode(text, "base64")
        if digest:
            for key in keys:
                matched |= _fits(key, version, content, digest)
    if not matched:
        raise SignatureError(f"No signature in {prefix}-signature matches the body.")


def sign_standard(secrets: Sequence[str], id: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`: one entry for each secret, v1 for `whsec_…` and v1a for
    `whsk_…`. Give the new and the old secret while one replaces the other. Raises `SignatureError` for
    a key that cannot sign."""
    if not id or "." in id:
        raise SignatureError("A webhook id must not be empty or contain a dot.")
    if not secrets:
        raise SignatureError("No secret to sign with.")
    content = _content(id, str(int(timestamp)), body)
    return " ".join(_entry(_key(secret, _MIN_OWN_KEY), content) for secret in secrets)


def new_secret() -> str:
    """A fresh symmetric secret, `whsec_` and 32 random bytes."""
    return "whsec_" + base64.b64encode(random.token_bytes(32)).decode()


def new_key_pair() -> tuple[str, str]:
    """A fresh ed25519 pair as (`whsk_…`, `whpk_…`); the private text is the seed and the public key."""
    key = Ed25519PrivateKey.generate()
    seed, public = key.private_bytes_raw(), key.public_key().public_bytes_raw()
    return "whsk_" + base64.b64encode(seed + public).decode(), "whpk_" + base64.b64encode(public).decode()


def standard_secrets(request: Signed) -> list[str]:
    """Every key of the request's secret. What stands in the field `public_key` is never used as a
    symmetric key, whatever it looks like: everybody knows it, so everybody could sign with it."""
    fields = request.secret
    public = fields.get("public_key") if isinstance(fields, Mapping) else None
    if not isinstance(fields, Mapping) or not isinstance(public, str) or not public:
        return request.secrets()
    own = request.secrets() if fields.get("secret") or fields.get("previous_secret") else []
    return [*own, "whpk_" + public.removeprefix("whpk_")]


def check_key(secret: str) -> None:
    """Raise `SignatureError` for a secret that nothing can be verified with."""
    _key(secret, _MIN_KEY)


_Key = bytes | Ed25519PrivateKey | Ed25519PublicKey


def _key(secret: str, minimum: int) -> _Key:
    kind, _, text = secret.partition("_")
    if kind not in ("whsec", "whpk", "whsk"):
        kind, text = "whsec", secret
    raw = decode(text, "base64") or b""
    if kind == "whsec":
        if len(raw) < minimum:
            raise SignatureError(f"The secret must be whsec_ and base64 of at least {minimum} bytes.")
        return raw
    if kind == "whpk" and len(raw) == 32:
        return Ed25519PublicKey.from_public_bytes(raw)
    if kind == "whsk" and len(raw) in (32, 64):
        return Ed25519PrivateKey.from_private_bytes(raw[:32])
    raise SignatureError("This is not an ed25519 key: whpk_ and 32 bytes, or whsk_ and 64, in base64.")


def _fits(key: _Key, version: str, content: bytes, digest: bytes) -> bool:
    if isinstance(key, bytes):
        return version == "v1" and same(hmac.digest(key, content, "sha256"), digest)
    public = key.public_key() if isinstance(key, Ed25519PrivateKey) else key
    if version != "v1a":
        return False
    try:
        public.verify(digest, content)
    except InvalidSignature:
        return False
    return True


def _entry(key: _Key, content: bytes) -> str:
    if isinstance(key, bytes):
        return "v1," + base64.b64encode(hmac.digest(key, content, "sha256")).decode()
    if isinstance(key, Ed25519PublicKey):
        raise SignatureError("A public key cannot sign.")
    return "v1a," + base64.b64encode(key.sign(content)).decode()


def _content(message_id: str, timestamp: str, body: bytes) -> bytes:
    return to_bytes(f"{message_id}.{timestamp}.") + body
