"""Destinations: the list, a new one, changing one, its state and its keys. Headers and secrets go in only."""

from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engine.base.actor import Permission
from engine.base.errors import BadInput, Conflict, NotFound, SwitchyardError
from engine.destinations import describe
from engine.events import registry as events
from engine.web.routes import RouteSpec, bind
from ui.access import scopes
from ui.access.scopes import here, page, scope_of
from ui.shared import forms
from ui.shared.page_context import actor_of
from ui.shared.render import query, redirect

from . import form as form_of
from . import handler, plots
from .services import Services

ALL = "/destinations"
ONE = ALL + "/{destination_id}"
_LIMIT = 100_000
_SMALL = 1000
_LISTED = 50
STATUSES = ("active", "pending", "inactive")


def routes(services: Services) -> list[RouteSpec]:
    view, edit, admin = Permission.view, Permission.edit, Permission.admin
    post: dict[str, Any] = {"methods": ["POST"]}
    return [
        *scopes.routes(ALL, bind(index, services), view),
        *scopes.routes(ALL + "/new", bind(new, services), admin),
        *scopes.routes(ALL + "/new", bind(create, services), admin, **post),
        *scopes.routes(ONE + "/edit", bind(edit_form, services), admin),
        *scopes.routes(ONE + "/edit", bind(update, services), admin, **post),
        *scopes.routes(ONE + "/signing", bind(signing, services), view),
        *scopes.routes(ONE + "/signing", bind(rotate, services), admin, **post),
        *scopes.routes(ONE + "/delete", bind(ask_delete, services), admin),
        *scopes.routes(ONE + "/delete", bind(delete, services), admin, **post),
        *scopes.routes(ONE + "/verify", bind(verify, services), admin, **post),
        *scopes.routes(ONE + "/release", bind(release, services), edit, **post),
        *scopes.routes(ONE + "/discard", bind(discard, services), admin, **post),
        *scopes.routes(ONE + "/enabled", bind(switch, services), admin, **post),
    ]


# -- the list --------------------------------------------------------------------------------------


async def index(services: Services, request: Request) -> Response:
    asked = request.query_params
    search, status = asked.get("q", "").strip(), asked.get("status", "")
    everything = await services.destinations.list(scope_of(request))
    found = [one for one in everything if _matches(one, search, status)]
    at = int(asked["at"]) if asked.get("at", "").isdecimal() and len(asked["at"]) < 7 else 0
    shown = found[at : at + _LISTED]
    return await page(
        services.layout,
        request,
        "destinations/list.html",
        destinations=shown,
        any=bool(everything),
        days={one.id: await _day(services, request, one.id) for one in shown},
        params={"q": search, "status": status if status in STATUSES else ""},
        statuses=STATUSES,
        before=max(0, at - _LISTED) if at else None,
        after=at + _LISTED if len(found) > at + _LISTED else None,
        kinds={kind.key: kind for kind in form_of.KINDS},
        chosen=describe.chosen,
        place=describe.place,
        spark={"width": plots.SPARK_WIDTH, "height": plots.SPARK_HEIGHT},
    )


def _matches(one: Any, search: str, status: str) -> bool:
    text = f"{one.name} {one.kind} {one.url} {' '.join(one.events)}".lower()
    return (status not in STATUSES or one.status == status) and search.lower() in text


async def _day(services: Services, request: Request, destination_id: str) -> dict[str, Any]:
    """The last day of a row: rate of success, and its bars."""
    counted = await services.destinations.statistics(scope_of(request), destination_id, hours=24)
    return {"counted": counted, "bars": plots.spark(counted.buckets)}


# -- a new one -------------------------------------------------------------------------------------


async def new(services: Services, request: Request) -> Response:
    """The form; `?kind=` and `?event=` choose before."""
    asked = request.query_params
    given = form_of.fresh()
    if asked.get("kind") in {kind.key for kind in form_of.KINDS}:
        given.kind = asked["kind"]
    if wanted := set(asked.getlist("event")):
        given.events = wanted & events.EVENTS.keys()
    return await _form(services, request, given)


