"""The measurements: load by wrk, starts, and what is left after `kill -9`."""

import asyncio
import json
import os
import re
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.bench.peers import receiver
from tests.support.senders import Saturation

from .peer import Peer, events_in_request

CONNECTIONS = 64
_DRAIN = 30.0  # seconds that accepted events have to come to their end after the load
_QUIET = 0.6  # seconds without progress, after which nothing more is expected
_POLL = 0.1
_KILL_AFTER = 1.5  # seconds of load
_LUA = Path(__file__).with_name("events.lua")


@dataclass(frozen=True)
class Loaded:
    """One case under load. Rates are events a second, times milliseconds, memory is in MB."""

    peer: str
    case: str
    accepted_per_s: float
    completed_per_s: float
    p50_ms: float
    p99_ms: float
    refused: int
    unfinished: int
    """Accepted events that have not come to their end in time."""
    cpu_ms: float
    """Processor time of the peer per completed event."""
    memory_mb: float


def load(peer: Peer, case: str, seconds: int, receives: int) -> Loaded:
    """Send as many events as the peer answers, and wait until they have come to their end: in cases C and D
    also to the receiver on the port `receives`."""
    port, path = peer.target(case)
    events = events_in_request(case)
    before, cpu = peer.completed(case) if peer.counts else 0, peer.cpu()
    received = receiver.events(receives)
    began = time.monotonic()
    # Few connections for batches: each has a hundred events under way.
    connections = CONNECTIONS if events == 1 else CONNECTIONS // 8
    words = [
        "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s", str(_LUA),
        f"http://127.0.0.1:{port}{path}",
    ]  # fmt: skip
    env = {**os.environ, "PREFIX": f"{peer.name[0]}{case}{int(time.time() * 1000)}", "EVENTS": str(events)}
    done = subprocess.run(words, env=env, capture_output=True, text=True, check=True)
    found = re.search(r"RESULT (\{.*\})", done.stdout)
    if found is None:
        raise RuntimeError(f"wrk printed no result: {done.stdout} {done.stderr}")
    result = json.loads(found[1])
    accepted = (result["requests"] - result["refused"]) * events
    if peer.counts:
        completed, ended = _drained(lambda: peer.completed(case) - before, accepted)
        if case in "CD":
            completed = min(completed, receiver.events(receives) - received)
    else:
        completed, ended = accepted, began + result["seconds"]
    return Loaded(
        peer.name,
        case,
        round(accepted / result["seconds"], 1),
        round(completed / max(ended - began, result["seconds"]), 1),
        result["p50_ms"],
        result["p99_ms"],
        result["refused"],
        max(0, accepted - completed),
        round(1000 * (peer.cpu() - cpu) / max(1, completed), 3),
        round(peer.memory(), 1),
    )


def _drained(completed: Callable[[], int], accepted: int) -> tuple[int, float]:
    """How many events were completed in the end, and when the last of them was seen to be."""
    count, moved = -1, time.monotonic()
    deadline = moved + _DRAIN
    while (now := time.monotonic()) < deadline:
        found = completed()
        if found != count:
            count, moved = found, now
        elif (count >= accepted and now - moved > _POLL) or now - moved > 5 * _QUIET:
            break
        time.sleep(_POLL)
    return count, moved


def starts(peer: Peer, count: int) -> list[float]:
    """Seconds until it answers, from a stored setup, with its byte code cached by a start before."""
    peer.start()
    peer.stop()
    found = []
    for _ in range(count):
        found.append(round(peer.start(), 3))
        peer.stop()
    return found


@dataclass(frozen=True)
class Killed:
    """What `kill -9` left of case C: `acknowledged` events had got their 2xx."""

    peer: str
    acknowledged: int
    lost: int
    """Acknowledged events that had not come to the receiver after a new start."""


def kill(peer: Peer, port: int) -> Killed:
    """Kill the peer while it is saturated, start it again, and see what comes to the receiver on `port`.
    The peer runs afterwards."""
    acknowledged = asyncio.run(_kill_under_load(peer))
    peer.start()
    seen, moved = -1, time.monotonic()
    while time.monotonic() - moved < 10 * _QUIET:
        arrived = receiver.ids(port) & acknowledged
        if len(arrived) != seen:
            seen, moved = len(arrived), time.monotonic()
        if seen == len(acknowledged):
            break
        time.sleep(_POLL)
    return Killed(peer.name, len(acknowledged), len(acknowledged) - seen)


async def _kill_under_load(peer: Peer) -> set[str]:
    """The ids of the events that were acknowledged."""
    target, path = peer.target("C")
    prefix = f"kill-{peer.name[0]}-{int(time.time() * 1000)}"

    def event(number: int) -> bytes:
        data = {"flowRun": {"status": "FAILED", "flowDisplayName": "Copy new orders", "note": "x" * 400}}
        return json.dumps({"id": f"{prefix}-{number}", "action": "flow.run.finished", "data": data}).encode()

    sending = Saturation(target, [path], event)
    await sending.start(CONNECTIONS)
    await asyncio.sleep(_KILL_AFTER)
    await asyncio.to_thread(peer.kill)
    await sending.ended()
    return {f"{prefix}-{number}" for number in sending.fates[path].accepted}
