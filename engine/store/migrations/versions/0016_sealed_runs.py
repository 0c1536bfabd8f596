"""What mask paths hide of a run is stored beside it, sealed."""

from alembic import op

from engine.store.migrations.portable import blob, integer, varchar

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table(
        "sealed_runs",
        varchar("run_id", primary_key=True),
        varchar("part", primary_key=True),
        integer("number", primary_key=True),
        blob("content"),
    )