async def create(services: Services, request: Request) -> Response:
    """Make the destination, or do what another button of the form asks for."""
    form = await forms.read(request, _LIMIT)
    try:
        if other := await _aside(services, request, form, None):
            return other
        made = await services.destinations.create(actor_of(request), scope_of(request), form_of.spec(form))
    except (BadInput, Conflict) as error:
        return await _form(services, request, form_of.sent(form), error=error, form=form)
    return await page(
        services.layout,
        request,
        "destinations/made.html",
        destination=made.record,
        secret=made.secret,
        verified=made.answer,
        samples=form_of.samples(),
        event=form_of.sample_of("", made.record.events)[0],
        chosen=describe.chosen,
    )


async def _aside(services: Services, request: Request, form: forms.Form, record: Any) -> Response | None:
    """What the form's other buttons do, none of which saves it."""
    deed, given = form.word("do"), form_of.sent(form)
    if deed == "preview":
        return await _form(services, request, given, record=record, form=form)
    if deed not in ("generate", "publish"):
        return None
    if deed == "generate":
        given = replace(given, kind="flow")
        made = await handler.generate(services, request, form, form_of.chosen(form), given.name)
        given.urls["flow"] = made.flow_id
        return await _form(services, request, given, record=record, form=form, generated=made)
    await handler.publish(services, request, given.urls["flow"])
    return await _form(services, request, given, record=record, form=form)


# -- changing one ----------------------------------------------------------------------------------


async def edit_form(services: Services, request: Request) -> Response:
    record = await one(services, request)
    return await _form(services, request, form_of.stored(record), record=record)


async def update(services: Services, request: Request) -> Response:
    form, record = await forms.read(request, _LIMIT), await one(services, request)
    try:
        if other := await _aside(services, request, form, record):
            return other
        await services.destinations.update(
            actor_of(request), scope_of(request), record.id, form_of.spec(form, record)
        )
    except (BadInput, Conflict) as error:
        return await _form(services, request, form_of.sent(form), record=record, error=error, form=form)
    return redirect(request, here(request, f"{ALL}/{record.id}?did=saved"))


async def _form(
    services: Services,
    request: Request,
    given: form_of.Given,
    *,
    record: Any = None,
    error: SwitchyardError | None = None,
    form: forms.Form | None = None,
    generated: handler.Generated | None = None,
) -> Response:
    action, variant = form_of.sample_of(form.word("sample") if form else "", sorted(given.events))
    kinds = {kind.key: kind for kind in form_of.KINDS}
    field = (error.field or "") if error else ""
    return await page(
        services.layout,
        request,
        "destinations/form.html",
        error.status if error else 200,
        record=record,
        destination=record,
        given=given,
        kinds=kinds,
        formats=form_of.FORMATS,
        verifications=form_of.VERIFICATIONS,
        options=form_of.OPTIONS,
        groups=form_of.groups(),
        samples=form_of.samples(),
        sample=f"{action}:{variant}" if variant else action,
        preview=await _preview(services, request, given, action, variant),
        flows=await handler.flows(services, request),
        projects=await handler.projects(services, request),
        handler=await handler.card(services, request, given.urls.get("flow", ""))
        if given.kind == "flow"
        else None,
        generated=generated or handler.generated(form),
        blanks=range(form_of.BLANK_HEADERS),
        several=form_of.takes_several(given.format),
        field=field.partition(".")[0],
        errors={field: error.message} if error and field else {},
        wrong=error.message if error and not field else "",
        tab="edit",
        **(await about(services, request, record) if record else {}),
    )


async def _preview(
    services: Services, request: Request, given: form_of.Given, action: str, variant: str
) -> dict[str, Any]:
    """What would be sent; the message instead where the format is none."""
    format = given.format if given.kind not in ("flow", "topic") else "raw"
    anywhere = {
        "name": "x",
        "kind": "webhook",
        "url": "https://example.com/",
        "events": ["*"],
        "format": format,
    }
    try:
        shown = await services.destinations.preview(scope_of(request), anywhere, action, variant)
    except BadInput as error:
        return {"body": error.message, "headers": {}}
    return {"body": shown.body, "headers": shown.headers}


# -- its state -------------------------------------------------------------------------------------


async def one(services: Services, request: Request) -> Any:
    """The destination of the address, in its scope."""
    return await services.destinations.get(scope_of(request), request.path_params["destination_id"])


async def about(services: Services, request: Request, record: Any) -> dict[str, Any]:
    """What the head of each of its pages needs."""
    return {
        "at": here(request, f"{ALL}/{record.id}"),
        "kind": next(kind for kind in form_of.KINDS if kind.key == record.kind),
        "chosen": describe.chosen,
        "place": describe.place,
        "did": said(request),
        "leads_to": await handler.card(services, request, record.flow_id) if record.flow_id else None,
    }


