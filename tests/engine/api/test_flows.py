import copy
from typing import Any

import orjson
import pytest

from engine import catalogues, flow
from engine.base.actor import Actor, Role
from tests.support.waiting import stored

FLOW: dict[str, Any] = {
    "format": 1,
    "name": "Alerts",
    "triggers": [
        {"name": "webhook", "piece": "webhook", "trigger": "catch", "input": {"verify": {"scheme": "none"}}}
    ],
    "start": "by_action",
    "steps": {
        "by_action": {
            "type": "router",
            "key": "trigger.body.action",
            "branches": [{"name": "Done", "case": ["done"], "next": "shape"}],
        },
        "shape": {
            "type": "action",
            "piece": "data",
            "action": "compose",
            "input": {"value": "{{ trigger.body.action }}"},
        },
    },
    "samples": {"done": {"body": {"action": "done"}}, "other": {"body": {"action": "other"}}},
}


async def ended(api: Any, run_id: str) -> Any:
    """The run, once it is over."""

    async def ask() -> Any:
        run = await api.get(f"/runs/{run_id}")
        return run if run["finished"] else None

    return await stored(api.sy.db, ask)


async def test_a_flow_from_draft_to_version(admin: Any) -> None:
    made = await admin.post("/flows", {"definition": FLOW}, 201)
    assert (made["revision"], made["enabled"], made["published_version"]) == (1, False, None)
    at = f"/flows/{made['id']}"
    assert made["webhook_url"].endswith(f"/webhooks/{made['id']}")
    saved = await admin.call("PUT", at, json={"definition": {**FLOW, "name": "Second"}, "revision": 1})
    assert (saved["name"], saved["revision"]) == ("Second", 2)
    version = await admin.post(f"{at}/publish", {"note": "First", "revision": 2})
    assert (version["number"], version["note"]) == (1, "First")
    assert (await admin.post(f"{at}/disable"))["enabled"] is False
    assert (await admin.post(f"{at}/enable"))["enabled"] is True
    assert [row["number"] for row in (await admin.get(f"{at}/versions"))["data"]] == [1]
    assert (await admin.get(f"{at}/versions/1"))["definition"]["name"] == "Second"
    (row,) = (await admin.get("/flows?status=enabled&search=sec"))["data"]
    assert row["id"] == made["id"] and row["last_run"] is None
    await admin.call("DELETE", at, 204)
    await admin.get(at, 404)


async def test_publishing_needs_no_body(admin: Any) -> None:
    made = await admin.post("/flows", FLOW, 201)
    assert (await admin.post(f"/flows/{made['id']}/publish"))["number"] == 1


async def test_the_file_itself_may_be_the_body_and_if_match_the_revision(admin: Any) -> None:
    made = await admin.post("/flows", FLOW, 201)
    at = f"/flows/{made['id']}"
    answer = await admin.http.get(f"/api/v1{at}", headers={"Authorization": f"Bearer {admin.key}"})
    assert answer.headers["etag"] == '"1"'
    await admin.call("PUT", at, json={**FLOW, "name": "New"}, headers={"If-Match": answer.headers["etag"]})
    stale = await admin.call("PUT", at, 409, json={**FLOW, "name": "Newer"}, headers={"If-Match": '"1"'})
    assert stale["error"]["details"]["revision"] == 2
    assert stale["error"]["details"]["changes"] == ['Flow: name changed from "New" to "Newer".']
    assert "+++ yours" in stale["error"]["details"]["diff"]


async def test_patch_changes_the_given_fields_only(admin: Any) -> None:
    made = await admin.post("/flows", FLOW, 201)
    at = f"/flows/{made['id']}"
    saved = await admin.call("PATCH", at, json={"revision": 1, "definition": {"description": "Why"}})
    assert saved["definition"]["description"] == "Why"
    assert saved["definition"]["steps"] == made["definition"]["steps"]
    await admin.call("PATCH", at, 409, json={"revision": 1, "definition": {"description": "Because"}})


