"""What mask paths hide, and the secrets of connections, are in no file of the store, on no page, in no answer
of the API and in no export: of flows, of their versions and samples, of events."""

import base64
from collections.abc import AsyncIterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlmodel import SQLModel

from engine.base.actor import Role
from engine.base.redaction import MASK
from tests.acceptance.fixtures import PlatformAdmin
from tests.support.echo_server import Echo, echoing
from tests.support.waiting import quiet

pytestmark = pytest.mark.asyncio(loop_scope="module")

NUMBER = "4111-2222-3333-7777"
TOKEN = "hidden-t0ken-of-a-header"
SSN = 987654321
SECRET = "pl4nted-secret-of-a-connection"
NEEDLES = (NUMBER, TOKEN, str(SSN), SECRET)
MASKS = ["body.card.number", "body.people[*].ssn", "headers.x-token", "query.token"]
BODY = {"id": "e-1", "kind": "paid", "card": {"number": NUMBER}, "people": [{"ssn": SSN}], "name": "Ada"}
PEOPLE = (Role.viewer, Role.editor, Role.admin)


def leaks(where: str, content: bytes) -> list[str]:
    found = [f"{where}: {needle}" for needle in NEEDLES if needle.encode() in content]
    for offset in range(3):
        core = base64.b64encode(bytes(offset) + SECRET.encode()).decode()[4:-4]
        found += [f"{where}: base64 of the secret"] if core.encode() in content else []
    return found


def masked(name: str, steps: dict[str, Any], **trigger: Any) -> dict[str, Any]:
    given = {"verify": {"scheme": "none"}, "mask": MASKS, **trigger}
    return {
        "format": 1, "name": name, "start": "route",
        "triggers": [{"name": "webhook", "piece": "webhook", "trigger": "catch", "input": given}],
        "steps": {
            "route": {"type": "router", "key": "trigger.body.kind", "next": None,
                      "branches": [{"name": "Paid", "case": ["paid"], "next": "first"}]},
            **steps,
        },
    }  # fmt: skip


def action(piece: str, action: str, next: str | None = None, **input: Any) -> dict[str, Any]:
    return {"type": "action", "piece": piece, "action": action, "input": input, "next": next}


