"""Schedules: armed while the flow is enabled, and one run for each moment."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from engine.base import clock
from engine.triggers.service import moment_of, timer
from pieces import Schedule
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
    return {job.id for job in place.sy.triggers._scheduler.get_jobs()}


async def test_a_schedule_is_armed_with_its_flow_and_disarmed_with_it(place: Harness) -> None:
    flow_id = await place.publish(flow(triggers=[every()], a=compose(1)))
    await until(lambda: armed(place) == {f"{flow_id}:tick"})
    await place.sy.flows.disable(place.actor, flow_id)
    await until(lambda: armed(place) == set())
    await place.sy.flows.enable(place.actor, flow_id)
    await until(lambda: armed(place) == {f"{flow_id}:tick"})
    await place.republish(flow_id, flow(a=compose(1)))
    await until(lambda: armed(place) == set())


async def test_two_firings_of_one_moment_are_one_run(place: Harness) -> None:
    flow_id = await place.publish(
        flow(triggers=[cron("* * * * *")], a=compose("{{ trigger.body.scheduled }}"))
    )
    await asyncio.gather(*(place.sy.triggers._fire(flow_id, "tick") for _ in range(5)))
    runs = (await place.sy.runs.list(place.project)).data
    minute = int(clock.now() / 60) * 60
    assert len(runs) in (1, 2)  # two when the minute ended meanwhile
    run = await place.ended(runs[-1].id)
    assert clock.from_iso(run["steps"][0]["output"]) in (minute, minute - 60)
    assert run["trigger"]["name"] == "tick"


async def test_a_disabled_flow_or_a_trigger_that_is_gone_does_not_fire(place: Harness) -> None:
    flow_id = await place.publish(flow(triggers=[every()], a=compose(1)))
    await place.sy.triggers._fire(flow_id, "another")
    await place.sy.flows.disable(place.actor, flow_id)
    await place.sy.triggers._fire(flow_id, "tick")
    await place.sy.triggers._fire("flow_nowhere", "tick")
    assert (await place.rows())["runs"] == 0


@pytest.mark.parametrize("step", [10, 60, 3600, 86_400, 7 * 86_400, 90.5])
def test_an_interval_fires_once_in_each_of_its_steps(step: float) -> None:
    schedule = Schedule(every=step)
    fires = timer(schedule)
    first = fires.get_next_fire_time(None, datetime(2026, 3, 1, 12, 0, 1, tzinfo=UTC))
    second = fires.get_next_fire_time(first, first)
    assert (second - first).total_seconds() == pytest.approx(step)
    # Whoever fires a little late tells of the same moment; the next firing has another.
    moments = [
        moment_of(schedule, at.timestamp() + late) for at in (first, second) for late in (0.001, 0.5, 3)
    ]
    assert (
        moments
        == [pytest.approx(first.timestamp(), abs=0.01)] * 3
        + [pytest.approx(second.timestamp(), abs=0.01)] * 3
    )


def test_a_cron_line_follows_its_time_zone_through_the_year() -> None:
    fires = timer(Schedule(crons=("30 8 * * *",), time_zone="Europe/Berlin"))
    for day, hour in ((datetime(2026, 1, 10, tzinfo=UTC), 7), (datetime(2026, 7, 10, tzinfo=UTC), 6)):
        found = fires.get_next_fire_time(None, day)
        assert found.astimezone(UTC).hour == hour


async def test_the_later_of_two_changes_counts(place: Harness) -> None:
    flow_id = await place.publish(flow(triggers=[every()], a=compose(1)))
    for _ in range(5):
        await place.sy.flows.disable(place.actor, flow_id)
        await place.sy.flows.enable(place.actor, flow_id)
    await place.sy.flows.disable(place.actor, flow_id)
    await until(lambda: not place.sy.triggers._syncs)
    assert armed(place) == set()
