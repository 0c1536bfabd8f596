"""Every expression of a definition, where it stands, and what it may read there."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

from engine.expressions import (
    ROOTS,
    Expression,
    ExpressionError,
    Mend,
    compile,
    compile_value,
    corrected,
    doubts,
    hyphens,
    rename_root,
    rename_step,
    scan,
    single_braces,
)

from .event_fields import has_webhook_events, missing_field
from .graph import Order
from .problem import Problem, pointer

STEP_FIELDS = ("output", "error", "status")

_OF_EVENT = ("body", "headers", "query", "method")
"""What an event has: without `trigger.` in front there is no such thing."""

_ELSEWHERE = {
    "event": "trigger", "request": "trigger", "webhook": "trigger", "payload": "trigger.body",
    "json": "trigger.body", "data": "trigger.body", "header": "trigger.headers", "params": "trigger.query",
}  # fmt: skip
"""What other products call the event, or a part of it."""

_PLAIN = {"router": ("key",), "loop": ("items", "until", "collect")}
_OWN_INPUT = {("data", "transform"): "expression"}  # expressions over the action's input, not over the scope

_TRIGGER = ("dedupe", "split")
"""Fields of a trigger, and of its input, that are expressions."""
_SPLIT = re.compile(r"/triggers/\d+/(?:input/)?split")


@dataclass(frozen=True, slots=True)
class Source:
    """A text of a definition that holds an expression, or templates if `template`.

    `step` is the step it is evaluated for, None for a trigger's or the flow's own; `after_body`
    says that the steps within the loop have run by then; not `scoped` is one that looks at
    something else than the run's scope; not `evaluated` is one in which nothing is filled in.
    """

    pointer: str
    text: str
    template: bool
    step: str | None = None
    after_body: bool = False
    scoped: bool = True
    evaluated: bool = True

    def expressions(self) -> list[Expression]:
        """Raises ExpressionError."""
        if not self.evaluated:
            return []
        return compile_value(self.text).expressions if self.template else [compile(self.text)]

    def mended(self, expression: Expression, mend: Mend | None) -> Mend | None:
        """The correction of one of its expressions as one of the whole text."""
        if mend is None or not self.template:
            return mend
        for start, end in scan(self.text):
            if self.text[start:end].strip() == expression.text:
                return Mend(mend.label, f"{self.text[:start]} {mend.text} {self.text[end:]}")
        return None


def sources(definition: Mapping[str, Any]) -> Iterator[Source]:
    """All texts with expressions, in the order of the file."""
    triggers = definition.get("triggers")
    for number, trigger in enumerate(triggers if isinstance(triggers, list) else ()):
        values = trigger.get("input") if isinstance(trigger, Mapping) else None
        if isinstance(values, dict):
            at = pointer("triggers", number, "input")
            for field in _TRIGGER:
                yield from _plain(values.get(field), f"{at}/{field}")
            others = {name: value for name, value in values.items() if name not in _TRIGGER}
            for source in _templates(others, at, None):
                yield replace(source, evaluated=False)
        if isinstance(trigger, Mapping):
            yield from _of_trigger(trigger, pointer("triggers", number))
    steps = definition.get("steps")
    for name, step in (steps if isinstance(steps, dict) else {}).items():
        if isinstance(step, dict):
            yield from _of_step(name, step)
    settings = definition.get("settings")
    if isinstance(settings, Mapping):
        for field in ("dedupe", "order_key"):
            yield from _plain(settings.get(field), pointer("settings", field))


def _of_trigger(trigger: Mapping[str, Any], at: str) -> Iterator[Source]:
    for field in _TRIGGER:
        yield from _plain(trigger.get(field), f"{at}/{field}")
    yield from _templates(trigger.get("title"), f"{at}/title", None)
    labels = trigger.get("labels")
    for name, text in labels.items() if isinstance(labels, dict) else ():
        yield from _plain(text, f"{at}/labels{pointer(str(name))}")


def _of_step(name: str, step: Mapping[str, Any]) -> Iterator[Source]:
    kind = step.get("type")
    for field in _PLAIN.get(kind if isinstance(kind, str) else "", ()):
        yield from _plain(step.get(field), pointer("steps", name, field), name, field in ("until", "collect"))
    branches = step.get("branches")
    if kind == "router" and isinstance(branches, list):
        for number, branch in enumerate(branches):
            when = branch.get("when") if isinstance(branch, Mapping) else None
            yield from _plain(when, pointer("steps", name, "branches", number, "when"), name)
    values = step.get("input")
    if kind == "action" and isinstance(values, dict):
        yield from _templates(values, pointer("steps", name, "input"), name)
        yield from _own_input(name, step, values)


def _own_input(name: str, step: Mapping[str, Any], values: Mapping[str, Any]) -> Iterator[Source]:
    piece, action = step.get("piece"), step.get("action")
    if isinstance(piece, str) and isinstance(action, str) and (piece, action) in _OWN_INPUT:
        field = _OWN_INPUT[piece, action]
        text = values.get(field)
        if isinstance(text, str) and text.strip() and "{{" not in text:
            yield Source(pointer("steps", name, "input", field), text, False, name, scoped=False)


def _plain(value: Any, at: str, step: str | None = None, after_body: bool = False) -> Iterator[Source]:
    # An empty expression is one still to be filled in: other rules ask for it where it is needed.
    if isinstance(value, str) and value.strip():
        yield Source(at, value, False, step, after_body)


def _templates(value: Any, at: str, step: str | None) -> Iterator[Source]:
    for place, text in _texts(value, at):
        if "{{" in text:
            yield Source(place, text, True, step)


def _texts(value: Any, at: str) -> Iterator[tuple[str, str]]:
    """Each text within a JSON value, with its pointer, in the order of the file."""
    ahead = [(at, value)]
    while ahead:
        place, item = ahead.pop()
        if isinstance(item, str):
            yield place, item
        elif isinstance(item, dict):
            ahead.extend(reversed([(place + pointer(str(key)), member) for key, member in item.items()]))
        elif isinstance(item, list):
            ahead.extend(reversed([(f"{place}/{number}", member) for number, member in enumerate(item)]))


def syntax_problems(definition: Mapping[str, Any]) -> Iterator[Problem]:
    """Expressions that cannot be read."""
    for source in sources(definition):
        try:
            source.expressions()
        except ExpressionError as error:
            yield _unreadable(source, error)


def reading_problems(
    definition: Mapping[str, Any], order: Order, steps: Mapping[str, Any]
) -> Iterator[Problem]:
    """Expressions that cannot be read, readings of what is not there, and what hardly anybody means."""
    of_webhook = has_webhook_events(definition)
    for source in sources(definition):
        try:
            expressions = source.expressions()
        except ExpressionError as error:
            yield _unreadable(source, error)
            continue
        if not source.evaluated:
            yield from _not_evaluated(source)
        said: set[str] = set()
        for expression in expressions:
            problems = [*_readings(source, expression, order, steps), *_doubts(source, expression)]
            if of_webhook and source.scoped:
                problems += _of_event(source, expression)
            for problem in problems:
                if problem.message not in said:
                    said.add(problem.message)
                    yield problem
    yield from _single_braces(definition)


def _readings(
    source: Source, expression: Expression, order: Order, steps: Mapping[str, Any]
) -> Iterator[Problem]:
    for path in sorted(expression.paths) if source.scoped else ():
        yield from _reading(source, expression, path, order, steps)


def _reading(
    source: Source, expression: Expression, path: tuple[str, ...], order: Order, steps: Mapping[str, Any]
) -> Iterator[Problem]:
    root = path[0]
    if root in _OF_EVENT and _SPLIT.fullmatch(source.pointer):
        return  # it may be written as mask paths are
    if root not in ROOTS:
        yield _unknown_root(source, expression, root)
    elif root == "steps" and len(path) > 1:
        yield from _step_reading(source, expression, path, order, steps)
    elif root in ("steps", "loop") and source.step is None:
        yield _problem(source, f"`{root}` cannot be read before the flow has begun")
    elif root == "loop" and not source.after_body and order.outside_loops(source.step or ""):
        yield _problem(source, "`loop` can only be read within a loop")


def _of_event(source: Source, expression: Expression) -> Iterator[Problem]:
    """Fields that no event of a webhook has: they are always null."""
    for name in sorted({path[1] for path in expression.paths if path[0] == "trigger" and len(path) > 1}):
        found = missing_field(expression.text, name)
        if found is not None:
            message, mend = found
            yield _problem(source, message, "warning", source.mended(expression, mend))


def _step_reading(
    source: Source, expression: Expression, path: tuple[str, ...], order: Order, steps: Mapping[str, Any]
) -> Iterator[Problem]:
    name = path[1]
    if source.step is None:
        yield _problem(source, "`steps` cannot be read before the flow has begun")
        return
    if name not in steps:
        near = get_close_matches(name, steps, n=1)
        hint = f"; did you mean `{near[0]}`?" if near else ""
        mend = Mend(f"Write steps.{near[0]}", rename_step(expression.text, name, near[0])) if near else None
        message = f"this reads `steps.{name}`, but there is no step `{name}`{hint}"
        yield _problem(source, message, mend=source.mended(expression, mend))
        return
    known = order.before(name, source.step) or (source.after_body and order.inside(name, source.step))
    if not known and source.step in order.places:
        where = "itself" if name == source.step else f"`{name}`, which does not come before it"
        yield _problem(source, f"`{source.step}` reads {where}: the value will be null", "warning")
    if len(path) > 2 and path[2] not in STEP_FIELDS:
        meant = f"steps.{name}.output.{path[2]}"
        message = f"a step has output, error and status; did you mean `{meant}`?"
        written = re.compile(rf"\bsteps\.{re.escape(name)}\.{re.escape(path[2])}\b")
        mend = Mend(f"Write {meant}", written.sub(meant, expression.text))
        changed = written.search(expression.text) is not None
        yield _problem(source, message, "warning", source.mended(expression, mend) if changed else None)


def _unreadable(source: Source, error: ExpressionError) -> Problem:
    # Of a template, the correction is one of the whole text already.
    return Problem(source.pointer, f"{error.message}\n{error.caret}", code="syntax", mend=error.mend)


def _unknown_root(source: Source, expression: Expression, root: str) -> Problem:
    """Say that there is no such part of the scope, and what was probably meant."""
    for doubt in doubts(expression.text):
        if _names(expression.text[doubt.column :], root):
            return _hinted(source, expression, root, doubt)
    for place, doubt in hyphens(expression.text):
        if re.search(rf"-{re.escape(root)}\b", expression.text[place.start : place.stop]):
            return _hinted(source, expression, root, doubt)
    meant = f"trigger.{root}" if root in _OF_EVENT else _ELSEWHERE.get(root.lower())
    near = [meant] if meant else get_close_matches(root, ROOTS, n=1)
    if not near:
        return _problem(source, f"there is no `{root}` to read; there are {', '.join(ROOTS)}")
    mend = Mend(f"Write {near[0]}", rename_root(expression.text, root, near[0]))
    message = f"there is no `{root}` to read; did you mean `{near[0]}`?"
    return _problem(source, message, mend=source.mended(expression, mend))


def _names(text: str, root: str) -> bool:
    """Whether the text begins with that name, in quotes or without."""
    return text.startswith(f'"{root}"') or re.match(rf"{re.escape(root)}\b", text) is not None


def _hinted(source: Source, expression: Expression, root: str, doubt: ExpressionError) -> Problem:
    message = f"there is no `{root}` to read: {doubt.message}"
    unknown = {path[0] for path in expression.paths} - {*ROOTS}
    mend = corrected(expression.text, unknown) or doubt.mend  # one click for all of them
    return _problem(source, message, mend=source.mended(expression, mend))


def _doubts(source: Source, expression: Expression) -> Iterator[Problem]:
    """What can be read, and hardly anybody means: `[?active == true]` asks for a field called true."""
    unknown = {path[0] for path in expression.paths if path[0] not in ROOTS} if source.scoped else set()
    for doubt in doubts(expression.text):
        if not any(_names(expression.text[doubt.column :], root) for root in unknown):
            mend = source.mended(expression, doubt.mend)
            yield Problem(source.pointer, f"{doubt.message}\n{doubt.caret}", "warning", "reference", mend)


def _not_evaluated(source: Source) -> Iterator[Problem]:
    """Braces in the fields of a trigger, which are read before there is an event."""
    try:
        templates = list(scan(source.text))
    except ExpressionError:
        return
    if templates:
        message = "templates are not filled in here: a trigger's fields are read before any event"
        yield _problem(source, message)


def _single_braces(definition: Mapping[str, Any]) -> Iterator[Problem]:
    """Texts of actions in which single braces seem to be meant as a template."""
    steps = definition.get("steps")
    for name, step in (steps if isinstance(steps, dict) else {}).items():
        values = step.get("input") if isinstance(step, dict) and step.get("type") == "action" else None
        for at, text in _texts(values if isinstance(values, dict) else {}, pointer("steps", name, "input")):
            mend = single_braces(text) if "{" in text and "{{" not in text else None
            if mend is not None:
                message = "single braces fill in nothing; write {{ … }} around an expression"
                yield Problem(at, message, "warning", "reference", mend)


def _problem(source: Source, message: str, severity: Any = "error", mend: Mend | None = None) -> Problem:
    return Problem(source.pointer, message, severity, "reference", mend)
