"""What a run is about: its title and labels, as its trigger says, from the event."""

from collections.abc import Iterator
from functools import partial

import orjson

from engine.base.types import Json
from engine.expressions import Evaluation, ExpressionError, evaluated
from engine.store.run_store import NewRun

from .plan import PlannedTrigger
from .routing import told

LONGEST = 200
"""Characters of a title or of a label's value; what is longer is cut."""


async def label(run: NewRun, trigger: PlannedTrigger) -> None:
    """Give a new run its title and labels. What cannot be evaluated is a warning on the run."""
    warnings: list[str] = []
    run.labels = await evaluated(partial(_labels, run, trigger, warnings))
    for warning in dict.fromkeys(warnings):
        run.warn(warning)


def _labels(
    run: NewRun, trigger: PlannedTrigger, warnings: list[str], evaluation: Evaluation
) -> list[tuple[str, str]]:
    warnings.clear()  # when it was too costly for the event loop, this is the second time
    event = {**run.event, "name": trigger.name} if isinstance(run.event, dict) else run.event
    return [pair for pair in _pairs({"trigger": event}, trigger, warnings, evaluation) if pair[1]]


def _pairs(
    scope: Json, trigger: PlannedTrigger, warnings: list[str], evaluation: Evaluation
) -> Iterator[tuple[str, str]]:
    if trigger.title is not None:
        found: list[str] = []
        try:
            yield "", _text(trigger.title.resolve(scope, found, evaluation))
        except ExpressionError as error:
            found = [told(error)]
        warnings.extend(f"In the title of this run: {one}" for one in found[:1])
    for name, expression in trigger.labels.items():
        try:
            yield name, _text(expression.value(scope, evaluation))
        except ExpressionError as error:
            warnings.append(f"The label {name} could not be evaluated: {told(error)}")
        else:
            notes = evaluation.take_notes()
            warnings.extend(f"In the label {name}: {told(one)}" for one in notes[:1])


def _text(value: Json) -> str:
    """A value on one line; nothing for null."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
