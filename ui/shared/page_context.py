"""What stands around every page of a project: its name, who looks at it, and what they may do."""

from typing import Any, cast

from starlette.requests import Request
from starlette.responses import Response

from engine.base.actor import Actor, Permission
from engine.instance import Switchyard

from .render import render


def services(request: Request) -> Switchyard:
    """The instance that answers."""
    return cast(Switchyard, request.app.state.switchyard)


def actor_of(request: Request) -> Actor:
    """Who asks; the guard of the route has found it out."""
    return cast(Actor, request.state.actor)


def project_of(request: Request) -> str:
    return str(request.path_params["project_id"])


def here(request: Request, path: str = "") -> str:
    """An address within the project of the request."""
    return f"/p/{project_of(request)}{path}"


async def page(request: Request, name: str, status: int = 200, /, **context: Any) -> Response:
    """A page of the project, or the block of it that was asked for."""
    return render(request, name, status, **await around(request), **context)


async def around(request: Request) -> dict[str, Any]:
    """What every template of a project's page needs."""
    sy, actor = services(request), actor_of(request)
    project_id = project_of(request)
    return {
        "project": await sy.access.projects.get(project_id),
        "unrouted": await sy.runs.count_unrouted(project_id),
        "actor": actor,
        "base": f"/p/{project_id}",
        "may_edit": actor.may(Permission.edit),
        "may_admin": actor.may(Permission.admin),
    }
