"""Timers by the wall clock, whatever is done to it."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable

import pytest

from engine.base import clock
from engine.triggers.timers import Timers
from tests.engine.factories import until

DAY = 86_400.0


class Hands:
    """Of a clock that stands where the test sets it."""

    now = 1_000_000.0

    def read(self) -> float:
        return self.now


def every(step: float) -> Callable[[float], float]:
    return lambda now: (math.floor(now / step) + 1) * step


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Hands:
    made = Hands()
    monkeypatch.setattr(clock, "now", made.read)
    return made


@pytest.fixture
async def timers(hands: Hands) -> AsyncIterator[Timers]:
    made = Timers()
    made.start()
    yield made
    await made.stop()


async def test_a_timer_fires_when_the_clock_has_come_so_far(timers: Timers, hands: Hands) -> None:
    fired: list[float] = []

    async def fire() -> None:
        fired.append(clock.now())

    timers.arm("one", every(600), fire)
    assert timers.due("one") == 1_000_200
    hands.now = 1_000_200.5
    timers.look()
    await until(lambda: fired == [1_000_200.5])
    assert timers.due("one") == 1_000_800
    timers.look()
    timers.arm("one", every(600), fire, at_once=True)
    await until(lambda: len(fired) == 2)
    timers.disarm("one")
    timers.disarm("one")
    assert timers.ids() == set() and timers.due("one") is None


async def test_a_timer_that_slept_over_many_times_fires_once(timers: Timers, hands: Hands) -> None:
    fired: list[float] = []

    async def fire() -> None:
        fired.append(clock.now())

    timers.arm("one", every(600), fire)
    hands.now += 26 * 3600
    timers.look()
    await until(lambda: fired == [hands.now])
    assert timers.due("one") == every(600)(hands.now)


@pytest.mark.parametrize("hours", [-26, -1, 26])
async def test_timers_go_by_a_clock_that_was_set(timers: Timers, hands: Hands, hours: int) -> None:
    fired: list[float] = []

    async def fire() -> None:
        fired.append(clock.now())

    timers.arm("often", every(600), fire)
    timers.arm("daily", every(DAY), fire)
    hands.now += hours * 3600
    timers.look()
    if hours > 0:
        await until(lambda: len(fired) == 2)
    assert timers.due("often") == every(600)(hands.now)
    assert timers.due("daily") == every(DAY)(hands.now)
    fired.clear()
    hands.now = every(600)(hands.now)
    timers.look()
    await until(lambda: fired == [hands.now])


async def test_a_timer_that_comes_no_more_is_gone(timers: Timers, hands: Hands) -> None:
    fired: list[float] = []

    async def fire() -> None:
        fired.append(clock.now())

    timers.arm("last", lambda now: 1_000_100.0 if now < 1_000_100 else None, fire)
    hands.now = 1_000_100.0
    timers.look()
    await until(lambda: fired == [1_000_100])
    assert timers.ids() == set()
    timers.arm("never", lambda now: None, fire)
    assert timers.ids() == set()


async def test_a_stop_cancels_what_is_firing(timers: Timers, hands: Hands) -> None:
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
