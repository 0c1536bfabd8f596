"""Store: keep values from one run to the next, per flow or per project."""

import json
from typing import Annotated, Literal

from ._context import Context
from ._errors import PieceError
from ._piece import Piece
from ._props import Example, Json, Range, Title

store = Piece("store", icon="database")

Scope = Literal["flow", "project"]
Key = Annotated[str, Example("last_alert")]
MAX_KEY = 128
MAX_VALUE = 512_000
MAX_SECONDS = 315_360_000  # ten years


@store.action
async def get(ctx: Context, key: Key, default: Json = None, scope: Scope = "flow") -> Json:
    """Get the value of a key.

    Args:
        key: At most 128 characters.
        default: What is given when nothing is stored.
        scope: Whose values: this flow's, or those all flows of the project share.
    """
    value = await ctx.store.get(_key(key), scope)
    return default if value is None else value


@store.action
async def put(
    ctx: Context,
    key: Key,
    value: Json,
    scope: Scope = "flow",
    expires_in: Annotated[float | None, Range(1, MAX_SECONDS), Title("Expires in seconds")] = None,
) -> Json:
    """Store a value under a key; null deletes it.

    Args:
        key: At most 128 characters.
        value: Any JSON of at most 512 kB.
        scope: Whose values: this flow's, or those all flows of the project share.
        expires_in: After so many seconds it is as if nothing was stored. Without it the value stays.
    """
    size = len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())
    if size > MAX_VALUE:
        raise PieceError(f"`value` has {size:,} bytes; a value has at most {MAX_VALUE:,}", field="value")
    if value is None:
        await ctx.store.delete(_key(key), scope)
    else:
        await ctx.store.put(_key(key), value, scope, expires_in)
    return value


@store.action
async def increment(ctx: Context, key: Key, by: float = 1, scope: Scope = "flow") -> Json:
    """Add to a number and return the sum. A missing key counts as 0.

    Concurrent runs never lose one another's additions. A step that is repeated after a crash adds again.

    Args:
        key: At most 128 characters.
        by: What is added; negative to subtract.
        scope: Whose values: this flow's, or those all flows of the project share.
    """
    total = await ctx.store.increment(_key(key), by, scope)
    return int(total) if float(total).is_integer() else total


@store.action
async def delete(ctx: Context, key: Key, scope: Scope = "flow") -> Json:
    """Delete a key; the output says whether it existed.

    Args:
        key: At most 128 characters.
        scope: Whose values: this flow's, or those all flows of the project share.
    """
    return {"deleted": await ctx.store.delete(_key(key), scope)}


def _key(key: str) -> str:
    if not key or len(key) > MAX_KEY or "\0" in key:
        raise PieceError(f"`key` must have 1 to {MAX_KEY} characters", field="key")
    return key
