"""What a server notices of its store's files while it runs: a full disk, another file, damage."""

import asyncio
import os
import shutil
import sqlite3
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from engine.store import watch as watching
from engine.store.database import Database
from engine.store.errors import StoreDamaged, StoreFull, StoreReplaced, StoreUnavailable
from engine.store.models import Project
from engine.store.problems import DAMAGED, FULL, REPLACED
from engine.store.tx import Tx
from engine.store.watch import Patrol
from tests.support.clock import ManualClock
from tests.support.small_disk import SmallDisk, small_disk
from tests.support.waiting import until

pytestmark = pytest.mark.sqlite


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    made = Database(tmp_path / "switchyard.db")
    made.open(alone=True)
    yield made
    await asyncio.to_thread(made.close)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk") as made:
        if made is None:
            pytest.skip("only root may mount a small disk")
        yield made


@pytest.fixture
async def small(disk: SmallDisk) -> AsyncIterator[Database]:
    """A store on a small disk."""
    made = Database(disk.folder / "switchyard.db")
    made.open(alone=True)
    yield made
    disk.clear()
    await asyncio.to_thread(made.close)


CLOSE = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
print(connection.execute("SELECT count(*) FROM projects").fetchone()[0])
connection.close()
"""


def add(id: str, size: int = 1) -> Any:
    def change(tx: Tx) -> None:
        tx.session.add(Project(id=id, name="x" * size, created=""))

    return change


async def ids(db: Database) -> list[str]:
    rows = await db.read(lambda tx: tx.execute("SELECT id FROM projects").fetchall())
    return sorted(id for (id,) in rows)


# -- room ------------------------------------------------------------------------------------------


async def test_a_disk_that_fills_up_is_noticed_before_anything_is_written(
    small: Database, disk: SmallDisk
) -> None:
    assert small.files.look() is None
    disk.fill()
    assert small.files.look() is FULL
    with pytest.raises(StoreUnavailable, match="disk is full") as refused:
        small.files.require()
    assert (refused.value.status, refused.value.retry_after) == (503, 30)


async def test_the_reserve_lets_small_changes_through(small: Database, disk: SmallDisk) -> None:
    disk.fill()
    assert disk.free < 4096
    small.files.look()
    for number in range(20):
        await small.write(add(f"p{number}"))
    assert len(await ids(small)) == 20


async def test_a_write_that_fails_gives_the_reserve_to_the_next(small: Database, disk: SmallDisk) -> None:
    disk.fill()
    with pytest.raises(StoreFull, match="disk is full"):
        await small.write(add("large", 1_000_000))
    assert small.files.problem is FULL
    await small.write(add("small"))
    assert await ids(small) == ["small"]


async def test_events_are_taken_again_once_there_is_room(small: Database, disk: SmallDisk) -> None:
    reserve = disk.folder / "switchyard.reserve"
    size = reserve.stat().st_size
    disk.fill()
    small.files.look()
    assert not reserve.exists()
    disk.clear()
    disk.fill(leave=2 * size)  # not enough for the reserve and some room beside it
    assert small.files.look() is FULL
    disk.clear()
    assert small.files.look() is None
    assert reserve.stat().st_blocks * 512 >= size
    small.files.require()
    await small.write(add("large", 1_000_000))


async def test_a_store_opens_on_a_full_disk(disk: SmallDisk) -> None:
    path = disk.folder / "switchyard.db"
    for _ in range(2):
        db = Database(path)
        db.open(alone=True)
        assert (db.files.problem is FULL) == bool(disk.folder.joinpath("filler").exists())
        assert await ids(db) == []
        await asyncio.to_thread(db.close)
        disk.fill()


async def test_a_limit_of_the_database_is_a_full_disk(db: Database) -> None:
    """As a quota is: the disk has room, and a write fails."""
    (pages,) = await db.submit(lambda tx: tx.execute("PRAGMA page_count").fetchone())
    await db.submit(lambda tx: tx.execute(f"PRAGMA max_page_count={pages + 2}").fetchone())
    with pytest.raises(StoreFull):
        await db.write(add("large", 100_000))
    assert db.files.problem is FULL
    await db.submit(lambda tx: tx.execute(f"PRAGMA max_page_count={pages + 1000}").fetchone())
    assert db.files.look() is None
    await db.write(add("large", 100_000))


async def test_the_reserve_is_small_on_a_small_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "_LARGEST_RESERVE", 16_000_000)
    for total, expected in ((8_000_000, 256_000), (100_000_000, 2_000_000), (10**12, 16_000_000)):
        usage = shutil._ntuple_diskusage(total, 0, total)  # type: ignore[attr-defined]
        monkeypatch.setattr(shutil, "disk_usage", lambda _path, usage=usage: usage)
        made = watching.FileWatch(tmp_path / f"{total}.db", lambda: None)
        made.open()
        assert (tmp_path / f"{total}.reserve").stat().st_size == expected


async def test_the_command_line_keeps_no_reserve(tmp_path: Path) -> None:
    db = Database(tmp_path / "switchyard.db")
    db.open()
    assert not (tmp_path / "switchyard.reserve").exists()
    await asyncio.to_thread(db.close)


# -- files -----------------------------------------------------------------------------------------


async def test_nothing_is_acknowledged_once_the_file_is_deleted(db: Database, tmp_path: Path) -> None:
    await db.write(add("before"))
    (tmp_path / "switchyard.db").unlink()
    with pytest.raises(StoreReplaced, match="deleted or replaced"):
        await db.write(add("after"))
    assert db.files.problem is REPLACED
    with pytest.raises(StoreReplaced):
        await db.search(lambda tx: None)  # by a reader that would open the new file, or create one
    assert not (tmp_path / "switchyard.db").exists()


@pytest.mark.parametrize("name", ["switchyard.db", "switchyard.db-wal"])
async def test_nothing_is_acknowledged_while_another_file_is_there(
    db: Database, tmp_path: Path, name: str
) -> None:
    await db.write(add("before"))
    path, aside = tmp_path / name, tmp_path / "aside"
    path.rename(aside)
    path.write_bytes(aside.read_bytes())
    assert db.files.look() is REPLACED
    for _ in range(2):
        with pytest.raises(StoreReplaced):
            await db.write(add("lost"))
    os.replace(aside, path)
    assert db.files.look() is None
    await db.write(add("after"))
    assert await ids(db) == ["after", "before"]


@pytest.mark.parametrize("content", [b"", b"not a database" * 1000])
async def test_a_file_that_is_overwritten_is_damaged(db: Database, tmp_path: Path, content: bytes) -> None:
    await db.write(add("before"))
    await db.submit(lambda tx: None)
    with closing(sqlite3.connect(tmp_path / "switchyard.db")) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert db.files.look() is None
    with (tmp_path / "switchyard.db").open("r+b") as file:  # the same file, as `cp` writes
        file.truncate()
        file.write(content)
    assert db.files.look() is DAMAGED
    assert db.files.look() is DAMAGED  # until it is restored and opened anew
    with pytest.raises(StoreUnavailable, match="damaged"):
        db.files.require()


@pytest.mark.process
async def test_looking_gives_up_no_lock(db: Database, tmp_path: Path) -> None:
    """POSIX takes all locks of a process from a file once any descriptor of it is closed; another process
    that closes the database would then be the last one, and delete the log under the server."""
    await db.write(add("before"))
    assert db.files.look() is None
    other = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CLOSE, str(tmp_path / "switchyard.db"), stdout=asyncio.subprocess.PIPE
    )
    out, _ = await other.communicate()
    assert out == b"1\n"
    assert (tmp_path / "switchyard.db-wal").exists()
    await db.write(add("after"))
    assert db.files.look() is None


async def test_damage_that_a_question_meets_is_known_from_then_on(tmp_path: Path) -> None:
    path = tmp_path / "switchyard.db"
    db = Database(path)
    db.open(alone=True)
    await db.write(add("before", 200_000))
    await asyncio.to_thread(db.close)
    with path.open("r+b") as file:
        file.seek(-100_000, os.SEEK_END)
        file.write(b"\xff" * 100_000)
    db = Database(path)
    db.open(alone=True)
    with pytest.raises(StoreDamaged, match="database is damaged"):
        await db.read(lambda tx: tx.execute("SELECT name FROM projects").fetchall())
    assert db.files.problem is DAMAGED
    await asyncio.to_thread(db.close)


# -- again and again -----------------------------------------------------------------------------------


async def test_a_patrol_looks_every_two_seconds(
    clock: ManualClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = watching.FileWatch(tmp_path / "switchyard.db", lambda: None)
    looks: list[int] = []

    def look() -> None:
        looks.append(1)
        if len(looks) == 1:
            raise OSError("the disk is gone")

    monkeypatch.setattr(made, "look", look)
    patrol = Patrol(made)
    patrol.start()
    await clock.drive(until(lambda: len(looks) == 3), step=0.5)
    await patrol.stop()
