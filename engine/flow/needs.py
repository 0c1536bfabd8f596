"""What a definition needs from outside: pieces, their fields, connections."""

from collections.abc import Callable, Collection, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Protocol

from .problem import Problem, pointer

_SIGNED = ("verify", "handshake")
"""Fields of a webhook trigger that name the connection whose secret they use."""


class Part(Protocol):
    """An action or a trigger of a piece, as far as checks are concerned."""

    @property
    def needs_connection(self) -> bool: ...

    def problems(self, values: Mapping[str, Any]) -> list[tuple[str, str]]:
        """(JSON pointer within the values, sentence) of each error."""
        ...


class Pieces(Protocol):
    """A registry of pieces; both methods raise a KeyError, or a relative of it, for what they do not know."""

    def action(self, piece: str, action: str) -> Any: ...

    def trigger(self, piece: str, trigger: str) -> Any: ...


def need_problems(
    definition: Mapping[str, Any], pieces: Pieces | None, connections: Collection[str] | None
) -> Iterator[Problem]:
    """Unknown pieces and connections, missing connections, input that a piece refuses."""
    for at, kind, owner in _owners(definition):
        name = owner.get("connection")
        yield from _unknown_connection(f"{at}/connection", name, connections)
        values = owner.get("input")
        values = values if isinstance(values, dict) else {}
        for field in _SIGNED if kind == "trigger" else ():
            named = values.get(field)
            if isinstance(named, dict):
                yield from _unknown_connection(
                    f"{at}/input/{field}/connection", named.get("connection"), connections
                )
        if pieces is not None:
            yield from _piece_problems(at, kind, owner, values, pieces)


def is_webhook(trigger: Mapping[str, Any], pieces: Pieces | None) -> bool:
    """Whether a trigger is fired by requests to the flow's webhook address."""
    piece, name = trigger.get("piece"), trigger.get("trigger")
    if piece == "webhook":
        return True
    if pieces is None or not isinstance(piece, str) or not isinstance(name, str):
        return False
    try:
        return getattr(pieces.trigger(piece, name), "kind", "") == "webhook"
    except LookupError:
        return False


def _owners(definition: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    triggers = definition.get("triggers")
    for number, trigger in enumerate(triggers if isinstance(triggers, list) else ()):
        if isinstance(trigger, dict):
            yield pointer("triggers", number), "trigger", trigger
    steps = definition.get("steps")
    for name, step in (steps if isinstance(steps, dict) else {}).items():
        if isinstance(step, dict) and step.get("type") == "action":
            yield pointer("steps", name), "action", step


def _unknown_connection(at: str, name: Any, connections: Collection[str] | None) -> Iterator[Problem]:
    if connections is not None and isinstance(name, str) and name and name not in connections:
        near = get_close_matches(name, connections, n=1)
        hint = f"; did you mean `{near[0]}`?" if near else ""
        yield Problem(at, f"there is no connection `{name[:80]}`{hint}", code="connection")


def _piece_problems(
    at: str, kind: str, owner: Mapping[str, Any], values: dict[str, Any], pieces: Pieces
) -> Iterator[Problem]:
    piece, name = owner.get("piece"), owner.get(kind)
    if not isinstance(piece, str) or not isinstance(name, str):
        return
    look_up: Callable[[str, str], Part] = pieces.action if kind == "action" else pieces.trigger
    # A skipped step does nothing, so what it lacks is no obstacle.
    severity: Any = "warning" if owner.get("skip") is True else "error"
    try:
        part = look_up(piece, name)
    except LookupError as error:
        words = str(error.args[0]) if error.args else f"there is no {kind} `{name}` of `{piece}`"
        yield Problem(f"{at}/{kind}", words, severity, "piece")
        return
    if part.needs_connection and not owner.get("connection"):
        yield Problem(f"{at}/connection", f"`{piece}` needs a connection", severity, "connection")
    for place, message in part.problems(values):
        yield Problem(_join(f"{at}/input", place), message, severity, "piece")
    further = getattr(part, "warnings", None)
    for place, message in further(values) if further is not None else ():
        yield Problem(_join(f"{at}/input", place), message, "warning", "piece")


def _join(base: str, place: str) -> str:
    return base + (f"/{place}" if place and not place.startswith("/") else place)
