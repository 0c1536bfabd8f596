"""Measure one case of the bench: events in, routed and done, beside what the machine can do at most.

    A  webhook → router with `case` branches and a nested condition → end; answered at once (202)
    B  the same, answered with the flow's own response (/sync)
    C  the branch makes one HTTP POST to a loopback receiver
    D  the same, answered with the flow's own response behind the POST (/sync)
    E  as A, 100 events in each request (`split`)

Ceilings are measured in the same run, by the same client, on the same server stack. What completed is
counted in the store, and for C and D at the receiver.
"""

import asyncio
import statistics
import tempfile
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine import administration
from engine.base import clock
from engine.base.settings import Settings
from engine.store.bench import BenchStore

from . import load, servers
from .ceiling import path as ceiling_path
from .load import Load
from .scenario import RESPONDED, SENT_ON, bodies, events_in_request, flow

ROUNDS = 5
_WARM_UP = 0.5  # seconds, at most
_PATIENCE = 10.0  # seconds without a run that ends, after which those left count as lost
_POLL = 0.1  # seconds
_CONNECTIONS = 128
_CONNECTIONS_WITH_BATCHES = 16  # each has a hundred events under way


@dataclass
class Bench:
    """What is measured in turn, on one machine at one time."""

    events: list[bytes]
    parse: "Ceiling"
    commit: "Ceiling"
    flow_runs: "FlowRuns"
    received: dict[str, int]
    """What came to the receiver, by idempotency key."""
    process: Process
    """Switchyard's."""

    async def warm_up(self, seconds: float) -> None:
        for measured in (self.parse, self.commit, self.flow_runs):
            await measured.warm_up(self.events, seconds)
        self.received.clear()


@asynccontextmanager
async def started(case: str, durability: str, branches: int) -> AsyncIterator[Bench]:
    """The servers of a case and its ceilings, started. Raises `Unavailable` if one does not start."""
    received: dict[str, int] = {}
    receiver = await asyncio.get_running_loop().create_server(lambda: load.Receiver(received), "127.0.0.1", 0)
    with tempfile.TemporaryDirectory(prefix="switchyard-bench-") as name:
        folder = Path(name)
        settings, env, path = await _prepare(
            case, folder, durability, branches, receiver.sockets[0].getsockname()[1]
        )
        async with (
            servers.ceiling(folder, durability) as ceiling,
            servers.switchyard(settings, env, folder / "switchyard.log") as process,
            _store(settings) as store,
        ):
            yield Bench(
                bodies(branches, case),
                Ceiling(ceiling, ceiling_path("parse")),
                Ceiling(ceiling, ceiling_path("commit")),
                FlowRuns(settings.port, path, store, events_in_request(case)),
                received,
                process,
            )
    receiver.close()


async def main(case: str, seconds: float, durability: str, branches: int, rate: int) -> dict[str, Any]:
    """Measure one case for `seconds`, with `rate` events a second or, if 0, as many as are taken.

    The case and its ceilings take turns in short rounds: a machine that others use is fast in one second and
    slow in the next, and only what was measured within the same few seconds can be compared.
    """
    async with started(case, durability, branches) as bench:
        await bench.warm_up(min(_WARM_UP, seconds))
        for _ in range(ROUNDS):
            for ceiling in (bench.parse, bench.commit):
                await ceiling.measure(bench.events, seconds / ROUNDS)
            await bench.flow_runs.measure(bench.events, seconds / ROUNDS, rate)
        memory = servers.peak_memory(bench.process)
        received = len(bench.received) if case in SENT_ON else None
    return {
        "case": case,
        "durability": durability,
        **bench.flow_runs.result(received),
        "ceiling_parse_per_s": round(bench.parse.per_second, 1),
        "ceiling_commit_per_s": round(bench.commit.per_second, 1),
        "memory_mb": None if memory is None else round(memory, 1),
        "branches": branches,
        "payload_bytes": len(bench.events[0]),
        "offered_per_s": rate or None,
        "seconds": seconds,
    }


