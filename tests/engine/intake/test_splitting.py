"""`split`: one request, a run for each item of its list, all of them or none."""

from typing import Any

import pytest

from engine.base.redaction import MASK
from engine.runs import splitting
from tests.engine.factories import Harness, compose, flow, probe, webhook

ALERTS = {
    "receiver": "on-call",
    "groupLabels": {"site": "berlin"},
    "alerts": [{"fingerprint": name, "status": "firing"} for name in ("a", "b", "c")],
}


def split_flow(split: str = "body.alerts", **input: Any) -> Any:
    return flow(triggers=[webhook(split=split, **input)], a=compose("{{ trigger.body }}"))


async def events(place: Harness, run_ids: list[str]) -> list[Any]:
    return [(await place.ended(run_id))["trigger"]["event"] for run_id in run_ids]


async def test_each_alert_starts_a_run_that_sees_the_rest_of_the_request(place: Harness) -> None:
    flow_id = await place.publish(split_flow())
    answer = await place.post(flow_id, ALERTS, headers={"X-Source": "alertmanager"})
    assert answer.status_code == 202
    ids = answer.json()["run_ids"]
    assert answer.json() == {"run_id": ids[0], "run_ids": ids}
    found = await events(place, ids)
    assert [event["body"] for event in found] == ALERTS["alerts"]
    around = {"receiver": "on-call", "groupLabels": {"site": "berlin"}}
    assert [event["batch"] for event in found] == [
        {"index": index, "size": 3, "body": around} for index in range(3)
    ]
    assert {event["headers"]["x-source"] for event in found} == {"alertmanager"}


@pytest.mark.parametrize("split", ["body", "trigger.body"])
@pytest.mark.parametrize(
    ("content", "kind"),
    [(b'[{"n": 0}, {"n": 1}]', "application/json"), (b'{"n": 0}\n{"n": 1}\n', "application/x-ndjson")],
)
async def test_lists_and_lines_are_split(place: Harness, split: str, content: bytes, kind: str) -> None:
    flow_id = await place.publish(split_flow(split))
    answer = await place.post(flow_id, content=content, headers={"Content-Type": kind})
    found = await events(place, answer.json()["run_ids"])
    assert [event["body"] for event in found] == [{"n": 0}, {"n": 1}]
    assert [event["batch"]["body"] for event in found] == [None, None]


async def test_a_filtered_list_leaves_no_copy_of_the_list_with_each_item(place: Harness) -> None:
    flow_id = await place.publish(split_flow("body.alerts[?fingerprint != 'b']"))
    found = await events(place, (await place.post(flow_id, ALERTS)).json()["run_ids"])
    assert [event["body"]["fingerprint"] for event in found] == ["a", "c"]
    assert all("alerts" not in event["batch"]["body"] for event in found)


@pytest.mark.parametrize(
    ("split", "says"),
    [
        ("body.alarms", "gave null"),
        ("body.receiver", "a text"),
        ("sum(body.alerts)", "could not be evaluated"),
    ],
)
async def test_what_is_no_list_starts_one_run_with_a_warning(place: Harness, split: str, says: str) -> None:
    flow_id = await place.publish(split_flow(split))
    run = await place.ended(await place.start(flow_id, ALERTS))
    assert run["trigger"]["event"]["body"] == ALERTS
    (warning,) = run["warnings"]
    assert says in warning


async def test_an_empty_list_starts_nothing(place: Harness) -> None:
    flow_id = await place.publish(split_flow())
    answer = await place.post(flow_id, {"alerts": []})
    assert (answer.status_code, answer.json()) == (202, {"run_id": None, "run_ids": []})


async def test_each_item_has_its_own_identity(place: Harness) -> None:
    flow_id = await place.publish(split_flow(dedupe="trigger.body.fingerprint"))
    first = (await place.post(flow_id, ALERTS)).json()
    again = (await place.post(flow_id, ALERTS)).json()
    assert again == {**first, "duplicates": 3}
    twice = {"alerts": [{"fingerprint": "d"}, {"fingerprint": "a"}, {"fingerprint": "d"}]}
    answer = (await place.post(flow_id, twice)).json()
    new, old, same = answer["run_ids"]
    assert (old, same, answer["duplicates"]) == (first["run_ids"][0], new, 2)
    assert (await place.rows())["runs"] == 4


