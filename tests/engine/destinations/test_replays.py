"""Deliveries of a span of time, sent again."""

from pathlib import Path

import pytest

from engine.base import clock
from engine.base.errors import BadInput, Conflict
from engine.destinations import forget_deliveries
from engine.destinations.records import ReplayRecord
from tests.engine.destinations.fixtures import DeliveryHarness, delivering, target
from tests.support.waiting import stored, until

LONG_AGO = "2020-01-01T00:00:00Z"


async def finished(y: DeliveryHarness, project: str, out: str) -> ReplayRecord:
    async def ask() -> ReplayRecord | None:
        last = (await y.out.replays(project, out))[0]
        return None if last.state == "running" else last

    return await stored(y.db, ask)  # type: ignore[return-value]


async def failed(y: DeliveryHarness, project: str, out: str, *names: str) -> None:
    """Events whose deliveries are dead."""
    await y.say(project, *names)
    await y.until(out, *["delivered"] * len(names))
    await y.db.submit(lambda tx: tx.execute("UPDATE deliveries SET status = 'dead'"))


async def test_all_that_failed_goes_again_in_its_order_and_under_its_ids(tmp_path: Path) -> None:
    async with target() as receiver, delivering(tmp_path) as y:
        project = await y.project()
        out = await y.make(project, receiver.url(), options={"concurrency": 1})
        await failed(y, project, out, *map(str, range(250)))
        first = receiver.ids()
        receiver.got.clear()
        begun = await y.out.replay(y.actor(project), project, out, since=LONG_AGO)
        assert (begun.total, begun.done, begun.state) == (250, 0, "running")
        ended = await finished(y, project, out)
        assert (ended.total, ended.done, ended.state) == (250, 250, "finished")
        await y.until(out, *["delivered"] * 250)
        assert receiver.ids() == first


async def test_it_takes_what_it_was_asked_for(tmp_path: Path) -> None:
    async with target() as receiver, delivering(tmp_path) as y:
        project = await y.project()
        out = await y.make(project, receiver.url())
        await failed(y, project, out, "a")
        await y.say(project, "b")
        await y.until(out, "dead", "delivered")
        actor = y.actor(project)
        past = await y.out.replay(actor, project, out, since=LONG_AGO, until="2021-01-01")
        assert (past.total, (await finished(y, project, out)).done) == (0, 0)
        only = await y.out.replay(actor, project, out, since=LONG_AGO)
        assert only.total == 1
        await y.until(out, "delivered", "delivered")
        everything = await y.out.replay(actor, project, out, since=LONG_AGO, only="all")
        assert everything.total == 2
        await finished(y, project, out)
        await y.until(out, "delivered", "delivered", attempts=5)


async def test_one_that_was_broken_off_goes_on_where_it_was(tmp_path: Path) -> None:
    async with target() as receiver, delivering(tmp_path) as y:
        project = await y.project()
        out = await y.make(project, receiver.url(), options={"concurrency": 2})
        await failed(y, project, out, *map(str, range(300)))
        receiver.got.clear()
        await y.out.replay(y.actor(project), project, out, since=LONG_AGO)
        await until(lambda: receiver.got)
        await y.again()
        ended = await finished(y, project, out)
        assert ended.done == 300
        await y.until(out, *["delivered"] * 300)
        assert len(set(receiver.ids())) == 300


async def test_what_cannot_be_replayed_says_why(tmp_path: Path) -> None:
    async with target() as receiver, delivering(tmp_path) as y:
        project = await y.project()
        actor, out = y.actor(project), await y.make(project, receiver.url())
        for field, asked in (
            ("since", {"since": "yesterday"}),
            ("until", {"since": LONG_AGO, "until": "never"}),
            ("until", {"since": LONG_AGO, "until": "2019-01-01"}),
            ("only", {"since": LONG_AGO, "only": "some"}),
        ):
            with pytest.raises(BadInput) as error:
                await y.out.replay(actor, project, out, **asked)
            assert error.value.field == field
        await y.out.disable(actor, project, out)
        with pytest.raises(Conflict):
            await y.out.replay(actor, project, out, since=LONG_AGO)


async def test_deliveries_are_listed_by_page_and_by_what_they_are(tmp_path: Path) -> None:
    async with target() as receiver, delivering(tmp_path) as y:
        project = await y.project()
        out, other = await y.make(project, receiver.url()), await y.make(project, receiver.url("/b"))
        ids = await y.say(project, *map(str, range(7)))
        await y.until(out, *["delivered"] * 7)
        await y.until(other, *["delivered"] * 7)
        seen, cursor = [], None
        while True:
            page = await y.out.deliveries(project, out, limit=3, cursor=cursor)
            seen += [row.event_id for row in page.data]
            cursor = page.next
            if cursor is None:
                break
        assert seen == ids[::-1]
        assert len((await y.out.deliveries(project)).data) == 14
        assert len((await y.out.deliveries(project, event_id=ids[0])).data) == 2
        assert (await y.out.deliveries(project, out, status="dead")).data == []
        assert (await y.out.deliveries(project, out, action="flow.deleted")).data == []
        now = clock.to_iso(y.clock.now() + 5)
        assert (await y.out.deliveries(project, out, since=now)).data == []
        assert len((await y.out.deliveries(project, out, since=LONG_AGO, until=now)).data) == 7
        for field, value in (("status", "odd"), ("since", "x"), ("cursor", "x")):
            with pytest.raises(BadInput) as error:
                await y.out.deliveries(project, out, **{field: value})
            assert error.value.field == field


async def test_figures_tell_what_was_delivered_and_how_long_it_took(tmp_path: Path) -> None:
    async with target() as receiver, delivering(tmp_path) as y:
        project = await y.project()
        out = await y.make(project, receiver.url())
        nothing = await y.out.statistics(project, out)
        assert (nothing.delivered, nothing.success_rate, nothing.p50_ms) == (0, None, None)
        await y.say(project, "a", "b", "c")
        await y.until(out, *["delivered"] * 3)
        receiver.reply = lambda path, id: (500, "")
        await y.say(project, "d")
        await y.until(out, "delivered", "delivered", "delivered", "pending", attempts=4)
        found = await y.out.statistics(project, out, hours=1)
        assert (found.delivered, found.failed, found.pending, found.success_rate) == (3, 1, 1, 0.75)
        assert found.p50_ms is not None and found.p95_ms is not None and found.p50_ms <= found.p95_ms
        assert sum(bucket.delivered for bucket in found.buckets) == 3
        assert [bucket.at for bucket in found.buckets] == sorted(bucket.at for bucket in found.buckets)
        with pytest.raises(BadInput):
            await y.out.statistics(project, out, hours=0)


async def test_old_deliveries_are_forgotten_and_those_not_at_their_end_are_not(tmp_path: Path) -> None:
    async with target() as receiver, delivering(tmp_path) as y:
        project = await y.project()
        out = await y.make(project, receiver.url())
        await y.say(project, "a", "b")
        await y.until(out, "delivered", "delivered")
        await y.out.disable(y.actor(project), project, out)
        await y.say(project, "c")
        await y.until(out, "delivered", "delivered", "held")
        before = clock.to_iso(y.clock.now() - 60)
        assert await y.db.submit(lambda tx: forget_deliveries(tx, before)) == 0
        before = clock.to_iso(y.clock.now() + 60)
        assert await y.db.submit(lambda tx: forget_deliveries(tx, before)) == 2
        await y.until(out, "held")
