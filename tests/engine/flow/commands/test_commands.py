"""What each command does to a flow, drawn as text: `a r[x: b c | otherwise: d] e`."""

from typing import Any

import pytest

from engine.base.errors import BadInput
from engine.flow import ActionStep, Flow, Graph, dumps, parse, to_json
from engine.flow.commands import COMMANDS, apply, copy, find
from pieces import registry
from tests.engine.factories import case, compose, flow, loop, probe, router

START = {"start": True}
SLACK = {"piece": "slack", "action": "send_message"}


def example() -> Flow:
    """`a r[x: b c | y: | otherwise: d] l[e] z`, and `z` reads `b`."""
    return parse(
        flow(
            a=compose(1, "r"),
            r=router(
                case("x", 1, next="b"), case("y", 2), key="trigger.body", otherwise={"next": "d"}, next="l"
            ),
            b=compose("{{ steps.a.output }}", "c"),
            c=compose("{{ steps.b.output }} and {{ steps.a.output }}"),
            d=probe(1),
            l=loop("trigger.body.items", "e", "z"),
            e=compose("{{ loop.item }}"),
            z=compose("{{ steps.b.output }}"),
        )
    )


def drawn(known: Flow) -> str:
    steps = to_json(known)["steps"]

    def line(name: str | None) -> str:
        parts = []
        while name is not None:
            step = steps[name]
            parts.append(name + within(step))
            name = step["next"]
        return " ".join(parts)

    def within(step: dict[str, Any]) -> str:
        ways = [(branch["name"], branch.get("next")) for branch in step.get("branches", [])]
        ways += [(f, step[f].get("next")) for f in ("otherwise", "on_error") if isinstance(step.get(f), dict)]
        if step["type"] == "loop":
            return f"[{line(step.get('body'))}]"
        return f"[{' | '.join(f'{label}: {line(first)}'.strip() for label, first in ways)}]" if ways else ""

    return line(known.start)


def test_the_example_is_what_it_says() -> None:
    assert drawn(example()) == "a r[x: b c | y: | otherwise: d] l[e] z"


