"""The embedded queue: accepted runs, durable before anybody is told, begun in a fair order.

`put` returns when the run is committed. A run then waits in its flow's *lane*: the first few in
memory with their event, the rest only in the store, so memory does not grow with the backlog. Lanes
take turns; a lane, and a project, runs no more at a time than its limit.

    put → (group commit) → lane.window → take → … → done
               └→ too many in memory: lane.stored, loaded again when the window runs low
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from . import clock, run_store
from .database import Database
from .errors import Busy, Unavailable
from .models import RunStatus
from .run_store import NewRun, Stored
from .settings import Settings

_WINDOW = 256  # runs of one flow that wait in memory
_WINDOW_BYTES = 64_000  # a larger event waits in the store, and is loaded when its turn comes


@dataclass(slots=True, eq=False)
class Claim:
    """A run that is this process's to do."""

    id: str
    project_id: str
    flow_id: str
    version_id: str
    version: int
    environment: str
    trigger: str
    created: str
    lineage: tuple[str, ...] = ()
    event: Any = None
    loaded: bool = False  # `event` is there, and there is no journal to read
    running: bool = False  # stored as running
    repeats: bool = False
    active_ms: int = 0
    parent_run_id: str | None = None
    canceled: bool = False


@dataclass(slots=True, eq=False)
class Lane:
    """The runs of one flow."""

    flow_id: str
    project: "ProjectLoad"
    limit: int
    running: int = 0
    promised: int = 0  # stored as running, about to be placed
    window: deque[Claim] = field(default_factory=deque)
    stored: int = 0  # queued runs that are only in the store
    arrivals: int = 0  # counts puts, to tell a refill what came meanwhile
    refilling: bool = False
    listed: bool = False  # stands among the lanes that may go, or that their project holds

    @property
    def idle(self) -> bool:
        """Nothing is here, and nothing is on its way."""
        return not (
            self.running or self.promised or self.window or self.stored or self.refilling or self.listed
        )


@dataclass(slots=True, eq=False)
class ProjectLoad:
    running: int = 0
    held: list[Lane] = field(default_factory=list)  # lanes that wait for the project's limit


class Accepted(NamedTuple):
    run_id: str
    duplicate: bool


