"""Database migrations: how an empty store, or one of an earlier schema, becomes one of this schema.

Each step is a module in `versions/`, numbered and written with alembic's operations; creating a table is a
step like any other. A store records its revision in alembic's table `alembic_version` and, as a number, in
SQLite's `user_version`. A Switchyard from before alembic knows only the number, and refuses a store whose
number is higher than its own.

A new store takes no steps: its tables are created from the models (`creation`). An upgrade (`upgrade`) begins
with a backup (`Dialect.back_up`). Only the upgrade imports alembic, which takes longer than opening a store.
"""

import logging
import re
from functools import cache
from pathlib import Path

import sqlalchemy
from sqlalchemy.engine import Engine

from engine.base.errors import Unavailable

from ..dialects.base import Connection, Dialect, Execute
from ..errors import SchemaTooNew
from . import creation

VERSIONS = Path(__file__).parent / "versions"
"""Where the steps are."""

log = logging.getLogger("switchyard.database")

_STEP = re.compile(r"(\d{4})_\w+\.py")
_BEFORE_ALEMBIC = {5: "0004"}
"""Numbers from before alembic that are not the number of a step: the upgrade to 5 was what 0006 is now, and
0005 was inserted before it afterwards."""


def head() -> str:
    """The revision that this Switchyard writes, for instance `0012`."""
    return max(_revisions())


def revision_of(dialect: Dialect, execute: Execute) -> str | None:
    """The revision of a store; None for one without tables."""
    tables = dialect.tables(execute)
    if "alembic_version" in tables:
        (revision,) = execute("SELECT max(version_num) FROM alembic_version").fetchone()
        return str(revision)
    number = dialect.schema_number(execute)
    if number == 0 and "flows" in tables:  # an early version was killed before it wrote the number
        number = 1
    return _BEFORE_ALEMBIC.get(number, f"{number:04d}") if number else None


def is_due(dialect: Dialect, execute: Execute) -> bool:
    """Whether the store needs an upgrade. Raises `SchemaTooNew`."""
    return _known_revision(dialect, execute) not in (None, head())


def check_ours(dialect: Dialect, execute: Execute) -> None:
    """Raise `Unavailable` for a database file with the tables of another program, which is left alone."""
    others = dialect.tables(execute)
    if dialect.is_a_file and others and revision_of(dialect, execute) is None:
        named = ", ".join(sorted(others)[:3])
        raise Unavailable(
            f"{dialect} is a database of another program (tables: {named}). "
            "Choose another SWITCHYARD_DATA_DIR."
        )


def prepare(dialect: Dialect, connection: Connection, engine: Engine) -> None:
    """Create the tables of an empty store, or upgrade one of an earlier schema; all of it or nothing.

    `connection` is the writer's, in no transaction, and `engine` one on top of it. Raises `SchemaTooNew`, and
    `Unavailable` for another program's database, when the upgrade fails and when there is no room for its
    backup.
    """
    execute = dialect.execute(connection)
    if _known_revision(dialect, execute) == head():
        return
    with dialect.altering(execute), engine.connect() as wrapped:
        _to_head(dialect, connection, wrapped)


def _to_head(dialect: Dialect, connection: Connection, wrapped: sqlalchemy.Connection) -> None:
    saved: Path | None = None
    execute = dialect.execute(connection)
    dialect.begin_write(execute)  # a store has one schema or the next, never something between them
    try:
        found = _known_revision(dialect, execute)  # another process may have been faster
        if found is None:
            check_ours(dialect, execute)
            creation.create(dialect, execute, head())
        elif found != head():
            saved = dialect.back_up(found)
            if saved is not None:
                log.info("Backed up the database to %s before upgrading it from schema %s.", saved, found)
            _upgrade(dialect, execute, wrapped, found)
        dialect.set_schema_number(execute, int(head()))
        execute("COMMIT")
    except BaseException:
        if dialect.in_transaction(connection):
            execute("ROLLBACK")
        if saved is not None:
            saved.unlink(missing_ok=True)  # repeated starts must not push out older backups
        raise
    if found not in (None, head()):
        log.info("Upgraded the database from schema %s to %s.", found, head())
        dialect.prune_backups()


def _upgrade(dialect: Dialect, execute: Execute, wrapped: sqlalchemy.Connection, found: str) -> None:
    from .upgrade import upgrade  # not at the top: see above

    dangling = dialect.dangling(execute)
    wrapped.begin()  # alembic sees a transaction and begins none of its own; the raw connection ends it
    upgrade(wrapped, found, VERSIONS)
    for (table, parent), rows in (dialect.dangling(execute) - dangling).items():
        raise Unavailable(
            f"The database cannot be upgraded from schema {found} to {head()}: {rows} rows of {table} would "
            f"refer to rows of {parent} that do not exist. Nothing was changed."
        )


def _known_revision(dialect: Dialect, execute: Execute) -> str | None:
    found = revision_of(dialect, execute)
    if found is not None and found not in _revisions():
        raise SchemaTooNew(
            f"{dialect} has schema {found}, and this Switchyard knows schemas up to {head()}. "
            "Start the version that wrote it, or restore a backup"
            f"{f' from {dialect.backups}' if dialect.backups else ''}."
        )
    return found


def _revisions() -> frozenset[str]:
    return _steps_in(VERSIONS)


@cache
def _steps_in(folder: Path) -> frozenset[str]:
    """The numbers in the names of the files, so that nobody imports alembic to learn them."""
    return frozenset(step[1] for file in folder.iterdir() if (step := _STEP.fullmatch(file.name)))
