"""Catalogues: what vendors send, event by event; a project's own, by samples, a document, or learning."""

import asyncio
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from engine import catalogues
from engine.authoring.flows import Flows
from engine.authoring.project_catalogues import CatalogueRecord, Catalogues, Source
from engine.base.actor import Permission
from engine.base.errors import BadInput, Conflict, NotFound, SwitchyardError, TooLarge
from engine.catalogues import definition, document, imports, learning
from engine.catalogues.definition import Definition
from engine.web.routes import RouteSpec, bind, route
from ui.shared import forms
from ui.shared.page_context import Layout, actor_of, here, project_of
from ui.shared.render import pretty, redirect

_ALL = "/p/{project_id}/catalogues"
_ONE = _ALL + "/{catalogue}"
_LIMIT = document.MAX_BYTES
WAYS = ("samples", "document", "learned")


@dataclass(frozen=True)
class Services:
    """What these pages use."""

    layout: Layout
    catalogues: Catalogues
    flows: Flows


def routes(services: Services) -> list[RouteSpec]:
    view, edit = Permission.view, Permission.edit
    return [
        route(_ALL, bind(index, services), permission=view, name="catalogues"),
        route(_ALL + "/new", bind(new, services), permission=edit),
        route(_ALL + "/new", bind(create, services), permission=edit, methods=["POST"]),
        route(_ONE, bind(show, services), permission=view, name="catalogue"),
        route(_ONE + "/edit", bind(edit_form, services), permission=edit),
        route(_ONE + "/edit", bind(save, services), permission=edit, methods=["POST"]),
        route(_ONE + "/delete", bind(ask_delete, services), permission=edit),
        route(_ONE + "/delete", bind(delete, services), permission=edit, methods=["POST"]),
    ]


async def index(services: Services, request: Request) -> Response:
    project_id = project_of(request)
    return await services.layout.page(
        request,
        "catalogues/list.html",
        own=[one.catalogue for one in await services.catalogues.own(project_id)],
        shipped=[catalogues.get(name) for name in catalogues.names()],
    )


async def show(services: Services, request: Request) -> Response:
    """A catalogue, with one of its events: of `?event=`, or the first."""
    found = await services.catalogues.get(project_of(request), _name(request))
    event = found.events.get(request.query_params.get("event", ""), next(iter(found.events.values())))
    return await services.layout.page(
        request,
        "catalogues/show.html",
        catalogue=found,
        event=event,
        own=found.name not in catalogues.names(),
        unnamed=set(found.unnamed),
    )


# -- adding one --------------------------------------------------------------------------------------------


@dataclass
class _Given:
    """The form of a new catalogue."""

    way: str
    name: str = ""
    title: str = ""
    text: str = ""
    flow: str = ""
    discriminator: str = ""
    mask: str = ""


async def new(services: Services, request: Request) -> Response:
    asked = request.query_params
    way = asked.get("way", "")
    return await _new(
        services, request, _Given(way if way in WAYS else "samples", flow=asked.get("flow", ""))
    )


async def create(services: Services, request: Request) -> Response:
    """First show what would be made of it, with the guessed expression; then make it."""
    form = await forms.read(request, _LIMIT)
    way, name, title = (form.word(key) for key in ("way", "name", "title"))
    given = _Given("document" if way in ("asyncapi", "openapi") else way, name, title)
    given.text = form.file("file").strip() or form.text("text")
    given.flow, given.discriminator = form.word("flow"), form.word("discriminator")
    given.mask = form.text("mask")
    try:
        made, source = await _made(services, request, given)
        made = await asyncio.to_thread(definition.checked, {**made, "mask": given.mask.splitlines()})
        if form.word("do") == "add":
            done = await services.catalogues.create(actor_of(request), given.name, made, source)
            return redirect(request, here(request, f"/catalogues/{done.name}"))
    except (BadInput, Conflict, NotFound, TooLarge) as error:
        return await _new(services, request, given, error=error)
    given.discriminator, given.title = made["discriminator"], made["title"]
    return await _new(services, request, given, made)


async def _made(services: Services, request: Request, given: _Given) -> tuple[Definition, Source]:
    by = definition.expression(given.discriminator)
    title = given.title or (catalogues.label(given.name) if given.name else "")
    if given.way == "document":
        # Up to seconds of work, which must not hold up others.
        return await asyncio.to_thread(imports.read_any, given.text, title, by)
    if given.way == "learned":
        flow = await services.flows.get(project_of(request), given.flow)
        made = await services.catalogues.learn(flow.project_id, flow.id, title or flow.name, by)
        return made, "learned"
    bodies = learning.read_samples(given.text)
    made = await asyncio.to_thread(learning.from_samples, bodies, title or "Events", by)
    return definition.checked(made), "samples"


async def _new(
    services: Services,
    request: Request,
    given: _Given,
    made: Definition | None = None,
    error: SwitchyardError | None = None,
) -> Response:
    flows = await services.flows.list(project_of(request), limit=200)
    named = (error.field or "").partition(".")[0] if error else ""
    return await services.layout.page(
        request,
        "catalogues/new.html",
        error.status if error else 200,
        given=given,
        made=made,
        strangers=dict(definition.strangers(made)) if made else {},
        flows=[(one.id, one.name) for one in flows.data],
        errors={named: error.message} if error and named in _SHOWN else {},
        wrong=error.message if error and named not in _SHOWN else "",
    )


_SHOWN = ("name", "title", "discriminator", "samples", "document", "flow", "mask")


# -- changing one ------------------------------------------------------------------------------------------


async def edit_form(services: Services, request: Request) -> Response:
    record = await services.catalogues.record(project_of(request), _name(request))
    return await _edit(services, request, record, pretty(record.definition))


async def save(services: Services, request: Request) -> Response:
    form = await forms.read(request, definition.MAX_BYTES * 2)
    record, text = (
        await services.catalogues.record(project_of(request), _name(request)),
        form.text("definition"),
    )
    try:
        given = form.json("definition")
        if not isinstance(given, dict):
            raise BadInput("A catalogue must be a JSON object.", field="definition")
        await services.catalogues.update(actor_of(request), record.name, given)
    except (BadInput, TooLarge) as error:
        return await _edit(services, request, record, text, error)
    return redirect(request, here(request, f"/catalogues/{record.name}"))


async def ask_delete(services: Services, request: Request) -> Response:
    record = await services.catalogues.record(project_of(request), _name(request))
    return await services.layout.page(request, "catalogues/delete.html", catalogue=record.catalogue)


async def delete(services: Services, request: Request) -> Response:
    await forms.read(request, 1_000)
    await services.catalogues.delete(actor_of(request), _name(request))
    return redirect(request, here(request, "/catalogues"))


async def _edit(
    services: Services,
    request: Request,
    record: CatalogueRecord,
    text: str,
    error: SwitchyardError | None = None,
) -> Response:
    where = f"{error.field}: " if error and error.field and error.field != "definition" else ""
    return await services.layout.page(
        request,
        "catalogues/edit.html",
        error.status if error else 200,
        catalogue=record.catalogue,
        text=text,
        wrong=where + error.message if error else "",
    )


def _name(request: Request) -> str:
    return str(request.path_params["catalogue"])
