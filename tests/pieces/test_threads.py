"""Blocking functions of pieces run in threads: few, with a time limit, and the event loop goes on."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from pieces import Context, Piece, PieceError, Retry
from pieces import _threads as threads
from tests.support.waiting import turns

piece = Piece("blocking", summary="Blocks")


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """What the threads of a test wait for; its end lets them go."""
    made = threading.Event()
    yield made
    made.set()


async def test_the_loop_goes_on_while_a_function_blocks(gate: threading.Event) -> None:
    waiting = asyncio.ensure_future(Context(piece).in_thread(gate.wait))
    await turns(100)
    assert not waiting.done()
    gate.set()
    assert await waiting is True


async def test_arguments_go_in_and_what_is_returned_or_raised_comes_out() -> None:
    ctx = Context(piece)
    assert await ctx.in_thread(int, "ff", base=16) == 255
    with pytest.raises(ValueError, match="invalid literal"):
        await ctx.in_thread(int, "x")
    with pytest.raises(RuntimeError, match="StopIteration"):
        await ctx.in_thread(next, iter(()))


async def test_a_timeout_of_the_function_is_its_own() -> None:
    def late() -> None:
        raise TimeoutError("the database")

    with pytest.raises(TimeoutError, match="the database"):
        await Context(piece).in_thread(late)


async def test_a_piece_has_a_few_threads_and_hangs_no_other(
    gate: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    most, active, lock = 0, 0, threading.Lock()

    def block() -> None:
        nonlocal most, active
        with lock:
            active += 1
            most = max(most, active)
        gate.wait()
        with lock:
            active -= 1

    calls = [asyncio.ensure_future(Context(piece).in_thread(block)) for _ in range(10)]
    other = Context(Piece("quick", summary="Quick"))
    assert await other.in_thread(int, "1") == 1
    gate.set()
    await asyncio.gather(*calls)
    assert most == threads.MOST


async def test_what_takes_too_long_is_given_up_and_keeps_its_place(gate: threading.Event) -> None:
    for _ in range(threads.MOST):
        with pytest.raises(Retry, match=r"blocking: wait did not return within 0\.01 seconds"):
            await threads.in_thread("blocking", 0.01, gate.wait)
    with pytest.raises(Retry, match=r"blocking: wait got none of its 4 threads"):
        await threads.in_thread("blocking", 0.01, gate.wait)
    gate.set()
    assert await threads.in_thread("blocking", 60, int, "7") == 7


async def test_who_is_canceled_leaves_the_thread_to_end_by_itself(gate: threading.Event) -> None:
    waiting = asyncio.ensure_future(Context(piece).in_thread(gate.wait))
    await turns()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    gate.set()
    assert await Context(piece).in_thread(int, "1") == 1


def test_a_piece_error_of_a_thread_is_the_steps() -> None:
    def refuse() -> None:
        raise PieceError("no", field="name")

    with pytest.raises(PieceError, match="no"):
        asyncio.run(Context(piece).in_thread(refuse))