async def test_a_revision_is_needed_and_only_one(admin: Any) -> None:
    made = await admin.post("/flows", FLOW, 201)
    at = f"/flows/{made['id']}"
    for sent in (
        {"json": FLOW},
        {"json": {**FLOW, "revision": 1}, "headers": {"If-Match": '"2"'}},
        {"json": {**FLOW, "revision": "1"}},
        {"json": {**FLOW, "revision": 2**40}},
        {"json": {**FLOW, "revision": -1}},
        {"json": FLOW, "headers": {"If-Match": "*"}},
    ):
        refused = await admin.call("PUT", at, 422, **copy.deepcopy(sent))
        assert refused["error"]["field"] in ("revision", "If-Match")
    assert (await admin.get(at))["revision"] == 1


async def test_problems_stand_against_publishing_and_name_their_place(admin: Any) -> None:
    made = await admin.post("/flows", {**FLOW, "start": "nowhere"}, 201)
    assert any(problem["severity"] == "error" for problem in made["problems"])
    refused = await admin.post(f"/flows/{made['id']}/publish", {}, 422)
    assert refused["error"]["details"][0]["pointer"].startswith("/")


async def test_what_is_no_flow_is_refused_with_all_problems(admin: Any) -> None:
    broken = {"format": 1, "name": "x", "start": 5, "steps": {"Bad Name": {"type": "nope"}}}
    refused = await admin.post("/flows", broken, 422)
    assert len(refused["error"]["details"]) >= 2
    assert (await admin.get("/flows"))["data"] == []


async def test_export_and_import_give_the_same_bytes(admin: Any) -> None:
    made = await admin.post("/flows", {**FLOW, "name": 'Ünïcode "quoted"; X: y'}, 201)
    headers = {"Authorization": f"Bearer {admin.key}"}
    answer = await admin.http.get(f"/api/v1/flows/{made['id']}/export", headers=headers)
    assert answer.headers["content-disposition"] == 'attachment; filename="n-code-quoted-x-y.json"'
    assert flow.dumps(flow.parse(orjson.loads(answer.content))) == answer.text
    again = await admin.post("/flows/import", orjson.loads(answer.content), 201)
    exported = await admin.http.get(f"/api/v1/flows/{again['id']}/export", headers=headers)
    assert exported.content == answer.content  # the name as well, though another flow has it
    await admin.get(f"/flows/{made['id']}/export?version=1", 404)
    await admin.get(f"/flows/{made['id']}/export?version=0", 422)


async def test_a_draft_is_tested_with_a_sample_or_an_event(admin: Any) -> None:
    made = await admin.post("/flows", FLOW, 201)
    at = f"/flows/{made['id']}/test"
    run = await ended(admin, (await admin.post(at, {"sample": "done"}, 202))["run_id"])
    assert (run["status"], run["environment"], run["version"]) == ("succeeded", "test", 0)
    assert run["path"] == ["by_action:Done", "shape"]
    event = {"body": {"action": "none"}}
    run = await ended(admin, (await admin.post(at, {"event": event}, 202))["run_id"])
    assert run["unrouted"]
    for body in ({}, {"sample": "nope"}, {"sample": "done", "event": event}, {"event": {"nobody": 1}}):
        await admin.post(at, body, 422)
    assert (await admin.get("/flows"))["data"][0]["last_run"]["id"] == run["id"]


