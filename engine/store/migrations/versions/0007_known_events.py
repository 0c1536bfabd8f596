"""A handler flow records which events its catalogue had, so that new ones can be offered."""

from alembic import op

from engine.store.migrations.portable import varchar

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("flows", varchar("known_events", null=True))
