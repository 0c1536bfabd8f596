"""Deliveries when somebody sets the wall clock 26 hours back or forward."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.engine.destinations.fixtures import DeliveryHarness, delivering, target

DAY_AND_MORE = 26 * 3600


@pytest.fixture
async def y(tmp_path: Path) -> AsyncIterator[DeliveryHarness]:
    async with delivering(tmp_path) as made:
        yield made


@pytest.mark.parametrize("by", [-DAY_AND_MORE, DAY_AND_MORE])
async def test_a_delivery_that_failed_is_tried_again(y: DeliveryHarness, by: int) -> None:
    answers = iter([(503, ""), (200, "")])
    async with target() as receiver:
        receiver.reply = lambda path, id: next(answers)
        project = await y.project()
        out = await y.make(project, receiver.url())
        await y.say(project, "one")
        await y.until(out, "pending", attempts=1)
        await y.quiet()
        y.clock.set_wall(by)
        y.later(31)  # the wall clock is looked at each half minute
        await y.until(out, "delivered", attempts=2)


@pytest.mark.parametrize("by", [-DAY_AND_MORE, DAY_AND_MORE])
async def test_a_target_that_asked_for_a_pause_gets_no_longer_one(y: DeliveryHarness, by: int) -> None:
    async with target() as receiver:
        receiver.reply = lambda path, id: (429, "retry-after: 600\r\n")
        project = await y.project()
        out = await y.make(project, receiver.url())
        await y.say(project, "one")
        await y.until(out, "pending", attempts=1)
        receiver.reply = lambda path, id: (200, "")
        await y.say(project, "two")
        y.clock.set_wall(by)
        y.out.engine.dispatch.tick()  # before there is a delivery of the second event, which is a day ahead
        await y.until(out, "pending", "pending")
        for _ in range(9):
            await y.quiet()
            y.later(60)
        await y.quiet()
        assert len(receiver.got) == 1, "nine minutes of the ten have gone by"
        for _ in range(3):
            y.later(31)
            await y.quiet()
        await y.until(out, "delivered", "delivered")


@pytest.mark.parametrize("by", [-DAY_AND_MORE, DAY_AND_MORE])
async def test_a_rate_holds_no_longer_than_it_would(y: DeliveryHarness, by: int) -> None:
    async with target() as receiver:
        project = await y.project()
        out = await y.make(project, receiver.url(), options={"rate_per_s": 0.02})
        await y.say(project, "one", "two")
        await y.until(out, "delivered", "pending")
        await y.quiet()
        y.clock.set_wall(by)
        y.later(31)
        await y.quiet()
        y.later(31)
        await y.until(out, "delivered", "delivered")


@pytest.mark.parametrize("by", [-DAY_AND_MORE, DAY_AND_MORE])
async def test_a_target_that_is_paused_is_probed(y: DeliveryHarness, by: int) -> None:
    answers = iter([*[(500, "")] * 5])
    async with target() as receiver:
        receiver.reply = lambda path, id: next(answers, (200, ""))
        project = await y.project()
        out = await y.make(project, receiver.url())
        await y.say(project, *"abcdefgh")
        breaker = y.out.engine.dispatch.lanes[out].breaker
        while breaker.failures < 5:
            y.later(5)
            await y.quiet()
        pause = breaker.paused_until - y.clock.now()
        assert pause > 0
        y.clock.set_wall(by)
        y.out.engine.dispatch.tick()
        assert breaker.paused_until - y.clock.now() == pytest.approx(pause)
        for _ in range(40):
            y.later(31)
            await y.quiet()
        await y.until(out, *["delivered"] * 8)


async def test_a_clock_set_forward_makes_no_target_one_that_has_failed_for_days(y: DeliveryHarness) -> None:
    async with target() as receiver:
        receiver.reply = lambda path, id: (500, "")
        project = await y.project()
        out = await y.make(project, receiver.url())
        await y.say(project, "one")
        await y.until(out, "pending", attempts=1)
        await y.quiet()
        lane = y.out.engine.dispatch.lanes[out]
        assert lane.failing_since is not None
        before = y.clock.now() - lane.failing_since
        y.clock.set_wall(DAY_AND_MORE)
        y.later(31)
        await y.quiet()
        assert y.clock.now() - lane.failing_since == pytest.approx(before + 31, abs=0.01)
