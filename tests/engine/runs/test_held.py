"""Held events: a disabled flow accepts what it is sent, and runs it once, in order, when it is enabled."""

import asyncio
from typing import Any

import httpx
import orjson
import pytest

from engine.base import clock
from engine.base.errors import Conflict, NotFound
from engine.base.redaction import MASK
from engine.signatures import sign
from engine.store import held_store, retention
from engine.store.models import TERMINAL
from tests.engine.conftest import Opened
from tests.engine.factories import Harness, compose, flow, probe, webhook
from tests.support.clock import ManualClock
from tests.support.waiting import stored, until

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


async def disabled(place: Harness, definition: Any = None) -> str:
    """A flow that was published and is disabled now."""
    flow_id = await place.publish(definition or flow(a=probe("{{ trigger.body }}")))
    await place.sy.flows.disable(place.actor, flow_id)
    return flow_id


async def hold(place: Harness, flow_id: str, *bodies: object) -> None:
    for body in bodies:
        answer = await place.post(flow_id, body)
        assert (answer.status_code, answer.json()) == (202, {"held": True}), answer.text


async def ran(place: Harness, count: int) -> list[Any]:
    """The bodies of the project's runs in the order in which they were accepted, once so many have ended."""

    async def ask() -> list[Any]:
        rows = await place.rows_of(
            "SELECT r.status, p.payload FROM runs r JOIN run_payloads p ON p.run_id = r.id "
            "WHERE r.project_id = ? ORDER BY r.position", place.project,
        )  # fmt: skip
        ended = all(status in TERMINAL for status, _ in rows)
        return [orjson.loads(payload)["body"] for _, payload in rows] if ended and len(rows) >= count else []

    return await stored(place.sy.db, ask) if count else await ask()


async def events(place: Harness, action: str) -> list[int]:
    rows = await place.rows_of(
        "SELECT envelope FROM events WHERE action = ? AND project_id = ? ORDER BY position",
        action,
        place.project,
    )
    return [orjson.loads(row[0])["data"]["events"] for row in rows]


# -- holding --------------------------------------------------------------------------------------------


async def test_a_disabled_flow_holds_its_events_and_starts_nothing(place: Harness) -> None:
    flow_id = await disabled(place)
    await hold(place, flow_id, 1, 2)
    await place.quiet()
    assert await ran(place, 0) == []
    assert await place.sy.held.count(place.project) == await place.sy.held.count(place.project, flow_id) == 2
    (one,) = await place.sy.held.flows(place.project)
    assert (one.flow_id, one.flow_name, one.events, one.enabled) == (flow_id, "A flow", 2, False)
    assert await events(place, "flow.event.held") == [1]


async def test_a_flow_that_was_never_published_holds_nothing(place: Harness) -> None:
    assert (await place.post(await place.draft(flow(a=compose(1))), 1)).status_code == 404
    assert await place.sy.held.count(place.project) == 0


async def test_a_trigger_can_reject_events_instead(place: Harness) -> None:
    flow_id = await disabled(place, flow(triggers=[webhook(while_disabled="reject")], a=compose(1)))
    answer = await place.post(flow_id, 1)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "flow_disabled")

    async def ask() -> list[Any]:
        return (await place.sy.rejected.list(place.project)).data

    (one,) = await stored(place.sy.db, ask)
    assert one.reason == "disabled"


async def test_only_what_is_verified_is_held(place: Harness) -> None:
    await place.sy.connections.create(place.actor, "signing", "webhook", {"secret": SECRET})
    verify = {"scheme": "standard_webhooks", "connection": "signing"}
    flow_id = await disabled(place, flow(triggers=[webhook(verify)], a=compose(1)))
    assert (await place.post(flow_id, 1)).status_code == 401
    headers = sign("standard_webhooks", SECRET, b"1", now=clock.now())
    answer = await place.post(flow_id, content=b"1", headers=headers)
    assert answer.json() == {"held": True}
    again = await place.post(flow_id, content=b"1", headers=headers)
    assert again.json() == {"held": True, "duplicate": True}
    assert await place.sy.held.count(place.project) == 1


