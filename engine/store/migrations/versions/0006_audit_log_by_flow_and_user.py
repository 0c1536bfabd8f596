"""The audit log is filtered by flow and user from indexes alone."""

from alembic import op

from engine.store.migrations.portable import create_index, has_column, json_text, varchar

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    if has_column("events", "flow_id"):  # stores of the number 5 did this before 0005
        return
    op.add_column("events", varchar("flow_id", null=True))
    flow, flow_of_run = (
        json_text("envelope", "data", *path) for path in (("flow", "id"), ("flowRun", "flowId"))
    )
    op.execute(f"UPDATE events SET flow_id = COALESCE({flow}, {flow_of_run})")  # noqa: S608 - all ours
    op.drop_index("events_by_project", "events")
    op.drop_index("events_by_action", "events")
    create_index("events_by_project", "events", "project_id", "id", "action", "user_id", "flow_id")
    create_index("events_by_project_action", "events", "project_id", "action", "id", "user_id", "flow_id")
    create_index("events_by_action", "events", "action", "id", "user_id", "flow_id")
    create_index(
        "events_by_user", "events", "user_id", "id", "project_id", "action", "flow_id",
        where="user_id IS NOT NULL",
    )  # fmt: skip
    create_index(
        "events_by_flow", "events", "flow_id", "id", "project_id", "action", "user_id",
        where="flow_id IS NOT NULL",
    )  # fmt: skip
