"""What a run holds, looked into: a page of its own for each value, and a part of the pages that show it."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from engine.base.actor import Permission
from engine.base.errors import NotFound
from engine.web.routes import RouteSpec, bind, route
from ui.drawing.run_view import at_work, base_name
from ui.shared.page_context import here, project_of
from ui.shared.render import alone, by_script, query

from .services import Services
from .values import VIEWS, look, resolve

OF = ("event", "input", "output", "error", "response")


def routes(services: Services) -> list[RouteSpec]:
    path = "/p/{project_id}/runs/{run_id}/values"
    return [
        route(path, bind(show, services), permission=Permission.view, name="value"),
        route(f"{path}/json", bind(download, services), permission=Permission.view),
    ]


async def show(services: Services, request: Request) -> Response:
    """A part of a value. By script the block alone, under the id that the page has for it."""
    asked = request.query_params
    of, step = _which(request)
    run, value = await _value(services, request)
    view = asked.get("view", "")
    number = asked.get("page", "")
    known = {
        "view": look(
            value,
            view if view in VIEWS else "",
            asked.get("at", ""),
            asked.get("q", "").strip()[:200],
            int(number) if number.isascii() and number.isdigit() and len(number) < 7 else 1,
        ),
        "where": {"of": of, "step": step},
        "run_id": run["id"],
        "id": _id(asked.get("id", "")),
        "title": of.capitalize(),
        "label": f"{of.capitalize()} of {step or 'the run'}",
    }
    if by_script(request):
        return alone(request, "runs/value.html", "value", **await services.layout.context(request), **known)
    back = here(request, f"/runs/{run['id']}") + query({}, step=base_name(step))
    return await services.layout.page(request, "runs/value.html", **known, back=back)


async def download(services: Services, request: Request) -> Response:
    """The whole of it, or of a part, as JSON: what "Copy" puts on the clipboard."""
    _run, value = await _value(services, request)
    try:
        part = resolve(value, request.query_params.get("at", ""))
    except LookupError:
        raise NotFound("There is no such part of this value.") from None
    return JSONResponse(part, headers={"Cache-Control": "no-store"})


async def _value(services: Services, request: Request) -> tuple[dict[str, Any], Any]:
    """The run and the value that the address names. Raises `NotFound`."""
    run_id = request.path_params["run_id"]
    run = at_work(await services.runs.get(project_of(request), run_id), services.runs.at_work(run_id))
    of, name = _which(request)
    if of == "event":
        return run, run["trigger"]["event"]
    if of == "response":
        return run, run["response"]
    step = next((step for step in run["steps"] if step["name"] == name), None)
    if step is None or of not in OF:
        raise NotFound("There is no such value in this run.")
    return run, step[of]


def _which(request: Request) -> tuple[str, str]:
    """What of which step; the event where the address says nothing."""
    return request.query_params.get("of") or "event", request.query_params.get("step", "")


def _id(text: str) -> str:
    """An id of the page that asked; never anything else."""
    return text if text.replace("-", "").isalnum() and len(text) < 80 else "value"
