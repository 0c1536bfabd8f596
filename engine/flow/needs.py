"""What a definition needs from outside: pieces, their fields, connections."""

from collections.abc import Callable, Collection, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple, Protocol

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


class NamedConnection(NamedTuple):
    """A place in a definition that names a connection."""

    pointer: str
    name: str
    piece: str
    """The piece that would get its secrets."""
    skip: bool
    """Whether the step does nothing."""


def need_problems(
    definition: Mapping[str, Any], pieces: Pieces | None, connections: Collection[str] | None
) -> Iterator[Problem]:
    """Unknown pieces and connections, missing ones, connections of another piece, input that a piece refuses.

    `connections` are the names that exist, best as a mapping to their pieces; None when they are not known.
    """
    for at, kind, owner in _owners(definition):
        for named in _named(at, kind, owner) if connections is not None else ():
            yield from _connection_problems(named, connections or {})
        if pieces is not None:
            yield from _piece_problems(at, kind, owner, _input(owner), pieces)


def named_connections(definition: Mapping[str, Any]) -> Iterator[NamedConnection]:
    """Every place of a definition that names a connection, in the order of the file."""
    for at, kind, owner in _owners(definition):
        yield from _named(at, kind, owner)


def is_webhook(trigger: Mapping[str, Any], pieces: Pieces | None) -> bool:
    """Whether a trigger is fired by requests to the flow's webhook address."""
    return trigger.get("piece") == "webhook" or _kind(trigger, pieces) == "webhook"


def can_split(trigger: Mapping[str, Any], pieces: Pieces | None) -> bool:
    """Whether the events of a trigger come from outside, so that one may hold several; a piece that is gone
    is another problem."""
    return _kind(trigger, pieces) not in ("schedule", "manual")


def _kind(trigger: Mapping[str, Any], pieces: Pieces | None) -> str:
    """What kind of trigger it is; empty where that is not known."""
    piece, name = trigger.get("piece"), trigger.get("trigger")
    if pieces is None or not isinstance(piece, str) or not isinstance(name, str):
        return ""
    try:
        return str(getattr(pieces.trigger(piece, name), "kind", ""))
    except LookupError:
        return ""


def _owners(definition: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    triggers = definition.get("triggers")
    for number, trigger in enumerate(triggers if isinstance(triggers, list) else ()):
        if isinstance(trigger, dict):
            yield pointer("triggers", number), "trigger", trigger
    steps = definition.get("steps")
    for name, step in (steps if isinstance(steps, dict) else {}).items():
        if isinstance(step, dict) and step.get("type") == "action":
            yield pointer("steps", name), "action", step


def _input(owner: Mapping[str, Any]) -> dict[str, Any]:
    values = owner.get("input")
    return values if isinstance(values, dict) else {}


def _named(at: str, kind: str, owner: Mapping[str, Any]) -> Iterator[NamedConnection]:
    names = {f"{at}/connection": owner.get("connection")}
    for field in _SIGNED if kind == "trigger" else ():
        said = _input(owner).get(field)
        if isinstance(said, dict):
            names[f"{at}/input/{field}/connection"] = said.get("connection")
    piece = owner.get("piece")
    for place, name in names.items():
        if isinstance(name, str) and name:
            skip = owner.get("skip") is True
            yield NamedConnection(place, name, piece if isinstance(piece, str) else "", skip)


def _connection_problems(named: NamedConnection, connections: Collection[str]) -> Iterator[Problem]:
    at, name, piece, skip = named
    if name not in connections:
        near = get_close_matches(name, connections, n=1)
        hint = f"; did you mean `{near[0]}`?" if near else ""
        yield Problem(at, f"there is no connection `{name[:80]}`{hint}", code="connection")
        return
    owner = connections[name] if isinstance(connections, Mapping) else piece
    if piece and owner != piece:
        message = (
            f"the connection `{name}` belongs to `{owner}`, and `{piece[:80]}` cannot use it: "
            f"choose a connection of `{piece[:80]}`"
        )
        yield Problem(at, message, "warning" if skip else "error", "connection")


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
