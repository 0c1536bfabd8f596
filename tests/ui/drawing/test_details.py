from typing import Any

import pytest

from engine.flow import Problem
from pieces import load
from ui.drawing.details import Part, details, show

PIECES = load(entry_points=False)


def about(step: dict[str, Any], **more: Any) -> Any:
    definition = {
        "triggers": [{"name": "webhook", "piece": "webhook", "trigger": "catch"}],
        "steps": {"a": step},
    }
    return details(definition, more.get("name", "a"), PIECES, more.get("problems", []))


def test_expressions_are_told_apart_from_text() -> None:
    assert show("T", "Run of {{ a.b }} ended").parts == [Part("Run of "), Part("a.b", True), Part(" ended")]


@pytest.mark.parametrize(
    ("value", "text"), [(True, "yes"), (None, "nothing"), (3, "3"), ([1], "[\n  1\n]"), ({}, "{}")]
)
def test_other_values_are_shown_plainly(value: Any, text: str) -> None:
    assert show("T", value).parts[0].text == text


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({}, "Fail the run"),
        ({"on_error": "continue"}, "Go on"),
        ({"on_error": {"next": "b"}}, "Go to b"),
        ({"retry": {"attempts": 4}}, "Try 4 times (after 4, 8, 16 s), then fail the run"),
        ({"retry": {"attempts": 3, "first_delay": 10, "factor": 1}, "on_error": "continue"},
         "Try 3 times (after 10, 10 s), then go on"),
    ],
)  # fmt: skip
def test_what_happens_on_an_error_is_said_in_words(more: dict[str, Any], words: str) -> None:
    step = {"type": "action", "piece": "data", "action": "compose", "input": {}, **more}
    assert ("On failure", words, False) in about(step).facts


def test_a_step_of_an_unknown_piece_is_shown_too() -> None:
    shown = about({"type": "action", "piece": "gone", "action": "do", "input": {"x": 1}})
    assert (shown.of, shown.inputs[0].title) == ("gone · do", "X")


def test_a_trigger_and_its_problems_are_found_by_name() -> None:
    problems = [Problem("/triggers/0/input/verify", "hm", "warning"), Problem("/steps/a", "no")]
    shown = about({"type": "router"}, name="webhook", problems=problems)
    assert (shown.kind, [p.message for p in shown.problems]) == ("trigger", ["hm"])


def test_there_is_nothing_to_say_of_what_is_not_there() -> None:
    assert about({"type": "router"}, name="nope") is None
