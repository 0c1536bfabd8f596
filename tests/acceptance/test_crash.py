"""`kill -9` at any moment: what was answered 2xx is done, once, and what is repeated says so."""

import asyncio
import os
import random
import signal
import socket
import sqlite3
import sys
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx
import orjson
import pytest

from engine.base import clock
from engine.base.actor import Actor
from engine.base.settings import Settings
from engine.instance import Switchyard
from engine.signatures import sign
from tests.support.waiting import DEADLINE, polled_async, turns, until

pytestmark = pytest.mark.crash

ROUNDS = 20
SENDERS = 12
SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ROOT = Path(__file__).parents[2]


@dataclass
class Receiver:
    """Counts what it is sent, by event and step, with the Idempotency-Keys it came under."""

    port: int = 0
    got: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    refuse: set[str] = field(default_factory=set)  # steps whose first request is answered 503
    gate: asyncio.Event | None = None  # no request is answered before it is set
    unanswered: int = 0

    async def hold(self) -> asyncio.Event:
        """Answer no more, from the next request on; returns once one waits for the event."""
        gate = self.gate = asyncio.Event()
        await until(lambda: self.unanswered)
        return gate

    def let_go(self, gate: asyncio.Event) -> None:
        gate.set()
        self.gate = None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().lower().split("\r\n")
                headers = dict(line.split(": ", 1) for line in head[1:] if line)
                body = orjson.loads(await reader.readexactly(int(headers["content-length"])))
                seen = self.got[body["id"], body["step"]]
                seen.append(headers["idempotency-key"])
                if self.gate is not None:
                    self.unanswered += 1
                    await self.gate.wait()
                    self.unanswered -= 1
                first = body["step"] in self.refuse and len(seen) == 1
                answer = "503 Later\r\nRetry-After: 3600" if first else "200 OK"
                writer.write(f"HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n".encode())
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


