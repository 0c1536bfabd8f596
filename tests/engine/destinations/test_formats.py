"""Events in each format, read by libraries and schemas that are not ours."""

import json
from typing import Any
from urllib.parse import unquote

import jsonschema
import orjson
import pytest

from engine.destinations.formats import render
from engine.destinations.message import FORMATS, Message
from engine.events import registry as events
from engine.intake.request import Request
from engine.intake.request_parser import read_event
from tests.engine.destinations.factories import BASE_URL, message

# The required part of the envelope's JSON schema (CloudEvents 1.0.2, formats/cloudevents.json).
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["id", "source", "specversion", "type"],
    "properties": {
        "id": {"type": "string", "minLength": 1},
        "source": {"type": "string", "format": "uri-reference", "minLength": 1},
        "specversion": {"type": "string", "const": "1.0"},
        "type": {"type": "string", "minLength": 1},
        "datacontenttype": {"type": ["string", "null"], "minLength": 1},
        "dataschema": {"type": ["string", "null"], "format": "uri", "minLength": 1},
        "subject": {"type": ["string", "null"], "minLength": 1},
        "time": {"type": ["string", "null"], "format": "date-time", "minLength": 1},
        "data": {"type": ["object", "string", "number", "array", "boolean", "null"]},
        "data_base64": {"type": ["string", "null"]},
    },
    "propertyNames": {"pattern": "^[a-z0-9_]{1,20}$"},
}
CHECK = jsonschema.Draft7Validator(SCHEMA, format_checker=jsonschema.FormatChecker())


def _render(format: str, *messages: Message) -> tuple[dict[str, str], bytes]:
    made = render(format, messages, base_url=BASE_URL)
    return dict(made.headers), made.body


@pytest.mark.parametrize("action", events.EVENTS)
def test_every_event_is_a_valid_cloud_event(action: str) -> None:
    headers, body = _render("cloudevents", message(action=action))
    event = json.loads(body)
    CHECK.validate(event)
    assert headers == {"content-type": "application/cloudevents+json; charset=utf-8"}
    assert event["type"] == f"com.switchyard.{action}"
    assert event["data"] == events.sample(action)["data"]
    assert event["time"] == events.sample(action)["created"]


@pytest.mark.parametrize("action", events.EVENTS)
@pytest.mark.parametrize("format", FORMATS)
def test_every_event_can_be_written_in_every_format(format: str, action: str) -> None:
    headers, body = _render(format, message(action=action))
    assert headers["content-type"]
    assert json.loads(body) is not None
    assert all(text.isascii() and text.isprintable() for text in headers.values())


def test_a_run_s_subject_names_flow_and_run() -> None:
    event = json.loads(_render("cloudevents", message(action="flow.run.failed"))[1])
    run = event["data"]["flowRun"]
    assert event["subject"] == f"flows/{run['flowId']}/runs/{run['id']}"
    assert event["source"] == "/platforms/switchyard/projects/prj_01sample"


def test_the_published_library_reads_structured_and_binary() -> None:
    from cloudevents.core.bindings.http import HTTPMessage, from_http_event

    for format in ("cloudevents", "cloudevents_binary"):
        headers, body = _render(format, message())
        event = from_http_event(HTTPMessage(headers, body))
        assert event.get_id() == "evt_1"
        assert event.get_type() == "com.switchyard.flow.published"
        assert event.get_data() == events.sample("flow.published")["data"]


def test_binary_puts_the_attributes_into_headers_and_the_data_into_the_body() -> None:
    headers, body = _render("cloudevents_binary", message())
    structured = json.loads(_render("cloudevents", message())[1])
    assert headers.pop("content-type") == structured.pop("datacontenttype")
    assert json.loads(body) == structured.pop("data")
    assert {name.removeprefix("ce-"): unquote(text) for name, text in headers.items()} == structured


def test_what_is_not_printable_in_a_header_is_percent_encoded() -> None:
    envelope = {**events.sample("flow.published"), "projectId": 'Euro € 😀 "%"'}
    known = Message("evt_1", "flow.published", orjson.dumps(envelope), envelope["created"])
    headers, _ = _render("cloudevents_binary", known)
    assert headers["ce-source"].endswith("/Euro%20%E2%82%AC%20%F0%9F%98%80%20%22%25%22")


def test_a_batch_is_a_list_in_order() -> None:
    headers, body = _render("cloudevents_batch", message("evt_1"), message("evt_2"))
    assert headers["content-type"].startswith("application/cloudevents-batch+json")
    found = json.loads(body)
    assert [event["id"] for event in found] == ["evt_1", "evt_2"]
    for event in found:
        CHECK.validate(event)


def test_a_format_for_one_event_takes_no_two() -> None:
    for format in ("raw", "cloudevents", "cloudevents_binary"):
        with pytest.raises(ValueError, match="one event, not 2"):
            _render(format, message("evt_1"), message("evt_2"))


def test_raw_is_the_envelope_as_it_was_stored() -> None:
    known = message()
    assert _render("raw", known) == ({"content-type": "application/json"}, known.envelope)


def test_otlp_holds_a_record_for_each_event() -> None:
    _, body = _render("otlp", message("evt_1"), message("evt_2", "flow.run.failed"))
    (resource,) = json.loads(body)["resourceLogs"]
    (scope,) = resource["scopeLogs"]
    first, second = scope["logRecords"]
    assert resource["resource"]["attributes"] == [
        {"key": "service.name", "value": {"stringValue": "switchyard"}}
    ]
    assert (first["eventName"], first["severityNumber"], first["severityText"]) == (
        "flow.published",
        9,
        "INFO",
    )
    assert (second["severityNumber"], second["severityText"]) == (17, "ERROR")
    assert first["timeUnixNano"] == "1772532930000000000"  # 2026-03-03T10:15:30Z
    assert json.loads(first["body"]["stringValue"])["id"] == "evt_1"
    attributes = {one["key"]: one["value"] for one in first["attributes"]}
    assert attributes["action"] == {"stringValue": "flow.published"}
    assert "data.flow.id" in attributes


def test_otlp_writes_each_kind_of_value_as_the_protocol_wants_it() -> None:
    data = {"a": 2**53, "b": True, "c": 1.5, "d": ["x", "y"], "e": [{"z": 1}], "f": None, "g": {}, "h": []}
    envelope = {**events.sample("flow.published"), "data": data}
    known = Message("evt_1", "flow.published", orjson.dumps(envelope), envelope["created"])
    record = json.loads(_render("otlp", known)[1])["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0]
    found = {one["key"]: one["value"] for one in record["attributes"] if one["key"].startswith("data.")}
    assert found == {
        "data.a": {"intValue": "9007199254740992"},
        "data.b": {"boolValue": True},
        "data.c": {"doubleValue": 1.5},
        "data.d": {"arrayValue": {"values": [{"stringValue": "x"}, {"stringValue": "y"}]}},
        "data.e": {"stringValue": '[{"z":1}]'},
        "data.g": {"stringValue": "{}"},
        "data.h": {"arrayValue": {"values": []}},
    }


@pytest.mark.parametrize("format", ["raw", "cloudevents", "otlp"])
async def test_our_own_intake_reads_it(format: str) -> None:
    headers, body = _render(format, message())
    fields = [(name.encode(), value.encode()) for name, value in headers.items()]
    event, _ = await read_event(Request("POST", b"/", b"", fields, body), body, [])
    assert isinstance(event["body"], dict)
