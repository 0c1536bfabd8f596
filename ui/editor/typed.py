"""A panel that shows what somebody typed in the place of what is saved."""

from collections.abc import Iterator, Mapping
from typing import Any

from engine.base.errors import BadInput
from engine.base.types import Json
from pieces import Property, Registry
from ui.drawing.parts import known_of, part_of
from ui.shared import forms
from ui.shared.forms import Form

from . import branch as editor_branch
from . import fields
from .fields import Field
from .panel import VERIFIED_BY, Panel, StepPanel

Definition = Mapping[str, Any]

_TEXTS = {"title": "own_title", "name": "new_name", "note": "note", "connection": "connection",
          "mask": "mask", "run_title": "run_title", "labels": "labels", "dedupe": "dedupe",
          "dedupe_within": "dedupe_within", "split": "split",
          "on_error": "on_error", "timeout": "timeout", "fail_on_null": "fail_on_null", "items": "items",
          "until": "until", "collect": "collect", "concurrency": "concurrency", "key": "key",
          "match": "match"}  # fmt: skip
"""Controls of a step's form, and what of its panel they show."""
_BOXES = {"skip": "skip", "otherwise": "otherwise", "ignore": "otherwise_ignored"}
_AT_MOST = 50  # fields that are left out because they cannot be read


def state(asked: Mapping[str, Any], form: Form, definition: Definition, pieces: Registry) -> dict[str, Any]:
    """The state of the page in which the panel has the rows and fields that a form has."""
    shown, found = dict(asked), part_of(definition, str(asked.get("step") or ""))
    if asked.get("branch"):
        rows = editor_branch.read_rows(form)
        if rows:
            shown.setdefault("rows", rows)
        if "when" in form.data:
            shown["text"] = "1"
    elif found is not None and (known := known_of(found[1], found[2], pieces)) is not None:
        shown["input"] = _values(known.properties, form, found[2].get("input") or {})
        shown["expressions"] = [*(asked.get("expressions") or ()), *fields.switched(form)]
    return shown


def put(shown: Panel, form: Form, refused: Mapping[str, str]) -> None:
    """Put the texts of a form, and what is wrong with them, into a panel."""
    if shown.kind == "step" and shown.step is not None:
        _put_step(shown.step, form, refused)
    elif shown.kind == "branch":
        made = shown.more["branch"]
        made.new_name, made.case_new = form.text("name") or made.name, form.text("case.new")
        if "has.case" in form.data or "case" in form.data:
            chosen = form.all("case")
            made.cases = [(value, label, value in chosen) for value, label, _ in made.cases]
        made.ignore = bool(form.word("ignore"))
        if "when" in form.data:
            made.text = form.text("when")
        for row in (row for group in made.groups for row in group):
            row.wrong = row.wrong or refused.get(row.path, "")
    elif shown.kind == "connect" or (shown.kind == "reconnect" and _is_of(shown, form)):
        typed = {name[6:]: form.text(name) for name in form.data if name.startswith("field.")}
        shown.more["values"] = {**shown.more["values"], **typed}
        if "name" in form.data:
            shown.more["named"] = form.text("name")


def _is_of(shown: Panel, form: Form) -> bool:
    """Whether a form is about the connection that is shown: the step may have got another meanwhile."""
    one = shown.step.connected if shown.step else None
    return one is not None and form.word("connection") == one.id


def _put_step(made: StepPanel, form: Form, refused: Mapping[str, str]) -> None:
    for name, attribute in _TEXTS.items():
        if name in form.data:
            setattr(made, attribute, form.text(name))
    for name, attribute in _BOXES.items():
        if f"has.{name}" in form.data or name in form.data:
            setattr(made, attribute, bool(form.word(name)))
    made.retry = [(key, label, form.text(f"retry.{key}", value)) for key, label, value in made.retry]
    made.connection_problem = refused.get("connection") or made.connection_problem
    for one in _leaves(made.fields):
        _put_field(one, form)
    for control, message in refused.items():
        around = [one for one in _leaves(made.fields) if _is_about(one, control)]
        if around:
            inner = max(around, key=lambda one: len(one.path))
            inner.wrong = message
            for one in made.fields:  # also where it would be folded away
                one.more = one.more and not _is_about(one, control)


def _put_field(one: Field, form: Form) -> None:
    if one.kind in ("key_value", "list") and not one.expression:
        _put_rows(one, form)
    elif one.path in form.data and one.kind != "checkbox":
        one.text, one.more = form.text(one.path), False
        if one.path == VERIFIED_BY:
            one.options = [(value, label, value == one.text) for value, label, _ in one.options]


def _put_rows(one: Field, form: Form) -> None:
    """All rows of a list that a form has, whatever they hold: a value that has no name yet, too."""
    within = [name.removeprefix(f"{one.path}.") for name in form.data if name.startswith(f"{one.path}.")]
    numbers = sorted({int(name.split(".")[0]) for name in within if name.split(".")[0].isdigit()})
    if not numbers:
        return
    one.items, one.more = [], False
    for number in [*numbers, numbers[-1] + 1]:
        at = f"{one.path}.{number}"
        titles = (("key", "Name"), ("value", "Value")) if one.kind == "key_value" else (("", ""),)
        cells = [
            (f"{at}.{key}" if key else at, title or f"{one.title} {number + 1}") for key, title in titles
        ]
        row = [Field(path, title, "text", text=form.text(path)) for path, title in cells]
        if number == numbers[-1] + 1 or any(cell.text.strip() for cell in row):
            one.items.append(row)


def _leaves(found: list[Field]) -> Iterator[Field]:
    """Every field, those within others after them."""
    for one in found:
        yield one
        yield from _leaves(one.children)
        if one.kind == "objects":
            for row in one.items:
                yield from _leaves(row)


def _is_about(one: Field, control: str) -> bool:
    return control == one.path or control.startswith(f"{one.path}.")


def _values(properties: tuple[Property, ...], form: Form, before: Mapping[str, Json]) -> Mapping[str, Json]:
    """The values that a form holds, as far as they can be read."""
    for _ in range(_AT_MOST):
        try:
            return fields.read(properties, form, before)
        except BadInput as error:
            field = error.field or ""
            gone = [name for name in form.data if name == field or name.startswith(f"{field}.")]
            if not gone:
                break
            form = forms.without(form, *gone)
    return before
