"""Readers see one snapshot, have a time limit, and slow searches take nobody's place."""

import asyncio
import itertools
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engine.base.errors import Unavailable
from engine.store.database import Database
from engine.store.errors import QueryTimeout
from engine.store.tx import Tx
from tests.support.waiting import DEADLINE, turns

ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
COUNT = "SELECT count(*) FROM projects"


class Elapsed:
    """The time that questions take, as their readers measure it: none until `over` is set, and then each has
    run for too long. So what is quick is not stopped by a busy machine."""

    def __init__(self) -> None:
        self.over = False
        self._calls = itertools.count()

    def monotonic(self) -> float:
        return next(self._calls) * 1000.0 if self.over else 0.0


@pytest.fixture
def elapsed(monkeypatch: pytest.MonkeyPatch) -> Elapsed:
    made = Elapsed()
    monkeypatch.setattr("engine.store.readers.time", made)
    return made


@pytest.fixture
async def db(each_store: str, tmp_path: Path, elapsed: Elapsed) -> AsyncIterator[Database]:
    made = Database(tmp_path / "x.db", "fast", read_limit=20, search_limit=0.05)
    made.open()
    yield made
    await asyncio.to_thread(made.close)


def add(tx: Tx) -> None:
    tx.execute("INSERT INTO projects (id, name, created) VALUES ('a', 'a', '')")


def endless(tx: Tx) -> None:
    tx.execute(ENDLESS).fetchone()


def count(tx: Tx) -> int:
    return int(tx.execute(COUNT).fetchone()[0])


@pytest.mark.parametrize("pool", ["read", "search"])
async def test_two_statements_agree_though_something_is_committed_in_between(
    each_store: str, tmp_path: Path, pool: str
) -> None:
    db = Database(tmp_path / "x.db", "fast")
    db.open()
    asked, committed = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def question(tx: Tx) -> tuple[int, int, int]:
        before = count(tx)
        loop.call_soon_threadsafe(asked.set)
        assert committed.wait(DEADLINE)
        return (
            before,
            count(tx),
            len(tx.session.connection().exec_driver_sql("SELECT id FROM projects").all()),
        )

    reading = asyncio.ensure_future(getattr(db, pool)(question))
    await asked.wait()
    await db.submit(add)
    assert await db.read(count) == 1
    committed.set()
    assert await reading == (0, 0, 0)
    assert await getattr(db, pool)(count) == 1  # the next question sees it
    await asyncio.to_thread(db.close)


async def test_a_question_over_its_limit_is_stopped_and_says_so(db: Database, elapsed: Elapsed) -> None:
    elapsed.over = True
    with pytest.raises(QueryTimeout, match=r"longer than 0\.05 s.*Narrow the search"):
        await db.search(endless)
    elapsed.over = False
    assert await db.search(count) == 0  # the reader is of use again


async def test_the_limit_holds_for_many_short_statements_together(db: Database, elapsed: Elapsed) -> None:
    elapsed.over = True

    def question(tx: Tx) -> None:
        while True:
            tx.execute(COUNT).fetchone()

    with pytest.raises(QueryTimeout):
        await db.search(question)


async def test_the_limit_holds_for_the_session_too(db: Database, elapsed: Elapsed) -> None:
    elapsed.over = True
    with pytest.raises(QueryTimeout):
        await db.search(lambda tx: tx.session.connection().exec_driver_sql(ENDLESS).one())


async def test_a_reader_stopped_in_the_middle_of_a_result_is_of_use_again(
    db: Database, elapsed: Elapsed
) -> None:
    left_behind = []

    def question(tx: Tx) -> None:
        rows = tx.execute("WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n")
        left_behind.append(rows)  # nobody reads it to its end, or closes it
        next(iter(rows))
        endless(tx)

    elapsed.over = True
    for _ in range(4):  # more than there are readers
        with pytest.raises(QueryTimeout):
            await db.search(question)
    elapsed.over = False
    assert await db.search(count) == 0


async def test_waiting_for_a_reader_is_not_running_over_the_limit(db: Database, elapsed: Elapsed) -> None:
    """The limit counts from when a reader begins: those that wait for one are asked all the same."""
    gate = threading.Event()
    holding = [asyncio.ensure_future(db.search(lambda tx: gate.wait(DEADLINE))) for _ in range(8)]
    late = asyncio.ensure_future(db.search(count))
    elapsed.over = True
    await asyncio.wait({late}, timeout=0.2)  # several looks
    elapsed.over = False
    gate.set()
    assert await late == 0
    assert await asyncio.gather(*holding) == [True] * 8


async def test_slow_searches_leave_other_questions_their_readers(db: Database) -> None:
    gate = threading.Event()
    searches = [asyncio.ensure_future(db.search(lambda tx: gate.wait(DEADLINE))) for _ in range(20)]
    async with asyncio.timeout(DEADLINE):
        assert await asyncio.gather(*(db.read(count) for _ in range(50))) == [0] * 50
    assert not any(search.done() for search in searches)
    gate.set()
    await asyncio.gather(*searches)


async def test_who_stops_waiting_frees_the_reader(each_store: str, tmp_path: Path) -> None:
    db = Database(tmp_path / "x.db", "fast", search_limit=3600)
    db.open()
    begun, loop = asyncio.Event(), asyncio.get_running_loop()

    def question(tx: Tx) -> None:
        loop.call_soon_threadsafe(begun.set)
        endless(tx)

    searches = [asyncio.ensure_future(db.search(question)) for _ in range(10)]
    await begun.wait()
    for search in searches:  # some run, the others wait for a reader
        search.cancel()
    async with asyncio.timeout(DEADLINE):
        assert await db.search(count) == 0
        await asyncio.to_thread(db.close)


async def test_closing_stops_what_is_read_and_what_waits_for_a_reader(
    each_store: str, tmp_path: Path
) -> None:
    db = Database(tmp_path / "x.db", "fast", read_limit=3600)
    db.open()
    asked = [asyncio.ensure_future(db.read(endless)) for _ in range(10)]
    await turns()  # they have been handed in
    async with asyncio.timeout(DEADLINE):
        await asyncio.to_thread(db.close)
        done = await asyncio.gather(*asked, return_exceptions=True)
    assert all(isinstance(one, Unavailable) and "closed" in one.message for one in done)


async def test_what_a_question_raises_is_raised_where_it_was_asked(db: Database) -> None:
    def question(tx: Tx) -> None:
        raise KeyError("no")

    with pytest.raises(KeyError):
        await db.read(question)
    assert await db.read(count) == 0
