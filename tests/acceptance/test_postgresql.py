"""A whole instance on PostgreSQL, in one process: what it accepted is done once, whatever is killed."""

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import orjson
import psycopg
import pytest

from tests.acceptance.test_crash import Server, check_nothing_lost, posting, prepared, receiving, rounds
from tests.conftest import Serve
from tests.support.postgres import postgres_server
from tests.support.stores import Databases
from tests.support.waiting import DEADLINE, until

pytestmark = [pytest.mark.crash, pytest.mark.postgres]

KILLS = 6
"""Of the server, under load."""
SENDERS = 6


class ServerOnPostgreSQL(Server):
    """A real server whose store is a database."""

    def __init__(self, data_dir: Path, url: str) -> None:
        super().__init__(data_dir, TEST_DATABASE_URL=url)
        self._url = url

    def ask(self, question: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self._url) as connection:
            return connection.execute(question.encode()).fetchall()

    def is_sound(self) -> bool:
        """Each table can be read to its end."""
        tables = self.ask("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
        return len(tables) > 40 and all(self.ask(f"SELECT * FROM {name}") is not None for (name,) in tables)


async def test_a_flow_is_published_and_run_over_http(
    serve: Serve, databases: Databases, tmp_path: Path
) -> None:
    compose = {"type": "action", "piece": "data", "action": "compose"}
    definition = {
        "format": 1,
        "name": "Orders",
        "triggers": [
            {
                "name": "webhook", "piece": "webhook", "trigger": "catch",
                "input": {"verify": {"scheme": "none"}},
                "dedupe": "trigger.body.id", "labels": {"site": "trigger.body.site"},
            }
        ],
        "start": "size",
        "steps": {
            "size": {
                "type": "router",
                "branches": [{"name": "large", "when": "trigger.body.total > `100`", "next": "note"}],
            },
            "note": {**compose, "input": {"value": "{{ trigger.body.total }} from {{ trigger.body.site }}"}},
        },
    }  # fmt: skip
    with databases.instead_of_files():
        async with serve(tmp_path) as instance:
            flow = await instance.publish(definition)
            event = {"id": "a", "total": 200, "site": "berlin"}
            answers = [await instance.send(flow["id"], event) for _ in range(2)]
            assert [answer.status_code for answer in answers] == [202, 202]
            run_id = answers[0].json()["run_id"]
            assert answers[1].json()["run_id"] == run_id, "it is the same event"
            run = await instance.ended(run_id)
            assert run["status"] == "succeeded" and run["labels"] == {"site": "berlin"}
            assert run["steps"][-1]["output"] == "200 from berlin"
            small = (await instance.send(flow["id"], {"id": "b", "total": 1, "site": "rome"})).json()[
                "run_id"
            ]
            assert (await instance.ended(small))["unrouted"]
            listed = await instance.api("GET", "/runs?label=site:berlin")
            assert [one["id"] for one in listed["data"]] == [run_id]
            assert [one["id"] for one in (await instance.api("GET", "/runs?unrouted=true"))["data"]] == [
                small
            ]
            balance = await instance.api("GET", "/balance")
            assert balance["differences"] == []
        async with serve(tmp_path) as again:
            assert (await again.sy.runs.get(instance.project.id, run_id))["status"] == "succeeded"
    databases.drop_below(tmp_path)


async def test_kills_of_the_server_lose_nothing_and_repeat_only_what_was_in_flight(
    databases: Databases, tmp_path: Path
) -> None:
    url = databases.url(tmp_path / "switchyard.db")
    async with receiving() as receiver:
        signed = {"scheme": "standard_webhooks", "connection": "signing"}
        with databases.instead_of_files():
            flows = await prepared(
                tmp_path,
                posting(receiver.port, "one", "two"),
                posting(receiver.port, "one", "two", verify=signed),
            )
        async with ServerOnPostgreSQL(tmp_path, url) as server:
            accepted = await rounds(server, receiver, flows, KILLS)
        check_nothing_lost(server, receiver, accepted, ["one", "two"])
    databases.drop_below(tmp_path)


async def test_kills_of_postgresql_refuse_events_for_a_moment_and_lose_none(tmp_path: Path) -> None:
    with postgres_server() as postgres:
        if postgres is None:
            pytest.skip("PostgreSQL is not installed")
        databases = Databases(postgres)
        url = databases.url(tmp_path / "switchyard.db")
        async with receiving() as receiver:
            with databases.instead_of_files():
                flows = await prepared(tmp_path, posting(receiver.port, "one", "two"))
            async with ServerOnPostgreSQL(tmp_path, url) as server:
                await server.start()
                load = Load(server.url, flows[0])
                sending = asyncio.create_task(load.send_until_stopped())
                for _ in range(3):
                    await load.accept_more(30)
                    await asyncio.to_thread(postgres.kill)
                    await load.be_refused()
                    await asyncio.to_thread(postgres.start)
                await load.accept_more(30)
                load.stopped = True
                await sending
                await server.quiet()
                await server.end(signal.SIGTERM)
            check_nothing_lost(server, receiver, load.accepted, ["one", "two"])


class Load:
    """Events sent from several sides; one that is refused is sent again until it is accepted."""

    def __init__(self, url: str, flow_id: str) -> None:
        self._url = f"{url}/webhooks/{flow_id}"
        self.accepted: dict[str, str] = {}
        """Event → run."""
        self.refused = 0
        """Answers 503."""
        self.stopped = False

    async def accept_more(self, count: int) -> None:
        """Return once so many more events are accepted."""
        before = len(self.accepted)
        await self._reach(lambda: len(self.accepted) >= before + count)

    async def be_refused(self) -> None:
        """Return once another event is refused."""
        before = self.refused
        await self._reach(lambda: self.refused > before)

    async def _reach(self, condition: Callable[[], bool]) -> None:
        await until(condition, 3 * DEADLINE)

    async def send_until_stopped(self) -> None:
        async with httpx.AsyncClient(verify=False, timeout=3 * DEADLINE) as http:
            await asyncio.gather(*(self._sender(http, lane) for lane in range(SENDERS)))

    async def _sender(self, http: httpx.AsyncClient, lane: int) -> None:
        number = 0
        while not self.stopped:
            number += 1
            event = f"evt_{lane}_{number}"
            headers = {"content-type": "application/json"}
            while True:
                answer = await http.post(self._url, content=orjson.dumps({"id": event}), headers=headers)
                if answer.status_code != 503:
                    break
                assert int(answer.headers["retry-after"]) > 0
                self.refused += 1
            assert answer.status_code == 202, answer.text
            self.accepted[event] = answer.json()["run_id"]
