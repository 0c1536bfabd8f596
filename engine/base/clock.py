"""The one source of time: the time of day, elapsed time and timers; and the one form in which times are
stored, shown and compared.

There are two times, and they may drift apart. *Wall* time (`now`) is what gets stored and what survives a
restart; an administrator or NTP may set it forward or back. *Monotonic* time only runs forward and measures
durations, timeouts and timers; it means nothing in another process. Code that compares wall time and sleeps
until a moment must look again from time to time, because the wall clock may have been set meanwhile.

Everything in `engine` and `ui` asks this module and nothing else (ruff's TID251 holds that), so a test can
put a clock of its own in place with `use` and move it. Monotonic time stands still under such a clock, and
so do timers; `pause` does not: it is for the machine, not for the clock.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Protocol


class Timer(Protocol):
    """A call that is due later."""

    def cancel(self) -> None:
        """Forget the call; does nothing once it was made."""
        ...


class Clock(Protocol):
    """Where time comes from."""

    def now(self) -> float: ...

    def monotonic(self) -> float: ...

    def call_later(self, seconds: float, callback: Callable[..., object], *args: Any) -> Timer: ...

    async def sleep(self, seconds: float) -> None: ...

    def timeout(self, seconds: float | None) -> asyncio.Timeout: ...


class SystemClock:
    """The machine's clock, and the timers of the running event loop."""

    now = staticmethod(time.time)
    monotonic = staticmethod(time.monotonic)
    sleep = staticmethod(asyncio.sleep)
    timeout = staticmethod(asyncio.timeout)

    @staticmethod
    def call_later(seconds: float, callback: Callable[..., object], *args: Any) -> Timer:
        return asyncio.get_running_loop().call_later(seconds, callback, *args)


_clock: Clock = SystemClock()


@contextmanager
def use(clock: Clock) -> Iterator[None]:
    """Put another clock in place, in the whole process."""
    global _clock
    before, _clock = _clock, clock
    try:
        yield
    finally:
        _clock = before


# -- reading it ----------------------------------------------------------------------------------------


def now() -> float:
    """Wall time: Unix time in seconds."""
    return _clock.now()


def now_iso() -> str:
    """Wall time as ISO 8601, as `to_iso` writes it."""
    return to_iso(_clock.now())


def utc() -> datetime:
    """Wall time as a datetime in UTC."""
    return datetime.fromtimestamp(_clock.now(), UTC)


def monotonic() -> float:
    """Seconds since an arbitrary moment, never less than before."""
    return _clock.monotonic()


class WallWatch:
    """Notices that somebody set the wall clock: it moved otherwise than time went by."""

    def __init__(self) -> None:
        self._offset = now() - monotonic()

    def moved(self) -> float:
        """Seconds by which it was set forward or (below 0) back since the last call; 0 for less than one."""
        offset = now() - monotonic()
        moved, self._offset = offset - self._offset, offset
        return moved if abs(moved) > _SET else 0.0


_SET = 1.0  # seconds by which the clock may be corrected without anybody having set it


# -- waiting -------------------------------------------------------------------------------------------


async def sleep(seconds: float) -> None:
    """Return after that many seconds of monotonic time."""
    await _clock.sleep(seconds)


def timeout(seconds: float | None) -> asyncio.Timeout:
    """`async with timeout(seconds)`: raise TimeoutError in what takes longer, as `asyncio.timeout` does."""
    return _clock.timeout(seconds)


def call_later(seconds: float, callback: Callable[..., object], *args: Any) -> Timer:
    """Call `callback(*args)` on the running event loop after that many seconds of monotonic time."""
    return _clock.call_later(seconds, callback, *args)


async def pause(seconds: float = 0) -> None:
    """Let other work go first for a moment.

    The seconds are the machine's under every clock: a busy loop needs them to get its work done, and no test
    has to move a clock for it.
    """
    await asyncio.sleep(seconds)


# -- writing it down -----------------------------------------------------------------------------------


def to_iso(seconds: float) -> str:
    """ISO 8601 in UTC with milliseconds: `2026-03-03T10:15:30.000Z`. Sorts as text."""
    whole, fraction = divmod(int(seconds * 1000), 1000)
    return f"{_second(whole)}.{fraction:03d}Z"


def from_iso(text: str) -> float:
    """Unix seconds of an ISO 8601 text; one without an offset is UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


_last: tuple[int, str] = (-1, "")


def _second(whole: int) -> str:
    # strftime once a second, not once a run.
    global _last
    known, text = _last
    if known != whole:
        text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole))
        _last = (whole, text)
    return text
