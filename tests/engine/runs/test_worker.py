"""Runs in a worker's hands: canceled, interrupted by a stop, recovered, calling other flows."""

import asyncio
import gc
import threading
from collections.abc import Callable
from typing import Any

import pytest

from engine.base.actor import Actor, Role
from engine.base.clock import from_iso
from engine.base.errors import Conflict, Unavailable
from engine.store.errors import StoreUnavailable
from engine.store.patience import AGAIN
from engine.store.tx import Tx
from pieces import Retry
from tests.engine.conftest import Opened
from tests.engine.factories import (
    Call,
    Harness,
    Probe,
    action,
    compose,
    delay,
    fails,
    flow,
    loop,
    probe,
    refuse,
    router,
    step,
    when,
)
from tests.support.clock import ManualClock
from tests.support.waiting import forever, idle, quiet, turns, until


def call(callee: str, next: str | None = None, wait: bool = True, **more: Any) -> Any:
    return action(
        "flow", "call", next, input={"flow": callee, "payload": "{{ trigger.body }}", "wait": wait}, **more
    )


async def crash(place: Harness) -> None:
    """End as a killed process does: nothing further is done or stored."""
    place.sy.queue.close()
    workers = place.sy.worker._tasks
    for task in workers:
        task.cancel()
    await asyncio.gather(*workers, return_exceptions=True)


# -- cancel -----------------------------------------------------------------------------------------------


async def test_cancel_interrupts_the_effect_in_flight(place: Harness) -> None:
    place.probe.hold()
    run_id = await place.start(await place.publish(flow(a=compose(1, "b"), b=probe(1, "c"), c=probe(2))))
    await place.probe.called(1)
    run = await place.sy.runs.cancel(place.actor, run_id)
    assert (run["status"], run["error"]["kind"]) == ("canceled", "canceled")
    await until(lambda: place.probe.interrupted == ["b"])
    await until(lambda: place.sy.scheduler.running == 0)
    await place.sql("SELECT 1")
    run = await place.get(run_id)
    assert (run["status"], run["path"]) == ("canceled", ["a", "b"])
    assert step(run, "b")["error"]["kind"] == "canceled"
    assert len(place.probe.calls) == 1


async def test_cancel_of_a_queued_run_keeps_it_from_beginning(open_place: Opened) -> None:
    async with open_place(concurrency=1) as place:
        release = place.probe.hold()
        flow_id = await place.publish(flow(a=probe("{{ trigger.body }}")))
        first, second, third = [await place.start(flow_id, n) for n in range(3)]
        await place.probe.called(1)
        assert (await place.get(second))["status"] == "queued"
        await place.sy.runs.cancel(place.actor, second)
        release.set()
        await place.ended(third)
        assert place.probe.values == [0, 2]
        assert (await place.get(first))["status"] == "succeeded"
        assert (await place.get(second))["status"] == "canceled"


async def test_cancel_of_a_waiting_run_ends_its_wait(clock: ManualClock, place: Harness) -> None:
    run_id = await place.start(await place.publish(flow(a=delay(3600, "b"), b=probe(1))))
    await place.until(run_id, "waiting")
    run = await place.sy.runs.cancel(place.actor, run_id)
    assert (run["status"], run["resume_at"]) == ("canceled", None)
    clock.advance(7200)
    await place.quiet()
    assert place.probe.calls == []


def _asks_for_an_hour(call: Call) -> Any:
    raise Retry("later", after=3600)


def _fails(call: Call) -> Any:
    raise Retry("not now")


def _cannot_be_stored(call: Call) -> Any:
    raise Unavailable("The store is busy.", retry_after=3600)


WAITS: dict[str, Callable[[Call], Any] | None] = {
    "delay": None,
    "what the retry policy of a step says": _fails,
    "what a service asked for": _asks_for_an_hour,
    "the store": _cannot_be_stored,
}
"""What a run waits for, and how the step comes to it."""


