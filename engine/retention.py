"""What is too old, forgotten a little at a time, so that nothing accepted meanwhile has to wait."""

import sqlite3

from .ids import new_id

_AT_ONCE = 500


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


def id_before(seconds: float) -> str:
    """A run's id that is smaller than all made at this moment or later."""
    return id_at(seconds, last=False)


def id_at(seconds: float, *, last: bool) -> str:
    """The smallest or largest run id of a moment."""
    made = new_id("run", at=seconds)
    return made[:14] + ("z" if last else "0") * 16
