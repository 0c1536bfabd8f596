"""The result of a run, and its tables in Markdown."""

import statistics
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from .measure import Killed, Loaded
from .peer import CASES


@dataclass
class Result:
    """All that one run has measured."""

    date: str
    machine: str
    command: str
    versions: dict[str, str]
    durable: dict[str, str]
    rounds: list[list[Loaded]] = field(default_factory=list)
    starts: dict[str, list[float]] = field(default_factory=dict)
    killed: list[Killed] = field(default_factory=list)
    latency: dict[str, Any] | None = None
    """Of case A in an open loop: what `switchyard bench --open-loop --json` prints."""
    notes: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    # -- figures ------------------------------------------------------------------------------------

    def of(self, peer: str, case: str) -> list[Loaded]:
        """The measurements of a case, one for each round in which there was one."""
        return [one for rows in self.rounds for one in rows if (one.peer, one.case) == (peer, case)]

    def median(self, peer: str, case: str, name: str) -> float | None:
        values = [getattr(one, name) for one in self.of(peer, case)]
        return statistics.median(values) if values else None

    def ratios(self, case: str, above: str, below: str) -> list[float]:
        """Completed events of one peer to those of another, round by round."""
        found = []
        for rows in self.rounds:
            rates = {one.peer: one.completed_per_s for one in rows if one.case == case}
            if rates.get(below) and above in rates:
                found.append(round(rates[above] / rates[below], 2))
        return found


def table(result: Result) -> str:
    """Sections of a page in Markdown."""
    peers = list(result.versions)
    lines = [
        f"Measured on {result.date}, {result.machine}, with:", "", "```sh", result.command, "```", "",
        "| | Version | A 2xx promises |", "|---|---|---|",
        *(f"| {peer} | {result.versions[peer]} | {result.durable[peer]} |" for peer in peers), "",
        f"| Events completed per second | {' | '.join(peers)} | Switchyard / Node-RED, by round |",
        "|---" * (len(peers) + 2) + "|",
    ]  # fmt: skip
    for case, words in CASES.items():
        rates = [_number(result.median(peer, case, "completed_per_s")) for peer in peers]
        ratios = result.ratios(case, "Switchyard", "Node-RED")
        lines.append(f"| {case}: {words} | {' | '.join(rates)} | {_by_round(ratios)} |")
    ceilings = result.ratios("A", "Switchyard", "Commit ceiling")
    if ceilings:
        lines += ["", f"Case A / commit ceiling: {_by_round(ceilings)}."]
    events = result.ratios("E", "Switchyard", "Switchyard") and [
        round(one.completed_per_s / other.completed_per_s, 2)
        for one, other in zip(result.of("Switchyard", "E"), result.of("Switchyard", "A"), strict=False)
    ]
    if events:
        lines += ["", f"Events of case E / events of case A: {_by_round(events)}."]
    lines += [
        "",
        f"| | {' | '.join(peers)} |",
        "|---" * (len(peers) + 1) + "|",
        *_rows(result, peers),
    ]
    if result.killed:
        lines += [
            "", "| `kill -9` under load, case C | Acknowledged | Lost |", "|---|---|---|",
            *(f"| {one.peer} | {one.acknowledged:,} | {one.lost:,} |" for one in result.killed),
        ]  # fmt: skip
    if result.latency:
        lines += ["", *_latency(result.latency)]
    if result.notes:
        lines += ["", *(f"* {note}" for note in result.notes)]
    return "\n".join(lines) + "\n"


def _rows(result: Result, peers: list[str]) -> Iterable[str]:
    starts = [
        f"{statistics.median(result.starts[peer]):.2f} s" if result.starts.get(peer) else "–"
        for peer in peers
    ]
    yield f"| Start until it answers | {' | '.join(starts)} |"
    if result.starts.get("Switchyard") and result.starts.get("Node-RED"):
        ratio = statistics.median(result.starts["Switchyard"]) / statistics.median(result.starts["Node-RED"])
        cells = [f"{ratio:.2f}" if peer == "Switchyard" else "" for peer in peers]
        yield f"| … / Node-RED's | {' | '.join(cells)} |"
    memory = [[one.memory_mb for case in CASES for one in result.of(peer, case)] for peer in peers]
    yield (
        "| Memory after the loads | "
        + " | ".join(f"{min(each):,.0f} to {max(each):,.0f} MB" if each else "–" for each in memory)
        + " |"
    )
    for case in CASES:
        found = [result.median(peer, case, "cpu_ms") for peer in peers]
        yield (
            f"| Processor time per event, {case} | "
            + " | ".join("–" if each is None else f"{each:.2f} ms" for each in found)
            + " |"
        )
    for case in "ABD":
        found = [result.median(peer, case, "p99_ms") for peer in peers]
        yield (
            f"| p99 of the response, saturated, {case} | "
            + " | ".join("–" if each is None else f"{each:,.0f} ms" for each in found)
            + " |"
        )
    refused = [sum(one.refused for case in CASES for one in result.of(peer, case)) for peer in peers]
    left = [sum(one.unfinished for case in CASES for one in result.of(peer, case)) for peer in peers]
    yield (
        "| Refused requests, events that did not end within 30 s | "
        + " | ".join(f"{one:,}, {other:,}" for one, other in zip(refused, left, strict=True))
        + " |"
    )


def _latency(found: dict[str, Any]) -> list[str]:
    ratios = ", ".join(f"{ratio:.2f}" for ratio in found["p99_ratios"])
    rows = (("Switchyard", found["ack_ms"]), ("Commit ceiling", found["ceiling_ack_ms"]))
    return [
        f"Case A in an open loop at {found['offered_per_s']:,} events per second, half of what saturates it "
        f"({found['saturated_per_s']:,.0f}/s); counted from the moment at which each event was due:",
        "",
        "| Response | p50 | p95 | p99 |",
        "|---|---|---|---|",
        *(
            f"| {name} | {times['p50']:.1f} ms | {times['p95']:.1f} ms | {times['p99']:.1f} ms |"
            for name, times in rows
        ),
        "",
        f"p99 / p99 of the ceiling: **{found['p99_ratio']:.2f}** ({ratios}).",
    ]


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:,.0f}"


def _by_round(ratios: list[float]) -> str:
    if not ratios:
        return "–"
    return f"**{statistics.median(ratios):.2f}** ({', '.join(f'{ratio:.2f}' for ratio in ratios)})"
