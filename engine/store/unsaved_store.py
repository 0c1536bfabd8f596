"""The SQL of texts that the editor could not save. Each function runs in its caller's transaction."""

from sqlalchemy import delete, select
from sqlmodel import col

from engine.base import clock

from .models import UnsavedText
from .tx import Tx


def find(tx: Tx, flow_id: str, user_id: str) -> list[UnsavedText]:
    """What a user has not saved of a flow, newest first."""
    row = UnsavedText
    return list(
        tx.session.execute(
            select(row)
            .where(col(row.flow_id) == flow_id, col(row.user_id) == user_id)
            .order_by(col(row.updated).desc(), col(row.panel))
        ).scalars()
    )


def put(tx: Tx, flow_id: str, user_id: str, panel: str, fields: str, most: int) -> None:
    """Store what is not saved of a panel; of more than `most` panels the oldest are forgotten."""
    found = tx.session.get(UnsavedText, (flow_id, user_id, panel))
    row = found or UnsavedText(flow_id=flow_id, user_id=user_id, panel=panel, fields="", updated="")
    row.fields, row.updated = fields, clock.now_iso()
    tx.session.add(row)
    tx.flush()
    for old in find(tx, flow_id, user_id)[most:]:
        tx.session.delete(old)


def discard(tx: Tx, flow_id: str, user_id: str, panel: str) -> None:
    """Forget what is not saved of a panel."""
    row = UnsavedText
    tx.session.execute(
        delete(row).where(col(row.flow_id) == flow_id, col(row.user_id) == user_id, col(row.panel) == panel)
    )