class Server:
    """A real server on the same data each time, every time another process."""

    def __init__(self, data_dir: Path, durability: str = "full", **variables: str) -> None:
        """`variables` are more of the environment."""
        self._variables = variables
        self.data_dir = data_dir
        self.durability = durability
        self.url = ""
        self._parent: asyncio.subprocess.Process | None = None
        self.pid = 0

    async def __aenter__(self) -> Self:
        env = {
            **os.environ,
            "SWITCHYARD_DATA_DIR": str(self.data_dir),
            "SWITCHYARD_DURABILITY": self.durability,
            "SWITCHYARD_EGRESS_ALLOW": "127.0.0.0/8",
            "SWITCHYARD_ALLOW_HTTP_DESTINATIONS": "1",
            "PYTHONPATH": str(ROOT),
            **self._variables,
        }
        script = str(ROOT / "tests" / "acceptance" / "server.py")
        pipe = asyncio.subprocess.PIPE
        self._parent = await asyncio.create_subprocess_exec(
            sys.executable, script, env=env, stdin=pipe, stdout=pipe, start_new_session=True
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._parent is not None and self._parent.stdin is not None
        self._parent.stdin.close()
        # With the server that it waits for: one whose start was given up on may have begun meanwhile.
        os.killpg(self._parent.pid, signal.SIGKILL)
        await self._parent.wait()

    async def start(self, ahead: float = 0) -> None:
        """The next process; its wall clock is so many seconds ahead of ours."""
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            port = found.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        assert self._parent is not None and self._parent.stdin is not None
        self._parent.stdin.write(f"{port} {ahead}\n".encode())
        while not (line := await self._told()).isdigit():
            pass  # what the new server prints as it starts
        self.pid = int(line)
        async with httpx.AsyncClient(verify=False) as http:

            async def healthy() -> bool:
                with suppress(httpx.TransportError):
                    return (await http.get(f"{self.url}/healthz")).status_code == 200
                return False

            await polled_async(healthy)

    async def end(self, how: signal.Signals) -> None:
        os.kill(self.pid, how)
        self.pid = 0
        while await self._told() != "gone":
            pass

    async def _told(self) -> str:
        assert self._parent is not None and self._parent.stdout is not None
        async with asyncio.timeout(DEADLINE):
            line = await self._parent.stdout.readline()
        assert line, "the process that forks the servers has ended"
        return line.decode().strip()

    # -- what is in its store, read from outside ------------------------------------------------------

    def ask(self, question: str) -> list[tuple[Any, ...]]:
        with sqlite3.connect(f"file:{self.data_dir / 'switchyard.db'}?mode=ro", uri=True) as connection:
            found = connection.execute(question).fetchall()
        connection.close()
        return found

    def is_sound(self) -> bool:
        """Whether the store's own check finds no damage."""
        return self.ask("PRAGMA integrity_check") == [("ok",)]

    async def quiet(self) -> None:
        """Wait until no run is open."""
        await self.until("SELECT 1 FROM runs WHERE status IN ('queued', 'running', 'waiting') LIMIT 1", [])

    async def until(self, question: str, answer: list[tuple[Any, ...]]) -> None:
        """Wait until the store answers so."""

        async def ask() -> bool:
            return self.ask(question) == answer

        await polled_async(ask, 3 * DEADLINE)


async def prepared(data_dir: Path, *definitions: Any) -> list[str]:
    """A store with a signing secret and these flows published; their ids."""
    sy = Switchyard(Settings(data_dir=data_dir))
    await sy.start()
    (project,) = await sy.access.projects.list(Actor.system())
    actor = Actor.system(project.id)
    await sy.connections.create(actor, "signing", "webhook", {"secret": SECRET})
    ids = []
    for definition in definitions:
        ids.append((await sy.flows.create(actor, definition)).id)
        await sy.flows.publish(actor, ids[-1])
    await sy.stop()
    return ids


def posting(port: int, *names: str, verify: Any = None, first: Any = None, **more: Any) -> Any:
    """A flow that POSTs to the receiver in each of these steps, after `first`."""
    steps: dict[str, Any] = {}
    for name, following in zip(names, [*names[1:], None], strict=True):
        body = {"id": "{{ trigger.body.id }}", "step": name}
        values = {"url": f"http://127.0.0.1:{port}/", "method": "POST", "body_kind": "json", "body": body}
        steps[name] = {
            "type": "action",
            "piece": "http",
            "action": "request",
            "input": values,
            "next": following,
        }
        steps[name].update(more)
    if first is not None:
        steps["first"] = {**first, "next": names[0]}
    trigger = {"name": "webhook", "piece": "webhook", "trigger": "catch"}
    trigger["input"] = {"verify": verify or {"scheme": "none"}}  # type: ignore[assignment]
    start = "first" if first is not None else names[0]
    return {"format": 1, "name": "Posts", "triggers": [trigger], "start": start, "steps": steps}


async def send(http: httpx.AsyncClient, url: str, flow_id: str, event: str, *, signed: bool) -> str:
    """Send an event; the id of its run."""
    body = orjson.dumps({"id": event})
    headers = {"content-type": "application/json"}
    if signed:
        headers |= sign("standard_webhooks", SECRET, body, now=clock.now(), id=event)
    answer = await http.post(f"{url}/webhooks/{flow_id}", content=body, headers=headers)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["run_id"])


async def load(server: Server, flows: list[str], number: int, accepted: dict[str, str]) -> None:
    """Send events from many sides until the server is gone; note what it accepted."""
    limits = httpx.Limits(max_connections=SENDERS)
    async with httpx.AsyncClient(limits=limits, verify=False, timeout=DEADLINE) as http:

        async def sender(lane: int) -> None:
            signed = lane % 2 == 1
            for n in range(100_000):
                event = f"evt_{number}_{lane}_{n}"
                try:
                    accepted[event] = await send(http, server.url, flows[signed], event, signed=signed)
                except httpx.TransportError:
                    return

        await asyncio.gather(*(sender(lane) for lane in range(SENDERS)))


async def rounds(server: Server, receiver: Receiver, flows: list[str], count: int) -> dict[str, str]:
    """Load, kill in the middle of it, start again; what was accepted: event → run.

    Every other kill comes while an effect is under way, the others whenever it happens to be.
    """
    accepted: dict[str, str] = {}
    for number in range(count):
        await server.start()
        enough = len(accepted) + random.randint(10, 100)
        under_load = asyncio.create_task(load(server, flows, number, accepted))
        await until(lambda enough=enough: len(accepted) >= enough)  # type: ignore[misc]
        gate = None if number % 2 else await receiver.hold()
        await server.end(signal.SIGKILL)
        await under_load
        if gate is not None:
            receiver.let_go(gate)
    await server.start()
    await server.quiet()
    await server.end(signal.SIGTERM)
    return accepted


