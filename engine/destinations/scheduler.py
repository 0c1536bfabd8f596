"""The scheduler of deliveries: fills lanes from the store, wakes them when due, assigns free places."""

import asyncio
import heapq
import logging
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from itertools import count

from engine.base import clock
from engine.base.errors import unexpected
from engine.store.database import Database

from . import delivery_store
from .delivery_store import Due
from .lanes import LOW, WINDOW, DeliveryLane, Heard, Waiting

TRUSTED = 200
"""Requests on their way to targets that took the last delivery."""
SUSPECT = 100
"""Requests on their way to targets that did not, or that are slow."""
MOST_ON_THEIR_WAY = TRUSTED + 2 * SUSPECT
"""Requests of all destinations at the same time: those that turn out slow are moved to the suspects' places,
which may be taken already."""
SLOW = 1.0
"""Seconds after which a request's place is taken from those for suspects."""
MEMORY = 32_000_000
"""Bytes of events that wait in memory, of all lanes together."""
_KNOWN = 4 * WINDOW
_PROBES = 4  # deliveries that a lane in trouble holds in memory
_LONGEST = 30.0  # seconds between two looks at the clock, which somebody may set

log = logging.getLogger("switchyard.destinations")

Begin = Callable[[DeliveryLane, "list[Waiting]", bool], None]
"""`begin(lane, deliveries, suspect)` sends them; `Dispatch.landed` is called once there is an answer."""


