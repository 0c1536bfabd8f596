"""Switchyard beside Node-RED and n8n, on one machine and in one run:

    python -m tests.bench.peers --peers FOLDER --install     # once: the peers, with npm
    python -m tests.bench.peers --peers FOLDER --docs docs

The same events and the same client (wrk) for each, in turn, in several rounds; ratios are taken within a
round. Cases: A answered at once, B answered with the flow's response, C one HTTP POST for each event, D
answered behind the POST, E 100 events in a request. Completed events are counted where they end. Also
measured: the commit ceiling (the protocol of Switchyard with one insert), starts with cached byte code,
memory, processor time, and what `kill -9` loses of what was acknowledged.

Writes peers.json, peers.md and peers.svg into --output, and with --docs the section and the plot of
docs/benchmarks.md. Needs wrk (a Debian package), an idle machine, and about ten minutes.
"""

import argparse
import json
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from engine.base import clock
from tests.support.processes import answers, free_ports
from ui.cli.bench import command as bench

from . import measure, page
from .n8n import N8n
from .node_red import NodeRed
from .packages import install, installed
from .peer import ACTIONS, CASES, Peer
from .plot import plot
from .report import Result, table
from .switchyard import CommitCeiling, Switchyard

NAMES = ("node-red", "n8n", "switchyard", "ceiling")
_WARM_UP = 1  # seconds


def main() -> None:
    asked = _arguments()
    packages = asked.peers.resolve()
    if asked.install:
        install(packages, [name for name in asked.only if name in ("node-red", "n8n")])
        return
    if shutil.which("wrk") is None:
        sys.exit("wrk is missing: apt install wrk")
    asked.output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="switchyard-peers-") as folder, _receiver(Path(folder)) as port:
        peers = _peers(asked.only, packages, Path(folder), port)
        result = Result(
            clock.utc().strftime("%Y-%m-%d %H:%M UTC"),
            _machine(),
            shlex.join(["python", "-m", "tests.bench.peers", *sys.argv[1:]]),
            {peer.name: peer.version for peer in peers},
            {peer.name: peer.durable for peer in peers},
            notes=[
                *(f"{peer.name} was measured in one round." for peer in peers if not peer.every_round),
                *(
                    f"{name} was not measured: it is not installed in the folder of the peers."
                    for name in asked.only
                    if name in ("node-red", "n8n") and not installed(packages, name)
                ),
            ],
        )
        _measure(peers, asked, port, result)
    (asked.output / "peers.json").write_text(json.dumps(result.to_json(), indent=1) + "\n")
    (asked.output / "peers.md").write_text(table(result))
    (asked.output / "peers.svg").write_text(plot(result))
    if asked.docs:
        page.write(result, asked.docs)
    print(table(result))


def _measure(peers: list[Peer], asked: argparse.Namespace, port: int, result: Result) -> None:
    for peer in peers:
        peer.prepare()
    for number in range(asked.rounds):
        rows: list[measure.Loaded] = []
        result.rounds.append(rows)
        for peer in peers if number % 2 == 0 else reversed(peers):
            if number and not peer.every_round:
                continue
            if peer.counts:  # the ceiling is no product that anybody starts
                count = asked.starts if peer.every_round else 1
                result.starts.setdefault(peer.name, []).extend(measure.starts(peer, count))
            peer.start()
            try:
                for case in (case for case in peer.cases if case in asked.cases):
                    measure.load(peer, case, _WARM_UP, port)
                    rows.append(measure.load(peer, case, asked.seconds, port))
                    _note(asdict(rows[-1]))
                    if rows[-1].unfinished:  # the next case does not begin with what this one has left
                        peer.kill()
                        peer.start()
            finally:
                peer.stop()
        _note({"round": number + 1, "starts": result.starts})
    if asked.kill:
        for peer in (peer for peer in peers if peer.counts):
            peer.start()
            try:
                result.killed.append(measure.kill(peer, port))
            finally:
                peer.stop()
            _note(asdict(result.killed[-1]))
    if asked.latency and any(isinstance(peer, CommitCeiling) for peer in peers):
        result.latency = bench.run("A", 2.0 * asked.seconds, "full", len(ACTIONS), 0, open_loop=True)
        _note(result.latency)


def _note(line: object) -> None:
    print(json.dumps(line), file=sys.stderr, flush=True)


def _peers(names: list[str], packages: Path, folder: Path, receiver: int) -> list[Peer]:
    """Those that were asked for, if they are installed, each with a folder and a port of its own."""
    found: list[Peer] = []
    for name, port in zip(NAMES, free_ports(len(NAMES)), strict=True):
        if name not in names or (name in ("node-red", "n8n") and not installed(packages, name)):
            continue
        own = folder / name
        own.mkdir()
        match name:
            case "node-red":
                found.append(NodeRed(own, packages, port, receiver))
            case "n8n":
                found.append(N8n(own, packages, port, receiver))
            case "switchyard":
                found.append(Switchyard(own, port, receiver))
            case _:
                found.append(CommitCeiling(own, port))
    return found


@contextmanager
def _receiver(folder: Path) -> Iterator[int]:
    """The port of what cases C and D send to."""
    (port,) = free_ports(1)
    with (folder / "receiver.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.peers.receiver", str(port)], stdout=log, stderr=log
        )
    try:
        answers(port, 30)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def _machine() -> str:
    """Processor, cores and memory."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    memory = int(Path("/proc/meminfo").read_text().split()[1]) // 1024**2
    return f"{len(names)} cores ({names[0] if names else platform.machine()}), {memory} GB"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.peers",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--peers", type=Path, required=True, help="folder with the peers' node_modules")
    parser.add_argument("--install", action="store_true", help="install the peers in that folder, and end")
    parser.add_argument("--only", default=",".join(NAMES), help="whom to measure (default: %(default)s)")
    parser.add_argument("--cases", default="".join(CASES), help="default: %(default)s")
    parser.add_argument("--rounds", type=int, default=3, help="default: %(default)s")
    parser.add_argument("--seconds", type=int, default=5, help="of load for each case (default: %(default)s)")
    parser.add_argument("--starts", type=int, default=3, help="timed in each round (default: %(default)s)")
    parser.add_argument("--no-kill", dest="kill", action="store_false", help="leave out `kill -9`")
    parser.add_argument(
        "--no-latency", dest="latency", action="store_false", help="leave out the open loop of case A"
    )
    parser.add_argument("--docs", type=Path, help="folder with benchmarks.md, whose section is replaced")
    parser.add_argument(
        "--output", type=Path, default=Path("peers"), help="folder for the three files (default: %(default)s)"
    )
    asked = parser.parse_args()
    asked.only = asked.only.split(",")
    if unknown := [name for name in asked.only if name not in NAMES]:
        parser.error(f"--only knows {', '.join(NAMES)}, not {', '.join(unknown)}")
    return asked


if __name__ == "__main__":
    main()
