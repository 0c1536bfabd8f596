"""A branch of a router: its name, its cases and its condition as rows, and which samples it takes."""

import copy
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.analysis.coverage import RouterCoverage, coverage
from engine.analysis.data_tree import scope_at
from engine.base.errors import BadInput
from engine.base.types import Json
from engine.expressions import Evaluation, Expression, ExpressionError, compile, conditions, truth
from engine.expressions.conditions import Condition
from engine.expressions.operators import OPERATORS
from engine.flow import Flow
from pieces import Registry
from ui.shared.forms import Form

from .commands import Call, branch_name
from .fields import json_text, json_value, number

Definition = Mapping[str, Any]

MAX_ROWS = 50
MAX_SHOWN = 40  # samples in the table of truth
USUAL = "text_exactly_matches"


@dataclass
class Row:
    """One condition as its controls hold it."""

    group: int
    index: int
    field: str = ""
    operator: str = USUAL
    value: str = ""
    ignore_case: bool = False
    wrong: str = ""
    holds: tuple[int, int] | None = None  # for how many samples, of how many
    as_numbers: bool = False  # a sample has a number as text there, which compares with no number

    @property
    def path(self) -> str:
        return f"row.{self.group}.{self.index}"

    @property
    def takes_value(self) -> bool:
        return self.operator not in OPERATORS or OPERATORS[self.operator].takes_value

    @property
    def takes_case(self) -> bool:
        return self.operator in OPERATORS and OPERATORS[self.operator].takes_case

    @property
    def half(self) -> bool:
        """Something is still to be filled in."""
        return not self.blank and (not self.field.strip() or (self.takes_value and not self.value.strip()))

    @property
    def blank(self) -> bool:
        return not self.field.strip() and not self.value.strip()


@dataclass
class Verdict:
    """What one sample makes of the branch."""

    sample: str
    taken: bool
    holds: bool | None  # whether case and condition hold; None: an error, which counts as no match
    says: str = ""


@dataclass
class BranchPanel:
    router: str
    router_title: str
    index: int
    name: str
    count: int
    key: str
    cases: list[tuple[str, str, bool]] = field(default_factory=list)  # JSON, label, chosen
    groups: list[list[Row]] = field(default_factory=list)
    text: str = ""
    as_text: bool = False
    readable: bool = True  # the text can be shown as rows
    verdicts: list[Verdict] = field(default_factory=list)
    others: int = 0  # samples that are not shown
    empty: bool = False  # it has no step
    ignore: bool = False  # its events are ignored on purpose
    new_name: str = ""  # that was typed
    case_new: str = ""


def branch_panel(
    definition: Definition,
    router: str,
    index: int,
    asked: Mapping[str, Any],
    cover: Mapping[str, RouterCoverage],
    evaluation: Evaluation | None = None,
) -> BranchPanel | None:
    """The form of one branch; None where there is none."""
    evaluation = Evaluation() if evaluation is None else evaluation
    step: Mapping[str, Any] = (definition.get("steps") or {}).get(router) or {}
    branches = step.get("branches") or []
    if not 0 <= index < len(branches):
        return None
    branch = branches[index]
    made = BranchPanel(router, str(step.get("title") or router.replace("_", " ").capitalize()), index,
                       str(branch.get("name", "")), len(branches), str(step.get("key") or ""))  # fmt: skip
    made.new_name = made.name
    made.empty, made.ignore = branch.get("next") is None, bool(branch.get("ignore"))
    made.text = str(branch.get("when") or "")
    rows = conditions.from_expression(made.text) if made.text else []
    made.readable = rows is not None
    made.as_text = rows is None or bool(asked.get("text"))
    stored = [[_row(c, i, j) for j, c in enumerate(group)] for i, group in enumerate(rows or [])]
    made.groups = [list(group) for group in asked.get("rows") or stored]
    _add_blank(made.groups, str(asked.get("more") or ""))
    count_rows(definition, router, made.groups, evaluation)
    made.cases = _cases(definition, router, step, branch, evaluation)
    _judge(made, definition, branch, cover.get(router), evaluation)
    return made


def _row(condition: Condition, group: int, index: int) -> Row:
    operator = OPERATORS[condition.operator]
    shown = ""
    if operator.takes_value:
        shown = str(condition.value) if isinstance(condition.value, str) else json_text(condition.value)
        if operator.kind == "list" and isinstance(condition.value, list):
            plain = all(isinstance(v, str) and "," not in v and v.strip() == v and v for v in condition.value)
            shown = ", ".join(condition.value) if plain else json.dumps(condition.value, ensure_ascii=False)
        elif operator.kind == "json" and isinstance(condition.value, str):
            shown = json_text(condition.value)
    return Row(group, index, condition.field, condition.operator, shown, not condition.case_sensitive)


