"""A store that an earlier Switchyard wrote opens, what is in it stays, and it has the shape of a new one."""

import asyncio
import json
import logging
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import select

from engine.base.errors import Unavailable
from engine.store import migrations
from engine.store.database import Database
from engine.store.errors import SchemaTooNew
from engine.store.flow_store import digest
from engine.store.lease import FileLease
from engine.store.migrations.upgrade import upgrade
from engine.store.models import Flow
from tests.support.old_stores import NAMES, contents, old_store
from tests.support.store_shape import shape

pytestmark = pytest.mark.sqlite

RENAMED = {("topic_messages", "number"): "position", ("cursors", "event_id"): None}
"""What columns of earlier schemas are called now; None for those that are gone."""

METHODS_LISTED = "Listed the methods that start a run, as part of an upgrade"

ROOT = Path(__file__).parents[3]


def open_and_close(path: Path, *, alone: bool = False) -> None:
    db = Database(path, "fast")
    try:
        db.open(alone=alone)
    finally:
        db.close()


def new_store(path: Path) -> Path:
    open_and_close(path)
    return path


def run(code: str, *args: object, path: Path = ROOT) -> str:
    """What a Python of its own prints, with the packages under `path`."""
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, args)],
        env={**os.environ, "PYTHONPATH": str(path)},
        cwd=path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


# -- shapes ---------------------------------------------------------------------------------------------


def test_there_is_a_store_of_every_schema_before_alembic() -> None:
    assert {name.partition("-")[0] for name in NAMES} >= set("12345678")


