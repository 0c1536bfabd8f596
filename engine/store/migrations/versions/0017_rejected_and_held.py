"""Requests that the intake refused, and events that disabled flows hold, are stored."""

from alembic import op

from engine.store.migrations.portable import blob, boolean, create_index, integer, varchar

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.create_table(
        "rejected_requests",
        varchar("id", primary_key=True),
        varchar("project_id"),
        varchar("flow_id"),
        varchar("reason"),
        integer("status"),
        varchar("message"),
        varchar("method"),
        varchar("source"),
        integer("size"),
        boolean("whole"),
        blob("content"),
        integer("stored_bytes"),
        varchar("received"),
        varchar("admitted", null=True),
        varchar("admitted_by", null=True),
        varchar("outcome", null=True),
        varchar("run_id", null=True),
    )
    create_index("rejected_by_project", "rejected_requests", "project_id", "id")
    create_index("rejected_by_flow", "rejected_requests", "flow_id", "id", "stored_bytes")
    create_index("rejected_open", "rejected_requests", "project_id", "flow_id", where="admitted IS NULL")
    create_index("rejected_by_run", "rejected_requests", "run_id", where="run_id IS NOT NULL")
    op.create_table(
        "held_events",
        varchar("id", primary_key=True),
        varchar("project_id"),
        varchar("flow_id"),
        varchar("trigger"),
        varchar("dedupe", null=True),
        varchar("lineage"),
        blob("content"),
        integer("size"),
        varchar("received"),
    )
    create_index("held_by_project", "held_events", "project_id", "flow_id")
    create_index("held_by_flow", "held_events", "flow_id", "id", "size")
