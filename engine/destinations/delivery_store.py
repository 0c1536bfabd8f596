"""SQL of deliveries: what is due, the outcome of attempts, what is held, dead letters, what is wiped.

All of it is statements on the store's connection, for the writer's thread or a reader's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from engine.base import clock, payloads
from engine.base.actor import Actor
from engine.events import outbox
from engine.store.tx import Tx

from .delivery_ids import first_of, last_of

AT_ONCE = 500
"""Rows of one transaction where there may be very many: what is accepted meanwhile does not wait long."""


@dataclass(slots=True)
class Due:
    """A delivery that may be tried now, or at `next_at`."""

    id: str
    event_id: str
    action: str
    attempts: int
    tries: int
    order_key: str | None
    created: str
    lineage: str
    size: int
    envelope: bytes | None


_DUE = (
    "SELECT d.id, d.event_id, d.action, d.attempts, d.tries, d.order_key, e.created, e.lineage, "
    "length(e.envelope), CASE WHEN length(e.envelope) <= 64000 THEN e.envelope END "  # a heavier one later
    "FROM deliveries d{index} JOIN events e ON e.id = d.event_id "
    "WHERE d.destination_id = ? AND d.status = 'pending' AND d.next_at <= ?"
)
_LOOSE = " AND d.order_key IS NULL"
_STRICT = (
    " AND d.order_key IS NOT NULL AND NOT EXISTS (SELECT 1 FROM deliveries b{of_key} "
    "WHERE b.destination_id = d.destination_id AND b.order_key = d.order_key AND b.status = 'pending' "
    "AND b.id < d.id AND b.next_at > ?)"
)
_BY_TIME, _BY_ID = " ORDER BY d.next_at, d.id LIMIT ?", " ORDER BY d.id LIMIT ?"


def due(tx: Tx, destination_id: str, now: str, limit: int, ordered: bool) -> tuple[list[Due], str | None]:
    """Deliveries that may be tried, oldest first, and when the next one after them may be.

    In an `ordered` destination those behind one of the same key that waits for a later try are left out.
    """
    index = tx.dialect.using_index
    by_time = _DUE.format(index=index("deliveries_due"))
    if ordered:
        in_order = _DUE.format(index=index("deliveries_in_order"))
        strict = in_order + _STRICT.format(of_key=index("deliveries_of_key")) + _BY_ID
        found = tx.execute(strict, (destination_id, now, now, limit)).fetchall()
        found += tx.execute(by_time + _LOOSE + _BY_TIME, (destination_id, now, limit)).fetchall()
        found = sorted(found, key=lambda row: row[0])[:limit]
    else:
        found = tx.execute(by_time + _BY_TIME, (destination_id, now, limit)).fetchall()
    later = tx.execute(
        "SELECT next_at FROM deliveries WHERE destination_id = ? AND status = 'pending' AND next_at > ? "
        "ORDER BY next_at LIMIT 1",
        (destination_id, now),
    ).fetchone()
    return [Due(*row) for row in found], later[0] if later else None


def hasten(tx: Tx, times: Sequence[str]) -> list[None]:
    """Let all deliveries that wait for a later try be tried now (ISO 8601). A group of writes like `settle`,
    so that it comes behind the outcomes that were handed in before it."""
    for now in times:
        tx.execute("UPDATE deliveries SET next_at = ? WHERE status = 'pending' AND next_at > ?", (now, now))
    return [None for _ in times]


def waiting(tx: Tx) -> list[tuple[str, str]]:
    """The destinations with deliveries to be tried, and when the first is."""
    return tx.execute(
        "SELECT destination_id, min(next_at) FROM deliveries WHERE status = 'pending' GROUP BY destination_id"
    ).fetchall()


# -- after a try -----------------------------------------------------------------------------------------


@dataclass(slots=True)
class Tried:
    """A try, and what becomes of its delivery. Times are ISO 8601."""

    delivery_id: str
    destination_id: str
    number: int
    tries: int
    started: str
    ended: str
    kind: str
    http_status: int | None
    error: str | None
    duration_ms: float
    phases: str
    request: bytes
    answer: bytes
    status: str
    next_at: str | None
    why: str
    manual: bool
    noted: bool
    """The destination's own row is to tell of it."""


