"""Runs with the same ordering key: strictly one after another, whatever stands between; others pass."""

import asyncio
from typing import Any

import orjson
import pytest

from engine.flow import check
from tests.engine.conftest import Opened
from tests.engine.factories import Harness, Probe, action, compose, delay, fails, flow, probe
from tests.engine.runs.test_queue import new_run, settled, version_of
from tests.support.clock import ManualClock
from tests.support.waiting import turns, until

pytestmark = pytest.mark.usefixtures("each_store")

ORDER = {"order_key": "trigger.body.key"}
SAID = "{{ trigger.body.n }}"


def event(key: Any, n: int) -> dict[str, Any]:
    return {"key": key, "n": n}


async def statuses(place: Harness, runs: list[str]) -> list[str]:
    return [(await place.get(run))["status"] for run in runs]


async def test_runs_of_a_key_go_in_the_order_they_came_and_others_pass_them(place: Harness) -> None:
    release = place.probe.hold()
    flow_id = await place.publish(flow(settings=ORDER, a=probe(SAID)))
    first = [await place.start(flow_id, event("x", n)) for n in range(3)]
    other = await place.start(flow_id, event("y", 10))
    free = [await place.start(flow_id, event(None, n)) for n in (20, 21)]
    await place.probe.called(4)
    assert sorted(place.probe.values) == [0, 10, 20, 21]
    behind = await place.get(first[2])
    assert (behind["status"], behind["started"], behind["order_key"]) == ("waiting", None, "x")
    assert behind["behind"] == first[0]
    assert (await place.get(other))["behind"] is None
    release.set()
    for run in (*first, other, *free):
        assert (await place.ended(run))["status"] == "succeeded"
    assert [n for n in place.probe.values if n < 10] == [0, 1, 2]
    await until(lambda: settled(place))


@pytest.mark.slow
async def test_no_two_runs_of_a_key_are_ever_under_way_and_none_is_overtaken(place: Harness) -> None:
    at_work: dict[str, int] = {}
    done: dict[str, list[int]] = {}

    async def react(call: Any) -> int:
        key, n = call.value["key"], call.value["n"]
        at_work[key] = at_work.get(key, 0) + 1
        assert at_work[key] == 1
        await turns(n % 3)
        at_work[key] -= 1
        done.setdefault(key, []).append(n)
        return n

    place.probe.react = react
    flow_id = await place.publish(flow(settings=ORDER, a=probe("{{ trigger.body }}")))
    version_id = await version_of(place, flow_id)
    given = [new_run(place, flow_id, version_id) for _ in range(300)]
    for number, run in enumerate(given):
        run.event = {"method": "POST", "headers": {}, "query": {}, "body": event(f"k{number % 7}", number)}
        run.payload = orjson.dumps(run.event)
    accepted = await asyncio.gather(*(place.sy.queue.put(run) for run in given))
    for one in accepted:
        assert (await place.ended(one.run_id))["status"] == "succeeded"
    assert done == {f"k{key}": list(range(key, 300, 7)) for key in range(7)}
    await until(lambda: settled(place))


@pytest.mark.parametrize(
    "steps",
    [
        {"a": probe(SAID, "b"), "b": delay(60, "c"), "c": probe("{{ trigger.body.n }} later")},
        {"a": probe(SAID, retry={"attempts": 3, "first_delay": 60})},
    ],
    ids=["a delay", "a retry"],
)
async def test_a_run_that_waits_keeps_its_turn(
    clock: ManualClock, place: Harness, steps: dict[str, Any]
) -> None:
    if "c" not in steps:
        place.probe.react = fails(1)
    flow_id = await place.publish(flow(settings=ORDER, **steps))
    runs = [await place.start(flow_id, event("x", n)) for n in range(2)]
    for run in runs:
        assert (await place.ended(run, clock))["status"] == "succeeded"
    expected = [0, "0 later", 1, "1 later"] if "c" in steps else [0, 0, 1]
    assert place.probe.values == expected


