"""What was done to a draft: every edit in a sentence, who did it, undo and redo."""

from dataclasses import dataclass
from itertools import groupby

from starlette.requests import Request
from starlette.responses import Response

from engine.access import Keys, Projects
from engine.authoring.edits import Edits
from engine.authoring.flow_reader import FlowRecord
from engine.authoring.flows import Flows
from engine.base.actor import Permission
from engine.base.errors import Conflict
from engine.store.edit_store import EditRow
from engine.web.routes import RouteSpec, bind, route
from ui.shared import forms
from ui.shared.page_context import Layout, actor_of, here, project_of
from ui.shared.render import redirect

_HISTORY = "/p/{project_id}/flows/{flow_id}/history"

_SIGNS = {
    "undone": "undo-2", "save": "file-json", "restore": "history", "paste": "clipboard-paste", "add": "plus",
    "put": "plus", "duplicate": "copy", "delete": "trash-2", "remove": "trash-2", "move": "arrow-down",
    "rename": "pencil", "skip": "ban",
}  # fmt: skip
"""The icon of a command by the first word of its name."""


@dataclass(frozen=True)
class Services:
    """What these pages use."""

    layout: Layout
    flows: Flows
    edits: Edits
    projects: Projects
    keys: Keys


def routes(services: Services) -> list[RouteSpec]:
    edit = Permission.edit
    return [
        route(_HISTORY, bind(index, services), permission=Permission.view, name="history"),
        route(f"{_HISTORY}/undo", bind(undo, services), permission=edit, methods=["POST"]),
        route(f"{_HISTORY}/redo", bind(redo, services), permission=edit, methods=["POST"]),
    ]


async def index(services: Services, request: Request) -> Response:
    return await _page(services, request, await _flow(services, request))


async def undo(services: Services, request: Request) -> Response:
    return await _step(services, request, forward=False)


async def redo(services: Services, request: Request) -> Response:
    return await _step(services, request, forward=True)


async def _step(services: Services, request: Request, *, forward: bool) -> Response:
    """Go one edit back or forth from the revision that the page showed, and stay on the page."""
    flow = await _flow(services, request)
    form = await forms.read(request, 1000)
    way = services.edits.redo if forward else services.edits.undo
    try:
        await way(actor_of(request), flow.id, form.number("revision"))
    except Conflict as error:
        return await _page(services, request, await _flow(services, request), error)
    return redirect(request, here(request, f"/flows/{flow.id}/history"))


async def _page(
    services: Services, request: Request, flow: FlowRecord, error: Conflict | None = None
) -> Response:
    project_id = project_of(request)
    cursor = request.query_params.get("cursor") or None
    found = await services.edits.history(project_id, flow.id, None if error else cursor)
    done = await services.edits.ahead(project_id, flow.id)
    people = {member.user_id: member.name for member in await services.projects.members(project_id)}
    keys = {key.id: f"API key {key.name}" for key in await services.keys.list(project_id)}
    return await services.layout.page(
        request,
        "flows/history.html",
        error.status if error else 200,
        flow=flow,
        tab="history",
        days=[(day, list(edits)) for day, edits in groupby(found.data, lambda edit: edit.created[:10])],
        now=next((edit.id for edit in found.data if not edit.undone), ""),
        signs={edit.id: _sign(edit) for edit in found.data},
        people={**people, **keys},
        more=found.next,
        paged=cursor is not None and error is None,
        undo=done.undo or "",
        redo=done.redo or "",
        wrong=error.message if error else "",
    )


async def _flow(services: Services, request: Request) -> FlowRecord:
    return await services.flows.get(project_of(request), request.path_params["flow_id"])


def _sign(edit: EditRow) -> str:
    word = "undone" if edit.undone else edit.command.partition("_")[0]
    return _SIGNS.get(word, "pencil")
