"""An index finds the runs of a frozen draft, which is deleted after the last of them."""

from engine.store.migrations.portable import create_index, has_index

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    if not has_index("runs", "runs_of_drafts"):  # the later stores of schema 3 had it already
        create_index("runs_of_drafts", "runs", "version_id", where="version = 0")
