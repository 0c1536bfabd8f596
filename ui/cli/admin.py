"""What an administrator does on the machine itself, beside a running server or without one."""

import re
from contextlib import suppress
from pathlib import Path
from typing import Any

from engine import administration, catalogues
from engine.authoring.flows import Imported
from engine.base.actor import Actor, Role
from engine.base.errors import BadInput, NotFound
from engine.base.settings import Settings
from engine.catalogues import Catalogue, definition, imports
from engine.catalogues.document import read_document

from .flow_files import read_any, read_text


async def make_api_key(settings: Settings, name: str, role: str, project: str | None) -> str:
    """A new API key's token."""
    if role not in set(Role):
        raise BadInput(f"The role must be one of {', '.join(Role)}.", field="role")
    async with administration.opened(settings) as here:
        _, token = await here.access.keys.create(await here.actor(project), name, Role(role))
        return token


async def make_platform_key(settings: Settings, name: str, project: str | None) -> str:
    """The token of a new API key of the platform."""
    if project is not None:
        raise BadInput("A platform key does not belong to a project.", field="project")
    async with administration.opened(settings) as here:
        _, token = await here.access.keys.create_platform(Actor.system(), name)
        return token


async def make_user(settings: Settings, email: str, name: str, platform_admin: bool) -> str:
    """A one-time address under which a user sets a password."""
    system = Actor.system()
    async with administration.opened(settings) as here:
        known = {user.email: user.id for user in await here.access.users.list(system)}
        if email.lower() in known:
            token = await here.access.users.reset_link(system, known[email.lower()])
        else:
            _, new = await here.access.users.create(system, email, name, platform_admin=platform_admin)
            token = new or ""
        return here.access.link_url(token)


async def list_projects(settings: Settings) -> list[Any]:
    async with administration.opened(settings) as here:
        return list(await here.access.projects.list(Actor.system()))


async def import_flows(settings: Settings, paths: list[Path], project: str | None) -> list[Imported]:
    async with administration.opened(settings) as here:
        actor = await here.actor(project)
        return [await here.flows.import_(actor, read_any(path)) for path in paths]


async def catalogue(settings: Settings, name: str, project: str | None) -> Catalogue:
    """A catalogue that ships, of a file with a definition or with an AsyncAPI or OpenAPI document, or of a
    project. Raises `BadInput`."""
    if name in catalogues.names():
        return catalogues.get(name)
    if name.endswith((".json", ".yaml", ".yml")):
        given = read_document(read_text(Path(name)))
        if not isinstance(given, dict):
            raise BadInput("A catalogue must be a JSON object.", field="catalogue")
        is_document = "asyncapi" in given or "openapi" in given
        made = imports.read(given) if is_document else definition.checked(given)
        return catalogues.from_json(re.sub(r"[^a-z0-9_-]", "-", Path(name).stem.lower()), made)
    if not settings.database_path.exists():
        known = ", ".join(catalogues.names())
        raise BadInput(f"There is no catalogue {name[:100]!r}; there are {known}.", field="catalogue")
    async with administration.opened(settings) as here:
        try:
            return await here.catalogues.get(str((await here.actor(project)).project_id), name)
        except NotFound as error:
            raise BadInput(error.message, field="catalogue") from error


async def export_flow(settings: Settings, flow_id: str, version: int | None) -> str:
    async with administration.opened(settings) as here:
        for project in await here.access.projects.list(Actor.system()):
            with suppress(NotFound):
                return await here.flows.export(project.id, flow_id, version)
        raise BadInput(f"There is no flow {flow_id!r} in this instance.", field="flow_id")
