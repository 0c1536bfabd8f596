"""Passwords: argon2id hashes, made off the event loop, and which passwords are refused.

Parameters are argon2-cffi's defaults, RFC 9106's second recommended option (3 passes, 64 MiB, 4 lanes).
Refusals follow NIST SP 800-63B: a length and a list of what everybody tries first; no rules on characters.
"""

import asyncio
import re
import unicodedata
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import ARGON2_VERSION

from engine.base.errors import BadInput

MIN_LENGTH = 10
MAX_LENGTH = 1024  # characters; a longer one only costs time

_LEET = str.maketrans("013457@$!", "oleastasi")
_COMMON = frozenset(
    """
    password passwort passphrase mypassword secret mysecret letmein welcome iloveyou changeme trustno one
    qwerty qwertyuiop qwertzuiop azertyuiop asdfghjkl zxcvbnm qwertyasdf qazwsxedc qweasdzxc administrator
    admin superman batman football baseball basketball princess sunshine dragon monkey starwars whatever
    computer internet default temporary test guest login switchyard master root user hello helloworld
    """.split()  # noqa: SIM905 - one line a word is no easier to read
)
_RUNS = (
    "01234567890123456789",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "1q2w3e4r5t6z7u8i9o0p",
    "1q2w3e4r5t6y7u8i9o0p",
    "1qaz2wsx3edc4rfv5tgb",
    "qazwsxedcrfvtgbyhnujm",
)


def check_password(password: object, *about: str, field: str = "password") -> str:
    """The password, or `BadInput` that says why not. `about` is what it must not repeat: the e-mail."""
    if not isinstance(password, str) or len(password) < MIN_LENGTH:
        raise BadInput(f"A password needs at least {MIN_LENGTH} characters.", field=field)
    if len(password) > MAX_LENGTH:
        raise BadInput(f"A password can have at most {MAX_LENGTH} characters.", field=field)
    if _is_easy(password, about):
        raise BadInput("This password is too common. Choose another one.", field=field)
    return password


def _is_easy(password: str, about: tuple[str, ...]) -> bool:
    text = unicodedata.normalize("NFKC", password).casefold()
    if len(set(text)) < 5:
        return True
    if any(text in run or text[::-1] in run for run in _RUNS):
        return True
    known = {part for word in about for part in (word.casefold(), word.casefold().partition("@")[0]) if part}
    core = text.strip("0123456789!?.,#*+-_ ")
    bare = re.sub(r"[^a-z]", "", text.translate(_LEET))
    half = text[: len(text) // 2]
    return (
        text in known
        or core in known
        or not {core, bare, core.translate(_LEET)}.isdisjoint(_COMMON)
        or (half * 2 == text and (half in _COMMON or half in known))
    )


HASHER = PasswordHasher()


class Passwords:
    """Hashes and checks passwords on two threads of its own, so at most two hashes' memory is in use."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or HASHER
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="password")
        self._nobody = _of_nobody(self._hasher)

    def close(self) -> None:
        self._threads.shutdown()

    async def hash(self, password: str) -> str:
        """The argon2id hash to store."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._hash, password)

    async def check(self, password: str, stored: str) -> bool:
        """Whether `password` fits `stored`; takes as long when there is nothing stored to compare with."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._check, password, stored)

    def is_stale(self, stored: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(stored)

    def _hash(self, password: str) -> str:
        return self._hasher.hash(_normal(password))

    def _check(self, password: str, stored: str) -> bool:
        if len(password) > MAX_LENGTH:
            password = ""
        try:
            return self._hasher.verify(stored or self._nobody, _normal(password)) and bool(stored)
        except (VerificationError, InvalidHashError):
            return False


def _of_nobody(hasher: PasswordHasher) -> str:
    """A hash that fits no password, and takes as long as any other of these parameters to compare with."""
    salt, zero = (
        b64encode(bytes(length)).decode().rstrip("=") for length in (hasher.salt_len, hasher.hash_len)
    )
    costs = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    return f"$argon2id$v={ARGON2_VERSION}${costs}${salt}${zero}"


def _normal(password: str) -> bytes:
    # The same characters typed on two systems may be composed differently.
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
