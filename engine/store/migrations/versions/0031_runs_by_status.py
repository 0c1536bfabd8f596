"""Runs are found by their status, those of one flow too, and tests by themselves, however many there are."""

from alembic import op

from engine.store.migrations.portable import create_index

revision = "0031"
down_revision = "0030"

_STATUSES = "status IN ('waiting', 'failed', 'canceled', 'timed_out')"


def upgrade() -> None:
    create_index("runs_by_status", "runs", "project_id", "status", "id", where=_STATUSES)
    create_index("runs_of_flow_by_status", "runs", "flow_id", "status", "id", where=_STATUSES)
    create_index("runs_of_tests", "runs", "project_id", "id", where="environment = 'test'")
    op.drop_index("runs_ended_badly", "runs")
