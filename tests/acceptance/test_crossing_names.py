"""No name within a destination or a definition leads into another project: a flow as a target, a flow that a
step calls, a connection. They are read when an event is delivered or a flow runs, long after they were saved.

The two projects have connections with the same names, so that a look-up by name alone would find the wrong
one.
"""

from collections.abc import AsyncIterator
from ipaddress import ip_network
from typing import Any

import pytest
import pytest_asyncio

from engine.base.types import Json
from engine.store.tx import Tx
from tests.acceptance.test_crossing import MARK, Scene
from tests.support.receiver import Receiver, receiving
from tests.support.waiting import stored

pytestmark = pytest.mark.asyncio(loop_scope="module")

FLOWS = ("flow_id", "holding_id", "rejecting_id")
SIGNING, CALLING = "their-connection", "their-http"
OWN = "0wn-secret-of-this-project"


class Names(Scene):
    """Somebody who knows every id and name of the other project, and a service that both projects call."""

    def __init__(self, instance: Any, service: Receiver) -> None:
        super().__init__(instance)
        self.service = service

    async def fill(self) -> "Names":
        await self.prepare()
        await self.victim.fill()
        fields = {"kind": "bearer", "secret": MARK, "hosts": [f"127.0.0.1:{self.service.port}"]}
        theirs = {"name": CALLING, "piece": "http", "fields": fields}
        await self.victim.instance.api("POST", "/connections", theirs, 201)
        cookie = await self.instance.cookie_of("mallory@example.com", "admin")
        self.headers["Cookie"] = f"switchyard_session={cookie}"
        await self.settled()
        return self

    async def theirs(self) -> dict[str, list[tuple[Any, ...]]]:
        """All that is of the other project; what we store ourselves may name a thing of it."""
        own = self.ids["project_id"]
        found = await self.victim.rows()
        return {table: [row for row in rows if own not in row] for table, rows in found.items()}

    async def call(self, method: str, path: str, **sent: Any) -> Any:
        """An answer of the API, which shows nothing of the other project."""
        address = f"/api/v1{path}"
        answer = await self.instance.http.request(method, address, headers=self.api_headers, **sent)
        assert answer.status_code < 500 and MARK not in answer.text, f"{method} {path}: {answer.text[:500]}"
        return answer

    async def connect(self, name: str, piece: str, **fields: Json) -> str:
        """A connection of our own; its id."""
        body = {"name": name, "piece": piece, "fields": fields}
        return str((await self.instance.api("POST", "/connections", body, 201))["id"])

    async def disconnect(self, connection_id: str) -> None:
        await self.instance.api("DELETE", f"/connections/{connection_id}?force=true", status=204)

    async def run(self, flow_id: str, variant: str = "") -> Any:
        """The run of an event, which shows nothing of the other project."""
        sent = await self.instance.send(flow_id, {"n": 1}, variant, **self.api_headers)
        assert sent.status_code == 202, sent.text
        run = await self.instance.ended(sent.json()["run_id"])
        assert MARK not in str(run)
        return run


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def names(serve: Any, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Names]:
    folder = tmp_path_factory.mktemp("names")
    networks = (ip_network("127.0.0.0/8"),)
    async with (
        receiving() as service,
        serve(folder, egress_allow=networks, allow_http_destinations=True) as instance,
    ):
        yield await Names(instance, service).fill()


def flow(step: dict[str, Any], **trigger: Json) -> dict[str, Any]:
    values = {"verify": {"scheme": "none"}, **trigger}
    return {
        "format": 1, "name": "Ours", "start": "step",
        "triggers": [{"name": "webhook", "piece": "webhook", "trigger": "catch", "input": values}],
        "steps": {"step": {"type": "action", "next": None, **step}},
    }  # fmt: skip


COMPOSE = {"piece": "data", "action": "compose", "input": {"value": 1}}


def request(names: Names) -> dict[str, Any]:
    """A step that calls the service with the connection that has a name in both projects."""
    return {"piece": "http", "action": "request", "connection": CALLING, "input": {"url": names.service.url}}


def verified(header: str = "X-Key") -> dict[str, Any]:
    return {"scheme": "header", "header": header, "connection": SIGNING}


# -- flows as targets ----------------------------------------------------------------------------------


@pytest.mark.parametrize("target", FLOWS)
async def test_no_destination_is_created_for_a_flow_of_another_project(names: Names, target: str) -> None:
    before = await names.theirs()
    spec = {"name": "x", "kind": "flow", "url": names.victim.ids[target], "events": ["*"]}
    refused = await names.call("POST", "/destinations", json=spec)
    assert (refused.status_code, refused.json()["error"]["field"]) == (422, "url")
    form = {"name": "x", "kind": "flow", "url.flow": spec["url"], "pattern": "*", "format": "raw"}
    for do in ("", "sample", "save"):
        page = f"/p/{names.ids['project_id']}/destinations/new"
        assert await names.attack(page, "POST", page, data={**form, "do": do}) == []
    listed = (await names.call("GET", "/destinations")).json()["data"]
    assert names.victim.ids[target] not in str(listed)
    assert await names.theirs() == before


