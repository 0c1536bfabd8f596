import pytest

from ui.drawing.run_view import base_name, overlay


@pytest.mark.parametrize(
    ("entry", "name"),
    [("tell", "tell"), ("each[0].tell", "tell"), ("a[1].b[22].c", "c"), ("by_kind:A.b [0]", "by_kind")],
)
def test_the_own_name_of_a_step_stands_last(entry: str, name: str) -> None:
    assert base_name(entry) == name


def test_a_branch_name_may_hold_anything() -> None:
    assert overlay({"path": ["each[0].by:A: b.c[1]"]}).taken == {"by": {"A: b.c[1]"}}


def test_attempts_times_and_durations_add_up() -> None:
    steps = [
        {"name": "each[0].tell", "status": "succeeded", "duration_ms": 100, "attempts": 3},
        {"name": "each[1].tell", "status": "succeeded", "duration_ms": 150, "attempts": 1},
    ]
    assert (
        overlay({"status": "succeeded", "steps": steps}).steps["tell"].says == "3 attempts · 2 times · 250 ms"
    )


def test_a_router_may_take_several_branches() -> None:
    steps = [{"name": "by", "status": "succeeded", "branch": ["A", "B"]}]
    assert overlay({"steps": steps}).taken == {"by": {"A", "B"}}


def test_an_event_that_did_not_pass_does_not_reach_the_end() -> None:
    step = {"name": "once", "status": "succeeded", "stopped": "A repeat.", "duration_ms": 2}
    shown = overlay({"status": "succeeded", "path": ["once"], "steps": [step]})
    assert shown.steps["once"].says == "did not pass · 2 ms" and not shown.finished
    item = {**step, "name": "each[0].once"}
    in_loop = overlay({"status": "succeeded", "path": ["each[0].once"], "steps": [item]})
    assert in_loop.finished
