"""Notices when the event loop is blocked, and by whom: a thread asks it for a sign of life.

Piece code shares the loop with all else. One that computes or waits without letting go (`time.sleep`, a
blocking library) stops every run, page and request for as long. It cannot be interrupted, but it can be
named.
"""

import asyncio
import logging
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import FrameType

from . import clock

log = logging.getLogger("switchyard.watchdog")

BLOCKED = 1.0
"""Seconds without a sign of life after which the loop counts as blocked."""
_BETWEEN = 0.25  # seconds between two questions
_FRAMES = 12  # of the stack, in the log


@dataclass(frozen=True)
class Stall:
    """The event loop was blocked."""

    piece: str
    """By whom; empty where no piece was at work."""
    where: str
    """`client.py:23 in fetch`"""
    at: str
    """When it was noticed, ISO 8601."""
    seconds: float
    count: int = 1
    """How often this piece has blocked it since the start."""


class Watchdog:
    """Watches the loop that it is started on."""

    def __init__(self, modules: Mapping[str, str], blocked: Callable[[Stall], None]) -> None:
        """`modules` leads from the modules of pieces to their names. `blocked` is called on the loop once it
        turns again."""
        self._modules = modules
        self._blocked = blocked
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self.stalls: dict[str, Stall] = {}
        """The last by each piece."""

    def start(self) -> None:
        """Begin to watch the running loop, on whose thread this is called."""
        loop, ident = asyncio.get_running_loop(), threading.get_ident()
        self._thread = threading.Thread(target=self._watch, args=(loop, ident), name="watchdog", daemon=True)
        self._thread.start()

    async def stop(self) -> None:
        """Watch no more; one that was never started is no error. Waits for its thread, which would otherwise
        blame whatever comes after this loop for the loop's silence."""
        self._stopped.set()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)

    # -- on its thread --------------------------------------------------------------------------------

    def _watch(self, loop: asyncio.AbstractEventLoop, ident: int) -> None:
        while not self._stopped.wait(_BETWEEN):
            alive, asked = threading.Event(), time.monotonic()
            try:
                loop.call_soon_threadsafe(alive.set)
                if not alive.wait(BLOCKED):
                    self._look(loop, ident, alive, asked)
            except RuntimeError:  # the loop is closed
                return

    def _look(
        self, loop: asyncio.AbstractEventLoop, ident: int, alive: threading.Event, asked: float
    ) -> None:
        """Say in the log who blocks the loop, at once: it may do so for good. The rest follows later."""
        frame = sys._current_frames().get(ident)
        found = None if frame is None else self._culprit(frame)
        if found is None or alive.is_set():
            return  # it waits for something to do: the whole process was stopped, not the loop
        piece, where = found
        stack = "".join(traceback.format_stack(frame, _FRAMES))
        by = f" by the piece {piece}" if piece else ""
        log.error("the event loop is blocked%s, in %s\n%s", by, where, stack)
        at = clock.now_iso()
        while not alive.wait(_BETWEEN):
            if self._stopped.is_set():
                return
        stall = Stall(piece, where, at, round(time.monotonic() - asked, 1))
        loop.call_soon_threadsafe(self._noted, stall)

    def _culprit(self, frame: FrameType) -> tuple[str, str] | None:
        """The piece that is at work and where, else what is; None when the loop waits for something to do."""
        innermost, at = frame, frame
        is_working = False
        while at is not None:
            name = str(at.f_globals.get("__name__", ""))
            piece = self._piece_of(name)
            if piece:
                return piece, _where(at)
            is_working |= at.f_code.co_name == "_run" and name == "asyncio.events"
            is_working |= bool(at.f_code.co_flags & _COROUTINE)
            following = at.f_back
            if following is None:
                break
            at = following
        return ("", _where(innermost)) if is_working else None

    def _piece_of(self, module: str) -> str:
        while module:
            if module in self._modules:
                return self._modules[module]
            module = module.rpartition(".")[0]
        return ""

    # -- on the loop ----------------------------------------------------------------------------------

    def _noted(self, stall: Stall) -> None:
        before = self.stalls.get(stall.piece)
        if before is not None:
            stall = Stall(stall.piece, stall.where, stall.at, stall.seconds, before.count + 1)
        self.stalls[stall.piece] = stall
        log.error("the event loop turns again, after %.1f s", stall.seconds)
        self._blocked(stall)


_COROUTINE = 0x80 | 0x200  # inspect.CO_COROUTINE and CO_ASYNC_GENERATOR


def _where(frame: FrameType) -> str:
    code = frame.f_code
    return f"{code.co_filename.rpartition('/')[2]}:{frame.f_lineno} in {code.co_name}"
