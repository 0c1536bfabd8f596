"""The body of a request as a value, by its media type and by what it plainly is.

| Declared | `trigger.body` |
|---|---|
| JSON (`application/json`, `+json`, `text/json`, CSP reports, AWS JSON) | the value |
| the same, with several objects or lists one after the other | a list |
| newline-delimited JSON, JSON text sequences (RFC 7464) | a list |
| a form | an object of texts; a list where a name is repeated; what `curl -d` sends as a form and is none |
| multipart | the same, files as `{"filename", "content_type", "size", "base64"}` |
| text, XML, JavaScript | a text; an object or list where it is JSON |
| nothing, or no media type | JSON if it is JSON, else a text, else a file |
| anything else | a file |
| blank, of any type | null |

What is read otherwise than declared is said in a note, and `as_declared` turns it off.
"""

import re
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

from engine.base import jsonbody
from engine.base.errors import Malformed, WrongMediaType
from engine.base.types import Json

from . import charsets, forms

_JSON = frozenset(
    {
        b"application/json", b"text/json", b"text/x-json", b"application/x-json", b"application/csp-report",
        b"application/x-amz-json-1.0", b"application/x-amz-json-1.1", b"application/json-rpc",
        b"application/jsonrequest",
    }
)  # fmt: skip
# Newline-delimited JSON has no registered type and many names; text sequences have one (RFC 7464).
_LINES = frozenset(
    {
        b"application/x-ndjson", b"application/ndjson", b"application/jsonl", b"application/x-jsonl",
        b"application/jsonlines", b"application/x-jsonlines", b"application/json-lines",
        b"application/ldjson", b"application/x-ldjson", b"application/x-json-stream",
        b"application/stream+json", b"application/json-seq", b"application/x-json-seq",
        b"text/x-ndjson", b"text/ndjson", b"text/jsonl", b"text/x-jsonl",
    }
)  # fmt: skip
_LINES_SUFFIX = (b"+x-ndjson", b"+ndjson", b"+jsonl", b"+json-seq")  # RFC 8091 for the last
_XML = frozenset({b"application/xml-dtd", b"application/xml-external-parsed-entity"})
"""Types of XML besides `/xml` and `+xml` (RFC 7303)."""
_SCRIPTS = frozenset({b"application/javascript", b"application/x-javascript", b"application/ecmascript"})
"""Older names of `text/javascript` (RFC 9239)."""
_FORM = b"application/x-www-form-urlencoded"
_TYPE = re.compile(rb"[\w!#$%&'+.^`|~-]+/[\w!#$%&'+.^`|~-]+", re.ASCII)
_MARKUP = re.compile(rb"\s*<[?!A-Za-z].*>\s*", re.DOTALL)
_SPACE = re.compile(rb"\s")
_AS_JSON = "The body was declared as {} and read as JSON."
_AS_SEVERAL = "The body was declared as {} and read as a list of JSON documents."


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
    if media in _LINES or media.endswith(_LINES_SUFFIX):
        return _lines(_utf8(content_type, raw), as_declared)
    if media in _JSON or media.endswith(b"+json"):
        return _document(_utf8(content_type, raw), as_declared)
    if not _TYPE.fullmatch(media):  # none, or no media type at all
        return _undeclared(raw, as_declared)
    if media == _FORM:
        return _form(content_type, raw, as_declared, payload_is_body)
    if media == b"multipart/form-data":
        found = None if as_declared else _container(raw, _AS_JSON.format("multipart"))
        if found is not None:
            return found
        form, notes = forms.multipart(content_type, raw)
        return _payload_read(form, as_declared, payload_is_body, notes)
    is_xml = media.endswith((b"/xml", b"+xml")) or media in _XML
    if is_xml or media.startswith(b"text/") or media in _SCRIPTS:
        bad: list[str] = []
        text = charsets.decode(raw, charsets.declared(content_type), xml=is_xml, notes=bad)
        return _text(text, as_declared, *bad)
    return Body(forms.file(content_type.decode("latin-1"), raw))


# -- JSON ------------------------------------------------------------------------------------------


def _utf8(content_type: bytes, raw: bytes) -> bytes:
    """The body of a JSON document in UTF-8 without a mark: RFC 8259 asks for that, .NET and PowerShell send
    other things."""
    charset = charsets.declared(content_type)
    if charset in ("", "utf-8", "utf8", "us-ascii") and not charsets.is_marked(raw):
        return raw
    return charsets.decode(raw, charset).encode("utf-8", "replace")


def _json(data: bytes, *notes: str) -> Body:
    if data.isspace() or not data:
        return EMPTY
    value, replaced = jsonbody.repaired(data)
    return Body(value, None if replaced else data, (*notes, *replaced))


def _document(data: bytes, as_declared: bool) -> Body:
    """A JSON document. Log shippers send several of them, one after the other, under the same type."""
    try:
        return _json(data)
    except Malformed:
        if as_declared or (found := _several(data)) is None:
            raise
        return found._replace(notes=(_AS_SEVERAL.format("JSON"), *found.notes))


