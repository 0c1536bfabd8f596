"""Turns: with an ordering key, a flow's runs of the same key go strictly one after another.

A run whose key is taken is stored as `waiting` and has never been started: it waits for its turn. The run
that holds the turn gives it on in the transaction of its end, so that nothing is lost by a crash between;
while it waits itself (for a retry, a delay, a run that it called) it keeps the turn.

Each function that takes a connection runs inside its caller's transaction.
"""

import logging
import sqlite3
from collections.abc import Sequence
from typing import Any, NamedTuple

from engine.expressions import ExpressionError
from engine.runs.dedupe import short
from engine.runs.plan import Plan

log = logging.getLogger("switchyard.turns")

WAITS = "status = 'waiting' AND started IS NULL"
"""True in SQL for a run that waits for its turn."""
_HOLDS = "(status IN ('queued', 'running') OR (status = 'waiting' AND started IS NOT NULL))"


class Turn(NamedTuple):
    """What the runs of one order have in common."""

    flow_id: str
    key: str


class Woken(NamedTuple):
    """A run that waited (for a time, for another run, for its turn) and is queued again."""

    flow_id: str
    project_id: str
    run_id: str


def order_key(plan: Plan, event: Any) -> str | None:
    """The event's ordering key; None where the flow has none, or it is null, and the run goes when it likes.
    An expression that fails orders nothing and is logged."""
    if plan.order_key is None:
        return None
    try:
        value = plan.order_key.value({"trigger": event})
    except ExpressionError as error:
        log.warning("ordering key of flow %s: %s", plan.flow_id, error)
        return None
    return None if value is None else short(value)


def taken(connection: sqlite3.Connection, turns: Sequence[Turn]) -> list[bool]:
    """For each new run of these turns, in their order, whether an earlier one has the turn."""
    seen: set[Turn] = set()
    found = []
    for turn in turns:
        found.append(turn in seen or _is_open(connection, turn))
        seen.add(turn)
    return found


def _is_open(connection: sqlite3.Connection, turn: Turn) -> bool:
    row = connection.execute(
        "SELECT 1 FROM runs WHERE flow_id = ? AND order_key = ? "
        "AND status IN ('queued', 'running', 'waiting') LIMIT 1",
        turn,
    ).fetchone()
    return row is not None


def give_on(connection: sqlite3.Connection, turn: Turn) -> list[Woken]:
    """waiting → queued for the oldest run of a turn that nobody holds; that run, or nothing."""
    found = connection.execute(
        f"UPDATE runs SET status = 'queued' WHERE id = (SELECT id FROM runs WHERE flow_id = ?1 "  # noqa: S608
        f"AND order_key = ?2 AND {WAITS} ORDER BY rowid LIMIT 1) AND NOT EXISTS (SELECT 1 FROM runs "
        f"WHERE flow_id = ?1 AND order_key = ?2 AND {_HOLDS}) RETURNING flow_id, project_id, id",
        turn,
    ).fetchall()
    return [Woken(*row) for row in found]


def give_free(connection: sqlite3.Connection) -> list[Woken]:
    """The same for every turn: after runs were ended from outside, and when the process starts."""
    waiting = connection.execute(
        f"SELECT DISTINCT flow_id, order_key FROM runs WHERE order_key IS NOT NULL AND {WAITS}"  # noqa: S608
    ).fetchall()
    return [run for row in waiting for run in give_on(connection, Turn(*row))]


def count(connection: sqlite3.Connection) -> int:
    """How many runs wait for their turn."""
    row = connection.execute(
        f"SELECT count(*) FROM runs WHERE order_key IS NOT NULL AND {WAITS}"  # noqa: S608
    ).fetchone()
    return int(row[0])


def ahead(connection: sqlite3.Connection, turn: Turn) -> str | None:
    """The run that holds a turn."""
    row = connection.execute(
        f"SELECT id FROM runs WHERE flow_id = ? AND order_key = ? AND {_HOLDS} ORDER BY rowid LIMIT 1",  # noqa: S608
        turn,
    ).fetchone()
    return row[0] if row else None
