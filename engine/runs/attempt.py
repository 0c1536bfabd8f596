"""One attempt of an action: resolve its input, call its piece in time, apply its retry policy, record it."""

import random
from functools import partial
from typing import TypeVar

import orjson

from engine.base import clock
from engine.base.errors import Unavailable
from engine.base.journal import Record
from engine.base.jsonbody import storable
from engine.base.redaction import redact
from engine.base.types import Json
from engine.expressions import Costly, Evaluation, ExpressionError, Resolver, Work, compile
from pieces import Context, PieceError, Wait
from pieces import Retry as RetryLater

from .plan import PlannedAction
from .run import AwaitRun, Canceled, Host, Run, Scope, Suspended, TimedOut, Track, add

T = TypeVar("T")

MAX_OUTPUT = 5_000_000
"""Bytes of JSON in one step's output."""

MAX_RETRY_AFTER = 86_400.0
"""Seconds that a service may put a step off by Retry-After: it may say a year."""

_SHOWN = ("input", "output", "error", "warnings", "log", "state", "stopped")
"""What pieces and users put into a record: no connection's secret may stay in it."""

_ENDLESS = "The piece waits without a time (`Wait(None, …)`), and nothing would ever resume the run."

_OURS = (PieceError, RetryLater, Wait, ExpressionError, Canceled, TimedOut)


def perform_at_once(run: Run, host: Host, step: PlannedAction, key: str, track: Track) -> Record | None:
    """Do an action that waits for nothing, for the first time, and record that it succeeded.

    None, with nothing recorded, for whatever goes otherwise: it has an effect or a connection, it fails, it
    costs too much for the event loop, its piece waits after all. `perform` does it then, from the start:
    what may be done at once may be done again.
    """
    action = step.action
    if not step.at_once or action is None or action.waited or step.connection or run.secrets:
        return None
    if step.input is None or (context := host.context_at_once(run, step, key)) is None:
        return None
    began, warnings = clock.monotonic(), list[str]()
    run.evaluation.begin_step()
    try:
        values = step.input.resolve(track.scope, warnings, run.evaluation)
        context.on_evaluate = partial(_own_expression, run, host, key)
        output = _storable(action.run_at_once(context, values), warnings)
    except Exception:
        run.evaluation.undo_step()
        run.ends.discard(key)
        return None
    record: Record = {
        "name": key,
        "type": "action",
        "status": "succeeded",
        "piece": step.piece,
        "action": step.action_name,
        "attempts": 1,
        "input": values,
        "output": output,
    }
    if run.ends and key in run.ends:
        record["ends"] = True
    if warnings or context.warnings:
        record["warnings"] = warnings + context.warnings
    record["ms"] = _since(began)
    add(run, host, record, effect=not step.pure)
    return record


async def perform(run: Run, host: Host, step: PlannedAction, key: str, track: Track) -> Record:
    """Do one action and record the outcome. Raises Suspended when it has to wait (a delay, a retry,
    another run), Canceled and TimedOut."""
    earlier = run.journal.recorded(key) or {}
    if not step.pure and earlier.get("resume_at") is not None:
        _wait_on(run, host, earlier)
    if not step.at_once and (run.journal.unsaved_effect or not run.marked):
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
    if earlier.get("repeat") or (track.repeats and not step.at_once):
        record["repeat"], track.repeats = True, False
    if not step.at_once:
        host.step_begins(run, record)
    began, started = clock.monotonic(), clock.now()
    stopped = await _outcome(run, host, step, key, track, record, earlier, started)
    record["ms"] = round(earlier.get("ms", 0) + _since(began), 2)
    if run.secrets:
        record.update(redact({name: record[name] for name in _SHOWN if name in record}, run.secrets))
    if step.connection:
        _report_use(run, host, step.connection, record)
    add(run, host, record, effect=not step.pure)
    if stopped is not None:
        raise stopped
    if not track.alone and not step.pure:
        await host.checkpoint(run)  # the tracks beside this one may take long to their next effect
    if record["status"] == "waiting":
        raise Suspended(record["resume_at"])
    return record


