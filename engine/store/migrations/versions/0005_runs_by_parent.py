"""An index finds the runs that a run waits for, to cancel them with it."""

from engine.store.migrations.portable import create_index

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    create_index("runs_by_parent", "runs", "parent_run_id", where="parent_run_id IS NOT NULL")
