"""Steps remember events in windows: the first of a kind, what is held back, what is collected."""

import sqlalchemy as sa
from alembic import op

from engine.store.migrations.portable import boolean, create_index, integer, real, varchar

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    op.create_table(
        "event_windows",
        varchar("id", primary_key=True),
        varchar("project_id"),
        varchar("flow_id"),
        varchar("environment"),
        varchar("step"),
        varchar("key"),
        boolean("newest"),
        real("opened"),
        sa.Column("closes", sa.Float(), nullable=True),
        real("last"),
        varchar("first_run"),
        varchar("state"),
        integer("count"),
        integer("held"),
        integer("items"),
        integer("bytes"),
        varchar("waiter"),
        varchar("waiter_run"),
        varchar("taken"),
        varchar("taken_run"),
    )
    create_index(
        "newest_windows",
        "event_windows",
        "flow_id",
        "environment",
        "step",
        "key",
        where="newest",
        unique=True,
    )
    create_index("windows_over", "event_windows", "id", where="NOT newest")
    create_index("windows_by_end", "event_windows", "closes")
    create_index("windows_of_flow", "event_windows", "flow_id")
    op.create_table(
        "window_places",
        varchar("token", primary_key=True),
        varchar("run_id"),
        varchar("window_id"),
        integer("number"),
        varchar("place"),
        varchar("item", null=True),
    )
    create_index("places_in_window", "window_places", "window_id", "number")
    create_index("places_without_item", "window_places", "run_id", where="item IS NULL")