async def test_a_delivery_that_is_sent_again_starts_nothing(place: Harness) -> None:
    flow_id = await place.publish(split_flow())
    headers = {"Idempotency-Key": "delivery 1"}
    first = (await place.post(flow_id, ALERTS, headers=headers)).json()
    assert (await place.post(flow_id, ALERTS, headers=headers)).json() == {**first, "duplicates": 3}
    assert len(set(first["run_ids"])) == 3


async def test_a_thousand_items_with_a_hundred_duplicates_start_nine_hundred_runs(place: Harness) -> None:
    flow_id = await place.publish(split_flow("body", dedupe="trigger.body.id"))
    items = [{"id": f"event {number % 900}"} for number in range(1000)]
    answer = (await place.post(flow_id, items)).json()
    assert (len(answer["run_ids"]), len(set(answer["run_ids"])), answer["duplicates"]) == (1000, 900, 100)
    assert (await place.rows())["runs"] == 900
    for run_id in answer["run_ids"]:
        assert (await place.ended(run_id))["status"] == "succeeded"


async def test_when_one_item_cannot_be_stored_none_is(
    place: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow_id = await place.publish(flow(triggers=[webhook(split="body")], a=probe(1)))
    await place.sql(
        "CREATE TRIGGER full BEFORE INSERT ON run_payloads WHEN (SELECT count(*) FROM run_payloads) >= 70 "
        "BEGIN SELECT RAISE(ABORT, 'full'); END"
    )
    answer = await place.post(flow_id, list(range(100)))
    assert answer.status_code >= 500
    assert (await place.rows())["runs"] == 0
    await place.sql("DROP TRIGGER full")
    assert (await place.post(flow_id, list(range(100)))).status_code == 202
    await place.quiet()
    assert len(place.probe.calls) == 100


async def test_too_many_items_are_refused(place: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(splitting, "MAX_ITEMS", 2)
    flow_id = await place.publish(split_flow())
    answer = await place.post(flow_id, ALERTS)
    assert answer.status_code == 413
    assert "3 items" in answer.json()["error"]["message"]
    assert (await place.rows())["runs"] == 0


async def test_what_stands_around_the_list_counts_for_each_item(
    place: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(splitting, "MAX_BYTES", 3000)
    flow_id = await place.publish(split_flow())
    assert (await place.post(flow_id, {**ALERTS, "note": "x" * 1000})).status_code == 413
    assert (await place.post(flow_id, {**ALERTS, "note": "x" * 100})).status_code == 202


async def test_several_events_have_no_single_response(place: Harness) -> None:
    flow_id = await place.publish(split_flow())
    answer = await place.post(flow_id, ALERTS, "/sync")
    assert answer.status_code == 422
    assert "without /sync" in answer.json()["error"]["message"]
    assert (await place.rows())["runs"] == 0
    assert (await place.post(flow_id, {"alerts": [1]}, "/sync")).status_code == 200


async def test_more_items_than_may_wait_are_refused_before_any_is_stored(open_place: Any) -> None:
    async with open_place(max_backlog=2) as place:
        flow_id = await place.publish(split_flow())
        answer = await place.post(flow_id, ALERTS)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert (await place.rows())["runs"] == 0


async def test_a_sample_of_a_split_request_is_its_first_item(place: Harness) -> None:
    flow_id = await place.publish(split_flow())
    await place.post(flow_id, ALERTS, "/test")
    samples = (await place.sy.flows.get(place.project, flow_id)).definition["samples"]
    (sample,) = samples.values()
    assert sample["body"] == ALERTS["alerts"][0]


async def test_mask_paths_hide_values_of_what_stands_around_the_list(place: Harness) -> None:
    flow_id = await place.publish(split_flow(mask=["body.groupLabels.site", "body.fingerprint"]))
    ids = (await place.post(flow_id, ALERTS)).json()["run_ids"]
    for event in await events(place, ids):
        assert event["body"]["fingerprint"] == MASK and event["body"]["status"] == "firing"
        assert event["batch"]["body"] == {"receiver": "on-call", "groupLabels": {"site": MASK}}
    assert await place.rows_of("SELECT 1 FROM run_payloads WHERE payload LIKE '%berlin%'") == []


async def test_split_beside_the_input_of_a_webhook_trigger_does_the_same(place: Harness) -> None:
    trigger = {**webhook(), "split": "body.alerts"}
    flow_id = await place.publish(flow(triggers=[trigger], a=compose(1)))
    assert len((await place.post(flow_id, ALERTS)).json()["run_ids"]) == 3
