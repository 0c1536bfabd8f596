"""Folders of flows: made, renamed, deleted."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from engine.authoring.folders import Folders
from engine.base.actor import Permission
from engine.base.errors import BadInput, Conflict, SwitchyardError
from engine.web.routes import RouteSpec, bind, route
from ui.shared import forms
from ui.shared.page_context import Layout, actor_of, here, project_of
from ui.shared.render import redirect

_FOLDERS = "/p/{project_id}/folders"
_SMALL = 10_000


@dataclass(frozen=True)
class Services:
    """What these pages use."""

    layout: Layout
    folders: Folders


def routes(services: Services) -> list[RouteSpec]:
    edit = Permission.edit
    return [
        route(_FOLDERS, bind(index, services), permission=edit, name="folders"),
        route(_FOLDERS, bind(create, services), permission=edit, methods=["POST"]),
        route(_FOLDERS + "/{folder_id}", bind(rename, services), permission=edit, methods=["POST"]),
        route(_FOLDERS + "/{folder_id}/delete", bind(ask_delete, services), permission=edit),
        route(_FOLDERS + "/{folder_id}/delete", bind(delete, services), permission=edit, methods=["POST"]),
        route(
            "/p/{project_id}/flows/{flow_id}/arrange",
            bind(arrange, services),
            permission=edit,
            methods=["POST"],
        ),
    ]


async def index(services: Services, request: Request) -> Response:
    return await _page(services, request)


async def create(services: Services, request: Request) -> Response:
    name = (await forms.read(request, _SMALL)).word("name")
    try:
        await services.folders.create(actor_of(request), name)
    except (BadInput, Conflict) as error:
        return await _page(services, request, error, name=name)
    return redirect(request, here(request, "/folders"))


async def rename(services: Services, request: Request) -> Response:
    folder_id, name = request.path_params["folder_id"], (await forms.read(request, _SMALL)).word("name")
    await services.folders.get(project_of(request), folder_id)  # a 404 before all that is wrong
    try:
        await services.folders.rename(actor_of(request), folder_id, name)
    except (BadInput, Conflict) as error:
        return await _page(services, request, error, folder_id, name)
    return redirect(request, here(request, "/folders"))


async def ask_delete(services: Services, request: Request) -> Response:
    folder = await services.folders.get(project_of(request), request.path_params["folder_id"])
    return await services.layout.page(request, "folders/delete.html", folder=folder)


async def delete(services: Services, request: Request) -> Response:
    await services.folders.delete(actor_of(request), request.path_params["folder_id"])
    return redirect(request, here(request, "/folders"))


async def arrange(services: Services, request: Request) -> Response:
    """Put one flow into a folder, or out of any, and give it its tags: with commas between them."""
    form, flow_id = await forms.read(request, _SMALL), request.path_params["flow_id"]
    tags = [tag for tag in form.word("tags").split(",") if tag.strip()]
    await services.folders.arrange(actor_of(request), flow_id, form.word("folder") or None, tags)
    return redirect(request, here(request, f"/flows/{flow_id}"))


async def _page(
    services: Services,
    request: Request,
    error: SwitchyardError | None = None,
    where: str = "new",
    name: str = "",
) -> Response:
    """`where` is the form, a folder's or that for a new one, in which `name` was wrong."""
    return await services.layout.page(
        request,
        "folders/list.html",
        error.status if error else 200,
        folders=await services.folders.list(project_of(request)),
        wrong={where: error.message} if error else {},
        given={where: name} if error else {},
    )
