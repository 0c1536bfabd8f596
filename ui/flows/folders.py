"""Folders of flows: made, renamed, deleted."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engine.base.actor import Permission
from engine.base.errors import BadInput, Conflict, SwitchyardError
from engine.web.routes import route
from ui.shared import forms
from ui.shared.page_context import actor_of, here, page, project_of, services
from ui.shared.render import redirect

_FOLDERS = "/p/{project_id}/folders"
_SMALL = 10_000


def routes() -> list[Route]:
    edit = Permission.edit
    return [
        route(_FOLDERS, index, permission=edit, name="folders"),
        route(_FOLDERS, create, permission=edit, methods=["POST"]),
        route(_FOLDERS + "/{folder_id}", rename, permission=edit, methods=["POST"]),
        route(_FOLDERS + "/{folder_id}/delete", ask_delete, permission=edit),
        route(_FOLDERS + "/{folder_id}/delete", delete, permission=edit, methods=["POST"]),
        route("/p/{project_id}/flows/{flow_id}/arrange", arrange, permission=edit, methods=["POST"]),
    ]


async def index(request: Request) -> Response:
    return await _page(request)


async def create(request: Request) -> Response:
    name = (await forms.read(request, _SMALL)).word("name")
    try:
        await services(request).folders.create(actor_of(request), name)
    except (BadInput, Conflict) as error:
        return await _page(request, error, name=name)
    return redirect(request, here(request, "/folders"))


async def rename(request: Request) -> Response:
    folder_id, name = request.path_params["folder_id"], (await forms.read(request, _SMALL)).word("name")
    await services(request).folders.get(project_of(request), folder_id)  # a 404 before all that is wrong
    try:
        await services(request).folders.rename(actor_of(request), folder_id, name)
    except (BadInput, Conflict) as error:
        return await _page(request, error, folder_id, name)
    return redirect(request, here(request, "/folders"))


async def ask_delete(request: Request) -> Response:
    folder = await services(request).folders.get(project_of(request), request.path_params["folder_id"])
    return await page(request, "folders/delete.html", folder=folder)


async def delete(request: Request) -> Response:
    await services(request).folders.delete(actor_of(request), request.path_params["folder_id"])
    return redirect(request, here(request, "/folders"))


async def arrange(request: Request) -> Response:
    """Put one flow into a folder, or out of any, and give it its tags: with commas between them."""
    form, flow_id = await forms.read(request, _SMALL), request.path_params["flow_id"]
    tags = [tag for tag in form.word("tags").split(",") if tag.strip()]
    await services(request).folders.arrange(actor_of(request), flow_id, form.word("folder") or None, tags)
    return redirect(request, here(request, f"/flows/{flow_id}"))


async def _page(
    request: Request, error: SwitchyardError | None = None, where: str = "new", name: str = ""
) -> Response:
    """`where` is the form, a folder's or that for a new one, in which `name` was wrong."""
    return await page(
        request,
        "folders/list.html",
        error.status if error else 200,
        folders=await services(request).folders.list(project_of(request)),
        wrong={where: error.message} if error else {},
        given={where: name} if error else {},
    )
