"""One item of each loop of a run."""

from typing import Any

from ui.drawing.iterations import narrow


def run(*steps: tuple[str, str], status: str = "succeeded") -> dict[str, Any]:
    return {
        "status": status,
        "steps": [{"name": name, "status": said} for name, said in steps],
        "path": [name for name, _ in steps],
    }


LOOPED = run(
    ("first", "succeeded"), ("each[0].a", "succeeded"), ("each[1].a", "failed"), ("each[2].a", "failed"),
    ("each[3].a", "succeeded"), ("each", "succeeded"), ("last", "succeeded"),
)  # fmt: skip


def names(found: Any) -> list[str]:
    return [step["name"] for step in found["steps"]]


def test_the_first_item_that_failed_is_shown() -> None:
    shown, turns = narrow(LOOPED)
    assert names(shown) == ["first", "each[1].a", "each", "last"] == shown["path"]
    turn = turns["each"]
    assert (turn.at, turn.number, turn.before, turn.after) == ("each[1]", 2, "each[0]", "each[2]")


def test_the_address_says_which() -> None:
    shown, turns = narrow(LOOPED, "each[3]")
    assert "each[3].a" in names(shown) and turns["each"].after == ""


def test_those_that_failed_are_offered_first() -> None:
    _, turns = narrow(LOOPED)
    assert [label for _, label in turns["each"].offered] == ["2 · failed", "3 · failed", "1", "4"]


def test_an_item_that_is_not_there_is_no_error() -> None:
    for asked in ("each[99]", "each[", "]", "none[0]", "each[0].x[1]", "[0]"):
        assert narrow(LOOPED, asked)[1]["each"].at in ("each[1]", "each[0]")


def test_loops_within_loops_are_chosen_from_the_outside_in() -> None:
    nested = run(
        ("o[0].i[0].a", "succeeded"), ("o[0].i[1].a", "succeeded"), ("o[0].i", "succeeded"),
        ("o[1].i[0].a", "succeeded"), ("o[1].i[1].a", "failed"), ("o[1].i", "succeeded"), ("o", "succeeded"),
    )  # fmt: skip
    shown, turns = narrow(nested)
    assert names(shown) == ["o[1].i[1].a", "o[1].i", "o"] and turns["i"].at == "o[1].i[1]"
    shown, turns = narrow(nested, "o[0].i[1]")
    assert names(shown) == ["o[0].i[1].a", "o[0].i", "o"] and turns["o"].index == 0


def test_of_a_run_that_goes_on_the_last_item_is_shown() -> None:
    going = run(("each[0].a", "succeeded"), ("each[1].a", "succeeded"), status="running")
    assert narrow(going)[1]["each"].index == 1


def test_a_run_without_loops_stays_as_it_is() -> None:
    plain = run(("a", "succeeded"), ("b", "failed"))
    assert narrow(plain, "each[1]") == (plain, {})
