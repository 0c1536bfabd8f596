"""The places at which two versions of a flow differ."""

from copy import deepcopy
from typing import Any

import pytest

from engine.flow.marks import Marks, marks


def compose(value: Any, next: str | None = None) -> dict[str, Any]:
    return {"type": "action", "piece": "data", "action": "compose", "input": {"value": value}, "next": next}


FLOW: dict[str, Any] = {
    "format": 1, "name": "A", "start": "r",
    "triggers": [{"name": "webhook", "piece": "webhook", "trigger": "catch", "input": {}}],
    "steps": {
        "r": {"type": "router", "key": "trigger.body.kind", "next": "last", "branches": [
            {"name": "One", "case": ["1"], "next": "a"}, {"name": "Two", "case": ["2"]},
        ]},
        "a": compose(1, "b"), "b": compose(2), "last": compose(3),
    },
}  # fmt: skip


def edited(**changes: Any) -> dict[str, Any]:
    """The flow with steps replaced; None takes a step away."""
    new = deepcopy(FLOW)
    new["steps"] = {name: step for name, step in {**new["steps"], **changes}.items() if step is not None}
    return new


def branches(*listed: dict[str, Any]) -> dict[str, Any]:
    return edited(r={**FLOW["steps"]["r"], "branches": list(listed)})


ONE, TWO = FLOW["steps"]["r"]["branches"]
CASES: list[tuple[str, dict[str, Any], dict[Any, str], dict[Any, str]]] = [
    ("nothing", FLOW, {}, {}),
    ("a changed input", edited(a=compose(9, "b")), {("a", ""): "changed"}, {("a", ""): "changed"}),
    ("a step put between: its neighbour leads on as before",
     edited(a=compose(1, "c"), c=compose(5, "b")), {}, {("c", ""): "added"}),
    ("a step taken away", edited(a=compose(1), b=None), {("b", ""): "removed"}, {}),
    ("two steps that changed places", edited(r={**FLOW["steps"]["r"], "next": "b"}, a=compose(1, "last"),
                                             b=compose(2)),
     {("r", ""): "changed", ("a", ""): "changed"}, {("r", ""): "changed", ("a", ""): "changed"}),
    ("an added branch in front", branches({"name": "New", "case": ["0"]}, ONE, TWO),
     {}, {("r", "branches/0"): "added"}),
    ("a removed branch", branches(TWO), {("r", "branches/0"): "removed"}, {}),
    ("a changed condition", branches(ONE, {**TWO, "case": ["3"]}),
     {("r", "branches/1"): "changed"}, {("r", "branches/1"): "changed"}),
    ("a renamed branch", branches(ONE, {**TWO, "name": "Second"}),
     {("r", "branches/1"): "changed"}, {("r", "branches/1"): "changed"}),
    ("an otherwise", edited(r={**FLOW["steps"]["r"], "otherwise": {"next": None}}),
     {}, {("r", "otherwise"): "added"}),
    ("another key", edited(r={**FLOW["steps"]["r"], "key": "trigger.body.other"}),
     {("r", ""): "changed"}, {("r", ""): "changed"}),
    ("null and absent are the same", edited(b={key: one for key, one in compose(2).items() if key != "next"}),
     {}, {}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("new", "old_marks", "new_marks"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_each_difference_has_its_place_on_the_drawing_that_has_it(
    new: dict[str, Any], old_marks: dict[Any, str], new_marks: dict[Any, str]
) -> None:
    assert marks(FLOW, new) == Marks(old_marks, new_marks)  # type: ignore[arg-type]
    assert set(marks(new, FLOW).old) == set(new_marks) and set(marks(new, FLOW).new) == set(old_marks)


def test_a_trigger_is_marked_and_all_is_counted() -> None:
    new = edited(c=compose(1))
    new["triggers"] = [
        {**FLOW["triggers"][0], "input": {"sample": 1}},
        {"name": "daily", "piece": "schedule"},
    ]
    found = marks(FLOW, new)
    assert found.old == {("webhook", ""): "changed"}
    assert found.new == {("webhook", ""): "changed", ("daily", ""): "added", ("c", ""): "added"}
    assert found.counts() == {"added": 2, "removed": 0, "changed": 1}
