"""The outbox: an event is a row, written in the transaction of the change it tells of.

What is committed has its event, and what is rolled back has none; who shall hear of it reads the rows.
"""

import sqlite3
from typing import Any

import orjson
from sqlmodel import Session

from . import events, payloads
from .access import Actor
from .ids import new_id
from .journal import encode
from .models import Event, RunStatus
from .plan import Plan
from .queue import Claim
from .run_store import Ending

_COLUMNS = ("id", "action", "project_id", "user_id", "envelope", "created")
_INSERT = f"INSERT INTO events ({', '.join(_COLUMNS)}) VALUES (?, ?, ?, ?, ?, ?)"  # noqa: S608 - our own words


def emit(session: Session, action: str, data: Any, actor: Actor | None, project_id: str | None) -> None:
    """Write an event; `data` is made by `engine.payloads`. Raises ValueError for one that is not declared."""
    values = zip(_COLUMNS, _row(action, data, actor, project_id), strict=True)
    session.add(Event(**dict(values)))


def emit_with(
    connection: sqlite3.Connection, action: str, data: Any, actor: Actor | None, project_id: str | None
) -> None:
    """The same for a change that is written by statements."""
    connection.execute(_INSERT, _row(action, data, actor, project_id))


def _row(action: str, data: Any, actor: Actor | None, project_id: str | None) -> tuple[Any, ...]:
    user_id = actor.user_id if actor else None
    envelope = events.build(
        action,
        data,
        project_id=project_id,
        user_id=user_id,
        user_email=(actor.email or None) if actor else None,
        ip=(actor.ip or None) if actor else None,
    )
    return envelope["id"], action, project_id, user_id, orjson.dumps(envelope), envelope["created"]


def run_ended(connection: sqlite3.Connection, claim: Claim, plan: Plan, ending: Ending) -> None:
    """The events of a run that did not simply succeed: `flow.run.failed`, `flow.run.unrouted`."""
    error = ending.error
    data = payloads.run_data(
        id=claim.id,
        flow_id=claim.flow_id,
        version_id=claim.version_id,
        flow_name=plan.flow_name,
        status=ending.status,
        environment=claim.environment,
        started=ending.started,
        finished=ending.at,
        duration_ms=ending.active_ms,
        triggered_by=claim.trigger,
        unrouted=ending.unrouted,
        warnings=ending.warnings,
        error={"step": error.get("step"), "message": error["message"]} if error else None,
    )
    actions = ["flow.run.failed"] if ending.status in (RunStatus.failed, RunStatus.timed_out) else []
    if ending.unrouted:
        actions.append("flow.run.unrouted")
    for action in actions:
        envelope = events.build(
            action, data, id=new_id("evt"), project_id=claim.project_id, created=ending.at
        )
        row = (envelope["id"], action, claim.project_id, None, encode(envelope), ending.at)
        connection.execute(_INSERT, row)
