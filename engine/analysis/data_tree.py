"""What a step can read: a tree of paths with examples, from a sample and the last results."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson

from engine.base.types import Json
from engine.expressions import Evaluation, ExpressionError, compile, compile_value, unparse
from engine.expressions.functions import MAX_DEPTH
from engine.flow import Flow, Graph, Order, to_json

from .scope import sample_scope

MAX_LEVELS = 6
"""Levels of a tree that are made at once; `expand` gives those below."""
MAX_CHILDREN = 50
"""Members of one value that are shown; `more` counts the others."""
MAX_NODES = 2_000
"""Nodes below one root."""
MAX_PREVIEW = 80
"""Characters of an example."""

_KINDS = {str: "text", int: "number", float: "number", bool: "boolean", list: "list", dict: "object"}


@dataclass(frozen=True, slots=True)
class DataNode:
    """A value that an expression can read.

    `path` is the expression, `label` what people read, `kind`: text, number, boolean, list, object, null,
    or unknown where no example is at hand. `more` counts members without a node: `expand` makes them.
    """

    path: str
    label: str
    kind: str
    preview: str = ""
    children: tuple["DataNode", ...] = ()
    more: int = 0
    source: str = ""  # of a root: trigger, step, loop, run

    def to_json(self) -> dict[str, Json]:
        return {
            "path": self.path,
            "label": self.label,
            "kind": self.kind,
            "preview": self.preview,
            "more": self.more,
            "source": self.source,
            "children": [child.to_json() for child in self.children],
        }


@dataclass(slots=True)
class _Budget:
    nodes: int = MAX_NODES
    levels: int = MAX_LEVELS
    width: int = MAX_CHILDREN


def available(
    definition: Flow | Mapping[str, Any],
    step: str,
    results: Mapping[str, Json] | None = None,
    sample: Json = None,
    *,
    after_body: bool = False,
    evaluation: Evaluation | None = None,
) -> list[DataNode]:
    """The roots of what `step` can read, with examples from `sample` and `results` (outputs by step).

    Without a sample the flow's first one serves. `after_body`: for a loop's `until` and `collect`, which
    can read the loop's item and the steps within. A step that nothing leads to can read the trigger only.
    """
    raw = to_json(definition) if isinstance(definition, Flow) else definition
    scope = scope_at(raw, step, results, sample, after_body=after_body, evaluation=evaluation)
    order = Order(Graph.of(raw))
    roots = [replace(_tree("trigger", "Trigger", scope["trigger"]), source="trigger")]
    for name in reversed(list(_before(order, step, after_body))):
        roots.extend(_of_step(raw, name, scope))
    if scope["loop"] is not None or _loops(order, step, after_body):
        roots.insert(1, _of_loop(scope))
    for root, label in (("run", "Run"), ("flow", "Flow"), ("project", "Project")):
        roots.append(replace(_tree(root, label, scope[root]), source="run"))
    return roots


def scope_at(
    definition: Mapping[str, Any],
    step: str,
    results: Mapping[str, Json] | None = None,
    sample: Json = None,
    *,
    after_body: bool = False,
    evaluation: Evaluation | None = None,
) -> dict[str, Any]:
    """The scope in which the step's expressions can be tried; see `available`. Results of steps that do
    not come before it are left out. Without a result, a step that only composes a value has that of the
    sample."""
    order = Order(Graph.of(definition))
    known = {
        name: (results or {})[name] for name in _before(order, step, after_body) if name in (results or {})
    }
    samples = definition.get("samples")
    if sample is None and isinstance(samples, Mapping) and samples:
        sample = next(iter(samples.values()))
    scope = sample_scope(definition, sample, known)
    place = order.places.get(step)
    around = [*(place.within if place is not None else ()), *([(step, "body")] if after_body else [])]
    passed = [  # for sure: in its own track, or one around it
        name
        for name in _before(order, step, after_body)
        if name not in known and [*order.places[name].within] == around[: len(order.places[name].within)]
    ]
    looped = {name for name in passed if any(slot == "body" for _, slot in order.places[name].within)}
    for name in passed:
        if name not in looped:
            _compose(definition, name, scope, evaluation)
    for loop in _loops(order, step, after_body):
        scope["loop"] = {"item": _first_item(definition, loop, scope, evaluation), "index": 0}
    for name in passed:
        if name in looped:
            _compose(definition, name, scope, evaluation)
    return scope


def _compose(
    definition: Mapping[str, Any], name: str, scope: dict[str, Any], evaluation: Evaluation | None
) -> None:
    """Add the output of a step to a scope, if all that it does is to compose a value."""
    step = _step(definition, name)
    if (step.get("piece"), step.get("action")) != ("data", "compose") or step.get("skip"):
        return
    given = step.get("input")
    value = given.get("value") if isinstance(given, Mapping) else None
    try:
        output = compile_value(value).resolve(scope, [], evaluation)
    except ExpressionError:
        return
    scope["steps"][name] = {"status": "succeeded", "output": output, "error": None}


def expand(
    path: str, scope: Mapping[str, Any], offset: int = 0, *, width: int = MAX_CHILDREN, levels: int = 2
) -> DataNode:
    """The node at a path with its members from `offset` on: what a tree left out. A path that cannot be
    read, or leads nowhere, gives a node of kind unknown."""
    try:
        value = compile(path).value(scope)
    except ExpressionError:
        return DataNode(path, path, "unknown")
    return _node(path, path, value, _Budget(MAX_NODES, levels, width), offset)


def search(nodes: Iterable[DataNode], text: str, limit: int = 100) -> list[DataNode]:
    """The nodes whose path, label or example holds every word of `text`, whatever its case; best first:
    by name, then by path, then by example. Flat: without children."""
    wanted = text.casefold().split()
    if not wanted:
        return []
    found: list[tuple[int, DataNode]] = []
    for node in walk(nodes):
        label, path = node.label.casefold(), node.path.casefold()
        preview = node.preview.casefold() if not node.children else ""
        if all(word in label or word in path or word in preview for word in wanted):
            last = all(word in label for word in wanted)
            rank = 0 if last else 1 if all(word in path for word in wanted) else 2
            found.append((rank, replace(node, children=())))
    found.sort(key=lambda pair: pair[0])
    return [node for _rank, node in found[:limit]]


def walk(nodes: Iterable[DataNode]) -> Iterator[DataNode]:
    """Every node of the trees, each before its children."""
    for node in nodes:
        yield node
        yield from walk(node.children)


def kind_of(value: Json) -> str:
    """What people call the type of a value."""
    return "null" if value is None else _KINDS.get(type(value), "unknown")


def preview_of(value: Json, length: int = MAX_PREVIEW) -> str:
    """A short example: a text as it is, other values as JSON, large ones by their size."""
    if isinstance(value, str):
        return _short(value, length)
    if isinstance(value, list):
        return f"{len(value)} item{'s' * (len(value) != 1)}"
    if isinstance(value, dict):
        return f"{len(value)} field{'s' * (len(value) != 1)}"
    try:
        return _short(orjson.dumps(value).decode(), length)
    except (orjson.JSONEncodeError, TypeError):
        return _short(str(value), length)


# -- inside --------------------------------------------------------------------------------------------


def _short(text: str, length: int) -> str:
    line = " ".join(text[: length * 4].split())
    return line if len(line) <= length and len(text) <= length * 4 else f"{line[: length - 1]}…"


def _before(order: Order, step: str, after_body: bool) -> Iterator[str]:
    for name in order.places:
        if order.before(name, step) or (after_body and order.inside(name, step)):
            yield name


def _loops(order: Order, step: str, after_body: bool) -> list[str]:
    """The loops around a step, outermost first; after its body a loop is within itself."""
    place = order.places.get(step)
    around = [owner for owner, slot in place.within if slot == "body"] if place is not None else []
    return [*around, step] if after_body else around


def _first_item(
    definition: Mapping[str, Any], loop: str, scope: Mapping[str, Any], evaluation: Evaluation | None
) -> Json:
    items = _step(definition, loop).get("items")
    try:
        values = compile(items).value(scope, evaluation) if isinstance(items, str) else None
    except ExpressionError:
        return None
    return values[0] if isinstance(values, list) and values else None


def _step(definition: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    steps = definition.get("steps")
    step = steps.get(name) if isinstance(steps, Mapping) else None
    return step if isinstance(step, Mapping) else {}


def _of_loop(scope: Mapping[str, Any]) -> DataNode:
    item = _tree("loop.item", "item", scope["loop"]["item"])
    item = replace(item, kind="unknown") if item.kind == "null" else item
    index = _tree("loop.index", "index", scope["loop"]["index"])
    return DataNode("loop", "Current item", "object", item.preview, (item, index), source="loop")


def _of_step(definition: Mapping[str, Any], name: str, scope: Mapping[str, Any]) -> Iterator[DataNode]:
    step = _step(definition, name)
    label = str(step.get("title") or name.replace("_", " ").capitalize())
    base = f"steps.{name}"
    if name in scope["steps"]:
        node = _tree(f"{base}.output", label, scope["steps"][name]["output"])
    else:
        node = DataNode(f"{base}.output", label, "unknown", "no result yet: test this step")
    if step.get("type") == "action" and step.get("on_error", "fail") != "fail":
        error = DataNode(f"{base}.error", "error", "unknown", "null, or what went wrong")
        error = replace(error, children=(DataNode(f"{base}.error.message", "message", "unknown"),))
        node = replace(node, children=(*node.children, error))
    yield replace(node, source="step")


def _tree(path: str, label: str, value: Json) -> DataNode:
    return _node(path, label, value, _Budget())


def _node(path: str, label: str, value: Json, budget: _Budget, offset: int = 0) -> DataNode:
    """The node of a value, breadth within the budget. Called no deeper than its levels."""
    budget.nodes -= 1
    members = _members(value)
    children: list[DataNode] = []
    if members and budget.levels > 0 and len(path) < MAX_DEPTH * 20:
        budget.levels -= 1
        for key, member in members[offset : offset + budget.width]:
            if budget.nodes <= 0:
                break
            children.append(_node(_step_down(path, key), _label(key), member, budget))
        budget.levels += 1
    more = max(0, len(members) - offset - len(children))
    return DataNode(path, label, kind_of(value), preview_of(value), tuple(children), more)


def _members(value: Json) -> list[tuple[str | int, Json]]:
    if isinstance(value, Mapping):
        return [(key, member) for key, member in value.items() if isinstance(key, str)]
    if isinstance(value, list):
        return list(enumerate(value))
    return []


def _step_down(path: str, key: str | int) -> str:
    return f"{path}[{key}]" if isinstance(key, int) else f"{path}.{unparse.name(key)}"


def _label(key: str | int) -> str:
    return f"[{key}]" if isinstance(key, int) else key
