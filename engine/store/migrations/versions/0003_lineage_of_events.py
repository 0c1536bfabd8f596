"""Events record the flows that led to them."""

from alembic import op

from engine.store.migrations.portable import has_column, varchar

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    if not has_column("events", "lineage"):  # the last stores of schema 1 had it already
        op.add_column("events", varchar("lineage", server_default="[]"))
