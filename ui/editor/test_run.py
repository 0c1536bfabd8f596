"""Testing the draft: an event is run, and its way is shown where the flow is edited."""

import functools
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engine.authoring.flow_reader import FlowRecord
from engine.base import clock
from engine.base.actor import Permission
from engine.base.errors import BadInput, NotFound
from engine.base.offload import is_large, offload
from engine.runs.service import Part
from engine.store.models import TERMINAL
from engine.web.routes import RouteSpec, bind, route
from ui.drawing.canvas import Drawing, draw
from ui.drawing.folding import fold
from ui.drawing.iterations import indexes, narrow
from ui.drawing.parts import part_of, titles_of
from ui.drawing.run_view import at_work, overlay
from ui.flows.samples import EMPTY, samples_of
from ui.runs import values
from ui.runs.run import BEAT, Inbox
from ui.shared import forms
from ui.shared.page_context import actor_of, here, project_of
from ui.shared.render import message, pretty, query, redirect, render

from . import page as editor_page
from . import unsaved
from .services import Services

_FLOW = "/p/{project_id}/flows/{flow_id}"
_PACE = 0.3  # seconds between two calls to look again


def routes(services: Services) -> list[RouteSpec]:
    view, edit = Permission.view, Permission.edit
    return [
        route(f"{_FLOW}/test", bind(ask, services), permission=view, name="test"),
        route(f"{_FLOW}/test", bind(run, services), permission=edit, methods=["POST"]),
        route(
            "/p/{project_id}/runs/{run_id}/beats/stream",
            bind(stream, services),
            permission=view,
            name="run beats",
        ),
    ]


async def ask(services: Services, request: Request) -> Response:
    """Choose a sample, edit it, run it; with `?run=` the drawing shows that run, live."""
    flow = await editor_page.flow_of(services, request)
    names = list(samples_of(flow))
    name = request.query_params.get("sample", names[0] if names else "")
    event, done = samples_of(flow).get(name, EMPTY), None
    if run_id := request.query_params.get("run", ""):
        done = await _run_of(services, request, flow, run_id)
        event = done["trigger"]["event"]
    return await _page(services, request, flow, name, pretty(event), run=done)


async def run(services: Services, request: Request) -> Response:
    """Run the draft with the event in the form; a form that names a step tests that part of it."""
    form = await forms.read(request, services.settings.max_body_bytes)
    flow, name, given = await editor_page.flow_of(services, request), form.word("sample"), form.text("event")
    if form.word("step"):
        return await _part(services, request, flow, form)
    panel = unsaved.name_of_test(name)
    if form.word("do") == "discard":
        await services.unsaved.discard(actor_of(request), flow.id, panel)
        return redirect(request, _address(request, flow, name, ""))
    try:
        run_id = await services.runs.test(actor_of(request), flow.id, forms.as_json(given, "event"))
    except BadInput as error:
        reasons = {"event": error.message}
        with suppress(BadInput):  # too long to be stored; it is still in the field
            await editor_page.store_unsaved(services, request, flow, form, panel, reasons, error.message)
        return await _page(services, request, flow, name, given, error)
    await services.unsaved.discard(actor_of(request), flow.id, panel)
    return redirect(request, _address(request, flow, name, run_id))


async def _part(services: Services, request: Request, flow: FlowRecord, form: forms.Form) -> Response:
    """Test one step, or from it on; then show it where it is edited."""
    step, iteration = form.word("step"), form.word("iteration")
    results, sample = form.word("results_of"), form.word("sample")
    if part_of(flow.definition, step) is None:
        raise NotFound("There is no such step.")
    part = Part(step, form.word("part") != "from", results or None, indexes(iteration))
    try:
        if sample in samples_of(flow):
            event = samples_of(flow)[sample]
        elif results:
            event = (await services.runs.get(project_of(request), results))["trigger"]["event"]
        else:
            raise BadInput("A test needs an event: choose a sample, or earlier results.", field="sample")
        run_id = await services.runs.test(actor_of(request), flow.id, event, part)
    except BadInput as error:
        return await editor_page.answer(services, request, flow, {"step": step}, error=error, form=form)
    return redirect(
        request,
        here(request, f"/flows/{flow.id}") + query({}, run=run_id, step=step, iteration=iteration) + "#tried",
    )


async def _run_of(services: Services, request: Request, flow: FlowRecord, run_id: str) -> dict[str, Any]:
    """A run of the flow, as far as it is. Raises `NotFound`."""
    found = await services.runs.get(project_of(request), run_id)
    if found["flow_id"] != flow.id:
        raise NotFound("There is no such run of this flow.")
    return at_work(found, services.runs.at_work(run_id))


async def _page(
    services: Services,
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
        "titles": titles_of(flow.definition, services.pieces),
    }
    if not actor_of(request).may(Permission.edit):
        drawing = await _drawing(services, request, flow, run)
        large = is_large(flow.definition)
        return await services.layout.page(
            request, "flows/test.html", status, large=large, **told, drawing=drawing
        )
    asked = {"run": run["id"] if run else "", "iteration": request.query_params.get("iteration", "")}
    context: dict[str, Any] = {
        **await editor_page.context_of(services, request, flow, asked),
        **told,
        "lit_at": told["tested"],
        "test_panel": unsaved.name_of_test(name),
    }
    left = context["unsaved"].get(context["test_panel"])
    if left is not None and error is None and run is None and "event" in left.fields:
        context["event"], context["wrong"] = left.fields["event"].texts[0], left.reason
        context["left"] = "refused" if left.reason else "pending"
    if context["light"] is not None:
        context["run"] = context["light"].run
    work = functools.partial(render, request, "editor/test.html", status, **context)
    return await offload(work, large=is_large(flow.definition))


async def _drawing(
    services: Services, request: Request, flow: FlowRecord, run: dict[str, Any] | None
) -> Drawing:
    if run is None:
        return draw(flow.definition, services.pieces, flow.problems)
    definition = await services.flows.definition(project_of(request), run["version_id"])
    return fold(draw(definition, services.pieces, overlay=overlay(*narrow(run))))


def _address(request: Request, flow: FlowRecord, sample: str, run_id: str) -> str:
    return here(request, f"/flows/{flow.id}/test") + query({}, sample=sample, run=run_id).removesuffix("?")


# -- live ------------------------------------------------------------------------------------------


async def stream(services: Services, request: Request) -> Response:
    project_id, run_id = project_of(request), request.path_params["run_id"]
    await services.runs.get(project_id, run_id)  # a 404 before the stream begins
    return services.streams.events(request, beats(services, project_id, run_id))


async def beats(services: Services, project_id: str, run_id: str) -> AsyncGenerator[bytes, None]:
    """An event `step` whenever there is more to see of a run: the page asks again. Then `done`."""
    inbox = Inbox(services.live, f"run:{run_id}")
    try:
        await clock.pause()  # the subscription begins
        while True:
            ended = (await services.runs.get(project_id, run_id))["status"] in TERMINAL
            yield message(event="step")
            if ended:
                yield message(event="done")
                return
            while not await inbox.heard(BEAT):
                yield b": still here\n\n"
            await clock.sleep(_PACE)
    finally:
        await inbox.close()
