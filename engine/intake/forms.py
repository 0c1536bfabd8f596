"""Forms: their fields as names and values, files as JSON carries them."""

import base64
from typing import Any
from urllib.parse import parse_qsl

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import File, FormParser, parse_options_header

from engine.base.errors import Malformed, WrongMediaType
from engine.base.types import Json

from . import charsets

MAX_FIELDS = 1000
"""Parameters of a query, fields of a form, parts of a multipart body."""


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


def pairs(content_type: bytes, raw: bytes) -> list[tuple[str, str]]:
    """The fields of a form. Their charset is the parameter of the content type, or a field `charset` or
    `_charset_` of the form (HTML, form submission), or UTF-8."""
    try:
        charset = charsets.declared(content_type)
        if not charset:
            latin = parse_qsl(raw.decode("latin-1"), encoding="latin-1", max_num_fields=MAX_FIELDS)
            charset = next((value for name, value in latin if name in ("_charset_", "charset")), "")
            # A field of this name may mean something else.
            charset = charset if charset and _is_known(charset) else "utf-8"
        codec = charsets.known(charset)
        return parse_qsl(
            raw.decode(codec),
            keep_blank_values=True,
            max_num_fields=MAX_FIELDS,
            encoding=codec,
            errors="strict",
        )
    except ValueError as error:
        raise Malformed(f"The form cannot be read: {error}.", field="body") from None


def _is_known(charset: str) -> bool:
    try:
        charsets.known(charset)
    except WrongMediaType:
        return False
    return True


def multipart(content_type: bytes, raw: bytes) -> dict[str, Any]:
    """Fields as text; files as `file` gives them (RFC 7578)."""
    boundary = parse_options_header(content_type)[1].get(b"boundary")
    if not boundary:
        raise Malformed("A multipart body needs a boundary in its content type.", field="content-type")
    pairs: list[tuple[str, Any]] = []

    def add(name: bytes | None, value: Any) -> None:
        if len(pairs) >= MAX_FIELDS:
            raise Malformed(f"The multipart body has more than {MAX_FIELDS:,} parts.", field="body")
        if name is None:
            raise Malformed("A part of the multipart body has no name.", field="body")
        pairs.append((name.decode("utf-8", "replace"), value))

    def on_file(part: File) -> None:
        part.file_object.seek(0)
        name = None if part.file_name is None else part.file_name.decode("utf-8", "replace")
        add(part.field_name, file(part.content_type or "", part.file_object.read(), name))
        part.close()

    # In memory: the body already is, and a file on the disk would outlive a crash.
    config = {"MAX_MEMORY_FILE_SIZE": len(raw) + 1, "MAX_BODY_SIZE": float("inf")}
    try:
        parser = FormParser(
            "multipart/form-data",
            lambda field: add(field.field_name, (field.value or b"").decode("utf-8", "replace")),
            on_file,
            boundary=boundary,
            config=config,
        )
        parser.write(raw)
        parser.finalize()
    except (FormParserError, ValueError) as error:
        raise Malformed(f"The multipart body cannot be read: {error}", field="body") from None
    if not pairs:
        raise Malformed("The multipart body cannot be read: it has no complete part.", field="body")
    return collapse(pairs)