@pytest.mark.parametrize("hours", [-26, 26])
@pytest.mark.parametrize("what", WAITS)
async def test_a_run_that_waits_for_a_while_goes_by_a_wall_clock_that_was_set(
    clock: ManualClock, place: Harness, what: str, hours: int
) -> None:
    """Set forward, its time has come; set back, it waits as long as it was to wait, and no day longer."""
    react, called = WAITS[what], 0

    def once(call: Call) -> Any:
        nonlocal called
        called += 1
        return react(call) if react is not None and called == 1 else "done"

    place.probe.react = once
    asked = 1 if react is _asks_for_an_hour else 3600
    retry = {"attempts": 2, "first_delay": asked, "factor": 1, "max_delay": asked}
    steps = {"a": delay(3600, "b"), "b": probe(1)} if react is None else {"b": probe(1, retry=retry)}
    run_id = await place.start(await place.publish(flow(**steps)))
    await place.until(run_id, "waiting")
    await place.quiet()
    clock.set_wall(hours * 3600)
    clock.advance(60)  # the wall clock is looked at once a minute
    await place.quiet()
    if hours < 0:
        run = await place.until(run_id, "waiting")
        assert clock.now() < from_iso(run["resume_at"]) <= clock.now() + 1.1 * 3600
        clock.advance(1.1 * 3600)
    assert (await place.ended(run_id))["status"] == "succeeded"
    assert called == (1 if react is None else 2)


async def test_a_run_that_waits_for_a_date_waits_for_it_though_the_wall_clock_is_set_back(
    clock: ManualClock, place: Harness
) -> None:
    until_date = action("delay", "delay_until", "b", input={"until": "2026-03-03T12:00:00Z"})
    run_id = await place.start(await place.publish(flow(a=until_date, b=probe(1))))
    await place.until(run_id, "waiting")
    await place.quiet()
    clock.set_wall(-26 * 3600)
    clock.advance(60)
    await place.quiet()
    assert (await place.until(run_id, "waiting"))["resume_at"] == "2026-03-03T12:00:00.000Z"
    clock.advance(from_iso("2026-03-03T12:00:00Z") - clock.now())
    assert (await place.ended(run_id))["status"] == "succeeded"


async def test_a_clock_set_back_while_no_process_was_there_is_noticed_at_the_start(
    clock: ManualClock, open_place: Opened
) -> None:
    async with open_place() as place:
        run_id = await place.start(await place.publish(flow(a=delay(60, "b"), b=probe(1))))
        await place.until(run_id, "waiting")
    clock.set_wall(-26 * 3600)
    async with open_place() as place:
        await place.quiet()
        run = await place.until(run_id, "waiting")
        assert from_iso(run["resume_at"]) <= clock.now() + 60
        clock.advance(60)
        assert (await place.ended(run_id))["status"] == "succeeded"


async def _cancels_a_task_of_its_own() -> None:
    task = asyncio.ensure_future(forever())
    task.cancel()
    await task


def _leave() -> None:
    raise SystemExit(3)


@pytest.mark.parametrize("beside", [False, True])
@pytest.mark.parametrize(
    ("react", "says"),
    [
        (lambda call: _cancels_a_task_of_its_own(), "canceled from within (CancelledError)"),
        (lambda call: _leave(), "tried to end the process (SystemExit: 3)"),
    ],
)
async def test_a_piece_that_cancels_itself_or_leaves_fails_its_step_and_nothing_else(
    open_place: Opened, react: Any, says: str, beside: bool
) -> None:
    """It was taken for a cancel of ours: the worker ended, and with it one place after the other."""
    steps = {"a": probe(1, "b", on_error="continue"), "b": compose("{{ steps.a.error.message }}")}
    if beside:
        both = [when("A", "`true`", "a"), when("B", "`true`", "c")]
        steps = {"r": router(*both, match="all", parallel=True), **steps, "c": compose(1)}
    async with open_place(concurrency=1) as place:
        place.probe.react = react
        flow_id = await place.publish(flow(**steps))
        for _ in range(3):
            run = await place.ended(await place.start(flow_id))
            assert run["status"] == "succeeded"
            assert step(run, "a")["error"]["kind"] == "piece_error"
            assert says in step(run, "b")["output"]


async def test_a_run_that_has_ended_cannot_be_canceled(place: Harness) -> None:
    run = await place.run(flow(a=compose(1)))
    with pytest.raises(Conflict):
        await place.sy.runs.cancel(place.actor, run["id"])


