"""Reading what an unknown sender wrote: headers, times, digests. Everything wrong is a `SignatureError`."""

import base64
import binascii
import hmac
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from engine.base.errors import Malformed, SwitchyardError
from engine.base.jsonbody import loads

TOLERANCE = 300
"""Seconds a signed time may differ from ours, both ways: what every vendor with a time stamp advises."""

MAX_SIGNATURES = 32
"""Signatures looked at in one header; ed25519 costs 130 µs each, so a header full of them is refused."""

_DIGITS = re.compile(r"[0-9]{1,12}", re.ASCII)
_FINER = re.compile(r"([0-9]{1,12})\.[0-9]{1,9}|([0-9]{10,12})[0-9]{3}", re.ASCII)
_ISO = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:?\d\d)?", re.ASCII)
_MOST_FIELDS = 1000


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
    method: str = "POST"

    def header(self, name: str) -> str:
        """The one value of a header. Two of the same name are refused: which of them was signed?"""
        values = self.headers.get(name.lower(), [])
        if len(values) > 1:
            raise SignatureError(f"The header {name} was sent {len(values)} times. It must be sent once.")
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

    def at(self, place: str) -> str:
        """The one text at `header.NAME`, `query.NAME` or `body.PATH`: of a JSON body a path of fields, of a
        form the field of that name."""
        kind, _, name = place.partition(".")
        if kind == "header":
            return self.header(name)
        found = [value for key, value in self._query if key == name] if kind == "query" else self._field(name)
        if len(found) != 1 or not found[0]:
            raise SignatureError(f"`{place[:100]}` must occur once, but occurs {len(found)} times.")
        return found[0]

    @cached_property
    def json(self) -> Any:
        """The body as JSON, or None when it is none."""
        try:
            return loads(self.body)
        except Malformed:
            return None

    @property
    def _query(self) -> list[tuple[str, str]]:
        return _pairs(urlsplit(self.url or "").query)

    def _field(self, path: str) -> list[str]:
        if self.json is None:
            try:
                return [value for key, value in _pairs(self.body.decode()) if key == path]
            except UnicodeDecodeError:
                return []
        value = self.json
        for name in path.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        return [str(value)] if isinstance(value, str | int) and not isinstance(value, bool) else []

    def check_time(self, text: str, *, seconds: bool = True) -> None:
        """Refuse a time that is too far from now: Unix time in whole `seconds`, or else also in milliseconds
        or with a fraction, or ISO 8601."""
        tolerance = self.options.get("tolerance", TOLERANCE)
        if _DIGITS.fullmatch(text):
            moment = float(text)
        elif seconds:
            raise SignatureError("The timestamp is not a Unix time in whole seconds.")
        else:
            moment = _moment(text)
        difference = self.now - moment
        if abs(difference) > tolerance:
            age = "old" if difference > 0 else "new"
            raise SignatureError(
                f"The timestamp is too {age}: more than {tolerance} seconds from the server's clock."
            )


def _moment(text: str) -> float:
    finer = _FINER.fullmatch(text)
    if finer:
        return float(finer[1] or finer[2])
    try:
        if _ISO.fullmatch(text):
            moment = datetime.fromisoformat(text.upper())
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        pass
    raise SignatureError("The timestamp is neither a Unix time nor an ISO 8601 time.")


def _pairs(text: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return []


def read(
    headers: object,
    body: object,
    secret: Secret,
    now: object,
    url: object,
    options: Mapping[str, Any],
    method: object = "POST",
) -> Signed:
    """Check the types of everything that came from outside."""
    if isinstance(body, str):
        body = body.encode("utf-8", "surrogatepass")
    if not isinstance(body, bytes | bytearray | memoryview):
        raise SignatureError("The body must be the raw bytes as received.")
    if isinstance(now, bool) or not isinstance(now, int | float) or not math.isfinite(now):
        raise SignatureError("The clock must be Unix seconds.")
    if url is not None and not isinstance(url, str):
        raise SignatureError("The URL must be text.")
    if secret is not None and not isinstance(secret, str | list | tuple | Mapping):
        raise SignatureError("A secret must be text, a list of texts, or the fields of a connection.")
    if not isinstance(method, str):
        raise SignatureError("The method must be text.")
    try:
        urlsplit(url or "")
    except ValueError:
        raise SignatureError("The URL cannot be read.") from None
    return Signed(read_headers(headers), bytes(body), secret, float(now), url, options, method)


def read_headers(headers: object) -> dict[str, list[str]]:
    """Values by lower-case name, from a mapping or from pairs of str or bytes."""
    if not isinstance(headers, Mapping | list | tuple):
        raise SignatureError("Headers must be a mapping or a list of pairs.")
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    found: dict[str, list[str]] = {}
    for pair in pairs:
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise SignatureError("Headers must be pairs of name and value.")
        name, value = (each.decode("latin-1") if isinstance(each, bytes) else each for each in pair)
        if not isinstance(name, str) or not isinstance(value, str):
            raise SignatureError("A header's name and value must be text.")
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
        raise SignatureError("A value contains something that is not a Unicode character.") from None


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
