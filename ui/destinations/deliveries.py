"""Deliveries of a destination: how well it goes, the table with its filters, one delivery told attempt by
attempt, and sending again, one or a span of time."""

from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engine.base import clock
from engine.base.actor import Permission
from engine.base.errors import BadInput, Conflict, NotFound, SwitchyardError
from engine.events import registry as events
from engine.web.routes import RouteSpec, bind
from engine.web.sign_in_path import local_path
from ui.access import scopes
from ui.access.scopes import here, page, scope_of
from ui.shared import forms
from ui.shared.page_context import actor_of
from ui.shared.render import redirect

from . import form as form_of
from . import plots, views
from .services import Services
from .views import ONE, about, one

_LISTED = 30
_SMALL = 2000
SPANS = {"1": ("hour", 1), "24": ("day", 24), "168": ("7 days", 168), "720": ("30 days", 720)}
STATUSES = ("pending", "delivered", "dead", "held", "discarded", "cut")
FILTERS = ("status", "action", "since", "until")


def routes(services: Services) -> list[RouteSpec]:
    view, edit = Permission.view, Permission.edit
    of_one = ONE + "/deliveries/{delivery_id}"
    return [
        *scopes.routes(ONE, bind(show, services), view),
        *scopes.routes(ONE + "/test", bind(ask_test, services), edit),
        *scopes.routes(ONE + "/test", bind(test, services), edit, methods=["POST"]),
        *scopes.routes(ONE + "/replay", bind(replay, services), edit, methods=["POST"]),
        *scopes.routes(of_one, bind(show_one, services), view),
        *scopes.routes(of_one + "/resend", bind(resend, services), edit, methods=["POST"]),
    ]


# -- the table -------------------------------------------------------------------------------------


async def show(services: Services, request: Request) -> Response:
    return await _show(services, request, await one(services, request))


async def _show(
    services: Services, request: Request, record: Any, error: SwitchyardError | None = None
) -> Response:
    scope, asked = scope_of(request), request.query_params
    params = {key: asked.get(key, "").strip() for key in FILTERS}
    params["ended"] = forms.moment(asked.get("ended", ""))
    span = asked.get("span", "24") if asked.get("span") in SPANS else "24"
    found = await services.destinations.deliveries(
        scope,
        record.id,
        status=params["status"] if params["status"] in STATUSES else None,
        action=params["action"] if params["action"] in events.EVENTS else None,
        since=day(params["since"]),
        until=day(params["until"], end=True),
        ended=params["ended"] or None,
        cursor=asked.get("cursor") or None,
        limit=_LISTED,
    )
    counted = await services.destinations.statistics(scope, record.id, hours=SPANS[span][1])
    return await page(
        services.layout,
        request,
        "destinations/show.html",
        error.status if error else 200,
        destination=record,
        deliveries=found,
        counted=counted,
        plot=plots.plot(counted.buckets),
        span=span,
        spans=SPANS,
        params=params,
        kept={**params, "span": span if span != "24" else ""},
        filtered=any(params.values()),
        paged="cursor" in asked,
        statuses=STATUSES,
        actions=list(events.EVENTS),
        replays=await services.destinations.replays(scope, record.id),
        wrong=error.message if error else "",
        yesterday=_local(clock.utc() - timedelta(days=1)),
        now=clock.now_iso(),
        address=f"{request.url.path}?{request.url.query}",
        tab="deliveries",
        **await about(services, request, record),
    )


def day(text: str, *, end: bool = False) -> str | None:
    """The first or last moment of a day, as the store writes it; None for what is no day."""
    try:
        then = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
        then = then + timedelta(days=1) - timedelta(milliseconds=1) if end else then
    except (ValueError, OverflowError):
        return None
    return _iso(then)


def _iso(then: datetime) -> str:
    return then.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _local(then: datetime) -> str:
    """As a browser's field for date and time has it."""
    return f"{then:%Y-%m-%dT%H:%M}"


# -- sending again ---------------------------------------------------------------------------------


