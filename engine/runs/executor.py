"""The loop that takes an event through a flow.

`execute` walks the plan with an explicit stack; only several branches of one router, and loops, are walks
of their own. Steps recorded in the journal are not done again (promise 3): routers and
pure steps are re-used too, so a resumed run cannot change its mind.

    execute
    ├── _route             a router: which branches, as data
    ├── _loop              a loop: the body for each item
    ├── perform_at_once    an action without effect, without a coroutine
    └── perform            any action: resolve, call, retry, wait, record (`runs.attempt`)
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import NamedTuple

from engine.base import clock
from engine.base.journal import Record
from engine.base.types import Json
from engine.expressions import Costly, Evaluation, Expression, ExpressionError, size_of

from .attempt import MAX_OUTPUT, evaluate, perform, perform_at_once
from .outcomes import in_turn, together
from .plan import PlannedAction, PlannedLoop, PlannedRouter, PlannedStep
from .routing import decide, doubtful, holds, told
from .run import Canceled, Ended, Host, Run, Scope, StepFailed, Suspended, TimedOut, Track, add, flat

__all__ = ["Canceled", "Host", "Run", "StepFailed", "Suspended", "TimedOut", "execute", "perform"]


class BranchTaken(NamedTuple):
    """A branch that a router chose, not walked yet."""

    router: str
    """The key of the router's step."""
    branch: str
    first: str | None
    """The first step of the branch."""


_BRANCH_ENDS = ""
"""On the stack: the end of a branch beside which others may be taken. No step has this name."""
MAX_STEPS = 10_000
"""Step records in one run; a loop beyond it fails the run instead of filling the disk."""
MAX_LOOPS = 32
"""Loops within one another: each is a few frames of the interpreter's stack."""


async def execute(run: Run, host: Host) -> None:
    """Take the event through the flow. Returns when the path's end is reached.

    Raises StepFailed, Suspended, Canceled or TimedOut; the journal holds what was done.
    """
    plan = run.plan
    scope: Scope = {
        "trigger": {**run.event, "name": run.trigger} if isinstance(run.event, dict) else run.event,
        "steps": {},
        "loop": None,
        "run": {"id": run.id, "environment": run.environment},
        "flow": plan.scope_flow,
        "project": {"id": plan.project_id},
        "vars": {},
    }
    run.taken = []
    try:
        await _walk(run, host, plan.start, Track(scope, run.taken, repeats=run.repeats))
    except Ended:
        return


async def _walk(run: Run, host: Host, entry: str | None, track: Track) -> None:
    """Walk from one step to the end of its track. Entries on the stack are step names still to go to,
    or a branch that begins."""
    steps, journal = run.plan.steps, run.journal
    stack: list[str | BranchTaken | None] = [entry]
    waited = True
    while stack:
        place = stack.pop()
        if not place:  # the end of a track, or of a branch
            continue
        if isinstance(place, tuple):
            key, branch, following = place
            track.path.append(f"{key}:{branch}")
            stack.append(following)
            continue
        step = steps[place]
        key = track.prefix + place
        if run.evaluation.is_due():
            await host.pause(run)  # many steps that are cheap one by one must not hold up other runs
            waited = True
        if waited:  # only meanwhile can somebody cancel the run, or much time go by
            _check_stop(run)
            waited = False
        if len(journal.done) >= MAX_STEPS:
            raise _too_many_steps()
        stack.append(step.next)
        if step.skip or (journal.partial is not None and _passed(run, key)):
            _skip(run, host, step, key)
        elif isinstance(step, PlannedRouter):
            try:
                taken = _route(run, host, step, key, track)
            except Costly:
                taken = await _route_apart(run, host, step, key, track)
                waited = True
            if len(taken) <= 1:
                stack.extend((_BRANCH_ENDS, *taken) if step.all else taken)
                continue
            waited = True
            if step.parallel:
                await _branches_together(run, host, taken, track)
            else:
                await in_turn(_branch(run, host, one, track) for one in taken)
        elif isinstance(step, PlannedLoop):
            await _loop(run, host, step, key, track)
            waited = True
        else:
            track.path.append(key)
            record = journal.done.get(key)
            if record is None:
                record = perform_at_once(run, host, step, key, track)
            if record is None or record["status"] == "waiting":
                record = await perform(run, host, step, key, track)
                waited = True
            stack.append(_after(step, key, record, track))
            if "stopped" in record and record["status"] == "succeeded":
                _leave(stack)


def _leave(stack: list[str | BranchTaken | None]) -> None:
    """Go past all that was still to do on a track, or in the branch of a router that takes all that match."""
    while stack and stack.pop() != _BRANCH_ENDS:
        pass


def _after(step: PlannedAction, key: str, record: Record, track: Track) -> str | None:
    """The first step of an action's error branch when that is next. Raises Ended and StepFailed."""
    track.scope["steps"][step.name] = _visible(record)
    if record.get("ends"):
        raise Ended
    if record["status"] == "failed":
        if step.on_error == "branch":
            return step.error_next
        if step.on_error == "fail":
            raise StepFailed({"step": key, **record["error"]})
    return None


