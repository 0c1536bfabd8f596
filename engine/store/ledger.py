"""The ledger: what became of events, runs and effects, counted by the hour for each flow.

Whoever decides something calls `count` in the transaction that stores the decision. The writer adds up what
a group of changes counted and stores the sums once, just before it commits them (`store`): so the ledger
never disagrees with the tables, and an event costs two or three additions in a dictionary.

Every event that the intake has received, after splitting, has one outcome in the same hour:

    received = rejected + deduplicated + held + cut + started (reason `event`)
    held, so far = released + discarded + held now
    started, so far = ended + open now

`started` also counts runs of other origins (`ORIGINS`), which nobody sent. An effect is counted with each
attempt: attempted = effects_confirmed + effects_failed + effects_unknown.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple

from engine.base import clock
from engine.base.journal import Effects

from . import notice_store
from .tx import Tx

Kind = Literal[
    "received",  # an event for a flow, whatever became of it
    "rejected",  # … refused; the reason says why
    "deduplicated",  # … dropped: its identity was seen before
    "held",  # … stored while the flow is disabled
    "released",  # held events that became runs
    "discarded",  # held events that somebody dropped
    "cut",  # … dropped, since it would have closed a circle of flows
    "started",  # runs; the reason is their origin
    "ended",  # runs; the reason is their status
    "unrouted",  # runs that ended and whose event no branch took
    "no_action",  # runs that succeeded without any effect
    "forgotten",  # ended runs that retention deleted; the reason is their status
    "forgotten_unrouted",  # … of which so many were unrouted
    "effects_confirmed",
    "effects_failed",  # for good, or `retried`
    "effects_unknown",  # `interrupted` by a crash, a cancel or a time limit: it may have had its effect
]

ORIGINS = ("event", "retry", "flow", "test", "released", "admitted")
"""What starts a run: an event, a retry by hand, a step of another flow, a test in the editor, an event that
was held, one that was rejected first."""

OPENING = ""
"""The hour of a flow's carried balance: the sum of all hours that are too old to be stored one by one."""

Counts = dict[tuple[str, str, str, str, str], int]
"""Project, flow, environment, kind, reason → how many."""


_ADD = (
    "INSERT INTO ledger (project_id, flow_id, environment, kind, reason, hour, count)",
    "ON CONFLICT (project_id, flow_id, hour, environment, kind, reason) "
    "DO UPDATE SET count = ledger.count + excluded.count",
)
_ADD_TO_TOTALS = (
    "INSERT INTO ledger_totals (environment, kind, reason, count)",
    "ON CONFLICT (environment, kind, reason) DO UPDATE SET count = ledger_totals.count + excluded.count",
)


# -- writing -------------------------------------------------------------------------------------------


def count(
    tx: Tx,
    project_id: str,
    flow_id: str,
    kind: Kind,
    n: int = 1,
    reason: str = "",
    environment: str = "production",
) -> None:
    """Add `n` to what is counted. It is stored with the change that counts, or not at all.

    Project and flow are empty for what belongs to none: a request for an unknown flow. Whoever counts an
    outcome of an event that has just arrived (`rejected`, `held`) counts it as `received` too.
    """
    key = (project_id, flow_id, environment, kind, reason)
    counted = tx.counted
    counted[key] = counted.get(key, 0) + n


def count_effects(tx: Tx, project_id: str, flow_id: str, environment: str, effects: Effects) -> None:
    """Count the outcomes of effects."""
    if effects.confirmed:
        count(tx, project_id, flow_id, "effects_confirmed", effects.confirmed, "", environment)
    if effects.failed:
        count(tx, project_id, flow_id, "effects_failed", effects.failed, "", environment)
    if effects.retried:
        count(tx, project_id, flow_id, "effects_failed", effects.retried, "retried", environment)
    if effects.unknown:
        count(tx, project_id, flow_id, "effects_unknown", effects.unknown, "interrupted", environment)


def count_end(
    tx: Tx, project_id: str, flow_id: str, environment: str, status: str, *, unrouted: bool = False
) -> None:
    """Count a run that ended."""
    count(tx, project_id, flow_id, "ended", 1, status, environment)
    if unrouted:
        count(tx, project_id, flow_id, "unrouted", 1, "", environment)


def store(tx: Tx, counts: Counts) -> None:
    """Add counts to the ledger, in the transaction that is about to be committed."""
    now = clock.now_iso()
    hour = now[:13]
    totals: dict[tuple[str, str, str], int] = {}
    for (_, _, environment, kind, reason), n in counts.items():
        key = (environment, kind, reason)
        totals[key] = totals.get(key, 0) + n
    _add(tx, _ADD, [(*key, hour, n) for key, n in counts.items()])
    _add(tx, _ADD_TO_TOTALS, [(*key, n) for key, n in totals.items()])
    notice_store.add(tx, counts, now)


def _add(tx: Tx, insert: tuple[str, str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Add rows of different keys to what is counted."""
    before, after = insert
    tx.rows(before, rows, after)


def carry(tx: Tx, before: str, limit: int = 500) -> int:
    """Add what was counted in hours before a moment (ISO 8601) to the carried balance of its flow, a few
    rows; how many."""
    rows = tx.execute(
        "SELECT project_id, flow_id, environment, kind, reason, hour, count FROM ledger "
        "WHERE hour > ? AND hour < ? ORDER BY hour LIMIT ?",
        (OPENING, before[:13], limit),
    ).fetchall()
    carried: Counts = {}
    for row in rows:
        carried[row[:5]] = carried.get(row[:5], 0) + row[6]
    _add(tx, _ADD, [(*key, OPENING, n) for key, n in carried.items()])
    tx.execute_many(
        "DELETE FROM ledger WHERE project_id = ? AND flow_id = ? AND environment = ? AND kind = ? "
        "AND reason = ? AND hour = ?",
        [row[:6] for row in rows],
    )
    return len(rows)


# -- reading -------------------------------------------------------------------------------------------


class Row(NamedTuple):
    """What was counted in one hour."""

    flow_id: str
    hour: str
    """`2026-11-30T08`, in UTC; `OPENING` for all hours before those that are stored one by one."""
    environment: str
    kind: str
    reason: str
    amount: int


_ROWS = "SELECT flow_id, hour, environment, kind, reason, count FROM ledger WHERE project_id = ?"


def of_project(tx: Tx, project_id: str, since: str, until: str = "9") -> list[Row]:
    """What was counted in a project from the hour `since` (`2026-11-30T08`) to before `until`."""
    found = tx.execute(f"{_ROWS} AND hour >= ? AND hour < ? ORDER BY hour", (project_id, since, until))
    return [Row(*row) for row in found]


def of_flows(tx: Tx, project_id: str, flow_ids: Iterable[str], since: str, until: str = "9") -> list[Row]:
    """The same of some flows of a project, one flow after the other."""
    rows: list[Row] = []
    for flow_id in flow_ids:
        found = tx.execute(
            f"{_ROWS} AND flow_id = ? AND hour >= ? AND hour < ? ORDER BY hour",
            (project_id, flow_id, since, until),
        )
        rows += [Row(*row) for row in found]
    return rows


def totals(tx: Tx, environment: str = "production") -> dict[tuple[str, str], int]:
    """What was counted in the whole instance since its ledger began: (kind, reason) → how many."""
    found = tx.execute("SELECT kind, reason, count FROM ledger_totals WHERE environment = ?", (environment,))
    return {(kind, reason): int(count) for kind, reason, count in found}
