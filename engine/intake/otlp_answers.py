"""What a sender of OTLP logs is answered: in the encoding of its request, as OTLP/HTTP asks.

Source: https://opentelemetry.io/docs/specs/otlp/#otlphttp-response
"""

import orjson

from engine.base.errors import SwitchyardError

from .answers import IntakeAnswer, refusal
from .bodies import media_type
from .errors import UnforeseenInExport
from .otlp import JSON, PROTOBUF
from .request import Request

# google.rpc.Code by HTTP status (googleapis, google/rpc/code.proto).
_CODES = {400: 3, 401: 16, 403: 7, 404: 5, 405: 12, 409: 9, 413: 3, 415: 3, 422: 3, 429: 8, 431: 3, 503: 14}
_INTERNAL = 13


def accepted(request: Request, *, rejected: int = 0, why: str = "") -> IntakeAnswer:
    """An `ExportLogsServiceResponse`: everything was accepted, or all but `rejected` records."""
    if _encoding(request) == JSON:
        partial = {"partialSuccess": {"rejectedLogRecords": str(rejected), "errorMessage": why}}
        return 200, [(b"content-type", JSON)], orjson.dumps(partial if rejected else {})
    partial_bytes = _number(1, rejected) + _text(2, why)
    body = _text(1, partial_bytes) if rejected else b""
    return 200, [(b"content-type", PROTOBUF)], body


def refused(request: Request, error: SwitchyardError) -> IntakeAnswer:
    """A `google.rpc.Status`. A sender tries again after 429, 502, 503 and 504, and drops its records after
    any other status."""
    status, headers, _ = refusal(error)
    if isinstance(error, UnforeseenInExport):
        headers.append((b"retry-after", str(error.retry_after).encode()))
    kind = _encoding(request)
    code = _CODES.get(status, _INTERNAL)
    headers = [(name, kind if name == b"content-type" else value) for name, value in headers]
    if kind == JSON:
        return status, headers, orjson.dumps({"code": code, "message": error.message})
    return status, headers, _number(1, code) + _text(2, error.message)


def _encoding(request: Request) -> bytes:
    """That of the request; JSON for one that has neither."""
    return PROTOBUF if media_type(request.header(b"content-type")) == PROTOBUF else JSON


# Two messages of two fields each are not worth loading the library for, least of all for a refusal:
# https://protobuf.dev/programming-guides/encoding/


def _number(field: int, value: int) -> bytes:
    return bytes([field << 3]) + _varint(value)


def _text(field: int, value: str | bytes) -> bytes:
    content = value.encode("utf-8", "replace") if isinstance(value, str) else value
    return bytes([field << 3 | 2]) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)
