"""The outbox: an event is a row, written in the transaction of the change that it reports.

What is committed has its event, and what is rolled back has none; who shall hear of it reads the rows.
"""

import sqlite3
from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import text
from sqlmodel import Session

from engine.base.actor import Actor
from engine.base.journal import encode

from . import registry as events

_COLUMNS = ("id", "action", "project_id", "user_id", "flow_id", "envelope", "lineage", "created")
_INSERT = f"INSERT INTO events ({', '.join(_COLUMNS)}) VALUES ({', '.join(':' + name for name in _COLUMNS)})"  # noqa: S608 - our own words
_INSERT_IN_SESSION = text(_INSERT)
_NAME = "SELECT name FROM projects WHERE id = :id"
_NAME_IN_SESSION = text(_NAME)


def emit(session: Session, action: str, data: Any, actor: Actor | None, project_id: str | None) -> None:
    """Write an event; `data` is made by `engine.payloads`. Raises ValueError for one that is not declared."""
    session.flush()  # a project that this same change makes has its name by now
    connection = session.connection()
    name = connection.execute(_NAME_IN_SESSION, {"id": project_id}).scalar() if project_id else None
    connection.execute(_INSERT_IN_SESSION, _row(action, data, actor, project_id, name))


def emit_with(
    connection: sqlite3.Connection,
    action: str,
    data: Any,
    actor: Actor | None,
    project_id: str | None,
    lineage: Sequence[str] = (),
    created: str | None = None,
) -> None:
    """The same for a change that is written by statements. `lineage` is, for an event about a run, the
    flows that led to it, its own last."""
    found = connection.execute(_NAME, {"id": project_id}).fetchone() if project_id else None
    name = found[0] if found else None
    connection.execute(_INSERT, _row(action, data, actor, project_id, name, lineage, created))


def _row(
    action: str,
    data: Any,
    actor: Actor | None,
    project_id: str | None,
    project_name: str | None,
    lineage: Sequence[str] = (),
    created: str | None = None,
) -> dict[str, Any]:
    envelope = events.build(
        action,
        data,
        project_id=project_id,
        project_name=project_name,
        created=created,
        **(_who(actor) if actor else {}),
    )
    return {
        "id": envelope["id"],
        "action": action,
        "project_id": project_id,
        "user_id": (actor.user_id or actor.key_id) if actor else None,
        "flow_id": _flow_of(data),
        "envelope": encode(envelope),
        "lineage": orjson.dumps(list(lineage)).decode() if lineage else "[]",
        "created": envelope["created"],
    }


def _who(actor: Actor) -> dict[str, Any]:
    key = {"key_id": actor.key_id, "key_name": actor.name} if actor.key_id else {}
    return {"user_id": actor.user_id, "user_email": actor.email or None, "ip": actor.ip or None, **key}


def _flow_of(data: Any) -> str | None:
    """The flow that an event is about, by which the log can be narrowed."""
    if "flowRun" in data:
        found: str = data["flowRun"]["flowId"]
        return found
    return data["flow"]["id"] if "flow" in data else None
