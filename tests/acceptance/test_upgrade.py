"""A whole instance on a store of each earlier schema: flows stay enabled, events run, old data is read."""

import base64
import json
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import closing
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from engine.base import clock
from engine.base.secrets import Vault
from tests.conftest import Instance, serve
from tests.support.old_stores import NAMES, contents, old_store
from tests.support.receiver import Receiver, receiving
from tests.support.store_dump import OFF, READER, SECRET_KEY, signed

pytestmark = pytest.mark.asyncio(loop_scope="module")

DECADES = 10_000  # days, in which nothing of the dumps becomes too old
LATER = "UPDATE runs SET resume_at = '2126-01-01T00:00:00.000Z' WHERE status = 'waiting'"


TOKEN = "token-of-the-time-before-hosts"


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def service() -> AsyncIterator[Receiver]:
    """What the flows with a connection call."""
    async with receiving() as made:
        yield made


@pytest_asyncio.fixture(loop_scope="module", scope="module", params=NAMES)
async def upgraded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, service: Receiver
) -> AsyncIterator[Instance]:
    folder = tmp_path_factory.mktemp(f"schema-{request.param}")
    path = old_store(request.param, folder / "switchyard.db", LATER)
    add_callers(
        path, {"Literal": service.url, "Computed": f"http://{{{{trigger.body.host}}}}:{service.port}/"}
    )
    async with serve(
        folder,
        secret_key=SECRET_KEY,
        run_retention_days=DECADES,
        delivery_retention_days=DECADES,
        egress_allow=(ip_network("127.0.0.0/8"),),
    ) as made:
        yield made


def add_callers(path: Path, urls: dict[str, str]) -> None:
    """Add enabled flows that call an address each, with a connection of their own: each row like another one
    of the store, whatever columns those have."""
    like = contents(path)
    flow = next(row for row in like["flows"] if row["enabled"])
    version = next(row for row in like["flow_versions"] if row["flow_id"] == flow["id"])
    connection = like["connections"][0]
    vault = Vault(base64.b64decode(SECRET_KEY))
    with closing(sqlite3.connect(path)) as store:
        for name, url in urls.items():
            step = {"type": "action", "piece": "http", "action": "request", "connection": name.lower(),
                    "input": {"method": "POST", "url": url}, "next": None}  # fmt: skip
            definition = json.dumps({**OFF, "name": name, "start": "call", "steps": {"call": step}})
            id, of = f"con_{name}", connection["project_id"]
            fields = json.dumps({"kind": "bearer", "secret": TOKEN}).encode()
            sealed = vault.seal(fields, "connection", of, id)
            insert(store, "connections", connection, id=id, name=name.lower(), piece="http", secret=sealed)
            insert(store, "flows", flow, id=f"flow_{name}", name=name, draft=definition, published_version=1)
            insert(store, "flow_versions", version, id=f"ver_{name}", flow_id=f"flow_{name}", number=1,
                   definition=definition)  # fmt: skip
        store.commit()


def insert(store: sqlite3.Connection, table: str, like: dict[str, Any], **values: Any) -> None:
    row = {**like, **values}
    marks = ", ".join("?" * len(row))
    store.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", tuple(row.values()))


def before(instance: Instance) -> Path:
    """The store as it was."""
    (path,) = (instance.sy.settings.data_dir / "backups").iterdir()
    return path


async def orders_of(instance: Instance) -> str:
    """The flow that the dumps send events to, whatever an edit has made of its name."""
    (found,) = [
        flow for flow in (await instance.api("GET", "/flows"))["data"] if flow["name"].startswith("Orders")
    ]
    return str(found["id"])


async def test_enabled_flows_stay_enabled_and_others_do_not_become_so(upgraded: Instance) -> None:
    stored = contents(before(upgraded))["flows"]
    expected = {flow["id"]: bool(flow["enabled"]) for flow in stored if flow.get("deleted") is None}
    assert Counter(expected.values()) >= Counter({True: 2, False: 1})
    shown = (await upgraded.api("GET", "/flows?limit=100"))["data"]
    assert {flow["id"]: flow["enabled"] for flow in shown} == expected


async def test_the_methods_that_the_upgrade_listed_are_an_edit_like_any_other(upgraded: Instance) -> None:
    orders = await orders_of(upgraded)
    at = f"/flows/{orders}"
    stored = next(flow for flow in contents(before(upgraded))["flows"] if flow["id"] == orders)
    seen = await upgraded.api("GET", at)
    (trigger,) = seen["definition"]["triggers"]
    assert trigger["input"]["methods"] == ["GET", "POST", "PUT", "PATCH", "DELETE"]
    await upgraded.api("POST", f"{at}/undo", {"revision": seen["revision"]})
    undone = await upgraded.api("GET", at)
    assert undone["definition"] == json.loads(stored["draft"])
    await upgraded.api("POST", f"{at}/redo", {"revision": undone["revision"]})
    redone = await upgraded.api("GET", at)
    assert (redone["definition"], redone["changed"]) == (seen["definition"], seen["changed"])


async def test_an_event_runs_and_its_signature_is_verified_with_the_stored_secret(upgraded: Instance) -> None:
    orders = await orders_of(upgraded)
    body = json.dumps({"kind": "paid", "id": "after the upgrade"}).encode()
    forged = await upgraded.send(orders, body)
    assert forged.status_code == 401
    sent = await upgraded.send(orders, body, **signed(body))
    assert sent.status_code == 202, sent.text
    run = await upgraded.ended(sent.json()["run_id"])
    assert (run["status"], run["path"][-1]) == ("succeeded", "total")
    assert run["steps"][-1]["output"] == {"order": "after the upgrade"}
    again = await upgraded.send(orders, body, **signed(body))
    assert again.json()["run_id"] == run["id"]