DEEDS = {
    "saved": "Saved.",
    "enabled": "It is active. Events are delivered from now on.",
    "disabled": "It is inactive. Its events are held from now on.",
    "verified": "The receiver confirmed the address. The destination is active.",
    "resent": "Resent. The newest attempt is below.",
}


def said(request: Request) -> tuple[str, str]:
    """What the page tells after something was done, and of what kind that is."""
    asked = request.query_params
    deed, count = asked.get("did", ""), asked.get("count", "")
    if deed in ("released", "discarded") and count.isdecimal() and len(count) < 12:
        events = (
            "1 event" if count == "1" else f"{int(count):,} events".replace(",", "\N{NARROW NO-BREAK SPACE}")
        )
        return (f"{events} on the way." if deed == "released" else f"{events} discarded."), "ok"
    if deed == "unverified":
        return "Not verified. " + asked.get("why", "")[:300], "bad"
    return DEEDS.get(deed, ""), "ok"


async def verify(services: Services, request: Request) -> Response:
    destination_id = request.path_params["destination_id"]
    answer = await services.destinations.verify(actor_of(request), scope_of(request), destination_id)
    if answer.ok:
        return _back(request, did="verified")
    return _back(request, did="unverified", why=answer.error or f"HTTP {answer.status}")


async def switch(services: Services, request: Request) -> Response:
    form = await forms.read(request, _SMALL)
    destination_id, on = request.path_params["destination_id"], form.word("enabled") == "yes"
    deed = services.destinations.enable if on else services.destinations.disable
    await deed(actor_of(request), scope_of(request), destination_id)
    return _back(request, did="enabled" if on else "disabled")


async def release(services: Services, request: Request) -> Response:
    destinations, actor = services.destinations, actor_of(request)
    count = await destinations.release(actor, scope_of(request), request.path_params["destination_id"])
    return _back(request, did="released", count=str(count))


async def discard(services: Services, request: Request) -> Response:
    """What is held is given up, once the form says that this is meant."""
    form, record = await forms.read(request, _SMALL), await one(services, request)
    if form.word("sure") != "yes":
        raise BadInput("Confirm that the held events may be discarded.", field="sure")
    destinations, actor = services.destinations, actor_of(request)
    count = await destinations.discard(actor, scope_of(request), record.id)
    return _back(request, did="discarded", count=str(count))


def _back(request: Request, **told: str) -> Response:
    return redirect(
        request, here(request, f"{ALL}/{request.path_params['destination_id']}") + query({}, **told)
    )


async def ask_delete(services: Services, request: Request) -> Response:
    record = await one(services, request)
    return await page(services.layout, request, "destinations/delete.html", destination=record)


async def delete(services: Services, request: Request) -> Response:
    record = await one(services, request)
    await services.destinations.delete(actor_of(request), scope_of(request), record.id)
    return redirect(request, here(request, ALL))


# -- its keys --------------------------------------------------------------------------------------


async def signing(services: Services, request: Request) -> Response:
    return await _signing(services, request, await one(services, request))


async def rotate(services: Services, request: Request) -> Response:
    """A new secret, shown this once; the old one signs beside it for a while."""
    form, record = await forms.read(request, _SMALL), await one(services, request)
    overlap = form.word("overlap_h", "24")
    if overlap not in dict(OVERLAPS):
        raise BadInput("Choose one of the listed overlaps.", field="overlap_h")
    destinations = services.destinations
    secret = await destinations.rotate(
        actor_of(request), scope_of(request), record.id, overlap_h=float(overlap)
    )
    return await _signing(services, request, record, secret)


OVERLAPS = [("24", "24 hours"), ("72", "3 days"), ("168", "7 days"), ("1", "1 hour"), ("0", "not at all")]


async def _signing(services: Services, request: Request, record: Any, secret: str = "") -> Response:
    try:
        keys = await services.destinations.public_keys(scope_of(request), record.id)
    except NotFound:
        keys = {"keys": []}
    return await page(
        services.layout,
        request,
        "destinations/signing.html",
        destination=record,
        keys=keys["keys"],
        secret=secret,
        overlaps=OVERLAPS,
        tab="signing",
        **await about(services, request, record),
    )
