"""Corrections that problems propose, as buttons beside the controls that they are about.

A button sends the whole form with its control's text replaced (`pick`: the control, `=`, the text), so that
whatever else was typed is saved with it, and a text that was refused can be corrected, too.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from engine.expressions import Mend
from engine.flow import Problem
from ui.shared import forms
from ui.shared.forms import Form

from .fields import ROOT

Corrections = dict[str, Mend]
"""By the name of the control."""


def offered(problems: Iterable[Problem], place: str) -> Corrections:
    """The corrections of what is wrong below a place of the draft (a JSON pointer), the first of each
    control."""
    found: Corrections = {}
    for problem in problems:
        if problem.mend is not None and problem.pointer.startswith(f"{place}/"):
            found.setdefault(control_of(problem.pointer), problem.mend)
    return found


def of_refusal(details: Iterable[Mapping[str, Any]]) -> Corrections:
    """The corrections of what was not saved, from the details of the refusal."""
    found: Corrections = {}
    for one in details:
        if one.get("pointer") and one.get("mend"):
            found.setdefault(control_of(one["pointer"]), Mend(**one["mend"]))
    return found


def applied(form: Form) -> Form:
    """The form with the correction that its button stands for; as it is where another button was pressed."""
    control, equals, text = form.text("pick").partition("=")
    return forms.replaced(form, control, text) if equals else form


def control_of(pointer: str) -> str:
    """The control of the panel that a JSON pointer into the definition is about: `in.text`, `when`."""
    parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    if parts[:1] == ["settings"]:
        return parts[-1]
    inside = parts[2:]
    if inside[:1] == ["input"]:
        return ".".join([ROOT, *inside[1:]])
    if inside[:1] == ["labels"]:
        return "labels"
    while len(inside) > 1 and inside[-1].isdecimal():  # an entry of a list that one control holds
        inside = inside[:-1]
    return inside[-1] if inside else ""
