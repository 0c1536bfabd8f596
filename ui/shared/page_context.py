"""What stands around every page of a project: its name, who looks at it, and what they may do."""

from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from starlette.requests import Request
from starlette.responses import Response

from engine.access import Projects
from engine.base.actor import Actor, Permission
from engine.base.offload import offload
from engine.intake.open_counts import OpenCounts
from engine.runs.service import Runs

from .render import render


def actor_of(request: Request) -> Actor:
    """Who asks; the guard of the route has found it out."""
    return cast(Actor, request.state.actor)


def project_of(request: Request) -> str:
    return str(request.path_params["project_id"])


def here(request: Request, path: str = "") -> str:
    """An address within the project of the request."""
    return f"/p/{project_of(request)}{path}"


def outside(request: Request) -> dict[str, Any]:
    """What every template of a page needs that is about no project."""
    return {"project": None, "unrouted": 0, "actor": actor_of(request)}


@dataclass(frozen=True)
class Layout:
    """Draws the pages of projects, with what stands around each."""

    projects: Projects
    runs: Runs
    open_counts: OpenCounts

    async def page(
        self, request: Request, name: str, status: int = 200, /, *, large: bool = False, **context: Any
    ) -> Response:
        """A page of the project, or the block of it that was asked for. `large`: of a flow that is large."""
        context = {**await self.context(request), **context}
        return await offload(partial(render, request, name, status, **context), large=large)

    async def context(self, request: Request) -> dict[str, Any]:
        """What every template of a project's page needs."""
        actor, project_id = actor_of(request), project_of(request)
        return {
            "project": await self.projects.get(project_id),
            "unrouted": await self.runs.count_unrouted(project_id),
            "badges": await self.open_counts.get(project_id, request.path_params.get("flow_id")),
            "actor": actor,
            "base": f"/p/{project_id}",
            "may_edit": actor.may(Permission.edit),
            "may_admin": actor.may(Permission.admin),
        }
