"""How a syntax tree becomes nested closures: one builder for each kind of node."""

from collections.abc import Callable

from .functions import Json
from .syntax import Node

Closure = Callable[[Json], Json]

BUILDERS: dict[str, Callable[[Node, str], Closure]] = {}
"""The builder of each kind of node; filled by `compiler` and `projections`."""


def truth(value: Json) -> bool:
    """JMESPath truth: false are null, false, '', [] and {}. Zero is true."""
    return True if value else (value == 0 and value is not False)


def build(node: Node, text: str) -> Closure:
    """The closure of a tree; raises ExpressionError for unknown functions and wrong argument counts."""
    return BUILDERS[node.kind](node, text)


def path_of(node: Node) -> tuple[str, ...] | None:
    """The names, when the tree is nothing but fields in a row."""
    if node.kind == "field":
        return (node.value,)
    if node.kind == "sequence" and all(child.kind == "field" for child in node.children):
        return tuple(child.value for child in node.children)
    return None


def closures(node: Node, text: str) -> list[Closure]:
    return [build(child, text) for child in node.children]
