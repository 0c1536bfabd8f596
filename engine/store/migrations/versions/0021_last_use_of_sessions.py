"""A session remembers its last use, and a user their time zone and appearance."""

from alembic import op

from engine.store.migrations.portable import add_required_column, varchar

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.add_column("users", varchar("time_zone", null=True))
    op.add_column("users", varchar("theme", null=True))
    add_required_column("sessions", varchar("last_used"), "''")
    op.execute("UPDATE sessions SET last_used = created")
