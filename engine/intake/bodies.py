"""The body of a request as a value, by its media type and by what it plainly is.

| Declared | `trigger.body` |
|---|---|
| JSON (`application/json`, `+json`, `text/json`, CSP reports, AWS JSON) | the value |
| newline-delimited JSON, JSON text sequences (RFC 7464) | a list |
| a form | an object of texts; a list where a name is repeated |
| multipart | the same, files as `{"filename", "content_type", "size", "base64"}` |
| text, XML | a text; an object or list where it is JSON |
| nothing | JSON if it is JSON, else a text, else a file |
| anything else | a file |
| blank, of any type | null |

What is read otherwise than declared is said in a note, and `as_declared` turns it off.
"""

from typing import Any, NamedTuple

from engine.base import jsonbody
from engine.base.errors import Malformed
from engine.base.types import Json

from . import charsets, forms

_JSON = frozenset(
    {
        b"application/json", b"text/json", b"text/x-json", b"application/x-json", b"application/csp-report",
        b"application/x-amz-json-1.0", b"application/x-amz-json-1.1",
    }
)  # fmt: skip
_LINES = frozenset(
    {
        b"application/x-ndjson", b"application/ndjson", b"application/jsonl", b"application/x-jsonl",
        b"application/jsonlines", b"application/x-jsonlines", b"application/x-json-stream",
        b"application/stream+json", b"application/json-seq", b"application/x-json-seq",
    }
)  # fmt: skip
_FORM = b"application/x-www-form-urlencoded"


class Body(NamedTuple):
    """A body that was read."""

    value: Json
    encoded: bytes | None = None
    """The value as JSON bytes, where the body itself is just that."""
    notes: tuple[str, ...] = ()
    """What was read otherwise than it came, a sentence each."""


EMPTY = Body(None, b"null")


def media_type(content_type: bytes) -> bytes:
    """The type without its parameters, in lower case."""
    return content_type.split(b";", 1)[0].strip().lower()


def read(
    content_type: bytes, raw: bytes, *, as_declared: bool = False, payload_is_body: bool = False
) -> Body:
    """Read a body. `payload_is_body`: the vendor sends JSON in the form field `payload` (GitHub, Slack).

    Raises `Malformed` (400) for a body that is not what it says, and `WrongMediaType` (415) for a charset
    that is not supported.
    """
    media = media_type(content_type)
    if not raw or raw.isspace():
        return EMPTY
    if media in _LINES:
        return _lines(charsets.decode(raw, charsets.declared(content_type)))
    if media in _JSON or media.endswith(b"+json"):
        return _json(_utf8(content_type, raw))
    if media.count(b"/") != 1:  # none, or no media type at all
        return _undeclared(raw, as_declared)
    if media == _FORM:
        return _form(content_type, raw, as_declared, payload_is_body)
    if media == b"multipart/form-data":
        return _payload_read(forms.multipart(content_type, raw), as_declared, payload_is_body)
    is_xml = media.endswith((b"/xml", b"+xml"))
    if is_xml or media.startswith(b"text/"):
        return _text(charsets.decode(raw, charsets.declared(content_type), xml=is_xml), as_declared)
    return Body(forms.file(content_type.decode("latin-1"), raw))


# -- JSON ------------------------------------------------------------------------------------------


def _utf8(content_type: bytes, raw: bytes) -> bytes:
    """The body of a JSON document in UTF-8 without a mark: RFC 8259 asks for that, .NET and PowerShell send
    other things."""
    charset = charsets.declared(content_type)
    marked = raw[:3] == b"\xef\xbb\xbf" or raw[:2] in (b"\xff\xfe", b"\xfe\xff") or raw[:2] == b"\0\0"
    if not marked and charset in ("", "utf-8", "utf8", "us-ascii"):
        return raw
    return charsets.decode(raw, charset).encode("utf-8", "replace")


def _json(data: bytes, *notes: str) -> Body:
    if data.isspace() or not data:
        return EMPTY
    value, replaced = jsonbody.repaired(data)
    return Body(value, None if replaced else data, (*notes, *replaced))


def _lines(text: str) -> Body:
    """Newline-delimited JSON, and text sequences, whose records begin with a record separator."""
    values, notes = [], list[str]()
    for number, line in enumerate(text.replace("\x1e", "\n").split("\n"), 1):
        if not line or line.isspace():
            continue
        try:
            value, replaced = jsonbody.repaired(line.encode("utf-8", "replace"))
        except Malformed as error:
            raise Malformed(f"Line {number:,}: {error.message}", field="body") from None
        values.append(value)
        notes += replaced
        if len(values) > jsonbody.MAX_VALUES:
            raise Malformed(f"The body holds more than {jsonbody.MAX_VALUES:,} values.", field="body")
    return Body(values, None, tuple(dict.fromkeys(notes)))


def _container(text: str | bytes, note: str) -> Body | None:
    """A text that is a JSON object or list, read; None for any other text."""
    data = text.encode("utf-8", "replace") if isinstance(text, str) else text
    if data.lstrip()[:1] not in (b"{", b"["):
        return None
    try:
        return _json(data, note)
    except Malformed:
        return None


def _undeclared(raw: bytes, as_declared: bool) -> Body:
    """JSON, else text, else bytes."""
    try:
        text = charsets.decode(raw)
    except Malformed:
        return Body(forms.file("application/octet-stream", raw))
    try:
        return _json(text.encode("utf-8", "replace"))
    except Malformed as error:
        if text.lstrip()[:1] in ("{", "[") and not as_declared:
            return Body(text, None, (f"The body looks like JSON and was read as text. {error.message}",))
        return Body(text)


def _text(text: str, as_declared: bool) -> Body:
    if not text or text.isspace():
        return EMPTY
    found = None if as_declared else _container(text, "The body was declared as text and read as JSON.")
    return found or Body(text)


# -- forms -----------------------------------------------------------------------------------------


def _form(content_type: bytes, raw: bytes, as_declared: bool, payload_is_body: bool) -> Body:
    if not as_declared:
        # What `curl -d` sends without a type: no form has this shape, and what was meant is plain.
        found = _container(_utf8(content_type, raw), "The body was declared as a form and read as JSON.")
        if found is not None:
            return found
        if b"=" not in raw and b"&" not in raw:
            return Body(charsets.decode(raw, charsets.declared(content_type)))
    pairs = forms.pairs(content_type, raw)
    if not as_declared and len(pairs) == 1 and not pairs[0][1]:
        # Some libraries encode the JSON as the name of a field.
        found = _container(pairs[0][0], "The body was declared as a form and read as JSON.")
        if found is not None:
            return found
    return _payload_read(forms.collapse(pairs), as_declared, payload_is_body)


def _payload_read(form: dict[str, Any], as_declared: bool, payload_is_body: bool) -> Body:
    """A form whose field `payload` is a JSON object, in place or as the body."""
    payload = form.get("payload")
    if (as_declared and not payload_is_body) or not isinstance(payload, str):
        return Body(form)
    found = _container(payload, "The form field `payload` was read as JSON.")
    if found is None:
        return Body(form)
    if payload_is_body:
        return found._replace(notes=found.notes[1:])
    if not isinstance(found.value, dict):
        return Body(form)
    return Body({**form, "payload": found.value}, None, found.notes)