def check_books_balance(server: Server, *pieces: str) -> None:
    """The ledger agrees with a count of the tables, in SQL that shares nothing with what writes it. `pieces`
    are those whose steps have effects; `http` is if none is named."""
    counted = "SELECT kind || ' ' || reason, sum(count) FROM ledger GROUP BY kind, reason"
    books = {name.strip(): n for name, n in server.ask(counted)}
    totals = server.ask("SELECT kind || ' ' || reason, sum(count) FROM ledger_totals GROUP BY kind, reason")
    assert books == {name.strip(): n for name, n in totals}
    statuses = dict(server.ask("SELECT status, count(*) FROM runs GROUP BY status"))
    ended = {name.partition(" ")[2]: n for name, n in books.items() if name.startswith("ended ")}
    assert ended == statuses
    (started,) = [sum(n for name, n in books.items() if name.startswith("started "))]
    assert started == sum(statuses.values())
    outcomes = ("started event", "deduplicated", "rejected", "cut")
    assert books["received"] == sum(n for name, n in books.items() if name.startswith(outcomes))
    effects = Counter(
        record["status"]
        for (records,) in server.ask("SELECT records FROM journal")
        for record in orjson.loads(records)
        if record.get("piece") in (pieces or ("http",))
    )
    repeated = sum(
        bool(record.get("repeat"))
        for (records,) in server.ask("SELECT records FROM journal")
        for record in orjson.loads(records)
    )
    assert books.get("effects_confirmed", 0) == effects["succeeded"]
    assert books.get("effects_failed", 0) == effects["failed"]
    assert books.get("effects_failed retried", 0) == effects["waiting"]
    assert books.get("effects_unknown interrupted", 0) == repeated


def check_nothing_lost(
    server: Server, receiver: Receiver, accepted: dict[str, str], steps: list[str]
) -> None:
    statuses = dict(server.ask("SELECT id, status FROM runs"))
    assert len(accepted) > 20
    assert [event for event, run in accepted.items() if statuses.get(run) != "succeeded"] == []
    of_event = Counter(
        orjson.loads(row[0])["body"]["id"] for row in server.ask("SELECT payload FROM run_payloads")
    )
    assert [event for event, runs in of_event.items() if runs != 1] == []
    assert [(e, s) for e in accepted for s in steps if (e, s) not in receiver.got] == []
    # Repeats: only of a step in flight, under the same key, and the run says so.
    suspected = {
        (run_id, record["name"])
        for run_id, records in server.ask("SELECT run_id, records FROM journal")
        for record in orjson.loads(records)
        if record.get("repeat")
    }
    for keys in receiver.got.values():
        assert len(set(keys)) == 1
        run_id, _, name = keys[0].partition(":")
        assert statuses[run_id] == "succeeded"
        assert len(keys) == 1 or (run_id, name) in suspected
    assert server.is_sound()
    check_books_balance(server)


async def test_twenty_kills_under_load_lose_nothing_and_repeat_only_what_was_in_flight(
    tmp_path: Path,
) -> None:
    async with receiving() as receiver:
        signed = {"scheme": "standard_webhooks", "connection": "signing"}
        flows = await prepared(
            tmp_path,
            posting(receiver.port, "one", "two"),
            posting(receiver.port, "one", "two", verify=signed),
        )
        async with Server(tmp_path) as server:
            accepted = await rounds(server, receiver, flows, ROUNDS)
        check_nothing_lost(server, receiver, accepted, ["one", "two"])
        # The kills did fall into the middle of something.
        assert any(len(keys) > 1 for keys in receiver.got.values())


async def test_durability_fast_outlives_a_kill_of_the_process(tmp_path: Path) -> None:
    async with receiving() as receiver:
        signed = {"scheme": "standard_webhooks", "connection": "signing"}
        flows = await prepared(
            tmp_path, posting(receiver.port, "one"), posting(receiver.port, "one", verify=signed)
        )
        async with Server(tmp_path, "fast") as server:
            accepted = await rounds(server, receiver, flows, 3)
        check_nothing_lost(server, receiver, accepted, ["one"])


