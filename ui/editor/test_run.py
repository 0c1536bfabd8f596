"""Testing the draft: an event is run, and its way is shown where the flow is edited."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engine.authoring.flow_reader import FlowRecord
from engine.base.actor import Permission
from engine.base.errors import BadInput, NotFound
from engine.instance import Switchyard
from engine.runs.service import Part
from engine.store.models import TERMINAL
from engine.web.routes import route
from ui.drawing.canvas import Drawing, draw
from ui.drawing.folding import fold
from ui.drawing.iterations import indexes, narrow
from ui.drawing.parts import part_of
from ui.drawing.run_view import at_work, overlay
from ui.flows.samples import EMPTY, samples_of
from ui.runs import values
from ui.runs.run import BEAT, Inbox
from ui.runs.stream import events
from ui.shared import forms
from ui.shared.page_context import actor_of, here, page, project_of, services
from ui.shared.render import message, pretty, query, redirect, render

from . import page as editor_page

_FLOW = "/p/{project_id}/flows/{flow_id}"
_PACE = 0.3  # seconds between two calls to look again


def routes() -> list[Route]:
    view, edit = Permission.view, Permission.edit
    return [
        route(f"{_FLOW}/test", ask, permission=view, name="test"),
        route(f"{_FLOW}/test", run, permission=edit, methods=["POST"]),
        route("/p/{project_id}/runs/{run_id}/beats/stream", stream, permission=view, name="run beats"),
    ]


async def ask(request: Request) -> Response:
    """Choose a sample, edit it, run it; with `?run=` the drawing shows that run, live."""
    flow = await editor_page.flow_of(request)
    names = list(samples_of(flow))
    name = request.query_params.get("sample", names[0] if names else "")
    event, done = samples_of(flow).get(name, EMPTY), None
    if run_id := request.query_params.get("run", ""):
        done = await _run_of(request, flow, run_id)
        event = done["trigger"]["event"]
    return await _page(request, flow, name, pretty(event), run=done)


async def run(request: Request) -> Response:
    """Run the draft with the event in the form; a form that names a step tests that part of it."""
    sy = services(request)
    form = await forms.read(request, sy.settings.max_body_bytes)
    flow, name, given = await editor_page.flow_of(request), form.word("sample"), form.text("event")
    if form.word("step"):
        return await _part(request, flow, form)
    try:
        run_id = await sy.runs.test(actor_of(request), flow.id, forms.as_json(given, "event"))
    except BadInput as error:
        return await _page(request, flow, name, given, error)
    return redirect(request, _address(request, flow, name, run_id))


async def _part(request: Request, flow: FlowRecord, form: forms.Form) -> Response:
    """Test one step, or from it on; then show it where it is edited."""
    sy, step, iteration = services(request), form.word("step"), form.word("iteration")
    results, sample = form.word("results_of"), form.word("sample")
    if part_of(flow.definition, step) is None:
        raise NotFound("There is no such step.")
    part = Part(step, form.word("part") != "from", results or None, indexes(iteration))
    try:
        if sample in samples_of(flow):
            event = samples_of(flow)[sample]
        elif results:
            event = (await sy.runs.get(project_of(request), results))["trigger"]["event"]
        else:
            raise BadInput("A test needs an event: choose a sample, or earlier results.", field="sample")
        run_id = await sy.runs.test(actor_of(request), flow.id, event, part)
    except BadInput as error:
        return await editor_page.answer(request, flow, {"step": step}, error=error, form=form)
    return redirect(
        request,
        here(request, f"/flows/{flow.id}") + query({}, run=run_id, step=step, iteration=iteration) + "#tried",
    )


async def _run_of(request: Request, flow: FlowRecord, run_id: str) -> dict[str, Any]:
    """A run of the flow, as far as it is. Raises `NotFound`."""
    sy = services(request)
    found = await sy.runs.get(project_of(request), run_id)
    if found["flow_id"] != flow.id:
        raise NotFound("There is no such run of this flow.")
    return at_work(found, sy.runs.at_work(run_id))


async def _page(
    request: Request,
    flow: FlowRecord,
    name: str,
    event: str,
    error: BadInput | None = None,
    run: dict[str, Any] | None = None,
) -> Response:
    """The editor for who may edit, else the drawing of what was run."""
    status = error.status if error else 200
    told = {
        "flow": flow,
        "tab": "",
        "names": list(samples_of(flow)),
        "name": name,
        "event": event,
        "wrong": error.message if error else "",
        "run": run,
        "open": run is not None and run["status"] not in TERMINAL,
        "step": "",
        "look": values.look,
        "tested": _address(request, flow, name, run["id"] if run else ""),
    }
    if not actor_of(request).may(Permission.edit):
        drawing = await _drawing(request, flow, run)
        return await page(request, "flows/test.html", status, **told, drawing=drawing)
    asked = {"run": run["id"] if run else "", "iteration": request.query_params.get("iteration", "")}
    context = {**await editor_page.context_of(request, flow, asked), **told, "lit_at": told["tested"]}
    if context["light"] is not None:
        context["run"] = context["light"].run
    return render(request, "editor/test.html", status, **context)


async def _drawing(request: Request, flow: FlowRecord, run: dict[str, Any] | None) -> Drawing:
    sy = services(request)
    if run is None:
        return draw(flow.definition, sy.pieces, flow.problems)
    definition = await sy.flows.definition(project_of(request), run["version_id"])
    return fold(draw(definition, sy.pieces, overlay=overlay(*narrow(run))))


def _address(request: Request, flow: FlowRecord, sample: str, run_id: str) -> str:
    return here(request, f"/flows/{flow.id}/test") + query({}, sample=sample, run=run_id).removesuffix("?")


# -- live ------------------------------------------------------------------------------------------


async def stream(request: Request) -> Response:
    sy, project_id, run_id = services(request), project_of(request), request.path_params["run_id"]
    await sy.runs.get(project_id, run_id)  # a 404 before the stream begins
    return events(request, beats(sy, project_id, run_id))


async def beats(sy: Switchyard, project_id: str, run_id: str) -> AsyncGenerator[bytes, None]:
    """An event `step` whenever there is more to see of a run: the page asks again. Then `done`."""
    inbox = Inbox(sy.live, f"run:{run_id}")
    try:
        await asyncio.sleep(0)  # the subscription begins
        while True:
            ended = (await sy.runs.get(project_id, run_id))["status"] in TERMINAL
            yield message(event="step")
            if ended:
                yield message(event="done")
                return
            while not await inbox.heard(BEAT):
                yield b": still here\n\n"
            await asyncio.sleep(_PACE)
    finally:
        await inbox.close()
