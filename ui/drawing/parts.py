"""Finding the parts of a definition that the editor is about."""

from collections.abc import Mapping
from typing import Any

from pieces import Registry

from .canvas import words


def part_of(definition: Mapping[str, Any], name: str) -> tuple[str, str, Mapping[str, Any]] | None:
    """Pointer, kind and definition of the step or trigger of that name."""
    step = (definition.get("steps") or {}).get(name)
    if isinstance(step, Mapping):
        return f"/steps/{name}", str(step.get("type", "action")), step
    for index, trigger in enumerate(definition.get("triggers") or []):
        if isinstance(trigger, Mapping) and trigger.get("name") == name:
            return f"/triggers/{index}", "trigger", trigger
    return None


def known_of(kind: str, part: Mapping[str, Any], pieces: Registry) -> Any:
    """The piece's action or trigger that a step or trigger uses; None if it is not installed."""
    piece = pieces.pieces.get(str(part.get("piece")))
    if piece is None:
        return None
    return (
        piece.triggers.get(str(part.get("trigger")))
        if kind == "trigger"
        else piece.actions.get(str(part.get("action")))
    )


def titles_of(definition: Mapping[str, Any], pieces: Registry) -> dict[str, str]:
    """What people read of each step, by its name."""
    return {name: title_of(definition, name, pieces) for name in definition.get("steps") or {}}


def title_of(definition: Mapping[str, Any], name: str, pieces: Registry) -> str:
    """What people read of a step or trigger, the same as on its card."""
    found = part_of(definition, name)
    if found is None:
        return words(name)
    known = known_of(found[1], found[2], pieces) if found[1] in ("action", "trigger") else None
    own = None if found[1] == "trigger" else found[2].get("title")  # a trigger's is one of runs
    return str(own or (known.title if known else words(name)))
