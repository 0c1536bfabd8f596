"""A flow definition made ready to run: parsed expressions, case tables, template pieces.

Compiled once for each version and kept; nothing here does I/O. A step whose definition cannot be
compiled (a piece that is gone, say) becomes a step that fails with that reason, so a published flow
always loads.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from engine.base.errors import SwitchyardError
from engine.base.mask_paths import MaskPaths
from engine.base.types import Json
from engine.expressions import (
    Expression,
    ExpressionError,
    Filling,
    NullRule,
    Resolver,
    compile,
    compile_or_fail,
    compile_value,
    parse_json_text,
)
from engine.flow import ActionStep, Flow, LoopStep, RouterStep, Trigger, mask_paths
from pieces import Action, Registry, UnknownPiece
from pieces import Trigger as TriggerKind


@dataclass(frozen=True, slots=True)
class Retry:
    """How often and when a step is tried again; delays in seconds."""

    attempts: int = 1
    first_delay: float = 4
    factor: float = 2
    max_delay: float = 3600

    def delay(self, attempt: int) -> float:
        """Seconds to wait after the given attempt (1, 2, …) failed."""
        try:
            return float(min(self.first_delay * self.factor ** (attempt - 1), self.max_delay))
        except OverflowError:
            return self.max_delay


@dataclass(slots=True)
class PlannedAction:
    name: str
    title: str
    piece: str
    action_name: str
    action: Action[Any, Any] | None
    broken: str  # why it cannot run; empty when it can
    input: Resolver | None
    connection: str | None
    retry: Retry
    on_error: str  # fail | continue | branch
    error_next: str | None
    timeout: float | None
    pure: bool
    at_once: bool
    """It waits for nothing and concerns the run alone, so it may be done before the run is stored."""
    skip: bool
    next: str | None
    type: str = "action"


@dataclass(slots=True)
class PlannedBranch:
    name: str
    when: Expression | None
    next: str | None


@dataclass(slots=True)
class PlannedRouter:
    """`table` leads from a key's value to the numbers of the branches with that case, in order;
    `open` are the branches that have no case and are always asked."""

    name: str
    title: str
    all: bool
    parallel: bool
    key: Expression | None
    table: dict[Any, tuple[int, ...]]
    open: tuple[int, ...]
    branches: list[PlannedBranch]
    targets: dict[str, str | None]  # a branch's name to its first step
    has_otherwise: bool
    otherwise: str | None
    skip: bool
    next: str | None
    type: str = "router"

    def candidates(self, value: Json) -> tuple[int, ...]:
        """The branches that this key value leaves in question, in order: one dictionary look-up."""
        matched = self.table.get(case_key(value), ())
        if not self.open:
            return matched
        if not matched:
            return self.open
        return tuple(sorted((*matched, *self.open)))


@dataclass(slots=True)
class PlannedLoop:
    name: str
    title: str
    items: Expression
    body: str | None
    until: Expression | None
    collect: Expression | None
    concurrency: int
    skip: bool
    next: str | None
    type: str = "loop"


PlannedStep = PlannedAction | PlannedRouter | PlannedLoop


@dataclass(slots=True)
class PlannedTrigger:
    name: str
    piece: str
    trigger: str
    input: dict[str, Any]
    connection: str | None
    dedupe: Expression | None = None
    kind: TriggerKind[Any, Any] | None = None
    """What the piece says of it; None when the piece is gone."""
    dedupe_within: float | None = None
    """Seconds after which an identity counts as new; None for as long as it is remembered."""
    split: Expression | None = None
    """Gives a list: each of its items is an event."""
    title: Resolver | None = None
    """What its events are about."""
    labels: dict[str, Expression] = field(default_factory=dict)
    """What runs are found by."""
    mask: MaskPaths | None = None
    """What of its events is hidden wherever people look."""
    is_usual: bool = False
    """A webhook of ours that verifies nobody, and of whose events nothing is evaluated or hidden before they
    are stored."""

    @property
    def is_webhook(self) -> bool:
        return self.kind is not None and self.kind.kind == "webhook"

    @property
    def is_catch(self) -> bool:
        """Whether the intake itself does what the trigger says."""
        return self.piece == "webhook" and self.trigger == "catch"

    @property
    def verifies(self) -> bool:
        """Whether a request must prove who sent it. A piece that checks it elsewhere than in `on_verify`
        counts as one that does not."""
        if not self.is_catch:
            return self.kind is not None and self.kind.verifies
        config = self.input.get("verify")
        return bool(config) and not (isinstance(config, dict) and config.get("scheme") == "none")


@dataclass(slots=True)
class Plan:
    """One version of one flow, ready to run."""

    flow_id: str
    project_id: str
    version_id: str
    version: int
    flow_name: str
    start: str | None
    steps: dict[str, PlannedStep]
    triggers: list[PlannedTrigger]
    timeout: float | None
    concurrency: int | None
    scope_flow: dict[str, Any] = field(default_factory=dict)
    order_key: Expression | None = None
    """Over the event: runs with the same value go one after another (`store.ordering`)."""
    webhook: PlannedTrigger | None = None
    """The trigger that answers at the flow's address: the first that is called with requests."""

    def trigger(self, name: str) -> PlannedTrigger | None:
        """The trigger of that name."""
        return next((one for one in self.triggers if one.name == name), None)

    def mask_of(self, trigger: str) -> MaskPaths | None:
        """What is hidden of the events of a trigger."""
        return next((one.mask for one in self.triggers if one.name == trigger), None)


