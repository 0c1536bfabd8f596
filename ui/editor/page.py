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
from engine.authoring.unsaved import UnsavedPanel
from engine.base.errors import Conflict, SwitchyardError
from engine.base.offload import is_large, offload
from ui.drawing.parts import part_of
from ui.flows.flow_page import about_flow
from ui.shared import forms
from ui.shared.page_context import actor_of, here, project_of
from ui.shared.render import alone, blocks, by_script, fragment, query, render, shown_page, shown_query

from . import change_token, controls, corrections, folds, keys, redraw, run_overlay, typed, unsaved
from . import flow as editor_flow
from .drawing import drawn, prepare
from .panel import Panel, panel
from .reach import samples_at
from .services import Services

TEMPLATE = "editor/show.html"
_NO_PLACE = ("match", "skip", "on_error", "fail_on_null", "otherwise", "ignore", "color", "beside")
"""Choices, which are wrong only if somebody sends what was not offered."""
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
    """All that the template needs for one state of the page, with what its user left unsaved there."""
    context = await _saved(services, request, flow, asked)
    if context["panel"].kind == "settings":
        arranged = await _left(services, request, flow, context, unsaved.ARRANGE)
        context["arranged"] = unsaved.texts(arranged[0]) if arranged else {}
    found = await _left(services, request, flow, context, context["panel_name"])
    if found is None:
        return context
    left, now = found
    form = unsaved.as_form(now, left)
    await _show_typed(services, request, flow, asked, context, form, unsaved.reasons(now, left))
    context["wrong"], context["left"] = left.reason, "refused" if left.reason else "pending"
    return context


async def _left(
    services: Services, request: Request, flow: FlowRecord, context: dict[str, Any], name: str
) -> tuple[UnsavedPanel, controls.Controls] | None:
    """What is not saved of a form, with what is. What was saved elsewhere meanwhile is discarded."""
    left: UnsavedPanel | None = context["unsaved"].get(name)
    if left is None:
        return None
    now = await controls_of(services, request, flow, name, unsaved.as_form(controls.Controls(), left))
    if unsaved.differing(unsaved.as_form(now, left), now):
        return left, now
    await services.unsaved.discard(actor_of(request), flow.id, name)
    del context["unsaved"][name]
    context["marks"] = unsaved.marks(context["unsaved"])
    return None


async def controls_of(
    services: Services, request: Request, flow: FlowRecord, name: str, form: forms.Form
) -> controls.Controls:
    """What is saved of a panel's controls; the condition of a branch as text where the form has it so."""
    if (test := unsaved.saved_of_test(flow, name)) is not None:
        return test
    state = unsaved.state_of(flow, name)
    if state is None:
        return controls.Controls()
    text = {"text": "1"} if "when" in form.data else {}
    context = await _saved(services, request, flow, {**state, **text})
    html = bytes(alone(request, TEMPLATE, "panel", **context).body).decode()
    return controls.read(html)


async def store_unsaved(
    services: Services,
    request: Request,
    flow: FlowRecord,
    form: forms.Form,
    name: str,
    reasons: Mapping[str, str] | None = None,
    reason: str = "",
) -> None:
    """Store what a form of a panel holds and the draft does not. Raises `BadInput` for what is too long."""
    saved = await controls_of(services, request, flow, name, form)
    if name.startswith(("connect:", "reconnect:")) and unsaved.state_of(flow, name) is None:
        return  # which of its fields are secrets nobody knows any more
    left = UnsavedPanel(unsaved.differing(form, saved), reasons or {}, reason)
    await services.unsaved.put(actor_of(request), flow.id, name, left)


async def _show_typed(
    services: Services,
    request: Request,
    flow: FlowRecord,
    asked: Mapping[str, Any],
    context: dict[str, Any],
    form: forms.Form,
    refused: Mapping[str, str],
) -> None:
    """Let the panel of a context show a form in the place of what is saved, with what is wrong with it."""
    state = typed.state(asked, form, flow.definition, services.pieces)
    shown = await panel(services, request, flow, state, context["cover"])
    typed.put(shown, form, refused)
    context["panel"] = shown
    context["typed"] = {name: form.text(name) for name in form.data}
    context["refused"] = {**context["refused"], **refused}
    context["beside"] = bool(refused and unsaved.name_of(form)) and all(
        _has_place(control, form) for control in refused
    )


def _has_place(control: str, form: forms.Form) -> bool:
    """Whether what is wrong with a control can stand beside it."""
    if not control or control in _NO_PLACE:
        return False
    names = (control, f"field.{control}")
    return any(name in form.data for name in names) or any(
        each.startswith(f"{control}.") for each in form.data
    )


