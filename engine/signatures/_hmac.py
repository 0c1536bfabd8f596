"""Every scheme that signs some text, by HMAC or by a private key, as one recipe with different settings."""

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

from ._keys import checker, load_key, signature_bytes
from ._reading import MAX_SIGNATURES, SignatureError, Signed, decode, encode, same, to_bytes
from ._template import LISTED_TIMES, render

ALGORITHMS = ("sha1", "sha256", "sha384", "sha512")
ENCODINGS = ("hex", "base64", "base64url")
KEY_ENCODINGS = ("text", "hex", "base64")


@dataclass(frozen=True)
class Recipe:
    """Where a vendor puts its signature and what it signs."""

    header: str
    signed: str = "{body}"
    """The signed text, with places in braces; see `_template`."""
    prefix: str = ""
    algorithm: str = "sha256"
    encoding: str = "hex"
    key_encoding: str = "text"
    signature_key: str = ""
    """When set, the header is a list such as `t=…,v1=…,v1=…` and this names the entries to look at."""
    timestamp_key: str = ""
    """The entry with the time; if empty, the one that is called `t`, `ts`, `time` or `timestamp`."""
    separator: str = ","
    """Between the entries of a list that we write; when one is read, a comma and a semicolon are the same."""
    timestamp_header: str = ""
    id_header: str = ""
    signature_from: str = ""
    """Where the signature is if not in a header, and so on: `body.signature.value`, `query.sig`."""
    timestamp_from: str = ""
    id_from: str = ""
    times: Literal["seconds", "milliseconds", "iso"] = "seconds"
    """How the sender writes a time. In `seconds` it must be whole ones, otherwise any form is read."""
    time_in_body: str = ""
    """A field of the signed body that may hold the time as a number; it is checked where it is there."""
    by_key: bool = False
    """Whether the sender signs with a private key, and the secret is its public key."""
    padding: str = "pkcs1"
    """Of RSA: `pkcs1` or `pss`."""
    guess: bool = False
    """Read the algorithm and the encoding off the signature itself where no setting names them."""

    @property
    def headers(self) -> tuple[str, ...]:
        return tuple(name for name in (self.header, self.timestamp_header, self.id_header) if name)

    @property
    def timed(self) -> bool:
        return "{timestamp}" in self.signed

    @property
    def listed(self) -> bool:
        """Whether the header is a list of entries with names."""
        elsewhere = self.timestamp_header or self.timestamp_from or self.signature_from
        return bool(self.signature_key) or (self.timed and not elsewhere)


def verify_recipe(recipe: Recipe, request: Signed) -> None:
    """Raise `SignatureError` unless one of the signatures was made with one of the secrets."""
    recipe = adjust(recipe, request.options, request.headers)
    values, timestamp = _signatures(recipe, request)
    if recipe.guess and values and not request.options.keys() & {"algorithm", "encoding"}:
        recipe = _as_written(recipe, values[0])
    if timestamp:
        request.check_time(timestamp, seconds=recipe.times == "seconds")
    elif recipe.time_in_body and isinstance(request.json, dict):
        inner = request.json.get(recipe.time_in_body)
        if inner is not None:
            request.check_time(str(inner), seconds=recipe.times == "seconds")
    content = render(recipe.signed, timestamp, _id(recipe, request), request)
    given = [digest for value in values if (digest := _digest(value, recipe))]
    matched = False
    for check in _checks(recipe, request):
        for digest in given:
            matched |= check(content, digest)
    if not matched:
        raise SignatureError(
            f"The signature in {recipe.signature_from or recipe.header} does not match the body."
        )


def _digest(value: str, recipe: Recipe) -> bytes | None:
    return signature_bytes(value, recipe.encoding) if recipe.by_key else decode(value, recipe.encoding)


def _checks(recipe: Recipe, request: Signed) -> list[Callable[[bytes, bytes], bool]]:
    """For each secret, whether it made a signature of a content."""
    if recipe.by_key:
        keys = [load_key(text) for text in request.secrets("public_key")]
        return [checker(key, recipe.algorithm, recipe.padding) for key in keys]

    def checked(key: bytes) -> Callable[[bytes, bytes], bool]:
        return lambda content, digest: same(hmac.digest(key, content, recipe.algorithm), digest)

    return [checked(key_bytes(secret, recipe)) for secret in request.secrets()]


_BYTES = {20: "sha1", 32: "sha256", 48: "sha384", 64: "sha512"}


