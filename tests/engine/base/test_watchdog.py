"""The watchdog: what blocks the event loop is named, and nothing else is."""

import asyncio
import logging
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from types import ModuleType

import pytest

from engine.base import watchdog
from engine.base.watchdog import Stall, Watchdog
from tests.support.waiting import DEADLINE, polled, until

CODE = """
async def fetch():
    block()

async def wait(event):
    await event.wait()
"""


class Noticed(logging.Handler):
    """Lets whoever blocks the loop go once that is in the log."""

    def __init__(self) -> None:
        super().__init__()
        self.blocked = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        if "is blocked" in record.msg:
            self.blocked.set()

    def block(self) -> None:
        """Block the loop until somebody notices."""
        assert self.blocked.wait(DEADLINE)
        self.blocked.clear()


@pytest.fixture
def noticed() -> Iterator[Noticed]:
    made = Noticed()
    watchdog.log.addHandler(made)
    yield made
    watchdog.log.removeHandler(made)


@pytest.fixture
def piece(noticed: Noticed) -> ModuleType:
    """A module of a piece, whose function blocks in code of somebody else's."""
    made = ModuleType("acme_slow.client")
    made.__dict__["block"] = noticed.block
    exec(compile(CODE, "acme_slow/client.py", "exec"), made.__dict__)
    return made


@pytest.fixture
async def watched(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Watchdog, list[Stall]]]:
    """A watchdog of the test's loop, and what it reports."""
    monkeypatch.setattr(watchdog, "BLOCKED", 0.2)
    monkeypatch.setattr(watchdog, "_BETWEEN", 0.01)
    stalls: list[Stall] = []
    made = Watchdog({"acme_slow": "slow"}, stalls.append)
    made.start()
    yield made, stalls
    await made.stop()


async def test_a_piece_that_blocks_the_loop_is_named_with_the_line(
    watched: tuple[Watchdog, list[Stall]], piece: ModuleType, caplog: pytest.LogCaptureFixture
) -> None:
    made, stalls = watched
    await piece.fetch()
    await until(lambda: stalls)
    assert (stalls[0].piece, stalls[0].where) == ("slow", "client.py:3 in fetch")
    assert stalls[0].seconds >= 0.2
    assert made.stalls == {"slow": stalls[0]}
    assert "the event loop is blocked by the piece slow, in client.py:3 in fetch" in caplog.text
    await piece.fetch()
    await until(lambda: len(stalls) == 2)
    assert stalls[1].count == 2


async def test_what_is_no_piece_is_logged_without_one(
    watched: tuple[Watchdog, list[Stall]], noticed: Noticed, caplog: pytest.LogCaptureFixture
) -> None:
    _, stalls = watched
    noticed.block()
    await until(lambda: stalls)
    assert stalls[0].piece == ""
    assert "the event loop is blocked, in " in caplog.text


async def test_a_piece_that_waits_as_it_should_is_not_to_blame(
    watched: tuple[Watchdog, list[Stall]], piece: ModuleType
) -> None:
    """A machine that sleeps, or a process that is stopped, gives no sign of life either."""
    made, _ = watched
    event, ident = asyncio.Event(), threading.get_ident()
    waiting = asyncio.ensure_future(piece.wait(event))

    def blames_nobody() -> bool:
        return made._culprit(sys._current_frames()[ident]) is None

    assert await asyncio.to_thread(polled, blames_nobody)
    event.set()
    await waiting


async def test_it_ends_with_its_loop() -> None:
    made = Watchdog({}, lambda _: None)
    made.start()
    thread = made._thread
    assert thread is not None and thread.daemon
    await made.stop()
    assert not thread.is_alive()


async def test_one_that_was_never_started_stops() -> None:
    await Watchdog({}, lambda _: None).stop()
