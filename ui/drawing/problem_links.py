"""Where a problem of a flow is put right: the page of the editor that its JSON pointer is about."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.flow import Problem
from pieces import Registry
from ui.shared.render import query

from .canvas import words
from .parts import title_of


@dataclass(frozen=True, slots=True)
class ProblemLink:
    """A problem with the way to it."""

    problem: Problem
    href: str
    """From the flow's own address on: `?step=tell#f-in-channel`."""
    label: str
    """The step and the field, in words; the pointer itself where it is about neither."""


def places(problems: Iterable[Problem], definition: Mapping[str, Any], pieces: Registry) -> list[ProblemLink]:
    """Each problem with its place in the editor of this definition."""
    return [ProblemLink(problem, *_place(problem.pointer, definition, pieces)) for problem in problems]


def ways(
    problems: Iterable[Problem], definition: Mapping[str, Any], pieces: Registry
) -> dict[str, ProblemLink]:
    """The places by the problems' pointers, of those that are in the definition."""
    return {place.problem.pointer: place for place in places(problems, definition, pieces) if place.href}


def _place(pointer: str, definition: Mapping[str, Any], pieces: Registry) -> tuple[str, str]:
    area, *rest = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]] or [""]
    if area == "samples" and rest:
        return "/samples" + query({}, sample=rest[0]), f"Sample {rest[0]}"
    if area == "start" and not definition.get("start"):
        return query({}, add="start") + "#f-q", "Add a step"
    name, title = _part(area, rest, definition, pieces)
    if not name:
        return "", pointer
    inside = rest[1:]
    if inside[:1] == ["branches"] and len(inside) > 1:
        field = "#f-when" if inside[2:] == ["when"] else "#panel"
        branch = _branch(name, inside[1], definition)
        return query({}, step=name, branch=inside[1]) + field, f"{title} › {branch}"
    field, said = _field(inside)
    return query({}, step=name) + field, f"{title} › {said}" if said else title


def _part(area: str, rest: list[str], definition: Mapping[str, Any], pieces: Registry) -> tuple[str, str]:
    """Name and title of the step or trigger; both empty without one."""
    found: Any = None
    if area == "steps" and rest:
        found = (definition.get("steps") or {}).get(rest[0])
    elif area == "triggers" and rest and rest[0].isdigit():
        triggers = definition.get("triggers") or []
        found = triggers[int(rest[0])] if int(rest[0]) < len(triggers) else None
    if not isinstance(found, Mapping):
        return "", ""
    name = str(rest[0] if area == "steps" else found.get("name", ""))
    return name, title_of(definition, name, pieces)


def _field(inside: list[str]) -> tuple[str, str]:
    """The control within the step's form, and what it is called."""
    if not inside:
        return "#panel", ""
    if inside[0] == "input" and len(inside) > 1:
        said = " › ".join(part if part.isdigit() else words(part) for part in inside[1:])
        return "#f-in-" + "-".join(inside[1:]), said
    if inside[0] in ("connection", "items", "until", "collect", "key"):
        return f"#f-{inside[0]}", words(inside[0])
    return "#panel", words(inside[0])


def _branch(step: str, index: str, definition: Mapping[str, Any]) -> str:
    branches = definition["steps"][step].get("branches") or []
    known = index.isdigit() and int(index) < len(branches)
    return str(branches[int(index)].get("name", "")) if known else f"branch {index}"
