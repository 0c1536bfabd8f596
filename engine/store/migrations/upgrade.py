"""Run the migrations that a store lacks, by alembic. Imported only when an upgrade is due."""

import threading
from pathlib import Path

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from engine.base.errors import Unavailable

_one_at_a_time = threading.Lock()  # `alembic.op` is one connection's, for the whole process


def upgrade(connection: Connection, found: str, versions: Path) -> None:
    """Run the steps of `versions` after the revision `found`, and record the last one's revision.

    Runs in its caller's transaction. Raises `Unavailable` when the database refuses a step.
    """
    scripts = ScriptDirectory(str(versions.parent), version_locations=[str(versions)])
    context = MigrationContext.configure(connection)
    steps = list(scripts.iterate_revisions("head", found))
    with _one_at_a_time, Operations.context(context):
        for step in reversed(steps):
            try:
                step.module.upgrade()
            except DBAPIError as error:
                raise Unavailable(
                    f"The database cannot be upgraded from schema {found} to {scripts.get_current_head()}: "
                    f"step {step.revision} failed: {error.orig}. Nothing was changed."
                ) from error
    context.stamp(scripts, "head")
