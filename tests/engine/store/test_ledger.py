"""The ledger counts what is stored, in the transaction that stores it."""

import asyncio
from collections import Counter
from functools import partial
from pathlib import Path

import pytest

from engine.base.clock import to_iso
from engine.store import ledger, retention
from engine.store.database import Database
from engine.store.tx import Tx
from pieces import PieceError, Retry
from tests.engine.factories import Harness, case, delay, fails, flow, probe, router
from tests.support.clock import ManualClock
from tests.support.old_stores import contents, old_store
from tests.support.waiting import stored

pytestmark = pytest.mark.usefixtures("each_store")


async def counted(place: Harness, flow_id: str) -> dict[str, int]:
    """What the ledger has of a flow, over all hours: `kind reason` → count."""
    rows = await place.sy.db.submit(lambda tx: ledger.of_flows(tx, place.project, [flow_id], ""))
    found: Counter[str] = Counter()
    for row in rows:
        found[f"{row.kind} {row.reason}".strip()] += row.amount
    return dict(found)


async def test_an_event_is_received_and_its_run_started_and_ended(place: Harness) -> None:
    flow_id = await place.publish(flow(a=probe(1)))
    for _ in range(3):
        await place.ended(await place.start(flow_id))
    assert await counted(place, flow_id) == {
        "received": 3,
        "started event": 3,
        "ended succeeded": 3,
        "effects_confirmed": 3,
    }


async def test_a_duplicate_is_received_and_starts_nothing(place: Harness) -> None:
    flow_id = await place.publish(flow(a=probe(1)))
    for _ in range(3):
        await place.ended(await place.start(flow_id, headers={"Idempotency-Key": "one"}))
    found = await counted(place, flow_id)
    assert (found["received"], found["deduplicated"], found["started event"]) == (3, 2, 1)


async def test_events_of_one_commit_are_counted_one_by_one(place: Harness) -> None:
    flow_id = await place.publish(flow(a=probe(1)))
    runs = await asyncio.gather(*(place.start(flow_id) for _ in range(50)))
    for run_id in runs:
        await place.ended(run_id)
    found = await counted(place, flow_id)
    assert (found["received"], found["started event"], found["ended succeeded"]) == (50, 50, 50)


async def test_an_unrouted_event_is_counted(place: Harness) -> None:
    flow_id = await place.publish(flow(by=router(case("a", "a"), key="trigger.body.kind")))
    await place.ended(await place.start(flow_id, {"kind": "b"}))
    assert (await counted(place, flow_id))["unrouted"] == 1


async def test_effects_are_counted_with_each_attempt(place: Harness, clock: ManualClock) -> None:
    flow_id = await place.publish(flow(a=probe(retry={"attempts": 3})))
    place.probe.react = fails(2, Retry("not now"))
    assert (await place.ended(await place.start(flow_id), clock))["status"] == "succeeded"
    place.probe.react = fails(1, PieceError("no"))
    assert (await place.ended(await place.start(flow_id), clock))["status"] == "failed"
    found = await counted(place, flow_id)
    assert found["effects_failed retried"] == 2
    assert found["effects_confirmed"] == 1
    assert found["effects_failed"] == 1


async def test_an_effect_that_a_cancel_interrupts_is_unknown(place: Harness) -> None:
    flow_id = await place.publish(flow(a=probe(1)))
    place.probe.hold()
    run_id = await place.start(flow_id)
    await place.probe.called(1)
    await place.sy.runs.cancel(place.actor, run_id)

    async def known() -> bool:
        return "effects_unknown interrupted" in await counted(place, flow_id)

    await stored(place.sy.db, known)
    found = await counted(place, flow_id)
    assert (found["ended canceled"], found["effects_unknown interrupted"]) == (1, 1)


async def test_runs_of_other_origins_are_started_and_not_received(place: Harness) -> None:
    flow_id = await place.publish(flow(a=probe(1)))
    run_id = await place.start(flow_id)
    await place.ended(run_id)
    await place.ended(await place.sy.runs.retry(place.actor, run_id))
    await place.ended(await place.sy.runs.test(place.actor, flow_id, {"body": 1}))
    found = await counted(place, flow_id)
    assert found["received"] == 1
    assert [found[f"started {origin}"] for origin in ("event", "retry", "test")] == [1, 1, 1]


