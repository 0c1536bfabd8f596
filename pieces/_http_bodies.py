"""What the HTTP piece sends and reads: query, form, multipart and text bodies; answers as values."""

import base64
import codecs
import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, unquote_plus, urlencode

import httpx

from ._base64 import from_base64
from ._errors import PieceError
from ._props import Json

TEXT = "text/plain; charset=utf-8"
_FORM = "application/x-www-form-urlencoded"
FORM_DATA = "multipart/form-data"
_JSON = re.compile(r"(?:application|text)/(?:x-)?json|application/x-amz-json-1\.\d|.*\+json")
_TEXT = re.compile(
    r"text/.*|.*(?:json|jsonl|jsonlines|json-seq|xml|javascript|ecmascript|yaml|csv|graphql|sql)"
)
_MOST_VALUES = 200_000  # of a JSON answer; more stay a text
# Charsets of answers that are decoded. Few and linear: Python knows some that take quadratic time.
_CHARSET = re.compile(
    r"utf_?-?8|utf-?16(le|be)?|us-ascii|ascii|iso[-_]8859-\d+|latin-?1|(windows-|cp)\d{3,4}|koi8-[ru]|shift_jis|"
    r"euc-(jp|kr)|gb(k|2312|18030)|big5",
    re.IGNORECASE,
)

_MOST_NAME = 200
_ENCODED_NAME = re.compile(
    r"filename\*\s*=\s*(?:utf-8|(?P<charset>iso-8859-1))'[^']*'(?P<name>[^;\s]+)", re.IGNORECASE
)
_QUOTED_NAME = re.compile(r'filename\s*=\s*"(?P<name>(?:[^"\\]|\\.){0,1000})', re.IGNORECASE)
_BARE_NAME = re.compile(r'filename\s*=\s*(?P<name>[^";]{1,1000})', re.IGNORECASE)

File = tuple[str | None, bytes, str]
"""A file name, its content, its media type."""


