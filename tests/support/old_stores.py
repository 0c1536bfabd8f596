"""Stores of earlier schemas, from the dumps of `store_dump`."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

_DATA = Path(__file__).parents[1] / "data"
NAMES = sorted(path.stem.removeprefix("schema-") for path in _DATA.glob("schema-*.sql"))
"""`8` for the schema that a version left behind, `8-first` for other shapes that it had."""


def old_store(name: str, path: Path, *statements: str) -> Path:
    """A store as the version of that schema wrote it, and what else is done to it."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((_DATA / f"schema-{name}.sql").read_text("utf-8"))
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    path.chmod(0o600)
    return path


def contents(path: Path) -> dict[str, list[dict[str, Any]]]:
    """The rows of each table in the order of their rowids, by column."""
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        tables = [
            row["name"]
            for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if row["name"] not in ("alembic_version", "sqlite_sequence")
        ]
        return {
            table: [dict(row) for row in connection.execute(f"SELECT * FROM {table} ORDER BY rowid")]
            for table in tables
        }