NEW = {"piece": "data", "action": "compose", "name": "n"}
DRAWN: list[tuple[str, dict[str, Any], str, str]] = [
    ("add_step", {**NEW, "place": START}, "n a r[x: b c | y: | otherwise: d] l[e] z",
     "Added Data · Compose at the start"),
    ("add_step", {**NEW, "place": {"after": "b"}}, "a r[x: b n c | y: | otherwise: d] l[e] z",
     "Added Data · Compose after B"),
    ("add_step", {**NEW, "place": {"branch": ["r", "x"]}}, "a r[x: n b c | y: | otherwise: d] l[e] z",
     "Added Data · Compose in the branch “x” of R"),
    ("add_step", {**NEW, "place": {"branch": ["r", "otherwise"]}}, "a r[x: b c | y: | otherwise: n d] l[e] z",
     "Added Data · Compose in the branch “otherwise” of R"),
    ("add_step", {**NEW, "place": {"body": "l"}}, "a r[x: b c | y: | otherwise: d] l[n e] z",
     "Added Data · Compose in L"),
    ("add_step", {**NEW, "place": {"on_error": "a"}}, "a[on_error: n] r[x: b c | y: | otherwise: d] l[e] z",
     "Added Data · Compose on the error way of A"),
    ("add_step", {"type": "router", "name": "n", "place": {"after": "a"}},
     "a n[Branch 1: | otherwise:] r[x: b c | y: | otherwise: d] l[e] z", "Added a router after A"),
    ("add_step", {"type": "loop", "name": "n", "place": {"after": "z"}},
     "a r[x: b c | y: | otherwise: d] l[e] z n[]", "Added a loop after Z"),
    ("replace_step", {"step": "b", **SLACK}, "a r[x: b c | y: | otherwise: d] l[e] z",
     "Replaced B by Slack · Send message"),
    ("replace_step", {"step": "r", **SLACK}, "a r l[e] z", "Replaced R by Slack · Send message"),
    ("replace_step", {"step": "r", "type": "loop", "keep_first_branch": True}, "a r[] b c l[e] z",
     "Replaced R by a loop"),
    ("move_steps", {"steps": ["z"], "place": START}, "z a r[x: b c | y: | otherwise: d] l[e]",
     "Moved Z at the start"),
    ("move_steps", {"steps": ["e", "a"], "place": {"branch": ["r", "y"]}},
     "r[x: b c | y: a e | otherwise: d] l[] z", "Moved 2 steps in the branch “y” of R"),
    ("move_steps", {"steps": ["r", "b"], "place": {"body": "l"}},
     "a l[r[x: b c | y: | otherwise: d] e] z", "Moved R in L"),
    ("move_steps", {"steps": ["z"], "place": {"after": "l"}}, "a r[x: b c | y: | otherwise: d] l[e] z",
     "Moved Z after L"),
    ("duplicate_step", {"step": "r"},
     "a r[x: b c | y: | otherwise: d] r_2[x: b_2 c_2 | y: | otherwise: d_2] l[e] z", "Duplicated R"),
    ("delete_steps", {"steps": ["b"]}, "a r[x: c | y: | otherwise: d] l[e] z", "Deleted B"),
    ("delete_steps", {"steps": ["r"]}, "a l[e] z", "Deleted R, 4 steps in all"),
    ("delete_steps", {"steps": ["b", "r", "z"]}, "a l[e]", "Deleted 2 steps, 5 steps in all"),
    ("delete_steps", {"steps": ["r"], "keep_first_branch": True}, "a b c l[e] z",
     "Deleted R, 2 steps in all"),
    ("delete_steps", {"steps": ["l", "e"], "keep_first_branch": True},
     "a r[x: b c | y: | otherwise: d] z", "Deleted 2 steps"),
    ("rename_step", {"step": "b", "name": "bee"}, "a r[x: bee c | y: | otherwise: d] l[e] z",
     "Renamed the step b to bee"),
    ("add_branch", {"router": "r", "position": 0}, "a r[Branch 3: | x: b c | y: | otherwise: d] l[e] z",
     "Added the branch “Branch 3” to R"),
    ("rename_branch", {"router": "r", "branch": "x", "name": "Ex"},
     "a r[Ex: b c | y: | otherwise: d] l[e] z", "Renamed the branch “x” of R to “Ex”"),
    ("move_branch", {"router": "r", "branch": "x", "position": 1}, "a r[y: | x: b c | otherwise: d] l[e] z",
     "Moved the branch “x” of R"),
    ("duplicate_branch", {"router": "r", "branch": "x"},
     "a r[x: b c | x 2: b_2 c_2 | y: | otherwise: d] l[e] z", "Duplicated the branch “x” of R"),
    ("delete_branch", {"router": "r", "branch": "x"}, "a r[y: | otherwise: d] l[e] z",
     "Deleted the branch “x” of R with 2 steps"),
    ("remove_otherwise", {"router": "r"}, "a r[x: b c | y:] l[e] z",
     "Removed the otherwise branch of R with 1 step"),
    ("set_on_error", {"step": "a", "on_error": "way"},
     "a[on_error:] r[x: b c | y: | otherwise: d] l[e] z", "Gave A an error way"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "args", "picture", "sentence"), DRAWN)
def test_a_command_changes_the_drawing_as_told(
    name: str, args: dict[str, Any], picture: str, sentence: str
) -> None:
    change = apply(example(), name, args)
    assert (drawn(change.flow), change.sentence) == (picture, sentence)
    assert set(change.flow.steps) == {place.name for place in Graph.of(to_json(change.flow)).walk()}


