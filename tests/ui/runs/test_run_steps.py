from typing import Any

import pytest

from ui.runs.run_steps import opened, told, why

ROUTER: dict[str, Any] = {
    "type": "router", "title": "By kind", "key": "trigger.body.kind",
    "branches": [
        {"name": "Paid", "case": ["paid", 1], "next": None},
        {"name": "Big", "when": "trigger.body.amount > `100`", "next": None},
        {"name": "Both", "case": ["refunded"], "when": "trigger.body.sure", "next": None},
    ],
}  # fmt: skip


def record(value: Any, branches: list[str], **more: Any) -> dict[str, Any]:
    return {"name": "by", "type": "router", "output": {"key": value, "branches": branches}, **more}


@pytest.mark.parametrize(
    ("value", "chosen", "says"),
    [
        ("paid", ["Paid"], ["taken", "not asked: one before it matched", "not asked: one before it matched"]),
        ("x", ["Big"], ["another value", "taken", "not asked: one before it matched"]),
        ("x", [], ["another value", "its condition did not hold", "another value"]),
        ("refunded", [], ["another value", "its condition did not hold", "its condition did not hold"]),
        (True, [], ["another value", "its condition did not hold", "another value"]),  # true is not 1
        ({"a": [1]}, [], ["another value", "its condition did not hold", "another value"]),
    ],
)
def test_each_branch_says_what_became_of_it(value: Any, chosen: list[str], says: list[str]) -> None:
    found = why(record(value, chosen), ROUTER)
    assert [one.says for one in found.branches] == says
    assert found.unrouted == (not chosen)


def test_a_router_that_takes_all_asks_all() -> None:
    found = why(record("paid", ["Paid", "Big"]), ROUTER | {"match": "all"})
    assert [one.says for one in found.branches] == ["taken", "taken", "another value"]


def test_otherwise_is_a_branch_like_the_others() -> None:
    step = ROUTER | {"otherwise": {"next": None}}
    output = {"key": "x", "branches": ["otherwise"], "otherwise": True}
    found = why({"name": "by", "type": "router", "output": output}, step)
    assert (found.branches[-1].taken, found.branches[-1].says) == (True, "taken: no branch matched")
    assert why(record("paid", ["Paid"]), step).branches[-1].says == "not needed"


def test_a_condition_that_broke_is_shown_with_its_caret() -> None:
    warning = "The condition of branch 'Big' of by could not be evaluated, so it did not match: no\na > b\n^"
    big = why(record("x", [], warnings=[warning]), ROUTER).branches[1]
    assert (big.says, big.broken) == ("could not be evaluated, so it did not match", "a > b\n^")


def test_what_stands_open_is_asked_for_or_failed_or_last() -> None:
    steps = [{"own": "a", "status": "succeeded"}, {"own": "b", "status": "failed"},
             {"own": "c", "status": "succeeded"}]  # fmt: skip
    assert opened(steps, "", ended=True) == 1
    assert opened(steps, "a", ended=True) == 0
    assert opened(steps, "nope", ended=True) == -1
    assert opened([steps[0], steps[2]], "", ended=True) == 1
    assert opened([steps[0]], "", ended=False) == -1
    assert opened([], "", ended=True) == -1


def test_a_step_of_a_definition_that_is_gone_is_told_all_the_same() -> None:
    step = {"name": "each[0].by_kind", "type": "router", "status": "succeeded", "output": None}
    assert told(step, {}, "run_1")["title"] == "By kind"
    action = told({"name": "tell", "type": "action", "piece": "slack", "action": "send_message"}, {}, "run_1")
    assert (action["of"], action["idempotency_key"]) == ("slack · send message", "run_1:tell")
