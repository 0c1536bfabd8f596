"""Which pieces there are: the built-in ones by a list, others by entry point."""

import importlib
import traceback
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata
from typing import Any

from ._action import Action
from ._errors import UnknownPiece
from ._piece import Piece
from ._trigger import Trigger

GROUP = "switchyard.pieces"
BUILTIN = (
    "pieces.webhook:webhook",
    "pieces.schedule:schedule",
    "pieces.http:http",
    "pieces.slack:slack",
    "pieces.email:email",
    "pieces.data:data",
    "pieces.delay:delay",
    "pieces.store:store",
    "pieces.deduplicate:deduplicate",
    "pieces.throttle:throttle",
    "pieces.digest:digest",
    "pieces.debounce:debounce",
    "pieces.flow:flow",
    "pieces.topic:topic",
)


@dataclass(frozen=True)
class BrokenPiece:
    """A piece that could not be loaded; the rest works without it."""

    name: str
    distribution: str
    traceback: str


@dataclass(frozen=True)
class Origin:
    """Which distribution a piece came from."""

    distribution: str
    version: str


@dataclass
class Registry:
    """All pieces by name, and those that failed to load."""

    pieces: dict[str, Piece] = field(default_factory=dict)
    broken: list[BrokenPiece] = field(default_factory=list)
    origins: dict[str, Origin] = field(default_factory=dict)

    def add(self, piece: Piece, origin: Origin) -> None:
        """Take a piece in; raises ValueError naming both when its name is taken."""
        if piece.name in self.pieces:
            first = self.origins[piece.name].distribution
            raise ValueError(f"two pieces are called `{piece.name}`: of {first} and of {origin.distribution}")
        self.pieces[piece.name] = piece
        self.origins[piece.name] = origin

    def piece(self, name: str) -> Piece:
        """The piece, or `UnknownPiece`."""
        try:
            return self.pieces[name]
        except KeyError:
            raise UnknownPiece(f"there is no piece `{name}`") from None

    def without_effect(self) -> frozenset[tuple[str, str]]:
        """(piece, action) of those that only compute or wait."""
        return frozenset(
            (piece.name, name)
            for piece in self.pieces.values()
            for name, action in piece.actions.items()
            if not action.has_effect
        )

    def action(self, piece: str, action: str) -> Action[Any, Any]:
        """The action, or `UnknownPiece`."""
        try:
            return self.piece(piece).actions[action]
        except UnknownPiece:
            raise
        except KeyError:
            raise UnknownPiece(f"the piece `{piece}` has no action `{action}`") from None

    def trigger(self, piece: str, trigger: str) -> Trigger[Any, Any]:
        """The trigger, or `UnknownPiece`."""
        try:
            return self.piece(piece).triggers[trigger]
        except UnknownPiece:
            raise
        except KeyError:
            raise UnknownPiece(f"the piece `{piece}` has no trigger `{trigger}`") from None


def load(entry_points: bool = True) -> Registry:
    """Load the built-in pieces, and with `entry_points` those that installed distributions declare.

    A piece that fails to import is listed in `broken`. A built-in piece that fails is a broken installation,
    and raises.
    """
    registry = Registry()
    try:
        version = metadata.version("switchyard-flow")
    except metadata.PackageNotFoundError:
        version = "0"
    for place in BUILTIN:
        module, _, name = place.partition(":")
        registry.add(getattr(importlib.import_module(module), name), Origin("switchyard-flow", version))
    if entry_points:
        add_entry_points(registry, metadata.entry_points(group=GROUP))
    return registry


def add_entry_points(registry: Registry, entries: Iterable[metadata.EntryPoint]) -> None:
    """Add third-party pieces in the order of their names; list those that fail."""
    for entry in sorted(entries, key=lambda entry: entry.name):
        distribution = entry.dist.name if entry.dist is not None else entry.value
        try:
            piece = entry.load()
            if not isinstance(piece, Piece):
                raise TypeError(f"{entry.value} is {type(piece).__name__}, not a pieces.Piece")
            registry.add(piece, Origin(distribution, entry.dist.version if entry.dist is not None else "0"))
        except Exception:  # whatever another's module may raise as it is imported
            registry.broken.append(BrokenPiece(entry.name, distribution, traceback.format_exc()))


@cache
def registry() -> Registry:
    """The pieces of this installation, loaded once."""
    return load()
