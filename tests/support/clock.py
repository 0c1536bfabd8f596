"""A clock that stands still until a test moves it."""

import asyncio
import heapq
import itertools
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from datetime import datetime, tzinfo
from typing import Any, TypeVar
from unittest import mock

from engine.base import clock
from engine.store.database import Database
from tests.support.waiting import idle, quiet

T = TypeVar("T")


class ManualClock:
    """`engine.base.clock.Clock` for tests: both times stand still, and each can be moved by itself.

        clock.advance(60)     a minute goes by: what is due within it is called
        clock.set_wall(26 * 3600)   somebody sets the wall clock 26 h forward: nothing is due by that

    Timers of any event loop are called on that loop, in the order in which they are due, once the clock was
    moved past them; by then the whole step has gone by, as after a machine has slept.
    """

    def __init__(self, at: str = "2026-03-03T10:15:30.000Z") -> None:
        self._wall = clock.from_iso(at)
        self._monotonic = 1000.0
        self._timers: list[ManualTimer] = []
        self._order = itertools.count()
        self._lock = threading.Lock()

    # -- moving it ------------------------------------------------------------------------------------

    def advance(self, seconds: float) -> None:
        """Let time go by."""
        assert seconds >= 0, "time does not run backwards; `set_wall` sets the wall clock back"
        with self._lock:
            self._wall = round(self._wall + seconds, 6)  # what a datetime keeps of it
            self._monotonic = round(self._monotonic + seconds, 6)
            due = []
            while self._timers and self._timers[0].at <= self._monotonic + 1e-9:
                due.append(heapq.heappop(self._timers))
        for timer in due:
            timer.ring()

    async def drive(self, work: Coroutine[Any, Any, T], step: float = 0.1, db: Database | None = None) -> T:
        """What `work` returns: whenever nothing else happens any more, a `step` of seconds goes by. Name the
        store that it writes to: what happens there is waited for."""
        task = asyncio.ensure_future(work)
        while not task.done():
            await (idle() if db is None else quiet(db))
            if not task.done():
                self.advance(step)
        return task.result()

    def set_wall(self, by: float) -> None:
        """Set the wall clock forward (or, below 0, back) by so many seconds, while no time goes by."""
        with self._lock:
            self._wall = round(self._wall + by, 6)

    @property
    def waiting(self) -> list[float]:
        """Seconds until each timer that is armed, the next one first."""
        with self._lock:
            armed = [timer.at for timer in self._timers if not timer.canceled]
        return sorted(round(at - self._monotonic, 6) for at in armed)

    # -- engine.base.clock.Clock --------------------------------------------------------------------------

    def now(self) -> float:
        return self._wall

    def monotonic(self) -> float:
        return self._monotonic

    def call_later(self, seconds: float, callback: Callable[..., object], *args: Any) -> "ManualTimer":
        loop, context = asyncio.get_running_loop(), copy_context()
        with self._lock:
            at = self._monotonic + max(0.0, seconds)
            timer = ManualTimer(at, next(self._order), loop, lambda: context.run(callback, *args))
            if seconds > 0:
                heapq.heappush(self._timers, timer)
        if seconds <= 0:
            timer.ring()
        return timer

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        timer = self.call_later(seconds, lambda: None if done.done() else done.set_result(None))
        try:
            await done
        finally:
            timer.cancel()

    def timeout(self, seconds: float | None) -> asyncio.Timeout:
        return ManualTimeout(self, seconds)


class ManualTimer:
    """A call that is due at a monotonic time."""

    def __init__(
        self, at: float, order: int, loop: asyncio.AbstractEventLoop, call: Callable[[], object]
    ) -> None:
        self.at = at
        self.canceled = False
        self._order = order
        self._loop = loop
        self._call = call

    def cancel(self) -> None:
        self.canceled = True

    def ring(self) -> None:
        """Call it on its loop, unless it is canceled before its turn comes."""
        if not self.canceled and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._run)

    def _run(self) -> None:
        if not self.canceled:
            self.canceled = True
            self._call()

    def __lt__(self, other: "ManualTimer") -> bool:
        return (self.at, self._order) < (other.at, other._order)


class ManualTimeout(asyncio.Timeout):  # type: ignore[misc]  # final, but an interface that is all its own
    """`asyncio.timeout`, whose time comes by a ManualClock."""

    def __init__(self, manual: ManualClock, seconds: float | None) -> None:
        super().__init__(None)
        self._manual = manual
        self._seconds = seconds
        self._timer: ManualTimer | None = None

    async def __aenter__(self) -> "ManualTimeout":
        await super().__aenter__()
        if self._seconds is not None:
            self._timer = self._manual.call_later(self._seconds, self._expire)
        return self

    async def __aexit__(self, *error: Any) -> bool | None:
        if self._timer is not None:
            self._timer.cancel()
        return await super().__aexit__(*error)

    def _expire(self) -> None:
        if not self.expired():
            self.reschedule(asyncio.get_running_loop().time())


class ShiftedClock(clock.SystemClock):
    """The machine's clock; its wall time is so many seconds ahead."""

    def __init__(self, ahead: float) -> None:
        self.now = lambda: time.time() + ahead  # type: ignore[method-assign]


class _Datetime(datetime):
    """APScheduler reads the wall clock by `datetime.now`."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return datetime.fromtimestamp(clock.now(), tz)


@contextmanager
def manual_clock(at: str = "2026-03-03T10:15:30.000Z") -> Iterator[ManualClock]:
    """A clock that stands still, in the whole process. Start what is to live by it within."""
    made = ManualClock(at)
    with clock.use(made), mock.patch("apscheduler.schedulers.base.datetime", _Datetime):
        yield made