_INSERT = (
    "INSERT INTO delivery_attempts (delivery_id, number, destination_id, started, kind, status, error, "
    "duration_ms, phases, request, answer, retry_at, why, manual)"
)
# Somebody may have it held meanwhile, as when the destination is switched off: a delivery that is not at
# its end stays as it is. One that was discarded, or wiped, is no concern of ours any more.
_UPDATE = "WITH t (id, status, attempts, tries, next_at, ended, why) AS ("
_SET = (
    ") UPDATE deliveries SET attempts = t.attempts, tries = t.tries, reason = t.why, "
    "finished = CASE t.status WHEN 'pending' THEN NULL WHEN 'held' THEN NULL ELSE t.ended END, "
    "next_at = CASE WHEN t.status = 'pending' AND deliveries.status = 'pending' THEN t.next_at END, "
    "status = CASE t.status WHEN 'pending' THEN deliveries.status ELSE t.status END "
    "FROM t WHERE deliveries.id = t.id AND deliveries.status IN ('pending', 'held') RETURNING deliveries.id"
)


def settle(tx: Tx, tried: list[Tried]) -> list[bool]:
    """Write down tries; for each whether its delivery was still there to be told of."""
    changed = tx.rows(_UPDATE, [_course(one) for one in tried], _SET)
    there = {row[0] for row in changed}
    tx.rows(_INSERT, [_attempt(one) for one in tried if one.delivery_id in there])
    for one in {one.destination_id: one for one in tried if one.noted}.values():
        _note(tx, one)
    return [one.delivery_id in there for one in tried]


def _course(one: Tried) -> tuple[Any, ...]:
    reason = {"delivered": "", "pending": one.error or one.kind}.get(one.status, one.why)
    return one.delivery_id, one.status, one.number, one.tries, one.next_at, one.ended, reason


def _attempt(one: Tried) -> tuple[Any, ...]:
    return (
        one.delivery_id, one.number, one.destination_id, one.started, one.kind, one.http_status, one.error,
        one.duration_ms, one.phases, one.request, one.answer, one.next_at, one.why, one.manual,
    )  # fmt: skip


def _note(tx: Tx, one: Tried) -> None:
    if one.status == "delivered":
        tx.execute(
            "UPDATE destinations SET last_delivered = ?, failing_since = NULL WHERE id = ?",
            (one.ended, one.destination_id),
        )
    else:
        tx.execute(
            "UPDATE destinations SET last_failed = ?, failing_since = coalesce(failing_since, ?) "
            "WHERE id = ?",
            (one.ended, one.started, one.destination_id),
        )


# -- many at once ----------------------------------------------------------------------------------------


def move(
    tx: Tx,
    destination_id: str,
    before: str,
    after: str,
    now: str,
    reason: str = "",
    limit: int = AT_ONCE,
) -> int:
    """Some deliveries of one status to another; how many. Those that become pending are due at `now`."""
    return tx.execute(
        "UPDATE deliveries SET status = ?, reason = ?, next_at = ?, finished = ? WHERE id IN "
        "(SELECT id FROM deliveries WHERE destination_id = ? AND status = ? ORDER BY id LIMIT ?)",
        (
            after, reason, now if after == "pending" else None, now if after == "discarded" else None,
            destination_id, before, limit,
        ),
    ).rowcount  # fmt: skip


def resend(tx: Tx, ids: Sequence[str], status: str, next_at: str) -> None:
    """Let deliveries go again, from the schedule's beginning; `held` where the destination is not active."""
    tx.execute_many(
        "UPDATE deliveries SET status = ?, tries = 0, next_at = ?, finished = NULL, reason = '' WHERE id = ?",
        [(status, next_at if status == "pending" else None, each) for each in ids],
    )


def front(tx: Tx, destination_id: str, now: str) -> str:
    """A time that is due before all that the destination has to be delivered: what has it goes out next,
    even if only one probe does."""
    first = tx.execute(
        "SELECT min(next_at) FROM deliveries WHERE destination_id = ? AND status = 'pending'",
        (destination_id,),
    ).fetchone()[0]
    return clock.to_iso(clock.from_iso(min(first or now, now)) - 0.001)


