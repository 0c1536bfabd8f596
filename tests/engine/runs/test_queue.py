"""Accepted runs: durable, in order, in fair turns, within limits, never lost and never twice."""

import asyncio
from collections import Counter

import pytest

from engine.base.errors import Overloaded, Unavailable
from engine.base.ids import new_id
from engine.runs import scheduler as scheduler_module
from engine.store.run_store import NewRun
from tests.engine.conftest import Opened
from tests.engine.factories import Harness, Probe, compose, delay, flow, probe
from tests.support.clock import ManualClock
from tests.support.waiting import turns, until

pytestmark = pytest.mark.usefixtures("each_store")


def new_run(place: Harness, flow_id: str, version_id: str, **more: object) -> NewRun:
    return NewRun(
        new_id("run"), place.project, flow_id, version_id, 1, "webhook", b'{"body":1}', {"body": 1},
        "2026-01-01T00:00:00.000Z", **more,
    )  # fmt: skip


async def version_of(place: Harness, flow_id: str) -> str:
    active = await place.sy.active_flows.active(flow_id)
    assert active is not None
    return active.version_id


def settled(place: Harness) -> bool:
    """Nothing is under way, and the scheduler remembers nothing."""
    found = place.sy.scheduler
    return not (
        found.backlog or found.running or found._claims or found._lanes or found._held or found._promised
    )


async def test_what_is_put_is_stored_before_put_returns(place: Harness) -> None:
    flow_id = await place.publish(flow(a=probe(1)))
    release = place.probe.hold()
    run_id = await place.start(flow_id)
    assert await place.sql("SELECT status FROM runs WHERE id = ?", run_id) == [("running",)]
    release.set()
    assert (await place.ended(run_id))["status"] == "succeeded"
    await until(lambda: settled(place))


@pytest.mark.parametrize("limits", [{"flow_concurrency": 3}, {"project_concurrency": 3}, {"concurrency": 3}])
@pytest.mark.slow
async def test_limits_hold_under_load(open_place: Opened, limits: dict[str, int]) -> None:
    async with open_place(**limits) as place:
        place.probe.react = lambda call: until(
            lambda: place.probe.active == 3 or len(place.probe.calls) == 60
        )
        flows = [
            await place.publish(flow(a=probe(1))) for _ in range(1 if "flow_concurrency" in limits else 4)
        ]
        runs = await asyncio.gather(*(place.start(flows[n % len(flows)], n) for n in range(60)))
        assert {(await place.ended(run))["status"] for run in runs} == {"succeeded"}
        assert place.probe.most == 3
        assert len(place.probe.calls) == 60
        await until(lambda: settled(place))


async def test_a_flows_own_limit_holds_also_after_a_restart(open_place: Opened) -> None:
    limited = flow(settings={"concurrency": 1}, a=probe("{{ trigger.body }}"))
    async with open_place(Probe()) as place:
        place.probe.hold()
        flow_id = await place.publish(limited)
        runs = [await place.start(flow_id, n) for n in range(5)]
        await place.probe.called(1)
        await place.quiet()
        assert place.probe.most == 1
        await place.sy.worker.stop(grace=0)
    async with open_place(Probe()) as place:
        place.probe.react = lambda call: turns(100)
        for run in runs:
            assert (await place.ended(run))["status"] == "succeeded"
        assert place.probe.most == 1
        assert place.probe.values == [0, 1, 2, 3, 4]


async def test_one_flow_at_a_time_keeps_the_order_far_beyond_the_window(
    open_place: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler_module, "_WINDOW", 16)
    async with open_place() as place:
        release = place.probe.hold()
        flow_id = await place.publish(flow(settings={"concurrency": 1}, a=probe("{{ trigger.body }}")))
        for n in range(100):
            await place.start(flow_id, n)
        lane = place.sy.scheduler._lanes[flow_id]
        assert len(lane.window) <= 16 and lane.stored >= 80 and place.sy.scheduler.backlog == 99
        release.set()
        await place.probe.called(100)
        await until(lambda: settled(place))
        assert place.probe.values == list(range(100))


async def test_events_waiting_in_memory_are_bounded_in_bytes(
    open_place: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler_module, "_MEMORY", 30_000)
    async with open_place() as place:
        release = place.probe.hold()
        flow_id = await place.publish(
            flow(settings={"concurrency": 1}, a=probe("{{ length(trigger.body) }}"))
        )
        for n in range(20):
            await place.start(flow_id, "x" * (10_000 + n))
        await place.start(flow_id, "x" * 100_000)
        assert 10_000 < place.sy.scheduler._held <= 30_000
        release.set()
        await place.probe.called(21)
        await until(lambda: settled(place))
        assert place.probe.values == [*(10_000 + n for n in range(20)), 100_000]


