"""CloudEvents that come in: structured, binary, batch; and those that are none."""

import json
from typing import Any

import pytest
import pytest_asyncio

from tests.engine.factories import Harness, compose, flow

pytestmark = pytest.mark.asyncio(loop_scope="module")

EVENT: dict[str, Any] = {
    "specversion": "1.0", "id": "1", "source": "/shop", "type": "com.example.order", "subject": "orders/7",
    "time": "2026-03-03T10:15:30Z", "traceparent": "00-ab-cd-01", "data": {"total": 5},
}  # fmt: skip
STRUCTURED = "application/cloudevents+json; charset=utf-8"
BATCH = "application/cloudevents-batch+json"
BINARY = {
    "content-type": "application/json",
    **{f"ce-{name}": value for name, value in EVENT.items() if name != "data"},
}


@pytest_asyncio.fixture(loop_scope="module")
async def place(shared: Harness) -> Harness:
    return await shared.fresh()


async def _flow(place: Harness) -> str:
    return await place.publish(
        flow(a=compose({"body": "{{ trigger.body }}", "attributes": "{{ trigger.cloudevent }}"}))
    )


async def _post(
    place: Harness, flow_id: str, content: bytes, headers: dict[str, str], variant: str = ""
) -> Any:
    return await place.http.post(f"/webhooks/{flow_id}{variant}", content=content, headers=headers)


async def _given(place: Harness, run_id: str) -> Any:
    return (await place.ended(run_id))["steps"][0]["output"]


@pytest.mark.parametrize("mode", ["structured", "binary"])
async def test_every_mode_gives_the_same_event(place: Harness, mode: str) -> None:
    flow_id = await _flow(place)
    if mode == "structured":
        answer = await _post(place, flow_id, json.dumps(EVENT).encode(), {"content-type": STRUCTURED})
    else:
        answer = await _post(place, flow_id, b'{"total": 5}', BINARY)
    assert answer.status_code == 202
    given = await _given(place, answer.json()["run_id"])
    assert given["body"] == {"total": 5}
    known = {name: value for name, value in EVENT.items() if name != "data"}
    assert given["attributes"].items() >= known.items()


async def test_each_event_of_a_batch_is_a_run_and_one_sent_again_is_none(place: Harness) -> None:
    flow_id = await _flow(place)
    batch = [{**EVENT, "id": str(number), "data": number} for number in range(3)]
    headers = {"content-type": BATCH, "webhook-id": "the same for all"}
    first = await _post(place, flow_id, json.dumps(batch).encode(), headers)
    assert first.status_code == 202
    run_ids = first.json()["run_ids"]
    assert len(set(run_ids)) == 3
    assert [(await _given(place, run_id))["body"] for run_id in run_ids] == [0, 1, 2]
    batch.append({**EVENT, "id": "new"})
    again = (await _post(place, flow_id, json.dumps(batch).encode(), headers)).json()["run_ids"]
    assert again[:3] == run_ids
    assert again[3] not in run_ids


async def test_an_empty_batch_starts_nothing(place: Harness) -> None:
    answer = await _post(place, await _flow(place), b"[]", {"content-type": BATCH})
    assert (answer.status_code, answer.json()) == (202, {"run_ids": []})


async def test_a_header_is_decoded_and_quotes_are_taken_off(place: Harness) -> None:
    flow_id = await _flow(place)
    headers = {**BINARY, "ce-subject": "Euro%20%E2%82%AC%20%F0%9F%98%80", "ce-quoted": '"a \\"b\\""'}
    answer = await _post(place, flow_id, b"1", headers)
    attributes = (await _given(place, answer.json()["run_id"]))["attributes"]
    assert (attributes["subject"], attributes["quoted"]) == ("Euro € 😀", 'a "b"')


@pytest.mark.parametrize(
    ("more", "body"),
    [
        ({"data_base64": "eyJhIjoxfQ=="}, {"a": 1}),
        ({"data_base64": "aMOp", "datacontenttype": "text/plain"}, "hé"),
        ({"data_base64": "AAE=", "datacontenttype": "image/png"},
         {"filename": None, "content_type": "image/png", "size": 2, "base64": "AAE="}),
        ({"data_base64": "Y2Fmw/8=", "datacontenttype": "text/plain"}, "caf\ufffd\ufffd"),
        ({"data_base64": "bm8="}, "no"),
        ({"data_base64": "AAE="},
         {"filename": None, "content_type": "application/octet-stream", "size": 2, "base64": "AAE="}),
        ({}, None),
        ({"data": "text", "dataschema": None}, "text"),
    ],
)  # fmt: skip
async def test_data_in_its_forms(place: Harness, more: dict[str, Any], body: Any) -> None:
    event = {name: value for name, value in EVENT.items() if name != "data"} | more
    flow_id = await _flow(place)
    answer = await _post(place, flow_id, json.dumps(event).encode(), {"content-type": STRUCTURED})
    assert answer.status_code == 202, answer.text
    assert (await _given(place, answer.json()["run_id"]))["body"] == body


def _without(name: str) -> dict[str, Any]:
    return {key: value for key, value in EVENT.items() if key != name}


BAD: list[tuple[str, Any]] = [
    *((STRUCTURED, _without(name)) for name in ("specversion", "id", "source", "type")),
    (STRUCTURED, {**EVENT, "specversion": "0.3"}),
    (STRUCTURED, {**EVENT, "id": ""}),
    (STRUCTURED, {**EVENT, "id": 5}),
    (STRUCTURED, {**EVENT, "source": None}),
    (STRUCTURED, {**EVENT, "Upper": "x"}),
    (STRUCTURED, {**EVENT, "extension": {"a": 1}}),
    (STRUCTURED, {**EVENT, "data_base64": "AAE="}),
    (STRUCTURED, {**_without("data"), "data_base64": "%%%"}),
    (STRUCTURED, {**_without("data"), "data_base64": "bm8=", "datacontenttype": "application/json"}),
    (STRUCTURED, [EVENT]),
    (STRUCTURED, "text"),
    (BATCH, EVENT),
    (BATCH, [EVENT, 5]),
    (BATCH, [EVENT, _without("type")]),
]


@pytest.mark.parametrize(("kind", "sent"), BAD)
async def test_what_is_no_cloud_event_is_refused(place: Harness, kind: str, sent: Any) -> None:
    flow_id = await _flow(place)
    answer = await _post(place, flow_id, json.dumps(sent).encode(), {"content-type": kind})
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["code"] == "malformed"


@pytest.mark.parametrize("kind", [STRUCTURED, BATCH])
@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[" * 300 + b"]" * 300])
async def test_what_is_no_json_is_refused(place: Harness, kind: str, content: bytes) -> None:
    answer = await _post(place, await _flow(place), content, {"content-type": kind})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "change",
    [{"ce-specversion": "2.0"}, {"ce-id": ""}, {"ce-source": ""}, {"ce-type": ""}, {"ce-subject": "%C0%A0"}],
)
async def test_a_bad_header_of_a_binary_one_is_refused(place: Harness, change: dict[str, str]) -> None:
    answer = await _post(place, await _flow(place), b"{}", {**BINARY, **change})
    assert answer.status_code == 400, answer.text


async def test_a_batch_of_too_many_is_refused_whole(place: Harness) -> None:
    batch = json.dumps([{**EVENT, "id": str(number)} for number in range(1001)]).encode()
    answer = await _post(place, await _flow(place), batch, {"content-type": BATCH})
    assert answer.status_code == 413
