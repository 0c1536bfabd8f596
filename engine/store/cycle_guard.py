"""Cuts of event cycles: what did not start because it would have closed a circle, why, and what led there."""

from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select

from engine.base.clock import now_iso
from engine.base.ids import new_id

from . import ledger, models
from .tx import Tx

_SHOWN = 100


@dataclass(frozen=True)
class Cut:
    """One edge that was cut."""

    id: str
    run_id: str
    """The run that led there; empty when that is not known."""
    flow_id: str
    """The flow that was not started."""
    flow_name: str | None
    """None when the flow is gone."""
    via: str
    """What led there: `webhook`, `topic`, `event` or `destination`."""
    reason: str
    created: str


def note(tx: Tx, project_id: str, run_id: str, flow_id: str, via: str, reason: str) -> None:
    """Keep a cut edge, in the writer's transaction; `project_id` is that of the flow."""
    tx.execute(
        "INSERT INTO cuts (id, project_id, run_id, flow_id, via, reason, created) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (new_id("cut"), project_id, run_id, flow_id, via, reason, now_iso()),
    )
    ledger.count(tx, project_id, flow_id, "received")
    ledger.count(tx, project_id, flow_id, "cut", reason=via)


def run_of(event: Any) -> str:
    """The run that one of our events tells of, as an envelope, a CloudEvent or its data alone; of several
    the first. Empty for any other."""
    if isinstance(event, list):
        return next(filter(None, map(run_of, event)), "")
    if not isinstance(event, dict):
        return ""
    data = event.get("data")
    run = (data if isinstance(data, dict) else event).get("flowRun")
    id = run.get("id") if isinstance(run, dict) else None
    return id if isinstance(id, str) else ""


def of_run(tx: Tx, project_id: str, run_id: str) -> list[Cut]:
    """Where a run would have led, but for the circle; oldest first."""
    return _list(tx, project_id, models.Cut.run_id, run_id)


def of_flow(tx: Tx, project_id: str, flow_id: str) -> list[Cut]:
    """What would have started a flow, but for the circle; oldest first, the last hundred."""
    return _list(tx, project_id, models.Cut.flow_id, flow_id)


def forget(tx: Tx, before: str, limit: int = 500) -> int:
    """Forget cuts older than a moment (ISO 8601), a few of them; how many."""
    return tx.execute(
        "DELETE FROM cuts WHERE id IN (SELECT id FROM cuts WHERE created < ? LIMIT ?)", (before, limit)
    ).rowcount


def _list(tx: Tx, project_id: str, by: str, value: str) -> list[Cut]:
    cut, flow = models.Cut, models.Flow
    rows = tx.session.exec(
        select(cut, flow.name)
        .outerjoin(flow, (col(flow.id) == col(cut.flow_id)) & (col(flow.project_id) == project_id))
        .where(cut.project_id == project_id, by == value)
        .order_by(col(cut.id).desc())
        .limit(_SHOWN)
    ).all()
    return [
        Cut(row.id, row.run_id, row.flow_id, name, row.via, row.reason, row.created)
        for row, name in reversed(rows)
    ]
