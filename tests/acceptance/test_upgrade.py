"""A whole instance on a store of each earlier schema: flows stay enabled, events run, old data is read."""

import json
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from engine.base import clock
from tests.conftest import Instance, serve
from tests.support.old_stores import NAMES, contents, old_store
from tests.support.store_dump import READER, SECRET_KEY, signed

pytestmark = pytest.mark.asyncio(loop_scope="module")

DECADES = 10_000  # days, in which nothing of the dumps becomes too old
LATER = "UPDATE runs SET resume_at = '2126-01-01T00:00:00.000Z' WHERE status = 'waiting'"


@pytest_asyncio.fixture(loop_scope="module", scope="module", params=NAMES)
async def upgraded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Instance]:
    folder = tmp_path_factory.mktemp(f"schema-{request.param}")
    old_store(request.param, folder / "switchyard.db", LATER)
    async with serve(
        folder, secret_key=SECRET_KEY, run_retention_days=DECADES, delivery_retention_days=DECADES
    ) as made:
        yield made


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