FIELDS: list[tuple[str, dict[str, Any], str, Any]] = [
    ("set_title", {"step": "a", "title": "First"}, "steps/a/title", "First"),
    ("set_note", {"step": "a", "note": "Look"}, "steps/a/note", "Look"),
    ("set_skip", {"steps": ["a", "e"], "skip": True}, "steps/e/skip", True),
    ("set_input", {"step": "a", "field": "value", "value": 5}, "steps/a/input", {"value": 5}),
    ("set_input", {"step": "a", "field": "value", "value": None}, "steps/a/input", None),
    ("set_input", {"step": "a", "value": {"value": 6}}, "steps/a/input", {"value": 6}),
    ("set_connection", {"step": "a", "connection": "c"}, "steps/a/connection", "c"),
    ("set_retry", {"step": "a", "retry": {"attempts": 4}}, "steps/a/retry", {"attempts": 4}),
    ("set_on_error", {"step": "a", "on_error": "continue"}, "steps/a/on_error", "continue"),
    ("set_timeout", {"step": "a", "timeout": 2.5}, "steps/a/timeout", 2.5),
    ("set_fail_on_null", {"step": "a", "fail_on_null": False}, "steps/a/fail_on_null", False),
    ("set_case", {"router": "r", "branch": "y", "case": [3]}, "steps/r/branches/1/case", [3]),
    ("set_when", {"router": "r", "branch": "y", "when": "trigger.ok"}, "steps/r/branches/1/when",
     "trigger.ok"),
    ("set_ignore", {"router": "r", "branch": "y", "ignore": True}, "steps/r/branches/1/ignore", True),
    ("set_key", {"router": "r", "key": "trigger.id"}, "steps/r/key", "trigger.id"),
    ("set_match", {"router": "r", "match": "all"}, "steps/r/match", "all"),
    ("set_loop", {"step": "l", "until": "loop.item", "concurrency": 2}, "steps/l/until", "loop.item"),
    ("add_trigger", {"piece": "schedule", "trigger": "every"}, "triggers/1/name", "schedule"),
    ("replace_trigger", {"name": "webhook", "piece": "flow", "trigger": "called"}, "triggers/0/piece",
     "flow"),
    ("delete_trigger", {"name": "webhook"}, "triggers", []),
    ("rename_trigger", {"name": "webhook", "new_name": "hook"}, "triggers/0/name", "hook"),
    ("set_trigger_input", {"name": "webhook", "value": None}, "triggers/0/input", None),
    ("set_trigger_connection", {"name": "webhook", "connection": "c"}, "triggers/0/connection", "c"),
    ("set_trigger_identity", {"name": "webhook", "dedupe": "trigger.body.id", "dedupe_within": 60},
     "triggers/0/dedupe_within", 60),
    ("set_trigger_split", {"name": "webhook", "split": "body.items"}, "triggers/0/split", "body.items"),
    ("set_trigger_summary", {"name": "webhook", "title": "T", "labels": {"site": "trigger.body.site"}},
     "triggers/0/labels", {"site": "trigger.body.site"}),
    ("set_trigger_mask", {"name": "webhook", "mask": ["body.id"]}, "triggers/0/mask", ["body.id"]),
    ("add_note", {"text": "# Hi", "step": "a", "color": "green"}, "notes/0",
     {"text": "# Hi", "step": "a", "color": "green"}),
    ("set_name", {"name": "Other"}, "name", "Other"),
    ("set_description", {"description": "Why"}, "description", "Why"),
    ("set_settings", {"concurrency": 3}, "settings/concurrency", 3),
    ("add_sample", {"name": "s", "event": {"body": 1}}, "samples/s/body", 1),
    ("add_test", {"name": "t", "event": {"body": 1}}, "tests/0/event/body", 1),
]  # fmt: skip


