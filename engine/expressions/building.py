"""How a syntax tree becomes nested closures: one builder for each kind of node.

A closure goes from the current value, and the evaluation that it is part of, to another value.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from .functions import Closure, Json
from .syntax import Node

__all__ = ["BUILDERS", "Closure", "Compilation", "build", "closures", "path_of", "truth"]


@dataclass(slots=True)
class Compilation:
    """What builders know of the expression that a node is part of."""

    text: str
    headers: frozenset[int] = frozenset()
    """Where the names of headers begin: they are looked up without regard to case."""
    visible: dict[str, int] = field(default_factory=dict)
    """The variables that can be read here, and the place of each among the evaluation's."""
    counter: list[int] = field(default_factory=lambda: [0])
    """How many variables the whole expression has, in one cell for all parts of it."""

    def reads_header(self, path: Node) -> bool:
        """Whether one of the names of a path is that of a header."""
        return any(field.start in self.headers for field in (path, *path.children))

    def within(self, names: tuple[str, ...]) -> "Compilation":
        """For the body of a `let` that binds these names."""
        first = self.counter[0]
        self.counter[0] += len(names)
        return replace(self, visible={**self.visible, **{name: first + n for n, name in enumerate(names)}})


BUILDERS: dict[str, Callable[[Node, Compilation], Closure]] = {}
"""The builder of each kind of node; filled by `compiler`, `comparators`, `arithmetic` and `projections`."""


def build(node: Node, compilation: Compilation) -> Closure:
    """The closure of a tree; raises ExpressionError for unknown functions, wrong argument counts and
    variables that nothing binds."""
    return BUILDERS[node.kind](node, compilation)


def closures(node: Node, compilation: Compilation) -> list[Closure]:
    return [build(child, compilation) for child in node.children]


def truth(value: Json) -> bool:
    """JMESPath truth: false are null, false, '', [] and {}. Zero is true."""
    return True if value else (value == 0 and value is not False)


def path_of(node: Node) -> tuple[str, ...] | None:
    """The names, when the tree is nothing but fields in a row."""
    if node.kind == "field":
        return (node.value,)
    if node.kind == "sequence" and all(child.kind == "field" for child in node.children):
        return tuple(child.value for child in node.children)
    return None
