"""Answers of the REST API: JSON that no cache keeps. Errors are answered where the application says so."""

from typing import Any

import orjson
from pydantic import BaseModel
from starlette.responses import Response


def json(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """`value`, dataclasses and models included, as JSON."""
    body = orjson.dumps(value, default=_plain)
    return Response(
        body, status, {"Cache-Control": "no-store", **(headers or {})}, media_type="application/json"
    )


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, set | frozenset | tuple):
        return list(value)
    raise TypeError(f"{type(value).__name__} is not JSON")
