"""Text for other places: escaped, encoded, hashed."""

import hashlib
import hmac as _hmac
import html
from base64 import b64decode, b64encode
from functools import partial
from urllib.parse import quote
from uuid import uuid4

from engine.base.types import Json

from .contract import function
from .evaluation import FunctionError
from .values import to_text

_ALGORITHMS = ("sha256", "sha1", "sha384", "sha512", "md5")
_ENCODINGS = ("hex", "base64")


def _text(value: Json) -> str:
    return value if isinstance(value, str) else to_text(value)


@function("any")
def slack_escape(value: Json) -> Json:
    """As plain text in Slack: & < and > cannot begin a link or a mention. Null stays null."""
    # https://docs.slack.dev/messaging/formatting-message-text#escaping
    if value is None:
        return None
    return _text(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@function("any")
def html_escape(value: Json) -> Json:
    """As text in HTML, in attributes too: & < > \" and ' are escaped. Null stays null."""
    return None if value is None else html.escape(_text(value))


@function("any")
def safe(value: Json) -> Json:
    """HTML that may be inserted as it is where a field is HTML; everything else there is escaped. Only for
    what nobody outside can write: safe(steps.render.output)."""
    return value


@function("any")
def url_encode(value: Json) -> Json:
    """As one part of an address: url_encode('a b&c=d/é') is 'a%20b%26c%3Dd%2F%C3%A9'. Null stays null."""
    # https://www.rfc-editor.org/rfc/rfc3986#section-2.1
    return None if value is None else quote(_text(value), safe="")


@function("string")
def base64(text: str) -> Json:
    """The text (its UTF-8) in Base64."""
    # https://www.rfc-editor.org/rfc/rfc4648#section-4
    return b64encode(text.encode()).decode()


@function("string")
def base64_decode(text: str) -> Json:
    """The text that a Base64 text holds; the URL alphabet and missing padding are read too."""
    compact = "".join(text.split()).rstrip("=").translate(_STANDARD)
    try:
        data = b64decode(compact + "=" * (-len(compact) % 4), validate=True)
    except ValueError:
        raise FunctionError("base64_decode() received text that is not Base64") from None
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise FunctionError("base64_decode() decoded bytes that are not UTF-8 text") from None


_STANDARD = str.maketrans("-_", "+/")


def _one_of(names: tuple[str, ...], what: str, name: str) -> str:
    if name not in names:
        raise FunctionError(f"the {what} is one of {', '.join(names)}, not {name[:60]!r}")
    return name


_algorithm = partial(_one_of, _ALGORITHMS, "algorithm")
_encoding = partial(_one_of, _ENCODINGS, "encoding")


def _written(digest: bytes, encoding: str) -> str:
    return digest.hex() if _encoding(encoding) == "hex" else b64encode(digest).decode()


@function("string", "string?", literals={1: _encoding})
def sha256(text: str, encoding: str = "hex") -> Json:
    """The SHA-256 of the text (its UTF-8), in `hex` or `base64`."""
    return _written(hashlib.sha256(text.encode()).digest(), encoding)


@function("string", "string", "string?", "string?", literals={2: _algorithm, 3: _encoding})
def hmac(text: str, secret: str, algorithm: str = "sha256", encoding: str = "hex") -> Json:
    """The HMAC of the text under a secret: sha256, sha1, sha384, sha512 or md5, in `hex` or `base64`."""
    # https://www.rfc-editor.org/rfc/rfc2104
    digest = _hmac.digest(secret.encode(), text.encode(), _algorithm(algorithm))
    return _written(digest, encoding)


@function()
def uuid() -> Json:
    """A new random UUID (version 4), another with each call."""
    return str(uuid4())
