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
