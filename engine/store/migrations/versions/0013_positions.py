"""Runs, events and messages of topics have a position: a column where SQLite's rowid was.

A rowid that is no column changes when the file is vacuumed, and there is none in other databases. SQLite can
only copy a table to change its primary key. The positions are the rowids, so readers stay where they are.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from engine.store.migrations.portable import blob, boolean, create_index, enum, integer, varchar

revision = "0013"
down_revision = "0012"

_OPEN = "status IN ('queued', 'running', 'waiting')"


def upgrade() -> None:
    # A VACUUM may have numbered the events anew: what the cursor's event is called has stayed.
    op.execute("UPDATE cursors SET at = COALESCE((SELECT rowid FROM events WHERE id = event_id), at)")
    last = "(SELECT COALESCE(max(rowid), 0) FROM events)"
    op.execute(f"UPDATE subscriptions SET at = {last} WHERE source = 'events' AND at > {last}")  # noqa: S608
    op.drop_column("cursors", "event_id")
    _runs()
    _events()
    op.execute("ALTER TABLE topic_messages RENAME COLUMN number TO position")


def _runs() -> None:
    _number(
        "runs",
        varchar("id"),
        varchar("project_id"),
        varchar("flow_id"),
        varchar("version_id"),
        integer("version"),
        varchar("environment"),
        varchar("trigger"),
        enum("status", 9),
        boolean("unrouted"),
        boolean("repeats"),
        integer("warnings"),
        varchar("path"),
        varchar("error", null=True),
        varchar("response", null=True),
        varchar("lineage"),
        varchar("parent_run_id", null=True),
        varchar("retry_of", null=True),
        varchar("resume_at", null=True),
        varchar("order_key", null=True),
        integer("active_ms"),
        varchar("created"),
        varchar("started", null=True),
        varchar("finished", null=True),
    )
    create_index("runs_by_project", "runs", "project_id", "id")
    create_index("runs_by_flow", "runs", "flow_id", "id")
    create_index("runs_open", "runs", "status", "flow_id", where=_OPEN)
    create_index(
        "runs_ended_badly", "runs", "project_id", "id", where="status IN ('failed', 'timed_out', 'canceled')"
    )
    create_index("runs_unrouted", "runs", "project_id", "id", where="unrouted")
    create_index("runs_resume", "runs", "resume_at", where="status = 'waiting'")
    create_index("runs_by_parent", "runs", "parent_run_id", where="parent_run_id IS NOT NULL")
    create_index("runs_in_order", "runs", "flow_id", "order_key", where=f"order_key IS NOT NULL AND {_OPEN}")
    create_index("runs_of_drafts", "runs", "version_id", where="version = 0")


def _events() -> None:
    _number(
        "events",
        varchar("id"),
        varchar("action"),
        varchar("project_id", null=True),
        varchar("user_id", null=True),
        varchar("flow_id", null=True),
        blob("envelope"),
        varchar("lineage", server_default="[]"),
        varchar("created"),
        sqlite_autoincrement=True,  # a position is never used again, though the last event may be deleted
    )
    create_index("events_by_project", "events", "project_id", "id", "action", "user_id", "flow_id")
    create_index("events_by_project_action", "events", "project_id", "action", "id", "user_id", "flow_id")
    create_index("events_by_action", "events", "action", "id", "user_id", "flow_id")
    create_index(
        "events_by_user", "events", "user_id", "id", "project_id", "action", "flow_id",
        where="user_id IS NOT NULL",
    )  # fmt: skip
    create_index(
        "events_by_flow", "events", "flow_id", "id", "project_id", "action", "user_id",
        where="flow_id IS NOT NULL",
    )  # fmt: skip


def _number(table: str, *columns: sa.Column[Any], sqlite_autoincrement: bool = False) -> None:
    """Copy a table, without its indexes, into one whose rows have their rowid as `position`."""
    op.create_table(
        f"{table}_numbered",
        integer("position", primary_key=True),
        *columns,
        sa.UniqueConstraint("id"),
        sqlite_autoincrement=sqlite_autoincrement,
    )
    names = ", ".join(f'"{column.name}"' for column in columns)
    op.execute(
        f"INSERT INTO {table}_numbered (position, {names}) SELECT rowid, {names} FROM {table} ORDER BY rowid"  # noqa: S608 - our own words
    )
    op.drop_table(table)
    op.rename_table(f"{table}_numbered", table)
