"""Drift: events that came to a flow of late and that no branch of its draft takes, and fields that no sample
of it has. Pure.

Each stored event is sent through the draft as `coverage` sends a sample, so what counts as known is decided
by the same code that decides a run's way.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.base.types import Json
from engine.expressions import Evaluation, Expression, ExpressionError, compile
from engine.flow import Flow, RouterStep, parse
from engine.store.recent_events import RecentEvent
from pieces import Registry

from .coverage import coverage
from .scope import sample_scope

MAX_EVENTS = 100
"""Of the newest that are looked at."""
_FIELDS = 12  # new fields that are told
_DEEPEST = 5


@dataclass
class NewValue:
    """A value of a router's key that went nowhere but to *otherwise*, or nowhere at all."""

    router: str
    title: str
    value: Json
    run_id: str
    """The newest run with it."""
    count: int = 0


@dataclass
class NewField:
    """A field of the body that no sample of the same event has, and no expression reads."""

    path: str
    event: str
    """The name of the sample that lacks it."""
    run_id: str
    count: int = 0


@dataclass
class Drift:
    """What is new, the most frequent first."""

    values: list[NewValue] = field(default_factory=list)
    fields: list[NewField] = field(default_factory=list)
    looked_at: int = 0

    def __bool__(self) -> bool:
        return bool(self.values or self.fields)


def drift(
    definition: Mapping[str, Any],
    events: Sequence[RecentEvent],
    pieces: Registry,
    evaluation: Evaluation | None = None,
) -> Drift:
    """What is new in `events` (the newest first). A draft that cannot be walked knows nothing new."""
    flow, recent = parse(definition), list(events[:MAX_EVENTS])
    routers = {
        name: key
        for name, step in flow.steps.items()
        if isinstance(step, RouterStep) and (key := _key(step)) is not None
    }
    found = Drift(looked_at=len(recent))
    evaluation = Evaluation() if evaluation is None else evaluation
    if recent:
        found.values = _values(flow, definition, routers, recent, pieces, evaluation)
        found.fields = _fields(flow, definition, routers, recent, found.values, evaluation)
    return found


def value_of(
    definition: Mapping[str, Any], key: str, event: Json, evaluation: Evaluation | None = None
) -> Json:
    """What a router's key gives over an event; None where it gives an error."""
    try:
        return compile(key).value(sample_scope(definition, event), evaluation)
    except ExpressionError:
        return None


# -- values ------------------------------------------------------------------------------------------------


def _key(step: RouterStep) -> Expression | None:
    """The key of a router that asks only for what came in."""
    try:
        key = compile(step.key) if step.key and step.key.strip() else None
    except ExpressionError:
        return None
    return key if key is not None and key.paths and all(p[:1] == ("trigger",) for p in key.paths) else None


def _values(
    flow: Flow,
    definition: Mapping[str, Any],
    routers: Mapping[str, Expression],
    recent: Sequence[RecentEvent],
    pieces: Registry,
    evaluation: Evaluation,
) -> list[NewValue]:
    walked = coverage(flow, pieces, {one.run_id: one.event for one in recent}, evaluation=evaluation)
    by_run = {one.run_id: one.event for one in recent}
    found: dict[tuple[str, str], NewValue] = {}
    for name, ways in walked.routers.items():
        if name not in routers:
            continue
        key = routers[name].text
        for run_id in (*(ways.otherwise or ()), *ways.unrouted):
            value = value_of(definition, key, by_run[run_id], evaluation)
            if not isinstance(value, str | int | float) or isinstance(value, bool):
                continue
            if isinstance(value, str) and not 0 < len(value) <= 200:
                continue
            one = found.setdefault((name, repr(value)), NewValue(name, ways.title, value, run_id))
            one.run_id, one.count = max(one.run_id, run_id), one.count + 1
    return sorted(found.values(), key=lambda one: -one.count)


# -- fields ------------------------------------------------------------------------------------------------


def _fields(
    flow: Flow,
    definition: Mapping[str, Any],
    routers: Mapping[str, Expression],
    recent: Sequence[RecentEvent],
    new: Sequence[NewValue],
    evaluation: Evaluation,
) -> list[NewField]:
    samples: Mapping[str, Json] = definition.get("samples") or {}
    if not samples:
        return []
    first = flow.start if flow.start in routers else next(iter(routers), None)
    key = routers[first].text if first else "`null`"
    known: dict[str, set[str]] = {}
    names: dict[str, str] = {}
    for name, sample in samples.items():
        kind = repr(value_of(definition, key, sample, evaluation))
        known.setdefault(kind, set()).update(_paths(_body(sample)))
        names.setdefault(kind, name)
    fresh = {repr(one.value) for one in new if one.router == first}
    found: dict[tuple[str, str], NewField] = {}
    for one in recent:
        kind = repr(value_of(definition, key, one.event, evaluation))
        if kind not in known or kind in fresh:
            continue
        for path in _news(_paths(_body(one.event)), known[kind]):
            entry = found.setdefault((kind, path), NewField(path, names[kind], one.run_id))
            entry.count += 1
    read = _read(flow)
    kept = [one for one in found.values() if not any(path.startswith(one.path) for path in read)]
    return sorted(kept, key=lambda one: (-one.count, one.path))[:_FIELDS]


def _body(event: Json) -> Json:
    return event.get("body") if isinstance(event, Mapping) else None


def _paths(value: Json, at: str = "", depth: int = 0) -> Iterator[str]:
    """Where fields stand in a body: `data.items[].name`."""
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        for key, inner in list(value.items())[:200]:
            path = f"{at}.{key}" if at else str(key)
            yield path
            yield from _paths(inner, path, depth + 1)
    elif isinstance(value, list):
        for item in value[:20]:
            yield from _paths(item, f"{at}[]", depth)


def _news(paths: Iterator[str], known: set[str]) -> list[str]:
    """Paths that are not known; of those within one another the outermost."""
    new = [path for path in dict.fromkeys(paths) if path not in known]
    return [path for path in new if not any(path.startswith((f"{o}.", f"{o}[]")) for o in new)]


def _read(flow: Flow) -> set[str]:
    """Paths of the body that the routers' expressions read."""
    found: set[str] = set()
    for step in flow.steps.values():
        if isinstance(step, RouterStep):
            for text in (step.key, *(branch.when for branch in step.branches)):
                try:
                    paths = compile(text).paths if text and text.strip() else ()
                except ExpressionError:
                    paths = ()
                found.update(
                    ".".join(map(str, path[2:])) for path in paths if path[:2] == ("trigger", "body")
                )
    return found
