"""Events delivered, or visibly not: over real sockets, with a clock that is moved."""

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
import pytest

from engine.destinations.message import AttemptResult
from engine.destinations.retry_policy import MOST_TRIES
from engine.store.tx import Tx
from tests.engine.destinations.fixtures import delivering, target
from tests.support.waiting import forever, stored, until

ACTIVE = "event_destination.activated"


async def test_an_event_is_delivered_once_it_is_committed(tmp_path: Path) -> None:
    async with target() as receiver, delivering(tmp_path) as y:
        project = await y.project()
        out = await y.make(project, receiver.url("/x"), headers={"X-Key": "very secret"})
        (event,) = await y.say(project, "one")
        (row,) = await y.until(out, "delivered")
        assert receiver.got == [("/x", event)]
        shown = await y.out.delivery(project, row.id)
        assert shown["attempts"][0]["request"]["body"] == orjson.dumps(shown["event"]).decode()
        assert "very secret" not in str(shown)
        assert (await y.out.get(project, out)).last_delivered is not None


async def test_a_failure_is_tried_again_on_schedule_under_the_same_id(tmp_path: Path) -> None:
    async with target() as receiver, delivering(tmp_path, draw=0.999) as y:
        project = await y.project()
        out = await y.make(project, receiver.url())
        receiver.reply = lambda path, id: (500, "")
        await y.say(project, "one")
        (row,) = await y.until(out, "pending", attempts=1)
        assert row.reason == "The target answered 500."
        y.later(4.9)
        await y.quiet()
        assert len(receiver.got) == 1  # not before its time
        receiver.reply = lambda path, id: (200, "")
        y.later(0.2)
        (row,) = await y.until(out, "delivered", attempts=2)
        assert len(set(receiver.got)) == 1
        tries = (await y.out.delivery(project, row.id))["attempts"]
        assert [(one["kind"], one["why"], one["manual"]) for one in tries] == [
            ("status", "try 2 of 10", False), ("ok", "", False),
        ]  # fmt: skip


async def test_after_the_last_try_it_is_dead_and_can_be_sent_again(tmp_path: Path) -> None:
    async with target() as receiver, delivering(tmp_path) as y:
        project = await y.project()
        out = await y.make(project, receiver.url(), options={"disable_after_h": 1000})
        receiver.reply = lambda path, id: (500, "")
        await y.say(project, "one")
        for number in range(1, MOST_TRIES):
            await y.until(out, "pending", attempts=number)
            y.later(90_000)
        (row,) = await y.until(out, "dead", attempts=MOST_TRIES)
        assert "try 10 of 10" in row.reason
        receiver.reply = lambda path, id: (200, "")
        await y.out.resend(y.actor(project), project, row.id)
        (row,) = await y.until(out, "delivered")
        tries = (await y.out.delivery(project, row.id))["attempts"]
        assert tries[-1]["manual"] and not tries[-2]["manual"]
        assert len(set(receiver.got)) == 1


async def test_410_switches_the_destination_off_and_holds_what_follows(tmp_path: Path) -> None:
    async with target() as receiver, delivering(tmp_path) as y:
        project = await y.project()
        out = await y.make(project, receiver.url(), "flow.created")
        receiver.reply = lambda path, id: (410, "")
        await y.say(project, "one")
        await y.until(out, "held")

        async def inactive() -> Any:
            known = await y.out.get(project, out)
            return known if known.status == "inactive" else None

        known = await stored(y.db, inactive)
        assert known.reason.startswith("gone")
        await y.say(project, "two")
        await y.until(out, "held", "held")
        assert len(receiver.got) == 1
        assert "event_destination.deactivated" in await y.actions()
        receiver.reply = lambda path, id: (200, "")
        await y.out.enable(y.actor(project), project, out)
        await y.until(out, "held", "held")  # a person says what becomes of them
        assert await y.out.release(y.actor(project), project, out) == 2
        await y.until(out, "delivered", "delivered")
        assert "event_destination.released" in await y.actions()


