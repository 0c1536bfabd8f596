"""The embedded queue: accepted runs, durable before anybody is told, begun in a fair order.

`put` returns when the run is committed. Where there is a free place, what the run does without an effect is
done before that (`beginnings`), and a run that ends so is committed once, finished. Any other waits in its
flow's *lane*: the first few in memory with their event, the rest only in the store, so memory does not grow
with the backlog. Projects take turns, and so do the lanes of a project; neither runs more at a time than its
limit.

    put → begin → (group commit) → lane.window → take → … → done
             │           └→ too many in memory: lane.stored, loaded again when the window runs low
             └→ without an effect: (group commit), and it is over
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from math import inf
from typing import NamedTuple

from engine.base import clock
from engine.base.errors import Overloaded, Unavailable, unexpected
from engine.base.settings import Settings
from engine.store import ordering, run_store
from engine.store.database import Database
from engine.store.errors import StoreError
from engine.store.models import RunStatus
from engine.store.run_store import Arrival, NewRun, Stored
from engine.store.tx import Tx

from .beginnings import Beginnings, Begun
from .lanes import MOST_ASIDE, Claim, FlowLane, Project
from .run import Run

__all__ = ["Accepted", "Claim", "Queue"]

_WINDOW = 256  # runs of one flow that wait in memory
_WINDOW_BYTES = 64_000  # a larger event waits in the store, and is loaded when its turn comes
_AGAIN = 30  # seconds after which a sender may try again when the store could not take an event
_AT_ONCE = 0.02  # seconds that runs which come together may take up before they are stored
_MEMORY = 16_000_000  # bytes of events, of all flows together, that wait in memory

LimitOf = Callable[[str], int | None]
"""How many runs of a version may run at the same time; None when that is not known yet."""
OrderOf = Callable[[NewRun], str | Awaitable[str | None] | None]
"""The ordering key of a new run (`store.ordering`)."""

Describe = Callable[[NewRun], Awaitable[None] | None]
"""Gives a new run its identity, title and labels (`dedupe`, `labels`)."""

Conceal = Callable[[NewRun], Awaitable[None] | None]
"""Hides in a new run what its trigger says (`masking`)."""

log = logging.getLogger("switchyard.queue")


class Accepted(NamedTuple):
    run_id: str
    duplicate: bool


def _not_stored(error: StoreError) -> Unavailable:
    found = Unavailable("The event could not be stored. Send it again later.", retry_after=_AGAIN)
    found.__cause__ = error
    return found


class Queue:
    """The port to durable runs. `start` recovers what an earlier process left."""

    def __init__(
        self,
        db: Database,
        settings: Settings,
        limit_of: LimitOf,
        describe: Describe,
        order_of: OrderOf,
        conceal: Conceal,
        beginnings: Beginnings,
    ) -> None:
        self._db = db
        self._beginnings = beginnings
        self._conceal = conceal
        self._describe = describe
        self._settings = settings
        self._limit_of = limit_of
        self._order_of = order_of
        self._lanes: dict[str, FlowLane] = {}
        self._projects: dict[str, Project] = {}
        self._ready: deque[Project] = deque()
        self._idle: deque[asyncio.Future[None]] = deque()
        self._when_freed: list[Callable[[str], None]] = []
        self._promised = 0
        self._claims: dict[str, Claim] = {}
        self._held = 0  # bytes of events that wait in memory
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = True
        self.backlog = 0  # accepted and not begun
        self.running = 0
        self.recovered = 0
        self._in_line = 0  # at least as many runs wait for their order slot, in the store alone
        self._counted = 0.0  # when that was counted, by the monotonic clock

    async def start(self) -> None:
        """Recovery re-queues and never executes: what was running passes the same way as the new."""

        def work(tx: Tx) -> tuple[int, int, list[tuple[str, str, int]]]:
            recovered = run_store.recover(tx)
            ordering.release_all(tx)
            return recovered, ordering.count(tx), run_store.backlog(tx)

        self.recovered, self._in_line, waiting = await self._db.submit(work)
        self._closed = False
        for flow_id, project_id, count in waiting:
            self.admit(flow_id, project_id, count)

    def close(self) -> None:
        """Take no more, hand out no more; takers get None."""
        self._closed = True
        while self._idle:
            taker = self._idle.popleft()
            if not taker.done():
                taker.set_result(None)
        for task in self._tasks:
            task.cancel()

    # -- in -------------------------------------------------------------------------------------

    async def put(self, run: NewRun) -> Accepted:
        """Make a run durable. Raises `Overloaded` when the backlog is full, before anything is stored."""
        await self._prepare(run)
        if self.backlog + self._in_line >= self._settings.max_backlog:
            await self._check_room()
        return await self._submit(run)

    @property
    def has_room(self) -> bool:
        """Whether it takes a run without looking how many wait for their order slot."""
        return not self._closed and self.backlog + self._in_line < self._settings.max_backlog

    def put_at_once(self, run: NewRun, stored: Callable[[Accepted | BaseException], None]) -> None:
        """`put` for a run of which nothing is to be found out before it is stored
        (`PlannedTrigger.is_usual`), while there is room. `stored` gets what `put` returns or raises, once the
        run is durable."""
        arrival, arrived = self._admit(run, inf)

        def then(first: str | BaseException) -> None:
            arrived(first)
            if isinstance(first, StoreError):
                stored(_not_stored(first))
            elif isinstance(first, BaseException):
                stored(first)
            else:
                stored(Accepted(first, duplicate=first != run.id))

        self._db.submit_silently(run_store.accept, arrival, then)

    async def put_in_order(self, runs: Sequence[NewRun]) -> list[Accepted | BaseException]:
        """Make runs durable, in this order, in as few commits as possible. What hinders one hinders none of
        the others: in its place is what was raised. Raises `Overloaded` when the backlog is full, before
        anything is stored."""
        for run in runs:
            await self._prepare(run)
        if self.backlog + self._in_line >= self._settings.max_backlog:
            await self._check_room()
        until = clock.monotonic() + _AT_ONCE
        # Each is handed in as it is called here, not when it is first awaited.
        return await asyncio.gather(*[self._submit(run, until) for run in runs], return_exceptions=True)

    def _submit(self, run: NewRun, until: float = inf) -> Awaitable[Accepted]:
        """Hand a run to the writer now; to be awaited until it is durable."""
        arrival, arrived = self._admit(run, until)
        # Whoever asked may go meanwhile; the run will be durable and must be done.
        return self._accepted(run, self._db.submit_to(run_store.accept, arrival, arrived))

    def _admit(self, run: NewRun, until: float) -> "tuple[Arrival, Callable[[str | BaseException], None]]":
        """A new run as it is to be stored, and what to call with the id that it is known by then, or what
        the store raised. Nothing is done at once after `until` (monotonic)."""
        lane = self._lane(run.flow_id, run.project_id, run.version_id)
        # With a free place it begins now, and is stored as running or finished: no second write for that.
        begins = self._has_place(lane)
        begun = self._beginnings.begin(run) if begins and clock.monotonic() < until else None
        begins = begins and not (begun is not None and begun.is_over)
        self._expect(lane, run.id, begins, 1)
        if begun is not None:
            return begun.arrival(run), partial(self._arrived, lane, run, begins, begun)
        status = RunStatus.running if begins else RunStatus.queued
        return Arrival(run, status), partial(self._arrived, lane, run, begins, None)

    async def _accepted(self, run: NewRun, stored: "asyncio.Future[str]") -> Accepted:
        try:
            first = await stored
        except StoreError as error:
            raise _not_stored(error) from error
        return Accepted(first, duplicate=first != run.id)

    async def put_all(self, runs: Sequence[NewRun]) -> list[Accepted]:
        """Make several runs durable, all of them or none. Raises `Overloaded` when there is no room for all,
        before anything is stored."""
        if not runs:
            return []
        for run in runs:
            await self._prepare(run)
        if self.backlog + self._in_line + len(runs) > self._settings.max_backlog:
            await self._check_room(len(runs))
        until = clock.monotonic() + _AT_ONCE
        admitted = [self._admit(run, until) for run in runs]
        arrivals = [arrival for arrival, _ in admitted]

        def arrived(first: list[str] | BaseException) -> None:
            for number, (_, tell) in enumerate(admitted):
                tell(first if isinstance(first, BaseException) else first[number])

        try:
            first = await self._db.submit(lambda tx: run_store.accept(tx, arrivals), arrived)
        except StoreError as error:
            raise Unavailable("The events could not be stored. Send them again later.") from error
        return [Accepted(id, duplicate=id != run.id) for id, run in zip(first, runs, strict=True)]

    async def describe(self, run: NewRun) -> None:
        """Give a new run the identity, title and labels that its trigger says, if it says any."""
        describing = self._describe(run)
        if describing is not None:
            await describing

    async def _prepare(self, run: NewRun) -> None:
        """What is to be known of a run before it is stored. Raises `Unavailable`."""
        if self._closed:
            raise Unavailable("Switchyard is stopping.")
        await self.describe(run)
        order_key = self._order_of(run)
        run.order_key = order_key if order_key is None or isinstance(order_key, str) else await order_key
        concealing = self._conceal(run)
        if concealing is not None:
            await concealing

    async def _check_room(self, count: int = 1) -> None:
        """Raises `Overloaded` when there is no room for so many more; counts those in line again, at most
        once a second."""
        if self._in_line and clock.monotonic() - self._counted > 1:
            self._counted = clock.monotonic()
            self._in_line = await self._db.submit(ordering.count)
        waiting = self.backlog + self._in_line
        if waiting + count > self._settings.max_backlog:
            raise Overloaded(f"{waiting:,} events are waiting. Send it again later.", retry_after=5)

    def admit(self, flow_id: str, project_id: str, count: int = 1) -> None:
        """Runs that the store holds as queued: recovered, resumed."""
        lane = self._lane(flow_id, project_id, None)
        lane.stored += count
        lane.arrivals += 1
        self.backlog += count
        self._refill(lane)

    def _has_place(self, lane: FlowLane) -> bool:
        return (
            lane.known
            and not lane.window
            and not lane.stored
            and lane.running + lane.promised < lane.limit
            and lane.aside < MOST_ASIDE
            and self.running + self._promised < self._settings.concurrency
            and lane.project.running + lane.project.promised < self._settings.project_concurrency
            and len(self._idle) > self._promised
        )

    def _expect(self, lane: FlowLane, run_id: str, begins: bool, by: int) -> None:
        """Count a run that is being made durable (1), or is no more (-1)."""
        self.backlog += by
        if by > 0:
            lane.arriving.add(run_id)
        else:
            lane.arriving.discard(run_id)
        if begins:
            lane.promised += by
            lane.project.promised += by
            self._promised += by

    def _arrived(
        self, lane: FlowLane, run: NewRun, begins: bool, begun: Begun | None, first: str | BaseException
    ) -> None:
        """The run is durable; or it is none: a duplicate of the `first`, or it could not be stored."""
        self._expect(lane, run.id, begins, -1)
        if first == run.id and begun is not None:
            self._beginnings.stored(run, begun)
        if first != run.id or (begun is not None and begun.is_over):
            self._drop(lane)
            return
        if not run.in_turn:
            self._in_line += 1
            self._drop(lane)
            return
        self.backlog += 1
        lane.arrivals += 1
        if not begins and (not lane.known or lane.stored or len(lane.window) >= _WINDOW):
            lane.stored += 1
            self._refill(lane)
        else:
            self._place(lane, run, begins, None if begun is None else begun.run)

    def _place(self, lane: FlowLane, run: NewRun, begins: bool, begun: Run | None) -> None:
        size = len(run.payload)
        keep = begins or (size <= _WINDOW_BYTES and self._held + size <= _MEMORY)
        claim = Claim(
            run.id, run.project_id, run.flow_id, run.version_id, run.version, run.environment, run.trigger,
            run.created, run.lineage, run.event if keep else None, keep and run.journal is None, begins,
            parent_run_id=run.parent_run_id, size=size if keep else 0, order_key=run.order_key,
            hidden=run.hidden if keep else frozenset(), begun=begun,
        )  # fmt: skip
        self._held += claim.size
        self._claims[run.id] = claim
        lane.window.append(claim)
        self._list(lane)

    # -- out ------------------------------------------------------------------------------------

    async def take(self) -> Claim | None:
        """The next run whose turn it is; None when the queue is closed."""
        while not self._closed:
            claim = self._next()
            if claim is not None:
                return claim
            idle = asyncio.get_running_loop().create_future()
            self._idle.append(idle)
            await idle
        return None

    def _next(self) -> Claim | None:
        """Projects take turns, and within a project its lanes."""
        while self._ready and self.running < self._settings.concurrency:
            project = self._ready.popleft()
            project.listed = False
            if not project.lanes or project.running >= self._settings.project_concurrency:
                continue
            lane = project.lanes.popleft()
            lane.listed = False
            claim = self._pop(lane)
            self._list(lane)
            self._offer(project)
            if claim is not None:
                return claim
        return None

    def _pop(self, lane: FlowLane) -> Claim | None:
        found = None
        while found is None and lane.window and lane.may_go:
            claim = lane.window.popleft()
            self.backlog -= 1
            self._held -= claim.size
            if claim.canceled:
                self.forget(claim)
            else:
                found = claim
        if found is not None:
            lane.running += 1
            lane.project.running += 1
            self.running += 1
        if lane.stored and len(lane.window) < _WINDOW // 4:
            self._refill(lane)
        self._drop(lane)
        return found

    def done(self, claim: Claim) -> None:
        """The run ended or waits: its place is free."""
        lane = self._lanes[claim.flow_id]
        lane.running -= 1
        lane.project.running -= 1
        self.running -= 1
        for call in self._when_freed:
            call(claim.project_id)
        self._list(lane)
        self._offer(lane.project)
        self._wake()
        self._drop(lane)

    def leave(self, claim: Claim) -> None:
        """The run waits for its turn at a host: its place in the project is free, but not in its flow."""
        lane = self._lanes[claim.flow_id]
        lane.aside += 1
        lane.project.running -= 1
        self.running -= 1
        for call in self._when_freed:
            call(claim.project_id)
        self._offer(lane.project)
        self._wake()

    def come_back(self, claim: Claim) -> None:
        """The run goes on. It waits for no place: what it holds, others may be waiting for."""
        lane = self._lanes[claim.flow_id]
        lane.aside -= 1
        lane.project.running += 1
        self.running += 1
        self._list(lane)

    def is_crowded(self, project_id: str, more: int = 0) -> bool:
        """Whether more than half of the places of a project are taken, with `more` runs besides."""
        project = self._projects.get(project_id)
        running = 0 if project is None else project.running
        return running + more > self._settings.project_concurrency // 2

    def when_freed(self, call: Callable[[str], None]) -> None:
        """Call with the id of a project whenever one of its places becomes free."""
        self._when_freed.append(call)

    @property
    def is_awaited(self) -> bool:
        """Whether a worker is idle."""
        return bool(self._idle)

    def forget(self, claim: Claim) -> None:
        """The store knows how the run ended, or that it waits. Not before: until then the store has it
        as queued or running, and a refill would take it for one still to be done."""
        self._claims.pop(claim.id, None)
        lane = self._lanes.get(claim.flow_id)
        if lane is not None and lane.refilling:
            lane.left.add(claim.id)

    def cancel(self, run_id: str) -> None:
        """A run that waits in memory is not begun any more."""
        claim = self._claims.get(run_id)
        if claim is not None:
            claim.canceled = True

    # -- inside ---------------------------------------------------------------------------------

    def _lane(self, flow_id: str, project_id: str, version_id: str | None) -> FlowLane:
        lane = self._lanes.get(flow_id)
        if lane is None:
            project = self._projects.setdefault(project_id, Project())
            lane = self._lanes[flow_id] = FlowLane(flow_id, project, self._settings.flow_concurrency)
        limit = None if version_id is None else self._limit_of(version_id)
        if limit is not None:
            lane.limit, lane.known = limit, True
        return lane

    def _drop(self, lane: FlowLane) -> None:
        if lane.idle:
            self._lanes.pop(lane.flow_id, None)

    def _list(self, lane: FlowLane) -> None:
        """Let the lane take its turn."""
        if not lane.listed and lane.window and lane.may_go:
            lane.listed = True
            lane.project.lanes.append(lane)
            self._offer(lane.project)

    def _offer(self, project: Project) -> None:
        """Let the project take its turn, and wake somebody for it."""
        if project.listed or not project.lanes or project.running >= self._settings.project_concurrency:
            return
        project.listed = True
        self._ready.append(project)
        self._wake()

    def _wake(self) -> None:
        """Let an idle worker look for a run, if there is any that may go."""
        while self._ready and self._idle:
            taker = self._idle.popleft()
            if not taker.done():
                taker.set_result(None)
                return

    def _refill(self, lane: FlowLane) -> None:
        if lane.refilling or self._closed or len(lane.window) >= _WINDOW // 4:
            return
        lane.refilling = True
        task = asyncio.get_running_loop().create_task(self._load(lane))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _load(self, lane: FlowLane) -> None:
        """Bring runs of the store into the window, oldest first. Those in this process's hands are among
        the first rows, so the limit leaves room for them."""
        seen = lane.arrivals
        limit = _WINDOW + len(lane.window) + lane.running
        try:
            found, own = await self._db.read(partial(_queued, lane.flow_id, limit, lane.known))
        except Exception as error:
            message = "the waiting runs of flow %s could not be read: %s"
            log.error(message, lane.flow_id, error, exc_info=unexpected(error))
            await clock.sleep(1)
            found, own, seen = [], None, -1
        if not lane.known and found:
            lane.limit, lane.known = own or self._settings.flow_concurrency, True
        ours = self._claims.keys() | lane.arriving | lane.left
        fresh = [self._claim(stored) for stored in found if stored.id not in ours]
        self._claims.update((claim.id, claim) for claim in fresh)
        lane.window.extend(fresh)
        # What was counted and is not there was canceled meanwhile; sure only when nothing came between.
        whole = len(found) < limit and seen == lane.arrivals and not lane.left
        stored = 0 if whole else max(0, lane.stored - len(fresh))
        self.backlog += len(fresh) + stored - lane.stored
        lane.stored = stored
        lane.left.clear()
        lane.refilling = False
        self._list(lane)
        if lane.stored and not lane.window:
            self._refill(lane)
        self._drop(lane)

    def _claim(self, stored: Stored) -> Claim:
        payload = stored.payload
        if payload is not None and self._held + len(payload) > _MEMORY:
            payload = None
        size = len(payload or b"")
        self._held += size
        return Claim(
            stored.id, stored.project_id, stored.flow_id, stored.version_id, stored.version,
            stored.environment, stored.trigger, stored.created, stored.lineage, repeats=stored.repeats,
            hazard=stored.hazard, payload=payload, active_ms=stored.active_ms,
            parent_run_id=stored.parent_run_id, size=size, order_key=stored.order_key,
        )  # fmt: skip


def _queued(flow_id: str, limit: int, known: bool, tx: Tx) -> tuple[list[Stored], int | None]:
    found = run_store.queued(tx, flow_id, limit, _WINDOW_BYTES)
    own = None if known or not found else run_store.own_limit(tx, found[-1].version_id)
    return found, own
