"""One writer, group commit: all of a change or nothing, and nobody waits for ever."""

import asyncio
import sqlite3
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select, text

from engine.base.errors import Unavailable
from engine.store import ledger
from engine.store.database import Database
from engine.store.errors import SchemaTooNew, StoreConflict, StoreError, StoreUnavailable
from engine.store.models import Project
from engine.store.tx import Tx
from tests.support.waiting import DEADLINE


@pytest.fixture
async def file(tmp_path: Path) -> AsyncIterator[Database]:
    """A store in a file."""
    made = Database(tmp_path / "data" / "test.db", "fast")
    made.open()
    yield made
    await asyncio.to_thread(made.close)


@pytest.fixture
async def db(each_store: str, file: Database) -> Database:
    """A store in each kind of database."""
    return file


def add(id: str) -> Any:
    return lambda tx: (
        tx.execute("INSERT INTO projects (id, name, created) VALUES (?, ?, ?)", (id, id, "")).rowcount
    )


async def names(db: Database) -> list[str]:
    return sorted(await db.read(lambda tx: list(tx.session.exec(select(Project.name)))))


async def test_what_is_written_is_read(db: Database) -> None:
    assert await db.submit(add("a")) == 1
    await db.write(lambda tx: tx.session.add(Project(id="b", name="b", created="")))
    assert await names(db) == ["a", "b"]


async def test_of_a_batch_only_the_bad_one_fails(db: Database) -> None:
    def bad(tx: Tx) -> None:
        add("half")(tx)
        raise ValueError("no")

    done = await asyncio.gather(
        *(db.submit(work) for work in (add("a"), bad, add("a"), add("b"))), return_exceptions=True
    )
    assert done[0] == 1 and done[3] == 1
    assert isinstance(done[1], ValueError) and isinstance(done[2], StoreConflict)
    assert await names(db) == ["a", "b"]


async def test_of_a_group_only_the_bad_one_fails(db: Database) -> None:
    calls: list[int] = []

    def group(tx: Tx, ids: list[str]) -> list[str]:
        calls.append(len(ids))
        tx.rows("INSERT INTO projects (id, name, created)", [(id, id, "") for id in ids])
        return [id.upper() for id in ids]

    items = [*map(str, range(100)), "7"]
    done = await asyncio.gather(*(db.submit_to(group, item) for item in items), return_exceptions=True)
    assert done[:7] == ["0", "1", "2", "3", "4", "5", "6"]
    assert sum(isinstance(one, StoreConflict) for one in done) == 1
    assert len(await names(db)) == 100


async def test_a_group_that_fails_takes_nothing_from_the_others_of_its_batch(db: Database) -> None:
    def good(tx: Tx, ids: list[str]) -> list[int]:
        tx.rows("INSERT INTO projects (id, name, created)", [(id, id, "") for id in ids])
        for _ in ids:
            ledger.count(tx, "p", "f", "received")
        return [1 for _ in ids]

    def bad(tx: Tx, ids: list[str]) -> list[int]:
        ledger.count(tx, "p", "f", "received", 100)
        if "bad" in ids:
            raise ValueError("no")
        return good(tx, ids)

    first = [db.submit_to(good, id) for id in ("a", "b")]
    done = await asyncio.gather(
        *first,
        *(db.submit_to(bad, id) for id in ("bad", "c")),
        db.submit_to(good, "d"),
        return_exceptions=True,
    )
    assert [one for one in done if not isinstance(one, ValueError)] == [1, 1, 1, 1]
    assert await names(db) == ["a", "b", "c", "d"]
    counted = await db.read(lambda tx: tx.execute("SELECT sum(count) FROM ledger").fetchone())
    assert counted == (104,), "four rows, and a hundred for the one of `bad` that succeeded"


