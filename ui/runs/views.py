"""Runs: the list with its filters, those that no branch took, several at once, live."""

from collections.abc import AsyncGenerator
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from engine.base import clock
from engine.base.actor import Permission
from engine.base.errors import Conflict, NotFound
from engine.runs.unrouted_groups import Groups
from engine.store.models import RunStatus
from engine.web.routes import RouteSpec, bind, route
from engine.web.sign_in_path import local_path
from ui.shared import forms
from ui.shared.page_context import actor_of, here, project_of
from ui.shared.render import message, redirect

from .run import BEAT, Inbox, Watched
from .run import routes as routes_of_one
from .services import Services

_LISTED = 30
_MOST = 200  # runs that are retried or canceled at once
_ENDED = "only a run that has ended, of a version that is there, can be retried"
_WHY_NOT = {
    "retry": _ENDED,
    "retry_latest": _ENDED,
    "cancel": "only an open run can be canceled",
    "dismiss": "only an open unrouted event can be dismissed",
}
_STATUSES = {"failed_or_timed_out": [RunStatus.failed, RunStatus.timed_out]}
_UNROUTED: dict[str, bool | Literal["all"]] = {"unrouted": True, "unrouted_all": "all"}
_MORE = [
    ("failed_or_timed_out", "failed or timed out"),
    ("no_action", "no action"),
    ("unrouted", "unrouted"),
    ("unrouted_all", "unrouted, resolved too"),
]
"""What the list can be narrowed to besides one status."""

DEEDS = {
    "retry": "retried",
    "retry_latest": "retried on the latest version",
    "cancel": "canceled",
    "dismiss": "dismissed",
}


def routes(services: Services) -> list[RouteSpec]:
    view, edit = Permission.view, Permission.edit
    return [
        route("/p/{project_id}/runs", bind(index, services), permission=view, name="runs"),
        route("/p/{project_id}/runs", bind(do, services), permission=edit, methods=["POST"]),
        route("/p/{project_id}/unrouted", bind(unrouted, services), permission=view, name="unrouted"),
        route("/p/{project_id}/stream", bind(stream_project, services), permission=view, name="stream"),
        *routes_of_one(services),
    ]


# -- lists -----------------------------------------------------------------------------------------


async def index(services: Services, request: Request) -> Response:
    return await _list(services, request, "runs/list.html", None)


async def unrouted(services: Services, request: Request) -> Response:
    return await _list(services, request, "runs/unrouted.html", True)


async def _list(services: Services, request: Request, template: str, only_unrouted: bool | None) -> Response:
    project_id, asked = project_of(request), request.query_params
    params = {
        key: asked.get(key, "").strip()
        for key in ("q", "label", "status", "flow", "environment", "since", "until")
    }
    params["ended"] = forms.moment(asked.get("ended", ""))
    status = params["status"]
    statuses = _STATUSES.get(status, [status] if status in set(RunStatus) else None)
    found = await services.runs.list(
        project_id,
        flow_id=params["flow"] or None,
        status=statuses,
        environment=params["environment"] if params["environment"] in ("production", "test") else None,
        unrouted=only_unrouted or _UNROUTED.get(status),
        no_action=True if status == "no_action" else None,
        since=_day(params["since"]),
        until=_day(params["until"], end=True),
        text=params["q"] or None,
        ended=params["ended"] or None,
        labels=[params["label"]] if ":" in params["label"].strip(":") else [],
        cursor=asked.get("cursor") or None,
        limit=_LISTED,
    )
    flows = await services.flows.list(project_id, limit=200)
    return await services.layout.page(
        request,
        template,
        runs=found,
        params=params,
        flows=[(flow.id, flow.name) for flow in flows.data],
        statuses=[(str(one), str(one).replace("_", " ")) for one in RunStatus] + _MORE,
        keys=await services.runs.keys(project_id, [run.id for run in found.data]),
        filtered=any(params.values()),
        outcome=_outcome(asked),
        groups=await _groups(services, request) if only_unrouted and "cursor" not in asked else None,
        paged="cursor" in asked,
        address=f"{request.url.path}?{request.url.query}",
    )


async def _groups(services: Services, request: Request) -> Groups | None:
    """The open events in groups, where that says more than the list: one event needs no group."""
    found = await services.unrouted_groups.find(project_of(request), request.query_params.get("flow") or None)
    return found if any(len(group.runs) > 1 for group in found.groups) else None


def _day(text: str, *, end: bool = False) -> str | None:
    """The first or last moment of a day, as the store writes it, or the moment that is given; None for what
    is neither."""
    try:
        if "T" in text:
            return clock.to_iso(clock.from_iso(text))
        day = datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)
        moment = day + timedelta(days=1) - timedelta(milliseconds=1) if end else day
    except (ValueError, OverflowError):
        return None
    return moment.isoformat()


# -- several at once -------------------------------------------------------------------------------


async def do(services: Services, request: Request) -> Response:
    """Retry, cancel or dismiss each chosen run that allows it, or the open events that are like one of them,
    and say of how many that was."""
    form = await forms.read(request, 20_000)
    actor, deed, done, left = actor_of(request), form.word("do"), 0, 0
    chosen = list(dict.fromkeys(form.all("run")))[:_MOST] if deed in DEEDS else []
    if deed in DEEDS and form.word("alike"):
        chosen = await services.unrouted_groups.alike(project_of(request), form.word("alike"))
    for run_id in chosen:
        try:
            if deed == "cancel":
                await services.runs.cancel(actor, run_id)
            elif deed == "dismiss":
                await services.runs.dismiss(actor, run_id)
            else:
                await services.runs.retry(actor, run_id, "latest" if deed == "retry_latest" else "same")
            done += 1
        except (Conflict, NotFound):
            left += 1
    back = local_path(form.text("next"))
    if back.partition("?")[0] not in (here(request, "/runs"), here(request, "/unrouted")):
        back = here(request, "/runs")
    path, _, query = back.partition("?")
    kept = [(key, value) for key, value in parse_qsl(query) if key not in ("deed", "done", "left")]
    told = [("deed", deed if deed in DEEDS else "retry"), ("done", done), ("left", left)]
    return redirect(request, f"{path}?{urlencode([*kept, *told])}")


def _outcome(asked: QueryParams) -> tuple[str, str] | None:
    """What the page says after several runs were retried or canceled: a sentence, and of what kind."""
    deed, done, left = asked.get("deed", ""), _count(asked.get("done")), _count(asked.get("left"))
    if deed not in DEEDS:
        return None
    if not done and not left:
        return "No run was chosen.", "warn"
    says = f"{_runs(done)} {DEEDS[deed]}."
    if left:
        why = _WHY_NOT[deed]
        says = f"{says} {_runs(left)} left as {'it was' if left == 1 else 'they were'}: {why}."
    return says, "warn" if left else "ok"


def _count(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 4 else 0


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count} runs"


# -- live ------------------------------------------------------------------------------------------


async def stream_project(services: Services, request: Request) -> Response:
    return services.streams.events(request, news(services.live, project_of(request)))


async def news(live: Watched, project_id: str) -> AsyncGenerator[bytes, None]:
    """An event `runs` whenever a run of the project began to wait or ended: a list asks again.

    One comes at once, for what happened between the page and its stream.
    """
    inbox = Inbox(live, f"project:{project_id}")
    try:
        await clock.pause()  # the subscription begins
        yield message(event="runs")
        while True:
            heard = await inbox.heard(BEAT)
            yield message(event="runs") if heard else b": still here\n\n"
            await clock.sleep(1 if heard else 0)
    finally:
        await inbox.close()
