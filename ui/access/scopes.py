"""Pages that stand twice: under a project, for what is its own, and under the platform, for all of it."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engine.base.actor import Permission
from engine.web.routes import Endpoint, RouteSpec, route
from ui.shared.page_context import Layout, outside
from ui.shared.render import render

PLATFORM = "/platform"


def routes(path: str, endpoint: Endpoint, permission: Permission, **options: Any) -> list[RouteSpec]:
    """The route of both: who may do it in a project, and for the platform its admins."""
    return [
        route("/p/{project_id}" + path, endpoint, permission=permission, **options),
        route(PLATFORM + path, endpoint, permission=Permission.platform, **options),
    ]


def scope_of(request: Request) -> str | None:
    """The project that the page is about; None for the platform."""
    project_id = request.path_params.get("project_id")
    return None if project_id is None else str(project_id)


def here(request: Request, path: str = "") -> str:
    """An address within the same scope."""
    project_id = scope_of(request)
    return (PLATFORM if project_id is None else f"/p/{project_id}") + path


async def page(layout: Layout, request: Request, name: str, status: int = 200, /, **context: Any) -> Response:
    """A page of the scope, or the block of it that was asked for."""
    return render(request, name, status, **await _surroundings(layout, request), **context)


async def _surroundings(layout: Layout, request: Request) -> dict[str, Any]:
    """What every template of a page in either scope needs."""
    if scope_of(request) is not None:
        return await layout.context(request)
    return {**outside(request), "base": PLATFORM, "may_edit": True, "may_admin": True}
