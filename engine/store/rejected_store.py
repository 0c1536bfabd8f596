"""The SQL of rejected requests: what the intake refused, bounded for each flow, the oldest overwritten.

Each function runs in its caller's transaction.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, NamedTuple

from .tx import Tx, containing

_AT_ONCE = 500
PREFIX = "rej_"
"""What ids begin with."""


class Reason(StrEnum):
    """Why a request was refused."""

    signature = "signature"  # it could not be verified
    size = "size"  # it was larger than is accepted
    type = "type"  # its media type or content coding is not supported
    method = "method"  # its method starts no run
    body = "body"  # it could not be read
    handshake = "handshake"  # its handshake was refused
    rate = "rate"  # it came too soon
    backlog = "backlog"  # as many events waited as may, in the queue or held for a disabled flow
    disabled = "disabled"  # the flow is disabled and its trigger says `while_disabled: reject`
    deleted = "deleted"  # the flow is deleted
    unpublished = "unpublished"  # the flow was never published, or has no webhook trigger
    settings = "settings"  # the trigger's settings cannot be used
    unavailable = "unavailable"  # the server was stopping, or could not reach what it needed
    error = "error"  # a defect of ours


class NewRejection(NamedTuple):
    """A row to be added; its fields are those of `models.RejectedRequest`."""

    id: str
    project_id: str
    flow_id: str
    reason: str
    status: int
    message: str
    method: str
    source: str
    size: int
    whole: bool
    content: bytes
    stored_bytes: int
    received: str


@dataclass(frozen=True, slots=True)
class StoredRejection:
    """A rejected request as lists show it."""

    id: str
    project_id: str
    flow_id: str
    flow_name: str | None
    """None when the flow was removed for good."""
    flow_deleted: bool
    reason: str
    status: int
    message: str
    method: str
    source: str
    size: int
    whole: bool
    received: str
    admitted: str | None
    admitted_by: str | None
    outcome: str | None
    run_id: str | None


class KnownFlow(NamedTuple):
    """The flow behind an address, deleted or not."""

    project_id: str
    name: str
    deleted: bool


@dataclass(frozen=True, slots=True)
class RejectedFilter:
    """What a list of rejected requests is narrowed by; None for what does not matter."""

    project_id: str
    flow_id: str | None = None
    reasons: tuple[str, ...] = ()
    admitted: bool | None = None
    since: str | None = None
    """ISO 8601, as the store writes it; received then or later."""
    until: str | None = None
    source: str | None = None
    """Part of the sender's address."""


_FIELDS = ", ".join(NewRejection._fields)
_SELECT = (
    "SELECT r.id, r.project_id, r.flow_id, f.name, f.deleted IS NOT NULL, r.reason, r.status, r.message, "
    "r.method, r.source, r.size, r.whole, r.received, r.admitted, r.admitted_by, r.outcome, r.run_id "
    "FROM rejected_requests r LEFT JOIN flows f ON f.id = r.flow_id"
)


def flows_of(tx: Tx, flow_ids: Iterable[str]) -> dict[str, KnownFlow]:
    """The flows with these ids, deleted ones included; unknown ids are left out."""
    found = {}
    for flow_id in flow_ids:
        row = tx.execute(
            "SELECT project_id, name, deleted IS NOT NULL FROM flows WHERE id = ?", (flow_id,)
        ).fetchone()
        if row is not None:
            found[flow_id] = KnownFlow(row[0], row[1], bool(row[2]))
    return found


def add(tx: Tx, rows: Sequence[NewRejection], most: int, most_bytes: int) -> None:
    """Add rows, then overwrite the oldest of each flow beyond `most` rows or `most_bytes` bytes."""
    tx.rows(f"INSERT INTO rejected_requests ({_FIELDS})", rows, "ON CONFLICT (id) DO NOTHING")
    for flow_id in dict.fromkeys(row.flow_id for row in rows):
        _trim(tx, flow_id, most, most_bytes)


def _trim(tx: Tx, flow_id: str, most: int, most_bytes: int) -> None:
    # Answered from `rejected_by_flow` alone, without a look at the rows, which are wide.
    count, total = tx.execute(
        "SELECT count(*), COALESCE(sum(stored_bytes), 0) FROM rejected_requests WHERE flow_id = ?", (flow_id,)
    ).fetchone()
    if count <= most and total <= most_bytes:
        return
    gone = []
    for id, size in tx.execute(
        "SELECT id, stored_bytes FROM rejected_requests WHERE flow_id = ? ORDER BY id", (flow_id,)
    ).fetchall():
        if count <= most and total <= most_bytes:
            break
        gone.append((id,))
        count, total = count - 1, total - size
    tx.execute_many("DELETE FROM rejected_requests WHERE id = ?", gone)


def page(tx: Tx, wanted: RejectedFilter, after: str | None, limit: int) -> list[StoredRejection]:
    """Rejected requests that match, newest first, at most `limit`; `after` is the id of the last one seen."""
    where, values = _conditions(tx, wanted)
    if after is not None:
        where.append("r.id < ?")
        values.append(after)
    sql = f"{_SELECT} WHERE {' AND '.join(where)} ORDER BY r.id DESC LIMIT ?"
    return [_stored(row) for row in tx.execute(sql, (*values, limit)).fetchall()]


