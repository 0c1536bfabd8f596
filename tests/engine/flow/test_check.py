"""check: all problems of a definition at once, each with its place."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.flow import Problem, check, dumps, parse
from tests.support.work import instructions


class Pieces:
    """A registry as the pieces package has it, with one of each kind."""

    def action(self, piece, action):
        if piece == "lost":
            raise KeyError(f"the piece `{piece}` has no action `{action}`")
        return Part(piece)

    trigger = action


class Part:
    def __init__(self, piece):
        self.needs_connection = piece == "slack"
        self.kind = "webhook" if piece == "github" else "poll"
        self.piece = piece

    def problems(self, values):
        return [("/to", "`to` is missing")] if self.piece == "email" and "to" not in values else []

    def warnings(self, values):
        return [("/verify", "anybody may send events")] if self.piece == "webhook" else []


def act(next=None, **fields):
    return {"type": "action", "piece": "data", "action": "compose", "next": next, **fields}


def route(*branches, next=None, **fields):
    branches = [{"ignore": True, **branch} for branch in branches]  # most are empty on purpose
    otherwise = {"ignore": True, "next": None}
    return {"type": "router", "branches": branches, "otherwise": otherwise, "next": next, **fields}


def when(name, next=None, condition="trigger.body.x"):
    return {"name": name, "when": condition, "next": next}


def flow(start=None, triggers=None, **steps):
    hook = {"name": "hook", "piece": "poller", "trigger": "poll", "input": {}}
    return {"name": "x", "triggers": [hook] if triggers is None else triggers, "start": start, "steps": steps}


def found(definition, **more):
    return [(p.pointer, p.severity, p.code) for p in check(definition, pieces=Pieces(), **more)]


def said(definition, **more):
    return "\n".join(p.message for p in check(definition, pieces=Pieces(), **more))


def test_a_sound_flow_has_no_problem():
    assert found(flow("a", a=act("b"), b=route(when("x", "c")), c=act())) == []


GRAPH = [
    (flow("nope", a=act()), [("/start", "there is no step `nope`"), ("/steps/a", "nothing leads to `a`")]),
    (flow("alert", alerts=act()), [("/start", "did you mean `alerts`?"), ("/steps/alerts", "nothing leads")]),
    (flow("a", a=act("nope")), [("/steps/a/next", "there is no step `nope`")]),
    (flow("a", a=route(when("x", "n"))), [("/steps/a/branches/0/next", "no step `n`")]),
    (
        flow("a", a={**route(when("x")), "otherwise": {"next": "n"}}),
        [("/steps/a/otherwise/next", "no step `n`")],
    ),
    (flow("a", a={"type": "loop", "items": "trigger.body", "body": "n"}), [("/steps/a/body", "no step `n`")]),
    (flow("a", a=act(on_error={"next": "n"})), [("/steps/a/on_error/next", "no step `n`")]),
    (flow("a", a=act("a")), [("/steps/a/next", "leads back to `a` (a → a)")]),
    (flow("a", a=act("b"), b=act("c"), c=act("a")), [("/steps/c/next", "(a → b → c → a)")]),
    (
        flow("r", r=route(when("x", "a"), when("y", "b")), a=act("c"), b=act("c"), c=act()),
        [("/steps/b/next", "`c` is entered a second time here, first at /steps/a/next")],
    ),
    (
        flow("a", a=act(), b=act("c"), c=act()),
        [("/steps/b", "nothing leads to `b`, nor to what follows it: c")],
    ),
    (
        flow("a", a=act(), b=act("c"), c=act("b")),
        [("/steps/b", "but steps that come after it"), ("/steps/c/next", "leads back to `b`")],
    ),
    (
        flow("a", a=act("b"), b=act(), c=act("b")),
        [("/steps/c", "nothing leads to `c`"), ("/steps/c/next", "`b` is entered a second time")],
    ),
]


@pytest.mark.parametrize(("definition", "expected"), GRAPH)
def test_every_way_leads_to_a_step_and_every_step_has_one_way_in(definition, expected):
    problems = check(definition, pieces=Pieces())
    assert sorted(p.pointer for p in problems) == sorted(pointer for pointer, _words in expected)
    for pointer, words in expected:
        assert any(p.pointer == pointer and words in p.message and p.code == "graph" for p in problems)


def test_a_flow_may_not_be_nested_without_end():
    steps = {f"r{n}": route(when("x", f"r{n + 1}")) for n in range(40)} | {"r40": act()}
    assert found(flow("r0", **steps)) == [("/steps/r33", "error", "graph")]


ROUTERS = [
    (route(), "/steps/r/branches", "error", "has no branch"),
    (route(when("x"), when("x")), "/steps/r/branches/1/name", "error", "two branches called “x”"),
    (route(when("otherwise")), "/steps/r/branches/0/name", "error", "match no other"),
    (route({"name": "x"}), "/steps/r/branches/0", "error", "neither a case nor a condition"),
    (route({"name": "x", "when": "  "}), "/steps/r/branches/0", "error", "neither a case nor a condition"),
    (route({"name": "x", "case": []}, key="trigger.body"), "/steps/r/branches/0/case", "error", "no value"),
    (route({"name": "x", "case": [1]}), "/steps/r/branches/0/case", "error", "a case needs a key"),
    (route(when("x"), key="trigger.body"), "/steps/r/key", "warning", "no branch has a case"),
    (route(when("x"), parallel=True), "/steps/r/parallel", "warning", "match: all"),
    (
        route({"name": "x", "case": ["a", 1]}, {"name": "y", "case": ["b", 1.0]}, key="trigger.body"),
        "/steps/r/branches/1/case/1",
        "warning",
        "branch “x”",
    ),
    (
        route({"name": "x", "case": ["a", "a"]}, key="trigger.body"),
        "/steps/r/branches/0/case/1",
        "warning",
        "twice",
    ),
]


@pytest.mark.parametrize(("step", "pointer", "severity", "words"), ROUTERS)
def test_a_router_must_make_sense(step, pointer, severity, words):
    problems = check(flow("r", r=step), pieces=Pieces())
    assert [(pointer, severity, True)] == [
        (p.pointer, p.severity, words in p.message) for p in problems if words in p.message
    ]
    assert not [
        p
        for p in problems
        if p.severity == "error" and p.pointer != pointer and p.pointer != "/steps/r/branches/0"
    ]


def test_an_event_that_no_branch_takes_is_unrouted_which_is_no_problem():
    assert found(flow("r", r={**route(when("x")), "otherwise": None})) == []


def test_a_way_on_which_events_are_dropped_is_a_warning_unless_it_is_meant():
    empty = {"type": "router", "branches": [when("x"), when("y", "a")], "otherwise": {"next": None}}
    dropping = [("/steps/r/branches/0", "warning", "branch"), ("/steps/r/otherwise", "warning", "branch")]
    assert found(flow("r", r=empty, a=act())) == dropping
    assert "the branch “x” is empty" in said(flow("r", r=empty, a=act()))
    ignored = [{**when("x"), "ignore": True}, when("y", "a")]
    meant = {**empty, "branches": ignored, "otherwise": {"ignore": True, "next": None}}
    assert found(flow("r", r=meant, a=act())) == []
    text = dumps(parse(flow("r", r=meant, a=act())))
    assert text.count('"ignore": true') == 2 and dumps(parse(text)) == text


def test_an_empty_way_that_leads_on_drops_nothing():
    empty = {"type": "router", "branches": [when("x")], "otherwise": {"next": None}}
    assert found(flow("r", r={**empty, "next": "a"}, a=act())) == []
    outer = route(when("x", "r"), next="a")
    assert found(flow("o", o=outer, r=empty, a=act())) == [], "what follows the router around it"
    loop = {"type": "loop", "items": "trigger.body", "body": "r", "next": "a"}
    within = found(flow("l", l=loop, r=empty, a=act()))
    assert [pointer for pointer, *_ in within] == ["/steps/r/branches/0", "/steps/r/otherwise"]


def test_a_template_in_a_case_can_never_match():
    step = route({"name": "x", "case": ["{{ trigger.body.y }}"]}, key="trigger.body.x")
    assert found(flow("r", r=step)) == [("/steps/r/branches/0/case/0", "error", "branch")]


def test_delays_between_attempts_need_attempts():
    assert found(flow("a", a=act(retry={"first_delay": 60}))) == [("/steps/a/retry", "warning", "branch")]
    assert found(flow("a", a=act(retry={"first_delay": 60, "attempts": 2}))) == []
    assert found(flow("a", a=act(retry={"attempts": 1}))) == []


NOT_SHADOWED = [
    route({"name": "x", "case": [1]}, {"name": "y", "case": [True, "1", [1]]}, key="trigger.body"),
    route({"name": "x", "case": [1]}, {"name": "y", "case": [1]}, key="trigger.body", match="all"),
    route(
        {"name": "x", "case": [1], "when": "trigger.body.z"}, {"name": "y", "case": [1]}, key="trigger.body"
    ),
]


@pytest.mark.parametrize("step", NOT_SHADOWED)
def test_a_case_that_may_still_match_is_not_called_shadowed(step):
    assert found(flow("r", r=step)) == []


def test_a_loop_needs_items_and_a_body():
    loop = {"type": "loop", "concurrency": 2, "until": "loop.item"}
    assert found(flow("l", l=loop)) == [
        ("/steps/l/items", "error", "missing"),
        ("/steps/l/body", "error", "missing"),
        ("/steps/l/until", "warning", "branch"),
    ]


READINGS = [
    ("steps.nope.output", "error", "there is no step `nope`"),
    ("steps.befor.output", "error", "did you mean `before`?"),
    ("steps.after.output", "warning", "does not come before"),
    ("steps.me.output", "warning", "reads itself"),
    ("steps.sibling.output", "warning", "does not come before"),
    ("steps.before.body", "warning", "steps.before.output.body"),
    ("loop.item", "error", "only be read within a loop"),
    ("triger.body", "error", "did you mean `trigger`?"),
    ('trigger.body == "yes"', "error", "for text write 'yes'"),
    ("nope(trigger)", "error", "there is no function nope()\nnope(trigger)\n^"),
]


@pytest.mark.parametrize(("expression", "severity", "words"), READINGS)
def test_expressions_read_only_what_is_there(expression, severity, words):
    definition = flow(
        "before",
        before=act("r"),
        r=route(when("x", "me"), when("y", "sibling"), next="after"),
        me=act(input={"value": [{"a~/b": f"x {{{{ {expression} }}}}"}]}),
        sibling=act(),
        after=act(),
    )
    (problem,) = check(definition, pieces=Pieces())
    assert problem.pointer == "/steps/me/input/value/0/a~0~1b"
    assert problem.severity == severity
    assert words in problem.message


CATCH = {"name": "hook", "piece": "webhook", "trigger": "catch", "input": {}}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("trigger.payload.action == 'x'", "trigger.body.action == 'x'"),
        ("trigger.action == 'x'", "trigger.body.action == 'x'"),
        ("trigger.Body.action == 'x'", "trigger.body.action == 'x'"),
        ("contains(trigger.header.host, 'x')", "contains(trigger.headers.host, 'x')"),
    ],
)
def test_a_field_that_no_event_of_a_webhook_has_is_a_warning_with_the_correction(written, meant):
    steps = {"r": route(when("x", condition=written))}
    (problem,) = [p for p in check(flow("r", [CATCH], **steps), Pieces()) if p.pointer.startswith("/steps")]
    assert (problem.severity, problem.mend.text) == ("warning", meant)
    polled = {"name": "poll", "piece": "poller", "trigger": "poll", "input": {}}
    for triggers in ([polled], [CATCH, polled], []):
        assert "an event has" not in said(flow("r", triggers, **steps))


@pytest.mark.parametrize("name", ["body", "headers", "query", "method", "name", "cloudevent", "batch", "raw"])
def test_what_an_event_of_a_webhook_has_may_be_read(name):
    steps = {"r": route(when("x", condition=f"trigger.{name}"))}
    assert not [p for p in check(flow("r", [CATCH], **steps), Pieces()) if p.pointer.startswith("/steps")]


def test_what_may_have_run_may_be_read():
    value = "{{ [steps.a.output, steps.r.output, steps.b.error.message, steps.each.output, steps.x.output] }}"
    definition = flow(
        "a",
        a=act("r"),
        r=route(when("x", "b"), when("y", "each"), match="all", next="end"),
        b=act(),
        each={
            "type": "loop",
            "items": "steps.b.output",
            "body": "x",
            "until": "loop.index > `3` && steps.x.output",
            "collect": "{v: loop.item, s: steps.x.status}",
        },
        x=act(input={"value": "{{ loop.item }}"}),
        end=act(input={"value": value}),
    )
    assert found(definition) == []


def test_before_the_flow_has_begun_there_are_no_steps():
    hook = {"name": "hook", "piece": "poller", "trigger": "poll"}
    triggers = [
        {**hook, "input": {"x": "{{ steps.a.output }}", "y": "{{ vars.url }}", "dedupe": "loop.item"}}
    ]
    assert found(flow("a", triggers, a=act())) == [
        ("/triggers/0/input/dedupe", "error", "reference"),
        ("/triggers/0/input/x", "error", "reference"),
        ("/triggers/0/input/y", "error", "reference"),
    ]


def test_an_action_that_takes_an_expression_of_its_own_is_read_too():
    step = {**act(input={"expression": "items[?a = b]"}), "action": "transform"}
    assert "write == to compare" in said(flow("a", a=step))
    step["input"]["expression"] = "whatever.is[0].there"
    assert found(flow("a", a=step)) == []


def test_pieces_and_connections_must_exist_and_get_what_they_need():
    hook = {
        "name": "hook",
        "piece": "webhook",
        "trigger": "catch",
        "input": {"verify": {"scheme": "github", "connection": "nope"}},
    }
    definition = flow(
        "a",
        [hook],
        a=act("b", piece="lost", action="x"),
        b=act("c", piece="slack", input={}),
        c=act("d", piece="slack", connection="team-slak"),
        d=act("e", piece="email", input={"body": {"connection": "keep-alive"}}),
        e=act("f", piece="email", skip=True),
        f=act(piece="slack", connection="team-slack"),
    )
    assert found(definition, connections={"team-slack"}) == [
        ("/triggers/0/input/verify/connection", "error", "connection"),
        ("/triggers/0/input/verify", "warning", "piece"),
        ("/steps/a/action", "error", "piece"),
        ("/steps/b/connection", "error", "connection"),
        ("/steps/c/connection", "error", "connection"),
        ("/steps/d/input/to", "error", "piece"),
        ("/steps/e/input/to", "warning", "piece"),
    ]
    assert "did you mean `team-slack`?" in said(definition, connections={"team-slack"})
    assert not any(
        code == "connection" and "c" in p for p, _s, code in found(flow("c", c=definition["steps"]["c"]))
    )


def test_there_is_one_webhook_and_every_trigger_has_its_name():
    def hook(name, piece):
        return {"name": name, "piece": piece, "trigger": "t"}

    triggers = [hook("a", "webhook"), hook("a", "poller"), hook("b", "github")]
    assert [f for f in found(flow("a", triggers, a=act())) if f[1] == "error"] == [
        ("/triggers/1/name", "error", "missing"),
        ("/triggers/2", "error", "piece"),
    ]


@pytest.mark.parametrize(
    ("piece", "trigger", "values", "can"),
    [
        ("schedule", "cron", {"expression": "0 9 * * *"}, False),
        ("flow", "called", {}, False),
        ("topic", "subscribe", {"topic": "orders"}, True),
        ("topic", "platform_event", {}, True),
        ("webhook", "catch", {"verify": {"scheme": "none"}}, True),
        ("no_such_piece", "found", {}, True),
    ],
)
def test_a_trigger_whose_events_hold_no_list_cannot_split_them(piece, trigger, values, can):
    fields = {"name": "t", "piece": piece, "trigger": trigger, "input": values}
    found = check(flow("a", [{**fields, "split": "body.items"}], a=act()))
    said = [one.message for one in found if one.pointer == "/triggers/0/split"]
    assert len(said) == (not can) and all("nothing to split" in one for one in said)
    assert not [one for one in check(flow("a", [fields], a=act())) if "split" in one.message]


def test_a_list_to_split_is_an_expression_over_the_event():
    def found(split):
        trigger = {"name": "t", "piece": "topic", "trigger": "subscribe", "input": {"topic": "o"}}
        problems = check(flow("a", [{**trigger, "split": split}], a=act()))
        return [(one.severity, one.message) for one in problems if one.pointer == "/triggers/0/split"]

    assert found("body.items") == found("trigger.body.items") == found("") == []
    assert found("body.items[") != [] and found("items") != []
    ((severity, message),) = found("steps.a.output")
    assert severity == "error" and "before the flow has begun" in message


def test_a_field_of_an_action_that_is_called_split_is_no_list_of_events():
    step = act(input={"split": "{{ body.items }}"})
    assert "/steps/a/input/split" in [one.pointer for one in check(flow("a", a=step))]


def test_stored_cases_are_checked():
    tests = [
        {"name": "both", "sample": "s", "event": {}},
        {"name": "neither"},
        {"name": "lost", "sample": "nope", "expect": {"path": ["a", "l[0].b:x", "gone:otherwise"]}},
    ]
    definition = {**flow("a", a=act("l"), b=act(), l={"type": "loop", "items": "trigger.body", "body": "b"})}
    definition |= {"samples": {"s": {}}, "tests": tests}
    assert found(definition) == [
        ("/tests/0", "error", "test"),
        ("/tests/1", "error", "test"),
        ("/tests/2/sample", "warning", "test"),
        ("/tests/2/expect/path/2", "warning", "test"),
    ]


def test_every_problem_of_shape_is_told_in_plain_words_and_at_once():
    definition = {
        "name": 1,
        "triggers": [{"nam": "X"}],
        "steps": {
            "Bad": {"type": "x"},
            "action": act(
                piece=3, retry={"attempts": True, "factor": "2", "first_delay": -1}, on_error="foo", timeout=0
            ),
            "loop": {"type": "loop", "concurrency": 1.0, "bodi": "a", "items": "a ="},
            "r": 5,
        },
        "start2": 1,
    }
    problems = {p.pointer: p.message for p in check(definition, pieces=Pieces()) if p.code == "shape"}
    assert problems == {
        "/start2": "there is no field `start2` here; did you mean `start`?",
        "/name": "this must be a text",
        "/triggers/0/name": "`name` is missing",
        "/triggers/0/piece": "`piece` is missing",
        "/triggers/0/trigger": "`trigger` is missing",
        "/triggers/0/nam": "there is no field `nam` here; did you mean `name`?",
        "/steps/Bad": problems["/steps/Bad"],
        "/steps/action/piece": "this must be a text",
        "/steps/action/retry/attempts": "this must be a whole number",
        "/steps/action/retry/factor": "this must be a number",
        "/steps/action/retry/first_delay": "this must be at least 0",
        "/steps/action/on_error": "this must be `fail` or `continue`",
        "/steps/action/timeout": "this must be more than 0",
        "/steps/loop/concurrency": "this must be a whole number",
        "/steps/loop/bodi": "there is no field `bodi` here; did you mean `body`?",
        "/steps/r": "the type of a step is action, router or loop",
    }
    # And what can be said of the rest is said as well.
    assert "/steps/loop/items" in {
        p.pointer for p in check(definition, pieces=Pieces()) if p.code == "syntax"
    }


def test_a_problem_says_whether_a_draft_can_hold_it():
    assert Problem("/x", "y").blocks_saving
    assert Problem("/x", "y", code="syntax").blocks_saving
    assert not Problem("/x", "y", code="graph").blocks_saving
    assert Problem("/x", "y").to_json() == {
        "pointer": "/x",
        "message": "y",
        "severity": "error",
        "code": "shape",
    }


UNFIT = [
    (None, "", "a flow must be a JSON object"),
    ([], "", "a flow must be a JSON object"),
    ("text", "", "a flow must be a JSON object"),
    ({"name": "\ud800"}, "/name", "Unicode"),
    ({"name": "x", "layout": {"\ud800": 1}}, "/layout", "Unicode"),
    ({"name": "x", "layout": {1: 1}}, "/layout", "Unicode texts"),
    ({"name": "x", "layout": {"a": float("nan")}}, "/layout/a", "no such number"),
    ({"name": "x", "layout": {"a": 2**64}}, "/layout/a", "64 bits"),
    ({"name": "x", "layout": {"a": object()}}, "/layout/a", "JSON has no object"),
    ({"name": "x", "description": "x" * 5_000_000}, "", "larger than"),
]


@pytest.mark.parametrize(("value", "pointer", "words"), UNFIT)
def test_what_json_cannot_hold_is_refused(value, pointer, words):
    (problem,) = check(value)
    assert (problem.pointer, problem.blocks_saving) == (pointer, True)
    assert words in problem.message


def test_deep_definitions_are_refused():
    deep = {}
    for _ in range(100_000):
        deep = {"a": deep}
    (problem,) = check({"name": "x", "layout": deep})
    assert "deeper than 200" in problem.message
    while deep:
        deep = deep["a"]
    value = "{{ trigger.body }}"
    for _ in range(100):
        value = [value]
    assert check(flow("a", a=act(input={"value": value})), pieces=Pieces()) == []


def test_too_many_steps_are_refused():
    steps = {f"s{n}": act(f"s{n + 1}") for n in range(2_001)}
    assert "this has more than 2,000 entries" in said(flow("s0", **steps))


def wide_flow(size):
    branches = [when(f"b{n}", f"s{n}") for n in range(size)]
    steps = {f"s{n}": act(f"t{n}", input={"value": "{{ trigger.body.x }}"}) for n in range(size)}
    steps |= {f"t{n}": act(input={"value": "{{ steps.s0.output }}"}) for n in range(size)}
    return flow("r", r=route(*branches), **steps)


def test_the_work_of_a_check_grows_no_faster_than_the_flow():
    problems = check(wide_flow(999), pieces=Pieces())
    assert {p.code for p in problems} == {"reference"}
    small, large = [wide_flow(size) for size in (40, 160)]
    assert instructions(lambda: check(large, pieces=Pieces())) < 5 * instructions(
        lambda: check(small, pieces=Pieces())
    )


FIELDS = """
    name format triggers start steps type next branches otherwise on_error body items input piece action
    trigger connection case when key tests samples expect path a settings dedupe verify retry match until
    collect event sample <way> [key] ~/
