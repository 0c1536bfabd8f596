"""Users sign in with a code of an authenticator app, or with a recovery code."""

import sqlalchemy as sa
from alembic import op

from engine.store.migrations.portable import integer, varchar

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.add_column("users", sa.Column("totp_secret", sa.LargeBinary(), nullable=True))
    op.add_column("users", varchar("totp_enabled", null=True))
    op.add_column("users", integer("totp_step", null=True))
    op.create_table(
        "recovery_codes",
        varchar("user_id", sa.ForeignKey("users.id"), primary_key=True),
        varchar("code_hash", primary_key=True),
    )
