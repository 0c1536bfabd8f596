"""A copy of a database while others write to it, checked against what it was copied from.

SQLite's online backup: https://sqlite.org/backup.html. It begins anew whenever another process has written,
so the source is held at one snapshot: a copy of a busy store ends, and is of one moment.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from engine.base.errors import Unavailable

Progress = Callable[[str, int, int], None]
"""`progress(what, done, all)`: what is being done, and pages of the copy, or 0 of 0 where that is unknown."""

_STEP = 1_000  # pages at a time
_WAIT = 30  # seconds for a lock


class Damaged(Unavailable):
    """The source is no sound database; `problem` is what its integrity check found first."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"The database is damaged and was not copied: {problem}. Restore it from a backup.")
        self.problem = problem


def silent(_what: str, _done: int, _all: int) -> None:
    """Report nothing."""


def copy(source: sqlite3.Connection, target: Path, progress: Progress = silent) -> dict[str, int]:
    """Copy what is committed in the source into the file `target`, which is created or is empty; one file,
    without a log beside it. Returns how many rows each table has.

    `source` is in no transaction, with `isolation_level=None`. Raises `Damaged` when the copy fails its
    integrity check, `Unavailable` when it has other rows than the source, and what sqlite3 raises.
    """
    source.execute("BEGIN")
    try:
        expected = rows(source)  # which also begins the snapshot
        with closing(sqlite3.connect(target, isolation_level=None)) as made:
            source.backup(
                made, pages=_STEP, progress=lambda _, left, all: progress("Copying", all - left, all)
            )
            made.execute("PRAGMA journal_mode=DELETE")
            progress("Verifying", 0, 0)
            if problem := damage(made):
                raise Damaged(problem)
            if rows(made) != expected:
                raise Unavailable("The copy has other rows than the database.")
    finally:
        source.execute("ROLLBACK")
    return expected


def damage(connection: sqlite3.Connection) -> str:
    """What an integrity check finds; empty for a sound database."""
    (verdict,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    return "" if verdict == "ok" else str(verdict).splitlines()[-1]


def rows(connection: sqlite3.Connection) -> dict[str, int]:
    """How many rows each table has."""
    found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
    counts: dict[str, int] = {}
    for (name,) in found:
        (counts[name],) = connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()  # noqa: S608 - its own
    return counts


def connect(path: Path) -> sqlite3.Connection:
    """A connection to a file that is there. Raises what sqlite3 raises."""
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=_WAIT
    )