async def test_a_duplicate_of_a_run_is_not_held_and_names_the_run(place: Harness) -> None:
    flow_id = await place.publish(flow(triggers=[webhook(dedupe="trigger.body")], a=compose(1)))
    run_id = await place.start(flow_id, "x")
    await place.sy.flows.disable(place.actor, flow_id)
    assert (await place.post(flow_id, "x")).json() == {"run_id": run_id, "duplicate": True}


async def test_a_caller_who_waits_for_a_response_gets_503(place: Harness) -> None:
    flow_id = await disabled(place)
    answer = await place.post(flow_id, 1, "/sync")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    assert await place.sy.held.count(place.project) == 0


async def test_a_draft_is_tested_while_its_flow_is_disabled(place: Harness) -> None:
    flow_id = await disabled(place)
    headers = await place.as_editor()
    assert "run_id" in (await place.post(flow_id, 1, "/draft", headers=headers)).json()


@pytest.mark.parametrize("limit", [{"max_held": 2}, {"max_held_bytes": 700}])
async def test_a_full_hold_answers_503(open_place: Opened, limit: dict[str, int]) -> None:
    async with open_place(**limit) as place:
        flow_id, other = await disabled(place), await disabled(place)
        await hold(place, flow_id, 1, 2)
        answer = await place.post(flow_id, 3)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
        assert await place.sy.held.count(place.project, flow_id) == 2
        await hold(place, other, 1)  # the limit is the flow's


async def test_what_is_held_is_sealed(place: Harness) -> None:
    flow_id = await disabled(place, flow(triggers=[webhook(mask=["body.ssn"])], a=probe(1)))
    await hold(place, flow_id, {"ssn": "123-45-6789"})
    (content,) = (await place.rows_of("SELECT content FROM held_events"))[0]
    assert b"6789" not in content
    (one,) = (await place.sy.held.list(place.project)).data
    summary, event = await place.sy.held.get(place.project, one.id)
    assert summary == one and event["body"] == {"ssn": MASK}


async def test_another_project_neither_sees_nor_releases_nor_discards_them(place: Harness) -> None:
    flow_id = await disabled(place)
    await hold(place, flow_id, 1)
    (one,) = (await place.sy.held.list(place.project)).data
    other = await place.fresh()
    assert await other.sy.held.flows(other.project) == []
    for work in (
        other.sy.held.get(other.project, one.id),
        other.sy.held.release(other.actor, flow_id),
        other.sy.held.discard(other.actor, flow_id),
    ):
        with pytest.raises(NotFound):
            await work
    assert await place.sy.held.count(place.project) == 1


# -- releasing ------------------------------------------------------------------------------------------


async def test_enabling_the_flow_releases_what_it_held_once_each_and_in_order(place: Harness) -> None:
    flow_id = await disabled(place)
    bodies = list(range(150))  # more than one batch
    await hold(place, flow_id, *bodies)
    await place.sy.flows.enable(place.actor, flow_id)
    assert await ran(place, 150) == bodies
    assert sorted(place.probe.values) == bodies
    assert await place.sy.held.count(place.project) == 0
    await until(lambda: not place.sy.held.is_releasing(flow_id))
    await stored(place.sy.db, lambda: events(place, "flow.event.released"))
    assert await events(place, "flow.event.released") == [150]
    assert (await place.start(flow_id, "direct")).startswith("run_")


async def test_what_arrives_while_a_flow_releases_does_not_overtake(place: Harness) -> None:
    flow_id = await disabled(place)
    await hold(place, flow_id, *range(100))
    await place.sy.flows.enable(place.actor, flow_id)
    answers = []
    for number in range(100, 160):
        answers.append((await place.post(flow_id, number)).json())
    assert await ran(place, 160) == list(range(160))
    assert {"held": True} in answers


async def test_a_version_that_was_published_meanwhile_is_used(place: Harness) -> None:
    flow_id = await disabled(place)
    await hold(place, flow_id, 1)
    await place.republish(flow_id, flow(a=probe("new")))  # publishing enables
    await place.probe.called(1)
    assert place.probe.values == ["new"]


