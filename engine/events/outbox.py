"""The outbox: an event is a row, written in the transaction of the change that it reports.

What is committed has its event, and what is rolled back has none; who shall hear of it reads the rows.
"""

from collections.abc import Sequence
from typing import Any

import orjson

from engine.base.actor import Actor
from engine.base.journal import encode
from engine.store.tx import Tx

from . import registry as events

_INSERT = (
    "INSERT INTO events (id, action, project_id, user_id, flow_id, envelope, lineage, created) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)


def emit(
    tx: Tx,
    action: str,
    data: Any,
    actor: Actor | None,
    project_id: str | None,
    lineage: Sequence[str] = (),
    created: str | None = None,
) -> None:
    """Write an event; `data` is made by `engine.payloads`. Raises ValueError for one that is not declared.

    `lineage` is, for an event about a run, the flows that led to it, its own last.
    """
    name = None
    if project_id:
        tx.flush()  # a project that this same change makes has its name by now
        found = tx.execute("SELECT name FROM projects WHERE id = ?", (project_id,)).fetchone()
        name = found[0] if found else None
    tx.execute(_INSERT, _row(action, data, actor, project_id, name, lineage, created))


def _row(
    action: str,
    data: Any,
    actor: Actor | None,
    project_id: str | None,
    project_name: str | None,
    lineage: Sequence[str],
    created: str | None,
) -> tuple[Any, ...]:
    envelope = events.build(
        action,
        data,
        project_id=project_id,
        project_name=project_name,
        created=created,
        **(_who(actor) if actor else {}),
    )
    return (
        envelope["id"],
        action,
        project_id,
        (actor.user_id or actor.key_id) if actor else None,
        _flow_of(data),
        encode(envelope),
        orjson.dumps(list(lineage)).decode() if lineage else "[]",
        envelope["created"],
    )


def _who(actor: Actor) -> dict[str, Any]:
    key = {"key_id": actor.key_id, "key_name": actor.name} if actor.key_id else {}
    return {"user_id": actor.user_id, "user_email": actor.email or None, "ip": actor.ip or None, **key}


def _flow_of(data: Any) -> str | None:
    """The flow that an event is about, by which the log can be narrowed."""
    if "flowRun" in data:
        found: str = data["flowRun"]["flowId"]
        return found
    return data["flow"]["id"] if "flow" in data else None
