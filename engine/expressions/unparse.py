"""Expressions written down: names and literals quoted right, paths as text, conditions taken apart.

The one place that knows how JMESPath is spelled; what it means, `engine.expressions` knows.
"""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

from engine.base.errors import BadInput
from engine.base.types import Json

from .functions import equals
from .syntax import Node, parse

_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_TOTAL = frozenset({"to_number", "to_string", "type"})
"""Functions of one value that never fail: a path within them is still a path to a value."""
_PROJECTIONS = frozenset({"projection", "value_projection", "filter_projection"})


# -- writing -----------------------------------------------------------------------------------------


def name(text: str) -> str:
    """A field's name as it stands in an expression: `country`, but `"content-type"`."""
    return text if _PLAIN_NAME.fullmatch(text) else json.dumps(text, ensure_ascii=False)


def literal(value: Json) -> str:
    """A JSON value as a literal: `'text'` where that can be read back, else JSON between backticks.

    Raises BadInput for what no expression can hold: NaN, infinity, integers beyond 64 bits, invalid Unicode.
    """
    try:
        written = json.dumps(value, ensure_ascii=False, allow_nan=False)
        written.encode()
    except (ValueError, TypeError, RecursionError):
        raise BadInput("This value cannot be written in an expression.", field="value") from None
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        raise BadInput("This number has more than 64 bits.", field="value")
    # Within '…' a backslash has no escape of its own; JSON has one for everything.
    if isinstance(value, str) and "\\" not in value and not _CONTROL.search(value):
        return "'" + value.replace("'", "\\'") + "'"
    return "`" + written.replace("`", "\\u0060") + "`"


def path(parts: Iterable[str | int]) -> str:
    """The expression that leads down these names and indexes: `trigger.headers."x-id"[0]`."""
    text = ""
    for part in parts:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{name(part)}" if text else name(part)
    return text


def path_text(node: Node) -> str | None:
    """The canonical text of a tree that is a path: names, indexes, slices, projections, and of a path
    within a function that never fails. None for any other tree."""
    text = _written(normal(node))
    if text is None:
        return None
    return text if same(normal(parse(text)), normal(node)) else None


def projects(text: str) -> bool:
    """Whether the path gives the list of a projection, so that what is written after it applies to each."""
    return normal(parse(text)).kind in _PROJECTIONS


def _written(node: Node) -> str | None:
    children = node.children
    match node.kind:
        case "field":
            return name(node.value)
        case "index":
            return f"[{node.value}]"
        case "slice":
            parts = ["" if part is None else str(part) for part in _bounds(node.value)]
            return f"[{':'.join(parts)}]"
        case "identity":
            return ""
        case "sequence":
            return _chain(children)
        case "projection" | "value_projection":
            return _projected(node)
        case "flatten":
            base = _written(children[0])
            return None if base is None else f"{base}[]"
        case "function_expression" if node.value in _TOTAL and len(children) == 1:
            inner = _written(children[0])
            return f"{node.value}({inner})" if inner else None
    return None


def _bounds(part: slice) -> list[int | None]:
    bounds = [part.start, part.stop]
    return bounds if part.step is None else [*bounds, part.step]


def _projected(node: Node) -> str | None:
    base, each = node.children
    before, after = _written(base), _written(each)
    if before is None or after is None:
        return None
    if node.kind == "value_projection":
        mark = ".*" if before else "*"
    else:
        last = base.children[-1].kind if base.kind == "sequence" else base.kind
        mark = "" if last in ("slice", "flatten") else "[*]"
    return before + mark + (after if not after or after.startswith("[") else f".{after}")


def _chain(children: Iterable[Node]) -> str | None:
    text = ""
    for child in children:
        part = _written(child)
        if part is None or child.kind == "function_expression":
            return None
        text += part if not text or part.startswith("[") else f".{part}"
    return text


# -- trees -------------------------------------------------------------------------------------------


