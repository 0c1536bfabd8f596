"""Why a condition is true or not: its terms, each with the values it saw."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.base.types import Json
from engine.expressions import Evaluation, ExpressionError, compile, truth, unparse, value_at
from engine.expressions.describe import words
from engine.expressions.unparse import Clause

Path = tuple[str, ...]
Unknown = Mapping[Path, str]
"""Parts of the scope whose values nobody knows, such as `("steps", "fetch")`, each with the reason."""


@dataclass(slots=True)
class Term:
    """One term of a condition, evaluated.

    `start` is its place in the expression, `group` the number of the alternative (by ||) it is in.
    `truth` is None when it is not known, with the reason in `unknown`; of a term that fails it is False,
    with the sentence in `error`. `reached`: evaluation came here, rather than being settled before.
    `decisive`: the first false term of its alternative, in a condition that is not true.
    """

    text: str
    words: str
    start: int
    group: int
    truth: bool | None = None
    value: Json = None
    seen: list[tuple[str, Json]] = field(default_factory=list)  # each path it reads, with its value
    error: str = ""
    unknown: str = ""
    reached: bool = True
    decisive: bool = False


@dataclass(slots=True)
class Verdict:
    """What a condition comes to: `truth` None is not known, for the reason given; an `error` is no match."""

    truth: bool | None
    terms: list[Term]
    reason: str = ""
    error: str = ""


def explain(expression: str, scope: Mapping[str, Any], unknown: Unknown | None = None) -> list[Term]:
    """The condition's terms in order. Raises ExpressionError when the condition cannot be read."""
    return judge(expression, scope, unknown).terms


def judge(
    expression: str,
    scope: Mapping[str, Any],
    unknown: Unknown | None = None,
    evaluation: Evaluation | None = None,
) -> Verdict:
    """Evaluate a condition as a router does, as far as what is known settles it.

    A term that fails ends the condition, which then does not match. Raises ExpressionError when the
    condition cannot be read.
    """
    compile(expression)
    walk = _Walk(scope, unknown or {}, evaluation)
    whole = unparse.clauses(expression)
    groups = whole.parts if whole.kind == "any" else (whole,)
    result: bool | None = False
    for number, group in enumerate(groups):
        value = walk.judge(group, number, result is not True)
        if result is not True and not walk.failed:
            result = True if value else (None if value is None or result is None else False)
    if walk.failed and result is not True:
        result = None if any(t.truth is None and t.reached for t in walk.terms) else False
    if result is not True:
        _mark_decisive(walk.terms)
    reason = next((t.unknown for t in walk.terms if t.unknown and t.reached), "") if result is None else ""
    return Verdict(result, walk.terms, reason, walk.failed if result is False else "")


def _mark_decisive(terms: list[Term]) -> None:
    settled: set[int] = set()
    for term in terms:
        if term.truth is False and term.reached and term.group not in settled:
            settled.add(term.group)
            term.decisive = True


def reads_unknown(paths: Iterator[Path] | frozenset[Path], unknown: Unknown) -> str:
    """The reason why something that is read is not known; empty when all is."""
    for path in sorted(paths):
        for hidden, reason in unknown.items():
            if path[: len(hidden)] == hidden[: len(path)]:
                return reason
    return ""


class _Walk:
    def __init__(self, scope: Mapping[str, Any], unknown: Unknown, evaluation: Evaluation | None) -> None:
        self.scope, self.unknown, self.evaluation = scope, unknown, evaluation
        self.terms: list[Term] = []
        self.failed = ""

    def judge(self, clause: Clause, group: int, reached: bool) -> bool | None:
        if clause.kind not in ("any", "all"):
            term = self._term(clause, group, reached and not self.failed)
            self.terms.append(term)
            return term.truth
        settles = clause.kind == "any"  # the truth after which the others are not asked
        result: bool | None = not settles
        for part in clause.parts:
            value = self.judge(part, group, reached and result is not settles)
            if result is not settles:
                result = value if value is settles or value is None else result
        return result

    def _term(self, clause: Clause, group: int, reached: bool) -> Term:
        term = Term(clause.text, words(clause.text), clause.start, group, reached=reached)
        expression = compile(clause.text)
        term.unknown = reads_unknown(expression.paths, self.unknown)
        term.seen = [
            (unparse.path(path), value_at(self.scope, path))
            for path in sorted(expression.paths)
            if not reads_unknown(frozenset({path}), self.unknown)
        ]
        if term.unknown:
            return term
        try:
            term.value = expression.value(self.scope, self.evaluation)
            term.truth = truth(term.value)
        except ExpressionError as error:
            term.error, term.truth = error.message, False
            self.failed = self.failed or (error.message if reached else "")
        return term
