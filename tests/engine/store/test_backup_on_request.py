"""A backup holds everything of a store at one moment, and brings it back; else nothing is changed."""

import asyncio
import os
import sqlite3
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from engine.base.errors import Conflict, Unavailable
from engine.store import backup as backups
from engine.store.database import Database
from engine.store.dialects import sqlite_copy
from engine.store.errors import SchemaTooNew
from engine.store.lease import FileLease
from engine.store.models import Project
from engine.store.tx import Tx
from tests.support.old_stores import contents, old_store

pytestmark = pytest.mark.sqlite


def add(id: str, size: int = 1) -> Callable[[Tx], None]:
    return lambda tx: tx.session.add(Project(id=id, name="x" * size, created=""))


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    """A store that a server has open."""
    (tmp_path / "data").mkdir()
    made = Database(tmp_path / "data" / "switchyard.db", "fast")
    made.open(alone=True)
    await made.write(add("first"))
    yield made
    await asyncio.to_thread(made.close)


@pytest.fixture
async def stopped(tmp_path: Path) -> Path:
    """A store that no server has open."""
    made = Database(tmp_path / "stopped" / "switchyard.db", "fast")
    made.open(alone=True)
    await made.write(add("there before"))
    await asyncio.to_thread(made.close)
    return made.path


