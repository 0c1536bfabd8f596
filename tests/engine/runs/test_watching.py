"""What whoever watches a run is told while it goes on."""

import asyncio
from typing import Any

import pytest

from engine.store.run_keys import first_keys
from tests.engine.factories import Harness, case, compose, flow, probe, router, step
from tests.support.waiting import DEADLINE, until


async def messages(place: Harness, run_id: str, count: int) -> list[Any]:
    found: list[Any] = []
    stream = place.sy.live.subscribe(f"run:{run_id}")
    async with asyncio.timeout(DEADLINE):
        async for message in stream:
            found.append(message)
            if len(found) == count:
                break
    await stream.aclose()  # type: ignore[attr-defined]
    return found


async def test_an_effect_is_told_of_when_it_begins(place: Harness) -> None:
    first = place.probe.hold()
    run_id = await place.start(await place.publish(flow(a=probe(1, "b"), b=probe(2, "c"), c=compose(3))))
    await place.probe.called(1)
    hearing = asyncio.ensure_future(messages(place, run_id, 4))
    await until(lambda: place.sy.live.watched(f"run:{run_id}"))
    first.set()
    told = [(one["step"]["name"], one["step"]["status"]) for one in await hearing]
    assert told == [("a", "succeeded"), ("b", "running"), ("b", "succeeded"), ("c", "succeeded")]
    await place.ended(run_id)


async def test_what_is_in_hand_is_known_before_the_store_knows_it(place: Harness) -> None:
    go = place.probe.hold()
    definition = flow(by=router(case("A", 1, next="a"), key="trigger.body"), a=probe("{{ trigger.body }}"))
    run_id = await place.start(await place.publish(definition), 1)
    await place.probe.called(1)
    known = place.sy.worker.at_work(run_id)
    assert known["path"] == ["by:A", "a"]
    assert [one["name"] for one in known["steps"]] == ["by"]
    (now,) = known["now"]
    # Its input may hold what is cut out only when the step is recorded.
    assert (now["name"], now["status"], now["attempts"], now["input"]) == ("a", "running", 1, None)
    go.set()
    await place.ended(run_id)
    assert place.sy.worker.at_work(run_id) is None
    assert place.sy.worker.at_work("run_none") is None


async def test_a_step_that_ended_is_not_at_work(place: Harness) -> None:
    go = place.probe.hold()
    run_id = await place.start(await place.publish(flow(a=probe(1, "b"), b=probe(2))))
    await place.probe.called(1)
    go.set()
    again = place.probe.hold()
    await place.probe.called(2)
    known = place.sy.worker.at_work(run_id)
    assert [one["name"] for one in known["now"]] == ["b"]
    assert step(known, "a")["status"] == "succeeded"
    again.set()
    await place.ended(run_id)


@pytest.mark.parametrize(
    ("body", "key"), [("paid", "paid"), (1, 1), (True, True), ({"a": 1}, {"a": 1}), (None, "nothing")]
)
async def test_a_list_knows_each_run_by_the_key_of_its_first_router(
    place: Harness, body: Any, key: Any
) -> None:
    by_key = await place.publish(flow(by=router(case("A", 1), key="trigger.body")))
    run_id = await place.start(by_key, body)
    await place.ended(run_id)
    found = await place.sy.runs.keys(place.project, [run_id, "run_none", "' OR 1=1"])
    assert found.get(run_id, "nothing") == key
    assert await place.sy.runs.keys("prj_other", [run_id]) == {}
    assert await place.sy.runs.keys(place.project, []) == {}


async def test_a_run_without_a_router_at_its_head_has_no_key(place: Harness) -> None:
    run = await place.run(flow(a=compose(1)), 1)
    found = await place.sy.db.read(lambda tx: first_keys(tx, place.project, [run["id"]]))
    assert found == {}
