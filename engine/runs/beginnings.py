"""The beginning of a run: what has no effect is done at once, before the run is stored.

A run that ends so is stored in one write, finished. One that comes to an effect is stored as running, with
what it has decided so far; a worker goes on with it. There is one executor: it is driven here until it would
have to wait, and what it then has in its journal is not done again.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NoReturn, TypeVar

from engine.base import clock
from engine.base.journal import Journal, Record
from engine.base.settings import Settings
from engine.base.types import Json
from engine.expressions import OnLoop, Work
from engine.store.models import RunStatus
from engine.store.run_store import Arrival, Ending, NewRun
from pieces import Context

from .endings import Endings
from .executor import Run, StepFailed, execute
from .masking import RunMask
from .plan import Plan, PlannedAction
from .responses import context_at_once
from .run import NotAtOnce

log = logging.getLogger("switchyard.run")

T = TypeVar("T")

PlanOf = Callable[[NewRun], Plan | None]
"""The plan of a new run, if it is in memory."""


@dataclass(slots=True)
class Begun:
    """A run that was begun and is about to be stored."""

    run: Run
    ending: Ending
    """What it has done; of the status `running` when it goes on."""
    response: Json
    """What it answers, once it is stored."""
    tell: Callable[..., None] | None
    """Stores the events of its end, in its transaction."""

    @property
    def is_over(self) -> bool:
        return self.ending.status is not RunStatus.running

    def arrival(self, new: NewRun) -> Arrival:
        """The run as it is to be stored."""
        return Arrival(new, self.ending.status, self.ending, self.tell)


class Beginnings:
    """Begins new runs. It is the `Host` of a run until that is stored, and lets it wait for nothing."""

    def __init__(
        self,
        plan_of: PlanOf,
        settings: Settings,
        endings: Endings,
        wants: Callable[..., bool],
    ) -> None:
        """`wants` says whether anybody listens to an event of a project (`run_events`)."""
        self._plan_of = plan_of
        self._settings = settings
        self._endings = endings
        self._wants = wants

    def begin(self, new: NewRun) -> Begun | None:
        """Take a new run as far as it goes at once; None for one that must be stored first: it waits for its
        turn, has done something already, or somebody listens to its start."""
        plan = self._plan_of(new)
        if plan is None or new.order_key is not None or new.journal is not None or new.then is not None:
            return None
        if self._wants(new.project_id, "flow.run.started"):
            return None
        began, started = clock.monotonic(), clock.now_iso()
        run = Run(new.id, plan, new.event, new.trigger, Journal(), new.environment, new.lineage)
        run.deadline = began + (plan.timeout or self._settings.run_timeout)
        if new.hidden:
            run.mask = RunMask(new.hidden)
        status, error = RunStatus.succeeded, None
        walk = execute(run, self)
        try:
            walk.send(None)
            status = RunStatus.running  # a piece waits for something of its own
        except StopIteration:
            pass
        except NotAtOnce:
            status = RunStatus.running
        except StepFailed as failed:
            status, error = RunStatus.failed, failed.error
        except Exception:  # a defect of ours: in a worker's hands it ends the run, where it is seen
            log.exception("run %s could not begin at once", new.id)
            return None
        finally:
            walk.close()
        return self._begun(new, run, status, error, began, started)

    def _begun(
        self, new: NewRun, run: Run, status: RunStatus, error: Record | None, began: float, started: str
    ) -> Begun:
        response = run.response
        ending = self._endings.of(run, status, error, began, started)
        run.response, tell = None, None
        if status is RunStatus.running:
            run.evaluation = OnLoop()  # it may be another task that goes on
        if status is not RunStatus.running and self._endings.has_events(new.project_id, ending):
            tell = partial(self._endings.tell, run=new, plan=run.plan, ending=ending)
        return Begun(run, ending, response, tell)

    def stored(self, new: NewRun, begun: Begun) -> None:
        """A run that was begun is stored: whoever waits for it learns what it has come to."""
        if begun.is_over:
            self._endings.durable(new, begun.ending, begun.response)
        else:
            self._endings.answer(new.id, begun.response)

    # -- the host of a run ----------------------------------------------------------------------------

    async def context(self, run: Run, step: PlannedAction, key: str, resume: Json) -> Context:
        if step.connection:
            raise NotAtOnce
        if step.action is None:
            raise NotAtOnce
        return context_at_once(run, step, key)

    def context_at_once(self, run: Run, step: PlannedAction, key: str) -> Context:
        return context_at_once(run, step, key)

    async def evaluate_apart(self, run: Run, key: str, work: Work[T]) -> T:
        raise NotAtOnce

    async def checkpoint(self, run: Run) -> None:
        raise NotAtOnce

    async def pause(self, run: Run) -> None:
        raise NotAtOnce

    def broke(self, run: Run, key: str, action: str, error: Exception) -> NoReturn:
        """A piece may only seem to be at fault, for it finds no task to wait in: a worker calls it again."""
        raise NotAtOnce from error

    def used_connection(self, run: Run, name: str, error: str | None) -> None:
        """No step at the beginning of a run uses one."""

    def step_begins(self, run: Run, record: Record) -> None:
        """Nobody watches a run that is not stored yet."""

    def step_done(self, run: Run, record: Record) -> None:
        """Nobody watches a run that is not stored yet; the step is counted all the same."""
        if record["type"] == "action":
            self._endings.measure(run, record)