async def test_one_step_is_tested_with_the_results_of_an_earlier_run(admin: Any) -> None:
    made = await admin.post("/flows", FLOW, 201)
    at = f"/flows/{made['id']}/test"
    whole = await ended(admin, (await admin.post(at, {"sample": "done"}, 202))["run_id"])
    part = {"step": "shape", "results_of": whole["id"]}
    run = await ended(admin, (await admin.post(at, {"part": part}, 202))["run_id"])
    assert run["status"] == "succeeded" and run["partial"]["step"] == "shape" and run["partial"]["only"]
    alone = {"sample": "other", "part": {"step": "shape", "only": False}}
    run = await ended(admin, (await admin.post(at, alone, 202))["run_id"])
    assert run["partial"] == {"step": "shape", "only": False, "results_of": None}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"part": {"step": "shape"}}, 422),
        ({"sample": "done", "part": {"step": "nobody"}}, 422),
        ({"sample": "done", "part": {"step": "shape", "iteration": [-1]}}, 422),
        ({"sample": "done", "part": {"only": True}}, 422),
        ({"part": {"step": "shape", "results_of": "run_none"}}, 404),
        ({"sample": "done", "part": {"step": "shape", "results_of": "run_none"}}, 404),
        ({"sample": "done", "event": {"body": 1}, "part": {"step": "shape", "results_of": "run_none"}}, 422),
    ],
)
async def test_a_part_that_cannot_be_tested_is_refused(admin: Any, body: dict[str, Any], status: int) -> None:
    made = await admin.post("/flows", FLOW, 201)
    await admin.post(f"/flows/{made['id']}/test", body, status)


async def test_runs_are_listed_read_and_retried(admin: Any) -> None:
    made = await admin.post("/flows", FLOW, 201)
    ids = []
    for sample in ("done", "other", "done"):
        started = await admin.post(f"/flows/{made['id']}/test", {"sample": sample}, 202)
        ids.append((await ended(admin, started["run_id"]))["id"])
    page = await admin.get("/runs?limit=2")
    assert [run["id"] for run in page["data"]] == [ids[2], ids[1]]
    rest = await admin.get(f"/runs?limit=2&cursor={page['next']}")
    assert [run["id"] for run in rest["data"]] == [ids[0]] and rest["next"] is None
    unrouted = await admin.get("/runs?unrouted=true&environment=test&status=succeeded&status=failed")
    assert [run["id"] for run in unrouted["data"]] == [ids[1]]
    again = await admin.post(f"/runs/{ids[0]}/retry", {}, 201)
    assert again["retry_of"] == ids[0]
    assert (await ended(admin, again["id"]))["path"] == ["by_action:Done", "shape"]
    await admin.post(f"/runs/{ids[0]}/cancel", None, 409)
    await admin.post(f"/runs/{ids[0]}/retry", {"version": "oldest"}, 422)
    await admin.post("/runs/run_none/retry", None, 404)


async def test_a_handler_flow_routes_each_of_its_samples(admin: Any) -> None:
    made = await admin.post(
        "/handler-flows", {"catalogue": "activepieces", "events": ["flow.created", "flow.run.finished"]}, 201
    )
    assert made["webhook_url"] == made["flow"]["webhook_url"]
    assert made["verify"]["scheme"] == "header" and made["verify"]["secret"]
    assert made["verify"]["connection"] == "activepieces-signing"
    assert made["verify"]["secret"] not in orjson.dumps(made["flow"]).decode()
    assert [problem for problem in made["flow"]["problems"] if problem["severity"] == "error"] == []
    (connection,) = (await admin.get("/connections"))["data"]
    assert connection["name"] == "activepieces-signing"
    assert made["verify"]["secret"] not in orjson.dumps(connection).decode()
    for name in made["flow"]["definition"]["samples"]:
        started = await admin.post(f"/flows/{made['flow']['id']}/test", {"sample": name}, 202)
        run = await ended(admin, started["run_id"])
        assert run["status"] == "succeeded" and not run["unrouted"]