async def _branches_together(run: Run, host: Host, taken: list[BranchTaken], track: Track) -> None:
    """Branches at the same time, each on a track of its own."""
    await _settle(run, host)
    tracks = [track.inner(beside=True) for _ in taken]
    await together(_branch(run, host, one, inner) for one, inner in zip(taken, tracks, strict=True))
    track.join(*tracks)


async def _settle(run: Run, host: Host) -> None:
    """Before tracks go beside each other: the first to begin an effect would store the run and what was done
    before, and the others would not wait for that."""
    if run.journal.unsaved_effect or not run.marked:
        await host.checkpoint(run)


async def _branch(run: Run, host: Host, taken: BranchTaken, track: Track) -> None:
    """One of several branches that a router takes."""
    track.path.append(f"{taken.router}:{taken.branch}")
    await _walk(run, host, taken.first, track)


def _visible(record: Record) -> Record:
    """A step as expressions see it."""
    return {"status": record["status"], "output": record.get("output"), "error": record.get("error")}


def _check_stop(run: Run) -> None:
    if run.cancel:
        raise Canceled
    if clock.monotonic() > run.deadline:
        raise TimedOut


def _too_many_steps() -> StepFailed:
    return StepFailed({"step": None, "kind": "limit", "message": f"A run may take {MAX_STEPS:,} steps."})


def _passed(run: Run, key: str) -> bool:
    """Whether a partial test goes past this step."""
    record = run.journal.recorded(key)
    return record is not None and record["status"] == "skipped"


def _skip(run: Run, host: Host, step: PlannedStep, key: str) -> None:
    if run.journal.recorded(key) is None:
        add(run, host, {"name": key, "type": step.type, "status": "skipped"})


def _route(run: Run, host: Host, step: PlannedRouter, key: str, track: Track) -> list[BranchTaken]:
    """The branches to take, in order. Raises Costly when they cannot be chosen on the event loop."""
    record = run.journal.recorded(key)
    if record is None:
        run.evaluation.begin_step()
        record = decide(step, key, track.scope, run.evaluation)
        add(run, host, record)
    return _taken(step, key, record, track)


async def _route_apart(
    run: Run, host: Host, step: PlannedRouter, key: str, track: Track
) -> list[BranchTaken]:
    record = await host.evaluate_apart(run, key, partial(decide, step, key, track.scope))
    add(run, host, record)
    return _taken(step, key, record, track)


def _taken(step: PlannedRouter, key: str, record: Record, track: Track) -> list[BranchTaken]:
    track.scope["steps"][step.name] = _visible(record)
    chosen = record["output"]["branches"]
    if not chosen:
        track.path.append(key)
        return []
    if record["output"].get("otherwise"):
        return [BranchTaken(key, "otherwise", step.otherwise)]
    return [BranchTaken(key, name, step.targets.get(name)) for name in chosen]


# -- loops -----------------------------------------------------------------------------------------


async def _loop(run: Run, host: Host, step: PlannedLoop, key: str, track: Track) -> None:
    record = run.journal.recorded(key)
    if record is not None and record["status"] == "failed":
        raise StepFailed({"step": key, **record["error"]})
    if record is None or record["status"] != "succeeded":
        first, stop = (record or {}).get("window", (0, None))
        record = await _iterate(run, host, step, key, track, first, stop)
    else:
        track.path.extend(record["path"])
        _recall_last(run, key, record, track)
    track.scope["steps"][step.name] = _visible(record)


def _recall_last(run: Run, key: str, record: Record, track: Track) -> None:
    """What the steps within gave last, for a run that has been through this loop before it stopped."""
    prefix = f"{key}[{record.get('done', 0) - 1}]."
    for inner in run.journal.records():
        if inner["name"].startswith(prefix) and inner["status"] != "skipped":
            track.scope["steps"][inner["name"].rpartition(".")[2]] = _visible(inner)


