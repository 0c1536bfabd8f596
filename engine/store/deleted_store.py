"""The SQL of deleting flows and of taking that back. Each function runs in its caller's transaction.

A deleted flow keeps its row with everything that hangs on it, and is there for nobody; `retention`
forgets it once its time is over.
"""

from dataclasses import dataclass, field

import orjson
from sqlalchemy import select, update
from sqlmodel import col

from engine.base.clock import now_iso

from . import ledger, models, run_store
from .models import RunStatus
from .ordering import Woken
from .tx import Tx

_OPEN = (RunStatus.queued, RunStatus.running, RunStatus.waiting)


@dataclass(frozen=True)
class Removed:
    """What a deletion did to runs that the engine has in its hands."""

    running: list[str]
    """Runs that were in the middle of it, now canceled; and the runs that any of them waited for."""
    canceled: list[str] = field(default_factory=list)
    """All that were ended: those, and the ones that were queued or waited."""
    woken: list[Woken] = field(default_factory=list)
    """Runs of other flows that waited for one of these: they are queued."""


@dataclass(frozen=True)
class DeletedFlow:
    """A flow that can be restored."""

    id: str
    name: str
    published_version: int | None
    deleted: str
    deleted_by: str | None
    """The id of the user, or of the API key, that deleted it."""


def delete(tx: Tx, flow: models.Flow, by: str | None) -> Removed:
    """Take a flow away, disabled, and end its open runs as canceled. Its runs stay readable."""
    removed = _end_runs(tx, flow)
    flow.enabled = False
    flow.deleted, flow.deleted_by = now_iso(), by
    tx.session.add(flow)
    return removed


def restore(tx: Tx, flow: models.Flow) -> None:
    """Bring a deleted flow back as it was, but disabled."""
    flow.deleted = flow.deleted_by = None
    tx.session.add(flow)


def find(tx: Tx, project_id: str, flow_id: str) -> models.Flow | None:
    """A deleted flow of the project."""
    flow = models.Flow
    return tx.session.execute(
        select(flow).where(
            col(flow.id) == flow_id, col(flow.project_id) == project_id, col(flow.deleted).is_not(None)
        )
    ).scalar_one_or_none()


def listed(tx: Tx, project_id: str, limit: int) -> list[DeletedFlow]:
    """The deleted flows of a project, the last one deleted first, at most `limit`."""
    flow = models.Flow
    rows = tx.session.execute(
        select(flow)
        .where(col(flow.project_id) == project_id, col(flow.deleted).is_not(None))
        .order_by(col(flow.deleted).desc(), col(flow.id).desc())
        .limit(limit)
    ).scalars()
    return [
        DeletedFlow(row.id, row.name, row.published_version, str(row.deleted), row.deleted_by) for row in rows
    ]


def _end_runs(tx: Tx, flow: models.Flow) -> Removed:
    run = models.Run
    theirs = [col(run.flow_id) == flow.id, col(run.status).in_(_OPEN)]
    running = tx.session.execute(select(col(run.id)).where(*theirs, col(run.status) == RunStatus.running))
    removed = Removed(list(running.scalars()))
    waiting = tx.session.execute(select(col(run.id)).where(*theirs, col(run.status) == RunStatus.waiting))
    callers = list(waiting.scalars())
    parents = select(col(run.parent_run_id)).where(*theirs, col(run.parent_run_id).is_not(None))
    woken = tx.session.execute(
        update(run)
        .where(col(run.id).in_(parents), col(run.status) == RunStatus.waiting, col(run.flow_id) != flow.id)
        .values(status=RunStatus.queued, resume_at=None)
        .returning(col(run.flow_id), col(run.project_id), col(run.id))
    ).all()
    removed.woken.extend(Woken(*row) for row in woken)
    error = {"kind": "canceled", "message": "The flow was deleted."}
    ended = tx.session.execute(
        update(run)
        .where(*theirs)
        .values(
            status=RunStatus.canceled,
            resume_at=None,
            finished=now_iso(),
            error=orjson.dumps(error).decode(),
        )
        .returning(col(run.id), col(run.environment), col(run.unrouted))
    ).all()
    for _, environment, unrouted in ended:
        ledger.count_end(tx, flow.project_id, flow.id, environment, "canceled", unrouted=unrouted)
    removed.canceled.extend(sorted(run_id for run_id, *_ in ended))
    for run_id in callers:
        below = [one.run_id for one in run_store.cancel_below(tx, run_id, now_iso())]
        removed.running.extend(below)
        removed.canceled.extend(below)
    return removed
