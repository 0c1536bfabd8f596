"""The SQL of the audit log: what Switchyard said, narrowed, page by page, counted and forgotten.

Ids are found in an index that holds all that a list is narrowed by, in order, and only the rows of one
page are read: the rows are wide. Text is looked for in a bounded number of rows at a time.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

WINDOW = 20_000
"""Rows that one look for a text goes through."""


@dataclass(frozen=True)
class Filter:
    """What a list of events is narrowed by. `project_id` is None for those of every project, and of none."""

    project_id: str | None = None
    actions: tuple[str, ...] = ()
    user_id: str | None = None
    flow_id: str | None = None
    first: str | None = None
    """The smallest id."""
    last: str | None = None
    """The largest id."""
    words: str | None = None


@dataclass(frozen=True)
class Found:
    """One page: (id, envelope as JSON), newest first, and the id to go on from (None at the end)."""

    rows: list[tuple[str, bytes]]
    next: str | None


def ids_of(wanted: Filter, after: str | None, limit: int) -> tuple[str, dict[str, Any]]:
    """The question for ids, newest first, and what is bound in it. It reads nothing but one index."""
    where: list[str] = []
    values: dict[str, Any] = {"limit": limit}
    bounds = (
        ("project_id", "=", wanted.project_id), ("user_id", "=", wanted.user_id),
        ("flow_id", "=", wanted.flow_id), ("id", ">=", wanted.first), ("id", "<=", wanted.last),
        ("id", "<", after),
    )  # fmt: skip
    for number, (column, sign, value) in enumerate(bounds):
        if value is not None:
            where.append(f"{column} {sign} :v{number}")
            values[f"v{number}"] = value
    index = _index(wanted)
    from_index = f"FROM events INDEXED BY {index}" if index else "FROM events"
    order = "ORDER BY id DESC LIMIT :limit"
    if not wanted.actions or wanted.flow_id or wanted.user_id:
        names = {f"a{number}": action for number, action in enumerate(wanted.actions)}
        if names:
            where.append(f"action IN ({', '.join(':' + name for name in names)})")
        conditions = f"WHERE {' AND '.join(where)}" if where else ""
        return f"SELECT id {from_index} {conditions} {order}", {**values, **names}
    # One look for each action, each in order: none has to sort what it finds.
    looks = []
    for number, action in enumerate(wanted.actions):
        values[f"a{number}"] = action
        conditions = " AND ".join([*where, f"action = :a{number}"])
        looks.append(f"SELECT * FROM (SELECT id {from_index} WHERE {conditions} {order})")  # noqa: S608 - our own words
    return f"SELECT id FROM ({' UNION ALL '.join(looks)}) {order}", values  # noqa: S608 - our own words


def _index(wanted: Filter) -> str | None:
    if wanted.flow_id:
        return "events_by_flow"
    if wanted.user_id:
        return "events_by_user"
    if wanted.actions:
        return "events_by_project_action" if wanted.project_id else "events_by_action"
    return "events_by_project" if wanted.project_id else None


def find(session: Session, wanted: Filter, after: str | None, limit: int) -> Found:
    """One page of the events that match."""
    if wanted.words:
        return _search(session, wanted, wanted.words, after, limit)
    ids, values = ids_of(wanted, after, limit + 1)
    sql = f"SELECT id, envelope FROM events WHERE id IN ({ids}) ORDER BY id DESC"  # noqa: S608 - our own words
    rows = [(row[0], row[1]) for row in session.connection().execute(text(sql), values)]
    return Found(rows[:limit], rows[limit - 1][0] if len(rows) > limit else None)


def _search(session: Session, wanted: Filter, words: str, after: str | None, limit: int) -> Found:
    """The same for a text in the envelope: at most `WINDOW` rows are looked at, then whoever asks goes on."""
    connection = session.connection()
    ids, values = ids_of(wanted, after, WINDOW)
    edge = connection.execute(text(f"SELECT min(id), count(*) FROM ({ids})"), values).one()  # noqa: S608 - our own words
    escaped = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    sql = (
        f"SELECT id, envelope FROM events WHERE id IN ({ids}) "  # noqa: S608 - our own words
        "AND CAST(envelope AS TEXT) LIKE :like ESCAPE '\\' ORDER BY id DESC LIMIT :size"
    )
    values |= {"like": f"%{escaped}%", "size": limit + 1}
    rows = [(row[0], row[1]) for row in connection.execute(text(sql), values)]
    if len(rows) > limit:
        return Found(rows[:limit], rows[limit - 1][0])
    return Found(rows, edge[0] if edge[1] == WINDOW else None)


def get(session: Session, project_id: str | None, event_id: str) -> bytes | None:
    """The envelope of one event of the project (of any, and of none, for None)."""
    sql = "SELECT envelope FROM events WHERE id = :id AND (:project_id IS NULL OR project_id = :project_id)"
    found: bytes | None = (
        session.connection().execute(text(sql), {"id": event_id, "project_id": project_id}).scalar()
    )
    return found


# -- too old ----------------------------------------------------------------------------------------

# What a reader has not taken in yet stays, and what is still to be sent; and the newest of all, since
# SQLite would give its row's number again.
_MAY_GO = (
    "id < :before AND rowid < (SELECT min(at) FROM (SELECT max(rowid) AS at FROM events UNION ALL "
    "SELECT at FROM cursors UNION ALL SELECT at FROM subscriptions WHERE source = 'events')) "
    "AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.event_id = events.id "
    "AND d.status IN ('pending', 'held'))"
)


def days_before(session: Session, before: str) -> list[tuple[str, int]]:
    """(day, how many events of it would go) if those with an id smaller than `before` went; oldest first."""
    sql = f"SELECT substr(created, 1, 10), count(*) FROM events WHERE {_MAY_GO} GROUP BY 1 ORDER BY 1"  # noqa: S608
    return [(row[0], row[1]) for row in session.connection().execute(text(sql), {"before": before})]


def oldest(session: Session) -> str | None:
    """When the oldest event happened."""
    found: str | None = (
        session.connection().execute(text("SELECT created FROM events ORDER BY id LIMIT 1")).scalar()
    )
    return found


def prune(connection: sqlite3.Connection, before: str, limit: int = 500) -> int:
    """Forget events with an id smaller than `before`, the oldest first, a few of them; how many."""
    return connection.execute(
        f"DELETE FROM events WHERE id IN (SELECT id FROM events WHERE {_MAY_GO} ORDER BY id LIMIT :limit)",  # noqa: S608
        {"before": before, "limit": limit},
    ).rowcount


def users_of(session: Session, project_id: str | None) -> Sequence[tuple[str, str]]:
    """(id, e-mail or key's name) of whom the list can be narrowed by: members and keys, or all users."""
    sql = (
        "SELECT u.id, u.email FROM users u JOIN members m ON m.user_id = u.id AND m.project_id = :p "
        "UNION ALL SELECT id, 'key ' || name FROM api_keys WHERE project_id = :p ORDER BY 2"
        if project_id
        else "SELECT id, email FROM users ORDER BY 2"
    )
    values = {"p": project_id} if project_id else {}
    return [(row[0], row[1]) for row in session.connection().execute(text(sql), values)]
