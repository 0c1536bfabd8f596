"""Generate a handler flow: choose a vendor's catalogue, events and how requests are verified."""

import re
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engine.authoring.flows import Flows, HandlerFlow
from engine.authoring.project_catalogues import Catalogues
from engine.base.actor import Permission
from engine.base.errors import BadInput, Conflict, NotFound, SwitchyardError
from engine.catalogues import Catalogue
from engine.connections.service import Connections
from engine.web.routes import RouteSpec, bind, route
from pieces.webhook import SCHEMES
from ui.shared import forms
from ui.shared.forms import Form
from ui.shared.page_context import Layout, actor_of, here, project_of
from ui.shared.render import redirect

from . import sender_lines

_NEW = "/p/{project_id}/handler-flows/new"
_LIMIT = 200_000
_ONLY = "only."
_BESIDE = {"events", "name", "verify.scheme", "verify.connection", "verify.secret", "verify.header"}
"""Fields beside which their error is shown; any other stands at the top."""


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
    """The catalogues; with `?catalogue=` its events. Each `?event=` is ticked."""
    asked = request.query_params
    return await _form(services, request, asked.get("catalogue", ""), asked.getlist("event"))


async def create(services: Services, request: Request) -> Response:
    """Create the flow; a secret that was created with it is shown, this once."""
    form = await forms.read(request, _LIMIT)
    given = {key: form.word(key) for key in ("name", "scheme", "connection", "header")}
    chosen = form.word("catalogue")
    given |= {name: form.word(name) for name in form.data if name.startswith(_ONLY)}
    events = form.all("event")
    try:
        catalogue = await services.catalogues.get(project_of(request), chosen)
        events = _chosen(catalogue, form)
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
    if "secret" not in made.verify:
        return redirect(request, here(request, f"/flows/{made.flow.id}"))
    return await _created(services, request, catalogue, made)


async def _created(services: Services, request: Request, catalogue: Catalogue, made: HandlerFlow) -> Response:
    """What to enter at the vendor: the address, and the secret; or where the vendor's own secret goes."""
    stored = await services.connections.list(project_of(request), "webhook")
    verify = made.flow.definition["triggers"][0]["input"]["verify"]
    secret, username = made.verify["secret"], made.verify.get("username", "")
    example = sender_lines.example_of(made.flow.definition)
    return await services.layout.page(
        request,
        "handler_flows/made.html",
        flow=made.flow,
        verify=made.verify,
        catalogue=catalogue,
        sender=_sender(catalogue),
        connection=next((one for one in stored if one.name == made.verify["connection"]), None),
        lines=sender_lines.lines(
            made.flow.webhook_url, verify, secret=secret, username=username, example=example
        ),
        form_fields=sender_lines.form_fields(made.flow.webhook_url, verify, secret=secret),
        vendor_secret=catalogue.vendor_shows_secret
        and made.verify["scheme"] == catalogue.verify.get("scheme"),
    )


def _sender(catalogue: Catalogue) -> str:
    """Who sends the events, in a sentence."""
    return catalogue.title.removesuffix(" events")


def _chosen(catalogue: Catalogue, form: Form) -> list[str]:
    """The events that were ticked, in the catalogue's order; a ticked group is all of its events that a
    branch can take. An event that the catalogue does not have stands at the end."""
    single, groups, unnamed = form.all("event"), set(form.all("group")), set(catalogue.unnamed)
    found = [
        event.name
        for event in catalogue.events.values()
        if event.name in single or (event.group in groups and event.name not in unnamed)
    ]
    return found + [name for name in dict.fromkeys(single) if name not in catalogue.events]


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
    events: list[str],
    given: dict[str, str] | None = None,
    error: SwitchyardError | None = None,
) -> Response:
    known = await services.catalogues.all(project_of(request))
    catalogue = next((one for one in known if one.name == chosen), None)
    fresh = {"name": "", "scheme": "none", "connection": "", "header": ""}
    if catalogue is not None:
        fresh |= {key: value for key, value in catalogue.verify.items() if key in fresh}
        fresh["name"] = f"{_sender(catalogue)} events"
    connections = await services.connections.list(project_of(request), "webhook")
    field = (error.field or "") if error else ""
    beside = catalogue is not None and (field in _BESIDE or field.removeprefix(_ONLY) in catalogue.scopes)
    return await services.layout.page(
        request,
        "handler_flows/new.html",
        error.status if error else 200,
        catalogues=known,
        catalogue=catalogue,
        sender=_sender(catalogue) if catalogue else "",
        chosen=set(events),
        unnamed=set(catalogue.unnamed) if catalogue else set(),
        given=given or fresh,
        schemes=[(option.value, option.label) for option in SCHEMES.options],
        connections=[("", "New connection")] + [(one.name, one.name) for one in connections],
        errors={field: error.message} if error and beside else {},
        wrong=error.message if error and not beside else "",
    )