async def test_earlier_runs_are_read_with_their_steps(upgraded: Instance) -> None:
    stored = {run["id"]: run["status"] for run in contents(before(upgraded))["runs"]}
    assert set(stored.values()) == {"succeeded", "failed", "waiting"}
    for id, status in stored.items():
        run = await upgraded.api("GET", f"/runs/{id}")
        assert run["status"] == status
        assert run["steps"], run
    unrouted = (await upgraded.api("GET", "/runs?unrouted=true"))["data"]
    assert len([run for run in unrouted if run["id"] in stored]) == 1


async def test_a_run_that_waited_can_be_canceled(upgraded: Instance) -> None:
    (waiting,) = (await upgraded.api("GET", "/runs?status=waiting"))["data"]
    await upgraded.api("POST", f"/runs/{waiting['id']}/cancel", {})
    assert (await upgraded.ended(waiting["id"]))["status"] == "canceled"


async def test_an_edit_is_undone_and_published(upgraded: Instance) -> None:
    orders = await orders_of(upgraded)
    at = f"/flows/{orders}"
    seen = await upgraded.api("GET", at)
    edit = {"command": "set_name", "args": {"name": "Renamed"}, "revision": seen["revision"]}
    await upgraded.api("POST", f"{at}/commands", edit)
    await upgraded.api("POST", f"{at}/undo", {"revision": (await upgraded.api("GET", at))["revision"]})
    assert (await upgraded.api("GET", at))["definition"] == seen["definition"]
    await upgraded.api("POST", f"{at}/publish", {})


async def test_destinations_and_their_deliveries_are_read_and_receive_events(upgraded: Instance) -> None:
    stored = contents(before(upgraded))
    for one in stored.get("destinations", []):
        shown = await upgraded.api("GET", f"/destinations/{one['id']}")
        assert (shown["name"], shown["status"]) == (one["name"], "active")
        deliveries = (await upgraded.api("GET", f"/destinations/{one['id']}/deliveries?limit=100"))["data"]
        assert {each["id"] for each in deliveries} >= {
            each["id"] for each in stored["deliveries"] if each["destination_id"] == one["id"]
        }
    new = {"name": "New", "kind": "topic", "url": "published", "events": ["folder.created"]}
    topics = [one["id"] for one in stored.get("destinations", []) if one["kind"] == "topic"]
    topic = topics[0] if topics else (await upgraded.api("POST", "/destinations", new, 201))["id"]
    await upgraded.api("PATCH", f"/destinations/{topic}", {"events": new["events"]})
    folder = await upgraded.api("POST", "/folders", {"name": "After the upgrade"}, 201)
    delivery = await upgraded.first(
        f"/destinations/{topic}/deliveries", action="folder.created", status="delivered"
    )
    assert delivery["attempts"] == 1
    messages = (await upgraded.api("GET", "/topics/published/messages"))["data"]
    assert folder["id"] in json.dumps(messages)


async def test_a_topic_starts_its_subscriber(upgraded: Instance) -> None:
    flows = {flow["name"]: flow["id"] for flow in (await upgraded.api("GET", "/flows"))["data"]}
    # Not every version knew topics.
    reader = flows.get("Reader") or (await upgraded.publish(READER))["id"]
    now = clock.now_iso()
    await upgraded.api("POST", "/topics/orders.new", {"order": "o-2"}, 202)
    found = await upgraded.first(f"/runs?flow_id={reader}&since={now}", status="succeeded")
    run = await upgraded.api("GET", f"/runs/{found['id']}")
    assert run["steps"][0]["output"] == {"order": "o-2"}


async def test_a_flow_takes_the_methods_that_it_took_before(upgraded: Instance) -> None:
    orders = await orders_of(upgraded)
    for method in ("GET", "DELETE", "PUT"):  # unsigned: refused for that alone, and not for the method
        answer = await upgraded.http.request(method, f"/webhooks/{orders}")
        assert answer.status_code == 401, answer.text
    assert (await upgraded.http.head(f"/webhooks/{orders}")).status_code == 405


async def test_a_connection_is_sent_to_the_hosts_that_its_flows_named(
    upgraded: Instance, service: Receiver
) -> None:
    connection = await upgraded.first("/connections", name="literal")
    assert connection["fields"]["hosts"] == [f"127.0.0.1:{service.port}"]
    service.requests.clear()
    sent = await upgraded.send("flow_Literal", {})
    assert (await upgraded.ended(sent.json()["run_id"]))["status"] == "succeeded"
    (request,) = service.requests
    assert request.headers["authorization"] == f"Bearer {TOKEN}"


async def test_where_no_flow_named_a_host_the_flow_stays_enabled_and_its_step_fails_with_the_connection(
    upgraded: Instance, service: Receiver
) -> None:
    assert (await upgraded.api("GET", "/flows/flow_Computed"))["enabled"]
    service.requests.clear()
    sent = await upgraded.send("flow_Computed", {"host": "127.0.0.1"})
    run = await upgraded.ended(sent.json()["run_id"])
    assert (run["status"], run["error"]["step"], run["error"]["kind"]) == ("failed", "call", "auth_error")
    assert "The connection “computed” sends its secret nowhere" in run["error"]["message"]
    assert service.requests == []
    connection = await upgraded.first("/connections", name="computed")
    await upgraded.api(
        "PATCH", f"/connections/{connection['id']}",
        {"fields": {"hosts": [f"127.0.0.1:{service.port}"], "secret": TOKEN}},
    )  # fmt: skip
    sent = await upgraded.send("flow_Computed", {"host": "127.0.0.1"})
    assert (await upgraded.ended(sent.json()["run_id"]))["status"] == "succeeded"
    assert [one.headers["authorization"] for one in service.requests] == [f"Bearer {TOKEN}"]
