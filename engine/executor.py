"""The loop that takes an event through a flow, and the performing of one step.

`execute` walks the plan with an explicit stack; only branches that run at the same time, and loops
with a concurrency, walk in tasks of their own. Steps recorded in the journal are not done again
(promise 3): routers and pure steps are re-used too, so a resumed run cannot change its mind.

    execute
    ├── _route     a router: which branches, as data
    ├── _loop      a loop: the body for each item
    └── perform    an action: resolve, call, retry, wait, record
"""

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import orjson

from pieces import Context, PieceError, Wait
from pieces import Retry as RetryLater

from . import clock
from .expressions import Expression, ExpressionError, truth
from .journal import Journal, Record
from .plan import Plan, PlannedAction, PlannedLoop, PlannedRouter, PlannedStep
from .secrets import redact

Json = Any
Scope = dict[str, Any]

log = logging.getLogger("switchyard.run")

MAX_STEPS = 10_000
"""Step records in one run; a loop beyond it fails the run instead of filling the disk."""
MAX_OUTPUT = 5_000_000
"""Bytes of JSON in one step's output."""


class Canceled(Exception):
    """Somebody ended the run."""


class TimedOut(Exception):
    """The run was active for longer than its flow allows."""


class StepFailed(Exception):
    """A step failed and its policy ends the run; `error` is what the run shows."""

    def __init__(self, error: Record) -> None:
        super().__init__(error["message"])
        self.error = error


class Ended(Exception):
    """A respond action said that the run ends, successfully, with its step."""


class Suspended(Exception):
    """The run waits until `resume_at` (Unix seconds), or for a run to end when it is None."""

    def __init__(self, resume_at: float | None) -> None:
        super().__init__("waiting")
        self.resume_at = resume_at


class Host(Protocol):
    """What a run needs of its surroundings; the worker provides it, `switchyard run` another."""

    def context(self, run: "Run", step: PlannedAction, key: str, resume: Json) -> Awaitable[Context]:
        """The context a piece is called with. May raise PieceError (no such connection)."""
        ...

    async def checkpoint(self, run: "Run") -> None:
        """Make the journal's fresh records durable, and that the run is running."""
        ...

    def step_done(self, run: "Run", record: Record) -> None:
        """A record was made; for whoever watches."""
        ...


@dataclass(slots=True)
class Run:
    """A run in a worker's hands."""

    id: str
    plan: Plan
    event: Json
    trigger: str
    journal: Journal
    environment: str = "production"
    lineage: tuple[str, ...] = ()
    repeats: bool = False  # found in flight after a crash: the next effect may be a repeat
    active_ms: float = 0  # in earlier stretches
    deadline: float = field(default=float("inf"))  # of this stretch, `time.monotonic`
    cancel: bool = False
    path: list[str] = field(default_factory=list)
    unrouted: bool = False
    ended: bool = False  # the step in hand said that the run ends with it
    marked: bool = False  # stored as running
    secrets: frozenset[str] = frozenset()  # of the connections used so far; cut out of what is recorded
    timeouts: set[asyncio.Timeout] = field(default_factory=set)

    def stop(self) -> None:
        """Cancel: what is in flight is interrupted, nothing further begins."""
        self.cancel = True
        now = asyncio.get_running_loop().time()
        for timeout in self.timeouts:
            timeout.reschedule(now)


async def execute(run: Run, host: Host) -> None:
    """Take the event through the flow. Returns when the path's end is reached.

    Raises StepFailed, Suspended, Canceled or TimedOut; the journal holds what was done.
    """
    plan = run.plan
    scope: Scope = {
        "trigger": {"name": run.trigger, **run.event} if isinstance(run.event, dict) else run.event,
        "steps": {},
        "loop": None,
        "run": {"id": run.id, "environment": run.environment},
        "flow": plan.scope_flow,
        "project": {"id": plan.project_id},
        "vars": {},
    }
    with contextlib.suppress(Ended):
        await _walk(run, host, plan.start, scope, "")


