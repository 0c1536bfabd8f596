"""Expressions that an event makes costly: refused before they begin or evaluated beside the event loop, and
given up when they end the process."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from engine.expressions import off_loop
from engine.expressions.functions import Evaluation
from engine.store import hazards
from tests.engine.conftest import Opened
from tests.engine.factories import Harness, Probe, compose, flow, probe, router, step, when
from tests.support.waiting import DEADLINE, until

COSTLY = "length(trigger.body[?@ == `1`])"
EVENT = [1] * 30_000


@pytest.fixture
def turning(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Every evaluation in a thread begins once the event loop has turned a hundred times meanwhile. How often
    there was one."""
    inside: Callable[..., Any] = off_loop._in_thread
    counted: list[int] = []

    def in_thread(loop: asyncio.AbstractEventLoop, work: Any, noted: Any) -> Any:
        for _ in range(100):
            turned = threading.Event()
            loop.call_soon_threadsafe(turned.set)
            assert turned.wait(DEADLINE), "the event loop does not turn"
        counted.append(1)
        return inside(work, noted)

    monkeypatch.setattr(
        off_loop,
        "apart",
        lambda work, noted=None: _apart(in_thread, work, noted),
    )
    monkeypatch.setattr("engine.runs.worker.apart", off_loop.apart)
    yield counted


async def _apart(in_thread: Any, work: Any, noted: Any) -> Any:
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(off_loop._threads(), in_thread, loop, work, noted)


@pytest.mark.parametrize(
    ("expression", "body"),
    [
        ("matches(trigger.body, '(x?){400}y(x+)*z')", "x" * 4_900_000),
        (f"map(&upper(@), [{', '.join(['trigger.body'] * 60)}])", "x" * 1_000_000),
        ("length(trigger.body[?contains('x', to_string(@))]) > `1`", [["x" * 50] * 20] * 2_000),
        ("length(group_by(trigger.body, &to_string(@))) > `1`", list(range(150_000))),
        ("sort(trigger.body)[0] == `0`", list(range(150_000, 0, -1))),
        ("sort_by(trigger.body, &n)[0].n == `0`", [{"n": n} for n in range(60_000)]),
    ],
)
@pytest.mark.slow
async def test_a_costly_condition_is_decided_or_refused_while_the_event_loop_turns(
    place: Harness, turning: list[int], expression: str, body: Any
) -> None:
    branches = router(when("A", expression, "b"), when("B", "`true`", "c"))
    run = await place.run(flow(r=branches, b=compose(1), c=compose(2)), body)
    assert run["status"] == "succeeded", run["error"]
    assert len(turning) == 1, "it was evaluated beside the event loop"
    said = step(run, "r")["warnings"]
    assert run["path"][0] in ("r:A", "r:B")
    if run["path"][0] == "r:B" and said:
        assert "units of work" in said[0] or "longer than" in said[0] or "characters" in said[0]


def test_a_search_that_cannot_be_interrupted_is_refused_before_it_begins() -> None:
    """RE2 holds the thread, and the interpreter with it, until it has done."""
    from engine.expressions import ExpressionError, compile

    held = compile("matches(a, '(x?){400}y(x+)*z')")
    with pytest.raises(ExpressionError, match="units of work"):
        held.value({"a": "x" * 4_900_000}, Evaluation())


# -- a process that an evaluation ends ------------------------------------------------------------------


@pytest.fixture
def deadly(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Evaluations beside the event loop do not end until this is set, and what is noted of them is left as a
    killed process leaves it."""
    gone = asyncio.Event()

    async def apart(work: Any, noted: Any = None) -> Any:
        await gone.wait()
        raise AssertionError("the process has ended")

    monkeypatch.setattr("engine.runs.worker.apart", apart)
    monkeypatch.setattr(hazards, "done", lambda tx, run_id, step: None)
    return gone


async def kill(place: Harness) -> None:
    """End as a killed process does."""
    place.sy.queue.close()
    for task in place.sy.worker._tasks:
        task.cancel()
    await asyncio.gather(*place.sy.worker._tasks, return_exceptions=True)


async def evaluating(place: Harness, count: int) -> None:
    async def ask() -> bool:
        return await place.rows_of("SELECT ends FROM hazards WHERE active") == [(count,)]

    while not await ask():
        await asyncio.sleep(0)  # noqa: TID251 - lets the loop turn


async def test_a_run_whose_evaluation_ended_three_processes_is_given_up(
    open_place: Opened, deadly: asyncio.Event
) -> None:
    async with open_place(Probe()) as place:
        flow_id = await place.publish(flow(a=compose("{{ " + COSTLY + " }}")))
        run_id = await place.start(flow_id, EVENT)
        await evaluating(place, 0)
        await kill(place)
    for ends in (1, 2):
        async with open_place(Probe()) as place:
            await evaluating(place, ends)
            await kill(place)
    async with open_place(Probe()) as place:
        run = await place.ended(run_id)
        assert (run["status"], run["error"]["kind"], run["error"]["step"]) == ("failed", "poisoned", "a")
        assert "ended 3 times" in run["error"]["message"]
        assert await place.rows_of("SELECT * FROM hazards") == []


async def test_a_run_that_waited_for_an_effect_is_never_given_up(
    open_place: Opened,
) -> None:
    def held() -> Probe:
        made = Probe()
        made.hold()
        return made

    async with open_place(held()) as place:
        flow_id = await place.publish(flow(a=compose("{{ " + COSTLY + " }}", "b"), b=probe(1)))
        run_id = await place.start(flow_id, EVENT)
        await place.probe.called(1)
        await kill(place)
    for _ in range(4):
        async with open_place(held()) as place:
            await place.probe.called(1)
            await kill(place)
    async with open_place(Probe()) as place:
        assert (await place.ended(run_id))["status"] == "succeeded"


async def test_what_holds_one_run_holds_no_other(place: Harness, deadly: asyncio.Event) -> None:
    hostile = await place.publish(flow(a=compose("{{ " + COSTLY + " }}")))
    run_id = await place.start(hostile, EVENT)
    await evaluating(place, 0)
    assert (await place.run(flow(a=probe(1))))["status"] == "succeeded"
    await place.sy.runs.cancel(place.actor, run_id)
    deadly.set()
    await until(lambda: place.sy.scheduler.running == 0)