async def test_they_are_released_by_hand_while_the_flow_stays_disabled(place: Harness) -> None:
    flow_id = await disabled(place)
    await hold(place, flow_id, "a", "b")
    assert await place.sy.held.release(place.actor, flow_id) == 2
    assert await ran(place, 2) == ["a", "b"]
    await hold(place, flow_id, "c")
    assert await place.sy.held.release(place.actor, flow_id) == 1
    assert await place.sy.held.release(place.actor, flow_id) == 0


async def test_a_flow_that_is_switched_on_and_off_quickly_releases_once_it_is_on(place: Harness) -> None:
    flow_id = await disabled(place)
    await hold(place, flow_id, 1, 2, 3)
    for _ in range(5):
        place.sy.held.changed(flow_id)  # it looks, and finds the flow disabled
        await place.sy.flows.enable(place.actor, flow_id)
        await place.sy.flows.disable(place.actor, flow_id)
    place.sy.held.changed(flow_id)
    await place.sy.flows.enable(place.actor, flow_id)
    assert await ran(place, 3) == [1, 2, 3]


async def test_two_releases_at_once_release_each_event_once(place: Harness) -> None:
    flow_id = await disabled(place)
    await hold(place, flow_id, *range(20))
    both = await asyncio.gather(*(place.sy.held.release(place.actor, flow_id) for _ in range(2)))
    assert both == [20, 20]  # the second one waited for the first
    assert await ran(place, 20) == list(range(20))


async def test_a_duplicate_of_a_released_event_names_its_run(place: Harness) -> None:
    flow_id = await disabled(place, flow(triggers=[webhook(dedupe="trigger.body")], a=compose(1)))
    await hold(place, flow_id, "x")
    await place.sy.flows.enable(place.actor, flow_id)
    await ran(place, 1)
    (run_id,) = (await place.rows_of("SELECT id FROM runs WHERE project_id = ?", place.project))[0]
    assert (await place.post(flow_id, "x")).json() == {"run_id": run_id, "duplicate": True}


async def test_what_mask_paths_hide_stays_hidden_in_the_run(place: Harness) -> None:
    flow_id = await disabled(
        place, flow(triggers=[webhook(mask=["body.ssn"])], a=probe("{{ trigger.body.ssn }}"))
    )
    await hold(place, flow_id, {"ssn": "123-45-6789"})
    await place.sy.flows.enable(place.actor, flow_id)
    assert await ran(place, 1) == [{"ssn": MASK}]
    assert place.probe.values == ["123-45-6789"]


async def test_a_full_backlog_delays_the_release_and_loses_nothing(
    open_place: Opened, clock: ManualClock
) -> None:
    async with open_place(max_backlog=5, flow_concurrency=1) as place:
        flow_id = await disabled(place)
        await hold(place, flow_id, *range(20))
        gate = place.probe.hold()
        blocker = await place.publish(flow(a=probe("blocked"), settings={"concurrency": 1}))
        for _ in range(6):
            await place.post(blocker, 0)
        await place.sy.flows.enable(place.actor, flow_id)
        await place.quiet()
        assert await place.sy.held.count(place.project) == 20
        gate.set()
        await place.quiet()
        await clock.drive(ran(place, 26), 1, place.sy.db)
        released = [value for value in place.probe.values if value != "blocked"]
        assert sorted(released) == list(range(20))


async def test_a_flow_that_is_gone_cannot_be_released(place: Harness) -> None:
    flow_id = await disabled(place)
    await hold(place, flow_id, 1)
    await place.sy.flows.delete(place.actor, flow_id)
    with pytest.raises(Conflict):
        await place.sy.held.release(place.actor, flow_id)
    assert await place.sy.held.count(place.project) == 1
    await place.sy.flows.restore(place.actor, flow_id)
    await place.sy.flows.enable(place.actor, flow_id)
    assert await ran(place, 1) == [1]


async def test_a_process_that_ended_while_releasing_goes_on_when_it_starts(open_place: Opened) -> None:
    async with open_place() as place:
        flow_id = await disabled(place)
        await hold(place, flow_id, 1, 2, 3)
        place.sy.held._stopped = True  # it ends before it looks at what changed
        await place.sy.flows.enable(place.actor, flow_id)
    async with open_place() as place:
        assert await ran(place, 3) == [1, 2, 3]