def pairs_of(values: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    """Names and texts: a list repeats its name, null is left out, what has no text of its own is JSON."""
    for name, value in values.items():
        for one in value if isinstance(value, list) else [value]:
            if one is not None:
                yield name, text_of(one)


def text_of(value: Json) -> str:
    """A value as a field of a form or query carries it."""
    return value if isinstance(value, str) else _json_text(value)


def _json_text(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def url_with(url: str, query: Mapping[str, Json] | None) -> httpx.URL:
    """The address with the fields of `query`. What the address has already stays, repeated names too, but
    for a name that `query` has as well."""
    parsed = _parsed(url)
    added = urlencode(list(pairs_of(query or {})), errors="replace")
    if not query or not (added or parsed.query):
        return parsed
    # The address's own fields are not read and written anew: services sign them, or read `%20` only.
    given = {name for name, _ in pairs_of(query)}
    own = [field for field in parsed.query.decode("ascii").split("&") if _name_of(field) not in given]
    fields = "&".join(filter(None, [*own, added]))
    return parsed.copy_with(query=fields.encode() if fields else None)


@lru_cache(256)
def _parsed(url: str) -> httpx.URL:
    """A step's address is often the same for each event."""
    return httpx.URL(url)


def _name_of(field: str) -> str:
    return unquote_plus(field.partition("=")[0])


def body_of(kind: str, body: Json, content_type: str = "") -> tuple[dict[str, Any], str]:
    """The arguments of httpx for a body, and the content type that goes with it, if it needs one.

    `content_type` is the one that the step's own headers name, if they do.
    """
    if kind == "auto":
        kind = _usual(body, content_type)
    if kind == "none":
        return {}, ""
    if kind == "json":
        # Not httpx's `json=`, which takes null for no body at all.
        return {"content": _json_text(body).encode("utf-8", "replace")}, "application/json"
    if kind == "file":
        _, content, media = _file(body)
        return {"content": content}, media
    if kind == "form":
        return {"content": urlencode(list(_fields(body)), errors="replace").encode()}, _FORM
    if kind == "multipart":
        return {"files": list(_parts(body))}, ""
    if not isinstance(body, str):
        raise PieceError(f"`body` must be text to be sent as {kind}", field="body")
    if kind == "base64":
        return {"content": bytes_of(body)}, ""
    return {"content": body.encode("utf-8", "replace")}, TEXT


def is_json_text(values: Mapping[str, Json]) -> bool:
    """Whether a text as `body` of such an input is JSON: the body is sent as that or as fields, or is left
    alone and a header says so."""
    kind = values.get("body_kind", "auto")
    if kind != "auto":
        return kind in ("json", "form", "multipart")
    headers = values.get("headers")
    named = [
        value for name, value in (headers.items() if isinstance(headers, dict) else ())
        if name.lower() == "content-type" and isinstance(value, str)
    ]  # fmt: skip
    return bool(named) and _JSON.fullmatch(media_of(named[0])) is not None


def media_of(content_type: str) -> str:
    """The media type without parameters, in small letters."""
    return content_type.partition(";")[0].strip().lower()


def _usual(body: Json, content_type: str) -> str:
    if body is None:
        return "none"
    if isinstance(body, str):
        return "text"
    if is_file(body):
        return "file"
    if media_of(content_type) == FORM_DATA and isinstance(body, dict | list):
        return "multipart"
    return "form" if isinstance(body, dict) and media_of(content_type) == _FORM else "json"


def is_file(value: Json) -> bool:
    """Whether a value is a file, as events and answers carry one."""
    return isinstance(value, dict) and isinstance(value.get("base64"), str) and "content_type" in value


def _fields(body: Json) -> Iterator[tuple[str, str]]:
    """The fields of a form: an object, or a list of `{name, value}`."""
    if isinstance(body, dict):
        yield from pairs_of(body)
        return
    if not isinstance(body, list) or not all(isinstance(one, dict) and "name" in one for one in body):
        raise PieceError("`body` must be an object or a list of fields to be sent as a form", field="body")
    for one in body:
        yield from pairs_of({text_of(one["name"]): one.get("value")})


def _parts(body: Json) -> Iterator[tuple[str, Any]]:
    """An object of fields and files, or a list of `{name, value}` and `{name, filename, content, …}`."""
    if isinstance(body, dict):
        for name, value in body.items():
            for one in value if isinstance(value, list) else [value]:
                if one is not None:
                    yield name, _field(one)
        return
    if not isinstance(body, list):
        raise PieceError("`body` must be an object or a list of parts to be sent as multipart", field="body")
    for part in body:
        if not isinstance(part, dict) or not isinstance(part.get("name"), str):
            raise PieceError("`body`: each part needs a name", field="body")
        if is_file(part) or "filename" in part or "content" in part:
            yield part["name"], _file(part)
            continue
        value = part.get("value")
        for one in value if isinstance(value, list) else [value]:
            if one is not None:
                yield part["name"], _field(one)


def _field(value: Json) -> Any:
    """A part's content: a file, or a text without a file name."""
    return _file(value) if is_file(value) else (None, text_of(value))


def _file(part: Mapping[str, Json]) -> File:
    name = str(part.get("filename") or part.get("name") or "file")
    media = str(part.get("content_type") or "application/octet-stream")
    if is_file(part):
        return name, bytes_of(part["base64"]), media
    content = text_of(part.get("content", ""))
    is_base64 = part.get("encoding") == "base64"
    return name, bytes_of(content) if is_base64 else content.encode("utf-8", "replace"), media


def bytes_of(text: str) -> bytes:
    """The bytes in a text in base64. Raises `PieceError`."""
    try:
        return from_base64(text)
    except ValueError:
        raise PieceError("`body` is not base64", field="body") from None


# -- answers ---------------------------------------------------------------------------------------


def answer_body(answer: httpx.Response) -> Json:
    """JSON as its value, also without a type; text as text; anything else as a file."""
    content = answer.content
    if not content:
        return None
    kind = answer.headers.get("content-type", "")
    media = media_of(kind)
    if not media or _JSON.fullmatch(media):
        value = _json(content, answer)
        if value is not None:
            return value[0]
    if not media or _TEXT.fullmatch(media) or media == _FORM:
        try:
            return content.decode(_charset_of(answer))
        except (UnicodeDecodeError, LookupError):
            pass  # it says text and is not: give its bytes
    return {
        "filename": _filename(answer.headers.get("content-disposition", "")),
        "content_type": kind or "application/octet-stream",
        "size": len(content),
        "base64": base64.b64encode(content).decode(),
    }


def _charset_of(answer: httpx.Response) -> str:
    charset = answer.charset_encoding or "utf-8"
    return charset if _CHARSET.fullmatch(charset) else "utf-8"


def _json(content: bytes, answer: httpx.Response) -> tuple[Json] | None:
    """The value; None where it says JSON and is not, or is too much of it.

    JSON is UTF-8 whatever a type says (RFC 8259, 8.1); the answer's charset counts for what is not.
    """
    if content.count(b",") + content.count(b"[") + content.count(b"{") > _MOST_VALUES:
        return None
    try:
        return (json.loads(content.removeprefix(codecs.BOM_UTF8)),)
    except (UnicodeDecodeError, LookupError):
        pass
    except (ValueError, RecursionError):
        return None
    try:
        return (json.loads(content.decode(_charset_of(answer))),)
    except (ValueError, LookupError, RecursionError):
        return None


def _filename(disposition: str) -> str | None:
    """The name of a file in `Content-Disposition` (RFC 6266): the encoded one if there are two."""
    name = ""
    if encoded := _ENCODED_NAME.search(disposition):
        name = unquote(encoded["name"], "latin-1" if encoded["charset"] else "utf-8", "replace")
    elif quoted := _QUOTED_NAME.search(disposition):
        name = re.sub(r"\\(.)", r"\1", quoted["name"])
    elif bare := _BARE_NAME.search(disposition):
        name = bare["name"].strip()
    return name.encode("utf-8", "replace").decode()[:_MOST_NAME] or None
