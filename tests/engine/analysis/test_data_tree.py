"""What a step can read, and help while an expression is typed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.analysis.completion import complete, preview
from engine.analysis.data_tree import (
    MAX_CHILDREN,
    MAX_LEVELS,
    MAX_NODES,
    MAX_PREVIEW,
    available,
    expand,
    preview_of,
    scope_at,
    search,
    walk,
)
from engine.expressions import compile
from engine.expressions.functions import FUNCTIONS
from engine.flow import parse
from tests.support.work import instructions


def act(next=None, **fields):
    return {
        "type": "action",
        "piece": "data",
        "action": "compose",
        "input": {"value": 1},
        "next": next,
        **fields,
    }


FLOW = {
    "name": "f",
    "triggers": [{"name": "webhook", "piece": "webhook", "trigger": "catch"}],
    "start": "first",
    "steps": {
        "first": act("route", title="The first", on_error="continue"),
        "route": {
            "type": "router",
            "key": "trigger.body.kind",
            "branches": [
                {"name": "A", "case": ["a"], "next": "left"},
                {"name": "B", "case": ["b"], "next": "each"},
            ],
            "next": "last",
        },
        "left": act(),
        "each": {"type": "loop", "items": "trigger.body.items", "body": "within", "next": None},
        "within": act("deep"),
        "deep": {"type": "loop", "items": "loop.item.tags", "body": "deepest", "next": None},
        "deepest": act(),
        "last": act(),
        "orphan": act(),
    },
    "samples": {
        "one": {
            "body": {
                "kind": "a",
                "items": [{"id": 7, "tags": ["x", "y"]}],
                "x y": None,
                "user": {"name": "Ann"},
            },
            "headers": {"content-type": "application/json", "content-length": "5"},
        },
        "two": {"body": {"other": 1}},
    },
}


def paths(nodes):
    return [node.path for node in nodes]


def roots(step, **how):
    return paths(available(FLOW, step, **how))


# -- the tree --------------------------------------------------------------------------------------

SURROUNDINGS = ["run", "flow", "project"]


@pytest.mark.parametrize(
    ("step", "readable"),
    [
        ("first", ["trigger"]),
        ("left", ["trigger", "steps.route.output", "steps.first.output"]),
        ("within", ["trigger", "loop", "steps.route.output", "steps.first.output"]),
        ("orphan", ["trigger"]),
        ("no_such_step", ["trigger"]),
    ],
)
def test_a_step_can_read_what_comes_before_it(step, readable):
    found = [path for path in roots(step) if path not in SURROUNDINGS]
    assert sorted(found) == sorted(readable)


def test_branches_beside_it_are_not_offered_but_those_behind_it_are():
    assert "steps.left.output" not in roots("each")
    assert "steps.left.output" in roots("last")
    assert "loop" not in roots("last")


def test_after_its_body_a_loop_reads_its_own_item_and_steps():
    assert "steps.within.output" not in roots("each")
    assert {"loop", "steps.within.output"} <= set(roots("each", after_body=True))


def test_examples_come_from_the_first_sample_or_the_one_given():
    first = {node.path: node for node in walk(available(FLOW, "left"))}
    assert first["trigger.body.user.name"].preview == "Ann"
    assert first["trigger.body.kind"].kind == "text"
    assert first['trigger.headers."content-type"'].label == "content-type"
    assert first['trigger.body."x y"'].kind == "null"
    assert first["trigger.body.items[0].tags[1]"].preview == "y"
    assert first["trigger.name"].preview == "webhook"
    two = paths(walk(available(FLOW, "left", sample=FLOW["samples"]["two"])))
    assert "trigger.body.other" in two and "trigger.body.kind" not in two


def test_a_step_without_a_result_says_so():
    nodes = {node.path: node for node in available(FLOW, "last", {"first": {"id": 1}, "left": None})}
    assert nodes["steps.first.output"].label == "The first"
    assert "steps.first.output.id" in paths(nodes["steps.first.output"].children)
    assert "steps.first.error" in paths(nodes["steps.first.output"].children)
    assert nodes["steps.route.output"].kind == "unknown"
    assert nodes["steps.left.output"].kind == "null"
    assert nodes["steps.left.output"].source == "step"


def test_a_step_that_composes_a_value_is_read_as_the_sample_gives_it():
    steps = {
        "text": act("route", input={"value": "{{ trigger.body.kind }} of {{ trigger.body.items[0].id }}"}),
        "route": {"type": "router", "branches": [{"name": "A", "next": "each"}], "next": "end"},
        "each": {"type": "loop", "items": "trigger.body.items", "body": "item", "next": "told"},
        "item": act("after", input={"value": "{{ steps.text.output }}: {{ loop.item.id }}"}),
        "after": act(),
        "told": act(input={"value": "{{ steps.text.output }}!"}),
        "end": act(input={"value": "{{ trigger.["}),
        "last": act(),
    }
    steps["end"]["next"] = "last"
    flow = {**FLOW, "start": "text", "steps": steps}

    def outputs(step, **more):
        return {name: one["output"] for name, one in scope_at(flow, step, **more)["steps"].items()}

    assert outputs("after") == {"text": "a of 7", "item": "a of 7: 7"}
    assert outputs("told") == {"text": "a of 7"}, "what a loop did is not known"
    assert outputs("last") == {"text": "a of 7"}, "nor what came of a branch, nor what cannot be read"
    assert outputs("told", results={"text": "as it was"}) == {"text": "as it was"}
    steps["text"]["skip"] = True
    assert outputs("told") == {}


def test_the_item_of_a_loop_is_its_first():
    nodes = {node.path: node for node in walk(available(FLOW, "within"))}
    assert nodes["loop.item.id"].preview == "7"
    inner = {node.path: node for node in walk(available(FLOW, "deepest"))}
    assert inner["loop.item"].preview == "x"
    empty = available(FLOW, "within", sample={"body": {}})
    assert {node.path: node.kind for node in walk(empty)}["loop.item"] == "unknown"


def test_every_path_of_the_tree_leads_to_what_it_shows():
    scope = scope_at(FLOW, "deepest", {"first": {"a b": [{"ü": 1}]}})
    for node in walk(available(FLOW, "deepest", {"first": {"a b": [{"ü": 1}]}})):
        if node.kind != "unknown" and node.path != "loop":
            assert preview_of(compile(node.path).value(scope)) == node.preview


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
data = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=10,
)


@settings(max_examples=150, deadline=None)
@given(data)
def test_paths_are_quoted_right_whatever_the_names(body):
    scope = scope_at(FLOW, "first", sample={"body": body})
    for node in walk(available(FLOW, "first", sample={"body": body})):
        assert preview_of(compile(node.path).value(scope)) == node.preview
        assert len(node.preview) <= MAX_PREVIEW
        assert node.to_json()["path"] == node.path


def test_of_large_values_a_part_is_shown_and_only_that_is_work():
    def wide(rows):
        row = {f"c{i}": [0] * 60 for i in range(60)}
        return {"rows": [row for _ in range(rows)], "long": "x" * 1000 * rows}

    def work(body):
        return instructions(lambda: available(FLOW, "first", sample={"body": body}))

    assert work(wide(1000)) < 1.5 * work(wide(100))
    nodes = available(FLOW, "first", sample={"body": wide(1000)})
    assert len(list(walk(nodes[:1]))) <= MAX_NODES + 1
    rows = next(node for node in walk(nodes) if node.path == "trigger.body.rows")
    assert len(rows.children) <= MAX_CHILDREN and rows.more == 1000 - len(rows.children)
    scope = scope_at(FLOW, "first", sample={"body": wide(1000)})
    page = expand("trigger.body.rows", scope, offset=990)
    assert paths(page.children) == [f"trigger.body.rows[{i}]" for i in range(990, 1000)] and page.more == 0


def test_depth_is_bounded_and_goes_on_by_expanding():
    deep = {"a": 1}
    for _ in range(50):
        deep = {"a": deep}
    nodes = available(FLOW, "first", sample={"body": deep})
    lowest = max(walk(nodes[:1]), key=lambda node: node.path.count("."))
    assert lowest.path.count(".") == MAX_LEVELS and lowest.more == 1
    below = expand(lowest.path, scope_at(FLOW, "first", sample={"body": deep}))
    assert below.children and below.children[0].path == f"{lowest.path}.a"


@pytest.mark.parametrize("path", ["", "a ==", "length(`1`)", "nowhere.at.all"])
def test_expanding_what_is_not_there_gives_nothing(path):
    assert expand(path, {}).children == ()


def test_search_finds_by_name_before_path_before_example():
    nodes = available(FLOW, "left")
    assert paths(search(nodes, "CONTENT")) == [
        'trigger.headers."content-type"',
        'trigger.headers."content-length"',
    ]
    assert search(nodes, "ann")[0].path == "trigger.body.user.name"
    assert search(nodes, "user")[0].path == "trigger.body.user"
    assert "trigger.body.user.name" in paths(search(nodes, "body name"))
    assert search(nodes, "user")[0].children == ()
    assert search(nodes, " ") == [] and search(nodes, "nothing like it") == []
    assert len(search(nodes, "t", limit=2)) == 2


@pytest.mark.parametrize(
    "definition", [{}, {"steps": {"a": 5}}, {"start": "a", "steps": {"a": {"type": "loop"}}}]
)
def test_a_broken_definition_still_has_a_trigger(definition):
    assert available(definition, "a")[0].path == "trigger"
    assert available(definition, "a", after_body=True)[0].path == "trigger"


def test_a_parsed_flow_serves_as_well():
    assert paths(available(parse(FLOW), "left")) == roots("left")


# -- completion ------------------------------------------------------------------------------------

SCOPE = scope_at(FLOW, "left", {"first": {"list": [{"id": 1, "price": 2}], "ok": True}})


def offered(text, **how):
    """Completions at the | in the text, as what the text would become."""
    cursor = text.index("|")
    text = text.replace("|", "", 1)
    found = complete(text, cursor, SCOPE, **how)
    return [text[: found.start] + item.insert + text[cursor:] for item in found.items]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("tri|", "trigger"),
        ("trigger.|", "trigger.method"),
        ("trigger.bo|", "trigger.body"),
        ("trigger.body.us|", "trigger.body.user"),
        ("trigger.headers.content|", 'trigger.headers."content-type"'),
        ('trigger.headers."cont|', 'trigger.headers."content-type"'),
        ('trigger.headers."content-l|', 'trigger.headers."content-length"'),
        ('trigger.body."x|', 'trigger.body."x y"'),
        ("trigger.body.items[|", "trigger.body.items[*]"),
        ("trigger.body.items[0].|", "trigger.body.items[0].id"),
        ("trigger.body.items[*].t|", "trigger.body.items[*].tags"),
        ("trigger.body.items[].|", "trigger.body.items[].id"),
        ("steps.first.output.list[?pr|", "steps.first.output.list[?price"),
        ("steps.first.output.list[?price > `1`].i|", "steps.first.output.list[?price > `1`].id"),
        ("a == 'x.y' && trigger.body.k|", "a == 'x.y' && trigger.body.kind"),
        ("length(trigger.body.it|)", "length(trigger.body.items)"),
        ("starts_|", "starts_with("),
        ("!cont|", "!contains("),
        ("trigger.KEY|", None),
        ("'trigger.|", None),
        ("`[1, tr|", None),
        ("nowhere.|", None),
        ("trigger.body.kind.|", None),
        ("a-|", None),
    ],
)
def test_completion_offers_what_is_there(text, first):
    assert (offered(text) or [None])[0] == first


def test_in_a_template_only_the_expression_is_completed():
    assert offered("Hello tri|", template=True) == []
    assert offered("Hello {{ tri| }}!", template=True)[0] == "Hello {{ trigger }}!"
    assert (
        offered("{{ run.id }} and {{ trigger.body.k|", template=True)[0]
        == "{{ run.id }} and {{ trigger.body.kind"
    )
    assert offered("{{ run.id }} tri|", template=True) == []
    assert offered("{{ 'a }} {{ run.i|", template=True) == []


def test_functions_come_with_their_signature():
    items = complete("format_", 7, SCOPE).items
    assert [item.label for item in items] == ["format_date"]
    assert items[0].kind == "function" and items[0].help.startswith(FUNCTIONS["format_date"].signature)


def test_values_come_with_their_kind_and_example():
    (item,) = complete("trigger.body.ki", 15, SCOPE).items
    assert (item.kind, item.help) == ("text", "a")


@settings(max_examples=150, deadline=None)
@given(st.text("trigebody.'`\"[]{}()?*&|!= \\a0", max_size=30), st.integers(-2, 32), st.booleans())
def test_completion_and_preview_never_raise(text, cursor, template):
    found = complete(text, cursor, SCOPE, template=template)
    assert 0 <= found.start <= max(0, min(cursor, len(text)))
    assert preview(text, SCOPE, template=template)


def test_the_work_of_a_completion_grows_no_faster_than_the_names():
    def work(names):
        scope = {"trigger": {"body": {f"field_{i}": i for i in range(names)}}}
        return instructions(lambda: complete("trigger.body.field_9", 20, scope))

    assert work(10_000) < 12 * work(1_000) < 1_000_000


# -- preview ---------------------------------------------------------------------------------------


def test_a_preview_shows_the_value():
    shown = preview("trigger.body.items[0].id", SCOPE)
    said = {"warnings": [], "hint": "", "mend": None}
    assert shown == {"value": 7, "kind": "number", "shown": "7", **said}
    assert preview("Hi {{ trigger.body.user.name }}", SCOPE, template=True)["value"] == "Hi Ann"
    assert preview("plain", SCOPE, template=True)["value"] == "plain"
    missing = preview("Hi {{ trigger.body.gone }}!", SCOPE, template=True)
    assert missing["value"] == "Hi !" and len(missing["warnings"]) == 1


@pytest.mark.parametrize(
    ("text", "template", "column"),
    [
        ("", False, 0),
        ("trigger.body ==", False, 15),
        ("leng(x)", False, 0),
        ("a && length(nothing)", False, 0),
        ("Hi {{ leng(x) }}", True, 6),
        ("Hi {{ name", True, 3),
    ],
)
def test_a_preview_points_at_what_is_wrong(text, template, column):
    shown = preview(text, {"a": 1}, template=template)
    assert shown["error"] and shown["caret"].endswith("^")
    assert shown["column"] == column or "length" in text
