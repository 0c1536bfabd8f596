"""The audit log: what happened, by whom, in one project or in all; one event; export; what is too old."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from engine.access import Projects
from engine.api.events import MEDIA
from engine.authoring.flows import Flows
from engine.base.actor import Permission
from engine.base.errors import BadInput
from engine.base.settings import Settings
from engine.destinations import Destinations
from engine.events import registry as events
from engine.events.audit_log import SHORTEST_DAYS, AuditLog, narrowed
from engine.store.event_store import WINDOW, Filter
from engine.web.routes import RouteSpec, bind, route
from ui.access import scopes
from ui.access.scopes import here, page, scope_of
from ui.destinations.deliveries import day
from ui.shared import forms
from ui.shared.page_context import Layout, actor_of
from ui.shared.render import redirect

_ALL = "/events"
_LISTED = 50
_SMALL = 1000
_AGES = (30, 90, 180, 365, 730)
_KEYS = ("q", "user", "flow", "project", "since", "until")

TONES = {
    "bad": (".failed", ".deactivated", ".broken", ".revoked", ".disabled"),
    "warn": (".unrouted", ".deleted", ".removed", ".canceled", ".held", ".discarded", ".pruned", ".rejected"),
    "good": (".published", ".activated", ".finished", ".signed.up", ".granted"),
}
"""How an action is coloured: by how its name ends."""

SIGNS = {
    "Flows": "route", "Folders": "folder", "Runs": "play", "Users & access": "users", "Projects": "layers",
    "Destinations": "send", "Connections": "plug", "Catalogues": "list-tree", "Platform": "server",
}  # fmt: skip


@dataclass(frozen=True)
class Services:
    """What these pages use."""

    layout: Layout
    audit: AuditLog
    destinations: Destinations
    flows: Flows
    projects: Projects
    settings: Settings


def routes(services: Services) -> list[RouteSpec]:
    view, platform = Permission.view, Permission.platform
    return [
        *scopes.routes(_ALL, bind(index, services), view),
        *scopes.routes(_ALL + "/export", bind(export, services), view),
        route("/platform" + _ALL + "/retention", bind(retention, services), permission=platform),
        route(
            "/platform" + _ALL + "/retention", bind(prune, services), permission=platform, methods=["POST"]
        ),
        *scopes.routes(_ALL + "/{event_id}", bind(show, services), view),
    ]


async def index(services: Services, request: Request) -> Response:
    asked = request.query_params
    scope, params = scope_of(request), _params(request)
    wrong, found = "", None
    try:
        found = await services.audit.list(_filter(request), asked.get("cursor") or None, _LISTED)
    except BadInput as error:
        wrong = error.message
    return await page(
        services.layout,
        request,
        "events/list.html",
        422 if wrong else 200,
        rows=[_row(orjson.loads(envelope)) for envelope in found.data] if found else [],
        next=found.next if found else None,
        params=params,
        wrong=wrong,
        filtered=any(params.values()),
        paged="cursor" in asked,
        groups=groups(),
        users=await services.audit.users(scope),
        flows=[(flow.id, flow.name) for flow in (await services.flows.list(scope, limit=200)).data]
        if scope
        else [],
        projects=[(one.id, one.name) for one in await services.projects.list(actor_of(request))]
        if scope is None
        else [],
        window=WINDOW,
        exported=urlencode({key: value for key, value in params.items() if value}, doseq=True),
    )


async def export(services: Services, request: Request) -> Response:
    """The same list, whole, as a file."""
    kind = "csv" if request.query_params.get("format") == "csv" else "jsonl"
    return StreamingResponse(
        services.audit.export(_filter(request), "csv" if kind == "csv" else "jsonl"),
        media_type=MEDIA[kind],
        headers={
            "Content-Disposition": f'attachment; filename="events.{kind}"',
            "Cache-Control": "no-store",
        },
    )


async def show(services: Services, request: Request) -> Response:
    """One event: sentence, payload, and what became of telling it."""
    scope = scope_of(request)
    event = await services.audit.get(scope, request.path_params["event_id"])
    deliveries = await services.destinations.deliveries(scope, event_id=event["id"], limit=100)
    names = {one.id: one.name for one in await services.destinations.list(scope)}
    return await page(
        services.layout,
        request,
        "events/show.html",
        row=_row(event),
        event=event,
        about=_about(event),
        known=events.EVENTS.get(event["action"]),
        deliveries=deliveries.data,
        names=names,
    )


async def retention(services: Services, request: Request) -> Response:
    """The dry run: how many events are older than so many days, and of which days."""
    asked = request.query_params.get("days", "")
    days = int(asked) if asked in map(str, _AGES) else 0
    return await _retention(services, request, days)


async def prune(services: Services, request: Request) -> Response:
    form = await forms.read(request, _SMALL)
    days = form.word("days")
    if days not in map(str, _AGES):
        return await _retention(services, request, 0, "Choose an age.")
    gone = await services.audit.prune(actor_of(request), int(days))
    return redirect(request, f"{here(request, _ALL)}/retention?gone={gone}")


async def _retention(services: Services, request: Request, days: int, wrong: str = "") -> Response:
    gone = request.query_params.get("gone", "")
    found = await services.audit.would_go(actor_of(request), days) if days else []
    months: dict[str, int] = {}
    for at, count in found:
        months[at[:7]] = months.get(at[:7], 0) + count
    return await page(
        services.layout,
        request,
        "events/retention.html",
        422 if wrong else 200,
        days=days,
        ages=_AGES,
        would_go=found,
        months=list(months.items()),
        total=sum(count for _, count in found),
        oldest=await services.audit.oldest(),
        setting=services.settings.event_retention_days,
        shortest=SHORTEST_DAYS,
        gone=int(gone) if gone.isdecimal() and len(gone) < 12 else None,
        wrong=wrong,
    )


# -- inside ----------------------------------------------------------------------------------------


def _params(request: Request) -> dict[str, Any]:
    asked = request.query_params
    return {
        **{key: asked.get(key, "").strip() for key in _KEYS},
        "action": [one for one in asked.getlist("action") if one],
    }


def _actions(chosen: list[str]) -> list[str]:
    """Actions, where `Runs.*` stands for a whole group."""
    by_group = groups()
    found: list[str] = []
    for one in chosen:
        inside = by_group.get(one.removesuffix(".*")) if one.endswith(".*") else None
        found += [action for action, _ in inside] if inside else [one]
    return found


def _filter(request: Request) -> Filter:
    """What the query string narrows the list to. In a project's scope it is that project's, whatever the
    query says."""
    params = _params(request)
    return narrowed(
        scope_of(request) or params["project"] or None,
        actions=_actions(params["action"]),
        user_id=params["user"] or None,
        flow_id=params["flow"] or None,
        since=day(params["since"]),
        until=day(params["until"], end=True),
        words=params["q"][:200] or None,
    )


def groups() -> dict[str, list[tuple[str, str]]]:
    """The actions by group, (action, description)."""
    found: dict[str, list[tuple[str, str]]] = {}
    for known in events.EVENTS.values():
        found.setdefault(known.group, []).append((known.action, known.description))
    return found


def _row(event: dict[str, Any]) -> dict[str, Any]:
    """An event as the list shows it."""
    known = events.EVENTS.get(event["action"])
    tone = next((tone for tone, ends in TONES.items() if event["action"].endswith(ends)), "")
    return {
        "id": event["id"],
        "created": event["created"],
        "action": event["action"],
        "sentence": events.sentence(event),
        "who": event.get("userEmail") or event.get("apiKeyName") or "",
        "by_key": "apiKeyId" in event,
        "ip": event.get("ip", ""),
        "project": event.get("projectDisplayName") or event.get("projectId") or "",
        "sign": SIGNS.get(known.group if known else "", "bell"),
        "tone": tone,
    }


def _about(event: dict[str, Any]) -> list[tuple[str, str]]:
    """(label, address) of what the event tells of."""
    data, project_id = event.get("data") or {}, event.get("projectId")
    if not project_id:
        return []
    places = {
        "flowRun": ("The run", "runs"), "flow": ("The flow", "flows"),
        "destination": ("The destination", "destinations"),
    }  # fmt: skip
    return [
        (label, f"/p/{project_id}/{path}/{data[key]['id']}")
        for key, (label, path) in places.items()
        if isinstance(data.get(key), dict) and "id" in data[key]
    ]