async def _walk(run: Run, host: Host, entry: str | None, scope: Scope, prefix: str) -> None:
    """Walk from one step to the end of its track. Entries on the stack are step names still to go to,
    or a (router, branch) pair whose turn begins."""
    steps = run.plan.steps
    stack: list[str | tuple[str, str, str | None] | None] = [entry]
    while stack:
        place = stack.pop()
        if place is None:
            continue
        if isinstance(place, tuple):
            key, branch, following = place
            run.path.append(f"{key}:{branch}")
            stack.append(following)
            continue
        step = steps[place]
        key = prefix + place
        _check_limits(run)
        stack.append(step.next)
        if step.skip:
            _skip(run, host, step, key)
        elif isinstance(step, PlannedRouter):
            turns = _route(run, host, step, key, scope)
            if step.parallel and len(turns) > 1:
                await _together(
                    _branch(run, host, turn, {**scope, "steps": dict(scope["steps"])}, prefix)
                    for turn in turns
                )
                _gather_outputs(run, scope, prefix)
            else:
                stack.extend(reversed(turns))
        elif isinstance(step, PlannedLoop):
            await _loop(run, host, step, key, scope)
        else:
            run.path.append(key)
            record = run.journal.recorded(key)
            if record is None or record["status"] == "waiting":
                record = await perform(run, host, step, key, scope)
            scope["steps"][place] = _visible(record)
            if record.get("ends"):
                raise Ended
            if record["status"] == "failed":
                if step.on_error == "branch":
                    stack.append(step.error_next)
                elif step.on_error == "fail":
                    raise StepFailed({"step": key, **record["error"]})


async def _branch(run: Run, host: Host, turn: tuple[str, str, str | None], scope: Scope, prefix: str) -> None:
    key, branch, following = turn
    run.path.append(f"{key}:{branch}")
    await _walk(run, host, following, scope, prefix)


async def _together(walks: Any) -> None:
    """Run walks at the same time. All reach their end or a wait; then the most serious outcome counts:
    a failure before a wait, and of waits the one that ends first."""
    results = await asyncio.gather(*walks, return_exceptions=True)
    errors = [result for result in results if isinstance(result, BaseException)]
    waits = [error for error in errors if isinstance(error, Suspended)]
    for error in errors:
        if not isinstance(error, Suspended):
            raise error
    if waits:
        times = [wait.resume_at for wait in waits if wait.resume_at is not None]
        raise Suspended(min(times) if times else None)


def _gather_outputs(run: Run, scope: Scope, prefix: str) -> None:
    """After branches that ran apart: their steps' outputs, for the steps that follow the join."""
    for record in run.journal.records():
        name = record["name"]
        if name.startswith(prefix):
            rest = name[len(prefix) :]
            if "." not in rest and "[" not in rest:
                scope["steps"].setdefault(rest, _visible(record))


def _visible(record: Record) -> Record:
    """A step as expressions see it."""
    return {"status": record["status"], "output": record.get("output"), "error": record.get("error")}


def _check_limits(run: Run) -> None:
    if run.cancel:
        raise Canceled
    if time.monotonic() > run.deadline:
        raise TimedOut
    if len(run.journal) >= MAX_STEPS:
        raise StepFailed({"step": None, "kind": "limit", "message": f"A run may take {MAX_STEPS:,} steps."})


def _skip(run: Run, host: Host, step: PlannedStep, key: str) -> None:
    if run.journal.recorded(key) is None:
        _add(run, host, {"name": key, "type": step.type, "status": "skipped"})


def _add(run: Run, host: Host, record: Record, *, effect: bool = False) -> None:
    run.journal.add(record, effect=effect)
    host.step_done(run, record)


# -- routers ---------------------------------------------------------------------------------------


def _route(
    run: Run, host: Host, step: PlannedRouter, key: str, scope: Scope
) -> list[tuple[str, str, str | None]]:
    """The branches to take, in order, as (key, branch name, first step)."""
    record = run.journal.recorded(key)
    if record is None:
        record = decide(step, key, scope)
        _add(run, host, record)
    scope["steps"][step.name] = _visible(record)
    chosen = record["output"]["branches"]
    if not chosen:
        run.unrouted = True
        run.path.append(key)
        return []
    if chosen == ["otherwise"] and record["output"].get("otherwise"):
        return [(key, "otherwise", step.otherwise)]
    targets = {branch.name: branch.next for branch in step.branches}
    return [(key, name, targets.get(name)) for name in chosen]


def decide(step: PlannedRouter, key: str, scope: Scope) -> Record:
    """Which branches an event takes, as the router's record. Pure.

    An expression that fails counts as no match and leaves a warning (promise 5).
    """
    warnings: list[str] = []
    value: Json = None
    candidates: tuple[int, ...] = step.open
    if step.key is not None:
        try:
            value = step.key.value(scope)
            candidates = step.candidates(value)
        except ExpressionError as error:
            warnings.append(f"The key of {key} could not be evaluated: {error}")
    chosen: list[str] = []
    for number in candidates:
        branch = step.branches[number]
        if branch.when is None or _holds(branch.when, f"branch {branch.name!r} of {key}", scope, warnings):
            chosen.append(branch.name)
            if not step.all:
                break
    output: Record = {"key": value, "branches": chosen}
    if not chosen and step.has_otherwise:
        output = {"key": value, "branches": ["otherwise"], "otherwise": True}
    record: Record = {"name": key, "type": "router", "status": "succeeded", "output": output}
    if output["branches"]:
        record["branch"] = output["branches"] if step.all else output["branches"][0]
    if step.key is not None:
        record["input"] = {"key": value}
    if warnings:
        record["warnings"] = warnings
    return record