@pytest.mark.parametrize("target", FLOWS)
async def test_no_destination_is_pointed_at_a_flow_of_another_project(names: Names, target: str) -> None:
    own = (await names.instance.publish(flow(COMPOSE)))["id"]
    before = await names.theirs()
    spec = {"name": "ours", "kind": "flow", "url": own, "events": ["folder.deleted"]}
    made = (await names.call("POST", "/destinations", json=spec)).json()
    refused = await names.call("PATCH", f"/destinations/{made['id']}", json={"url": names.victim.ids[target]})
    assert (refused.status_code, refused.json()["error"]["field"]) == (422, "url")
    page = f"/p/{names.ids['project_id']}/destinations/{made['id']}/edit"
    form = {"name": "ours", "kind": "flow", "url.flow": names.victim.ids[target], "pattern": "*"}
    assert await names.attack(page, "POST", page, data=form) == []
    seen = (await names.call("GET", f"/destinations/{made['id']}")).json()
    assert (seen["url"], seen["flow_id"]) == (own, own)
    assert await names.theirs() == before


async def test_a_web_address_of_another_projects_flow_says_nothing_of_the_flow(names: Names) -> None:
    address = f"{names.instance.sy.settings.base_url}/webhooks/{names.victim.ids['flow_id']}"
    spec = {"name": "by address", "kind": "webhook", "url": address, "events": ["folder.deleted"]}
    made = (await names.call("POST", "/destinations", json=spec)).json()
    assert (made["flow_id"], made["flow_name"], made["flow_published"]) == (None, None, None)
    page = f"/p/{names.ids['project_id']}/destinations/{made['id']}"
    assert await names.attack(page, "GET", page) == []


async def test_an_event_starts_no_flow_of_another_project_though_a_destination_names_it(
    names: Names,
) -> None:
    """The row itself is forged: not even that leads there."""
    instance, target = names.instance, names.victim.ids["flow_id"]
    own = (await instance.publish(flow(COMPOSE)))["id"]
    spec = {"name": "forged", "kind": "flow", "url": own, "events": ["folder.created"]}
    made = await instance.api("POST", "/destinations", spec, 201)
    at = f"/destinations/{made['id']}"

    def forge(tx: Tx) -> None:
        tx.execute("UPDATE destinations SET url = ? WHERE id = ?", (target, made["id"]))

    await instance.sy.db.submit(forge)
    await instance.api("PATCH", at, {"name": "forged row"}, 422)  # found as soon as it is looked at
    before = await names.theirs()
    tried = await names.call("POST", f"{at}/test", json={"event": "folder.created"})
    assert tried.json()["ok"] is False and "no such published flow" in tried.text
    await instance.api("POST", "/folders", {"name": "told of"}, 201)
    delivery = await instance.first(f"{at}/deliveries", attempts=1)
    assert delivery["status"] != "delivered"
    seen = (await names.call("GET", at)).json()
    assert (seen["flow_id"], seen["flow_name"]) == (None, None)
    assert await names.theirs() == before
    await instance.api("DELETE", at, status=204)


async def test_a_step_calls_no_flow_of_another_project(names: Names) -> None:
    before = await names.theirs()
    for target in FLOWS:
        step = {"piece": "flow", "action": "call", "input": {"flow": names.victim.ids[target], "wait": True}}
        ours = (await names.instance.publish(flow(step)))["id"]
        run = await names.run(ours)
        assert run["status"] == "failed"
        page = f"/p/{names.ids['project_id']}/flows/{ours}/edit?step=step"
        assert await names.attack(page, "GET", page) == []
    assert await names.theirs() == before


async def test_a_topic_of_another_project_is_another_one_though_it_has_the_same_name(names: Names) -> None:
    instance, topic = names.instance, names.victim.ids["topic"]
    subscribed = flow({**COMPOSE, "input": {"value": "{{ trigger.body }}"}})
    subscribed["triggers"] = [
        {"name": "told", "piece": "topic", "trigger": "subscribe", "input": {"topic": topic}}
    ]
    ours = (await instance.publish(subscribed))["id"]
    step = {"piece": "topic", "action": "publish", "input": {"topic": topic, "body": {"text": "first"}}}
    before = await names.theirs()
    await names.run((await instance.publish(flow(step)))["id"])
    await names.settled()
    assert await names.theirs() == before
    await names.victim.instance.api("POST", f"/topics/{topic}", {"text": MARK}, 202)
    last = await instance.api("POST", f"/topics/{topic}", {"text": "last"}, 202)
    listed = (await names.call("GET", f"/topics/{topic}/messages")).json()["data"]
    assert listed[0]["id"] == last["id"]

    async def two() -> Any:
        runs = (await names.call("GET", f"/runs?flow_id={ours}")).json()["data"]
        return runs if len(runs) >= 2 else None

    runs = await stored(instance.sy.db, two)
    await names.settled()
    outputs = [(await instance.ended(run["id"]))["steps"][0]["output"] for run in runs]
    assert sorted(output["text"] for output in outputs) == ["first", "last"]
    assert len((await names.call("GET", f"/runs?flow_id={ours}")).json()["data"]) == 2


