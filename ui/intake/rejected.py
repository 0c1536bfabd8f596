"""Rejected requests: the list with its filters, one request, admit and delete."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from engine.authoring.flows import Flows
from engine.base.actor import Permission
from engine.base.errors import BadInput, Conflict, NotFound, Unavailable
from engine.intake.admissions import Admissions, Admitted
from engine.intake.rejected import MOST_IDS, Rejected, checked
from engine.store.rejected_store import Reason, RejectedFilter
from engine.web.routes import RouteSpec, bind, route
from engine.web.sign_in_path import local_path
from ui.shared import forms
from ui.shared.page_context import Layout, actor_of, here, project_of
from ui.shared.render import redirect

_ALL = "/p/{project_id}/rejected"
_ONE = _ALL + "/{rejected_id}"
_LISTED = 50
_SMALL = 20_000
_STATES = {"open": False, "admitted": True}
_RESULT = ("deed", "done", "refused", "held", "more", "left")

REASONS: dict[str, str] = {
    Reason.signature: "Could not be verified",
    Reason.size: "Too large",
    Reason.type: "Media type not supported",
    Reason.method: "Method not allowed",
    Reason.body: "Body could not be read",
    Reason.handshake: "Handshake refused",
    Reason.rate: "Too many requests",
    Reason.backlog: "Too many events waiting",
    Reason.disabled: "Flow disabled",
    Reason.deleted: "Flow deleted",
    Reason.unpublished: "No published webhook",
    Reason.settings: "Trigger settings",
    Reason.unavailable: "Server unavailable",
    Reason.error: "Internal error",
}
"""What a reason is called on pages."""


@dataclass(frozen=True)
class Services:
    """What these pages use."""

    layout: Layout
    rejected: Rejected
    admissions: Admissions
    flows: Flows


def routes(services: Services) -> list[RouteSpec]:
    view, edit, admin = Permission.view, Permission.edit, Permission.admin
    return [
        route(_ALL, bind(index, services), permission=view, name="rejected"),
        route(_ALL, bind(do, services), permission=edit, methods=["POST"]),
        route(_ONE, bind(show, services), permission=view),
        route(_ONE + "/admit", bind(admit, services), permission=edit, methods=["POST"]),
        route(_ONE + "/admit-unverified", bind(ask_unverified, services), permission=admin),
        route(
            _ONE + "/admit-unverified", bind(admit_unverified, services), permission=admin, methods=["POST"]
        ),
        route(_ONE + "/delete", bind(delete, services), permission=edit, methods=["POST"]),
    ]


async def index(services: Services, request: Request) -> Response:
    project_id, asked = project_of(request), request.query_params
    params = _params(asked)
    wrong, found = "", None
    try:
        wanted = _filter(project_id, params)
        found = await services.rejected.list(
            project_id,
            wanted.flow_id,
            wanted.reasons,
            wanted.admitted,
            wanted.since,
            wanted.until,
            wanted.source,
            asked.get("cursor") or None,
            _LISTED,
        )
    except BadInput as error:
        wrong = error.message
    flows = await services.flows.list(project_id, limit=200)
    return await services.layout.page(
        request,
        "intake/rejected.html",
        422 if wrong else 200,
        rows=found.data if found else [],
        next=found.next if found else None,
        params=params,
        wrong=wrong,
        filtered=any(value for key, value in params.items() if key != "state") or params["state"] != "open",
        paged="cursor" in asked,
        flows=[(flow.id, flow.name) for flow in flows.data],
        reasons=list(REASONS.items()),
        reason_names=REASONS,
        result=_result(asked),
        address=f"{request.url.path}?{request.url.query}",
        any_open=any(row.admitted is None and row.whole for row in found.data) if found else False,
    )


async def do(services: Services, request: Request) -> Response:
    """Admit or delete the chosen requests, or admit all that match the list's filters."""
    form = await forms.read(request, _SMALL)
    actor, deed = actor_of(request), form.word("do")
    path, _, query = local_path(form.text("next")).partition("?")
    if path != here(request, "/rejected"):
        query = ""
    params = _params(QueryParams(query))
    chosen = None if deed == "admit_all" else list(dict.fromkeys(form.all("request")))[:MOST_IDS]
    wanted = _filter(project_of(request), params)
    told: dict[str, Any] = {"deed": deed}
    if deed in ("admit", "admit_all"):
        done = await services.admissions.admit_all(actor, wanted, chosen)
        told |= _counted(done)
    elif deed == "delete":
        told["done"] = await services.rejected.delete(actor, wanted, chosen)
    else:
        raise BadInput("Choose what to do with the requests.", field="do")
    kept = [(key, value) for key, value in parse_qsl(query) if key not in (*_RESULT, "cursor")]
    return redirect(request, here(request, f"/rejected?{urlencode([*kept, *told.items()])}"))


