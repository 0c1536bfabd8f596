"""Tests of a part of a flow, with what an earlier run gave."""

from typing import Any

import pytest

from engine.base.errors import BadInput, NotFound
from engine.runs.service import Part
from engine.runs.step_test import seed
from tests.engine.factories import (
    Harness,
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
)
from tests.support.clock import ManualClock

EVENT = {"body": {"kind": "a", "all": [1, 2, 3]}}
CHAIN = flow(one=probe("{{ trigger.body.kind }}", "two"), two=probe("{{ steps.one.output }}!", "three"),
             three=probe("{{ steps.two.output }}!"))  # fmt: skip


async def tried(
    place: Harness,
    definition: Any,
    part: Part | None = None,
    flow_id: str = "",
    clock: ManualClock | None = None,
) -> Any:
    flow_id = flow_id or await place.draft(definition)
    return await place.ended(await place.sy.runs.test(place.actor, flow_id, EVENT, part), clock)


async def test_a_step_is_tested_alone_with_what_the_steps_before_it_gave(place: Harness) -> None:
    whole = await tried(place, CHAIN)
    place.probe.calls.clear()
    run = await tried(place, CHAIN, Part("two", results_of=whole["id"]), whole["flow_id"])
    assert run["status"] == "succeeded" and place.probe.values == ["a!"]
    assert [(each["name"], each.get("seeded", False)) for each in run["steps"]] == [
        ("one", True),
        ("two", False),
    ]
    assert run["path"] == ["one", "two"]
    assert run["partial"] == {"step": "two", "only": True, "results_of": whole["id"]}
    assert whole["partial"] is None


async def test_from_a_step_on_all_that_follows_is_done(place: Harness) -> None:
    whole = await tried(place, CHAIN)
    place.probe.calls.clear()
    part = Part("two", only=False, results_of=whole["id"])
    run = await tried(place, CHAIN, part, whole["flow_id"])
    assert place.probe.values == ["a!", "a!!"] and run["path"] == ["one", "two", "three"]
    assert run["partial"]["only"] is False


async def test_without_earlier_results_the_steps_before_are_passed_by(place: Harness) -> None:
    run = await tried(place, CHAIN, Part("two"))
    assert [each["name"] for each in run["steps"]] == ["two"] and len(place.probe.calls) == 1
    assert run["path"] == ["two"] and run["status"] == "succeeded"


NESTED = flow(
    r=router(case("A", "a", next="x"), case("B", "b", next="y"), key="trigger.body.kind", next="last"),
    x=probe("x"), y=probe("y", "z"), z=probe("{{ steps.y.output }}"), last=probe("last"),
)  # fmt: skip


async def test_a_router_leads_to_the_tested_step_whatever_the_event_says(place: Harness) -> None:
    run = await tried(place, NESTED, Part("z"))
    assert run["path"] == ["r:B", "z"] and place.probe.calls[0].step == "z"
    assert step(run, "r")["seeded"] and step(run, "r")["branch"] == "B"
    place.probe.calls.clear()
    run = await tried(place, NESTED, Part("z", only=False))
    assert [call.step for call in place.probe.calls] == ["z", "last"]


async def test_a_router_alone_decides_and_goes_nowhere(place: Harness) -> None:
    run = await tried(place, NESTED, Part("r"))
    assert step(run, "r")["branch"] == "A" and place.probe.calls == []
    assert not run["unrouted"]


async def test_an_otherwise_and_a_way_after_an_error_are_gone_to_as_well(place: Harness) -> None:
    definition = flow(
        r=router(case("A", "a"), key="trigger.body.kind", otherwise={"next": "other"}),
        other=probe("o", on_error={"next": "mend"}), mend=probe("{{ steps.other.error.message }}"),
    )  # fmt: skip
    run = await tried(place, definition, Part("mend"))
    assert run["path"] == ["r:otherwise", "other", "mend"] and [c.step for c in place.probe.calls] == ["mend"]
    assert "Taken as failed" in place.probe.values[0]


