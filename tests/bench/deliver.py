"""How fast events leave: `python tests/bench/deliver.py [--json]`. Stops by itself within two minutes.

    one        events a second to one destination (concurrency 32), the outbox being full
    thousand   deliveries a second to 1,000 destinations, each at an address of its own, of every event
    dead       from the commit of an event to its arrival at healthy destinations: 100 destinations, of which
               none is dead, or ten are; of the ten, half refuse and half take the request and never answer

A real instance with `full` durability; the receiver is a process of its own on loopback addresses, and counts
what arrives, by id. Nothing may be missing.
"""

import asyncio
import ipaddress
import json
import multiprocessing
import os
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import uvloop

from engine.base import clock, payloads
from engine.base.actor import Actor
from engine.base.settings import Settings
from engine.events import outbox
from engine.instance import Switchyard
from engine.store.tx import Tx

EVENTS_ONE = 3_000
EVENTS_THOUSAND, THOUSAND = 6, 1_000
HUNDRED, DEAD, RATE, SECONDS, ROUNDS = 100, 10, 2, 8, 3
WARM_UP = 3.0  # seconds of the open loop that are not counted
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"


class Receiver(asyncio.Protocol):
    """Answers every POST, except on the port where nobody ever gets an answer; keeps path, id and time."""

    def __init__(self, seen: list[tuple[str, str, float]], silent: bool = False) -> None:
        self._seen, self._silent, self._buffer = seen, silent, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport

    def data_received(self, data: bytes) -> None:
        if self._silent:
            return
        self._buffer += data
        while True:
            head, mark, rest = self._buffer.partition(b"\r\n\r\n")
            if not mark:
                return
            low = head.lower()
            length = int(low.split(b"content-length: ", 1)[1].split(b"\r\n", 1)[0])
            if len(rest) < length:
                return
            self._buffer = rest[length:]
            id = low.split(b"webhook-id: ", 1)[1].split(b"\r\n", 1)[0].decode()
            self._seen.append((head.split(b" ", 2)[1].decode(), id, time.time()))
            self._transport.write(ANSWER)


def receive(pipe: Connection) -> None:
    """The receiver's process: tells its ports, then whenever asked what came."""
    seen: list[tuple[str, str, float]] = []

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        servers = [
            await loop.create_server(lambda silent=silent: Receiver(seen, silent), "0.0.0.0", 0, backlog=2048)  # type: ignore[misc]
            for silent in (False, True)
        ]
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            refusing = closed.getsockname()[1]
        pipe.send([*(server.sockets[0].getsockname()[1] for server in servers), refusing])
        while await asyncio.to_thread(pipe.recv) != "stop":
            pipe.send(list(seen))
            seen.clear()

    uvloop.run(serve())


@contextmanager
def receiver() -> Iterator[tuple[Connection, list[int]]]:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=receive, args=(theirs,), daemon=True)
    process.start()
    try:
        yield ours, ours.recv()
    finally:
        ours.send("stop")
        process.join(5)
        process.kill()


class Bench:
    """One instance and what it is told."""

    def __init__(self, sy: Switchyard, pipe: Connection) -> None:
        self.sy, self.pipe = sy, pipe
        self.actor = Actor.system()
        self.created: dict[str, float] = {}

    async def start(self) -> None:
        await self.sy.start()
        (project,) = await self.sy.access.projects.list(self.actor)
        self.project = project.id
        self.actor = Actor.system(project.id)

    async def destinations(self, urls: list[str], **options: Any) -> None:
        for number, url in enumerate(urls):
            spec = {"name": f"Number {number}", "url": url, "events": ["flow.updated"], "options": options}
            await self.sy.destinations.create(self.actor, self.project, spec)

    async def emit(self, count: int) -> None:
        """Write events as a change does, in one transaction."""
        now = clock.now_iso()
        data = payloads.flow_data(
            id="flow_bench", name="Bench " + "x" * 200, created=now, updated=now, version_id="ver_bench",
            version=1, command="RENAME", changes={"displayName": "y" * 200},
        )  # fmt: skip

        def work(tx: Tx) -> None:
            for _ in range(count):
                outbox.emit(tx, "flow.updated", data, self.actor, self.project)

        await self.sy.db.submit(work)

    async def arrived(self, count: int, timeout: float = 60) -> tuple[list[tuple[str, str, float]], float]:
        """What has arrived once there are so many, and how long the last took since now."""
        began, found = time.time(), []
        async with asyncio.timeout(timeout):
            while len(found) < count:
                await asyncio.sleep(0.1)
                self.pipe.send("tell")
                found += await asyncio.to_thread(self.pipe.recv)
        return found, max(at for _, _, at in found) - began