def _add_blank(groups: list[list[Row]], more: str) -> None:
    """A row to fill in: the first one, or the one that `and:0` or `or` asks for."""
    what, _, at = more.partition(":")
    if not groups or what == "or":
        groups.append([Row(len(groups), 0)])
    elif what == "and" and at.isascii() and at.isdigit() and len(at) < 5 and int(at) < len(groups):
        group = groups[int(at)]
        if not group[-1].blank:
            group.append(Row(int(at), group[-1].index + 1))


# -- cases -------------------------------------------------------------------------------------------


def _cases(
    definition: Definition,
    router: str,
    step: Mapping[str, Any],
    branch: Mapping[str, Any],
    evaluation: Evaluation,
) -> list[tuple[str, str, bool]]:
    """The branch's own values, then those that samples have and no branch takes."""
    own = branch.get("case") or []
    taken = [value for other in step.get("branches") or [] for value in other.get("case") or []]
    found = [*own]
    for value in key_values(definition, router, str(step.get("key") or ""), evaluation):
        if value not in taken and value not in found:
            found.append(value)
    return [(json.dumps(value, ensure_ascii=False), _label(value), value in own) for value in found]


def remaining_values(definition: Definition, router: str, evaluation: Evaluation | None = None) -> list[Json]:
    """The values that the key of a router has in samples, and that no branch takes."""
    step = (definition.get("steps") or {}).get(router) or {}
    taken = [value for branch in step.get("branches") or [] for value in branch.get("case") or []]
    values = key_values(definition, router, str(step.get("key") or ""), evaluation) if step.get("key") else []
    return [value for value in values if value not in taken]


def key_values(
    definition: Definition, router: str, key: str, evaluation: Evaluation | None = None
) -> list[Json]:
    """What the key of a router is in each sample, each value once."""
    try:
        expression = compile(key)
    except ExpressionError:
        return []
    values: list[Json] = []
    for event in (definition.get("samples") or {}).values():
        try:
            scope = scope_at(definition, router, sample=event, evaluation=evaluation)
            value = expression.value(scope, evaluation)
        except ExpressionError:
            continue
        if value is not None and not isinstance(value, dict | list) and value not in values:
            values.append(value)
    return values


def _label(value: Json) -> str:
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)


# -- truth -------------------------------------------------------------------------------------------


def _judge(
    made: BranchPanel,
    definition: Definition,
    branch: Mapping[str, Any],
    found: RouterCoverage | None,
    evaluation: Evaluation,
) -> None:
    samples = definition.get("samples") or {}
    made.others = max(0, len(samples) - MAX_SHOWN)
    for name, event in list(samples.items())[:MAX_SHOWN]:
        taken = found is not None and name in found.branches.get(made.name, [])
        holds, says = _holds(definition, made, branch, event, evaluation)
        if not taken and found is not None:
            says = says or goes(found, name)
        made.verdicts.append(Verdict(name, taken, holds, says))
    made.verdicts.sort(key=lambda verdict: not verdict.taken)


def count_rows(
    definition: Definition, router: str, groups: list[list[Row]], evaluation: Evaluation | None = None
) -> None:
    """Note at each row for how many samples it holds alone, and whether its field holds numbers as text."""
    evaluation = Evaluation() if evaluation is None else evaluation
    events = list((definition.get("samples") or {}).values())[:MAX_SHOWN]
    scopes = [scope_at(definition, router, sample=event, evaluation=evaluation) for event in events]
    for row in (row for group in groups for row in group):
        row.holds, row.as_numbers = None, False
        evaluation.begin_run()
        try:
            written = None if row.half else expression([[copy.copy(row)]])
            if written and scopes:
                condition = compile(written)
                row.holds = (sum(_is_true(condition, scope, evaluation) for scope in scopes), len(scopes))
                row.as_numbers = any(note.mend is not None for note in evaluation.take_notes())
        except (BadInput, ExpressionError):
            continue


def as_numbers(groups: list[list[Row]], which: str) -> None:
    """Let the row called `which` read its field as a number."""
    for row in (row for group in groups for row in group):
        if f"{row.group}:{row.index}" == which and not row.field.startswith("to_number("):
            row.field = f"to_number({row.field})"


def _is_true(condition: Expression, scope: dict[str, Any], evaluation: Evaluation) -> bool:
    try:
        return truth(condition.value(scope, evaluation))
    except ExpressionError:
        return False


def _holds(
    definition: Definition,
    made: BranchPanel,
    branch: Mapping[str, Any],
    event: Json,
    evaluation: Evaluation,
) -> tuple[bool | None, str]:
    scope = scope_at(definition, made.router, sample=event, evaluation=evaluation)
    try:
        cases = branch.get("case")
        if cases and (not made.key or compile(made.key).value(scope, evaluation) not in cases):
            return False, ""
        when = branch.get("when")
        return bool(truth(compile(when).value(scope, evaluation)) if when else cases), ""
    except ExpressionError as error:
        return None, error.message