def case_key(value: Json) -> Any:
    """A dictionary key under which JSON-equal values meet: `true` is not `1`, `1` is `1.0`."""
    kind = type(value)
    if kind is str or kind is int or kind is float or value is None:
        return value
    if kind is bool:
        return ("bool", value)
    return ("json", orjson.dumps(value, option=orjson.OPT_SORT_KEYS))


def compile_plan(
    flow: Flow, pieces: Registry, *, flow_id: str, project_id: str, version_id: str, version: int
) -> Plan:
    """Compile a definition. Raises `ExpressionError` when a router or loop cannot be compiled,
    which a checked definition cannot do."""
    triggers = [_plan_trigger(trigger, flow.settings.dedupe, pieces) for trigger in flow.triggers]
    order_key = (flow.settings.order_key or "").strip()
    return Plan(
        flow_id=flow_id,
        project_id=project_id,
        version_id=version_id,
        version=version,
        flow_name=flow.name,
        start=flow.start,
        steps={name: _plan_step(name, step, pieces) for name, step in flow.steps.items()},
        triggers=triggers,
        timeout=flow.settings.timeout,
        concurrency=flow.settings.concurrency,
        scope_flow={"id": flow_id, "name": flow.name, "version": version},
        order_key=compile_or_fail(order_key) if order_key else None,
        webhook=next((trigger for trigger in triggers if trigger.is_webhook), None),
    )


def _plan_trigger(trigger: Trigger, of_flow: str | None, pieces: Registry) -> PlannedTrigger:
    try:
        kind = pieces.trigger(trigger.piece, trigger.trigger)
    except UnknownPiece:
        kind = None
    planned = PlannedTrigger(
        name=trigger.name,
        piece=trigger.piece,
        trigger=trigger.trigger,
        input=trigger.input,
        connection=trigger.connection,
        kind=kind,
    )
    # In the input of another piece, fields of these names are its own.
    own = trigger.input if planned.is_catch else {}
    planned.dedupe = _expression(trigger.dedupe or own.get("dedupe") or of_flow)
    within = trigger.dedupe_within or own.get("dedupe_within")
    planned.dedupe_within = within if isinstance(within, int | float) else None
    planned.split = _expression(trigger.split or own.get("split"))
    planned.title = _template(trigger.title)
    planned.labels = {name: compile_or_fail(text) for name, text in trigger.labels.items() if text.strip()}
    paths = mask_paths(trigger.model_dump())
    planned.mask = MaskPaths(paths) if paths else None
    planned.is_usual = planned.is_catch and _is_usual(planned)
    return planned


def _is_usual(trigger: PlannedTrigger) -> bool:
    verify, handshake = (
        trigger.input.get("verify") or {},
        trigger.input.get("handshake") or {"preset": "none"},
    )
    asks_more = (
        trigger.verifies,
        not isinstance(verify, dict) or verify.get("connection"),
        handshake != {"preset": "none"},
        trigger.input.get("allowed_origins"),
        trigger.dedupe or trigger.dedupe_within or trigger.split,
        trigger.title or trigger.labels or trigger.mask,
    )
    return not any(asks_more)


