"""Which parts of the scope an expression reads, and where in its text the names of steps stand."""

from collections.abc import Iterator
from typing import NamedTuple

from .syntax import Node

Path = tuple[str, ...]


class Reading(NamedTuple):
    """What a walk through a tree found."""

    paths: set[Path]
    fields: list[tuple[Path, Node]]
    """Each field whose place in the scope is known, with the path that leads to it."""


def read(node: Node) -> Reading:
    """Follow the tree from the root of the scope."""
    found = Reading(set(), [])
    _use(_follow(node, (), found), found)
    return found


def _use(path: Path | None, found: Reading) -> None:
    if path:
        found.paths.add(path)


def _follow(node: Node, at: Path | None, found: Reading) -> Path | None:
    """The path of the value that `node` gives when `at` leads to the current one; None when unknown."""
    match node.kind:
        case "field":
            if at is None:
                return None
            found.fields.append((at, node))
            return (*at, node.value)
        case "identity" | "current":
            return at
        case "sequence" | "pipe":
            for child in node.children:
                at = _follow(child, at, found)
            return at
        case "index" | "slice":
            _use(at, found)
            return None
        case "projection" | "value_projection" | "filter_projection":
            base, *others = node.children
            _use(_follow(base, at, found), found)
            for other in others:
                _follow(other, None, found)
            return None
        case "expref":
            _follow(node.children[0], None, found)
            return None
    for child in node.children:
        _use(_follow(child, at, found), found)
    return None


def step_names(node: Node) -> Iterator[Node]:
    """The fields that name a step: those directly under `steps` of the scope."""
    for at, field in read(node).fields:
        if at == ("steps",):
            yield field
