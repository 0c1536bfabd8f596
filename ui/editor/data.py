"""Help with expressions: what a step can read, how an expression goes on, and what it gives."""

from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from engine.analysis import data_tree
from engine.analysis.completion import Completions, complete, preview
from engine.authoring.flow_reader import FlowRecord
from engine.authoring.flows import Flows
from engine.base.actor import Permission
from engine.base.types import Json
from engine.expressions import Evaluation, evaluated
from engine.runs.service import Runs
from engine.web.routes import RouteSpec, bind, route
from pieces import Registry
from ui.drawing.parts import title_of
from ui.shared import forms
from ui.shared.page_context import Layout, here, project_of

from .reach import sample_for

_FLOW = "/p/{project_id}/flows/{flow_id}"
_LIMIT = 200_000  # bytes of a text that is being written


@dataclass(frozen=True)
class Services:
    """What these pages use."""

    layout: Layout
    flows: Flows
    runs: Runs
    pieces: Registry


def routes(services: Services) -> list[RouteSpec]:
    return [
        route(f"{_FLOW}/data", bind(data, services), permission=Permission.edit),
        route(f"{_FLOW}/expression", bind(help_with, services), permission=Permission.edit, methods=["POST"]),
    ]


async def data(services: Services, request: Request) -> Response:
    """The tree of what a step can read, with examples from a sample and the last test."""
    asked, flow = request.query_params, await _flow(services, request)
    step, search = asked.get("step", ""), asked.get("q", "").strip()
    names = list(flow.definition.get("samples") or {})
    sample = await sample_for(services.pieces, flow, step, asked.get("sample", ""))
    last = await results(services, request, flow)
    chosen = (flow.definition.get("samples") or {}).get(sample)

    def found(evaluation: Evaluation) -> list[data_tree.DataNode]:
        after = _is_loop(flow, step)
        return data_tree.available(
            flow.definition, step, last, chosen, after_body=after, evaluation=evaluation
        )

    nodes = await evaluated(found)
    pieces = services.pieces
    nodes = [
        replace(node, label=title_of(flow.definition, node.path.split(".")[1], pieces))
        if node.source == "step"
        else node
        for node in nodes
    ]
    return await services.layout.page(
        request,
        "editor/data.html",
        flow=flow,
        at=here(request, f"/flows/{flow.id}"),
        step=step,
        nodes=nodes,
        found=data_tree.search(nodes, search) if search else None,
        search=search,
        names=names,
        sample=sample,
    )


async def help_with(services: Services, request: Request) -> Response:
    """For the text in a field: what can stand at the cursor, and what it gives for a sample. JSON."""
    form, flow = await forms.read(request, _LIMIT), await _flow(services, request)
    text, step, template = form.text("text"), form.word("step"), form.word("kind") == "template"
    cursor = form.number("cursor") if form.word("cursor") else len(text)
    last = await results(services, request, flow)
    name = await sample_for(services.pieces, flow, step, form.text("sample"))
    sample = (flow.definition.get("samples") or {}).get(name)
    after = _is_loop(flow, step) and form.word("field") in ("until", "collect")

    def helped(evaluation: Evaluation) -> tuple[Completions, dict[str, Json] | None]:
        scope = data_tree.scope_at(
            flow.definition, step, last, sample, after_body=after, evaluation=evaluation
        )
        found = complete(text, cursor, scope, template=template, evaluation=evaluation)
        if not text.strip():
            return found, None
        return found, preview(text, scope, template=template, evaluation=evaluation)

    found, given = await evaluated(helped)
    if given is not None:
        given.pop("value", None)
        given["sample"] = name
    items = [{"label": i.label, "insert": i.insert, "kind": i.kind, "help": i.help} for i in found.items[:40]]
    return JSONResponse({"start": found.start, "items": items, "preview": given})


async def results(services: Services, request: Request, flow: FlowRecord) -> dict[str, Json]:
    """What steps gave in the last test of the flow, by their names."""
    project_id = project_of(request)
    last = await services.runs.list(project_id, flow_id=flow.id, environment="test", limit=1)
    if not last.data:
        return {}
    run = await services.runs.get(project_id, last.data[0].id)
    return {
        step["name"].rpartition(".")[2]: step["output"]
        for step in run["steps"]
        if step["status"] == "succeeded" and step.get("output") is not None
    }


def _is_loop(flow: FlowRecord, step: str) -> bool:
    return ((flow.definition.get("steps") or {}).get(step) or {}).get("type") == "loop"


async def _flow(services: Services, request: Request) -> FlowRecord:
    return await services.flows.get(project_of(request), request.path_params["flow_id"])