@pytest.mark.parametrize(("line", "seconds"), [("retry-after: 600\r\n", 600), ("", 3)])
async def test_an_overloaded_target_is_left_in_peace_as_a_whole(
    line: str, seconds: float, tmp_path: Path
) -> None:
    async with target() as receiver, delivering(tmp_path) as y:
        project = await y.project()
        out = await y.make(project, receiver.url())
        receiver.reply = lambda path, id: (503, line)
        await y.say(project, "one")
        await y.until(out, "pending", attempts=1)
        receiver.reply = lambda path, id: (200, "")
        await y.say(project, "two")
        await y.until(out, "pending", "pending", attempts=1)
        y.later(seconds - 1)
        await y.quiet()
        assert len(receiver.got) == 1
        y.later(20)
        await y.until(out, "delivered", "delivered")


async def test_a_target_that_is_down_costs_probes_and_not_everybodys_attempts(tmp_path: Path) -> None:
    async with target() as receiver, delivering(tmp_path) as y:
        project = await y.project()
        out = await y.make(project, receiver.url())
        receiver.reply = lambda path, id: (500, "")
        await y.say(project, *map(str, range(40)))
        await y.until(out, *["pending"] * 40, attempts=5)
        for probes in range(1, 5):
            y.later(10 * 2**probes)
            await y.until(out, *["pending"] * 40, attempts=5 + probes)
        receiver.reply = lambda path, id: (200, "")
        y.later(1000)
        await y.until(out, *["delivered"] * 40)


async def test_a_mended_address_is_tried_at_once(tmp_path: Path) -> None:
    async with target() as receiver, delivering(tmp_path) as y:
        project = await y.project()
        out = await y.make(project, receiver.url())
        receiver.reply = lambda path, id: ((200 if path == "/right" else 404), "")
        await y.say(project, *map(str, range(10)))
        await y.until(out, *["pending"] * 10, attempts=5)
        await y.out.update(y.actor(project), project, out, {"url": receiver.url("/right")})
        await until(lambda: len(receiver.ids("/right")) == 5)  # those that were not tried yet
        y.later(10)
        await y.until(out, *["delivered"] * 10)


async def test_what_is_sent_again_by_hand_is_what_a_failing_target_is_asked_next(tmp_path: Path) -> None:
    async with target() as receiver, delivering(tmp_path) as y:
        project = await y.project()
        out = await y.make(project, receiver.url())
        receiver.reply = lambda path, id: (500, "")
        await y.say(project, *map(str, range(10)))
        *_, last = await y.until(out, *["pending"] * 10, attempts=5)
        assert last.attempts == 0
        await y.out.resend(y.actor(project), project, last.id)
        *_, last = await y.until(out, *["pending"] * 10, attempts=6)
        assert (last.attempts, receiver.ids()[-1]) == (1, last.event_id)


async def test_nothing_but_failures_for_too_long_switches_it_off_and_says_so(tmp_path: Path) -> None:
    async with target() as receiver, delivering(tmp_path) as y:
        project = await y.project()
        out = await y.make(project, receiver.url(), options={"disable_after_h": 24})
        receiver.reply = lambda path, id: (500, "")
        await y.say(project, "one")
        await y.until(out, "pending", attempts=1)
        assert (await y.out.get(project, out)).failing_since is not None
        y.later(23 * 3600)
        await y.until(out, "pending", attempts=2)
        y.later(2 * 3600)
        await y.until(out, "held", attempts=3)
        known = await y.out.get(project, out)
        assert (known.status, known.held) == ("inactive", 1)
        assert known.reason.startswith("nothing but failures since")
        assert (await y.actions())[-1] == "event_destination.deactivated"


async def test_while_it_is_off_events_are_held_counted_and_can_be_discarded(tmp_path: Path) -> None:
    async with target() as receiver, delivering(tmp_path) as y:
        project = await y.project()
        out = await y.make(project, receiver.url())
        await y.out.disable(y.actor(project), project, out)
        await y.say(project, "one", "two", "three")
        await y.until(out, "held", "held", "held")
        assert (await y.out.get(project, out)).held == 3
        assert (await y.out.statistics(project, out)).held == 3
        assert (await y.actions()).count("event_destination.held") == 1
        assert await y.out.discard(y.actor(project), project, out) == 3
        (first, *_) = await y.until(out, "discarded", "discarded", "discarded")
        await y.out.enable(y.actor(project), project, out)
        await y.out.resend(y.actor(project), project, first.id)
        await y.until(out, "delivered", "discarded", "discarded")
        assert len(receiver.got) == 1