@pytest.mark.parametrize("name", NAMES)
def test_a_store_of_an_earlier_schema_gets_the_shape_of_a_new_one(name: str, tmp_path: Path) -> None:
    old = old_store(name, tmp_path / "old.db")
    open_and_close(old)
    assert shape(old) == shape(new_store(tmp_path / "new.db"))
    with closing(sqlite3.connect(old)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


def changed_by_the_upgrade(row: dict[str, Any]) -> dict[str, Any]:
    """The columns of a flow or version whose triggers get the methods that start a run (0020)."""
    column = "draft" if "draft" in row else "definition"
    definition = json.loads(row[column])
    if column == "definition" and row["number"] == 0:
        return {}
    catching = [
        one for one in definition["triggers"] if (one["piece"], one["trigger"]) == ("webhook", "catch")
    ]
    if not catching:
        return {}
    for trigger in catching:
        assert "methods" not in trigger["input"]
        trigger["input"]["methods"] = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    text = json.dumps(definition, indent=2, ensure_ascii=False) + "\n"
    changed: dict[str, Any] = {column: text}
    if "digest" in row:
        changed["digest"] = digest(definition)
    if column == "draft":
        changed["revision"] = row["revision"] + 1
    if "edit_at" in row:
        changed["edit_at"] = row["edit_at"] + 1
    return changed


@pytest.mark.parametrize("name", NAMES)
def test_every_row_stays_as_it_was(name: str, tmp_path: Path) -> None:
    old = old_store(name, tmp_path / "old.db")
    before = contents(old)
    assert sum(map(len, before.values())) > 30
    open_and_close(old)
    after = contents(old)
    edited = {flow["id"]: flow.get("edit_at", 0) for flow in before["flows"] if changed_by_the_upgrade(flow)}
    for row in (*before["flows"], *before["flow_versions"]):
        row.update(changed_by_the_upgrade(row))
    undone = [row for row in before.get("draft_edits", ()) if row["number"] > edited.get(row["flow_id"], 1e9)]
    for row in undone:  # as after any edit
        before["draft_edits"].remove(row)
    after["draft_edits"] = [row for row in after["draft_edits"] if row["sentence"] != METHODS_LISTED]
    for table, rows in before.items():
        names = {name: RENAMED.get((table, name), name) for name in rows[0]} if rows else {}
        left = [{name: row[new] for name, new in names.items() if new} for row in after[table]]
        assert left == [{name: row[name] for name, new in names.items() if new} for row in rows], table


def test_the_migrations_alone_give_the_shape_of_a_new_store(tmp_path: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'built.db'}")
    with engine.begin() as connection:
        upgrade(connection, None, migrations.VERSIONS)
    engine.dispose()
    built, new = shape(tmp_path / "built.db"), shape(new_store(tmp_path / "new.db"))
    assert built.pop("user_version") == (0,)  # which is the business of whoever opens the file
    assert new.pop("user_version") == (int(migrations.head()),)
    assert built == new


def test_the_steps_are_numbered_without_a_gap() -> None:
    numbers = sorted(int(path.name[:4]) for path in migrations.VERSIONS.glob("[0-9]*.py"))
    assert numbers == [*range(1, len(numbers) + 1)]
    assert migrations.head() == f"{len(numbers):04d}"


# -- what becomes of the data -----------------------------------------------------------------------------


async def test_what_was_in_it_is_read_through_the_models(tmp_path: Path) -> None:
    db = Database(old_store("1-first", tmp_path / "old.db"), "fast")
    db.open()
    flows = {flow.name: flow for flow in await db.read(lambda tx: list(tx.session.exec(select(Flow))))}
    await asyncio.to_thread(db.close)
    orders = flows["Orders"]
    assert (orders.enabled, orders.published_version, orders.edit_at) == (True, 1, 1)
    assert (orders.folder_id, orders.tags, orders.deleted, orders.known_events) == (None, "[]", None, None)
    assert not flows["Switched off"].enabled


@pytest.mark.parametrize("name", ["1", "1-topics", "3"])
def test_the_events_of_an_older_store_learn_which_flow_they_are_about(name: str, tmp_path: Path) -> None:
    store = old_store(name, tmp_path / "old.db")
    open_and_close(store)
    about = []
    for event in contents(store)["events"]:
        data = json.loads(event["envelope"])["data"]
        about.append(data.get("flow", {}).get("id") or data.get("flowRun", {}).get("flowId"))
        assert event["flow_id"] == about[-1]
    assert None in about and len(set(about)) > 3


# -- opening ----------------------------------------------------------------------------------------------


def test_an_upgraded_store_is_opened_again_as_it_is(tmp_path: Path) -> None:
    store = old_store("1", tmp_path / "old.db")
    open_and_close(store)
    before, backups = shape(store), sorted((tmp_path / "backups").iterdir())
    open_and_close(store)
    assert shape(store) == before
    assert sorted((tmp_path / "backups").iterdir()) == backups


@pytest.mark.process
def test_alembic_is_imported_for_an_upgrade_and_for_nothing_else(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from engine.store.database import Database\n"
        "db = Database(Path(sys.argv[1]), 'fast'); db.open(); db.close()\n"
        "print('alembic' in sys.modules)"
    )
    new, old = tmp_path / "new.db", old_store("8", tmp_path / "old.db")
    assert run(code, new) == "False\n"  # created
    assert run(code, new) == "False\n"  # opened
    assert run(code, old) == "True\n"
    assert run(code, old) == "False\n"


def test_two_that_open_a_new_store_at_once_create_it_once(tmp_path: Path) -> None:
    stores = [Database(tmp_path / "x.db", "fast") for _ in range(4)]

    async def all_at_once() -> None:
        await asyncio.gather(*(asyncio.to_thread(store.open) for store in stores))
        await asyncio.gather(*(asyncio.to_thread(store.close) for store in stores))

    asyncio.run(all_at_once())
    assert shape(tmp_path / "x.db") == shape(new_store(tmp_path / "new.db"))


def test_a_store_on_which_a_server_runs_is_upgraded_by_that_server_only(tmp_path: Path) -> None:
    store = old_store("8", tmp_path / "old.db")
    server = FileLease(store)
    server.acquire()  # as an earlier version does, which knows nothing of this schema
    before = shape_before_alembic(store)
    with pytest.raises(
        Unavailable, match=r"already running .* Stop it, so that the database can be upgraded"
    ):
        open_and_close(store)
    assert shape_before_alembic(store) == before
    server.release()
    open_and_close(store)
    open_and_close(store, alone=True)


def shape_before_alembic(path: Path) -> Any:
    with closing(sqlite3.connect(path)) as connection:
        tables = connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
        return tables, connection.execute("PRAGMA user_version").fetchone()


# -- failures ---------------------------------------------------------------------------------------------


def test_an_upgrade_that_fails_leaves_the_store_as_it_was(tmp_path: Path) -> None:
    store = old_store("1", tmp_path / "old.db", "ALTER TABLE flows ADD COLUMN deleted VARCHAR")  # by hand
    before, rows = shape_before_alembic(store), contents(store)
    with pytest.raises(
        Unavailable, match=r"0002 failed: duplicate column name: deleted\. Nothing was changed"
    ):
        open_and_close(store)
    assert (shape_before_alembic(store), contents(store)) == (before, rows)
    assert not list((tmp_path / "backups").iterdir())


@pytest.mark.parametrize(
    ("failing", "error", "message"),
    [
        ("op.execute('SELECT 1 FROM nowhere')", Unavailable, "no such table: nowhere"),
        ("op.execute('DELETE FROM projects')", Unavailable, r"rows of .* would refer to rows of projects"),
        ("raise KeyError('a defect')", KeyError, "a defect"),
    ],
)
def test_a_last_step_that_fails_undoes_those_before_it(
    failing: str, error: type[Exception], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = old_store("5", tmp_path / "old.db")
    before, rows = shape_before_alembic(store), contents(store)
    monkeypatch.setattr(migrations, "VERSIONS", with_another_step(tmp_path / "versions", failing))
    with pytest.raises(error, match=message):
        open_and_close(store)
    assert (shape_before_alembic(store), contents(store)) == (before, rows)
    monkeypatch.undo()
    open_and_close(store)
    assert shape(store) == shape(new_store(tmp_path / "new.db"))


@pytest.mark.crash
def test_a_kill_in_the_middle_of_an_upgrade_leaves_the_store_as_it_was(tmp_path: Path) -> None:
    store = old_store("1", tmp_path / "old.db")
    before, rows = shape_before_alembic(store), contents(store)
    kill = "__import__('os').kill(__import__('os').getpid(), 9)"
    versions = with_another_step(tmp_path / "versions", kill)
    code = (
        "from pathlib import Path; from engine.store import migrations\n"
        f"migrations.VERSIONS = Path({str(versions)!r})\n"
    )
    done = subprocess.run([sys.executable, "-c", code + OPEN, store], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    assert (shape_before_alembic(store), contents(store)) == (before, rows)
    open_and_close(store)
    assert shape(store) == shape(new_store(tmp_path / "new.db"))


def with_another_step(folder: Path, statement: str) -> Path:
    """A copy of the migrations with one more at the end."""
    last = migrations.head()
    shutil.copytree(migrations.VERSIONS, folder)
    (folder / f"{int(last) + 1:04d}_another.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n\n"
        f"revision = '{int(last) + 1:04d}'\ndown_revision = '{last}'\n\n\n"
        f"def upgrade():\n    {statement}\n"
    )
    return folder


@pytest.mark.parametrize(
    "remembered", ["PRAGMA user_version=99", "UPDATE alembic_version SET version_num='0099'"]
)
def test_a_store_of_a_newer_schema_is_left_alone(remembered: str, tmp_path: Path) -> None:
    store = tmp_path / "x.db"
    if "alembic" in remembered:
        new_store(store)
    with closing(sqlite3.connect(store)) as connection:
        connection.execute(remembered)
        connection.commit()
    before = shape_before_alembic(store)
    with pytest.raises(SchemaTooNew, match="has schema 0099, and this Switchyard knows schemas up to"):
        open_and_close(store)
    assert shape_before_alembic(store) == before


def test_a_switchyard_from_before_alembic_finds_an_upgraded_store_too_new(tmp_path: Path) -> None:
    store = old_store("8", tmp_path / "old.db")
    open_and_close(store)
    with closing(sqlite3.connect(store)) as connection:
        (number,) = connection.execute("PRAGMA user_version").fetchone()
    assert number > 8  # the one number that it looks at


# -- the next migration -------------------------------------------------------------------------------------

OPEN = """
import sys
from pathlib import Path
import engine
from engine.store.database import Database
assert Path(engine.__file__).is_relative_to(Path.cwd()), engine.__file__
for path in sys.argv[1:]:
    db = Database(Path(path), "fast")
    db.open()
    db.close()
"""


@pytest.mark.process
def test_a_column_added_to_destinations_upgrades_the_oldest_store_and_todays(tmp_path: Path) -> None:
    today, first = old_store("8", tmp_path / "today.db"), old_store("1", tmp_path / "first.db")
    open_and_close(today)
    copy = tmp_path / "copy"
    for package in ("engine", "pieces"):
        shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    models = copy / "engine" / "store" / "models" / "events.py"
    code = models.read_text("utf-8")
    field = "    failing_since: str | None = None"
    assert field in code
    models.write_text(code.replace(field, f"    region: str | None = None\n{field}", 1), "utf-8")
    versions = copy / "engine" / "store" / "migrations" / "versions"
    step = "op.add_column('destinations', sa.Column('region', sa.String()))"
    shutil.copytree(with_another_step(tmp_path / "more", step), versions, dirs_exist_ok=True)
    run(OPEN, tmp_path / "new.db", today, first, path=copy)
    assert "region" in shape(tmp_path / "new.db")["destinations"]["columns"]
    assert shape(today) == shape(tmp_path / "new.db") == shape(first)
    (one, *_) = contents(today)["destinations"]
    assert (one["region"], one["status"]) == (None, "active")


# -- the log ------------------------------------------------------------------------------------------------


def test_the_log_says_what_was_upgraded_and_where_the_backup_is(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "switchyard"):
        open_and_close(old_store("3", tmp_path / "switchyard.db"))
    (backup,) = (tmp_path / "backups").iterdir()
    assert [record.message for record in caplog.records] == [
        f"Backed up the database to {backup} before upgrading it from schema 0003.",
        f"Upgraded the database from schema 0003 to {migrations.head()}.",
    ]