@pytest.mark.parametrize(("name", "args", "place", "value"), FIELDS)
def test_a_command_sets_what_it_says(name: str, args: dict[str, Any], place: str, value: Any) -> None:
    change = apply(example(), name, args)
    found: Any = to_json(change.flow)
    for part in place.split("/"):
        found = found[int(part)] if isinstance(found, list) else found.get(part)
    assert found == value
    assert change.sentence[0].isupper() or change.sentence.startswith("“")


REFUSED: list[tuple[str, dict[str, Any], str | None]] = [
    ("add_step", {**NEW, "place": {"after": "nobody"}}, "place.after"),
    ("add_step", {**NEW, "place": {"branch": ["r", "z"]}}, "place.branch"),
    ("add_step", {**NEW, "place": {"branch": ["a", "x"]}}, "place.branch"),
    ("add_step", {**NEW, "place": {"branch": ["r"]}}, "place.branch.1"),
    ("add_step", {**NEW, "place": {"body": "r"}}, "place.body"),
    ("add_step", {**NEW, "place": {"on_error": "r"}}, "place.on_error"),
    ("add_step", {**NEW, "place": {"start": False}}, "place.start"),
    ("add_step", {**NEW, "place": {}}, "place"),
    ("add_step", {**NEW, "place": {"after": "a", "start": True}}, "place.start"),
    ("add_step", {**NEW, "place": START, "name": "a"}, "name"),
    ("add_step", {"piece": "data", "place": START}, "action"),
    ("add_step", {"type": "loop", "piece": "data", "place": START}, "piece"),
    ("move_steps", {"steps": [], "place": START}, "steps"),
    ("move_steps", {"steps": ["r"], "place": {"after": "c"}}, "place"),
    ("move_steps", {"steps": ["r"], "place": {"branch": ["r", "y"]}}, "place"),
    ("move_steps", {"steps": ["a"], "place": {"after": "a"}}, "place"),
    ("move_steps", {"steps": ["a", "no"], "place": START}, "steps"),
    ("delete_steps", {"steps": ["no"]}, "steps"),
    ("rename_step", {"step": "a", "name": "b"}, "name"),
    ("rename_step", {"step": "a", "name": "Not one"}, "name"),
    ("set_input", {"step": "r", "value": {}}, "step"),
    ("set_input", {"step": "a", "value": [1]}, "value"),
    ("set_input", {"step": "a", "field": "value", "value": "{{ a ||"}, "/steps/a/input/value"),
    ("set_when", {"router": "r", "branch": "x", "when": "a ||"}, "/steps/r/branches/0/when"),
    ("set_retry", {"step": "a", "retry": {"attempts": 0}}, "retry.attempts"),
    ("set_timeout", {"step": "a", "timeout": 0}, "timeout"),
    ("add_branch", {"router": "r", "name": "x"}, "name"),
    ("add_branch", {"router": "r", "name": "otherwise"}, "name"),
    ("rename_branch", {"router": "r", "branch": "x", "name": "  "}, "name"),
    ("rename_branch", {"router": "r", "branch": "x", "name": "y"}, "name"),
    ("delete_branch", {"router": "r", "branch": "otherwise"}, "branch"),
    ("set_parallel", {"router": "r", "parallel": True}, "parallel"),
    ("add_otherwise", {"router": "r"}, "router"),
    ("set_loop", {"step": "l"}, "items"),
    ("set_loop", {"step": "a", "items": ""}, "step"),
    ("add_trigger", {"piece": "webhook", "trigger": "catch"}, "piece"),
    ("add_trigger", {"piece": "flow", "trigger": "called", "name": "webhook"}, "name"),
    ("delete_trigger", {"name": "no"}, "name"),
    ("add_note", {"text": "", "step": "no"}, "step"),
    ("update_note", {"note": 0, "text": ""}, "note"),
    ("delete_note", {"note": -1}, "note"),
    ("set_name", {"name": " "}, "name"),
    ("set_settings", {}, "timeout"),
    ("set_settings", {"dedupe": "a ||"}, "/settings/dedupe"),
    ("rename_sample", {"name": "no", "new_name": "x"}, "name"),
    ("add_test", {"name": "t"}, "event"),
    ("add_test", {"name": "t", "sample": "no"}, "sample"),
    ("delete_test", {"name": "no"}, "name"),
    ("paste", {"place": START, "clipboard": {"switchyard": "steps", "roots": ["a"], "steps": {}}},
     "clipboard.roots"),
    ("paste", {"place": START, "clipboard": {"roots": ["a"], "steps": {}}}, "clipboard.switchyard"),
    ("paste", {"place": START, "clipboard": "text"}, "clipboard"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "args", "field"), REFUSED)
