"""Values of the store may expire."""

from alembic import op

from engine.store.migrations.portable import varchar

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.add_column("store_items", varchar("expires", null=True))
    op.create_index("ix_store_items_expires", "store_items", ["expires"])
