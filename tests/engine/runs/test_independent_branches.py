"""`match: all`: a branch that fails takes no other down; the run fails in the end, with all that failed."""

import asyncio
from typing import Any

import pytest

from engine.base.types import Json
from pieces import PieceError, Retry
from tests.engine.conftest import Opened
from tests.engine.factories import (
    Call,
    Harness,
    Probe,
    action,
    compose,
    delay,
    flow,
    loop,
    probe,
    router,
    step,
    when,
)
from tests.support.clock import ManualClock
from tests.support.waiting import forever, until

BOTH = pytest.mark.parametrize("parallel", [False, True], ids=["in turn", "at the same time"])


def tell(*names: str, parallel: bool, next: str | None = None) -> Any:
    """A router that takes all its branches, each called as its first step in capitals."""
    return router(*(when(name.upper(), "`true`", name) for name in names), next=next, match="all",
                  parallel=parallel)  # fmt: skip


def refuse(*values: Json, error: Exception | None = None) -> Any:
    """The effect fails for good for these values."""

    def react(call: Call) -> Json:
        if call.value in values:
            raise error or PieceError(f"{call.value} is down", details={"why": call.value})
        return call.value

    return react


async def crash(place: Harness) -> None:
    """End as a killed process does: nothing further is done or stored."""
    place.sy.queue.close()
    workers = place.sy.worker._tasks
    for task in workers:
        task.cancel()
    await asyncio.gather(*workers, return_exceptions=True)


# -- failures ------------------------------------------------------------------------------------------


@BOTH
async def test_every_branch_comes_to_its_end_and_the_run_fails_with_the_one_that_failed(
    place: Harness, parallel: bool
) -> None:
    place.probe.react = refuse("a")
    run = await place.run(
        flow(r=tell("a", "b", "c", parallel=parallel, next="z"), a=probe("a", "a2"), a2=probe("a2"),
             b=probe("b", "b2"), b2=probe("b2"), c=probe("c"), z=probe("z"))
    )  # fmt: skip
    assert run["status"] == "failed"
    assert run["error"] == {
        "step": "a",
        "kind": "piece_error",
        "message": "a is down",
        "details": {"why": "a"},
    }
    assert run["path"] == ["r:A", "a", "r:B", "b", "b2", "r:C", "c"], "what follows the router does not run"
    assert sorted(place.probe.values) == ["a", "b", "b2", "c"]


@BOTH
async def test_the_run_fails_with_all_that_failed(place: Harness, parallel: bool) -> None:
    place.probe.react = refuse("a", "c")
    run = await place.run(
        flow(r=tell("a", "b", "c", parallel=parallel), a=probe("a"), b=probe("b"), c=probe("c"))
    )
    assert run["error"]["step"] == "a" and run["error"]["kind"] == "piece_error"
    assert run["error"]["message"] == "2 steps failed. `a`: a is down; `c`: c is down"
    assert [(one["step"], one["details"]) for one in run["error"]["failures"]] == [
        ("a", {"why": "a"}),
        ("c", {"why": "c"}),
    ]
    assert {name: step(run, name)["status"] for name in "abc"} == {
        "a": "failed", "b": "succeeded", "c": "failed",
    }  # fmt: skip


@BOTH
async def test_later_branches_see_what_earlier_ones_gave_only_in_turn(place: Harness, parallel: bool) -> None:
    place.probe.react = refuse("a")
    run = await place.run(
        flow(r=tell("a", "b", parallel=parallel), a=probe("a"), b=compose("{{ steps.a.error.message }}"))
    )
    assert step(run, "b")["output"] == (None if parallel else "a is down")


@BOTH
async def test_an_error_that_its_step_handles_fails_nothing(place: Harness, parallel: bool) -> None:
    place.probe.react = refuse("a", "b")
    run = await place.run(
        flow(r=tell("a", "b", parallel=parallel, next="z"), a=probe("a", on_error="continue"),
             b=probe("b", on_error={"next": "other"}), other=probe("other"), z=probe("z"))
    )  # fmt: skip
    assert (run["status"], run["error"]) == ("succeeded", None)
    assert run["path"] == ["r:A", "a", "r:B", "b", "other", "z"]


