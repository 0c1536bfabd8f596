"""The way of an event through a flow: routers, loops, errors, retries, waits, limits."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio

from engine.base import journal
from engine.runs import executor
from pieces import AuthError, BearerToken, Retry, Wait
from tests.engine.conftest import opened
from tests.engine.factories import (
    Call,
    Harness,
    action,
    case,
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
from tests.support.clock import ManualClock, manual_clock
from tests.support.waiting import DEADLINE, forever, turns, until

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def clock() -> Iterator[ManualClock]:
    """The time of all tests here."""
    with manual_clock() as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(clock: ManualClock, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Harness]:
    async with opened(tmp_path_factory.mktemp("shared")) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def place(shared: Harness) -> Harness:
    return await shared.fresh()


X, Y = "trigger.body.x", "trigger.body.y"


# -- routers -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"x": 1, "y": 1}, ["r:a", "one", "after"]),
        ({"x": 2, "y": 1}, ["r:b", "two", "after"]),
        ({"x": 3}, ["r:otherwise", "three", "after"]),
        ({}, ["r:otherwise", "three", "after"]),
    ],
)
async def test_the_first_matching_branch_is_taken_and_the_flow_goes_on_behind_the_router(
    place: Harness, body: object, path: list[str]
) -> None:
    definition = flow(
        r=router(
            when("a", f"{X} == `1`", "one"),
            when("b", f"{X} == `2` || {Y} == `1`", "two"),
            otherwise={"next": "three"},
            next="after",
        ),
        one=compose(1),
        two=compose(2),
        three=compose(3),
        after=compose("{{ steps.r.output.branches }}"),
    )
    run = await place.run(definition, body)
    assert (run["status"], run["path"], run["unrouted"]) == ("succeeded", path, False)


async def test_with_match_all_every_matching_branch_is_taken_in_order(place: Harness) -> None:
    branches = [
        when("a", f"{X} > `1`", "one"),
        when("b", f"{X} > `2`", "two"),
        when("c", f"{X} > `3`", "three"),
    ]
    definition = flow(
        r=router(*branches, match="all", next="after"),
        one=compose(1, "one_more"),
        one_more=compose(1),
        two=compose("{{ steps.one.output }}"),
        three=compose(3),
        after=compose("{{ steps.two.output }}"),
    )
    run = await place.run(definition, {"x": 3})
    assert run["path"] == ["r:a", "one", "one_more", "r:b", "two", "after"]
    assert step(run, "r")["branch"] == ["a", "b"]
    assert step(run, "after")["output"] == 1  # a later branch reads an earlier one's step


async def test_an_event_that_no_branch_takes_is_unrouted_and_says_so(place: Harness) -> None:
    definition = flow(r=router(case("a", 1), key=X, next="after"), after=compose("still done"))
    run = await place.run(definition, {"x": 2})
    assert (run["status"], run["unrouted"], run["path"]) == ("succeeded", True, ["r", "after"])
    listed = await place.sy.runs.list(place.project, unrouted=True)
    assert [one.id for one in listed.data] == [run["id"]]
    assert await place.sy.runs.count_unrouted(place.project) == 1
    (event,) = await place.sql(
        "SELECT action FROM events WHERE action = 'flow.run.unrouted' AND project_id = ?", place.project
    )
    assert event == ("flow.run.unrouted",)


async def test_an_unrouted_event_stays_unrouted_over_a_wait(clock: ManualClock, place: Harness) -> None:
    definition = flow(
        each=loop("trigger.body", "r", "pause"),
        r=router(case("a", 1), key="loop.item"),
        pause=delay(60),
    )
    run = await place.run(definition, [1, 2], clock)
    assert (run["status"], run["unrouted"]) == ("succeeded", True)
    assert run["path"] == ["each[0].r:a", "each[1].r", "pause"]


NUMBERS = [
    case("int", 1),
    case("text", "1"),
    case("true", True),
    case("null", None),
    case("list", [1, {"a": 1}]),
]


@pytest.mark.parametrize(
    ("value", "branch"),
    [
        (1, "int"), (1.0, "int"), ("1", "text"), (True, "true"), (None, "null"), ([1, {"a": 1}], "list"),
        ([1, {"a": 2}], "otherwise"), (False, "otherwise"), (0, "otherwise"), ("", "otherwise"),
        ({}, "otherwise"), ("true", "otherwise"),
    ],
)  # fmt: skip
async def test_cases_compare_as_json_does(place: Harness, value: object, branch: str) -> None:
    run = await place.run(flow(r=router(*NUMBERS, key=X, otherwise={"next": None})), {"x": value})
    assert run["path"] == [f"r:{branch}"]


async def test_a_branch_with_case_and_condition_needs_both(place: Harness) -> None:
    both = {"name": "both", "case": ["a"], "when": f"{Y} == `1`", "next": None}
    definition = flow(r=router(both, case("only", "a"), when("free", f"{Y} == `3`"), key=X, match="all"))
    flow_id = await place.publish(definition)
    paths = []
    for body in ({"x": "a", "y": 1}, {"x": "a", "y": 2}, {"x": "b", "y": 3}, {"x": "a", "y": 3}):
        paths.append((await place.ended(await place.start(flow_id, body)))["path"])
    assert paths == [["r:both", "r:only"], ["r:only"], ["r:free"], ["r:only", "r:free"]]


async def test_a_condition_that_fails_is_no_match_and_a_warning_with_a_caret(place: Harness) -> None:
    definition = flow(
        r=router(when("bad", f"length({X}) > `1`", "no"), when("good", f"{Y} == `1`", "yes")),
        no=compose(1),
        yes=compose(2),
    )
    run = await place.run(definition, {"x": 5, "y": 1})
    assert run["path"] == ["r:good", "yes"]
    (warning,) = run["warnings"]
    assert "'bad'" in warning and f"length({X})" in warning and "^" in warning
    assert step(run, "r")["warnings"] == [warning]
    (listed,) = (await place.sy.runs.list(place.project)).data
    assert listed.warnings == 1


async def test_a_key_that_fails_leaves_the_branches_without_case(place: Harness) -> None:
    definition = flow(r=router(case("a", None), when("free", f"{Y} == `1`"), key=f"length({X})"))
    run = await place.run(definition, {"x": 5, "y": 1})
    assert run["path"] == ["r:free"]
    assert "key" in run["warnings"][0]


async def test_routers_nest(place: Harness) -> None:
    depth = 31
    steps = {f"r{n}": router(when("in", "`true`", f"r{n + 1}")) for n in range(depth)}
    run = await place.run(flow(**steps, **{f"r{depth}": compose("deep")}))
    assert run["status"] == "succeeded"
    assert run["path"] == [*(f"r{n}:in" for n in range(depth)), f"r{depth}"]


async def test_parallel_branches_run_at_the_same_time_and_rejoin(place: Harness) -> None:
    barrier = asyncio.Barrier(2)

    async def meet(value: object) -> object:
        async with asyncio.timeout(DEADLINE):
            await barrier.wait()
        return value

    place.probe.react = lambda call: meet(call.value)
    definition = flow(
        r=router(
            when("a", "`true`", "left"), when("b", "`true`", "right"), match="all", parallel=True, next="join"
        ),
        left=probe("L", "left2"),
        left2=compose("{{ steps.left.output }}{{ steps.right.output }}"),
        right=probe("R", "right2"),
        right2=compose("{{ steps.right.output }}"),
        join=compose("{{ steps.left2.output }}{{ steps.right2.output }}"),
    )
    run = await place.run(definition)
    assert place.probe.most == 2
    # Each branch sees its own steps; the join sees all; the path is in drawing order whoever was first.
    assert step(run, "join")["output"] == "LR"
    assert run["path"] == ["r:a", "left", "left2", "r:b", "right", "right2", "join"]


async def test_a_failing_parallel_branch_lets_the_others_come_to_their_end(place: Harness) -> None:
    failed: list[object] = []

    def react(call: object) -> object:
        if call.value == "bad":  # type: ignore[attr-defined]
            failed.append(call)
            raise AuthError("who are you")
        return until(lambda: bool(failed))  # this branch is the last to end

    place.probe.react = react
    definition = flow(
        r=router(
            when("a", "`true`", "bad"), when("b", "`true`", "good"), match="all", parallel=True, next="z"
        ),
        bad=probe("bad"),
        good=probe("good"),
        z=compose(1),
    )
    run = await place.run(definition)
    assert (run["status"], run["error"]["step"], run["error"]["kind"]) == ("failed", "bad", "auth_error")
    assert step(run, "good")["status"] == "succeeded"
    assert "z" not in run["path"]


# -- loops ---------------------------------------------------------------------------------------------


async def test_a_loop_takes_each_item_through_its_body(place: Harness) -> None:
    definition = flow(
        each=loop("trigger.body", "double", "after", collect="steps.double.output"),
        double=compose("{{ loop.item }}-{{ loop.index }}"),
        after=compose("{{ steps.each.output }}"),
    )
    run = await place.run(definition, ["a", "b"])
    assert run["path"] == ["each[0].double", "each[1].double", "after"]
    assert step(run, "after")["output"] == ["a-0", "b-1"]


async def test_until_ends_a_loop_after_the_item(place: Harness) -> None:
    definition = flow(
        each=loop("trigger.body", "see", until="steps.see.output == `2`", collect="loop.item"),
        see=compose("{{ loop.item }}"),
    )
    run = await place.run(definition, [1, 2, 3])
    assert step(run, "each")["output"] == [1, 2]


async def test_an_iteration_does_not_see_what_an_earlier_one_did(place: Harness) -> None:
    definition = flow(
        each=loop("trigger.body", "r", "after", collect="steps.once.output"),
        r=router(when("first", "loop.index == `0`", "once"), otherwise={"next": None}),
        once=compose("only the first"),
        after=compose("{{ steps.r.output.branches[0] }}"),
    )
    run = await place.run(definition, [1, 2])
    assert step(run, "each")["output"] == ["only the first", None]
    assert step(run, "after")["output"] == "otherwise"  # behind the loop stands what the last one gave


async def test_a_concurrent_loop_works_on_so_many_items_at_once(place: Harness) -> None:
    async def react(value: int) -> int:
        await until(lambda: place.probe.active == 3 or len(place.probe.calls) == 8)
        await turns(value)
        return value * 10

    place.probe.react = lambda call: react(call.value)
    definition = flow(
        each=loop("trigger.body", "act", concurrency=3, collect="steps.act.output"),
        act=probe("{{ loop.item }}"),
    )
    run = await place.run(definition, list(range(8)))
    assert place.probe.most == 3
    assert step(run, "each")["output"] == [n * 10 for n in range(8)]
    assert run["path"] == [f"each[{n}].act" for n in range(8)]


async def test_loops_nest_and_the_inner_one_has_its_own_item(place: Harness) -> None:
    definition = flow(
        outer=loop("trigger.body", "inner", collect="steps.inner.output"),
        inner=loop("loop.item", "see", "back", collect="steps.see.output"),
        see=compose("{{ loop.item }}"),
        back=compose("{{ loop.index }}"),
    )
    run = await place.run(definition, [[1, 2], [3]])
    assert step(run, "outer")["output"] == [[1, 2], [3]]
    assert run["path"] == [
        "outer[0].inner[0].see", "outer[0].inner[1].see", "outer[0].back", "outer[1].inner[0].see",
        "outer[1].back",
    ]  # fmt: skip


async def test_a_loop_in_a_parallel_branch_keeps_its_path_to_itself(
    clock: ManualClock, place: Harness
) -> None:
    place.probe.react = lambda call: turns(2)  # the branches take turns
    definition = flow(
        r=router(
            when("a", "`true`", "each"), when("b", "`true`", "other"), match="all", parallel=True, next="p"
        ),
        each=loop("trigger.body", "one"),
        one=probe("{{ loop.item }}"),
        other=probe("o", "other2"),
        other2=probe("o2"),
        p=delay(60),
    )
    run = await place.run(definition, [1, 2, 3], clock)
    expected = ["r:a", "each[0].one", "each[1].one", "each[2].one", "r:b", "other", "other2", "p"]
    assert run["path"] == expected  # also after the wait, when the loop is not walked again


async def test_what_a_loop_gave_is_still_known_after_a_wait(clock: ManualClock, place: Harness) -> None:
    definition = flow(
        each=loop("trigger.body", "see", "pause"),
        see=compose("{{ loop.item }}"),
        pause=delay(60, "after"),
        after=compose("{{ steps.see.output }}"),
    )
    run = await place.run(definition, [1, 2], clock)
    assert step(run, "after")["output"] == 2


@pytest.mark.parametrize(
    ("items", "body", "says"),
    [
        ("trigger.body", {}, "gave an object"),
        ("trigger.body", "x", "“trigger.body” gave a text"),
        ("trigger.body", 2.5, "gave a number"),
        ("trigger.body", True, "gave true"),
        ("trigger.body", None, "gave nothing (null)"),
        ("trigger.body.x", {}, "nothing (null)"),
        ("length(trigger.body.x)", {}, "could not be evaluated"),
    ],
)
async def test_a_loop_without_a_list_fails_and_says_what_it_got(
    place: Harness, items: str, body: object, says: str
) -> None:
    run = await place.run(flow(each=loop(items, "x"), x=compose(1)), body)
    assert run["status"] == "failed"
    assert says in run["error"]["message"]
    assert step(run, "each")["status"] == "failed"


async def test_a_run_has_a_bounded_number_of_steps(place: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executor, "MAX_STEPS", 50)
    run = await place.run(flow(each=loop("trigger.body", "x"), x=compose(1)), list(range(60)))
    assert (run["status"], run["error"]["kind"]) == ("failed", "limit")
    assert len(run["steps"]) == 50


@pytest.mark.parametrize("concurrency", [1, 3])
async def test_what_a_loop_collects_is_bounded_like_an_output(
    place: Harness, monkeypatch: pytest.MonkeyPatch, concurrency: int
) -> None:
    monkeypatch.setattr(executor, "MAX_OUTPUT", 1_000)
    each = loop("trigger.body", "x", collect="steps.x.output", concurrency=concurrency)
    few = await place.run(flow(each=each, x=compose("{{ loop.item }}")), ["a" * 90] * 10)
    assert step(few, "each")["output"] == ["a" * 90] * 10
    run = await place.run(flow(each=each, x=compose("{{ loop.item }}")), ["a" * 90] * 60)
    assert (run["status"], run["error"]["kind"], run["error"]["step"]) == ("failed", "limit", "each")
    assert "more than 1,000 bytes" in run["error"]["message"]
    assert step(run, "each")["status"] == "failed"
    assert len(run["steps"]) < 15, "it ended where the limit was reached"


async def test_a_loop_that_collects_its_list_again_and_again_takes_no_memory(place: Harness) -> None:
    """928 MB were recorded of an event of 1 MB, and the run could never be read."""
    each = loop("trigger.body", "x", collect="trigger.body")
    run = await place.run(flow(each=each, x=compose(1)), ["x" * 1000] * 1000)
    assert (run["status"], run["error"]["kind"]) == ("failed", "limit")
    (stored,) = await place.sql("SELECT sum(length(records)) FROM journal WHERE run_id = ?", run["id"])
    assert stored[0] < 10_000


@pytest.mark.parametrize("kind", ["pure", "effect", "router"])
async def test_all_that_a_run_records_is_bounded(
    place: Harness, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(journal, "MAX_RECORDED", 3_000)
    value = "{{ trigger.body }}"
    steps = {
        "pure": {f"s{n}": compose(value, f"s{n + 1}") for n in range(9)},
        "effect": {f"s{n}": probe(value, f"s{n + 1}") for n in range(9)},
        "router": {f"s{n}": router(case("A", 1), key="trigger.body", next=f"s{n + 1}") for n in range(9)},
    }[kind]
    run = await place.run(flow(**steps, s9=compose(1)), "x" * 300)
    full = run["error"]["step"]
    assert (run["status"], run["error"]["kind"]) == ("failed", "limit")
    assert "more than 3,000 bytes" in run["error"]["message"]
    assert step(run, full)["status"] == "failed"
    assert step(run, full)["output"] is None
    done = [one["name"] for one in run["steps"]]
    assert done == [f"s{n}" for n in range(len(done))]
    assert done[-1] == full and 2 < len(done) < 9
    if kind == "effect":
        assert step(run, full)["attempts"] == 1, "what it did is not forgotten"
        assert len(place.probe.calls) == len(done)


async def test_a_long_key_decides_and_is_not_shown(place: Harness) -> None:
    """An expression can hold the event many times over, for which it pays nothing."""
    key = f"[{', '.join(['trigger.body'] * 150)}]"
    run = await place.run(flow(r=router(case("A", "a", next=None), key=key)), "x" * 1000)
    assert step(run, "r")["output"]["key"] is None
    assert "more than 100,000 characters" in step(run, "r")["warnings"][0]
    long = await place.run(flow(r=router(case("A", "x" * 150_000), key="trigger.body")), "x" * 150_000)
    assert step(long, "r")["branch"] == "A"


async def test_loops_within_loops_are_bounded(place: Harness) -> None:
    steps = {f"l{n}": loop("`[1]`", f"l{n + 1}") for n in range(300)}
    flow_id = await place.draft(flow(**steps, l300=compose(1)))
    run = await place.ended(await place.start(flow_id, variant="/draft", headers=await place.as_editor()))
    assert run["status"] == "failed"
    assert "loops are nested" in run["error"]["message"]


# -- skip and errors -----------------------------------------------------------------------------------


async def test_a_skipped_step_does_nothing_and_the_flow_goes_on(place: Harness) -> None:
    definition = flow(
        a=probe(1, "r", skip=True),
        r=router(when("x", "`true`", "b"), next="l", skip=True),
        b=compose(1),
        l=loop("trigger.body", "m", "c", skip=True),
        m=compose(1),
        c=compose("{{ steps.a.output }}"),
    )
    run = await place.run(definition)
    assert (run["path"], place.probe.calls) == (["c"], [])
    assert [(s["name"], s["status"]) for s in run["steps"]] == [
        ("a", "skipped"), ("r", "skipped"), ("l", "skipped"), ("c", "succeeded"),
    ]  # fmt: skip
    assert step(run, "c")["output"] is None


async def test_a_failed_step_ends_the_run_with_its_error(place: Harness) -> None:
    place.probe.react = refuse("out of cheese")
    run = await place.run(flow(a=probe(1, "b"), b=compose(2)))
    assert run["status"] == "failed"
    assert run["error"] == {
        "step": "a", "kind": "piece_error", "message": "out of cheese", "details": {"why": "out of cheese"},
    }  # fmt: skip
    assert run["path"] == ["a"]
    told = await place.sql(
        "SELECT action FROM events WHERE action LIKE 'flow.run.%' AND project_id = ?", place.project
    )
    assert told == [("flow.run.failed",)]


async def test_on_error_continue_goes_on_with_the_error_as_data(place: Harness) -> None:
    place.probe.react = refuse("out of cheese")
    definition = flow(
        a=probe(1, "b", on_error="continue"),
        b=compose("{{ steps.a.status }}: {{ steps.a.error.message }}"),
    )
    run = await place.run(definition)
    assert run["status"] == "succeeded"
    assert step(run, "b")["output"] == "failed: out of cheese"


async def test_on_error_takes_its_branch_and_then_goes_on_behind_the_step(place: Harness) -> None:
    place.probe.react = fails(1, AuthError("reconnect"))
    definition = flow(
        a=probe(1, "b", on_error={"next": "tell"}),
        tell=probe("{{ steps.a.error.message }}", "told"),
        told=compose(1),
        b=compose(2),
    )
    run = await place.run(definition)
    assert run["path"] == ["a", "tell", "told", "b"]
    assert place.probe.values == [1, "reconnect"]


async def test_an_expression_error_in_an_input_fails_the_step(place: Harness) -> None:
    run = await place.run(flow(a=compose("{{ length(trigger.body) }}")), 5)
    assert run["status"] == "failed"
    assert run["error"]["kind"] == "expression"
    assert "length(trigger.body)" in run["error"]["message"]


async def test_null_inside_a_text_renders_as_nothing_and_warns(place: Harness) -> None:
    run = await place.run(flow(a=compose("<{{ trigger.body.missing }}>")), {})
    assert step(run, "a")["output"] == "<>"
    assert len(run["warnings"]) == 1


@pytest.mark.parametrize(("piece", "name"), [("probe", "broken"), ("nowhere", "x"), ("data", "nothing")])
async def test_a_piece_that_breaks_or_is_gone_fails_the_step(place: Harness, piece: str, name: str) -> None:
    flow_id = await place.draft(flow(a=action(piece, name)))
    run = await place.ended(await place.start(flow_id, variant="/draft", headers=await place.as_editor()))
    assert (run["status"], run["error"]["step"]) == ("failed", "a")
    assert run["error"]["message"]


async def test_an_output_that_is_too_large_fails_the_step(place: Harness) -> None:
    place.probe.react = lambda call: "x" * 5_000_001
    run = await place.run(flow(a=probe(1)))
    assert run["status"] == "failed"
    assert "output" in run["error"]["message"].lower()


@pytest.mark.parametrize(
    ("output", "stored"),
    [
        ({1, 2}, [1, 2]),
        (2**70, str(2**70)),
        ({"half": "a\ud83d"}, {"half": "a\ufffd"}),
        (b"raw", {"filename": None, "content_type": "application/octet-stream", "size": 3, "base64": "cmF3"}),
        (object, "<class 'object'>"),
    ],
)
async def test_an_output_that_json_cannot_hold_is_stored_as_what_it_can(
    place: Harness, output: object, stored: object
) -> None:
    """The effect was carried out: its step must not fail for what came back."""
    place.probe.react = lambda call: output
    run = await place.run(flow(a=probe(1)))
    assert run["status"] == "succeeded", run["error"]
    assert step(run, "a")["output"] == stored


async def test_a_message_of_half_a_character_does_not_keep_the_run_from_its_end(place: Harness) -> None:
    place.probe.react = refuse("half \ud83d")
    run = await place.run(flow(a=probe(1)))
    assert (run["status"], run["error"]["message"]) == ("failed", "half ?")


async def test_a_piece_that_raises_timeout_itself_is_tried_again(place: Harness) -> None:
    place.probe.react = fails(1, TimeoutError("slow"))
    run = await place.run(flow(a=probe(1, retry={"attempts": 2, "first_delay": 0})))
    assert (run["status"], step(run, "a")["attempts"]) == ("succeeded", 2)


# -- retries, waits, time ------------------------------------------------------------------------------


async def test_a_retry_waits_in_the_store_and_keeps_its_idempotency_key(
    clock: ManualClock, place: Harness
) -> None:
    place.probe.react = fails(2, Retry("busy"))
    definition = flow(a=probe(1, retry={"attempts": 3, "first_delay": 60, "factor": 1}))
    run_id = await place.start(await place.publish(definition))
    waiting = await place.until(run_id, "waiting")
    assert waiting["resume_at"] and step(waiting, "a")["status"] == "waiting"
    assert step(waiting, "a")["resume_at"]
    run = await place.ended(run_id, clock)
    assert run["status"] == "succeeded"
    assert len({call.key for call in place.probe.calls}) == 1
    log = step(run, "a")["attempts_log"]
    assert [entry["number"] for entry in log] == [1, 2, 3]
    assert [("error" in entry, "retry_at" in entry) for entry in log] == [
        (True, True),
        (True, True),
        (False, False),
    ]
    first, second, third = (call.at for call in place.probe.calls)
    assert 60 <= second - first <= 67 and 60 <= third - second <= 67


async def test_retry_after_holds_when_it_is_longer_than_the_policy(
    clock: ManualClock, place: Harness
) -> None:
    place.probe.react = fails(1, Retry("busy", 30))
    run = await place.run(flow(a=probe(1, retry={"attempts": 2, "first_delay": 0})), clock=clock)
    first, second = (call.at for call in place.probe.calls)
    assert run["status"] == "succeeded" and 30 <= second - first <= 34


async def test_attempts_run_out_and_then_the_error_policy_holds(place: Harness) -> None:
    place.probe.react = fails(99, Retry("busy"))
    definition = flow(
        a=probe(1, "b", retry={"attempts": 3, "first_delay": 0}, on_error="continue"), b=compose(1)
    )
    run = await place.run(definition)
    assert (run["status"], run["path"]) == ("succeeded", ["a", "b"])
    assert (step(run, "a")["status"], step(run, "a")["attempts"]) == ("failed", 3)


async def test_an_error_that_is_no_retry_is_not_tried_again(place: Harness) -> None:
    place.probe.react = refuse()
    run = await place.run(flow(a=probe(1, retry={"attempts": 5, "first_delay": 0})))
    assert (run["status"], len(place.probe.calls)) == ("failed", 1)


async def test_parallel_branches_wait_each_for_its_own_time(clock: ManualClock, place: Harness) -> None:
    definition = flow(
        r=router(
            when("a", "`true`", "long"), when("b", "`true`", "short"), match="all", parallel=True, next="z"
        ),
        long=delay(3600, "late"),
        late=probe("late"),
        short=delay(60, "early"),
        early=probe("early"),
        z=compose(1),
    )
    began = clock.now()
    run = await place.run(definition, clock=clock)
    assert run["status"] == "succeeded"
    assert place.probe.values == ["early", "late"]
    assert [round(call.at - began) for call in place.probe.calls] == [60, 3600]
    assert run["path"] == ["r:a", "long", "late", "r:b", "short", "early", "z"]


async def test_a_step_timeout_interrupts_the_attempt_and_counts_as_one(
    clock: ManualClock, place: Harness
) -> None:
    place.probe.react = lambda call: forever() if len(place.probe.calls) == 1 else "ok"
    run_id = await place.start(
        await place.publish(flow(a=probe(1, timeout=20, retry={"attempts": 2, "first_delay": 0})))
    )
    await place.probe.called(1)
    clock.advance(19)
    await place.quiet()
    assert place.probe.interrupted == []
    clock.advance(1)
    run = await place.ended(run_id)
    assert run["status"] == "succeeded"
    assert place.probe.interrupted == ["a"]
    assert "longer than its time limit of 20 seconds" in step(run, "a")["attempts_log"][0]["error"]


async def test_a_run_that_is_active_too_long_times_out_and_names_the_step(
    clock: ManualClock, place: Harness
) -> None:
    place.probe.react = lambda call: forever()
    run_id = await place.start(
        await place.publish(flow(settings={"timeout": 40}, a=compose(1, "b"), b=probe(1)))
    )
    await place.probe.called(1)
    clock.advance(40)
    run = await place.ended(run_id)
    assert (run["status"], run["error"]["kind"], run["error"]["step"]) == ("timed_out", "timeout", "b")
    assert step(run, "b")["status"] == "failed"
    assert place.probe.interrupted == ["b"]


async def test_waiting_does_not_count_towards_the_run_timeout(clock: ManualClock, place: Harness) -> None:
    run = await place.run(flow(settings={"timeout": 60}, a=delay(3600, "b"), b=probe(1)), clock=clock)
    assert run["status"] == "succeeded"


async def test_a_piece_that_waits_without_a_time_fails_its_step(place: Harness) -> None:
    async def react(call: Call) -> Any:
        raise Wait(None, {"n": 1})

    place.probe.react = react
    run = await place.run(flow(a=probe(1)))
    assert (run["status"], step(run, "a")["status"]) == ("failed", "failed")
    assert step(run, "a")["error"]["kind"] == "piece_error"
    assert "nothing would ever resume the run" in step(run, "a")["error"]["message"]


async def test_a_connections_secret_is_cut_out_of_what_is_recorded_but_not_out_of_names(
    place: Harness,
) -> None:
    await place.sy.connections.create(
        place.actor, "box", "http", {"kind": "bearer", "secret": "request", "hosts": ["127.0.0.1:1"]}
    )
    definition = flow(
        request=action("http", "request", connection="box", on_error="continue",
                       input={"url": "http://127.0.0.1:1/?q=request"}),
    )  # fmt: skip
    run = await place.run(definition)
    assert run["status"] == "succeeded"
    assert step(run, "request")["input"]["url"].endswith("q=••••")
    assert run["path"] == ["request"]


@pytest.mark.parametrize("how", ["breaks", "waits", "answers", "stores"])
async def test_nothing_that_a_piece_does_with_a_secret_puts_it_into_the_store_or_the_log(
    place: Harness, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    secret = "planted-secret-1"
    place.sy.pieces.pieces["probe"].auth = BearerToken()
    await place.sy.connections.create(place.actor, "box", "probe", {"token": secret})

    async def react(call: Call) -> Any:
        token = call.ctx.auth["token"]
        if how == "breaks":
            raise KeyError(f"no such thing: {token}")
        if how == "waits" and call.resume is None:
            raise Wait(call.ctx.now(), {"token": token})
        if how == "answers":
            await call.ctx.respond(200, {"X-Token": token}, {"token": token})
        if how == "stores":
            await call.ctx.store.put("key", [token])
        return "done"

    place.probe.react = react
    run = await place.run(flow(a=probe(1, connection="box")))
    assert run["status"] == ("failed" if how == "breaks" else "succeeded")
    assert "KeyError" in caplog.text if how == "breaks" else not caplog.text
    stored = b"".join(path.read_bytes() for path in place.sy.settings.data_dir.iterdir() if path.is_file())
    assert secret.encode() not in stored and secret not in caplog.text and secret not in str(run)


# -- respond and end -----------------------------------------------------------------------------------


async def test_a_step_that_ends_the_run_ends_only_its_own(place: Harness) -> None:
    answer = action("webhook", "respond", input={"then": "end"})
    run = await place.run(
        flow(r=router(when("a", "`true`", "answer"), next="never"), answer=answer, never=probe(1))
    )
    assert (run["status"], run["path"], place.probe.calls) == ("succeeded", ["r:a", "answer"], [])
