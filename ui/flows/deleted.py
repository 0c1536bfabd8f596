"""Flows that were deleted lately, and the way back."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engine.base import clock
from engine.base.actor import Permission
from engine.base.errors import BadInput, NotFound
from engine.store.retention import DELETED_DAYS
from engine.web.routes import route
from ui.shared import forms
from ui.shared.page_context import actor_of, here, page, project_of, services
from ui.shared.render import query, redirect

_MOST = 50


def routes() -> list[Route]:
    return [
        route("/p/{project_id}/flows/deleted", index, permission=Permission.view, name="deleted flows"),
        route("/p/{project_id}/flows/restore", restore, permission=Permission.edit, methods=["POST"]),
    ]


async def index(request: Request) -> Response:
    sy, project_id = services(request), project_of(request)
    rows = await sy.flows.deleted(project_id)
    until = {row.id: clock.to_iso(clock.from_iso(row.deleted) + DELETED_DAYS * 86_400) for row in rows}
    people = {member.user_id: member.name for member in await sy.access.projects.members(project_id)}
    return await page(request, "flows/deleted.html", rows=rows, until=until, people=people, days=DELETED_DAYS)


async def restore(request: Request) -> Response:
    """Bring the chosen flows back, then show them in the list. One that is back already, or gone, is
    passed by."""
    sy, form = services(request), await forms.read(request, 50_000)
    chosen = list(dict.fromkeys(form.all("flow")))
    if not 0 < len(chosen) <= _MOST:
        raise BadInput(f"Choose 1 to {_MOST} flows.", field="flow")
    done = 0
    for flow_id in chosen:
        try:
            await sy.flows.restore(actor_of(request), flow_id)
            done += 1
        except NotFound:
            continue
    kept = {name: form.word(name) for name in ("q", "status", "folder", "tag")}
    return redirect(request, here(request, "/flows") + query(kept, did="restore", count=str(done)))
