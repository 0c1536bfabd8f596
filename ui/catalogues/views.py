"""Catalogues: what vendors send, event by event; a project's own, by samples, a document, or learning."""

import asyncio
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engine import catalogues
from engine.authoring.project_catalogues import CatalogueRecord, Source
from engine.base.actor import Permission
from engine.base.errors import BadInput, Conflict, NotFound, SwitchyardError, TooLarge
from engine.catalogues import asyncapi, definition, document, learning
from engine.catalogues.definition import Definition
from engine.web.routes import route
from ui.shared import forms
from ui.shared.page_context import actor_of, here, page, project_of, services
from ui.shared.render import pretty, redirect

_ALL = "/p/{project_id}/catalogues"
_ONE = _ALL + "/{catalogue}"
_LIMIT = document.MAX_JSON
WAYS = ("samples", "asyncapi", "learned")


def routes() -> list[Route]:
    view, edit = Permission.view, Permission.edit
    return [
        route(_ALL, index, permission=view, name="catalogues"),
        route(_ALL + "/new", new, permission=edit),
        route(_ALL + "/new", create, permission=edit, methods=["POST"]),
        route(_ONE, show, permission=view, name="catalogue"),
        route(_ONE + "/edit", edit_form, permission=edit),
        route(_ONE + "/edit", save, permission=edit, methods=["POST"]),
        route(_ONE + "/delete", ask_delete, permission=edit),
        route(_ONE + "/delete", delete, permission=edit, methods=["POST"]),
    ]


async def index(request: Request) -> Response:
    sy, project_id = services(request), project_of(request)
    return await page(
        request,
        "catalogues/list.html",
        own=[one.catalogue for one in await sy.catalogues.own(project_id)],
        shipped=[catalogues.get(name) for name in catalogues.names()],
    )


async def show(request: Request) -> Response:
    """A catalogue, with one of its events: of `?event=`, or the first."""
    found = await services(request).catalogues.get(project_of(request), _name(request))
    event = found.events.get(request.query_params.get("event", ""), next(iter(found.events.values())))
    return await page(
        request,
        "catalogues/show.html",
        catalogue=found,
        event=event,
        own=found.name not in catalogues.names(),
        strangers=[] if found.name in catalogues.names() else await _strangers(request),
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


async def new(request: Request) -> Response:
    asked = request.query_params
    way = asked.get("way", "")
    return await _new(request, _Given(way if way in WAYS else "samples", flow=asked.get("flow", "")))


async def create(request: Request) -> Response:
    """First show what would be made of it, with the guessed expression; then make it."""
    sy, form = services(request), await forms.read(request, _LIMIT)
    given = _Given(form.word("way"), *(form.word(key) for key in ("name", "title")))
    given.text = form.file("file").strip() or form.text("text")
    given.flow, given.discriminator = form.word("flow"), form.word("discriminator")
    try:
        made = await _made(request, given)
        if form.word("do") == "add":
            source: Source = (
                "learned"
                if given.way == "learned"
                else ("asyncapi" if given.way == "asyncapi" else "samples")
            )
            done = await sy.catalogues.create(actor_of(request), given.name, made, source)
            return redirect(request, here(request, f"/catalogues/{done.name}"))
    except (BadInput, Conflict, NotFound, TooLarge) as error:
        return await _new(request, given, error=error)
    given.discriminator, given.title = made["discriminator"], made["title"]
    return await _new(request, given, made)


async def _made(request: Request, given: _Given) -> Definition:
    by = definition.expression(given.discriminator)
    title = given.title or (catalogues.label(given.name) if given.name else "")
    if given.way == "asyncapi":
        # Up to seconds of work, which must not hold up others.
        read = await asyncio.to_thread(document.read_document, given.text)
        made = asyncapi.from_document(read, title)
        return definition.checked(learning.renamed(made, by) if by else made)
    if given.way == "learned":
        flow = await services(request).flows.get(project_of(request), given.flow)
        made = await services(request).catalogues.learn(flow.project_id, flow.id, title or flow.name, by)
    else:
        made = learning.from_samples(learning.read_samples(given.text), title or "Events", by)
    return definition.checked(made)


async def _new(
    request: Request,
    given: _Given,
    made: Definition | None = None,
    error: SwitchyardError | None = None,
) -> Response:
    flows = await services(request).flows.list(project_of(request), limit=200)
    return await page(
        request,
        "catalogues/new.html",
        error.status if error else 200,
        given=given,
        made=made,
        strangers=dict(definition.strangers(made)) if made else {},
        flows=[(one.id, one.name) for one in flows.data],
        errors={error.field: error.message} if error and error.field in _SHOWN else {},
        wrong=error.message if error and error.field not in _SHOWN else "",
    )


_SHOWN = ("name", "title", "discriminator", "samples", "document", "flow")


# -- changing one ------------------------------------------------------------------------------------------


async def edit_form(request: Request) -> Response:
    record = await services(request).catalogues.record(project_of(request), _name(request))
    return await _edit(request, record, pretty(record.definition))


async def save(request: Request) -> Response:
    sy, form = services(request), await forms.read(request, definition.MAX_BYTES * 2)
    record, text = await sy.catalogues.record(project_of(request), _name(request)), form.text("definition")
    try:
        given = form.json("definition")
        if not isinstance(given, dict):
            raise BadInput("A catalogue is a JSON object.", field="definition")
        await sy.catalogues.update(actor_of(request), record.name, given)
    except (BadInput, TooLarge) as error:
        return await _edit(request, record, text, error)
    return redirect(request, here(request, f"/catalogues/{record.name}"))


async def ask_delete(request: Request) -> Response:
    record = await services(request).catalogues.record(project_of(request), _name(request))
    return await page(request, "catalogues/delete.html", catalogue=record.catalogue)


async def delete(request: Request) -> Response:
    await forms.read(request, 1_000)
    await services(request).catalogues.delete(actor_of(request), _name(request))
    return redirect(request, here(request, "/catalogues"))


async def _edit(
    request: Request, record: CatalogueRecord, text: str, error: SwitchyardError | None = None
) -> Response:
    where = f"{error.field}: " if error and error.field and error.field != "definition" else ""
    return await page(
        request,
        "catalogues/edit.html",
        error.status if error else 200,
        catalogue=record.catalogue,
        text=text,
        wrong=where + error.message if error else "",
    )


def _name(request: Request) -> str:
    return str(request.path_params["catalogue"])


async def _strangers(request: Request) -> list[tuple[str, Any]]:
    record = await services(request).catalogues.record(project_of(request), _name(request))
    return definition.strangers(record.definition)
