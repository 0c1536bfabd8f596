"""What a browser's form sends, read within bounds."""

from collections.abc import AsyncGenerator
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from engine.api.bodies import read_bytes
from engine.base import clock, jsonbody
from engine.base.errors import BadInput, Malformed
from engine.intake.charsets import decode

MAX_FIELDS = 1000
MAX_FILES = 20
_MORE = 100_000  # bytes that the encoding of a form may add


class Form:
    """The fields of one form; each text is stripped of the browser's line ends."""

    def __init__(self, data: FormData, files: dict[str, bytes] | None = None) -> None:
        self.data = data
        self.files = files or {}

    def text(self, name: str, default: str = "") -> str:
        value = self.data.get(name, default)
        return value.replace("\r\n", "\n") if isinstance(value, str) else default

    def word(self, name: str, default: str = "") -> str:
        """The text of a one-line field, without space around it."""
        return self.text(name, default).strip()

    def all(self, name: str) -> list[str]:
        return [value for value in self.data.getlist(name) if isinstance(value, str)]

    def number(self, name: str) -> int:
        """A whole number. Raises `BadInput` naming the field."""
        text = self.word(name)
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            raise BadInput("Enter a whole number.", field=name)
        return int(text)

    def json(self, name: str) -> Any:
        """The value of a field that holds JSON. Raises `BadInput` naming the field."""
        return as_json(self.text(name), name)

    def file(self, name: str) -> str:
        """The text of an uploaded file, in UTF-8 or as its byte order mark says; empty without one. Raises
        `BadInput` naming the field."""
        try:
            return decode(self.files.get(name, b""))
        except Malformed:
            raise BadInput("The file is not UTF-8 text.", field=name) from None


def renamed(form: Form, names: dict[str, str]) -> Form:
    """The same form with other names for some fields; one that gets an empty name leaves."""
    pairs = [(names.get(name, name), value) for name, value in form.data.multi_items()]
    files = {names.get(name, name): data for name, data in form.files.items()}
    return Form(FormData([(name, value) for name, value in pairs if name]), files)


def without(form: Form, *names: str) -> Form:
    """The same form, had these fields not been in it."""
    kept = [(name, value) for name, value in form.data.multi_items() if name not in names]
    return Form(FormData(kept), form.files)


def replaced(form: Form, name: str, value: str) -> Form:
    """The same form with another value in one field."""
    kept = [(n, v) for n, v in form.data.multi_items() if n != name]
    return Form(FormData([*kept, (name, value)]), form.files)


def moment(text: str) -> str:
    """A moment of an address (ISO 8601) as the store writes it; empty for what is none."""
    try:
        return clock.to_iso(clock.from_iso(text.strip()))
    except (ValueError, OverflowError, OSError):
        return ""


def as_json(text: str, field: str) -> Any:
    """JSON in a text field. Raises `BadInput` naming the field."""
    try:
        return jsonbody.loads(text.removeprefix("\ufeff").encode())
    except (Malformed, UnicodeEncodeError) as error:
        raise BadInput(getattr(error, "message", "This is not UTF-8 text."), field=field) from None


async def read(request: Request, limit: int) -> Form:
    """The form that a request carries. Raises `TooLarge` beyond `limit` bytes of content, `Malformed`."""
    data = await read_bytes(request, limit + _MORE)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        if kind == "multipart/form-data":
            parser = MultiPartParser(
                request.headers,
                _once(data),
                max_files=MAX_FILES,
                max_fields=MAX_FIELDS,
                max_part_size=limit + _MORE,
            )
            return await _with_files(await parser.parse())
        pairs = parse_qsl(
            data.decode("utf-8"), keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict"
        )
        return Form(FormData(list[tuple[str, str | UploadFile]](pairs)))
    except (MultiPartException, ValueError, KeyError):
        raise Malformed("The form cannot be read.") from None


async def _with_files(data: FormData) -> Form:
    files = {}
    try:
        for name, value in data.multi_items():
            if isinstance(value, UploadFile):
                files[name] = await value.read()
    finally:
        await data.close()
    return Form(data, files)


async def _once(data: bytes) -> AsyncGenerator[bytes, None]:
    yield data
