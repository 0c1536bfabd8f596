"""Signatures by a private key that only the sender has, checked with its public key: ed25519, ECDSA, RSA."""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

from ._reading import SignatureError, decode

PublicKey = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey | rsa.RSAPublicKey
PADDINGS = ("pkcs1", "pss")
KEY_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "sha1": hashes.SHA1, "sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512,
}  # fmt: skip

_PEM = re.compile(r"-----BEGIN ([A-Z ]+)-----")
_LEAST_RSA = 1024  # bits; what is shorter is broken by anyone


def load_key(text: str) -> PublicKey:
    """The public key in a text: PEM of a key or a certificate, its DER in base64, or the 32 bytes of an
    ed25519 key in hex or base64 (`whpk_…` of Standard Webhooks too). Raises `SignatureError`."""
    try:
        key = _loaded(text.strip())
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < _LEAST_RSA:
        raise SignatureError(f"The RSA key has {key.key_size} bits, and needs {_LEAST_RSA}.")
    if isinstance(key, ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey | rsa.RSAPublicKey):
        return key
    raise SignatureError("The public key is not an ed25519, ECDSA or RSA key in PEM, base64 or hex.")


def _loaded(text: str) -> object:
    found = _PEM.search(text)
    if found is None:
        compact = re.sub(r"\s+", "", text).removeprefix("whpk_")
        raw = _bytes(compact)
        if len(raw) == 32:
            return ed25519.Ed25519PublicKey.from_public_bytes(raw)
        return serialization.load_der_public_key(raw)
    pem = text.replace("\\n", "\n").encode()  # as it stands in an environment variable
    if found[1] == "CERTIFICATE":
        return x509.load_pem_x509_certificate(pem).public_key()
    if "PRIVATE" in found[1]:
        raise SignatureError("This is a private key. Enter the public key.")
    return serialization.load_pem_public_key(pem)


def _bytes(text: str) -> bytes:
    if re.fullmatch(r"[0-9a-fA-F]{64}", text):
        return binascii.unhexlify(text)
    return base64.b64decode(text + "=" * (-len(text) % 4), b"-_" if "-" in text or "_" in text else None)


def checker(
    key: PublicKey, algorithm: str = "sha256", scheme: str = "pkcs1"
) -> Callable[[bytes, bytes], bool]:
    """Whether a signature of a content was made with the key's private half. `scheme` is the padding of RSA.
    A signature by ECDSA may be DER (RFC 3279) or two numbers of one length (RFC 7518, 3.4)."""
    hash_ = KEY_HASHES[algorithm]()

    def check(content: bytes, signature: bytes) -> bool:
        try:
            if isinstance(key, ed25519.Ed25519PublicKey):
                key.verify(signature, content)
            elif isinstance(key, rsa.RSAPublicKey):
                pss = padding.PSS(padding.MGF1(hash_), padding.PSS.AUTO)
                key.verify(signature, content, pss if scheme == "pss" else padding.PKCS1v15(), hash_)
            else:
                key.verify(_as_der(signature, key), content, ec.ECDSA(hash_))
        except (InvalidSignature, ValueError):
            return False
        return True

    return check


def _as_der(signature: bytes, key: ec.EllipticCurvePublicKey) -> bytes:
    size = (key.curve.key_size + 7) // 8
    if len(signature) != 2 * size:
        return signature
    numbers = (int.from_bytes(part, "big") for part in (signature[:size], signature[size:]))
    return utils.encode_dss_signature(*numbers)


def signature_bytes(text: str, encoding: str) -> bytes | None:
    """The bytes of a signature; without an encoding, hex if it can be hex, else base64 of either alphabet."""
    if encoding:
        return decode(text, encoding)
    if re.fullmatch(r"(?:[0-9a-fA-F]{2}){32,}", text):
        return binascii.unhexlify(text)
    return decode(text, "base64url" if "-" in text or "_" in text else "base64")


assert set(KEY_HASHES) <= hashlib.algorithms_guaranteed
