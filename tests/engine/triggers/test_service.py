"""Schedules: armed while the flow is enabled, and one run for each moment."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from engine.base.clock import from_iso
from engine.triggers.schedules import MissedRuns
from engine.triggers.service import TriggerStatus
from tests.engine.factories import Harness, compose, flow, probe
from tests.support.clock import ManualClock
from tests.support.waiting import stored, until


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


async def test_a_schedule_is_armed_with_its_flow_and_disarmed_with_it(place: Harness) -> None:
    flow_id = await place.publish(flow(triggers=[every()], a=compose(1)))
    await until(lambda: armed(place) == {f"{flow_id}:tick"})
    await place.sy.flows.disable(place.actor, flow_id)
    await until(lambda: armed(place) == set())
    await place.sy.flows.enable(place.actor, flow_id)
    await until(lambda: armed(place) == {f"{flow_id}:tick"})
    await place.republish(flow_id, flow(a=compose(1)))
    await until(lambda: armed(place) == set())


async def test_each_time_that_comes_starts_one_run(clock: ManualClock, place: Harness) -> None:
    flow_id = await place.publish(flow(triggers=[cron("0 * * * *")], a=probe("{{ trigger.body.scheduled }}")))
    await until(lambda: armed(place) == {f"{flow_id}:tick"})
    await place.quiet()
    assert (await status(place, flow_id)).next_fire == "2026-03-03T11:00:00.000Z"
    clock.advance(44.5 * 60)  # it is 11 o'clock
    for hour in (11, 12, 13):
        await place.probe.called(hour - 10)
        await asyncio.gather(*(place.sy.triggers._fire(flow_id, "tick") for _ in range(5)))
        await place.quiet()
        assert place.probe.values[hour - 11 :] == [f"2026-03-03T{hour}:00:00.000Z"]
        clock.advance(3600)
    (*_, first) = (await place.sy.runs.list(place.project)).data
    assert (await place.ended(first.id))["trigger"]["name"] == "tick"


@pytest.mark.parametrize("hours", [-26, 26])
async def test_a_schedule_goes_by_a_wall_clock_that_was_set(
    clock: ManualClock, place: Harness, hours: int
) -> None:
    flow_id = await place.publish(flow(triggers=[cron("0 * * * *")], a=probe("{{ trigger.body.scheduled }}")))
    await until(lambda: armed(place) == {f"{flow_id}:tick"})
    await place.quiet()
    clock.set_wall(hours * 3600)
    clock.advance(10)
    await place.quiet()
    day = "2026-03-02T09" if hours < 0 else "2026-03-04T13"
    assert (await status(place, flow_id)).next_fire == f"{day}:00:00.000Z"
    clock.advance(from_iso(f"{day}:00:00.000Z") - clock.now())
    await until(lambda: place.probe.values[-1:] == [f"{day}:00:00.000Z"])


async def test_what_a_restart_missed_is_made_up_for_and_shown(
    open_place: Callable[..., AbstractAsyncContextManager[Harness]], clock: ManualClock
) -> None:
    async with open_place() as place:
        flow_id = await place.publish(flow(triggers=[cron("*/10 * * * *")], a=compose("{{ trigger.body }}")))
        await until(lambda: armed(place) == {f"{flow_id}:tick"})
    clock.advance(35 * 60)
    async with open_place() as place:
        missed = {"count": 4, "first": "2026-03-03T10:20:00.000Z", "last": "2026-03-03T10:50:00.000Z"}

        async def listed() -> list[Any]:
            return list((await place.sy.runs.list(place.project)).data)

        rows = await stored(place.sy.db, listed)
        (run,) = [await place.ended(row.id) for row in rows]
        body = {"scheduled": missed["last"], "time_zone": "UTC", "missed": missed}
        assert run["steps"][0]["output"] == body
        shown = await status(place, flow_id)
        assert shown.missed == MissedRuns(**missed, started=1)  # type: ignore[arg-type]
        assert shown.next_fire == "2026-03-03T11:00:00.000Z"


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
