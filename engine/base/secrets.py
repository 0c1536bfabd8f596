"""Secrets at rest: sealed in the database. How they are masked is in `redaction`.

A sealed record is `version (1) · key id (4) · nonce (12) · AES-256-GCM ciphertext and tag`. The context
(purpose, project, id) is associated data, so a record copied onto another row does not open
(NIST SP 800-38D; https://cryptography.io/en/latest/hazmat/primitives/aead/).
"""

import base64
import binascii
import hashlib
import hmac
import json
import os
import stat
from collections.abc import Iterable
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .errors import SwitchyardError
from .settings import Settings

KEY_FILE = "secret.key"

_VERSION = b"\x01"
_KEY_BYTES = 32
_NONCE_BYTES = 12
_HEADER = 1 + 4


class VaultError(SwitchyardError):
    """The key cannot be used, or a record does not open with it. Never says what is in either."""

    code = "vault"


class Vault:
    """Seals and opens small records with one key."""

    def __init__(self, key: bytes) -> None:
        if len(key) != _KEY_BYTES:
            raise VaultError(f"the secret key must be {_KEY_BYTES} bytes, not {len(key)}")
        self._cipher = AESGCM(key)
        self._key = key
        # Tells which key sealed a record without telling anything of the key: needed to change keys.
        self._key_id = hashlib.sha256(b"switchyard key id\0" + key).digest()[:4]

    @classmethod
    def from_settings(cls, settings: Settings) -> "Vault":
        """The vault of this instance; makes the key file in `data_dir` when there is none.

        Raises `VaultError` for a key of the wrong form and for a key file that others may read.
        """
        if settings.secret_key:
            return cls(_decode(settings.secret_key, "SWITCHYARD_SECRET_KEY"))
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        return cls(_key_file(settings.data_dir / KEY_FILE))

    def __repr__(self) -> str:
        return f"Vault(key_id={self._key_id.hex()!r})"

    @property
    def key_id(self) -> bytes:
        """Four bytes by which the key is known in what it sealed."""
        return self._key_id

    def key_for(self, purpose: str) -> bytes:
        """A key of 32 bytes for one purpose, made from the vault's (one step of HKDF, RFC 5869)."""
        return hmac.digest(self._key, f"switchyard {purpose}\0".encode() + b"\x01", "sha256")

    def seal(self, plain: bytes, *context: str) -> bytes:
        """Encrypt `plain` for this `context`, such as ("connection", project id, connection id)."""
        nonce = os.urandom(_NONCE_BYTES)
        head = _VERSION + self._key_id
        return head + nonce + self._cipher.encrypt(nonce, plain, head + _bind(context))

    def open(self, sealed: bytes, *context: str) -> bytes:
        """The plain bytes. Raises `VaultError` for a changed record, another key or another context."""
        head, nonce = sealed[:_HEADER], sealed[_HEADER : _HEADER + _NONCE_BYTES]
        if len(sealed) <= _HEADER + _NONCE_BYTES or head[:1] != _VERSION:
            raise VaultError("this secret cannot be read: it was not stored by this instance")
        if head[1:] != self._key_id:
            raise VaultError(
                "this secret was encrypted with another key: restore that key or enter the secret again"
            )
        try:
            return self._cipher.decrypt(nonce, sealed[len(head) + len(nonce) :], head + _bind(context))
        except InvalidTag:
            raise VaultError("this secret was changed or moved outside Switchyard: enter it again") from None


def _bind(context: Iterable[str]) -> bytes:
    return json.dumps(list(context)).encode()  # a list in JSON: no two contexts give the same bytes


def _decode(text: str, where: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        raise VaultError(f"{where} is not base64") from None
    if len(key) != _KEY_BYTES:
        raise VaultError(f"{where} must be base64 of {_KEY_BYTES} bytes; it holds {len(key)}")
    return key


def _key_file(path: Path) -> bytes:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read_key_file(path)
    key = os.urandom(_KEY_BYTES)
    with os.fdopen(handle, "wb") as file:
        os.fchmod(file.fileno(), 0o600)  # whatever the umask
        file.write(base64.b64encode(key) + b"\n")
        file.flush()
        os.fsync(file.fileno())  # or a power cut could lose the key and keep what it sealed
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
    return key


def _read_key_file(path: Path) -> bytes:
    with path.open("rb") as file:
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        if mode & 0o077:
            raise VaultError(f"{path} may be read by others (mode {mode:04o}): run chmod 600 {path}")
        return _decode(file.read(1024).decode("ascii", "replace"), str(path))
