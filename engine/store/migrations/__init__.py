"""Database migrations: how an empty store, or one of an earlier schema, becomes one of this schema.

Each step is a module in `versions/`, numbered and written with alembic's operations; creating a table is a
step like any other. A store records its revision in alembic's table `alembic_version` and, as a number, in
SQLite's `user_version`. A Switchyard from before alembic knows only the number, and refuses a store whose
number is higher than its own.

A new store takes no steps: its tables are created from the models (`creation`). An upgrade (`upgrade`) begins
with a backup (`backup`). Only the upgrade imports alembic, which takes longer than opening a store.
"""

import logging
import re
import sqlite3
from collections import Counter
from functools import cache
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.engine import Engine

from engine.base.errors import Unavailable

from . import backup, creation

VERSIONS = Path(__file__).parent / "versions"
"""Where the steps are."""

log = logging.getLogger("switchyard.database")

_STEP = re.compile(r"(\d{4})_\w+\.py")
_BEFORE_ALEMBIC = {5: "0004"}
"""Numbers from before alembic that are not the number of a step: the upgrade to 5 was what 0006 is now, and
0005 was inserted before it afterwards."""


class SchemaTooNew(Unavailable):
    """The store was written by a newer Switchyard."""


def head() -> str:
    """The revision that this Switchyard writes, for instance `0012`."""
    return max(_revisions())


def revision_of(connection: sqlite3.Connection) -> str | None:
    """The revision of a store; None for one without tables."""
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if "alembic_version" in tables:
        (revision,) = connection.execute("SELECT max(version_num) FROM alembic_version").fetchone()
        return str(revision)
    (number,) = connection.execute("PRAGMA user_version").fetchone()
    if number == 0 and "flows" in tables:  # an early version was killed before it wrote the number
        number = 1
    return _BEFORE_ALEMBIC.get(number, f"{number:04d}") if number else None


def is_due(connection: sqlite3.Connection, path: Path) -> bool:
    """Whether the store at `path` needs an upgrade. Raises `SchemaTooNew`."""
    return _known_revision(connection, path) not in (None, head())


def prepare(connection: sqlite3.Connection, engine: Engine, path: Path) -> None:
    """Create the tables of an empty store, or upgrade one of an earlier schema; all of it or nothing.

    `connection` is the writer's, in no transaction, and `engine` one on top of it. Raises `SchemaTooNew`, and
    `Unavailable` when the upgrade fails or there is no room for its backup.
    """
    if _known_revision(connection, path) == head():
        return
    # SQLite alters most of a table by copying it: https://sqlite.org/lang_altertable.html#otheralter
    connection.execute("PRAGMA foreign_keys=OFF")
    try:
        with engine.connect() as wrapped:
            _to_head(connection, wrapped, path)
    finally:
        connection.execute("PRAGMA foreign_keys=ON")


def _to_head(connection: sqlite3.Connection, wrapped: Connection, path: Path) -> None:
    saved: Path | None = None
    connection.execute("BEGIN IMMEDIATE")  # a store has one schema or the next, never something between them
    try:
        found = _known_revision(connection, path)  # another process may have been faster
        if found is None:
            creation.create(connection, head())
        elif found != head():
            saved = backup.write(path, found)
            log.info("Backed up the database to %s before upgrading it from schema %s.", saved, found)
            _upgrade(connection, wrapped, found)
        connection.execute(f"PRAGMA user_version={int(head())}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        if saved is not None:
            saved.unlink(missing_ok=True)  # repeated starts must not push out older backups
        raise
    if saved is not None:
        log.info("Upgraded the database from schema %s to %s.", found, head())
        backup.prune(path)


def _upgrade(connection: sqlite3.Connection, wrapped: Connection, found: str) -> None:
    from .upgrade import upgrade  # not at the top: see above

    dangling = _dangling(connection)
    wrapped.begin()  # alembic sees a transaction and begins none of its own; the raw connection ends it
    upgrade(wrapped, found, VERSIONS)
    for (table, parent), rows in (_dangling(connection) - dangling).items():
        raise Unavailable(
            f"The database cannot be upgraded from schema {found} to {head()}: {rows} rows of {table} would "
            f"refer to rows of {parent} that do not exist. Nothing was changed."
        )


def _dangling(connection: sqlite3.Connection) -> Counter[tuple[str, str]]:
    """How many rows of which table refer to a missing row of which."""
    return Counter((row[0], row[2]) for row in connection.execute("PRAGMA foreign_key_check"))


def _known_revision(connection: sqlite3.Connection, path: Path) -> str | None:
    found = revision_of(connection)
    if found is not None and found not in _revisions():
        raise SchemaTooNew(
            f"{path} has schema {found}, and this Switchyard knows schemas up to {head()}. "
            f"Start the version that wrote it, or restore a backup from {backup.folder_of(path)}."
        )
    return found


def _revisions() -> frozenset[str]:
    return _steps_in(VERSIONS)


@cache
def _steps_in(folder: Path) -> frozenset[str]:
    """The numbers in the names of the files, so that nobody imports alembic to learn them."""
    return frozenset(step[1] for file in folder.iterdir() if (step := _STEP.fullmatch(file.name)))
