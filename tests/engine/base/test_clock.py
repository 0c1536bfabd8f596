"""The one source of time, and the clock that a test moves."""

import asyncio

import pytest

from engine.base import clock as base
from engine.base.ids import new_id
from tests.support.clock import ManualClock, manual_clock
from tests.support.waiting import forever, idle, turns


def test_times_are_iso_8601_in_utc_and_sort_as_text() -> None:
    moments = [0.0, 1.5, 1_772_532_930.0, 1_772_532_930.5]
    texts = [base.to_iso(moment) for moment in moments]
    assert texts[2:] == ["2026-03-03T10:15:30.000Z", "2026-03-03T10:15:30.500Z"]
    assert texts == sorted(texts) and [base.from_iso(text) for text in texts] == moments
    assert base.from_iso("2026-03-03T11:15:30+01:00") == base.from_iso("2026-03-03T10:15:30") == moments[2]


async def test_the_system_s_clock_goes_by_itself() -> None:
    began = base.monotonic()
    called = asyncio.Event()
    base.call_later(0.001, called.set)
    await called.wait()
    await base.sleep(0.001)
    assert base.monotonic() > began
    assert abs(base.utc().timestamp() - base.now()) < 60
    with pytest.raises(TimeoutError):
        async with base.timeout(0.001):
            await forever()


def test_a_manual_clock_stands_still_until_it_is_moved() -> None:
    with manual_clock("2026-03-03T10:15:30Z") as manual:
        began = base.monotonic()
        assert base.now_iso() == base.now_iso() == "2026-03-03T10:15:30.000Z"
        manual.advance(90)
        assert (base.now_iso(), base.monotonic() - began) == ("2026-03-03T10:17:00.000Z", 90)
        assert new_id("x")[:12] == new_id("x", at=manual.now())[:12]
    assert base.now() > base.from_iso("2026-03-03T12:00:00Z")


async def test_setting_the_wall_clock_lets_no_time_go_by(clock: ManualClock) -> None:
    fired: list[float] = []
    base.call_later(10, lambda: fired.append(base.now()))
    began = base.now()
    for hours in (26, -52):
        clock.set_wall(hours * 3600)
        await idle()
    assert (base.now() - began, fired, clock.waiting) == (-26 * 3600, [], [10])
    clock.advance(10)
    await idle()
    assert fired == [began - 26 * 3600 + 10]


async def test_what_is_due_is_called_in_order_and_what_was_canceled_is_not(clock: ManualClock) -> None:
    called: list[str] = []
    base.call_later(3, called.append, "third")
    base.call_later(1, called.append, "first")
    base.call_later(2, called.append, "canceled").cancel()
    base.call_later(2, called.append, "second")
    clock.advance(2.999)
    await idle()
    assert called == ["first", "second"]
    clock.advance(0.001)
    await idle()
    assert called == ["first", "second", "third"] and clock.waiting == []


async def test_a_timer_that_is_canceled_by_one_that_is_due_with_it_is_not_called(clock: ManualClock) -> None:
    called: list[str] = []
    later = base.call_later(2, called.append, "later")
    base.call_later(1, later.cancel)
    clock.advance(5)
    await idle()
    assert called == []


async def test_a_timeout_and_a_sleep_end_when_the_clock_says_so(clock: ManualClock) -> None:
    async def hurried() -> str:
        try:
            async with base.timeout(30):
                await base.sleep(60)
        except TimeoutError:
            return "too late"
        return "in time"

    task = asyncio.ensure_future(hurried())
    await turns()
    clock.advance(29)
    await idle()
    assert not task.done()
    clock.advance(1)
    assert await task == "too late"
    assert clock.waiting == []
    async with base.timeout(30) as scope:
        await turns()
    assert not scope.expired() and clock.waiting == []


async def test_work_that_waits_again_and_again_is_driven_to_its_end(clock: ManualClock) -> None:
    async def work() -> float:
        began = base.monotonic()
        for _ in range(5):
            await base.sleep(2)
        return base.monotonic() - began

    assert await clock.drive(work(), step=1) == pytest.approx(10)