@pytest.mark.slow
async def test_load_from_many_sides_loses_and_repeats_nothing(
    clock: ManualClock, open_place: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Arrivals, ends, waits and refills of a small window all at once."""
    monkeypatch.setattr(scheduler_module, "_WINDOW", 8)
    async with open_place(flow_concurrency=4) as place:
        flows = [
            await place.publish(flow(a=compose(1))),
            await place.publish(flow(a=probe("{{ run.id }}"))),
            await place.publish(
                flow(a=probe("{{ run.id }}", "b"), b=delay(60, "c"), c=probe("{{ run.id }}"))
            ),
        ]

        async def sender(n: int) -> list[tuple[int, str]]:
            return [(m % 3, await place.start(flows[m % 3], m)) for m in range(n, n + 60)]

        sent = [one for part in await asyncio.gather(*(sender(n) for n in range(10))) for one in part]
        await place.waits(200)
        clock.advance(60)
        await until(lambda: settled(place) and place.sy.worker.completed == len(sent))
        assert await place.sql("SELECT DISTINCT status FROM runs") == [("succeeded",)]
        assert await place.sql("SELECT count(*) FROM runs") == [(600,)]
        expected = Counter({run: kind for kind, run in sent if kind})
        assert Counter(place.probe.values) == expected


async def test_flows_take_turns_whoever_came_first(open_place: Opened) -> None:
    async with open_place(concurrency=1) as place:
        release = place.probe.hold()
        busy = await place.publish(flow(a=probe("busy")))
        quiet = await place.publish(flow(a=probe("quiet")))
        for _ in range(30):
            await place.start(busy)
        for _ in range(3):
            await place.start(quiet)
        release.set()
        await place.probe.called(33)
        assert place.probe.values[:8].count("quiet") == 3


async def test_projects_take_turns_however_many_flows_they_have(open_place: Opened) -> None:
    async with open_place(concurrency=1) as place:
        release = place.probe.hold()
        many = [await place.publish(flow(a=probe("many"))) for _ in range(6)]
        other = await place.sy.access.projects.create(place.actor, "Other")
        neighbour = Harness(place.sy, place.actor.within(other.id, None), place.http, place.probe)
        single = await neighbour.publish(flow(a=probe("single")))
        for _ in range(5):
            for flow_id in many:
                await place.start(flow_id)
        for _ in range(5):
            await neighbour.start(single)
        release.set()
        await place.probe.called(35)
        assert place.probe.values[:12].count("single") == 5


async def test_a_full_backlog_answers_503_and_stores_nothing(open_place: Opened) -> None:
    async with open_place(max_backlog=3, concurrency=1) as place:
        release = place.probe.hold()
        flow_id = await place.publish(flow(a=probe(1)))
        for _ in range(4):
            await place.start(flow_id)
        before = await place.rows()
        answer = await place.post(flow_id, 1)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert answer.json()["error"]["code"] == "overloaded"
        assert (await place.post(flow_id, 1, "/sync")).status_code == 503
        assert await place.rows() == before
        release.set()
        await until(lambda: settled(place))
        assert (await place.post(flow_id, 1)).status_code == 202


async def test_a_sender_that_goes_away_does_not_lose_the_run(place: Harness) -> None:
    flow_id = await place.publish(flow(a=probe(1)))
    version_id = await version_of(place, flow_id)
    await place.start(flow_id)
    for delay_ in range(6):
        task = asyncio.create_task(place.sy.queue.put(new_run(place, flow_id, version_id)))
        await turns(delay_)
        task.cancel()
        await asyncio.wait([task])
    await until(lambda: settled(place))
    assert await place.sql("SELECT count(*) FROM runs WHERE status <> 'succeeded'") == [(0,)]
    assert await place.sql("SELECT count(*) FROM runs") == [(len(place.probe.calls),)]


async def test_a_run_of_a_version_not_compiled_yet_is_done(place: Harness) -> None:
    flow_id = await place.publish(flow(a=probe(1), settings={"concurrency": 2}))
    version_id = await version_of(place, flow_id)
    assert place.sy.plans.known(version_id) is None
    for _ in range(6):
        await place.sy.queue.put(new_run(place, flow_id, version_id))
    await until(lambda: settled(place))
    assert (len(place.probe.calls), place.probe.most <= 2) == (6, True)


async def test_duplicates_in_one_batch_start_one_run(place: Harness) -> None:
    flow_id = await place.publish(flow(a=probe(1)))
    version_id = await version_of(place, flow_id)
    same = [new_run(place, flow_id, version_id, dedupe="k") for _ in range(20)]
    accepted = await asyncio.gather(*(place.sy.queue.put(run) for run in same))
    assert len({one.run_id for one in accepted}) == 1
    assert sum(not one.duplicate for one in accepted) == 1
    await until(lambda: settled(place))
    assert len(place.probe.calls) == 1


async def test_a_stopping_instance_takes_nothing(place: Harness) -> None:
    flow_id = await place.publish(flow(a=probe(1)))
    version_id = await version_of(place, flow_id)
    place.sy.queue.close()
    with pytest.raises(Unavailable):
        await place.sy.queue.put(new_run(place, flow_id, version_id))
    assert (await place.post(flow_id, 1)).status_code == 503
    assert (await place.rows())["runs"] == 0


async def test_a_store_that_cannot_write_answers_503_and_forgets_the_event(place: Harness) -> None:
    flow_id = await place.publish(flow(a=probe(1)))
    await place.sql("ALTER TABLE run_payloads RENAME TO gone")
    answer = await place.post(flow_id, 1)
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable")
    await until(lambda: settled(place))
    await place.sql("ALTER TABLE gone RENAME TO run_payloads")
    assert (await place.rows())["runs"] == 0
    assert (await place.post(flow_id, 1)).status_code == 202


async def test_canceled_runs_leave_the_backlog(open_place: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler_module, "_WINDOW", 4)
    async with open_place(concurrency=1) as place:
        release = place.probe.hold()
        flow_id = await place.publish(flow(a=probe(1)))
        runs = [await place.start(flow_id) for _ in range(20)]
        await place.probe.called(1)
        for run in runs[1:]:
            await place.sy.runs.cancel(place.actor, run)
        release.set()
        await until(lambda: settled(place))
        assert len(place.probe.calls) == 1


async def test_a_busy_error_says_when_to_come_back(open_place: Opened) -> None:
    async with open_place(max_backlog=0) as place:
        flow_id = await place.publish(flow(a=probe(1)))
        with pytest.raises(Overloaded) as raised:
            await place.sy.queue.put(new_run(place, flow_id, await version_of(place, flow_id)))
        assert raised.value.retry_after == 5
