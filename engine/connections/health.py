"""Whether a connection works, and the events that say when that changes."""

from engine.base.actor import Actor
from engine.base.payloads import connection_data
from engine.store.emit import Emit
from engine.store.models import Connection
from engine.store.tx import Tx

from .connection_store import Opened, Seals

_MARK = "failing"
"""Kept with a connection that failed and was changed since: it recovers once it works."""


def after_change(row: Connection, opened: Opened) -> dict[str, bool]:
    """What is kept with a connection that is changed: whether it was failing."""
    return {_MARK: True} if _was_failing(row, opened) else {}


def note(
    tx: Tx,
    seals: Seals,
    row: Connection,
    emit: Emit,
    *,
    error: str | None,
    moment: str | None,
    by: Actor | None,
) -> None:
    """Store that a connection works, or with an `error` that it does not, as tried at a moment.

    Emits `connection.failing` when that is new, and `connection.recovered` when it works again.
    """
    opened = seals.open(row)
    before = _was_failing(row, opened)
    row.status, row.error, row.checked = (
        ("failing", error[:1000], moment) if error else ("works", None, moment)
    )
    if not error and _MARK in opened.kept:
        seals.seal(row, opened.fields, {key: value for key, value in opened.kept.items() if key != _MARK})
    tx.session.add(row)
    tx.session.flush()
    if before == bool(error):
        return
    data = connection_data(
        id=row.id, name=row.name, piece=row.piece, status=row.status, created=row.created,
        updated=row.updated, error=row.error,
    )  # fmt: skip
    emit(tx, "connection.failing" if error else "connection.recovered", data, by, row.project_id)


def _was_failing(row: Connection, opened: Opened) -> bool:
    return row.status == "failing" or bool(opened.kept.get(_MARK))
