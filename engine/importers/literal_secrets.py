"""Secrets that stand as plain text in the requests of a flow file, and the connections they belong in.

Names say what a secret is: headers such as `Authorization`, parameters such as `token`, fields of a body such
as `client_secret`. A connection sends headers and parameters; for a field of a body there is none.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, unquote_plus, urlsplit, urlunsplit

from engine.base.redaction import MASK
from engine.base.types import Json
from pieces import literal_host

_HEADER = re.compile(
    r"(?:.*[-_])?(?:authorization|auth|cookie|(?:api|access|service|account|subscription|auth)?[-_]?key|apikey|"
    r"token|secret|password|passwd)",
    re.IGNORECASE,
)
_NO_SECRET = re.compile(
    r".*(?:idempotency|cache|dedup|partition|routing|surrogate|object|sort|row|public)[-_]?key", re.IGNORECASE
)
_PARAMETER = re.compile(
    r"(?:[a-z]+[-_])?(?:token|api[-_]?key|apikey|key|secret|password|passwd|pwd|sig|signature|auth)",
    re.IGNORECASE,
)
_FIELD = re.compile(
    r"(?:(?!page|next|continuation|sync|cancel|reset|csrf|xsrf|device|push|max|total|num)[a-z]+[-_])*"
    r"(?:token|api[-_]?key|apikey|(?:access|private|secret|signing|encryption|master|license)[-_]?key|secret|"
    r"password|passwd|passphrase|pwd)",
    re.IGNORECASE,
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_PAIR = re.compile(r'"(?P<name>[^"\\]{1,100})"\s*:\s*"(?P<value>(?:[^"\\]|\\.)*)"')
_MOST_LEVELS = 30  # of a body
_SHORTEST_KEY = 12  # characters of a parameter called `key`; what is shorter is a name


@dataclass(frozen=True, slots=True)
class Moved:
    """A secret that a request held."""

    step: str
    place: str
    """For people: "the header `Authorization`"."""
    host: str
    """As an allowed host is written; empty where the address is computed."""
    fields: tuple[tuple[str, str], ...]
    """The fields of the connection of the HTTP piece, but for `hosts`; none where no connection sends it."""


def take(definition: dict[str, Any]) -> tuple[list[Moved], list[Moved]]:
    """Take the secrets out of the requests of a definition, which is changed.

    Gives those that were taken, one a step at most, and those that had to stay: a step has one connection,
    without a literal host there is none that a connection could be for, and none sends fields of a body.
    """
    taken, left = [], []
    steps = definition.get("steps")
    for name, step in steps.items() if isinstance(steps, dict) else ():
        if not isinstance(step, dict) or (step.get("piece"), step.get("action")) != ("http", "request"):
            continue
        values = step.get("input")
        if not isinstance(values, dict):
            continue
        free = not step.get("connection")
        for found, remove in list(_found(name, values)):
            if free and found.host and found.fields:
                remove()
                taken.append(found)
                free = False
            else:
                left.append(found)
    return taken, left


def secrets_in(step: str, values: dict[str, Any]) -> Iterator[Moved]:
    """The secrets in the fields of a request: `url`, `headers`, `query` and `body`, which are not changed."""
    for found, _remove in _found(step, values):
        yield found


def _found(step: str, values: dict[str, Any]) -> Iterator[tuple[Moved, Any]]:
    """Each secret with what removes it, credentials of the `Authorization` header first."""
    given = values.get("url")
    url = given if isinstance(given, str) else ""
    host = literal_host(url)
    headers = _object(values, "headers")
    for name in sorted(headers, key=lambda name: name.lower() != "authorization"):
        value = headers[name]
        if _is_literal(value) and _HEADER.fullmatch(name) and not _NO_SECRET.fullmatch(name):
            fields = _of_header(name, value.strip())
            yield Moved(step, f"the header `{name}`", host, fields), _remover(values, "headers", name)
    query = _object(values, "query")
    for name, value in query.items():
        if _is_literal(value) and _is_secret_parameter(name, value):
            fields = (("kind", "query"), ("parameter", name), ("secret", value))
            yield Moved(step, f"the query field `{name}`", host, fields), _remover(values, "query", name)
    yield from _in_address(step, url, host, values)
    for name in dict.fromkeys(_in_body(values.get("body"))):
        yield Moved(step, f"the body field `{name}`", host, ()), _nothing


def _nothing() -> None:
    pass


def _in_address(step: str, url: str, host: str, values: dict[str, Any]) -> Iterator[tuple[Moved, Any]]:
    """A user and password before the host, and fields of the query."""
    if not host:
        return
    parts = urlsplit(url)
    if parts.password and "{{" not in parts.netloc:
        user, password = unquote(parts.username or ""), unquote(parts.password)
        fields = (("kind", "basic"), ("username", user), ("secret", password))
        bare = parts._replace(netloc=parts.netloc.rpartition("@")[2])
        yield Moved(step, "the address", host, fields), lambda: values.update(url=urlunsplit(bare))
        return
    query = url.partition("#")[0].partition("?")[2]
    for field in query.split("&"):
        name, _, value = map(unquote_plus, field.partition("="))
        if _is_literal(value) and _is_secret_parameter(name, value):
            fields = (("kind", "query"), ("parameter", name), ("secret", value))
            others = "&".join(other for other in query.split("&") if other != field)
            shorter = url.replace(f"?{query}", f"?{others}" if others else "", 1)

            def remove(shorter: str = shorter) -> None:
                values["url"] = shorter

            yield Moved(step, f"the query field `{name}` of the address", host, fields), remove


def _in_body(body: Json, level: int = 0) -> Iterator[str]:
    """The names of fields that hold a secret: in an object, a list of parts, or a text of JSON or of a form,
    with or without templates."""
    if level > _MOST_LEVELS:
        return
    if isinstance(body, str):
        yield from _in_text(body, level)
    elif isinstance(body, list):
        for one in body:
            yield from _in_body(one, level + 1)
    elif isinstance(body, dict):
        if isinstance(body.get("name"), str) and "value" in body:  # a part of a multipart body
            body = {**body, body["name"]: body["value"]}
        for name, value in body.items():
            if _is_literal(value) and _is_secret_field(name):
                yield name
            elif not isinstance(value, str):
                yield from _in_body(value, level + 1)


def _in_text(body: str, level: int) -> Iterator[str]:
    text = body.strip()
    if text[:1] in ("{", "["):
        try:
            parsed = json.loads(text)
        except (ValueError, RecursionError):
            pairs = [(match["name"], match["value"]) for match in _PAIR.finditer(text)]
        else:
            yield from _in_body(parsed, level + 1)
            return
    elif "=" in text and not re.search(r"[\s<]", re.sub(r"{{.*?}}", "", text)):
        pairs = [
            (unquote_plus(name), unquote_plus(value))
            for name, _, value in (field.partition("=") for field in text.split("&"))
        ]
    else:
        return
    yield from (name for name, value in pairs if _is_literal(value) and _is_secret_field(name))


def _is_secret_field(name: str) -> bool:
    return _FIELD.fullmatch(_CAMEL.sub("_", name)) is not None


def _object(values: dict[str, Any], field: str) -> dict[str, Any]:
    """A field's object, which may be given as JSON in a text; then the object takes its place."""
    value = values.get(field)
    if isinstance(value, str) and value.lstrip().startswith("{") and "{{" not in value:
        try:
            parsed = json.loads(value)
        except (ValueError, RecursionError):
            return {}
        if isinstance(parsed, dict):
            return parsed
    return value if isinstance(value, dict) else {}


def _remover(values: dict[str, Any], field: str, name: str) -> Any:
    def remove() -> None:
        left = {key: value for key, value in _object(values, field).items() if key != name}
        if left:
            values[field] = left
        else:
            del values[field]

    return remove


def _is_literal(value: Json) -> bool:
    return isinstance(value, str) and bool(value.strip()) and "{{" not in value and MASK not in value


def _is_secret_parameter(name: str, value: str) -> bool:
    if not _PARAMETER.fullmatch(name) or _NO_SECRET.fullmatch(name):
        return False
    return name.lower() != "key" or len(value) >= _SHORTEST_KEY


def _of_header(name: str, value: str) -> tuple[tuple[str, str], ...]:
    """The connection that sends a header as it was."""
    scheme, _, rest = value.partition(" ")
    rest = rest.strip()
    if name.lower() == "authorization" and rest and scheme.lower() == "bearer":
        return (("kind", "bearer"), ("secret", rest))
    if name.lower() == "authorization" and scheme.lower() == "basic":
        try:
            user, colon, password = base64.b64decode(rest, validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            colon = ""
        if colon:
            return (("kind", "basic"), ("username", user), ("secret", password))
    return (("kind", "header"), ("header", name), ("secret", value))
