"""Stored example events of a flow."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engine.authoring.flow_reader import FlowRecord
from engine.base.actor import Permission
from engine.base.errors import BadInput
from engine.runs.service import as_event
from engine.web.routes import route
from ui.shared import forms
from ui.shared.page_context import actor_of, here, page, project_of, services
from ui.shared.render import pretty, query, redirect

from .flow_page import curl, has_webhook, unverified

_FLOW = "/p/{project_id}/flows/{flow_id}"
EMPTY: dict[str, Any] = {"body": {}}
_SHORT = 5000  # bytes of a form that names a sample


def routes() -> list[Route]:
    return [
        route(f"{_FLOW}/samples", index, permission=Permission.view, name="samples"),
        route(f"{_FLOW}/samples", save, permission=Permission.edit, methods=["POST"]),
        route(f"{_FLOW}/samples/rename", rename, permission=Permission.edit, methods=["POST"]),
        route(f"{_FLOW}/samples/delete", delete, permission=Permission.edit, methods=["POST"]),
    ]


async def index(request: Request) -> Response:
    flow = await _flow(request)
    name = request.query_params.get("sample", "")
    event = samples_of(flow).get(name)
    return await _samples_page(request, flow, name if event else "", pretty(event or EMPTY))


async def save(request: Request) -> Response:
    sy = services(request)
    form = await forms.read(request, sy.settings.max_body_bytes)
    flow, name, given = await _flow(request), form.word("name"), form.text("event")
    try:
        event = as_event(forms.as_json(given, "event"))
        kept = await sy.flows.save_sample(project_of(request), flow.id, name, event, actor_of(request))
    except BadInput as error:
        return await _samples_page(request, flow, name, given, error)
    return redirect(request, _address(request, flow, kept))


async def rename(request: Request) -> Response:
    form, flow = await forms.read(request, _SHORT), await _flow(request)
    name, new = form.word("sample"), form.word("new_name")
    try:
        await services(request).edits.apply_to_latest(
            actor_of(request), flow.id, "rename_sample", {"name": name, "new_name": new}
        )
    except BadInput as error:
        event = pretty(samples_of(flow).get(name, EMPTY))
        return await _samples_page(request, flow, name, event, error, new_name=new)
    return redirect(request, _address(request, flow, new))


async def delete(request: Request) -> Response:
    form, flow = await forms.read(request, _SHORT), await _flow(request)
    try:
        await services(request).edits.apply_to_latest(
            actor_of(request), flow.id, "delete_sample", {"name": form.word("sample")}
        )
    except BadInput as error:
        return await _samples_page(request, flow, "", pretty(EMPTY), error)
    return redirect(request, _address(request, flow))


def _address(request: Request, flow: FlowRecord, sample: str = "") -> str:
    return here(request, f"/flows/{flow.id}/samples") + query({}, sample=sample).removesuffix("?")


async def _samples_page(
    request: Request,
    flow: FlowRecord,
    name: str,
    event: str,
    error: BadInput | None = None,
    *,
    new_name: str = "",
) -> Response:
    return await page(
        request,
        "flows/samples.html",
        error.status if error else 200,
        tab="samples",
        **listing(flow, name),
        listening=has_webhook(flow.definition) and "listen" in request.query_params,
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
        "curl": curl(flow, "/test"),
    }


async def _flow(request: Request) -> FlowRecord:
    return await services(request).flows.get(project_of(request), request.path_params["flow_id"])


def samples_of(flow: FlowRecord) -> dict[str, Any]:
    """Events by their names."""
    samples: dict[str, Any] = flow.definition.get("samples") or {}
    return samples
