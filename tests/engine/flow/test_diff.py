import difflib
import re
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.flow import diff

FLOW: dict[str, Any] = {
    "format": 1,
    "name": "Alerts",
    "description": "",
    "triggers": [{"name": "webhook", "piece": "webhook", "trigger": "catch", "input": {}}],
    "start": "by_action",
    "steps": {
        "by_action": {
            "type": "router",
            "match": "first",
            "key": "trigger.body.action",
            "branches": [
                {"name": "Done", "case": ["done"], "next": "tell"},
                {"name": "Lost", "case": ["lost"], "next": None},
            ],
            "otherwise": {"next": None},
            "next": None,
        },
        "tell": {"type": "action", "piece": "slack", "action": "send", "input": {"text": "hi"}, "next": None},
    },
    "samples": {"done": {"body": {}}},
    "tests": [],
    "notes": [],
    "layout": {},
}


def _edited(path: str, value: Any) -> dict[str, Any]:
    new = deepcopy(FLOW)
    place: Any = new
    *way, last = path.split("/")
    for key in way:
        place = place[int(key)] if isinstance(place, list) else place[key]
    if value is ...:
        del place[int(last) if isinstance(place, list) else last]
    elif isinstance(place, list) and int(last) == len(place):
        place.append(value)
    else:
        place[int(last) if isinstance(place, list) else last] = value
    return new


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("name", "Other", 'Flow: name changed from "Alerts" to "Other".'),
        ("steps/tell/input/text", "ho", 'Step "tell": input.text changed from "hi" to "ho".'),
        ("steps/tell/title", "Tell", 'Step "tell": title set to "Tell".'),
        ("steps/tell", ..., 'Step "tell" removed.'),
        ("steps/more", {"type": "action", "piece": "http", "action": "get"},
         'Step "more" added (action http: get).'),
        ("steps/tell", {"type": "loop", "items": "x"}, 'Step "tell" is now loop, was action slack: send.'),
        ("steps/by_action/branches/2", {"name": "New", "case": ["n"]},
         'Step "by_action": branch "New" added.'),
        ("steps/by_action/branches/1", ..., 'Step "by_action": branch "Lost" removed.'),
        ("steps/by_action/branches/0/case", ["done", "ended"],
         'Step "by_action", branch "Done": case changed from ["done"] to ["done","ended"].'),
        ("steps/by_action/otherwise", ..., 'Step "by_action": otherwise removed (was {"next":null}).'),
        ("triggers/0/input/verify", {"scheme": "none"},
         'Trigger "webhook": input.verify set to {"scheme":"none"}.'),
        ("samples/lost", {"body": 1}, 'Sample "lost" added.'),
        ("samples/done", {"body": 1}, 'Sample "done" changed.'),
        ("tests/0", {"name": "one", "sample": "done"}, 'Test "one" added.'),
        ("layout/tell", {"x": 1}, "Layout changed."),
        ("notes/0", {"text": "x"}, "Notes changed."),
    ],
)  # fmt: skip
def test_each_kind_of_change_is_one_sentence(path: str, value: Any, sentence: str) -> None:
    assert diff.changes(FLOW, _edited(path, value)) == [sentence]


def test_equal_definitions_have_no_changes() -> None:
    assert diff.changes(FLOW, deepcopy(FLOW)) == []
    assert diff.unified("a\n", "a\n") == ""


def test_null_and_absent_mean_the_same() -> None:
    assert diff.changes(FLOW, _edited("steps/tell/next", ...)) == []


def test_a_step_under_another_name_is_renamed() -> None:
    new = deepcopy(FLOW)
    new["steps"]["call"] = new["steps"].pop("tell")
    new["steps"]["by_action"]["branches"][0]["next"] = "call"
    assert diff.changes(FLOW, new) == [
        'Step "tell" renamed to "call".',
        'Step "by_action", branch "Done" now leads to "call", before to "tell".',
    ]


def test_a_branch_under_another_name_is_renamed_and_not_new() -> None:
    new = deepcopy(FLOW)
    new["steps"]["by_action"]["branches"][0]["name"] = "Ended"
    assert diff.changes(FLOW, new) == ['Step "by_action": branch "Done" renamed to "Ended".']


def test_branches_in_another_order_are_told_since_the_first_match_wins() -> None:
    new = deepcopy(FLOW)
    new["steps"]["by_action"]["branches"].reverse()
    assert diff.changes(FLOW, new) == ['Step "by_action": branches put in another order.']


def test_long_values_are_cut() -> None:
    (sentence,) = diff.changes(FLOW, _edited("name", "x" * 1000))
    assert len(sentence) < 120


def test_the_text_diff_names_both_sides() -> None:
    text = diff.unified("a\nb\n", "a\nc\n", "revision 3", "yours")
    assert text.splitlines() == ["--- revision 3", "+++ yours", "@@ -1,2 +1,2 @@", " a", "-b", "+c"]
    assert text.endswith("\n")


def test_lines_have_the_numbers_of_the_whole_text() -> None:
    old = [f"line {n}" for n in range(1, 5001)]
    new = [*old[:3999], "changed", *old[4000:]]
    text = diff.unified("\n".join(old), "\n".join(new))
    assert text.splitlines()[2:] == [
        "@@ -3997,7 +3997,7 @@", " line 3997", " line 3998", " line 3999", "-line 4000", "+changed",
        " line 4001", " line 4002", " line 4003",
    ]  # fmt: skip


def test_texts_that_differ_all_over_are_told_in_bounded_time_and_length() -> None:
    old = "\n".join(str(n % 150) for n in range(20_000))
    new = "\n".join(str(n * 7 % 151) for n in range(20_000))
    text = diff.unified(old, new)  # a line by line comparison takes minutes
    assert "lines more" in text and len(text) < 20_000


@given(st.text(alphabet="abc\n", max_size=60), st.text(alphabet="abc\n", max_size=60))
def test_a_diff_is_the_plain_one_with_less_work(old: str, new: str) -> None:
    plain = "\n".join(
        difflib.unified_diff(old.splitlines(), new.splitlines(), "before", "after", lineterm="")
    )
    ours = diff.unified(old, new)
    changed = [line for line in ours.splitlines()[2:] if line[:1] in "+-"]
    rest, at = [], 0
    lines = old.splitlines()
    for line in ours.splitlines()[2:]:
        head = re.match(r"@@ -(\d+)", line)
        if head:
            first = max(0, int(head[1]) - (0 if re.match(r"@@ -\d+,0", line) else 1))
            rest += lines[at:first]
            at = first
        elif line.startswith("+"):
            rest.append(line[1:])
        else:
            rest += lines[at : at + 1] if line.startswith(" ") else []
            at += 1
    assert [*rest, *lines[at:]] == new.splitlines()
    assert bool(changed) == bool(plain)
