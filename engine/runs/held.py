"""Held events: a disabled flow stores what it is sent, and runs it once it is enabled.

    hold → (group commit) → … enabled, or released by hand … → queue.put, in the order of arrival → a run

An event is verified and deduplicated before it is held. Releasing stores the run and deletes the held event
in one transaction, so that a crash in between loses and repeats nothing. While a flow is enabled and still
releases, what arrives is held behind the rest; for the last few, arrivals wait a moment.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from functools import partial
from typing import Any

import orjson

from engine.base import clock
from engine.base.actor import Actor, Permission
from engine.base.errors import Conflict, NotFound, Overloaded, SwitchyardError, Unavailable
from engine.base.ids import new_id
from engine.base.payloads import HeldData, flow_ref
from engine.base.secrets import Vault, VaultError
from engine.base.settings import Settings
from engine.base.types import Json
from engine.store import held_store, paging
from engine.store.database import Database
from engine.store.emit import Emit
from engine.store.errors import StoreError
from engine.store.held_store import HeldFlow, HeldSummary, NewHeld, StoredHeld
from engine.store.paging import Page
from engine.store.run_store import NewRun
from engine.store.tx import Tx

from .masking import shown_event
from .plan import Plan
from .plans import Found
from .queue import Accepted, Queue

log = logging.getLogger("switchyard.held")

Flows = list[HeldFlow]
NewRuns = list[Accepted]

_BATCH = 64  # events released in one commit
_ROUNDS = 5  # times that arrivals are held behind the rest, before they have to wait
_LATER = 60  # seconds after which a sender may try again, when a flow holds as many events as it may
_PATIENCE = 5.0  # seconds that an arrival waits for the last held events
_SOON = 5  # seconds after which its sender may try again
_MOMENT = 0.002  # seconds between two looks at whether the last arrivals are held
_LAST = "hld_~"  # behind every id


def is_held(accepted: Accepted) -> bool:
    """Whether an event is held, and not a run."""
    return accepted.run_id.startswith("hld_")


class HeldEvents:
    """Holds, releases and discards. One for the process."""

    def __init__(
        self,
        db: Database,
        vault: Vault,
        queue: Queue,
        settings: Settings,
        published: Callable[[str], Awaitable[Found | None]],
        emit: Emit,
    ) -> None:
        self._db = db
        self._vault = vault
        self._queue = queue
        self._settings = settings
        self._published = published
        self._emit = emit
        self._releases: dict[str, asyncio.Task[int]] = {}
        self._again: set[str] = set()
        """Flows that changed while they were released."""
        self._gates: dict[str, asyncio.Event] = {}
        self._arriving: Counter[str] = Counter()
        self._holding: set[str] = set()
        """Flows that hold something; some may hold nothing any more."""
        self._stopped = True

    async def start(self) -> None:
        """Release what enabled flows still hold: the process ended in the middle of it."""
        self._stopped = False
        for flow in await self._db.read(held_store.by_flow):
            self._holding.add(flow.flow_id)
            self.changed(flow.flow_id)

    async def stop(self) -> None:
        """Release nothing more; the rest stays held."""
        self._stopped = True
        tasks = [*self._releases.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def changed(self, flow_id: str) -> None:
        """A flow was enabled, disabled, published or deleted: if it is enabled now, release what it holds."""
        if self._stopped or flow_id not in self._holding:
            return
        if flow_id in self._releases:  # it may have looked before the change
            self._again.add(flow_id)
        else:
            self._begin(flow_id)  # at once: the next event must not overtake those that are held

    # -- in -------------------------------------------------------------------------------------------

    def is_releasing(self, flow_id: str) -> bool:
        """Whether the flow releases what it held, so that what arrives must not overtake it."""
        return flow_id in self._releases

    async def put(self, run: NewRun, *, enabled: bool) -> Accepted:
        """Hold the event of a new run whose flow is disabled, or still releases; the id of the held event
        (`is_held`) is in place of the run's.

        Raises `Overloaded` when the flow holds as many events as it may.
        """
        flow_id = run.flow_id
        if enabled and flow_id in self._gates:
            await self._pass(self._gates[flow_id])
        if enabled and flow_id not in self._releases:
            return await self._queue.put(run)
        (accepted,) = await self._arrive(flow_id, self._hold_all([run]), enabled=enabled)
        return accepted

    async def _arrive(self, flow_id: str, holding: Coroutine[Any, Any, NewRuns], *, enabled: bool) -> NewRuns:
        """Hold events, so that a release waits for them; and look whether they are to be released at once."""
        self._arriving[flow_id] += 1
        self._holding.add(flow_id)
        try:
            accepted = await holding
        finally:
            self._arriving[flow_id] -= 1
            if not self._arriving[flow_id]:
                del self._arriving[flow_id]
        if not enabled and await self._is_enabled(flow_id):  # it was enabled while this was stored
            self.changed(flow_id)
        return accepted

    async def put_all(self, runs: Sequence[NewRun], *, enabled: bool) -> NewRuns:
        """The same for the runs of one request, all of one flow: all of them or none."""
        if not runs:
            return []
        flow_id = runs[0].flow_id
        if enabled and flow_id in self._gates:
            await self._pass(self._gates[flow_id])
        if enabled and flow_id not in self._releases:
            return await self._queue.put_all(runs)
        return await self._arrive(flow_id, self._hold_all(runs), enabled=enabled)

    async def _pass(self, gate: asyncio.Event) -> None:
        try:
            async with clock.timeout(_PATIENCE):
                await gate.wait()
        except TimeoutError:
            raise Overloaded(
                "This flow is running the events that it held. Send the event again later.", retry_after=_SOON
            ) from None

    async def _hold_all(self, runs: Sequence[NewRun]) -> NewRuns:
        items = []
        for run in runs:
            await self._queue.describe(run)
            run.id = new_id("hld")
            items.append(self._item(run))

        def hold(tx: Tx) -> list[str]:
            found = [one.id for one in held_store.hold(tx, items)]
            ids = [id for id in found if id is not None]
            if len(ids) < len(items):
                raise Overloaded(
                    "This flow is disabled and holds as many events as it can. Send the event again later.",
                    retry_after=_LATER,
                )
            return ids

        try:
            ids = await self._db.submit(hold)
        except StoreError as error:
            raise Unavailable("The event could not be stored. Send it again later.") from error
        return [Accepted(id, duplicate=id != run.id) for id, run in zip(ids, runs, strict=True)]

    def _item(self, run: NewRun) -> NewHeld:
        return NewHeld(
            run,
            self._vault.seal(run.payload, "held", run.project_id, run.id),
            self._settings.max_held,
            self._settings.max_held_bytes,
            lambda tx: self._tell(tx, "flow.event.held", run.project_id, run.flow_id, 1, None),
        )

    # -- out ------------------------------------------------------------------------------------------

    async def release(self, actor: Actor, flow_id: str) -> int:
        """Run what a flow of the actor's project holds, in the order of arrival, also while it is disabled;
        how many. What arrives meanwhile stays held if the flow is disabled. Raises `NotFound`, and `Conflict`
        for a flow that is not published any more."""
        actor.require(Permission.edit)
        await self._check(actor, flow_id)
        found = await self._published(flow_id)
        if found is None:
            raise Conflict("This flow has no published version. Publish it, then release its events.")
        total = 0
        while (task := self._releases.get(flow_id)) is not None:
            total += await asyncio.shield(task)
        return total + await asyncio.shield(self._begin(flow_id, actor))

    async def discard(self, actor: Actor, flow_id: str, ids: Sequence[str] | None = None) -> int:
        """Delete what a flow of the actor's project holds, of `ids` where they are given; how many. Raises
        `NotFound`."""
        actor.require(Permission.edit)
        project_id = await self._check(actor, flow_id)
        total, more = 0, 1

        def change(tx: Tx) -> int:
            count = held_store.discard(tx, project_id, flow_id, ids)
            if count:
                self._tell(tx, "flow.event.discarded", project_id, flow_id, count, actor)
            return count

        while more:
            more = await self._db.write(change)
            total += more
        return total

    def _begin(self, flow_id: str, actor: Actor | None = None) -> "asyncio.Task[int]":
        """The release of a flow that is under way, or a new one."""
        task = self._releases.get(flow_id)
        if task is None:
            task = asyncio.get_running_loop().create_task(self._release(flow_id, actor))
            self._releases[flow_id] = task
            task.add_done_callback(partial(self._ended, flow_id))
        return task

    def _ended(self, flow_id: str, task: "asyncio.Task[int]") -> None:
        if task.cancelled() or (error := task.exception()) is None:
            return
        level = logging.WARNING if isinstance(error, SwitchyardError) else logging.ERROR
        log.log(level, "the held events of flow %s could not be released", flow_id, exc_info=error)
        if not self._stopped:
            clock.call_later(_LATER, self.changed, flow_id)

    async def _release(self, flow_id: str, actor: Actor | None) -> int:
        total, by_hand = 0, actor is not None
        try:
            if not by_hand and not await self._is_enabled(flow_id):
                return 0
            for _ in range(_ROUNDS):
                done = await self._drain(flow_id, new_id("hld"), by_hand=by_hand)
                total += done
                if done < _BATCH:
                    break
            if await self._is_enabled(flow_id):
                self._gates[flow_id] = asyncio.Event()
                while self._arriving[flow_id]:
                    await clock.pause(_MOMENT)
                total += await self._drain(flow_id, _LAST, by_hand=by_hand)
                left, _ = await self._db.read(lambda tx: held_store.size_of(tx, flow_id))
                if not left and not self._arriving[flow_id]:
                    self._holding.discard(flow_id)
        finally:
            self._releases.pop(flow_id, None)
            if flow_id in self._again:
                self._again.discard(flow_id)
                self.changed(flow_id)
            gate = self._gates.pop(flow_id, None)
            if gate is not None:
                gate.set()
        if total:
            await self._released(flow_id, total, actor)
        return total

    async def _is_enabled(self, flow_id: str) -> bool:
        found = await self._published(flow_id)
        return found is not None and found.enabled

    async def _released(self, flow_id: str, events: int, actor: Actor | None) -> None:
        def tell(tx: Tx) -> None:
            row = held_store.project_of(tx, flow_id)
            if row is not None:
                self._tell(tx, "flow.event.released", row[0], flow_id, events, actor)

        await self._db.write(tell)

    async def _drain(self, flow_id: str, before: str, *, by_hand: bool) -> int:
        """Release events whose ids are smaller than `before`; how many. It ends early where the flow is
        disabled meanwhile, unless it is done by hand."""
        total, after = 0, ""
        while True:
            batch = await self._db.read(
                partial(held_store.oldest, flow_id=flow_id, after=after, before=before, limit=_BATCH)
            )
            found = await self._published(flow_id)
            if not batch or found is None or not (found.enabled or by_hand):
                return total
            runs = [run for held in batch if (run := self._run(found.plan, held)) is not None]
            total += await self._put(runs)
            after = batch[-1].id

    async def _put(self, runs: list[NewRun]) -> int:
        """Store runs in their order, waiting while the backlog is full; how many were held until now."""
        while True:
            try:
                results = await self._queue.put_in_order(runs)
                break
            except Overloaded as busy:
                await clock.sleep(busy.retry_after)
        for result in results:
            if isinstance(result, BaseException) and not isinstance(result, Conflict):
                raise result
        return sum(not isinstance(result, BaseException) for result in results)  # others were discarded

    def _run(self, plan: Plan, held: StoredHeld) -> NewRun | None:
        """The run that an event becomes; None for one that cannot be opened, which stays held."""
        try:
            payload = self._vault.open(held.content, "held", plan.project_id, held.id)
        except VaultError as error:
            log.error("the held event %s of flow %s stays held: %s", held.id, plan.flow_id, error)
            return None
        run_id = new_id("run")

        def release(tx: Tx) -> None:
            if not held_store.release(tx, plan.flow_id, held, run_id):
                raise Conflict("This event is no longer held.")

        return NewRun(
            run_id, plan.project_id, plan.flow_id, plan.version_id, plan.version, held.trigger, payload,
            orjson.loads(payload), clock.now_iso(), lineage=held.lineage, then=release, origin="released",
        )  # fmt: skip

    # -- for people -----------------------------------------------------------------------------------

    async def list(
        self,
        project_id: str,
        flow_id: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
        *,
        since: str | None = None,
    ) -> Page[HeldSummary]:
        """Held events of a project, or of one flow, in the order in which they would be released. `since`
        (received then or later) is ISO 8601, as the store writes it."""
        after, size = paging.decode(cursor), paging.check_limit(limit)
        rows = await self._db.read(
            lambda tx: held_store.page(tx, project_id, flow_id, after, size + 1, since)
        )
        return paging.page(rows, size, lambda row: row.id)

    async def flows(self, project_id: str) -> Flows:
        """How much each flow of a project holds, the one that holds for longest first."""
        return await self._db.read(lambda tx: held_store.by_flow(tx, project_id))

    async def count(self, project_id: str, flow_id: str | None = None) -> int:
        """How many events a project, or one flow, holds."""
        if flow_id is None:
            return await self._db.read(lambda tx: held_store.count(tx, project_id))
        count, _ = await self._db.read(lambda tx: held_store.size_of(tx, flow_id))
        return count

    async def get(self, project_id: str, id: str) -> tuple[HeldSummary, Json]:
        """A held event, without what mask paths hide. Raises `NotFound`, and `Conflict` when the key of the
        instance was changed."""
        found = await self._db.read(lambda tx: held_store.get(tx, project_id, id))
        if found is None:
            raise NotFound("There is no such held event in this project.")
        summary, content = found
        try:
            event: Any = orjson.loads(self._vault.open(content, "held", project_id, id))
        except VaultError as error:
            raise Conflict(f"This event cannot be opened: {error.message}") from error
        flow = await self._published(summary.flow_id)
        mask = None if flow is None else flow.plan.mask_of(summary.trigger)
        return summary, event if mask is None else shown_event(mask, event)

    # -- inside ---------------------------------------------------------------------------------------

    async def _check(self, actor: Actor, flow_id: str) -> str:
        """The project of a flow, which is the actor's. Raises `NotFound`."""
        row = await self._db.read(lambda tx: held_store.project_of(tx, flow_id))
        if row is None or row[0] != actor.project_id:
            raise NotFound("There is no such flow in this project.")
        return str(row[0])

    def _tell(
        self, tx: Tx, action: str, project_id: str, flow_id: str, events: int, actor: Actor | None
    ) -> None:
        row = held_store.project_of(tx, flow_id)
        name = str(row[1]) if row is not None else flow_id
        data: HeldData = {"flow": flow_ref(flow_id, name), "events": events}
        self._emit(tx, action, data, actor, project_id)
