"""What somebody typed into a panel and could not save, or left before it was saved.

It is stored on the server, for the user and the panel, and shown again wherever the panel is: in its fields,
with the reason beside them, and as a mark on the card. Each form of a panel says in its field `panel` what it
is about.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import FormData, UploadFile

from engine.authoring.flow_reader import FlowRecord
from engine.authoring.unsaved import Unsaved, UnsavedPanel
from pieces import Registry
from ui.drawing.parts import part_of, title_of
from ui.flows.samples import EMPTY, samples_of
from ui.shared.forms import Form
from ui.shared.render import pretty

from . import branch as editor_branch
from .controls import Controls
from .panel import Panel

_LONGEST_NAME = 500  # characters of what a panel is called
_OF_THE_FORM = ("revision", "here", "panel", "place", "leave", "do", "pick", "plain", "switch", "row",
                "choose", "listed", "search", "remaining")  # fmt: skip
"""Fields that steer a form and hold nothing that somebody typed."""
ARRANGE = "arrange"
"""What the form is called that stands beside the settings: folder and tags, which are not in the draft."""
_TEST = "test:"
"""What the form of a test is called, with the name of its sample."""


# -- what a form is about -------------------------------------------------------------------------------


def panel_of(flow: FlowRecord, shown: Panel, asked: Mapping[str, Any]) -> str:
    """What the form of a panel is called: `step:greet`, `branch:by_kind/Hello`, `note:new`. Empty for a panel
    into which nothing is typed that could be lost."""
    step = str(asked.get("step") or "")
    if shown.kind == "reconnect" and shown.step is not None:
        return f"reconnect:{step}/{shown.step.connected.name if shown.step.connected else ''}"
    if shown.kind in ("step", "connect"):
        return f"{shown.kind}:{step}"
    if shown.kind == "branch":
        return f"branch:{step}/{shown.more['branch'].name}"
    if shown.kind == "note":
        note = shown.more["note"]
        return "note:new" if note.number is None else f"note:{_digest(note.text)}"
    return shown.kind if shown.kind in ("settings", "paste") else ""


def _digest(text: str) -> str:
    """Names a note: notes have none, and their numbers move when one is deleted."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def name_of_test(sample: str) -> str:
    """What the form is called in which the event of a sample is changed for a test."""
    return _TEST + sample


def saved_of_test(flow: FlowRecord, name: str) -> Controls | None:
    """What the form of a test holds before somebody changes it; None for another form."""
    if not name.startswith(_TEST):
        return None
    sample = name.removeprefix(_TEST)
    return Controls({"sample": [sample], "event": [pretty(samples_of(flow).get(sample, EMPTY))]})


def state_of(flow: FlowRecord, name: str) -> dict[str, str] | None:
    """The state of the page whose panel is called so; None when that panel is gone."""
    kind, _, rest = name.partition(":")
    steps = flow.definition.get("steps") or {}
    if kind == "reconnect":
        rest = rest.partition("/")[0]
    if kind in ("step", "connect", "reconnect") and part_of(flow.definition, rest):
        return {"step": rest, **({kind: "1"} if kind != "step" else {})}
    if kind == "branch":
        router, _, branch = rest.partition("/")
        for index, one in enumerate((steps.get(router) or {}).get("branches") or []):
            if one.get("name") == branch:
                return {"step": router, "branch": str(index)}
    if kind == "note":
        for index, one in enumerate(flow.definition.get("notes") or []):
            if _digest(str(one.get("text") or "")) == rest:
                return {"note": str(index)}
        return {"note": "new"} if rest == "new" else None
    settings = {"tab": "settings"}
    return {"settings": settings, ARRANGE: settings, "paste": {"add": "paste:start"}}.get(name)


@dataclass(frozen=True)
class Marks:
    """Where the drawing says that something is not saved."""

    steps: frozenset[str] = frozenset()
    branches: frozenset[tuple[str, str]] = frozenset()


def marks(names: Iterable[str]) -> Marks:
    """The steps, triggers and branches that panels with unsaved texts are about."""
    steps, branches = set(), set()
    for name in names:
        kind, _, rest = name.partition(":")
        router, slash, branch = rest.partition("/")
        if kind == "branch" and slash:
            branches.add((router, branch))
        elif kind in ("step", "connect", "reconnect"):
            steps.add(router)
    return Marks(frozenset(steps), frozenset(branches))


