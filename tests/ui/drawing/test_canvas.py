from typing import Any

import pytest

from engine.flow import Problem
from pieces import registry
from ui.drawing.canvas import Drawing, condition, draw, stations
from ui.drawing.parts import title_of
from ui.drawing.run_view import overlay


def act(next: str | None = None, **more: Any) -> dict[str, Any]:
    return {"type": "action", "piece": "data", "action": "compose", "next": next, **more}


def router(*branches: tuple[str, str | None], otherwise: Any = "absent", **more: Any) -> dict[str, Any]:
    drawn = [{"name": name, "case": [name], "next": to} for name, to in branches]
    made = {"type": "router", "key": "trigger.body.kind", "next": None, "branches": drawn, **more}
    return made if otherwise == "absent" else {**made, "otherwise": {"next": otherwise}}


def flow(**steps: Any) -> dict[str, Any]:
    return {"triggers": [{"name": "webhook", "piece": "webhook", "trigger": "catch"}],
            "start": next(iter(steps), None), "steps": steps}  # fmt: skip


def run(path: list[str], status: str = "succeeded", **states: str) -> dict[str, Any]:
    steps = [
        {"name": name, "status": state, "duration_ms": 5, "attempts": 1} for name, state in states.items()
    ]
    return {"status": status, "path": path, "steps": steps, "trigger": {"name": "webhook"}, "unrouted": False}


def names(drawing: Drawing) -> list[str]:
    return [station.name for station in stations(drawing.track)]


def test_branches_stand_in_their_router_and_what_follows_stands_after_it() -> None:
    drawing = draw(
        flow(by=router(("a", "one"), ("b", None), otherwise=None, next="last"), one=act(), last=act())
    )
    by, last = drawing.track
    assert [(siding.kind, siding.name, len(siding.track)) for siding in by.sidings] == [
        ("case", "a", 1), ("case", "b", 0), ("otherwise", "otherwise", 0)]  # fmt: skip
    assert (by.points, last.name) == ("wide", "last")


def test_a_router_without_otherwise_says_where_other_events_go() -> None:
    by = draw(flow(by=router(("a", None)))).track[0]
    assert by.sidings[-1].kind == "unrouted"


def test_many_branches_stand_below_each_other() -> None:
    by = draw(flow(by=router(*[(f"b{n}", None) for n in range(41)]))).track[0]
    assert by.points == "long"


def test_nested_routers_count_into_the_width() -> None:
    inner = router(("a", None), ("b", None), ("c", None), otherwise=None)
    by = draw(flow(by=router(("x", "i1"), ("y", "i2")), i1=inner, i2=inner)).track[0]
    assert by.points == "long"
    assert by.sidings[0].track[0].points == "wide"


@pytest.mark.parametrize(
    "definition",
    [
        {},
        {"start": "a", "steps": {"a": act("a")}},
        {"start": "a", "steps": {"a": act("b"), "b": act("a")}},
        {"start": "gone", "steps": {}},
        {"start": 3, "steps": []},
        {"start": "a", "steps": {"a": "no step"}, "triggers": [None]},
        {"start": "r", "steps": {"r": {"type": "router", "branches": [{"case": "x"}, None]}}},
        {"start": "l", "steps": {"l": {"type": "loop", "body": "l"}}},
    ],
)
def test_a_broken_definition_is_drawn_all_the_same(definition: dict[str, Any]) -> None:
    draw(definition)


def test_a_step_that_nothing_leads_to_is_shown_apart() -> None:
    drawing = draw({"start": "a", "steps": {"a": act(), "b": act("c"), "c": act()}})
    assert names(drawing) == ["a"]
    assert [station.name for station in drawing.loose] == ["b", "c"]


def test_a_missing_step_is_named() -> None:
    drawing = draw({"start": "a", "steps": {"a": act("gone")}})
    assert [(s.name, s.kind) for s in drawing.track] == [("a", "action"), ("gone", "missing")]


def test_problems_stand_on_their_step() -> None:
    problems = [Problem("/steps/a/input/x", "bad"), Problem("/triggers/0", "hm", "warning")]
    drawing = draw(flow(a=act()), problems=problems)
    assert (drawing.track[0].problems, drawing.track[0].severity) == (["bad"], "error")
    assert drawing.triggers[0].severity == "warning"


