"""What flows keep between runs: the store piece. A value that has expired is as if it were not there."""

import math
from collections.abc import Callable
from typing import Literal

import orjson

from engine.base import clock
from engine.base.types import Json
from pieces import PieceError

from .database import Database
from .models import StoreItem
from .tx import Tx

Scope = Literal["flow", "project"]

_MAX_ITEMS = 100_000  # in one project


class ItemStore:
    """The store as one step sees it: its project's items, and its flow's."""

    def __init__(
        self, db: Database, project_id: str, flow_id: str, hide: Callable[[Json], Json] = lambda value: value
    ) -> None:
        """`hide` cuts secrets out of what is stored."""
        self._db = db
        self._hide = hide
        self._project_id = project_id
        self._flow_id = flow_id

    async def get(self, key: str, scope: Scope = "flow") -> Json:
        """The value, or None."""
        row = await self._db.read(lambda tx: self._live(tx, key, scope))
        return None if row is None else orjson.loads(row.value)

    async def put(
        self, key: str, value: Json, scope: Scope = "flow", expires_in: float | None = None
    ) -> None:
        """Set the value, for so many seconds or for ever. Raises `PieceError` when the project stores too
        much."""
        encoded = _encoded(self._hide(value))
        expires = None if expires_in is None else clock.to_iso(clock.now() + expires_in)
        await self._db.write(lambda tx: self._set(tx, key, scope, encoded, expires))

    async def increment(self, key: str, by: float = 1, scope: Scope = "flow") -> float:
        """Add to a number, 0 when there is none, and give the sum; two at once both count. It expires when it
        would have."""

        def change(tx: Tx) -> float:
            row = self._live(tx, key, scope)
            value = 0 if row is None else orjson.loads(row.value)
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise PieceError(f"{key!r} holds no number.", field="key")
            total: float = value + by
            if not math.isfinite(total):
                raise PieceError(f"{key!r} has become too large.", field="by")
            self._set(tx, key, scope, _encoded(total), row.expires if row is not None else None)
            return total

        return await self._db.write(change)

    async def delete(self, key: str, scope: Scope = "flow") -> bool:
        """Whether there was a value."""

        def change(tx: Tx) -> bool:
            row = self._live(tx, key, scope)
            if row is not None:
                tx.session.delete(row)
            return row is not None

        return await self._db.write(change)

    def _key(self, key: str, scope: Scope) -> tuple[str, str, str]:
        return self._project_id, self._flow_id if scope == "flow" else "", key

    def _live(self, tx: Tx, key: str, scope: Scope) -> StoreItem | None:
        row = tx.session.get(StoreItem, self._key(key, scope))
        over = row is not None and row.expires is not None and row.expires <= clock.now_iso()
        return None if over else row

    def _set(self, tx: Tx, key: str, scope: Scope, value: str, expires: str | None) -> None:
        project_id, flow_id, _ = self._key(key, scope)
        row = tx.session.get(StoreItem, (project_id, flow_id, key))
        if row is None:
            (count,) = tx.execute(
                "SELECT count(*) FROM store_items WHERE project_id = ?", (project_id,)
            ).fetchone()
            if count >= _MAX_ITEMS:
                raise PieceError(f"The project already stores {_MAX_ITEMS:,} values. Delete some.")
            row = StoreItem(project_id=project_id, flow_id=flow_id, key=key, value=value, updated="")
        row.value, row.updated, row.expires = value, clock.now_iso(), expires
        tx.session.add(row)


def _encoded(value: Json) -> str:
    try:
        return orjson.dumps(value).decode()
    except TypeError as error:
        raise PieceError(f"The value cannot be stored as JSON: {error}", field="value") from error
