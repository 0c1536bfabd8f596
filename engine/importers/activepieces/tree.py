"""The steps of their nested list, each by itself, with the ways out of it and a name that is legal here."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from engine.base.errors import BadInput
from engine.base.types import Json
from engine.flow.shape import json_problems

from .finding import Finding, excerpt, visible

MAX_STEPS = 2_000
MAX_NESTING = 32
"""Routers, loops and error branches within one another."""
MAX_SETTINGS_DEPTH = 50
"""Levels of nesting within one step's settings."""

_INNER = ("nextAction", "firstLoopAction", "children", "continueOnFailureBranches")
_OLD_BRANCH = ("onSuccessAction", "onFailureAction")


@dataclass(slots=True)
class SourceStep:
    """One step. `ways` lead on: `next`, `body`, `branch/0` …, `success`, `failure`."""

    name: str
    """Here; unique in the flow and legal."""
    original: str
    """What their expressions call it."""
    raw: Mapping[str, Json]
    loops: tuple[str, ...] = ()
    """The loops around it by their original names, the innermost last."""
    depth: int = 0
    ways: dict[str, "SourceStep"] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        return str(self.raw.get("type", ""))

    @property
    def settings(self) -> dict[str, Json]:
        settings = self.raw.get("settings")
        return dict(settings) if isinstance(settings, Mapping) else {}

    @property
    def title(self) -> str:
        title = self.raw.get("displayName")
        return visible(title, 200) if isinstance(title, str) else ""


@dataclass(frozen=True, slots=True)
class Tree:
    """All steps, each before those that follow it. The first node is the trigger."""

    nodes: list[SourceStep]
    findings: list[Finding]

    @property
    def trigger(self) -> SourceStep:
        return self.nodes[0]


def grow(trigger: Mapping[str, Json]) -> Tree:
    """The steps behind a trigger. Raises `BadInput` for too many, too deep ones, and for what is no step."""
    tree = Tree([], [])
    names: set[str] = set()
    ahead: list[tuple[Json, SourceStep | None, str]] = [(trigger, None, "")]
    while ahead:
        raw, before, way = ahead.pop()
        if len(tree.nodes) > MAX_STEPS:
            raise BadInput(f"The flow has more than {MAX_STEPS:,} steps.", field="trigger")
        node = _node(raw, before, way, names, tree.findings)
        tree.nodes.append(node)
        if before is not None:
            before.ways[way] = node
        ahead += reversed([(child, node, name) for name, child in _ways(node) if child is not None])
    return tree


def free_name(wanted: str, taken: Collection[str]) -> str:
    """`wanted` as a legal name (`[a-z][a-z0-9_]{0,62}`) that nobody has."""
    name = re.sub(r"[^a-z0-9_]+", "_", wanted.lower()).strip("_")
    name = (name if name[:1].isalpha() else f"step_{name}".rstrip("_"))[:63]
    number, free = 2, name
    while free in taken:
        free = f"{name[: 62 - len(str(number))]}_{number}"
        number += 1
    return free


def _node(
    raw: Json, before: SourceStep | None, way: str, names: set[str], findings: list[Finding]
) -> SourceStep:
    if not isinstance(raw, Mapping) or not isinstance(raw.get("type"), str):
        after = f" after `{before.original[:60]}`" if before else ""
        raise BadInput(
            f"The step{after} is not an object with a `type`.", field=before.original if before else "trigger"
        )
    name = raw.get("name")
    original = name if isinstance(name, str) and name else ("step" if before else "trigger")
    own = _checked(raw, original)
    if before is None:
        return SourceStep("trigger", "trigger", own)
    name = free_name(original, names)
    names.add(name)
    if name != original:
        findings.append(Finding(name, f"The step “{excerpt(original)}” is called `{name}` here.", "note"))
    within = way != "next"
    loops = (*before.loops, before.original) if way == "body" else before.loops
    depth = before.depth + within
    if depth > MAX_NESTING:
        raise BadInput(
            f"`{name}` is nested in more than {MAX_NESTING} routers, loops and error branches.",
            field=original,
        )
    return SourceStep(name, original, own, loops, depth)


def _checked(raw: Mapping[str, Json], name: str) -> Mapping[str, Json]:
    """The step with its children left as they are; what is its own must be JSON that can be stored."""
    own = {key: value for key, value in raw.items() if key not in (*_INNER, *_OLD_BRANCH)}
    problems = json_problems(own)
    if problems:
        raise BadInput(f"The step “{excerpt(name)}” cannot be read: {problems[0].message}.", field="trigger")
    level = [own]
    for _depth in range(MAX_SETTINGS_DEPTH):
        level = [child for item in level for child in _members(item)]
        if not level:
            return raw
    raise BadInput(
        f"The settings of “{excerpt(name)}” are nested deeper than {MAX_SETTINGS_DEPTH} levels.",
        field="trigger",
    )


def _members(item: Json) -> Iterator[Json]:
    values = item.values() if isinstance(item, dict) else item if isinstance(item, list) else ()
    return (value for value in values if isinstance(value, dict | list))


def _ways(node: SourceStep) -> Iterator[tuple[str, Json]]:
    """Where it goes on, what stands within first."""
    raw = node.raw
    if node.kind == "ROUTER":
        children = raw.get("children")
        for number, child in enumerate(children if isinstance(children, list) else ()):
            yield f"branch/{number}", child
    elif node.kind == "BRANCH":  # what routers were before there were any
        yield "branch/0", raw.get("onSuccessAction")
        yield "branch/1", raw.get("onFailureAction")
    elif node.kind == "LOOP_ON_ITEMS":
        yield "body", raw.get("firstLoopAction")
    else:
        ways = raw.get("continueOnFailureBranches")
        if isinstance(ways, Mapping):
            yield "failure", ways.get("onFailure")
            yield "success", ways.get("onSuccess")
    yield "next", raw.get("nextAction")