async def test_cancel_reaches_every_parallel_branch(place: Harness) -> None:
    place.probe.hold()
    branches = [when(f"b{n}", "`true`", f"s{n}") for n in range(3)]
    steps = {f"s{n}": probe(n) for n in range(3)}
    run_id = await place.start(
        await place.publish(
            flow(r=router(*branches, match="all", parallel=True, next="z"), **steps, z=probe("z"))
        )
    )
    await place.probe.called(3)
    await place.sy.runs.cancel(place.actor, run_id)
    await until(lambda: len(place.probe.interrupted) == 3)
    assert len(place.probe.calls) == 3


async def test_deleting_a_flow_interrupts_its_runs(place: Harness) -> None:
    place.probe.hold()
    flow_id = await place.publish(flow(a=probe(1)))
    run_id = await place.start(flow_id)
    await place.probe.called(1)
    await place.sy.flows.delete(place.actor, flow_id)
    await until(lambda: place.probe.interrupted == ["a"])
    assert (await place.get(run_id))["status"] == "canceled"


# -- stop, crash, recovery -------------------------------------------------------------------------------


async def test_recorded_effects_are_not_repeated_and_the_one_in_flight_is_once_with_its_key(
    open_place: Opened,
) -> None:
    definition = flow(a=probe("a", "b"), b=probe("b", "c"), c=probe("c"))
    async with open_place(Probe()) as place:
        place.probe.react = lambda call: forever() if call.value == "b" else call.value
        run_id = await place.start(await place.publish(definition))
        await place.probe.called(2)
        first = place.probe.calls
        await crash(place)
    async with open_place(Probe()) as place:
        assert place.sy.queue.recovered == 1
        run = await place.ended(run_id)
        assert (run["status"], place.probe.values) == ("succeeded", ["b", "c"])
        assert place.probe.calls[0].key == first[1].key
        assert [step(run, name)["possibly_repeated"] for name in "abc"] == [False, True, False]
        assert run["possibly_repeated"]
        assert run["path"] == ["a", "b", "c"]


async def test_every_branch_in_flight_at_a_crash_may_be_a_repeat_and_no_finished_one_is_done_again(
    open_place: Opened,
) -> None:
    branches = [when(name, "`true`", name) for name in ("x", "y", "z")]
    definition = flow(
        r=router(*branches, match="all", parallel=True, next="end"),
        x=probe("x"), y=probe("y"), z=probe("z"), end=probe("end"),
    )  # fmt: skip
    async with open_place(Probe()) as place:
        place.probe.react = lambda call: "done" if call.value == "x" else forever()
        run_id = await place.start(await place.publish(definition))
        await place.probe.called(3)
        await until(lambda: place.probe.active == 2)
        await place.sql("SELECT 1")
        await place.sql("SELECT 1")
        await crash(place)
    async with open_place(Probe()) as place:
        run = await place.ended(run_id)
        assert sorted(place.probe.values) == ["end", "y", "z"]
        repeated = [s["name"] for s in run["steps"] if s["possibly_repeated"]]
        assert sorted(repeated) == ["y", "z"]


async def test_an_effect_is_durable_before_iterations_beside_each_other_begin_theirs(
    open_place: Opened,
) -> None:
    definition = flow(
        a=probe("a", "each"), each=loop("trigger.body", "b", concurrency=3), b=probe("{{ loop.item }}")
    )
    async with open_place(Probe()) as place:
        store = Held(place)
        place.probe.react = lambda call: store.hold() if call.value == "a" else forever()
        run_id = await place.start(await place.publish(definition), [1, 2, 3])
        await until(lambda: store.waiting)
        await turns(50)
        assert place.probe.values == ["a"]  # not durable yet
        store.release()
        await place.probe.called(4)
        await crash(place)
    async with open_place(Probe()) as place:
        run = await place.ended(run_id)
        assert sorted(place.probe.values) == [1, 2, 3]
        repeated = [s["name"] for s in run["steps"] if s["possibly_repeated"]]
        assert repeated == ["each[0].b", "each[1].b", "each[2].b"]


class Held:
    """The store's writer, which stands still from `hold` to `release`."""

    def __init__(self, place: Harness) -> None:
        self._db = place.sy.db
        self._gate = threading.Event()
        self.waiting = False

    def hold(self) -> None:
        def work(tx: Tx) -> None:
            self.waiting = True
            self._gate.wait()

        self._db.submit(work)

    def release(self) -> None:
        self._gate.set()


