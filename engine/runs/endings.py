"""What becomes of runs: what there is to store when a stretch of one is over, and who learns of it then."""

from collections.abc import Iterable
from typing import Protocol

from engine.base import clock
from engine.base.histograms import Histogram
from engine.base.journal import Record
from engine.base.pubsub import Live
from engine.base.types import Json
from engine.store.models import RunStatus
from engine.store.ordering import Woken
from engine.store.run_store import Ending, NewRun
from engine.store.tx import Tx
from pieces import Registry

from .lanes import Claim
from .masking import Masking, Taken
from .plan import Plan
from .run import Run, noted
from .waiters import Waiters


class Telling(Protocol):
    """What runs say of themselves, in the transaction that changes them (`run_events`)."""

    def wants(self, project_id: str | None, action: str, /) -> bool: ...

    def begins(self, tx: Tx, claim: Claim, plan: Plan, started: str) -> bool: ...

    def waits(self, tx: Tx, claim: Claim, plan: Plan, ending: Ending) -> None: ...

    def resumed(self, tx: Tx, runs: Iterable[Woken]) -> None: ...

    def ended(self, tx: Tx, run: Claim | NewRun, plan: Plan, ending: Ending) -> None: ...


class Endings:
    """Ends runs, wherever they come to their end: at once, or in a worker's hands."""

    def __init__(
        self, masking: Masking, telling: Telling, live: Live, waiters: Waiters, pieces: Registry
    ) -> None:
        self._without_effect = pieces.without_effect()
        self._masking = masking
        self._telling = telling
        self._live = live
        self._waiters = waiters
        self.completed = 0
        """Runs that ended since the start."""
        self.seconds = Histogram()
        """The time that those took, without what they waited."""
        self.step_seconds = {"no": Histogram(), "yes": Histogram()}
        """The time that actions took, by whether they have an effect; retries included."""

    def taken(self, run: Run) -> Taken:
        """What a run has done and answered since it was stored last; it counts as stored from here on."""
        return self._masking.taken(run.plan.project_id, run.id, run.journal, run.response, run.mask)

    def of(
        self,
        run: Run,
        status: RunStatus,
        error: Record | None,
        began: float,
        started: str,
        *,
        active_ms: int = 0,
        resume_at: float | None = None,
    ) -> Ending:
        """What there is to store of a stretch that is over: it began at `began` (monotonic) or `started`
        (ISO 8601), after others of `active_ms` together."""
        warnings, awaits, acted = len(noted(run.event)), [], False
        for record in run.journal.done.values():
            if "warnings" in record:
                warnings += len(record["warnings"])
            if "action" in record:
                if "awaits" in record:
                    awaits.append(record["awaits"])
                if not acted and record["status"] == "succeeded":
                    acted = (record["piece"], record["action"]) not in self._without_effect
        taken = self.taken(run)
        return Ending(
            status=status,
            path=run.path,
            warnings=warnings,
            unrouted=run.unrouted,
            active_ms=active_ms + int((clock.monotonic() - began) * 1000),
            error=error if run.mask is None else run.mask.error(error),
            at=clock.now_iso(),
            started=started,
            resume_at=None if resume_at is None else clock.to_iso(resume_at),
            entry=taken.entry,
            number=taken.number,
            response=taken.response,
            awaits=awaits,
            sealed=taken.sealed,
            effects=taken.effects,
            no_action=status is RunStatus.succeeded and not acted,
        )

    def has_events(self, project_id: str, ending: Ending) -> bool:
        """Whether the end of a run is to be told in its transaction."""
        return (
            ending.unrouted
            or ending.status is not RunStatus.succeeded
            or self._telling.wants(project_id, "flow.run.finished")
        )

    def tell(self, tx: Tx, run: Claim | NewRun, plan: Plan, ending: Ending) -> None:
        """Store the events of a run's end, in its transaction."""
        self._telling.ended(tx, run, plan, ending)

    def durable(self, run: Claim | NewRun, ending: Ending, response: Json) -> None:
        """The end of a run is stored: whoever waits for it or watches it learns of it."""
        self.completed += 1
        self.seconds.observe(ending.active_ms / 1000)
        self.announce(run.id, run.project_id, run.flow_id, ending.status)
        self.answer(run.id, response)
        ended = {"ended": ending.status, "error": ending.error, "unrouted": ending.unrouted}
        self._waiters.answer(run.id, ended)

    def measure(self, run: Run, record: Record) -> None:
        """Count the time of an action that came to its end."""
        if record["type"] == "action" and record["status"] != "waiting" and "ms" in record:
            effect = "yes" if record["name"] in run.begun else "no"
            self.step_seconds[effect].observe(record["ms"] / 1000)

    def answer(self, run_id: str, response: Json) -> None:
        """What a run answers is stored: send it to those who wait for it. None is no answer yet."""
        if response is not None:
            self._waiters.answer(run_id, {"response": response})

    def announce(self, run_id: str, project_id: str, flow_id: str, status: str) -> None:
        """Let whoever watches the run or its project see where it stands."""
        message = {"type": "run", "run_id": run_id, "flow_id": flow_id, "status": status}
        for topic in (f"run:{run_id}", f"project:{project_id}"):
            if self._live.watched(topic):
                self._live.publish(topic, message)
