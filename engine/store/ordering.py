"""The order of runs: with an ordering key, a flow's runs of the same key go strictly one after another.

Runs with the same flow and key share an *order slot*, which one of them holds at a time. A run whose slot is
taken is stored as `waiting` and has never been started. The run that holds the slot passes it on in the
transaction of its end, so that nothing is lost by a crash in between; while it waits itself (for a retry, a
delay, a run that it called) it still holds the slot.

Each function that takes a transaction runs inside it: its caller's.
"""

from collections.abc import Sequence
from typing import NamedTuple

from .tx import Tx

WAITS = "status = 'waiting' AND started IS NULL"
"""True in SQL for a run that waits for its order slot."""
_HOLDS = "(status IN ('queued', 'running') OR (status = 'waiting' AND started IS NOT NULL))"


class OrderSlot(NamedTuple):
    """What the runs of one order share. One of them at a time holds the slot."""

    flow_id: str
    key: str


class Woken(NamedTuple):
    """A run that waited (for a time, for another run, for its slot) and is queued again."""

    flow_id: str
    project_id: str
    run_id: str


def taken(tx: Tx, slots: Sequence[OrderSlot]) -> list[bool]:
    """For each new run of these slots, in their order, whether an earlier one holds the slot."""
    seen: set[OrderSlot] = set()
    found = []
    for slot in slots:
        found.append(slot in seen or _is_open(tx, slot))
        seen.add(slot)
    return found


def _is_open(tx: Tx, slot: OrderSlot) -> bool:
    row = tx.execute(
        "SELECT 1 FROM runs WHERE flow_id = ? AND order_key = ? "
        "AND status IN ('queued', 'running', 'waiting') LIMIT 1",
        slot,
    ).fetchone()
    return row is not None


def pass_on(tx: Tx, slot: OrderSlot) -> list[Woken]:
    """waiting → queued for the oldest run of a slot that nobody holds; that run, or nothing."""
    found = tx.execute(
        f"UPDATE runs SET status = 'queued' WHERE id = (SELECT id FROM runs WHERE flow_id = ? "  # noqa: S608
        f"AND order_key = ? AND {WAITS} ORDER BY position LIMIT 1) AND NOT EXISTS (SELECT 1 FROM runs "
        f"WHERE flow_id = ? AND order_key = ? AND {_HOLDS}) RETURNING flow_id, project_id, id",
        (*slot, *slot),
    ).fetchall()
    return [Woken(*row) for row in found]


def release_all(tx: Tx) -> list[Woken]:
    """The same for every slot: after runs were ended from outside, and when the process starts."""
    waiting = tx.execute(
        f"SELECT DISTINCT flow_id, order_key FROM runs WHERE order_key IS NOT NULL AND {WAITS}"  # noqa: S608
    ).fetchall()
    return [run for row in waiting for run in pass_on(tx, OrderSlot(*row))]


def count(tx: Tx) -> int:
    """How many runs wait for their slot."""
    row = tx.execute(
        f"SELECT count(*) FROM runs WHERE order_key IS NOT NULL AND {WAITS}"  # noqa: S608
    ).fetchone()
    return int(row[0])


def ahead(tx: Tx, slot: OrderSlot) -> str | None:
    """The run that holds a slot."""
    row = tx.execute(
        f"SELECT id FROM runs WHERE flow_id = ? AND order_key = ? AND {_HOLDS} ORDER BY position LIMIT 1",  # noqa: S608
        slot,
    ).fetchone()
    return row[0] if row else None