async def show(services: Services, request: Request) -> Response:
    return await _show(services, request)


async def admit(services: Services, request: Request) -> Response:
    await forms.read(request, _SMALL)
    return await _admit(services, request, verify=True)


async def ask_unverified(services: Services, request: Request) -> Response:
    """What it means to admit a request without verifying it, before it is done."""
    opened = await services.rejected.open(project_of(request), request.path_params["rejected_id"])
    return await services.layout.page(
        request, "intake/admit_unverified.html", one=opened.stored, reason_names=REASONS
    )


async def admit_unverified(services: Services, request: Request) -> Response:
    await forms.read(request, _SMALL)
    return await _admit(services, request, verify=False)


async def delete(services: Services, request: Request) -> Response:
    await forms.read(request, _SMALL)
    id = request.path_params["rejected_id"]
    if not await services.rejected.delete(actor_of(request), RejectedFilter(project_of(request)), [id]):
        raise NotFound("There is no such rejected request in this project.")
    return redirect(request, here(request, "/rejected?deed=delete&done=1"))


async def _admit(services: Services, request: Request, *, verify: bool) -> Response:
    id = request.path_params["rejected_id"]
    try:
        await services.admissions.admit(actor_of(request), id, verify=verify)
    except (Conflict, Unavailable) as error:
        return await _show(services, request, error)
    return redirect(request, here(request, f"/rejected/{id}?deed=admit"))


async def _show(
    services: Services, request: Request, error: Conflict | Unavailable | None = None
) -> Response:
    project_id, id = project_of(request), request.path_params["rejected_id"]
    wrong = error.message if error else ""
    one = await services.rejected.get(project_id, id)
    return await services.layout.page(
        request,
        "intake/rejected_one.html",
        error.status if error else 200,
        one=one,
        reason=REASONS[one["reason"]],
        wrong=wrong,
        admitted_now=request.query_params.get("deed") == "admit",
    )


# -- inside ----------------------------------------------------------------------------------------


def _params(asked: QueryParams) -> dict[str, str]:
    found = {key: asked.get(key, "").strip()[:100] for key in ("flow", "reason", "since", "until", "source")}
    state = asked.get("state", "open")
    return {**found, "state": state if state in ("admitted", "all") else "open"}


def _filter(project_id: str, params: dict[str, str]) -> RejectedFilter:
    """Raises `BadInput`."""
    until = f"{params['until']}T23:59:59.999Z" if params["until"] else None
    return checked(
        project_id,
        params["flow"] or None,
        [params["reason"]] if params["reason"] else None,
        _STATES.get(params["state"]),
        params["since"] or None,
        until,
        params["source"] or None,
    )


def _counted(done: Admitted) -> dict[str, int]:
    counts = {"done": done.run + done.duplicate, "held": done.held, "refused": done.still_refused}
    return {name: count for name, count in counts.items() if count or name == "done"} | (
        {"more": 1} if done.more else {}
    )


def _result(asked: QueryParams) -> tuple[str, str] | None:
    """What the page says after several requests were admitted or deleted: a sentence, and of what kind."""
    deed, done = asked.get("deed", ""), _number(asked.get("done"))
    if deed == "delete":
        return f"Deleted {_requests(done)}.", "ok"
    if deed not in ("admit", "admit_all"):
        return None
    refused, held = _number(asked.get("refused")), _number(asked.get("held"))
    parts = [f"Admitted {_requests(done + held)}."]
    if held:
        parts.append(f"{held} of them {'is' if held == 1 else 'are'} held, because the flow is disabled.")
    if refused:
        parts.append(f"{_requests(refused).capitalize()} {'is' if refused == 1 else 'are'} still refused.")
    if "more" in asked:
        parts.append("Others match; admit all again to continue.")
    return " ".join(parts), "warn" if refused or held or "more" in asked else "ok"


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 8 else 0


def _requests(count: int) -> str:
    return "1 request" if count == 1 else f"{count:,} requests"
