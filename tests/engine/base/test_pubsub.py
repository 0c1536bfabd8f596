"""Who watches hears of it; who does not costs nothing."""

import asyncio

from engine.base.pubsub import Live
from tests.engine.factories import Harness, compose, flow, probe
from tests.support.waiting import turns, until


async def test_messages_come_in_order_until_the_watcher_leaves() -> None:
    live = Live()
    watcher = live.subscribe("run:1")
    first = asyncio.ensure_future(anext(watcher))
    await turns()
    assert live.watched("run:1") and not live.watched("run:2")
    for n in range(3):
        live.publish("run:1", {"n": n})
    live.publish("run:2", {"n": 9})
    assert [await first, await anext(watcher), await anext(watcher)] == [{"n": 0}, {"n": 1}, {"n": 2}]
    await watcher.aclose()  # type: ignore[attr-defined]
    assert not live.watched("run:1")


async def test_a_slow_watcher_loses_the_oldest_and_holds_up_nobody() -> None:
    live = Live()
    slow, quick = live.subscribe("t"), live.subscribe("t")
    waiting = [asyncio.ensure_future(anext(slow)), asyncio.ensure_future(anext(quick))]
    await turns()
    for n in range(1500):
        live.publish("t", {"n": n})
    assert (await waiting[0])["n"] == 500
    await slow.aclose()  # type: ignore[attr-defined]
    assert live.watched("t")
    await waiting[1]
    await quick.aclose()  # type: ignore[attr-defined]
    assert not live.watched("t")


async def test_a_run_tells_of_its_steps_and_its_end(place: Harness) -> None:
    release = place.probe.hold()
    run_id = await place.start(await place.publish(flow(a=probe(1, "b"), b=compose(2))))
    heard = []

    async def watch(topic: str) -> None:
        async for message in place.sy.live.subscribe(topic):
            heard.append(message)

    watching = [asyncio.create_task(watch(topic)) for topic in (f"run:{run_id}", f"project:{place.project}")]
    await place.probe.called(1)
    await turns()
    release.set()
    await place.ended(run_id)
    await until(lambda: sum(message["type"] == "run" for message in heard) == 2)
    for task in watching:
        task.cancel()
    steps = [(m["step"]["name"], m["path"]) for m in heard if m["type"] == "step"]
    assert steps == [("a", ["a"]), ("b", ["a", "b"])]
    ends = [m for m in heard if m["type"] == "run"]
    assert [m["status"] for m in ends] == ["succeeded", "succeeded"]