def _report_use(run: Run, host: Host, connection: str, record: Record) -> None:
    """What the attempt shows of its connection: a failure of another kind shows nothing."""
    if record["status"] == "succeeded":
        host.used_connection(run, connection, None)
    elif record.get("error", {}).get("kind") == "auth_error":
        host.used_connection(run, connection, record["error"]["message"])


def _wait_on(run: Run, host: Host, earlier: Record) -> None:
    """Raises Suspended while the time of a step that waits has not come.

    One that began its wait later than now lives by a clock that was set back since: it waits as long again.
    """
    now, resume_at = clock.now(), earlier["resume_at"]
    ahead = earlier.get("since", now) - now
    if ahead > 1:
        resume_at -= ahead
        add(run, host, {**earlier, "resume_at": resume_at, "since": now})
    if resume_at > now + 0.001:
        raise Suspended(resume_at)


async def _outcome(
    run: Run,
    host: Host,
    step: PlannedAction,
    key: str,
    track: Track,
    record: Record,
    earlier: Record,
    started: float,
) -> Exception | None:
    """Call the piece and note in the record how that went; what ends the whole run is given back."""
    began, warnings = clock.monotonic(), list[str]()
    failure: Exception | None = None
    try:
        state = earlier.get("state")
        record["output"] = await _call(run, host, step, key, track.scope, record, warnings, state)
    except Wait as wait:
        if wait.until is None and not isinstance(wait, AwaitRun):
            failure = PieceError(_ENDLESS)
        else:
            record.update(status="waiting", resume_at=wait.until, state=wait.state)
            if wait.relative:
                record["since"] = clock.now()
            if isinstance(wait, AwaitRun):
                record["awaits"] = wait.run_id
    except Unavailable as error:  # our own store, or it is stopping: no fault of the step
        now = clock.now()
        later = now + max(error.retry_after or 0, 1)
        record.update(status="waiting", resume_at=later, since=now, state=state)
    except _OURS as error:
        failure = error
    if key in run.ends:
        record["ends"] = True
    if warnings:
        record["warnings"] = warnings
    if failure is not None:
        _settle_failure(record, earlier, step, failure, started, _since(began))
    elif earlier.get("log"):
        last = {"number": record["attempts"], "started": clock.to_iso(started), "ms": _since(began)}
        record["log"] = earlier["log"] if record["status"] == "waiting" else [*earlier["log"], last]
    return failure if isinstance(failure, Canceled | TimedOut) else None


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
    """Resolve the input, noting it in the record, and give what the piece gives."""
    if step.action is None or step.input is None:
        raise PieceError(step.broken)
    try:
        values, noted = await evaluate(run, host, key, partial(_resolved, step.input, scope))
        warnings.extend(noted)
        record["input"] = values
        context = await host.context(run, step, key, resume)
        context.on_evaluate = partial(_own_expression, run, host, key)
        if step.at_once:
            output = await step.action.run(context, values)
        else:
            output = await _in_time(run, step, key, context, values)
        warnings += context.warnings
        if context.stopped:
            record["stopped"] = context.stopped
        return _storable(output, warnings)
    except (*_OURS, Unavailable):
        raise
    except Exception as error:
        # A fault in the piece itself: the run must show it, and the log needs the place.
        host.broke(run, key, f"{step.piece}.{step.action_name}", error)
        raise PieceError(f"{step.piece}.{step.action_name} broke: {type(error).__name__}: {error}") from error


def _resolved(input: Resolver, scope: Scope, evaluation: Evaluation) -> tuple[Json, list[str]]:
    """An action's input, and the warnings of its expressions."""
    warnings: list[str] = []
    return input.resolve(scope, warnings, evaluation), warnings


async def evaluate(run: Run, host: Host, key: str, work: Work[T]) -> T:
    """What the expressions of one step give: on the event loop while that is cheap, else beside it."""
    run.evaluation.begin_step()
    try:
        return work(run.evaluation)
    except Costly:
        return await host.evaluate_apart(run, key, work)


