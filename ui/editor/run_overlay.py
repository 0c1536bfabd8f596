"""A run shown on the draft that is edited: its way on the drawing, and what it gave at the step in the panel.

The address says which: `run`, and of a loop which `iteration`. Both stay while the draft is edited, so
that a test can be looked at while what it found is put right.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request

from engine.authoring.flow_reader import FlowRecord
from engine.base.errors import NotFound
from engine.flow import Graph, Order
from engine.intake.captured_samples import sample_name
from engine.store.models import TERMINAL
from ui.drawing.iterations import Iteration, narrow
from ui.drawing.run_view import Overlay, at_work, overlay
from ui.runs import values
from ui.runs.run_steps import told
from ui.shared.forms import Form
from ui.shared.page_context import here, project_of
from ui.shared.render import by_script, query, shown_query

from .services import Services

LIT = ("run", "iteration")
_TESTS = 5  # runs that a test can take its results from


@dataclass(frozen=True)
class Light:
    """The run, narrowed to one item of each loop."""

    run: dict[str, Any]
    turns: Mapping[str, Iteration]
    overlay: Overlay
    open: bool
    asked: dict[str, str]
    """What the address says of it."""


async def light(
    services: Services, request: Request, flow: FlowRecord, asked: Mapping[str, Any]
) -> Light | None:
    """The run that the address names; None without one, or when it is gone."""
    if not (run_id := str(asked.get("run") or "")):
        return None
    try:
        run = at_work(await services.runs.get(project_of(request), run_id), services.runs.at_work(run_id))
    except NotFound:
        return None
    if run["flow_id"] != flow.id:
        return None
    shown, turns = narrow(run, str(asked.get("iteration") or ""))
    kept = {key: str(asked[key]) for key in LIT if asked.get(key)}
    return Light(shown, turns, overlay(shown, turns), run["status"] not in TERMINAL, kept)


def kept(request: Request, form: Form | None) -> dict[str, str]:
    """What the page that sent a form says of the run that it shows."""
    text = shown_query(request) if by_script(request) else form.text("here") if form else ""
    return {key: value for key, value in parse_qsl(text) if key in LIT}


async def context(
    services: Services, request: Request, flow: FlowRecord, lit: Light | None, step: str
) -> dict[str, Any]:
    """What the templates need of a run that is shown, and for testing the step in the panel."""
    found: dict[str, Any] = {
        "light": lit,
        "showing": lit.asked if lit else {},
        "lit_at": here(request, f"/flows/{flow.id}") + query(lit.asked if lit else {}, step=step),
        "look": values.look,
        "records": [],
        "turn": None,
        "results": (results := await _results(services, request, flow, lit, step) if step else []),
        "results_of": results[0][0] if lit is not None and results else _came_here(results),
    }
    if lit is not None:
        records = [told(record, flow.definition, lit.run["id"]) for record in lit.run["steps"]]
        found["records"] = [each for each in records if each["own"] == step]
        found["turn"] = lit.turns.get(step) or _around(lit, flow.definition, step)
        found["run"] = lit.run
        found["kept"] = {"name": sample_name(lit.run["trigger"]["event"]), "wrong": ""}
    return found


def _around(lit: Light, definition: Mapping[str, Any], step: str) -> Iteration | None:
    """The item of the innermost loop around the step, also where the run did not come to the step in it."""
    place = Order(Graph.of(definition)).places.get(step)
    loops = [owner for owner, slot in place.within if slot == "body"] if place else []
    return next((lit.turns[loop] for loop in reversed(loops) if loop in lit.turns), None)


async def _results(
    services: Services, request: Request, flow: FlowRecord, lit: Light | None, step: str
) -> list[tuple[str, str, bool]]:
    """The runs whose results a test of a step can take over: the one that is shown, then the last tests; and
    whether each came to the step."""
    last = await services.runs.list(project_of(request), flow_id=flow.id, environment="test", limit=_TESTS)
    ended = {"succeeded": ""}  # of most: the list says what is out of the way
    found = [
        (
            run.id,
            f"Test of {run.created[11:19]}{ended.get(run.status, f' · {run.status}')}",
            any(each.partition(":")[0].rpartition(".")[2].partition("[")[0] == step for each in run.path),
        )
        for run in last.data
        if run.finished
    ]
    if lit is not None:
        found = [(lit.run["id"], "The run shown", True), *(one for one in found if one[0] != lit.run["id"])]
    return found


def _came_here(results: list[tuple[str, str, bool]]) -> str:
    """The newest run that came to the step; empty if none did: a test begins with a sample then."""
    return next((id for id, _, came in results if came), "")
