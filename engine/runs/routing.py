"""Which way an event goes at a router. Pure: a value in, a record out."""

from typing import Any

from engine.base.journal import Record
from engine.base.types import Json
from engine.expressions import Evaluation, Expression, ExpressionError, size_of, truth

from .plan import PlannedRouter

Scope = dict[str, Any]

MAX_KEY = 100_000
"""Characters of a router's key that its record holds; a larger one decides all the same."""


def decide(step: PlannedRouter, key: str, scope: Scope, evaluation: Evaluation | None = None) -> Record:
    """Which branches an event takes, as the router's record.

    An expression that fails, or cannot be decided, counts as no match and leaves a warning (promise 5), once
    for each expression that the evaluation has not noted before.
    """
    evaluation = Evaluation() if evaluation is None else evaluation
    warnings: list[str] = []
    value: Json = None
    candidates: tuple[int, ...] = step.open
    if step.key is not None:
        try:
            value = step.key.value(scope, evaluation)
            candidates = step.candidates(value)
        except ExpressionError as error:
            if evaluation.is_first(error):
                warnings.append(f"The key of {key} could not be evaluated: {told(error)}")
        if evaluation.notes:
            warnings += doubtful(f"the key of {key}", evaluation)
    chosen: list[str] = []
    for number in candidates:
        branch = step.branches[number]
        if branch.when is None or holds(
            branch.when, f"branch {branch.name!r} of {key}", scope, warnings, evaluation
        ):
            chosen.append(branch.name)
            if not step.all:
                break
    is_short = isinstance(value, str) and len(value) < MAX_KEY
    if not is_short and size_of(value, MAX_KEY, evaluation) > MAX_KEY:
        warnings.append(f"The key of {key} has more than {MAX_KEY:,} characters, so it is not shown.")
        value = None
    output: Record = {"key": value, "branches": chosen}
    record: Record = {"name": key, "type": "router", "status": "succeeded", "output": output}
    if not chosen and step.has_otherwise:
        output.update(branches=["otherwise"], otherwise=True)
    elif not chosen:
        record["unrouted"] = True
    if output["branches"]:
        record["branch"] = output["branches"] if step.all else output["branches"][0]
    if step.key is not None:
        record["input"] = {"key": value}
    if warnings:
        record["warnings"] = warnings
    return record


def holds(
    condition: Expression, what: str, scope: Scope, warnings: list[str], evaluation: Evaluation
) -> bool:
    """Whether a condition is true; one that cannot be evaluated is not, and leaves a warning."""
    try:
        return truth(condition.value(scope, evaluation))
    except ExpressionError as error:
        if evaluation.is_first(error):
            warnings.append(
                f"The condition of {what} could not be evaluated, so it did not match: {told(error)}"
            )
        return False
    finally:
        if evaluation.notes:
            warnings += doubtful(f"the condition of {what}", evaluation)


def doubtful(what: str, evaluation: Evaluation) -> list[str]:
    """A sentence for each thing that an expression could not decide."""
    return [f"In {what}: {told(note)}" for note in evaluation.take_notes()]


def told(error: ExpressionError) -> str:
    """What is wrong with an expression, and below it the expression with a caret."""
    return f"{error.message}\n{error.caret}"