async def test_how_a_handler_flow_verifies_is_the_callers_choice(admin: Any) -> None:
    async def make(verify: Any, status: int = 201, **more: Any) -> Any:
        body = {"catalogue": "deck", "events": "all", "verify": verify, **more}
        return await admin.post("/handler-flows", body, status)

    assert (await make({"scheme": "none"}, publish=True))["flow"]["enabled"] is True
    first = await make({"scheme": "standard_webhooks"})
    assert first["verify"]["connection"] == "deck-signing" and first["verify"]["secret"].startswith("whsec_")
    second = await make({"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"})
    assert second["verify"] == {"scheme": "standard_webhooks", "connection": "deck-signing-2"}
    third = await make({"scheme": "standard_webhooks", "connection": "deck-signing"})
    assert "secret" not in third["verify"]
    basic = await make({"scheme": "basic"})
    assert basic["verify"]["username"] and basic["verify"]["secret"]
    for verify, field in (
        ({"scheme": "nope"}, "verify.scheme"),
        ({"scheme": "standard_webhooks", "connection": "missing"}, "verify.connection"),
        ({"scheme": "none", "secret": "x"}, "verify.secret"),
        ({"scheme": "standard_webhooks", "secret": "whsec_!"}, "verify.secret"),
        ({"scheme": "svix", "secret": "c2hvcnQ="}, "verify.secret"),
        ({"scheme": "github", "secret": 5}, "verify.secret"),
        ({"scheme": "github", "colour": "red"}, "verify.colour"),
        ("none", "verify"),
    ):
        assert (await make(verify, 422))["error"]["field"] == field
    assert len((await admin.get("/flows"))["data"]) == 5


async def test_a_handler_flow_of_unknown_things_is_refused(admin: Any) -> None:
    for body, field in (
        ({"catalogue": "nope", "events": "all"}, "catalogue"),
        ({"catalogue": "deck", "events": []}, "events"),
        ({"catalogue": "deck", "events": ["nope"]}, "events"),
        ({"catalogue": "deck"}, "events"),
        ({"catalogue": "deck", "events": "all", "name": ""}, "name"),
    ):
        refused = await admin.post("/handler-flows", body, 422)
        assert refused["error"]["field"].startswith(field)
    assert (await admin.get("/flows"))["data"] == []
    assert (await admin.get("/connections"))["data"] == []


async def test_an_editor_gets_a_new_secret_but_saves_none(admin: Any) -> None:
    editor = await admin.key_of(Role.editor)
    made = await editor.post("/handler-flows", {"catalogue": "deck", "events": "all"}, 201)
    assert made["verify"]["secret"]
    body = {"catalogue": "deck", "events": "all", "verify": {"secret": "whsec_AAAA"}}
    await editor.post("/handler-flows", body, 403)


async def test_events_tell_what_happened(admin: Any) -> None:
    made = await admin.post("/flows", FLOW, 201)
    await admin.post(f"/flows/{made['id']}/publish")
    page = await admin.get("/events?limit=2")
    assert [event["action"] for event in page["data"]] == ["flow.activated", "flow.published"]
    assert page["data"][0]["data"]["flow"]["id"] == made["id"]
    (created,) = (await admin.get("/events?action=flow.created"))["data"]
    assert created["projectId"] == admin.project.id
    await admin.get("/events?action=flow.nope", 422)
    rest = await admin.get(f"/events?cursor={page['next']}")
    assert created["id"] in [event["id"] for event in rest["data"]]


async def test_a_field_of_a_connection_may_be_written_as_a_number(admin: Any) -> None:
    body = {
        "name": "mail",
        "piece": "email",
        "fields": {"host": "127.0.0.1", "port": 2525, "security": "none"},
    }
    made = await admin.post("/connections", body, 201)
    assert made["fields"]["port"] == "2525"
    for wrong in (True, 25.5, [25]):
        refused = await admin.post("/connections", {**body, "fields": {**body["fields"], "port": wrong}}, 422)
        assert refused["error"]["field"] == "fields.port"