@dataclass(frozen=True)
class Listed:
    """One panel with unsaved texts, in the list of the flow."""

    name: str
    title: str
    state: Mapping[str, str] | None
    texts: list[str] = field(default_factory=list)  # only where the panel is gone
    page: str = ""  # below the flow, where it is not on the page of the editor


def listed(flow: FlowRecord, stored: Mapping[str, UnsavedPanel], pieces: Registry) -> list[Listed]:
    """What is not saved of a flow, newest first: where to find it, or the texts where that is gone."""
    found = []
    for name, one in stored.items():
        state = state_of(flow, name)
        texts = [text for each in one.fields.values() for text in each.texts if text.strip()]
        page = "/test" if name.startswith(_TEST) else ""
        if page:
            state = {"sample": name.removeprefix(_TEST)}
        texts = [] if state is not None else texts
        found.append(Listed(name, title(flow, name, pieces), state, texts, page))
    return found


def title(flow: FlowRecord, name: str, pieces: Registry) -> str:
    """What people read of a panel."""
    kind, _, rest = name.partition(":")
    if kind == "branch":
        router, _, branch = rest.partition("/")
        return f"{title_of(flow.definition, router, pieces)}: {branch}"
    if kind in ("connect", "reconnect"):
        return f"{title_of(flow.definition, rest.partition('/')[0], pieces)}: connection"
    if kind == "step":
        return title_of(flow.definition, rest, pieces)
    if name.startswith(_TEST):
        return f"Test: {rest or 'event'}"
    titles = {"settings": "Name and settings", ARRANGE: "Folder and tags", "paste": "Paste steps"}
    return titles.get(name, "Note")


# -- forms and what is saved ---------------------------------------------------------------------------


def differing(form: Form, saved: Controls) -> dict[str, Unsaved]:
    """What a form holds that is not what is saved, by the name of the control; no secrets."""
    found: dict[str, Unsaved] = {}
    blank = tuple(f"{row.path}." for group in editor_branch.read_rows(form) for row in group if row.blank)
    left_out = {*_OF_THE_FORM, *saved.secrets}
    names = [name for name in dict.fromkeys(form.data) if name not in left_out]
    for name in names:
        if name.startswith(("has.", "as.", "file.", *blank)):
            continue
        texts, before = [text.replace("\r\n", "\n") for text in form.all(name)], saved.texts.get(name, [])
        if _bare(texts) != _bare(before):
            found[name] = Unsaved(texts, before)
    for name, before in saved.texts.items():
        at = name.rpartition(".")[0]
        gone = f"has.{name}" in form.data or (name.endswith(".fold") and f"{at}.field" in form.data)
        if before and gone and name not in form.data:
            found[name] = Unsaved([], before)
    for name in names:  # a field that was switched to an expression stays one
        if name.startswith("as.") and (name[3:] in found or name not in saved.texts):
            found[name] = Unsaved(form.all(name), saved.texts.get(name, []))
    return found


def _bare(texts: list[str]) -> list[str]:
    return [text.strip() for text in texts if text.strip()]


def as_form(saved: Controls, unsaved: UnsavedPanel) -> Form:
    """The form of a panel as it was left: what is saved, with what is not in its place."""
    texts = {**saved.texts, **{name: one.texts for name, one in unsaved.fields.items()}}
    pairs: list[tuple[str, str | UploadFile]] = [
        (name, text) for name, each in texts.items() for text in each
    ]
    return Form(FormData(pairs))


def texts(unsaved: UnsavedPanel) -> dict[str, str]:
    """What stands in each control that holds one text."""
    return {name: one.texts[0] for name, one in unsaved.fields.items() if one.texts}


def reasons(saved: Controls, unsaved: UnsavedPanel) -> dict[str, str]:
    """What is wrong with each control of a panel as it was left, and what was saved there meanwhile."""
    found = dict(unsaved.reasons)
    for name, one in unsaved.fields.items():
        now = saved.texts.get(name, [])
        if _bare(now) != _bare(one.saved) and not name.startswith("as."):
            said = f"Changed elsewhere to `{', '.join(now)}`." if _bare(now) else "Emptied elsewhere."
            found[name] = f"{found[name]} {said}" if name in found else said
    return found


def name_of(form: Form) -> str:
    """What the panel is called that a form is of; empty for a form that is of none."""
    name = form.word("panel")
    return name if len(name) <= _LONGEST_NAME else ""
