"""Flows: the list, one flow drawn, its file as text, publishing, switching, deleting."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engine.authoring.flow_reader import FlowRecord
from engine.authoring.flows import Flows
from engine.authoring.folders import Folders
from engine.base.actor import Permission
from engine.base.errors import BadInput, Conflict, SwitchyardError
from engine.base.offload import LARGE, is_large, offload
from engine.base.settings import Settings
from engine.catalogues.document import read_document
from engine.flow import Problem, dumps, parse
from engine.runs.history import RunHistory
from engine.runs.service import Runs
from engine.triggers.service import Triggers
from engine.web.routes import RouteSpec, bind, route
from engine.web.sign_in_path import local_path
from pieces import Registry
from ui.destinations.sparkline import HEIGHT, STEP, WIDTH, Sparkline, sparkline
from ui.drawing.canvas import draw
from ui.drawing.details import details
from ui.drawing.problem_links import places, ways
from ui.shared import forms
from ui.shared.page_context import Layout, actor_of, here, project_of
from ui.shared.render import redirect

from . import bulk, versions
from .flow_page import about_flow, is_silent

STATUSES = ("draft", "published", "enabled", "disabled")
_FLOW = "/p/{project_id}/flows/{flow_id}"
_SMALL = 50_000


@dataclass(frozen=True)
class Services:
    """What these pages use."""

    layout: Layout
    flows: Flows
    folders: Folders
    triggers: Triggers
    runs: Runs
    run_history: RunHistory
    pieces: Registry
    settings: Settings
    editor: Callable[[Request, FlowRecord], Awaitable[Response]]
    """The page of a flow for those who may change it."""


def routes(services: Services) -> list[RouteSpec]:
    view, edit = Permission.view, Permission.edit
    return [
        route("/p/{project_id}/flows", bind(index, services), permission=view, name="flows"),
        route("/p/{project_id}/flows", bind(create, services), permission=edit, methods=["POST"]),
        route("/p/{project_id}/flows/new", bind(new, services), permission=edit),
        route("/p/{project_id}/flows/import", bind(import_, services), permission=edit, methods=["POST"]),
        route(_FLOW, bind(show, services), permission=view, name="flow"),
        route(f"{_FLOW}/json", bind(text, services), permission=view),
        route(f"{_FLOW}/json", bind(save, services), permission=edit, methods=["POST"]),
        route(f"{_FLOW}/export", bind(export, services), permission=view),
        route(f"{_FLOW}/publish", bind(ask_publish, services), permission=edit),
        route(f"{_FLOW}/publish", bind(publish, services), permission=edit, methods=["POST"]),
        route(f"{_FLOW}/enabled", bind(switch, services), permission=edit, methods=["POST"]),
        route(f"{_FLOW}/duplicate", bind(duplicate, services), permission=edit, methods=["POST"]),
        route(f"{_FLOW}/delete", bind(ask_delete, services), permission=edit),
        route(f"{_FLOW}/delete", bind(delete, services), permission=edit, methods=["POST"]),
    ]


# -- the list --------------------------------------------------------------------------------------


async def index(services: Services, request: Request) -> Response:
    asked = request.query_params
    search, status = asked.get("q", "").strip(), asked.get("status", "")
    folder, tag = asked.get("folder", ""), asked.get("tag", "")
    found = await services.flows.list(
        project_of(request),
        search=search or None,
        status=status if status in STATUSES else None,  # type: ignore[arg-type]
        cursor=asked.get("cursor") or None,
        folder=folder or None,
        tags=[tag] if tag else [],
    )
    params = {"q": search, "status": status, "folder": folder, "tag": tag}
    overview = await services.folders.overview(project_of(request))
    return await services.layout.page(
        request,
        "flows/list.html",
        flows=found,
        days=await _days(services, request, [flow.id for flow in found.data]),
        spark={"width": WIDTH, "height": HEIGHT, "bar": STEP - 1},
        params=params,
        shown={**params, "cursor": asked.get("cursor", "")},
        result=bulk.result(request),
        overview=overview,
        folders={one.id: one.name for one in overview.folders},
        paged="cursor" in asked,
    )


async def _days(services: Services, request: Request, flow_ids: list[str]) -> dict[str, Sparkline]:
    """The last day of each flow that had a run in it."""
    found = await services.run_history.last_day(project_of(request), flow_ids)
    return {flow_id: sparkline(day) for flow_id, day in found.items()}


async def new(services: Services, request: Request) -> Response:
    return await _new(services, request)


async def create(services: Services, request: Request) -> Response:
    """A flow with a webhook and nothing else."""
    form = await forms.read(request, _SMALL)
    name = form.word("name")
    definition = {
        "format": 1,
        "name": name,
        "triggers": [{"name": "webhook", "piece": "webhook", "trigger": "catch",
                      "input": {"verify": {"scheme": "none"}}}],
        "start": None,
        "steps": {},
    }  # fmt: skip
    try:
        flow = await services.flows.create(actor_of(request), definition)
    except BadInput as error:
        return await _new(services, request, name=name, wrong=error, where="name")
    return redirect(request, here(request, f"/flows/{flow.id}"))


async def import_(services: Services, request: Request) -> Response:
    """A flow from a file, or from text."""
    form = await forms.read(request, services.settings.max_body_bytes)
    pasted = form.text("text")
    try:
        given = pasted if pasted.strip() else form.file("file")
        if not given.strip():
            raise BadInput("Choose a file, or paste its text.")
        made = await services.flows.import_(actor_of(request), await _document(given), rename=True)
    except BadInput as error:
        return await _new(services, request, text=pasted, wrong=error, where="text")
    if made.report or len(made.flows) > 1:
        return await services.layout.page(
            request, "flows/imported.html", flows=made.flows, report=made.report
        )
    return redirect(request, here(request, f"/flows/{made.flow.id}"))


async def _document(text: str) -> Any:
    """A document in JSON, or in YAML, which Alertmanager's configuration is in. Raises `BadInput`."""
    if text.removeprefix("\ufeff").lstrip()[:1] in ("{", "["):
        return forms.as_json(text, "text")
    return await asyncio.to_thread(read_document, text.removeprefix("\ufeff"))


