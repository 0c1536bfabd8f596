"""Every edit of a draft is stored, to be undone and redone.

Up to schema 8 the table was created without a step, as in 0009.
"""

import sqlalchemy as sa
from alembic import op

from engine.store.migrations.portable import (
    add_required_column,
    create_index,
    drop_default,
    has_column,
    has_table,
    integer,
    varchar,
)

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    if not has_column("flows", "edit_at"):
        add_required_column("flows", integer("edit_at"), "0")
    drop_default("flows", varchar("tags"))  # which 0002 needed, and stores that began with schema 3 lack
    if has_table("draft_edits"):
        return
    op.create_table(
        "draft_edits",
        varchar("id", primary_key=True),
        varchar("flow_id", sa.ForeignKey("flows.id")),
        varchar("project_id"),
        integer("number"),
        varchar("command"),
        varchar("sentence"),
        varchar("args", null=True),
        integer("offset"),
        varchar("removed"),
        varchar("inserted"),
        integer("revision"),
        varchar("user_id", null=True),
        varchar("created"),
    )
    create_index("draft_edits_by_number", "draft_edits", "flow_id", "number", unique=True)