async def test_a_failed_a_canceled_and_a_called_run_give_their_turn_on(place: Harness) -> None:
    place.probe.react = fails(1)
    flow_id = await place.publish(flow(settings=ORDER, a=probe(SAID, retry={"attempts": 1})))
    failed = await place.start(flow_id, event("x", 0))
    assert (await place.ended(failed))["status"] == "failed"
    release = place.probe.hold()
    runs = [await place.start(flow_id, event("x", n)) for n in range(1, 5)]
    await place.probe.called(2)
    assert await statuses(place, runs) == ["running", "waiting", "waiting", "waiting"]
    await place.sy.runs.cancel(place.actor, runs[1])  # in line: it leaves the line, and nobody begins
    assert await statuses(place, runs) == ["running", "canceled", "waiting", "waiting"]
    await place.sy.runs.cancel(place.actor, runs[0])  # at work
    await place.until(runs[2], "running")
    assert await statuses(place, runs) == ["canceled", "canceled", "running", "waiting"]
    release.set()
    for run in runs[2:]:
        assert (await place.ended(run))["status"] == "succeeded"
    parent = await place.publish(
        flow(a=action("flow", "call", input={"flow": flow_id, "payload": event("x", 9)}))
    )
    callers = [await place.start(parent) for _ in range(3)]
    for run in callers:
        assert (await place.ended(run))["status"] == "succeeded"
    assert place.probe.values[-3:] == [9, 9, 9]


async def test_a_deleted_flow_leaves_nobody_in_line(place: Harness) -> None:
    release = place.probe.hold()
    flow_id = await place.publish(flow(settings=ORDER, a=probe(SAID)))
    runs = [await place.start(flow_id, event("x", n)) for n in range(3)]
    await place.probe.called(1)
    await place.sy.flows.delete(place.actor, flow_id)
    release.set()
    assert set(await statuses(place, runs)) == {"canceled"}
    await until(lambda: settled(place))


async def test_the_line_stands_after_a_restart_and_whoever_held_the_turn_goes_first(
    open_place: Opened,
) -> None:
    async with open_place(Probe()) as place:
        place.probe.hold()
        flow_id = await place.publish(flow(settings=ORDER, a=probe(SAID)))
        runs = [await place.start(flow_id, event("x", n)) for n in range(4)]
        await place.probe.called(1)
        await place.sy.worker.stop(grace=0)
    async with open_place(Probe()) as place:
        runs.append(await place.start(flow_id, event("x", 4)))
        for run in runs:
            assert (await place.ended(run))["status"] == "succeeded"
        assert place.probe.values == [0, 1, 2, 3, 4]
    async with open_place(Probe()) as place:  # a holder that is gone, whatever took it, holds up nobody
        place.probe.hold()
        runs = [await place.start(flow_id, event("x", n)) for n in range(3)]
        await place.probe.called(1)
        await place.sy.worker.stop(grace=0)
        await place.sql("DELETE FROM runs WHERE id = ?", runs[0])
    async with open_place(Probe()) as place:
        for run in runs[1:]:
            assert (await place.ended(run))["status"] == "succeeded"
        assert place.probe.values == [1, 2]


async def test_those_in_line_count_for_the_backlog(open_place: Opened) -> None:
    async with open_place(max_backlog=3) as place:
        release = place.probe.hold()
        flow_id = await place.publish(flow(settings=ORDER, a=probe(SAID)))
        runs = [await place.start(flow_id, event("x", n)) for n in range(4)]
        refused = await place.post(flow_id, event("y", 9))
        assert refused.status_code == 503 and int(refused.headers["retry-after"]) > 0
        release.set()
        for run in runs:
            await place.ended(run)
        place.sy.queue._counted -= 2  # a second later
        assert (await place.post(flow_id, event("y", 9))).status_code == 202


