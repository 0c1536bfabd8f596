"""What an administrator does on the machine itself: the services that need no worker, on the instance's own
files, beside a running server or without one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pieces
from engine.access import Access
from engine.authoring.active_flows import ActiveFlows
from engine.authoring.flows import Flows
from engine.authoring.project_catalogues import Catalogues
from engine.base.actor import Actor
from engine.base.errors import BadInput
from engine.base.secrets import Vault
from engine.base.settings import Settings
from engine.connections.service import Connections
from engine.events.outbox import emit
from engine.runs.local_host import no_form
from engine.store.database import Database


class Administration:
    """The services of an instance whose files are open. Use `opened`."""

    def __init__(self, settings: Settings, db: Database) -> None:
        registry = pieces.registry()
        self.access = Access(db, settings, emit)
        self.connections = Connections(db, Vault.from_settings(settings), registry, no_form, emit)
        self.flows = Flows(db, registry, self.connections, emit, settings, ActiveFlows(db))
        self.catalogues = Catalogues(db, emit)

    async def actor(self, project: str | None) -> Actor:
        """The machine's own hand, in a project; the first one when none is named. Raises `BadInput`."""
        known = await self.access.projects.list(Actor.system())
        chosen = project or (known[0].id if known else None)
        if chosen is None or chosen not in {info.id for info in known}:
            raise BadInput(f"There is no project {project!r}.", field="project")
        return Actor.system(chosen)


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