class Dispatch:
    """All lanes. Everything here happens on the event loop."""

    def __init__(self, db: Database, begin: Begin) -> None:
        self._db = db
        self._begin = begin
        self.lanes: dict[str, DeliveryLane] = {}
        self.flying = [0, 0]
        """Requests on their way: to trusted targets, to suspects."""
        self._ready: tuple[deque[DeliveryLane], deque[DeliveryLane]] = (deque(), deque())
        self._heap: list[tuple[float, int, DeliveryLane]] = []
        self._order = count()
        self._timer: clock.Timer | None = None
        self._timer_at = 0.0
        self._tasks: set[asyncio.Task[None]] = set()
        self._events: dict[str, Heard] = {}
        self._memory = 0
        self._wall = clock.WallWatch()
        self._closed = False

    def close(self) -> None:
        """Begin nothing more."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        for task in self._tasks:
            task.cancel()

    # -- in -------------------------------------------------------------------------------------

    def arrive(self, found: dict[str, list[Due]]) -> None:
        """New deliveries, stored just now."""
        now = clock.now()
        for destination_id, dues in found.items():
            lane = self.lanes.get(destination_id)
            if lane is None or not lane.active:
                continue
            if lane.stored or lane.refilling or now < lane.breaker.paused_until:
                lane.stored = True
            else:
                self._place(lane, dues)
            self.look(lane)
        self.pump()

    def look(self, lane: DeliveryLane) -> None:
        """See what the lane can do now, and otherwise when to look again. `pump` lets it."""
        if not lane.active or lane.deleted or self._closed:
            return
        now = clock.now()
        ready_at = lane.ready_at(now)
        if ready_at > now:
            if lane.breaker.paused_until > now:
                self.drop(lane)
            self.wake(lane, ready_at)
            return
        low = len(lane.window) < LOW and len(lane.known) < _KNOWN
        if lane.stored and low and not lane.refilling:
            self._refill(lane)
        self._list(lane)

    def wake(self, lane: DeliveryLane, at: float) -> None:
        """Look at the lane again at that time, if not before."""
        if lane.wake_at is None or at < lane.wake_at:
            lane.wake_at = at
            heapq.heappush(self._heap, (at, next(self._order), lane))
            self._arm()

    def tick(self) -> None:
        """Wake what is due."""
        now = clock.now()
        self._timer = None
        moved = self._wall.moved()
        if moved:
            for lane in self.lanes.values():
                lane.clock_set(moved)
        if moved < 0:
            self._set_back(now)
        while self._heap and self._heap[0][0] <= now:
            at, _, lane = heapq.heappop(self._heap)
            if lane.wake_at == at:
                lane.wake_at = None
                lane.stored = True
                lane.unblock(now)
                self.look(lane)
        self.pump()
        self._arm()

    def _set_back(self, now: float) -> None:
        """Go by the new time of a clock that was set back: pauses last no longer for it, and what waits for
        another try is tried at once."""
        log.warning("the clock was set back: deliveries follow the new time")
        self._heap.clear()
        for lane in self.lanes.values():
            lane.wake_at = None
            self.wake(lane, lane.ready_at(now))

        def told(error: object) -> None:
            if isinstance(error, BaseException):
                log.error("deliveries could not be put forward", exc_info=error)
            for lane in self.lanes.values():
                lane.blocked.clear()
                lane.stored = True
                self.look(lane)
            self.pump()

        self._db.submit_to(delivery_store.hasten, clock.to_iso(now), told)

    def drop(self, lane: DeliveryLane) -> None:
        """Keep nothing of the lane in memory but what is on its way: the store has it."""
        gone = [*lane.window, *(one for parked in lane.parked.values() for one in parked)]
        lane.window.clear()
        lane.parked.clear()
        self.let_go(lane, gone)
        lane.stored = True

    def let_go(self, lane: DeliveryLane, gone: Iterable[Waiting]) -> None:
        """These are in memory no more."""
        for one in gone:
            lane.known.discard(one.id)
            if lane.refilling:
                lane.left.add(one.id)
            event = one.event
            event.users -= 1
            if not event.users:
                self._events.pop(event.id, None)
                self._memory -= len(event.envelope or b"")

    # -- out ------------------------------------------------------------------------------------

    def pump(self) -> None:
        """Begin what may begin, lane after lane."""
        for suspect, most in ((0, TRUSTED), (1, SUSPECT)):
            ready = self._ready[suspect]
            while ready and self.flying[suspect] < most:
                lane = ready.popleft()
                lane.listed = False
                now = clock.now()
                taken = lane.take() if lane.room(now) > 0 and not self._closed else []
                if taken:
                    if lane.options.rate_per_s:
                        lane.next_at = max(lane.next_at, now) + len(taken) / lane.options.rate_per_s
                    lane.running += 1
                    self.flying[suspect] += 1
                    self._begin(lane, taken, bool(suspect))
                self.look(lane)

    def landed(self, lane: DeliveryLane, suspect: bool) -> None:
        """A request has come back."""
        lane.running -= 1
        self.flying[suspect] -= 1

    # -- inside ---------------------------------------------------------------------------------

    def _list(self, lane: DeliveryLane) -> None:
        if not lane.listed and lane.window and lane.room(clock.now()) > 0:
            lane.listed = True
            self._ready[0 if lane.trusted else 1].append(lane)

    def _place(self, lane: DeliveryLane, dues: Iterable[Due]) -> None:
        for due in dues:
            if due.id in lane.known or due.id in lane.left or due.order_key in lane.blocked:
                continue
            if len(lane.window) >= WINDOW:
                lane.stored = True
                return
            lane.known.add(due.id)
            lane.window.append(Waiting(due.id, self._heard(due), due.attempts, due.tries, due.order_key))

    def _heard(self, due: Due) -> Heard:
        event = self._events.get(due.event_id)
        if event is None:
            keep = due.envelope is not None and self._memory + due.size <= MEMORY
            envelope = due.envelope if keep else None
            event = Heard(due.event_id, due.action, due.created, due.lineage, envelope)
            self._events[due.event_id] = event
            self._memory += len(envelope or b"")
        event.users += 1
        return event

    def _refill(self, lane: DeliveryLane) -> None:
        lane.refilling = True
        task = asyncio.get_running_loop().create_task(self._load(lane))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _load(self, lane: DeliveryLane) -> None:
        """Bring due deliveries from the store into the window, oldest first. Those in hand are among the
        first rows, so the limit leaves room for them."""
        lane.stored = False
        limit = (_PROBES if lane.breaker.open else WINDOW) + len(lane.known)
        now = clock.to_iso(clock.now() + 0.002)  # a time lost part of a millisecond when it was stored
        try:
            question = partial(
                delivery_store.due, destination_id=lane.id, now=now, limit=limit, ordered=lane.ordered
            )
            found, later = await self._db.read(question)
        except Exception as error:
            message = "the deliveries of destination %s could not be read: %s"
            log.error(message, lane.id, error, exc_info=unexpected(error))
            found, later = [], clock.to_iso(clock.now() + 5)
        if len(found) >= limit:
            lane.stored = True
        if lane.active and not lane.deleted and clock.now() >= lane.breaker.paused_until:
            self._place(lane, found)
        elif found:
            lane.stored = True
        lane.left.clear()
        lane.refilling = False
        if later is not None:
            self.wake(lane, clock.from_iso(later))
        self.look(lane)
        self.pump()

    def _arm(self) -> None:
        """One timer, for whatever is due first."""
        while self._heap and self._heap[0][2].wake_at != self._heap[0][0]:
            heapq.heappop(self._heap)
        if not self._heap or self._closed:
            return
        at = self._heap[0][0]
        if self._timer is not None and self._timer_at <= at:
            return
        if self._timer is not None:
            self._timer.cancel()
        pause = at - clock.now()
        pause = min(pause + 0.001, _LONGEST) if pause > 0 else 0.0
        self._timer_at = at
        self._timer = clock.call_later(pause, self.tick)
