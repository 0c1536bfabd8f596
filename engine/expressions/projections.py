"""Parts of arrays and objects: indexes, slices, projections, multi-selects.

Where an array or object is copied or visited, the evaluation's allowance is spent.
"""

from .building import BUILDERS, Closure, build, closures, truth
from .functions import Json, spend
from .syntax import Node


def _index(node: Node, text: str) -> Closure:
    index: int = node.value

    def at(value: Json) -> Json:
        if not isinstance(value, list):
            return None
        try:
            return value[index]
        except IndexError:
            return None

    return at


def _slice(node: Node, text: str) -> Closure:
    part: slice = node.value

    def cut(value: Json) -> Json:
        if not isinstance(value, list):
            return None
        spend(len(value))
        return value[part]

    return cut


def _projection(node: Node, text: str) -> Closure:
    base, each = closures(node, text)

    def project(value: Json) -> Json:
        elements = base(value)
        if not isinstance(elements, list):
            return None
        spend(len(elements))
        return [result for element in elements if (result := each(element)) is not None]

    return project


def _value_projection(node: Node, text: str) -> Closure:
    base, each = closures(node, text)

    def project(value: Json) -> Json:
        members = base(value)
        if not isinstance(members, dict):
            return None
        spend(len(members))
        return [result for member in members.values() if (result := each(member)) is not None]

    return project


def _filter_projection(node: Node, text: str) -> Closure:
    # The tree's order is base, right side, condition.
    base, each, condition = closures(node, text)

    def select(value: Json) -> Json:
        elements = base(value)
        if not isinstance(elements, list):
            return None
        spend(len(elements))
        return [
            result
            for element in elements
            if truth(condition(element)) and (result := each(element)) is not None
        ]

    return select


def _flatten(node: Node, text: str) -> Closure:
    (base,) = closures(node, text)

    def flatten(value: Json) -> Json:
        elements = base(value)
        if not isinstance(elements, list):
            return None
        merged: list[Json] = []
        for element in elements:
            if isinstance(element, list):
                spend(len(element) + 1)
                merged.extend(element)
            else:
                merged.append(element)
        spend(len(elements))
        return merged

    return flatten


def _multi_select_list(node: Node, text: str) -> Closure:
    parts = closures(node, text)

    def select(value: Json) -> Json:
        if value is None:
            return None
        spend(len(parts))
        return [part(value) for part in parts]

    return select


def _multi_select_dict(node: Node, text: str) -> Closure:
    parts = [(pair.value, build(pair.children[0], text)) for pair in node.children]

    def select(value: Json) -> Json:
        if value is None:
            return None
        spend(len(parts))
        return {name: part(value) for name, part in parts}

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
