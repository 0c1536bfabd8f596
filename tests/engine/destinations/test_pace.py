"""How much a destination is asked of at a time: its rate, and several events in one body."""

import itertools
from pathlib import Path

import orjson
import pytest

from tests.engine.destinations.fixtures import delivering, target
from tests.support.receiver import receiving


async def test_no_more_leave_than_the_rate_allows(tmp_path: Path) -> None:
    async with target() as receiver, delivering(tmp_path) as y:
        project = await y.project()
        out = await y.make(project, receiver.url(), options={"rate_per_s": 0.01, "concurrency": 8})
        ids = await y.say(project, "one", "two", "three")
        for done in (1, 2, 3):
            await y.until(out, *["delivered"] * done, *["pending"] * (3 - done))
            y.later(99)
            await y.quiet()
            assert receiver.ids() == ids[:done]
            y.later(1.1)


async def test_a_destination_without_a_rate_waits_for_none_that_has_one(tmp_path: Path) -> None:
    async with target() as receiver, delivering(tmp_path) as y:
        project = await y.project()
        slow = await y.make(project, receiver.url("/slow"), options={"rate_per_s": 0.01})
        fast = await y.make(project, receiver.url("/fast"))
        await y.say(project, *"abcde")
        await y.until(fast, *["delivered"] * 5)
        await y.until(slow, "delivered", *["pending"] * 4)


@pytest.mark.parametrize("format", ["cloudevents_batch", "otlp"])
async def test_a_body_holds_as_many_events_as_it_may(format: str, tmp_path: Path) -> None:
    async with receiving() as receiver, delivering(tmp_path) as y:
        project = await y.project()
        out = await y.make(project, receiver.url, format=format, options={"batch_size": 2, "concurrency": 1})
        await y.out.disable(y.actor(project), project, out)
        ids = await y.say(project, *"abcde")
        await y.until(out, *["held"] * 5)
        await y.out.enable(y.actor(project), project, out)
        await y.out.release(y.actor(project), project, out)
        await y.until(out, *["delivered"] * 5, attempts=5)
        bodies = [orjson.loads(seen.body) for seen in receiver.requests]
        assert [[_id(record) for record in _records(body)] for body in bodies] == [ids[:2], ids[2:4], ids[4:]]
        assert len({seen.headers["webhook-id"] for seen in receiver.requests}) == 3


async def test_a_body_that_was_refused_comes_again_whole_and_under_its_id(tmp_path: Path) -> None:
    async with receiving("500 then 200") as receiver, delivering(tmp_path) as y:
        project = await y.project()
        draws = itertools.cycle([0.1, 0.9])
        y.out.engine._draw = lambda: next(draws)
        out = await y.make(project, receiver.url, format="cloudevents_batch")
        await y.out.disable(y.actor(project), project, out)
        await y.say(project, "a", "b")
        await y.until(out, "held", "held")
        await y.out.enable(y.actor(project), project, out)
        await y.out.release(y.actor(project), project, out)
        await y.until(out, "pending", "pending", attempts=2)
        y.later(4)
        await y.until(out, "delivered", "delivered", attempts=4)
        first, second = receiver.requests
        assert first.body == second.body
        assert first.headers["webhook-id"] == second.headers["webhook-id"]


def _records(body: object) -> list[dict[str, object]]:
    """The events of a body of either format."""
    if isinstance(body, list):
        return body
    assert isinstance(body, dict)
    return list(body["resourceLogs"][0]["scopeLogs"][0]["logRecords"])


def _id(record: dict[str, object]) -> object:
    if "id" in record:
        return record["id"]
    body = record["body"]
    assert isinstance(body, dict)
    return orjson.loads(body["stringValue"])["id"]
