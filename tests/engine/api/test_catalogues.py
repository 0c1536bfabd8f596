"""Catalogues over the API: added from documents and samples, and made into handler flows."""

import json
from pathlib import Path
from typing import Any

import pytest

Api = Any  # of conftest, which cannot be imported

CASES = json.loads((Path(__file__).parents[2] / "data" / "cases" / "catalogues.json").read_text())


@pytest.mark.parametrize("number", range(len(CASES)), ids=[row["name"] for row in CASES])
async def test_a_document_is_added_and_the_answer_says_what_was_found_and_lost(
    shared: Api, number: int
) -> None:
    row = CASES[number]
    kind = "asyncapi" if "asyncapi" in row else "openapi"
    made = await shared.post("/catalogues", {"name": f"case-{number}", kind: row[kind]}, 201)
    expected, names = row["expect"], [event["name"] for event in made["events"]]
    assert made["discriminator"] == expected.get("discriminator", made["discriminator"])
    assert expected["events"] in (names, len(names))
    assert made["unnamed"] == expected.get("unnamed", [])
    assert len(made["warnings"]) == expected.get("warnings", 0)
    assert await shared.get(f"/catalogues/case-{number}") == made
    asked = {"catalogue": f"case-{number}", "events": "all", "verify": {"scheme": "none"}}
    flow = (await shared.post("/handler-flows", asked, 201))["flow"]
    branches = flow["definition"]["steps"]["by_event"]["branches"]
    assert [branch["case"] for branch in branches] == [[n] for n in names if n not in made["unnamed"]]


async def test_a_document_may_be_text_in_json_or_yaml_and_larger_than_other_bodies(shared: Api) -> None:
    document = CASES[3]["openapi"]
    padded = {**document, "info": {**document["info"], "description": "x" * 150_000}}
    made = await shared.post("/catalogues", {"name": "text", "openapi": json.dumps(padded)}, 201)
    assert len(made["events"]) == 2
    yaml = "asyncapi: 3.0.0\nchannels: {a: {messages: {m: {payload: {properties: {type: {const: a.b}}}}}}}\n"
    made = await shared.post("/catalogues", {"name": "yaml", "asyncapi": yaml}, 201)
    assert (made["discriminator"], made["title"]) == ("trigger.body.type", "Imported")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"openapi": {"openapi": "3.1.0", "webhooks": {}}}, "openapi"),
        ({"openapi": CASES[0]["asyncapi"]}, "openapi"),
        ({"asyncapi": CASES[3]["openapi"]}, "asyncapi"),
        ({"openapi": "a: [1"}, "openapi"),
        ({"openapi": CASES[3]["openapi"], "asyncapi": {}}, "definition"),
        ({"openapi": CASES[3]["openapi"], "discriminator": "a ||"}, "discriminator"),
        ({"openapi": CASES[3]["openapi"], "discriminator": "trigger.body.total"}, "discriminator"),
        ({"samples": []}, "samples"),
    ],
)
async def test_a_document_that_cannot_be_used_names_its_field(
    shared: Api, body: dict[str, Any], field: str
) -> None:
    refused = await shared.post("/catalogues", {"name": "refused", **body}, 422)
    assert refused["error"]["field"] == field


async def test_another_expression_may_name_the_events_of_a_document(shared: Api) -> None:
    body = {"name": "renamed", "openapi": CASES[3]["openapi"], "discriminator": "id"}
    made = await shared.post("/catalogues", body, 201)
    assert made["discriminator"] == "trigger.body.id"
    assert [event["name"] for event in made["events"]] == ["1", "order.paid"]
    assert made["unnamed"] == ["order.paid"]


async def test_samples_may_be_arrays(shared: Api) -> None:
    samples = [[{"event": "open"}, {"event": "click"}], [{"event": "bounce"}]]
    made = await shared.post("/catalogues", {"name": "arrays", "samples": samples}, 201)
    assert made["discriminator"] == "trigger.body[0].event"
    assert [event["sample"] for event in made["events"]] == samples


async def test_only_events_of_some_projects_take_a_branch(shared: Api) -> None:
    facts = await shared.get("/catalogues/switchyard")
    assert set(facts["scopes"]) == {"projects", "flows"}
    body = {
        "catalogue": "switchyard",
        "events": ["flow.published", "user.signed.in"],
        "verify": {"scheme": "none"},
    }
    made = await shared.post("/handler-flows", {**body, "only": {"projects": ["prj_a", "prj_b"]}}, 201)
    definition = made["flow"]["definition"]
    assert definition["start"] == "only_for"
    gate = definition["steps"]["only_for"]
    assert (gate["branches"][0]["next"], gate["otherwise"]["next"]) == ("by_event", None)
    assert definition["samples"]["flow.published"]["body"]["projectId"] == "prj_a"
    for only, field in (({"teams": ["x"]}, "only.teams"), ({"projects": ["x" * 300]}, "only.projects")):
        refused = await shared.post("/handler-flows", {**body, "only": only}, 422)
        assert refused["error"]["field"] == field
