"""Usual events: received from the parser without a task, and answered once their run is durable."""

from collections.abc import Sequence
from typing import Any

import orjson
import pytest

from engine.base.errors import Unavailable
from engine.intake.answers import IntakeAnswer
from engine.intake.request import Request
from engine.intake.webhooks import Intake
from engine.store import run_store
from engine.store.errors import StoreError
from tests.engine.factories import Harness, action, compose, flow, probe, webhook
from tests.support.waiting import until

JSON = (b"content-type", b"application/json")


def request(
    body: bytes = b'{"n": 1}', *headers: tuple[bytes, bytes], method: str = "POST", query: bytes = b""
) -> Request:
    return Request(method, b"/webhooks/f", query, [JSON, *headers], body, "192.0.2.7")


def event_flow(**trigger: Any) -> Any:
    return flow(triggers=[webhook(**trigger)], a=compose("{{ trigger.body.n }}"))


def intake(place: Harness, variant: str = "") -> Intake:
    return Intake(place.sy.queue, place.sy.intake, place.sy.settings, variant)


async def known(place: Harness, definition: Any) -> str:
    """A published flow whose plan is in memory: its first event was received in the other way."""
    flow_id = await place.publish(definition)
    await place.sy.intake.published(flow_id)
    return flow_id


def refused(tx: Any, arrivals: Any) -> Any:
    """In place of `run_store.accept`, of a database that takes nothing."""
    raise StoreError("refused")


async def answers(place: Harness, flow_id: str, sent: Sequence[Request]) -> list[IntakeAnswer]:
    got: list[IntakeAnswer] = []
    for one in sent:
        assert intake(place).start_at_once(flow_id, one, got.append)
    await until(lambda: len(got) == len(sent))
    return got


async def test_an_event_is_answered_once_its_run_is_durable(place: Harness) -> None:
    flow_id = await known(place, event_flow())
    ((status, headers, body),) = await answers(place, flow_id, [request(query=b"a=1")])
    assert (status, headers) == (202, [JSON])
    run = await place.ended(orjson.loads(body)["run_id"])
    assert run["status"] == "succeeded" and run["trigger"]["event"]["query"] == {"a": "1"}
    assert run["steps"][0]["output"] == 1


async def test_a_flow_that_is_not_in_memory_yet_is_left_to_the_other_way(place: Harness) -> None:
    flow_id = await place.publish(event_flow())
    assert not intake(place).start_at_once(flow_id, request(), lambda _: None)
    assert not intake(place).start_at_once("flow_unknown", request(), lambda _: None)


@pytest.mark.parametrize(
    "trigger",
    [
        {"split": "body.items"}, {"dedupe": "trigger.body.n"}, {"dedupe_within": 60}, {"methods": ["PUT"]},
        {"allowed_origins": ["https://a.example"]}, {"handshake": {"preset": "graph"}},
        {"verify": {"scheme": "github", "connection": "signing"}},
    ],
    ids=lambda trigger: "-".join(trigger),
)  # fmt: skip
async def test_what_a_trigger_asks_for_more_is_left_to_the_other_way(place: Harness, trigger: Any) -> None:
    await place.sy.connections.create(place.actor, "signing", "webhook", {"secret": "s3cret"})
    flow_id = await known(place, event_flow(**trigger))
    assert not intake(place).start_at_once(flow_id, request(), lambda _: None)


@pytest.mark.parametrize(
    "more",
    [{"title": "{{ trigger.body.n }}"}, {"labels": {"n": "trigger.body.n"}}, {"mask": ["body.n"]}],
    ids=lambda more: "-".join(more),
)
async def test_what_is_evaluated_or_hidden_of_an_event_is_left_to_the_other_way(
    place: Harness, more: Any
) -> None:
    definition = event_flow()
    definition["triggers"][0] |= more
    flow_id = await known(place, definition)
    assert not intake(place).start_at_once(flow_id, request(), lambda _: None)


@pytest.mark.parametrize(
    "sent",
    [
        request(b'"%b"' % (b"x" * 300_000)),
        request(method="GET"),
        request(b"[]", (b"content-type", b"application/cloudevents-batch+json")),
        request(b"{}", (b"switchyard-lineage", b"x")),
    ],
    ids=["large", "method", "batch", "lineage"],
)
async def test_a_request_that_is_not_usual_is_left_to_the_other_way(place: Harness, sent: Request) -> None:
    flow_id = await known(place, event_flow())
    assert not intake(place).start_at_once(flow_id, sent, lambda _: None)


@pytest.mark.parametrize("variant", ["draft", "draft/sync", "test", "v1/logs"])
async def test_other_addresses_are_left_to_the_other_way(place: Harness, variant: str) -> None:
    flow_id = await known(place, event_flow())
    assert not intake(place, variant).start_at_once(flow_id, request(), lambda _: None)


