import re
from typing import Any

import pytest

from engine import api
from engine.base.actor import Actor, Permission, Role
from engine.store.tx import Tx
from tests.support.waiting import stored

pytestmark = pytest.mark.asyncio(loop_scope="module")

IDS = {
    "flow_id": "flow_none",
    "folder_id": "fld_none",
    "run_id": "run_none",
    "rejected_id": "rej_none",
    "held_id": "hld_none",
    "connection_id": "con_none",
    "destination_id": "dst_none",
    "delivery_id": "dlv_none",
    "event_id": "evt_none",
    "user_id": "usr_none",
    "invitation_id": "inv_none",
    "name": "none",
    "number": "1",
}
WITH_BODY = [operation for operation in api.OPERATIONS if operation.body is not None]


def path_of(operation: Any, **ids: str) -> str:
    return re.sub(r"{(\w+)}", lambda found: {**IDS, **ids}[found[1]], operation.path.removeprefix("/api/v1"))


FOR_ADMINS = ("users", "projects", "invitations", "notifications")


async def rows(api: Any) -> list[int]:
    """How many rows each table that a request may fill has."""
    tables = ("flows", "flow_versions", "runs", "connections", "members", "projects", "events")

    def count(tx: Tx) -> list[int]:
        return [tx.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables]

    return list(await api.sy.db.read(count))


BODIES = [
    (b"", "application/json", 400),
    (b"{", "application/json", 400),
    (b'{"a": 1,}', "application/json", 400),
    (b"[" * 10_000, "application/json", 400),
    (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "application/json", 400),
    (b'{"name": "\xff\xfe"}', "application/json", 400),
    (b'{"a": NaN}', "application/json", 400),
    (b'{"a": "\\ud800"}', "application/json", 400),
    (b"[]", "application/json", 422),
    (b'"text"', "application/json", 422),
    (b"null", "application/json", 422),
    (b"{}", "text/plain", 415),
    (b"{}", "", 415),
    (b"a=1", "application/x-www-form-urlencoded", 415),
    (b'{"name": "' + b"x" * 100_001 + b'"}', "application/json", 413),
    (b'{"no_such_field": 1}', "application/json", 422),
]


@pytest.mark.parametrize(("body", "media", "status"), BODIES)
async def test_a_body_that_cannot_be_used_is_refused_everywhere(
    shared: Any, body: bytes, media: str, status: int
) -> None:
    before = await rows(shared)
    for operation in WITH_BODY:
        if body == b"" and operation.body.may_be_absent:
            continue
        if status == 413 and operation.largest:
            continue  # it takes documents
        if b"no_such_field" in body and operation.name == "publish_message":
            continue  # a message has whatever fields its publisher gives it
        path = path_of(operation, project_id=shared.project.id)
        headers = {"Content-Type": media} if media else {}
        refused = await shared.call(operation.method, path, status, content=body, headers=headers)
        assert refused["error"]["message"], operation.name
        assert "Traceback" not in str(refused)
    assert await rows(shared) == before


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/flows?limit=0", "limit"),
        ("/flows?limit=201", "limit"),
        ("/flows?limit=many", "limit"),
        ("/flows?limit=1&limit=2", "limit"),
        ("/flows?status=broken", "status"),
        ("/flows?cursor=%00", "cursor"),
        ("/flows?cursor=Zm9v", "cursor"),
        ("/flows?cursor=" + "A" * 500, "cursor"),
        ("/flows?colour=red", "colour"),
        ("/runs?status=queued&status=odd", "status.1"),
        ("/runs?environment=staging", "environment"),
        ("/runs?unrouted=perhaps", "unrouted"),
        ("/runs?since=yesterday", "since"),
        ("/runs?until=9999999-01-01", "until"),
        ("/runs?cursor=x", "cursor"),
        ("/rejected?reason=odd", "reason.0"),
        ("/rejected?since=yesterday", "since"),
        ("/rejected?cursor=x", "cursor"),
        ("/events?cursor=x", "cursor"),
        ("/connections?page=2", "page"),
        ("/destinations?x=1", "x"),
        ("/destinations/dst_none/deliveries?status=odd", "status"),
        ("/destinations/dst_none/deliveries?since=yesterday", "since"),
        ("/destinations/dst_none/deliveries?cursor=x", "cursor"),
        ("/destinations/dst_none/statistics?hours=0", "hours"),
        ("/pieces?x=1", "x"),
        ("/flows/flow_none/export?version=x", "version"),
        ("/flows/flow_none/export?version=99999999999999999999", "version"),
    ],
)
async def test_a_query_that_cannot_be_used_names_its_parameter(shared: Any, path: str, field: str) -> None:
    assert (await shared.get(path, 422))["error"]["field"] == field


