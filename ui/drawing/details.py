"""One trigger or step in words, for the panel beside the drawing."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.flow import Problem
from pieces import Registry

from .canvas import words

_TEMPLATE = re.compile(r"(\{\{.*?\}\})", re.DOTALL)


@dataclass(frozen=True)
class Part:
    """A stretch of a text: plain, or an expression in braces."""

    text: str
    expression: bool = False


@dataclass(frozen=True)
class Value:
    """One input, ready to show: text with its expressions told apart, or JSON."""

    title: str
    parts: list[Part]
    help: str = ""
    json: bool = False


@dataclass
class Details:
    name: str
    title: str
    kind: str  # trigger | action | router | loop
    icon: str
    of: str = ""  # the piece and what of it, in words
    connection: str = ""
    facts: list[tuple[str, str, bool]] = field(default_factory=list)  # label, text, is an expression
    inputs: list[Value] = field(default_factory=list)
    branches: list[tuple[str, str]] = field(default_factory=list)  # name, whole condition
    problems: list[Problem] = field(default_factory=list)
    note: str = ""
    help: str = ""


def details(
    definition: Mapping[str, Any], name: str, pieces: Registry, problems: Iterable[Problem]
) -> Details | None:
    """What there is to say of the step or trigger called `name`; None if there is none."""
    step = (definition.get("steps") or {}).get(name)
    if isinstance(step, Mapping):
        place, kind, own = f"/steps/{name}", str(step.get("type", "action")), "action"
    else:
        triggers = definition.get("triggers") or []
        found = [(i, t) for i, t in enumerate(triggers) if isinstance(t, Mapping) and t.get("name") == name]
        if not found:
            return None
        place, kind, own, step = f"/triggers/{found[0][0]}", "trigger", "trigger", found[0][1]
    shown = Details(
        name, str(step.get("title") or words(name)), kind, "split" if kind == "router" else "repeat"
    )
    shown.note = str(step.get("note") or "")
    shown.problems = [p for p in problems if p.pointer == place or p.pointer.startswith(place + "/")]
    if kind == "router":
        _router(shown, step)
    elif kind == "loop":
        _loop(shown, step)
    else:
        _of_piece(shown, step, own, pieces)
    if step.get("skip"):
        shown.facts.append(("Skipped", "The run passes this step by.", False))
    return shown


def _router(shown: Details, step: Mapping[str, Any]) -> None:
    if step.get("key"):
        shown.facts.append(("Key", str(step["key"]), True))
    every = step.get("match") == "all"
    way = "Every branch that matches" if every else "The first branch that matches"
    shown.facts.append(("Takes", f"{way}{', at the same time' if step.get('parallel') else ''}", False))
    for branch in step.get("branches") or []:
        cases = [str(case) for case in branch.get("case") or []]
        parts = [" or ".join(cases), str(branch.get("when") or "")]
        shown.branches.append((str(branch.get("name", "")), "  and  ".join(part for part in parts if part)))
    last = "continues" if step.get("otherwise") is not None else "the event shows under Unrouted"
    shown.facts.append(("No match", last, False))


def _loop(shown: Details, step: Mapping[str, Any]) -> None:
    shown.facts.append(("Items", str(step.get("items", "")), True))
    for label, key in (("Until", "until"), ("Collects", "collect")):
        if step.get(key):
            shown.facts.append((label, str(step[key]), True))
    shown.facts.append(("At a time", str(step.get("concurrency") or 1), False))


def _of_piece(shown: Details, step: Mapping[str, Any], own: str, pieces: Registry) -> None:
    piece = pieces.pieces.get(str(step.get("piece")))
    known: Any = None
    if piece is not None:
        known = (piece.actions if own == "action" else piece.triggers).get(str(step.get(own)))
    shown.icon = piece.icon if piece is not None else "puzzle"
    shown.of = " · ".join(
        [piece.title if piece else str(step.get("piece")), known.title if known else str(step.get(own))]
    )
    title = None if own == "trigger" else step.get("title")  # a trigger's is one of runs
    shown.title = str(title or (known.title if known else words(shown.name)))
    shown.help = known.summary if known else ""
    shown.connection = str(step.get("connection") or "")
    properties = {prop.name: prop for prop in known.properties} if known else {}
    for key, value in (step.get("input") or {}).items():
        prop = properties.get(key)
        shown.inputs.append(show(prop.title if prop else words(str(key)), value, prop.help if prop else ""))
    if own == "action":
        shown.facts += [("On failure", on_error_words(step), False)]
        if step.get("timeout"):
            shown.facts.append(("Time limit", f"{step['timeout']} s", False))


def show(title: str, value: Any, help: str = "") -> Value:
    """A value as the panel shows it."""
    if isinstance(value, str):
        return Value(title, [_part(text) for text in _TEMPLATE.split(value) if text], help)
    if isinstance(value, bool) or value is None:
        return Value(title, [Part({True: "yes", False: "no", None: "nothing"}[value])], help)
    if isinstance(value, int | float):
        return Value(title, [Part(f"{value:g}")], help)
    return Value(title, [Part(json.dumps(value, indent=2, ensure_ascii=False))], help, json=True)


def _part(text: str) -> Part:
    inside = _TEMPLATE.fullmatch(text) is not None
    return Part(text[2:-2].strip() if inside else text, inside)


def on_error_words(step: Mapping[str, Any]) -> str:
    """What happens when it fails: `Try 4 times (after 4, 8, 16 s), then fail the run`."""
    retry = step.get("retry") or {}
    attempts = int(retry.get("attempts") or 1)
    on_error = step.get("on_error", "fail")
    end = {"fail": "fail the run", "continue": "go on"}.get(on_error if isinstance(on_error, str) else "", "")
    if isinstance(on_error, Mapping):
        end = f"go to {on_error.get('next') or 'the next step'}"
    if attempts <= 1:
        return end.capitalize()
    delay, factor = float(retry.get("first_delay", 4)), float(retry.get("factor", 2))
    most = float(retry.get("max_delay", 3600))
    delays = [f"{min(delay * factor**n, most):g}" for n in range(min(attempts - 1, 5))]
    more = " …" if attempts > 6 else ""
    return f"Try {attempts} times (after {', '.join(delays)}{more} s), then {end}"