def _as_written(recipe: Recipe, value: str) -> Recipe:
    """The recipe with the algorithm and encoding that a signature of this length must have. Whoever
    does not know the key can forge none of them, so it is no matter which one a sender picks."""
    if re.fullmatch(r"[0-9a-fA-F]+", value) and len(value) // 2 in _BYTES:
        return replace(recipe, algorithm=_BYTES[len(value) // 2], encoding="hex")
    size = len(value.rstrip("=")) * 3 // 4
    return replace(recipe, algorithm=_BYTES[size], encoding="base64") if size in _BYTES else recipe


def sign_recipe(recipe: Recipe, request: Signed, message_id: str) -> dict[str, str]:
    """The headers a sender with our secret would send. Raises `SignatureError` where it has a key that we do
    not have, or signs elsewhere than in headers."""
    recipe = adjust(recipe, request.options, {})
    if recipe.by_key or recipe.signature_from or recipe.timestamp_from or recipe.id_from:
        raise SignatureError("Only the sender can sign this.")
    timestamp = _written(request.now, recipe.times)
    content = render(recipe.signed, timestamp, message_id, request)
    digests = [hmac.digest(key_bytes(s, recipe), content, recipe.algorithm) for s in request.secrets()]
    texts = [recipe.prefix + encode(digest, recipe.encoding) for digest in digests]
    if recipe.listed:
        parts = [f"{recipe.signature_key or 'v1'}={text}" for text in texts]
        if recipe.timed:
            parts.insert(0, f"{recipe.timestamp_key or 't'}={timestamp}")
        return {recipe.header: recipe.separator.join(parts)}
    headers = {recipe.header: texts[0]}
    if recipe.timestamp_header:
        headers[recipe.timestamp_header] = timestamp
    if recipe.id_header:
        headers[recipe.id_header] = message_id
    return headers


def _written(now: float, times: str) -> str:
    if times == "iso":
        return datetime.fromtimestamp(int(now), UTC).isoformat().replace("+00:00", "Z")
    return str(int(now * 1000) if times == "milliseconds" else int(now))


def adjust(recipe: Recipe, options: Mapping[str, Any], headers: Mapping[str, list[str]]) -> Recipe:
    """The recipe with a trigger's own settings, which `option_problems` has already accepted."""
    settings = {name: value for name, value in options.items() if name not in ("tolerance", "certificate")}
    for name in ("algorithm", "encoding", "key_encoding", "padding"):
        if name in settings:
            settings[name] = settings[name].lower().replace("-", "")
    recipe = replace(recipe, **settings)
    if not recipe.header and not recipe.signature_from:
        # Nobody said which header: take the one that is plainly meant, and refuse to choose among two.
        found = [name for name in headers if name.endswith("-signature")]
        if len(found) != 1:
            raise SignatureError(f"Name the signature's header: {len(found)} headers end in -signature.")
        recipe = replace(recipe, header=found[0])
    return recipe


def _id(recipe: Recipe, request: Signed) -> str:
    if recipe.id_from:
        return request.at(recipe.id_from)
    return request.header(recipe.id_header) if recipe.id_header else ""


def _signatures(recipe: Recipe, request: Signed) -> tuple[list[str], str]:
    """The signatures without their prefix, and the timestamp (empty when the vendor sends none)."""
    text = request.at(recipe.signature_from) if recipe.signature_from else request.header(recipe.header)
    timestamp = ""
    if recipe.timestamp_from:
        timestamp = request.at(recipe.timestamp_from)
    elif recipe.timestamp_header:
        timestamp = request.header(recipe.timestamp_header)
    if recipe.listed:
        values, listed = _entries(recipe, text)
        return values, timestamp or listed
    if not text.startswith(recipe.prefix):
        raise SignatureError(f"{recipe.header} does not start with {recipe.prefix}.")
    return [text.removeprefix(recipe.prefix)], timestamp


def _entries(recipe: Recipe, text: str) -> tuple[list[str], str]:
    found: dict[str, list[str]] = {}
    for part in re.split("[,;]", text):
        name, _, value = part.strip().partition("=")
        found.setdefault(name, []).append(value)
    keys = (recipe.timestamp_key,) if recipe.timestamp_key else LISTED_TIMES
    times = [value for key in keys for value in found.get(key, [])]
    key = recipe.signature_key
    values = found.get(key, []) if key else [v for name in found if name not in keys for v in found[name]]
    if not values or len(values) > MAX_SIGNATURES:
        raise SignatureError(f"{recipe.header} must contain 1 to {MAX_SIGNATURES} values {key or 'v1'}=….")
    values = [value.removeprefix(recipe.prefix) for value in values]
    if not recipe.timed or recipe.timestamp_header or recipe.timestamp_from:
        return values, ""
    if len(times) != 1 or not times[0]:
        raise SignatureError(f"{recipe.header} must contain one timestamp {keys[0]}=….")
    return values, times[0]


def key_bytes(secret: str, recipe: Recipe) -> bytes:
    """The key that a secret's text stands for. Raises `SignatureError` for one that is not so encoded."""
    if recipe.key_encoding == "text":
        return to_bytes(secret)
    key = decode(secret, recipe.key_encoding)
    if not key:
        raise SignatureError(f"The secret is not {recipe.key_encoding}.")
    return key


assert set(ALGORITHMS) <= hashlib.algorithms_guaranteed
