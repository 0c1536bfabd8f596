"""Branches that no event will ever take, proved from the definition or from a catalogue."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from engine.base.types import Json
from engine.catalogues import Catalogue
from engine.expressions import ExpressionError, compile, unparse
from engine.expressions.conditions import Condition, from_expression, is_canonical
from engine.expressions.syntax import parse as parse_expression
from engine.flow import Branch, Flow, RouterStep, parse, pointer
from engine.runs.plan import case_key

from .scope import sample_scope


@dataclass(frozen=True, slots=True)
class DeadBranch:
    """A branch, or one value of its case, that cannot be taken. `kind`: shadowed (`by` an earlier
    branch), contradiction, or unseen (no event of the catalogue has the value)."""

    step: str
    branch: str
    pointer: str
    kind: str
    message: str
    by: str = ""


def dead_branches(
    definition: Flow | Mapping[str, Any], catalogue: Catalogue | None = None
) -> list[DeadBranch]:
    """All that can be proved, in the order of the file. Raises BadInput for what is no flow."""
    flow = definition if isinstance(definition, Flow) else parse(definition)
    found: list[DeadBranch] = []
    for name, step in flow.steps.items():
        if isinstance(step, RouterStep):
            found.extend(_shadowed(name, step))
            found.extend(_contradictions(name, step))
            if catalogue is not None:
                found.extend(_unseen(name, step, catalogue))
    return found


# -- shadowed ------------------------------------------------------------------------------------------


def _shadowed(name: str, step: RouterStep) -> Iterator[DeadBranch]:
    if step.match != "first":
        return
    for number, branch in enumerate(step.branches):
        earlier = step.branches[:number]
        by = next((other.name for other in earlier if _covers(other, branch)), "")
        if not by and branch.case and _all_taken(branch, earlier):
            by = next(other.name for other in earlier if _cases(other) & _cases(branch) and not other.when)
        if by:
            message = f"“{branch.name}” is never reached: all its events go to “{by}”, which comes first"
            at = pointer("steps", name, "branches", number)
            yield DeadBranch(name, branch.name, at, "shadowed", message, by)


def _covers(earlier: Branch, later: Branch) -> bool:
    """Whether whatever the later branch matches, the earlier one matches too."""
    if earlier.case is not None and (later.case is None or not _cases(later) <= _cases(earlier)):
        return False
    if later.case == [] or (earlier.case == [] and later.case is None):
        return False
    return not (earlier.when or "").strip() or _implies(later.when or "", earlier.when or "")


def _all_taken(branch: Branch, earlier: Sequence[Branch]) -> bool:
    taken = {key for other in earlier if not (other.when or "").strip() for key in _cases(other)}
    return _cases(branch) <= taken


def _cases(branch: Branch) -> set[Any]:
    return {case_key(value) for value in branch.case or ()}


def _implies(one: str, other: str) -> bool:
    """Whether it can be seen that `other` holds wherever `one` does."""
    if not one.strip():
        return False
    try:
        if unparse.same(unparse.normal(parse_expression(one)), unparse.normal(parse_expression(other))):
            return True
    except ExpressionError:
        return False
    # A written-out function call may fail where its row does not, and then the other does not hold.
    if "(" in other and not is_canonical(other):
        return False
    narrow, wide = from_expression(one), from_expression(other)
    if narrow is None or wide is None:
        return False
    return all(any(_within(wanted, group) for wanted in wide) for group in narrow)


def _within(wanted: list[Condition], group: list[Condition]) -> bool:
    return all(any(_same(each, own) for own in group) for each in wanted)


def _same(one: Condition, other: Condition) -> bool:
    return (one.field, one.operator, one.case_sensitive) == (
        other.field,
        other.operator,
        other.case_sensitive,
    ) and case_key(one.value) == case_key(other.value)


# -- contradictions --------------------------------------------------------------------------------------

_SINGLE = ("text_exactly_matches", "number_is_equal_to", "equals", "list_is_empty")


def _contradictions(name: str, step: RouterStep) -> Iterator[DeadBranch]:
    for number, branch in enumerate(step.branches):
        rows = from_expression(branch.when or "")
        reasons = [_contradiction(group) for group in rows or ()]
        if reasons and all(reasons):
            at = pointer("steps", name, "branches", number, "when")
            message = f"“{branch.name}” never matches: {reasons[0]}"
            yield DeadBranch(name, branch.name, at, "contradiction", message)


def _contradiction(group: list[Condition]) -> str:
    values: dict[str, set[Any]] = {}
    for condition in group:
        if condition.operator in _SINGLE and condition.case_sensitive:
            value = [] if condition.operator == "list_is_empty" else condition.value
            values.setdefault(condition.field, set()).add(case_key(value))
    for condition in group:
        if len(values.get(condition.field, ())) > 1:
            return f"{condition.field} cannot have two values at once"
        low = [c.value for c in group if c.field == condition.field and c.operator == "number_is_at_least"]
        high = [c.value for c in group if c.field == condition.field and c.operator == "number_is_at_most"]
        over = [
            c.value for c in group if c.field == condition.field and c.operator == "number_is_greater_than"
        ]
        under = [c.value for c in group if c.field == condition.field and c.operator == "number_is_less_than"]
        least, most = max((*low, *over), default=None), min((*high, *under), default=None)
        strict = least in over or most in under
        if least is not None and most is not None and (least > most or (least == most and strict)):
            return f"{condition.field} cannot be that large and that small at once"
    return ""


# -- never seen ------------------------------------------------------------------------------------------


def _unseen(name: str, step: RouterStep, catalogue: Catalogue) -> Iterator[DeadBranch]:
    known = _known_values(step.key or "", catalogue)
    if not known:
        return
    keys = {case_key(value) for value in known}
    texts = [value for value in known if isinstance(value, str)]
    for number, branch in enumerate(step.branches):
        for place, value in enumerate(branch.case or ()):
            if case_key(value) in keys:
                continue
            near = get_close_matches(value, texts, n=1) if isinstance(value, str) else []
            hint = f"; did you mean “{near[0]}”?" if near else ""
            at = pointer("steps", name, "branches", number, "case", place)
            message = f"no event of {catalogue.title} has {unparse.literal(value)} here{hint}"
            yield DeadBranch(name, branch.name, at, "unseen", message)


def _known_values(key: str, catalogue: Catalogue) -> list[Json]:
    """All values that the key can have, when the catalogue knows them: the key is its discriminator, or
    a field whose values it lists. Empty otherwise: samples alone prove nothing."""
    try:
        expression = compile(key)
    except ExpressionError:
        return []
    for path, values in catalogue.enums.items():
        if expression.text in (f"trigger.body.{path}", f"trigger.body | {path}"):
            return list(values)
    for event in catalogue.events.values():
        try:
            if expression.value(sample_scope({}, {"body": event.sample})) != event.name:
                return []
        except ExpressionError:
            return []
    return list(catalogue.events)
