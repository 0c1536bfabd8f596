"""Mask paths in a flow: where they are written, whether they can be read, and the examples that they hide."""

from collections.abc import Iterator, Mapping
from typing import Any

from engine.base.mask_paths import Concealer, MaskPaths, read_path
from engine.base.redaction import MASK
from engine.base.types import Json

from .definition import Flow
from .problem import Problem, pointer


def mask_paths(trigger: Mapping[str, Any]) -> list[str]:
    """What is hidden of a trigger's events: its `mask`, and that of the webhook's input beside its other
    settings."""
    return [path for _, path in _written("", trigger) if isinstance(path, str) and path.strip()]


def mask_problems(definition: Mapping[str, Any]) -> Iterator[Problem]:
    """Paths that cannot be read."""
    triggers = definition.get("triggers")
    for number, trigger in enumerate(triggers if isinstance(triggers, list) else ()):
        for at, path in _written(pointer("triggers", number), trigger) if isinstance(trigger, dict) else ():
            if not isinstance(path, str) or not path.strip():
                continue
            try:
                read_path(path)
            except ValueError as error:
                yield Problem(at, str(error), code="syntax")


def with_masked_examples(flow: Flow) -> Flow:
    """The flow with dots in its samples and in the events of its tests, where one of its triggers hides a
    value; the same flow if there is nothing to hide."""
    paths = [path for trigger in flow.triggers for path in mask_paths(trigger.model_dump())]
    if not paths:
        return flow
    masks = MaskPaths(paths)
    samples = {name: _masked(masks, event) for name, event in flow.samples.items()}
    tests = [
        test if test.event is None else test.model_copy(update={"event": _masked(masks, test.event)})
        for test in flow.tests
    ]
    return flow.model_copy(update={"samples": samples, "tests": tests})


def _masked(masks: MaskPaths, event: dict[str, Json]) -> dict[str, Json]:
    shown, hidden = masks.apply(event)
    concealer = Concealer(hidden)
    found = {name: part if name == "method" else concealer.conceal(part) for name, part in shown.items()}
    return {**found, "raw": MASK} if "raw" in found and hidden else found


def _written(at: str, trigger: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """(pointer, path) of each."""
    places = [(f"{at}/mask", trigger.get("mask"))]
    values = trigger.get("input")
    if (trigger.get("piece"), trigger.get("trigger")) == ("webhook", "catch") and isinstance(values, dict):
        places.append((f"{at}/input/mask", values.get("mask")))
    for place, paths in places:
        for number, path in enumerate(paths if isinstance(paths, list) else ()):
            yield f"{place}/{number}", path
