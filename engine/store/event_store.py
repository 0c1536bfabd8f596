"""The SQL of the audit log: what Switchyard said, narrowed, page by page, counted and forgotten.

Ids are found in an index that holds all that a list is narrowed by, in order, and only the rows of one
page are read: the rows are wide. Text is looked for in a bounded number of rows at a time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .dialects.base import Dialect
from .tx import Tx, containing

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


def ids_of(dialect: Dialect, wanted: Filter, after: str | None, limit: int) -> tuple[str, list[Any]]:
    """The question for ids, newest first, and what is bound in it. It reads nothing but one index."""
    where: list[str] = []
    values: list[Any] = []
    bounds = (
        ("project_id =", wanted.project_id), ("user_id =", wanted.user_id), ("flow_id =", wanted.flow_id),
        ("id >=", wanted.first), ("id <=", wanted.last), ("id <", after),
    )  # fmt: skip
    for bound, value in bounds:
        if value is not None:
            where.append(f"{bound} ?")
            values.append(value)
    index = _index(wanted)
    events = f"events{dialect.using_index(index)}" if index else "events"
    order = "ORDER BY id DESC LIMIT ?"
    if not wanted.actions or wanted.flow_id or wanted.user_id:
        if wanted.actions:
            where.append(f"action IN ({', '.join('?' * len(wanted.actions))})")
        conditions = f"WHERE {' AND '.join(where)}" if where else ""
        ids = f"SELECT id FROM {events} {conditions} {order}"  # noqa: S608 - our own words
        return ids, [*values, *wanted.actions, limit]
    # One look for each action, each in order: none has to sort what it finds.
    conditions = " AND ".join([*where, "action = ?"])
    look = f"SELECT * FROM (SELECT id FROM {events} WHERE {conditions} {order}) AS of_action"  # noqa: S608 - our own words
    looks = " UNION ALL ".join([look] * len(wanted.actions))
    bound_in = [value for action in wanted.actions for value in (*values, action, limit)]
    return f"SELECT id FROM ({looks}) AS looks {order}", [*bound_in, limit]  # noqa: S608 - our own words


def _index(wanted: Filter) -> str | None:
    if wanted.flow_id:
        return "events_by_flow"
    if wanted.user_id:
        return "events_by_user"
    if wanted.actions:
        return "events_by_project_action" if wanted.project_id else "events_by_action"
    return "events_by_project" if wanted.project_id else None


def find(tx: Tx, wanted: Filter, after: str | None, limit: int) -> Found:
    """One page of the events that match."""
    if wanted.words:
        return _search(tx, wanted, wanted.words, after, limit)
    ids, values = ids_of(tx.dialect, wanted, after, limit + 1)
    sql = f"SELECT id, envelope FROM events WHERE id IN ({ids}) ORDER BY id DESC"  # noqa: S608 - our own words
    rows = tx.execute(sql, values).fetchall()
    return Found(rows[:limit], rows[limit - 1][0] if len(rows) > limit else None)


def _search(tx: Tx, wanted: Filter, words: str, after: str | None, limit: int) -> Found:
    """The same for a text in the envelope: at most `WINDOW` rows are looked at, then whoever asks goes on."""
    ids, values = ids_of(tx.dialect, wanted, after, WINDOW)
    edge, looked = tx.execute(f"SELECT min(id), count(*) FROM ({ids}) AS ids", values).fetchone()  # noqa: S608 - our own words
    sql = (
        f"SELECT id, envelope FROM events WHERE id IN ({ids}) "  # noqa: S608 - our own words
        f"AND {tx.dialect.contains(tx.dialect.text_of('envelope'))} ORDER BY id DESC LIMIT ?"
    )
    rows = tx.execute(sql, [*values, containing(words), limit + 1]).fetchall()
    if len(rows) > limit:
        return Found(rows[:limit], rows[limit - 1][0])
    return Found(rows, edge if looked == WINDOW else None)


def get(tx: Tx, project_id: str | None, event_id: str) -> bytes | None:
    """The envelope of one event of the project (of any, and of none, for None)."""
    row = tx.execute("SELECT envelope, project_id FROM events WHERE id = ?", (event_id,)).fetchone()
    return None if row is None or project_id not in (None, row[1]) else row[0]


# -- too old ----------------------------------------------------------------------------------------

# What a reader has not taken in yet stays, and what is still to be sent.
_MAY_GO = (
    "id < ? AND position <= COALESCE((SELECT min(at) FROM (SELECT at FROM cursors UNION ALL "
    "SELECT at FROM subscriptions WHERE source = 'events') AS readers), position) "
    "AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.event_id = events.id "
    "AND d.status IN ('pending', 'held'))"
)


def days_before(tx: Tx, before: str) -> list[tuple[str, int]]:
    """(day, how many events of it would go) if those with an id smaller than `before` went; oldest first."""
    sql = f"SELECT substr(created, 1, 10), count(*) FROM events WHERE {_MAY_GO} GROUP BY 1 ORDER BY 1"  # noqa: S608
    return tx.execute(sql, (before,)).fetchall()


def oldest(tx: Tx) -> str | None:
    """When the oldest event happened."""
    row = tx.execute("SELECT created FROM events ORDER BY id LIMIT 1").fetchone()
    return row[0] if row else None


def prune(tx: Tx, before: str, limit: int = 500) -> int:
    """Forget events with an id smaller than `before`, the oldest first, a few of them; how many."""
    return tx.execute(
        f"DELETE FROM events WHERE id IN (SELECT id FROM events WHERE {_MAY_GO} ORDER BY id LIMIT ?)",  # noqa: S608
        (before, limit),
    ).rowcount


def users_of(tx: Tx, project_id: str | None) -> Sequence[tuple[str, str]]:
    """(id, e-mail or key's name) of whom the list can be narrowed by: members and keys, or all users."""
    if project_id is None:
        return tx.execute("SELECT id, email FROM users ORDER BY 2").fetchall()
    return tx.execute(
        "SELECT u.id, u.email FROM users u JOIN members m ON m.user_id = u.id AND m.project_id = ? "
        "UNION ALL SELECT id, 'key ' || name FROM api_keys WHERE project_id = ? ORDER BY 2",
        (project_id, project_id),
    ).fetchall()
