"""Storing what somebody leaves unsaved, and discarding it."""

from starlette.requests import Request
from starlette.responses import Response

from engine.base.actor import Permission
from engine.base.errors import BadInput
from engine.web.routes import RouteSpec, bind, route
from ui.shared import forms
from ui.shared.page_context import actor_of

from . import page, unsaved
from .services import Services

_FLOW = "/p/{project_id}/flows/{flow_id}"


def routes(services: Services) -> list[RouteSpec]:
    edit = Permission.edit
    return [
        route(f"{_FLOW}/unsaved", bind(store, services), permission=edit, methods=["POST"]),
        route(f"{_FLOW}/unsaved/discard", bind(discard, services), permission=edit, methods=["POST"]),
    ]


async def store(services: Services, request: Request) -> Response:
    """Store what a form holds and the draft does not: the script sends it when a page is left in the middle.
    Raises `BadInput` for what is too long."""
    form = await forms.read(request, services.settings.max_body_bytes)
    flow = await page.flow_of(services, request)
    name = _name_of(form)
    await page.store_unsaved(services, request, flow, form, name)
    return Response(status_code=204)


def _name_of(form: forms.Form) -> str:
    name = unsaved.name_of(form)
    if not name:
        raise BadInput("The form does not name its panel.", field="panel")
    return name


async def discard(services: Services, request: Request) -> Response:
    """Forget what is not saved of a panel, and show what is saved. Raises `BadInput`."""
    form = await forms.read(request, services.settings.max_body_bytes)
    flow, name = await page.flow_of(services, request), _name_of(form)
    asked = page.state_shown(request, form)
    before = unsaved.marks(await services.unsaved.list(actor_of(request), flow.id))
    await services.unsaved.discard(actor_of(request), flow.id, name)
    return await page.answer(services, request, flow, asked, said="Discarded", before=flow, marked=before)
