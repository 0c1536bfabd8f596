"""What an administrator does on the machine itself: the services that need no worker, on the instance's own
files, beside a running server or without one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pieces
from engine.access import Access
from engine.authoring.active_flows import ActiveFlows
from engine.authoring.flows import Flows
from engine.authoring.project_catalogues import Catalogues
from engine.base.actor import Actor
from engine.base.errors import BadInput, Conflict
from engine.base.secrets import KEY_FILE, Vault
from engine.base.settings import Settings
from engine.connections.service import Connections
from engine.events.outbox import emit
from engine.runs.balance import Balance
from engine.runs.local_host import no_form
from engine.store import backup
from engine.store.backup import Backup
from engine.store.database import Database
from engine.store.dialects.sqlite_copy import Progress


class Administration:
    """The services of an instance whose files are open. Use `opened`."""

    def __init__(self, settings: Settings, db: Database) -> None:
        registry = pieces.registry()
        vault = Vault.from_settings(settings)
        self.access = Access(db, settings, emit, vault=vault)
        self.connections = Connections(db, vault, registry, no_form, emit)
        self.flows = Flows(db, registry, self.connections, emit, settings, ActiveFlows(db))
        self.catalogues = Catalogues(db, emit)
        self.balance = Balance(db)

    async def actor(self, project: str | None) -> Actor:
        """The machine's own hand, in a project; the first one when none is named. Raises `BadInput`."""
        known = await self.access.projects.list(Actor.system())
        chosen = project or (known[0].id if known else None)
        if chosen is None or chosen not in {info.id for info in known}:
            raise BadInput(f"There is no project {project!r}.", field="project")
        return Actor.system(chosen)


def back_up(settings: Settings, target: Path, *, force: bool, progress: Progress) -> Backup:
    """Write a backup of the instance, which may be running: see `store.backup`."""
    return backup.back_up(settings.database_path, target, force=force, progress=progress)


def restore(settings: Settings, source: Path, *, force: bool, other_key: bool, progress: Progress) -> Backup:
    """Put a backup in the place of the instance's database, which must be stopped: see `store.backup`.

    Raises what that raises, and `Conflict` when secrets in the backup were sealed with another key than the
    instance has, unless `other_key`: they must be entered again then.
    """
    sealed_with = backup.examine(source, progress).key_ids
    if not other_key and not sealed_with <= {_key_id(settings)}:
        where = "SWITCHYARD_SECRET_KEY" if settings.secret_key else settings.data_dir / KEY_FILE
        raise Conflict(
            f"The secrets in {source} cannot be read with the key of this instance ({where}). Put the key of "
            "the instance that made the backup there, or use --other-key and enter all secrets again."
        )
    return backup.restore(source, settings.database_path, force=force, progress=progress)


def _key_id(settings: Settings) -> bytes | None:
    """Of the instance's key; None where there is none yet, which is not made for the sake of a question."""
    if not settings.secret_key and not (settings.data_dir / KEY_FILE).exists():
        return None
    return Vault.from_settings(settings).key_id


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Administration]:
    """Open the instance's files for a moment. Raises `Unavailable` when they cannot be opened."""
    db = Database(settings.database_path, settings.durability)
    db.open()
    made = Administration(settings, db)
    try:
        await made.access.start()
        yield made
    finally:
        made.access.close()
        db.close()
