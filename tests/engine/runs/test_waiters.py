"""Callers who wait for what a run answers."""

import asyncio

import pytest

from engine.base.errors import Unavailable
from engine.runs.waiters import Waiters


async def test_everybody_who_waits_for_a_run_gets_its_first_answer() -> None:
    waiters = Waiters()
    ours, theirs, another = waiters.wait_for("run_1"), waiters.wait_for("run_1"), waiters.wait_for("run_2")
    waiters.answer("run_1", {"response": 1})
    waiters.answer("run_1", {"ended": "succeeded"})
    assert await asyncio.gather(ours, theirs) == [{"response": 1}, {"response": 1}]
    assert not another.done() and len(waiters) == 1


async def test_one_who_waits_no_longer_is_forgotten_and_the_others_wait_on() -> None:
    waiters = Waiters()
    ours, theirs = waiters.wait_for("run_1"), waiters.wait_for("run_1")
    ours.cancel()
    waiters.answer("run_1", {"response": 1})
    gone, answer = await asyncio.gather(ours, theirs, return_exceptions=True)
    assert isinstance(gone, asyncio.CancelledError) and answer == {"response": 1}
    assert len(waiters) == 0


async def test_an_answer_that_nobody_waits_for_is_no_error() -> None:
    waiters = Waiters()
    waiters.answer("run_1", {"response": 1})
    assert len(waiters) == 0


async def test_when_the_server_stops_every_caller_hears_why() -> None:
    waiters = Waiters()
    open_ones = [waiters.wait_for("run_1"), waiters.wait_for("run_2")]
    waiters.fail(Unavailable("Switchyard is stopping."))
    for one in open_ones:
        with pytest.raises(Unavailable, match="stopping"):
            await one