# -- discarding -----------------------------------------------------------------------------------------


async def test_they_are_discarded_on_request_all_or_some(place: Harness) -> None:
    flow_id = await disabled(place)
    await hold(place, flow_id, 1, 2, 3)
    first = (await place.sy.held.list(place.project, limit=1)).data[0]
    assert await place.sy.held.discard(place.actor, flow_id, [first.id]) == 1
    assert await place.sy.held.discard(place.actor, flow_id) == 2
    await place.sy.flows.enable(place.actor, flow_id)
    await place.quiet()
    assert await ran(place, 0) == []
    assert await events(place, "flow.event.discarded") == [1, 2]


async def test_a_discarded_event_can_be_sent_again(place: Harness) -> None:
    flow_id = await disabled(place, flow(triggers=[webhook(dedupe="trigger.body")], a=compose(1)))
    await hold(place, flow_id, "x")
    await place.sy.held.discard(place.actor, flow_id)
    await hold(place, flow_id, "x")


async def test_they_are_listed_in_pages_oldest_first(place: Harness) -> None:
    flow_id, other = await disabled(place), await disabled(place)
    await hold(place, flow_id, 1, 2)
    await hold(place, other, 3)
    page = await place.sy.held.list(place.project, limit=2)
    rest = await place.sy.held.list(place.project, cursor=page.next, limit=2)
    shown = [await place.sy.held.get(place.project, one.id) for one in [*page.data, *rest.data]]
    assert [event["body"] for _, event in shown] == [1, 2, 3]
    assert len((await place.sy.held.list(place.project, flow_id)).data) == 2


async def test_a_flow_that_is_swept_takes_them_along(place: Harness) -> None:
    flow_id = await disabled(place)
    await hold(place, flow_id, 1)
    await place.sy.flows.delete(place.actor, flow_id)
    await place.sy.db.submit(lambda tx: retention.forget_flows(tx, "9999"))
    assert await place.sy.db.read(lambda tx: held_store.size_of(tx, flow_id)) == (0, 0)


# -- other senders --------------------------------------------------------------------------------------


async def test_a_batch_of_cloudevents_is_held_event_by_event(place: Harness) -> None:
    flow_id = await disabled(place)
    batch = [{"specversion": "1.0", "id": str(n), "source": "/a", "type": "t", "data": n} for n in range(3)]
    headers = {"content-type": "application/cloudevents-batch+json"}
    answer: httpx.Response = await place.post(flow_id, content=orjson.dumps(batch), headers=headers)
    assert answer.json() == {"held": True, "events": 3}
    await place.sy.flows.enable(place.actor, flow_id)
    assert await ran(place, 3) == [0, 1, 2]


async def test_an_event_of_a_destination_that_is_a_flow_is_held_as_well(place: Harness) -> None:
    flow_id = await disabled(place)
    event = {"method": "POST", "headers": {"webhook-id": "evt_1"}, "query": {}, "body": "own"}
    started = await place.sy.senders._flow._start(flow_id, place.project, event, lineage=())
    assert started.held and started.run_id.startswith("hld_")
    again = await place.sy.senders._flow._start(flow_id, place.project, event, lineage=())
    assert again.held and again.duplicate
    await place.sy.flows.enable(place.actor, flow_id)
    assert await ran(place, 1) == ["own"]


async def test_what_was_sealed_with_another_key_stays_held_and_says_so(open_place: Opened) -> None:
    async with open_place() as place:
        flow_id = await disabled(place)
        await hold(place, flow_id, 1)
    (place.sy.settings.data_dir / "secret.key").unlink()
    async with open_place() as place:
        (one,) = (await place.sy.held.list(place.project)).data
        with pytest.raises(Conflict, match="cannot be opened"):
            await place.sy.held.get(place.project, one.id)
        assert await place.sy.held.release(place.actor, flow_id) == 0
        assert await place.sy.held.count(place.project) == 1
