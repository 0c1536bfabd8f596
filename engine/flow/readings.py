"""Every expression of a definition, where it stands, and what it may read there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from engine.expressions import Expression, ExpressionError, compile, compile_value

from .graph import Order
from .problem import Problem, pointer

SCOPE = ("trigger", "steps", "loop", "run", "flow", "project", "vars")
STEP_FIELDS = ("output", "error", "status")

_PLAIN = {"router": ("key",), "loop": ("items", "until", "collect")}
_OWN_INPUT = {("data", "transform"): "expression"}  # expressions over the action's input, not over the scope


@dataclass(frozen=True, slots=True)
class Source:
    """A text of a definition that holds an expression, or templates if `template`.

    `step` is the step it is evaluated for, None for a trigger's or the flow's own; `after_body`
    says that the steps within the loop have run by then; not `scoped` is one that looks at
    something else than the run's scope.
    """

    pointer: str
    text: str
    template: bool
    step: str | None = None
    after_body: bool = False
    scoped: bool = True

    def expressions(self) -> list[Expression]:
        """Raises ExpressionError."""
        return compile_value(self.text).expressions if self.template else [compile(self.text)]


def sources(definition: Mapping[str, Any]) -> Iterator[Source]:
    """All texts with expressions, in the order of the file."""
    triggers = definition.get("triggers")
    for number, trigger in enumerate(triggers if isinstance(triggers, list) else ()):
        values = trigger.get("input") if isinstance(trigger, Mapping) else None
        if isinstance(values, dict):
            yield from _templates(values, pointer("triggers", number, "input"), None)
            yield from _plain(values.get("dedupe"), pointer("triggers", number, "input", "dedupe"))
    steps = definition.get("steps")
    for name, step in (steps if isinstance(steps, dict) else {}).items():
        if isinstance(step, dict):
            yield from _of_step(name, step)
    settings = definition.get("settings")
    if isinstance(settings, Mapping):
        for field in ("dedupe", "order_key"):
            yield from _plain(settings.get(field), pointer("settings", field))


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
    if isinstance(value, str) and value.strip() and not (step is None and "{{" in value):
        yield Source(at, value, False, step, after_body)


def _templates(value: Any, at: str, step: str | None) -> Iterator[Source]:
    ahead = [(at, value)]
    while ahead:
        place, item = ahead.pop()
        if isinstance(item, str):
            if "{{" in item:
                yield Source(place, item, True, step)
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
    """Expressions that cannot be read, and readings of what is not there."""
    for source in sources(definition):
        try:
            expressions = source.expressions()
        except ExpressionError as error:
            yield _unreadable(source, error)
            continue
        said: set[str] = set()
        for expression in expressions if source.scoped else ():
            for path in sorted(expression.paths):
                for problem in _reading(source, expression, path, order, steps):
                    if problem.message not in said:
                        said.add(problem.message)
                        yield problem


def _reading(
    source: Source, expression: Expression, path: tuple[str, ...], order: Order, steps: Mapping[str, Any]
) -> Iterator[Problem]:
    root = path[0]
    if root not in SCOPE:
        yield _problem(source, _unknown_root(expression, root))
    elif root == "steps" and len(path) > 1:
        yield from _step_reading(source, path, order, steps)
    elif root in ("steps", "loop") and source.step is None:
        yield _problem(source, f"`{root}` cannot be read before the flow has begun")
    elif root == "loop" and not source.after_body and order.outside_loops(source.step or ""):
        yield _problem(source, "`loop` can only be read within a loop")


def _step_reading(
    source: Source, path: tuple[str, ...], order: Order, steps: Mapping[str, Any]
) -> Iterator[Problem]:
    name = path[1]
    if source.step is None:
        yield _problem(source, "`steps` cannot be read before the flow has begun")
        return
    if name not in steps:
        near = get_close_matches(name, steps, n=1)
        hint = f"; did you mean `{near[0]}`?" if near else ""
        yield _problem(source, f"this reads `steps.{name}`, but there is no step `{name}`{hint}")
        return
    known = order.before(name, source.step) or (source.after_body and order.inside(name, source.step))
    if not known and source.step in order.places:
        where = "itself" if name == source.step else f"`{name}`, which does not come before it"
        yield _problem(source, f"`{source.step}` reads {where}: the value will be null", "warning")
    if len(path) > 2 and path[2] not in STEP_FIELDS:
        message = f"a step has output, error and status; did you mean `steps.{name}.output.{path[2]}`?"
        yield _problem(source, message, "warning")


def _unreadable(source: Source, error: ExpressionError) -> Problem:
    return Problem(source.pointer, f"{error.message}\n{error.caret}", code="syntax")


def _unknown_root(expression: Expression, root: str) -> str:
    if f'"{root}"' in expression.text:
        return f"there is no “{root}” to read: double quotes name a field; for a text write '{root}'"
    near = get_close_matches(root, SCOPE, n=1)
    hint = f"; did you mean `{near[0]}`?" if near else f"; there are {', '.join(SCOPE)}"
    return f"there is no `{root}` to read{hint}"


def _problem(source: Source, message: str, severity: Any = "error") -> Problem:
    return Problem(source.pointer, message, severity, "reference")