async def _own_expression(run: Run, host: Host, key: str, expression: str, data: Json) -> Json:
    """What a piece evaluates of its own (`ctx.evaluate`)."""
    return await evaluate(run, host, key, partial(compile(expression).value, data))


async def _in_time(run: Run, step: PlannedAction, key: str, context: Context, values: Json) -> Json:
    """Call an effect inside the time that the step and the run have left; a cancel interrupts it."""
    assert step.action is not None
    if run.cancel:
        raise Canceled
    left = run.deadline - clock.monotonic()
    limit = left if step.timeout is None else min(left, step.timeout)
    timeout = clock.timeout(limit if limit < float("inf") else None)
    try:
        async with timeout:
            run.timeouts.add(timeout)
            try:
                return await step.action.run(context, values)
            finally:
                run.timeouts.discard(timeout)
                visit = run.visits.pop(key, None)
                if visit is not None:
                    visit.end()
    except TimeoutError as error:
        if not timeout.expired():  # the piece's own
            raise RetryLater(f"{step.piece}.{step.action_name} gave up waiting: {error}") from error
        if run.cancel:
            raise Canceled from error
        if step.timeout is None or clock.monotonic() >= run.deadline:
            raise TimedOut(key) from error
        raise RetryLater(f"The step took longer than its time limit of {step.timeout:g} seconds.") from error


def _storable(output: Json, warnings: list[str]) -> Json:
    """The output as it can be stored: what was done must not fail for what its answer looked like."""
    if type(output) is str and len(output) < MAX_OUTPUT // 2 and output.isascii():
        return output
    try:
        size = len(orjson.dumps(output, option=orjson.OPT_NON_STR_KEYS))
    except TypeError:
        output = storable(output, warnings)
        size = len(orjson.dumps(output))
    if size > MAX_OUTPUT:
        raise PieceError(f"The output has {size:,} bytes; a step may give {MAX_OUTPUT:,}.")
    return output


def _settle_failure(
    record: Record, earlier: Record, step: PlannedAction, failure: Exception, started: float, ms: float
) -> None:
    """Note in the record that it failed for good, or, when another attempt may help and the policy has one
    left, that it waits for it."""
    attempt = record["attempts"]
    record["error"], record["status"] = _problem(failure), "failed"
    entry: Record = {
        "number": attempt,
        "started": clock.to_iso(started),
        "ms": ms,
        "error": record["error"]["message"],
    }
    if isinstance(failure, RetryLater) and attempt < step.retry.attempts:
        pause = max(step.retry.delay(attempt), min(MAX_RETRY_AFTER, failure.after or 0.0))
        resume_at = clock.now() + pause * random.uniform(1, 1.1)  # noqa: S311 - spreads runs that failed together
        record.update(status="waiting", resume_at=resume_at, since=clock.now())
        entry["retry_at"] = clock.to_iso(resume_at)
    elif step.on_error != "fail" and not isinstance(failure, Canceled | TimedOut):
        record["handled"] = True
    record["log"] = [*earlier.get("log", ()), entry]


def _problem(failure: Exception) -> Record:
    """What went wrong, as the run shows it and later steps may read it.

    Its `kind` is one of: piece_error, auth_error, address_refused, answer_too_large, retry, expression,
    timeout, canceled; of a run whose evaluation ended the process again and again: poisoned; and of a run
    without a step at fault: limit, internal.
    """
    if isinstance(failure, Canceled | TimedOut):
        kind = "canceled" if isinstance(failure, Canceled) else "timeout"
        message = "The run was ended while this step was running. The step may have had its effect."
        return {"kind": kind, "message": message}
    if isinstance(failure, ExpressionError):
        return {"kind": "expression", "message": str(failure), "details": {"caret": failure.caret}}
    problem: Record = {"kind": getattr(failure, "kind", "piece_error"), "message": str(failure)}
    for name in ("field", "details"):
        if getattr(failure, name, None):
            problem[name] = getattr(failure, name)
    return problem


def _since(began: float) -> float:
    return round((clock.monotonic() - began) * 1000, 2)
