"""Expressions in HTML: what they give is escaped, but for what is marked as HTML.

The tree of the expression is changed, so that each part is escaped once: `safe(x)` and `html_escape(x)` stay
as they are, and so do literals, which the flow's author wrote. Of a choice (`a || b`, `c ? a : b`) each
alternative counts by itself; a list joined of such parts is one, too.
"""

from .building import BUILDERS, Closure, Compilation, build
from .functions import FUNCTIONS, Evaluation, Json
from .syntax import Node

_MARKUP = frozenset({"safe", "html_escape"})


def escaped(node: Node) -> Node:
    """The tree with everything escaped that is not marked as HTML."""
    if _is_markup(node):
        return node
    first, rest = node.children[:1], node.children[1:]
    if node.kind in ("or_expression", "and_expression"):
        return node._replace(children=tuple(map(escaped, node.children)))
    if node.kind == "ternary":
        return node._replace(children=(*first, *map(escaped, rest)))
    if node.kind == "let":
        return node._replace(children=(*node.children[:-1], escaped(node.children[-1])))
    return Node("escaped", None, (node,), node.start, node.end)


def _is_markup(node: Node) -> bool:
    """Whether what a part gives is HTML already, or written by the author."""
    if node.kind == "literal" or (node.kind == "function_expression" and node.value in _MARKUP):
        return True
    if node.kind == "function_expression" and node.value == "join":
        return all(map(_is_markup, node.children))
    if node.kind == "function_expression" and node.value == "map":
        return _is_markup(node.children[0].children[0]) if node.children[0].kind == "expref" else False
    if node.kind == "multi_select_list":
        return all(map(_is_markup, node.children))
    if node.kind in ("pipe", "sequence"):
        return _is_markup(node.children[-1]) and node.children[-1].kind != "literal"
    return node.kind == "projection" and _is_markup(node.children[-1])


def _escaped(node: Node, compilation: Compilation) -> Closure:
    inner, escape = build(node.children[0], compilation), FUNCTIONS["html_escape"]

    def html(value: Json, evaluation: Evaluation) -> Json:
        found = inner(value, evaluation)
        if found is None or isinstance(found, bool | int | float):
            return found
        text = escape.body(found)
        evaluation.spend(len(text) >> 2)
        return text

    return html


BUILDERS["escaped"] = _escaped
