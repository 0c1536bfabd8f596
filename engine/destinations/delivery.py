"""The delivery engine: takes events in, sends what is due, records the outcome."""

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import orjson

from engine.base import clock
from engine.base.errors import unexpected
from engine.base.histograms import Histogram
from engine.store.database import Database
from engine.store.models import Destination
from engine.store.patience import patient
from engine.store.tx import Tx

from . import delivery_store, outcome, retry_policy, store
from .circuit_breaker import FAILURES, Breaker
from .fan_out import Fanned, FanOut, FlowAt, behind
from .lanes import DeliveryLane, Waiting
from .message import AttemptResult, Message, Target
from .scheduler import SLOW, Dispatch
from .schema import read_options

_GRACE = 5.0  # seconds that a stop gives to requests on their way
_NOTE_EVERY = 1.0  # seconds between two notes of success on a destination's row
_PAUSE = 0.01  # seconds between two looks for events, so that a busy time gives batches
_LOOK = 2.0  # seconds until a look without news: the command line writes events in a process of its own
_MARGIN = 10.0  # seconds that a sender may overrun its own timeout

log = logging.getLogger("switchyard.destinations")


class Sender(Protocol):
    """What brings messages to a target, and asks a target whether it wants them."""

    async def send(self, target: Target, messages: Sequence[Message]) -> AttemptResult: ...

    async def verify(self, target: Target, method: str) -> AttemptResult: ...


@dataclass(slots=True, eq=False)
class Flight:
    """A request on its way."""

    lane: DeliveryLane
    taken: list[Waiting]
    suspect: bool
    began: float
    """By the event loop's clock."""