@pytest.mark.parametrize(
    ("branch", "key", "words", "code"),
    [
        ({"case": ["x"]}, "trigger.body.action", "= x", True),
        ({"case": ["x", "y"]}, "a", "= x or y", True),
        ({"case": list("abcdef")}, "trigger.body.data.status", "6 statuses", False),
        ({"case": list("abc")}, "trigger.body.country", "3 countries", False),
        ({"case": list("abc")}, "join('.', [a, b])", "3 values", False),
        ({"when": "a > `1`"}, "", "a > 1", False),
        ({"when": "length(a) > length(b)"}, "", "length(a) > length(b)", True),
        ({"case": ["x"], "when": "b"}, "a", "= x and b", True),
        ({}, "", "", False),
    ],
)
def test_a_condition_is_said_in_few_words(branch: dict[str, Any], key: str, words: str, code: bool) -> None:
    assert condition(branch, key)[:2] == (words, code)


# -- light -----------------------------------------------------------------------------------------


def test_the_way_taken_is_lit_into_its_branch_and_out_again() -> None:
    definition = flow(by=router(("a", "one"), ("b", "two"), ("c", "three"), next="last"),
                      one=act(), two=act(), three=act(), last=act())  # fmt: skip
    told = run(["by:b", "two", "last"], by="succeeded", two="succeeded", last="succeeded")
    drawing = draw(definition, overlay=overlay(told))
    by, last = drawing.track
    a, b, c, none = by.sidings
    assert (b.entered, b.left) == (True, True)
    assert [s.entered for s in (a, c, none)] == [False] * 3
    assert (a.later_in, a.later_out, b.later_in) == (True, True, False)
    assert (a.passing, b.passing, c.passing) == (True, False, True)
    assert (by.done, last.done, drawing.finished) == (True, True, True)
    assert a.track[0].status == "passed"


def test_a_failed_step_ends_the_light() -> None:
    definition = flow(by=router(("a", "one"), next="last"), one=act(), last=act())
    drawing = draw(definition, overlay=overlay(run(["by:a", "one"], "failed", by="succeeded", one="failed")))
    by, last = drawing.track
    assert (by.sidings[0].entered, by.sidings[0].left, by.done) == (True, False, False)
    assert (last.status, drawing.finished) == ("passed", False)


def test_an_error_step_is_a_siding_that_is_lit_only_by_a_failure() -> None:
    definition = flow(a=act("b", on_error={"next": "rescue"}), rescue=act(), b=act())
    good = draw(definition, overlay=overlay(run(["a", "b"], a="succeeded", b="succeeded")))
    bad = draw(
        definition, overlay=overlay(run(["a", "rescue", "b"], a="failed", rescue="succeeded", b="succeeded"))
    )
    assert (good.track[0].bypass, good.track[0].sidings[0].entered) == (True, False)
    assert (bad.track[0].bypass, bad.track[0].sidings[0].left, bad.track[0].done) == (False, True, True)


def test_an_unrouted_run_lights_the_way_to_unrouted() -> None:
    told = {**run(["by:"], by="succeeded"), "unrouted": True}
    by = draw(flow(by=router(("a", None))), overlay=overlay(told)).track[0]
    assert by.sidings[-1].entered


def test_a_loop_that_has_not_ended_is_known_by_its_body() -> None:
    definition = flow(each={"type": "loop", "items": "x", "body": "one", "next": None}, one=act())
    told = {**run(["each[0].one"], "running"), "steps": [{"name": "each[0].one", "status": "succeeded"}]}
    each = draw(definition, overlay=overlay(told)).track[0]
    assert (each.status, each.sidings[0].entered, each.done) == ("running", True, False)


def test_a_triggers_title_is_that_of_its_runs_and_not_of_its_card() -> None:
    definition = flow(a=act())
    definition["triggers"][0]["title"] = "Order {{ trigger.body.id }}"
    (card,) = draw(definition, registry()).triggers
    assert card.title == title_of(definition, "webhook", registry())
    assert "{{" not in card.title
