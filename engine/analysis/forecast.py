"""What a router would do as far as its data is known. What it does, `engine.routing` decides."""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from engine.base.types import Json
from engine.expressions import Evaluation, ExpressionError, compile
from engine.flow import RouterStep
from engine.runs.plan import PlannedRouter, case_key

from .explain import Path, Term, judge, reads_unknown

Scope = dict[str, Any]


def hidden(step: PlannedRouter, unknown: Mapping[Path, str]) -> str:
    """Why something that the router reads is not known; empty when it can be decided outright."""
    if not unknown:
        return ""
    read = [step.key, *(branch.when for branch in step.branches)]
    return next((r for e in read if e is not None and (r := reads_unknown(e.paths, unknown))), "")


def outlook(
    step: PlannedRouter, scope: Scope, unknown: Mapping[Path, str], evaluation: Evaluation | None = None
) -> tuple[list[str], list[str], bool, str]:
    """The ways that are taken for certain, those that may be, whether it is otherwise, and what is not
    known; for a router that reads something unknown."""
    taken: list[str] = []
    maybe: list[str] = []
    reason = ""
    for name, truth, why in _matches(step, scope, unknown, evaluation):
        if truth is None:
            maybe.append(name)
            reason = reason or why
        elif truth and (step.all or not maybe):
            taken.append(name)
        elif truth:
            maybe.append(name)
        if truth and not step.all:
            break
    else:
        if not taken and not maybe:
            return [], [], step.has_otherwise, ""
        if maybe and not taken:
            maybe.append("otherwise")
    return taken, maybe, False, reason


def _matches(
    step: PlannedRouter, scope: Scope, unknown: Mapping[Path, str], evaluation: Evaluation | None
) -> Iterator[tuple[str, bool | None, str]]:
    """Each branch, whether it matches, and why that is not known."""
    secret, matched = "", frozenset[int]()
    if step.key is not None:
        secret = reads_unknown(step.key.paths, unknown)
        if not secret:
            with contextlib.suppress(ExpressionError):  # then no case matches
                matched = frozenset(step.table.get(case_key(step.key.value(scope, evaluation)), ()))
    for number, branch in enumerate(step.branches):
        truth: bool | None = True if number in step.open else (None if secret else number in matched)
        why = secret if truth is None else ""
        if truth is not False and branch.when is not None:
            verdict = judge(branch.when.text, scope, unknown, evaluation)
            if verdict.truth is not True:
                truth, why = (False, "") if verdict.truth is False else (None, why or verdict.reason)
        yield branch.name, truth, why


def explain_branch(
    step: RouterStep, number: int, scope: Scope, unknown: Mapping[Path, str] | None = None
) -> list[Term]:
    """Why a branch matches or does not: a term for its `case`, then those of its `when`."""
    branch, terms = step.branches[number], list[Term]()
    if branch.case is not None and step.key:
        key = judge(step.key, scope, unknown)
        value: Json = None
        error = ""
        try:
            value = compile(step.key).value(scope)
        except ExpressionError as failure:
            error = failure.message
        secret = next((term.unknown for term in key.terms if term.unknown), "")
        within = not error and case_key(value) in {case_key(case) for case in branch.case}
        known = None if secret else within
        said = f"{step.key} is one of the case's values"
        terms.append(Term(step.key, said, 0, 0, known, value, [(step.key, value)], error, secret))
        terms[0].decisive = known is False
    if branch.when and branch.when.strip():
        terms.extend(judge(branch.when, scope, unknown).terms)
    return terms
