"""The flow file: what it holds, its canonical text, its schema, renaming."""

import copy
import json
import re

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.base.errors import BadInput, Malformed
from engine.flow import Flow, check, dumps, json_schema, parse, references, rename, to_json, walk

DESIGN = {
    "format": 1,
    "name": "Alert on failed runs",
    "triggers": [
        {
            "name": "webhook",
            "piece": "webhook",
            "trigger": "catch",
            "input": {"verify": {"scheme": "standard_webhooks", "connection": "activepieces-signing"}},
        }
    ],
    "start": "by_action",
    "steps": {
        "by_action": {
            "type": "router",
            "title": "By action",
            "match": "first",
            "key": "trigger.body.action",
            "branches": [
                {"name": "Run finished", "case": ["flow.run.finished"], "next": "failed"},
                {"name": "Abroad", "when": "trigger.body.data.country != 'DE'", "next": "mail_security"},
            ],
            "otherwise": {"next": "archive"},
            "next": None,
        },
        "failed": {
            "type": "router",
            "key": "trigger.body.data.flowRun.status",
            "branches": [{"name": "Failed", "case": ["FAILED", "TIMEOUT"], "next": "tell"}],
            "otherwise": {"next": None},
            "next": None,
        },
        "tell": {
            "type": "action",
            "piece": "slack",
            "action": "send_message",
            "connection": "team-slack",
            "input": {"channel": "#alerts", "text": "{{ trigger.body.name }} failed"},
            "retry": {"attempts": 4, "first_delay": 4, "factor": 2},
            "on_error": {"next": "give_up"},
            "next": None,
        },
        "give_up": {"type": "action", "piece": "data", "action": "compose", "next": None},
        "mail_security": {"type": "action", "piece": "email", "action": "send", "next": None},
        "archive": {
            "type": "loop",
            "items": "trigger.body.items",
            "body": "keep",
            "collect": "steps.keep.output",
            "next": "done",
        },
        "keep": {
            "type": "action",
            "piece": "store",
            "action": "put",
            "input": {"key": "{{ loop.item.id }}"},
            "next": None,
        },
        "done": {
            "type": "action",
            "piece": "http",
            "action": "request",
            "input": {"body": "{{ steps.archive.output }}"},
        },
    },
    "samples": {"flow.run.finished": {"body": {"z": 1, "a": [1.5, True, None, "ü"]}}},
    "tests": [
        {
            "name": "failed",
            "sample": "flow.run.finished",
            "expect": {"path": ["by_action:Run finished", "failed:otherwise"]},
        },
        {
            "name": "loop",
            "event": {"body": {}},
            "expect": {"path": ["archive[0].keep"], "outputs": {"keep": 1}},
        },
    ],
    "notes": [{"text": "look here", "step": "tell"}],
    "layout": {"tell": {"x": 1}},
    "settings": {"timeout": 60, "concurrency": 3},
}


def test_the_flow_of_the_design_is_held_without_problems():
    flow = parse(DESIGN)
    assert isinstance(flow, Flow)
    assert [p for p in check(DESIGN, pieces=NoPieces()) if p.severity == "error"] == []


class NoPieces:
    """A registry that knows every piece and asks nothing of it."""

    def action(self, piece, action):
        return self

    trigger = action
    needs_connection = False
    kind = ""

    def problems(self, values):
        return []


def test_canonical_text_has_a_fixed_order_and_no_defaults():
    shuffled = dict(reversed(DESIGN.items()))
    shuffled["steps"] = {name: dict(reversed(step.items())) for name, step in DESIGN["steps"].items()}
    text = dumps(parse(shuffled))
    assert text == dumps(
        parse({**DESIGN, "description": "", "settings": {**DESIGN["settings"], "dedupe": None}})
    )
    assert text.endswith("}\n")
    assert '"match"' not in text
    assert '      "key": "trigger.body.action",\n' in text
    tell = to_json(parse(shuffled))["steps"]["tell"]
    assert list(tell) == ["type", "piece", "action", "connection", "input", "retry", "on_error", "next"]
    assert tell["retry"] == {"attempts": 4}
    # A free map keeps the order of its author.
    assert list(json.loads(text)["samples"]["flow.run.finished"]["body"]) == ["z", "a"]


def test_a_draft_may_be_almost_empty():
    assert json.loads(dumps(parse({"name": "New"}))) == {
        "format": 1,
        "name": "New",
        "triggers": [],
        "start": None,
        "steps": {},
    }
    assert {(p.pointer, p.severity) for p in check({"name": "New"})} == {
        ("/triggers", "warning"),
        ("/start", "warning"),
    }


