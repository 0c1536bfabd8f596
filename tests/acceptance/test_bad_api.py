"""What the REST API refuses. The wrong requests are made from its own OpenAPI document."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import orjson
import pytest
import pytest_asyncio
from jsonschema import Draft202012Validator

from engine import api
from engine.api import openapi
from engine.base.types import Json

pytestmark = pytest.mark.asyncio(loop_scope="module")

DOCUMENT = openapi.document(api.OPERATIONS, "http://test")
OPERATIONS = [
    (method.upper(), path, facts)
    for path, item in DOCUMENT["paths"].items()
    for method, facts in item.items()
]
ANY = [None, True, False, 0, -1, 1.5, 10**18, "", "x", "\0", "x" * 10_000, [], [None], [[]], {}, {"x": None}]
WORDS = ["", "x", "-1", "0", "1.5", "9" * 30, "null", "true!", "\0", "'", "x" * 10_000, "%", "🚂", "\u202e"]

FLOW = {"format": 1, "name": "Good"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ids(instance: Any) -> dict[str, str]:
    """One of each thing, to be wrong about."""
    flow = await instance.publish({**FLOW, "name": "First", "samples": {"s": {"body": 1}}})
    run = await instance.api("POST", f"/flows/{flow['id']}/test", {"sample": "s"}, 202)
    await instance.ended(run["run_id"])
    connection = {"name": "kept", "piece": "webhook", "fields": {"secret": "s"}}
    kept = await instance.api("POST", "/connections", connection, 201)
    await instance.cookie_of("kept@example.com", "viewer")
    (member,) = (await instance.api("GET", "/users"))["data"]
    invited = {"email": "invited-once@example.com", "role": "viewer"}
    invitation = await instance.api("POST", "/invitations", invited, 201)
    told = {"name": "Kept", "kind": "topic", "url": "kept", "events": ["folder.created"]}
    destination = await instance.api("POST", "/destinations", {**told, "verification": "none"}, 201)
    folder = await instance.api("POST", "/folders", {"name": "Kept"}, 201)
    unrun = await instance.unrun()
    at = f"/destinations/{destination['id']}"
    delivery = await instance.first(f"{at}/deliveries", status="delivered")
    await instance.api("PATCH", at, {"events": ["catalogue.deleted"]})  # so that none comes in between
    return {
        "folder_id": folder["id"], "flow_id": flow["id"], "run_id": run["run_id"],
        "connection_id": kept["id"], "destination_id": destination["id"],
        "delivery_id": delivery["id"], "event_id": delivery["event_id"],
        **unrun,
        "project_id": instance.project.id, "user_id": member["user_id"],
        "invitation_id": invitation["id"], "number": "1", "name": "deck",
    }  # fmt: skip


def address(path: str, ids: dict[str, str]) -> str:
    names = {"/pieces/": "http", "/topics/": "kept"}
    known = {**ids, "name": next((name for part, name in names.items() if part in path), ids["name"])}
    return re.sub(r"{(\w+)}", lambda found: known[found[1]], path)


async def refused(
    instance: Any, before: Json, method: str, path: str, statuses: tuple[int, ...] = (422,), **sent: Any
) -> Json:
    """Send it; it is refused with one of `statuses`, in the one shape, and nothing was stored."""
    headers = {"Authorization": f"Bearer {instance.key_for(path)}", **sent.pop("headers", {})}
    answer = await instance.http.request(method, path, headers=headers, **sent)
    what = f"{method} {path[:200]} {str(sent)[:200]}: {answer.status_code} {answer.text[:300]}"
    assert answer.status_code in statuses, what
    error = answer.json()["error"]
    assert error["code"], what
    assert len(error["message"]) > 5, what
    assert set(error) <= {"code", "message", "field", "details"}, what
    for inside in ("Traceback", 'File "', "pydantic", "sqlite", "sqlalchemy"):
        assert inside not in answer.text, what
    assert await instance.rows() == before, what
    return error


def resolved(schema: Json) -> Json:
    while "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def body_of(facts: Json) -> Json | None:
    content = facts.get("requestBody", {}).get("content", {}).get("application/json")
    return None if content is None else resolved(content["schema"])


def misfits(schema: Json, values: list[Json]) -> Iterator[Json]:
    """Those of the values that the schema does not allow."""
    validator = Draft202012Validator({**schema, "components": DOCUMENT["components"]})
    for value in values:
        if not validator.is_valid(value):
            yield value


WITH_BODY = [operation for operation in OPERATIONS if body_of(operation[2]) is not None]
# A message is whatever its publisher says: it has no fields to be wrong about.
WITH_FIELDS = [one for one in WITH_BODY if one[2]["operationId"] != "publish_message"]
SCHEMAS = DOCUMENT["components"]["schemas"]


def named(operation: Any) -> str:
    return str(operation[2]["operationId"])


async def test_every_body_that_is_made_wrong_here_was_good(good_body: Any) -> None:
    for _, _, facts in WITH_BODY:
        schema = {**(body_of(facts) or {}), "components": DOCUMENT["components"]}
        Draft202012Validator(schema).validate(good_body(facts, SCHEMAS))


@pytest.mark.parametrize("operation", WITH_FIELDS, ids=named)
async def test_a_field_of_a_wrong_type_is_named(
    instance: Any, ids: dict[str, str], good_body: Any, operation: Any
) -> None:
    method, path, facts = operation
    before = await instance.rows()
    schema, good = body_of(facts) or {}, good_body(facts, SCHEMAS)
    tried = 0
    for name, field in schema["properties"].items():
        for value in misfits(field, ANY):
            error = await refused(instance, before, method, address(path, ids), json={**good, name: value})
            assert error["field"].split(".")[0] == name, (name, value, error)
            tried += 1
    assert tried >= 5


@pytest.mark.parametrize("operation", WITH_FIELDS, ids=named)
async def test_a_field_that_is_missing_or_too_many_is_named(
    instance: Any, good_body: Any, ids: dict[str, str], operation: Any
) -> None:
    method, path, facts = operation
    before = await instance.rows()
    schema, good = body_of(facts) or {}, good_body(facts, SCHEMAS)
    for name in schema.get("required", []):
        rest = {key: value for key, value in good.items() if key != name}
        error = await refused(instance, before, method, address(path, ids), json=rest)
        assert error["field"] == name
    for name in ("colour", "__class__", "a.b", "id", "project_id"):
        error = await refused(instance, before, method, address(path, ids), json={**good, name: 1})
        assert error["field"] == name


async def test_what_may_be_any_object_is_still_looked_at(instance: Any, ids: dict[str, str]) -> None:
    """Fields that the document leaves open: flow files, events, verification, fields of a connection."""
    before = await instance.rows()
    objects: list[Json] = [value for value in ANY if isinstance(value, dict)]
    deep: Json = 1
    for _ in range(250):
        deep = {"x": deep}
    wrong_files: list[Json] = [
        *objects, {"format": 2, "name": "x"}, {"format": 1}, {"format": 1, "name": 7},
        {"format": 1, "name": ""},
        {"format": 1, "name": " "}, {"format": 1, "name": "x" * 201}, {"format": 1, "name": "a\0b"},
        {"format": 1, "name": "invoice\u202etxt"}, {"format": 1, "name": "a\nb"},
        {**FLOW, "steps": []}, {**FLOW, "steps": {"a": 1}}, {**FLOW, "steps": {"A": {"type": "router"}}},
        {**FLOW, "steps": {"../x": {"type": "router"}}}, {**FLOW, "steps": {"a": {"type": "exec"}}},
        {**FLOW, "steps": {"a": {"type": "action", "piece": "http", "action": "request", "next": 1}}},
        {**FLOW, "triggers": {}}, {**FLOW, "triggers": [1]}, {**FLOW, "triggers": [{}]}, {**FLOW, "start": 1},
        {**FLOW, "samples": {"a": 1}}, {**FLOW, "samples": {"a\0": {"body": 1}}}, {**FLOW, "samples": []},
        {**FLOW, "layout": deep}, {**FLOW, "settings": {"timeout": -1}},
        {**FLOW, "settings": {"timeout": 1e99}},
        {**FLOW, "colour": "red"}, {**FLOW, "__proto__": {}}, {**FLOW, "tests": [{"name": 1}]},
        {**FLOW, "steps": {"r": {"type": "router", "branches": [{"name": "a\u202eb", "case": [1]}]}}},
        {**FLOW, "steps": {"r": {"type": "router", "title": "a\0b"}}},
    ]  # fmt: skip
    flow = f"/api/v1/flows/{ids['flow_id']}"
    for file in wrong_files:
        for path in ("/api/v1/flows", "/api/v1/flows/import"):
            await refused(instance, before, "POST", path, (400, 422), json={"definition": file})
            await refused(instance, before, "POST", path, (400, 422), json=file)
        await refused(instance, before, "PUT", flow, (400, 422), json={"definition": file, "revision": 1})
    for event in [*objects, {"headers": {}}]:
        await refused(instance, before, "POST", f"{flow}/test", json={"event": event})
    for sample in ("none", "x" * 200, "\0", "{{ x }}"):
        await refused(instance, before, "POST", f"{flow}/test", json={"sample": sample})
    await refused(instance, before, "POST", f"{flow}/test", json={})
    await refused(instance, before, "POST", f"{flow}/test", json={"sample": "s", "event": {"body": 1}})
    verifies: list[Json] = [
        {"scheme": None}, {"scheme": "magic"}, {"scheme": ["none"]}, {"scheme": {}},
        {"scheme": "none", "x": 1},
        {"scheme": "github", "connection": "not-there"}, {"scheme": "github", "connection": 7},
        {"scheme": "github", "secret": 7}, {"scheme": "github", "secret": ""},
        {"scheme": "github", "secret": {}},
        {"scheme": "none", "secret": "s"}, {"scheme": "github", "tolerance": -1},
        {"scheme": "generic_hmac", "algorithm": "rot13"}, {"scheme": "generic_hmac", "header": 7},
        {"scheme": "generic_hmac", "header": "é"}, {"scheme": "generic_hmac", "signed": "{nonsense}"},
        {"scheme": "standard_webhooks", "secret": "\0" * 20, "connection": "../x"},
        {"scheme": "github", "secret": "s", "connection": "A B"},
        {"scheme": "github", "secret": "s" * 20, "connection": "x" * 64},
    ]  # fmt: skip
    for verify in verifies:
        body = {"catalogue": "deck", "events": "all", "verify": verify}
        error = await refused(instance, before, "POST", "/api/v1/handler-flows", json=body)
        assert (error.get("field") or "").startswith(("verify", "name", "fields")), (verify, error)
    for events in ([], ["none"], ["agent.created", "agent.created"], ["agent.created", "\0"], ["x" * 10_000]):
        body = {"catalogue": "deck", "events": events}
        error = await refused(instance, before, "POST", "/api/v1/handler-flows", json=body)
        assert error["field"] == "events"
        assert len(error["message"]) < 1000
    for catalogue in ("none", "../deck", "deck.json", "\0", ""):
        body = {"catalogue": catalogue, "events": "all"}
        error = await refused(instance, before, "POST", "/api/v1/handler-flows", json=body)
        assert error["field"] == "catalogue"


async def test_hostile_names_are_refused_or_are_only_names(
    instance: Any, ids: dict[str, str], hostile: dict[str, str]
) -> None:
    """Where a name must follow a rule, none of these does; a text for people may be nearly anything."""
    never_visible = {"a NUL", "a line end", "10 kB", "right to left", "isolated", "nothing", "space"}
    for what, text in hostile.items():
        if "\ud800" in text:
            continue
        before = await instance.rows()
        if what != "null":
            await refused(
                instance, before, "POST", "/api/v1/connections",
                json={"name": text, "piece": "webhook", "fields": {"secret": "s"}},
            )  # fmt: skip
        for body in (
            {"name": "x", "piece": text, "fields": {}},
            {"name": "x", "piece": "webhook", "fields": {text: "1"}},
        ):
            await refused(instance, before, "POST", "/api/v1/connections", (404, 422), json=body)
        for body in (
            {"email": text},
            {"email": f"{text}@example.com"},
            {"email": "kept@example.com", "role": text},
        ):
            await refused(instance, before, "POST", "/api/v1/users", (404, 409, 422), json=body)
        await refused(instance, before, "PATCH", f"/api/v1/users/{ids['user_id']}", json={"role": text})
        if what in never_visible:
            await refused(instance, before, "POST", "/api/v1/flows", json={"format": 1, "name": text})
            if what != "a line end":  # of a project's name it becomes a space
                path = f"/api/v1/projects/{ids['project_id']}"
                await refused(instance, before, "PATCH", path, json={"name": text})
            continue
        made = await instance.api("POST", "/flows", {"format": 1, "name": text}, 201)
        assert made["name"] == text
        assert (await instance.api("GET", f"/flows/{made['id']}"))["name"] == text
        headers = {"Authorization": f"Bearer {instance.key}"}
        file = await instance.http.get(f"/api/v1/flows/{made['id']}/export", headers=headers)
        assert re.fullmatch(r'attachment; filename="[a-z0-9_-]+\.json"', file.headers["content-disposition"])
        found = await instance.http.get("/api/v1/flows", params={"search": text}, headers=headers)
        assert [row["id"] for row in found.json()["data"]].count(made["id"]) == 1, what
        await instance.api("DELETE", f"/flows/{made['id']}", status=204)


@pytest.mark.parametrize("operation", OPERATIONS, ids=named)
async def test_a_query_that_is_wrong_is_named(
    instance: Any, good_body: Any, ids: dict[str, str], operation: Any
) -> None:
    method, path, facts = operation
    before = await instance.rows()
    good = good_body(facts, SCHEMAS)
    sent = {} if good is None else {"json": good}
    parameters = {one["name"]: one["schema"] for one in facts["parameters"] if one["in"] == "query"}
    for name, schema in parameters.items():
        for value in WORDS:
            if _fits(name, schema, value):
                continue
            query = f"{name}={quote(value, safe='')}"
            error = await refused(instance, before, method, f"{address(path, ids)}?{query}", **sent)
            assert error["field"].split(".")[0] == name, (name, value)
    for query in ("colour=red", "limit%00=1", "=1", "%ff=1"):
        await refused(instance, before, method, f"{address(path, ids)}?{query}", **sent)


def _fits(name: str, schema: Json, value: str) -> bool:
    """Whether a text is a value of a parameter: what an address can say of it."""
    if name == "tag":
        return 0 < len(value.strip()) <= 40 and "," not in value and value.isprintable()
    if name == "folder":
        return 0 < len(value) <= 60
    if "enum" in schema or "items" in schema:
        return value in schema.get("enum", schema.get("items", {}).get("enum", []))
    if schema.get("type") == "integer":
        return bool(re.fullmatch(r"[0-9]{1,9}", value)) and int(value) >= schema.get("minimum", 0)
    if schema.get("type") == "boolean":
        return value in ("0",)  # pydantic reads 0 and 1 as what they mean
    # Free text: what a search, or an id of nothing, finds nothing with. Cursors, moments and the names of
    # events have a form of their own.
    free = name in ("search", "text", "flow_id", "event_id", "user_id", "piece", "source")
    return free and schema.get("minLength", 0) <= len(value) <= schema["maxLength"]


TOPICS = {"publish_message", "list_messages", "list_subscribers"}


@pytest.mark.parametrize(
    "operation", [one for one in OPERATIONS if "{" in one[1] and named(one) not in TOPICS], ids=named
)
async def test_an_id_of_nothing_is_not_found(
    instance: Any, good_body: Any, ids: dict[str, str], hostile: dict[str, str], operation: Any
) -> None:
    method, path, facts = operation
    before = await instance.rows()
    good = good_body(facts, SCHEMAS)
    sent = {} if good is None else {"json": good}
    for name in re.findall(r"{(\w+)}", path):
        for what, text in hostile.items():
            if not text.strip(" \t.") or "%2f" in text:
                continue
            written = quote(text.encode("utf-8", "surrogatepass"), safe="")
            there = address(path.replace(f"{{{name}}}", written), ids)
            known = named(operation) != "replay_topic" or can_be_a_topic(text)
            error = await refused(instance, before, method, there, (404,) if known else (422, 404), **sent)
            assert error["code"] == "not_found" or not known, what
            assert "<script>" not in error["message"], what


def can_be_a_topic(name: str) -> bool:
    return len(name) <= 200 and bool(re.fullmatch(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*", name))


async def test_a_topic_is_any_name_that_can_be_one(instance: Any, hostile: dict[str, str]) -> None:
    """Nobody makes a topic: one of which nothing is known is empty, one whose name cannot be is refused."""
    before = await instance.rows()
    names = [*hostile.values(), "a..b", ".a", "a.", "orders.*", ">", "Orders", "x" * 201, "é", "a b", "١"]
    for name in names:
        if not name.strip(" \t.") or "%2f" in name:
            continue
        written = quote(name.encode("utf-8", "surrogatepass"), safe="")
        for part in ("/messages", "/subscribers"):
            path = f"/api/v1/topics/{written}{part}"
            if can_be_a_topic(name):
                assert await instance.api("GET", f"/topics/{name}{part}") == {"data": [], "next": None}
                continue
            error = await refused(instance, before, "GET", path, (404, 422))
            assert error.get("field") == "topic" or error["code"] == "not_found", name[:100]
        if not can_be_a_topic(name):
            await refused(
                instance, before, "POST", f"/api/v1/topics/{written}", (404, 422), json={"any": "thing"}
            )


def nested(depth: int) -> str:
    return '{"x":' * depth + "1" + "}" * depth


@pytest.mark.parametrize(
    ("body", "status"),
    [
        *((orjson.dumps(value), 422) for value in ANY if not isinstance(value, dict)),
        (b"", 400),
        (b"{", 400),
        (b'{"x": NaN}', 400),
        (b'{"x": "\\ud800"}', 400),
        (b'{"x": 1}{', 400),
        (b"\xff", 400),
        (nested(250).encode(), 400),
        (nested(100_000).encode(), 400),
        (b'{"x": "' + b"x" * 5_000_000 + b'"}', 413),
    ],
    ids=lambda value: str(value)[:20],
)
async def test_a_message_that_is_no_object_is_refused(instance: Any, body: bytes, status: int) -> None:
    headers = {"Content-Type": "application/json"}
    before = await instance.rows()
    await refused(instance, before, "POST", "/api/v1/topics/orders", (status,), content=body, headers=headers)


async def test_a_message_of_any_object_is_kept_as_it_is(instance: Any) -> None:
    for body in ({}, {"": None}, {"__class__": 1, "id": "x", "a.b": [{}], "\0": "\0", "x": 1.5}):
        made = await instance.api("POST", "/topics/orders", body, 202)
        (newest, *_) = (await instance.api("GET", "/topics/orders/messages"))["data"]
        assert (newest["id"], newest["body"]) == (made["id"], body)


@pytest.mark.parametrize(
    "header", ["", "x", '"x"', "-1", '"1", "2"', "9" * 30, "*", "1.0", "\t1x", "W/", '"١"']
)
async def test_a_revision_that_is_none_is_refused(
    instance: Any, good_body: Any, ids: dict[str, str], header: str
) -> None:
    before = await instance.rows()
    for method, path, facts in OPERATIONS:
        if any(one["name"] == "If-Match" for one in facts["parameters"]):
            good = {k: v for k, v in good_body(facts, SCHEMAS).items() if k != "revision"}
            headers = {"If-Match": header.encode()}
            error = await refused(instance, before, method, address(path, ids), headers=headers, json=good)
            assert error["field"] in ("If-Match", "revision")


async def test_a_stale_revision_is_answered_with_how_it_differs(instance: Any, ids: dict[str, str]) -> None:
    flow = await instance.api("GET", f"/flows/{ids['flow_id']}")
    await instance.api(
        "PATCH", f"/flows/{flow['id']}", {"definition": {"description": "mine"}, "revision": flow["revision"]}
    )
    before = await instance.rows()
    for method, body in (("PUT", FLOW), ("PATCH", {"description": "theirs"})):
        sent = {"definition": body, "revision": flow["revision"]}
        error = await refused(instance, before, method, f"/api/v1/flows/{flow['id']}", (409,), json=sent)
        assert error["details"]["revision"] == flow["revision"] + 1
        assert "mine" in error["details"]["diff"]
    sent = {"revision": flow["revision"]}
    await refused(instance, before, "POST", f"/api/v1/flows/{flow['id']}/publish", (409,), json=sent)


async def test_an_expression_that_cannot_be_read_is_not_even_saved(instance: Any) -> None:
    """Promise 5, and all problems at once."""
    branch = {"name": "a", "when": "length(", "next": "x"}
    steps = {
        "r": {"type": "router", "key": "trigger.[", "branches": [branch]},
        "x": {"type": "action", "piece": "data", "action": "compose", "input": {"value": "{{ a. }}"}},
    }
    before = await instance.rows()
    broken = {**FLOW, "start": "r", "steps": steps}
    error = await refused(instance, before, "POST", "/api/v1/flows", json=broken)
    found = {problem["pointer"]: problem["message"] for problem in error["details"]}
    assert set(found) == {"/steps/r/key", "/steps/r/branches/0/when", "/steps/x/input/value"}
    assert all("^" in message for message in found.values())


async def test_a_flow_with_errors_is_not_published_and_says_all_of_them(instance: Any) -> None:
    steps = {
        "x": {"type": "action", "piece": "none", "action": "none", "next": "nowhere"},
        "y": {"type": "action", "piece": "http", "action": "none"},
    }
    flow = await instance.api("POST", "/flows", {**FLOW, "name": "Odd", "start": "x", "steps": steps}, 201)
    before = await instance.rows()
    error = await refused(instance, before, "POST", f"/api/v1/flows/{flow['id']}/publish", json={})
    pointers = {problem["pointer"] for problem in error["details"] if problem["severity"] == "error"}
    assert {pointer.split("/")[2] for pointer in pointers} >= {"x", "y"}
    assert len(pointers) >= 3
    await refused(instance, before, "POST", f"/api/v1/flows/{flow['id']}/enable", (409,))
