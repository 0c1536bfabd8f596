"""A file that an earlier Switchyard wrote opens, and what is in it stays."""

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from engine.base.errors import Unavailable
from engine.store.database import Database
from engine.store.migrations import SCHEMA, UPGRADES
from engine.store.models import Flow

FIRST = (Path(__file__).parents[2] / "data" / "schema-1.sql").read_text("utf-8")


def first(path: Path, *statements: str) -> Path:
    """A file as schema 1 made it, with a project and a flow in it."""
    connection = sqlite3.connect(path)
    connection.executescript(FIRST)
    connection.execute("INSERT INTO projects VALUES ('prj_1', 'Old', '2026-01-01T00:00:00.000Z')")
    connection.execute(
        "INSERT INTO flows (id, project_id, name, enabled, draft, digest, revision, edit_at, created, "
        "updated) VALUES ('flow_1', 'prj_1', 'Old flow', 1, '{}', '', 3, 0, '', '')"
    )
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()
    return path


def shape(path: Path) -> dict[str, Any]:
    """Columns, foreign keys and indexes of each table, whatever their order."""
    connection = sqlite3.connect(path)
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]

    def told(pragma: str, table: str) -> list[Any]:
        return connection.execute(f"PRAGMA {pragma}({table})").fetchall()

    found: dict[str, Any] = {
        table: {
            "columns": {row[1]: (row[2], row[3], row[5]) for row in told("table_info", table)},
            "keys": {row[2:5] for row in told("foreign_key_list", table)},
            "indexes": {row[1:3] for row in told("index_list", table) if row[3] == "c"},
        }
        for table in tables
    }
    found["schema"] = connection.execute("PRAGMA user_version").fetchone()[0]
    connection.close()
    return found


def open_and_close(path: Path) -> None:
    db = Database(path, "fast")
    db.open()
    db.close()


def test_a_file_of_the_first_schema_gets_the_shape_of_a_new_one(tmp_path: Path) -> None:
    open_and_close(tmp_path / "new.db")
    open_and_close(first(tmp_path / "old.db"))
    assert shape(tmp_path / "old.db") == shape(tmp_path / "new.db")
    assert shape(tmp_path / "old.db")["schema"] == SCHEMA == 1 + len(UPGRADES)


async def test_what_was_in_it_stays_and_is_read(tmp_path: Path) -> None:
    db = Database(first(tmp_path / "old.db"), "fast")
    db.open()
    (flow,) = await db.read(lambda session: list(session.exec(select(Flow))))
    assert (flow.name, flow.enabled, flow.revision) == ("Old flow", True, 3)
    assert (flow.folder_id, flow.tags, flow.deleted) == (None, "[]", None)
    await asyncio.to_thread(db.close)


def test_an_upgraded_file_is_opened_again_as_it_is(tmp_path: Path) -> None:
    path = first(tmp_path / "old.db")
    open_and_close(path)
    before = shape(path)
    open_and_close(path)
    assert shape(path) == before


def test_an_upgrade_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = first(tmp_path / "old.db", "ALTER TABLE flows ADD COLUMN deleted VARCHAR")  # by somebody's hand
    before = shape(path)
    db = Database(path, "fast")
    with pytest.raises(Unavailable, match="duplicate column name: deleted"):
        db.open()
    db.close()
    assert shape(path) == before
