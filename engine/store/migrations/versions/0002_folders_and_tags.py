"""Flows have a folder and tags, and stay restorable for a while after they were deleted."""

import sqlalchemy as sa
from alembic import op

from engine.store.migrations.portable import create_index, varchar

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "folders",
        varchar("id", primary_key=True),
        varchar("project_id", sa.ForeignKey("projects.id")),
        varchar("name"),
        varchar("created"),
        varchar("updated"),
    )
    create_index("folders_by_name", "folders", "project_id", "name", unique=True)
    op.add_column(
        "flows", varchar("folder_id", sa.ForeignKey("folders.id"), null=True), inline_references=True
    )
    op.add_column("flows", varchar("tags", server_default="[]"))
    op.add_column("flows", varchar("deleted", null=True))
    op.add_column("flows", varchar("deleted_by", null=True))
    create_index("flows_by_folder", "flows", "folder_id")
    create_index("flows_deleted", "flows", "deleted", where="deleted IS NOT NULL")
