"""What a flow does not know of what came of late, and of what its catalogue gained; one click gives it the
branch with a sample."""

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engine.analysis.drift import MAX_EVENTS, Drift, drift, value_of
from engine.authoring import case_branch
from engine.authoring.edits import Edits
from engine.authoring.flow_reader import FlowRecord
from engine.authoring.flows import Flows
from engine.authoring.project_catalogues import Catalogues
from engine.base.actor import Permission
from engine.base.errors import BadInput, NotFound
from engine.catalogues.handler_flow import take_over
from engine.expressions import apart, evaluated
from engine.flow import parse
from engine.runs.history import RunHistory
from engine.runs.service import Runs, as_event
from engine.web.routes import RouteSpec, bind, route
from pieces import Registry
from ui.shared import forms
from ui.shared.page_context import Layout, actor_of, here, project_of
from ui.shared.render import redirect

from . import samples

_DRIFT = "/p/{project_id}/flows/{flow_id}/drift"


@dataclass(frozen=True)
class Services:
    """What these pages use."""

    layout: Layout
    flows: Flows
    edits: Edits
    catalogues: Catalogues
    runs: Runs
    run_history: RunHistory
    pieces: Registry


def routes(services: Services) -> list[RouteSpec]:
    return [
        route(_DRIFT, bind(show, services), permission=Permission.view, name="drift"),
        route(_DRIFT, bind(take, services), permission=Permission.edit, methods=["POST"]),
    ]


async def show(services: Services, request: Request) -> Response:
    """The page; or, beside the drawing, its block alone."""
    flow = await _flow(services, request)
    return await _page(services, request, flow)


async def take(services: Services, request: Request) -> Response:
    """Give the draft a branch for a new value, or a sample with new fields."""
    form = await forms.read(request, 2_000)
    flow, run_id, router = await _flow(services, request), form.word("run"), form.word("router")
    if form.word("leave") or form.word("event"):
        return await _of_catalogue(services, request, flow, form.word("event"))
    run = await services.runs.get(project_of(request), run_id)
    if run["flow_id"] != flow.id:
        raise NotFound("There is no such run of this flow.")
    event = as_event(run["trigger"]["event"])
    name = form.word("sample") or "captured"
    try:
        if router:
            name = await _branch(services, request, flow, router, event)
        await services.edits.apply_to_latest(
            actor_of(request), flow.id, "add_sample", {"name": name[:200], "event": event}
        )
    except BadInput as error:
        return await _page(services, request, await _flow(services, request), error)
    return redirect(request, here(request, f"/flows/{flow.id}"))


async def _of_catalogue(services: Services, request: Request, flow: FlowRecord, event: str) -> Response:
    """Take over the branch of an event that the catalogue has; without one leave out what it gained."""
    if not event:
        await services.catalogues.leave_out(actor_of(request), flow.id)
        return redirect(request, here(request, f"/flows/{flow.id}"))
    try:
        catalogue = await services.catalogues.get(flow.project_id, flow.catalogue or "")
        commands = await asyncio.to_thread(take_over, parse(flow.definition), catalogue, event)
        for command, args in commands:
            await services.edits.apply_to_latest(actor_of(request), flow.id, command, args)
    except BadInput as error:
        return await _page(services, request, await _flow(services, request), error)
    return redirect(request, here(request, f"/flows/{flow.id}"))


async def _branch(
    services: Services, request: Request, flow: FlowRecord, router: str, event: dict[str, Any]
) -> str:
    """Add the branch; the name that the sample is to have."""
    step = (flow.definition.get("steps") or {}).get(router)
    if not isinstance(step, dict) or not step.get("key"):
        raise BadInput("This router no longer exists, or no longer has a key.")
    value = await evaluated(partial(value_of, flow.definition, step["key"], event))
    args = case_branch.arguments(flow.definition, router, value)
    await services.edits.apply_to_latest(actor_of(request), flow.id, "add_branch", args)
    names = samples.samples_of(await _flow(services, request))
    return str(value) if str(value) not in names else f"{str(value)[:180]} ({len(names) + 1})"


async def _flow(services: Services, request: Request) -> FlowRecord:
    return await services.flows.get(project_of(request), request.path_params["flow_id"])


async def _page(
    services: Services, request: Request, flow: FlowRecord, error: BadInput | None = None
) -> Response:
    recent = await services.run_history.events(flow.project_id, flow.id, MAX_EVENTS)
    try:
        found = await apart(partial(drift, flow.definition, recent, services.pieces))
    except BadInput:  # a draft in the middle of being written
        found = Drift()
    return await services.layout.page(
        request,
        "flows/drift.html",
        error.status if error else 200,
        flow=flow,
        drift=found,
        missing=await services.catalogues.missing(flow.project_id, flow.id),
        tab="",
        wrong=error.message if error else "",
    )
