"""The editor's keys: what each does, which are usual, and which a user has chosen instead.

What changes the draft is a command of `engine.commands`, with its key; what is only done with the page
stands in `LOOK`. Together they are the one list behind the keys, the palette and the page of keys.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from engine.access.preferences import Preferences
from engine.base.actor import Permission
from engine.base.errors import BadInput
from engine.flow.commands import COMMANDS
from engine.web.routes import RouteSpec, bind, route
from engine.web.sign_in_path import local_path
from ui.shared import forms
from ui.shared.page_context import Layout, actor_of, here
from ui.shared.render import query, redirect

_NAME = "keys"  # of the preference

LOOK: Mapping[str, tuple[str, str, str]] = {
    "palette": ("Search", "Flow", "Ctrl+K"),
    "keys": ("Show all keys", "Flow", "?"),
    "undo": ("Undo", "Flow", "Ctrl+Z"),
    "redo": ("Redo", "Flow", "Ctrl+Shift+Z"),
    "copy": ("Copy steps", "Steps", "Ctrl+C"),
    "move_up": ("Move the step up", "Steps", "Shift+ArrowUp"),
    "move_down": ("Move the step down", "Steps", "Shift+ArrowDown"),
    "find": ("Find a step", "Drawing", "/"),
    "fold_all": ("Fold all branches", "Drawing", "f"),
    "unfold_all": ("Unfold all branches", "Drawing", "Shift+F"),
    "fit": ("Show the whole flow", "Drawing", "1"),
    "zoom_reset": ("Back to 100 %", "Drawing", "0"),
    "zoom_in": ("Larger", "Drawing", "+"),
    "zoom_out": ("Smaller", "Drawing", "-"),
    "map": ("Show or hide the map", "Drawing", "Shift+M"),
}
"""What is no command on the draft: its title, its group, its usual key."""

FIXED = (
    ("Paste steps", "Ctrl+V"), ("Go from step to step", "Arrow keys"),
    ("Drag the drawing", "Space and drag"), ("Close what is open", "Escape"),
)  # fmt: skip
"""Keys that are the browser's, or the same everywhere."""

OFFERED = (
    "add_step", "replace_step", "move_steps", "duplicate_step", "delete_steps", "set_skip", "rename_step",
    "set_title", "add_branch", "add_trigger", "add_note", "set_settings",
)  # fmt: skip
"""Commands on the draft that a key can be given to, in the order of the list."""

NAMED = (
    "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Home", "End", "PageUp", "PageDown", "Insert",
    "Delete", *(f"F{number}" for number in range(1, 13)),
)  # fmt: skip
TAKEN = {
    "Ctrl+T", "Ctrl+N", "Ctrl+W", "Ctrl+Shift+T", "Ctrl+Shift+N", "Ctrl+Shift+W", "Ctrl+Q", "Ctrl+R",
    "Ctrl+V", "F5", "F11", "F12", "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight",
}  # fmt: skip
"""What browsers keep for themselves, what pasting needs, and what goes from step to step."""


@dataclass(frozen=True)
class Binding:
    """One command, its key, and the one that it usually has."""

    name: str
    title: str
    group: str
    key: str
    usual: str
    wrong: str = ""


@dataclass(frozen=True)
class Services:
    """What these pages use."""

    layout: Layout
    preferences: Preferences


def routes(services: Services) -> list[RouteSpec]:
    path = "/p/{project_id}/keys"
    return [
        route(path, bind(show, services), permission=Permission.edit, name="keys"),
        route(f"{path}/list", bind(listed, services), permission=Permission.edit),
        route(path, bind(save, services), permission=Permission.edit, methods=["POST"]),
    ]


# -- keys as text ------------------------------------------------------------------------------------


def normal(text: str) -> str:
    """A key as it is stored: `Ctrl+Shift+Z`, `a`, `?`, `F2`; empty for none. Raises `BadInput`."""
    parts = [part.strip() for part in re.split(r"\+(?=.)", text.strip())]
    *held, last = parts if parts != [""] else [""]
    marks = {"ctrl": "Ctrl", "cmd": "Ctrl", "control": "Ctrl", "shift": "Shift"}
    if any(mark.lower() not in marks for mark in held):
        raise BadInput("Only Ctrl and Shift can be combined with a key.")
    ctrl, shift = (
        ("Ctrl" in {marks[mark.lower()] for mark in held}),
        "shift" in {mark.lower() for mark in held},
    )
    named = {name.lower(): name for name in NAMED}.get(last.lower())
    if not last and not held:
        return ""
    if named is None and (len(last) != 1 or not last.isprintable() or last.isspace()):
        raise BadInput(
            f"“{text.strip()[:40]}” is not a key. Use a character, a function key, an arrow key or Delete."
        )
    key = named or (last.upper() if ctrl or shift else last)
    if named is None and not ctrl and not shift and last.isalpha() and last != last.lower():
        shift, key = True, last.upper()
    if named is None and shift and not ctrl and not last.isalpha():
        raise BadInput("Write the character itself, without Shift.")
    whole = "+".join([*(["Ctrl"] if ctrl else []), *(["Shift"] if shift else []), key])
    if whole in TAKEN:
        raise BadInput(f"{whole} is already used by the browser or the drawing.")
    return whole