async def replay(services: Services, request: Request) -> Response:
    """All of a span of time, or what failed in it."""
    form, record = await forms.read(request, _SMALL), await one(services, request)
    try:
        await services.destinations.replay(
            actor_of(request),
            scope_of(request),
            record.id,
            since=_moment(form.word("since"), "since"),
            until=_moment(form.word("until"), "until") if form.word("until") else None,
            only="all" if form.word("only") == "all" else "failed",
        )
    except (BadInput, Conflict) as error:
        return await _show(services, request, record, error)
    return redirect(request, here(request, f"{views.ALL}/{record.id}#replays"))


def _moment(text: str, field: str) -> str:
    try:
        then = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput("Not a date and time.", field=field) from None
    return _iso(then if then.tzinfo else then.replace(tzinfo=UTC))


async def resend(services: Services, request: Request) -> Response:
    """One delivery, now; back to where the button stood."""
    form, record = await forms.read(request, _SMALL), await one(services, request)
    delivery = await _delivery(services, request, record)
    try:
        await services.destinations.resend(actor_of(request), scope_of(request), delivery["id"])
    except Conflict as error:
        return await _one(services, request, record, delivery, error)
    own = here(request, f"{views.ALL}/{record.id}")
    back = local_path(form.text("next"))
    return redirect(
        request, back if back.partition("?")[0] == own else f"{own}/deliveries/{delivery['id']}?did=resent"
    )


# -- one delivery ----------------------------------------------------------------------------------


async def show_one(services: Services, request: Request) -> Response:
    record = await one(services, request)
    return await _one(services, request, record, await _delivery(services, request, record))


async def _delivery(services: Services, request: Request, record: Any) -> dict[str, Any]:
    delivery_id = request.path_params["delivery_id"]
    found = await services.destinations.delivery(scope_of(request), delivery_id)
    if found["destination_id"] != record.id:
        raise NotFound("There is no such delivery here.")
    return found


async def _one(
    services: Services, request: Request, record: Any, delivery: dict[str, Any], error: Conflict | None = None
) -> Response:
    tries = delivery["attempts"]
    longest = max((attempt["phases"].get("total_ms") or 0 for attempt in tries), default=0)
    envelope = delivery["event"]
    return await page(
        services.layout,
        request,
        "destinations/delivery.html",
        error.status if error else 200,
        destination=record,
        delivery=delivery,
        sentence=events.sentence(envelope) if envelope else delivery["action"],
        bars=[plots.phases(attempt["phases"], longest) for attempt in tries],
        flow=_run_of(envelope),
        now=clock.now_iso(),
        wrong=error.message if error else "",
        address=request.url.path,
        **await about(services, request, record),
    )


def _run_of(envelope: dict[str, Any] | None) -> str:
    """The address of the run that the event tells of; empty for another event."""
    run = (envelope or {}).get("data", {}).get("flowRun") or {}
    project_id = (envelope or {}).get("projectId")
    return f"/p/{project_id}/runs/{run['id']}" if run.get("id") and project_id else ""


# -- trying it out ---------------------------------------------------------------------------------


async def ask_test(services: Services, request: Request) -> Response:
    return await _test(
        services, request, await one(services, request), request.query_params.get("sample", "")
    )


async def test(services: Services, request: Request) -> Response:
    """Send the sample of an event, and show all that went and came."""
    form, record = await forms.read(request, _SMALL), await one(services, request)
    action, variant = form_of.sample_of(form.word("sample"), record.events)
    result = await services.destinations.test(
        actor_of(request), scope_of(request), record.id, action, variant
    )
    return await _test(services, request, record, form.word("sample"), result)


async def _test(
    services: Services, request: Request, record: Any, sample: str, result: Any = None
) -> Response:
    action, variant = form_of.sample_of(sample, record.events)
    preview = await services.destinations.preview(scope_of(request), record.id, action, variant)
    return await page(
        services.layout,
        request,
        "destinations/test.html",
        destination=record,
        samples=form_of.samples(),
        sample=f"{action}:{variant}" if variant else action,
        preview=preview,
        result=result,
        bars=plots.phases(vars_of(result.answer.phases)) if result else [],
        tab="test",
        **await about(services, request, record),
    )


def vars_of(phases: Any) -> dict[str, float | None]:
    """The measured parts by their names, as a stored attempt has them."""
    return {name: getattr(phases, name) for name in phases.__dataclass_fields__}
