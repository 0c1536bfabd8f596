"""Held events: which flows hold some, the events of each, release and discard."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from engine.base.actor import Permission
from engine.base.errors import Conflict, NotFound, Unavailable
from engine.runs.held import HeldEvents
from engine.web.routes import RouteSpec, bind, route
from ui.shared import forms
from ui.shared.page_context import Layout, actor_of, here, project_of
from ui.shared.render import redirect

_ALL = "/p/{project_id}/held"
_EVENT = _ALL + "/events/{held_id}"
_FLOW = _ALL + "/flows/{flow_id}"
_LISTED = 50
_SMALL = 2_000


@dataclass(frozen=True)
class Services:
    """What these pages use."""

    layout: Layout
    held: HeldEvents


def routes(services: Services) -> list[RouteSpec]:
    view, edit = Permission.view, Permission.edit
    return [
        route(_ALL, bind(index, services), permission=view, name="held"),
        route(_EVENT, bind(show, services), permission=view),
        route(_FLOW + "/release", bind(release, services), permission=edit, methods=["POST"]),
        route(_FLOW + "/discard", bind(ask_discard, services), permission=edit),
        route(_FLOW + "/discard", bind(discard, services), permission=edit, methods=["POST"]),
    ]


async def index(services: Services, request: Request) -> Response:
    return await _list(services, request)


async def _list(
    services: Services, request: Request, error: Conflict | Unavailable | None = None
) -> Response:
    """The flows that hold events, and the events in the order in which they would be released."""
    project_id, asked = project_of(request), request.query_params
    flow_id, since = asked.get("flow", "").strip()[:64], forms.moment(asked.get("since", ""))
    flows = await services.held.flows(project_id)
    events = await services.held.list(
        project_id, flow_id or None, asked.get("cursor") or None, _LISTED, since=since or None
    )
    return await services.layout.page(
        request,
        "intake/held.html",
        error.status if error else 200,
        flows=flows,
        names={flow.flow_id: flow.flow_name for flow in flows},
        events=events,
        flow_id=flow_id,
        since=since,
        paged="cursor" in asked,
        result=_result(request),
        wrong=error.message if error else "",
    )


async def show(services: Services, request: Request) -> Response:
    one, event = await services.held.get(project_of(request), request.path_params["held_id"])
    return await services.layout.page(request, "intake/held_one.html", one=one, event=event)


async def release(services: Services, request: Request) -> Response:
    """Run what a flow holds, in the order of arrival."""
    await forms.read(request, _SMALL)
    try:
        count = await services.held.release(actor_of(request), request.path_params["flow_id"])
    except (Conflict, Unavailable) as error:
        return await _list(services, request, error)
    return redirect(request, here(request, f"/held?deed=released&done={count}"))


async def ask_discard(services: Services, request: Request) -> Response:
    flow_id = request.path_params["flow_id"]
    flows = await services.held.flows(project_of(request))
    flow = next((one for one in flows if one.flow_id == flow_id), None)
    if flow is None:
        raise NotFound("No events are held for this flow.")
    return await services.layout.page(request, "intake/discard.html", holding=flow)


async def discard(services: Services, request: Request) -> Response:
    await forms.read(request, _SMALL)
    count = await services.held.discard(actor_of(request), request.path_params["flow_id"])
    return redirect(request, here(request, f"/held?deed=discarded&done={count}"))


def _result(request: Request) -> str:
    """What the page says after events were released or discarded."""
    asked = request.query_params
    deed, done = asked.get("deed", ""), asked.get("done", "")
    if deed not in ("released", "discarded") or not (done.isascii() and done.isdigit() and len(done) < 8):
        return ""
    events = "1 event" if done == "1" else f"{int(done):,} events"
    return f"{deed.capitalize()} {events}."
