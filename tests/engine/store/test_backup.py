"""Before a store is upgraded, a copy of it is written and checked; without one there is no upgrade."""

import os
import shutil
import sqlite3
import stat
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from engine.base import clock
from engine.base.errors import Unavailable
from engine.store.database import Database
from engine.store.dialects import sqlite_backup as backup
from tests.support.old_stores import contents, old_store

pytestmark = pytest.mark.sqlite


def open_and_close(path: Path) -> None:
    db = Database(path, "fast")
    try:
        db.open()
    finally:
        db.close()


def backups(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "backups").iterdir())


def version(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        (number,) = connection.execute("PRAGMA user_version").fetchone()
    return int(number)


def _without_new_ids(tables: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """The upgrade edits drafts, and each time it does the edit is a new one."""
    edits = [{**row, "id": "", "created": ""} for row in tables["draft_edits"]]
    return {**tables, "draft_edits": edits}


@pytest.fixture
def moments(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that is a minute later each time it is asked."""
    seconds = iter(range(1_800_000_000, 2_000_000_000, 60))
    monkeypatch.setattr(clock, "now_iso", lambda: clock.to_iso(next(seconds)))


@pytest.mark.usefixtures("moments")
def test_the_backup_is_the_store_as_it_was_in_one_file_of_its_owner(tmp_path: Path) -> None:
    store = old_store("3", tmp_path / "switchyard.db")
    before = contents(store)
    open_and_close(store)
    assert backups(tmp_path) == ["switchyard-0003-20270115T080000Z.db"]
    copy = tmp_path / "backups" / backups(tmp_path)[0]
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert stat.S_IMODE(copy.parent.stat().st_mode) == 0o700
    assert version(copy) == 3
    assert contents(copy) == before
    assert backups(tmp_path) == [copy.name]  # reading it leaves nothing beside it either


def test_a_restored_backup_is_upgraded_again(tmp_path: Path) -> None:
    store = old_store("8", tmp_path / "switchyard.db")
    open_and_close(store)
    after = _without_new_ids(contents(store))
    (copy,) = (tmp_path / "backups").iterdir()
    shutil.copy(copy, store)
    assert version(store) == 8
    open_and_close(store)
    assert _without_new_ids(contents(store)) == after


def test_what_only_the_log_holds_is_in_the_backup(tmp_path: Path) -> None:
    store = old_store("8", tmp_path / "switchyard.db", "PRAGMA journal_mode=WAL")
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("PRAGMA wal_autocheckpoint=0")
        connection.execute("INSERT INTO projects VALUES ('prj_late', 'Late', '')")
        connection.commit()
        assert b"prj_late" not in store.read_bytes()
        open_and_close(store)
    (copy,) = (tmp_path / "backups").iterdir()
    assert "prj_late" in {row["id"] for row in contents(copy)["projects"]}


@pytest.mark.usefixtures("moments")
def test_the_last_three_backups_stay_whatever_their_schemas(tmp_path: Path) -> None:
    for name in ("7", "8", "1", "6", "3"):
        for old in tmp_path.glob("switchyard.db*"):
            old.unlink()
        open_and_close(old_store(name, tmp_path / "switchyard.db"))
    remaining = [tmp_path / "backups" / name for name in backups(tmp_path)]
    assert sorted(version(path) for path in remaining) == [1, 3, 6]


def test_backups_of_upgrades_that_were_killed_do_not_pile_up(tmp_path: Path) -> None:
    store = old_store("1", tmp_path / "switchyard.db", "ALTER TABLE flows ADD COLUMN deleted VARCHAR")
    (tmp_path / "backups").mkdir()
    written = [f"switchyard-0001-20260101T00000{second}Z.db" for second in range(6)]
    for name in written:
        shutil.copy(store, tmp_path / "backups" / name)
    with pytest.raises(Unavailable, match="duplicate column name"):
        open_and_close(store)
    assert backups(tmp_path) == written[-backup.MAX_BACKUPS :]


def test_other_files_in_the_folder_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "backups").mkdir()
    own = {"notes.txt", "other-0001-20200101T000000Z.db", "switchyard.db"}
    for name in own:
        (tmp_path / "backups" / name).write_text("mine")
    for name in ("5", "6", "7", "8"):
        for old in tmp_path.glob("switchyard.db*"):
            old.unlink()
        open_and_close(old_store(name, tmp_path / "switchyard.db"))
    assert own < set(backups(tmp_path))


def test_a_new_store_and_one_of_today_need_no_backup(tmp_path: Path) -> None:
    open_and_close(tmp_path / "switchyard.db")
    open_and_close(tmp_path / "switchyard.db")
    assert not (tmp_path / "backups").exists()


def test_too_little_disk_space_stops_the_upgrade_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = old_store("8", tmp_path / "switchyard.db")
    before, size = contents(store), store.stat().st_size
    free = 2 * size + 15_999_999
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    with pytest.raises(
        Unavailable, match=r"needs 1\d MB of disk space, .* has 1\d MB. .* Nothing was changed"
    ):
        open_and_close(store)
    assert (version(store), contents(store), backups(tmp_path)) == (8, before, [])
    free += 1_000_000
    open_and_close(store)
    assert len(backups(tmp_path)) == 1


def test_a_backup_that_cannot_be_written_stops_the_upgrade_with_a_sentence(tmp_path: Path) -> None:
    store = old_store("8", tmp_path / "switchyard.db")
    (tmp_path / "backups").write_text("a file where the folder should be")
    with pytest.raises(
        Unavailable, match=r"its backup in .*backups cannot be written: .* Nothing was changed"
    ):
        open_and_close(store)
    assert version(store) == 8


def test_a_disk_that_fills_up_during_the_backup_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = old_store("8", tmp_path / "switchyard.db")
    connect = sqlite3.connect

    def small(path: Path, **options: object) -> sqlite3.Connection:
        connection = connect(path, **options)
        if Path(path).suffix == ".partial":
            connection.execute("PRAGMA max_page_count=2")  # SQLite's own "database or disk is full"
        return connection

    monkeypatch.setattr(sqlite3, "connect", small)
    with pytest.raises(Unavailable, match="cannot be written: database or disk is full"):
        open_and_close(store)
    assert (version(store), backups(tmp_path)) == (8, [])


def test_a_damaged_store_is_not_upgraded(tmp_path: Path) -> None:
    """Its index says less than its table: every page can be read, and only the integrity check tells."""
    store = old_store(
        "8",
        tmp_path / "switchyard.db",
        "PRAGMA writable_schema=ON",
        "DELETE FROM sqlite_master WHERE name = 'flows_by_project'",
    )
    assert version(store) == 8
    with pytest.raises(Unavailable, match=r"damaged and was not upgraded: .* Restore it from a backup"):
        open_and_close(store)
    assert (version(store), backups(tmp_path)) == (8, [])


def test_what_an_interrupted_backup_left_is_deleted_by_the_next(tmp_path: Path) -> None:
    store = old_store("8", tmp_path / "switchyard.db")
    (tmp_path / "backups").mkdir()
    for name in (
        "switchyard-0008-20260101T000000Z.partial",
        "switchyard-0008-20260101T000000Z.partial-journal",
    ):
        (tmp_path / "backups" / name).write_bytes(b"half of it")
    open_and_close(store)
    assert [Path(name).suffix for name in backups(tmp_path)] == [".db"]


def test_the_backup_is_on_the_disk_before_the_upgrade_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[int] = []
    fsync = os.fsync

    def note(handle: int) -> None:
        flushed.append(version(tmp_path / "switchyard.db"))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", note)
    open_and_close(old_store("8", tmp_path / "switchyard.db"))
    assert flushed == [8]
