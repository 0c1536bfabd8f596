"""The books of a project: what came in and what became of it, and whether the ledger agrees with the
tables."""

from collections import defaultdict
from dataclasses import asdict, dataclass, field
from typing import Any

from engine.base.actor import Actor
from engine.store import balance, ledger
from engine.store.balance import Difference
from engine.store.database import Database

_PLAIN = ("received", "deduplicated", "held", "released", "discarded", "unrouted")


@dataclass
class FlowFigures:
    """What the ledger counted for one flow in the hours that were asked for; tests are left out."""

    flow_id: str
    received: int = 0
    deduplicated: int = 0
    held: int = 0
    released: int = 0
    discarded: int = 0
    unrouted: int = 0
    cut: int = 0
    rejected: dict[str, int] = field(default_factory=dict)
    """By reason."""
    started: dict[str, int] = field(default_factory=dict)
    """By origin."""
    ended: dict[str, int] = field(default_factory=dict)
    """By status."""
    effects: dict[str, int] = field(default_factory=lambda: {"confirmed": 0, "failed": 0, "unknown": 0})


class Balance:
    """The service; it changes nothing."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def differences(self, project_id: str | None = None) -> list[Difference]:
        """Where the ledger does not agree with the tables: in a project, or in the whole instance."""
        return await self._db.search(lambda tx: balance.differences(tx, project_id))

    async def read(
        self, actor: Actor, flow_id: str | None = None, since: str = "", until: str = "9"
    ) -> dict[str, Any]:
        """The figures of each flow from the hour `since` (`2026-11-30T08`) to before `until`, and the
        differences of the project over all hours."""
        project_id = str(actor.project_id)
        if flow_id is None:
            rows = await self._db.read(lambda tx: ledger.of_project(tx, project_id, since, until))
        else:
            rows = await self._db.read(lambda tx: ledger.of_flows(tx, project_id, [flow_id], since, until))
        figures: defaultdict[str, FlowFigures] = defaultdict(lambda: FlowFigures(""))
        for row in rows:
            if row.environment == "production":
                of = figures[row.flow_id]
                of.flow_id = row.flow_id
                _add(of, row)
        found = await self.differences(project_id)
        return {
            "data": [asdict(figures[flow]) for flow in sorted(figures)],
            "differences": [one._asdict() for one in found if flow_id in (None, one.flow_id)],
        }


def _add(figures: FlowFigures, row: ledger.Row) -> None:
    if row.kind in _PLAIN:
        setattr(figures, row.kind, getattr(figures, row.kind) + row.amount)
    elif row.kind == "cut":
        figures.cut += row.amount
    elif row.kind in ("rejected", "started", "ended"):
        by: dict[str, int] = getattr(figures, row.kind)
        by[row.reason] = by.get(row.reason, 0) + row.amount
    elif row.kind.startswith("effects_"):
        figures.effects[row.kind.removeprefix("effects_")] += row.amount
