"""What migrations are written with, beside alembic's own operations: columns in short form, partial indexes,
and the few expressions that each database writes its own way."""

from typing import Any

import sqlalchemy as sa
from alembic import op


def varchar(name: str, *constraints: sa.ForeignKey, null: bool = False, **more: Any) -> sa.Column[str]:
    """A text column, NOT NULL unless `null`."""
    return sa.Column(name, sa.String(), *constraints, nullable=null, **more)


def enum(name: str, longest: int) -> sa.Column[str]:
    """A column for the names of an enum, the longest of which has so many characters."""
    return sa.Column(name, sa.String(longest), nullable=False)


def integer(name: str, *, null: bool = False, **more: Any) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=null, **more)


def boolean(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def blob(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def real(name: str) -> sa.Column[float]:
    return sa.Column(name, sa.Float(), nullable=False)


def create_index(
    name: str, table: str, *columns: str, where: str | None = None, unique: bool = False
) -> None:
    """Create an index, a partial one with `where`."""
    condition = None if where is None else sa.text(where)
    op.create_index(
        name, table, [*columns], unique=unique, sqlite_where=condition, postgresql_where=condition
    )


def add_required_column(table: str, column: sa.Column[Any], value: str) -> None:
    """Add a NOT NULL column without a default. Rows that exist get `value`, an SQL literal.

    SQLite drops a default only by copying the table. Before 0013 that is not for `events`, where a rowid,
    which a copy numbers anew, is the position of a reader.
    """
    column.server_default = sa.DefaultClause(sa.text(value))
    op.add_column(table, column)
    drop_default(table, column)


def drop_default(table: str, column: sa.Column[Any]) -> None:
    """Drop the default of a NOT NULL column. On SQLite this copies the table, as in `add_required_column`."""
    with op.batch_alter_table(table) as batch:
        batch.alter_column(
            column.name, existing_type=column.type, existing_nullable=False, server_default=None
        )


def has_table(name: str) -> bool:
    """Whether a table exists: only for the steps of stores from before alembic, later steps know."""
    return sa.inspect(op.get_bind()).has_table(name)


def has_column(table: str, name: str) -> bool:
    """Whether a column exists: see `has_table`."""
    return any(column["name"] == name for column in sa.inspect(op.get_bind()).get_columns(table))


def has_index(table: str, name: str) -> bool:
    """Whether an index exists: see `has_table`."""
    return any(index["name"] == name for index in sa.inspect(op.get_bind()).get_indexes(table))


def json_text(column: str, *path: str) -> str:
    """SQL for the text at `path` of the JSON in a BLOB column; null where there is none."""
    if op.get_bind().dialect.name == "sqlite":
        return f"json_extract(CAST({column} AS TEXT), '$.{'.'.join(path)}')"
    return f"convert_from({column}, 'UTF8')::jsonb #>> '{{{','.join(path)}}}'"