@BOTH
async def test_an_error_branch_that_fails_is_one_of_the_failures(place: Harness, parallel: bool) -> None:
    place.probe.react = refuse("a", "other")
    run = await place.run(
        flow(r=tell("a", "b", parallel=parallel), a=probe("a", on_error={"next": "other"}),
             other=probe("other"), b=probe("b"))
    )  # fmt: skip
    assert (run["status"], run["error"]["step"]) == ("failed", "other")
    assert "b" in place.probe.values


# -- waits and retries -----------------------------------------------------------------------------------


@BOTH
async def test_a_branch_in_retry_goes_on_though_another_failed(
    clock: ManualClock, place: Harness, parallel: bool
) -> None:
    tries: list[Json] = []

    def react(call: Call) -> Json:
        if call.value == "a":
            raise PieceError("a is down")
        tries.append(call.value)
        if len(tries) < 3:
            raise Retry("not now")
        return "sent"

    place.probe.react = react
    definition = flow(
        r=tell("a", "b", parallel=parallel), a=probe("a"),
        b=probe("b", "b2", retry={"attempts": 3, "first_delay": 60}), b2=probe("b2"),
    )  # fmt: skip
    run = await place.run(definition, clock=clock)
    assert (run["status"], run["error"]["message"]) == ("failed", "a is down")
    assert (step(run, "b")["status"], step(run, "b")["attempts"]) == ("succeeded", 3)
    assert run["path"] == ["r:A", "a", "r:B", "b", "b2"]
    assert place.probe.values.count("a") == 1, "what failed for good is not tried again"


@BOTH
async def test_a_branch_that_gives_up_its_retries_is_one_of_the_failures(
    clock: ManualClock, place: Harness, parallel: bool
) -> None:
    place.probe.react = refuse("a", "b", error=Retry("busy"))
    retry = {"attempts": 2, "first_delay": 60}
    run = await place.run(
        flow(r=tell("a", "b", "c", parallel=parallel), a=probe("a", retry=retry), b=probe("b", retry=retry),
             c=probe("c")),
        clock=clock,
    )  # fmt: skip
    assert [one["step"] for one in run["error"]["failures"]] == ["a", "b"]
    assert place.probe.values.count("a") == place.probe.values.count("b") == 2
    assert place.probe.values.count("c") == 1


@BOTH
async def test_a_delay_in_one_branch_outlives_the_failure_of_another(
    clock: ManualClock, place: Harness, parallel: bool
) -> None:
    place.probe.react = refuse("b")
    definition = flow(r=tell("a", "b", parallel=parallel), a=delay(3600, "a2"), a2=probe("a2"), b=probe("b"))
    run_id = await place.start(await place.publish(definition))
    waiting = await place.until(run_id, "waiting")
    assert waiting["error"] is None
    run = await place.ended(run_id, clock)
    assert (run["status"], run["error"]["step"]) == ("failed", "b")
    assert step(run, "a2")["status"] == "succeeded"
    assert place.probe.values.count("b") == 1


# -- routers and loops within ------------------------------------------------------------------------------


@BOTH
async def test_failures_of_a_router_within_a_branch_are_listed_with_the_others(
    place: Harness, parallel: bool
) -> None:
    place.probe.react = refuse("x", "y", "b")
    run = await place.run(
        flow(
            r=tell("a", "b", "c", parallel=parallel),
            a=tell("x", "y", "w", parallel=not parallel, next="after"),
            x=probe("x"), y=probe("y"), w=probe("w"), after=probe("after"), b=probe("b"), c=probe("c"),
        )
    )  # fmt: skip
    assert [one["step"] for one in run["error"]["failures"]] == ["x", "y", "b"]
    assert sorted(place.probe.values) == ["b", "c", "w", "x", "y"]