def get(tx: Tx, project_id: str, id: str) -> tuple[StoredRejection, bytes] | None:
    """One rejected request of the project, and its sealed content."""
    row = tx.execute(f"{_SELECT} WHERE r.id = ? AND r.project_id = ?", (id, project_id)).fetchone()
    if row is None:
        return None
    content = tx.execute("SELECT content FROM rejected_requests WHERE id = ?", (id,)).fetchone()
    return _stored(row), content[0]


def open_ids(tx: Tx, wanted: RejectedFilter, after: str, limit: int) -> list[str]:
    """The ids of requests that match and were not admitted yet, beyond the id `after`, oldest first."""
    where, values = _conditions(tx, wanted)
    sql = (
        f"SELECT r.id FROM rejected_requests r WHERE {' AND '.join(where)} "  # noqa: S608 - our own words
        "AND r.admitted IS NULL AND r.id > ? ORDER BY r.id LIMIT ?"
    )
    return [row[0] for row in tx.execute(sql, (*values, after, limit))]


def mark_admitted(tx: Tx, id: str, run_id: str, outcome: str, at: str, by: str | None) -> bool:
    """Note what became of a request that passed after all. False for one that was admitted before."""
    return tx.execute(
        "UPDATE rejected_requests SET admitted = ?, admitted_by = ?, outcome = ?, run_id = ? "
        "WHERE id = ? AND admitted IS NULL",
        (at, by, outcome, run_id, id),
    ).rowcount == 1  # fmt: skip


def run_of(tx: Tx, id: str) -> str | None:
    """The run, or held event, that a request became."""
    row = tx.execute("SELECT run_id FROM rejected_requests WHERE id = ?", (id,)).fetchone()
    return None if row is None else row[0]


def follow(tx: Tx, held_id: str, run_id: str) -> None:
    """A held event became a run: the request that became the event points at the run."""
    tx.execute("UPDATE rejected_requests SET run_id = ?, outcome = 'run' WHERE run_id = ?", (run_id, held_id))


def delete(tx: Tx, wanted: RejectedFilter, ids: Sequence[str] | None = None, limit: int = _AT_ONCE) -> int:
    """Delete requests that match, of `ids` where they are given, a few of them; how many."""
    where, values = _conditions(tx, wanted)
    if ids is not None:
        where.append(f"r.id IN ({', '.join('?' * len(ids))})")
        values += ids
    matching = f"SELECT r.id FROM rejected_requests r WHERE {' AND '.join(where)} LIMIT ?"  # noqa: S608
    sql = f"DELETE FROM rejected_requests WHERE id IN ({matching})"  # noqa: S608 - our own words
    return tx.execute(sql, (*values, limit)).rowcount


def count_open(tx: Tx, project_id: str, flow_id: str | None = None, *, most: int = 1000) -> int:
    """How many requests of a project, or of one flow, were not admitted; `most` stands for more."""
    where, values = ("AND flow_id = ?", (project_id, flow_id)) if flow_id else ("", (project_id,))
    row = tx.execute(
        "SELECT count(*) FROM (SELECT 1 FROM rejected_requests "  # noqa: S608 - our own words
        f"WHERE project_id = ? {where} AND admitted IS NULL LIMIT ?) AS few",
        (*values, most),
    ).fetchone()
    return int(row[0])


def forget(tx: Tx, before: str, limit: int = _AT_ONCE) -> int:
    """Forget requests that arrived before a moment, given as an id of that moment; a few, how many."""
    return tx.execute(
        "DELETE FROM rejected_requests WHERE id IN "
        "(SELECT id FROM rejected_requests WHERE id < ? ORDER BY id LIMIT ?)",
        (PREFIX + before.partition("_")[2], limit),
    ).rowcount


def _conditions(tx: Tx, wanted: RejectedFilter) -> tuple[list[str], list[Any]]:
    where, values = ["r.project_id = ?"], [wanted.project_id]
    if wanted.flow_id:
        where.append("r.flow_id = ?")
        values.append(wanted.flow_id)
    if wanted.reasons:
        where.append(f"r.reason IN ({', '.join('?' * len(wanted.reasons))})")
        values += wanted.reasons
    if wanted.admitted is not None:
        where.append(f"r.admitted IS {'NOT NULL' if wanted.admitted else 'NULL'}")
    for moment, sign in ((wanted.since, ">="), (wanted.until, "<=")):
        if moment:
            where.append(f"r.received {sign} ?")
            values.append(moment)
    if wanted.source:
        where.append(tx.dialect.contains("r.source"))
        values.append(containing(wanted.source))
    return where, values


def _stored(row: Sequence[Any]) -> StoredRejection:
    found = StoredRejection(*row)
    return replace(found, flow_deleted=bool(found.flow_deleted), whole=bool(found.whole))