async def _iterate(
    run: Run, host: Host, step: PlannedLoop, key: str, track: Track, first: int, stop: int | None
) -> Record:
    """The body for the items from `first` to before `stop`: all of them but in a partial test."""
    warnings: list[str] = []
    began, mark = clock.monotonic(), len(track.path)
    items = await _items(run, host, step, key, track, warnings)
    going = range(len(items))[first:stop]
    collected: list[Json] = [None] * len(items)
    room = MAX_OUTPUT

    async def iteration(index: int, beside: bool) -> tuple[bool, Track]:
        nonlocal room
        inner = track.inner(
            prefix=f"{key}[{index}].", beside=beside, loop={"item": items[index], "index": index}
        )
        await _walk(run, host, step.body, inner)
        if step.collect is not None:
            collect = partial(_collected, step.collect, f"{key}[{index}]", inner.scope)
            collected[index], size, noted = await evaluate(run, host, key, collect)
            warnings.extend(noted)
            room -= size
            if room < 0:
                message = (
                    f"With item {index}, what the loop collects has more than {MAX_OUTPUT:,} bytes, the most "
                    "that a step may give. Collect less of each item, or loop over fewer items."
                )
                raise _failed(run, host, key, "limit", message)
        if step.until is None:
            return False, inner
        ends, noted = await evaluate(run, host, key, partial(_ends, step.until, key, inner.scope))
        warnings.extend(noted)
        return ends, inner

    if step.concurrency > 1:
        await _settle(run, host)
    each = _iterate_together if step.concurrency > 1 else _iterate_in_turn
    done, last = await each(run, host, step.concurrency, going, track, iteration)
    track.join(last)
    record: Record = {
        "name": key,
        "type": "loop",
        "status": "succeeded",
        "input": {"items": len(items)},
        "output": {"count": done, "stopped": done < going.stop},
        "done": done,
        "path": list(flat(track.path[mark:])),
        "ms": _since(began),
    }
    if step.collect is not None:
        record["output"] = collected[:done]
    if warnings:
        record["warnings"] = warnings
    add(run, host, record)
    return record


async def _items(
    run: Run, host: Host, step: PlannedLoop, key: str, track: Track, warnings: list[str]
) -> list[Json]:
    """The items of a loop. Raises StepFailed, with the record made, when there is no list."""
    message = ""
    items: Json = None

    def found(evaluation: Evaluation) -> tuple[Json, list[str]]:
        value = step.items.value(track.scope, evaluation)
        return value, doubtful(f"the items of {key}", evaluation)

    try:
        items, noted = await evaluate(run, host, key, found)
        warnings.extend(noted)
    except ExpressionError as error:
        message = f"The items could not be evaluated: {told(error)}"
    if not message and not isinstance(items, list):
        message = f"The items must be a list, but “{step.items.text}” gave {_called(items)}."
    if not message and track.depth >= MAX_LOOPS:
        message = f"More than {MAX_LOOPS} loops are nested."
    if message:
        raise _failed(run, host, key, "expression", message)
    listed: list[Json] = items
    return listed


def _failed(run: Run, host: Host, key: str, kind: str, message: str) -> StepFailed:
    """What to raise for a loop that cannot go on, once that is noted in the journal."""
    error = {"kind": kind, "message": message}
    add(run, host, {"name": key, "type": "loop", "status": "failed", "error": error})
    return StepFailed({"step": key, **error})


def _called(value: Json) -> str:
    """What a value is, in the words of whoever writes flows."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "nothing (null)"
    return "a text" if isinstance(value, str) else "an object" if isinstance(value, dict) else "a number"


Iteration = Callable[[int, bool], Awaitable[tuple[bool, Track]]]
"""Take one item through the body, beside others or not: whether `until` holds then, and the track."""


async def _iterate_in_turn(
    run: Run, host: Host, _concurrency: int, going: range, track: Track, iteration: Iteration
) -> tuple[int, Track]:
    """One item after the other. How many were done, and the last one's track."""
    last = track
    for index in going:
        if index % 50 == 49:
            await host.pause(run)  # a loop of pure steps must not hold up other runs
            _check_stop(run)
        stop, last = await iteration(index, False)
        track.repeats = last.repeats
        if stop:
            return index + 1, last
    return going.stop, last


async def _iterate_together(
    run: Run, _host: Host, concurrency: int, going: range, track: Track, iteration: Iteration
) -> tuple[int, Track]:
    """Iterations in groups of `concurrency`; `until` is looked at after each group. How many were done,
    and the last one's track."""
    last = track
    for first in range(going.start, going.stop, concurrency):
        group = range(first, min(first + concurrency, going.stop))
        ended: dict[int, tuple[bool, Track]] = {}

        async def one(index: int, ended: dict[int, tuple[bool, Track]] = ended) -> None:
            ended[index] = await iteration(index, True)

        _check_stop(run)
        await together(one(index) for index in group)
        last = ended[group.stop - 1][1]
        track.repeats = all(inner.repeats for _, inner in ended.values())
        if any(stop for stop, _ in ended.values()):
            return group.stop, last
    return going.stop, last


def _collected(
    expression: Expression, where: str, scope: Scope, evaluation: Evaluation
) -> tuple[Json, int, list[str]]:
    """What an iteration collects, about how many bytes that is, and the warnings of that."""
    try:
        value = expression.value(scope, evaluation)
        size = size_of(value, MAX_OUTPUT, evaluation)
        return value, size, doubtful(f"what {where} collects", evaluation)
    except ExpressionError as error:
        first = evaluation.is_first(error)
        return None, 4, [f"What {where} collects could not be evaluated: {told(error)}"] if first else []


def _ends(until: Expression, key: str, scope: Scope, evaluation: Evaluation) -> tuple[bool, list[str]]:
    """Whether the loop ends here, and the warnings of that."""
    warnings: list[str] = []
    return holds(until, f"until of {key}", scope, warnings, evaluation), warnings


def _since(began: float) -> float:
    return round((clock.monotonic() - began) * 1000, 2)
