"""The state of triggers at their services, catalogues of a project's own, and what a user prefers.

Up to schema 8 these tables were created without a step, as in 0009.
"""

import sqlalchemy as sa
from alembic import op

from engine.store.migrations.portable import boolean, create_index, has_table, varchar

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    if not has_table("armed_triggers"):
        op.create_table(
            "armed_triggers",
            varchar("flow_id", primary_key=True),
            varchar("trigger", primary_key=True),
            varchar("project_id"),
            varchar("definition"),
            boolean("armed"),
            varchar("error", null=True),
        )
    if not has_table("catalogues"):
        op.create_table(
            "catalogues",
            varchar("id", primary_key=True),
            varchar("project_id"),
            varchar("name"),
            varchar("definition"),
            varchar("source"),
            varchar("created"),
            varchar("updated"),
        )
        create_index("catalogues_by_name", "catalogues", "project_id", "name", unique=True)
    if not has_table("preferences"):
        op.create_table(
            "preferences",
            varchar("user_id", sa.ForeignKey("users.id"), primary_key=True),
            varchar("name", primary_key=True),
            varchar("value"),
        )