@BOTH
async def test_a_router_that_takes_all_within_a_loop_fails_its_iteration(
    place: Harness, parallel: bool
) -> None:
    place.probe.react = refuse("a1")
    run = await place.run(
        flow(
            each=loop("`[0, 1, 2]`", "r"),
            r=tell("a", "b", parallel=parallel),
            a=probe("{{ join('', ['a', to_string(loop.item)]) }}"),
            b=probe("{{ join('', ['b', to_string(loop.item)]) }}"),
        )
    )
    assert (run["status"], run["error"]["step"]) == ("failed", "each[1].a")
    assert sorted(place.probe.values) == ["a0", "a1", "b0", "b1"]


@BOTH
async def test_a_loop_that_fails_in_one_branch_lets_the_other_go_on(
    clock: ManualClock, place: Harness, parallel: bool
) -> None:
    place.probe.react = refuse(1)
    run = await place.run(
        flow(r=tell("each", "nothing", "b", parallel=parallel), each=loop("`[0, 1, 2]`", "one"),
             one=probe("{{ loop.item }}"), nothing=loop("`5`", "two"), two=probe("two"),
             b=delay(60, "b2"), b2=probe("b2")),
        clock=clock,
    )  # fmt: skip
    assert [one["step"] for one in run["error"]["failures"]] == ["each[1].one", "nothing"]
    assert sorted(map(str, place.probe.values)) == ["0", "1", "b2"]
    assert [one["name"] for one in run["steps"]].count("nothing") == 1


async def test_an_item_in_retry_goes_on_though_another_of_its_group_failed(
    clock: ManualClock, place: Harness
) -> None:
    def react(call: Call) -> Json:
        if call.value == 0:
            raise PieceError("never")
        if place.probe.values.count(1) < 2:
            raise Retry("not now")
        return "sent"

    place.probe.react = react
    one = probe("{{ loop.item }}", retry={"attempts": 2, "first_delay": 60})
    run = await place.run(flow(each=loop("`[0, 1]`", "one", concurrency=2), one=one), clock=clock)
    assert (run["status"], run["error"]["step"]) == ("failed", "each[0].one")
    assert step(run, "each[1].one")["status"] == "succeeded"
    assert place.probe.values.count(0) == 1


# -- ends of the whole run -----------------------------------------------------------------------------------


@BOTH
async def test_a_branch_that_ends_the_run_does_not_hide_what_failed(place: Harness, parallel: bool) -> None:
    place.probe.react = refuse("a")
    answer = action("webhook", "respond", input={"then": "end"})
    definition = flow(r=tell("a", "b", "c", parallel=parallel), a=probe("a"), b=answer, c=probe("c"))
    run = await place.run(definition)
    assert (run["status"], run["error"]["step"]) == ("failed", "a")
    assert ("c" in place.probe.values) is parallel, "in turn, nothing begins after the end"


@BOTH
async def test_a_cancel_ends_all_branches_also_after_one_failed(place: Harness, parallel: bool) -> None:
    place.probe.react = lambda call: refuse("a")(call) if call.value == "a" else forever()
    definition = flow(r=tell("a", "b", "c", parallel=parallel), a=probe("a"), b=probe("b"), c=probe("c"))
    run_id = await place.start(await place.publish(definition))
    await place.probe.called(3 if parallel else 2)
    await place.sy.runs.cancel(place.actor, run_id)
    await until(lambda: set(place.probe.interrupted) == ({"b", "c"} if parallel else {"b"}))
    run = await place.get(run_id)
    assert run["status"] == "canceled"


@BOTH
async def test_a_cancel_reaches_a_branch_that_waits_beside_one_that_failed(
    clock: ManualClock, place: Harness, parallel: bool
) -> None:
    place.probe.react = refuse("a")
    definition = flow(r=tell("a", "b", parallel=parallel), a=probe("a"), b=delay(60, "b2"), b2=probe("b2"))
    run_id = await place.start(await place.publish(definition))
    await place.until(run_id, "waiting")
    await place.sy.runs.cancel(place.actor, run_id)
    clock.advance(120)
    await place.quiet()
    assert (await place.get(run_id))["status"] == "canceled"
    assert place.probe.values == ["a"]


