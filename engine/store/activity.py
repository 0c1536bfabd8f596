"""How many runs the flows of a list had in the last day. The SQL reads two indexes and no row: when a
run was made is told by its id, whose first six signs after the prefix change every 17 minutes."""

from dataclasses import dataclass, field

from sqlalchemy import func, literal_column, select, text
from sqlmodel import col

from . import models
from .tx import Tx

SLOTS = 27
"""Stretches of a day, the last one not over yet; each is three turns of an id's first six signs."""
_PER_SLOT = 3
_TURN = 20  # bits: an id's first six signs are its milliseconds without the last twenty bits
_SIGNS = "0123456789abcdefghjkmnpqrstvwxyz"
_BADLY = text("status IN ('failed', 'timed_out', 'canceled')")  # word for word as the partial index has it


@dataclass(slots=True)
class Day:
    """The runs of one flow in each stretch of the day, oldest first."""

    runs: list[int] = field(default_factory=lambda: [0] * SLOTS)
    failed: list[int] = field(default_factory=lambda: [0] * SLOTS)


def last_day(tx: Tx, project_id: str, flow_ids: list[str], now: float) -> dict[str, Day]:
    """The last day of each of these flows that had a run in it; `now` in Unix seconds."""
    run, flow = models.Run, models.Flow
    first = (int(now * 1000) >> _TURN) - SLOTS * _PER_SLOT + 1
    since = f"run_{_signs(first)}"
    turn = func.substr(col(run.id), literal_column("5"), literal_column("6"))
    mine = select(col(flow.id)).where(col(flow.project_id) == project_id, col(flow.id).in_(flow_ids))
    counted = select(col(run.flow_id), turn, func.count()).group_by(col(run.flow_id), turn)
    days: dict[str, Day] = {}
    for flow_id, signs, count in tx.session.execute(
        counted.where(col(run.flow_id).in_(mine), col(run.id) >= since)
    ):
        days.setdefault(flow_id, Day()).runs[_slot(signs, first)] += count
    badly = counted.where(
        col(run.project_id) == project_id,
        _BADLY,
        col(run.status) != models.RunStatus.canceled,
        col(run.id) >= since,
    )
    for flow_id, signs, count in tx.session.execute(badly):
        if flow_id in days:
            days[flow_id].failed[_slot(signs, first)] += count
    return days


def _slot(signs: str, first: int) -> int:
    turn = 0
    for sign in signs:
        turn = turn * 32 + _SIGNS.index(sign)
    return min(max(turn - first, 0) // _PER_SLOT, SLOTS - 1)


def _signs(turn: int) -> str:
    return "".join(_SIGNS[turn >> shift & 31] for shift in range(25, -1, -5))
