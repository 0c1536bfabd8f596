"""What tells one event from another: for every kind of trigger, within a window, or not at all."""

from typing import Any

import pytest

from engine.store import ledger
from tests.engine.factories import Harness, compose, flow, webhook
from tests.engine.triggers.test_piece_triggers import World, polls, shop, world  # noqa: F401 - fixtures
from tests.engine.triggers.test_topics import publish, read_all, runs_of, subscribed
from tests.support.clock import ManualClock

OWN = "trigger.body.id"


async def sent(place: Harness, flow_id: str, *bodies: Any, **request: Any) -> list[bool]:
    """Whether each of these events was a duplicate."""
    answers = [(await place.post(flow_id, body, **request)).json() for body in bodies]
    return [answer.get("duplicate", False) for answer in answers]


# -- the window --------------------------------------------------------------------------------------


async def test_a_retry_is_dropped_and_a_second_incident_tomorrow_is_not(
    clock: ManualClock, place: Harness
) -> None:
    flow_id = await place.publish(flow(triggers=[webhook(dedupe=OWN, dedupe_within=3600)], a=compose(1)))
    assert await sent(place, flow_id, {"id": "disk"}, {"id": "disk"}) == [False, True]
    clock.advance(3599)
    assert await sent(place, flow_id, {"id": "disk"}) == [True]
    clock.advance(1)
    assert await sent(place, flow_id, {"id": "disk"}, {"id": "disk"}) == [False, True]
    clock.advance(3599)
    assert await sent(place, flow_id, {"id": "disk"}) == [True], "the window begins with the run"


async def test_without_a_window_an_identity_counts_as_long_as_it_is_remembered(
    clock: ManualClock, place: Harness
) -> None:
    flow_id = await place.publish(flow(triggers=[webhook(dedupe=OWN)], a=compose(1)))
    assert await sent(place, flow_id, {"id": "a"}) == [False]
    clock.advance(6 * 86_400)
    assert await sent(place, flow_id, {"id": "a"}) == [True]


async def test_the_window_counts_for_the_ids_of_headers(clock: ManualClock, place: Harness) -> None:
    flow_id = await place.publish(flow(triggers=[webhook(dedupe_within=60)], a=compose(1)))
    headers = {"Idempotency-Key": "one"}
    assert await sent(place, flow_id, 1, 1, headers=headers) == [False, True]
    clock.advance(60)
    assert await sent(place, flow_id, 1, headers=headers) == [False]


@pytest.mark.parametrize("nothing", [None, "", "  \t", [], {}])
async def test_an_empty_identity_is_none(place: Harness, nothing: Any) -> None:
    flow_id = await place.publish(flow(triggers=[webhook(dedupe=OWN)], a=compose(1)))
    assert await sent(place, flow_id, {"id": nothing}, {"id": nothing, "n": 2}) == [False, False]


async def test_a_blank_id_in_a_header_is_none(place: Harness) -> None:
    flow_id = await place.publish(flow(a=compose(1)))
    assert await sent(place, flow_id, 1, 2, headers={"Idempotency-Key": " "}) == [False, False]


# -- other triggers ----------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["trigger", "flow"])
async def test_messages_of_a_topic_have_an_identity(place: Harness, where: str) -> None:
    definition = subscribed(a=compose("{{ trigger.body.id }}"))
    (definition["triggers"][0] if where == "trigger" else definition["settings"])["dedupe"] = OWN
    flow_id = await place.publish(definition)
    for body in ({"id": 1}, {"id": 1}, {"id": 2}, {}, {}):
        await publish(place, body)
    await read_all(place, flow_id)
    found = await runs_of(place, flow_id, 4)
    assert len(found) == 4
    rows = await place.sy.db.submit(lambda tx: ledger.of_flows(tx, place.project, [flow_id], ""))
    counts = {row.kind: row.amount for row in rows if row.kind in ("received", "deduplicated")}
    assert counts == {"received": 5, "deduplicated": 1}


async def test_a_replay_runs_again_for_messages_with_an_identity(place: Harness) -> None:
    definition = subscribed(a=compose(1))
    definition["triggers"][0]["dedupe"] = OWN
    flow_id = await place.publish(definition)
    await publish(place, {"id": 1})
    await runs_of(place, flow_id, 1)
    await place.sy.topics.replay(place.actor, "orders", "2000-01-01T00:00:00Z", flow_id)
    assert len(await runs_of(place, flow_id, 2)) == 2


async def test_what_polls_find_has_an_identity_within_a_window(world: World, clock: ManualClock) -> None:  # noqa: F811
    definition = polls()
    definition["triggers"][0] |= {"dedupe": "trigger.body.sku", "dedupe_within": 60}
    id = await world.publish(definition)
    await world.settled(id)
    await world.poll(id)
    world.shop.orders = [{"id": 1, "sku": "a"}, {"id": 2, "sku": "a"}, {"id": 3, "sku": "b"}]
    await world.poll(id)
    assert await world.runs_of(id) == [{"id": 1, "sku": "a"}, {"id": 3, "sku": "b"}]
    clock.advance(60)
    world.shop.orders.append({"id": 4, "sku": "a"})
    await world.poll(id)
    assert (await world.runs_of(id))[-1] == {"id": 4, "sku": "a"}


async def test_an_identity_that_fails_is_a_warning_on_the_run(place: Harness) -> None:
    definition = subscribed(a=compose(1))
    definition["triggers"][0]["dedupe"] = "join('-', [trigger.body.id])"
    flow_id = await place.publish(definition)
    await publish(place, {"id": 1})
    (found,) = await runs_of(place, flow_id, 1)
    (warning,) = (await place.get(found.id))["warnings"]
    assert "identity" in warning


# -- may be a repeat ---------------------------------------------------------------------------------


async def test_the_same_bytes_within_a_minute_may_be_a_repeat(clock: ManualClock, place: Harness) -> None:
    flow_id = await place.publish(flow(a=compose(1)))
    first = await place.start(flow_id, {"n": 1})
    assert (await place.ended(first))["warnings"] == []
    clock.advance(12)
    (warning,) = (await place.ended(await place.start(flow_id, {"n": 1})))["warnings"]
    assert warning.startswith("This may be a repeat: the same bytes arrived 12 s before and started " + first)
    assert (await place.ended(await place.start(flow_id, {"n": 2})))["warnings"] == []
    clock.advance(61)
    assert (await place.ended(await place.start(flow_id, {"n": 1})))["warnings"] == []


async def test_a_sender_with_an_identity_repeats_nothing(place: Harness) -> None:
    flow_id = await place.publish(flow(a=compose(1)))
    for key in ("1", "2"):
        run_id = await place.start(flow_id, {"n": 1}, headers={"Idempotency-Key": key})
        assert (await place.ended(run_id))["warnings"] == []


async def test_requests_that_carry_nothing_are_not_compared(place: Harness) -> None:
    flow_id = await place.publish(flow(a=compose(1)))
    for _ in range(2):
        assert (await place.ended(await place.start(flow_id, content=b"")))["warnings"] == []
