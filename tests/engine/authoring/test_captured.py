"""Samples that senders store: bounded in number and size, the oldest first, and none of a person's."""

import asyncio
from typing import Any

import orjson
import pytest
import pytest_asyncio

from engine.authoring import captured, drafts
from engine.base.errors import TooLarge
from tests.engine.factories import Harness, compose, flow

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def place(shared: Harness) -> Harness:
    return await shared.fresh()


@pytest_asyncio.fixture(loop_scope="module")
async def open_flow(place: Harness) -> str:
    """A flow to which anyone may send."""
    return await place.publish(flow(a=compose(1)))


async def capture(place: Harness, flow_id: str, body: Any) -> str:
    answer = await place.post(flow_id, body, "/test")
    assert answer.status_code == 200, answer.text
    return str(answer.json()["sample"])


async def definition(place: Harness, flow_id: str) -> Any:
    return (await place.sy.flows.get(place.project, flow_id)).definition


async def samples(place: Harness, flow_id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await definition(place, flow_id)).get("samples") or {}
    return found


async def edits(place: Harness, flow_id: str) -> list[tuple[str, str]]:
    return [
        (command, sentence)
        for command, sentence in await place.sql(
            "SELECT command, sentence FROM draft_edits WHERE flow_id = ? ORDER BY number", flow_id
        )
    ]


async def test_only_the_newest_stay(place: Harness, open_flow: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(captured, "MAX_CAPTURED", 3)
    await place.sy.flows.save_sample(place.project, open_flow, "mine", {"body": 1}, place.actor)
    for name in ("a", "b", "c", "a", "d", "e"):
        assert await capture(place, open_flow, {"action": name}) == name
    assert list(await samples(place, open_flow)) == ["mine", "a", "d", "e"]


async def test_they_leave_half_of_the_room_to_people(place: Harness, open_flow: str) -> None:
    for number in range(6):
        await capture(place, open_flow, {"action": f"n{number}", "more": "x" * 400_000})
    kept = await samples(place, open_flow)
    assert list(kept) == ["n4", "n5"]
    text = orjson.dumps(await definition(place, open_flow), option=orjson.OPT_INDENT_2)
    assert len(text) < captured.MAX_SIZE + 10_000
    assert drafts.MAX_TEXT >= 2 * captured.MAX_SIZE


async def test_size_is_what_it_takes_in_the_file(place: Harness, open_flow: str) -> None:
    """A list of short numbers takes many times as much there as it took on the wire."""
    many = {"action": "wide", "n": [1] * 80_000}
    refused = await place.post(open_flow, many, "/test")
    assert refused.status_code == 413
    assert "too large for a sample" in refused.json()["error"]["message"]
    assert await samples(place, open_flow) == {}


async def test_where_people_left_little_room_the_oldest_give_way(place: Harness, open_flow: str) -> None:
    await capture(place, open_flow, {"action": "old", "more": "x" * 300_000})
    await place.sy.flows.save_sample(place.project, open_flow, "mine", {"body": "x" * 1_500_000}, place.actor)
    await capture(place, open_flow, {"action": "new", "more": "x" * 300_000})
    assert list(await samples(place, open_flow)) == ["mine", "new"]
    refused = await place.post(open_flow, {"action": "newer", "more": "x" * 600_000}, "/test")
    assert refused.status_code == 413
    assert list(await samples(place, open_flow)) == ["mine", "new"]


async def test_a_sample_of_a_person_is_not_replaced(place: Harness, open_flow: str) -> None:
    await place.sy.flows.save_sample(place.project, open_flow, "paid", {"body": "mine"}, place.actor)
    for total in (1, 2):
        assert await capture(place, open_flow, {"action": "paid", "total": total}) == "paid 2"
    kept = await samples(place, open_flow)
    assert kept["paid"] == {"body": "mine"} and kept["paid 2"]["body"]["total"] == 2


@pytest.mark.parametrize("how", ["changed", "renamed", "in a test"])
async def test_a_captured_sample_that_a_person_uses_is_theirs(
    place: Harness, open_flow: str, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(captured, "MAX_CAPTURED", 1)
    name = await capture(place, open_flow, {"action": "a"})
    if how == "changed":
        await place.sy.flows.save_sample(place.project, open_flow, "a", {"body": 2}, place.actor)
    elif how == "renamed":
        name = "b"
        await place.sy.edits.apply_to_latest(
            place.actor, open_flow, "rename_sample", {"name": "a", "new_name": name}
        )
    else:
        seen = await place.sy.flows.get(place.project, open_flow)
        tested = {**seen.definition, "tests": [{"name": "t", "sample": "a"}]}
        await place.sy.flows.save_draft(place.actor, open_flow, tested, seen.revision)
    for other in ("x", "y", "a"):
        await capture(place, open_flow, {"action": other})
    kept = await samples(place, open_flow)
    assert len(kept) == 2 and name in kept


async def test_captures_that_follow_each_other_are_one_edit(place: Harness, open_flow: str) -> None:
    before = await definition(place, open_flow)
    for name in ("a", "b", "b", "c"):  # the same again changes nothing
        await capture(place, open_flow, {"action": name})
    assert await edits(place, open_flow) == [("capture_sample", "Captured 3 samples, the last one “c”")]
    await place.sy.flows.save_sample(place.project, open_flow, "mine", {"body": 1}, place.actor)
    await capture(place, open_flow, {"action": "d"})
    assert [command for command, _ in await edits(place, open_flow)] == [
        "capture_sample",
        "save_sample",
        "capture_sample",
    ]
    for _ in range(3):
        seen = await place.sy.flows.get(place.project, open_flow)
        await place.sy.edits.undo(place.actor, open_flow, seen.revision)
    assert await definition(place, open_flow) == before
    seen = await place.sy.flows.get(place.project, open_flow)
    await place.sy.edits.redo(place.actor, open_flow, seen.revision)
    assert list(await samples(place, open_flow)) == ["a", "b", "c"]


async def test_captures_at_the_same_time_are_all_stored(place: Harness, open_flow: str) -> None:
    names = await asyncio.gather(*(capture(place, open_flow, {"action": f"n{n}"}) for n in range(4)))
    assert sorted(await samples(place, open_flow)) == sorted(names)


async def test_a_masked_sample_is_known_as_captured(place: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(captured, "MAX_CAPTURED", 1)
    trigger = {
        "name": "webhook", "piece": "webhook", "trigger": "catch",
        "input": {"verify": {"scheme": "none"}, "mask": ["body.card"]},
    }  # fmt: skip
    flow_id = await place.publish(flow(triggers=[trigger], a=compose(1)))
    for name in ("a", "b"):
        await capture(place, flow_id, {"action": name, "card": "4111"})
    kept = await samples(place, flow_id)
    assert list(kept) == ["b"] and kept["b"]["body"]["card"] != "4111"


async def test_names_stay_short_enough() -> None:
    text = orjson.dumps({"format": 1, "name": "x", "samples": {"n" * 200: {"body": 1}}}).decode()
    made = captured.add(text, None, "n" * 200, {"body": 2})
    assert len(made.name) <= 200 and list(made.draft.flow.samples) == ["n" * 200, made.name]
    with pytest.raises(TooLarge):
        captured.add(text, None, "big", {"body": "x" * captured.MAX_SIZE})
