"""CloudEvents that come in by HTTP (HTTP binding 1.0.2), in any of the three modes.

A run's trigger gets the same whatever the mode: `body` is the event's data, `cloudevent` its attributes
(`id`, `source`, `type`, `subject`, `time`, extensions). Each event of a batch starts a run of its own.
"""

import base64
import binascii
import re
from urllib.parse import unquote_to_bytes

from engine.base import jsonbody
from engine.base.errors import Malformed, TooLarge, WrongMediaType
from engine.base.types import Json

from . import bodies
from .bodies import Body

BATCH = b"application/cloudevents-batch"
STRUCTURED = b"application/cloudevents"
MOST = 1000
"""Events of one batch."""

_REQUIRED = ("id", "source", "type")
_NAME = re.compile(r"[a-z0-9_]{1,64}")


def of_structured(content_type: bytes, raw: bytes) -> tuple[Json, Json, tuple[str, ...]]:
    """The attributes and the data of one event, and what was replaced in it. Raises Malformed, and
    WrongMediaType for another format than JSON."""
    value, notes = _json(content_type, raw)
    attributes, data, replaced = _read(value)
    return attributes, data, (*notes, *replaced)


def of_batch(content_type: bytes, raw: bytes) -> list[tuple[Json, Json, tuple[str, ...]]]:
    """The same of each event. Raises Malformed, for all when one is wrong; TooLarge."""
    found, notes = _json(content_type, raw)
    if not isinstance(found, list):
        raise Malformed("A batch of CloudEvents must be a JSON array.", field="body")
    if len(found) > MOST:
        raise TooLarge(f"A batch can have at most {MOST:,} events.")
    read: list[tuple[Json, Json, tuple[str, ...]]] = []
    left = jsonbody.MAX_VALUES
    for place, event in enumerate(found):
        attributes, data, replaced = _read(event, f"body[{place}]")
        left -= _packed_values(event)
        if left < 0:
            raise Malformed(f"The batch has more than {jsonbody.MAX_VALUES:,} values.", field="body")
        read.append((attributes, data, (*notes, *replaced)))
    return read


def _json(content_type: bytes, raw: bytes) -> tuple[Json, tuple[str, ...]]:
    media = bodies.media_type(content_type)
    if b"+" in media and not media.endswith(b"+json"):
        name = media.decode("latin-1")[:60]
        raise WrongMediaType(
            f"CloudEvents as {name!r} are not supported. Send them as JSON.", field="content-type"
        )
    # The type is that of JSON, whatever else it says.
    body = bodies.read(b"application/json;" + content_type.partition(b";")[2], raw, as_declared=True)
    return body.value, body.notes


def of_headers(headers: dict[str, str]) -> Json:
    """The attributes of an event in binary mode. Raises Malformed.

    Values are percent-decoded once, after quotes are taken off (HTTP binding, 3.1.3.2).
    """
    found = {
        name[3:]: _decoded(name, text)
        for name, text in headers.items()
        if name.startswith("ce-") and name[3:]
    }
    if headers.get("content-type"):
        found["datacontenttype"] = headers["content-type"]
    return _checked(found, "ce-")


def _read(event: Json, where: str = "body") -> tuple[Json, Json, tuple[str, ...]]:
    if not isinstance(event, dict):
        raise Malformed("A CloudEvent must be a JSON object.", field=where)
    known = {
        name: value
        for name, value in event.items()
        if value is not None and name not in ("data", "data_base64")  # a null attribute is an absent one
    }
    for name, value in known.items():
        if isinstance(value, dict | list | float):
            raise Malformed(f"The attribute {name:.60} of a CloudEvent is text.", field=f"{where}.{name:.60}")
    attributes = _checked(known, f"{where}.")
    if event.get("data_base64") is None:
        return attributes, event.get("data"), ()
    if event.get("data") is not None:
        raise Malformed("A CloudEvent can have data or data_base64, not both.", field=f"{where}.data_base64")
    body = _binary(event["data_base64"], attributes, where)
    return attributes, body.value, body.notes


def _packed_values(event: Json) -> int:
    """How many values stand in the `data_base64` of an event that was read."""
    text = event.get("data_base64")
    return 0 if text is None else jsonbody.count_values(base64.b64decode(str(text)))


def _binary(text: Json, attributes: dict[str, Json], where: str) -> Body:
    """Bytes, read by their type as the body of a binary event is."""
    try:
        data = base64.b64decode(str(text), validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("data_base64 is not base64.", field=f"{where}.data_base64") from None
    # Without a type it is what it is: an SDK that is given bytes writes no type of its own.
    kind = str(attributes.get("datacontenttype") or "")
    try:
        return bodies.read(kind.encode("latin-1", "replace"), data, as_declared=True)
    except Malformed as error:
        raise Malformed(f"data_base64: {error.message}", field=f"{where}.data_base64") from None


def _checked(attributes: dict[str, Json], where: str) -> dict[str, Json]:
    if attributes.get("specversion") != "1.0":
        raise Malformed('Only CloudEvents with specversion "1.0" are supported.', field=f"{where}specversion")
    for name in _REQUIRED:
        value = attributes.get(name)
        if not isinstance(value, str) or not value.strip():
            raise Malformed(f"A CloudEvent needs `{name}`, which must not be empty.", field=f"{where}{name}")
    for name in attributes:
        if not _NAME.fullmatch(name):
            raise Malformed(
                "Names of attributes can contain only lowercase letters and digits.",
                field=f"{where}{name:.60}",
            )
    return attributes


def _decoded(name: str, text: str) -> str:
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = re.sub(r"\\(.)", r"\1", text[1:-1])
    try:
        return unquote_to_bytes(text.encode("latin-1")).decode()
    except UnicodeDecodeError:
        if not text.isascii():  # both official SDKs write Latin-1 as it is
            return text
        raise Malformed(f"The header {name:.60} is not percent-encoded UTF-8.", field=name[:60]) from None
