"""The durable half of the queue: runs from their acceptance to their end, in the store.

`put` stores accepted runs, `claim` reads those of a flow that nobody has begun, `checkpoint`, `suspend` and
`finish` store what becomes of them. Which run begins next is decided elsewhere (`scheduler`).

One process has the embedded store for itself (`store.lease`), so a claim needs no owner and is never renewed:
what was claimed and not finished is queued again when the process starts (`recover`).
"""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import NamedTuple

from engine.store import ordering, run_store
from engine.store.database import Database
from engine.store.models import RunStatus
from engine.store.ordering import Woken
from engine.store.run_store import Arrival, Checkpoint, End, Ending, Stored
from engine.store.tx import Tx

LARGEST = 64_000
"""Bytes of an event that is claimed with its run; a larger one is read when the run begins."""


class Backlog(NamedTuple):
    """What the store holds when a process starts."""

    recovered: int
    """Runs that were running when the last process ended, queued again."""
    in_line: int
    """Runs that wait for their order slot."""
    queued: list[tuple[str, str, int]]
    """Flow, project, how many of its runs are queued."""


class Claimed(NamedTuple):
    """Runs of a flow that are queued, oldest first."""

    runs: list[Stored]
    limit: int | None
    """How many of the flow may run at the same time, where its version says so and it was asked for."""


class RunQueue:
    """The runs of one store."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def recover(self) -> Backlog:
        """Queue again what an earlier process left; nothing is executed for it."""

        def work(tx: Tx) -> Backlog:
            recovered = run_store.recover(tx)
            ordering.release_all(tx)
            return Backlog(recovered, ordering.count(tx), run_store.backlog(tx))

        return await self._db.submit(work)

    # -- in -------------------------------------------------------------------------------------

    def put(self, arrival: Arrival, stored: Callable[[str | BaseException], None]) -> Awaitable[str]:
        """Store a run; to be awaited until it is durable. `stored` gets the id that it is known by, which is
        another run's for a duplicate, or what the store raised, also when nobody awaits it any more."""
        return self._db.submit_to(run_store.accept, arrival, stored)

    def put_silently(self, arrival: Arrival, stored: Callable[[str | BaseException], None]) -> None:
        """`put` where nobody awaits it."""
        self._db.submit_silently(run_store.accept, arrival, stored)

    async def put_all(
        self, arrivals: list[Arrival], stored: Callable[[list[str] | BaseException], None]
    ) -> list[str]:
        """Store several runs, all of them or none."""
        return await self._db.submit(lambda tx: run_store.accept(tx, arrivals), stored)

    async def in_line(self) -> int:
        """How many runs wait for their order slot."""
        return await self._db.submit(ordering.count)

    # -- out ------------------------------------------------------------------------------------

    async def claim(self, flow_id: str, most: int, *, with_limit: bool) -> Claimed:
        """The oldest runs of a flow that are stored as queued or running, and if asked for its limit. Those
        in the scheduler's hands are among them."""

        def read(tx: Tx) -> Claimed:
            runs = run_store.queued(tx, flow_id, most, LARGEST)
            asked = with_limit and bool(runs)
            return Claimed(runs, run_store.own_limit(tx, runs[-1].version_id) if asked else None)

        return await self._db.read(read)

    def checkpoint(self, done: Checkpoint) -> Awaitable[bool]:
        """Store what a run has done so far. False for a run that is open no more."""
        return self._db.submit_to(run_store.checkpoint, done)

    def suspend(
        self,
        run_id: str,
        ending: Ending,
        then: Callable[[Tx, bool], None],
        stored: Callable[[bool | BaseException | None], None],
    ) -> None:
        """Store that a run waits. `then` is called in the same transaction, unless the run is open no more.
        Both get whether the wait is over already; `stored` gets None for a run that is open no more."""

        def work(tx: Tx) -> bool | None:
            over = run_store.suspend(tx, run_id, ending)
            if over is not None:
                then(tx, over)
            return over

        self._db.submit(work, stored)

    def finish(self, end: End, stored: Callable[[Sequence[Woken] | BaseException | None], None]) -> None:
        """Store how a run ended. `stored` gets the runs that it woke, or None if it was open no more. Of a
        run that was canceled, only what it had done is stored."""
        if end.ending.status is RunStatus.canceled:
            self._db.submit(partial(run_store.end_canceled, run_id=end.run_id, ending=end.ending), stored)
        else:
            self._db.submit_to(run_store.end, end, stored)
