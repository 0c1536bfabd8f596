"""What deleting a flow means for its open runs, and for runs of other flows that waited for them."""

from engine.base.actor import Actor
from engine.store.deleted_store import Removed
from engine.store.tx import Tx

from .run_events import RunEvents
from .scheduler import Scheduler
from .worker import Worker


class FlowDeletions:
    """`authoring.flows.Deletions`: writes the events of these runs, then stops or resumes them."""

    def __init__(self, scheduler: Scheduler, worker: Worker, events: RunEvents) -> None:
        self._scheduler = scheduler
        self._worker = worker
        self._events = events

    def deleting(self, tx: Tx, removed: Removed, actor: Actor) -> None:
        """In the transaction of the deletion: the events of the runs that it canceled and woke."""
        self._events.canceled(tx, removed.canceled, actor)
        self._events.resumed(tx, removed.woken)

    def deleted(self, removed: Removed) -> None:
        """Once it is committed: interrupt what runs, queue what was woken."""
        for run_id in removed.running:
            self._worker.cancel(run_id, "The flow was deleted.")
        for run in removed.woken:
            self._scheduler.admit(run.flow_id, run.project_id)
        self._worker.release_order_slots()
