"""Topics, how far their subscribers have read, and the circles of flows that were cut.

Up to schema 8 these tables were created without a step, as in 0009.
"""

import sqlalchemy as sa
from alembic import op

from engine.store.migrations.portable import (
    add_required_column,
    blob,
    create_index,
    has_column,
    has_table,
    integer,
    varchar,
)

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    if not has_table("topic_messages"):
        _first_tables()
    if not has_column("subscriptions", "source"):
        add_required_column("subscriptions", varchar("source"), "'messages'")
        add_required_column("subscriptions", integer("generation"), "0")
    if not has_table("cuts"):
        _cuts()


def _first_tables() -> None:
    op.create_table(
        "topic_messages",
        integer("number", primary_key=True),
        varchar("id"),
        varchar("project_id"),
        varchar("topic"),
        blob("body"),
        varchar("source"),
        varchar("lineage"),
        varchar("created"),
        sa.UniqueConstraint("id"),
        sqlite_autoincrement=True,  # a number is never used again: it is the position of a reader
    )
    create_index("topic_messages_by_topic", "topic_messages", "project_id", "topic", "number")
    op.create_table(
        "subscriptions",
        varchar("flow_id", primary_key=True),
        varchar("trigger", primary_key=True),
        varchar("project_id"),
        integer("at"),
    )


def _cuts() -> None:
    op.create_table(
        "cuts",
        varchar("id", primary_key=True),
        varchar("project_id"),
        varchar("run_id"),
        varchar("flow_id"),
        varchar("via"),
        varchar("reason"),
        varchar("created"),
    )
    create_index("cuts_of_run", "cuts", "project_id", "run_id")
    create_index("cuts_of_flow", "cuts", "project_id", "flow_id", "id")
    create_index("cuts_by_age", "cuts", "created")
