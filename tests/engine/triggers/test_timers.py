"""Timers by the wall clock, whatever is done to it."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable

import pytest

from engine.triggers.timers import Timers
from tests.support.clock import ManualClock
from tests.support.waiting import idle, until

DAY = 86_400.0


def every(step: float) -> Callable[[float], float]:
    return lambda now: (math.floor(now / step) + 1) * step


@pytest.fixture
async def timers(clock: ManualClock) -> AsyncIterator[Timers]:
    made = Timers()
    made.start()
    yield made
    await made.stop()


async def test_a_timer_fires_when_the_clock_has_come_so_far(timers: Timers, clock: ManualClock) -> None:
    fired: list[float] = []

    async def fire() -> None:
        fired.append(clock.now())

    timers.arm("one", every(600), fire)
    due = every(600)(clock.now())
    assert timers.due("one") == due
    await idle()
    clock.advance(due - clock.now() - 1)
    await idle()
    assert fired == []
    clock.advance(1)
    await until(lambda: fired == [due])
    assert timers.due("one") == due + 600
    timers.arm("one", every(600), fire, at_once=True)
    await until(lambda: len(fired) == 2)
    timers.disarm("one")
    timers.disarm("one")
    assert timers.ids() == set() and timers.due("one") is None


async def test_a_timer_that_slept_over_many_times_fires_once(timers: Timers, clock: ManualClock) -> None:
    fired: list[float] = []

    async def fire() -> None:
        fired.append(clock.now())

    timers.arm("one", every(600), fire)
    await idle()
    clock.advance(26 * 3600)
    await until(lambda: fired == [clock.now()])
    assert timers.due("one") == every(600)(clock.now())


@pytest.mark.parametrize("hours", [-26, -1, 26])
async def test_timers_go_by_a_clock_that_was_set(timers: Timers, clock: ManualClock, hours: int) -> None:
    fired: list[float] = []

    async def fire() -> None:
        fired.append(clock.now())

    timers.arm("often", every(600), fire)
    timers.arm("daily", every(DAY), fire)
    await idle()
    clock.set_wall(hours * 3600)
    clock.advance(10)
    await idle()
    assert len(fired) == (2 if hours > 0 else 0)
    assert timers.due("often") == every(600)(clock.now())
    assert timers.due("daily") == every(DAY)(clock.now())
    fired.clear()
    clock.advance(every(600)(clock.now()) - clock.now())
    await until(lambda: fired == [clock.now()])


async def test_a_timer_that_comes_no_more_is_gone(timers: Timers, clock: ManualClock) -> None:
    fired: list[float] = []

    async def fire() -> None:
        fired.append(clock.now())

    last = clock.now() + 100
    timers.arm("last", lambda now: last if now < last else None, fire)
    await idle()
    clock.advance(100)
    await until(lambda: fired == [last])
    assert timers.ids() == set()
    timers.arm("never", lambda now: None, fire)
    assert timers.ids() == set()


async def test_a_stop_cancels_what_is_firing(timers: Timers, clock: ManualClock) -> None:
    began, canceled = asyncio.Event(), asyncio.Event()

    async def fire() -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            canceled.set()
            raise

    timers.arm("one", every(600), fire, at_once=True)
    await began.wait()
    await timers.stop()
    assert canceled.is_set()
