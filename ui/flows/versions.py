"""What was published of a flow: the list, one version drawn, and taking it back as the draft."""

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engine.authoring.flow_reader import FlowRecord
from engine.base.actor import Permission
from engine.base.errors import NotFound
from engine.flow import diff, dumps, parse
from engine.web.routes import route
from ui.drawing.canvas import draw
from ui.drawing.details import details
from ui.shared import forms
from ui.shared.page_context import actor_of, here, page, project_of, services
from ui.shared.render import redirect

_VERSIONS = "/p/{project_id}/flows/{flow_id}/versions"


def routes() -> list[Route]:
    return [
        route(_VERSIONS, index, permission=Permission.view, name="versions"),
        route(_VERSIONS + "/{number}", show, permission=Permission.view, name="version"),
        route(_VERSIONS + "/{number}/take", take, permission=Permission.edit, methods=["POST"]),
    ]


async def index(request: Request) -> Response:
    sy, project_id = services(request), project_of(request)
    flow = await sy.flows.get(project_id, request.path_params["flow_id"])
    return await page(
        request,
        "flows/versions.html",
        flow=flow,
        tab="versions",
        versions=await sy.flows.versions(project_id, flow.id),
        people={member.user_id: member.name for member in await sy.access.projects.members(project_id)},
        changes=await changes_since_published(request, flow),
    )


async def show(request: Request) -> Response:
    """A version drawn, with what the draft does differently."""
    sy, project_id = services(request), project_of(request)
    flow = await sy.flows.get(project_id, request.path_params["flow_id"])
    version = await sy.flows.version(project_id, flow.id, _number(request))
    definition: dict[str, Any] = orjson.loads(version.definition)
    step, asked = request.query_params.get("step", ""), request.query_params.get("with", "")
    other, other_name = dumps(parse(flow.definition)), "draft"
    if asked.isascii() and asked.isdigit() and len(asked) < 10:
        other = (await sy.flows.version(project_id, flow.id, int(asked))).definition
        other_name = f"version {int(asked)}"
    return await page(
        request,
        "flows/version.html",
        flow=flow,
        tab="versions",
        version=version,
        drawing=draw(definition, sy.pieces),
        chosen=details(definition, step, sy.pieces, []),
        step=step,
        changes=diff.changes(definition, orjson.loads(other)),
        difference=diff.unified(version.definition, other, f"version {version.number}", other_name),
        other=other_name,
        others=[v.number for v in await sy.flows.versions(project_id, flow.id) if v.number != version.number],
    )


async def take(request: Request) -> Response:
    """Make a version the draft again; the revision guards what somebody else may have edited."""
    sy = services(request)
    form = await forms.read(request, 1000)
    flow_id = request.path_params["flow_id"]
    await sy.edits.restore(actor_of(request), flow_id, _number(request), form.number("revision"))
    return redirect(request, here(request, f"/flows/{flow_id}"))


async def changes_since_published(request: Request, flow: FlowRecord) -> list[str]:
    """What the draft does differently, in sentences."""
    if flow.published_version is None:
        return []
    published = await services(request).flows.version(project_of(request), flow.id, flow.published_version)
    return diff.changes(orjson.loads(published.definition), flow.definition)


def _number(request: Request) -> int:
    text = request.path_params["number"]
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise NotFound("There is no such version of this flow.")
    return int(text)
