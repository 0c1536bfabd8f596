import json
from typing import Any

import pytest

from engine.base import payloads
from engine.base.ids import new_id
from engine.catalogues import get
from engine.events.registry import EVENTS, build, sample, sentence
from engine.store.models import RunStatus


@pytest.mark.parametrize("action", EVENTS)
def test_every_event_has_a_sample_in_the_agreed_envelope(action: str) -> None:
    for variant in EVENTS[action].samples:
        event = sample(action, variant)
        assert event == sample(action, variant)  # the same every time
        assert json.loads(json.dumps(event)) == event
        assert event["action"] == action
        assert {"id", "created", "updated", "action", "platformId", "projectId", "data"} <= event.keys()
        assert ("userId" in event) == EVENTS[action].by_user


@pytest.mark.parametrize("action", EVENTS)
def test_every_sentence_finds_its_values(action: str) -> None:
    for variant in EVENTS[action].samples:
        assert "?" not in sentence(sample(action, variant))
        assert "{" not in sentence(sample(action, variant))


def test_a_sentence_tells_how_a_run_ended_in_plain_words() -> None:
    assert sentence(sample("flow.run.finished")).endswith("ended: succeeded")


def test_a_sentence_needs_neither_user_nor_a_known_event() -> None:
    event = sample("flow.published")
    assert sentence(event) == "ann@example.com published “Lead intake” as version 3"
    del event["userId"], event["userEmail"]
    assert sentence(event).startswith("Switchyard published")
    assert sentence({"action": "moon.landed"}) == "moon.landed"
    assert sentence({"action": "flow.created", "data": None}).endswith("“?”")


def test_a_real_event_is_made_by_the_maker_of_the_sample() -> None:
    data = payloads.run_data(
        id="run_1", flow_id="flw_1", version_id="ver_1", flow_name="Alerts", status="timed_out",
        environment="test", started="2026-01-01T00:00:00.000Z", duration_ms=5,
    )  # fmt: skip
    event = build("flow.run.finished", data, project_id="prj_1", created="2026-01-01T00:00:00.000Z")
    assert event["id"].startswith("evt_") and "userId" not in event
    run = event["data"]["flowRun"]
    assert (run["status"], run["environment"], run["duration"]) == ("TIMEOUT", "TESTING", 5)
    assert run.keys() == sample("flow.run.finished")["data"]["flowRun"].keys()


def test_our_runs_carry_every_field_that_activepieces_documents() -> None:
    theirs = get("activepieces").event("flow.run.finished").sample["data"]["flowRun"]
    ours = sample("flow.run.finished")["data"]["flowRun"]
    assert theirs.keys() <= ours.keys()
    finished = get("activepieces").event("flow.published").sample["data"]
    published = sample("flow.published")["data"]
    for part in ("flow", "flowVersion"):
        assert finished[part].keys() <= published[part].keys()


def test_every_run_status_has_a_name_outside() -> None:
    assert payloads.STATUS_NAMES.keys() == {status.value for status in RunStatus}
    known = get("activepieces").enums["trigger.body.data.flowRun.status"]
    assert set(payloads.STATUS_NAMES.values()) <= set(known)


@pytest.mark.parametrize(
    ("action", "data"),
    [("flow.run.exploded", {}), ("flow.created", {}), ("flow.created", {"flow": {}, "secret": 1}),
     ("api_key.created", payloads.project_data(id="prj_1", name="A"))],
)  # fmt: skip
def test_an_undeclared_event_or_another_shape_is_a_mistake(action: str, data: Any) -> None:
    with pytest.raises(ValueError, match=r"declared|is not a"):
        build(action, data)


def test_no_event_carries_a_secret_field() -> None:
    text = json.dumps([sample(action) for action in EVENTS])
    for word in ("secret", "token", "hash", "password"):
        assert f'"{word}' not in text


def test_envelopes_of_one_millisecond_still_differ() -> None:
    assert len({new_id("evt") for _ in range(1000)}) == 1000
