"""A flow knows which of its draft's samples were captured by its `/test` address."""

from alembic import op

from engine.store.migrations.portable import varchar

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.add_column("flows", varchar("captured", null=True))