async def test_connections_come_and_go_and_show_no_secret(admin: Any) -> None:
    body = {"name": "in", "piece": "webhook", "fields": {"secret": "s3cret-value"}}
    made = await admin.post("/connections", body, 201)
    assert made["fields"]["secret"] != "s3cret-value"
    at = f"/connections/{made['id']}"
    await admin.post("/connections", body, 409)
    await admin.call("PATCH", at, json={"fields": {"username": "ann"}})
    assert (await admin.get(at))["fields"]["username"] == "ann"
    await admin.post(f"{at}/test", None, 422)
    verify = {"scheme": "github", "connection": "in"}
    trigger = {"name": "webhook", "piece": "webhook", "trigger": "catch", "input": {"verify": verify}}
    await admin.post("/flows", {**FLOW, "triggers": [trigger]}, 201)
    used = await admin.call("DELETE", at, 409)
    assert used["error"]["details"]["flows"][0]["name"] == "Alerts"
    await admin.call("DELETE", f"{at}?force=true", 204)
    await admin.get(at, 404)
    viewer = await admin.key_of(Role.viewer)
    assert (await viewer.get("/connections"))["data"] == []


async def test_a_viewer_sees_names_of_connections_and_no_field(admin: Any) -> None:
    body = {"name": "in", "piece": "webhook", "fields": {"username": "ann", "secret": "s"}}
    made = await admin.post("/connections", body, 201)
    viewer = await admin.key_of(Role.viewer)
    assert (await viewer.get("/connections"))["data"][0]["fields"] == {}
    assert (await viewer.get(f"/connections/{made['id']}"))["fields"] == {}


async def test_pieces_and_catalogues_describe_themselves(admin: Any) -> None:
    pieces = (await admin.get("/pieces"))["data"]
    assert {"webhook", "http", "data"} <= {piece["name"] for piece in pieces}
    for piece in pieces:
        facts = await admin.get(f"/pieces/{piece['name']}")
        for step in facts["actions"] + facts["triggers"]:
            assert step["input"]["type"] == "object"
    await admin.get("/pieces/nope", 404)
    rows = (await admin.get("/catalogues"))["data"]
    assert [row["name"] for row in rows] == catalogues.names()
    for row in rows:
        assert len((await admin.get(f"/catalogues/{row['name']}"))["events"]) == row["events"]
    await admin.get("/catalogues/nope", 404)


async def test_a_project_and_its_members(admin: Any) -> None:
    assert [row["id"] for row in (await admin.get("/projects"))["data"]] == [admin.project.id]
    at = f"/projects/{admin.project.id}"
    assert (await admin.call("PATCH", at, json={"name": "Renamed"}))["name"] == "Renamed"
    assert (await admin.get(at))["role"] == "admin"
    user, _ = await admin.sy.access.users.create(Actor.system(), "ben@example.com")
    added = await admin.post("/users", {"email": "ben@example.com", "role": "admin"}, 201)
    assert (added["user_id"], added["role"]) == (user.id, "admin")
    await admin.post("/users", {"email": "ben@example.com"}, 409)
    await admin.post("/users", {"email": "nobody@example.com"}, 422)
    await admin.post("/users", {"email": "ben@example.com", "role": "king"}, 422)
    await admin.call("PATCH", f"/users/{user.id}", 409, json={"role": "viewer"})
    assert [row["email"] for row in (await admin.get("/users"))["data"]] == ["ben@example.com"]
    await admin.call("DELETE", f"/users/{user.id}", 409)
    await admin.call("DELETE", "/users/usr_none", 404)


async def test_the_documents_are_open_to_all(admin: Any) -> None:
    document = (await admin.http.get("/openapi.json")).json()
    assert document["servers"] == [{"url": "http://127.0.0.1:8000"}]
    assert (await admin.http.get("/schema/flow.json")).json() == flow.json_schema()


