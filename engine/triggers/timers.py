"""Timers by the wall clock, which hold also when the clock is set.

APScheduler wakes a timer up. It looks at the clock only when it goes to sleep, so that a clock set back by a
day would silence it for a day: every ten seconds all timers are compared with the clock, and whether the
clock moved otherwise than time did.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, timedelta
from functools import partial
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger

from engine.base import clock

log = logging.getLogger("switchyard.triggers")

NextAfter = Callable[[float], float | None]
"""The first time later than a given one, in Unix seconds; None when no more come."""

Fire = Callable[[], Coroutine[Any, Any, None]]

_PULSE = 10.0  # seconds between two looks at the clock


@dataclass
class _Timer:
    next_after: NextAfter
    fire: Fire
    due: float  # Unix seconds
    job: Any = None


class _Scheduler(AsyncIOScheduler):  # type: ignore[misc]
    """APScheduler's, asleep by `base.clock`."""

    _timeout: clock.Timer | None = None

    def _start_timer(self, wait_seconds: float | None) -> None:
        self._stop_timer()
        if wait_seconds is not None:
            self._timeout = clock.call_later(wait_seconds, self.wakeup)

    def _stop_timer(self) -> None:
        if self._timeout is not None:
            self._timeout.cancel()
            self._timeout = None


class Timers:
    """Calls `fire` of each timer at its times. One that is late is called once for all that passed."""

    def __init__(self) -> None:
        self._scheduler = _Scheduler(timezone=UTC)
        self._timers: dict[str, _Timer] = {}
        self._wall = clock.WallWatch()
        self._watch: asyncio.Task[None] | None = None
        self._firing: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        self._scheduler.start()
        self._wall = clock.WallWatch()
        self._watch = asyncio.get_running_loop().create_task(self._look_again(), name="timers")

    async def stop(self) -> None:
        """Fire no more; what is firing is canceled."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        self._timers.clear()
        tasks = [*self._firing, *([self._watch] if self._watch is not None else ())]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def arm(self, id: str, next_after: NextAfter, fire: Fire, *, at_once: bool = False) -> None:
        """Set a timer, in the place of one with the same id; `at_once` fires it now as well."""
        self.disarm(id)
        now = clock.now()
        due = now if at_once else next_after(now)
        if due is not None:
            self._timers[id] = _Timer(next_after, fire, due)
            self._wait(id)

    def disarm(self, id: str) -> None:
        """Fire no more under this id."""
        timer = self._timers.pop(id, None)
        if timer is not None:
            self._wait_no_more(timer)

    def due(self, id: str) -> float | None:
        """When a timer fires next, in Unix seconds; None where none is set."""
        timer = self._timers.get(id)
        return None if timer is None else timer.due

    def ids(self) -> set[str]:
        return set(self._timers)

    def look(self) -> None:
        """Compare all timers with the clock: those that are late fire, and when it was set all go by it."""
        now = clock.now()
        was_set = bool(self._wall.moved())
        if was_set:
            log.warning("the clock was set: all schedules and polls follow the new time")
        for id, timer in list(self._timers.items()):
            if timer.due <= now:
                self._wait(id)
            elif was_set:
                due = timer.next_after(now)
                timer.due = timer.due if due is None else due
                self._wait(id)

    async def _look_again(self) -> None:
        while True:
            await clock.sleep(_PULSE)
            self.look()

    def _wait(self, id: str) -> None:
        timer = self._timers[id]
        self._wait_no_more(timer)
        # APScheduler reads the clock itself: it is given how long, not when.
        wait = timedelta(seconds=max(0.0, timer.due - clock.now()))
        try:
            at = clock.utc() + wait
        except OverflowError:
            return  # in no time that a calendar has
        timer.job = self._scheduler.add_job(partial(self._wake, id), DateTrigger(at), misfire_grace_time=None)

    def _wait_no_more(self, timer: _Timer) -> None:
        if timer.job is not None and self._scheduler.get_job(timer.job.id) is not None:
            timer.job.remove()
        timer.job = None

    async def _wake(self, id: str) -> None:
        timer = self._timers.get(id)
        if timer is None:
            return
        now = clock.now()
        if timer.due > now:  # woken early
            self._wait(id)
            return
        due = timer.next_after(now)
        if due is None:
            self.disarm(id)
        else:
            timer.due = due
            self._wait(id)
        # In a task of its own: APScheduler would report a stop as an error of its job.
        task = asyncio.get_running_loop().create_task(timer.fire())
        self._firing.add(task)
        task.add_done_callback(self._firing.discard)
