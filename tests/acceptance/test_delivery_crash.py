"""`kill -9` between a change and the delivery of its event: nothing is missing at the receiver, and what
comes twice comes under the same webhook-id."""

import asyncio
import random
import signal
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import orjson
import pytest

from engine.base.actor import Actor, Role
from engine.base.settings import Settings
from engine.instance import Switchyard
from tests.acceptance.test_crash import ROUNDS, Server
from tests.support.waiting import DEADLINE, until

pytestmark = pytest.mark.crash

SENDERS = 6


@dataclass
class Receiver:
    """Keeps what each request was of, by webhook-id, and answers some with 503."""

    port: int = 0
    got: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    gate: asyncio.Event | None = None  # no request is answered before it is set
    unanswered: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().lower().split("\r\n")
                headers = dict(line.split(": ", 1) for line in head[1:] if line)
                body = orjson.loads(await reader.readexactly(int(headers["content-length"])))
                assert body["id"] == headers["webhook-id"]
                self.got[headers["webhook-id"]].append(body["data"]["flow"]["displayName"])
                if self.gate is not None:
                    self.unanswered += 1
                    await self.gate.wait()
                    self.unanswered -= 1
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                await writer.drain()
        writer.close()


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()


async def prepared(data_dir: Path, port: int) -> str:
    """A store with one destination of all that happens to flows; an API key."""
    settings = Settings(data_dir=data_dir, allow_http_destinations=True)
    sy = Switchyard(settings)
    await sy.start()
    (project,) = await sy.access.projects.list(Actor.system())
    actor = Actor.system(project.id)
    spec = {"name": "Out", "url": f"http://127.0.0.1:{port}/", "events": ["flow.created"]}
    await sy.destinations.create(actor, project.id, spec)
    _, key = await sy.access.keys.create(actor, "test", Role.admin)
    await sy.stop()
    return key


async def load(server: Server, key: str, number: int, accepted: set[str]) -> None:
    """Create flows from many sides until the server is gone; note those that were acknowledged."""
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(headers=headers, timeout=DEADLINE) as http:

        async def sender(lane: int) -> None:
            for n in range(100_000):
                name = f"flow {number} {lane} {n}"
                try:
                    answer = await http.post(
                        f"{server.url}/api/v1/flows", json={"definition": {"format": 1, "name": name}}
                    )
                except httpx.TransportError:
                    return
                assert answer.status_code == 201, answer.text
                accepted.add(name)

        await asyncio.gather(*(sender(lane) for lane in range(SENDERS)))


async def quiet(server: Server) -> None:
    """Wait until every event is delivered."""
    await server.until(
        "SELECT 1 FROM events WHERE position > (SELECT at FROM cursors WHERE name = 'destinations') "
        "AND action = 'flow.created' "
        "UNION ALL SELECT 1 FROM deliveries WHERE status <> 'delivered' LIMIT 1",
        [],
    )


async def test_twenty_kills_between_change_and_delivery_lose_nothing_and_repeat_only_by_id(
    tmp_path: Path,
) -> None:
    accepted: set[str] = set()
    async with receiving() as receiver:
        key = await prepared(tmp_path, receiver.port)
        async with Server(tmp_path) as server:
            for number in range(ROUNDS):
                await server.start()
                enough = len(accepted) + random.randint(2, 60)
                under_load = asyncio.create_task(load(server, key, number, accepted))
                await until(lambda enough=enough: len(accepted) >= enough)  # type: ignore[misc]
                gate = receiver.gate = None if number % 2 else asyncio.Event()
                if gate is not None:  # every other kill comes while a delivery is under way
                    await until(lambda: receiver.unanswered)
                await server.end(signal.SIGKILL)
                await under_load
                if gate is not None:
                    receiver.gate = None
                    gate.set()
            await server.start()
            await quiet(server)
            await server.end(signal.SIGTERM)
        told = server.ask("SELECT id, envelope FROM events WHERE action = 'flow.created'")
        names = {id: orjson.loads(envelope)["data"]["flow"]["displayName"] for id, envelope in told}
        delivered = server.ask("SELECT event_id FROM deliveries")
    assert len(accepted) > ROUNDS
    assert accepted <= set(names.values())  # what was acknowledged has its event
    assert set(receiver.got) == set(names)  # and every event has come, none that was not committed
    assert Counter(row[0] for row in delivered) == Counter(dict.fromkeys(names, 1))
    assert all(set(came) == {names[id]} for id, came in receiver.got.items())
    # The kills did fall into the middle of something.
    assert any(len(came) > 1 for came in receiver.got.values())