async def _saved(
    services: Services, request: Request, flow: FlowRecord, asked: Mapping[str, Any]
) -> dict[str, Any]:
    """All that the template needs for what is saved."""
    lit = await run_overlay.light(services, request, flow, asked)
    await prepare(services.pieces, flow)
    drawing, cover = drawn(services.pieces, flow, lit.overlay if lit else None)
    shown: Panel = await panel(services, request, flow, asked, cover)
    step = str(asked.get("step") or "")
    done = await services.edits.ahead(project_of(request), flow.id)
    left = await services.unsaved.list(actor_of(request), flow.id)
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
        "cover": cover,
        "reaching": (reaching := samples_at(flow.definition, step, cover)),
        "sample": next(iter([*reaching, *(flow.definition.get("samples") or {})]), ""),
        "unsaved": left,
        "marks": unsaved.marks(left),
        "panel_name": unsaved.panel_of(flow, shown, asked),
        "left_here": unsaved.listed(flow, left, services.pieces) if shown.kind == "flow" else [],
        "left": "",
        "arranged": {},
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
        "beside": False,
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
    marked: unsaved.Marks | None = None,
    half: bool = False,
) -> Response:
    """The page after a change: its blocks for htmx, else a redirect; refused, the page with the reason.

    With the flow as it was `before`, of its drawing only what has changed. What a form of a panel holds and
    could not be saved is stored; of a form that is `half` filled in, too. A form that says `leave` is of a
    panel that shows something else by now: the answer leaves that alone.
    """
    name = unsaved.name_of(form) if form is not None else ""
    if marked is None and (name or before is not None):
        marked = unsaved.marks(await services.unsaved.list(actor_of(request), flow.id))
    if form is not None and name and error is None:
        if half:
            await store_unsaved(services, request, flow, form, name, reason=said)
        else:
            await services.unsaved.discard(actor_of(request), flow.id, name)
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
    if error is not None:
        context = await _refused(services, request, flow, asked, error, form, name)
    else:
        context = await (_saved if half else context_of)(services, request, flow, asked)
    context["saved"] = said
    leaves = form is not None and bool(form.word("leave"))
    status = error.status if error and not leaves else 200

    def drawn_page() -> Response:
        if not by_script(request):
            return render(request, TEMPLATE, status, **context)
        changed = _redrawn(services, request, before, form, context, marked)
        if leaves and error:
            context["saved"] = f"Not saved: {unsaved.title(flow, name, services.pieces)}"
        more = fragment("editor/redraw.html", "redraw", **context, pieces=changed) if changed else ""
        wanted = ["bar"] + ["plan"] * (changed is None) + ["panel"] * (not leaves)
        address = "" if leaves else url
        return blocks(request, TEMPLATE, wanted, status, url=address, more=more, **context)

    return await offload(drawn_page, large=is_large(flow.definition))


def _redrawn(
    services: Services,
    request: Request,
    before: FlowRecord | None,
    form: forms.Form | None,
    context: Mapping[str, Any],
    marked: unsaved.Marks | None,
) -> list[redraw.Piece] | None:
    """What differs of the drawing, if the page that asks shows the flow as it was `before`."""
    if before is None or form is None or form.word("revision") != str(before.revision):
        return None
    if shown_page(request) != context["at"]:  # that of a test is lit
        return None
    drawing = drawn(services.pieces, before).drawing
    notes = editor_flow.notes(before.definition, services.pieces), context["notes"]
    found = redraw.redraw(drawing, context["drawing"], notes)
    if found is None or marked is None:
        return found
    return [*found, *redraw.remarked(context["drawing"], marked, context["marks"], found)]


async def _refused(
    services: Services,
    request: Request,
    flow: FlowRecord,
    asked: Mapping[str, Any],
    error: SwitchyardError,
    form: forms.Form | None,
    name: str,
) -> dict[str, Any]:
    """The context of a page that says why something was not saved: in the conflict's block, at the field, or
    in the panel's head. What was typed stands where it was, and is stored."""
    reasons = _reasons(error)
    if form is not None and name:
        said = "The draft was changed by someone else." if isinstance(error, Conflict) else next(
            iter(reasons.values()), error.message)  # fmt: skip
        await store_unsaved(services, request, flow, form, name, reasons, said)
    context = await _saved(services, request, flow, asked)
    if isinstance(error, Conflict) and isinstance(error.details, dict):
        sent = form.data.multi_items() if form else []
        fields = [
            (name, value)
            for name, value in sent
            if name not in ("revision", "leave") and not name.startswith("field.") and isinstance(value, str)
        ]
        context["conflict"] = {"changes": [], "diff": "", **error.details, "fields": fields,
                               "again": request.url.path}  # fmt: skip
        return context
    details = error.details if isinstance(error.details, list) else []
    if form is not None:
        await _show_typed(services, request, flow, asked, context, form, reasons)
    context["wrong"] = next(iter(reasons.values()), error.message)
    context["refused"] = reasons
    context["mends"] = {**context["mends"], **corrections.of_refusal(details)}
    context["left"] = "refused" if name else ""
    return context


def _reasons(error: SwitchyardError) -> dict[str, str]:
    """What is wrong with each control of a form that was refused."""
    details = error.details if isinstance(error.details, list) else []
    if isinstance(error, Conflict):
        return {}
    found = {
        corrections.control_of(one["pointer"]): _in_a_line(one["message"])
        for one in details
        if one.get("pointer")
    }
    found |= {str(one["field"]).removeprefix("fields."): one["message"] for one in details if "field" in one}
    if error.field and not found:
        found[error.field.removeprefix("fields.")] = error.message
    return found


def _in_a_line(message: str) -> str:
    """What is wrong with an expression, without the line that points at the place."""
    said, *text = message.split("\n")
    return f"{said} in `{text[0].strip()}`" if text and text[0].strip() else said