async def latency(case: str, seconds: float, durability: str, branches: int) -> dict[str, Any]:
    """How long answers take at half of the rate at which the case is saturated, and how long those of the
    commit ceiling take at the same rate: open loop, in turn."""
    async with started(case, durability, branches) as bench:
        await bench.warm_up(min(_WARM_UP, seconds))
        saturated = await bench.flow_runs.saturate(bench.events, seconds / ROUNDS)
        rate = max(1, int(saturated / 2))
        turns: list[tuple[Load, Load]] = []
        for _ in range(ROUNDS):
            ceiling = await bench.commit.offer(bench.events, seconds / ROUNDS, rate)
            turns.append((await bench.flow_runs.measure(bench.events, seconds / ROUNDS, rate), ceiling))
        result = bench.flow_runs.result(len(bench.received) if case in SENT_ON else None)
    ceilings = [ceiling for _, ceiling in turns]
    flows = [flow for flow, _ in turns]
    ratios = [percentiles(flow.ack)["p99"] / percentiles(ceiling.ack)["p99"] for flow, ceiling in turns]
    return {
        "case": case,
        "durability": durability,
        "saturated_per_s": round(saturated, 1),
        "offered_per_s": rate,
        "answered": sum(len(one.ack) for one in flows),
        "unanswered": sum(one.unanswered for one in flows + ceilings),
        "lost": result["lost"],
        "refused": result["refused"],
        "ack_ms": result["ack_ms"],
        "ceiling_ack_ms": percentiles([time for one in ceilings for time in one.ack]),
        "p99_ratios": [round(ratio, 2) for ratio in ratios],
        "p99_ratio": round(statistics.median(ratios), 2),
        "sent_late_ms": percentiles([time for one in flows for time in one.late]),
        "ceiling_sent_late_ms": percentiles([time for one in ceilings for time in one.late]),
        "seconds": seconds,
    }


async def _prepare(
    case: str, folder: Path, durability: str, branches: int, receiver: int
) -> tuple[Settings, dict[str, str], str]:
    """An instance with the published flow under test: its settings, its environment, the flow's path."""
    env = {
        "SWITCHYARD_DATA_DIR": str(folder / "data"),
        "SWITCHYARD_PORT": str(servers.free_port()),
        "SWITCHYARD_DURABILITY": durability,
        "SWITCHYARD_EGRESS_ALLOW": "127.0.0.0/8",
        "SWITCHYARD_PROJECT_CONCURRENCY": "200",
    }
    settings = Settings.from_env(env)
    async with administration.opened(settings) as here:
        actor = await here.actor(None)
        created = await here.flows.create(actor, flow(case, branches, receiver))
        await here.flows.publish(actor, created.id)
    return settings, env, f"/webhooks/{created.id}" + ("/sync" if case in RESPONDED else "")


@asynccontextmanager
async def _store(settings: Settings) -> AsyncIterator[BenchStore]:
    """The store of the instance under test, to count in."""
    store = BenchStore(settings.database_path, settings.durability)
    try:
        yield store
    finally:
        store.close()


@dataclass
class Ended:
    """The runs that have ended: run id → when, in Unix seconds; and how many of them did not succeed."""

    finished: dict[str, float]
    failed: int


async def _drained(store: BenchStore, accepted: int) -> Ended:
    """Wait until `accepted` runs have ended, or no run has ended for `_PATIENCE`."""
    last, moved = -1, time.monotonic()
    while time.monotonic() - moved < _PATIENCE:
        count = await store.count_ended()
        if count >= accepted:
            break
        if count != last:
            last, moved = count, time.monotonic()
        await asyncio.sleep(_POLL)
    runs = await store.ended_runs()
    return Ended(
        {run.id: clock.from_iso(run.finished) for run in runs}, sum(run.status != "succeeded" for run in runs)
    )


