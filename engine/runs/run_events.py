"""What runs say of themselves, each time in the transaction that changes the run.

A good course (started, waiting, resumed, finished) is written only where somebody listens, since there
is a lot of it; a bad end is always written.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from engine.base import payloads
from engine.base.actor import Actor
from engine.events import outbox
from engine.events.listeners import Interest
from engine.store import run_store
from engine.store.models import RunStatus
from engine.store.ordering import Woken
from engine.store.run_store import Ending, NewRun
from engine.store.tx import Tx

from .lanes import Claim
from .plan import Plan


class RunEvents:
    """Writes the events of runs in their transactions. `wants` may be asked on any thread."""

    def __init__(self, interest: Interest) -> None:
        self.wants = interest.wants

    def begins(self, tx: Tx, claim: Claim, plan: Plan, started: str) -> bool:
        """queued → running, and `flow.run.started`, once for a run: not again after a wait or a crash.
        Whether it is stored as running now."""
        if not run_store.mark_begun(tx, claim.id, started):
            return False
        self._tell(tx, ["flow.run.started"], claim, plan, RunStatus.running, started=started)
        return True

    def waits(self, tx: Tx, claim: Claim, plan: Plan, ending: Ending) -> None:
        """`flow.run.waiting`."""
        self._tell(tx, ["flow.run.waiting"], claim, plan, RunStatus.waiting, started=ending.started)

    def resumed(self, tx: Tx, runs: Iterable[Woken]) -> None:
        """`flow.run.resumed` for runs that have just been queued again after a wait."""
        for run in runs:
            if self.wants(run.project_id, "flow.run.resumed"):
                self._tell_stored(tx, run.run_id, ["flow.run.resumed"], None)

    def canceled(self, tx: Tx, run_ids: Iterable[str], actor: Actor | None) -> None:
        """`flow.run.canceled`, and `flow.run.finished` where somebody listens, for runs that have just been
        ended."""
        for run_id in run_ids:
            self._tell_stored(tx, run_id, ["flow.run.canceled", "flow.run.finished"], actor)

    def retried(self, tx: Tx, run_id: str, of: str, actor: Actor) -> None:
        """`flow.run.retried` for the run `run_id`, made of the event of the run `of`."""
        self._tell_stored(tx, run_id, ["flow.run.retried"], actor, triggered_by=of)

    def ended(self, tx: Tx, claim: Claim | NewRun, plan: Plan, ending: Ending) -> None:
        """`flow.run.failed` and `flow.run.unrouted` where they are true, `flow.run.finished` where wanted."""
        actions = ["flow.run.failed"] if ending.status in (RunStatus.failed, RunStatus.timed_out) else []
        if ending.unrouted:
            actions.append("flow.run.unrouted")
        actions.append("flow.run.finished")
        error = ending.error
        self._tell(
            tx, actions, claim, plan, ending.status, created=ending.at, started=ending.started,
            finished=ending.at, duration_ms=ending.active_ms, unrouted=ending.unrouted,
            warnings=ending.warnings,
            error={"step": error.get("step"), "message": error["message"]} if error else None,
        )  # fmt: skip

    def _tell(
        self,
        tx: Tx,
        actions: Sequence[str],
        claim: Claim | NewRun,
        plan: Plan,
        status: str,
        created: str | None = None,
        **more: Any,
    ) -> None:
        wanted = self._wanted(claim.project_id, actions)
        if not wanted:
            return
        data = payloads.run_data(
            id=claim.id,
            flow_id=claim.flow_id,
            version_id=claim.version_id,
            flow_name=plan.flow_name,
            status=status,
            environment=claim.environment,
            triggered_by=claim.trigger,
            **more,
        )
        chain = (*claim.lineage, claim.flow_id)
        for action in wanted:
            outbox.emit(tx, action, data, None, claim.project_id, chain, created)

    def _tell_stored(
        self,
        tx: Tx,
        run_id: str,
        actions: Sequence[str],
        actor: Actor | None,
        triggered_by: str | None = None,
    ) -> None:
        """The same for a run that is in no worker's hands: its facts are read back."""
        row = run_store.facts(tx, run_id)
        wanted = self._wanted(row[1], actions) if row else []
        if row is None or not wanted:
            return
        data = payloads.run_data(
            id=row[0], flow_id=row[2], version_id=row[3], flow_name=row[13] or "", status=row[6],
            environment=row[4], triggered_by=triggered_by or row[5], started=row[7], finished=row[8],
            duration_ms=row[9] if row[8] else None, unrouted=bool(row[10]), warnings=row[11],
        )  # fmt: skip
        chain = (*orjson.loads(row[12]), row[2])
        for action in wanted:
            by = actor if action in BY_SOMEBODY else None
            outbox.emit(tx, action, data, by, row[1], chain)

    def _wanted(self, project_id: str, actions: Sequence[str]) -> list[str]:
        return [action for action in actions if action in ALWAYS or self.wants(project_id, action)]


BY_SOMEBODY = ("flow.run.canceled", "flow.run.retried")
ALWAYS = ("flow.run.failed", "flow.run.unrouted", *BY_SOMEBODY)
"""Events of runs that are written whether anybody listens or not."""
