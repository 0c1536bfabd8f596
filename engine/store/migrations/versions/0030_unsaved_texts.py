"""Texts that the editor could not save are stored beside the draft, for the user who typed them."""

import sqlalchemy as sa
from alembic import op

from engine.store.migrations.portable import varchar

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    op.create_table(
        "unsaved_texts",
        varchar("flow_id", sa.ForeignKey("flows.id"), primary_key=True),
        varchar("user_id", primary_key=True),
        varchar("panel", primary_key=True),
        varchar("fields"),
        varchar("updated"),
    )
