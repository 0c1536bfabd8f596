"""People are invited to a project under a link."""

import sqlalchemy as sa
from alembic import op

from engine.store.migrations.portable import create_index, enum, varchar

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.create_table(
        "invitations",
        varchar("id", primary_key=True),
        varchar("project_id", sa.ForeignKey("projects.id")),
        varchar("email"),
        enum("role", 6),
        varchar("token_hash"),
        varchar("created"),
        varchar("created_by", null=True),
        varchar("expires"),
        sa.UniqueConstraint("token_hash"),
    )
    create_index("invitations_by_email", "invitations", "project_id", "email", unique=True)