# -- a store that cannot write ---------------------------------------------------------------------------


async def room(place: Harness, pages: int) -> None:
    """Let the store grow by so many pages at most, from what it is now."""
    while True:
        try:
            (used,) = (await place.sql("PRAGMA page_count"))[0]
            await place.sql(f"PRAGMA max_page_count={used + pages}")
            return
        except StoreUnavailable:  # it was in one batch with what had no room
            await turns()


async def test_a_run_waits_for_a_disk_that_is_full_and_forgets_nothing(
    clock: ManualClock, open_place: Opened
) -> None:
    big = "x" * 100_000
    definition = flow(a=probe(1, "b"), b=probe(2, "c"), c=probe(3))
    async with open_place(Probe()) as place:
        full = asyncio.Event()

        async def fill(value: Any) -> Any:
            if value == 1:
                await room(place, 2)
                full.set()
            return {"value": value, "big": big}

        place.probe.react = lambda call: fill(call.value)
        run_id = await place.start(await place.publish(definition))
        await full.wait()
        await idle()
        assert (await place.get(run_id))["status"] == "running" and place.probe.values == [1]
        await room(place, 10_000)
        clock.advance(AGAIN)
        run = await place.ended(run_id)
        assert run["status"] == "succeeded" and place.probe.values == [1, 2, 3]
        assert [one["attempts"] for one in run["steps"]] == [1, 1, 1] and not run["possibly_repeated"]


async def test_a_step_that_asks_a_store_which_cannot_write_is_called_again(
    clock: ManualClock, open_place: Opened
) -> None:
    put = action("store", "put", input={"key": "k", "value": "{{ trigger.body }}"})
    async with open_place(Probe()) as place:
        flow_id = await place.publish(flow(a=probe("a", "keep"), keep=put))
        gate = place.probe.hold()
        run_id = await place.start(flow_id, "x" * 50_000)
        await place.probe.called(1)
        await room(place, 4)
        gate.set()
        await idle()
        assert (await place.get(run_id))["status"] == "running"
        await room(place, 10_000)
        clock.advance(AGAIN)
        run = await place.ended(run_id, clock)
        assert run["status"] == "succeeded" and step(run, "keep")["attempts"] == 1


async def test_a_wait_clears_the_suspicion_of_a_repeat(clock: ManualClock, open_place: Opened) -> None:
    async with open_place(Probe()) as place:
        place.probe.hold()
        run_id = await place.start(await place.publish(flow(a=probe(1, "b"), b=delay(60, "c"), c=probe(2))))
        await place.probe.called(1)
        await crash(place)
    async with open_place(Probe()) as place:
        await place.waits()
        clock.advance(60)
        run = await place.ended(run_id)
        assert [s["name"] for s in run["steps"] if s["possibly_repeated"]] == ["a"]


async def test_delays_and_retries_go_on_after_a_restart(clock: ManualClock, open_place: Opened) -> None:
    async with open_place(Probe()) as place:
        place.probe.react = fails(9, Retry("not now", 60))
        waiting = await place.start(await place.publish(flow(a=delay(60, "b"), b=probe("delayed"))))
        retried = await place.start(
            await place.publish(flow(a=probe("retried", retry={"attempts": 2, "first_delay": 30})))
        )
        for run_id in (waiting, retried):
            await place.until(run_id, "waiting")
        key = place.probe.calls[0].key
    async with open_place(Probe()) as place:
        await place.quiet()
        assert place.probe.calls == []
        clock.advance(70)  # what failed together is spread by a tenth
        for run_id in (waiting, retried):
            assert (await place.ended(run_id))["status"] == "succeeded"
        assert sorted(place.probe.values) == ["delayed", "retried"]
        assert key in [call.key for call in place.probe.calls]
        assert step(await place.get(retried), "a")["attempts"] == 2


async def test_a_graceful_stop_lets_runs_come_to_their_end(open_place: Opened) -> None:
    async with open_place(Probe()) as place:
        place.probe.react = lambda call: until(lambda: not place.sy.queue._is_open)  # the stop has begun
        run_id = await place.start(await place.publish(flow(a=probe(1))))
        await place.probe.called(1)
    async with open_place(Probe()) as place:
        assert (await place.get(run_id))["status"] == "succeeded"
        assert place.sy.queue.recovered == 0


