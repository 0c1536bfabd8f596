"""What was done to a draft: every edit in a sentence, who did it, and the way back and forth."""

from itertools import groupby

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engine.authoring.flow_reader import FlowRecord
from engine.base.actor import Permission
from engine.base.errors import Conflict
from engine.store.edit_store import EditRow
from engine.web.routes import route
from ui.shared import forms
from ui.shared.page_context import actor_of, here, page, project_of, services
from ui.shared.render import redirect

_HISTORY = "/p/{project_id}/flows/{flow_id}/history"

_SIGNS = {
    "undone": "undo-2", "save": "file-json", "restore": "history", "paste": "clipboard-paste", "add": "plus",
    "put": "plus", "duplicate": "copy", "delete": "trash-2", "remove": "trash-2", "move": "arrow-down",
    "rename": "pencil", "skip": "ban",
}  # fmt: skip
"""The icon of a command by the first word of its name."""


def routes() -> list[Route]:
    edit = Permission.edit
    return [
        route(_HISTORY, index, permission=Permission.view, name="history"),
        route(f"{_HISTORY}/undo", undo, permission=edit, methods=["POST"]),
        route(f"{_HISTORY}/redo", redo, permission=edit, methods=["POST"]),
    ]


async def index(request: Request) -> Response:
    return await _page(request, await _flow(request))


async def undo(request: Request) -> Response:
    return await _step(request, forward=False)


async def redo(request: Request) -> Response:
    return await _step(request, forward=True)


async def _step(request: Request, *, forward: bool) -> Response:
    """Go one edit back or forth from the revision that the page showed, and stay on the page."""
    sy, flow = services(request), await _flow(request)
    form = await forms.read(request, 1000)
    way = sy.edits.redo if forward else sy.edits.undo
    try:
        await way(actor_of(request), flow.id, form.number("revision"))
    except Conflict as error:
        return await _page(request, await _flow(request), error)
    return redirect(request, here(request, f"/flows/{flow.id}/history"))


async def _page(request: Request, flow: FlowRecord, error: Conflict | None = None) -> Response:
    sy, project_id = services(request), project_of(request)
    cursor = request.query_params.get("cursor") or None
    found = await sy.edits.history(project_id, flow.id, None if error else cursor)
    done = await sy.edits.ahead(project_id, flow.id)
    people = {member.user_id: member.name for member in await sy.access.projects.members(project_id)}
    keys = {key.id: f"API key {key.name}" for key in await sy.access.keys.list(project_id)}
    return await page(
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


async def _flow(request: Request) -> FlowRecord:
    return await services(request).flows.get(project_of(request), request.path_params["flow_id"])


def _sign(edit: EditRow) -> str:
    word = "undone" if edit.undone else edit.command.partition("_")[0]
    return _SIGNS.get(word, "pencil")