async def _new(
    services: Services,
    request: Request,
    name: str = "",
    text: str = "",
    wrong: BadInput | None = None,
    where: str = "",
) -> Response:
    status = wrong.status if wrong else 200
    problems = wrong.details if wrong and isinstance(wrong.details, list) else []
    message = wrong.message if wrong else ""
    return await services.layout.page(
        request, "flows/new.html", status, name=name, text=text, wrong=message, where=where, problems=problems
    )


# -- one flow --------------------------------------------------------------------------------------


async def flow_of(services: Services, request: Request) -> FlowRecord:
    return await services.flows.get(project_of(request), request.path_params["flow_id"])


async def show(services: Services, request: Request) -> Response:
    """The drawing, which an editor may change, and beside it the step of `?step=` or else the flow."""
    flow = await flow_of(services, request)
    if actor_of(request).may(Permission.edit):
        return await services.editor(request, flow)
    step = request.query_params.get("step", "")
    return await services.layout.page(
        request,
        "flows/show.html",
        large=is_large(flow.definition),
        flow=flow,
        tab="drawing",
        drawing=draw(flow.definition, services.pieces, flow.problems),
        chosen=details(flow.definition, step, services.pieces, flow.problems),
        step=step,
        **await about_flow(services.folders, services.triggers, services.pieces, flow),
    )


async def text(services: Services, request: Request) -> Response:
    flow = await flow_of(services, request)
    given = await offload(lambda: dumps(parse(flow.definition)), large=is_large(flow.definition))
    return await _text(services, request, flow, given, flow.revision, flow.problems)


async def save(services: Services, request: Request) -> Response:
    """Save the draft, or only check it. A stale one gets the differences, a broken one its problems."""
    form = await forms.read(request, services.settings.max_body_bytes)
    flow, given = await flow_of(services, request), form.text("definition")
    revision = form.number("revision")
    try:
        definition = forms.as_json(given, "definition")
        if not isinstance(definition, dict):
            raise BadInput("A flow file must be a JSON object.")
        if form.word("do") == "check":
            await offload(partial(parse, definition))
            problems = await services.flows.check(project_of(request), definition)
            return await _text(services, request, flow, given, revision, problems, checked=True)
        await services.flows.save_draft(actor_of(request), flow.id, definition, revision)
    except Conflict as error:
        return await _text(services, request, flow, given, revision, [], conflict=error)
    except SwitchyardError as error:
        problems = error.details if isinstance(error.details, list) else []
        return await _text(services, request, flow, given, revision, problems, wrong=error)
    return redirect(request, here(request, f"/flows/{flow.id}/json?saved=1"))