def _holds(condition: Expression, what: str, scope: Scope, warnings: list[str]) -> bool:
    try:
        return truth(condition.value(scope))
    except ExpressionError as error:
        warnings.append(f"The condition of {what} could not be evaluated, so it did not match: {error}")
        return False


# -- loops -----------------------------------------------------------------------------------------


async def _loop(run: Run, host: Host, step: PlannedLoop, key: str, scope: Scope) -> None:
    record = run.journal.recorded(key)
    if record is None or record["status"] == "waiting":
        record = await _iterate(run, host, step, key, scope)
    else:
        run.path.extend(record["path"])
    scope["steps"][step.name] = _visible(record)


async def _iterate(run: Run, host: Host, step: PlannedLoop, key: str, scope: Scope) -> Record:
    warnings: list[str] = []
    began, mark = time.monotonic(), len(run.path)
    try:
        items = step.items.value(scope)
    except ExpressionError as error:
        raise _loop_failed(run, host, key, f"The items could not be evaluated: {error}") from error
    if not isinstance(items, list):
        kind = "nothing (null)" if items is None else type(items).__name__
        raise _loop_failed(run, host, key, f"The items must be a list, but {step.items.text!r} gave {kind}.")
    collected: list[Json] = [None] * len(items)

    async def iteration(index: int, inner: Scope) -> bool:
        inner["loop"] = {"item": items[index], "index": index}
        await _walk(run, host, step.body, inner, f"{key}[{index}].")
        if step.collect is not None:
            collected[index] = _collect(step.collect, f"{key}[{index}]", inner, warnings)
        return step.until is not None and _holds(step.until, f"until of {key}", inner, warnings)

    done = len(items)
    if step.concurrency > 1:
        done = await _iterate_together(step, scope, len(items), iteration)
    else:
        outer = scope["loop"]
        try:
            for index in range(len(items)):
                if index % 50 == 49:
                    await asyncio.sleep(0)  # a loop of pure steps must not hold up other runs
                if await iteration(index, scope):
                    done = index + 1
                    break
        finally:
            scope["loop"] = outer
    output: Json = {"count": done, "stopped": done < len(items)} if step.collect is None else collected[:done]
    record: Record = {
        "name": key,
        "type": "loop",
        "status": "succeeded",
        "input": {"items": len(items)},
        "output": output,
        "path": run.path[mark:],
        "ms": _since(began),
    }
    if warnings:
        record["warnings"] = warnings
    _add(run, host, record)
    return record


async def _iterate_together(
    step: PlannedLoop, scope: Scope, count: int, iteration: Callable[[int, Scope], Awaitable[bool]]
) -> int:
    """Iterations in groups of `concurrency`; `until` is looked at after each group."""
    for first in range(0, count, step.concurrency):
        group = range(first, min(first + step.concurrency, count))
        stops: list[bool] = []

        async def one(index: int, stops: list[bool] = stops) -> None:
            stops.append(await iteration(index, {**scope, "steps": dict(scope["steps"])}))

        await _together(one(index) for index in group)
        if any(stops):
            return group.stop
    return count


def _collect(expression: Expression, where: str, scope: Scope, warnings: list[str]) -> Json:
    try:
        return expression.value(scope)
    except ExpressionError as error:
        warnings.append(f"What {where} collects could not be evaluated: {error}")
        return None


def _loop_failed(run: Run, host: Host, key: str, message: str) -> StepFailed:
    error = {"kind": "expression", "message": message}
    _add(run, host, {"name": key, "type": "loop", "status": "failed", "error": error})
    return StepFailed({"step": key, **error})


# -- actions ---------------------------------------------------------------------------------------