class Scene(PlatformAdmin):
    """An instance in which hidden values and a secret went wherever an event can go."""

    def __init__(self, instance: Any, echo: Echo, folder: Path) -> None:
        super().__init__(instance)
        self.echo, self.folder = echo, folder
        self.runs: list[str] = []
        self.flows: list[str] = []

    async def run(self, definition: dict[str, Any]) -> Any:
        """A run of a new flow, once it has ended."""
        flow = await self.instance.publish(definition)
        sent = await self.instance.send(
            flow["id"], BODY, f"?token={TOKEN}", **{"X-Token": TOKEN, "webhook-id": "m"}
        )
        assert sent.status_code == 202, sent.text
        run = await self.instance.ended(sent.json()["run_id"])
        self.runs.append(run["id"])
        self.flows.append(flow["id"])
        self.ids |= {"flow_id": flow["id"], "run_id": run["id"], "step": "first", "topic": "cards"}
        return run

    async def plant(self) -> None:
        api = self.instance.api
        connection = {"kind": "bearer", "secret": SECRET, "hosts": [f"127.0.0.1:{self.echo.port}"]}
        await api("POST", "/connections", {"name": "echo", "piece": "http", "fields": connection}, 201)
        to = {"name": "Runs", "kind": "file", "url": "all.jsonl", "events": ["flow.run.*", "flow.event.*"]}
        destination = await api("POST", "/destinations", to, 201)
        whole = {"all": "{{trigger}}", "number": "{{trigger.body.card.number}}"}
        calls = {**action("http", "request", "again", url=f"{self.echo.url}/body", method="POST",
                          body="{{trigger.body}}"), "connection": "echo"}  # fmt: skip
        succeeded = await self.run(masked("Succeeds", {
            "first": action("data", "compose", "call", value=whole),
            "call": calls,
            "again": action("topic", "publish", "answer", topic="cards", body="{{steps}}"),
            "answer": action("webhook", "respond", body="{{trigger.body.card}}"),
        }))  # fmt: skip
        assert succeeded["status"] == "succeeded", succeeded["error"]
        refused = {**calls, "input": {**calls["input"], "url": f"{self.echo.url}/error"}, "next": None}
        failed = await self.run(masked("Fails", {"first": refused}))
        assert failed["status"] == "failed"
        unrouted = masked("Unrouted", {"first": action("data", "compose", value=1)})
        unrouted["triggers"][0] |= {
            "labels": {"card": "trigger.body.card.number"},
            "title": "of {{trigger.body.people[0].ssn}}",
        }
        unrouted["steps"]["route"]["key"] = "trigger.body.card.number"
        assert (await self.run(unrouted))["unrouted"]
        held = await self.instance.publish(masked("Holds", {"first": action("data", "compose", value=1)}))
        await api("POST", f"/flows/{held['id']}/disable", {})
        assert (await self.instance.send(held["id"], BODY, f"?token={TOKEN}", **{"X-Token": TOKEN})).json()[
            "held"
        ]
        (event,) = (await api("GET", f"/held?flow_id={held['id']}"))["data"]
        refusing = masked("Rejects", {"first": action("data", "compose", value=1)}, while_disabled="reject")
        rejected = await self.instance.publish(refusing)
        await api("POST", f"/flows/{rejected['id']}/disable", {})
        await self.instance.send(rejected["id"], BODY, f"?token={TOKEN}", **{"X-Token": TOKEN})
        request = await self.instance.first(f"/rejected?flow_id={rejected['id']}")
        self.flows += [held["id"], rejected["id"]]
        await self._samples()
        delivery = await self.instance.first(
            f"/destinations/{destination['id']}/deliveries", status="delivered", action="flow.run.failed"
        )
        self.ids |= {"held_id": event["id"], "rejected_id": request["id"], "holding_id": held["id"],
                     "destination_id": destination["id"], "delivery_id": delivery["id"],
                     "event_id": delivery["event_id"]}  # fmt: skip

    async def _samples(self) -> None:
        """The first run as a sample of its flow, published with it; and an event captured for the draft."""
        at, form = f"/p/{self.ids['project_id']}/runs/{self.runs[0]}/sample", {"name": "seen"}
        assert (await self.ask("POST", at, data=form)).status_code == 303
        captured = await self.instance.http.post(
            f"/webhooks/{self.flows[0]}/test", json=BODY, headers={**self.api_headers, "X-Token": TOKEN}
        )
        assert captured.status_code == 200, captured.text
        await self.instance.api("POST", f"/flows/{self.flows[0]}/publish", {})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(serve: Any, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    folder = tmp_path_factory.mktemp("masked")
    loopback = (ip_network("127.0.0.0/8"),)
    async with echoing() as echo, serve(folder, egress_allow=loopback) as instance:
        desk = await Scene(instance, echo, folder).prepare()
        assert isinstance(desk, Scene)
        await desk.plant()
        await quiet(instance.sy.db)
        yield desk


async def test_the_values_and_the_secret_were_used(scene: Scene) -> None:
    assert f"Bearer {SECRET}" in scene.echo.seen
    runs = [await scene.instance.api("GET", f"/runs/{id}") for id in scene.runs]
    assert [run["trigger"]["event"]["body"]["card"] for run in runs] == [{"number": MASK}] * 3
    assert [run["trigger"]["event"]["headers"]["x-token"] for run in runs] == [MASK] * 3
    assert [run["trigger"]["event"]["query"] for run in runs] == [{"token": MASK}] * 3
    assert (runs[2]["labels"], runs[2]["title"]) == ({"card": MASK}, f"of {MASK}")


async def test_they_are_in_no_file_of_the_data_folder(scene: Scene) -> None:
    files = [path for path in scene.folder.rglob("*") if path.is_file()]
    assert {"switchyard.db", "all.jsonl"} <= {path.name for path in files}
    assert [leak for path in files for leak in leaks(path.name, path.read_bytes())] == []


async def test_they_are_on_no_page_and_in_no_answer_of_the_api(scene: Scene) -> None:
    found, dots = [], 0
    async for where, content in scene.everything():
        found += leaks(where, content)
        dots += MASK.encode() in content
    project = f"/p/{scene.ids['project_id']}"
    for run_id in scene.runs:
        for address in (f"{project}/runs/{run_id}", f"{project}/runs/{run_id}/steps/first"):
            found += leaks(address, await scene.content(address, scene.headers))
    for flow_id in scene.flows:
        address = f"{project}/flows/{flow_id}"
        found += leaks(address, await scene.content(address, scene.headers))
    assert found == [] and dots > 5


@pytest.mark.parametrize("role", PEOPLE)
async def test_they_are_in_no_export_of_flows_and_versions(scene: Scene, role: Role) -> None:
    key = {"Authorization": f"Bearer {await scene.instance.key_of(role)}"}
    for flow_id in scene.flows:
        for suffix in ("", "?version=1"):
            text = await scene.content(f"/api/v1/flows/{flow_id}/export{suffix}", key)
            assert b'"mask"' in text and leaks(flow_id, text) == []
    text = await scene.content(f"/api/v1/flows/{scene.flows[0]}/export", key)
    assert text.count(f'"number": "{MASK}"'.encode()) == 2  # in the run's sample and in the captured one


async def test_they_are_in_no_export_of_the_pages(scene: Scene) -> None:
    project = f"/p/{scene.ids['project_id']}"
    form = {"do": "export", "flow": scene.flows}
    bundle = await scene.ask("POST", f"{project}/flows/bulk", data=form)
    assert bundle.json()["flows"][0]["samples"]["seen"]["body"]["card"] == {"number": MASK}
    assert leaks("bulk", bundle.content) == []
    for flow_id in scene.flows:
        page = await scene.content(f"{project}/flows/{flow_id}/export", scene.headers)
        assert leaks("export", page) == []


@pytest.mark.parametrize("form", ["csv", "jsonl"])
async def test_they_are_in_no_export_of_events(scene: Scene, form: str) -> None:
    of_project = await scene.content(f"/api/v1/events/export?format={form}", scene.api_headers)
    pages = [
        await scene.content(f"{scope}/events/export?format={form}", scene.headers)
        for scope in (f"/p/{scene.ids['project_id']}", "/platform")
    ]
    for content in (of_project, *pages):
        assert b"flow.run.failed" in content and b"flow.event.rejected" in content
        assert leaks(form, content) == []


async def test_a_search_for_a_hidden_value_finds_nothing(scene: Scene) -> None:
    for needle in (NUMBER, TOKEN, str(SSN)):
        assert (await scene.instance.api("GET", f"/runs?text={needle}"))["data"] == []


# -- of a catalogue ------------------------------------------------------------------------------------


async def test_a_catalogue_hides_them_in_its_samples_and_its_handler_flows_in_what_they_receive(
    scene: Scene,
) -> None:
    instance, planted = scene.instance, ["planted-4111-in-a-sample", "planted-5500-in-an-event"]
    bodies = [{"type": "card.charged", "card": {"number": number}} for number in planted]
    document = {"name": "cards", "title": "Cards", "samples": bodies[:1], "mask": ["body.card.number"]}
    made = await instance.api("POST", "/catalogues", document, 201)
    assert made["mask"] == ["body.card.number"] and planted[0] not in str(made)
    asked = {"catalogue": "cards", "events": "all", "verify": {"scheme": "none"}, "publish": True}
    flow = (await instance.api("POST", "/handler-flows", asked, 201))["flow"]
    assert flow["definition"]["triggers"][0]["input"]["mask"] == ["body.card.number"]
    sent = await instance.send(flow["id"], bodies[1])
    run = await instance.ended(sent.json()["run_id"])
    assert (run["unrouted"], planted[1] in str(run)) == (False, False)
    stored = await instance.sy.db.read(
        lambda tx: str(
            [tx.execute(f"SELECT * FROM {table}").fetchall() for table in SQLModel.metadata.tables]
        )
    )
    assert [number for number in planted if number in stored] == []