async def test_deleting_a_flow_lets_go_whoever_waits_for_it(admin: Any) -> None:
    def one_step(
        name: str, trigger: dict[str, str], piece: str, action: str, **fields: Any
    ) -> dict[str, Any]:
        step = {"type": "action", "piece": piece, "action": action, "input": fields}
        return {"format": 1, "name": name, "triggers": [{"name": "start", **trigger}], "start": "only",
                "steps": {"only": step}}  # fmt: skip

    called = {"piece": "flow", "trigger": "called"}
    child = await admin.post(
        "/flows", one_step("Child", called, "delay", "delay_for", duration=5, unit="hours"), 201
    )
    await admin.post(f"/flows/{child['id']}/publish")
    call = one_step("Parent", called, "flow", "call", flow=child["id"], payload=1)
    parent = await admin.post("/flows", call, 201)
    started = await admin.post(f"/flows/{parent['id']}/test", {"event": {"body": 1}}, 202)

    async def waiting() -> Any:
        if (await admin.get(f"/runs/{started['run_id']}"))["status"] != "waiting":
            return []
        return (await admin.get(f"/runs?flow_id={child['id']}&status=waiting"))["data"]

    below = await stored(admin.sy.db, waiting)
    await admin.call("DELETE", f"/flows/{child['id']}", 204)
    assert (await admin.get(f"/runs/{below[0]['id']}"))["status"] == "canceled"
    assert (await ended(admin, started["run_id"]))["status"] == "failed"


async def test_a_literal_secret_of_an_imported_flow_moves_into_a_connection(admin: Any) -> None:
    def call(url: str, **headers: str) -> dict[str, Any]:
        input = {"url": url, "headers": headers}
        return {"type": "action", "piece": "http", "action": "request", "input": input, "next": None}

    url = "https://api.example.com/v1"
    steps = {"one": call(url, Authorization="Bearer pl4in"), "two": call(url, Authorization="Bearer pl4in"),
             "three": call("https://{{ trigger.body.host }}/", cookie="sid=pl4in2")}  # fmt: skip
    steps["one"]["next"], steps["two"]["next"] = "two", "three"
    trigger = {
        "name": "webhook",
        "piece": "webhook",
        "trigger": "catch",
        "input": {"verify": {"scheme": "none"}},
    }
    file = {"format": 1, "name": "Secrets", "triggers": [trigger], "start": "one", "steps": steps}
    editor = await admin.key_of(Role.editor)
    made = await editor.post("/flows/import", file, 201)
    assert [made["definition"]["steps"][name].get("connection") for name in steps] == [
        "api-example-com", "api-example-com", None,
    ]  # fmt: skip
    assert 'pl4in"' not in orjson.dumps(made).decode()
    assert [(one["step"], one["severity"]) for one in made["report"]] == [
        ("one", "warning"), ("two", "warning"), ("three", "error"),
    ]  # fmt: skip
    (saved,) = [one for one in (await admin.get("/connections"))["data"] if one["name"] == "api-example-com"]
    assert saved["fields"]["hosts"] == ["api.example.com"] and saved["fields"]["kind"] == "bearer"
    assert saved["fields"]["secret"] != "pl4in"

    refused = await editor.post("/flows/import", {**file, "name": ""}, 422)
    assert refused["error"]["field"] == "/name"
    assert len([one for one in (await admin.get("/connections"))["data"] if one["piece"] == "http"]) == 1


async def test_an_alertmanager_configuration_is_imported_as_text_or_object(admin: Any) -> None:
    text = "route: {receiver: a, group_by: [x]}\nreceivers: [{name: a, webhook_configs: [{url: 'https://a.example/'}]}]"
    made = await admin.post("/flows/import", {"text": text}, 201)
    (step,) = made["definition"]["steps"].values()
    assert (step["piece"], step["title"], step["note"]) == (
        "http",
        "a: Webhook",
        "In Alertmanager: group_by: x.",
    )
    document = {"route": {"receiver": "a"}, "receivers": [{"name": "a"}]}
    again = await admin.post("/flows/import", document, 201)
    assert (again["name"], again["definition"]["start"]) == ("Alertmanager routes (2)", None)
    refused = await admin.post("/flows/import", {"text": text, "definition": document}, 422)
    assert refused["error"]["field"] == "text"
