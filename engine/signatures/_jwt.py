"""JSON Web Tokens: a signed statement in a header (RFC 7519), in the compact form of RFC 7515.

A token covers the body only where a claim holds its hash; else it proves who sent the request and when.
"""

import base64
import hashlib
import hmac
import math
from collections.abc import Callable
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from engine.base.errors import Malformed
from engine.base.jsonbody import loads

from ._keys import checker, load_key
from ._reading import SignatureError, Signed, decode, same_text, to_bytes

LEEWAY = 10
"""Seconds that our clock and the sender's may differ, unless the trigger's tolerance says another number."""

_MAX_TOKEN = 16_384  # characters
_HASHES = {"256": "sha256", "384": "sha384", "512": "sha512"}
_CURVES = {"256": "secp256r1", "384": "secp384r1", "512": "secp521r1"}  # RFC 7518, 3.4

Check = Callable[[bytes, bytes], bool]


def verify_jwt(header: str, request: Signed) -> None:
    """Raise `SignatureError` unless the token in the header is signed, valid now, and as the settings say."""
    options = request.options
    place = options.get("signature_from")
    text = request.at(place) if place else request.header(options.get("header") or header)
    kind, space, rest = text.partition(" ")
    token = rest.strip() if space and kind.lower() == "bearer" else text
    claims = _verified(token, request.secrets("public_key"))
    _check_times(claims, request.now, options.get("tolerance", LEEWAY))
    for claim, option in (("iss", "issuer"), ("aud", "audience")):
        wanted, found = options.get(option), claims.get(claim)
        if wanted and wanted not in (found if isinstance(found, list) else [found]):
            raise SignatureError(f"The token's {claim} is not `{str(wanted)[:100]}`.")
    if options.get("body_hash_claim"):
        _check_body(str(claims.get(options["body_hash_claim"], "")), request.body)


def sign_jwt(header: str, request: Signed) -> dict[str, str]:
    """The header that a sender with our secret would send."""
    now, options = int(request.now), request.options
    claims: dict[str, Any] = {"iat": now, "exp": now + 300}
    claims |= {
        claim: options[name] for claim, name in (("iss", "issuer"), ("aud", "audience")) if name in options
    }
    if options.get("body_hash_claim"):
        claims[options["body_hash_claim"]] = hashlib.sha256(request.body).hexdigest()
    parts = [orjson.dumps({"alg": "HS256", "typ": "JWT"}), orjson.dumps(claims)]
    content = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    digest = hmac.digest(to_bytes(request.secrets()[0]), content, "sha256")
    token = content + b"." + base64.urlsafe_b64encode(digest).rstrip(b"=")
    return {options.get("header") or header: f"Bearer {token.decode()}"}


def _verified(token: str, secrets: list[str]) -> dict[str, Any]:
    """The claims of a token that one of the secrets has signed."""
    parts = token.split(".")
    if len(parts) != 3 or len(token) > _MAX_TOKEN:
        raise SignatureError("The token does not have three parts separated by dots.")
    signature = decode(parts[2], "base64url")
    head = _object(parts[0], "header")
    if "crit" in head:
        raise SignatureError("The token requires extensions that are not supported.")
    content = to_bytes(f"{parts[0]}.{parts[1]}")
    algorithm = head.get("alg")
    checks = [_check_of(secret, algorithm) for secret in secrets]
    matched = False
    for check in checks:
        matched |= bool(signature) and check is not None and check(content, signature or b"")
    if not matched:
        raise SignatureError("The token is not signed with the configured secret or key.")
    return _object(parts[1], "claims")


def _check_of(secret: str, algorithm: object) -> Check | None:
    """How a signature of this algorithm is checked with a secret; None where the two do not go together. A
    public key is never used as a secret, since everybody knows it."""
    text = algorithm if isinstance(algorithm, str) else ""
    kind, size = text[:2], text[2:]
    key = load_key(secret) if "-----BEGIN" in secret else None
    if kind == "HS" and size in _HASHES and key is None:
        return lambda content, found: hmac.compare_digest(
            hmac.digest(to_bytes(secret), content, _HASHES[size]), found
        )
    if kind not in ("RS", "PS", "ES", "Ed"):
        return None
    try:
        key = key or load_key(secret)
    except SignatureError:
        return None  # a secret for HMAC
    fits = (
        (kind in ("RS", "PS") and isinstance(key, rsa.RSAPublicKey) and size in _HASHES)
        or (
            kind == "ES"
            and isinstance(key, ec.EllipticCurvePublicKey)
            and key.curve.name == _CURVES.get(size)
        )
        or (text in ("EdDSA", "Ed25519") and isinstance(key, ed25519.Ed25519PublicKey))
    )
    return checker(key, _HASHES.get(size, "sha256"), "pss" if kind == "PS" else "pkcs1") if fits else None


def _object(part: str, name: str) -> dict[str, Any]:
    try:
        value = loads(decode(part, "base64url") or b"")
    except Malformed:
        value = None
    if not isinstance(value, dict):
        raise SignatureError(f"The token's {name} cannot be read.")
    return value


def _check_times(claims: dict[str, Any], now: float, leeway: float) -> None:
    for name in ("exp", "nbf", "iat"):
        value = claims.get(name)
        if name in claims and (
            isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value)
        ):
            raise SignatureError(f"The token's {name} is not a time.")
    if "exp" not in claims:
        raise SignatureError("The token has no `exp`, so it would never expire.")
    if now >= claims["exp"] + leeway:
        raise SignatureError("The token is too old.")
    if max(claims.get("nbf", now), claims.get("iat", now)) > now + leeway:
        raise SignatureError("The token is too new.")


def _check_body(given: str, body: bytes) -> None:
    ours = hashlib.sha256(body).hexdigest()
    if not same_text(ours, given.lower()):
        raise SignatureError("The body does not have the SHA-256 that the token names.")
