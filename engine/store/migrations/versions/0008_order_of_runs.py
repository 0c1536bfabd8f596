"""Runs with the same ordering key run one after another."""

from alembic import op

from engine.store.migrations.portable import create_index, varchar

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("runs", varchar("order_key", null=True))
    create_index(
        "runs_in_order",
        "runs",
        "flow_id",
        "order_key",
        where="order_key IS NOT NULL AND status IN ('queued', 'running', 'waiting')",
    )
