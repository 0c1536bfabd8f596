"""Admins are mailed about what needs them."""

import sqlalchemy as sa
from alembic import op

from engine.store.migrations.portable import create_index, integer, varchar

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.create_table(
        "notification_settings",
        varchar("project_id", primary_key=True),
        varchar("kinds"),
        integer("quiet_minutes"),
        varchar("last_sent", null=True),
        varchar("last_error"),
    )
    op.create_table(
        "notices",
        varchar("project_id"),
        varchar("flow_id"),
        varchar("kind"),
        integer("pending"),
        varchar("first"),
        varchar("last"),
        varchar("sent", null=True),
        sa.PrimaryKeyConstraint("project_id", "flow_id", "kind"),
    )
    create_index("notices_pending", "notices", "project_id", where="pending > 0")
