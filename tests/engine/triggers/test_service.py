"""Schedules: armed while the flow is enabled, and one run for each moment."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from engine.base import clock
from engine.triggers.schedules import MissedRuns
from engine.triggers.service import TriggerStatus
from tests.engine.factories import Harness, compose, flow, until


def every(seconds: float = 60) -> Any:
    return {
        "name": "tick", "piece": "schedule", "trigger": "every",
        "input": {"interval": seconds, "unit": "seconds"},
    }  # fmt: skip


def cron(expression: str, zone: str = "UTC") -> Any:
    return {
        "name": "tick", "piece": "schedule", "trigger": "cron",
        "input": {"expression": expression, "time_zone": zone},
    }  # fmt: skip


def armed(place: Harness) -> set[str]:
    return place.sy.triggers.timers.ids()


async def status(place: Harness, flow_id: str) -> TriggerStatus:
    (found,) = await place.sy.triggers.state(place.project, flow_id)
    return found


class Hands:
    """Of a clock that stands where the test sets it."""

    def __init__(self) -> None:
        self.now = 0.0

    def set(self, text: str) -> None:
        self.now = clock.from_iso(text)


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Hands:
    made = Hands()
    monkeypatch.setattr(clock, "now", lambda: made.now)
    return made


async def test_a_schedule_is_armed_with_its_flow_and_disarmed_with_it(place: Harness) -> None:
    flow_id = await place.publish(flow(triggers=[every()], a=compose(1)))
    await until(lambda: armed(place) == {f"{flow_id}:tick"})
    await place.sy.flows.disable(place.actor, flow_id)
    await until(lambda: armed(place) == set())
    await place.sy.flows.enable(place.actor, flow_id)
    await until(lambda: armed(place) == {f"{flow_id}:tick"})
    await place.republish(flow_id, flow(a=compose(1)))
    await until(lambda: armed(place) == set())


async def test_a_time_that_comes_starts_one_run(place: Harness, hands: Hands) -> None:
    hands.set("2026-03-03T07:59:59.900Z")
    flow_id = await place.publish(
        flow(triggers=[cron("0 8 * * *")], a=compose("{{ trigger.body.scheduled }}"))
    )
    await until(lambda: armed(place) == {f"{flow_id}:tick"})
    assert (await status(place, flow_id)).next_fire == "2026-03-03T08:00:00.000Z"
    hands.set("2026-03-03T08:00:00.010Z")
    await asyncio.gather(*(place.sy.triggers._fire(flow_id, "tick") for _ in range(5)))
    (row,) = (await place.sy.runs.list(place.project)).data
    run = await place.ended(row.id)
    assert run["steps"][0]["output"] == "2026-03-03T08:00:00.000Z"
    assert run["trigger"]["name"] == "tick"


async def test_what_a_restart_missed_is_made_up_for_and_shown(
    open_place: Callable[..., AbstractAsyncContextManager[Harness]], hands: Hands
) -> None:
    hands.set("2026-03-03T07:30:00Z")
    async with open_place() as place:
        flow_id = await place.publish(flow(triggers=[cron("*/10 * * * *")], a=compose("{{ trigger.body }}")))
        await until(lambda: armed(place) == {f"{flow_id}:tick"})
    hands.set("2026-03-03T08:05:00Z")
    async with open_place() as place:
        missed = {"count": 3, "first": "2026-03-03T07:40:00.000Z", "last": "2026-03-03T08:00:00.000Z"}
        async with asyncio.timeout(10):
            while not (rows := (await place.sy.runs.list(place.project)).data):
                await asyncio.sleep(0.01)
        (run,) = [await place.ended(row.id) for row in rows]
        body = {"scheduled": missed["last"], "time_zone": "UTC", "missed": missed}
        assert run["steps"][0]["output"] == body
        shown = await status(place, flow_id)
        assert shown.missed == MissedRuns(**missed, started=1)  # type: ignore[arg-type]
        assert shown.next_fire == "2026-03-03T08:10:00.000Z"


async def test_a_disabled_flow_or_a_trigger_that_is_gone_does_not_fire(place: Harness) -> None:
    flow_id = await place.publish(flow(triggers=[every()], a=compose(1)))
    await place.sy.triggers._fire(flow_id, "another")
    await place.sy.flows.disable(place.actor, flow_id)
    await place.sy.triggers._fire(flow_id, "tick")
    await place.sy.triggers._fire("flow_nowhere", "tick")
    assert (await place.rows())["runs"] == 0


async def test_the_later_of_two_changes_counts(place: Harness) -> None:
    flow_id = await place.publish(flow(triggers=[every()], a=compose(1)))
    for _ in range(5):
        await place.sy.flows.disable(place.actor, flow_id)
        await place.sy.flows.enable(place.actor, flow_id)
    await place.sy.flows.disable(place.actor, flow_id)
    await until(lambda: not place.sy.triggers._syncs)
    assert armed(place) == set()
