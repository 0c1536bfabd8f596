"""Which branch each sample would take at each router, worked out without running anything.

The flow is walked as the executor walks it: the same plan, the same `decide`. Pure steps are evaluated;
what an effect gives is known only when it is given. Where that leaves a router undecided, it says why.
"""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.base.types import Json
from engine.expressions import Evaluation, Expression, ExpressionError, compile
from engine.flow import Flow, RouterStep, parse
from engine.runs.plan import Plan, PlannedAction, PlannedLoop, PlannedRouter, PlannedStep, compile_plan
from engine.runs.routing import decide
from pieces import Context, PieceError, Registry
from pieces import Retry as RetryLater

from .explain import Path, judge, reads_unknown
from .forecast import hidden, outlook
from .scope import sample_scope

Scope = dict[str, Any]

MAX_STEPS = 5_000
"""Steps that one sample may pass."""
MAX_DEPTH = 40
"""Branches and loops within each other."""
MAX_ITEMS = 100
"""Items of a loop that are looked at."""


@dataclass(slots=True)
class RouterCoverage:
    """Which samples go where at one router; a sample may go several ways, in a loop or with `match: all`.

    `otherwise` is None when the router has no such branch. `unknown` and `warnings` are by sample.
    """

    step: str
    title: str
    branches: dict[str, list[str]]
    otherwise: list[str] | None
    unrouted: list[str] = field(default_factory=list)
    unknown: dict[str, str] = field(default_factory=dict)
    warnings: dict[str, list[str]] = field(default_factory=dict)

    @property
    def untaken(self) -> list[str]:
        """Branches that no sample takes."""
        return [name for name, samples in self.branches.items() if not samples]


@dataclass(slots=True)
class Coverage:
    """`routers` in the order of the file; `stopped` says of a sample why its walk ended early."""

    routers: dict[str, RouterCoverage]
    stopped: dict[str, str] = field(default_factory=dict)


class _Stopped(Exception):
    """The walk cannot go on; empty when the run ends there as it should."""


@dataclass(slots=True)
class _Track:
    scope: Scope
    unknown: dict[Path, str]
    prefix: str = ""
    depth: int = 0

    def know(self, name: str, output: Json, status: str = "succeeded", error: Json = None) -> None:
        self.scope["steps"][name] = {"status": status, "output": output, "error": error}
        self.unknown.pop(("steps", name), None)

    def forget(self, name: str, reason: str) -> None:
        self.scope["steps"].pop(name, None)
        self.unknown[("steps", name)] = reason

    def inner(self, prefix: str | None = None, loop: Json = None) -> "_Track":
        scope = {**self.scope, "steps": dict(self.scope["steps"])}
        if loop is not None:
            scope["loop"] = loop
        return _Track(scope, dict(self.unknown), self.prefix if prefix is None else prefix, self.depth + 1)

    def join(self, inner: "_Track") -> None:
        self.scope["steps"].update(inner.scope["steps"])
        self.unknown.update(inner.unknown)
        for path in [p for p in self.unknown if p[0] == "steps" and p[1] in inner.scope["steps"]]:
            del self.unknown[path]


def coverage(
    definition: Flow | Mapping[str, Any],
    pieces: Registry,
    samples: Mapping[str, Json] | None = None,
    outputs: Mapping[str, Json] | None = None,
    outputs_by_sample: Mapping[str, Mapping[str, Json]] | None = None,
    evaluation: Evaluation | None = None,
) -> Coverage:
    """Where the samples go; by default the flow's own.

    `outputs` are what effect steps are taken to give, by step name or by the name a run's path gives
    them (`each[0].fetch`). Raises BadInput for a definition that not even a draft can hold.
    """
    flow = definition if isinstance(definition, Flow) else parse(definition)
    raw = {"name": flow.name, "triggers": [{"name": trigger.name} for trigger in flow.triggers]}
    plan = compile_plan(_whole(flow), pieces, flow_id="", project_id="", version_id="", version=0)
    found = Coverage({name: _empty(step) for name, step in plan.steps.items() if step.type == "router"})
    evaluation = Evaluation() if evaluation is None else evaluation
    for name, sample in (flow.samples if samples is None else samples).items():
        evaluation.begin_run()
        given = {**(outputs or {}), **(outputs_by_sample or {}).get(name, {})}
        walker = _Walker(plan, pieces, _enders(flow), name, given, found, evaluation)
        try:
            walker.walk(plan.start, _Track(sample_scope(raw, sample), {}))
        except _Stopped as stop:
            if str(stop):
                found.stopped[name] = str(stop)
    return found