def _expression(text: Any) -> Expression | None:
    return compile_or_fail(text) if isinstance(text, str) and text.strip() else None


def _template(text: str) -> Resolver | None:
    try:
        return compile_value(text) if text.strip() else None
    except ExpressionError:  # no draft can hold it; a run goes on without its title
        return None


def _plan_step(name: str, step: Any, pieces: Registry) -> PlannedStep:
    if isinstance(step, RouterStep):
        return _plan_router(name, step)
    if isinstance(step, LoopStep):
        return _plan_loop(name, step)
    return _plan_action(name, step, pieces)


def _fillings(action: Action[Any, Any], step: ActionStep) -> dict[str, Filling]:
    """How the fields of an action are filled: as its piece says (`Html`, `MessageText`) and the step."""
    usual: NullRule = "refused" if step.fail_on_null else "left out"
    fillings = {}
    for prop in action.form.properties:
        nulls: NullRule = "said" if prop.message_text and step.fail_on_null is None else usual
        rule = prop.html
        html = rule is not None and (rule.when is None or rule.when(step.input))
        fillings[prop.name] = Filling(html=html, nulls=nulls)
    return fillings


def _with_json_texts(action: Action[Any, Any], given: Mapping[str, Json]) -> Mapping[str, Json]:
    """The input with its JSON texts parsed, where the piece asks for that (`pieces.JsonText`)."""
    found = dict(given)
    for prop in action.form.properties:
        rule, text = prop.json_text, given.get(prop.name)
        if rule is None or not isinstance(text, str):
            continue
        if rule.when is None or rule.when(given):
            found[prop.name] = parse_json_text(text)
    return found


def _plan_action(name: str, step: ActionStep, pieces: Registry) -> PlannedAction:
    action, resolver, broken = None, None, ""
    try:
        action = pieces.action(step.piece, step.action)
        resolver = compile_value(_with_json_texts(action, step.input), _fillings(action, step))
    except (UnknownPiece, ExpressionError, SwitchyardError) as error:
        broken = str(error)
    retry = step.retry
    branch = step.on_error if not isinstance(step.on_error, str) else None
    return PlannedAction(
        name=name,
        title=step.title or (action.title if action else name),
        piece=step.piece,
        action_name=step.action,
        action=action,
        broken=broken,
        input=resolver,
        connection=step.connection,
        retry=Retry(retry.attempts, retry.first_delay, retry.factor, retry.max_delay) if retry else Retry(),
        on_error=step.on_error if isinstance(step.on_error, str) else "branch",
        error_next=branch.next if branch else None,
        timeout=step.timeout,
        pure=action.pure if action else True,
        at_once=action.pure or action.internal if action else True,
        skip=step.skip,
        next=step.next,
    )


def _plan_router(name: str, step: RouterStep) -> PlannedRouter:
    table: dict[Any, tuple[int, ...]] = {}
    open_branches: list[int] = []
    branches: list[PlannedBranch] = []
    for number, branch in enumerate(step.branches):
        branches.append(
            PlannedBranch(branch.name, compile(branch.when) if branch.when else None, branch.next)
        )
        if branch.case is None:
            open_branches.append(number)
            continue
        for value in branch.case:
            known = table.get(case_key(value), ())
            if number not in known:
                table[case_key(value)] = (*known, number)
    return PlannedRouter(
        name=name,
        title=step.title or name,
        all=step.match == "all",
        parallel=step.parallel,
        key=compile(step.key) if step.key else None,
        table=table,
        open=tuple(open_branches),
        branches=branches,
        targets={branch.name: branch.next for branch in branches},
        has_otherwise=step.otherwise is not None,
        otherwise=step.otherwise.next if step.otherwise else None,
        skip=step.skip,
        next=step.next,
    )


def _plan_loop(name: str, step: LoopStep) -> PlannedLoop:
    return PlannedLoop(
        name=name,
        title=step.title or name,
        items=compile(step.items),
        body=step.body,
        until=compile(step.until) if step.until else None,
        collect=compile(step.collect) if step.collect else None,
        concurrency=step.concurrency,
        skip=step.skip,
        next=step.next,
    )
