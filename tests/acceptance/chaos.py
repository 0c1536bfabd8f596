"""Chaos: random flows under load, while their server, their receiver and their disk fail at random.

    .venv/bin/python -m tests.acceptance.chaos --minutes 60 --seed 7

The server is killed, stopped and continued, its disk is filled and freed, and the receiver refuses, hangs and
loses its answers. At the end everything is let alone until no run is open, and then each promise is checked
against a second interpreter of the flows (`random_flows`) and against what the receiver has seen.
"""

import argparse
import asyncio
import os
import signal
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import httpx
import orjson

from engine import administration
from engine.base import clock
from engine.base.actor import Actor
from engine.base.settings import Settings
from engine.instance import Switchyard
from tests.acceptance.random_flows import Json, RandomFlow, called_flow, event
from tests.acceptance.test_crash import Server
from tests.support.loop import WatchedLoop
from tests.support.small_disk import small_disk
from tests.support.waiting import polled_async, until

SENDERS = 4
OPEN = 200  # events on their way at most, so that what was accepted can end soon after the load
FAULTS = 3  # how often the receiver fails one request: a run always ends in the end


@dataclass
class Request:
    """What the receiver knows about one effect: all requests with one Idempotency-Key."""

    event: str
    step: str
    index: str
    received: int = 0
    answers: Counter[int] = field(default_factory=Counter)


class Receiver:
    """Answers POSTs, or fails to; sees each Idempotency-Key as one effect."""

    def __init__(self, random: Random, refused: Callable[[str, str], bool]) -> None:
        self.random, self.refused = random, refused
        self.url = ""
        self.calm = False
        self.requests: dict[str, Request] = {}
        self._failed: Counter[str] = Counter()
        self._hanging: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._hanging.add(task)
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while await self._one(reader, writer):
                pass
        writer.close()
        self._hanging.discard(task)

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower().split("\r\n")
        headers = dict(line.split(": ", 1) for line in head[1:] if line)
        body = orjson.loads(await reader.readexactly(int(headers["content-length"])))
        key = headers["idempotency-key"]
        seen = self.requests.setdefault(key, Request(body["id"], body["step"], str(body["index"])))
        assert (seen.event, seen.step, seen.index) == (body["id"], body["step"], str(body["index"]))
        seen.received += 1
        status = 400 if self.refused(body["id"], body["step"]) else 200
        how = "answer"
        if not self.calm and self._failed[key] < FAULTS:
            how = self.random.choices(["answer", "busy", "hang", "lose"], [85, 8, 2, 5])[0]
        self._failed[key] += how != "answer"
        if how == "busy":
            status = 503
        if how == "hang":
            await reader.read(1)  # until the caller gives up
            return False
        seen.answers[status] += 1
        if how == "lose":  # it did what it was asked for, and nobody hears of it
            return False
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n".encode())
        await writer.drain()
        return True


@asynccontextmanager
async def receiving(receiver: Receiver) -> AsyncIterator[Receiver]:
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    try:
        yield receiver
    finally:
        server.close()
        for task in list(receiver._hanging):
            task.cancel()


@dataclass
class Figures:
    """What happened."""

    sent: int = 0
    accepted: dict[str, tuple[int, str]] = field(default_factory=dict)  # event → (flow, run)
    refused: Counter[int] = field(default_factory=Counter)  # by status
    not_stored: list[str] = field(default_factory=list)  # events that were answered 503
    unanswered: int = 0
    faults: Counter[str] = field(default_factory=Counter)


