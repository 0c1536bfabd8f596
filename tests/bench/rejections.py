"""What recording rejected requests costs those who are accepted: `python tests/bench/rejections.py [--json]`.

Two servers, one that records rejected requests and one that does not, take turns. Each gets events in an open
loop at half of what it can accept, and beside them forged requests at a fifth of that. Shown are the times
until an event is accepted, and the ratio of both servers for each pair of turns, with the median of five.

    flood   one million refusals recorded as fast as they come: the store stays below its limit (--flood)
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from engine.base.actor import Actor
from engine.base.errors import NotSignedIn
from engine.base.settings import Settings
from engine.instance import Switchyard
from engine.intake.request import Request
from engine.store.tx import Tx
from ui.cli.bench import scenario, servers
from ui.cli.bench.load import Load, closed, open_loop
from ui.cli.bench.measure import percentiles

ROUNDS, SECONDS = 5, 6.0
VALID, FORGED = 0.5, 0.2
"""Parts of the capacity."""
FLOOD = 1_000_000


async def prepared(settings: Settings) -> tuple[str, str]:
    """A flow that accepts events, and one that verifies them; their ids."""
    sy = Switchyard(settings)
    await sy.start()
    (project,) = await sy.access.projects.list(Actor.system())
    actor = Actor.system(project.id)
    await sy.connections.create(actor, "signing", "webhook", {"secret": "s3cret"})
    ids = []
    for verify in ({"scheme": "none"}, {"scheme": "github", "connection": "signing"}):
        definition = scenario.flow("A", 5, 0)
        definition["triggers"][0]["input"]["verify"] = verify
        ids.append((await sy.flows.create(actor, definition)).id)
        await sy.flows.publish(actor, ids[-1])
    await sy.stop()
    return ids[0], ids[1]


class Server:
    """A running server with its two flows."""

    def __init__(self, port: int, accepts: str, verifies: str) -> None:
        self.port = port
        self.accepts, self.verifies = f"/webhooks/{accepts}", f"/webhooks/{verifies}"

    async def capacity(self, seconds: float) -> float:
        return (await closed(self.port, self.accepts, scenario.bodies(5), seconds, 64)).per_second

    async def turn(self, rate: float, seconds: float) -> tuple[Load, Load]:
        """Events beside forged requests, at their parts of the rate."""
        bodies = scenario.bodies(5)
        return await asyncio.gather(
            open_loop(self.port, self.accepts, bodies, seconds, max(1, int(rate * VALID))),
            open_loop(self.port, self.verifies, bodies, seconds, max(1, int(rate * FORGED))),
        )


async def compare(rounds: int, seconds: float) -> dict[str, Any]:
    async with AsyncExitStack() as stack:
        both = {}
        for name, stored in (("on", "1000"), ("off", "0")):
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            port = servers.free_port()
            settings = Settings(data_dir=folder, port=port)
            accepts, verifies = await prepared(settings)
            env = {
                "SWITCHYARD_DATA_DIR": str(folder),
                "SWITCHYARD_PORT": str(port),
                "SWITCHYARD_REJECTED_PER_FLOW": stored,
            }
            await stack.enter_async_context(servers.switchyard(settings, env, folder / "log"))
            both[name] = Server(port, accepts, verifies)
        capacity = min([await server.capacity(3) for server in both.values()])
        for server in both.values():  # the first turn of each is not counted
            await server.turn(capacity, 2)
        turns: list[dict[str, Any]] = []
        for number in range(rounds):
            found: dict[str, Any] = {}
            for name, server in list(both.items())[:: (-1) ** number]:  # each goes first in turn
                valid, forged = await server.turn(capacity, seconds)
                assert valid.refused == 0 and len(forged.ack) == 0
                found[name] = {**percentiles(valid.ack), "events": len(valid.ack), "forged": forged.refused}
            found["ratio"] = {key: found["on"][key] / found["off"][key] for key in ("p50", "p99")}
            turns.append(found)
    medians = {key: statistics.median(turn["ratio"][key] for turn in turns) for key in ("p50", "p99")}
    return {"capacity_per_s": round(capacity), "turns": turns, "median_ratio": medians}


async def flood(count: int) -> dict[str, Any]:
    """Refusals recorded one after the other; how large the store becomes, and how long it takes."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder))
        _, verifies = await prepared(settings)
        sy = Switchyard(settings)
        await sy.start()
        headers = [(b"content-type", b"application/json"), (b"x-hub-signature-256", b"sha256=" + b"0" * 64)]
        request = Request("POST", b"/webhooks/x", b"", headers, scenario.bodies(5)[0], "203.0.113.7")
        sizes, began = [], time.monotonic()
        for number in range(count):
            sy.rejections.record(verifies, request, NotSignedIn("The signature does not match."))
            if number % 500 == 0:
                await asyncio.sleep(0.001)
            if number % (count // 10) == 0:
                sizes.append(sum(file.stat().st_size for file in Path(folder).glob("switchyard.db*")))
        seconds = time.monotonic() - began
        await sy.rejections.stop()

        def stored(tx: Tx) -> Any:
            sql = "SELECT count(*), sum(stored_bytes) FROM rejected_requests"
            return tx.execute(sql).fetchone()

        rows, size = await sy.db.read(stored)
        await sy.stop()
        return {
            "requests": count, "seconds": round(seconds, 1), "stored": rows, "stored_bytes": size,
            "limit_bytes": settings.rejected_bytes_per_flow, "limit": settings.rejected_per_flow,
            "dropped": sy.rejections.dropped, "file_bytes": sizes,
        }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--flood", action="store_true")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    asked = parser.parse_args()
    os.environ.pop("SWITCHYARD_REJECTED_PER_FLOW", None)
    result = asyncio.run(flood(FLOOD) if asked.flood else compare(asked.rounds, asked.seconds))
    if asked.json or asked.flood:
        print(json.dumps(result, indent=2))
        return
    print(f"{result['capacity_per_s']:,} events a second are accepted at most")
    for turn in result["turns"]:
        on, off, ratio = turn["on"], turn["off"], turn["ratio"]
        print(
            f"p50 {on['p50']:.2f} / {off['p50']:.2f} ms = {ratio['p50']:.2f}   "
            f"p99 {on['p99']:.2f} / {off['p99']:.2f} ms = {ratio['p99']:.2f}   "
            f"{on['events']:,} events, {on['forged']:,} forged"
        )
    print("median ratio: p50 {p50:.2f}, p99 {p99:.2f}".format(**result["median_ratio"]))


if __name__ == "__main__":
    sys.exit(main())
