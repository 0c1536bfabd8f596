"""The ledger begins, with the runs that there are.

What became of earlier events is not known: each of their runs counts as one event that was received.
"""

import sqlalchemy as sa
from alembic import op

from engine.store.migrations.portable import create_index, integer, varchar

revision = "0019"
down_revision = "0018"

_TERMINAL = "status IN ('succeeded', 'failed', 'canceled', 'timed_out')"
_INTO = "INSERT INTO ledger (project_id, flow_id, environment, kind, reason, hour, count) "
_COUNT = (
    "SELECT project_id, flow_id, environment, {kind}, {reason}, substr({at}, 1, 13), count(*) FROM runs "
    "WHERE {which} GROUP BY project_id, flow_id, environment, {reason}, substr({at}, 1, 13)"
)
_ORIGIN = (
    "CASE WHEN retry_of IS NOT NULL THEN 'retry' WHEN parent_run_id IS NOT NULL THEN 'flow' ELSE 'event' END"
)


def upgrade() -> None:
    op.create_table(
        "ledger",
        varchar("project_id", primary_key=True),
        varchar("flow_id", primary_key=True),
        varchar("hour", primary_key=True),
        varchar("environment", primary_key=True),
        varchar("kind", primary_key=True),
        varchar("reason", primary_key=True),
        integer("count"),
    )
    create_index("ledger_by_hour", "ledger", "hour")
    create_index("ledger_by_project", "ledger", "project_id", "hour")
    op.create_table(
        "ledger_totals",
        varchar("environment", primary_key=True),
        varchar("kind", primary_key=True),
        varchar("reason", primary_key=True),
        integer("count"),
    )
    _count("started", _ORIGIN, "created", "1 = 1")
    _count("received", "''", "created", f"{_ORIGIN} = 'event'")
    _count("ended", "status", "finished", _TERMINAL)
    _count("unrouted", "''", "finished", f"unrouted AND {_TERMINAL}")
    op.get_bind().execute(
        sa.text(
            "INSERT INTO ledger_totals (environment, kind, reason, count) "
            "SELECT environment, kind, reason, sum(count) FROM ledger GROUP BY environment, kind, reason"
        )
    )


def _count(kind: str, reason: str, at: str, which: str) -> None:
    counted = _COUNT.format(kind=f"'{kind}'", reason=reason, at=at, which=which)
    op.get_bind().execute(sa.text(_INTO + counted))