class Chaos:
    """One scene: flows, a server, a receiver, and what befalls them."""

    def __init__(self, folder: Path, seed: int, flows: int = 8) -> None:
        self.random = Random(seed)
        self.folder = folder
        self.figures = Figures()
        self.events: dict[str, tuple[int, Json]] = {}
        self.receiver = Receiver(Random(seed + 1), self._is_refused)
        self.server = Server(folder)
        self.flows: list[RandomFlow] = []
        self.ids: list[str] = []
        self.called = ""
        self._count = flows
        self._ended = asyncio.Event()

    def _is_refused(self, event_id: str, step: str) -> bool:
        number, _ = self.events[event_id]
        return step in self._refusing[number]

    async def prepare(self) -> None:
        """Publish the flows in a new store."""
        sy = Switchyard(Settings(data_dir=self.folder))
        await sy.start()
        (project,) = await sy.access.projects.list(Actor.system())
        actor = Actor.system(project.id)

        async def publish(definition: Json) -> str:
            flow_id = (await sy.flows.create(actor, definition)).id
            await sy.flows.publish(actor, flow_id)
            return flow_id

        self.called = await publish(called_flow(self.receiver.url))
        for number in range(self._count):
            flow = RandomFlow.draw(self.random, self.receiver.url, self.called)
            self.flows.append(flow)
            self.ids.append(await publish(flow.definition(f"Random {number}")))
        self._refusing = [_refusing(flow.parts) for flow in self.flows]
        await sy.stop()

    # -- load -------------------------------------------------------------------------------------

    async def load(self) -> None:
        """Send events until the end, whatever becomes of the server."""
        async with httpx.AsyncClient(timeout=30, verify=False) as http:
            await asyncio.gather(*(self._sender(http, Random(n)) for n in range(SENDERS)))

    async def _sender(self, http: httpx.AsyncClient, random: Random) -> None:
        figures = self.figures
        while not self._ended.is_set():
            await clock.pause(0.02)
            if self._open() > OPEN:
                continue
            number = random.randrange(len(self.flows))
            figures.sent += 1
            id = f"evt_{figures.sent}"
            content = event(random, id)
            self.events[id] = (number, content)
            try:
                answer = await http.post(f"{self.server.url}/webhooks/{self.ids[number]}", json=content)
            except httpx.TransportError:
                figures.unanswered += 1
                continue
            if answer.status_code == 202:
                figures.accepted[id] = (number, answer.json()["run_id"])
            else:
                figures.refused[answer.status_code] += 1
                figures.not_stored.append(id)

    def _open(self) -> int:
        """About how many accepted events have had no effect yet."""
        return len(self.figures.accepted) - len({seen.event for seen in self.receiver.requests.values()})

    # -- faults -----------------------------------------------------------------------------------

    async def run(self, seconds: float, disk: bool) -> None:
        """Load and faults for so long, then calm until no run is open."""
        await self.server.start()
        loading = asyncio.create_task(self.load())
        end = clock.monotonic() + seconds
        faults = [self.kill, self.kill, self.stop] + ([self.fill] if disk else [])
        while clock.monotonic() < end:
            for fault in self.random.sample(faults, len(faults)):
                enough = len(self.figures.accepted) + self.random.randint(20, 150)
                await until(
                    lambda enough=enough: len(self.figures.accepted) >= enough or clock.monotonic() > end, 600
                )
                if clock.monotonic() > end:
                    break
                self.figures.faults[fault.__name__] += 1
                await fault()
        self._ended.set()
        await loading
        self.receiver.calm = True
        await self.server.end(signal.SIGKILL)
        await self.server.start()
        await self.server.quiet()
        await self.server.end(signal.SIGTERM)

    async def kill(self) -> None:
        """The server dies in the middle of its work."""
        await self.server.end(signal.SIGKILL)
        await self.server.start()

    async def stop(self) -> None:
        """The machine sleeps for longer than a request may take."""
        os.kill(self.server.pid, signal.SIGSTOP)
        await clock.pause(self.random.uniform(1, 4))
        os.kill(self.server.pid, signal.SIGCONT)

    async def fill(self) -> None:
        """The disk is full until some event was refused for it."""
        full = self.folder / "filler"
        before = sum(self.figures.refused.values())
        with full.open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(1 << 16))
        try:

            async def refused() -> bool:
                return sum(self.figures.refused.values()) >= before + 3

            await polled_async(refused)
        finally:
            full.unlink()

    # -- what must be true ------------------------------------------------------------------------

    def check(self) -> list[str]:
        """Everything that is not as promised."""
        server, figures = self.server, self.figures
        wrong: list[str] = []
        if server.ask("PRAGMA integrity_check") != [("ok",)]:
            wrong.append("the store is corrupt")
        statuses = {
            run: (flow, status if error is None else f"{status}: {error}")
            for run, flow, status, error in server.ask("SELECT id, flow_id, status, error FROM runs")
        }
        of_event: dict[str, list[str]] = defaultdict(list)
        for run, payload in server.ask("SELECT run_id, payload FROM run_payloads"):
            if statuses[run][0] != self.called:
                of_event[orjson.loads(payload)["body"]["id"]].append(run)
        for id, (_, run) in figures.accepted.items():
            if of_event[id] != [run]:
                wrong.append(f"{id} was accepted as {run} and has the runs {of_event[id]}")
        for id, runs in of_event.items():
            if len(runs) > 1:
                wrong.append(f"{id} has {len(runs)} runs")
        for id in figures.not_stored:
            if of_event[id]:
                wrong.append(f"{id} was refused and has the run {of_event[id]}")
        wrong += self._effects(of_event, statuses)
        return wrong

    async def books(self) -> list[str]:
        """Where the ledger does not agree with a count of the tables, in a product that is at rest."""
        async with administration.opened(Settings(data_dir=self.folder)) as here:
            found = await here.balance.differences()
        return [f"the books differ: {one}" for one in found]

    def _effects(self, of_event: dict[str, list[str]], statuses: dict[str, tuple[str, str]]) -> Iterator[str]:
        seen: dict[str, dict[int, Counter[tuple[str, str]]]] = defaultdict(lambda: defaultdict(Counter))
        for request in self.receiver.requests.values():
            for status in request.answers:
                seen[request.event][status][request.step, request.index] += 1
        for id, runs in of_event.items():
            if not runs:
                continue
            number, content = self.events[id]
            done, refused, succeeds = self.flows[number].expected(content)
            status = statuses[runs[0]][1]
            if status.partition(":")[0] != ("succeeded" if succeeds else "failed"):
                yield f"{runs[0]} of {id} is {status}"
            if seen[id][200] != done:
                yield f"{id}: done {dict(seen[id][200])}, expected {dict(done)}"
            if seen[id][400] != refused:
                yield f"{id}: refused {dict(seen[id][400])}, expected {dict(refused)}"
        for id in seen:
            if not of_event[id]:
                yield f"{id} has effects and no run"
        yield from self._journal()

    def _journal(self) -> Iterator[str]:
        """The attempts that the journal has for each effect against the requests that came in."""
        recorded: dict[str, Json] = {}
        for run, records in self.server.ask("SELECT run_id, records FROM journal"):
            for record in orjson.loads(records):
                recorded[f"{run}:{record['key'] if 'key' in record else record['name']}"] = record
        for key, request in self.receiver.requests.items():
            record = recorded.get(key)
            if record is None:
                yield f"{key} was received and is in no journal"
                continue
            good = 400 in request.answers or 200 in request.answers
            if not good:
                yield f"{key} is recorded as {record['status']} and was never answered"
            repeats = self.figures.faults["kill"] + 1 if record.get("repeat") else 0
            if request.received > record["attempts"] + repeats:
                yield f"{key} was received {request.received} times, with {record['attempts']} attempts"


