"""Every scheme that is an HMAC over some text, as one recipe with different settings."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ._reading import MAX_SIGNATURES, SignatureError, Signed, decode, encode, same, to_bytes

ALGORITHMS = ("sha1", "sha256", "sha384", "sha512")
ENCODINGS = ("hex", "base64", "base64url")
KEY_ENCODINGS = ("text", "hex", "base64")
PLACES = ("timestamp", "id", "url", "body")
_PLACE = re.compile(r"\{([a-z]*)\}")


@dataclass(frozen=True)
class Recipe:
    """Where a vendor puts its signature and what it signs."""

    header: str
    signed: str = "{body}"
    """The signed text; `{timestamp}`, `{id}`, `{url}` and `{body}` are replaced."""
    prefix: str = ""
    algorithm: str = "sha256"
    encoding: str = "hex"
    key_encoding: str = "text"
    pairs: str = ""
    """When set, the header is a list such as `t=…,v1=…,v1=…` and this names the entries to look at."""
    timestamp_header: str = ""
    id_header: str = ""
    guess: bool = False
    """Tell the algorithm and the encoding from the signature itself where no setting names them."""

    @property
    def headers(self) -> tuple[str, ...]:
        return tuple(name for name in (self.header, self.timestamp_header, self.id_header) if name)


def verify_hmac(recipe: Recipe, request: Signed) -> None:
    """Raise `SignatureError` unless one of the header's signatures was made with one of the secrets."""
    recipe = adjust(recipe, request.options, request.headers)
    values, timestamp = _signatures(recipe, request)
    if recipe.guess and values and not request.options.keys() & {"algorithm", "encoding"}:
        recipe = _as_written(recipe, values[0])
    if timestamp:
        request.check_time(timestamp)
    message_id = request.header(recipe.id_header) if recipe.id_header else ""
    content = render(recipe.signed, timestamp, message_id, request)
    given = [digest for value in values if (digest := decode(value, recipe.encoding))]
    matched = False
    for key in (_key(secret, recipe) for secret in request.secrets()):
        ours = hmac.digest(key, content, recipe.algorithm)
        for digest in given:
            matched |= same(ours, digest)
    if not matched:
        raise SignatureError(f"The signature in {recipe.header} does not match the body.")


_BYTES = {20: "sha1", 32: "sha256", 48: "sha384", 64: "sha512"}


def _as_written(recipe: Recipe, value: str) -> Recipe:
    """The recipe with the algorithm and encoding that a signature of this length must have. Whoever
    does not know the key can forge none of them, so it is no matter which one a sender picks."""
    if re.fullmatch(r"[0-9a-fA-F]+", value) and len(value) // 2 in _BYTES:
        return replace(recipe, algorithm=_BYTES[len(value) // 2], encoding="hex")
    size = len(value.rstrip("=")) * 3 // 4
    return replace(recipe, algorithm=_BYTES[size], encoding="base64") if size in _BYTES else recipe


def sign_hmac(recipe: Recipe, request: Signed, timestamp: str, message_id: str) -> dict[str, str]:
    """The headers a sender with our secret would send."""
    recipe = adjust(recipe, request.options, {})
    content = render(recipe.signed, timestamp, message_id, request)
    digests = [hmac.digest(_key(s, recipe), content, recipe.algorithm) for s in request.secrets()]
    texts = [recipe.prefix + encode(digest, recipe.encoding) for digest in digests]
    if recipe.pairs:
        parts = [f"{recipe.pairs}={text}" for text in texts]
        if "{timestamp}" in recipe.signed:
            parts.insert(0, f"t={timestamp}")
        return {recipe.header: ",".join(parts)}
    headers = {recipe.header: texts[0]}
    if recipe.timestamp_header:
        headers[recipe.timestamp_header] = timestamp
    if recipe.id_header:
        headers[recipe.id_header] = message_id
    return headers


def adjust(recipe: Recipe, options: Mapping[str, Any], headers: Mapping[str, list[str]]) -> Recipe:
    """The recipe with a trigger's own settings, which `option_problems` has already accepted."""
    settings = {name: value for name, value in options.items() if name != "tolerance"}
    for name in ("algorithm", "encoding", "key_encoding"):
        if name in settings:
            settings[name] = settings[name].lower().replace("-", "")
    recipe = replace(recipe, **settings)
    if not recipe.header:
        # Nobody said which header: take the one that is plainly meant, and refuse to choose among two.
        found = [name for name in headers if name.endswith("-signature")]
        if len(found) != 1:
            raise SignatureError(f"Name the signature's header: {len(found)} headers end in -signature.")
        recipe = replace(recipe, header=found[0])
    return recipe


def template_problem(recipe: Recipe) -> str | None:
    """What is wrong with `signed` together with the headers that feed it, if anything."""
    places = _PLACE.findall(recipe.signed)
    unknown = [place for place in places if place not in PLACES]
    if unknown:
        return f"{{{unknown[0]}}} is not known; write {{timestamp}}, {{id}}, {{url}} or {{body}}."
    if "body" not in places:
        return "The signed text must hold {body}, else the body could be changed."
    for place, header in (("timestamp", recipe.timestamp_header), ("id", recipe.id_header)):
        if (place in places) != bool(header):
            return f"{{{place}}} in the signed text and {place}_header go together."
    return None


def render(template: str, timestamp: str, message_id: str, request: Signed) -> bytes:
    """The signed bytes."""
    if "{url}" in template and not request.url:
        raise SignatureError("The public URL is signed, and it is not known here.")
    values = {
        "timestamp": to_bytes(timestamp),
        "id": to_bytes(message_id),
        "url": to_bytes(request.url or ""),
        "body": request.body,
    }
    parts = _PLACE.split(template)  # text, place, text, place, …, text
    return b"".join(values[part] if index % 2 else to_bytes(part) for index, part in enumerate(parts))


def _signatures(recipe: Recipe, request: Signed) -> tuple[list[str], str]:
    """The signatures without their prefix, and the timestamp (empty when the vendor sends none)."""
    text = request.header(recipe.header)
    if not recipe.pairs:
        if not text.startswith(recipe.prefix):
            raise SignatureError(f"{recipe.header} does not start with {recipe.prefix}.")
        timestamp = request.header(recipe.timestamp_header) if recipe.timestamp_header else ""
        return [text.removeprefix(recipe.prefix)], timestamp
    found: dict[str, list[str]] = {}
    for part in text.split(","):
        name, _, value = part.strip().partition("=")
        found.setdefault(name, []).append(value)
    values, times = found.get(recipe.pairs, []), found.get("t", [])
    if not values or len(values) > MAX_SIGNATURES:
        raise SignatureError(f"{recipe.header} must hold 1 to {MAX_SIGNATURES} values {recipe.pairs}=….")
    if "{timestamp}" not in recipe.signed:
        return values, ""
    if len(times) != 1 or not times[0]:
        raise SignatureError(f"{recipe.header} must hold one timestamp t=….")
    return values, times[0]


def _key(secret: str, recipe: Recipe) -> bytes:
    if recipe.key_encoding == "text":
        return to_bytes(secret)
    key = decode(secret, recipe.key_encoding)
    if not key:
        raise SignatureError(f"The secret is not {recipe.key_encoding}.")
    return key


assert set(ALGORITHMS) <= hashlib.algorithms_guaranteed