OF_AN_ID = [
    "/flows/{}", "/flows/{}/versions", "/flows/{}/versions/1", "/flows/{}/export", "/runs/{}",
    "/rejected/{}", "/held/{}", "/connections/{}", "/destinations/{}", "/destinations/{}/deliveries",
    "/deliveries/{}", "/pieces/{}", "/catalogues/{}", "/projects/{}",
]  # fmt: skip
HOSTILE = [
    "none",
    "..",
    "%2e%2e%2f%2e%2e",
    "%00",
    "'; DROP TABLE flows; --",
    "%ff%fe",
    "🚂",
    "x" * 3000,
    "null",
    "-1",
    "%0d%0aX: y",
]


@pytest.mark.parametrize("hostile", HOSTILE)
async def test_hostile_ids_are_not_found(shared: Any, hostile: str) -> None:
    for template in OF_AN_ID:
        headers = {"Authorization": f"Bearer {shared.key}"}
        answer = await shared.http.get("/api/v1" + template.format(hostile), headers=headers)
        assert answer.status_code == 404, (template, answer.text)
        assert answer.json()["error"]["code"] == "not_found"


@pytest.mark.parametrize("number", ["0", "-1", "x", "1.5", "99999999999999999999", "١"])
async def test_hostile_version_numbers_are_not_found(shared: Any, number: str) -> None:
    made = await shared.post("/flows", {"format": 1, "name": "x"}, 201)
    await shared.get(f"/flows/{made['id']}/versions/{number}", 404)


async def test_unknown_paths_and_methods_are_json_too(shared: Any) -> None:
    headers = {"Authorization": f"Bearer {shared.key}"}
    for method, path, status in (("GET", "/nope", 404), ("DELETE", "/flows", 405), ("POST", "/runs", 405)):
        answer = await shared.http.request(method, f"/api/v1{path}", headers=headers)
        assert answer.status_code == status
        assert answer.json()["error"]["code"]


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("DELETE", "/flows", "GET, HEAD, POST"),
        ("POST", "/flows/flow_none", "DELETE, GET, HEAD, PATCH, PUT"),
        ("PUT", "/folders/fld_none", "DELETE, GET, HEAD, PATCH"),
        ("GET", "/flows/flow_none/publish", "POST"),
    ],
)
async def test_a_refused_method_is_told_all_that_are_served(
    shared: Any, method: str, path: str, allow: str
) -> None:
    headers = {"Authorization": f"Bearer {shared.key}"}
    answer = await shared.http.request(method, f"/api/v1{path}", headers=headers)
    assert (answer.status_code, answer.headers["allow"]) == (405, allow)


@pytest.mark.parametrize("fields", [{}, {"bot_token": "", "webhook_url": ""}])
async def test_a_connection_that_could_do_nothing_is_refused(shared: Any, fields: dict[str, str]) -> None:
    body = {"name": "empty", "piece": "slack", "fields": fields}
    answer = await shared.call("POST", "/connections", 422, json=body)
    assert answer["error"]["field"] == "fields.bot_token"
    assert answer["error"]["message"] == "Bot token or Incoming webhook is required"


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer sk_" + "a" * 43}, {"Authorization": "Basic YTpi"}, {"Authorization": ""}],
)
async def test_without_a_valid_key_nothing_is_told(shared: Any, headers: dict[str, str]) -> None:
    for operation in api.OPERATIONS:
        path = path_of(operation, project_id=shared.project.id)
        answer = await shared.http.request(operation.method, f"/api/v1{path}", headers=headers)
        assert answer.status_code == 401, operation.name
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.json()["error"]["code"] == "not_signed_in"


@pytest.mark.parametrize("role", [Role.viewer, Role.editor])
async def test_each_role_is_held_to_its_permissions(shared: Any, role: Role) -> None:
    caller = await shared.key_of(role)
    actor = Actor(key_id="key", project_id=shared.project.id, role=role)
    for operation in api.OPERATIONS:
        path = path_of(operation, project_id=shared.project.id)
        headers = {"Authorization": f"Bearer {caller.key}"}
        answer = await shared.http.request(operation.method, f"/api/v1{path}", headers=headers)
        assert (answer.status_code == 403) is not actor.may(operation.permission), operation.name