async def test_an_answer_is_waited_for_in_line(place: Harness) -> None:
    answered = action("webhook", "respond", input={"status": 200, "body": {"n": SAID}})
    flow_id = await place.publish(flow(settings=ORDER, a=probe(SAID, "b"), b=answered))
    answers = await asyncio.gather(*(place.post(flow_id, event("x", n), "/sync") for n in range(5)))
    assert [answer.json() for answer in answers] == [{"n": n} for n in range(5)]
    assert sorted(place.probe.values) == [0, 1, 2, 3, 4] and place.probe.most == 1


async def test_a_duplicate_stands_in_no_line_and_a_test_waits_for_nobody(place: Harness) -> None:
    release = place.probe.hold()
    flow_id = await place.publish(flow(settings={**ORDER, "dedupe": "trigger.body.n"}, a=probe(SAID)))
    first = await place.start(flow_id, event("x", 1))
    assert await place.start(flow_id, event("x", 1)) == first
    given = {"method": "POST", "headers": {}, "query": {}, "body": event("x", 2)}
    tested = await place.sy.runs.test(place.actor, flow_id, given)
    await place.probe.called(2)
    assert (await place.get(tested))["order_key"] is None
    release.set()
    assert (await place.ended(tested))["status"] == "succeeded"
    assert await place.sql("SELECT count(*) FROM runs") == [(2,)]


async def test_a_retry_stands_in_line_again(place: Harness) -> None:
    flow_id = await place.publish(flow(settings=ORDER, a=probe(SAID)))
    old = await place.start(flow_id, event("x", 1))
    await place.ended(old)
    release = place.probe.hold()
    ahead = await place.start(flow_id, event("x", 2))
    await place.probe.called(2)
    again = await place.sy.runs.retry(place.actor, old)
    assert (await place.get(again))["behind"] == ahead
    release.set()
    assert (await place.ended(again))["status"] == "succeeded"
    assert place.probe.values == [1, 2, 1]


async def test_a_run_of_a_version_not_compiled_yet_knows_its_key(place: Harness) -> None:
    release = place.probe.hold()
    flow_id = await place.publish(flow(settings=ORDER, a=probe(SAID)))
    version_id = await version_of(place, flow_id)
    runs = [new_run(place, flow_id, version_id) for _ in range(2)]
    for number, run in enumerate(runs):
        run.event = {"body": event("x", number)}
    for run in runs:
        await place.sy.queue.put(run)
    assert [run.order_key for run in runs] == ["x", "x"] and [run.in_turn for run in runs] == [True, False]
    release.set()
    await until(lambda: settled(place))


@pytest.mark.parametrize(
    ("key", "stored"),
    [("a", "a"), (1, "1"), (True, "true"), ({"b": 1, "a": [2]}, '{"a":[2],"b":1}'), ("", ""), (None, None)],
)
async def test_any_value_orders_but_null(place: Harness, key: Any, stored: str | None) -> None:
    flow_id = await place.publish(flow(settings=ORDER, a=compose(1)))
    run = await place.start(flow_id, event(key, 1))
    assert (await place.ended(run))["order_key"] == stored


async def test_a_key_that_fails_orders_nothing_and_a_long_one_is_shortened(place: Harness) -> None:
    failing = {"order_key": "abs(trigger.body.key)"}
    flow_id = await place.publish(flow(settings=failing, a=compose(1)))
    run = await place.ended(await place.start(flow_id, event("not a number", 1)))
    assert run["order_key"] is None
    assert "The ordering key of this event could not be evaluated" in run["warnings"][0]
    flow_id = await place.publish(flow(settings=ORDER, a=compose(1)))
    run = await place.ended(await place.start(flow_id, event("x" * 5000, 1)))
    assert len(run["order_key"]) == 64


@pytest.mark.parametrize("wrong", ["a ||", "steps.a.output", "loop.item"])
def test_a_key_that_cannot_be_read_is_a_problem_of_the_flow(wrong: str) -> None:
    problems = check(flow(settings={"order_key": wrong}, a=compose(1)))
    assert any(problem.pointer == "/settings/order_key" for problem in problems)
