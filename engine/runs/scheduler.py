"""The fair scheduler: which of the runs that wait begins next.

Each flow has a *lane*: the first few runs in memory with their event, the rest only in the store, so memory
does not grow with the backlog. Projects take turns, and so do the lanes of a project; neither runs more at a
time than its limit.

    expect → (the run is stored) → place, or admit → lane.window → take → … → done
                                                └→ too many in memory: lane.stored, claimed again when the
                                                   window runs low
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable

from engine.base import clock
from engine.base.errors import unexpected
from engine.base.settings import Settings
from engine.store.run_store import NewRun, Stored

from .lanes import MOST_ASIDE, Claim, FlowLane, Project
from .run import Run
from .run_queue import LARGEST, Claimed, RunQueue

_WINDOW = 256  # runs of one flow that wait in memory
_MEMORY = 16_000_000  # bytes of events, of all flows together, that wait in memory

LimitOf = Callable[[str], int | None]
"""How many runs of a version may run at the same time; None when that is not known yet."""

log = logging.getLogger("switchyard.scheduler")


class Scheduler:
    """The runs that this process has to do, in the order in which they begin."""

    def __init__(self, run_queue: RunQueue, settings: Settings, limit_of: LimitOf) -> None:
        self._run_queue = run_queue
        self._settings = settings
        self._limit_of = limit_of
        self._lanes: dict[str, FlowLane] = {}
        self._projects: dict[str, Project] = {}
        self._ready: deque[Project] = deque()
        self._idle: deque[asyncio.Future[None]] = deque()
        self._when_freed: list[Callable[[str], None]] = []
        self._promised = 0
        self._claims: dict[str, Claim] = {}
        self._held = 0  # bytes of events that wait in memory
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False
        self.backlog = 0
        """Runs that are accepted and not begun."""
        self.running = 0

    def close(self) -> None:
        """Hand out no more; takers get None."""
        self._closed = True
        while self._idle:
            taker = self._idle.popleft()
            if not taker.done():
                taker.set_result(None)
        for task in self._tasks:
            task.cancel()

    # -- in -------------------------------------------------------------------------------------

    def lane(self, flow_id: str, project_id: str, version_id: str | None) -> FlowLane:
        """The lane of a flow; the limit of the version becomes its own."""
        lane = self._lanes.get(flow_id)
        if lane is None:
            project = self._projects.setdefault(project_id, Project())
            lane = self._lanes[flow_id] = FlowLane(flow_id, project, self._settings.flow_concurrency)
        limit = None if version_id is None else self._limit_of(version_id)
        if limit is not None:
            lane.limit, lane.known = limit, True
        return lane

    def has_place(self, lane: FlowLane) -> bool:
        """Whether a run of this flow may begin at once."""
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

    def expect(self, lane: FlowLane, run_id: str, begins: bool, by: int) -> None:
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

    def place(self, lane: FlowLane, run: NewRun, begins: bool, begun: Run | None) -> None:
        """Let a new run that is durable wait for its turn. It is stored as running where it `begins`; `begun`
        is what it did before it was stored."""
        self.backlog += 1
        lane.arrivals += 1
        if not begins and (not lane.known or lane.stored or len(lane.window) >= _WINDOW):
            lane.stored += 1
            self._refill(lane)
        else:
            self._wait(lane, run, begins, begun)

    def admit(self, flow_id: str, project_id: str, count: int = 1) -> None:
        """Let runs take their turn that the store holds as queued: recovered, resumed."""
        lane = self.lane(flow_id, project_id, None)
        lane.stored += count
        lane.arrivals += 1
        self.backlog += count
        self._refill(lane)

    # -- out ------------------------------------------------------------------------------------

    async def take(self) -> Claim | None:
        """The next run whose turn it is; None once the scheduler is closed."""
        while not self._closed:
            claim = self._next()
            if claim is not None:
                return claim
            idle = asyncio.get_running_loop().create_future()
            self._idle.append(idle)
            await idle
        return None

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
        self.drop(lane)

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

    def drop(self, lane: FlowLane) -> None:
        """Forget a lane with which there is nothing to do."""
        if lane.idle:
            self._lanes.pop(lane.flow_id, None)

    # -- inside ---------------------------------------------------------------------------------

    def _wait(self, lane: FlowLane, run: NewRun, begins: bool, begun: Run | None) -> None:
        size = len(run.payload)
        keep = begins or (size <= LARGEST and self._held + size <= _MEMORY)
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
        self.drop(lane)
        return found

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
            found, own = await self._run_queue.claim(lane.flow_id, limit, with_limit=not lane.known)
        except Exception as error:
            message = "the waiting runs of flow %s could not be read: %s"
            log.error(message, lane.flow_id, error, exc_info=unexpected(error))
            await clock.sleep(1)
            (found, own), seen = Claimed([], None), -1
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
        self.drop(lane)

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
