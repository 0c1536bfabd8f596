"""The editor: a flow drawn and changed. Every change is one POST that carries the revision it was made on.

The answer to a change holds the drawing, the panel and the bar; without script it is a redirect back to
the page. A change made on an old revision is answered by 409 and what differs.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from engine.access import Permission
from engine.coverage import RouterCoverage
from engine.errors import BadInput, Conflict, NotFound, SwitchyardError
from engine.flow_reader import FlowRecord
from engine.routes import route
from engine.switchyard import Switchyard

from . import (
    editor_branch,
    editor_commands,
    editor_fields,
    editor_flow,
    editor_folds,
    editor_keys,
    editor_light,
    editor_mark,
    editor_redraw,
    forms,
)
from .drawing import Drawing, draw
from .editor_commands import Call
from .editor_panel import Panel, panel
from .editor_parts import part_of
from .flow_page import about_flow
from .overlay import Overlay
from .render import blocks, by_script, fragment, query, render, shown_page, shown_query
from .shell import actor_of, around, here, project_of, services

_FLOW = "/p/{project_id}/flows/{flow_id}"
TEMPLATE = "editor/show.html"
KEPT = ("step", "branch", "tab", "add", "move", "q", "more", "text", "choose", "search", "connect", "said",
        "note", "fold", "run", "iteration")  # fmt: skip
"""What the address says of the page."""


def routes() -> list[Route]:
    edit = Permission.edit
    return [
        route(f"{_FLOW}/commands/{{command}}", command, permission=edit, methods=["POST"]),
        route(f"{_FLOW}/steps/{{step}}", save_step, permission=edit, methods=["POST"]),
        route(f"{_FLOW}/steps/{{step}}/branches/{{branch}}", save_branch, permission=edit, methods=["POST"]),
        route(f"{_FLOW}/steps/{{step}}/connection", connect, permission=Permission.admin, methods=["POST"]),
        route(f"{_FLOW}/triggers/{{step}}", save_step, permission=edit, methods=["POST"]),
        route(f"{_FLOW}/undo", undo, permission=edit, methods=["POST"]),
        route(f"{_FLOW}/redo", redo, permission=edit, methods=["POST"]),
    ]


async def show(request: Request, flow: FlowRecord) -> Response:
    """The whole page, in the state that the address names; or its panel alone."""
    asked = {key: value for key in KEPT if (value := request.query_params.get(key))}
    asked["menu"] = request.query_params.get("menu", "")
    asked["expressions"] = request.query_params.getlist("expr")  # type: ignore[assignment]
    context = await context_of(request, flow, asked)
    return render(request, TEMPLATE, 200, **context)


async def context_of(request: Request, flow: FlowRecord, asked: Mapping[str, Any]) -> dict[str, Any]:
    """All that the template needs for one state of the page."""
    sy = services(request)
    lit = await editor_light.light(request, flow, asked)
    drawing, cover = _drawn(sy, flow, lit.overlay if lit else None)
    shown: Panel = await panel(request, flow, asked, cover)
    step = str(asked.get("step") or "")
    done = await sy.edits.ahead(project_of(request), flow.id)
    return {
        **await around(request),
        **await about_flow(sy, flow),
        **await editor_light.context(request, flow, lit, step),
        "showing": {**(lit.asked if lit else {}), **_folded(asked)},
        "flow": flow,
        "tab": "drawing",
        "editor": True,
        "at": here(request, f"/flows/{flow.id}"),
        "here": urlencode({key: asked[key] for key in KEPT if asked.get(key)}),
        "drawing": drawing,
        "notes": editor_flow.notes(flow.definition),
        "note": str(asked.get("note") or ""),
        "step": step if shown.kind != "flow" else "",
        "add": str(asked.get("add") or ""),
        "panel": shown,
        "heading": shown.heading,
        "folds": editor_folds.read(str(asked.get("fold") or "")),
        "shown_menu": str(asked.get("menu") or ""),
        "undo": done.undo or "",
        "redo": done.redo or "",
        "wrong": "",
        "refused": {},
        "typed": {},
        "saved": "",
        "keys": editor_keys.by_key(await editor_keys.bound(request)),
        "conflict": None,
        "others": sy.presence.people(flow.id, str(actor_of(request).user_id)),
        "behind": False,
        "panel_mark": editor_mark.mark(flow, shown, asked),
    }


def _folded(asked: Mapping[str, Any]) -> dict[str, str]:
    """What the address says of folded branches: every link keeps it."""
    return {"fold": str(asked["fold"])} if asked.get("fold") else {}


def _drawn(
    sy: Switchyard, flow: FlowRecord, overlay: Overlay | None = None
) -> tuple[Drawing, Mapping[str, RouterCoverage]]:
    cover = editor_branch.covered(flow.definition, sy.pieces)
    drawing = draw(flow.definition, sy.pieces, flow.problems, overlay)
    editor_flow.mark_samples(drawing, cover)
    return drawing, cover


# -- changes -----------------------------------------------------------------------------------------


async def command(request: Request) -> Response:
    """One command from the drawing, the picker or the palette."""
    form, flow = await _form(request), await flow_of(request)
    asked = state_shown(request, form)
    name = request.path_params["command"]
    try:
        if name == "move_selected":
            return await answer(request, flow, {"move": ",".join(form.all("steps"))})
        own = editor_flow if name in editor_flow.BUTTONS else editor_commands
        calls = own.calls(name, form, flow.definition)
    except BadInput as error:
        return await answer(request, flow, asked, error=error, form=form, before=flow)
    return await perform(request, flow, form, calls, asked, show_new=name in editor_commands.SHOW,
                         saved=name == "save_flow", leaves="note" if "note" in name else "")  # fmt: skip


async def save_step(request: Request) -> Response:
    """The form of a step: whatever it changes, as one command each."""
    sy, form, flow = services(request), await _form(request), await flow_of(request)
    name = request.path_params["step"]
    asked: dict[str, Any] = {"step": name, "expressions": editor_fields.switched(form)}
    if form.word("switch"):
        asked["expressions"].append(form.word("switch"))
    if form.word("plain"):
        path = form.word("plain")
        asked["expressions"] = [one for one in asked["expressions"] if one != path]
        form = forms.without(form, f"as.{path}", path)
    path, equals, value = form.text("pick").partition("=")
    if equals:
        form = forms.replaced(form, path, value)
    if form.word("row"):
        form = editor_fields.arranged(form, form.word("row"))
    if form.word("listed") and not equals:  # the choices that stand open follow what they depend on
        asked |= {"choose": form.word("listed"), "search": form.word("search")}
    if form.word("choose"):
        asked |= {"choose": form.word("choose"), "search": form.word("search")}
    try:
        calls = editor_commands.of_step(name, form, flow.definition, sy.pieces)
    except BadInput as error:
        return await answer(request, flow, asked, error=error, form=form, before=flow)
    renamed = form.word("name")
    if (
        renamed
        and renamed != name
        and request.path_params.get("step") in (flow.definition.get("steps") or {})
    ):
        asked["step"] = renamed
    done = await perform(request, flow, form, calls, asked, saved=True)
    if form.word("do") == "test-connection" and done.status_code < 400:
        return await _test_connection(request, asked)
    return done


async def _test_connection(request: Request, asked: dict[str, Any]) -> Response:
    """Test the connection that the step has now, and say what came of it."""
    sy, flow = services(request), await flow_of(request)
    found = part_of(flow.definition, str(asked["step"]))
    name = str(found[2].get("connection") or "") if found else ""
    for one in await sy.connections.list(project_of(request)):
        if one.name == name:
            try:
                good, says = await sy.connections.test(actor_of(request), one.id)
            except BadInput as error:
                good, says = False, error.message
            return await answer(request, flow, {**asked, "said": "works" if good else f"failing:{says}"})
    return await answer(request, flow, asked)


async def connect(request: Request) -> Response:
    """Make a connection beside the step that needs it, and let the step use it."""
    sy, form, flow = services(request), await _form(request), await flow_of(request)
    name = request.path_params["step"]
    found = part_of(flow.definition, name)
    if found is None:
        raise NotFound("There is no such step.")
    asked: dict[str, Any] = {"step": name, "connect": "1"}
    piece = sy.pieces.pieces.get(str(found[2].get("piece")))
    given = {
        f.name: form.text(f"field.{f.name}") for f in (piece.auth.fields if piece and piece.auth else ())
    }
    try:
        made = await sy.connections.create(
            actor_of(request), form.word("name"), str(found[2]["piece"]), given
        )
    except (BadInput, Conflict) as error:
        refused = BadInput(error.message, field=error.field, details=error.details)
        asked |= {"given": given, "named": form.word("name")}
        return await answer(request, flow, asked, error=refused)
    call = _uses(name, found[1], found[2], made.name)
    return await perform(request, flow, form, [call], {"step": name}, saved=True)


def _uses(name: str, kind: str, part: Mapping[str, Any], connection: str) -> Call:
    """Let a step or trigger use a connection; one that verifies its sender, for that."""
    if kind != "trigger":
        return Call("set_connection", {"step": name, "connection": connection})
    verify = (part.get("input") or {}).get("verify")
    if isinstance(verify, Mapping) and verify.get("scheme") != "none":
        value = {**verify, "connection": connection}
        return Call("set_trigger_input", {"name": name, "field": "verify", "value": value})
    return Call("set_trigger_connection", {"name": name, "connection": connection})


async def save_branch(request: Request) -> Response:
    """The form of a branch. Its buttons add and drop rows, which need no saving while they are empty."""
    form, flow = await _form(request), await flow_of(request)
    router, index = request.path_params["step"], request.path_params["branch"]
    what, _, which = form.word("do").partition(":")
    asked: dict[str, Any] = {"step": router, "branch": index}
    if what in ("and", "or"):
        asked["more"] = form.word("do")
    if what == "text":
        asked["text"] = "1"
    rows = editor_branch.read_rows(form, which if what == "drop" else "")
    if rows:
        asked["rows"] = rows
    try:
        calls = editor_branch.calls(router, index, form, flow.definition, rows)
    except BadInput as error:
        return await answer(request, flow, asked, error=error, form=form, before=flow)
    if what in ("text", "rows"):
        asked.pop("rows", None)
    elif "when" in form.data:
        asked["text"] = "1"
    said = "Not saved yet: fill in the condition" if editor_branch.waiting(rows) else ""
    return await perform(request, flow, form, calls, asked, saved=True, said=said)


async def perform(
    request: Request,
    flow: FlowRecord,
    form: forms.Form,
    calls: list[Call],
    asked: dict[str, Any],
    *,
    show_new: bool = False,
    saved: bool = False,
    said: str = "",
    leaves: str = "",
) -> Response:
    """Apply commands one after the other, and show what became of them, without the panel it `leaves`."""
    sy, actor, before = services(request), actor_of(request), flow
    revision, sentence = form.number("revision"), ""
    try:
        for call in calls:
            result = await sy.edits.apply(actor, flow.id, call.command, call.args, revision)
            flow, revision, sentence = result.record, result.record.revision, result.sentence
            if show_new and result.names:
                asked = {"step": result.names[0]}
        asked = {key: value for key, value in asked.items() if key != leaves}
    except Conflict as error:
        return await answer(request, await flow_of(request), asked, error=error, form=form)
    except BadInput as error:
        asked = _before(asked, request)
        return await answer(request, await flow_of(request), asked, error=error, form=form, before=before)
    return await answer(
        request, flow, asked, said=said or ("Saved" if saved else sentence), form=form, before=before
    )


async def undo(request: Request) -> Response:
    return await _step_back(request, forward=False)


async def redo(request: Request) -> Response:
    return await _step_back(request, forward=True)


async def _step_back(request: Request, *, forward: bool) -> Response:
    sy, form, flow = services(request), await _form(request), await flow_of(request)
    asked = state_shown(request, form)
    way = sy.edits.redo if forward else sy.edits.undo
    try:
        result = await way(actor_of(request), flow.id, form.number("revision"))
    except (Conflict, BadInput) as error:
        return await answer(request, await flow_of(request), asked, error=error, form=form)
    return await answer(request, result.record, asked, said=result.sentence, form=form, before=flow)


# -- answers -----------------------------------------------------------------------------------------


async def answer(
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
    asked = {**editor_light.kept(request, form), **asked}
    kept = {key: asked[key] for key in KEPT if asked.get(key)}
    url = here(request, f"/flows/{flow.id}") + (query({}, **kept) if kept else "")
    if error is None and not by_script(request):
        expressions = [("expr", path) for path in asked.get("expressions") or ()]
        more = ("&" if kept else "?") + urlencode(expressions) if expressions else ""
        return RedirectResponse(url + more + "#panel", status_code=303)
    context = await context_of(request, flow, asked)
    context["saved"] = said
    if error is not None:
        _refuse(request, context, error, form)
    status = error.status if error else 200
    if not by_script(request):
        return render(request, TEMPLATE, status, **context)
    changed = _redrawn(request, before, form, context)
    if changed is None:
        return blocks(request, TEMPLATE, ("bar", "plan", "panel"), status, url=url, **context)
    more = fragment("editor/redraw.html", "redraw", **context, pieces=changed) if changed else ""
    return blocks(request, TEMPLATE, ("bar", "panel"), status, url=url, more=more, **context)


def _redrawn(
    request: Request, before: FlowRecord | None, form: forms.Form | None, context: Mapping[str, Any]
) -> list[editor_redraw.Piece] | None:
    """What differs of the drawing, if the page that asks shows the flow as it was `before`."""
    if before is None or form is None or form.word("revision") != str(before.revision):
        return None
    if shown_page(request) != context["at"]:  # that of a test is lit
        return None
    drawing, _cover = _drawn(services(request), before)
    notes = editor_flow.notes(before.definition), context["notes"]
    return editor_redraw.redraw(drawing, context["drawing"], notes)


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
    if isinstance(error.details, list):
        context["refused"] = {
            str(one["field"]).removeprefix("fields."): one["message"]
            for one in error.details
            if "field" in one
        }
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


# -- inside ------------------------------------------------------------------------------------------


async def flow_of(request: Request) -> FlowRecord:
    return await services(request).flows.get(project_of(request), request.path_params["flow_id"])


async def _form(request: Request) -> forms.Form:
    return await forms.read(request, services(request).settings.max_body_bytes)


def state_shown(request: Request, form: forms.Form | None = None) -> dict[str, Any]:
    """The state of the page that asks, or that sent the form."""
    text = shown_query(request) if by_script(request) else form.text("here") if form else ""
    return {key: value for key, value in parse_qsl(text) if key in KEPT}


def _before(asked: Mapping[str, Any], request: Request) -> dict[str, Any]:
    """A refused change leaves the step under the name it has."""
    own = request.path_params.get("step")
    return {**asked, "step": own} if own else dict(asked)
