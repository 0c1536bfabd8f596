"""`switchyard bench`: events in, routed and done, beside what the machine could do at most.

    A  webhook → router with `case` branches and a nested condition → end; answered at once (202)
    B  the same, answered with the flow's own response (/sync)
    C  the branch makes one HTTP POST to a loopback receiver

Ceilings are measured in the same run, by the same client, on the same server stack. What completed is
counted in the store, and for C at the receiver.
"""

import asyncio
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from engine.base import clock
from engine.base.settings import Settings
from ui.cli.admin import desk

from . import load

HERE = Path(__file__).parent
_PADDING = "x" * 300
_ROUNDS = 5
_WARM_UP = 0.5  # seconds, at most


def flow(case: str, branches: int, receiver: int) -> dict[str, Any]:
    """The flow under test."""
    action: dict[str, Any] | None = None
    if case == "B":
        action = {"type": "action", "piece": "webhook", "action": "respond", "next": None,
                  "input": {"status": 200, "body": {"seen": "{{ trigger.body.action }}"}}}  # fmt: skip
    elif case == "C":
        action = {"type": "action", "piece": "http", "action": "request", "next": None,
                  "input": {"method": "POST", "url": f"http://127.0.0.1:{receiver}/", "body_kind": "json",
                            "body": "{{ trigger.body }}"}}  # fmt: skip
    names = [f"kind.{number}" for number in range(branches)]
    nested = {
        "type": "router",
        "next": None,
        "otherwise": {"next": None},
        "branches": [
            {"name": "Heavy", "when": "trigger.body.data.size > `100`", "next": "act" if action else None}
        ],
    }
    steps: dict[str, Any] = {
        "by_action": {
            "type": "router", "key": "trigger.body.action", "next": None, "otherwise": {"next": None},
            "branches": [
                {"name": name, "case": [name], "next": "how_heavy" if name == names[-1] else None}
                for name in names
            ],
        },
        "how_heavy": nested,
    }  # fmt: skip
    if action:
        steps["act"] = action
    return {
        "format": 1, "name": f"Bench {case}", "start": "by_action", "steps": steps,
        "triggers": [
            {
                "name": "webhook", "piece": "webhook", "trigger": "catch",
                "input": {"verify": {"scheme": "none"}},
            }
        ],
        "settings": {"concurrency": 200},
    }  # fmt: skip


def bodies(branches: int) -> list[bytes]:
    """Events that all take the last branch and the nested condition: the longest way."""
    data = {
        "size": 250,
        "note": _PADDING,
        "items": [1, 2, 3],
        "owner": {"id": "u7", "email": "ann@example.com"},
    }
    return [
        orjson.dumps({"id": f"evt_{number}", "action": f"kind.{branches - 1}", "data": data})
        for number in range(97)
    ]


