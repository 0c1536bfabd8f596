"""Add the branch that an unrouted event lacked."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engine.authoring.case_branch import arguments
from engine.base.errors import BadInput, Conflict
from ui.drawing.run_view import base_name
from ui.shared import forms
from ui.shared.page_context import actor_of, here, project_of
from ui.shared.render import redirect

from .services import Services


async def add_branch(services: Services, request: Request) -> Response:
    """Add a branch for the value of the router's key that no branch took, and open it in the editor."""
    form = await forms.read(request, 1_000)
    run = await services.runs.get(project_of(request), request.path_params["run_id"])
    router = form.word("step")
    found = [one["output"] for one in run["steps"] if base_name(one["name"]) == router and _took_none(one)]
    if not found or not run["unrouted"]:
        raise BadInput("No event of this run was unrouted at this step.", field="step")
    flow = await services.flows.get(run["project_id"], run["flow_id"])
    value = found[0].get("key")
    if any(value in (branch.get("case") or ()) for branch in _branches(flow.definition, router)):
        raise Conflict("The draft already has a branch for this value. Publish it, then replay the event.")
    args = arguments(flow.definition, router, value)
    await services.edits.apply_to_latest(actor_of(request), flow.id, "add_branch", args)
    number = len(_branches(flow.definition, router))
    return redirect(request, here(request, f"/flows/{flow.id}?step={router}&branch={number}#panel"))


def _took_none(record: Mapping[str, Any]) -> bool:
    """Whether a step is a router none of whose branches took the event."""
    output = record.get("output")
    return (
        record["type"] == "router"
        and isinstance(output, dict)
        and not output.get("branches")
        and not output.get("otherwise")
    )


def _branches(definition: dict[str, Any], router: str) -> list[dict[str, Any]]:
    step = definition["steps"].get(router) or {}
    return list(step.get("branches") or ())