def projects(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [id for (id,) in connection.execute("SELECT id FROM projects ORDER BY id")]


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


# -- writing ----------------------------------------------------------------------------------------


async def test_a_backup_is_one_file_of_its_owner_with_every_row(db: Database, tmp_path: Path) -> None:
    target = tmp_path / "backup.db"
    seen: list[tuple[str, int, int]] = []
    made = await asyncio.to_thread(backups.back_up, db.path, target, progress=lambda *said: seen.append(said))
    assert files(tmp_path) == {"backup.db", "data"}
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    counted = {table: len(rows) for table, rows in contents(target).items()}
    assert counted.items() <= made.rows.items() and made.rows["projects"] == 1
    assert made.size == target.stat().st_size
    what, done, all = next(one for one in reversed(seen) if one[0] == "Copying")
    assert done == all > 0 and ("Verifying", 0, 0) in seen
    assert what == "Copying"


async def test_it_ends_while_a_server_writes_and_is_of_one_moment(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite begins a copy anew whenever another process has written, unless its source stands still."""
    monkeypatch.setattr(sqlite_copy, "_STEP", 5)
    await asyncio.gather(*(db.write(add(f"large{n}", 50_000)) for n in range(20)))
    loop = asyncio.get_running_loop()
    steps = written = 0

    def between(what: str, done: int, all: int) -> None:
        nonlocal steps, written
        if what == "Copying" and done < all:
            steps += 1
            for _ in range(2):
                written += 1
                asyncio.run_coroutine_threadsafe(db.write(add(f"late{written:04d}")), loop).result()

    made = await asyncio.to_thread(backups.back_up, db.path, tmp_path / "backup.db", progress=between)
    assert steps > 20 and written == 2 * steps
    assert made.rows["projects"] == 21
    assert [id for id in projects(tmp_path / "backup.db") if id.startswith("late")] == []


async def test_a_file_that_exists_is_replaced_only_on_request(db: Database, tmp_path: Path) -> None:
    target = tmp_path / "backup.db"
    target.write_text("something")
    with pytest.raises(Conflict, match=r"already exists.*--force"):
        backups.back_up(db.path, target)
    assert target.read_text() == "something"
    backups.back_up(db.path, target, force=True)
    assert projects(target) == ["first"]
    for odd in (db.path, tmp_path):
        with pytest.raises(Conflict, match="already exists"):
            backups.back_up(db.path, odd, force=True)
    with pytest.raises(Conflict, match="no folder"):
        backups.back_up(db.path, tmp_path / "nowhere" / "backup.db")
    with pytest.raises(Unavailable, match="There is no database"):
        backups.back_up(tmp_path / "none.db", tmp_path / "other.db")


async def test_a_backup_that_fails_leaves_nothing(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as patch:
        patch.setattr(sqlite_copy, "damage", broken)
        with pytest.raises(Unavailable, match="cannot be copied: disk I/O error"):
            backups.back_up(db.path, tmp_path / "backup.db")
    with monkeypatch.context() as patch:
        usage = SimpleNamespace(total=10**12, used=0, free=1_000_000)
        patch.setattr(backups.shutil, "disk_usage", lambda _path: usage)
        with pytest.raises(Unavailable, match="has 1 MB of disk space"):
            backups.back_up(db.path, tmp_path / "backup.db")
    assert files(tmp_path) == {"data"}


async def test_what_is_damaged_is_not_backed_up(stopped: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(stopped, isolation_level=None)) as connection:
        connection.execute("PRAGMA writable_schema=ON")
        connection.execute("DELETE FROM sqlite_master WHERE name = 'flows_by_project'")
    with pytest.raises(Unavailable, match=r"damaged and was not copied: .* Restore it from a backup"):
        backups.back_up(stopped, tmp_path / "backup.db")
    assert files(tmp_path) == {"stopped"}


# -- putting back -----------------------------------------------------------------------------------


@pytest.fixture
async def backup(db: Database, tmp_path: Path) -> Path:
    target = tmp_path / "backup.db"
    await asyncio.to_thread(backups.back_up, db.path, target)
    return target


async def test_a_backup_is_put_back_elsewhere(backup: Path, tmp_path: Path) -> None:
    store = tmp_path / "elsewhere" / "switchyard.db"
    made = backups.restore(backup, store)
    assert (made.path, made.replaced) == (store, None)
    assert contents(store) == contents(backup)
    assert files(store.parent) == {"switchyard.db", "switchyard.lock"}
    assert stat.S_IMODE(store.stat().st_mode) == 0o600
    db = Database(store, "fast")
    db.open(alone=True)
    await db.write(add("after"))
    await asyncio.to_thread(db.close)
    assert projects(store) == ["after", "first"]


async def test_a_store_that_is_there_is_replaced_on_request_and_kept(backup: Path, stopped: Path) -> None:
    with pytest.raises(Conflict, match=r"There is a database at .*--force"):
        backups.restore(backup, stopped)
    assert projects(stopped) == ["there before"]
    made = backups.restore(backup, stopped, force=True)
    assert projects(stopped) == ["first"]
    assert made.replaced is not None and made.replaced.parent == stopped.parent / "backups"
    assert projects(made.replaced) == ["there before"]


@pytest.fixture
def crashed(tmp_path: Path, backup: Path) -> Path:
    """A store whose last changes are only in its log, as after `kill -9`."""
    store = tmp_path / "crashed" / "switchyard.db"
    backups.restore(backup, store)
    folder = tmp_path / "after"
    with closing(sqlite3.connect(store, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("INSERT INTO projects (id, name, created) VALUES ('in the log', '', '')")
        folder.mkdir()
        for path in store.parent.iterdir():
            (folder / path.name).write_bytes(path.read_bytes())
    return folder / "switchyard.db"


async def test_the_log_of_the_store_before_is_kept_with_it_and_not_replayed(
    backup: Path, crashed: Path
) -> None:
    assert crashed.with_name("switchyard.db-wal").stat().st_size > 0
    made = backups.restore(backup, crashed, force=True)
    assert not crashed.with_name("switchyard.db-wal").exists()
    assert projects(crashed) == ["first"]
    assert made.replaced is not None and "in the log" in projects(made.replaced)


async def test_a_damaged_store_is_replaced_and_kept_as_it_was(backup: Path, stopped: Path) -> None:
    stopped.write_bytes(b"no database at all" * 1000)
    stopped.with_name("switchyard.db-wal").write_bytes(b"nor a log")
    made = backups.restore(backup, stopped, force=True)
    assert projects(stopped) == ["first"]
    assert made.replaced is not None and made.replaced.read_bytes().startswith(b"no database")
    assert made.replaced.with_name(made.replaced.name + "-wal").read_bytes() == b"nor a log"


async def test_nothing_is_put_back_under_a_running_server(backup: Path, db: Database) -> None:
    await db.write(add("second"))
    with pytest.raises(Unavailable, match="already running"):
        backups.restore(backup, db.path, force=True)
    assert await db.read(lambda tx: tx.execute("SELECT count(*) FROM projects").fetchone()) == (2,)


@pytest.mark.parametrize(
    "what", ["missing", "text", "cut", "of another program", "too new", "the store itself"]
)
async def test_what_is_no_backup_is_refused_and_changes_nothing(
    backup: Path, stopped: Path, tmp_path: Path, what: str
) -> None:
    given = tmp_path / "given.db"
    match what:
        case "text":
            given.write_text("hello" * 1000)
        case "cut":
            given.write_bytes(backup.read_bytes()[: backup.stat().st_size // 2])
        case "of another program":
            with closing(sqlite3.connect(given)) as connection:
                connection.execute("CREATE TABLE songs (name)")
        case "too new":
            given.write_bytes(backup.read_bytes())
            with closing(sqlite3.connect(given, isolation_level=None)) as connection:
                connection.execute("UPDATE alembic_version SET version_num = '9999'")
        case "the store itself":
            given = stopped
    expected = {"too new": SchemaTooNew, "the store itself": Conflict}.get(what, Unavailable)
    before = stopped.read_bytes()
    with pytest.raises(expected):
        backups.restore(given, stopped, force=True)
    assert stopped.read_bytes() == before
    assert not (stopped.parent / "backups").exists()
    assert not [path for path in stopped.parent.iterdir() if "partial" in path.name]


async def test_a_restore_that_is_interrupted_leaves_the_store(
    backup: Path, stopped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(backups, "_move_aside", interrupted)
    with pytest.raises(KeyboardInterrupt):
        backups.restore(backup, stopped, force=True)
    assert projects(stopped) == ["there before"]
    lease = FileLease(stopped)
    lease.acquire()  # it is free again
    lease.release()


async def test_a_backup_of_an_earlier_schema_is_put_back_and_upgraded(tmp_path: Path) -> None:
    old = old_store("8", tmp_path / "old.db")
    backups.back_up(old, tmp_path / "backup.db")
    made = backups.restore(tmp_path / "backup.db", tmp_path / "data" / "switchyard.db")
    assert made.schema == "0008"
    assert made.key_ids and all(len(id) == 4 for id in made.key_ids)
    db = Database(made.path, "fast")
    db.open(alone=True)
    await asyncio.to_thread(db.close)
    assert os.listdir(tmp_path / "data" / "backups")