names = st.from_regex(r"\A[a-z][a-z0-9_]{0,8}\Z")
text = st.text(st.characters(codec="utf-8"), max_size=12)
numbers = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
free = st.recursive(
    st.none() | st.booleans() | numbers | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=6,
)
plain_text = text.filter(lambda t: "{{" not in t)
maps = st.dictionaries(text, st.none() | st.booleans() | numbers | plain_text, max_size=3)
ways = st.none() | names
expression = st.sampled_from(["trigger.body.a", "length(loop.item) > `1`", "steps.a.output"])
hidden = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
title = text.filter(lambda t: not hidden.search(t))
label = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8).filter(lambda t: not hidden.search(t))


@pytest.mark.parametrize("hidden", ["a\0b", "a\nb", "a\x7f", "invoice\u202etxt", "\u2066a", "a\u2028"])
def test_a_name_that_looks_like_another_is_refused_wherever_people_read_it(hidden):
    definition = {
        "name": hidden,
        "triggers": [{"name": "a", "piece": hidden, "trigger": "b"}],
        "steps": {"r": {"type": "router", "title": hidden, "branches": [{"name": hidden, "when": "x"}]}},
        "samples": {hidden: {"body": 1}},
        "tests": [{"name": hidden}],
    }
    found = {p.pointer for p in check(definition) if "visible" in p.message}
    assert len(found) == 6
    assert found > {"/name", "/triggers/0/piece", "/steps/r/title", "/steps/r/branches/0/name"}
    assert not jsonschema.Draft202012Validator(json_schema()).is_valid(definition)


def record(required, **optional):
    return st.fixed_dictionaries(required, optional=optional)


steps = st.one_of(
    record(
        {"type": st.just("action"), "piece": label, "action": label},
        next=ways,
        input=maps,
        title=title,
        note=text,
        skip=st.booleans(),
        connection=label,
        retry=record(
            {}, attempts=st.integers(1, 50), factor=st.sampled_from([1, 2, 2.5]), first_delay=st.just(0)
        ),
        on_error=st.sampled_from(["fail", "continue"]) | record({"next": ways}),
        timeout=st.sampled_from([1, 1.0, 0.5]),
    ),
    record(
        {"type": st.just("router")},
        next=ways,
        key=expression,
        match=st.sampled_from(["first", "all"]),
        parallel=st.booleans(),
        branches=st.lists(
            record({"name": label}, case=st.lists(free, max_size=3), when=expression, next=ways), max_size=3
        ),
        otherwise=record({}, next=ways),
    ),
    record(
        {"type": st.just("loop")},
        next=ways,
        items=expression,
        body=ways,
        until=expression,
        concurrency=st.integers(1, 100),
    ),
)
flows = record(
    {"name": label},
    format=st.just(1),
    description=text,
    start=ways,
    steps=st.dictionaries(names, steps, max_size=4),
    triggers=st.lists(record({"name": names, "piece": label, "trigger": label}, input=maps), max_size=2),
    samples=st.dictionaries(label, st.dictionaries(text, free, max_size=2), max_size=2),
    layout=st.dictionaries(text, free, max_size=2),
    notes=st.lists(record({"text": text}, step=ways), max_size=2),
    tests=st.lists(record({"name": label}, event=st.dictionaries(text, free, max_size=1)), max_size=2),
    settings=record({}, timeout=st.just(5), concurrency=st.just(1)),
)


@settings(max_examples=200, deadline=None)
@given(flows)
def test_export_import_export_is_byte_identical_and_fits_the_schema(definition):
    definition = {
        **definition,
        "triggers": [
            t for t in definition.get("triggers", []) if not isinstance(t.get("input", {}).get("dedupe"), str)
        ],
    }
    exported = dumps(parse(definition))
    again = parse(exported)
    assert dumps(again) == exported
    assert again == parse(definition)
    assert dumps(parse(json.loads(exported))) == exported
    SCHEMA.validate(json.loads(exported))
    check(definition, pieces=NoPieces())


SCHEMA = jsonschema.Draft202012Validator(json_schema())


def test_the_schema_is_one_and_knows_the_design():
    jsonschema.Draft202012Validator.check_schema(json_schema())
    SCHEMA.validate(DESIGN)
    assert json_schema()["properties"]["start"]["description"] == "The first step."