async def _text(
    services: Services,
    request: Request,
    flow: FlowRecord,
    given: str,
    revision: int,
    problems: list[Any],
    *,
    checked: bool = False,
    wrong: SwitchyardError | None = None,
    conflict: Conflict | None = None,
) -> Response:
    failed = conflict or wrong
    return await services.layout.page(
        request,
        "flows/json.html",
        failed.status if failed else 200,
        large=len(given) > LARGE,
        flow=flow,
        tab="json",
        given=given,
        revision=revision,
        problems=problems,
        ways=ways([one for one in problems if isinstance(one, Problem)], flow.definition, services.pieces),
        checked=checked,
        saved="saved" in request.query_params and not failed,
        wrong=wrong.message if wrong else "",
        conflict=conflict.details if conflict else None,
    )


async def export(services: Services, request: Request) -> Response:
    """The flow file, for a download."""
    flow = await flow_of(services, request)
    asked = request.query_params.get("version", "")
    version = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else None
    body = await services.flows.export(project_of(request), flow.id, version)
    plain = "".join(c if c.isascii() and c.isalnum() else "-" for c in flow.name.lower()).strip("-")
    name = f"{plain[:60] or 'flow'}{f'-v{version}' if version else ''}.json"
    return Response(body, media_type="application/json",
                    headers={"Content-Disposition": f'attachment; filename="{name}"'})  # fmt: skip


# -- what is done with it --------------------------------------------------------------------------


async def ask_publish(services: Services, request: Request) -> Response:
    return await _publish(services, request, await flow_of(services, request))


async def publish(services: Services, request: Request) -> Response:
    form = await forms.read(request, _SMALL)
    flow = await flow_of(services, request)
    try:
        await services.flows.publish(
            actor_of(request),
            flow.id,
            form.word("note"),
            enable=form.word("enable") == "yes",
            revision=form.number("revision"),
        )
    except (BadInput, Conflict) as error:
        return await _publish(services, request, flow, form.word("note"), error)
    return redirect(request, here(request, f"/flows/{flow.id}"))


async def _publish(
    services: Services,
    request: Request,
    flow: FlowRecord,
    note: str = "",
    error: SwitchyardError | None = None,
) -> Response:
    changes = await versions.changes_since_published(services.flows, flow)
    found = places(flow.problems, flow.definition, services.pieces)
    return await services.layout.page(
        request,
        "flows/publish.html",
        error.status if error else 200,
        flow=flow,
        tab="publish",
        note=note,
        wrong=error.message if error else "",
        changes=changes,
        is_silent=is_silent(flow.definition, services.pieces),
        errors=[place for place in found if place.problem.severity == "error"],
        warnings=[place for place in found if place.problem.severity != "error"],
    )


async def switch(services: Services, request: Request) -> Response:
    """Enable or disable, then go back to where the switch stands."""
    form = await forms.read(request, _SMALL)
    flow_id = request.path_params["flow_id"]
    if form.word("enabled") == "yes":
        await services.flows.enable(actor_of(request), flow_id)
    else:
        await services.flows.disable(actor_of(request), flow_id)
    there = local_path(form.text("next"))
    return redirect(request, there if there != "/" else here(request, f"/flows/{flow_id}"))


async def duplicate(services: Services, request: Request) -> Response:
    """Copy a flow, and show the copy."""
    made = await services.flows.duplicate(actor_of(request), request.path_params["flow_id"])
    return redirect(request, here(request, f"/flows/{made.id}"))


async def ask_delete(services: Services, request: Request) -> Response:
    flow = await flow_of(services, request)
    recent = await services.runs.list(
        project_of(request), flow_id=flow.id, status=["queued", "running", "waiting"], limit=50
    )
    return await services.layout.page(
        request, "flows/delete.html", flow=flow, tab="", open_runs=len(recent.data), more=recent.next
    )


async def delete(services: Services, request: Request) -> Response:
    flow_id = request.path_params["flow_id"]
    await services.flows.delete(actor_of(request), flow_id)
    return redirect(request, bulk.deleted(request, flow_id))