# -- what goes for a user ----------------------------------------------------------------------------


def usual() -> dict[str, Binding]:
    """Every command that can have a key, as it is before anybody has chosen."""
    found = {name: COMMANDS[name] for name in OFFERED}
    rows = [Binding(name, one.title, one.group, one.key or "", one.key or "") for name, one in found.items()]
    rows += [Binding(name, title, group, key, key) for name, (title, group, key) in LOOK.items()]
    return {row.name: row for row in rows}


async def bound(preferences: Preferences, request: Request) -> dict[str, Binding]:
    """Every command with the key that it has for who asks."""
    own = _read(await preferences.get(actor_of(request).user_id, _NAME))
    return {
        name: Binding(row.name, row.title, row.group, own.get(name, row.usual), row.usual)
        for name, row in usual().items()
    }


def by_key(rows: Mapping[str, Binding]) -> str:
    """Which key does what, for the script: JSON of names by keys."""
    return json.dumps({row.key: name for name, row in rows.items() if row.key})


def _read(text: str) -> dict[str, str]:
    """What was kept; nothing if it cannot be read."""
    try:
        found = json.loads(text) if text else {}
    except ValueError:
        return {}
    return {str(name): str(key) for name, key in found.items()} if isinstance(found, dict) else {}


# -- the page ----------------------------------------------------------------------------------------


async def show(services: Services, request: Request) -> Response:
    return await _page(
        services, request, await bound(services.preferences, request), saved="did" in request.query_params
    )


async def listed(services: Services, request: Request) -> Response:
    """All keys to look at, as a page or as the block that is shown over the drawing."""
    rows = await bound(services.preferences, request)
    next = local_path(request.query_params.get("next", ""))
    groups = _grouped(rows)
    return await services.layout.page(request, "editor/key_list.html", groups=groups, fixed=FIXED, next=next)


async def save(services: Services, request: Request) -> Response:
    """Keep what differs from the usual keys; a key that two commands would share is refused."""
    form = await forms.read(request, 50_000)
    actor, store = actor_of(request), services.preferences
    if form.word("do") == "reset":
        await store.set(str(actor.user_id), _NAME, "")
        return redirect(request, _back(request, form))
    rows = _given(form)
    if any(row.wrong for row in rows.values()):
        return await _page(services, request, rows, 422, next=form.text("next"))
    own = {name: row.key for name, row in rows.items() if row.key != row.usual}
    await store.set(str(actor.user_id), _NAME, json.dumps(own) if own else "")
    return redirect(request, _back(request, form))


def _given(form: forms.Form) -> dict[str, Binding]:
    """The rows as the form has them, each that cannot be with the reason."""
    rows: dict[str, Binding] = {}
    for name, row in usual().items():
        text = form.text(f"key.{name}") if f"key.{name}" in form.data else row.usual
        try:
            rows[name] = Binding(name, row.title, row.group, normal(text), row.usual)
        except BadInput as error:
            rows[name] = Binding(name, row.title, row.group, text[:60], row.usual, error.message)
    first: dict[str, Binding] = {}
    for name, row in rows.items():
        other = first.setdefault(row.key, row) if row.key and not row.wrong else row
        if other is not row:
            wrong = f"{row.key} is the key of “{other.title}” already."
            rows[name] = Binding(name, row.title, row.group, row.key, row.usual, wrong)
    return rows


def _back(request: Request, form: forms.Form) -> str:
    return here(request, "/keys") + query({}, did="saved", next=local_path(form.text("next")))


async def _page(
    services: Services,
    request: Request,
    rows: Mapping[str, Binding],
    status: int = 200,
    *,
    saved: bool = False,
    next: str = "",
) -> Response:
    next = local_path(next or request.query_params.get("next", ""))
    changed = any(row.key != row.usual for row in rows.values())
    return await services.layout.page(
        request,
        "editor/keys.html",
        status,
        groups=_grouped(rows),
        fixed=FIXED,
        saved=saved,
        next=next,
        changed=changed,
    )


def _grouped(rows: Mapping[str, Binding]) -> dict[str, list[Binding]]:
    groups: dict[str, list[Binding]] = {}
    for row in rows.values():
        groups.setdefault(row.group, []).append(row)
    return groups