def wipe(tx: Tx, destination_id: str) -> int:
    """Forget some deliveries of a destination that is deleted, and in the end itself; how many are left to
    be looked for (0 at the end)."""
    found = tx.execute(
        "SELECT id FROM deliveries WHERE destination_id = ? ORDER BY id LIMIT ?", (destination_id, AT_ONCE)
    ).fetchall()
    forget(tx, found)
    if not found:
        tx.execute("DELETE FROM replays WHERE destination_id = ?", (destination_id,))
        tx.execute("DELETE FROM destinations WHERE id = ?", (destination_id,))
    return len(found)


def forget(tx: Tx, ids: Sequence[tuple[str]]) -> None:
    """Delete deliveries with their attempts."""
    tx.execute_many("DELETE FROM delivery_attempts WHERE delivery_id = ?", ids)
    tx.execute_many("DELETE FROM deliveries WHERE id = ?", ids)


def forget_old(tx: Tx, before: str) -> int:
    """Forget some deliveries of events before a moment (ISO 8601) that are at their end; how many."""
    found = tx.execute(
        "SELECT id FROM deliveries WHERE id < ? AND status NOT IN ('pending', 'held') ORDER BY id LIMIT ?",
        (first_of(clock.from_iso(before)), AT_ONCE),
    ).fetchall()
    forget(tx, found)
    return len(found)


# -- replays ---------------------------------------------------------------------------------------------

REPLAYED = {"failed": ("dead",), "all": ("delivered", "dead", "discarded")}
"""What each kind of replay takes."""


def replay_some(tx: Tx, replay_id: str, now: str, limit: int) -> bool:
    """Let the next deliveries of a replay go again, and note how far it is; whether more may follow."""
    found = tx.execute(
        "SELECT r.destination_id, r.until, r.only, r.at, d.status FROM replays r "
        "JOIN destinations d ON d.id = r.destination_id WHERE r.id = ? AND r.state = 'running'",
        (replay_id,),
    ).fetchone()
    if found is None:
        return False
    destination_id, until, only, at, status = found
    marks = ", ".join("?" * len(REPLAYED[only]))
    ids = [
        row[0]
        for row in tx.execute(
            # Ids are compared: they begin with the event's time.
            f"SELECT id FROM deliveries WHERE destination_id = ? AND id > ? AND id <= ? "  # noqa: S608 - marks
            f"AND status IN ({marks}) ORDER BY id LIMIT ?",
            (destination_id, at, last_of(clock.from_iso(until)), *REPLAYED[only], limit),
        )
    ]
    resend(tx, ids, "pending" if status == "active" else "held", now)
    state = "running" if len(ids) == limit else "finished"
    tx.execute(
        "UPDATE replays SET at = ?, done = done + ?, state = ? WHERE id = ?",
        (ids[-1] if ids else at, len(ids), state, replay_id),
    )
    return state == "running"


# -- switched off by the engine --------------------------------------------------------------------------


def deactivate(tx: Tx, destination_id: str, reason: str, now: str) -> bool:
    """Set an active destination inactive, with its event; whether it was active."""
    changed = tx.execute(
        "UPDATE destinations SET status = 'inactive', reason = ?, updated = ? "
        "WHERE id = ? AND status = 'active'",
        (reason, now, destination_id),
    ).rowcount
    if not changed:
        return False
    tell(tx, "event_destination.deactivated", destination_id)
    return True


def tell(
    tx: Tx,
    action: str,
    destination_id: str,
    actor: Actor | None = None,
    **more: Any,
) -> None:
    """Write an event about a destination."""
    name, kind, status, reason, patterns, url, project_id = tx.execute(
        "SELECT name, kind, status, reason, events, url, project_id FROM destinations WHERE id = ?",
        (destination_id,),
    ).fetchone()
    data = payloads.destination_data(
        id=destination_id, name=name, kind=kind, status=status, reason=reason,
        events=orjson.loads(patterns), url=url, **more,
    )  # fmt: skip
    outbox.emit(tx, action, data, actor, project_id)
