"""What somebody asks a destination to be, checked field by field."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any
from urllib.parse import urlsplit

from engine import expressions
from engine.base.errors import BadInput
from engine.events import registry as events
from pieces import PieceError
from pieces.topic import topic_name

from .message import FORMATS, KINDS, VERIFICATIONS, Options

MAX_URL = 2048
MAX_HEADERS = 20
MAX_HEADER = 4096
"""Characters of a header's value."""

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")  # RFC 9110, section 5.6.2
_OWNED = {"content-type", "content-length", "content-encoding", "transfer-encoding", "host", "connection"}
_OWNED_PREFIXES = ("webhook-", "ce-")
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_SCHEMES = {"webhook": ("https", "http"), "nats": ("nats", "tls"), "amqp": ("amqp", "amqps")}
_CREDENTIALS = ("username", "password", "token")
_LIMITS: dict[str, tuple[float, float]] = {
    "rate_per_s": (0.01, 10_000), "concurrency": (1, 100), "timeout_s": (1, 60), "batch_size": (1, 1000),
    "disable_after_h": (0.01, 24 * 365),
}  # fmt: skip


OwnFlow = Callable[[str], str | None]


@dataclass(frozen=True)
class Spec:
    """A destination as it is asked for; every field is as it may be."""

    name: str
    kind: str
    url: str
    events: tuple[str, ...]
    format: str = "raw"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    verification: str = "none"
    options: Options = field(default_factory=Options)


def read(given: Mapping[str, Any], *, allow_http: bool, own_flow: OwnFlow) -> Spec:
    """The checked form of what was given. Raises `BadInput` that names the field.

    `own_flow` gives the flow of this instance that an address leads to: no connection goes there, so it may
    be http.
    """
    known = {known.name for known in fields(Spec)}
    if not isinstance(given, Mapping):
        raise BadInput("A destination must be an object.")
    for name in given:
        if name not in known:
            raise BadInput(f"A destination has no field {name!s:.60}.", field=f"{name!s:.60}")
    kind = _one_of(given, "kind", KINDS, "webhook")
    made = Spec(
        name=_name(given.get("name")),
        kind=kind,
        url=_url(kind, given.get("url"), allow_http, own_flow),
        events=_events(given.get("events")),
        format=_one_of(given, "format", FORMATS, "raw"),
        headers=_headers(given.get("headers")),
        credentials=_credentials(given.get("credentials")),
        verification=_one_of(given, "verification", VERIFICATIONS, "none"),
        options=read_options(given.get("options")),
    )
    if kind != "webhook" and made.verification != "none":
        raise BadInput("Only a webhook can be verified; choose none.", field="verification")
    return made


def read_options(given: object) -> Options:
    """Options with the defaults for what is not given. Raises `BadInput`."""
    if given is None:
        return Options()
    if not isinstance(given, Mapping):
        raise BadInput("Options must be an object.", field="options")
    known = {option.name: option.default for option in fields(Options)}
    values: dict[str, Any] = {}
    for name, value in given.items():
        if name not in known:
            raise BadInput(f"There is no option {name!s:.60}.", field=f"options.{name!s:.60}")
        values[name] = _order_key(value) if name == "order_key" else _number(name, value, known[name])
    return Options(**values)


def origin(kind: str, url: str) -> str:
    """What headers are tied to: scheme, host and port of an address, or the name that it is."""
    if kind in ("flow", "topic", "file"):
        return f"{kind}:{url}"
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}:{parts.port or ''}"


# -- the fields ------------------------------------------------------------------------------------------


def _one_of(given: Mapping[str, Any], name: str, known: Sequence[str], default: str) -> str:
    value = given.get(name, default)
    if value not in known:
        raise BadInput(f"{name} is one of {', '.join(known)}.", field=name)
    return str(value)


def _name(value: object) -> str:
    if not isinstance(value, str) or not 1 <= len(value.strip()) <= 100 or not value.isprintable():
        raise BadInput("A name must have 1 to 100 characters.", field="name")
    return value.strip()


def _events(value: object) -> tuple[str, ...]:
    if isinstance(value, str) or not isinstance(value, Sequence) or not value:
        raise BadInput('Choose at least one event, or "*" for all.', field="events")
    for pattern in value:
        known = isinstance(pattern, str) and (
            pattern == "*"
            or pattern in events.EVENTS
            or (pattern.endswith(".*") and any(name.startswith(pattern[:-1]) for name in events.EVENTS))
        )
        if not known:
            raise BadInput(f"There is no event {pattern!s:.60}.", field="events")
    return tuple(dict.fromkeys(value))