@contextmanager
def settings() -> Iterator[Settings]:
    with tempfile.TemporaryDirectory() as folder:
        loopback = (ipaddress.ip_network("127.0.0.0/8"),)
        yield Settings(data_dir=Path(folder), allow_http_destinations=True, egress_allow=loopback)


def address(number: int, port: int) -> str:
    """A host of its own for each, as in the world: connections are not shared."""
    return f"http://127.1.{number // 250}.{number % 250 + 1}:{port}/{number}"


async def full_outbox(pipe: Connection, port: int, destinations: int, events: int, **options: Any) -> Any:
    """Deliveries a second when there is always more to be done."""
    with settings() as known:
        bench = Bench(Switchyard(known), pipe)
        await bench.start()
        await bench.destinations([address(number, port) for number in range(destinations)], **options)
        for count in (max(1, events // 10), events):  # the first time warms up
            waiting = asyncio.create_task(bench.arrived(count * destinations))
            await bench.emit(count)
            found, seconds = await waiting
        await bench.sy.stop()
    ids = {(path, id) for path, id, _ in found}
    return {
        "deliveries": len(found), "distinct": len(ids), "seconds": round(seconds, 2),
        "deliveries_per_s": round(len(found) / seconds), "events_per_s": round(events / seconds, 1),
    }  # fmt: skip


async def latency(pipe: Connection, ports: list[int], dead: int) -> list[float]:
    """Milliseconds from commit to arrival at the healthy ones, at a steady rate."""
    live, silent, refusing = ports
    with settings() as known:
        bench = Bench(Switchyard(known), pipe)
        await bench.start()
        urls = [address(number, live) for number in range(HUNDRED - dead)]
        urls += [address(900 + number, (silent, refusing)[number % 2]) for number in range(dead)]
        await bench.destinations(urls)
        began = time.time()
        sent: list[float] = []
        found: list[tuple[str, str, float]] = []
        for number in range(int((WARM_UP + SECONDS) * RATE)):
            await asyncio.sleep(max(0.0, began + number / RATE - time.time()))
            await bench.emit(1)
            sent.append(time.time())
        found, _ = await bench.arrived(len(sent) * (HUNDRED - dead))
        await bench.sy.stop()
    at = sorted({id for _, id, _ in found})  # ids sort by time, as the events did
    left = dict(zip(at, sent, strict=True))
    return [(when - left[id]) * 1000 for _, id, when in found if left[id] > began + WARM_UP]


def summary(times: list[float]) -> dict[str, float]:
    """Of milliseconds."""
    ordered = sorted(times)
    quantiles = {f"p{share}_ms": round(ordered[len(ordered) * share // 100], 1) for share in (50, 95, 99)}
    return {"deliveries": len(times), **quantiles}


def measure() -> dict[str, Any]:
    """All figures."""
    with receiver() as (pipe, ports):
        found: dict[str, Any] = {
            "one": uvloop.run(full_outbox(pipe, ports[0], 1, EVENTS_ONE, concurrency=32)),
            "thousand": uvloop.run(full_outbox(pipe, ports[0], THOUSAND, EVENTS_THOUSAND)),
        }
        none: list[float] = []
        ten: list[float] = []
        for _ in range(ROUNDS):  # by turns, so that whatever else the machine does harms both
            none += uvloop.run(latency(pipe, ports, 0))
            ten += uvloop.run(latency(pipe, ports, DEAD))
        found["none_dead"], found["ten_dead"] = summary(none), summary(ten)
    found["p99_ratio"] = round(found["ten_dead"]["p99_ms"] / found["none_dead"]["p99_ms"], 2)
    return {"cores": os.cpu_count(), **found}


if __name__ == "__main__":
    figures = measure()
    if "--json" in sys.argv:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name:10} {value}")
