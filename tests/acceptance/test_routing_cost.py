"""Routing costs the same with 5 `case` branches as with 1,000: counted in instructions, not timed."""

from typing import Any

import pytest

import pieces
from engine.base.journal import Journal
from engine.flow import parse
from engine.runs.executor import execute
from engine.runs.plan import Plan, compile_plan
from engine.runs.run import Run
from tests.support.work import instructions


class Quiet:
    """The surroundings of a run without effects."""

    async def context(self, run: Run, step: Any, key: str, resume: Any) -> pieces.Context:
        raise AssertionError("nothing is called")

    def context_at_once(self, run: Run, step: Any, key: str) -> None:
        """Nothing: each step is called in the same way here."""

    async def checkpoint(self, run: Run) -> None:
        return None

    def step_begins(self, run: Run, record: Any) -> None:
        return None

    def step_done(self, run: Run, record: Any) -> None:
        return None


def plan(branches: int, *, otherwise: bool, match: str = "first") -> Plan:
    """A router whose last branch has the case `wanted` and leads to a nested condition."""
    cases = [f"kind.{number}" for number in range(branches - 1)] + ["wanted"]
    router: dict[str, Any] = {
        "type": "router", "key": "trigger.body.action", "match": match,
        "branches": [
            {"name": case, "case": [case], "next": "inner" if case == "wanted" else None} for case in cases
        ],
    }  # fmt: skip
    if otherwise:
        router["otherwise"] = {"next": None}
    inner = {"type": "router", "branches": [{"name": "Heavy", "when": "trigger.body.size > `100`"}]}
    flow = parse({"format": 1, "name": "Many", "start": "r", "steps": {"r": router, "inner": inner}})
    ids: dict[str, Any] = {"flow_id": "f", "project_id": "p", "version_id": "v", "version": 1}
    return compile_plan(flow, pieces.registry(), **ids)


def take(plan: Plan, action: str) -> Run:
    run = Run("run_1", plan, {"body": {"action": action, "size": 200}}, "webhook", Journal())
    walk = execute(run, Quiet())
    with pytest.raises(StopIteration):
        walk.send(None)  # nothing is waited for, so it ends at once
    return run


def steps_of(plan: Plan, action: str) -> int:
    """The instructions that the interpreter executes to take an event through the flow."""
    take(plan, action)  # once before, so that nothing is counted that is done only at first
    return instructions(lambda: take(plan, action))


@pytest.mark.parametrize("match", ["first", "all"])
@pytest.mark.parametrize("otherwise", [True, False])
@pytest.mark.parametrize("action", ["wanted", "unknown"])
def test_the_work_of_a_router_does_not_grow_with_its_cases(action: str, otherwise: bool, match: str) -> None:
    few, many, most = [plan(number, otherwise=otherwise, match=match) for number in (5, 100, 1000)]
    path = ["r:wanted", "inner:Heavy"] if action == "wanted" else ["r:otherwise" if otherwise else "r"]
    assert take(few, action).path == take(most, action).path == path
    counted = steps_of(few, action)
    assert counted > 100  # something was counted
    assert steps_of(many, action) == counted
    assert steps_of(most, action) == counted


def test_what_is_recorded_does_not_grow_with_its_cases() -> None:
    few, most = plan(5, otherwise=True), plan(1000, otherwise=True)
    assert take(few, "wanted").journal.records() == take(most, "wanted").journal.records()


def test_a_condition_is_asked_only_where_a_case_does_not_decide() -> None:
    """What does grow: branches that have only a condition are asked one after the other."""
    branches = [{"name": f"b{n}", "when": f"trigger.body.n == `{n}`"} for n in range(50)]
    steps = {"r": {"type": "router", "branches": branches}}
    ids: dict[str, Any] = {"flow_id": "f", "project_id": "p", "version_id": "v", "version": 1}
    made = compile_plan(
        parse({"format": 1, "name": "x", "start": "r", "steps": steps}), pieces.registry(), **ids
    )
    run = Run("run_1", made, {"body": {"n": 49}}, "webhook", Journal())
    with pytest.raises(StopIteration):
        execute(run, Quiet()).send(None)
    assert run.path == ["r:b49"]
