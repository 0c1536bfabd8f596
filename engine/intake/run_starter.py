"""Makes the runs of a request durable, or holds its events; answers a caller who waits for the response."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from engine.base import clock
from engine.base.ids import new_id
from engine.base.redaction import Secret
from engine.base.settings import Settings
from engine.base.types import Json
from engine.http.lineage import HEADER, cut
from engine.runs.dedupe import Identity, identify_own
from engine.runs.plan import Plan, PlannedTrigger
from engine.runs.plans import Found
from engine.runs.queue import Accepted, Queue
from engine.store.run_store import NewRun

from .admission import LIVE, Admission, Arrival
from .answers import IntakeAnswer, accepted_one, as_json, of_run
from .errors import NoResponseWhileDisabled
from .services import IntakeServices
from .variant import Variant

log = logging.getLogger("switchyard.intake")

LINEAGE = HEADER
"""The header in which a flow that sends a request names the flows that led to it."""
LINEAGE_FIELD = LINEAGE.encode()
_DISABLED = 60  # seconds after which a caller of /sync may ask a disabled flow again


Outcome = Callable[[IntakeAnswer | BaseException], None]
"""Receives the answer to a request, or why there is none."""


class RunStarter:
    """Starts runs for the requests at one of the webhook addresses."""

    def __init__(self, queue: Queue, services: IntakeServices, settings: Settings, variant: Variant) -> None:
        self._queue = queue
        self._services = services
        self._settings = settings
        self._draft = variant.draft
        self._responding: set[asyncio.Task[None]] = set()

    def run(
        self,
        plan: Plan,
        trigger: PlannedTrigger,
        event: Json,
        payload: bytes,
        known: Identity,
        chain: tuple[str, ...],
    ) -> NewRun:
        """A run that is not stored yet."""
        run = NewRun(
            new_id("run"),
            plan.project_id,
            plan.flow_id,
            plan.version_id,
            plan.version,
            trigger.name,
            payload,
            event,
            clock.now_iso(),
            "test" if self._draft else "production",
            known.key,
            chain,
        )
        if known.warning:
            run.warn(known.warning)
        return run

    async def several(
        self,
        events: Sequence[tuple[Json, bytes]],
        whole: Identity,
        found: Found,
        trigger: PlannedTrigger,
        chain: tuple[str, ...],
        hidden: frozenset[Secret] = frozenset(),
    ) -> list[NewRun]:
        """Runs for the events of one request, not stored yet; without a `dedupe` of its trigger each has an
        identity by that of the `whole` request. What is `hidden` in the request is hidden in each."""
        runs = []
        for index, (event, payload) in enumerate(events):
            known = Identity(None if whole.key is None else f"{whole.key}:{index}")
            if self._draft:
                known = Identity()
            elif trigger.dedupe is not None:
                known = await identify_own(event, trigger)
            run = self.run(found.plan, trigger, event, payload, known, chain)
            run.hidden = hidden
            runs.append(run)
        return runs

    def put(self, run: NewRun, found: Found, arrival: Arrival) -> Awaitable[Accepted]:
        """Make a run durable; an event that its flow must hold is held instead, and its id is in place of the
        run's."""
        if isinstance(arrival, Admission):
            return arrival.put(run, lambda: self.put(run, found, LIVE))
        held = self._services.held
        if self._draft or (found.enabled and not held.is_releasing(run.flow_id)):
            return self._queue.put(run)
        return held.put(run, enabled=found.enabled)

    def takes_at_once(self, found: Found) -> bool:
        """Whether `put_at_once` takes runs of the flow."""
        return (
            found.enabled
            and not self._services.held.is_releasing(found.plan.flow_id)
            and found.plan.order_key is None
            and self._queue.has_room
        )

    def accept_at_once(self, run: NewRun, outcome: Outcome) -> None:
        """Answer with the run's id once it is durable; nothing is awaited before it is handed to the store
        (`Queue.put_at_once`)."""

        def stored(accepted: Accepted | BaseException) -> None:
            outcome(accepted if isinstance(accepted, BaseException) else accepted_one(accepted))

        self._queue.put_at_once(run, stored)

    def respond_at_once(self, run: NewRun, outcome: Outcome) -> None:
        """The same for a caller of `/sync`: answer with the flow's response. A run that is over when it is
        stored takes no task either."""
        waiter = self._services.waiter(run.id)

        def stored(accepted: Accepted | BaseException) -> None:
            if isinstance(accepted, BaseException):
                waiter.cancel()
                outcome(accepted)
            elif accepted.duplicate or not waiter.done() or waiter.exception() is not None:
                task = asyncio.get_running_loop().create_task(respond(accepted))
                self._responding.add(task)
                task.add_done_callback(self._responding.discard)
            else:
                outcome(of_run(run.id, waiter.result()))

        async def respond(accepted: Accepted) -> None:
            try:
                outcome(await self._response(run.id, accepted, waiter))
            except Exception as error:
                outcome(error)

        try:
            self._queue.put_at_once(run, stored)
        except BaseException:
            waiter.cancel()
            raise

    async def put_all(self, runs: list[NewRun], found: Found, arrival: Arrival) -> list[Accepted]:
        """The same for the runs of one request: all of them or none."""
        if isinstance(arrival, Admission):
            return await arrival.put_all(runs, lambda: self.put_all(runs, found, LIVE))
        held = self._services.held
        if self._draft or (found.enabled and not held.is_releasing(found.plan.flow_id)):
            return await self._queue.put_all(runs)
        return await held.put_all(runs, enabled=found.enabled)

    async def lineage(self, plan: Plan, header: str) -> tuple[tuple[str, ...], str]:
        """The flows that led to a request, and why it starts nothing, if it must not."""
        told = self._services.lineage.read(header)
        reason = cut(told.chain, plan.flow_id)
        if reason:
            await self._services.cut(plan.project_id, told.run_id, plan.flow_id, reason)
            log.info("a request was cut: flow=%s run=%s", plan.flow_id, told.run_id)
        return told.chain, reason

    async def response(self, run: NewRun, found: Found) -> IntakeAnswer:
        """Wait for the flow's response: from a respond action, or the end of the run."""
        if not found.enabled and not self._draft:
            raise NoResponseWhileDisabled(
                "This flow is disabled, so that it has no response. Send to its address without /sync, and "
                "it holds the event until it is enabled.",
                retry_after=_DISABLED,
            )
        waiter = self._services.waiter(run.id)
        try:
            accepted = await self._queue.put(run)
        except BaseException:
            waiter.cancel()
            raise
        return await self._response(run.id, accepted, waiter)

    async def _response(
        self, run_id: str, accepted: Accepted, waiter: "asyncio.Future[Json]"
    ) -> IntakeAnswer:
        try:
            if accepted.duplicate:
                return as_json(200, {"run_id": accepted.run_id, "duplicate": True})
            async with clock.timeout(self._settings.sync_timeout):
                result = await waiter
        except TimeoutError:
            message = f"The run continues, but sent no response within {self._settings.sync_timeout} s."
            return as_json(504, {"run_id": run_id, "error": {"code": "sync_timeout", "message": message}})
        finally:
            waiter.cancel()
        return of_run(run_id, result)
