"""The timer that wakes waiting runs: one for all of them; no task sleeps for a single run."""

import asyncio
import logging
from collections.abc import Callable, Iterable

from engine.base import clock
from engine.base.errors import unexpected
from engine.store import run_store
from engine.store.database import Database
from engine.store.ordering import Woken
from engine.store.tx import Tx

from .scheduler import Scheduler

log = logging.getLogger("switchyard.alarm")


class Alarm:
    """Wakes waiting runs when their time comes; sleeps until the first is due."""

    def __init__(
        self, db: Database, scheduler: Scheduler, resumed: Callable[[Tx, Iterable[Woken]], None]
    ) -> None:
        """`resumed` is told of the runs that are woken, in the transaction that wakes them."""
        self._db = db
        self._scheduler = scheduler
        self._resumed = resumed
        self._wall: clock.WallWatch | None = None
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
            try:
                await self._ring()
            except Exception as error:  # a full disk, say: those who wait must not be forgotten for it
                log.error("waiting runs could not be read: %s", error, exc_info=unexpected(error))
                self._due = clock.now() + 1
            # Not longer than a minute: the machine's clock may be set, or the machine sleep.
            pause = None if self._due is None else min(max(0.0, self._due - clock.now()), 60)
            self._changed.clear()
            try:
                async with clock.timeout(pause):
                    await self._changed.wait()
            except TimeoutError:
                pass

    async def _ring(self) -> None:
        now = clock.now_iso()
        first, self._wall = self._wall is None, self._wall or clock.WallWatch()
        set_back = self._wall.moved() < 0
        if set_back:
            log.warning("the clock was set back: waiting runs are scheduled again")

        def work(tx: Tx) -> tuple[list[Woken], str | None]:
            if set_back or (first and run_store.is_behind(tx, now)):
                woken = run_store.wake_all(tx)
            else:
                woken = run_store.wake_due(tx, now)
            self._resumed(tx, woken)
            return woken, run_store.next_due(tx)

        self._due = None
        woken, due = await self._db.submit(work)
        for run in woken:
            self._scheduler.admit(run.flow_id, run.project_id)
        if due is not None:
            moment = clock.from_iso(due)
            self._due = moment if self._due is None else min(self._due, moment)