def _url(kind: str, value: object, allow_http: bool, own_flow: OwnFlow) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > MAX_URL:
        raise BadInput(f"Enter an address of 1 to {MAX_URL:,} characters.", field="url")
    if not value.isprintable():
        raise BadInput("An address cannot contain line breaks or other control characters.", field="url")
    url = value.strip()
    if kind == "flow":
        return url
    if kind == "topic":
        return _topic(url)
    if kind == "file":
        if not _FILE.fullmatch(url) or ".." in url:
            raise BadInput("This is not a file name. Use letters, digits, dots and hyphens.", field="url")
        return url
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise BadInput("This is not a URL.", field="url") from None
    if parts.scheme not in _SCHEMES[kind] or not host or " " in url:
        raise BadInput(f"The address begins with {_SCHEMES[kind][0]}:// and names a host.", field="url")
    if parts.username is not None or parts.password is not None:
        raise BadInput(
            "Enter the user name and password as credentials or as a header, not in the address.", field="url"
        )
    if parts.fragment:
        raise BadInput("An address cannot have a #fragment.", field="url")
    ours = kind == "webhook" and own_flow(url) is not None
    if parts.scheme == "http" and not allow_http and not ours:
        raise BadInput(
            "The address must begin with https://; SWITCHYARD_ALLOW_HTTP_DESTINATIONS=1 allows http://.",
            field="url",
        )
    return url


def _topic(name: str) -> str:
    """What publishing takes, so that no event is stored only to be refused there."""
    try:
        return topic_name(name)
    except PieceError:
        raise BadInput(
            "This is not a topic name. Use lowercase letters, digits, _ and -, in parts separated by dots.",
            field="url",
        ) from None


def _headers(value: object) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, Mapping) or len(value) > MAX_HEADERS:
        raise BadInput(f"Headers must be an object of up to {MAX_HEADERS} texts.", field="headers")
    seen: set[str] = set()
    for name, text in value.items():
        where = f"headers.{name!s:.60}"
        if not isinstance(name, str) or not _HEADER_NAME.fullmatch(name):
            raise BadInput("This is not a header name.", field=where)
        low = name.lower()
        if low in _OWNED or low.startswith(_OWNED_PREFIXES):
            raise BadInput(f"{name} is set automatically.", field=where)
        if low in seen:
            raise BadInput(f"{name} is given twice.", field=where)
        if not isinstance(text, str) or not text.strip() or len(text) > MAX_HEADER:
            raise BadInput(f"A header has a text of 1 to {MAX_HEADER} characters.", field=where)
        if not text.isprintable() or not text.isascii():
            raise BadInput("The value of a header must be printable ASCII.", field=where)
        seen.add(low)
    return {name: text.strip() for name, text in value.items()}


def _credentials(value: object) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise BadInput("Credentials must be an object of texts.", field="credentials")
    for name, text in value.items():
        if name not in _CREDENTIALS:
            raise BadInput(f"Credentials are {', '.join(_CREDENTIALS)}.", field=f"credentials.{name!s:.60}")
        if not isinstance(text, str) or len(text) > MAX_HEADER or "\0" in text:
            raise BadInput("This must be text.", field=f"credentials.{name}")
    return {name: text for name, text in value.items() if text}


def _order_key(value: object) -> str:
    if value is None or value == "":
        return ""
    if not isinstance(value, str) or len(value) > 500:
        raise BadInput("An order key must be a JMESPath expression.", field="options.order_key")
    try:
        expressions.compile(value)
    except expressions.ExpressionError as error:
        raise BadInput(f"This is not a JMESPath expression: {error}", field="options.order_key") from None
    return value.strip()


def _number(name: str, value: object, default: Any) -> Any:
    if value is None or value == "":
        return default
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadInput("This must be a number.", field=f"options.{name}")
    least, most = _LIMITS[name]
    if not least <= value <= most:
        raise BadInput(f"This must be between {least:g} and {most:,g}.", field=f"options.{name}")
    if name in ("concurrency", "batch_size"):
        if value != int(value):
            raise BadInput("This must be a whole number.", field=f"options.{name}")
        return int(value)
    return float(value)
