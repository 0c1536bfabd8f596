"""Runs of the last day, by the hours of the ledger."""

from collections.abc import Callable

import pytest

from engine.store import ledger
from engine.store.activity import SLOTS, last_day
from engine.store.tx import Tx
from tests.engine.factories import Harness
from tests.support.clock import ManualClock

pytestmark = pytest.mark.usefixtures("each_store")

HOUR = 3600


async def counted(place: Harness, work: Callable[[Tx], None]) -> None:
    await place.sy.db.write(work)


async def test_runs_are_counted_in_the_hour_of_their_start_and_failures_in_that_of_their_end(
    place: Harness, clock: ManualClock
) -> None:
    def count(tx: Tx) -> None:
        ledger.count(tx, "prj_a", "flow_a", "started", 3, "event")
        ledger.count(tx, "prj_a", "flow_a", "started", 1, "retry")
        ledger.count(tx, "prj_a", "flow_a", "started", 9, "test", "test")
        ledger.count(tx, "prj_a", "flow_a", "ended", 2, "succeeded")
        ledger.count(tx, "prj_a", "flow_a", "ended", 1, "failed")
        ledger.count(tx, "prj_a", "flow_a", "ended", 1, "canceled")
        ledger.count(tx, "prj_b", "flow_b", "started", 1, "event")

    await counted(place, count)
    clock.advance(HOUR)
    await counted(place, lambda tx: ledger.count(tx, "prj_a", "flow_a", "ended", 1, "timed_out"))
    now = clock.now()
    found = await place.sy.db.read(lambda tx: last_day(tx, "prj_a", ["flow_a", "flow_b", "flow_c"], now))
    assert found.keys() == {"flow_a"}
    day = found["flow_a"]
    assert len(day.runs) == SLOTS
    assert (day.runs[-2:], day.failed[-2:]) == ([4, 0], [1, 1])
    later = now + (SLOTS - 1) * HOUR
    found = await place.sy.db.read(lambda tx: last_day(tx, "prj_a", ["flow_a"], later))
    assert (sum(found["flow_a"].runs), sum(found["flow_a"].failed)) == (0, 1), "the first hour is over"


async def test_what_is_older_than_a_day_is_left_out(place: Harness, clock: ManualClock) -> None:
    await counted(place, lambda tx: ledger.count(tx, "prj_a", "flow_a", "started", 3, "event"))
    later = clock.now() + SLOTS * HOUR
    assert await place.sy.db.read(lambda tx: last_day(tx, "prj_a", ["flow_a"], later)) == {}
    assert await place.sy.db.read(lambda tx: last_day(tx, "prj_a", [], later)) == {}