@pytest.mark.parametrize("count", [1, 2, 5, 63, 64, 65, 131])
async def test_rows_are_stored_whatever_their_number(db: Database, count: int) -> None:
    ids = [f"{number:03}" for number in range(count)]
    stored = await db.submit(
        lambda tx: tx.rows(
            "INSERT INTO projects (id, name, created)", [(id, id, "") for id in ids], "RETURNING id"
        )
    )
    assert sorted(row[0] for row in stored) == ids == await names(db)
    renamed = await db.submit(
        lambda tx: tx.rows(
            "UPDATE projects SET name = v.column2 FROM (",
            [(id, f"{id}!") for id in ids],
            ") AS v WHERE projects.id = v.column1 RETURNING id",
        )
    )
    assert len(renamed) == count and await names(db) == [f"{id}!" for id in ids]


async def test_a_change_that_raises_in_a_session_keeps_nothing(db: Database) -> None:
    def change(tx: Tx) -> None:
        tx.session.add(Project(id="a", name="a", created=""))
        tx.session.flush()
        raise KeyError("no")

    with pytest.raises(KeyError):
        await db.write(change)
    assert await names(db) == []


async def test_one_who_stops_waiting_does_not_undo_the_change(db: Database) -> None:
    task = asyncio.ensure_future(db.submit(add("a")))
    task.cancel()
    await db.submit(add("b"))
    assert await names(db) == ["a", "b"]


async def test_a_change_that_raises_stop_iteration_holds_up_nobody(db: Database) -> None:
    def bad(tx: Tx) -> None:
        next(iter(()))

    async with asyncio.timeout(DEADLINE):
        done = await asyncio.gather(db.submit(bad), db.submit(add("a")), return_exceptions=True)
    assert isinstance(done[0], RuntimeError) and done[1] == 1


async def test_a_commit_that_fails_fails_all_and_the_writer_lives_on(db: Database) -> None:
    def gone(tx: Tx) -> None:
        tx.execute("ROLLBACK")  # as SQLite does by itself after some errors
        tx.execute("RELEASE SAVEPOINT one")

    done = await asyncio.gather(db.submit(add("a")), db.submit(gone), return_exceptions=True)
    assert isinstance(done[1], StoreError)
    assert await db.submit(add("b")) == 1
    stored = await names(db)
    # Either they shared a batch, and then neither stands, or the first was committed and told so.
    assert stored == (["b"] if isinstance(done[0], Exception) else ["a", "b"])


@pytest.mark.sqlite
async def test_a_full_disk_is_unavailable_and_what_fits_is_stored_afterwards(file: Database) -> None:
    (pages,) = await file.submit(lambda tx: tx.execute("PRAGMA page_count").fetchone())
    await file.submit(lambda tx: tx.execute(f"PRAGMA max_page_count={pages + 2}").fetchone())
    with pytest.raises(StoreUnavailable, match="full"):
        await file.write(lambda tx: tx.session.add(Project(id="a", name="x" * 100_000, created="")))
    await file.submit(lambda tx: tx.execute(f"PRAGMA max_page_count={pages + 100}").fetchone())
    assert await file.submit(add("b")) == 1
    assert await names(file) == ["b"]


async def test_no_error_of_the_driver_or_of_sqlalchemy_gets_out(db: Database) -> None:
    await db.submit(add("a"))
    with pytest.raises(StoreConflict):
        await db.write(lambda tx: tx.session.add(Project(id="a", name="again", created="")))
    for ask in (db.read, db.search, db.write, db.submit):
        with pytest.raises(StoreError, match="nowhere") as raised:
            await ask(lambda tx: tx.execute("SELECT * FROM nowhere"))
        assert not isinstance(raised.value, Unavailable)
        with pytest.raises(StoreError, match="nowhere"):
            await ask(lambda tx: tx.session.execute(text("SELECT * FROM nowhere")))


async def test_a_session_cannot_end_the_transaction_of_others(db: Database) -> None:
    for end in ("commit", "rollback"):
        with pytest.raises(RuntimeError, match="transaction"):
            await db.write(lambda tx, end=end: getattr(tx.session, end)())


async def test_statements_and_a_session_are_one_transaction(db: Database) -> None:
    def change(tx: Tx) -> tuple[list[str], list[str]]:
        add("a")(tx)
        tx.session.add(Project(id="b", name="b", created=""))
        tx.flush()
        by_session = sorted(tx.session.exec(select(Project.name)))
        return by_session, [row[0] for row in tx.execute("SELECT name FROM projects ORDER BY name")]

    assert await db.write(change) == (["a", "b"], ["a", "b"])

    def fails(tx: Tx) -> None:
        add("c")(tx)
        tx.session.add(Project(id="d", name="d", created=""))
        tx.flush()
        raise KeyError("no")

    with pytest.raises(KeyError):
        await db.write(fails)
    assert await names(db) == ["a", "b"]


