"""Runs say whether they had an effect, and how an unrouted event was settled."""

import sqlalchemy as sa
from alembic import op

from engine.store.migrations.portable import create_index, varchar

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    op.add_column("runs", sa.Column("no_action", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("runs", varchar("resolved_by", null=True))
    op.add_column("runs", varchar("dismissed", null=True))
    create_index(
        "runs_unrouted_open", "runs", "project_id", "id",
        where="unrouted AND resolved_by IS NULL AND dismissed IS NULL",
    )  # fmt: skip
