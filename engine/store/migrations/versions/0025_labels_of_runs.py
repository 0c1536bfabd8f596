"""Runs have a title and labels."""

from alembic import op

from engine.store.migrations.portable import create_index, varchar

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.create_table(
        "run_labels",
        varchar("run_id", primary_key=True),
        varchar("name", primary_key=True),
        varchar("project_id"),
        varchar("value"),
    )
    create_index("run_labels_by_value", "run_labels", "project_id", "name", "value", "run_id")
