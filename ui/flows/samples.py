"""Stored example events of a flow."""

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engine.authoring.edits import Edits
from engine.authoring.flow_reader import FlowRecord
from engine.authoring.flows import Flows
from engine.base.actor import Permission
from engine.base.errors import BadInput
from engine.base.settings import Settings
from engine.intake.captures import WINDOW, Captures
from engine.runs.service import as_event
from engine.web.routes import RouteSpec, bind, route
from ui.shared import forms
from ui.shared.page_context import Layout, actor_of, here, project_of
from ui.shared.render import pretty, query, redirect

from .flow_page import curl, has_webhook, unverified

_FLOW = "/p/{project_id}/flows/{flow_id}"
EMPTY: dict[str, Any] = {"body": {}}
_SHORT = 5000  # bytes of a form that names a sample


@dataclass(frozen=True)
class Services:
    """What these pages use."""

    layout: Layout
    flows: Flows
    edits: Edits
    settings: Settings
    captures: Captures


def routes(services: Services) -> list[RouteSpec]:
    return [
        route(f"{_FLOW}/samples", bind(index, services), permission=Permission.view, name="samples"),
        route(f"{_FLOW}/samples", bind(save, services), permission=Permission.edit, methods=["POST"]),
        route(
            f"{_FLOW}/samples/rename", bind(rename, services), permission=Permission.edit, methods=["POST"]
        ),
        route(
            f"{_FLOW}/samples/delete", bind(delete, services), permission=Permission.edit, methods=["POST"]
        ),
    ]


async def index(services: Services, request: Request) -> Response:
    flow = await _flow(services, request)
    name = request.query_params.get("sample", "")
    event = samples_of(flow).get(name)
    return await _samples_page(services, request, flow, name if event else "", pretty(event or EMPTY))


async def save(services: Services, request: Request) -> Response:
    form = await forms.read(request, services.settings.max_body_bytes)
    flow, name, given = await _flow(services, request), form.word("name"), form.text("event")
    try:
        event = as_event(forms.as_json(given, "event"))
        kept = await services.flows.save_sample(project_of(request), flow.id, name, event, actor_of(request))
    except BadInput as error:
        return await _samples_page(services, request, flow, name, given, error)
    return redirect(request, _address(request, flow, kept))


async def rename(services: Services, request: Request) -> Response:
    form, flow = await forms.read(request, _SHORT), await _flow(services, request)
    name, new = form.word("sample"), form.word("new_name")
    try:
        await services.edits.apply_to_latest(
            actor_of(request), flow.id, "rename_sample", {"name": name, "new_name": new}
        )
    except BadInput as error:
        event = pretty(samples_of(flow).get(name, EMPTY))
        return await _samples_page(services, request, flow, name, event, error, new_name=new)
    return redirect(request, _address(request, flow, new))


async def delete(services: Services, request: Request) -> Response:
    form, flow = await forms.read(request, _SHORT), await _flow(services, request)
    try:
        await services.edits.apply_to_latest(
            actor_of(request), flow.id, "delete_sample", {"name": form.word("sample")}
        )
    except BadInput as error:
        return await _samples_page(services, request, flow, "", pretty(EMPTY), error)
    return redirect(request, _address(request, flow))


def _address(request: Request, flow: FlowRecord, sample: str = "") -> str:
    return here(request, f"/flows/{flow.id}/samples") + query({}, sample=sample).removesuffix("?")


async def _samples_page(
    services: Services,
    request: Request,
    flow: FlowRecord,
    name: str,
    event: str,
    error: BadInput | None = None,
    *,
    new_name: str = "",
) -> Response:
    listening = has_webhook(flow.definition) and "listen" in request.query_params
    if listening and actor_of(request).may(Permission.edit):
        services.captures.open(flow.id)
    return await services.layout.page(
        request,
        "flows/samples.html",
        error.status if error else 200,
        tab="samples",
        **listing(flow, name),
        listening=listening,
        new_name=new_name or name,
        event=event,
        wrong=error.message if error else "",
        field=error.field if error else "",
    )


def listing(flow: FlowRecord, name: str, caught: str = "") -> dict[str, Any]:
    """What the list of samples needs: the one that is shown, and the one that a request just made."""
    return {
        "flow": flow,
        "names": list(samples_of(flow)),
        "name": name,
        "caught": caught,
        "has_webhook": has_webhook(flow.definition),
        "unverified": unverified(flow.definition),
        "minutes": int(WINDOW // 60),
        "curl": curl(flow, "/test"),
    }


async def _flow(services: Services, request: Request) -> FlowRecord:
    return await services.flows.get(project_of(request), request.path_params["flow_id"])


def samples_of(flow: FlowRecord) -> dict[str, Any]:
    """Events by their names."""
    samples: dict[str, Any] = flow.definition.get("samples") or {}
    return samples
