"""A definition made ready to run."""

from typing import Any

import pytest

from engine.flow import parse
from engine.runs.plan import Plan, Retry, case_key, compile_plan
from engine.runs.plans import Plans
from tests.engine.factories import Probe, action, case, compose, flow, registry, router, webhook, when

REGISTRY = registry(Probe())
IDENTITY = {"flow_id": "f", "project_id": "p", "version_id": "v", "version": 3}


def planned(definition: Any) -> Plan:
    return compile_plan(parse(definition), REGISTRY, **IDENTITY)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (1, 1.0, True), (1, True, False), (0, False, False), ("1", 1, False), (None, "null", False),
        (None, False, False), ([1], [1], True), ([1], [True], False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ({}, [], False), ("", None, False), (1.5, 1.5, True), ([1], "[1]", False),
    ],
)  # fmt: skip
def test_case_keys_meet_when_the_json_values_are_equal(one: Any, other: Any, same: bool) -> None:
    assert (case_key(one) == case_key(other)) is same
    assert hash(case_key(one)) is not None


def test_a_key_value_leads_to_its_branches_in_order_together_with_those_without_a_case() -> None:
    step = planned(
        flow(r=router(case("a", 1, 2), when("w", "x"), case("b", 2), case("c", 1), key="k", match="all"))
    ).steps["r"]
    assert step.type == "router"
    found = {value: [step.branches[n].name for n in step.candidates(value)] for value in (1, 2, 3)}
    assert found == {1: ["a", "w", "c"], 2: ["a", "w", "b"], 3: ["w"]}


def test_a_hundred_cases_cost_one_look_up() -> None:
    branches = [case(f"b{n}", f"v{n}") for n in range(100)]
    step = planned(flow(r=router(*branches, key="k"))).steps["r"]
    assert step.type == "router"
    assert step.candidates("v99") == (99,)
    assert step.candidates("nothing") == ()


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (action("nowhere", "x"), "no piece `nowhere`"),
        (action("data", "nothing"), "no action `nothing`"),
    ],
)
def test_what_is_not_installed_becomes_a_step_that_fails(broken: Any, says: str) -> None:
    step = planned(flow(a=broken)).steps["a"]
    assert step.type == "action"
    assert step.action is None and says in step.broken


def test_delays_of_a_retry_grow_up_to_the_longest() -> None:
    retry = Retry(attempts=9, first_delay=4, factor=2, max_delay=20)
    assert [retry.delay(n) for n in (1, 2, 3, 4)] == [4, 8, 16, 20]
    assert Retry(attempts=5000, factor=100).delay(4999) == 3600


def test_the_flows_settings_are_in_the_plan() -> None:
    definition = flow(settings={"timeout": 5, "concurrency": 2, "dedupe": "trigger.body.id"}, a=compose(1))
    plan = planned(definition)
    assert (plan.timeout, plan.concurrency, plan.start) == (5, 2, "a")
    (trigger,) = plan.triggers
    assert trigger.dedupe is not None
    assert trigger.dedupe.value({"trigger": {"body": {"id": 7}}}) == 7
    assert plan.scope_flow == {"id": "f", "name": "A flow", "version": 3}


def test_a_triggers_dedupe_goes_before_the_flows() -> None:
    definition = flow(
        triggers=[webhook(dedupe="trigger.body.own")], settings={"dedupe": "trigger.body.id"}, a=compose(1)
    )
    trigger = planned(definition).triggers[0]
    assert trigger.dedupe is not None and trigger.dedupe.text == "trigger.body.own"


async def test_plans_are_kept_by_version_and_the_oldest_gives_way() -> None:
    plans = Plans(REGISTRY, size=2)
    made = [await plans.compile(flow(a=compose(1)), {**IDENTITY, "version_id": f"v{n}"}) for n in range(3)]
    assert plans.known("v0") is None
    assert (plans.known("v1"), plans.known("v2")) == (made[1], made[2])