async def test_a_loop_goes_on_with_the_item_it_was_at(open_place: Opened) -> None:
    async with open_place(Probe()) as place:
        place.probe.react = lambda call: forever() if call.value == 2 else call.value
        definition = flow(
            each=loop("trigger.body", "a", collect="steps.a.output"), a=probe("{{ loop.item }}")
        )
        run_id = await place.start(await place.publish(definition), [0, 1, 2, 3])
        await place.probe.called(3)
        await crash(place)
    async with open_place(Probe()) as place:
        run = await place.ended(run_id)
        assert place.probe.values == [2, 3]
        assert step(run, "each")["output"] == [0, 1, 2, 3]


async def test_runs_keep_their_version_over_a_publish(clock: ManualClock, place: Harness) -> None:
    flow_id = await place.publish(flow(a=delay(60, "b"), b=compose("old")))
    run_id = await place.start(flow_id)
    await place.until(run_id, "waiting")
    await place.republish(flow_id, flow(a=delay(0, "b"), b=compose("new")))
    new = await place.ended(await place.start(flow_id))
    clock.advance(60)
    old = await place.ended(run_id)
    assert (step(old, "b")["output"], old["version"]) == ("old", 1)
    assert (step(new, "b")["output"], new["version"]) == ("new", 2)


async def test_a_run_whose_version_is_gone_fails_and_says_so(clock: ManualClock, open_place: Opened) -> None:
    async with open_place(Probe()) as place:
        run_id = await place.start(await place.publish(flow(a=delay(60, "b"), b=compose(1))))
        await place.until(run_id, "waiting")
        await place.sql("DELETE FROM flow_versions")
    async with open_place(Probe()) as place:
        clock.advance(60)
        run = await place.ended(run_id)
        assert (run["status"], run["error"]["kind"]) == ("failed", "internal")
        assert "gone" in run["error"]["message"]


async def test_an_end_that_cannot_be_stored_is_stored_later(
    clock: ManualClock, place: Harness, caplog: pytest.LogCaptureFixture
) -> None:
    release = place.probe.hold()
    run_id = await place.start(await place.publish(flow(a=probe(1))))
    await place.probe.called(1)
    await place.sql("ALTER TABLE journal RENAME TO gone")
    release.set()
    await until(lambda: "could not be stored" in caplog.text)
    await place.sql("ALTER TABLE gone RENAME TO journal")
    clock.advance(2)
    assert (await place.ended(run_id))["status"] == "succeeded"
    assert len(place.probe.calls) == 1


# -- one flow calls another ----------------------------------------------------------------------------------


async def test_a_called_flow_gives_its_response(clock: ManualClock, place: Harness) -> None:
    answer = action("webhook", "respond", input={"status": 201, "body": {"got": "{{ trigger.body }}"}})
    callee = await place.publish(flow(d=delay(60, "r"), r=answer))
    caller = await place.publish(
        flow(c=call(callee, "after"), after=probe("{{ steps.c.output.response.body.got }}"))
    )
    run_id = await place.start(caller, "hello")
    await place.waits()
    clock.advance(60)
    run = await place.ended(run_id)
    assert place.probe.values == ["hello"]
    child = await place.get(step(run, "c")["output"]["run_id"])
    assert (child["parent_run_id"], child["lineage"]) == (run["id"], [caller])
    assert step(run, "c")["attempts"] == 1
    assert (await place.rows())["runs"] == 2


async def test_a_call_without_waiting_goes_on_at_once(place: Harness) -> None:
    release = place.probe.hold()
    callee = await place.publish(flow(a=probe(1)))
    run = await place.run(flow(c=call(callee, wait=False)))
    assert run["status"] == "succeeded"
    child = await place.get(step(run, "c")["output"]["run_id"])
    assert child["parent_run_id"] is None
    await place.until(child["id"], "running")
    release.set()
    await place.ended(child["id"])


async def test_a_called_flow_that_fails_fails_the_step(place: Harness) -> None:
    place.probe.react = refuse("child is unwell")
    callee = await place.publish(flow(a=probe(1)))
    run = await place.run(
        flow(c=call(callee, "d", on_error="continue"), d=compose("{{ steps.c.error.message }}"))
    )
    assert run["status"] == "succeeded"
    assert "child is unwell" in step(run, "d")["output"]


