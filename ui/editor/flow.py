"""The flow as a whole in the editor: its name and settings, its notes, and where its samples go."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.analysis.coverage import RouterCoverage
from engine.base.errors import BadInput
from engine.base.types import Json
from pieces import Registry
from ui.drawing.canvas import Drawing, stations
from ui.drawing.parts import title_of
from ui.shared.forms import Form

from . import fields
from .commands import Call

Definition = Mapping[str, Any]


COLORS = (("", "Yellow"), ("green", "Green"), ("blue", "Blue"), ("red", "Red"), ("grey", "Gray"))
"""What a note's colour may be, and how it is called."""


@dataclass(frozen=True)
class Note:
    """One note as it stands beside the drawing."""

    number: int  # its place in the list, by which commands name it
    text: str
    step: str = ""
    title: str = ""  # the step's
    color: str = ""


@dataclass(frozen=True)
class NotePanel:
    """The form of a note; `number` is None for one that is still to be written."""

    number: int | None
    text: str
    step: str
    steps: list[tuple[str, str]]  # those it can stand beside: name, title
    color: str = ""
    colors: tuple[tuple[str, str], ...] = COLORS


@dataclass(frozen=True)
class FlowForm:
    """The flow's own fields as text."""

    name: str
    description: str
    timeout: str
    concurrency: str
    dedupe: str
    order_key: str


def flow_form(definition: Definition) -> FlowForm:
    settings = definition.get("settings") or {}
    shown = {key: _text(settings.get(key)) for key in ("timeout", "concurrency", "dedupe", "order_key")}
    name, description = str(definition.get("name") or ""), str(definition.get("description") or "")
    return FlowForm(name, description, **shown)


def notes(definition: Definition, pieces: Registry) -> list[Note]:
    """The notes in the order of the file; one whose step is gone stands for itself."""
    made = []
    for number, note in enumerate(definition.get("notes") or []):
        step = str(note.get("step") or "")
        if step not in (definition.get("steps") or {}):
            step = ""
        color = str(note.get("color") or "")
        known = color if color in dict(COLORS) else ""
        text = str(note.get("text") or "")
        made.append(Note(number, text, step, title_of(definition, step, pieces) if step else "", known))
    return made


def note_panel(definition: Definition, which: str, pieces: Registry) -> NotePanel | None:
    """The form of the note that the address names: a number, `new` or `new:step`; else None."""
    steps = [(name, title_of(definition, name, pieces)) for name in definition.get("steps") or {}]
    what, _, step = which.partition(":")
    if what == "new":
        return NotePanel(None, "", step, steps)
    for note in notes(definition, pieces):
        if str(note.number) == which:
            return NotePanel(note.number, note.text, note.step, steps, note.color)
    return None


def mark_samples(drawing: Drawing, cover: Mapping[str, RouterCoverage]) -> None:
    """Tell each branch of the drawing which samples go there."""
    for station in (*stations(drawing.track), *stations(drawing.loose)):
        found = cover.get(station.name)
        for siding in station.sidings if found else ():
            if siding.kind in ("case", "when"):
                siding.samples = found.branches.get(siding.name, []) if found else None
            elif siding.kind == "otherwise":
                siding.samples = found.otherwise if found else None
            elif siding.kind == "unrouted":
                siding.samples = found.unrouted if found else None


# -- from the forms ----------------------------------------------------------------------------------


def calls(name: str, form: Form, definition: Definition) -> list[Call]:
    """The commands that a form of the flow or of a note means. Raises `BadInput`."""
    return list(BUTTONS[name](form, definition))


def _flow(form: Form, definition: Definition) -> Iterator[Call]:
    """What the form of the flow changes; nothing where it is as it was."""
    was = flow_form(definition)
    if "name" in form.data and form.word("name") != was.name:
        yield Call("set_name", {"name": form.word("name")})
    if "description" in form.data and form.text("description").strip() != was.description.strip():
        yield Call("set_description", {"description": form.text("description").strip()})
    changed: dict[str, Json] = {}
    for key in ("timeout", "concurrency"):
        if key in form.data and form.word(key) != getattr(was, key):
            changed[key] = _number(form, key)
    for key in ("dedupe", "order_key"):
        if key in form.data and form.word(key) != getattr(was, key):
            changed[key] = form.word(key) or None
    if changed:
        yield Call("set_settings", changed)


def _save_note(form: Form, definition: Definition) -> Iterator[Call]:
    """Write a new note, or change one."""
    text, step, color = form.text("text").strip(), form.word("beside") or None, form.word("color")
    if not text:
        raise BadInput("A note needs a text.", field="text")
    if color not in dict(COLORS):
        raise BadInput("There is no such color.", field="color")
    number = _which(form)
    made = {"text": text, "step": step, "color": color}
    if number is None:
        yield Call("add_note", made)
        return
    was = dict(enumerate(definition.get("notes") or [])).get(number) or {}
    if any((value or "") != (was.get(key) or "") for key, value in made.items()):
        yield Call("update_note", {"note": number, **made})


def _delete_note(form: Form, _definition: Definition) -> Iterator[Call]:
    number = _which(form)
    if number is None:
        raise BadInput("There is no such note.", field="note")
    yield Call("delete_note", {"note": number})


def _which(form: Form) -> int | None:
    """The note that a form is about; None for a new one."""
    return None if form.word("note").partition(":")[0] in ("", "new") else form.number("note")


def _number(form: Form, key: str) -> Json:
    value = fields.number(form.word(key)) if form.word(key) else None
    if isinstance(value, str):
        raise BadInput("Enter a number.", field=key)
    return value


def _text(value: Json) -> str:
    if isinstance(value, float):
        return f"{value:.15g}"
    return "" if value is None else str(value)


BUTTONS: Mapping[str, Any] = {"save_flow": _flow, "save_note": _save_note, "delete_note": _delete_note}
"""What the forms' buttons are called."""
