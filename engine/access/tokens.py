"""Tokens: 256 random bits, shown once; only their SHA-256 is stored.

A plain hash is enough here, unlike for passwords: nobody can try 2^256 tokens.
"""

import hashlib
import secrets
import string

_ALPHABET = string.ascii_letters + string.digits  # a double click selects it whole


def new_token(prefix: str = "") -> str:
    """43 characters of base 62, 256 bits, behind the prefix."""
    return prefix + "".join(secrets.choice(_ALPHABET) for _ in range(43))


def fingerprint(token: str) -> str:
    """What is stored and looked up."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
