"""Generate a handler flow: choose a vendor's catalogue, events and how requests are verified."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engine import catalogues
from engine.access import Permission
from engine.errors import BadInput, NotFound, SwitchyardError
from engine.routes import route
from pieces.webhook import SCHEMES

from . import forms
from .render import redirect
from .shell import actor_of, here, page, project_of, services

_NEW = "/p/{project_id}/handler-flows/new"
_LIMIT = 200_000


def routes() -> list[Route]:
    return [
        route(_NEW, new, permission=Permission.edit, name="new handler flow"),
        route(_NEW, create, permission=Permission.edit, methods=["POST"]),
    ]


async def new(request: Request) -> Response:
    """The catalogues; with `?catalogue=` its events, all of them ticked."""
    return await _form(request, request.query_params.get("catalogue", ""))


async def create(request: Request) -> Response:
    sy, form = services(request), await forms.read(request, _LIMIT)
    name, scheme, connection = form.word("name"), form.word("scheme"), form.word("connection")
    chosen, events = form.word("catalogue"), form.all("event")
    verify: dict[str, Any] = {"scheme": scheme or "none"}
    if connection and scheme not in ("", "none"):
        verify["connection"] = connection
    try:
        catalogue = catalogues.get(chosen)
        if not events:
            raise BadInput("Choose at least one event.", field="events")
        everything = set(events) >= set(catalogue.events)
        made = await sy.flows.generate_handler(
            actor_of(request), chosen, "all" if everything else events, name=name or None, verify=verify
        )
    except (BadInput, NotFound) as error:
        return await _form(request, chosen, events, name, scheme, connection, error)
    return redirect(request, here(request, f"/flows/{made.flow.id}"))


async def _form(
    request: Request,
    chosen: str,
    events: list[str] | None = None,
    name: str = "",
    scheme: str | None = None,
    connection: str = "",
    error: SwitchyardError | None = None,
) -> Response:
    known = [catalogues.get(one) for one in catalogues.names()]
    catalogue = next((one for one in known if one.name == chosen), None)
    preset = str(catalogue.verify.get("scheme", "none")) if catalogue else "none"
    connections = await services(request).connections.list(project_of(request), "webhook")
    return await page(
        request,
        "handler_flows/new.html",
        error.status if error else 200,
        catalogues=known,
        catalogue=catalogue,
        chosen=set(catalogue.events if events is None else events) if catalogue else set(),
        name=name or (f"{catalogue.title} events" if catalogue and error is None else name),
        preset=preset,
        scheme=preset if scheme is None else scheme,
        schemes=[(option.value, option.label) for option in SCHEMES.options],
        connections=[("", "None yet")] + [(one.name, one.name) for one in connections],
        connection=connection or (connections[0].name if connections else ""),
        wrong=error.message if error else "",
    )