LOOP = flow(
    first=probe("f", "each"),
    each=loop("trigger.body.all", "in_one", "after", collect="steps.in_two.output"),
    in_one=probe("{{ loop.item }}", "in_two"), in_two=probe("{{ steps.in_one.output }}"),
    after=probe("{{ steps.each.output }}"),
)  # fmt: skip


async def test_of_a_loop_one_item_is_tested(place: Harness) -> None:
    whole = await tried(place, LOOP)
    assert place.probe.values[-1] == [1, 2, 3]
    place.probe.calls.clear()
    part = Part("in_two", results_of=whole["id"], iteration=(1,))
    run = await tried(place, LOOP, part, whole["flow_id"])
    assert place.probe.values == [2] and run["partial"]["step"] == "each[1].in_two"
    assert run["path"] == ["first", "each[1].in_one", "each[1].in_two"]


async def test_from_within_a_loop_the_items_after_are_gone_through(place: Harness) -> None:
    whole = await tried(place, LOOP)
    place.probe.calls.clear()
    part = Part("in_two", only=False, results_of=whole["id"], iteration=(1,))
    await tried(place, LOOP, part, whole["flow_id"])
    assert [c.step for c in place.probe.calls] == [
        "each[1].in_two",
        "each[2].in_one",
        "each[2].in_two",
        "after",
    ]
    assert place.probe.values[:3] == [2, 3, 3]


async def test_a_loop_alone_goes_through_its_items_and_no_further(place: Harness) -> None:
    run = await tried(place, LOOP, Part("each"))
    assert place.probe.values == [1, 1, 2, 2, 3, 3] and step(run, "each")["output"] == [1, 2, 3]


async def test_a_loop_before_the_step_is_taken_over_whole(place: Harness) -> None:
    whole = await tried(place, LOOP)
    place.probe.calls.clear()
    run = await tried(place, LOOP, Part("after", results_of=whole["id"]), whole["flow_id"])
    assert place.probe.values == [[1, 2, 3]] and "each[2].in_two" in run["path"]


async def test_a_partial_test_waits_and_goes_on_as_one(clock: ManualClock, place: Harness) -> None:
    definition = flow(a=probe("a", "b"), b=delay(60, "c"), c=probe("c"))
    run = await tried(place, definition, Part("b"), clock=clock)
    assert run["status"] == "succeeded" and run["partial"]["step"] == "b" and place.probe.calls == []


async def test_a_partial_test_is_retried_as_one(place: Harness) -> None:
    place.probe.react = refuse()
    failed = await tried(place, CHAIN, Part("two"))
    assert failed["status"] == "failed"
    place.probe.react = fails(0)
    again = await place.ended(await place.sy.runs.retry(place.actor, failed["id"], from_failed=True))
    assert again["partial"] == failed["partial"] and again["path"] == ["two"]
    assert [call.step for call in place.probe.calls] == ["two", "two"]


async def test_what_cannot_be_tested_is_refused_and_nothing_is_stored(place: Harness) -> None:
    definition = flow(a=compose(1, skip=True), b=compose(2))
    flow_id = await place.draft(definition)
    other = await tried(place, flow(a=compose(1)))
    for part, error in (
        (Part("a"), BadInput),
        (Part("none"), BadInput),
        (Part("b"), BadInput),  # nothing leads to it
        (Part("a", results_of="run_none"), NotFound),
        (Part("a", results_of=other["id"]), NotFound),
    ):
        with pytest.raises(error):
            await place.sy.runs.test(place.actor, flow_id, EVENT, part)
    assert (await place.sy.runs.list(place.project, flow_id=flow_id)).data == []


def test_a_step_that_ended_its_run_does_not_end_the_test() -> None:
    ended = {"name": "a", "type": "action", "status": "succeeded", "ends": True}
    _, taken = seed(flow(a=compose(1, "b"), b=compose(2)), "b", [ended])
    assert "ends" not in taken and taken["seeded"]


def test_what_failed_before_is_not_taken_over() -> None:
    failed = {"name": "a", "type": "action", "status": "failed", "error": {}}
    _, passed = seed(flow(a=compose(1, "b"), b=compose(2)), "b", [failed])
    assert passed["status"] == "skipped"
