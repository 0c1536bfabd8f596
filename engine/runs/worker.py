"""Workers: take a run, execute it, store how it ended.

A fixed number of them, so that no task is made for a run. Storing an end is handed to the writer
and not waited for: the worker goes on, and whoever waits for the run is told when it is durable.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import TypeVar

import orjson

from engine.base import clock
from engine.base.errors import SwitchyardError, Unavailable, unexpected
from engine.base.histograms import Histogram
from engine.base.journal import Journal, Record, shown
from engine.base.pubsub import Live
from engine.base.redaction import traceback_of
from engine.base.settings import Settings
from engine.base.types import Json
from engine.expressions import Work, apart
from engine.store import hazards, ordering, run_store
from engine.store.database import Database
from engine.store.errors import StoreError
from engine.store.models import RunStatus
from engine.store.ordering import OrderSlot, Woken
from engine.store.patience import AGAIN, patient
from engine.store.run_store import Checkpoint, End, Ending
from engine.store.tx import Tx
from pieces import Context

from .endings import Endings, Telling
from .executor import Canceled, Run, StepFailed, Suspended, TimedOut, execute
from .lanes import Claim
from .masking import Masking, Original, RunMask
from .plan import Plan, PlannedAction
from .responses import context_at_once
from .run_queue import RunQueue
from .scheduler import Scheduler
from .targets import Place
from .waiters import Waiters
from .wakeups import Alarm

log = logging.getLogger("switchyard.worker")

MakeContext = Callable[[Run, PlannedAction, str, Json], Awaitable[Context]]
LoadPlan = Callable[[Claim], Plan | Awaitable[Plan]]


MOST_ENDS = 3
"""Unclean ends of a process after which a run is given up, if each came while it was being evaluated."""

MOST_WAITING = 1000
"""Runs that may wait for their turn at a host without a place; more keep theirs, since each takes memory."""

T = TypeVar("T")

NO_PLAN = Plan("", "", "", 0, "", None, {}, [], None, None)
"""For a run whose plan is not loaded (yet)."""


class Worker:
    """Runs what the scheduler hands out. It is the `Host` of every run."""

    def __init__(
        self,
        db: Database,
        run_queue: RunQueue,
        scheduler: Scheduler,
        live: Live,
        settings: Settings,
        *,
        load_plan: LoadPlan,
        masking: Masking,
        make_context: MakeContext,
        telling: Telling,
        endings: Endings,
        waiters: Waiters,
        used: Callable[[str, str, str | None], None],
    ) -> None:
        """`load_plan` gives a claim's plan; `make_context` what a piece is called with. `used` is called with
        the project, the connection's name and the error when a step has used a connection."""
        self._used = used
        self._db = db
        self._run_queue = run_queue
        self._scheduler = scheduler
        self._live = live
        self._settings = settings
        self._load_plan = load_plan
        self._masking = masking
        self._make_context = make_context
        self._telling = telling
        self._alarm = Alarm(db, scheduler, telling.resumed)
        self._runs: dict[str, Run] = {}
        self._endings = endings
        self._waiters = waiters
        self._tasks: list[asyncio.Task[None]] = []
        self._stopped = False

    @property
    def completed(self) -> int:
        """Runs that ended since the start."""
        return self._endings.completed

    @property
    def run_seconds(self) -> Histogram:
        """The time that runs took which ended, without what they waited."""
        return self._endings.seconds

    @property
    def step_seconds(self) -> Mapping[str, Histogram]:
        """The time that actions took, by whether they have an effect."""
        return self._endings.step_seconds

    # -- life -----------------------------------------------------------------------------------

    def start(self) -> None:
        loop = asyncio.get_running_loop()
        count = self._settings.concurrency
        self._tasks = [loop.create_task(self._work(), name=f"worker-{n}") for n in range(count)]
        self._tasks.append(loop.create_task(self._alarm.ring_forever(), name="alarm"))

    async def stop(self, grace: float = 10) -> None:
        """Take nothing new; let what runs come to an end for `grace` seconds; leave the rest to be
        recovered at the next start."""
        self._scheduler.close()
        if not self._tasks:
            return
        *workers, alarm = self._tasks
        alarm.cancel()
        _, late = await asyncio.wait(workers, timeout=grace)
        for task in late:
            task.cancel()
        await asyncio.gather(alarm, *late, return_exceptions=True)
        with contextlib.suppress(SwitchyardError, StoreError):
            await self._db.submit(
                lambda _tx: None
            )  # ends are handed in: whoever waits for one gets its answer
        self._stopped = True
        self._waiters.fail(Unavailable("Switchyard is stopping. The run continues after the restart."))

    async def _work(self) -> None:
        while (claim := await self._scheduler.take()) is not None:
            try:
                await self.run_one(claim)
            except Exception:  # a defect of ours: this worker must live on
                log.exception("run %s could not be brought to an end", claim.id)
            finally:
                self._scheduler.done(claim)
            del claim  # a worker that waits for the next one must not hold the event of the last

    def _leave(self, claim: Claim) -> None:
        """Give a run's place to another one, for which there must be a worker."""
        if not self._scheduler.is_awaited and len(self._tasks) < self._settings.concurrency + MOST_WAITING:
            task = asyncio.get_running_loop().create_task(self._work(), name=f"worker-{len(self._tasks)}")
            self._tasks.insert(0, task)
        self._scheduler.leave(claim)

    # -- one run ----------------------------------------------------------------------------------

    async def run_one(self, claim: Claim) -> None:
        """Execute a claimed run and hand its end, or its wait, to the writer."""
        began, started = clock.monotonic(), clock.now_iso()
        run = claim.begun or Run(
            claim.id, NO_PLAN, claim.event, claim.trigger, Journal(), claim.environment, claim.lineage
        )
        run.marked = claim.running
        run.place = Place(partial(self._leave, claim), partial(self._scheduler.come_back, claim))
        self._runs[run.id] = run
        status, error, resume_at = RunStatus.succeeded, None, None
        try:
            await self._prepare(claim, run, began, started)
            await execute(run, self)
        except StepFailed as failed:
            status, error = RunStatus.failed, failed.error
        except TimedOut as timed_out:
            status, error = RunStatus.timed_out, timed_out.error
        except Suspended as wait:
            status, resume_at = RunStatus.waiting, wait.resume_at
        except Canceled:
            status = RunStatus.canceled  # the store has it as that already
        except (Exception, asyncio.CancelledError) as fault:
            if isinstance(fault, asyncio.CancelledError) and _is_canceled():
                raise  # this worker is stopped; the next process goes on with the run
            # Not the flow's fault: a version that is gone, a full disk, a defect. It must be seen.
            log.exception("run %s broke off", claim.id)
            status, error = RunStatus.failed, _broke_off(fault)
        finally:
            del self._runs[run.id]
        response = run.response
        ending = self._endings.of(
            run, status, error, began, started, active_ms=claim.active_ms, resume_at=resume_at
        )
        if status is RunStatus.waiting:
            self._suspend(claim, run.plan, ending, response, resume_at)
        else:
            self._end(claim, run, ending, response)

    async def _prepare(self, claim: Claim, run: Run, began: float, started: str) -> None:
        """Give the run its plan, its event and what it has done so far."""
        plan = self._load_plan(claim)
        run.plan = plan = plan if isinstance(plan, Plan) else await plan
        run.deadline = began + (plan.timeout or self._settings.run_timeout) - claim.active_ms / 1000
        if claim.hidden:
            run.mask = RunMask(claim.hidden)
        if not claim.loaded:
            original = await self._original(claim)
            run.event, run.mask = original.event, original.mask
            run.journal = Journal(original.journal, original.number)
            run.repeats = claim.repeats
        if claim.canceled:
            raise Canceled
        if claim.hazard:
            await self._check_hazard(run)
        if self._telling.wants(claim.project_id, "flow.run.started") and await patient(
            lambda: self._db.submit(lambda tx: self._telling.begins(tx, claim, plan, started))
        ):
            run.marked = True

    async def _check_hazard(self, run: Run) -> None:
        """Raises StepFailed for a run that was being evaluated whenever the last processes ended."""
        hazard = await patient(lambda: self._db.submit(partial(hazards.of_run, run_id=run.id)))
        if hazard is None or hazard.ends < MOST_ENDS:
            return
        await patient(lambda: self._db.submit(partial(hazards.forget, run_id=run.id)))
        message = (
            f"The process ended {hazard.ends} times while the expressions of “{hazard.step}” were evaluated "
            "on this event, so they are not evaluated again. Look for an expression that builds very large "
            "values."
        )
        raise StepFailed({"step": hazard.step, "kind": "poisoned", "message": message})

    async def _original(self, claim: Claim) -> Original:
        """The event of a run that waited in the store, and what the run has done so far."""
        if claim.payload is not None:
            payload, claim.payload = claim.payload, None
            return Original(orjson.loads(payload), [], 0, None)
        stored = await patient(lambda: self._db.read(lambda tx: run_store.stored_run(tx, claim.id)))
        return self._masking.original(claim.project_id, stored)

    def _end(self, claim: Claim, run: Run, ending: Ending, response: Json) -> None:
        def told(woken: Sequence[Woken] | BaseException | None) -> None:
            if isinstance(woken, BaseException):
                self._try_again(woken, partial(self._end, claim, run, ending, response))
                return
            self._scheduler.forget(claim)
            if woken is None:
                return  # it was canceled meanwhile, and that was told
            for waiting in woken:
                self._scheduler.admit(waiting.flow_id, waiting.project_id)
            self._endings.durable(claim, ending, response)

        then = None
        if ending.status is not RunStatus.canceled and (
            claim.parent_run_id is not None or self._endings.has_events(claim.project_id, ending)
        ):
            then = partial(self._ended, claim=claim, plan=run.plan, ending=ending)
        slot = None if claim.order_key is None else OrderSlot(claim.flow_id, claim.order_key)
        self._run_queue.finish(End(claim.id, ending, then, slot), told)

    def _ended(self, tx: Tx, claim: Claim, plan: Plan, ending: Ending) -> Sequence[Woken]:
        """In the transaction of a run's end: its events, and the run that waits for it, woken."""
        self._endings.tell(tx, claim, plan, ending)
        if claim.parent_run_id is None:
            return ()
        woken = run_store.wake_one(tx, claim.parent_run_id)
        self._telling.resumed(tx, woken)
        return woken

    def _suspend(
        self, claim: Claim, plan: Plan, ending: Ending, response: Json, resume_at: float | None
    ) -> None:
        def told(over: bool | BaseException | None) -> None:
            if isinstance(over, BaseException):
                self._try_again(over, partial(self._suspend, claim, plan, ending, response, resume_at))
                return
            self._scheduler.forget(claim)
            if over is None:
                return  # it was canceled meanwhile
            self._endings.announce(claim.id, claim.project_id, claim.flow_id, RunStatus.waiting)
            self._endings.answer(claim.id, response)
            if over:
                self._scheduler.admit(claim.flow_id, claim.project_id)
            elif resume_at is not None:
                self._alarm.set(resume_at)

        def then(tx: Tx, over: bool) -> None:
            self._telling.waits(tx, claim, plan, ending)
            if over:
                self._telling.resumed(tx, [Woken(claim.flow_id, claim.project_id, claim.id)])

        self._run_queue.suspend(claim.id, ending, then, told)

    def release_order_slots(self) -> None:
        """After runs were ended from outside: the runs that hold a slot now are queued."""

        def told(woken: list[Woken] | BaseException) -> None:
            if isinstance(woken, BaseException):
                self._try_again(woken, self.release_order_slots)
                return
            for run in woken:
                self._scheduler.admit(run.flow_id, run.project_id)

        self._db.submit(ordering.release_all, told)

    def _try_again(self, error: BaseException, again: Callable[[], None]) -> None:
        """It could not be stored. What was done must not be forgotten: it is tried again, and if we
        stop before that, the next start finds the run as it was."""
        log.error("the result of a run could not be stored: %s", error, exc_info=unexpected(error))
        if not self._stopped:
            clock.call_later(AGAIN, again)

    # -- the host of a run --------------------------------------------------------------------------

    async def context(self, run: Run, step: PlannedAction, key: str, resume: Json) -> Context:
        return await self._make_context(run, step, key, resume)

    def context_at_once(self, run: Run, step: PlannedAction, key: str) -> Context:
        return context_at_once(run, step, key)

    async def evaluate_apart(self, run: Run, key: str, work: Work[T]) -> T:
        """Evaluate costly expressions in a thread; that they were begun is durable before they are."""
        await patient(lambda: self._db.submit(partial(hazards.begin, run_id=run.id, step=key)))
        try:
            return await apart(work, run.evaluation.noted)
        finally:
            # Also when the run is canceled meanwhile. Durable before any effect of the run begins.
            await asyncio.shield(
                patient(lambda: self._db.submit(partial(hazards.done, run_id=run.id, step=key)))
            )

    async def checkpoint(self, run: Run) -> None:
        """The effects so far are durable, and the run is stored as running, before the next begins.

        While the store cannot write (a full disk), the run waits: what it did is known here alone.
        """
        response, plan = run.response, run.plan
        taken = self._endings.taken(run)
        run.response = None
        done = Checkpoint(
            run.id, plan.project_id, plan.flow_id, run.environment, clock.now_iso(), taken.number,
            taken.entry, taken.response, taken.sealed, taken.effects,
        )  # fmt: skip
        began = clock.monotonic()
        if not await patient(lambda: self._run_queue.checkpoint(done)):
            raise Canceled
        if (waited := clock.monotonic() - began) > AGAIN:
            run.deadline += waited  # not the run's fault
        run.marked = True
        self._endings.answer(run.id, response)

    async def pause(self, run: Run) -> None:
        if run.response is not None:
            await self.checkpoint(run)  # whoever waits for it need not wait for the rest
        await clock.pause()

    def broke(self, run: Run, key: str, action: str, error: Exception) -> None:
        where = (key, run.id, action, traceback_of(error, run.secrets))
        log.error("step %s of run %s: %s raised\n%s", *where)

    def used_connection(self, run: Run, name: str, error: str | None) -> None:
        self._used(run.plan.project_id, name, error)

    def step_begins(self, run: Run, record: Record) -> None:
        run.begun[record["name"]] = record
        topic = f"run:{run.id}"
        if self._live.watched(topic):
            self._live.publish(topic, _step_message(run, _running(record)))

    def step_done(self, run: Run, record: Record) -> None:
        self._endings.measure(run, record)
        topic = f"run:{run.id}"
        if self._live.watched(topic):
            self._live.publish(topic, _step_message(run, shown(run.shown(record))))

    # -- from outside -------------------------------------------------------------------------------

    def at_work(self, run_id: str) -> Json:
        """The path and the steps of a run that is in our hands, those that are being tried now among
        them: more than the store knows. None when it is not."""
        run = self._runs.get(run_id)
        if run is None:
            return None
        now = [record for key, record in run.begun.items() if run.journal.recorded(key) is not record]
        done = run.journal.shown(run.shown)
        return {"path": list(run.path), "steps": done, "now": [_running(record) for record in now]}

    def cancel(self, run_id: str, message: str) -> None:
        """Interrupt a run that the store has as canceled; `message` says why to who waits for its answer."""
        self._scheduler.cancel(run_id)
        run = self._runs.get(run_id)
        if run is not None:
            run.stop()
        self._waiters.answer(run_id, {"ended": RunStatus.canceled, "error": {"message": message}})


def _step_message(run: Run, step: Record) -> Record:
    return {"type": "step", "run_id": run.id, "path": run.path, "step": step}


def _running(record: Record) -> Record:
    """A step that is being tried, as the API shows steps. Not its input: no secret is cut out of it yet."""
    known = {name: record[name] for name in ("name", "type", "piece", "action", "attempts")}
    return shown({**known, "status": "running"})


def _is_canceled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _broke_off(fault: BaseException) -> Record:
    known = isinstance(fault, SwitchyardError)
    message = str(fault) if known else f"Switchyard could not continue this run: {type(fault).__name__}."
    return {"step": None, "kind": "internal", "message": message}
