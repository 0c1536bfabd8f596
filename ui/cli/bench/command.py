"""`switchyard bench`: checks the options, and prints the result for people."""

import asyncio
from typing import Any

from rich.console import Console
from rich.table import Table

from engine.base.errors import BadInput

from . import measure
from .load import precise_loop
from .scenario import CASES

_COUNTS = ("unanswered", "refused", "lost")


def run(
    case: str, seconds: float, durability: str, branches: int, rate: int, *, open_loop: bool
) -> dict[str, Any]:
    """Run one case. Raises BadInput for an option out of range, Unavailable if a server does not start."""
    if case not in CASES:
        raise BadInput(f"The case must be one of {', '.join(CASES)}.", field="case")
    if durability not in ("full", "fast"):
        raise BadInput("The durability must be full or fast.", field="durability")
    if not 0 < seconds <= 600 or not 1 <= branches <= 1000 or rate < 0:
        raise BadInput("Use 0 to 600 seconds, 1 to 1,000 branches and a rate of 0 or more.", field="seconds")
    if rate and open_loop:
        raise BadInput("The rate of --open-loop is measured: half of what saturates it.", field="rate")
    with asyncio.Runner(loop_factory=precise_loop if rate or open_loop else None) as runner:
        if open_loop:
            return runner.run(measure.latency(case, seconds, durability, branches))
        return runner.run(measure.main(case, seconds, durability, branches, rate))


def show(result: dict[str, Any], out: Console) -> None:
    """Print a result for people."""
    table = Table(
        title=f"Case {result['case']} · durability {result['durability']}", box=None, show_header=False
    )
    table.add_row("accepted", f"{result['accepted_per_s']:,.0f}/s")
    table.add_row("completed", f"{result['completed_per_s']:,.0f}/s")
    table.add_row("lost", str(result["lost"]))
    for name in ("ack_ms", "end_to_end_ms"):
        values = result[name]
        table.add_row(
            name.replace("_ms", "").replace("_", " "), " · ".join(f"{k} {v:g} ms" for k, v in values.items())
        )
    table.add_row("ceiling, parsing only", f"{result['ceiling_parse_per_s']:,.0f}/s")
    table.add_row("ceiling, one commit", f"{result['ceiling_commit_per_s']:,.0f}/s")
    share = result["completed_per_s"] / result["ceiling_commit_per_s"]
    table.add_row("completed / commit ceiling", f"{share:.2f}")
    if result["memory_mb"] is not None:
        table.add_row("memory", f"{result['memory_mb']:,.0f} MB")
    out.print(table)


def show_latency(result: dict[str, Any], out: Console) -> None:
    """Print a result of `--open-loop` for people."""
    table = Table(
        title=f"Case {result['case']} · open loop · durability {result['durability']}",
        box=None,
        show_header=False,
    )
    table.add_row("saturated at", f"{result['saturated_per_s']:,.0f}/s")
    table.add_row("offered, both", f"{result['offered_per_s']:,}/s")
    table.add_row("unanswered · refused · lost", " · ".join(str(result[key]) for key in _COUNTS))
    rows = {"response": "ack_ms", "response, ceiling": "ceiling_ack_ms", "sent late by": "sent_late_ms"}
    for title, name in rows.items():
        table.add_row(title, " · ".join(f"{key} {value:g} ms" for key, value in result[name].items()))
    by_round = ", ".join(f"{ratio:g}" for ratio in result["p99_ratios"])
    table.add_row("p99 / p99 of the ceiling", f"{result['p99_ratio']:g} (by round: {by_round})")
    out.print(table)
