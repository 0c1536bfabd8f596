"""Request bodies: JSON of a bounded size, and nothing else."""

import asyncio
from codecs import BOM_UTF8
from typing import Any

from starlette.requests import ClientDisconnect, Request

from engine.base import jsonbody
from engine.base.errors import BadInput, Malformed, TooLarge, WrongMediaType

_LARGE = 256_000  # bytes of a body that is read in a thread


async def read_json(request: Request, limit: int, *, optional: bool = False) -> dict[str, Any]:
    """The JSON object that a request carries; `{}` for no body where that is allowed.

    Raises `TooLarge` beyond `limit` bytes (read no further), `WrongMediaType` for anything not called
    JSON, `Malformed` for what is not JSON, `BadInput` for JSON that is not an object.
    """
    data = await read_bytes(request, limit)
    if not data and optional:
        return {}
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not (media == "application/json" or (media.startswith("application/") and media.endswith("+json"))):
        raise WrongMediaType("The body must be JSON, sent as Content-Type: application/json.")
    data = data.removeprefix(BOM_UTF8)  # which is ignored, as RFC 8259 (8.1) lets a reader do
    # A document of megabytes takes a tenth of a second, which must not hold up others.
    value = await asyncio.to_thread(jsonbody.loads, data) if len(data) > _LARGE else jsonbody.loads(data)
    if not isinstance(value, dict):
        raise BadInput("The body must be a JSON object.")
    return value


async def read_bytes(request: Request, limit: int) -> bytes:
    """The body, read no further than `limit` bytes."""
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and int(declared[:20]) > limit:
        raise TooLarge(_too_large(limit))
    parts: list[bytes] = []
    size = 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > limit:
                raise TooLarge(_too_large(limit))
            parts.append(part)
    except ClientDisconnect:
        raise Malformed("The body is incomplete.") from None
    return b"".join(parts)


def _too_large(limit: int) -> str:
    return f"The body is larger than {limit:,} bytes."
