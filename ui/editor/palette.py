"""Every command of the editor as an entry of the search, and copying steps."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from engine.authoring.flow_reader import FlowRecord
from engine.authoring.flows import Flows
from engine.base.actor import Permission
from engine.base.offload import is_large, offload
from engine.flow import parse
from engine.flow.commands import COMMANDS, copy
from engine.web.routes import RouteSpec, bind, route
from pieces import Registry
from ui.drawing.parts import part_of, title_of
from ui.shared.page_context import project_of

from .keys import Binding

_FLOW = "/p/{project_id}/flows/{flow_id}"


@dataclass(frozen=True)
class Item:
    """One entry: a link to a state of the page, or a button that sends a command."""

    title: str
    group: str
    summary: str = ""
    key: str = ""
    link: Mapping[str, str] | None = None
    button: tuple[str, str, str] | None = None  # the button's command, the name and value that it sends
    href: str = ""


@dataclass(frozen=True)
class Services:
    """What these pages use."""

    flows: Flows


def routes(services: Services) -> list[RouteSpec]:
    return [
        route(f"{_FLOW}/copy", bind(copied, services), permission=Permission.edit),
    ]


_STEP = ("action", "router", "loop")
_OFFERED: dict[str, tuple[tuple[str, ...], dict[str, str] | None]] = {
    "add_step": ((), {"add": "after:{step}"}),
    "replace_step": (_STEP, {"add": "replace:{step}"}),
    "move_steps": (_STEP, {"move": "{step}"}),
    "duplicate_step": (_STEP, None),
    "delete_steps": (_STEP, None),
    "set_skip": (_STEP, None),
    "rename_step": (_STEP, {"step": "{step}", "tab": "about"}),
    "set_title": (_STEP, {"step": "{step}"}),
    "set_note": (_STEP, {"step": "{step}", "tab": "about"}),
    "set_connection": (("action",), {"step": "{step}"}),
    "set_retry": (("action",), {"step": "{step}", "tab": "errors"}),
    "set_on_error": (("action",), {"step": "{step}", "tab": "errors"}),
    "set_timeout": (("action",), {"step": "{step}", "tab": "errors"}),
    "add_branch": (("router",), None),
    "add_otherwise": (("router",), None),
    "set_key": (("router",), {"step": "{step}"}),
    "set_loop": (("loop",), {"step": "{step}"}),
    "add_trigger": ((), {"add": "trigger"}),
    "add_note": ((), {"note": "new"}),
    "set_name": ((), {"tab": "settings"}),
    "set_description": ((), {"tab": "settings"}),
    "set_settings": ((), {"tab": "settings"}),
}
"""Commands that the editor has a way to: for which kinds of step (none: always), and the state of the page
that leads to it; without one a button sends it."""


def items(
    flow: FlowRecord, step: str, base: str, keys: Mapping[str, Binding], pieces: Registry
) -> list[Item]:
    """What can be done now; first with the step that is shown, then with the flow, then where to go."""
    found = part_of(flow.definition, step)
    kind = found[1] if found else ""
    listed = [item for name in COMMANDS if (item := _item(name, step, kind, keys)) is not None]
    listed += [
        Item("Undo", "Flow", "", keys["undo"].key, button=("undo", "", "")),
        Item("Redo", "Flow", "", keys["redo"].key, button=("redo", "", "")),
        Item("Duplicate the flow", "Flow", "copy", button=("duplicate", "", "")),
        Item("Test the flow", "Flow", href=f"{base}/test"),
        Item("Publish", "Flow", href=f"{base}/publish"),
        Item("Versions", "Flow", href=f"{base}/versions"),
        Item("Edit as JSON", "Flow", href=f"{base}/json"),
    ]
    for name in flow.definition.get("steps") or {}:
        listed.append(Item(title_of(flow.definition, name, pieces), "Go to", name, link={"step": name}))
    return listed


def _item(name: str, step: str, kind: str, keys: Mapping[str, Binding]) -> Item | None:
    """The entry of a command for the step that is shown; None where it makes no sense."""
    if name not in _OFFERED:
        return None
    kinds, params = _OFFERED[name]
    if kinds and kind not in kinds:
        return None
    command = COMMANDS[name]
    link = {key: value.format(step=step) for key, value in params.items()} if params is not None else None
    if name == "add_step" and kind not in _STEP:
        link = {"add": "start"}
    button = (name, "step", step) if link is None else None
    key = keys[name].key if name in keys else ""
    return Item(command.title, command.group, command.summary, key, link, button)


async def copied(services: Services, request: Request) -> Response:
    """Steps as JSON, to be pasted into this or another flow."""
    flow = await services.flows.get(project_of(request), request.path_params["flow_id"])
    steps = request.query_params.getlist("steps")
    made: dict[str, Any] = await offload(
        lambda: copy(parse(flow.definition), steps), large=is_large(flow.definition)
    )
    return JSONResponse(made)
