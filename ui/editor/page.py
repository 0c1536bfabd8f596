"""The page of the editor: what it shows in one state, and what answers a change.

The answer to a change holds the drawing, the panel and the bar; without script it is a redirect back to
the page. A change made on an old revision is answered by 409 and what differs.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from engine.authoring.flow_reader import FlowRecord
from engine.base.errors import Conflict, SwitchyardError
from engine.base.offload import is_large, offload
from ui.drawing.parts import part_of
from ui.flows.flow_page import about_flow
from ui.shared import forms
from ui.shared.page_context import actor_of, here, project_of
from ui.shared.render import blocks, by_script, fragment, query, render, shown_page, shown_query

from . import change_token, corrections, folds, keys, redraw, run_overlay
from . import flow as editor_flow
from .drawing import drawn, prepare
from .panel import Panel, panel
from .services import Services

TEMPLATE = "editor/show.html"
KEPT = ("step", "branch", "tab", "add", "move", "q", "more", "text", "choose", "search", "connect",
        "reconnect", "said", "note", "fold", "run", "iteration")  # fmt: skip
"""What the address says of the page."""


async def show(services: Services, request: Request, flow: FlowRecord) -> Response:
    """The whole page, in the state that the address names; or its panel alone."""
    asked = {key: value for key in KEPT if (value := request.query_params.get(key))}
    asked["menu"] = request.query_params.get("menu", "")
    asked["expressions"] = request.query_params.getlist("expr")  # type: ignore[assignment]
    context = await context_of(services, request, flow, asked)
    return await offload(partial(render, request, TEMPLATE, 200, **context), large=is_large(flow.definition))


async def context_of(
    services: Services, request: Request, flow: FlowRecord, asked: Mapping[str, Any]
) -> dict[str, Any]:
    """All that the template needs for one state of the page."""
    lit = await run_overlay.light(services, request, flow, asked)
    await prepare(services.pieces, flow)
    drawing, cover = drawn(services.pieces, flow, lit.overlay if lit else None)
    shown: Panel = await panel(services, request, flow, asked, cover)
    step = str(asked.get("step") or "")
    done = await services.edits.ahead(project_of(request), flow.id)
    return {
        **await services.layout.context(request),
        **await about_flow(services.folders, services.triggers, services.pieces, flow),
        **await run_overlay.context(services, request, flow, lit, step),
        "showing": {**(lit.asked if lit else {}), **_folded(asked)},
        "flow": flow,
        "tab": "drawing",
        "editor": True,
        "at": here(request, f"/flows/{flow.id}"),
        "here": urlencode({key: asked[key] for key in KEPT if asked.get(key)}),
        "drawing": drawing,
        "notes": editor_flow.notes(flow.definition, services.pieces),
        "note": str(asked.get("note") or ""),
        "step": step if shown.kind != "flow" else "",
        "add": str(asked.get("add") or ""),
        "panel": shown,
        "heading": shown.heading,
        "folds": folds.read(str(asked.get("fold") or "")),
        "shown_menu": str(asked.get("menu") or ""),
        "undo": done.undo or "",
        "redo": done.redo or "",
        "wrong": "",
        "mends": _corrections(flow, shown, step, str(asked.get("branch") or "")),
        "refused": {},
        "typed": {},
        "saved": "",
        "keys": keys.by_key(await keys.bound(services.preferences, request)),
        "conflict": None,
        "others": services.presence.people(flow.id, str(actor_of(request).user_id)),
        "behind": False,
        "panel_mark": change_token.mark(flow, shown, asked),
    }


def _corrections(flow: FlowRecord, shown: Panel, step: str, branch: str) -> corrections.Corrections:
    """What one click corrects in the panel."""
    if shown.kind == "settings":
        return corrections.offered(flow.problems, "/settings")
    found = part_of(flow.definition, step) if shown.kind in ("step", "branch") else None
    if found is None:
        return {}
    place = f"{found[0]}/branches/{branch}" if shown.kind == "branch" else found[0]
    own = [
        p for p in flow.problems if shown.kind == "branch" or not p.pointer.startswith(f"{place}/branches/")
    ]
    return corrections.offered(own, place)


def _folded(asked: Mapping[str, Any]) -> dict[str, str]:
    """What the address says of folded branches: every link keeps it."""
    return {"fold": str(asked["fold"])} if asked.get("fold") else {}


async def flow_of(services: Services, request: Request) -> FlowRecord:
    return await services.flows.get(project_of(request), request.path_params["flow_id"])


def state_shown(request: Request, form: forms.Form | None = None) -> dict[str, Any]:
    """The state of the page that asks, or that sent the form."""
    text = shown_query(request) if by_script(request) else form.text("here") if form else ""
    return {key: value for key, value in parse_qsl(text) if key in KEPT}


# -- answers -----------------------------------------------------------------------------------------


async def answer(
    services: Services,
    request: Request,
    flow: FlowRecord,
    asked: Mapping[str, Any],
    *,
    said: str = "",
    error: SwitchyardError | None = None,
    form: forms.Form | None = None,
    before: FlowRecord | None = None,
) -> Response:
    """The page after a change: its blocks for htmx, else a redirect; refused, the page with the reason.

    With the flow as it was `before`, of its drawing only what has changed.
    """
    asked = {**run_overlay.kept(request, form), **asked}
    kept = {key: asked[key] for key in KEPT if asked.get(key)}
    if by_script(request):  # it is said once: the page is changed, not asked for again
        kept.pop("said", None)
    url = here(request, f"/flows/{flow.id}") + (query({}, **kept) if kept else "")
    if error is None and not by_script(request):
        expressions = [("expr", path) for path in asked.get("expressions") or ()]
        more = ("&" if kept else "?") + urlencode(expressions) if expressions else ""
        return RedirectResponse(url + more + "#panel", status_code=303)
    if before is not None:
        await prepare(services.pieces, before)
    context = await context_of(services, request, flow, asked)
    context["saved"] = said
    if error is not None:
        _refuse(request, context, error, form)
    status = error.status if error else 200

    def drawn_page() -> Response:
        if not by_script(request):
            return render(request, TEMPLATE, status, **context)
        changed = _redrawn(services, request, before, form, context)
        if changed is None:
            return blocks(request, TEMPLATE, ("bar", "plan", "panel"), status, url=url, **context)
        more = fragment("editor/redraw.html", "redraw", **context, pieces=changed) if changed else ""
        return blocks(request, TEMPLATE, ("bar", "panel"), status, url=url, more=more, **context)

    return await offload(drawn_page, large=is_large(flow.definition))


def _redrawn(
    services: Services,
    request: Request,
    before: FlowRecord | None,
    form: forms.Form | None,
    context: Mapping[str, Any],
) -> list[redraw.Piece] | None:
    """What differs of the drawing, if the page that asks shows the flow as it was `before`."""
    if before is None or form is None or form.word("revision") != str(before.revision):
        return None
    if shown_page(request) != context["at"]:  # that of a test is lit
        return None
    drawing = drawn(services.pieces, before).drawing
    notes = editor_flow.notes(before.definition, services.pieces), context["notes"]
    return redraw.redraw(drawing, context["drawing"], notes)


def _refuse(
    request: Request, context: dict[str, Any], error: SwitchyardError, form: forms.Form | None
) -> None:
    """Put the reason where it belongs: the conflict's block, the field, or the panel's head."""
    if isinstance(error, Conflict) and isinstance(error.details, dict):
        sent = form.data.multi_items() if form else []
        fields = [
            (name, value)
            for name, value in sent
            if name != "revision" and not name.startswith("field.") and isinstance(value, str)
        ]
        context["conflict"] = {"changes": [], "diff": "", **error.details, "fields": fields,
                               "again": request.url.path}  # fmt: skip
        return
    context["wrong"] = error.message
    details = error.details if isinstance(error.details, list) else []
    context["refused"] = {
        str(one["field"]).removeprefix("fields."): one["message"] for one in details if "field" in one
    }
    context["mends"] = {**context["mends"], **corrections.of_refusal(details)}
    read = {
        corrections.control_of(one["pointer"]): _in_a_line(one["message"])
        for one in details
        if one.get("pointer")
    }
    if read:
        context["refused"] |= read
        context["wrong"] = next(iter(read.values()))
    if error.field:
        context["refused"] |= {error.field.removeprefix("fields."): error.message}
    if form:
        context["typed"] = {name: form.text(name) for name in form.data}
    if form and "when" in form.data:
        context["panel"].more["when"] = form.text("when")
    shown = context["panel"].step
    for one in shown.fields if shown else []:
        if error.field == one.path:
            one.wrong, one.text = error.message, form.text(one.path) if form else one.text
            one.more = False
        for path, message in read.items():
            if path == one.path or path.startswith(f"{one.path}."):
                one.wrong, one.more = message, False


def _in_a_line(message: str) -> str:
    """What is wrong with an expression, without the line that points at the place."""
    said, *text = message.split("\n")
    return f"{said} in `{text[0].strip()}`" if text and text[0].strip() else said
