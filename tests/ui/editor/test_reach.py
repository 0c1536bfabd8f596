"""With which sample a step is shown and tested, and what a test of it really does."""

from typing import Any

import pytest
from starlette.datastructures import FormData

from engine.flow import parse
from engine.flow.commands import apply
from pieces import registry as known_pieces
from ui.editor import branch, commands
from ui.editor.panel import sends
from ui.editor.reach import samples_at
from ui.shared.forms import Form


@pytest.fixture(scope="module")
def registry() -> Any:
    return known_pieces()


def action(piece: str, name: str, next: str | None = None, **given: Any) -> dict[str, Any]:
    return {"type": "action", "piece": piece, "action": name, "input": given, "next": next}


def definition() -> dict[str, Any]:
    """A router within a router, and samples for three of the four ways."""
    return {
        "format": 1, "name": "Alerts", "start": "by_kind",
        "triggers": [{"name": "webhook", "piece": "webhook", "trigger": "catch",
                      "input": {"verify": {"scheme": "none"}}}],
        "steps": {
            "by_kind": {"type": "router", "key": "trigger.body.kind", "next": "last", "branches": [
                {"name": "Alert", "case": ["alert"], "next": "by_team"}], "otherwise": {"next": "other"}},
            "by_team": {"type": "router", "key": "trigger.body.team", "next": None, "branches": [
                {"name": "Red", "case": ["red"], "next": "red"},
                {"name": "Blue", "case": ["blue"], "next": "blue"}]},
            "red": action("data", "compose", value="red"), "blue": action("data", "compose", value="blue"),
            "other": action("data", "compose", value="other"),
            "last": action("data", "compose", value="last"),
        },
        "samples": {"note": {"body": {"kind": "note"}}, "red": {"body": {"kind": "alert", "team": "red"}},
                    "green": {"body": {"kind": "alert", "team": "green"}}},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("step", "expected"),
    [("red", ["red"]), ("blue", []), ("by_team", ["red", "green"]), ("other", ["note"]),
     ("last", ["note", "red", "green"]), ("webhook", ["note", "red", "green"])],
)  # fmt: skip
def test_the_samples_of_a_step_are_those_that_come_to_it(
    registry: Any, step: str, expected: list[str]
) -> None:
    flow = definition()
    assert samples_at(flow, step, branch.covered(flow, registry)) == expected


def test_a_branch_is_added_for_each_value_that_no_branch_takes(registry: Any) -> None:
    flow = definition()
    assert branch.remaining_values(flow, "by_team") == ["green"]
    assert branch.remaining_values(flow, "by_kind") == ["note"]
    form = Form(FormData([("do", "add-values"), ("remaining", '"green"'), ("remaining", "7")]))
    changed = parse(flow)
    for call in commands.of_step("by_team", form, flow, registry):
        changed = apply(changed, call.command, call.args, registry).flow
    names = {one.name: one.case for one in changed.steps["by_team"].branches}
    assert names == {"Red": ["red"], "Blue": ["blue"], "green": ["green"], "7": [7]}


def test_a_test_says_what_it_really_does_and_to_whom(registry: Any) -> None:
    step = {**action("slack", "send_message", channel="#ops", text="Hi"), "connection": "team"}
    said = sends(step, registry)
    assert "`#ops`" in said and "`team`" in said and said.startswith("A test is real: Slack")
    assert sends(action("data", "compose", value=1), registry) == ""
    assert sends({"type": "router"}, registry) == ""


def test_a_step_that_is_replaced_leaves_fields_of_the_same_name_and_kind(registry: Any) -> None:
    flow = definition()
    flow["steps"]["red"] = action("slack", "send_message", channel="#ops", text="{{ trigger.body.team }}")
    other = {"step": "red", "type": "action", "piece": "slack", "action": "send_webhook_message"}
    replaced = apply(parse(flow), "replace_step", other, registry).flow.steps["red"]
    assert replaced.input == {"text": "{{ trigger.body.team }}"}  # that has no channel
