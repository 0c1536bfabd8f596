"""Connections say when a step last used them."""

from alembic import op

from engine.store.migrations.portable import varchar

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    op.add_column("connections", varchar("last_used", null=True))