def _refusing(parts: list[Any]) -> set[str]:
    found = {part.name for part in parts if part.kind == "refused"}
    for part in parts:
        for block in [*part.blocks, part.otherwise or []]:
            found |= _refusing(block)
    return found


@asynccontextmanager
async def chaos(folder: Path, seconds: float, seed: int, megabytes: int = 256) -> AsyncIterator[Chaos]:
    """A scene after so much chaos, come to rest: `check` it within the context, while its store is there."""
    with small_disk(folder, megabytes * 1_000_000) as disk:
        scene = Chaos(folder, seed)
        async with receiving(scene.receiver):
            await scene.prepare()
            async with scene.server:
                await scene.run(seconds, disk is not None)
            yield scene


async def report(folder: Path, minutes: float, seed: int) -> bool:
    """Chaos with figures; whether all was as promised."""
    async with chaos(folder, minutes * 60, seed, int(256 + 128 * minutes)) as scene:
        figures, requests = scene.figures, scene.receiver.requests.values()
        books = await scene.books()
        wrong = [*scene.check(), *books]
    print(
        f"sent {figures.sent}, accepted {len(figures.accepted)}, refused {dict(figures.refused)}, "
        f"unanswered {figures.unanswered}\n"
        f"faults {dict(figures.faults)}\n"
        f"effects {len(requests)}, requests {sum(one.received for one in requests)}\n"
        f"differences of the ledger: {len(books)}\n"
        f"wrong: {len(wrong)}",
        *wrong[:50],
        sep="\n",
    )
    return not wrong


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=2)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner(loop_factory=WatchedLoop) as runner:
        sys.exit(not runner.run(report(Path(folder) / "data", options.minutes, options.seed)))


if __name__ == "__main__":
    main()
