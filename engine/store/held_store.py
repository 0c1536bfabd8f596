"""The SQL of held events: what disabled flows accepted, bounded for each flow.

Each function runs in its caller's transaction.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from . import ledger, rejected_store, run_store
from .run_store import NewRun
from .tx import Tx

_AT_ONCE = 500


@dataclass(slots=True)
class NewHeld:
    """An event to be held, as the run that it will be; the run's id is the held event's (`hld_…`)."""

    run: NewRun
    content: bytes
    """The event, sealed."""
    most: int
    """Events that the flow may hold, this one included."""
    most_bytes: int
    first: Callable[[Tx], None]
    """Called in the transaction when the flow held none before."""


class Holding(NamedTuple):
    """What became of an event that was to be held."""

    id: str | None
    """The event, or the run or held event that it is a duplicate of; None when the flow holds as many as it
    may."""


class StoredHeld(NamedTuple):
    """A held event as it is released."""

    id: str
    trigger: str
    dedupe: str | None
    lineage: tuple[str, ...]
    content: bytes


@dataclass(frozen=True, slots=True)
class HeldSummary:
    """A held event as lists show it."""

    id: str
    flow_id: str
    flow_name: str | None
    """None when the flow is deleted."""
    trigger: str
    size: int
    """Bytes, sealed."""
    received: str


@dataclass(frozen=True, slots=True)
class HeldFlow:
    """How much a flow holds."""

    flow_id: str
    flow_name: str | None
    enabled: bool
    events: int
    bytes: int
    oldest: str


_SELECT = (
    "SELECT h.id, h.flow_id, f.name, h.trigger, h.size, h.received FROM held_events h "
    "LEFT JOIN flows f ON f.id = h.flow_id AND f.deleted IS NULL"
)
_BY_FLOW = (
    "SELECT h.flow_id, f.name, COALESCE(f.enabled AND f.deleted IS NULL, FALSE), count(*), sum(h.size), "
    "min(h.received) FROM held_events h LEFT JOIN flows f ON f.id = h.flow_id"
)
_GROUPED = "GROUP BY h.flow_id, f.name, f.enabled, f.deleted ORDER BY 6"


def hold(tx: Tx, items: list[NewHeld]) -> list[Holding]:
    """Hold events, unless they are duplicates or the flow holds as many as it may."""
    sizes: dict[str, tuple[int, int]] = {}
    done = []
    for item in items:
        run = item.run
        count, total = sizes.get(run.flow_id) or size_of(tx, run.flow_id)
        if count >= item.most or total + len(item.content) > item.most_bytes:
            sizes[run.flow_id] = (count, total)
            done.append(Holding(None))
            continue
        (first,) = run_store.claim(tx, [run])
        ledger.count(tx, run.project_id, run.flow_id, "received")
        if first != run.id:
            ledger.count(tx, run.project_id, run.flow_id, "deduplicated")
        else:
            ledger.count(tx, run.project_id, run.flow_id, "held")
            _insert(tx, item)
            if count == 0:
                item.first(tx)
            if run.then is not None:
                run.then(tx)
            count, total = count + 1, total + len(item.content)
        sizes[run.flow_id] = (count, total)
        done.append(Holding(first))
    return done


def _insert(tx: Tx, item: NewHeld) -> None:
    run = item.run
    tx.execute(
        "INSERT INTO held_events (id, project_id, flow_id, trigger, dedupe, lineage, content, size, "
        "received) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            run.id, run.project_id, run.flow_id, run.trigger, run.identity or run.dedupe,
            orjson.dumps(run.lineage).decode(), item.content, len(item.content), run.created,
        ),
    )  # fmt: skip


def size_of(tx: Tx, flow_id: str) -> tuple[int, int]:
    """How many events a flow holds, and their bytes. Answered from `held_by_flow` alone."""
    row = tx.execute(
        "SELECT count(*), COALESCE(sum(size), 0) FROM held_events WHERE flow_id = ?", (flow_id,)
    ).fetchone()
    return int(row[0]), int(row[1])


def oldest(tx: Tx, flow_id: str, after: str, before: str, limit: int) -> list[StoredHeld]:
    """The events that a flow holds, in the order of arrival, at most `limit`; between two ids."""
    rows = tx.execute(
        "SELECT id, trigger, dedupe, lineage, content FROM held_events "
        "WHERE flow_id = ? AND id > ? AND id < ? ORDER BY id LIMIT ?",
        (flow_id, after, before, limit),
    ).fetchall()
    return [
        StoredHeld(id, name, key, tuple(orjson.loads(led)), content) for id, name, key, led, content in rows
    ]


def release(tx: Tx, flow_id: str, held: StoredHeld, run_id: str) -> bool:
    """The event becomes a run, in the transaction that stores the run: what refers to it refers to the run.
    False if it is held no more."""
    row = tx.execute("DELETE FROM held_events WHERE id = ? RETURNING project_id", (held.id,)).fetchone()
    if row is None:
        return False
    ledger.count(tx, row[0], flow_id, "released")
    if held.dedupe is not None:
        tx.execute(
            "UPDATE dedupe SET run_id = ? WHERE flow_id = ? AND key = ? AND run_id = ?",
            (run_id, flow_id, held.dedupe, held.id),
        )
    rejected_store.follow(tx, held.id, run_id)
    return True


def discard(
    tx: Tx, project_id: str, flow_id: str, ids: Sequence[str] | None = None, limit: int = _AT_ONCE
) -> int:
    """Discard events, of `ids` where they are given, a few of them; how many. The same event may be sent
    again."""
    chosen = "" if ids is None else f"AND id IN ({', '.join('?' * len(ids))})"
    gone = tx.execute(
        "DELETE FROM held_events WHERE id IN (SELECT id FROM held_events "  # noqa: S608 - our own words
        f"WHERE project_id = ? AND flow_id = ? {chosen} ORDER BY id LIMIT ?) RETURNING id, dedupe",
        (project_id, flow_id, *(ids or ()), limit),
    ).fetchall()
    if gone:
        ledger.count(tx, project_id, flow_id, "discarded", len(gone))
    tx.execute_many(
        "DELETE FROM dedupe WHERE flow_id = ? AND key = ? AND run_id = ?",
        [(flow_id, key, id) for id, key in gone if key is not None],
    )
    return len(gone)


def forget_flow(tx: Tx, flow_id: str) -> None:
    """Drop what a flow holds that is removed for good."""
    gone = tx.execute("DELETE FROM held_events WHERE flow_id = ? RETURNING project_id", (flow_id,)).fetchall()
    if gone:
        ledger.count(tx, gone[0][0], flow_id, "discarded", len(gone))


def page(
    tx: Tx, project_id: str, flow_id: str | None, after: str | None, limit: int, since: str | None = None
) -> list[HeldSummary]:
    """Held events of a project, oldest first, at most `limit`; `after` is the id of the last one seen,
    `since` when they arrived at the earliest."""
    where, values = ["h.project_id = ?"], [project_id]
    if flow_id:
        where.append("h.flow_id = ?")
        values.append(flow_id)
    if after:
        where.append("h.id > ?")
        values.append(after)
    if since:
        where.append("h.received >= ?")
        values.append(since)
    sql = f"{_SELECT} WHERE {' AND '.join(where)} ORDER BY h.id LIMIT ?"
    return [HeldSummary(*row) for row in tx.execute(sql, (*values, limit)).fetchall()]


def get(tx: Tx, project_id: str, id: str) -> tuple[HeldSummary, bytes] | None:
    """One held event, and its sealed content."""
    row = tx.execute(f"{_SELECT} WHERE h.id = ? AND h.project_id = ?", (id, project_id)).fetchone()
    if row is None:
        return None
    content = tx.execute("SELECT content FROM held_events WHERE id = ?", (id,)).fetchone()
    return HeldSummary(*row), content[0]


def by_flow(tx: Tx, project_id: str | None = None) -> list[HeldFlow]:
    """How much each flow holds, of one project or of all; those that hold nothing are left out."""
    if project_id is None:
        rows = tx.execute(f"{_BY_FLOW} {_GROUPED}").fetchall()
    else:
        rows = tx.execute(f"{_BY_FLOW} WHERE h.project_id = ? {_GROUPED}", (project_id,)).fetchall()
    return [HeldFlow(id, name, bool(enabled), n, size, since) for id, name, enabled, n, size, since in rows]


def count(tx: Tx, project_id: str) -> int:
    """How many events the flows of a project hold."""
    return int(
        tx.execute("SELECT count(*) FROM held_events WHERE project_id = ?", (project_id,)).fetchone()[0]
    )


def count_by_hour(tx: Tx, project_id: str, since: str) -> dict[str, int]:
    """How many of the events that a project holds arrived in each hour (`2026-11-30T08`) from `since` on."""
    sql = (
        "SELECT substr(received, 1, 13), count(*) FROM held_events WHERE project_id = ? AND received >= ? "
        "GROUP BY 1"
    )
    return dict(tx.execute(sql, (project_id, since)).fetchall())


def project_of(tx: Tx, flow_id: str) -> tuple[Any, ...] | None:
    """The project and the name of a flow, deleted or not."""
    row: tuple[Any, ...] | None = tx.execute(
        "SELECT project_id, name FROM flows WHERE id = ?", (flow_id,)
    ).fetchone()
    return row