async def test_one_that_is_off_holds_nothing_that_tells_of_itself(tmp_path: Path) -> None:
    async with target() as receiver, delivering(tmp_path) as y:
        project = await y.project()
        other = await y.make(project, receiver.url("/other"), "event_destination.*")
        told = "delivered"
        await y.until(other, told)  # of its own making
        out = await y.make(project, receiver.url(), "flow.created", "event_destination.*")
        await y.until(out, told)
        await y.out.disable(y.actor(project), project, out)
        await y.say(project, "one")
        await y.until(out, told, "discarded", "held", "discarded")  # switched off, the event, that it is held
        assert await y.out.discard(y.actor(project), project, out) == 1
        rows = await y.until(out, told, "discarded", "discarded", "discarded", "discarded")
        assert {row.reason for row in rows if row.action.startswith("event_destination.") and row.reason} == {
            "it tells of this destination, which was not active"
        }
        assert (await y.out.get(project, out)).held == 0
        await y.until(other, *[told] * 5)  # made, made, switched off, held, discarded


async def test_one_that_waits_is_held_when_its_destination_is_switched_off(tmp_path: Path) -> None:
    async with target() as receiver, delivering(tmp_path) as y:
        project = await y.project()
        out = await y.make(project, receiver.url())
        receiver.reply = lambda path, id: (500, "")
        await y.say(project, "one")
        await y.until(out, "pending", attempts=1)
        await y.out.disable(y.actor(project), project, out)
        await y.until(out, "held")
        y.later(100_000)
        await y.quiet()
        assert len(receiver.got) == 1


async def test_those_of_one_key_go_in_order_and_a_failing_one_blocks_no_other_key(tmp_path: Path) -> None:
    async with target() as receiver, delivering(tmp_path) as y:
        project = await y.project()
        options = {"order_key": "data.flow.id", "concurrency": 8}
        out = await y.make(project, receiver.url(), options=options)
        names = ["a", "b", "a", "c", "b", "a", "c", "a"]
        key_of: dict[str, str] = {}
        down = {"a"}

        def reply(path: str, id: str) -> tuple[int, str]:
            return (500 if key_of.get(id) in down else 200), ""

        receiver.reply = reply
        # The receiver must know the keys before anything arrives.
        await y.out.disable(y.actor(project), project, out)
        ids = await y.say(project, *names)
        key_of.update(zip(ids, names, strict=True))
        await y.until(out, *["held"] * 8)
        await y.out.enable(y.actor(project), project, out)
        await y.out.release(y.actor(project), project, out)
        waits = ["pending" if name == "a" else "delivered" for name in names]
        rows = await y.until(out, *waits, attempts=5)
        assert [row.event_id for row in rows] == ids
        assert [row.attempts for row in rows if row.status == "pending"] == [1, 0, 0, 0]
        down.clear()
        more = await y.say(project, "a")
        y.later(10)
        await y.until(out, *["delivered"] * 9)
        for name in "abc":
            expected = [id for id in ids if key_of[id] == name] + (more if name == "a" else [])
            taken = [id for id in receiver.ids() if id in expected]
            assert list(dict.fromkeys(taken)) == expected


async def test_a_project_hears_only_of_itself_and_the_platform_of_all(tmp_path: Path) -> None:
    async with target() as receiver, delivering(tmp_path) as y:
        one, two = await y.project("One"), await y.project("Two")
        mine = await y.make(one, receiver.url("/one"))
        everything = await y.make(None, receiver.url("/all"))
        (first,) = await y.say(one, "a")
        (second,) = await y.say(two, "b")
        await y.until(mine, "delivered")
        await y.until(everything, "delivered", "delivered")
        assert receiver.ids("/one") == [first]
        assert sorted(receiver.ids("/all")) == sorted([first, second])
        assert y.interest.wants(one, "flow.created") and not y.interest.wants(None, "flow.deleted")


