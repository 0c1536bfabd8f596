"""The documents made from our events: a schema for each, and AsyncAPI, in which every example is valid."""

import copy
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from engine.api import asyncapi
from engine.base import payloads
from engine.base.errors import NotFound
from engine.events import schemas
from engine.events.registry import EVENTS, build, sample

BASE = "https://yard.example.com/up"
SCRIPT = Path(__file__).parents[2] / "scripts" / "asyncapi.mjs"


def valid(schema: Any, value: Any) -> bool:
    return jsonschema.Draft202012Validator(schema).is_valid(value)


@pytest.mark.parametrize("action", EVENTS)
def test_every_sample_is_valid_against_its_own_schema_and_no_other(action: str) -> None:
    schema = schemas.document(action, BASE)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft7Validator.check_schema(schemas.schema_of(action))
    for variant in EVENTS[action].samples:
        event = sample(action, variant)
        jsonschema.validate(event, schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)
        assert [name for name in EVENTS if valid(schemas.schema_of(name), event)] == [action]


@pytest.mark.parametrize("part", ["id", "created", "action", "data"])
def test_an_event_with_a_part_missing_or_wrong_is_not_valid(part: str) -> None:
    schema = schemas.schema_of("flow.run.finished")
    event = sample("flow.run.finished")
    assert valid(schema, event) and valid(schema, {**event, "later": 1})
    assert not valid(schema, {key: value for key, value in event.items() if key != part})
    assert not valid(schema, {**event, part: 7})


def test_what_may_be_missing_or_null_is_told_apart() -> None:
    schema = schemas.schema_of("flow.run.failed")["properties"]["data"]["properties"]["flowRun"]
    assert set(schema["required"]) == set(schema["properties"])
    assert {"type": "null"} in schema["properties"]["error"]["anyOf"]
    flow = schemas.schema_of("flow.created")["properties"]["data"]
    assert flow["required"] == ["flow"] and {"flowVersion", "request"} <= flow["properties"].keys()
    bare = build("flow.created", payloads.flow_data(id="f", name="n", created="", updated=""))
    assert valid(schemas.schema_of("flow.created"), bare)


def test_there_is_no_schema_of_an_event_that_is_not_ours() -> None:
    with pytest.raises(NotFound):
        schemas.document("moon.landed", BASE)
    with pytest.raises(TypeError):
        schemas.of_type(set)


def test_the_document_holds_two_channels_and_a_message_for_every_event() -> None:
    document = asyncapi.document(BASE)
    assert document["asyncapi"] == "3.1.0"
    assert document["servers"]["switchyard"] | {"description": ""} == {
        "host": "yard.example.com", "protocol": "https", "pathname": "/up", "description": "",
    }  # fmt: skip
    channels = document["channels"]
    assert channels["destination"]["address"] is None
    assert channels["destination"]["messages"].keys() == EVENTS.keys()
    assert channels["flowWebhook"]["address"] == "/webhooks/{flowId}"
    assert channels["flowWebhook"]["parameters"].keys() == {"flowId"}
    actions = {name: operation["action"] for name, operation in document["operations"].items()}
    assert actions == {"sendAuditEvent": "send", "receiveWebhook": "receive"}


def test_every_reference_leads_somewhere() -> None:
    document = asyncapi.document(BASE)

    def references(value: Any) -> Any:
        if isinstance(value, dict):
            yield from ([value["$ref"]] if "$ref" in value else [])
            value = list(value.values())
        if isinstance(value, list):
            for each in value:
                yield from references(each)

    found = list(references(document))
    assert found
    for reference in found:
        at: Any = document
        for key in reference.removeprefix("#/").split("/"):
            at = at[key]


@pytest.mark.parametrize("action", EVENTS)
def test_every_example_is_valid_against_the_schemas_of_its_message(action: str) -> None:
    document = asyncapi.document(BASE)
    message = document["components"]["messages"][action]
    assert message["payload"] == {"$ref": f"#/components/schemas/{action}"}
    for example in message["examples"]:
        assert valid(document["components"]["schemas"][action], example["payload"])
        assert valid(message["headers"], example["headers"])


# -- its own parser, where it can be had ---------------------------------------------------------------

PARSER = Path(os.environ.get("ASYNCAPI_PARSER_DIR", "/nowhere"))
parser = pytest.mark.skipif(
    shutil.which("node") is None or not (PARSER / "node_modules" / "@asyncapi" / "parser").is_dir(),
    reason="needs node, and ASYNCAPI_PARSER_DIR where `npm install @asyncapi/parser` was done",
)


def parsed(document: Any) -> Any:
    done = subprocess.run(
        ["node", str(SCRIPT)],
        input=json.dumps(document),
        capture_output=True,
        text=True,
        cwd=PARSER,
        timeout=60,
        check=False,
    )
    return json.loads(done.stdout)


@parser
def test_its_own_parser_accepts_the_document() -> None:
    assert parsed(asyncapi.document(BASE)) == {"accepted": True, "version": "3.1.0", "diagnostics": []}


@parser
def test_its_own_parser_would_notice_a_mistake() -> None:
    document = copy.deepcopy(asyncapi.document(BASE))
    document["operations"]["sendAuditEvent"]["action"] = "shout"
    assert parsed(document)["diagnostics"]
