"""Retention: delete what is too old, a little at a time, so that nothing accepted meanwhile has to wait."""

import sqlite3

from engine.base.ids import new_id

_AT_ONCE = 500

DELETED_DAYS = 30
"""How long a deleted flow can be restored."""


def delete_old(connection: sqlite3.Connection, before: str, limit: int = _AT_ONCE) -> int:
    """Forget ended runs whose id is smaller than `before`, a few of them; how many."""
    found = connection.execute(
        "SELECT id FROM runs WHERE id < ? AND status IN ('succeeded', 'failed', 'canceled', 'timed_out') "
        "ORDER BY id LIMIT ?",
        (before, limit),
    ).fetchall()
    connection.executemany("DELETE FROM journal WHERE run_id = ?", found)
    connection.executemany("DELETE FROM run_payloads WHERE run_id = ?", found)
    connection.executemany("DELETE FROM runs WHERE id = ?", found)
    return len(found)


def forget_seen(connection: sqlite3.Connection, before: str, limit: int = _AT_ONCE) -> int:
    """Forget what identified events that came before a moment (ISO 8601), a few of them; how many."""
    return connection.execute(
        "DELETE FROM dedupe WHERE rowid IN (SELECT rowid FROM dedupe WHERE created < ? LIMIT ?)",
        (before, limit),
    ).rowcount


def forget_flows(connection: sqlite3.Connection, before: str, limit: int = 20) -> int:
    """Forget flows that were deleted before a moment (ISO 8601), with all that hangs on them, a few of
    them; how many. Their runs stay readable until they are old themselves."""
    found = connection.execute(
        "SELECT id FROM flows WHERE deleted < ? ORDER BY deleted LIMIT ?", (before, limit)
    ).fetchall()
    # A service that is still to be told needs what its trigger remembers; `triggers` forgets it then.
    connection.executemany(
        "DELETE FROM trigger_states WHERE flow_id = ? AND flow_id NOT IN "
        "(SELECT flow_id FROM armed_triggers WHERE armed)",
        found,
    )
    connection.executemany("DELETE FROM dedupe WHERE flow_id = ?", found)
    connection.executemany("DELETE FROM store_items WHERE flow_id = ?", found)
    connection.executemany("DELETE FROM flow_versions WHERE flow_id = ?", found)
    connection.executemany("DELETE FROM draft_edits WHERE flow_id = ?", found)
    connection.executemany("DELETE FROM flows WHERE id = ?", found)
    return len(found)


def forget_drafts(connection: sqlite3.Connection, before: str, limit: int = _AT_ONCE) -> int:
    """Forget drafts frozen for tests before a moment (ISO 8601) whose runs are all gone, a few of them;
    how many. One that is a flow's draft still stays: the next test takes it."""
    return connection.execute(
        "DELETE FROM flow_versions WHERE id IN (SELECT v.id FROM flow_versions v WHERE v.number = 0 "
        "AND v.created < ? "
        "AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.version = 0 AND r.version_id = v.id) "
        "AND NOT EXISTS (SELECT 1 FROM flows f WHERE f.id = v.flow_id AND f.digest = v.digest) LIMIT ?)",
        (before, limit),
    ).rowcount


def id_before(seconds: float) -> str:
    """A run's id that is smaller than all made at this moment or later."""
    return id_at(seconds, last=False)


def id_at(seconds: float, *, last: bool) -> str:
    """The smallest or largest run id of a moment."""
    made = new_id("run", at=seconds)
    return made[:14] + ("z" if last else "0") * 16