@BOTH
async def test_the_time_of_the_run_ends_all_branches(
    clock: ManualClock, place: Harness, parallel: bool
) -> None:
    place.probe.react = lambda call: refuse("a")(call) if call.value == "a" else forever()
    definition = flow(r=tell("a", "b", "c", parallel=parallel), a=probe("a"), b=probe("b"), c=probe("c"),
                      settings={"timeout": 30})  # fmt: skip
    run_id = await place.start(await place.publish(definition))
    await place.probe.called(3 if parallel else 2)
    clock.advance(31)
    run = await place.ended(run_id)
    assert (run["status"], run["error"]["kind"]) == ("timed_out", "timeout")
    assert step(run, "a")["error"]["message"] == "a is down"


# -- again -------------------------------------------------------------------------------------------------


@BOTH
async def test_a_replay_from_the_failed_step_repeats_all_that_failed_and_nothing_else(
    place: Harness, parallel: bool
) -> None:
    place.probe.react = refuse("a", "c")
    run = await place.run(
        flow(r=tell("a", "b", "c", parallel=parallel, next="z"), a=probe("a", "a2"), a2=probe("a2"),
             b=probe("b"), c=probe("c"), z=probe("z"))
    )  # fmt: skip
    place.probe.forget()
    place.probe.react = refuse("c")
    second = await place.ended(await place.sy.runs.retry(place.actor, run["id"], from_failed=True))
    assert sorted(place.probe.values) == ["a", "a2", "c"]
    assert (second["status"], second["error"]["step"]) == ("failed", "c")
    place.probe.forget()
    third = await place.ended(await place.sy.runs.retry(place.actor, second["id"], from_failed=True))
    assert place.probe.values == ["c", "z"]
    assert third["status"] == "succeeded"
    assert third["path"] == ["r:A", "a", "a2", "r:B", "b", "r:C", "c", "z"]


@BOTH
async def test_after_a_kill_the_other_branches_go_on_and_the_failure_is_not_forgotten(
    open_place: Opened, parallel: bool
) -> None:
    definition = flow(r=tell("a", "b", "c", parallel=parallel), a=probe("a"), b=probe("b"), c=probe("c"))
    async with open_place(Probe()) as place:
        place.probe.react = lambda call: refuse("a")(call) if call.value == "a" else forever()
        run_id = await place.start(await place.publish(definition))
        await place.probe.called(3 if parallel else 2)
        await place.quiet()
        await crash(place)
    async with open_place(Probe(react=refuse("c"))) as place:
        run = await place.ended(run_id)
        assert sorted(place.probe.values) == ["b", "c"], "what failed before is recorded, and not done again"
        assert [one["step"] for one in run["error"]["failures"]] == ["a", "c"]
        assert run["path"] == ["r:A", "a", "r:B", "b", "r:C", "c"]


@BOTH
async def test_after_a_kill_a_wait_beside_a_failure_comes_to_its_end(
    clock: ManualClock, open_place: Opened, parallel: bool
) -> None:
    definition = flow(r=tell("a", "b", parallel=parallel), a=probe("a"), b=delay(60, "b2"), b2=probe("b2"))
    async with open_place(Probe()) as place:
        place.probe.react = refuse("a")
        run_id = await place.start(await place.publish(definition))
        await place.until(run_id, "waiting")
        await crash(place)
    async with open_place(Probe()) as place:
        run = await place.ended(run_id, clock)
        assert (run["status"], run["error"]["step"]) == ("failed", "a")
        assert place.probe.values == ["b2"]


async def test_many_failures_are_all_listed_and_the_message_names_the_first(place: Harness) -> None:
    names = [f"s{number}" for number in range(8)]
    place.probe.react = refuse(*names)
    run = await place.run(flow(r=tell(*names, parallel=False), **{name: probe(name) for name in names}))
    assert [one["step"] for one in run["error"]["failures"]] == names
    assert run["error"]["message"].startswith("8 steps failed. `s0`: s0 is down;")
    assert run["error"]["message"].endswith("; and 3 more")
