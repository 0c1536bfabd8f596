"""A new store: all tables as the models say, without one migration."""

import sqlite3
from collections.abc import Iterator
from functools import cache

from sqlalchemy import Table
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlmodel import SQLModel

from .. import models  # noqa: F401 - fills SQLModel.metadata

_REVISION_TABLE = (
    "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, "
    "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
)
"""As alembic creates it."""


def create(connection: sqlite3.Connection, revision: str) -> None:
    """Create the tables of an empty store, and record its revision. Runs in its caller's transaction."""
    for statement in _statements():
        connection.execute(statement)
    connection.execute(_REVISION_TABLE)
    connection.execute("INSERT INTO alembic_version VALUES (?)", (revision,))


@cache
def _statements() -> tuple[str, ...]:
    """What creates the tables and indexes. SQLAlchemy takes longer to write it than SQLite to execute it."""
    return tuple(
        statement for table in SQLModel.metadata.sorted_tables for statement in _statements_of(table)
    )


def _statements_of(table: Table) -> Iterator[str]:
    dialect = sqlite.dialect()
    yield str(CreateTable(table).compile(dialect=dialect))
    for index in sorted(table.indexes, key=lambda each: str(each.name)):
        yield str(CreateIndex(index).compile(dialect=dialect))