class Delivery:
    """Delivers what the outbox holds. `now` and `draw` are the clock and the dice, for tests."""

    def __init__(
        self,
        db: Database,
        sender: Sender,
        open_target: Callable[[Destination], Target],
        flow_at: FlowAt,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._db = db
        self.sender = sender
        self._open_target = open_target
        self._draw = draw
        self.fan_out = FanOut(flow_at)
        self.dispatch = Dispatch(db, self._begin)
        self.outcomes: Counter[str] = Counter()
        self.seconds = Histogram()
        """From an event to its delivery, tries that failed before included."""
        """Tries since the start: delivered, pending (failed, to be tried again), dead, held, cut."""
        self._flights: set[Flight] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._loops: list[asyncio.Task[None]] = []
        self._news = asyncio.Event()
        self._unwatch: Callable[[], None] = lambda: None
        self._closing = False

    # -- life -----------------------------------------------------------------------------------

    async def start(self, rows: Sequence[Destination]) -> None:
        """Go on where an earlier process ended."""

        waiting = await self._db.submit(delivery_store.waiting)
        for row in rows:
            self._lane(row)
        for destination_id, at in waiting:
            lane = self.dispatch.lanes.get(destination_id)
            if lane is not None and lane.active:
                self.dispatch.wake(lane, clock.from_iso(at))
            elif lane is not None:  # the process ended while they were being held
                self._spawn(self._hold(lane))
        self._unwatch = self._db.watch(self._note_commit)
        self._news.set()
        self._loops = [
            asyncio.create_task(self._listen(), name="fan-out"),
            asyncio.create_task(self._see_slow(), name="slow targets"),
        ]

    async def stop(self) -> None:
        """Begin nothing more, and let what is on its way come to an end, for a moment."""
        self._closing = True
        self._unwatch()
        self.dispatch.close()
        for loop in self._loops:
            loop.cancel()
        for loop in self._loops:
            with suppress(asyncio.CancelledError):
                await loop
        if self._tasks:
            _, left = await asyncio.wait(self._tasks, timeout=_GRACE)
            for task in left:
                task.cancel()
            if left:
                await asyncio.wait(left)

    # -- destinations ---------------------------------------------------------------------------

    def changed(self, row: Destination) -> None:
        """A destination is new or has changed, durably."""
        lane = self.dispatch.lanes.get(row.id)
        if lane is None:
            lane = self._lane(row)
        was = lane.active
        lane.options = read_options(orjson.loads(row.options))
        lane.format, lane.target, lane.active = row.format, None, row.status == "active"
        if lane.active:
            lane.breaker = Breaker()  # somebody saw to it: what failed before says nothing
            if not was:
                lane.failing_since = None
            lane.next_at = 0.0
            lane.stored = True
            self.dispatch.look(lane)
            self.dispatch.pump()
        elif was:
            self.dispatch.drop(lane)
            self._spawn(self._hold(lane))
        self._news.set()

    def removed(self, destination_id: str) -> None:
        """A destination is deleted: what was meant for it is wiped."""
        lane = self.dispatch.lanes.pop(destination_id, None)
        if lane is not None:
            lane.active, lane.deleted = False, True
            self.dispatch.drop(lane)
        self._spawn(self._wipe(destination_id))

    def refresh(self, destination_id: str, *, at_once: bool = False) -> None:
        """The store has more to be delivered; `at_once` even to a target that is left in peace just now."""
        lane = self.dispatch.lanes.get(destination_id)
        if lane is not None:
            lane.stored = True
            if at_once:
                lane.breaker.paused_until = 0.0
            self.dispatch.look(lane)
            self.dispatch.pump()

    def busy(self, destination_id: str) -> bool:
        """Whether the lane has as much as it can hold for now, or may not send."""
        lane = self.dispatch.lanes.get(destination_id)
        return lane is not None and (lane.stored or bool(lane.window) or not lane.active)

    def _lane(self, row: Destination) -> DeliveryLane:
        lane = DeliveryLane(row.id, row.project_id, row.format, read_options(orjson.loads(row.options)),
                    row.status == "active")  # fmt: skip
        if row.failing_since is not None:
            lane.failing_since = clock.from_iso(row.failing_since)
            lane.breaker = Breaker(FAILURES - 1)  # it has to show first that it is back
        self.dispatch.lanes[row.id] = lane
        return lane

    async def _hold(self, lane: DeliveryLane) -> None:
        """Hold what is to be delivered, a little at a time, as long as it is not active."""
        more = 1
        while more and not lane.active and not lane.deleted:
            now = clock.now_iso()
            why = "the destination is not active"
            work = partial(
                delivery_store.move,
                destination_id=lane.id,
                before="pending",
                after="held",
                now=now,
                reason=why,
            )
            more = await self._db.submit(work)

    async def _wipe(self, destination_id: str) -> None:
        more = 1
        while more:
            more = await self._db.submit(partial(delivery_store.wipe, destination_id=destination_id))
            await clock.pause(0.01)  # what is accepted meanwhile goes first

    # -- events ---------------------------------------------------------------------------------

    def _note_commit(self) -> None:
        """Events may have been stored; nobody looks for them while there is no destination."""
        if self.dispatch.lanes:
            self._news.set()

    async def _listen(self) -> None:
        """Take events in as they are committed."""
        while True:
            with suppress(TimeoutError):
                async with clock.timeout(_LOOK):
                    await self._news.wait()
            self._news.clear()
            try:
                if await self._behind():
                    fanned = Fanned(more=True)
                    while fanned.more:
                        fanned = await self._db.submit(self.fan_out.take)
                        self.dispatch.arrive(fanned.due)
            except Exception as error:  # an event that makes trouble must not end all deliveries
                message = "events could not be read for delivery; retrying: %s"
                log.error(message, error, exc_info=unexpected(error))
                self._news.set()
                await clock.sleep(1)
            await clock.pause(_PAUSE)

    async def _behind(self) -> bool:
        return bool(self.dispatch.lanes) and await self._db.read(behind)

    # -- sending --------------------------------------------------------------------------------

    def _begin(self, lane: DeliveryLane, taken: list[Waiting], suspect: bool) -> None:
        flight = Flight(lane, taken, suspect, clock.monotonic())
        self._flights.add(flight)
        self._spawn(self._fly(flight))

    async def _fly(self, flight: Flight) -> None:
        lane, taken, started = flight.lane, flight.taken, clock.now()
        answer = None
        try:
            answer = await self._send(lane, taken)
        finally:
            self._flights.discard(flight)
            self.dispatch.landed(lane, flight.suspect)
            if answer is None or answer.kind == "closed":  # it will be sent again, under the same id
                self.dispatch.let_go(lane, taken)
                lane.busy.difference_update(one.key for one in taken if one.key is not None)
                answer = None
        if answer is None:
            return
        lane.slow = clock.monotonic() - flight.began > SLOW
        ended = clock.now()
        if answer.ok:
            lane.breaker.succeeded()
        elif answer.kind != "cut":
            lane.breaker.failed(answer, ended, self._draw)
        self._judge(lane, answer, started, ended)
        drawn = self._draw()  # once: what went in one body comes again in one, under the same id
        for one in taken:
            self._settle(lane, one, answer, started, ended, drawn)
        self.dispatch.look(lane)
        self.dispatch.pump()

    async def _send(self, lane: DeliveryLane, taken: list[Waiting]) -> AttemptResult:
        try:
            async with clock.timeout(lane.options.timeout_s + _MARGIN):
                target = lane.target
                if target is None:
                    row = await self._db.read(lambda tx: tx.session.get(Destination, lane.id))
                    if row is None or row.status == store.GONE:
                        return AttemptResult(False, "closed", error="the destination was deleted")
                    target = lane.target = self._open_target(row)
                messages = [
                    outcome.message(one, one.event.envelope or await self._envelope(one)) for one in taken
                ]
                return await self.sender.send(target, messages)
        except TimeoutError:
            return AttemptResult(False, "timeout", error="there was no response in time")
        except Exception as error:  # a sender that breaks is a failure of this try, and of no other
            log.exception("a delivery to destination %s broke", lane.id)
            return AttemptResult(False, "protocol", error=f"{type(error).__name__} while it was sent")

    async def _envelope(self, one: Waiting) -> bytes:
        found = await self._db.read(lambda tx: store.envelope(tx, one.event.id))
        return found or b"null"  # retention keeps the event of each delivery that is not at its end

    # -- what became of it ----------------------------------------------------------------------

    def _settle(
        self,
        lane: DeliveryLane,
        one: Waiting,
        answer: AttemptResult,
        started: float,
        ended: float,
        drawn: float,
    ) -> None:
        after = retry_policy.after(answer, one.tries + 1, ended, lambda: drawn)
        self.outcomes[after.status] += 1
        if answer.ok:
            self.seconds.observe(ended - clock.from_iso(one.event.created))
        noted = not answer.ok or ended - lane.noted_at >= _NOTE_EVERY
        if noted:
            lane.noted_at = ended if answer.ok else 0.0
        tried = outcome.tried(lane.id, one, answer, after, started, ended, noted)
        try:
            stored = self._db.submit_to(delivery_store.settle, tried)
        except Exception:  # the store is closed: it will be sent again
            return
        stored.add_done_callback(partial(self._settled, lane, one, after.status, after.at))

    def _settled(
        self, lane: DeliveryLane, one: Waiting, status: str, at: float | None, stored: "asyncio.Future[bool]"
    ) -> None:
        """The outcome is durable, or could not be stored: then it is tried again as if it had not been."""
        if stored.cancelled() or stored.exception() is not None:
            log.error("the outcome of delivery %s could not be stored; it is sent again", one.id)
            status, at = "pending", clock.now() + 5
        gone = [one]
        if one.key is not None and lane.ordered:
            if status == "pending" and at is not None:
                gone += lane.block(one.key, at)
            else:
                lane.release(one.key)
        self.dispatch.let_go(lane, gone)
        if at is not None and not lane.deleted:
            self.dispatch.wake(lane, at + 0.001)
        self.dispatch.look(lane)
        self.dispatch.pump()

    def _judge(self, lane: DeliveryLane, answer: AttemptResult, started: float, ended: float) -> None:
        """Switch a destination off that wants nothing more, or that has failed for too long."""
        if answer.ok:
            lane.failing_since = None
            return
        if answer.kind == "cut":
            return
        if lane.failing_since is None:
            lane.failing_since = started
        hours = lane.options.disable_after_h
        if answer.gone:
            reason = "gone: the target answered that it wants nothing more"
        elif ended - lane.failing_since >= hours * 3600:
            reason = f"nothing but failures since {clock.to_iso(lane.failing_since)}"
        else:
            return
        if lane.active:
            lane.active = False
            self.dispatch.drop(lane)
            self._spawn(self._deactivate(lane, reason))

    async def _deactivate(self, lane: DeliveryLane, reason: str) -> None:
        now = clock.now_iso()

        def work(tx: Tx) -> bool:
            self.fan_out.forget()
            return delivery_store.deactivate(tx, lane.id, reason, now)

        await patient(lambda: self._db.submit(work))
        await self._hold(lane)

    async def _see_slow(self) -> None:
        """Take from slow requests the places of those that are not."""
        while True:
            await clock.sleep(SLOW / 2)
            before = clock.monotonic() - SLOW
            for flight in self._flights:
                if not flight.suspect and flight.began < before:
                    flight.suspect = flight.lane.slow = True
                    self.dispatch.flying[0] -= 1
                    self.dispatch.flying[1] += 1
            self.dispatch.pump()

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