async def test_a_disabled_flow_holds_its_event_in_the_other_way(place: Harness) -> None:
    flow_id = await known(place, event_flow())
    await place.sy.flows.disable(place.actor, flow_id)
    await place.sy.intake.published(flow_id)
    assert not intake(place).start_at_once(flow_id, request(), lambda _: None)


async def test_an_event_that_was_sent_twice_starts_one_run(place: Harness) -> None:
    flow_id = await known(place, event_flow())
    twice = [request(b'{"n": 1}', (b"idempotency-key", b"k")) for _ in range(2)]
    first, second = [orjson.loads(body) for _, _, body in await answers(place, flow_id, twice)]
    assert second == first | {"duplicate": True}


async def test_a_body_that_cannot_be_read_is_refused_and_listed(place: Harness) -> None:
    flow_id = await known(place, event_flow())
    ((status, _, body),) = await answers(place, flow_id, [request(b"{")])
    assert status == 400 and b"not valid JSON" in body
    await place.sy.rejections.stop()
    listed = await place.sy.rejected.list(place.project)
    assert [one.flow_id for one in listed.data] == [flow_id]


async def test_an_event_that_the_store_does_not_take_is_to_be_sent_again(
    place: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow_id = await known(place, event_flow())

    monkeypatch.setattr(run_store, "accept", refused)
    ((status, headers, body),) = await answers(place, flow_id, [request()])
    assert status == 503 and b"retry-after" in dict(headers)
    assert b"could not be stored" in body
    monkeypatch.undo()
    ((status, _, _),) = await answers(place, flow_id, [request()])
    assert status == 202


async def test_a_defect_behind_the_store_is_answered_and_says_nothing_of_itself(
    place: Harness, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    flow_id = await known(place, event_flow())

    def defective(tx: Any, arrivals: Any) -> Any:
        raise ZeroDivisionError("a defect")

    monkeypatch.setattr(run_store, "accept", defective)
    ((status, _, body),) = await answers(place, flow_id, [request()])
    assert status == 500 and b"a defect" not in body
    assert "an event could not be answered" in caplog.text


def answering(**before: Any) -> Any:
    """A flow that answers with the event's body, behind the steps of `before`."""
    answer = action("webhook", "respond", input={"body": "{{ trigger.body }}"})
    return flow(triggers=[webhook()], **before, answer=answer)


async def answers_of_sync(place: Harness, flow_id: str, *sent: Request) -> list[IntakeAnswer]:
    got: list[IntakeAnswer] = []
    for one in sent:
        assert intake(place, "sync").start_at_once(flow_id, one, got.append)
    await until(lambda: len(got) == len(sent))
    return got


async def test_a_caller_of_sync_gets_the_response_of_a_run_that_ends_at_once(place: Harness) -> None:
    flow_id = await known(place, answering())
    ((status, _, body),) = await answers_of_sync(place, flow_id, request())
    assert (status, orjson.loads(body)) == (200, {"n": 1})
    assert len(place.sy.waiters) == 0


async def test_a_caller_of_sync_waits_for_a_run_that_goes_on(place: Harness) -> None:
    flow_id = await known(place, answering(a=probe(next="answer")))
    ((status, _, body),) = await answers_of_sync(place, flow_id, request())
    assert (status, orjson.loads(body)) == (200, {"n": 1})
    assert len(place.sy.waiters) == 0


async def test_a_caller_of_sync_that_sends_again_is_told_so(place: Harness) -> None:
    flow_id = await known(place, answering())
    again = [request(b"1", (b"idempotency-key", b"k")) for _ in range(2)]
    first, second = await answers_of_sync(place, flow_id, *again)
    assert first[0] == 200 and orjson.loads(second[2])["duplicate"] is True
    assert len(place.sy.waiters) == 0


async def test_a_caller_of_sync_is_told_when_the_server_stops(
    place: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow_id = await known(place, answering())
    stored = place.sy.waiters.answer
    stopping = Unavailable("Switchyard is stopping.")
    monkeypatch.setattr(place.sy.waiters, "answer", lambda *_: place.sy.waiters.fail(stopping))
    ((status, _, body),) = await answers_of_sync(place, flow_id, request())
    monkeypatch.setattr(place.sy.waiters, "answer", stored)
    assert status == 503 and b"stopping" in body


async def test_a_caller_of_sync_is_told_that_the_store_takes_nothing(
    place: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow_id = await known(place, answering())

    monkeypatch.setattr(run_store, "accept", refused)
    ((status, headers, _),) = await answers_of_sync(place, flow_id, request())
    assert status == 503 and b"retry-after" in dict(headers)
    assert len(place.sy.waiters) == 0
