"""The editor: a flow changed. Every change is one POST that carries the revision it was made on."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engine.authoring.flow_reader import FlowRecord
from engine.base.actor import Permission
from engine.base.errors import BadInput, Conflict, NotFound
from engine.connections.service import ConnectionInfo
from engine.web.routes import RouteSpec, bind, route
from ui.connections import form as connection_form
from ui.drawing.parts import part_of
from ui.shared import forms
from ui.shared.page_context import actor_of, project_of

from . import branch, commands, corrections, fields
from . import flow as editor_flow
from .commands import Call
from .page import answer, flow_of, state_shown
from .services import Services

_FLOW = "/p/{project_id}/flows/{flow_id}"


def routes(services: Services) -> list[RouteSpec]:
    edit = Permission.edit
    return [
        route(f"{_FLOW}/commands/{{command}}", bind(command, services), permission=edit, methods=["POST"]),
        route(f"{_FLOW}/steps/{{step}}", bind(save_step, services), permission=edit, methods=["POST"]),
        route(
            f"{_FLOW}/steps/{{step}}/branches/{{branch}}",
            bind(save_branch, services),
            permission=edit,
            methods=["POST"],
        ),
        route(
            f"{_FLOW}/steps/{{step}}/connection",
            bind(connect, services),
            permission=Permission.admin,
            methods=["POST"],
        ),
        route(
            f"{_FLOW}/steps/{{step}}/reconnect",
            bind(reconnect, services),
            permission=Permission.admin,
            methods=["POST"],
        ),
        route(f"{_FLOW}/triggers/{{step}}", bind(save_step, services), permission=edit, methods=["POST"]),
        route(f"{_FLOW}/undo", bind(undo, services), permission=edit, methods=["POST"]),
        route(f"{_FLOW}/redo", bind(redo, services), permission=edit, methods=["POST"]),
    ]


# -- changes -----------------------------------------------------------------------------------------


async def command(services: Services, request: Request) -> Response:
    """One command from the drawing, the picker or the palette."""
    form, flow = await _form(services, request), await flow_of(services, request)
    asked = state_shown(request, form)
    name = request.path_params["command"]
    try:
        if name == "move_selected":
            return await answer(services, request, flow, {"move": ",".join(form.all("steps"))})
        own = editor_flow if name in editor_flow.BUTTONS else commands
        if name == "save_flow":
            form = corrections.applied(form)
        calls = own.calls(name, form, flow.definition)
    except BadInput as error:
        return await answer(services, request, flow, asked, error=error, form=form, before=flow)
    return await perform(services, request, flow, form, calls, asked, show_new=name in commands.SHOW,
                         saved=name == "save_flow", leaves="note" if "note" in name else "")  # fmt: skip


async def save_step(services: Services, request: Request) -> Response:
    """The form of a step: whatever it changes, as one command each."""
    form, flow = await _form(services, request), await flow_of(services, request)
    name = request.path_params["step"]
    asked: dict[str, Any] = {"step": name, "expressions": fields.switched(form)}
    if form.word("switch"):
        asked["expressions"].append(form.word("switch"))
    if form.word("plain"):
        path = form.word("plain")
        asked["expressions"] = [one for one in asked["expressions"] if one != path]
        form = forms.without(form, f"as.{path}", path)
    form = corrections.applied(form)
    if form.word("row"):
        form = fields.arranged(form, form.word("row"))
    picked = "pick" in form.data
    if form.word("listed") and not picked:  # the choices that stand open follow what they depend on
        asked |= {"choose": form.word("listed"), "search": form.word("search"), "standing": "1"}
    if form.word("choose"):
        asked |= {"choose": form.word("choose"), "search": form.word("search"), "standing": ""}
    try:
        calls = commands.of_step(name, form, flow.definition, services.pieces)
    except BadInput as error:
        return await answer(services, request, flow, asked, error=error, form=form, before=flow)
    renamed = form.word("name")
    if (
        renamed
        and renamed != name
        and request.path_params.get("step") in (flow.definition.get("steps") or {})
    ):
        asked["step"] = renamed
    done = await perform(services, request, flow, form, calls, asked, saved=True)
    if form.word("do") == "test-connection" and done.status_code < 400:
        return await _test_connection(services, request, asked)
    return done


async def _test_connection(services: Services, request: Request, asked: dict[str, Any]) -> Response:
    """Test the connection that the step has now, and say what came of it."""
    flow = await flow_of(services, request)
    found = part_of(flow.definition, str(asked["step"]))
    name = found[2].get("connection") if found else None
    for one in await services.connections.list(project_of(request)):
        if one.name == name:
            asked = {**asked, "said": await _tried(services, request, one)}
    return await answer(services, request, flow, asked)


async def _tried(services: Services, request: Request, one: ConnectionInfo) -> str:
    """How a connection fares, and why: `works`, or `failing` with the reason behind a colon."""
    try:
        good, says = await services.connections.test(actor_of(request), one.id)
    except BadInput as error:
        good, says = False, error.message
    return "works" if good else f"failing:{says}"


async def connect(services: Services, request: Request) -> Response:
    """Make a connection beside the step that needs it, and let the step use it."""
    form, flow = await _form(services, request), await flow_of(services, request)
    name = request.path_params["step"]
    found = part_of(flow.definition, name)
    if found is None:
        raise NotFound("There is no such step.")
    asked: dict[str, Any] = {"step": name, "connect": "1"}
    piece = services.pieces.pieces.get(str(found[2].get("piece")))
    if piece is None:
        raise NotFound("There is no such piece.")
    given = connection_form.given(piece, form)
    try:
        made = await services.connections.create(actor_of(request), form.word("name"), piece.name, given)
    except (BadInput, Conflict) as error:
        refused = BadInput(error.message, field=error.field, details=error.details)
        asked |= {"given": given, "named": form.word("name")}
        return await answer(services, request, flow, asked, error=refused, form=form)
    call = _uses(name, found[1], found[2], made.name)
    return await perform(services, request, flow, form, [call], {"step": name}, saved=True)


async def reconnect(services: Services, request: Request) -> Response:
    """Change a connection beside the step that has it, and say how it fares then. The form says which one:
    the step may have got another meanwhile, and a secret must not go into that."""
    form, flow = await _form(services, request), await flow_of(services, request)
    name = request.path_params["step"]
    one = await services.connections.get(project_of(request), form.word("connection"))
    piece = services.pieces.pieces.get(one.piece)
    if piece is None or part_of(flow.definition, name) is None:
        raise NotFound("There is no such step, or no such piece.")
    given = connection_form.given(piece, form)
    try:
        one = await services.connections.update(actor_of(request), one.id, given)
    except BadInput as error:
        asked = {"step": name, "reconnect": one.id, "given": given}
        return await answer(services, request, flow, asked, error=error, form=form)
    if one.oauth2 and one.oauth2.by_person:
        says = "unchecked:Saved. Connect it now."
    elif piece.verifiable or one.oauth2:
        says = await _tried(services, request, one)
    else:
        says = "unchecked:Saved. Only a run shows whether it works."
    return await answer(services, request, flow, {"step": name, "said": says}, form=form)


def _uses(name: str, kind: str, part: Mapping[str, Any], connection: str) -> Call:
    """Let a step or trigger use a connection; one that verifies its sender, for that."""
    if kind != "trigger":
        return Call("set_connection", {"step": name, "connection": connection})
    verify = (part.get("input") or {}).get("verify")
    if isinstance(verify, Mapping) and verify.get("scheme") != "none":
        value = {**verify, "connection": connection}
        return Call("set_trigger_input", {"name": name, "field": "verify", "value": value})
    return Call("set_trigger_connection", {"name": name, "connection": connection})


async def save_branch(services: Services, request: Request) -> Response:
    """The form of a branch. Its buttons add and drop rows, which need no saving while they are empty."""
    form, flow = corrections.applied(await _form(services, request)), await flow_of(services, request)
    router, index = request.path_params["step"], request.path_params["branch"]
    what, _, which = form.word("do").partition(":")
    asked: dict[str, Any] = {"step": router, "branch": index}
    if what in ("and", "or"):
        asked["more"] = form.word("do")
    if what == "text":
        asked["text"] = "1"
    rows = branch.read_rows(form, which if what == "drop" else "")
    if what == "numbers":
        branch.as_numbers(rows, which)
    if rows:
        asked["rows"] = rows
    try:
        calls = branch.calls(router, index, form, flow.definition, rows)
    except BadInput as error:
        return await answer(services, request, flow, asked, error=error, form=form, before=flow)
    if what in ("text", "rows"):
        asked.pop("rows", None)
    elif "when" in form.data:
        asked["text"] = "1"
    half = branch.waiting(rows)
    said = "Not saved yet: fill in the condition" if half else ""
    return await perform(services, request, flow, form, calls, asked, saved=True, said=said, half=half)


async def perform(
    services: Services,
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
    half: bool = False,
) -> Response:
    """Apply commands one after the other, and show what became of them, without the panel it `leaves`."""
    actor, before = actor_of(request), flow
    revision, sentence = form.number("revision"), ""
    refused: list[BadInput] = []
    try:
        for call in calls:
            try:
                result = await services.edits.apply(actor, flow.id, call.command, call.args, revision)
            except BadInput as error:  # what else the form changes is saved all the same
                refused.append(error)
                continue
            flow, revision, sentence = result.record, result.record.revision, result.sentence
            if show_new and result.names:
                asked = {"step": result.names[0]}
    except Conflict as error:
        return await answer(
            services, request, await flow_of(services, request), asked, error=error, form=form
        )
    if refused:
        asked, problem = _before(asked, request, flow), _together(refused)
        return await answer(services, request, flow, asked, error=problem, form=form, before=before)
    asked = {key: value for key, value in asked.items() if key != leaves}
    return await answer(
        services,
        request,
        flow,
        asked,
        said=said or ("Saved" if saved else sentence),
        form=form,
        before=before,
        half=half,
    )


async def undo(services: Services, request: Request) -> Response:
    return await _step_back(services, request, forward=False)


async def redo(services: Services, request: Request) -> Response:
    return await _step_back(services, request, forward=True)


async def _step_back(services: Services, request: Request, *, forward: bool) -> Response:
    form, flow = await _form(services, request), await flow_of(services, request)
    asked = state_shown(request, form)
    way = services.edits.redo if forward else services.edits.undo
    try:
        result = await way(actor_of(request), flow.id, form.number("revision"))
    except (Conflict, BadInput) as error:
        return await answer(
            services, request, await flow_of(services, request), asked, error=error, form=form
        )
    return await answer(services, request, result.record, asked, said=result.sentence, form=form, before=flow)


# -- inside -----------------------------------------------------------------------------------------


async def _form(services: Services, request: Request) -> forms.Form:
    return await forms.read(request, services.settings.max_body_bytes)


def _before(asked: Mapping[str, Any], request: Request, flow: FlowRecord) -> dict[str, Any]:
    """A refused change leaves the step under the name it has."""
    own = request.path_params.get("step")
    return {**asked, "step": own} if own and part_of(flow.definition, own) else dict(asked)


def _together(refused: list[BadInput]) -> BadInput:
    """The refusals of several changes as one, each at its field."""
    first, *others = refused
    if not others:
        return first
    details: list[Any] = []
    for one in refused:
        own = one.details if isinstance(one.details, list) else []
        details += own or [{"field": one.field or "", "message": one.message}]
    return BadInput(first.message, field=first.field, details=details)