async def perform(run: Run, host: Host, step: PlannedAction, key: str, scope: Scope) -> Record:
    """Do one action and record the outcome. Raises Suspended when it has to wait (a delay, a retry,
    another run), Canceled and TimedOut."""
    earlier = run.journal.recorded(key) or {}
    if not step.pure:
        if earlier.get("resume_at") is not None and earlier["resume_at"] > clock.now() + 0.001:
            raise Suspended(earlier["resume_at"])
        if run.journal.unsaved_effect or not run.marked:
            await host.checkpoint(run)
    attempt = earlier.get("attempts", 0) + (0 if "state" in earlier else 1)
    record: Record = {
        "name": key,
        "type": "action",
        "status": "succeeded",
        "piece": step.piece,
        "action": step.action_name,
        "attempts": attempt,
    }
    if not step.pure and run.repeats and not earlier:
        record["repeat"] = True
        run.repeats = False
    warnings: list[str] = []
    began, started = time.monotonic(), clock.now()
    problem: Record | None = None
    retry_after: float | None = None
    try:
        record["output"] = await _call(run, host, step, key, scope, record, warnings, earlier.get("state"))
    except Wait as wait:
        record.update(status="waiting", resume_at=wait.until, state=wait.state)
    except ExpressionError as error:
        problem = {"kind": "expression", "message": str(error)}
    except RetryLater as error:
        problem = {"kind": "retry", "message": str(error)}
        retry_after = error.after or 0.0
    except PieceError as error:
        problem = {"kind": type(error).__name__, "message": str(error)}
        if error.field:
            problem["field"] = error.field
        if error.details is not None:
            problem["details"] = error.details
    if run.ended:
        record["ends"] = True
    record["ms"] = earlier.get("ms", 0) + _since(began)
    if warnings:
        record["warnings"] = warnings
    if problem is not None:
        _settle_failure(record, earlier, step, problem, started, began, retry_after)
    elif earlier.get("log"):
        record["log"] = [
            *earlier["log"],
            {"number": attempt, "started": clock.to_iso(started), "ms": _since(began)},
        ]
    if run.secrets:
        record = redact(record, run.secrets)
    _add(run, host, record, effect=not step.pure)
    if record["status"] == "waiting":
        raise Suspended(record["resume_at"])
    return record


async def _call(
    run: Run,
    host: Host,
    step: PlannedAction,
    key: str,
    scope: Scope,
    record: Record,
    warnings: list[str],
    resume: Json,
) -> Json:
    """Resolve the input and call the piece, inside the time that the step and the run have left."""
    if step.action is None or step.input is None:
        raise PieceError(step.broken)
    values = step.input.resolve(scope, warnings)
    record["input"] = values
    context = await host.context(run, step, key, resume)
    if step.pure:
        return _bounded(await step.action.run(context, values))
    left = run.deadline - time.monotonic()
    limit = min(left, step.timeout or left)
    try:
        async with asyncio.timeout(limit if limit < float("inf") else None) as timeout:
            run.timeouts.add(timeout)
            try:
                return _bounded(await step.action.run(context, values))
            finally:
                run.timeouts.discard(timeout)
    except TimeoutError as error:
        if run.cancel:
            raise Canceled from error
        if time.monotonic() >= run.deadline:
            raise TimedOut from error
        raise RetryLater(f"The step took longer than its {step.timeout:g} seconds.") from error
    except (PieceError, RetryLater, Wait, ExpressionError):
        raise
    except Exception as error:
        # A fault in the piece itself: the run must say so, and the log needs the place.
        log.exception("step %s of run %s: %s.%s raised", key, run.id, step.piece, step.action_name)
        raise PieceError(f"{step.piece}.{step.action_name} broke: {type(error).__name__}: {error}") from error


def _bounded(output: Json) -> Json:
    try:
        size = len(orjson.dumps(output, option=orjson.OPT_NON_STR_KEYS))
    except TypeError as error:
        raise PieceError(f"The output cannot be written as JSON: {error}") from error
    if size > MAX_OUTPUT:
        raise PieceError(f"The output has {size:,} bytes; a step may give {MAX_OUTPUT:,}.")
    return output


def _settle_failure(
    record: Record,
    earlier: Record,
    step: PlannedAction,
    problem: Record,
    started: float,
    began: float,
    retry_after: float | None,
) -> None:
    """Failed for good, or waiting for another attempt."""
    attempt = record["attempts"]
    entry: Record = {
        "number": attempt,
        "started": clock.to_iso(started),
        "ms": _since(began),
        "error": problem["message"],
    }
    record["error"] = problem
    record["status"] = "failed"
    if retry_after is not None and attempt < step.retry.attempts:
        pause = max(step.retry.delay(attempt), retry_after)
        resume_at = clock.now() + pause * random.uniform(1, 1.1)  # noqa: S311 - spreads runs that failed together
        record.update(status="waiting", resume_at=resume_at)
        entry["retry_at"] = clock.to_iso(resume_at)
    record["log"] = [*earlier.get("log", ()), entry]


def _since(began: float) -> float:
    return round((time.monotonic() - began) * 1000, 2)