def _several(data: bytes) -> Body | None:
    """JSON objects or lists, two at least, on lines of their own or not; None for anything else."""
    if data.lstrip()[:1] not in (b"{", b"["):
        return None
    try:
        jsonbody.check_values(data)  # of all documents together, and before anything is looked for in them
        documents = jsonbody.documents(data)
        if len(documents) < 2:
            return None
        read = [jsonbody.repaired(document) for document in documents]
    except Malformed:
        return None
    notes = dict.fromkeys(note for _, replaced in read for note in replaced)
    return Body([value for value, _ in read], None, tuple(notes))


def _lines(data: bytes, as_declared: bool) -> Body:
    """Newline-delimited JSON, and text sequences, whose records begin with a record separator."""
    try:
        return _records(data)
    except Malformed:
        # One document over several lines, or several of them.
        found = None if as_declared else _container(data, _AS_JSON.format("newline-delimited JSON"))
        if found is None and (as_declared or (found := _several(data)) is None):
            raise
        return found


def _records(data: bytes) -> Body:
    jsonbody.check_values(data)
    values, notes = [], list[str]()
    for number, line in enumerate(data.replace(b"\x1e", b"\n").split(b"\n"), 1):
        text = line.removeprefix(b"\xef\xbb\xbf")  # files that were joined have a mark in the middle
        if not text or text.isspace():
            continue
        try:
            value, replaced = jsonbody.repaired(text)
        except Malformed as error:
            raise Malformed(f"Line {number:,}: {error.message}", field="body") from None
        values.append(value)
        notes += replaced
        if len(values) > jsonbody.MAX_VALUES:
            raise Malformed(f"The body has more than {jsonbody.MAX_VALUES:,} values.", field="body")
    return Body(values, None, tuple(dict.fromkeys(notes))) if values else EMPTY


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
        text = charsets.decode(raw, xml=True)
    except (Malformed, WrongMediaType):
        return Body(forms.file("application/octet-stream", raw))
    if "\0" in text:  # which no text has
        return Body(forms.file("application/octet-stream", raw))
    data = text.encode("utf-8", "replace")
    try:
        return _json(data)
    except Malformed as error:
        if text.lstrip()[:1] not in ("{", "[") or as_declared:
            return Body(text)
        note = f"The body looks like JSON and was read as text. {error.message}"
        return _several(data) or Body(text, None, (note,))


def _text(text: str, as_declared: bool, *notes: str) -> Body:
    if not text or text.isspace():
        return EMPTY
    found = None if as_declared else _container(text, _AS_JSON.format("text"))
    return Body(text, None, notes) if found is None else found._replace(notes=(*notes, *found.notes))


# -- forms -----------------------------------------------------------------------------------------


def _form(content_type: bytes, raw: bytes, as_declared: bool, payload_is_body: bool) -> Body:
    if charsets.is_marked(raw):
        content_type, raw = _FORM, _utf8(content_type, raw)
        if not raw:
            return EMPTY
    note = _AS_JSON.format("a form")
    if not as_declared:
        # What `curl -d` sends without a type: no form has this shape, and what was meant is plain.
        found = _no_form(content_type, raw)
        if found is not None:
            return found
    pairs, notes = forms.pairs(content_type, raw)
    if not as_declared and len(pairs) == 1 and not pairs[0][1]:
        # Some libraries encode the JSON as the name of a field.
        found = _container(pairs[0][0], note)
        if found is not None:
            return found
    return _payload_read(forms.collapse(pairs), as_declared, payload_is_body, notes)


def _no_form(content_type: bytes, raw: bytes) -> Body | None:
    """JSON, markup or free text that was declared as a form; None for what can be one."""
    bad: list[str] = []
    if raw.lstrip()[:1] in (b"{", b"["):
        data = charsets.decode(raw, charsets.declared(content_type), notes=bad).encode("utf-8", "replace")
        if (found := _container(data, _AS_JSON.format("a form"))) is not None:
            return found._replace(notes=(*bad, *found.notes))
        if (found := _several(data)) is not None:
            return found._replace(notes=(*bad, _AS_SEVERAL.format("a form"), *found.notes))
    elif _MARKUP.fullmatch(raw):  # a form would have encoded its first character
        text = charsets.decode(raw, charsets.declared(content_type), xml=True, notes=bad)
        return Body(text, None, (*bad, "The body was declared as a form and read as text."))
    if b"=" in raw or (b"&" in raw and not _SPACE.search(raw)):  # a form encodes its spaces
        return None
    text = charsets.decode(raw, charsets.declared(content_type), notes=bad)
    return _container(unquote_plus(text), _AS_JSON.format("a form")) or Body(text, None, tuple(bad))


def _payload_read(
    form: dict[str, Any], as_declared: bool, payload_is_body: bool, notes: tuple[str, ...] = ()
) -> Body:
    """A form whose field `payload` is a JSON object, in place or as the body."""
    body = Body(form, None, notes)
    payload = form.get("payload")
    if (as_declared and not payload_is_body) or not isinstance(payload, str):
        return body
    found = _container(payload, "The form field `payload` was read as JSON.")
    if found is None:
        return body
    if payload_is_body:
        return found._replace(notes=found.notes[1:])
    if not isinstance(found.value, dict):
        return body
    return Body({**form, "payload": found.value}, None, (*notes, *found.notes))