async def test_what_one_change_left_pending_is_not_stored_by_the_next(db: Database) -> None:
    def fails(tx: Tx) -> None:
        tx.session.add(Project(id="a", name="a", created=""))
        raise KeyError("no")

    done = await asyncio.gather(db.write(fails), db.write(lambda tx: tx.flush()), return_exceptions=True)
    assert isinstance(done[0], KeyError) and done[1] is None
    assert await names(db) == []


async def test_readers_cannot_write(db: Database) -> None:
    with pytest.raises(StoreUnavailable, match=r"read-?only"):
        await db.read(lambda tx: tx.execute("DELETE FROM projects"))


@pytest.mark.sqlite
@pytest.mark.parametrize(("durability", "level"), [("full", 2), ("fast", 1)])
async def test_durability_is_sqlites_level_of_flushing(tmp_path: Path, durability: Any, level: int) -> None:
    db = Database(tmp_path / "x.db", durability)
    db.open()
    found = await db.submit(
        lambda tx: (*tx.execute("PRAGMA synchronous"), *tx.execute("PRAGMA journal_mode"))
    )
    assert found == ((level,), ("wal",))
    await asyncio.to_thread(db.close)


async def test_after_close_a_change_is_refused_and_what_was_handed_in_is_there(
    each_store: str, tmp_path: Path
) -> None:
    db = Database(tmp_path / "x.db", "fast")
    db.open()
    handed_in = [db.submit(add(str(n))) for n in range(50)]
    await asyncio.to_thread(db.close)
    assert await asyncio.gather(*handed_in) == [1] * 50
    with pytest.raises(Unavailable):
        db.submit(add("late"))
    for ask in (db.write, db.read, db.search):
        with pytest.raises(Unavailable):
            await ask(lambda tx: None)


async def test_before_it_is_open_nothing_is_asked_of_it(tmp_path: Path) -> None:
    db = Database(tmp_path / "x.db", "fast")
    for ask in (db.write, db.read, db.search):
        with pytest.raises(Unavailable):
            await ask(lambda tx: None)
    db.close()
    assert list(tmp_path.iterdir()) == []


async def test_one_process_at_a_time_runs_flows_and_others_may_look(each_store: str, tmp_path: Path) -> None:
    first, second, desk = (Database(tmp_path / "x.db", "fast") for _ in range(3))
    first.open(alone=True)
    with pytest.raises(Unavailable, match="already"):
        second.open(alone=True)
    desk.open()
    assert await desk.submit(add("a")) == 1
    await asyncio.to_thread(desk.close)
    with pytest.raises(Unavailable):
        second.open(alone=True)
    await asyncio.to_thread(first.close)
    second.open(alone=True)
    assert await names(second) == ["a"]
    await asyncio.to_thread(second.close)


@pytest.mark.sqlite
async def test_a_store_that_cannot_be_opened_is_held_by_nobody(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    path.write_bytes(b"\0garbage" * 1000)
    with pytest.raises(Unavailable, match="cannot be opened"):
        Database(path, "fast").open(alone=True)
    path.unlink()
    sound = Database(path, "fast")
    sound.open(alone=True)
    await asyncio.to_thread(sound.close)


@pytest.mark.sqlite
async def test_the_files_are_their_owners_only(file: Database) -> None:
    await file.submit(add("a"))
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in file.path.parent.iterdir()}
    assert set(modes) >= {"test.db", "test.db-wal"}
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(file.path.parent.stat().st_mode) == 0o700


@pytest.mark.sqlite
async def test_a_file_of_a_newer_schema_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "x.db") as connection:
        connection.execute("PRAGMA user_version=99")
    connection.close()
    db = Database(tmp_path / "x.db")
    with pytest.raises(SchemaTooNew):
        db.open()
    db.close()
