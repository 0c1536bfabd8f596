"""Forms: their fields as names and values, files as JSON carries them."""

import base64
import re
from collections.abc import Iterable
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote_to_bytes

import orjson
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import Field, File, FormParser, parse_options_header

from engine.base.errors import Malformed, WrongMediaType
from engine.base.types import Json

from . import charsets

MAX_FIELDS = 1000
"""Parameters of a query, fields of a form, parts of a multipart body."""

_NOTES = 10  # sentences about one body
# A name as RFC 8187 encodes it, which older releases of Python's requests write for names beyond ASCII.
_ENCODED = re.compile(
    rb";[ \t]*((?:file)?name)\*[ \t]*=[ \t]*([\w.-]{1,40})'[\w-]{0,40}'([^;\s]{0,3000})", re.IGNORECASE
)
_NAMES = re.compile(rb";[ \t]*((?:file)?name)[ \t]*=", re.IGNORECASE)


def file(content_type: str, content: bytes, filename: str | None = None) -> dict[str, Json]:
    """Bytes as JSON carries them: the object that a multipart file gives as well."""
    return {
        "filename": filename,
        "content_type": content_type,
        "size": len(content),
        "base64": base64.b64encode(content).decode(),
    }


def collapse(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Names to values; a name that comes more than once gives a list."""
    found: dict[str, Any] = {}
    repeated: set[str] = set()
    for name, value in pairs:
        if name not in found:
            found[name] = value
        elif name in repeated:
            found[name].append(value)
        else:
            found[name] = [found[name], value]
            repeated.add(name)
    return found


def pairs(content_type: bytes, raw: bytes) -> tuple[list[tuple[str, str]], tuple[str, ...]]:
    """The fields of a form, and what was replaced in them. Their charset is the parameter of the content
    type, or a field `charset` or `_charset_` of the form (HTML, form submission), or UTF-8."""
    try:
        charset = charsets.declared(content_type)
        if not charset:
            latin = parse_qsl(raw.decode("latin-1"), encoding="latin-1", max_num_fields=MAX_FIELDS)
            charset = _named(latin) or "utf-8"
        codec = charsets.known(charset)
        try:
            return _parsed(raw, codec, charsets.errors_of(codec)), ()
        except UnicodeDecodeError:
            note = f"The form is not valid {_shown(codec)}; U+FFFD replaces what is not."
            return _parsed(raw, codec, "replace"), (note,)
    except ValueError as error:
        raise Malformed(f"The form cannot be read: {error}.", field="body") from None


def _parsed(raw: bytes, codec: str, errors: str) -> list[tuple[str, str]]:
    return parse_qsl(
        raw.decode(codec, errors),
        keep_blank_values=True,
        max_num_fields=MAX_FIELDS,
        encoding=codec,
        errors=errors,
    )


def _shown(codec: str) -> str:
    return codec.replace("_", "-").upper()


def _named(fields: Iterable[tuple[str, str]]) -> str:
    """The charset that a form names in a field; empty where it names none, or means something else."""
    charset = next((value for name, value in fields if name in ("_charset_", "charset")), "")
    try:
        charsets.known(charset)
    except WrongMediaType:
        return ""
    return charset


class _Part(NamedTuple):
    """A part of a multipart body that is no file by its name."""

    content_type: str
    content: bytes


def multipart(content_type: bytes, raw: bytes) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Fields as text, files as `file` gives them (RFC 7578), and what was replaced in them. A part that is
    declared as something else than text or JSON is a file without a name."""
    boundary = parse_options_header(content_type)[1].get(b"boundary")
    if not boundary:
        raise Malformed("A multipart body needs a boundary in its content type.", field="content-type")
    parts: list[tuple[str, Any]] = []
    closed = False

    def on_end() -> None:
        nonlocal closed
        closed = True

    def add(name: bytes | None, value: Any) -> None:
        if len(parts) >= MAX_FIELDS:
            raise Malformed(f"The multipart body has more than {MAX_FIELDS:,} parts.", field="body")
        if name is None:
            raise Malformed("A part of the multipart body has no name.", field="body")
        parts.append((name.decode("utf-8", "replace"), value))

    def on_field(part: Field) -> None:
        add(part.field_name, _Part(part.content_type or "", part.value or b""))

    def on_file(part: File) -> None:
        part.file_object.seek(0)
        name = None if part.file_name is None else part.file_name.decode("utf-8", "replace")
        add(part.field_name, file(part.content_type or "", part.file_object.read(), name))
        part.close()

    start = raw.find(b"--" + boundary)
    if start > 0 and raw[start - 1 : start] == b"\n":
        raw = raw[start:]  # a preamble, which is to be ignored (RFC 2046, 5.1.1)
    if b"name*" in raw:
        raw = _with_plain_names(raw, boundary)
    # In memory: the body already is, and a file on the disk would outlive a crash.
    config = {"MAX_MEMORY_FILE_SIZE": len(raw) + 1, "MAX_BODY_SIZE": float("inf")}
    try:
        parser = FormParser(
            "multipart/form-data", on_field, on_file, on_end, boundary=boundary, config=config
        )
        parser.write(raw)
        parser.finalize()
    except (FormParserError, ValueError) as error:
        raise Malformed(f"The multipart body cannot be read: {error}", field="body") from None
    if not parts and raw.strip() != b"--%b--" % boundary:  # which is a form without fields
        raise Malformed("The multipart body cannot be read: it has no complete part.", field="body")
    if parts and not closed:  # the part that was cut would be missing from the event, unseen
        raise Malformed("The multipart body cannot be read: its closing boundary is missing.", field="body")
    return _read(parts)


def _with_plain_names(raw: bytes, boundary: bytes) -> bytes:
    """A multipart body in which names that are encoded stand in plain as well: RFC 7578, 4.2 forbids the
    encoding, and without it a file would be read as a text. A plain name that is there counts."""
    head = re.compile(rb"(?:\A|\r\n)--%b\r\n(?:[^\r\n]{1,4000}\r\n){1,8}" % re.escape(boundary))
    return head.sub(_with_plain_name, raw)


def _with_plain_name(found: re.Match[bytes]) -> bytes:
    head = found[0]
    if b"name*" not in head:
        return head
    known = {name.lower() for name in _NAMES.findall(head)}
    return _ENCODED.sub(lambda name: name[0] if name[1].lower() in known else _plain(name), head, count=2)


def _plain(found: re.Match[bytes]) -> bytes:
    try:
        name = unquote_to_bytes(found[3]).decode(charsets.known(found[2].decode("latin-1")), "replace")
    except WrongMediaType:
        return found[0]
    quoted = re.sub(r"[\r\n\0]", "_", name).replace("\\", "\\\\").replace('"', '\\"')
    return b'; %b="%b"' % (found[1], quoted.encode())


def _read(parts: list[tuple[str, Any]]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The parts of a form, each field read in its charset: its own, or the form's (RFC 7578, 4.6), or
    UTF-8."""
    fields = [(name, part.content.decode("latin-1")) for name, part in parts if isinstance(part, _Part)]
    charset, of_field = _named(fields) or "utf-8", _named_each(fields)
    notes: list[str] = []
    found = [(name, _value(name, part, of_field.get(name, charset), notes)) for name, part in parts]
    return collapse(found), tuple(notes)


def _named_each(fields: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The charset of each field that a field `charsets` names: a JSON object, as SendGrid's inbound parse
    webhook sends it."""
    text = next((value for name, value in fields if name == "charsets"), "")
    try:
        named = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    if not isinstance(named, dict):
        return {}
    return {
        name: value
        for name, value in named.items()
        if isinstance(value, str) and _named([("charset", value)])
    }


def _value(name: str, part: Any, charset: str, notes: list[str]) -> Any:
    if not isinstance(part, _Part):
        return part
    media = part.content_type.partition(";")[0].strip().lower()
    if media and not media.startswith("text/") and not media.endswith(("json", "xml")):
        return file(part.content_type, part.content)
    codec = charsets.known(charsets.declared(part.content_type.encode("latin-1")) or charset)
    try:
        return part.content.decode(codec, charsets.errors_of(codec))
    except UnicodeDecodeError:
        if len(notes) < _NOTES:
            notes.append(
                f"The field `{name[:60]}` is not valid {_shown(codec)}; U+FFFD replaces what is not."
            )
        return part.content.decode(codec, "replace")
