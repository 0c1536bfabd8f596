"""`kill -9` of a server with rejected requests and held events: each is there, and runs once, in order."""

import asyncio
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from engine.base import clock
from engine.base.actor import Actor, Role
from engine.base.settings import Settings
from engine.instance import Switchyard
from engine.signatures import sign
from tests.acceptance.test_crash import SECRET, Server
from tests.support.waiting import DEADLINE, polled_async

pytestmark = pytest.mark.crash

WRONG = "whsec_" + "QW5vdGhlciBzZWNyZXQgYWx0b2dldGhlcg=="
SENT = 50
EVENTS = [f"evt_{number}" for number in range(SENT)]


class Site:
    """A store with a flow that verifies, and who may do everything with it."""

    flow_id: str
    connection_id: str
    key: str

    def __init__(self, server: Server) -> None:
        self.server = server

    async def prepare(self, secret: str) -> None:
        sy = Switchyard(Settings(data_dir=self.server.data_dir))
        await sy.start()
        (project,) = await sy.access.projects.list(Actor.system())
        actor = Actor.system(project.id)
        connection = await sy.connections.create(actor, "signing", "webhook", {"secret": secret})
        verify = {"scheme": "standard_webhooks", "connection": "signing"}
        trigger = {"name": "webhook", "piece": "webhook", "trigger": "catch", "input": {"verify": verify}}
        step = {"type": "action", "piece": "data", "action": "compose", "input": {"value": 1}}
        definition = {
            "format": 1, "name": "Signed", "triggers": [trigger], "start": "a", "steps": {"a": step}
        }  # fmt: skip
        self.flow_id = (await sy.flows.create(actor, definition)).id
        await sy.flows.publish(actor, self.flow_id)
        self.connection_id = connection.id
        self.key = (await sy.access.keys.create(actor, "test", Role.admin))[1]
        await sy.stop()

    async def api(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {self.key}"}
        async with httpx.AsyncClient(timeout=DEADLINE) as http:
            answer = await http.request(method, f"{self.server.url}/api/v1{path}", headers=headers, json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()

    async def send(self, event: str) -> httpx.Response:
        body = orjson.dumps({"id": event})
        headers = sign("standard_webhooks", SECRET, body, now=clock.now(), id=event)
        async with httpx.AsyncClient(timeout=DEADLINE) as http:
            return await http.post(
                f"{self.server.url}/webhooks/{self.flow_id}", content=body, headers=headers
            )

    def ran(self) -> list[str]:
        """The events of the runs, in the order in which they were accepted."""
        rows = self.server.ask(
            "SELECT p.payload FROM runs r JOIN run_payloads p ON p.run_id = r.id ORDER BY r.position"
        )
        return [orjson.loads(payload)["body"]["id"] for (payload,) in rows]

    async def kill_during(self, method: str, path: str, body: Any = None) -> None:
        """Call an operation and kill the server once it has stored a run."""

        async def call() -> None:
            with suppress(httpx.TransportError):
                await self.api(method, path, body)

        async def begun() -> bool:
            return bool(self.ran())

        calling = asyncio.create_task(call())
        await polled_async(begun, every=0.001)
        await self.server.end(signal.SIGKILL)
        await calling

    async def restart(self) -> None:
        await self.server.end(signal.SIGKILL)
        await self.server.start()


async def test_fifty_events_against_a_wrong_secret_run_once_each_in_order_over_kills(tmp_path: Path) -> None:
    async with Server(tmp_path) as server:
        site = Site(server)
        await site.prepare(WRONG)
        await server.start()
        statuses = [(await site.send(event)).status_code for event in EVENTS]
        assert statuses == [401] * SENT
        listed = [(SENT,)]
        await server.until("SELECT count(*) FROM rejected_requests WHERE admitted IS NULL", listed)
        await site.restart()
        rows = (await site.api("GET", "/rejected?limit=200"))["data"]
        assert [row["reason"] for row in rows] == ["signature"] * SENT
        refused = await site.api("POST", "/rejected/admit", {"flow_id": site.flow_id})
        assert (refused["run"], refused["still_refused"]) == (0, SENT)
        await site.api("PATCH", f"/connections/{site.connection_id}", {"fields": {"secret": SECRET}})
        await site.kill_during("POST", "/rejected/admit", {"flow_id": site.flow_id})
        await server.start()
        done = len(site.ran())
        assert 0 < done <= SENT
        rest = await site.api("POST", "/rejected/admit", {"flow_id": site.flow_id})
        assert (rest["run"], rest["duplicate"], rest["still_refused"]) == (SENT - done, 0, 0)
        await server.quiet()
        assert site.ran() == EVENTS
        marks = "SELECT count(*) FROM rejected_requests q JOIN runs r ON r.id = q.run_id"
        assert server.ask(marks) == listed
        again = await site.api("POST", "/rejected/admit", {"flow_id": site.flow_id})
        assert again["run"] == again["duplicate"] == 0


async def test_a_disabled_flow_holds_over_kills_and_releases_once_each_in_order(tmp_path: Path) -> None:
    async with Server(tmp_path) as server:
        site = Site(server)
        await site.prepare(SECRET)
        await server.start()
        await site.api("POST", f"/flows/{site.flow_id}/disable")
        for event in EVENTS:
            assert (await site.send(event)).json() == {"held": True}
        await site.restart()
        assert (await site.send(EVENTS[0])).json() == {"held": True, "duplicate": True}
        (holding,) = (await site.api("GET", "/held/flows"))["data"]
        assert (holding["events"], holding["enabled"]) == (SENT, False)
        assert site.ran() == []
        await site.kill_during("POST", f"/flows/{site.flow_id}/enable")
        await server.start()  # it goes on by itself
        await server.until("SELECT count(*) FROM held_events", [(0,)])
        await server.quiet()
        assert site.ran() == EVENTS
        duplicate = (await site.send(EVENTS[0])).json()
        assert duplicate["duplicate"] and duplicate["run_id"].startswith("run_")


async def test_what_was_discarded_never_runs_and_the_rest_does(tmp_path: Path) -> None:
    async with Server(tmp_path) as server:
        site = Site(server)
        await site.prepare(SECRET)
        await server.start()
        await site.api("POST", f"/flows/{site.flow_id}/disable")
        for event in EVENTS[:6]:
            await site.send(event)
        rows = (await site.api("GET", f"/held?flow_id={site.flow_id}"))["data"]
        chosen = {"flow_id": site.flow_id, "ids": [row["id"] for row in rows[:2]]}
        assert await site.api("POST", "/held/discard", chosen) == {"discarded": 2}
        await site.restart()
        assert await site.api("POST", "/held/release", {"flow_id": site.flow_id}) == {"released": 4}
        await server.quiet()
        assert site.ran() == EVENTS[2:6]
        await site.send(EVENTS[6])
        assert await site.api("POST", "/held/discard", {"flow_id": site.flow_id}) == {"discarded": 1}
        await site.restart()
        await site.api("POST", f"/flows/{site.flow_id}/enable")
        await site.send(EVENTS[7])
        await server.quiet()
        assert site.ran() == [*EVENTS[2:6], EVENTS[7]]
