"""What was published of a flow: the list, one version drawn, and taking it back as the draft."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from engine.access import Projects
from engine.authoring.edits import Edits
from engine.authoring.flow_reader import FlowRecord
from engine.authoring.flows import Flows
from engine.base.actor import Permission
from engine.base.errors import NotFound
from engine.base.offload import LARGE, is_large, offload
from engine.flow import diff, dumps, parse
from engine.flow.marks import marks
from engine.web.routes import RouteSpec, bind, route
from pieces import Registry
from ui.drawing.canvas import draw
from ui.drawing.changes import mark_changes
from ui.drawing.details import details
from ui.shared import forms
from ui.shared.page_context import Layout, actor_of, here, project_of
from ui.shared.render import redirect

_VERSIONS = "/p/{project_id}/flows/{flow_id}/versions"


@dataclass(frozen=True)
class Services:
    """What these pages use."""

    layout: Layout
    flows: Flows
    edits: Edits
    projects: Projects
    pieces: Registry


def routes(services: Services) -> list[RouteSpec]:
    return [
        route(_VERSIONS, bind(index, services), permission=Permission.view, name="versions"),
        route(_VERSIONS + "/{number}", bind(show, services), permission=Permission.view, name="version"),
        route(
            _VERSIONS + "/{number}/take", bind(take, services), permission=Permission.edit, methods=["POST"]
        ),
    ]


async def index(services: Services, request: Request) -> Response:
    project_id = project_of(request)
    flow = await services.flows.get(project_id, request.path_params["flow_id"])
    return await services.layout.page(
        request,
        "flows/versions.html",
        flow=flow,
        tab="versions",
        versions=await services.flows.versions(project_id, flow.id),
        people={member.user_id: member.name for member in await services.projects.members(project_id)},
        changes=await changes_since_published(services.flows, flow),
    )


async def show(services: Services, request: Request) -> Response:
    """A version, or what it is compared with, drawn with the marks of what differs between them."""
    project_id = project_of(request)
    flow = await services.flows.get(project_id, request.path_params["flow_id"])
    version = await services.flows.version(project_id, flow.id, _number(request))
    definition: dict[str, Any] = orjson.loads(version.definition)
    step, asked = request.query_params.get("step", ""), request.query_params.get("with", "")
    other = await offload(lambda: dumps(parse(flow.definition)), large=is_large(flow.definition))
    other_name = "draft"
    if asked.isascii() and asked.isdigit() and len(asked) < 10:
        other = (await services.flows.version(project_id, flow.id, int(asked))).definition
        other_name = f"version {int(asked)}"
    compared: dict[str, Any] = orjson.loads(other)
    of_other = request.query_params.get("draw", "") == "other"
    drawing = draw(compared if of_other else definition, services.pieces)
    found = marks(definition, compared)
    mark_changes(drawing, found.new if of_other else found.old)
    large = max(len(version.definition), len(other)) > LARGE
    find = partial(diff.unified, version.definition, other, f"version {version.number}", other_name)
    return await services.layout.page(
        request,
        "flows/version.html",
        large=large,
        flow=flow,
        tab="versions",
        version=version,
        drawing=drawing,
        drawn="other" if of_other else "",
        counts=found.counts(),
        showing={"with": asked if other_name != "draft" else "", "draw": "other" if of_other else ""},
        chosen=details(compared if of_other else definition, step, services.pieces, []),
        step=step,
        changes=diff.changes(definition, compared),
        difference=await offload(find, large=large),
        other=other_name,
        others=[
            v.number for v in await services.flows.versions(project_id, flow.id) if v.number != version.number
        ],
    )


async def take(services: Services, request: Request) -> Response:
    """Make a version the draft again; the revision guards what somebody else may have edited."""
    form = await forms.read(request, 1000)
    flow_id = request.path_params["flow_id"]
    await services.edits.restore(actor_of(request), flow_id, _number(request), form.number("revision"))
    return redirect(request, here(request, f"/flows/{flow_id}"))


async def changes_since_published(flows: Flows, flow: FlowRecord) -> list[str]:
    """What the draft does differently, in sentences."""
    if flow.published_version is None:
        return []
    published = await flows.version(flow.project_id, flow.id, flow.published_version)
    return diff.changes(orjson.loads(published.definition), flow.definition)


def _number(request: Request) -> int:
    text = request.path_params["number"]
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise NotFound("There is no such version of this flow.")
    return int(text)
