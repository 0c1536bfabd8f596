"""How many runs the flows of a list had in the last day, by the hours of the ledger."""

from dataclasses import dataclass, field

from engine.base import clock

from . import ledger
from .tx import Tx

SLOTS = 25
"""Hours: a day, and the one that is not over yet."""
_BADLY = ("failed", "timed_out")


@dataclass(slots=True)
class Day:
    """What the ledger counted of one flow in each hour, oldest first; tests are left out."""

    runs: list[int] = field(default_factory=lambda: [0] * SLOTS)
    """Runs that were started."""
    failed: list[int] = field(default_factory=lambda: [0] * SLOTS)
    """Runs that ended badly: they may have been started earlier."""


def last_day(tx: Tx, project_id: str, flow_ids: list[str], now: float) -> dict[str, Day]:
    """The last day of each of these flows for which anything was counted; `now` in Unix seconds."""
    hours = {clock.to_iso(now - 3600 * ago)[:13]: SLOTS - 1 - ago for ago in range(SLOTS)}
    days: dict[str, Day] = {}
    for row in ledger.of_flows(tx, project_id, flow_ids, min(hours)):
        if row.environment != "production" or row.hour not in hours:
            continue
        if row.kind == "started":
            days.setdefault(row.flow_id, Day()).runs[hours[row.hour]] += row.amount
        elif row.kind == "ended" and row.reason in _BADLY:
            days.setdefault(row.flow_id, Day()).failed[hours[row.hour]] += row.amount
    return days