# -- connections ---------------------------------------------------------------------------------------


async def test_a_definition_that_names_a_connection_of_another_project_is_not_published(
    names: Names,
) -> None:
    for definition, place in (
        (flow(request(names)), "/steps/step/connection"),
        (flow(COMPOSE, verify=verified()), "/triggers/0/input/verify/connection"),
    ):
        for sent in ({"json": definition}, {"json": {"definition": definition}}):
            address = "/flows" if "definition" not in sent["json"] else "/flows/import"
            saved = await names.call("POST", address, **sent)
            assert saved.status_code == 201, saved.text
            id = saved.json()["id"]
            refused = await names.call("POST", f"/flows/{id}/publish", json={})
            problems = {one["pointer"]: one["message"] for one in refused.json()["error"]["details"]}
            assert refused.status_code == 422 and "there is no connection" in problems[place]
            page = f"/p/{names.ids['project_id']}/flows/{id}/edit?step=step"
            assert await names.attack(page, "GET", page) == []


@pytest.mark.parametrize("variant", ["", "/draft"])
async def test_a_step_sends_no_secret_of_another_project(names: Names, variant: str) -> None:
    """Published while there was a connection of that name here; now only the other project has one."""
    hosts = [f"127.0.0.1:{names.service.port}"]
    mine = await names.connect(CALLING, "http", kind="bearer", secret=OWN, hosts=hosts)
    ours = (await names.instance.publish(flow(request(names))))["id"]
    names.service.requests.clear()
    assert (await names.run(ours, variant))["status"] == "succeeded"
    (seen,) = names.service.requests
    assert seen.headers["authorization"] == f"Bearer {OWN}"
    await names.disconnect(mine)
    names.service.requests.clear()
    run = await names.run(ours, variant)
    assert run["status"] == "failed" and CALLING in run["error"]["message"]
    assert names.service.requests == []


async def test_no_request_is_verified_by_a_secret_of_another_project(names: Names) -> None:
    mine = await names.connect(SIGNING, "webhook", secret=OWN)
    ours = (await names.instance.publish(flow(COMPOSE, verify=verified())))["id"]
    send = names.instance.send
    assert (await send(ours, 1, **{"X-Key": OWN})).status_code == 202
    assert (await send(ours, 1, **{"X-Key": MARK})).status_code == 401
    await names.disconnect(mine)
    for variant in ("", "/draft", "/sync", "/test"):
        refused = await send(ours, 1, variant, **{"X-Key": MARK})
        assert refused.status_code == 401 and MARK not in refused.text


async def test_a_rejected_request_is_not_explained_by_a_secret_of_another_project(names: Names) -> None:
    mine = await names.connect(SIGNING, "webhook", secret=OWN)
    ours = (await names.instance.publish(flow(COMPOSE, verify=verified("X-Other"))))["id"]
    await names.instance.send(ours, 1, **{"X-Other": MARK})
    await names.disconnect(mine)
    listed = await names.instance.first(f"/rejected?flow_id={ours}", reason="signature")
    shown = await names.instance.api("GET", f"/rejected/{listed['id']}")
    assert shown["headers"]["x-other"] == MARK, "it is shown as it was sent"
    assert shown["diagnosis"]["matches"] == []


async def test_a_handshake_stores_nothing_in_a_connection_of_another_project(names: Names) -> None:
    mine = await names.connect(SIGNING, "webhook", username="not a secret")
    trigger = {"verify": {"scheme": "asana", "connection": SIGNING}, "handshake": {"preset": "asana"}}
    ours = (await names.instance.publish(flow(COMPOSE, **trigger)))["id"]
    await names.disconnect(mine)
    before = await names.theirs()
    answer = await names.instance.send(ours, {}, **{"X-Hook-Secret": "learned-from-outside"})
    assert answer.status_code in (200, 404, 409) and MARK not in answer.text
    assert await names.theirs() == before


async def test_a_generated_flow_names_no_connection_of_another_project(names: Names) -> None:
    body = {
        "catalogue": "deck", "events": "all", "name": "x",
        "verify": {"scheme": "github", "connection": SIGNING},
    }  # fmt: skip
    made = await names.call("POST", "/handler-flows", json=body)
    if made.status_code == 201:  # a draft, which says what it lacks
        refused = await names.call("POST", f"/flows/{made.json()['flow']['id']}/publish", json={})
        assert "there is no connection" in refused.text
    else:
        refused = made
    assert refused.status_code == 422
