"""Flows: the list, one flow drawn, its file as text, publishing, switching, deleting."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engine.authoring.flow_reader import FlowRecord
from engine.base.actor import Permission
from engine.base.errors import BadInput, Conflict, SwitchyardError
from engine.flow import Problem, dumps, parse
from engine.web.routes import route
from engine.web.sign_in_path import local_path
from ui.destinations.sparkline import HEIGHT, STEP, WIDTH, Sparkline, sparkline
from ui.drawing.canvas import draw
from ui.drawing.details import details
from ui.drawing.problem_links import places, ways
from ui.editor import page as editor_page
from ui.shared import forms
from ui.shared.page_context import actor_of, here, page, project_of, services
from ui.shared.render import redirect

from . import bulk, deleted, history, samples, versions
from .flow_page import about_flow

STATUSES = ("draft", "published", "enabled", "disabled")
_FLOW = "/p/{project_id}/flows/{flow_id}"
_SMALL = 50_000


def routes() -> list[Route]:
    view, edit = Permission.view, Permission.edit
    return [
        route("/p/{project_id}/flows", index, permission=view, name="flows"),
        route("/p/{project_id}/flows", create, permission=edit, methods=["POST"]),
        route("/p/{project_id}/flows/new", new, permission=edit),
        route("/p/{project_id}/flows/import", import_, permission=edit, methods=["POST"]),
        *deleted.routes(),
        route(_FLOW, show, permission=view, name="flow"),
        route(f"{_FLOW}/json", text, permission=view),
        route(f"{_FLOW}/json", save, permission=edit, methods=["POST"]),
        route(f"{_FLOW}/export", export, permission=view),
        route(f"{_FLOW}/publish", ask_publish, permission=edit),
        route(f"{_FLOW}/publish", publish, permission=edit, methods=["POST"]),
        route(f"{_FLOW}/enabled", switch, permission=edit, methods=["POST"]),
        route(f"{_FLOW}/delete", ask_delete, permission=edit),
        route(f"{_FLOW}/delete", delete, permission=edit, methods=["POST"]),
        *bulk.routes(),
        *versions.routes(),
        *history.routes(),
        *samples.routes(),
    ]


# -- the list --------------------------------------------------------------------------------------


async def index(request: Request) -> Response:
    asked = request.query_params
    search, status = asked.get("q", "").strip(), asked.get("status", "")
    folder, tag = asked.get("folder", ""), asked.get("tag", "")
    found = await services(request).flows.list(
        project_of(request),
        search=search or None,
        status=status if status in STATUSES else None,  # type: ignore[arg-type]
        cursor=asked.get("cursor") or None,
        folder=folder or None,
        tags=[tag] if tag else [],
    )
    params = {"q": search, "status": status, "folder": folder, "tag": tag}
    overview = await services(request).folders.overview(project_of(request))
    return await page(
        request,
        "flows/list.html",
        flows=found,
        days=await _days(request, [flow.id for flow in found.data]),
        spark={"width": WIDTH, "height": HEIGHT, "bar": STEP - 1},
        params=params,
        shown={**params, "cursor": asked.get("cursor", "")},
        result=bulk.result(request),
        overview=overview,
        folders={one.id: one.name for one in overview.folders},
        paged="cursor" in asked,
    )


async def _days(request: Request, flow_ids: list[str]) -> dict[str, Sparkline]:
    """The last day of each flow that had a run in it."""
    found = await services(request).run_history.last_day(project_of(request), flow_ids)
    return {flow_id: sparkline(day) for flow_id, day in found.items()}


async def new(request: Request) -> Response:
    return await _new(request)


async def create(request: Request) -> Response:
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
        flow = await services(request).flows.create(actor_of(request), definition)
    except BadInput as error:
        return await _new(request, name=name, wrong=error, where="name")
    return redirect(request, here(request, f"/flows/{flow.id}"))


async def import_(request: Request) -> Response:
    """A flow from a file, or from text."""
    sy = services(request)
    form = await forms.read(request, sy.settings.max_body_bytes)
    pasted = form.text("text")
    try:
        given = pasted if pasted.strip() else form.file("file")
        if not given.strip():
            raise BadInput("Choose a file, or paste its text.")
        made = await sy.flows.import_(actor_of(request), forms.as_json(given, "text"), rename=True)
    except BadInput as error:
        return await _new(request, text=pasted, wrong=error, where="text")
    if made.report or len(made.flows) > 1:
        return await page(request, "flows/imported.html", flows=made.flows, report=made.report)
    return redirect(request, here(request, f"/flows/{made.flow.id}"))


async def _new(
    request: Request, name: str = "", text: str = "", wrong: BadInput | None = None, where: str = ""
) -> Response:
    status = wrong.status if wrong else 200
    problems = wrong.details if wrong and isinstance(wrong.details, list) else []
    message = wrong.message if wrong else ""
    return await page(request, "flows/new.html", status, name=name, text=text, wrong=message, where=where,
                      problems=problems)  # fmt: skip


# -- one flow --------------------------------------------------------------------------------------


async def flow_of(request: Request) -> FlowRecord:
    return await services(request).flows.get(project_of(request), request.path_params["flow_id"])


async def show(request: Request) -> Response:
    """The drawing, which an editor may change, and beside it the step of `?step=` or else the flow."""
    sy, flow = services(request), await flow_of(request)
    if actor_of(request).may(Permission.edit):
        return await editor_page.show(request, flow)
    step = request.query_params.get("step", "")
    return await page(
        request,
        "flows/show.html",
        flow=flow,
        tab="drawing",
        drawing=draw(flow.definition, sy.pieces, flow.problems),
        chosen=details(flow.definition, step, sy.pieces, flow.problems),
        step=step,
        **await about_flow(sy, flow),
    )


async def text(request: Request) -> Response:
    flow = await flow_of(request)
    return await _text(request, flow, dumps(parse(flow.definition)), flow.revision, flow.problems)


async def save(request: Request) -> Response:
    """Save the draft, or only check it. A stale one gets the differences, a broken one its problems."""
    sy = services(request)
    form = await forms.read(request, sy.settings.max_body_bytes)
    flow, given = await flow_of(request), form.text("definition")
    revision = form.number("revision")
    try:
        definition = forms.as_json(given, "definition")
        if not isinstance(definition, dict):
            raise BadInput("A flow file is a JSON object.")
        if form.word("do") == "check":
            parse(definition)
            problems = await sy.flows.check(project_of(request), definition)
            return await _text(request, flow, given, revision, problems, checked=True)
        await sy.flows.save_draft(actor_of(request), flow.id, definition, revision)
    except Conflict as error:
        return await _text(request, flow, given, revision, [], conflict=error)
    except SwitchyardError as error:
        problems = error.details if isinstance(error.details, list) else []
        return await _text(request, flow, given, revision, problems, wrong=error)
    return redirect(request, here(request, f"/flows/{flow.id}/json?saved=1"))


async def _text(
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
    return await page(
        request,
        "flows/json.html",
        failed.status if failed else 200,
        flow=flow,
        tab="json",
        given=given,
        revision=revision,
        problems=problems,
        ways=ways(
            [one for one in problems if isinstance(one, Problem)], flow.definition, services(request).pieces
        ),
        checked=checked,
        saved="saved" in request.query_params and not failed,
        wrong=wrong.message if wrong else "",
        conflict=conflict.details if conflict else None,
    )


async def export(request: Request) -> Response:
    """The flow file, for a download."""
    sy, flow = services(request), await flow_of(request)
    asked = request.query_params.get("version", "")
    version = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else None
    body = await sy.flows.export(project_of(request), flow.id, version)
    plain = "".join(c if c.isascii() and c.isalnum() else "-" for c in flow.name.lower()).strip("-")
    name = f"{plain[:60] or 'flow'}{f'-v{version}' if version else ''}.json"
    return Response(body, media_type="application/json",
                    headers={"Content-Disposition": f'attachment; filename="{name}"'})  # fmt: skip


# -- what is done with it --------------------------------------------------------------------------


async def ask_publish(request: Request) -> Response:
    return await _publish(request, await flow_of(request))


async def publish(request: Request) -> Response:
    sy = services(request)
    form = await forms.read(request, _SMALL)
    flow = await flow_of(request)
    try:
        await sy.flows.publish(
            actor_of(request),
            flow.id,
            form.word("note"),
            enable=form.word("enable") == "yes",
            revision=form.number("revision"),
        )
    except (BadInput, Conflict) as error:
        return await _publish(request, flow, form.word("note"), error)
    return redirect(request, here(request, f"/flows/{flow.id}"))


async def _publish(
    request: Request, flow: FlowRecord, note: str = "", error: SwitchyardError | None = None
) -> Response:
    changes = await versions.changes_since_published(request, flow)
    found = places(flow.problems, flow.definition, services(request).pieces)
    return await page(
        request,
        "flows/publish.html",
        error.status if error else 200,
        flow=flow,
        tab="",
        note=note,
        wrong=error.message if error else "",
        changes=changes,
        errors=[place for place in found if place.problem.severity == "error"],
        warnings=[place for place in found if place.problem.severity != "error"],
    )


async def switch(request: Request) -> Response:
    """Enable or disable, then go back to where the switch stands."""
    sy, form = services(request), await forms.read(request, _SMALL)
    flow_id = request.path_params["flow_id"]
    if form.word("enabled") == "yes":
        await sy.flows.enable(actor_of(request), flow_id)
    else:
        await sy.flows.disable(actor_of(request), flow_id)
    there = local_path(form.text("next"))
    return redirect(request, there if there != "/" else here(request, f"/flows/{flow_id}"))


async def ask_delete(request: Request) -> Response:
    sy, flow = services(request), await flow_of(request)
    recent = await sy.runs.list(
        project_of(request), flow_id=flow.id, status=["queued", "running", "waiting"], limit=50
    )
    return await page(
        request, "flows/delete.html", flow=flow, tab="", open_runs=len(recent.data), more=recent.next
    )


async def delete(request: Request) -> Response:
    flow_id = request.path_params["flow_id"]
    await services(request).flows.delete(actor_of(request), flow_id)
    return redirect(request, bulk.deleted(request, flow_id))