def normal(node: Node) -> Node:
    """The tree without places, and in the one shape of several that mean the same: `a.b[*]` is read as
    the projection of `a.b`, not as `a` and then the projection of `b`."""
    children = [normal(child) for child in node.children]
    if node.kind != "sequence":
        return Node(node.kind, node.value, tuple(children), 0, 0)
    parts: list[Node] = []
    for child in children:
        parts.extend(child.children if child.kind == "sequence" else (child,))
    last = parts[-1]
    if len(parts) > 1 and last.kind in (*_PROJECTIONS, "flatten"):
        base, *rest = last.children
        front = normal(Node("sequence", None, (*parts[:-1], base), 0, 0))
        return normal(Node(last.kind, last.value, (front, *rest), 0, 0))
    if parts[0].kind == "identity" and len(parts) > 1:
        parts = parts[1:]
    return parts[0] if len(parts) == 1 else Node("sequence", None, tuple(parts), 0, 0)


def same(one: Node, other: Node) -> bool:
    """Whether two normal trees say the same; literals by JSON equality."""
    if one.kind != other.kind or len(one.children) != len(other.children):
        return False
    alike = equals(one.value, other.value) if one.kind == "literal" else one.value == other.value
    return alike and all(map(same, one.children, other.children))


# -- conditions taken apart ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Clause:
    """A condition or a part of one. `kind`: any (of `parts`, by ||), all (by &&), not, or term.

    `start` is where `text` stands in the whole expression, in characters from 0.
    """

    kind: str
    text: str
    start: int
    parts: tuple["Clause", ...] = ()

    def leaves(self) -> list["Clause"]:
        """What is joined by || and &&, from left to right; `!(…)` is one of them."""
        if self.kind in ("term", "not"):
            return [self]
        return [leaf for part in self.parts for leaf in part.leaves()]


@lru_cache(maxsize=4096)  # whoever explains a condition asks again for each sample
def clauses(text: str) -> Clause:
    """Take a condition apart at its ||, && and !. Raises ExpressionError when it cannot be read."""
    parse(text)
    return _clause(text, 0)


_CHAINS = {"or_expression": ("any", "||"), "and_expression": ("all", "&&")}


def _clause(text: str, start: int) -> Clause:
    start += len(text) - len(text.lstrip())
    text = text.strip()
    if text.startswith("(") and _closing(text) == len(text) - 1:
        return _clause(text[1:-1], start + 1)
    tree = parse(text)
    if tree.kind in _CHAINS:
        kind, sign = _CHAINS[tree.kind]
        cuts = [at for at, mark in _marks(text) if mark == sign]
        if len(cuts) + 1 == len(tree.children):  # not where some belong to the body of a `let`
            return Clause(kind, text, start, tuple(_cut(text, start, cuts)))
    if tree.kind == "not_expression":
        return Clause("not", text, start, (_clause(text[1:], start + 1),))
    return Clause("term", text, start)


def _cut(text: str, start: int, cuts: list[int]) -> Iterable[Clause]:
    begin = 0
    for at in [*cuts, len(text)]:
        yield _clause(text[begin:at], start + begin)
        begin = at + 2


def _marks(text: str) -> list[tuple[int, str]]:
    """The `||` and `&&` outside all brackets and quotes."""
    found: list[tuple[int, str]] = []

    def see(at: int, depth: int) -> bool:
        if depth == 0 and text[at : at + 2] in ("||", "&&"):
            found.append((at, text[at : at + 2]))
        return False

    _scan(text, see)
    return found


def _closing(text: str) -> int:
    """Where the bracket closes with which the text begins."""
    found = [-1]

    def see(at: int, depth: int) -> bool:
        found[0] = at
        return at > 0 and depth == 0

    _scan(text, see)
    return found[0]


def _scan(text: str, see: Callable[[int, int], bool]) -> None:
    """Call `see(at, depth)` for each character outside quotes until it says to stop; a closing bracket
    has the depth that holds behind it."""
    at, depth = 0, 0
    while at < len(text):
        character = text[at]
        if character in "'\"`":
            at = end_of_quote(text, at)
        else:
            depth += (character in "([{") - (character in ")]}")
            if see(at, depth):
                return
        at += 1


def end_of_quote(text: str, start: int) -> int:
    """Where the quote ends that begins at `start`; the text's length when it is never closed."""
    at = start + 1
    while at < len(text) and text[at] != text[start]:
        at += 2 if text[at] == "\\" else 1
    return min(at, len(text))
