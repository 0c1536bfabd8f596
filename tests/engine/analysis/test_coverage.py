"""Coverage: where samples would go, why a branch does not match, and branches that nothing takes."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pieces
from engine import catalogues
from engine.analysis.coverage import MAX_ITEMS, coverage
from engine.analysis.dead_branches import dead_branches
from engine.analysis.explain import explain, judge
from engine.analysis.forecast import explain_branch
from engine.analysis.scope import sample_scope
from engine.base.errors import BadInput
from engine.base.settings import Settings
from engine.catalogues.handler_flow import build
from engine.expressions import ExpressionError, compile, truth
from engine.flow import parse
from engine.runs.local_host import LocalHost

REGISTRY = pieces.registry()


def router(branches, otherwise=False, next=None, **fields):
    made = {"type": "router", "next": next, **fields}
    made["branches"] = [{"next": None, **branch} for branch in branches]
    return {**made, "otherwise": {"next": otherwise or None}} if otherwise is not False else made


def compose(value, next=None, **fields):
    return {"type": "action", "piece": "data", "action": "compose", "input": {"value": value}, "next": next,
            **fields}  # fmt: skip


def fetch(next=None, **fields):
    return {"type": "action", "piece": "http", "action": "request", "input": {"url": "https://example.com"},
            "next": next, **fields}  # fmt: skip


def flow(steps, start=None, **samples):
    return {"name": "f", "start": start or next(iter(steps)), "steps": steps,
            "samples": {name: {"body": body} for name, body in samples.items()}}  # fmt: skip


# -- coverage --------------------------------------------------------------------------------------


def test_each_sample_is_shown_at_the_branch_it_takes():
    outer = router(
        [{"name": "A", "case": ["a"], "next": "inner"}, {"name": "Big", "when": "trigger.body.n > `5`"}],
        key="trigger.body.kind",
    )
    inner = router([{"name": "Yes", "when": "trigger.body.ok"}], otherwise=None)
    found = coverage(
        flow({"outer": outer, "inner": inner}, one={"kind": "a", "ok": True}, two={"kind": "a"},
             three={"n": 9}, four={"n": 1}), REGISTRY,
    )  # fmt: skip
    assert found.routers["outer"].branches == {"A": ["one", "two"], "Big": ["three"]}
    assert found.routers["outer"].unrouted == ["four"]
    assert found.routers["outer"].otherwise is None
    assert found.routers["inner"].branches == {"Yes": ["one"]}
    assert found.routers["inner"].otherwise == ["two"]
    assert found.routers["inner"].untaken == []
    assert not found.stopped


def test_with_all_matches_a_sample_takes_several_branches():
    for parallel in (False, True):
        every = router([{"name": "A", "when": "trigger.body.a"}, {"name": "B", "when": "trigger.body.b"}],
                       match="all", parallel=parallel)  # fmt: skip
        found = coverage(flow({"every": every}, both={"a": 1, "b": 1}, one={"b": 1}), REGISTRY)
        assert found.routers["every"].branches == {"A": ["both"], "B": ["both", "one"]}


def test_a_branch_that_fails_leaves_the_others_to_be_followed():
    for parallel in (False, True):
        branches = [
            {"name": name, "when": "`true`", "next": to} for name, to in (("A", "made"), ("B", "deep"))
        ]
        every = router(branches, match="all", parallel=parallel, next="after")
        steps = {
            "every": every,
            "made": compose("{{ length(trigger.body.n) }}"),
            "deep": router([{"name": "C", "when": "trigger.body.n"}]),
            "after": router([{"name": "D", "when": "`true`"}]),
        }
        found = coverage(flow(steps, one={"n": 1}), REGISTRY)
        assert found.routers["deep"].branches == {"C": ["one"]}
        assert found.routers["after"].branches == {"D": []}
        assert found.stopped["one"].startswith("made fails")


def test_pure_steps_are_evaluated_and_effects_are_not():
    steps = {
        "made": compose({"level": "{{ trigger.body.n }}"}, "by_level"),
        "by_level": router([{"name": "Two", "when": "steps.made.output.level == `2`"}], next="got"),
        "got": fetch("later"),
        "later": router([{"name": "Ok", "when": "steps.got.output.status == `200`"}], otherwise=None),
    }
    found = coverage(flow(steps, one={"n": 2}), REGISTRY)
    assert found.routers["by_level"].branches == {"Two": ["one"]}
    assert found.routers["later"].branches == {"Ok": []}
    assert "got" in found.routers["later"].unknown["one"]
    given = coverage(flow(steps, one={"n": 2}), REGISTRY, outputs={"got": {"status": 200}})
    assert given.routers["later"].branches == {"Ok": ["one"]}
    assert not given.routers["later"].unknown
    other = coverage(flow(steps, one={"n": 2}), REGISTRY, outputs_by_sample={"one": {"got": {}}})
    assert other.routers["later"].otherwise == ["one"]


def test_what_is_known_decides_where_it_can():
    steps = {
        "got": fetch("first"),
        "first": router(
            [
                {"name": "Never", "when": "trigger.body.a && steps.got.output.x"},
                {"name": "Known", "when": "trigger.body.b || steps.got.output.x"},
                {"name": "Open", "when": "steps.got.output.x"},
            ]
        ),
    }
    found = coverage(flow(steps, b={"b": 1}, a={"a": 1, "b": 1}, none={}), REGISTRY).routers["first"]
    assert found.branches == {"Never": [], "Known": ["b"], "Open": []}
    assert set(found.unknown) == {"a", "none"}


def test_what_stands_behind_an_unknown_branch_is_unknown():
    steps = {
        "got": fetch("first"),
        "first": router([{"name": "A", "case": [1], "next": "deep"}], key="steps.got.output", next="after"),
        "deep": router([{"name": "B", "when": "trigger.body.b", "next": "made"}]),
        "made": compose(1),
        "after": router(
            [{"name": "C", "when": "steps.made.output"}, {"name": "D", "when": "trigger.body.b"}]
        ),
    }
    found = coverage(flow(steps, one={"b": 1}), REGISTRY).routers
    assert all("got" in found[name].unknown["one"] for name in ("first", "deep", "after"))


def test_a_pure_step_that_reads_the_unknown_is_unknown():
    steps = {
        "got": fetch("made"),
        "made": compose("{{ steps.got.output.x }}", "first"),
        "first": router([{"name": "A", "when": "steps.made.output"}]),
    }
    assert "got" in coverage(flow(steps, one={}), REGISTRY).routers["first"].unknown["one"]


def test_loops_are_gone_through_item_by_item():
    steps = {
        "each": {"type": "loop", "items": "trigger.body.items", "body": "by_item", "next": "after",
                 "collect": "loop.item", "until": "loop.item == `3`"},
        "by_item": router([{"name": "Odd", "case": [1, 3]}, {"name": "Even", "case": [2]}], key="loop.item"),
        "after": router([{"name": "Three", "when": "length(steps.each.output) == `3`"}]),
    }  # fmt: skip
    found = coverage(flow(steps, one={"items": [1, 2, 3, 4]}, odd={"items": [1]}, bad={"items": 5}), REGISTRY)
    assert found.routers["by_item"].branches == {"Odd": ["one", "odd"], "Even": ["one"]}
    assert found.routers["after"].branches == {"Three": ["one"]}
    assert found.stopped == {"bad": "the items of each are no list"}
    many = coverage(flow(steps, many={"items": [2] * (MAX_ITEMS + 1)}), REGISTRY)
    assert str(MAX_ITEMS) in many.routers["after"].unknown["many"]


def test_given_outputs_go_by_the_name_within_the_loop_first():
    steps = {
        "each": {"type": "loop", "items": "trigger.body.items", "body": "got", "next": None},
        "got": fetch("by_status"),
        "by_status": router([{"name": "Good", "case": [1]}, {"name": "Bad", "case": [2]}],
                            key="steps.got.output"),
    }  # fmt: skip
    given = {"each[0].got": 2, "got": 1}
    found = coverage(flow(steps, one={"items": [0, 0]}), REGISTRY, outputs=given).routers["by_status"]
    assert found.branches == {"Good": ["one"], "Bad": ["one"]}
    assert "got" in coverage(flow(steps, one={"items": [0]}), REGISTRY).routers["by_status"].unknown["one"]


def test_the_items_of_an_effect_leave_the_body_unknown():
    steps = {
        "got": fetch("each"),
        "each": {"type": "loop", "items": "steps.got.output", "body": "inner", "next": None},
        "inner": router([{"name": "A", "when": "loop.item"}]),
    }
    assert "got" in coverage(flow(steps, one={}), REGISTRY).routers["inner"].unknown["one"]


def test_errors_go_the_way_that_the_step_says():
    failing = "{{ length(trigger.body.n) }}"
    for policy, expected in (("continue", {"A": ["one"]}), ({"next": "deep"}, {"A": ["one"]})):
        steps = {
            "made": compose(failing, "after", on_error=policy),
            "deep": router([{"name": "B", "when": "trigger.body.n"}]),
            "after": router([{"name": "A", "when": "steps.made.error"}]),
        }
        found = coverage(flow(steps, one={"n": 1}), REGISTRY)
        assert found.routers["after"].branches == expected
        assert found.routers["deep"].branches == {"B": ["one"] if isinstance(policy, dict) else []}
    stopped = coverage(flow({"made": compose(failing, "a"), "a": router([])}, one={"n": 1}), REGISTRY)
    assert stopped.stopped["one"].startswith("made fails")


def test_skipped_steps_are_passed_and_an_answer_may_end_the_run():
    steps = {
        "skipped": compose(1, "first", skip=True),
        "first": router([{"name": "A", "when": "steps.skipped"}], otherwise="answer", next="after"),
        "answer": {"type": "action", "piece": "webhook", "action": "respond", "input": {"then": "end"},
                   "next": None},
        "after": router([{"name": "B", "when": "`true`"}]),
    }  # fmt: skip
    found = coverage(flow(steps, one={}), REGISTRY)
    assert found.routers["first"].otherwise == ["one"]
    assert found.routers["after"].branches == {"B": []}
    assert not found.stopped


def test_a_condition_that_fails_is_a_warning_and_no_match():
    found = coverage(
        flow({"r": router([{"name": "A", "when": "contains(trigger.body.x, 'x')"}])}, one={}), REGISTRY
    )
    assert found.routers["r"].unrouted == ["one"]
    assert "could not be evaluated" in found.routers["r"].warnings["one"][0]


@pytest.mark.parametrize(
    "steps",
    [
        {},
        {"a": compose(1, "a")},
        {"a": router([{"name": "A", "when": "`true`", "next": "a"}])},
        {"a": {"type": "loop", "items": "`[1, 2]`", "body": "a", "next": None}},
        {"a": {"type": "loop", "items": "", "body": None, "next": None}},
        {"a": router([{"name": "A", "when": " ", "next": "gone"}], key=" "), "b": compose(1)},
        {"a": {"type": "action", "piece": "lost", "action": "none", "input": {}, "next": None}},
    ],
)
def test_a_broken_draft_is_covered_as_far_as_it_goes(steps):
    assert coverage({**flow(steps or {"x": compose(1)}, one={}), "steps": steps}, REGISTRY)


def test_what_is_no_flow_is_refused():
    with pytest.raises(BadInput):
        coverage({"name": "f", "steps": {"a": {"type": "router", "key": "a =="}}}, REGISTRY)


def test_coverage_says_what_a_run_does():
    for name in catalogues.names():
        made = build(catalogues.get(name), "all")
        found = coverage(made, REGISTRY)
        routers = found.routers
        for sample, event in list(made.samples.items())[::7]:
            taken = asyncio.run(_path(made, event))
            for entry in taken:
                step, _, branch = entry.partition(":")
                if step in routers and branch:
                    record = routers[step]
                    assert sample in (record.otherwise if branch == "otherwise" else record.branches[branch])
                elif step in routers:
                    assert sample in routers[step].unrouted


async def _path(made, event):
    host = LocalHost(REGISTRY, Settings(), given={})
    try:
        return (await host.run(made, event))["path"]
    finally:
        await host.close()


# -- why -------------------------------------------------------------------------------------------


def said(expression, scope, unknown=None):
    return [(t.text, t.truth, t.decisive) for t in explain(expression, scope, unknown)]


def test_the_first_false_term_is_decisive():
    assert said("a && b == `1` && c", {"a": 1, "b": 2}) == [
        ("a", True, False), ("b == `1`", False, True), ("c", False, False),
    ]  # fmt: skip
    terms = explain("a && b.c == `1`", {"a": 1, "b": {"c": 2}})
    assert terms[1].seen == [("b.c", 2)]
    assert terms[1].start == 5
    assert terms[1].words == "c = 1"


def test_each_alternative_has_its_own_decisive_term():
    assert said("(a && b) || c", {"a": 1}) == [("a", True, False), ("b", False, True), ("c", False, True)]
    assert not any(decisive for _, _, decisive in said("a || b", {"b": 1}))
    assert [t.group for t in explain("(a && b) || c", {})] == [0, 0, 1]
    assert [t.reached for t in explain("(a && b) || c", {})] == [True, False, True]


def test_a_failing_term_ends_the_condition():
    verdict = judge("contains(a, 'x') || b", {"b": 1})
    assert verdict.truth is False
    assert "contains()" in verdict.error
    assert verdict.terms[0].error and not verdict.terms[1].reached
    assert judge("b || contains(a, 'x')", {"b": 1}).truth is True


PARTS = [
    "a", "!b", "c == 'x||y'", "contains(a, '(')", "!a == b", "(a | b)", "c[?d || e]",
    "`\"&&\"` == c", "a.b > `1`",
    "c[?d && e] | [0]", "length(b)", "'it\\'s' == c", '"a b" != c', "{x: a || b}.x", "(!(a))",
]  # fmt: skip


@st.composite
def expressions(draw, depth=2):
    if not depth or draw(st.booleans()):
        text = draw(st.sampled_from(PARTS))
        return f"({text})" if " | " in text else text
    inner = [draw(expressions(depth - 1)) for _ in range(draw(st.integers(1, 3)))]
    text = draw(st.sampled_from([" && ", "||", " || "])).join(inner)
    return draw(st.sampled_from(["({})", "!({})", " {} "])).format(text)


scopes = st.dictionaries(
    st.sampled_from("abc"),
    st.sampled_from([None, 0, "", "x", "x||y", "(", [], [{"d": 1, "e": 2}, {"e": 1}], {"b": 2}, True]),
)


@settings(max_examples=200, deadline=None)
@given(expressions(), scopes)
def test_the_terms_come_to_what_the_condition_is(text, scope):
    try:
        expected = truth(compile(text).value(scope))
    except ExpressionError:
        expected = False
    verdict = judge(text, scope)
    assert verdict.truth is expected
    assert any(term.decisive for term in verdict.terms) is not expected
    for term in verdict.terms:
        assert text[term.start :].startswith(term.text)


def test_unknown_parts_leave_open_only_what_hangs_on_them():
    unknown = {("steps", "got"): "not tested"}
    assert judge("steps.got.output && a", {"a": 1}, unknown).truth is None
    assert judge("steps.got.output && a", {"a": 1}, unknown).reason == "not tested"
    assert judge("steps.got.output && a", {}, unknown).truth is False
    assert judge("steps.got.output || a", {"a": 1}, unknown).truth is True
    assert judge("to_json(steps) == 'x'", {"steps": {}}, unknown).truth is None
    assert judge("!(steps.got && a) || b", {}, unknown).truth is None


def test_the_case_of_a_branch_is_a_term_of_its_own():
    step = parse(flow({"r": router([{"name": "A", "case": ["x", 1.0], "when": "trigger.body.b"}],
                                   key="trigger.body.k")})).steps["r"]  # fmt: skip
    yes = explain_branch(step, 0, sample_scope({}, {"body": {"k": 1, "b": 1}}))
    assert [t.truth for t in yes] == [True, True]
    no = explain_branch(step, 0, sample_scope({}, {"body": {"k": "y", "b": 1}}))
    assert [(t.truth, t.decisive) for t in no] == [(False, True), (True, False)]
    assert no[0].seen == [("trigger.body.k", "y")]


# -- dead branches ---------------------------------------------------------------------------------


def dead(branches, **fields):
    return [(d.kind, d.branch, d.by) for d in dead_branches(flow({"r": router(branches, **fields)}))]


@pytest.mark.parametrize(
    ("branches", "found"),
    [
        ([{"case": [1, 2]}, {"case": [1]}], [("shadowed", "B1", "B0")]),
        ([{"case": [1]}, {"case": [2]}, {"case": [1, 2]}], [("shadowed", "B2", "B0")]),
        ([{"case": [1]}, {"case": [1, 2]}], []),
        ([{"case": [True]}, {"case": [1]}], []),
        ([{"case": [1], "when": "a"}, {"case": [1]}], []),
        ([{"case": [1]}, {"case": [1], "when": "a"}], [("shadowed", "B1", "B0")]),
        ([{"when": "a == 'x'"}, {"when": " (a=='x') "}], [("shadowed", "B1", "B0")]),
        ([{"when": "a"}, {"when": "b && a"}], [("shadowed", "B1", "B0")]),
        ([{"when": "a || b"}, {"when": "b && c"}], [("shadowed", "B1", "B0")]),
        ([{"when": "a && b"}, {"when": "a"}], []),
        ([{"when": "a"}, {"when": "b"}], []),
        ([{"when": "length(a)"}, {"when": "length(a)"}], [("shadowed", "B1", "B0")]),
        ([{"when": "!contains(a, 'x')"},
          {"when": "!contains(not_null(a[*], to_string(not_null(a, ''))), 'x')"}], []),
        ([{"when": "a == 'x' && a == 'y'"}], [("contradiction", "B0", "")]),
        ([{"when": "a > `5` && a < `3` || a == `1` && a == 'x'"}], [("contradiction", "B0", "")]),
        ([{"when": "a >= `5` && a <= `5`"}], []),
        ([{"when": "a >= `5` && a < `5`"}], [("contradiction", "B0", "")]),
        ([{"when": "a == 'x' && a == 'y' || b"}], []),
        ([], []),
    ],
)  # fmt: skip
def test_branches_that_cannot_be_taken_are_found(branches, found):
    named = [{"name": f"B{number}", **branch} for number, branch in enumerate(branches)]
    assert dead(named, key="trigger.body.k") == found


def test_with_all_matches_nothing_is_shadowed():
    assert dead([{"name": "A", "when": "a"}, {"name": "B", "when": "a"}], match="all") == []


def test_a_case_that_no_event_of_the_catalogue_has_is_found():
    catalogue = catalogues.get("activepieces")
    steps = {
        "r": router([{"name": "A", "case": ["flow.run.finished", "flow.run.finish"], "next": "s"}],
                    key="trigger.body.action"),
        "s": router([{"name": "B", "case": ["FAILED", "BROKEN"]}], key="trigger.body.data.flowRun.status"),
        "t": router([{"name": "C", "case": ["anything"]}], key="trigger.body.data.other"),
    }  # fmt: skip
    found = dead_branches(flow(steps), catalogue)
    assert ("/steps/r/branches/0/case/1", "unseen") in [(d.pointer, d.kind) for d in found]
    assert "did you mean “flow.run.finished”" in found[0].message
    assert not [d for d in found if d.step == "t"]


def test_generated_flows_have_no_dead_branch():
    for name in catalogues.names():
        catalogue = catalogues.get(name)
        assert dead_branches(build(catalogue, "all"), catalogue) == []
