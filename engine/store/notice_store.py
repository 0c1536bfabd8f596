"""The SQL of notifications: what happened to each flow that an admin should know, counted until it is mailed.

The counts are taken from what the ledger stores, in the same transaction: none is lost in a crash, and a
flood of failures is one row.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import orjson

from .tx import Tx

Kind = Literal["failed", "unrouted", "rejected"]

KINDS: tuple[Kind, ...] = ("failed", "unrouted", "rejected")
"""Runs that failed or ran out of time; runs whose event no branch took; requests that were refused."""

QUIET_MINUTES = 60
"""For how long nothing more is mailed about the same flow and kind, unless a project chooses otherwise."""

_ADD = (
    "INSERT INTO notices (project_id, flow_id, kind, pending, first, last) VALUES (?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (project_id, flow_id, kind) DO UPDATE SET pending = notices.pending + excluded.pending, "
    "first = CASE WHEN notices.pending = 0 THEN excluded.first ELSE notices.first END, last = excluded.last"
)


@dataclass(frozen=True)
class Chosen:
    """What a project's admins are mailed about."""

    kinds: tuple[Kind, ...] = KINDS
    quiet_minutes: int = QUIET_MINUTES
    last_sent: str | None = None
    """When a mail was last handed in, ISO 8601."""
    last_error: str = ""
    """Why the last try failed; empty once one succeeded."""


@dataclass(frozen=True)
class Notice:
    """What happened to a flow and was not mailed about yet."""

    project_id: str
    flow_id: str
    kind: Kind
    pending: int
    first: str
    """When the first of them happened, ISO 8601."""
    last: str
    sent: str | None
    """When the last mail about this flow and kind was sent."""
    flow_name: str


def add(tx: Tx, counted: Mapping[tuple[str, str, str, str, str], int], now: str) -> None:
    """Add the ledger counts (by its keys) that admins are notified about, with the time."""
    found: dict[tuple[str, str, Kind], int] = {}
    for (project_id, flow_id, environment, kind, reason), n in counted.items():
        noted = _noted(kind, reason)
        if noted and flow_id and environment == "production":
            key = (project_id, flow_id, noted)
            found[key] = found.get(key, 0) + n
    if found:
        tx.execute_many(_ADD, [(*key, n, now, now) for key, n in found.items()])


def _noted(kind: str, reason: str) -> Kind | None:
    if kind == "ended":
        return "failed" if reason in ("failed", "timed_out") else None
    if kind == "unrouted":
        return "unrouted"
    return "rejected" if kind == "rejected" else None


def pending(tx: Tx) -> list[Notice]:
    """All that was not mailed about yet, project by project. What a deleted flow left is none."""
    rows = tx.execute(
        "SELECT n.project_id, n.flow_id, n.kind, n.pending, n.first, n.last, n.sent, f.name "
        "FROM notices n JOIN flows f ON f.id = n.flow_id AND f.deleted IS NULL "
        "WHERE n.pending > 0 ORDER BY n.project_id, f.name, n.flow_id, n.kind"
    )
    return [Notice(*row) for row in rows]


def settle(tx: Tx, notices: Iterable[Notice], sent: str | None) -> None:
    """Subtract these notices from the pending counts. `sent` is the time of the mail, if one was sent."""
    for one in notices:
        tx.execute(
            "UPDATE notices SET pending = pending - ?, first = last, sent = COALESCE(?, sent) "
            "WHERE project_id = ? AND flow_id = ? AND kind = ?",
            (one.pending, sent, one.project_id, one.flow_id, one.kind),
        )


def forget_flow(tx: Tx, flow_id: str) -> None:
    """Forget what was noted of a flow."""
    tx.execute("DELETE FROM notices WHERE flow_id = ?", (flow_id,))


# -- what a project has chosen ---------------------------------------------------------------------------


def chosen(tx: Tx, project_id: str) -> Chosen:
    """What a project's admins are mailed about."""
    row = tx.execute(
        "SELECT kinds, quiet_minutes, last_sent, last_error FROM notification_settings WHERE project_id = ?",
        (project_id,),
    ).fetchone()
    if row is None:
        return Chosen()
    return Chosen(tuple(orjson.loads(row[0])), row[1], row[2], row[3])


def choose(tx: Tx, project_id: str, chosen: Chosen) -> None:
    """Store what a project has chosen."""
    tx.execute(
        "INSERT INTO notification_settings (project_id, kinds, quiet_minutes, last_sent, last_error) "
        "VALUES (?, ?, ?, ?, ?) ON CONFLICT (project_id) DO UPDATE SET kinds = excluded.kinds, "
        "quiet_minutes = excluded.quiet_minutes, last_sent = excluded.last_sent, "
        "last_error = excluded.last_error",
        (
            project_id,
            orjson.dumps(chosen.kinds).decode(),
            chosen.quiet_minutes,
            chosen.last_sent,
            chosen.last_error,
        ),
    )


def tried(tx: Tx, project_id: str, sent: str | None, error: str) -> None:
    """Note how the last try to mail a project's admins ended."""
    was = chosen(tx, project_id)
    choose(tx, project_id, replace(was, last_sent=sent or was.last_sent, last_error=error))


def recipients(tx: Tx, project_id: str) -> list[str]:
    """The e-mail addresses of a project's admins; those of the platform's where it has none."""
    rows = (
        tx.execute(
            "SELECT u.email FROM users u JOIN members m ON m.user_id = u.id "
            "WHERE m.project_id = ? AND m.role = 'admin' AND NOT u.disabled ORDER BY u.email",
            (project_id,),
        ).fetchall()
        or tx.execute(
            "SELECT email FROM users WHERE platform_admin AND NOT disabled ORDER BY email"
        ).fetchall()
    )
    return [email for (email,) in rows]


@dataclass(frozen=True)
class LastFailure:
    """The last run of a flow that failed."""

    run_id: str
    step: str | None
    message: str


def last_failure(tx: Tx, project_id: str, flow_id: str) -> LastFailure | None:
    """The newest failed run of a flow."""
    row = tx.execute(
        "SELECT id, error FROM runs WHERE project_id = ? AND flow_id = ? "
        "AND status IN ('failed', 'timed_out', 'canceled') AND status <> 'canceled' "
        "ORDER BY id DESC LIMIT 1",
        (project_id, flow_id),
    ).fetchone()
    if row is None:
        return None
    error = orjson.loads(row[1]) if row[1] else {}
    return LastFailure(row[0], error.get("step"), str(error.get("message") or ""))
