"""Lists in pages by the last id seen (keyset), so the millionth row is as near as the first."""

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from engine.base.errors import BadInput

MAX_LIMIT = 200

T = TypeVar("T")
_ID = re.compile(r"[a-z]{2,8}_[0-9a-z]{26}")
_PLACE = re.compile(r"at_[0-9]{1,9}")


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


def part(whole: list[T], limit: int | None, cursor: str | None) -> Page[T]:
    """Some of a list that is short and there as a whole; its cursors say a place in it. Without a limit all
    that follows. Raises `BadInput` for a cursor that we did not make."""
    begin = 0 if cursor is None else _place(cursor)
    end = len(whole) if limit is None else begin + limit
    return Page(whole[begin:end], encode(f"at_{end}") if end < len(whole) else None)


def encode(last_id: str) -> str:
    """An opaque cursor for "what comes after this id"."""
    return base64.urlsafe_b64encode(last_id.encode()).decode().rstrip("=")


def decode(cursor: str | None) -> str | None:
    """The id in a cursor. Raises `BadInput` for a cursor that we did not make."""
    return None if cursor is None else _decoded(cursor, _ID)


def _place(cursor: str) -> int:
    return int(_decoded(cursor, _PLACE).removeprefix("at_"))


def _decoded(cursor: str, form: re.Pattern[str]) -> str:
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        text = ""
    if not form.fullmatch(text):
        raise BadInput("This cursor was not returned by a list.", field="cursor")
    return text


def check_limit(limit: int) -> int:
    """`limit` itself; raises `BadInput` unless it lies within 1 … `MAX_LIMIT`."""
    if not 1 <= limit <= MAX_LIMIT:
        raise BadInput(f"A page can have 1 to {MAX_LIMIT} items.", field="limit")
    return limit
