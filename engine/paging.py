"""Lists in pages by the last id seen (keyset), so the millionth row is as near as the first."""

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from .errors import BadInput

MAX_LIMIT = 200

T = TypeVar("T")
_ID = re.compile(r"[a-z]{2,8}_[0-9a-z]{26}")


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some of a list, newest first, and the cursor that asks for what follows (None at the end)."""

    data: list[T]
    next: str | None = None


def page(rows: list[T], limit: int, id_of: Callable[[T], str]) -> Page[T]:
    """The page made of `rows`, which were asked for with a limit of `limit + 1`."""
    if len(rows) <= limit:
        return Page(rows)
    return Page(rows[:limit], encode(id_of(rows[limit - 1])))


def encode(last_id: str) -> str:
    """An opaque cursor for "what comes after this id"."""
    return base64.urlsafe_b64encode(last_id.encode()).decode().rstrip("=")


def decode(cursor: str | None) -> str | None:
    """The id in a cursor. Raises `BadInput` for a cursor that we did not make."""
    if cursor is None:
        return None
    try:
        last_id = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        last_id = ""
    if not _ID.fullmatch(last_id):
        raise BadInput("This cursor is not one that a list has given out.", field="cursor")
    return last_id


def check_limit(limit: int) -> int:
    """`limit` itself; raises `BadInput` unless it lies within 1 … `MAX_LIMIT`."""
    if not 1 <= limit <= MAX_LIMIT:
        raise BadInput(f"A page holds 1 to {MAX_LIMIT} items.", field="limit")
    return limit