@pytest.mark.parametrize(
    "change",
    [
        {"name": 1},
        {"start2": None},
        {"start": "Not A Name"},
        {"steps": {"Bad": DESIGN["steps"]["done"]}},
        {"steps": {"a": {"type": "action", "piece": "x"}}},
        {"steps": {"a": {"type": "nonsense"}}},
        {"steps": {"a": {"type": "router", "branches": [{"name": ""}]}}},
        {"steps": {"a": {**DESIGN["steps"]["tell"], "retry": {"attempts": 0}}}},
        {"steps": {"a": {**DESIGN["steps"]["tell"], "retry": {"first_delay": -0.5}}}},
        {"steps": {"a": {**DESIGN["steps"]["tell"], "retry": {"factor": 0.5}}}},
        {"settings": {"timeout": -1}},
    ],
)
def test_what_the_schema_refuses_parse_refuses_too(change):
    assert not SCHEMA.is_valid({**DESIGN, **change})
    with pytest.raises(BadInput) as caught:
        parse({**DESIGN, **change})
    assert caught.value.details
    assert caught.value.field == caught.value.details[0]["pointer"]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("{", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        ("[" * 100_000, "nested too deeply"),
        ('{"name": "a", "name": "b"}', "`name` occurs twice"),
        ('{"name": "a", "steps": {"x": {}, "x": {}}}', "`x` occurs twice"),
    ],
)
def test_text_that_is_no_flow_file_is_malformed(source, words):
    with pytest.raises(Malformed, match=words):
        parse(source)


def test_an_expression_that_cannot_be_read_cannot_be_saved():
    broken = copy.deepcopy(DESIGN)
    broken["steps"]["by_action"]["key"] = "trigger.body."
    broken["steps"]["tell"]["input"]["text"] = "{{ nope(a) }}"
    with pytest.raises(BadInput) as caught:
        parse(broken)
    assert [p["pointer"] for p in caught.value.details] == ["/steps/by_action/key", "/steps/tell/input/text"]
    assert "trigger.body.\n             ^" in caught.value.details[0]["message"]


def test_steps_are_walked_in_drawing_order():
    places = list(walk(parse(DESIGN)))
    assert [(p.name, p.depth) for p in places] == [
        ("by_action", 0),
        ("failed", 1),
        ("tell", 2),
        ("give_up", 3),
        ("mail_security", 1),
        ("archive", 1),
        ("keep", 2),
        ("done", 1),
    ]
    assert places[3].within == (("by_action", "branches/0"), ("failed", "branches/0"), ("tell", "on_error"))
    assert places[6].entry == "/steps/archive/body"
    assert places[5].within == (("by_action", "otherwise"),)


def test_references_to_steps_are_found():
    assert references(parse(DESIGN)) == {
        "keep": ["/steps/archive/collect"],
        "archive": ["/steps/done/input/body"],
    }


def test_renaming_a_step_takes_everything_along():
    flow = rename(rename(rename(parse(DESIGN), "keep", "keep2"), "archive", "each"), "by_action", "route")
    raw = to_json(flow)
    assert raw["start"] == "route"
    assert list(raw["steps"])[:2] == ["route", "failed"]
    assert raw["steps"]["route"]["otherwise"] == {"next": "each"}
    assert raw["steps"]["each"] == {
        "type": "loop",
        "items": "trigger.body.items",
        "body": "keep2",
        "collect": "steps.keep2.output",
        "next": "done",
    }
    assert raw["steps"]["done"]["input"] == {"body": "{{ steps.each.output }}"}
    assert raw["tests"][0]["expect"]["path"] == ["route:Run finished", "failed:otherwise"]
    assert raw["tests"][1]["expect"] == {"path": ["each[0].keep2"], "outputs": {"keep2": 1}}
    tell = to_json(rename(flow, "tell", "say"))
    assert tell["notes"][0]["step"] == "say"
    assert list(tell["layout"]) == ["say"]
    assert to_json(rename(flow, "give_up", "stop"))["steps"]["tell"]["on_error"] == {"next": "stop"}
    assert dumps(rename(flow, "tell", "tell")) == dumps(flow)


@pytest.mark.parametrize(
    ("old", "new"), [("nope", "x"), ("tell", "done"), ("tell", "Not A Name"), ("tell", "")]
)
def test_a_name_that_cannot_be_is_refused(old, new):
    with pytest.raises(BadInput):
        rename(parse(DESIGN), old, new)