def test_what_does_not_fit_is_refused_by_its_field(name: str, args: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput) as refused:
        apply(example(), name, args)
    assert refused.value.field == field, refused.value.message


def test_nesting_too_deep_is_refused() -> None:
    known = parse(flow(l0=loop("[]", None)))
    for depth in range(32):
        args = {"type": "loop", "place": {"body": f"l{depth}"}, "name": f"l{depth + 1}"}
        known = apply(known, "add_step", args).flow
    with pytest.raises(BadInput, match="more than 32"):
        apply(known, "add_step", {**NEW, "place": {"body": "l32"}})


# -- names and references -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("args", "name"),
    [
        (SLACK, "send_message"),
        ({"piece": "http", "action": "request"}, "http_request"),
        ({"type": "router"}, "router"),
        ({**SLACK, "title": "Tell the Zürich team!"}, "tell_the_zurich_team"),
        ({**SLACK, "title": "42 日本"}, "send_message"),
        ({**SLACK, "title": "a"}, "a_2"),
    ],
)
def test_a_new_step_gets_a_name_that_says_what_it_does(args: dict[str, Any], name: str) -> None:
    assert apply(example(), "add_step", {"place": START, **args}).names == (name,)


def test_within_a_copy_references_go_to_the_copy() -> None:
    steps = apply(example(), "duplicate_step", {"step": "r"}).flow.steps
    copied = steps["c_2"]
    assert isinstance(copied, ActionStep)
    assert copied.input == {"value": "{{ steps.b_2.output }} and {{ steps.a.output }}"}
    assert apply(example(), "rename_step", {"step": "b", "name": "x"}).flow.steps["z"].input == {  # type: ignore[union-attr]
        "value": "{{ steps.x.output }}"
    }


def test_copied_steps_are_pasted_into_another_flow() -> None:
    known = apply(example(), "add_note", {"text": "Mind", "step": "b"}).flow
    clipboard = copy(known, ["z", "r", "b"])
    assert clipboard["roots"] == ["r", "z"] and set(clipboard["steps"]) == {"r", "b", "c", "d", "z"}
    other = parse(flow(b=compose(0), b_2=compose("{{ steps.b.output }}"), start="b_2") | {"start": "b"})
    other = parse({**to_json(other), "steps": {**to_json(other)["steps"], "b": compose(0, "b_2")}})
    change = apply(other, "paste", {"place": {"after": "b"}, "clipboard": clipboard})
    assert drawn(change.flow) == "b r[x: b_3 c | y: | otherwise: d] z b_2"
    assert change.names[:2] == ("r", "z") and change.sentence == "Pasted 5 steps after B"
    assert change.flow.steps["z"].input == {"value": "{{ steps.b_3.output }}"}  # type: ignore[union-attr]
    assert change.flow.steps["b_2"].input == {"value": "{{ steps.b.output }}"}  # type: ignore[union-attr]
    assert [note.step for note in change.flow.notes] == ["b_3"]
    again = apply(known, "paste", {"place": START, "clipboard": clipboard})
    assert drawn(again.flow).startswith("r_2[x: b_2 c_2 | y: | otherwise: d_2] z_2 a r[")


