"""The SQL of unrouted events: which are open, and how each is settled: by a retry that a branch takes, or by
somebody who dismisses it."""

from dataclasses import dataclass
from typing import Protocol

from engine.base import clock

from .models import RunStatus
from .tx import Tx

OPEN = "unrouted AND resolved_by IS NULL AND dismissed IS NULL"
"""Of `runs`; word for word as the partial index has it."""

_CHAIN = (
    "WITH RECURSIVE chain (id, retry_of) AS (SELECT id, retry_of FROM runs WHERE id = ? "
    "UNION SELECT r.id, r.retry_of FROM runs r JOIN chain c ON r.id = c.retry_of) "
)
"""A run and those that it retries."""


class Ended(Protocol):
    """How a run ended."""

    @property
    def status(self) -> RunStatus: ...
    @property
    def unrouted(self) -> bool: ...


def settle(tx: Tx, run_id: str, retry_of: str, ending: Ended) -> None:
    """A retry ended. If a branch took the event, the unrouted runs that it retries are resolved by it. If
    not, they stay open, and the retry adds no entry of its own."""
    if ending.unrouted:
        tx.execute(
            f"{_CHAIN} UPDATE runs SET dismissed = ? WHERE id = ? "  # noqa: S608 - our own words
            "AND EXISTS (SELECT 1 FROM runs r JOIN chain c ON c.id = r.id WHERE r.unrouted)",
            (retry_of, clock.now_iso(), run_id),
        )
    elif ending.status is RunStatus.succeeded:
        tx.execute(
            f"{_CHAIN} UPDATE runs SET resolved_by = ? WHERE id IN (SELECT id FROM chain) "  # noqa: S608 - our own words
            "AND unrouted AND resolved_by IS NULL",
            (retry_of, run_id),
        )


@dataclass(frozen=True, slots=True)
class OpenRun:
    """A run whose event no branch took; `flow_name` is None where the flow is gone."""

    id: str
    flow_id: str
    flow_name: str | None
    created: str


def newest(tx: Tx, project_id: str, flow_id: str | None, limit: int) -> list[OpenRun]:
    """The newest open events of a project, or of one of its flows."""
    of_flow = "AND r.flow_id = ? " if flow_id else ""
    opened = OPEN.replace("unrouted", "r.unrouted", 1)
    sql = (
        "SELECT r.id, r.flow_id, f.name, r.created FROM runs r "  # noqa: S608 - our own words
        "LEFT JOIN flows f ON f.id = r.flow_id AND f.deleted IS NULL "
        f"WHERE r.project_id = ? {of_flow}AND {opened} ORDER BY r.id DESC LIMIT ?"
    )
    values = (project_id, flow_id, limit) if flow_id else (project_id, limit)
    return [OpenRun(*row) for row in tx.execute(sql, values)]


def dismiss(tx: Tx, project_id: str, run_id: str) -> bool:
    """Take an open unrouted event off the list; False if it is none."""
    cursor = tx.execute(
        f"UPDATE runs SET dismissed = ? WHERE id = ? AND project_id = ? AND {OPEN}",  # noqa: S608 - our own words
        (clock.now_iso(), run_id, project_id),
    )
    return cursor.rowcount == 1


def count_open(tx: Tx, project_id: str) -> int:
    """How many unrouted events of a project are open."""
    sql = f"SELECT count(*) FROM runs WHERE project_id = ? AND {OPEN}"  # noqa: S608 - our own words
    return int(tx.execute(sql, (project_id,)).fetchone()[0])
