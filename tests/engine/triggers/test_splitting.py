"""`split` of what topics carry, polls find and pieces are sent: a run for each item, all of them or none."""

from typing import Any

import pytest

from engine.base.redaction import MASK
from engine.runs import splitting
from engine.store import trigger_store
from tests.engine.conftest import Opened
from tests.engine.factories import Harness, compose
from tests.engine.triggers.test_piece_triggers import World, hooking, polls, shop, world  # noqa: F401 - fixtures
from tests.engine.triggers.test_topics import publish, read_all, runs_of, subscribed
from tests.support.clock import ManualClock
from tests.support.waiting import stored

ORDER = {"shop": "berlin", "lines": [{"sku": "a"}, {"sku": "b"}, {"sku": "c"}]}


def split_topic(split: str = "body.lines", **trigger: Any) -> Any:
    definition = subscribed(a=compose("{{ trigger.body }}"))
    definition["triggers"][0] |= {"split": split, **trigger}
    return definition


async def events(place: Harness, flow_id: str, count: int) -> list[Any]:
    found = await runs_of(place, flow_id, count)
    return [(await place.get(run.id))["trigger"]["event"] for run in found]


# -- topics ------------------------------------------------------------------------------------------


async def test_each_item_of_a_message_starts_a_run_that_sees_the_rest_of_it(place: Harness) -> None:
    flow_id = await place.publish(split_topic())
    message = await publish(place, ORDER)
    found = await events(place, flow_id, 3)
    assert [event["body"] for event in found] == ORDER["lines"]
    assert [event["batch"] for event in found] == [
        {"index": index, "size": 3, "body": {"shop": "berlin"}} for index in range(3)
    ]
    assert {(event["topic"], event["message_id"]) for event in found} == {("orders", message.id)}


async def test_a_message_that_is_read_again_after_a_crash_starts_nothing(open_place: Opened) -> None:
    async with open_place() as place:
        flow_id = await place.publish(split_topic())
        await publish(place, ORDER)
        await runs_of(place, flow_id, 3)
        await read_all(place, flow_id)
        await place.sql("UPDATE subscriptions SET at = 0")  # the runs were durable, and the cursor was not
    async with open_place() as place:
        await read_all(place, flow_id)
        assert len(await runs_of(place, flow_id, 3)) == 3
        await place.sy.topics.replay(place.actor, "orders", "2000-01-01T00:00:00Z", flow_id)
        assert len(await runs_of(place, flow_id, 6)) == 6


async def test_each_item_has_its_own_identity_across_messages(place: Harness) -> None:
    flow_id = await place.publish(split_topic(dedupe="trigger.body.sku"))
    await publish(place, ORDER)
    await publish(place, {"lines": [{"sku": "c"}, {"sku": "d"}, {"sku": "d"}]})
    await read_all(place, flow_id)
    assert [event["body"]["sku"] for event in await events(place, flow_id, 4)] == ["a", "b", "c", "d"]


async def test_when_one_item_cannot_be_stored_none_is_until_all_can(
    clock: ManualClock, place: Harness
) -> None:
    flow_id = await place.publish(split_topic("body"))
    await place.sql(
        "CREATE TRIGGER full BEFORE INSERT ON run_payloads WHEN (SELECT count(*) FROM run_payloads) >= 7 "
        "BEGIN SELECT RAISE(ABORT, 'full'); END"
    )
    await publish(place, list(range(10)))

    async def refused() -> bool:
        (status,) = await place.sy.triggers.state(place.project, flow_id)
        return status.error is not None

    await stored(place.sy.db, refused)
    assert (await place.rows())["runs"] == 0
    await place.sql("DROP TRIGGER full")
    found = await clock.drive(events(place, flow_id, 10), db=place.sy.db)
    assert [event["body"] for event in found] == list(range(10))


@pytest.mark.parametrize(
    ("split", "says"),
    [
        ("body.shop", "a text"),
        ("body.missing", "gave null"),
        ("sum(body.lines)", "could not be evaluated"),
    ],
)
async def test_what_is_no_list_starts_one_run_with_a_warning(place: Harness, split: str, says: str) -> None:
    flow_id = await place.publish(split_topic(split))
    await publish(place, ORDER)
    (run,) = await runs_of(place, flow_id, 1)
    shown = await place.get(run.id)
    assert shown["trigger"]["event"]["body"] == ORDER and says in shown["warnings"][0]


async def test_a_list_that_is_too_long_holds_nobody_up(
    place: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(splitting, "MAX_ITEMS", 2)
    flow_id = await place.publish(split_topic())
    await publish(place, ORDER)
    await publish(place, {"lines": [{"sku": "d"}]})
    first, second = await events(place, flow_id, 2)
    assert first["body"] == ORDER and "3 items; at most 2" in first["warnings"][0]
    assert (second["body"], second.get("warnings")) == ({"sku": "d"}, None)


async def test_an_empty_list_starts_nothing_and_the_next_message_is_read(place: Harness) -> None:
    flow_id = await place.publish(split_topic())
    await publish(place, {"lines": []})
    await publish(place, {"lines": [{"sku": "d"}]})
    assert [event["body"] for event in await events(place, flow_id, 1)] == [{"sku": "d"}]


async def test_mask_paths_hide_values_of_the_item_and_of_what_stands_around_the_list(place: Harness) -> None:
    body = {"card": "4111-2222-3333", "lines": [{"sku": "a", "pin": "pin-98765"}]}
    flow_id = await place.publish(split_topic(mask=["body.card", "body.pin"]))
    await publish(place, body)
    (event,) = await events(place, flow_id, 1)
    assert event["body"] == {"sku": "a", "pin": MASK}
    assert event["batch"]["body"] == {"card": MASK}


# -- polls and webhooks of pieces -----------------------------------------------------------------------


async def test_each_item_of_what_a_poll_finds_starts_a_run(world: World) -> None:  # noqa: F811
    definition = polls()
    definition["triggers"][0]["split"] = "body.lines"
    id = await world.publish(definition)
    await world.settled(id)
    await world.poll(id)
    world.shop.orders = [{"id": 1, **ORDER}, {"id": 2, "lines": []}]
    await world.poll(id)
    assert await world.runs_of(id) == ORDER["lines"]


async def test_a_poll_that_finds_the_same_again_after_a_crash_starts_nothing_new(
    world: World,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    definition = polls()
    definition["triggers"][0]["split"] = "body.lines"
    id = await world.publish(definition)
    await world.settled(id)
    await world.poll(id)
    world.shop.orders = [{"id": 1, **ORDER}]
    with monkeypatch.context() as patch:

        async def full(*_: Any) -> None:
            raise OSError("no space")

        patch.setattr(trigger_store, "save", full)
        await world.poll(id)
        assert "no space" in await world.error(id)
    await world.poll(id)
    assert await world.runs_of(id) == ORDER["lines"]


async def test_each_item_of_a_payload_of_a_piece_starts_a_run_with_an_identity_of_its_own(
    world: World,  # noqa: F811
) -> None:
    definition = hooking()
    definition["triggers"][0] |= {"split": "body.lines", "dedupe": "trigger.body.sku"}
    id = await world.publish(definition)
    await world.settled(id)
    first = (await world.orders(id, {"id": 1, **ORDER})).json()
    assert len(set(first["run_ids"])) == 3
    again = (await world.orders(id, {"id": 2, "lines": [{"sku": "c"}, {"sku": "d"}]})).json()
    assert again["run_ids"][0] == first["run_ids"][2]
    await world.quiet()
    assert sorted(line["sku"] for line in await world.runs_of(id)) == ["a", "b", "c", "d"]