class Queue:
    """The port to durable runs. `start` recovers what an earlier process left."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self._db = db
        self._settings = settings
        self._lanes: dict[str, Lane] = {}
        self._projects: dict[str, ProjectLoad] = {}
        self._ready: deque[Lane] = deque()
        self._idle: deque[asyncio.Future[None]] = deque()
        self._claims: dict[str, Claim] = {}
        self._refills: set[asyncio.Task[None]] = set()
        self._closed = True
        self.backlog = 0  # accepted and not begun
        self.recovered = 0
        self.limit_of: Callable[[str], int | None] = lambda _version_id: None  # a flow's own limit

    async def start(self) -> None:
        """Recovery re-queues and never executes: what was running passes the same way as the new."""

        def work(connection: sqlite3.Connection) -> tuple[int, list[tuple[str, str, int]]]:
            return run_store.recover(connection), run_store.backlog(connection)

        self.recovered, waiting = await self._db.submit(work)
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

    # -- in -------------------------------------------------------------------------------------

    async def put(self, run: NewRun) -> Accepted:
        """Make a run durable. Raises `Busy` when the backlog is full, before anything is stored."""
        if self._closed:
            raise Unavailable("Switchyard is stopping.")
        if self.backlog >= self._settings.max_backlog:
            raise Busy(f"{self.backlog:,} events are waiting; come back later.", retry_after=5)
        lane = self._lane(run.flow_id, run.project_id, run.version_id)
        # With a free place it begins at once, and is stored as running: no second write to say so.
        begins = not lane.window and not lane.stored and lane.running + lane.promised < lane.limit
        status = RunStatus.running if begins else RunStatus.queued
        self.backlog += 1
        lane.promised += begins
        try:
            first = await self._db.submit_to(run_store.accept, (run, status))
        except BaseException:
            self.backlog -= 1
            raise
        finally:
            lane.promised -= begins
        if first != run.id:
            self.backlog -= 1
            return Accepted(first, duplicate=True)
        self._place(lane, run, begins)
        return Accepted(run.id, duplicate=False)

    def admit(self, flow_id: str, project_id: str, count: int = 1) -> None:
        """Runs that the store holds as queued: recovered, resumed."""
        lane = self._lane(flow_id, project_id, None)
        lane.stored += count
        lane.arrivals += 1
        self.backlog += count
        self._refill(lane)

    def _place(self, lane: Lane, run: NewRun, begins: bool) -> None:
        lane.arrivals += 1
        small = len(run.payload) <= _WINDOW_BYTES
        if not begins and (lane.stored or len(lane.window) >= _WINDOW):
            lane.stored += 1
            self._refill(lane)
            return
        claim = Claim(
            run.id, run.project_id, run.flow_id, run.version_id, run.version, run.environment, run.trigger,
            run.created, run.lineage, run.event if small else None, small and run.journal is None, begins,
            parent_run_id=run.parent_run_id,
        )  # fmt: skip
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
        while self._ready:
            lane = self._ready.popleft()
            project = lane.project
            if project.running >= self._settings.project_concurrency:
                project.held.append(lane)
                continue
            lane.listed = False
            if not lane.window or lane.running >= lane.limit:
                continue
            claim = lane.window.popleft()
            self.backlog -= 1
            if claim.canceled:
                self._claims.pop(claim.id, None)
                self._list(lane)
                continue
            lane.running += 1
            project.running += 1
            self._list(lane)
            if lane.stored and len(lane.window) < _WINDOW // 4:
                self._refill(lane)
            return claim
        return None

    def done(self, claim: Claim) -> None:
        """The run ended or waits: its place is free."""
        self._claims.pop(claim.id, None)
        lane = self._lanes[claim.flow_id]
        lane.running -= 1
        lane.project.running -= 1
        if lane.project.held:
            held, lane.project.held = lane.project.held, []
            for other in held:
                other.listed = False
                self._list(other)
        self._list(lane)
        if lane.idle:
            self._lanes.pop(lane.flow_id, None)

    def cancel(self, run_id: str) -> None:
        """A run that waits in memory is not begun any more."""
        claim = self._claims.get(run_id)
        if claim is not None:
            claim.canceled = True

    @property
    def running(self) -> int:
        return sum(lane.running for lane in self._lanes.values())

    # -- inside ---------------------------------------------------------------------------------

    def _lane(self, flow_id: str, project_id: str, version_id: str | None) -> Lane:
        lane = self._lanes.get(flow_id)
        if lane is None:
            project = self._projects.setdefault(project_id, ProjectLoad())
            lane = self._lanes[flow_id] = Lane(flow_id, project, self._settings.flow_concurrency)
        if version_id is not None:
            lane.limit = self.limit_of(version_id) or self._settings.flow_concurrency
        return lane

    def _list(self, lane: Lane) -> None:
        """Let the lane take its turn, and wake somebody for it."""
        if lane.listed or not lane.window or lane.running >= lane.limit:
            return
        lane.listed = True
        self._ready.append(lane)
        while self._idle:
            taker = self._idle.popleft()
            if not taker.done():
                taker.set_result(None)
                return

    def _refill(self, lane: Lane) -> None:
        if lane.refilling or self._closed or len(lane.window) >= _WINDOW // 4:
            return
        lane.refilling = True
        task = asyncio.get_running_loop().create_task(self._load(lane))
        self._refills.add(task)
        task.add_done_callback(self._refills.discard)

    async def _load(self, lane: Lane) -> None:
        """Bring runs of the store into the window. Those in memory are among the first rows, so the
        limit leaves room for them."""
        try:
            seen = lane.arrivals
            limit = _WINDOW + len(lane.window) + lane.running
            found = await self._db.read(lambda session: run_store.queued(session, lane.flow_id, limit))
            fresh = [stored for stored in found if stored.id not in self._claims]
            for stored in fresh:
                claim = _claim(stored)
                self._claims[stored.id] = claim
                lane.window.append(claim)
            lane.stored = max(0, lane.stored - len(fresh))
            if not fresh and seen == lane.arrivals:
                self.backlog -= lane.stored  # they were canceled meanwhile
                lane.stored = 0
        finally:
            lane.refilling = False
        self._list(lane)
        if lane.stored and not lane.window:
            self._refill(lane)


def _claim(stored: Stored) -> Claim:
    return Claim(
        stored.id, stored.project_id, stored.flow_id, stored.version_id, stored.version, stored.environment,
        stored.trigger, stored.created, stored.lineage, None, False, False, stored.repeats, stored.active_ms,
        stored.parent_run_id,
    )  # fmt: skip


class Alarm:
    """Wakes waiting runs when their time comes; sleeps until the first is due."""

    def __init__(self, db: Database, queue: Queue) -> None:
        self._db = db
        self._queue = queue
        self._due: float | None = None
        self._changed = asyncio.Event()

    def set(self, at: float) -> None:
        """A run waits until `at` (Unix seconds)."""
        if self._due is None or at < self._due:
            self._due = at
            self._changed.set()

    async def ring_forever(self) -> None:
        """Until it is cancelled."""
        while True:
            await self._ring()
            pause = None if self._due is None else max(0.0, self._due - clock.now())
            self._changed.clear()
            try:
                async with asyncio.timeout(pause):
                    await self._changed.wait()
            except TimeoutError:
                pass

    async def _ring(self) -> None:
        now = clock.now_iso()

        def work(connection: sqlite3.Connection) -> tuple[list[tuple[str, str]], str | None]:
            return run_store.wake_due(connection, now), run_store.next_due(connection)

        self._due = None
        woken, due = await self._db.submit(work)
        for flow_id, project_id in woken:
            self._queue.admit(flow_id, project_id)
        if due is not None:
            moment = clock.from_iso(due)
            self._due = moment if self._due is None else min(self._due, moment)
