"""Accepts runs: each is durable before its sender gets an answer, and they begin in a fair order.

`put` returns when the run is committed. Where there is a free place, what the run does without an effect is
done before that (`beginnings`), and a run that ends so is committed once, finished. Any other waits for its
turn.

    put → begin → (run_queue: group commit) → scheduler.place → … its turn
             └→ without an effect: (group commit), and it is over
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from math import inf
from typing import NamedTuple

from engine.base import clock
from engine.base.errors import Overloaded, Unavailable
from engine.base.settings import Settings
from engine.store.errors import StoreError
from engine.store.models import RunStatus
from engine.store.run_store import Arrival, NewRun

from .beginnings import Beginnings, Begun
from .lanes import FlowLane
from .run_queue import RunQueue
from .scheduler import Scheduler

_AGAIN = 30  # seconds after which a sender may try again when the store could not take an event
_AT_ONCE = 0.02  # seconds that runs which come together may take up before they are stored

OrderOf = Callable[[NewRun], str | Awaitable[str | None] | None]
"""The ordering key of a new run (`store.ordering`)."""

Describe = Callable[[NewRun], Awaitable[None] | None]
"""Gives a new run its identity, title and labels (`dedupe`, `labels`)."""

Conceal = Callable[[NewRun], Awaitable[None] | None]
"""Hides in a new run what its trigger says (`masking`)."""


class Accepted(NamedTuple):
    """Under which id an event is known: of a duplicate, the first run's."""

    run_id: str
    duplicate: bool


def _not_stored(error: StoreError) -> Unavailable:
    found = Unavailable("The event could not be stored. Send it again later.", retry_after=_AGAIN)
    found.__cause__ = error
    return found


class Queue:
    """Takes new runs. `start` recovers what an earlier process left."""

    def __init__(
        self,
        run_queue: RunQueue,
        scheduler: Scheduler,
        settings: Settings,
        describe: Describe,
        order_of: OrderOf,
        conceal: Conceal,
        beginnings: Beginnings,
    ) -> None:
        self._run_queue = run_queue
        self._scheduler = scheduler
        self._settings = settings
        self._describe = describe
        self._order_of = order_of
        self._conceal = conceal
        self._beginnings = beginnings
        self._is_open = False
        self.recovered = 0
        self._in_line = 0  # at least as many runs wait for their order slot, in the store alone
        self._counted = 0.0  # when that was counted, by the monotonic clock

    async def start(self) -> None:
        """Recovery re-queues and never executes: what was running passes the same way as the new."""
        left = await self._run_queue.recover()
        self.recovered, self._in_line = left.recovered, left.in_line
        self._is_open = True
        for flow_id, project_id, count in left.queued:
            self._scheduler.admit(flow_id, project_id, count)

    def close(self) -> None:
        """Take no more, and hand out no more."""
        self._is_open = False
        self._scheduler.close()

    @property
    def backlog(self) -> int:
        """Runs that are accepted and not begun, without those that wait for their order slot."""
        return self._scheduler.backlog

    async def put(self, run: NewRun) -> Accepted:
        """Make a run durable. Raises `Overloaded` when the backlog is full, before anything is stored."""
        await self._prepare(run)
        if self.backlog + self._in_line >= self._settings.max_backlog:
            await self._check_room()
        return await self._submit(run)

    @property
    def has_room(self) -> bool:
        """Whether it takes a run without looking how many wait for their order slot."""
        return self._is_open and self.backlog + self._in_line < self._settings.max_backlog

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

        self._run_queue.put_silently(arrival, then)

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
        return self._accepted(run, self._run_queue.put(arrival, arrived))

    def _admit(self, run: NewRun, until: float) -> "tuple[Arrival, Callable[[str | BaseException], None]]":
        """A new run as it is to be stored, and what to call with the id that it is known by then, or what
        the store raised. Nothing is done at once after `until` (monotonic)."""
        scheduler = self._scheduler
        lane = scheduler.lane(run.flow_id, run.project_id, run.version_id)
        # With a free place it begins now, and is stored as running or finished: no second write for that.
        begins = scheduler.has_place(lane)
        begun = self._beginnings.begin(run) if begins and clock.monotonic() < until else None
        begins = begins and not (begun is not None and begun.is_over)
        scheduler.expect(lane, run.id, begins, 1)
        if begun is not None:
            return begun.arrival(run), partial(self._arrived, lane, run, begins, begun)
        status = RunStatus.running if begins else RunStatus.queued
        return Arrival(run, status), partial(self._arrived, lane, run, begins, None)

    async def _accepted(self, run: NewRun, stored: Awaitable[str]) -> Accepted:
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
            first = await self._run_queue.put_all(arrivals, arrived)
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
        if not self._is_open:
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
            self._in_line = await self._run_queue.in_line()
        waiting = self.backlog + self._in_line
        if waiting + count > self._settings.max_backlog:
            raise Overloaded(f"{waiting:,} events are waiting. Send it again later.", retry_after=5)

    def _arrived(
        self, lane: FlowLane, run: NewRun, begins: bool, begun: Begun | None, first: str | BaseException
    ) -> None:
        """The run is durable; or it is none: a duplicate of the `first`, or it could not be stored."""
        scheduler = self._scheduler
        scheduler.expect(lane, run.id, begins, -1)
        if first == run.id and begun is not None:
            self._beginnings.stored(run, begun)
        if first != run.id or (begun is not None and begun.is_over):
            scheduler.drop(lane)
        elif not run.in_turn:
            self._in_line += 1
            scheduler.drop(lane)
        else:
            scheduler.place(lane, run, begins, None if begun is None else begun.run)