"""
keys = st.sampled_from(["", *FIELDS.split()])
values = st.sampled_from(
    [
        "a",
        "action",
        "router",
        "loop",
        "webhook",
        "slack",
        "{{ steps.a }}",
        "{{",
        "steps.b",
        "all",
        1,
        -0.5,
        2**70,
        "\ud800",
    ]
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | values,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(keys | st.text(max_size=3), inner, max_size=6)
    ),
    max_leaves=30,
)
broken_steps = st.dictionaries(
    st.sampled_from("abc"), anything | st.dictionaries(keys, anything | values, max_size=8), max_size=3
)


@settings(max_examples=200, deadline=None)
@given(
    anything
    | st.fixed_dictionaries(
        {"name": anything, "steps": broken_steps, "start": values | anything},
        optional={
            "triggers": st.lists(st.dictionaries(keys, anything, max_size=5), max_size=2) | anything,
            "tests": st.lists(st.dictionaries(keys, anything, max_size=5), max_size=2) | anything,
            "settings": anything,
            "samples": anything,
        },
    )
)
def test_check_never_raises(value):
    problems = check(value, pieces=Pieces(), connections={"a"})
    assert all(isinstance(p, Problem) for p in problems)
    json.dumps([p.to_json() for p in problems])


def test_the_pieces_that_are_installed_are_asked_unless_others_are_given():
    step = act(piece="no_such_piece_at_all")
    assert ("/steps/a/action", "piece") in {(p.pointer, p.code) for p in check(flow("a", a=step))}
