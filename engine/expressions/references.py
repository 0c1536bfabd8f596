"""Which parts of the scope an expression reads, and where in its text the names of steps stand."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from .headers import are_headers
from .syntax import Node

ROOTS = ("trigger", "steps", "loop", "run", "flow", "project", "vars")
"""What the scope of a run consists of."""

_ALTERNATIVES = ("default", "not_null")
"""Functions that give one of their arguments."""

Path = tuple[str, ...]
_Bound = Mapping[str, Path | None]
"""Variables, each with the path that it stands for; None when that is not known."""


class Reading(NamedTuple):
    """What a walk through a tree found."""

    paths: set[Path]
    fields: list[tuple[Path, Node]]
    """Each field whose place in the scope is known, with the path that leads to it."""

    @property
    def headers(self) -> frozenset[int]:
        """Where the names of headers begin in the text."""
        return frozenset(field.start for at, field in self.fields if are_headers(at))


def read(node: Node) -> Reading:
    """Follow the tree from the root of the scope."""
    found = Reading(set(), [])
    _use(_follow(node, (), {}, found), found)
    return found


def _use(path: Path | None, found: Reading) -> None:
    if path:
        found.paths.add(path)


def _follow(node: Node, at: Path | None, bound: _Bound, found: Reading) -> Path | None:
    """The path of the value that `node` gives when `at` leads to the current one; None when unknown."""
    match node.kind:
        case "field":
            if at is None:
                return None
            found.fields.append((at, node))
            return (*at, node.value)
        case "identity" | "current":
            return at
        case "root":
            return ()
        case "variable":
            return bound.get(node.value)
        case "let":
            *values, body = node.children
            paths = [_follow(value, at, bound, found) for value in values]
            for path in paths:
                _use(path, found)
            return _follow(body, at, {**bound, **dict(zip(node.value, paths, strict=True))}, found)
        case "sequence" | "pipe":
            for child in node.children:
                at = _follow(child, at, bound, found)
            return at
        case "index" | "slice":
            _use(at, found)
            return None
        case "projection" | "value_projection" | "filter_projection":
            base, *others = node.children
            _use(_follow(base, at, bound, found), found)
            for other in others:
                _use(_follow(other, None, bound, found), found)
            return None
        case "expref":
            _use(_follow(node.children[0], None, bound, found), found)
            return None
    paths = [_follow(child, at, bound, found) for child in node.children]
    for path in paths:
        _use(path, found)
    # Headers, or something else where there are none, are still headers: `default(trigger.headers, `{}`)`.
    gives_one = node.kind == "function_expression" and node.value in _ALTERNATIVES
    if node.kind != "or_expression" and not gives_one:
        return None
    return next((path for path in paths if are_headers(path)), None)


def step_names(node: Node) -> Iterator[Node]:
    """The fields that name a step: those directly under `steps` of the scope."""
    for at, field in read(node).fields:
        if at == ("steps",):
            yield field
