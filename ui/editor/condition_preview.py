"""What a condition that is being written makes of each stored sample, before it is saved."""

import copy
import functools
from collections.abc import Iterator, Mapping
from itertools import dropwhile
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engine.base.actor import Permission
from engine.base.errors import BadInput, NotFound
from engine.base.offload import is_large, offload
from engine.expressions import ExpressionError, apart, compile, evaluated
from engine.flow import Graph
from engine.web.routes import RouteSpec, bind, route
from ui.drawing.canvas import Drawing, draw, stations
from ui.shared import forms
from ui.shared.render import blocks, fragment, partial

from . import branch as editor_branch
from . import flow as editor_flow
from . import page
from .branch import Row
from .redraw import Piece
from .services import Services

Definition = Mapping[str, Any]

_PATH = "/p/{project_id}/flows/{flow_id}/steps/{step}/branches/{branch}/truth"
_LIMIT = 200_000  # bytes of a form


def routes(services: Services) -> list[RouteSpec]:
    return [route(_PATH, bind(show, services), permission=Permission.edit, methods=["POST"])]


async def show(services: Services, request: Request) -> Response:
    """Beside each row how many samples it holds for, below the branch that each takes, and at the router
    how many go where. Nothing is stored."""
    form, flow = await forms.read(request, _LIMIT), await page.flow_of(services, request)
    router, branch = request.path_params["step"], request.path_params["branch"]
    asked: dict[str, Any] = {"step": router, "branch": branch, "text": "1" if "when" in form.data else ""}
    asked["rows"] = rows = editor_branch.read_rows(form)
    tried, said = _tried(flow.definition, router, branch, form, rows)
    follow = functools.partial(editor_branch.covered, tried, services.pieces)
    cover = await (apart(follow) if is_large(tried) else evaluated(follow))
    index = int(branch) if branch.isascii() and branch.isdigit() and len(branch) < 5 else -1
    plain = {**asked, "rows": []}
    shown = await evaluated(functools.partial(editor_branch.branch_panel, tried, router, index, plain, cover))
    if shown is None:
        raise NotFound("There is no such branch.")
    shown.groups = rows
    await evaluated(functools.partial(editor_branch.count_rows, tried, router, rows))
    context = await page.context_of(services, request, flow, {**asked, "rows": rows})
    context["panel"].more["branch"] = shown
    context["said_of_truth"] = said

    def drawn() -> Response:
        drawing = draw(tried, services.pieces, flow.problems)
        editor_flow.mark_samples(drawing, cover)
        ways = list(_ways(drawing, router, tried))
        more = fragment("editor/redraw.html", "redraw", **context, pieces=ways) if ways else ""
        more += "".join(_beside(context, row) for group in rows for row in group)
        return blocks(request, page.TEMPLATE, ("truth",), 200, more=more, **context)

    return await offload(drawn, large=is_large(flow.definition))


def _tried(
    definition: Definition, router: str, branch: str, form: forms.Form, rows: list[list[Row]]
) -> tuple[dict[str, Any], str]:
    """The definition with the branch as the form has it, and why it cannot be had as far as it cannot."""
    tried = copy.deepcopy(dict(definition))
    try:
        calls = editor_branch.calls(router, branch, form, definition, rows)
        said = (
            "Fill in the row: until then the saved condition counts." if editor_branch.waiting(rows) else ""
        )
        for call in calls:
            part = tried["steps"][router]["branches"][int(branch)]
            for field in ("case", "when"):
                if field in call.args:
                    _check(field, call.args[field])
                    part[field] = call.args[field]
    except BadInput as error:
        return tried, error.message
    except ExpressionError as error:
        return tried, error.message
    return tried, said


def _check(field: str, value: Any) -> None:
    """Raises `ExpressionError` for a condition that cannot be read."""
    if field == "when" and value:
        compile(value)


def _ways(drawing: Drawing, router: str, tried: Definition) -> Iterator[Piece]:
    """The labels of the router's branches, and of all routers after it, with the samples that go there."""
    places = Graph.of(tried).walk()
    after = {router, *(place.name for place in dropwhile(lambda place: place.name != router, places))}
    for station in stations([*drawing.track, *drawing.loose]):
        for number, siding in enumerate(station.sidings if station.name in after else (), start=1):
            if station.kind != "router":
                continue
            place = f"#at-{station.name} > .points > .siding:nth-child({number}) > .way"
            yield Piece("way", place, station=station, siding=siding)


def _beside(context: Mapping[str, Any], row: Row) -> str:
    html = fragment("editor/truth.html", "beside", **context, row=row)
    return partial(f"holds-{row.path.replace('.', '-')}", html)