def _whole(flow: Flow) -> Flow:
    """The flow as a plan can be made of it: what is still to be filled in is null, or not there."""
    steps: dict[str, Any] = {}
    for name, step in flow.steps.items():
        if isinstance(step, RouterStep):
            branches = [b.model_copy(update={"when": (b.when or "").strip() or None}) for b in step.branches]
            step = step.model_copy(update={"branches": branches, "key": (step.key or "").strip() or None})
        elif step.type == "loop":
            texts = {"items": step.items.strip() or "`null`"}
            optional = {f: (getattr(step, f) or "").strip() or None for f in ("until", "collect")}
            step = step.model_copy(update={**texts, **optional})
        steps[name] = step
    settings = flow.settings.model_copy(update={"dedupe": None, "order_key": None})
    return flow.model_copy(update={"steps": steps, "settings": settings, "triggers": []})


def _enders(flow: Flow) -> frozenset[str]:
    """Steps with which a run ends: answers that say so."""
    return frozenset(
        name
        for name, step in flow.steps.items()
        if step.type == "action" and step.piece == "webhook" and step.input.get("then") == "end"
    )


def _empty(step: PlannedStep) -> RouterCoverage:
    assert isinstance(step, PlannedRouter)
    ways: dict[str, list[str]] = {branch.name: [] for branch in step.branches}
    return RouterCoverage(step.name, step.title, ways, [] if step.has_otherwise else None)


