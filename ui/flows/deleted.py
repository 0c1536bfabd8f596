"""Recently deleted flows, and restoring them."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from engine.access import Projects
from engine.authoring.flows import Flows
from engine.base import clock
from engine.base.actor import Permission
from engine.base.errors import BadInput, NotFound
from engine.store.retention import DELETED_DAYS
from engine.web.routes import RouteSpec, bind, route
from ui.shared import forms
from ui.shared.page_context import Layout, actor_of, here, project_of
from ui.shared.render import query, redirect

_MOST = 50


@dataclass(frozen=True)
class Services:
    """What these pages use."""

    layout: Layout
    flows: Flows
    projects: Projects


def routes(services: Services) -> list[RouteSpec]:
    return [
        route(
            "/p/{project_id}/flows/deleted",
            bind(index, services),
            permission=Permission.view,
            name="deleted flows",
        ),
        route(
            "/p/{project_id}/flows/restore",
            bind(restore, services),
            permission=Permission.edit,
            methods=["POST"],
        ),
    ]


async def index(services: Services, request: Request) -> Response:
    project_id = project_of(request)
    rows = await services.flows.deleted(project_id)
    until = {row.id: clock.to_iso(clock.from_iso(row.deleted) + DELETED_DAYS * 86_400) for row in rows}
    people = {member.user_id: member.name for member in await services.projects.members(project_id)}
    return await services.layout.page(
        request, "flows/deleted.html", rows=rows, until=until, people=people, days=DELETED_DAYS
    )


async def restore(services: Services, request: Request) -> Response:
    """Bring the chosen flows back, then show them in the list. One that is back already, or gone, is
    passed by."""
    form = await forms.read(request, 50_000)
    chosen = list(dict.fromkeys(form.all("flow")))
    if not 0 < len(chosen) <= _MOST:
        raise BadInput(f"Select 1 to {_MOST} flows.", field="flow")
    done = 0
    for flow_id in chosen:
        try:
            await services.flows.restore(actor_of(request), flow_id)
            done += 1
        except NotFound:
            continue
    kept = {name: form.word(name) for name in ("q", "status", "folder", "tag")}
    return redirect(request, here(request, "/flows") + query(kept, did="restore", count=str(done)))
