"""Who reads a log remembers a position and misses nothing, whatever the order in which writers commit.

SQLite's writers take turns, so that what a reader may remember is the last position there is. A second
dialect will have writers side by side: what it will say is put in the mouth of SQLite's here.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engine.base import payloads
from engine.base.clock import now_iso
from engine.base.ids import new_id
from engine.destinations import fan_out
from engine.events import outbox
from engine.store import event_store, topic_store
from engine.store.database import Database
from engine.store.dialects.base import Execute
from engine.store.topic_store import EVENTS, MESSAGES, NewMessage
from engine.store.tx import Tx


@pytest.fixture
async def db(each_store: str, tmp_path: Path) -> AsyncIterator[Database]:
    made = Database(tmp_path / "x.db", "fast")
    made.open()
    await made.submit(lambda tx: topic_store.subscribe(tx, "prj_1", "flow_1", "t", MESSAGES))
    yield made
    await asyncio.to_thread(made.close)


@pytest.fixture
def horizon(db: Database, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Positions from which on a writer is still open, by log."""
    bounds: dict[str, int] = {}
    real = db.dialect.readable

    def readable(execute: Execute, table: str) -> int:
        return min(bounds.get(table, 1 << 62), real(execute, table))

    monkeypatch.setattr(db.dialect, "readable", readable)
    return bounds


async def publish(db: Database, *names: str) -> list[str]:
    messages = [NewMessage(new_id("msg"), "prj_1", name, b"1", "", (), now_iso()) for name in names]
    await asyncio.gather(*(db.submit_to(topic_store.insert, message) for message in messages))
    return [message.id for message in messages]


async def emit(db: Database, *pieces: str) -> None:
    def work(tx: Tx) -> None:
        for piece in pieces:
            outbox.emit(tx, "piece.broken", payloads.piece_broken_data(name=piece, error=""), None, None)

    await db.submit(work)


async def last(db: Database, table: str) -> int:
    return await db.read(lambda tx: tx.readable(table))


@pytest.mark.parametrize("one_topic", [True, False])
async def test_messages_behind_an_open_writer_wait_and_none_is_passed_over(
    db: Database, horizon: dict[str, int], one_topic: bool
) -> None:
    def batch(tx: Tx, at: int) -> topic_store.Batch:
        if one_topic:
            return topic_store.of_topic(tx, "prj_1", "a", at, 0)
        return topic_store.matching(tx, MESSAGES, "prj_1", lambda name: True, at, 0)

    ids = await publish(db, *["a"] * 4)
    horizon["topic_messages"] = 2
    first = await db.read(lambda tx: batch(tx, 0))
    assert [item.id for item in first.items] == ids[:2] and first.at == 2
    assert (await db.read(lambda tx: batch(tx, first.at))).at == first.at
    horizon.clear()
    rest = await db.read(lambda tx: batch(tx, first.at))
    assert [item.id for item in rest.items] == ids[2:] and rest.at == 4


async def test_events_behind_an_open_writer_wait_too(db: Database, horizon: dict[str, int]) -> None:
    await emit(db, *"abcd")
    await db.submit(lambda tx: fan_out.place(tx, 0))
    horizon["events"] = 2
    assert await db.read(fan_out.behind)
    taken = await db.submit(fan_out.FanOut(lambda url: None).take)
    assert taken.events == 2
    assert not await db.read(fan_out.behind)
    assert await db.read(topic_store.newest_event) == 2
    seen = await db.read(lambda tx: topic_store.matching(tx, EVENTS, "prj_1", lambda name: True, 0, 0))
    assert seen.at == 2
    horizon.clear()
    assert await db.read(fan_out.behind)
    assert (await db.submit(fan_out.FanOut(lambda url: None).take)).events == 2


async def test_who_begins_to_read_begins_before_what_is_still_being_written(
    db: Database, horizon: dict[str, int]
) -> None:
    await publish(db, *"abc")
    await emit(db, *"abc")
    horizon |= {"topic_messages": 1, "events": 2}
    await db.submit(lambda tx: topic_store.subscribe(tx, "prj_1", "flow_2", "t", MESSAGES))
    await db.submit(fan_out.place_at_end)
    stands = await db.read(lambda tx: topic_store.cursor(tx, "flow_2", "t"))
    assert stands is not None and stands[0] == 1
    assert await db.read(fan_out.cursor) == 2


async def test_a_position_is_never_assigned_twice(db: Database) -> None:
    await publish(db, *"abc")
    await emit(db, *"abc")
    for table in ("topic_messages", "events"):
        await db.submit(lambda tx, table=table: tx.execute(f"DELETE FROM {table}").rowcount)
    await publish(db, "d")
    await emit(db, "d")
    assert [await last(db, table) for table in ("topic_messages", "events")] == [4, 4]


async def test_events_that_a_reader_has_not_taken_in_are_not_pruned(db: Database) -> None:
    await emit(db, *"abcd")
    await db.submit(lambda tx: fan_out.place(tx, 3))
    assert await db.submit(lambda tx: event_store.prune(tx, "evt_z")) == 3
    await db.submit(fan_out.drop_cursor)
    assert await db.submit(lambda tx: event_store.prune(tx, "evt_z")) == 1  # nobody reads