class _Walker:
    def __init__(
        self,
        plan: Plan,
        pieces: Registry,
        enders: frozenset[str],
        sample: str,
        given: Mapping[str, Json],
        found: Coverage,
        evaluation: Evaluation,
    ) -> None:
        self.steps, self.pieces, self.enders = plan.steps, pieces, enders
        self.sample, self.given, self.found = sample, given, found
        self.left = MAX_STEPS
        self.evaluation = evaluation

    def walk(self, entry: str | None, track: _Track) -> None:
        if track.depth > MAX_DEPTH:
            raise _Stopped("the steps are nested too deeply")
        name = entry
        while name is not None and name in self.steps:
            step = self.steps[name]
            self.left -= 1
            if self.left < 0:
                raise _Stopped(f"this would take more than {MAX_STEPS:,} steps")
            if not step.skip:
                if isinstance(step, PlannedRouter):
                    self._route(step, track)
                elif isinstance(step, PlannedLoop):
                    self._loop(step, track)
                else:
                    self._act(step, track)
                if name in self.enders:
                    raise _Stopped("")
            name = step.next

    # -- routers -------------------------------------------------------------------------------------

    def _route(self, step: PlannedRouter, track: _Track) -> None:
        record = self.found.routers[step.name]
        decided = None
        if not hidden(step, track.unknown):
            decided = decide(step, step.name, track.scope, self.evaluation)
        if decided is not None:
            output = decided["output"]
            taken, open_ways, reason = list(output["branches"]), list[str](), ""
            otherwise = bool(output.get("otherwise"))
            if decided.get("warnings"):
                _add(record.warnings.setdefault(self.sample, []), *decided["warnings"])
            track.know(step.name, output)
        else:
            taken, open_ways, otherwise, reason = outlook(step, track.scope, track.unknown, self.evaluation)
            track.know(step.name, {"key": None, "branches": taken})
            if reason:
                track.forget(step.name, reason)
                record.unknown[self.sample] = reason
        if otherwise and record.otherwise is not None:
            _add(record.otherwise, self.sample)
        elif not taken and not reason:
            _add(record.unrouted, self.sample)
        for way in [] if otherwise else taken:
            _add(record.branches[way], self.sample)
        self._follow(step, ["otherwise"] if otherwise else taken, track)
        for way in open_ways:
            self._shade(_target(step, way), reason, track)

    def _follow(self, step: PlannedRouter, ways: list[str], track: _Track) -> None:
        inner = [track.inner() for _ in ways]
        stopped: _Stopped | None = None
        for way, each in zip(ways, inner, strict=True):
            if not step.parallel:
                each.scope, each.unknown = track.scope, track.unknown
            try:
                self.walk(_target(step, way), each)
            except _Stopped as stop:
                stopped = stopped or stop  # branches are independent; what follows them is not reached
                if not str(stop) and not step.parallel:
                    break  # the run ends here
        if stopped is not None:
            raise stopped
        if step.parallel:
            for each in inner:
                track.join(each)

    def _shade(self, entry: str | None, reason: str, track: _Track) -> None:
        """Nobody knows whether the sample comes here: nothing from here on is known."""
        ahead, seen = [entry], set[str]()
        while ahead:
            name = ahead.pop()
            if name is None or name in seen or name not in self.steps:
                continue
            seen.add(name)
            step = self.steps[name]
            track.forget(name, reason)
            if isinstance(step, PlannedRouter):
                self.found.routers[name].unknown.setdefault(self.sample, reason)
            ahead.extend((*_within(step), step.next))

    # -- loops and actions ---------------------------------------------------------------------------

    def _loop(self, step: PlannedLoop, track: _Track) -> None:
        reason = reads_unknown(step.items.paths, track.unknown)
        if reason:
            self._shade(step.body, reason, track)
            track.forget(step.name, reason)
            return
        items = _value(f"the items of {step.name}", lambda: step.items.value(track.scope, self.evaluation))
        if not isinstance(items, list):
            raise _Stopped(f"the items of {step.name} are no list")
        collected: list[Json] = []
        unsure, done = "", 0
        last = track.inner()
        for index, item in enumerate(items[:MAX_ITEMS]):
            prefix = f"{track.prefix}{step.name}[{index}]."
            last = track.inner(prefix, {"item": item, "index": index})
            self.walk(step.body, last)
            done += 1
            if step.collect is not None:
                unsure = unsure or reads_unknown(step.collect.paths, last.unknown)
                collected.append(None if unsure else _quiet(step.collect, last.scope, self.evaluation))
            verdict = None
            if step.until is not None:
                verdict = judge(step.until.text, last.scope, last.unknown, self.evaluation)
            unsure = unsure or (verdict.reason if verdict else "")
            if verdict and verdict.truth:
                break
        track.join(last)
        if not unsure and len(items) > MAX_ITEMS and done == MAX_ITEMS:
            unsure = f"only {MAX_ITEMS} items of {step.name} were looked at"
        if unsure:
            track.forget(step.name, unsure)
        else:
            counted = {"count": done, "stopped": done < len(items)}
            track.know(step.name, counted if step.collect is None else collected)

    def _act(self, step: PlannedAction, track: _Track) -> None:
        for key in (track.prefix + step.name, step.name):
            if key in self.given:
                return track.know(step.name, self.given[key])
        if step.action is None or step.input is None:
            reason = step.broken
        elif not step.pure:
            reason = f"what {step.name} gives is not known before it has been tested"
        else:
            paths = frozenset(path for e in step.input.expressions for path in e.paths)
            reason = reads_unknown(paths, track.unknown) or self._evaluate(step, track)
        if reason:
            track.forget(step.name, reason)
            self._shade(step.error_next, reason, track)
        return None

    def _evaluate(self, step: PlannedAction, track: _Track) -> str:
        """Do a pure action. Why its output is not known, if it is not."""
        assert step.input is not None and step.action is not None
        context = Context(
            piece=self.pieces.pieces.get(step.piece),
            on_evaluate=lambda expression, data: compile(expression).value(data, self.evaluation),
        )
        try:
            known, output = _at_once(
                step.action.run(context, step.input.resolve(track.scope, [], self.evaluation))
            )
        except (ExpressionError, PieceError, RetryLater) as error:
            if step.on_error == "fail":
                raise _Stopped(f"{step.name} fails: {error}") from None
            kind = getattr(error, "kind", "expression")
            track.know(step.name, None, "failed", {"kind": kind, "message": str(error)})
            if step.on_error == "branch":
                each = track.inner()
                each.scope, each.unknown = track.scope, track.unknown
                self.walk(step.error_next, each)
            return ""
        if known:
            track.know(step.name, output)
        return "" if known else f"{step.name} cannot be evaluated without a run"


def _target(step: PlannedRouter, way: str) -> str | None:
    return step.targets.get(way, step.otherwise)


def _within(step: PlannedStep) -> list[str | None]:
    if isinstance(step, PlannedRouter):
        return [*step.targets.values(), step.otherwise]
    return [step.body if isinstance(step, PlannedLoop) else step.error_next]


def _add(names: list[str], *more: str) -> None:
    names.extend(name for name in more if name not in names)


def _value(what: str, evaluate: Callable[[], Json]) -> Json:
    try:
        return evaluate()
    except ExpressionError as error:
        raise _Stopped(f"{what} could not be evaluated: {error}") from None


def _quiet(expression: Expression, scope: Scope, evaluation: Evaluation) -> Json:
    try:
        return expression.value(scope, evaluation)
    except ExpressionError:
        return None


def _at_once(call: Coroutine[Any, Any, Json]) -> tuple[bool, Json]:
    """The result of a coroutine that never waits; not known when it does."""
    try:
        call.send(None)
    except StopIteration as end:
        return True, end.value
    call.close()
    return False, None