class Ceiling:
    """A part of the work, done by a server that does nothing else."""

    def __init__(self, port: int, path: str) -> None:
        self._port, self._path = port, path
        self._done, self._time = 0, 0.0

    async def warm_up(self, events: list[bytes], seconds: float) -> None:
        await load.closed(self._port, self._path, events, seconds)

    async def measure(self, events: list[bytes], seconds: float) -> None:
        done = await load.closed(self._port, self._path, events, seconds)
        self._done += len(done.ack)
        self._time += done.ended - done.began

    async def offer(self, events: list[bytes], seconds: float, rate: int) -> Load:
        """So many events a second, whatever the answers do."""
        return await load.open_loop(self._port, self._path, events, seconds, rate)

    @property
    def per_second(self) -> float:
        return self._done / self._time


class FlowRuns:
    """What Switchyard did of what was sent to it, over all rounds."""

    def __init__(self, port: int, path: str, store: BenchStore, events: int) -> None:
        """`events` are in each request."""
        self._port, self._path, self._store, self._events = port, path, store, events
        self._connections = _CONNECTIONS if events == 1 else _CONNECTIONS_WITH_BATCHES
        self._warm = Ended({}, 0)
        self._finished: dict[str, float] = {}
        self._failed = 0
        self._acks: list[float] = []
        self._waits: list[float] = []
        self._accepting = self._completing = 0.0  # seconds
        self._refused = 0

    async def warm_up(self, events: list[bytes], seconds: float) -> None:
        done = await self._closed(events, seconds)
        self._warm = await _drained(self._store, len(done.ack) * self._events)

    async def saturate(self, events: list[bytes], seconds: float) -> float:
        """How many events a second are accepted at most; they count as warming up."""
        done = await self._closed(events, seconds)
        self._warm = await _drained(self._store, len(self._warm.finished) + len(done.ack) * self._events)
        return done.per_second * self._events

    async def measure(self, events: list[bytes], seconds: float, rate: int) -> Load:
        if rate:
            done = await load.open_loop(self._port, self._path, events, seconds, rate)
        else:
            done = await self._closed(events, seconds)
        self._acks += done.ack
        self._refused += done.refused
        ended = await _drained(self._store, len(self._warm.finished) + len(self._acks) * self._events)
        before = self._warm.finished.keys() | self._finished.keys()
        new = {run_id: moment for run_id, moment in ended.finished.items() if run_id not in before}
        self._finished |= new
        self._failed = ended.failed - self._warm.failed
        self._waits += [new[run_id] - sent for run_id, sent in done.accepted.items() if run_id in new]
        self._accepting += done.ended - done.began
        self._completing += max(new.values(), default=done.ended) - done.began
        return done

    async def _closed(self, events: list[bytes], seconds: float) -> Load:
        return await load.closed(self._port, self._path, events, seconds, self._connections)

    def result(self, received: int | None) -> dict[str, Any]:
        """Rates, latencies and losses. `received`: the number of events that the receiver has seen, for a
        flow that sends them on."""
        accepted, completed = len(self._acks) * self._events, len(self._finished)
        return {
            "accepted_per_s": round(accepted / self._accepting, 1),
            "completed_per_s": round(completed / max(self._completing, 1e-9), 1),
            "accepted": accepted,
            "completed": completed,
            "lost": accepted - (completed if received is None else received),
            "failed": self._failed,
            "refused": self._refused,
            "ack_ms": percentiles(self._acks),
            "end_to_end_ms": percentiles(self._waits or self._acks),
        }


def percentiles(values: list[float]) -> dict[str, float]:
    """p50, p95 and p99 in milliseconds."""
    ordered = sorted(values) or [0.0]
    return {
        name: round(1000 * ordered[min(len(ordered) - 1, int(len(ordered) * share))], 2)
        for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))
    }