# -- processes ---------------------------------------------------------------------------------------


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def server(
    command: list[str], port: int, env: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A server process that listens; ended by its id."""
    process = subprocess.Popen(command, env={**os.environ, **(env or {})}, stderr=subprocess.DEVNULL)
    try:
        for _ in range(800):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            if process.poll() is not None:
                raise RuntimeError(f"{command[1]} ended with {process.returncode}")
            time.sleep(0.05)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def peak_memory(process: "subprocess.Popen[bytes]") -> float:
    """The most resident memory the process has had, in MB."""
    for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0


# -- the measurement ---------------------------------------------------------------------------------


@dataclass
class Ends:
    """How the accepted runs ended, by run id: the moment in Unix seconds."""

    finished: dict[str, float]
    failed: int


async def drained(path: Path, accepted: int, patience: float) -> Ends:
    """Wait until the store has ended all runs, or nothing has moved for `patience` seconds."""
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    last, still = -1, time.time()
    while time.time() - still < patience:
        (done,) = database.execute("SELECT count(*) FROM runs WHERE finished IS NOT NULL").fetchone()
        if done >= accepted:
            break
        if done != last:
            last, still = done, time.time()
        await asyncio.sleep(0.1)
    rows = database.execute("SELECT id, status, finished FROM runs WHERE finished IS NOT NULL").fetchall()
    database.close()
    return Ends({row[0]: clock.from_iso(row[2]) for row in rows}, sum(row[1] != "succeeded" for row in rows))


async def main(case: str, seconds: float, durability: str, branches: int, rate: int) -> dict[str, Any]:
    """Measure one case. Everything is on loopback and ends by itself.

    The case and its ceilings take turns in short rounds: a machine that others use is fast in one second and
    slow in the next, and only what was measured within the same few seconds can be compared.
    """
    seen: dict[str, int] = {}
    receiver = await asyncio.get_running_loop().create_server(lambda: load.Receiver(seen), "127.0.0.1", 0)
    with tempfile.TemporaryDirectory(prefix="switchyard-bench-") as name:
        settings, env, path = await _prepare(
            case, Path(name), durability, branches, receiver.sockets[0].getsockname()[1]
        )
        with _ceiling(Path(name), durability) as ceiling, _switchyard(settings, env) as process:
            events = bodies(branches)
            shares = {share: Share(ceiling, f"/{share}") for share in ("parse", "commit")}
            ours = Ours(settings, path)
            everything: list[Share | Ours] = [*shares.values(), ours]
            for measured in everything:
                await measured.warm_up(events, min(_WARM_UP, seconds))
            seen.clear()
            for _ in range(_ROUNDS):
                for share in shares.values():
                    await share.measure(events, seconds / _ROUNDS)
                await ours.measure(events, seconds / _ROUNDS, rate)
            memory = peak_memory(process)
    receiver.close()
    return {
        "case": case,
        "durability": durability,
        **ours.result(len(seen) if case == "C" else None),
        **{f"ceiling_{share}_per_s": round(found.per_second, 1) for share, found in shares.items()},
        "memory_mb": round(memory, 1),
        "branches": branches,
        "payload_bytes": len(events[0]),
        "offered_per_s": rate or None,
        "seconds": seconds,
    }


async def _prepare(
    case: str, folder: Path, durability: str, branches: int, receiver: int
) -> tuple[Settings, dict[str, str], str]:
    """An instance with the published flow under test: its settings, its environment, the flow's address."""
    env = {
        "SWITCHYARD_DATA_DIR": str(folder / "data"),
        "SWITCHYARD_PORT": str(free_port()),
        "SWITCHYARD_DURABILITY": durability,
        "SWITCHYARD_EGRESS_ALLOW": "127.0.0.0/8",
        "SWITCHYARD_PROJECT_CONCURRENCY": "200",
    }
    settings = Settings.from_env(env)
    async with desk(settings) as here:
        actor = await here.actor(None)
        made = await here.flows.create(actor, flow(case, branches, receiver))
        await here.flows.publish(actor, made.id)
    return settings, env, f"/webhooks/{made.id}" + ("/sync" if case == "B" else "")


@contextmanager
def _ceiling(folder: Path, durability: str) -> Iterator[int]:
    port = free_port()
    with server([sys.executable, str(HERE / "ceiling.py"), str(port), str(folder), durability], port):
        yield port


@contextmanager
def _switchyard(settings: Settings, env: dict[str, str]) -> "Iterator[subprocess.Popen[bytes]]":
    with server([sys.executable, "-m", "ui", "serve"], settings.port, env) as process:
        yield process


class Share:
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

    @property
    def per_second(self) -> float:
        return self._done / self._time


class Ours:
    """What Switchyard did of what it was sent, over all rounds."""

    def __init__(self, settings: Settings, path: str) -> None:
        self._port, self._path, self._store = settings.port, path, settings.database_path
        self._warm = Ends({}, 0)
        self._finished: dict[str, float] = {}
        self._failed = 0
        self._acks: list[float] = []
        self._waits: list[float] = []
        self._accepting = self._completing = 0.0  # seconds
        self._refused = 0

    async def warm_up(self, events: list[bytes], seconds: float) -> None:
        done = await load.closed(self._port, self._path, events, seconds)
        self._warm = await drained(self._store, len(done.ack), 10)

    async def measure(self, events: list[bytes], seconds: float, rate: int) -> None:
        if rate:
            done = await load.open_loop(self._port, self._path, events, seconds, rate)
        else:
            done = await load.closed(self._port, self._path, events, seconds)
        self._acks += done.ack
        self._refused += done.refused
        ends = await drained(self._store, len(self._warm.finished) + len(self._acks), 10)
        before = self._warm.finished.keys() | self._finished.keys()
        new = {run_id: moment for run_id, moment in ends.finished.items() if run_id not in before}
        self._finished |= new
        self._failed = ends.failed - self._warm.failed
        self._waits += [new[run_id] - left for run_id, left in done.accepted.items() if run_id in new]
        self._accepting += done.ended - done.began
        self._completing += max(new.values(), default=done.ended) - done.began

    def result(self, received: int | None) -> dict[str, Any]:
        """`received`: how many of the events the receiver has seen, for a flow that sends them on."""
        accepted, completed = len(self._acks), len(self._finished)
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