def test_a_clipboard_with_broken_steps_is_refused() -> None:
    clipboard = {
        "switchyard": "steps",
        "roots": ["a"],
        "steps": {"a": compose(1), "b": compose(1, "b")},
    }
    with pytest.raises(BadInput, match="broken steps"):
        apply(example(), "paste", {"place": START, "clipboard": clipboard})
    for names in ([], ["nobody"]):
        with pytest.raises(BadInput):
            copy(example(), names)


def test_what_refers_to_a_thing_follows_it() -> None:
    known = example()
    for name, args in (
        ("add_sample", {"name": "s", "event": {"body": 1, "name": "webhook"}}),
        ("add_test", {"name": "t", "sample": "s", "expect": {"path": ["a", "r:x", "b"]}}),
        ("add_note", {"text": "Mind", "step": "b"}),
        ("rename_sample", {"name": "s", "new_name": "sample"}),
        ("rename_branch", {"router": "r", "branch": "x", "name": "Ex"}),
        ("rename_step", {"step": "r", "name": "route"}),
        ("rename_trigger", {"name": "webhook", "new_name": "hook"}),
    ):
        known = apply(known, name, args).flow
    assert known.tests[0].sample == "sample" and known.tests[0].expect.path == ["a", "route:Ex", "b"]
    assert known.samples["sample"]["name"] == "hook"
    known = apply(
        apply(known, "delete_sample", {"name": "sample"}).flow, "delete_steps", {"steps": ["b"]}
    ).flow
    assert known.tests[0].event == {"body": 1, "name": "hook"} and known.tests[0].sample is None
    assert known.notes[0].step is None and known.notes[0].text == "Mind"
    known = apply(known, "update_note", {"note": 0, "step": "a"}).flow
    assert (known.notes[0].step, known.notes[0].text) == ("a", "Mind")


def test_what_a_step_has_of_its_own_outlives_its_replacement() -> None:
    known = example()
    for name, args in (
        ("set_retry", {"step": "a", "retry": {"attempts": 3}}),
        ("set_note", {"step": "a", "note": "Look"}),
        ("add_step", {**NEW, "place": {"on_error": "a"}}),
        ("replace_step", {"step": "a", **SLACK}),
    ):
        known = apply(known, name, args).flow
    assert drawn(known).startswith("a[on_error: n] r[")
    assert known.steps["a"].note == "Look" and known.steps["a"].retry.attempts == 3  # type: ignore[union-attr]
    known = apply(known, "set_on_error", {"step": "a", "on_error": "fail"}).flow
    assert "n" not in known.steps and drawn(known).startswith("a r[")


# -- the table ----------------------------------------------------------------------------------


def test_every_command_says_what_it_is() -> None:
    keys = [command.key for command in COMMANDS.values() if command.key]
    assert len(set(keys)) == len(keys)
    for name, command in COMMANDS.items():
        assert command.name == name and command.title and command.group
        assert command.summary.endswith("."), name
        schema = command.args.model_json_schema()
        assert schema["additionalProperties"] is False
        with pytest.raises(BadInput):
            command.read({"no_such_argument": 1})


def test_with_pieces_sentences_have_their_titles_and_unknown_ones_are_refused() -> None:
    pieces = registry()
    args = {"piece": "http", "action": "request", "place": {"after": "a"}}
    assert apply(example(), "add_step", args, pieces).sentence == "Added HTTP · Request after A"
    for wrong, field in (({"piece": "no"}, "piece"), ({"action": "no"}, "action")):
        with pytest.raises(BadInput) as refused:
            apply(example(), "add_step", {**args, **wrong}, pieces)
        assert refused.value.field == field


def test_an_unknown_command_is_refused() -> None:
    with pytest.raises(BadInput) as refused:
        find("publish")
    assert refused.value.field == "command"


def test_a_command_leaves_the_flow_that_it_was_given() -> None:
    known = example()
    before = dumps(known)
    apply(known, "delete_steps", {"steps": ["r"]})
    assert dumps(known) == before