async def test_delays_and_retries_that_wait_across_a_kill_still_fire(tmp_path: Path) -> None:
    async with receiving() as receiver:
        receiver.refuse = {"again"}
        wait = {"duration": 1, "unit": "hours"}
        pause = {"type": "action", "piece": "delay", "action": "delay_for", "input": wait}
        flows = await prepared(
            tmp_path,
            posting(receiver.port, "later", first=pause),
            posting(receiver.port, "again", retry={"attempts": 3, "first_delay": 0}),
        )
        async with Server(tmp_path) as server:
            await server.start()
            async with httpx.AsyncClient(timeout=DEADLINE) as http:
                for n in range(10):
                    await send(http, server.url, flows[0], f"later_{n}", signed=False)
                    await send(http, server.url, flows[1], f"again_{n}", signed=False)
            await server.until("SELECT count(*) FROM runs WHERE status = 'waiting'", [(20,)])
            await server.end(signal.SIGKILL)
            assert {step for _, step in receiver.got} == {"again"}
            await server.start(ahead=2 * 3600)
            await server.quiet()
            await server.end(signal.SIGTERM)
        assert server.ask("SELECT DISTINCT status FROM runs") == [("succeeded",)]
        assert sorted(Counter(len(keys) for keys in receiver.got.values()).items()) == [(1, 10), (2, 10)]
        assert all(len(set(keys)) == 1 for keys in receiver.got.values())


async def test_a_thousand_items_of_one_request_are_all_durable_or_none_after_kills(tmp_path: Path) -> None:
    trigger = {"name": "webhook", "piece": "webhook", "trigger": "catch"}
    trigger["input"] = {"verify": {"scheme": "none"}, "split": "body", "dedupe": "trigger.body.id"}  # type: ignore[assignment]
    step = {"type": "action", "piece": "data", "action": "compose", "input": {"value": 1}, "next": None}
    definition = {"format": 1, "name": "Splits", "triggers": [trigger], "start": "a", "steps": {"a": step}}
    (flow_id,) = await prepared(tmp_path, definition)
    accepted: dict[int, list[str]] = {}
    sent = 0

    async def sender(url: str) -> None:
        nonlocal sent
        async with httpx.AsyncClient(verify=False, timeout=DEADLINE) as http:
            while True:
                number, sent = sent, sent + 1
                items = [{"id": f"{number}.{n % 900}"} for n in range(1000)]  # 100 of them are duplicates
                try:
                    answer = await http.post(f"{url}/webhooks/{flow_id}", json=items)
                except httpx.TransportError:
                    return
                assert answer.status_code == 202, answer.text
                accepted[number] = answer.json()["run_ids"]

    async with Server(tmp_path) as server:
        for kill in range(6):
            await server.start()
            under_load = asyncio.create_task(sender(server.url))
            enough = len(accepted) + 1 + kill % 2
            await until(lambda enough=enough: len(accepted) >= enough)  # type: ignore[misc]
            await turns(random.randint(0, 20_000))  # at any moment of the next request
            await server.end(signal.SIGKILL)
            await under_load
        await server.start()
        await server.quiet()
        await server.end(signal.SIGTERM)
        of_request = Counter(
            orjson.loads(row[0])["body"]["id"].partition(".")[0]
            for row in server.ask("SELECT payload FROM run_payloads")
        )
        assert set(of_request.values()) == {900}
        assert {str(number) for number in accepted} <= of_request.keys()
        stored = dict(server.ask("SELECT id, status FROM runs"))
        for run_ids in accepted.values():
            assert len(run_ids) == 1000
            assert {stored[run_id] for run_id in run_ids} == {"succeeded"}
        counted = dict(server.ask("SELECT kind || reason, sum(count) FROM ledger GROUP BY kind, reason"))
        assert counted["received"] == 1000 * len(of_request)
        assert counted["deduplicated"] == 100 * len(of_request)
        assert counted["startedevent"] == counted["endedsucceeded"] == len(stored) == 900 * len(of_request)
