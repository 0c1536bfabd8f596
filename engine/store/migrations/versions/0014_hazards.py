"""Steps whose expressions were being evaluated when a process ended are remembered."""

from alembic import op

from engine.store.migrations.portable import boolean, integer, varchar

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "hazards",
        varchar("run_id", primary_key=True),
        varchar("step", primary_key=True),
        integer("ends"),
        boolean("active"),
    )