async def test_a_called_run_that_is_canceled_lets_its_caller_go_on(place: Harness) -> None:
    place.probe.hold()
    callee = await place.publish(flow(a=probe(1)))
    run_id = await place.start(await place.publish(flow(c=call(callee))))
    await place.until(run_id, "waiting")
    await place.probe.called(1)
    await place.sy.runs.cancel(place.actor, place.probe.calls[0].run_id)
    run = await place.ended(run_id)
    assert run["status"] == "failed" and "Canceled by Switchyard" in run["error"]["message"]


async def test_who_cancels_the_caller_cancels_what_it_waits_for(place: Harness) -> None:
    deepest = await place.publish(flow(d=delay(60)))
    callee = await place.publish(flow(c=call(deepest)))
    run_id = await place.start(await place.publish(flow(c=call(callee, "d"), d=compose(1))))
    await place.until(run_id, "waiting")

    async def below(parent: str) -> str:
        rows: Any = []
        while not rows:
            rows = await place.sql(f"SELECT id FROM runs WHERE parent_run_id = '{parent}'")
        return str(rows[0][0])

    child = await below(run_id)
    grandchild = await below(child)
    await place.until(grandchild, "waiting")
    run = await place.sy.runs.cancel(place.actor, run_id)
    assert run["status"] == "canceled"
    for id in (child, grandchild):
        run = await place.get(id)
        assert (run["status"], run["error"]["kind"]) == ("canceled", "canceled")
        assert run["error"]["message"] == "The run that waited for this one was canceled."
    assert (await place.get(run_id))["status"] == "canceled"  # nothing has waked it


async def test_what_a_deleted_flow_waits_for_is_canceled(place: Harness) -> None:
    callee = await place.publish(flow(d=delay(60)))
    caller = await place.publish(flow(c=call(callee)))
    run_id = await place.start(caller)
    await place.until(run_id, "waiting")
    rows: Any = []
    while not rows:
        rows = await place.sql(f"SELECT id FROM runs WHERE parent_run_id = '{run_id}'")
    await place.sy.flows.delete(place.actor, caller)
    assert (await place.ended(rows[0][0]))["status"] == "canceled"


async def test_a_step_that_waited_in_a_canceled_run_is_shown_as_canceled(place: Harness) -> None:
    run_id = await place.start(await place.publish(flow(a=compose(1, "d"), d=delay(60))))
    await place.until(run_id, "waiting")
    assert step(await place.get(run_id), "d")["status"] == "waiting"
    run = await place.sy.runs.cancel(place.actor, run_id)
    assert step(run, "d")["status"] == "canceled" and "resume_at" not in step(run, "d")
    assert step(run, "a")["status"] == "succeeded"


@pytest.mark.parametrize(
    ("who", "words"),
    [({"user_id": "usr_x"}, "Canceled by a person."), ({"key_id": "key_x"}, "Canceled with an API key.")],
)
async def test_a_canceled_run_says_who_did_it(place: Harness, who: dict[str, str], words: str) -> None:
    run_id = await place.start(await place.publish(flow(d=delay(60))))
    await place.until(run_id, "waiting")
    actor = Actor(project_id=place.project, role=Role.editor, **who)  # type: ignore[arg-type]
    assert (await place.sy.runs.cancel(actor, run_id))["error"]["message"] == words


async def test_a_caller_is_resumed_once_for_each_call(place: Harness) -> None:
    callee = await place.publish(flow(a=compose(1)))
    calls = {f"c{n}": call(callee, f"c{n + 1}") for n in range(5)}
    caller = await place.publish(flow(**calls, c5=probe("{{ run.id }}")))
    runs = await asyncio.gather(*(place.start(caller, n) for n in range(10)))
    for run_id in runs:
        assert (await place.ended(run_id))["status"] == "succeeded"
    assert sorted(place.probe.values) == sorted(runs)
    assert (await place.rows())["runs"] == 60


