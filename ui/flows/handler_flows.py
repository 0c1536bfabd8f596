"""Generate a handler flow: choose a vendor's catalogue, events and how requests are verified."""

import re
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engine.authoring.flows import Flows
from engine.authoring.project_catalogues import Catalogues
from engine.base.actor import Permission
from engine.base.errors import BadInput, Conflict, NotFound, SwitchyardError
from engine.catalogues import Catalogue
from engine.connections.service import Connections
from engine.web.routes import RouteSpec, bind, route
from pieces.webhook import SCHEMES
from ui.shared import forms
from ui.shared.page_context import Layout, actor_of, here, project_of
from ui.shared.render import redirect

_NEW = "/p/{project_id}/handler-flows/new"
_LIMIT = 200_000
_ONLY = "only."


@dataclass(frozen=True)
class Services:
    """What these pages use."""

    layout: Layout
    flows: Flows
    catalogues: Catalogues
    connections: Connections


def routes(services: Services) -> list[RouteSpec]:
    return [
        route(_NEW, bind(new, services), permission=Permission.edit, name="new handler flow"),
        route(_NEW, bind(create, services), permission=Permission.edit, methods=["POST"]),
    ]


async def new(services: Services, request: Request) -> Response:
    """The catalogues; with `?catalogue=` its events, all of them ticked."""
    return await _form(services, request, request.query_params.get("catalogue", ""))


async def create(services: Services, request: Request) -> Response:
    """Make the flow; a secret that was made with it is shown, this once."""
    form = await forms.read(request, _LIMIT)
    given = {key: form.word(key) for key in ("name", "scheme", "connection", "header")}
    chosen, events = form.word("catalogue"), form.all("event")
    given |= {name: form.word(name) for name in form.data if name.startswith(_ONLY)}
    try:
        catalogue = await services.catalogues.get(project_of(request), chosen)
        if not events:
            raise BadInput("Choose at least one event.", field="events")
        everything = set(events) >= set(catalogue.events) - set(catalogue.unnamed)
        made = await services.flows.generate_handler(
            actor_of(request),
            catalogue,
            "all" if everything else events,
            name=given["name"] or None,
            verify=_verify(catalogue, given, form.text("secret")),
            only=_only(given),
        )
    except (BadInput, Conflict, NotFound) as error:
        return await _form(services, request, chosen, events, given, error)
    if "secret" in made.verify:
        return await services.layout.page(
            request, "handler_flows/made.html", flow=made.flow, verify=made.verify
        )
    return redirect(request, here(request, f"/flows/{made.flow.id}"))


def _verify(catalogue: Catalogue, given: dict[str, str], secret: str) -> dict[str, Any]:
    """How requests are verified: the vendor's preset or another scheme, with a secret that is given,
    saved in a connection, or else made."""
    scheme = given["scheme"] or "none"
    verify: dict[str, Any] = {"scheme": scheme}
    if scheme == catalogue.verify.get("scheme"):
        verify = dict(catalogue.verify)
    if scheme != "none":
        extra = {"connection": given["connection"], "header": given["header"], "secret": secret}
        verify |= {key: value for key, value in extra.items() if value}
    return verify


def _only(given: dict[str, str]) -> dict[str, list[str]]:
    """By scope the ids that were written, with commas between."""
    written = {name.removeprefix(_ONLY): text for name, text in given.items() if name.startswith(_ONLY)}
    return {scope: [id for id in re.split(r"[,\s]+", text) if id] for scope, text in written.items()}


async def _form(
    services: Services,
    request: Request,
    chosen: str,
    events: list[str] | None = None,
    given: dict[str, str] | None = None,
    error: SwitchyardError | None = None,
) -> Response:
    known = await services.catalogues.all(project_of(request))
    catalogue = next((one for one in known if one.name == chosen), None)
    fresh = {"name": "", "scheme": "none", "connection": "", "header": ""}
    if catalogue is not None:
        fresh |= {key: value for key, value in catalogue.verify.items() if key in fresh}
        fresh["name"] = f"{catalogue.title} events"
    connections = await services.connections.list(project_of(request), "webhook")
    return await services.layout.page(
        request,
        "handler_flows/new.html",
        error.status if error else 200,
        catalogues=known,
        catalogue=catalogue,
        chosen=set(catalogue.events if events is None else events) if catalogue else set(),
        unnamed=set(catalogue.unnamed) if catalogue else set(),
        given=given or fresh,
        schemes=[(option.value, option.label) for option in SCHEMES.options],
        connections=[("", "New connection")] + [(one.name, one.name) for one in connections],
        wrong=error.message if error else "",
    )