async def test_a_flow_that_led_to_an_event_is_not_told_of_it(tmp_path: Path) -> None:
    async with target() as receiver:
        where = receiver.url("/webhooks/flow_b")
        async with delivering(tmp_path, flow_at=lambda url: "flow_b" if url == where else None) as y:
            project = await y.project()
            out = await y.make(project, where)
            await y.say(project, "x", lineage=("flow_a", "flow_b"))
            await y.say(project, "y", lineage=("flow_a",))
            cut, _ = await y.until(out, "cut", "delivered")
            assert "circle" in cut.reason
            assert len(receiver.got) == 1


async def test_what_was_on_its_way_when_the_process_ended_comes_again_under_the_same_id(
    tmp_path: Path,
) -> None:
    class Stuck:
        async def send(self, target: Any, messages: Sequence[Any]) -> AttemptResult:
            await forever()
            raise AssertionError

    async with target() as receiver, delivering(tmp_path, sender=Stuck()) as y:
        project = await y.project()
        out = await y.make(project, receiver.url())
        (event,) = await y.say(project, "one")
        await until(lambda: y.out.engine.dispatch.flying[0])
        for task in y.out.engine._tasks:
            task.cancel()  # rather than wait for its grace
        await y.again(sender=None)
        (row,) = await y.until(out, "delivered")
        assert (row.attempts, receiver.ids()) == (1, [event])


async def test_a_dead_target_keeps_no_other_from_being_told(tmp_path: Path) -> None:
    async with target() as receiver, target() as dead, delivering(tmp_path) as y:
        dead.gate = asyncio.Event()
        project = await y.project()
        for number in range(20):
            await y.make(project, dead.url(f"/{number}"), options={"timeout_s": 60})
        out = await y.make(project, receiver.url())
        for number in range(10):
            await y.say(project, str(number))
            await y.until(out, *["delivered"] * (number + 1))
        assert len(dead.got) == 20  # one each, until it has shown that it answers
        dead.gate.set()


async def test_a_deleted_destination_leaves_nothing(tmp_path: Path) -> None:
    async with target() as receiver, delivering(tmp_path) as y:
        project = await y.project()
        out = await y.make(project, receiver.url())
        await y.say(project, "one", "two")
        await y.until(out, "delivered", "delivered")
        await y.out.delete(y.actor(project), project, out)
        await y.until(out)
        await y.db.submit(y.out.engine.fan_out.take)  # as one that was under way meanwhile
        assert await y.out.list(project) == []
        assert not y.interest.wants(project, "flow.created")
        counts = await y.db.read(
            lambda tx: [
                tx.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                for table in ("delivery_attempts", "cursors")
            ]
        )
        assert counts == [0, 0]


async def test_a_new_listener_is_not_told_of_what_was_before(tmp_path: Path) -> None:
    async with target() as receiver, delivering(tmp_path) as y:
        project = await y.project()
        await y.say(project, "before")
        out = await y.make(project, receiver.url())
        (event,) = await y.say(project, "after")
        await y.until(out, "delivered")
        assert receiver.ids() == [event]


async def test_each_event_is_taken_once_whatever_becomes_of_the_process_between(tmp_path: Path) -> None:
    async with target() as receiver, delivering(tmp_path) as y:
        project = await y.project()
        out = await y.make(project, receiver.url())
        ids = []
        for number in range(5):
            ids += await y.say(project, f"{number}a", f"{number}b")
            await y.again()
        await y.until(out, *["delivered"] * 10)
        assert sorted(receiver.ids()) == sorted(ids)


async def test_a_file_that_is_vacuumed_keeps_its_readers_where_they_were(tmp_path: Path) -> None:
    async with target() as receiver, delivering(tmp_path) as y:
        project = await y.project()
        out = await y.make(project, receiver.url())
        before = await y.say(project, "a", "b", "c")
        await y.until(out, *["delivered"] * 3)

        def leave_a_hole(tx: Tx) -> None:
            tx.execute("DELETE FROM events WHERE position < (SELECT at FROM cursors)")

        await y.db.submit(leave_a_hole)
        with closing(sqlite3.connect(y.db.path)) as connection:
            connection.execute("VACUUM")  # numbers rows anew where their number is not a column
        await y.again()
        after = await y.say(project, "d")
        await y.until(out, *["delivered"] * 4)
        assert sorted(receiver.ids()) == sorted(before + after)
