"""Parts of arrays, objects and texts: indexes, slices, projections, multi-selects.

Where an array or object is copied or visited, the evaluation's allowance is spent.
"""

from .building import BUILDERS, Closure, Compilation, build, closures, truth
from .functions import SILENT, Evaluation, Json
from .syntax import Node


def _index(node: Node, compilation: Compilation) -> Closure:
    index: int = node.value

    def at(value: Json, evaluation: Evaluation = SILENT) -> Json:
        if not isinstance(value, list):
            return None
        try:
            return value[index]
        except IndexError:
            return None

    return at


def _slice(node: Node, compilation: Compilation) -> Closure:
    part: slice = node.value

    def cut(value: Json, evaluation: Evaluation) -> Json:
        if isinstance(value, str):  # JEP-15
            evaluation.spend(len(value) >> 2)
            return value[part]
        if not isinstance(value, list):
            return None
        evaluation.spend(len(value))
        return value[part]

    return cut


def _projection(node: Node, compilation: Compilation) -> Closure:
    base, each = closures(node, compilation)
    texts = _slices(node.children[0])

    def project(value: Json, evaluation: Evaluation) -> Json:
        elements = base(value, evaluation)
        if not isinstance(elements, list):
            return each(elements, evaluation) if texts and isinstance(elements, str) else None
        evaluation.spend(len(elements))
        return [result for element in elements if (result := each(element, evaluation)) is not None]

    return project


def _slices(node: Node) -> bool:
    """Whether the node is a slice, which gives of a text a text and not a list to project."""
    return node.kind == "slice" or (node.kind == "sequence" and node.children[-1].kind == "slice")


def _value_projection(node: Node, compilation: Compilation) -> Closure:
    base, each = closures(node, compilation)

    def project(value: Json, evaluation: Evaluation) -> Json:
        members = base(value, evaluation)
        if not isinstance(members, dict):
            return None
        evaluation.spend(len(members))
        return [result for member in members.values() if (result := each(member, evaluation)) is not None]

    return project


def _filter_projection(node: Node, compilation: Compilation) -> Closure:
    # The tree's order is base, right side, condition.
    base, each, condition = closures(node, compilation)

    def select(value: Json, evaluation: Evaluation) -> Json:
        elements = base(value, evaluation)
        if not isinstance(elements, list):
            return None
        evaluation.spend(len(elements))
        return [
            result
            for element in elements
            if truth(condition(element, evaluation)) and (result := each(element, evaluation)) is not None
        ]

    return select


def _flatten(node: Node, compilation: Compilation) -> Closure:
    (base,) = closures(node, compilation)

    def flatten(value: Json, evaluation: Evaluation) -> Json:
        elements = base(value, evaluation)
        if not isinstance(elements, list):
            return None
        merged: list[Json] = []
        for element in elements:
            if isinstance(element, list):
                evaluation.spend(len(element) + 1)
                merged.extend(element)
            else:
                merged.append(element)
        evaluation.spend(len(elements))
        return merged

    return flatten


def _multi_select_list(node: Node, compilation: Compilation) -> Closure:
    parts = closures(node, compilation)

    def select(value: Json, evaluation: Evaluation) -> Json:
        if value is None:
            return None
        evaluation.spend(4 + len(parts))
        return [part(value, evaluation) for part in parts]

    return select


def _multi_select_dict(node: Node, compilation: Compilation) -> Closure:
    parts = [(pair.value, build(pair.children[0], compilation)) for pair in node.children]

    def select(value: Json, evaluation: Evaluation) -> Json:
        if value is None:
            return None
        evaluation.spend(12 + 4 * len(parts))
        return {name: part(value, evaluation) for name, part in parts}

    return select


BUILDERS |= {
    "index": _index,
    "slice": _slice,
    "projection": _projection,
    "value_projection": _value_projection,
    "filter_projection": _filter_projection,
    "flatten": _flatten,
    "multi_select_list": _multi_select_list,
    "multi_select_dict": _multi_select_dict,
}