async def test_parallel_calls_wait_for_each_of_their_runs(clock: ManualClock, place: Harness) -> None:
    slow = await place.publish(flow(d=delay(3600)))
    fast = await place.publish(flow(d=compose(1)))
    definition = flow(
        r=router(when("s", "`true`", "a"), when("f", "`true`", "b"), match="all", parallel=True, next="z"),
        a=call(slow, "a2"), a2=probe("slow"), b=call(fast, "b2"), b2=probe("fast"), z=compose(1),
    )  # fmt: skip
    run_id = await place.start(await place.publish(definition))
    await place.probe.called(1)
    await place.waits()
    await place.until(run_id, "waiting")
    assert place.probe.values == ["fast"]
    clock.advance(3600)
    run = await place.ended(run_id)
    assert run["status"] == "succeeded"
    assert place.probe.values == ["fast", "slow"]


async def test_a_circle_of_calls_is_cut_at_the_edge_that_closes_it(place: Harness) -> None:
    first = await place.publish(flow(a=compose(1)))
    second = await place.publish(flow(c=call(first, on_error="continue")))
    await place.republish(first, flow(c=call(second)))
    run = await place.ended(await place.start(first))
    assert run["status"] == "succeeded"  # only the edge that closes the circle is cut
    child = await place.get(step(run, "c")["output"]["run_id"])
    assert "call each other in a circle" in step(child, "c")["error"]["message"]
    assert (await place.rows())["runs"] == 2


async def test_a_call_is_made_once_though_the_caller_dies_in_between(open_place: Opened) -> None:
    async with open_place(Probe()) as place:
        place.probe.hold()
        callee = await place.publish(flow(a=probe(1)))
        run_id = await place.start(await place.publish(flow(c=call(callee))))
        await place.probe.called(1)
        await crash(place)
        # As if it had died between the child's acceptance and the caller's wait.
        await place.sql("UPDATE runs SET status = 'running', resume_at = NULL WHERE id = ?", run_id)
        await place.sql("DELETE FROM journal WHERE run_id = ?", run_id)
    async with open_place(Probe()) as place:
        assert (await place.ended(run_id))["status"] == "succeeded"
        assert (await place.rows())["runs"] == 2


async def test_a_callers_wait_outlives_a_restart_and_a_disabled_callee(
    clock: ManualClock, open_place: Opened
) -> None:
    async with open_place(Probe()) as place:
        callee = await place.publish(flow(d=delay(60)))
        run_id = await place.start(await place.publish(flow(c=call(callee))))
        await place.until(run_id, "waiting")
        await place.sy.flows.disable(place.actor, callee)
        await place.waits()
    async with open_place(Probe()) as place:
        clock.advance(60)
        assert (await place.ended(run_id))["status"] == "succeeded"


async def test_deleting_a_called_flow_lets_its_caller_go_on(place: Harness) -> None:
    callee = await place.publish(flow(d=delay(60)))
    run_id = await place.start(await place.publish(flow(c=call(callee))))
    await place.until(run_id, "waiting")
    await place.sy.flows.delete(place.actor, callee)
    run = await place.ended(run_id)
    assert run["status"] == "failed"


async def test_a_call_waits_for_room_in_the_backlog(clock: ManualClock, open_place: Opened) -> None:
    async with open_place(max_backlog=2, concurrency=1) as place:
        callee = await place.publish(flow(a=compose("called")))
        filler = await place.publish(flow(a=compose(1)))
        place.probe.react = lambda call: fill()
        rest = []

        async def fill() -> None:
            for _ in range(2):
                rest.append(await place.start(filler))

        caller = await place.publish(flow(p=probe(1, "c"), c=call(callee)))
        run_id = await place.start(caller)
        waiting = await place.until(run_id, "waiting")
        assert waiting["resume_at"] is not None
        assert step(waiting, "c")["status"] == "waiting"
        for filled in rest:
            await place.ended(filled)
        assert (await place.ended(run_id, clock))["status"] == "succeeded"


async def test_an_idle_worker_holds_no_event(place: Harness) -> None:
    """A hundred workers that each remember their last event of some megabytes fill the memory."""

    def held() -> int:
        gc.collect()  # what only a cycle holds is no longer held
        return sum(type(one) is list and len(one) == 7_654 for one in gc.get_objects())

    for _ in range(3):
        assert (await place.run(flow(a=compose(1)), [{"n": n} for n in range(7_654)]))[
            "status"
        ] == "succeeded"
    await quiet(place.sy.db)
    assert held() == 0