async def test_runs_that_end_with_their_flow_are_counted(place: Harness) -> None:
    flow_id = await place.publish(flow(a=delay(1000)))
    run_id = await place.start(flow_id)
    await place.until(run_id, "waiting")
    await place.sy.flows.delete(place.actor, flow_id)
    assert (await counted(place, flow_id))["ended canceled"] == 1


async def test_a_run_that_retention_deletes_is_forgotten(place: Harness) -> None:
    flow_id = await place.publish(flow(by=router(case("a", "a"), key="trigger.body.kind")))
    await place.ended(await place.start(flow_id, {"kind": "b"}))
    assert await place.sy.db.submit(lambda tx: retention.delete_old(tx, "run_z")) == 1
    found = await counted(place, flow_id)
    assert (found["forgotten succeeded"], found["forgotten_unrouted"]) == (1, 1)


# -- storing -------------------------------------------------------------------------------------------


async def count(place: Harness, kind: ledger.Kind, n: int, reason: str = "") -> None:
    await place.sy.db.submit(lambda tx: ledger.count(tx, "p", "f", kind, n, reason))


def rows(tx: Tx) -> list[ledger.Row]:
    return ledger.of_project(tx, "p", "")


async def test_a_change_that_fails_counts_nothing_and_its_neighbours_all(place: Harness) -> None:
    def change(tx: Tx, number: int) -> None:
        ledger.count(tx, "p", "f", "received")
        if number % 2:
            raise ValueError

    changes = [place.sy.db.submit(partial(change, number=number)) for number in range(10)]
    done = await asyncio.gather(*changes, return_exceptions=True)
    assert sum(isinstance(one, ValueError) for one in done) == 5
    assert [row.amount for row in await place.sy.db.submit(rows)] == [5]


async def test_each_hour_has_its_count_and_the_totals_have_all(place: Harness, clock: ManualClock) -> None:
    hour = clock.now() // 3600 * 3600
    for n in (1, 2, 4):
        await count(place, "rejected", n, "size")
        clock.advance(3600)
    found = await place.sy.db.submit(rows)
    assert [(row.hour, row.amount) for row in found] == [
        (to_iso(hour + 3600 * number)[:13], count) for number, count in enumerate((1, 2, 4))
    ]
    totals = await place.sy.db.submit(ledger.totals)
    assert totals["rejected", "size"] == 7


async def test_old_hours_are_carried_into_one_sum(place: Harness, clock: ManualClock) -> None:
    for n in (1, 2, 4):
        await count(place, "received", n)
        clock.advance(3600)
    before = to_iso(clock.now() - 3600)
    assert await place.sy.db.submit(lambda tx: ledger.carry(tx, before, 1)) == 1
    assert await place.sy.db.submit(lambda tx: ledger.carry(tx, before, 10)) == 1
    assert await place.sy.db.submit(lambda tx: ledger.carry(tx, before, 10)) == 0
    found = await place.sy.db.submit(rows)
    assert [(row.hour == ledger.OPENING, row.amount) for row in found] == [(True, 3), (False, 4)]


@pytest.mark.sqlite
@pytest.mark.parametrize("name", ["1", "8"])
def test_the_ledger_of_an_older_store_begins_with_its_runs(name: str, tmp_path: Path) -> None:
    path = old_store(name, tmp_path / "old.db")
    db = Database(path, "fast")
    db.open()
    db.close()
    after = contents(path)
    found: Counter[tuple[str, str, str]] = Counter()
    for row in after["ledger"]:
        found[row["flow_id"], row["kind"], row["reason"]] += row["count"]
    runs = after["runs"]
    assert runs
    for flow_id in {run["flow_id"] for run in runs}:
        mine = [run for run in runs if run["flow_id"] == flow_id]
        started = sum(n for (of, kind, _), n in found.items() if (of, kind) == (flow_id, "started"))
        assert started == len(mine)
        for status in ("succeeded", "failed", "canceled", "timed_out"):
            ended = [run for run in mine if run["status"] == status]
            assert found[flow_id, "ended", status] == len(ended)
            assert all(run["finished"] for run in ended)
    received = sum(row["count"] for row in after["ledger_totals"] if row["kind"] == "received")
    assert received == sum(n for (_, kind, _), n in found.items() if kind == "received")