def covered(
    definition: Definition, pieces: Registry, evaluation: Evaluation | None = None
) -> Mapping[str, RouterCoverage]:
    """Where each sample goes at each router; nothing for a draft that cannot be walked."""
    if not definition.get("samples"):
        return {}
    try:
        flow = Flow.model_validate(definition)  # a draft was read when it was stored: its form is known
        return coverage(flow, pieces, evaluation=evaluation).routers
    except (BadInput, ExpressionError, ValueError):
        return {}


def goes(found: RouterCoverage, sample: str) -> str:
    """Where a sample goes, in words."""
    ways = [name for name, samples in found.branches.items() if sample in samples]
    if ways:
        return f"goes to {', '.join(ways)}"
    if sample in (found.otherwise or []):
        return "goes to otherwise"
    if sample in found.unrouted:
        return "matches no branch"
    return found.unknown.get(sample, "does not come here")


# -- from the form -----------------------------------------------------------------------------------

_ROW = re.compile(r"row\.(\d{1,3})\.(\d{1,3})\.field")


def read_rows(form: Form, drop: str = "") -> list[list[Row]]:
    """The rows on a form, but for the one called `drop`; at least one stays."""
    groups: dict[int, list[Row]] = {}
    for name in form.data:
        found = _ROW.fullmatch(name)
        if found is None or len(groups) > MAX_ROWS or f"{found[1]}:{found[2]}" == drop:
            continue
        group, index = int(found[1]), int(found[2])
        at = f"row.{group}.{index}"
        groups.setdefault(group, []).append(
            Row(group, index, form.word(f"{at}.field"), form.word(f"{at}.operator", USUAL),
                form.word(f"{at}.value"), bool(form.word(f"{at}.fold")))
        )  # fmt: skip
    ordered = [sorted(groups[group], key=lambda row: row.index) for group in sorted(groups)]
    for group, rows in enumerate(ordered):
        for index, row in enumerate(rows):
            row.group, row.index = group, index
    return ordered


def expression(groups: list[list[Row]]) -> str | None:
    """The expression that filled-in rows stand for; None without any. Raises `BadInput` at a row."""
    filled = [[row for row in group if not row.blank] for group in groups]
    filled = [group for group in filled if group]
    if not filled:
        return None
    rows = [[_condition(row) for row in group] for group in filled]
    try:
        return conditions.to_expression(rows)
    except BadInput as error:
        parts = (error.field or "").split("/")
        if len(parts) >= 3:
            row = filled[int(parts[1])][int(parts[2])]
            row.wrong = error.message
            raise BadInput(error.message, field=row.path) from None
        raise


def _condition(row: Row) -> Condition:
    operator = OPERATORS.get(row.operator)
    value: Json = row.value
    if operator is None or not operator.takes_value:
        value = None
    elif operator.kind == "number":
        value = number(row.value)
    elif operator.kind == "list":
        value = _list(row)
    elif operator.kind == "json":
        value = json_value(row.value, row.path)
    return Condition(row.field, row.operator, value, not row.ignore_case)


def _list(row: Row) -> Json:
    if row.value.startswith("["):
        return json_value(row.value, row.path)
    return [part.strip() for part in row.value.split(",") if part.strip()]


def calls(router: str, index: str, form: Form, definition: Definition, groups: list[list[Row]]) -> list[Call]:
    """What the form of a branch changes. Raises `BadInput`."""
    name = branch_name(definition, router, index)
    branch = definition["steps"][router]["branches"][int(index)]
    of = {"router": router, "branch": name}
    made = []
    if "has.case" in form.data:
        cases = [json_value(one, "case") for one in form.all("case")]
        cases += [_typed(part.strip()) for part in form.word("case.new").split(",") if part.strip()]
        unique = [one for at, one in enumerate(cases) if one not in cases[:at]]
        if unique != (branch.get("case") or []):
            made.append(Call("set_case", {**of, "case": unique or None}))
    waits = waiting(groups)
    when = form.word("when") or None if "when" in form.data else None if waits else expression(groups)
    if ("when" in form.data or groups) and not waits and when != (branch.get("when") or None):
        made.append(Call("set_when", {**of, "when": when}))
    ignored = bool(form.word("ignore"))
    if "has.ignore" in form.data and ignored != bool(branch.get("ignore")):
        made.append(Call("set_ignore", {**of, "ignore": ignored}))
    if form.word("name") not in ("", name):
        made.append(Call("rename_branch", {**of, "name": form.word("name")}))
    return made


def waiting(groups: list[list[Row]]) -> bool:
    """Whether a row is half filled in: until it is whole, the stored condition stays."""
    return any(row.half for group in groups for row in group)


def _typed(text: str) -> Json:
    """A case as people type it: a text, unless it is written as a number, true or false."""
    if text in ("true", "false"):
        return text == "true"
    if text.startswith('"') and text.endswith('"') and len(text) > 1:
        return json_value(text, "case.new")
    return number(text)


OPERATOR_CHOICES = [(operator.name, operator.title, operator.takes_value) for operator in OPERATORS.values()]