async def test_another_projects_things_are_not_found(shared: Any) -> None:
    made = await shared.post("/flows", {"format": 1, "name": "x", "samples": {"s": {"body": 1}}}, 201)
    run = await shared.post(f"/flows/{made['id']}/test", {"sample": "s"}, 202)
    body = {"name": "in", "piece": "webhook", "fields": {"secret": "s"}}
    connection = await shared.post("/connections", body, 201)
    other = await shared.sy.access.projects.create(Actor.system(), "Other")
    stranger = await shared.key_of(Role.admin, other.id)
    folder = await shared.post("/folders", {"name": "Mine"}, 201)
    told = {"name": "Mine", "kind": "topic", "url": "mine", "events": ["folder.updated"]}
    destination = await shared.post("/destinations", {**told, "verification": "none"}, 201)
    await shared.call("PATCH", f"/folders/{folder['id']}", 200, json={"name": "Ours"})

    async def delivered() -> Any:
        return (await shared.get(f"/destinations/{destination['id']}/deliveries?status=delivered"))["data"]

    deliveries = await stored(shared.sy.db, delivered)
    ids = {
        "destination_id": destination["id"], "delivery_id": deliveries[0]["id"],
        "event_id": deliveries[0]["event_id"], "folder_id": folder["id"],
        "flow_id": made["id"], "run_id": run["run_id"], "connection_id": connection["id"],
        "project_id": shared.project.id,
    }  # fmt: skip
    bodies: dict[str, Any] = {
        "save_flow": {"definition": {"format": 1, "name": "y"}, "revision": 1},
        "change_flow": {"definition": {"name": "y"}, "revision": 1},
        "test_flow": {"sample": "s"},
        "edit_flow": {"command": "set_name", "args": {"name": "y"}, "revision": 1},
        "undo_edit": {"revision": 1},
        "redo_edit": {"revision": 1},
        "restore_version": {"revision": 1},
        "change_connection": {"fields": {}},
        "test_destination": {"event": "flow.created"},
        "replay_deliveries": {"since": "2026-03-03T10:00:00.000Z"},
        "rename_project": {"name": "Mine now"},
        "rename_folder": {"name": "Theirs"},
        "change_user": {"role": "viewer"},
    }
    for operation in api.OPERATIONS:
        if "{" not in operation.path or operation.noun in ("pieces", "catalogues", "topics"):
            continue
        sent = {"json": bodies.get(operation.name, {})} if operation.body is not None else {}
        status = 403 if operation.permission is Permission.platform else 404
        await stranger.call(operation.method, path_of(operation, **ids), status, **sent)
    for path in ("/flows", "/runs", "/connections", "/folders", "/deleted-flows", "/destinations", "/topics"):
        assert (await stranger.get(path))["data"] == []
    assert made["id"] not in str(await stranger.get("/events"))
    assert [row["id"] for row in (await stranger.get("/projects"))["data"]] == [other.id]
    assert (await shared.get(f"/flows/{made['id']}"))["name"] == "x"


async def test_permissions_are_as_agreed() -> None:
    for operation in api.OPERATIONS:
        if operation.noun == "platform":
            assert operation.permission is Permission.platform, operation.name
        elif operation.method == "GET" and operation.noun not in FOR_ADMINS:
            assert operation.permission is Permission.view, operation.name
        elif operation.method != "GET":
            assert operation.permission in (Permission.edit, Permission.admin), operation.name


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/catalogues", {"name": "new", "asyncapi": {}}, "asyncapi"),
        ("/catalogues", {"name": "new", "asyncapi": "a: &a [*a]"}, "asyncapi"),
        ("/handler-flows", {"catalogue": "deck", "events": "some"}, "events"),
        ("/handler-flows", {"catalogue": "deck", "events": ["task_run.failed", 5]}, "events.1"),
    ],
)
async def test_a_refusal_names_the_field_as_the_caller_wrote_it(
    shared: Any, path: str, body: dict[str, Any], field: str
) -> None:
    refused = await shared.call("POST", path, 422, json=body)
    assert refused["error"]["field"] == field
