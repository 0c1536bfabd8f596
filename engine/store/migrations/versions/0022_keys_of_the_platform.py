"""An API key may be of the platform instead of a project."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    with op.batch_alter_table("api_keys") as batch:
        batch.alter_column("project_id", existing_type=sa.String(), nullable=True)
