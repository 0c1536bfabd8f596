"""A new store: all tables as the models say, without one migration."""

from collections.abc import Iterator
from functools import cache

from sqlalchemy import Table
from sqlalchemy.engine import Dialect as Compiler
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlmodel import SQLModel

from .. import models  # noqa: F401 - fills SQLModel.metadata
from ..dialects.base import Dialect, Execute

_REVISION_TABLE = (
    "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, "
    "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
)
"""As alembic creates it."""


def create(dialect: Dialect, execute: Execute, revision: str) -> None:
    """Create the tables of an empty store, and record its revision. Runs in its caller's transaction."""
    for statement in _statements(dialect.compiler):
        execute(statement)
    execute(_REVISION_TABLE)
    execute("INSERT INTO alembic_version VALUES (?)", (revision,))


@cache
def _statements(compiler: Compiler) -> tuple[str, ...]:
    """What creates the tables and indexes. SQLAlchemy takes longer to write it than SQLite to execute it."""
    return tuple(
        statement
        for table in SQLModel.metadata.sorted_tables
        for statement in _statements_of(table, compiler)
    )


def _statements_of(table: Table, compiler: Compiler) -> Iterator[str]:
    yield str(CreateTable(table).compile(dialect=compiler))
    for index in sorted(table.indexes, key=lambda each: str(each.name)):
        yield str(CreateIndex(index).compile(dialect=compiler))
