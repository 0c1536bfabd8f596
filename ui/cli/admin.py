"""What an administrator does on the machine itself, beside a running server or without one."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pieces
from engine import catalogues
from engine.access import Access
from engine.authoring.active_flows import ActiveFlows
from engine.authoring.flows import Flows, Imported
from engine.authoring.project_catalogues import Catalogues
from engine.base.actor import Actor, Role
from engine.base.errors import BadInput, NotFound
from engine.base.secrets import Vault
from engine.base.settings import Settings
from engine.catalogues import Catalogue, definition
from engine.connections.service import Connections
from engine.events.outbox import emit
from engine.runs.local_host import no_form
from engine.store.database import Database

from .flow_files import read_json


class Desk:
    """The services that need no worker, on the instance's own files."""

    def __init__(self, settings: Settings, db: Database) -> None:
        registry = pieces.registry()
        self.access = Access(db, settings, emit)
        self.connections = Connections(db, Vault.from_settings(settings), registry, no_form, emit)
        self.flows = Flows(db, registry, self.connections, emit, settings, ActiveFlows(db))
        self.catalogues = Catalogues(db, emit)

    async def actor(self, project: str | None) -> Actor:
        """The machine's own hand, in a project; the first one when none is named."""
        known = await self.access.projects.list(Actor.system())
        chosen = project or (known[0].id if known else None)
        if chosen is None or chosen not in {info.id for info in known}:
            raise BadInput(f"There is no project {project!r}.", field="project")
        return Actor.system(chosen)


@asynccontextmanager
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    """Open the instance's files for a moment."""
    db = Database(settings.database_path, settings.durability)
    db.open()
    made = Desk(settings, db)
    try:
        await made.access.start()
        yield made
    finally:
        made.access.close()
        db.close()


async def make_api_key(settings: Settings, name: str, role: str, project: str | None) -> str:
    """A new API key's token."""
    if role not in set(Role):
        raise BadInput(f"The role is one of {', '.join(Role)}.", field="role")
    async with desk(settings) as here:
        _, token = await here.access.keys.create(await here.actor(project), name, Role(role))
        return token


async def make_user(settings: Settings, email: str, name: str, platform_admin: bool) -> str:
    """A one-time address under which a user sets a password."""
    system = Actor.system()
    async with desk(settings) as here:
        known = {user.email: user.id for user in await here.access.users.list(system)}
        if email.lower() in known:
            token = await here.access.users.reset_link(system, known[email.lower()])
        else:
            _, new = await here.access.users.create(system, email, name, platform_admin=platform_admin)
            token = new or ""
        return here.access.link_url(token)


async def list_projects(settings: Settings) -> list[Any]:
    async with desk(settings) as here:
        return list(await here.access.projects.list(Actor.system()))


async def import_flows(settings: Settings, paths: list[Path], project: str | None) -> list[Imported]:
    async with desk(settings) as here:
        actor = await here.actor(project)
        return [await here.flows.import_(actor, read_json(path)) for path in paths]


async def catalogue(settings: Settings, name: str, project: str | None) -> Catalogue:
    """A catalogue that ships, of a JSON file with a definition, or of a project. Raises `BadInput`."""
    if name in catalogues.names():
        return catalogues.get(name)
    if name.endswith(".json"):
        given = read_json(Path(name))
        if not isinstance(given, dict):
            raise BadInput("A catalogue is a JSON object.", field="catalogue")
        made = definition.checked(given)
        return catalogues.from_json(re.sub(r"[^a-z0-9_-]", "-", Path(name).stem.lower()), made)
    if not settings.database_path.exists():
        known = ", ".join(catalogues.names())
        raise BadInput(f"There is no catalogue {name[:100]!r}; there are {known}.", field="catalogue")
    async with desk(settings) as here:
        try:
            return await here.catalogues.get(str((await here.actor(project)).project_id), name)
        except NotFound as error:
            raise BadInput(error.message, field="catalogue") from error


async def export_flow(settings: Settings, flow_id: str, version: int | None) -> str:
    async with desk(settings) as here:
        for project in await here.access.projects.list(Actor.system()):
            with suppress(NotFound):
                return await here.flows.export(project.id, flow_id, version)
        raise BadInput(f"There is no flow {flow_id!r} in this instance.", field="flow_id")
