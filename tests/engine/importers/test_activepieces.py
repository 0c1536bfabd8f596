"""Documents of Activepieces become flows that do the same, and a report of what does not."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import pieces
from engine.base.actor import Role
from engine.base.errors import BadInput
from engine.base.settings import Settings
from engine.base.types import Json
from engine.expressions import compile, compile_value, truth
from engine.expressions.conditions import from_expression
from engine.flow import Flow, check, dumps, parse, to_json
from engine.importers.activepieces import Converted, Finding, convert, is_activepieces
from engine.importers.activepieces.conditions import OPERATORS, when
from engine.importers.activepieces.expressions import Reader, Scope, Source, escape
from engine.importers.activepieces.finding import Unconvertible
from engine.importers.activepieces.pieces import ACTIONS
from engine.importers.activepieces.tree import SourceStep
from engine.importers.activepieces.triggers import TRIGGERS
from engine.runs.local_host import LocalHost

DATA = Path(__file__).parents[2] / "data" / "flows"
DOCUMENTS = ["activepieces_benchmark_v17", "activepieces_demo_preversion", "activepieces_handler_flow_v20"]


def document(name: str) -> Json:
    return json.loads((DATA / f"{name}.json").read_text("utf-8"))


def errors(flow: Flow, *codes: str) -> list[str]:
    wanted = codes or ("shape", "graph", "syntax")
    return [str(p) for p in check(flow) if p.code in wanted and p.severity == "error"]


# -- building documents --------------------------------------------------------------------------------


def chain(*steps: Json) -> Json:
    """The first step, the others behind it."""
    following = None
    for step in reversed(steps):
        following = {**step, "nextAction": following} if following else dict(step)
    return following


def piece(name: str, piece: str, action: str, input: Json = None, **more: Json) -> Json:
    own = {"pieceName": f"@activepieces/piece-{piece}", "actionName": action, "input": input or {}}
    own |= more.pop("settings", {})
    return {"name": name, "type": "PIECE", "valid": True, "displayName": name, "settings": own, **more}


def router(name: str, branches: Json, children: Json, mode: str = "EXECUTE_FIRST_MATCH") -> Json:
    own = {"branches": branches, "executionType": mode}
    return {"name": name, "type": "ROUTER", "settings": own, "children": children}


def branch(name: str, *groups: Json) -> Json:
    return {"branchType": "CONDITION", "branchName": name, "conditions": list(groups)}


FALLBACK = {"branchType": "FALLBACK", "branchName": "Otherwise"}


def row(operator: str, first: Json, second: Json = None, exact: bool = False) -> Json:
    return {"operator": operator, "firstValue": first, "secondValue": second, "caseSensitive": exact}


def loop(name: str, items: str, first: Json) -> Json:
    return {"name": name, "type": "LOOP_ON_ITEMS", "settings": {"items": items}, "firstLoopAction": first}


def compose(name: str, value: Json) -> Json:
    return piece(name, "data-mapper", "advanced_mapping", {"mapping": value})


def version(*steps: Json, schema: Json = "20", trigger: Json = None, **more: Json) -> Json:
    trigger = trigger or {
        "pieceName": "@activepieces/piece-webhook",
        "triggerName": "catch_webhook",
        "input": {"authType": "none", "authFields": {}},
    }
    first = {"name": "trigger", "type": "PIECE_TRIGGER", "settings": trigger}
    return {"displayName": "Flow", "schemaVersion": schema, "trigger": chain(first, *steps), **more}


def only(*steps: Json, **more: Json) -> tuple[dict[str, Json], list[Finding]]:
    """The definition of the one flow made of these steps, and the report."""
    converted = convert(version(*steps, **more))
    (flow,) = converted.flows
    assert not errors(flow)
    return to_json(flow), converted.report


def step(made: Json, **more: Json) -> Json:
    return only(made, **more)[0]["steps"][made["name"]]


async def run(flow: Flow, body: Json, given: Json = None) -> Json:
    host = LocalHost(pieces.registry(), Settings(), given={} if given is None else given)
    try:
        return await host.run(flow, {"method": "POST", "headers": {}, "query": {}, "body": body})
    finally:
        await host.close()


# -- the documents of the world ------------------------------------------------------------------------


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_real_document_becomes_a_flow_that_export_and_import_keep_to_the_byte(name: str) -> None:
    assert is_activepieces(document(name))
    (flow,) = convert(document(name)).flows
    assert not errors(flow)
    text = dumps(flow)
    assert not is_activepieces(json.loads(text))
    assert dumps(parse(text)) == text


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (
            {"action": "flow.run.finished", "data": {"flowRun": {"status": "FAILED"}}},
            ["step_1:Flow run finished", "step_2:Failed run"],
        ),
        (
            {"action": "FLOW.run.finished", "data": {"flowRun": {"status": "Succeeded"}}},
            ["step_1:Flow run finished", "step_2:otherwise"],
        ),
        ({"action": "connection.deleted"}, ["step_1:Connection deleted"]),
        ({"action": "user.signed.in"}, ["step_1:User signed in"]),
        ({"action": "folder.created"}, ["step_1:otherwise"]),
        ({}, ["step_1:otherwise"]),
    ],
)
async def test_the_handler_flow_routes_as_it_did(body: Json, path: list[str]) -> None:
    converted = convert(document("activepieces_handler_flow_v20"))
    result = await run(converted.flows[0], body)
    assert (result["status"], result["path"], result["warnings"]) == ("succeeded", path, [])
    assert {finding.severity for finding in converted.report} == {"note"}
    assert not errors(converted.flows[0], "piece", "branch", "reference", "missing")
    assert len(converted.flows[0].notes) == 2


async def test_the_benchmark_answers_and_says_that_code_was_not_converted() -> None:
    converted = convert(document("activepieces_benchmark_v17"))
    (finding,) = converted.report
    assert (finding.step, finding.severity, finding.flow) == ("step_2", "error", "Benchmark Flow")
    assert "code" in finding.message
    code = to_json(converted.flows[0])["steps"]["step_2"]
    settings = document("activepieces_benchmark_v17")["request"]["trigger"]["nextAction"]["settings"]
    assert code["skip"] is True and code["input"]["settings"] == settings
    assert [p.severity for p in check(converted.flows[0]) if p.pointer.startswith("/steps/step_2")] == [
        "warning"
    ]
    host = LocalHost(pieces.registry(), Settings())
    result = await host.run(converted.flows[0], {"method": "POST", "headers": {}, "query": {}, "body": {}})
    await host.close()
    assert result["status"] == "succeeded"
    assert (result["response"]["status"], result["response"]["body"]) == (200, {"hello": "world"})


async def test_the_demo_without_a_schema_version_mails_what_it_was_given() -> None:
    converted = convert(document("activepieces_demo_preversion"))
    (flow,) = converted.flows
    assert to_json(flow)["triggers"][0]["input"] == {"interval": 1, "unit": "minutes"}
    told = [finding.message for finding in converted.report]
    assert all(finding.step == "step_2" for finding in converted.report) and len(told) == 3
    assert any("`email`" in message for message in told) and any("recipient" in message for message in told)
    result = await run(flow, None, {"step_1": {"body": {"gelato": "Basil"}}})
    subject = next(s for s in result["steps"] if s["name"] == "step_2")["input"]["subject"]
    assert subject == "Hooray! Basil has been invented"


# -- envelopes -----------------------------------------------------------------------------------------

BARE = version(compose("step_1", 1))


@pytest.mark.parametrize(
    "envelope",
    [
        BARE,
        [BARE],
        {"name": "T", "flows": [BARE], "pieces": [], "tables": []},
        {"name": "T", "template": BARE, "blogUrl": ""},
        {"id": "f1", "status": "ENABLED", "version": BARE},
        {"type": "IMPORT_FLOW", "request": BARE},
        [{"flows": [BARE]}],
    ],
)
def test_every_envelope_holds_the_same_flow(envelope: Json) -> None:
    assert is_activepieces(envelope)
    (flow,) = convert(envelope).flows
    assert (flow.name, list(flow.steps)) == ("Flow", ["step_1"])


def test_a_template_of_several_flows_gives_all_of_them() -> None:
    converted = convert({"flows": [BARE, {**BARE, "displayName": "Second"}], "tables": [{"name": "T"}]})
    assert [flow.name for flow in converted.flows] == ["Flow", "Second"]
    assert any("tables" in finding.message for finding in converted.report)


@pytest.mark.parametrize(
    ("broken", "missing"),
    [
        ({}, "flows"),
        ([], "empty"),
        (None, "JSON object"),
        (3, "JSON object"),
        ([3], "JSON object"),
        ({"flows": []}, "flows"),
        ({"flows": [{"displayName": "x"}]}, "trigger"),
        ({"flows": [7]}, "JSON object"),
        ({"template": {}}, "trigger"),
        ({"template": []}, "template"),
        ({"version": {"trigger": 3}}, "trigger"),
        ({"type": "IMPORT_FLOW"}, "request"),
        ({"trigger": {"name": "trigger"}}, "type"),
        ({**BARE, "schemaVersion": "x"}, "schemaVersion"),
        ({**BARE, "schemaVersion": [[]]}, "schemaVersion"),
        ({"trigger": {"type": "EMPTY", "nextAction": 3}}, "type"),
        ({"trigger": {"type": "EMPTY"}, "steps": [{"name": "a"}]}, "flat list"),
        ({"flows": [BARE] * 51}, "50 flows"),
        (version(compose("step_1", "\ud800")), "Unicode"),
        (version(compose("step_1", 2**70)), "64 bits"),
    ],
)
def test_what_is_no_document_is_refused_by_name(broken: Json, missing: str) -> None:
    with pytest.raises(BadInput) as refused:
        convert(broken)
    assert missing in refused.value.message


def test_a_flow_file_of_ours_is_none_of_theirs() -> None:
    assert not is_activepieces({"format": 1, "name": "x", "triggers": [], "steps": {}})
    assert not is_activepieces({"name": "x"}) and not is_activepieces("x") and not is_activepieces([])


def test_a_flow_may_be_long_but_not_without_end() -> None:
    (flow,) = convert(version(*(compose(f"step_{n}", n) for n in range(2000)))).flows
    assert len(flow.steps) == 2000
    with pytest.raises(BadInput, match="more than"):
        convert(version(*(compose(f"step_{n}", n) for n in range(2001))))


@pytest.mark.parametrize("nested", ["router", "loop", "failure"])
def test_a_flow_may_be_nested_but_not_without_end(nested: str) -> None:
    def within(depth: int) -> Json:
        inner = compose("step_0", 1)
        for n in range(1, depth + 1):
            name = f"step_{n}"
            if nested == "router":
                inner = router(name, [FALLBACK], [inner])
            elif nested == "loop":
                inner = loop(name, "{{trigger['body']}}", inner)
            else:
                inner = {**compose(name, 1), "continueOnFailureBranches": {"onFailure": inner}}
        return version(inner)

    assert not errors(convert(within(32)).flows[0])
    for depth in (33, 5000):
        with pytest.raises(BadInput, match="in more than 32"):
            convert(within(depth))


def test_a_router_may_have_many_branches_but_not_without_end() -> None:
    def wide(count: int) -> Json:
        return version(router("step_1", [branch("x", same(str(n))) for n in range(count)], []))

    made = to_json(convert(wide(1000)).flows[0])["steps"]["step_1"]["branches"]
    assert len({entry["name"] for entry in made}) == 1000
    with pytest.raises(BadInput, match="branches"):
        convert(wide(1001))


def test_settings_of_any_depth_end_no_process() -> None:
    deep: Json = 1
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(BadInput):
        convert(version(compose("step_1", deep)))


def test_a_text_of_many_braces_takes_no_time() -> None:
    assert step(compose("step_1", "{{" * 20_000))["input"]["value"]
    assert only(compose("step_1", "{{a}}" * 50_000))[1][0].severity == "error"


# -- expressions ---------------------------------------------------------------------------------------

PLACES = {
    "trigger": Source("trigger", "trigger", {"queryParams": ("query",), "rawBody": None}),
    "step_1": Source("steps.step_1"),
    "step_2": Source("steps.step_2", "loop"),
    "step_3": Source("steps.step_3", "router"),
}


def reader(schema: int = 20) -> Reader:
    return Reader(Scope(schema, dict(PLACES)), SourceStep("step_9", "step_9", {}, ("step_2",)))


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("{{trigger['body']['action']}}", "{{ trigger.body.action }}"),
        ("{{ trigger.body.action }}", "{{ trigger.body.action }}"),
        ('{{trigger["body"]?.["a b"]}}', '{{ trigger.body."a b" }}'),
        ("{{trigger?.body?.list[0].x}}", "{{ trigger.body.list[0].x }}"),
        ("{{trigger['queryParams']['id']}}", "{{ trigger.query.id }}"),
        ("{{trigger}}", "{{ trigger }}"),
        ("{{step_1['body']['id']}}", "{{ steps.step_1.output.body.id }}"),
        ("{{step_1['output']['id']}}", "{{ steps.step_1.output.output.id }}"),
        ("{{step_1}}", "{{ steps.step_1.output }}"),
        ("{{step_1[0][12]}}", "{{ steps.step_1.output[0][12] }}"),
        ("{{step_2['item']['id']}}", "{{ loop.item.id }}"),
        ("{{step_2.index}}", "{{ sum([loop.index, `1`]) }}"),
        ("{{step_1['it\\'s']}}", '{{ steps.step_1.output."it\'s" }}'),
        ("{{step_1['\\u00e9\\x41']}}", '{{ steps.step_1.output."éA" }}'),
        ("{{'text'}}", "{{ 'text' }}"),
        ("{{ -1.5 }}", "{{ `-1.5` }}"),
        ("{{true}}", "{{ `true` }}"),
        ("{{undefined}}", "{{ `null` }}"),
        ("a {{trigger.body.x}} b", "a {{ trigger.body.x }} b"),
        ("{ {{trigger.body.x}} }", "{ {{ trigger.body.x }} }"),
        ("{{trigger.body.x}}{{trigger.body.y}}", "{{ trigger.body.x }}{{ trigger.body.y }}"),
        ("no {{ end", "no {{ '{{' }} end"),
        ("plain", "plain"),
        ("{{variables['KEY']}}", "{{ vars.KEY }}"),
    ],
)
def test_a_path_becomes_a_path(theirs: str, ours: str) -> None:
    made = reader().value(theirs)
    assert made == ours
    compile_value(made)


@pytest.mark.parametrize("schema", [21, 22, 27])
def test_newer_documents_wrap_outputs(schema: int) -> None:
    cases = {
        "{{step_1['output']['body']['id']}}": "{{ steps.step_1.output.body.id }}",
        "{{step_1['error']['message']}}": "{{ steps.step_1.error.message }}",
        "{{trigger['output']['body']}}": "{{ trigger.body }}",
        "{{step_2['output']['item']}}": "{{ loop.item }}",
    }
    for theirs, ours in cases.items():
        assert reader(schema).value(theirs) == ours
    old = reader(schema)
    assert old.value("{{step_1['body']}}") == "{{ steps.step_1.output.body }}"
    assert bool(old.remarks) == (schema > 21)


@pytest.mark.parametrize(
    "beyond",
    [
        "{{step_1.a + 1}}",
        "{{step_1.a || 'x'}}",
        "{{step_1.items.map(i => i.id)}}",
        "{{flattenNestedKeys(step_1, ['a'])}}",
        "{{step_1['a'].length}}",
        "{{step_1[-1]}}",
        "{{step_1[trigger.body.x]}}",
        "{{`a${step_1}`}}",
        "{{}}",
        "{{nobody.a}}",
        "{{connections['slack']}}",
        "{{step_2['iterations']}}",
        "{{step_3['branches'][0]}}",
        "{{trigger['rawBody']}}",
        "{{step_1['a'}}",
        "{{step_1['\\ud800']}}",
        "{{step_1.a;}}",
        "{{" + "step_1" + ".a" * 3000 + "}}",
        "ap-formula-v1::{uppercase({{trigger.body.x}})}::ap-formula-v1",
    ],
)
def test_what_is_more_than_a_path_is_not_converted_and_the_step_keeps_it(beyond: str) -> None:
    with pytest.raises(Unconvertible):
        reader().value(beyond)
    made, report = only(compose("step_1", {"a": beyond}))
    kept = made["steps"]["step_1"]
    assert kept["skip"] is True and kept["piece"] == "@activepieces/piece-data-mapper" and kept["note"]
    original = compose("step_1", {"a": beyond})["settings"]
    assert compile_value(kept["input"]).resolve({}, []) == {"settings": original}
    assert [f.severity for f in report if f.step == "step_1"] == ["error"]


@given(st.text(alphabet="{}' \"\\`ab", max_size=30))
def test_an_escaped_text_stays_what_it_is(text: str) -> None:
    assert compile_value(escape(text)).resolve({}, []) == text


@given(st.text(alphabet="{}[]'\"\\`.? abtrige$0\n_", max_size=40))
def test_a_text_converts_to_one_that_can_be_read_or_not_at_all(text: str) -> None:
    try:
        made = reader().value(text)
    except Unconvertible:
        return
    resolver = compile_value(made)
    if "}}" not in text:
        assert resolver.resolve({}, []) == text


@given(st.lists(st.one_of(st.text(max_size=8), st.integers(0, 99)), max_size=5))
def test_any_names_lead_to_the_same_value(path: list[str | int]) -> None:
    theirs = "".join(f"[{json.dumps(part)}]" for part in path)
    if "}}" in theirs:
        return
    value: Json = "found"
    for part in reversed(path):
        value = {part: value} if isinstance(part, str) else [None] * part + [value]
    made = reader().value("{{trigger['body']" + theirs + "}}")
    assert compile_value(made).resolve({"trigger": {"body": value}}, []) == "found"


def test_the_item_of_an_outer_loop_is_kept_for_the_inner_one() -> None:
    inner = loop(
        "step_2", "{{step_1['item']['list']}}", compose("step_3", "{{step_1.index}}/{{step_2.item}}")
    )
    made, report = only(loop("step_1", "{{trigger.body}}", inner))
    assert report == []
    steps = made["steps"]
    assert steps["step_1"]["body"] == "step_1_item" and steps["step_1_item"]["next"] == "step_2"
    assert steps["step_2"]["items"] == "loop.item.list"
    assert steps["step_3"]["input"]["value"] == "{{ steps.step_1_item.output.index }}/{{ loop.item }}"


async def test_loops_within_loops_give_what_they_gave() -> None:
    inner = loop(
        "step_2", "{{step_1['item']}}", compose("step_3", "{{step_1.index}}/{{step_2.index}}/{{step_2.item}}")
    )
    (flow,) = convert(version(loop("step_1", "{{trigger.body}}", inner))).flows
    result = await run(flow, [["a", "b"], ["c"]])
    given = [s["output"] for s in result["steps"] if s["name"].endswith("step_3")]
    assert given == ["1/1/a", "1/2/b", "2/1/c"]


def test_reading_a_step_that_was_not_converted_is_told() -> None:
    _made, report = only(piece("step_1", "openai", "ask"), compose("step_2", "{{step_1.text}}"))
    assert [(f.step, f.severity) for f in report] == [("step_1", "error"), ("step_2", "warning")]
    assert "null" in report[1].message


# -- conditions ----------------------------------------------------------------------------------------

X = "{{trigger['body']['x']}}"
Y = "{{trigger['body']['y']}}"


@pytest.mark.parametrize(
    ("operator", "second", "exact", "true", "false"),
    [
        ("TEXT_CONTAINS", "B", False, ["abc", "ABC"], ["acd", "", None]),
        ("TEXT_CONTAINS", "B", True, ["ABC"], ["abc"]),
        ("TEXT_DOES_NOT_CONTAIN", "b", False, ["acd", None], ["aBc"]),
        ("TEXT_EXACTLY_MATCHES", "Ab", False, ["aB"], ["abc", None, 1]),
        ("TEXT_EXACTLY_MATCHES", "5", True, ["5", 5], ["5.0", 50]),
        ("TEXT_EXACTLY_MATCHES", "", False, ["", None], ["a"]),
        ("TEXT_DOES_NOT_EXACTLY_MATCH", "Ab", True, ["ab", None], ["Ab"]),
        ("TEXT_START_WITH", "Ab", False, ["abc"], ["cab", None]),
        ("TEXT_DOES_NOT_START_WITH", "Ab", True, ["abc", None], ["Abc"]),
        ("TEXT_ENDS_WITH", "bc", False, ["aBC"], ["bca", 1]),
        ("TEXT_DOES_NOT_END_WITH", "bc", False, ["bca"], ["abc"]),
        ("NUMBER_IS_GREATER_THAN", "3", False, [4, "4"], [3, "x", None]),
        ("NUMBER_IS_LESS_THAN", 3, False, [2, "2.5"], [3, "x", None]),
        ("NUMBER_IS_EQUAL_TO", "3", False, [3, 3.0, "3"], [4, "x", None]),
        ("NUMBER_IS_EQUAL_TO", "x", False, ["x"], [3, "x3"]),
        ("BOOLEAN_IS_TRUE", None, False, [True, "false", 1, []], [False, 0, "", None]),
        ("BOOLEAN_IS_FALSE", None, False, [False, 0, "", None], [True, "false"]),
        ("DATE_IS_BEFORE", "2026-03-01", False, ["2026-02-28T23:59:59Z"], ["2026-03-01", "x", None, []]),
        ("DATE_IS_EQUAL", "2026-03-01", False, ["2026-03-01T00:00:00Z"], ["2026-03-02", "x", None]),
        ("DATE_IS_AFTER", "2026-03-01", False, ["2026-03-02"], ["2026-02-01", "x", None]),
        ("LIST_CONTAINS", "Ab", False, [["ab", 1], "AB"], [["abc"], None, []]),
        ("LIST_CONTAINS", "5", True, [[5], ["5"]], [[55], None]),
        ("LIST_DOES_NOT_CONTAIN", "ab", True, [["AB"], []], [["ab"]]),
        ("LIST_IS_EMPTY", None, False, [[]], [[1], "", None]),
        ("LIST_IS_NOT_EMPTY", None, False, [[1]], [[], "", "a", None]),
        ("EXISTS", None, False, [0, False, "a", []], ["", None]),
        ("DOES_NOT_EXIST", None, False, ["", None], [0, "a"]),
    ],
)
def test_an_operator_keeps_its_meaning(
    operator: str, second: Json, exact: bool, true: list[Json], false: list[Json]
) -> None:
    constant = when([[row(operator, X, second, exact)]], reader())
    dynamic = when([[row(operator, X, Y, exact)]], reader())
    for value, holds in [*((v, True) for v in true), *((v, False) for v in false)]:
        scope = {"trigger": {"body": {"x": value, "y": second}}}
        assert truth(compile(constant).value(scope)) is holds, (constant, value)
        assert truth(compile(dynamic).value(scope)) is holds, (dynamic, value)


def test_all_22_operators_are_there_and_are_rows_of_the_editor() -> None:
    assert len(OPERATORS) == 22
    for operator in OPERATORS:
        second = (
            "2026-03-01" if operator.startswith("DATE") else "3" if operator.startswith("NUM") else "word"
        )
        for exact in (True, False):
            assert from_expression(when([[row(operator, X, second, exact)]], reader())) is not None


def test_conditions_are_an_or_of_ands() -> None:
    text = when([[row("EXISTS", X), row("EXISTS", Y)], [row("LIST_IS_EMPTY", X)]], reader())
    for body, holds in [({"x": 1}, False), ({"x": 1, "y": 1}, True), ({"x": []}, True), ({}, False)]:
        assert truth(compile(text).value({"trigger": {"body": body}})) is holds


@pytest.mark.parametrize(
    ("first", "holds"),
    [("a-{{trigger['body']['x']}}", True), ("a-1", True), ("{{'b'}}", False), (None, False)],
)
def test_a_field_may_be_any_text(first: Json, holds: bool) -> None:
    text = when([[row("TEXT_EXACTLY_MATCHES", first, "A-1")]], reader())
    assert truth(compile(text).value({"trigger": {"body": {"x": 1}}})) is holds


@pytest.mark.parametrize(
    "rows", [None, [], [[]], [["x"]], [[{"operator": "IS"}]], [[row("EXISTS", "{{a()}}")]]]
)
def test_what_is_no_condition_is_not_converted(rows: Json) -> None:
    with pytest.raises(Unconvertible):
        when(rows, reader())


# -- routers -------------------------------------------------------------------------------------------


def same(second: str, exact: bool = False) -> Json:
    return [row("TEXT_EXACTLY_MATCHES", X, second, exact)]


def test_equalities_of_one_value_become_cases() -> None:
    branches = [branch("A", same("One"), same("Two")), branch("B", same("Three")), FALLBACK]
    made, report = only(router("step_1", branches, [compose("step_2", 1), None, compose("step_3", 1)]))
    assert made["steps"]["step_1"] == {
        "type": "router",
        "key": "lower(to_string(trigger.body.x))",
        "branches": [
            {"name": "A", "case": ["one", "two"], "next": "step_2"},
            {"name": "B", "case": ["three"], "next": None},
        ],
        "otherwise": {"next": "step_3"},
        "next": None,
    }
    assert [(f.step, f.severity) for f in report] == [("step_1", "note")]


def test_with_case_the_key_is_the_value_itself() -> None:
    branches = [branch("A", same("One", True)), branch("B", same("5", True))]
    made = step(router("step_1", branches, [None, None], "EXECUTE_ALL_MATCH"))
    assert (made["key"], made["match"]) == ("trigger.body.x", "all")
    assert [b["case"] for b in made["branches"]] == [["One"], ["5", 5]]
    assert "otherwise" not in made or made["otherwise"] is None


def test_branches_of_other_kinds_become_conditions() -> None:
    branches = [
        branch("A", same("one")),
        branch("A", [row("EXISTS", Y)]),
        branch("otherwise", same("x", True)),
    ]
    made = step(router("step_1", branches, [None, None, None]))
    assert "key" not in made
    assert [b["name"] for b in made["branches"]] == ["A", "A (2)", "otherwise (2)"]
    assert all(b["when"] for b in made["branches"])


def test_a_router_with_a_condition_that_cannot_be_said_is_skipped_and_kept_whole() -> None:
    broken = router(
        "step_1", [branch("A", [row("EXISTS", "{{a()}}")]), FALLBACK], [compose("step_2", 1), None]
    )
    made, report = only(broken, compose("step_3", 1))
    steps = made["steps"]
    assert made["start"] == "step_1_settings" and steps["step_1_settings"]["next"] == "step_1"
    assert steps["step_1"]["skip"] is True and steps["step_1"]["next"] == "step_3"
    assert steps["step_1"]["branches"][0] == {"name": "A", "when": "`false`", "next": "step_2"}
    kept = steps["step_1_settings"]
    assert compile_value(kept["input"]).resolve({}, []) == {"settings": broken["settings"]}
    assert [f.severity for f in report] == ["error"]


def test_a_condition_that_was_not_filled_in_never_matches() -> None:
    made, report = only(router("step_1", [branch("A", [row("TEXT_CONTAINS", "", "")])], [None]))
    assert made["steps"]["step_1"]["branches"][0]["when"] == "`false`"
    assert [f.severity for f in report] == ["warning"]


def test_no_step_is_lost_where_branches_and_children_do_not_agree() -> None:
    children = [None, compose("step_2", 1), compose("step_3", 1)]
    made, report = only(router("step_1", [FALLBACK, branch("A", same("x"))], children))
    router_made = made["steps"]["step_1"]
    assert [(b["name"], b["next"]) for b in router_made["branches"]] == [
        ("A", "step_2"),
        ("Lost branch 1", "step_3"),
    ]
    assert any("Lost branch" in f.message for f in report)


def test_a_branch_from_before_routers_is_a_router() -> None:
    old = {"name": "step_1", "type": "BRANCH", "settings": {"conditions": [[row("EXISTS", X)]]}}
    old |= {"onSuccessAction": compose("step_2", 1), "onFailureAction": compose("step_3", 1)}
    made = step(old, schema=None)
    assert (made["branches"][0]["next"], made["otherwise"]["next"]) == ("step_2", "step_3")


# -- steps ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (
            ("http", "send_request", {"method": "POST", "url": "https://x.example/{{trigger.body.id}}",
             "headers": {"A": "b"}, "queryParams": {"n": 1}, "body_type": "json", "timeout": "10",
             "body": {"data": {"a": X}}}),
            {"piece": "http", "action": "request", "input": {
                "url": "https://x.example/{{ trigger.body.id }}", "method": "POST", "headers": {"A": "b"},
                "query": {"n": "1"}, "body_kind": "json", "body": {"a": "{{ trigger.body.x }}"},
                "timeout": 10}},
        ),
        (
            ("http", "send_request", {"url": "https://x.example", "failsafe": True,
             "body": '{"a": "{{trigger.body.x}}"}'}),
            {"piece": "http", "action": "request", "on_error": "continue", "input": {
                "url": "https://x.example", "method": "GET", "body_kind": "json",
                "body": {"a": "{{ trigger.body.x }}"}}},
        ),
        (
            ("http", "send_request", {"url": "https://x.example", "method": "PUT", "body_type": "form_data",
             "body": {"data": {"f": "v"}}, "failureMode": "retry_5xx"}),
            {"piece": "http", "action": "request", "retry": {"attempts": 4}, "input": {
                "url": "https://x.example", "method": "PUT", "body_kind": "multipart",
                "body": [{"name": "f", "value": "v"}]}},
        ),
        (
            ("webhook", "return_response", {"responseType": "raw", "respond": "respond",
             "fields": {"status": "201", "body": "hi {{trigger.body.x}}", "headers": {"a": "b"}}}),
            {"piece": "webhook", "action": "respond", "input": {
                "status": 201, "kind": "text", "body": "hi {{ trigger.body.x }}", "headers": {"a": "b"},
                "then": "continue"}},
        ),
        (
            ("webhook", "return_response", {"responseType": "redirect", "fields": {"body": "https://x.example"}}),
            {"piece": "webhook", "action": "respond", "input": {
                "status": 301, "kind": "text", "body": "", "headers": {"Location": "https://x.example"},
                "then": "end"}},
        ),
        (
            ("slack", "send_channel_message", {"auth": "{{connections['Team Slack']}}", "channel": "C1",
             "text": "hi"}),
            {"piece": "slack", "action": "send_message", "connection": "team-slack",
             "input": {"channel": "C1", "text": "hi"}},
        ),
        (
            ("slack", "send_direct_message", {"auth": "{{connections.s}}", "userId": "U1", "text": "hi"}),
            {"piece": "slack", "action": "send_message", "connection": "s",
             "input": {"channel": "U1", "text": "hi"}},
        ),
        (
            ("smtp", "send-email", {"from": "a@x.example", "to": ["b@x.example"], "subject": "s",
             "body_type": "html", "body": "<p>"}),
            {"piece": "email", "action": "send", "connection": "email", "input": {
                "to": ["b@x.example"], "subject": "s", "html": "<p>", "from": "a@x.example"}},
        ),
        (
            ("delay", "delayFor", {"unit": "hours", "delayFor": 2}),
            {"piece": "delay", "action": "delay_for", "input": {"duration": 2, "unit": "hours"}},
        ),
        (
            ("delay", "delay_until", {"delayUntilTimestamp": X}),
            {"piece": "delay", "action": "delay_until", "input": {"until": "{{ trigger.body.x }}"}},
        ),
        (
            ("store", "get", {"key": "k", "defaultValue": 0, "store_scope": "FLOW"}),
            {"piece": "store", "action": "get", "input": {"key": "k", "default": 0, "scope": "flow"}},
        ),
        (
            ("store", "put", {"key": "k", "value": X}),
            {"piece": "store", "action": "put", "input": {
                "key": "k", "value": "{{ trigger.body.x }}", "scope": "project"}},
        ),
        (
            ("store", "remove_value", {"key": "k", "store_scope": "COLLECTION"}),
            {"piece": "store", "action": "delete", "input": {"key": "k", "scope": "project"}},
        ),
        (
            ("subflows", "callFlow", {"flow": {"externalId": "ext1"}, "flowProps": {"payload": {"a": 1}},
             "waitForResponse": True}),
            {"piece": "flow", "action": "call", "input": {"flow": "ext1", "payload": {"a": 1}, "wait": True}},
        ),
    ],
)  # fmt: skip
def test_an_action_becomes_its_equivalent(theirs: Json, ours: Json) -> None:
    made = step(piece("step_1", *theirs))
    assert made.pop("title") == "step_1" and made.pop("type") == "action" and made.pop("next") is None
    made["retry"] = {"attempts": 4} if made.get("retry") else None
    assert {name: value for name, value in made.items() if value} == ours
    assert not [
        p for p in check(convert(version(piece("step_1", *theirs))).flows[0]) if p.severity == "error"
    ]


@pytest.mark.parametrize(
    ("theirs", "body", "output"),
    [
        (("data-mapper", "advanced_mapping", {"mapping": {"a": X}}), {"x": 1}, {"a": 1}),
        (("text-helper", "concat", {"texts": ["a", X], "separator": "-"}), {"x": 5}, "a-5"),
        (("text-helper", "concat", {"texts": X, "separator": ""}), {"x": ["a", 1]}, "a1"),
        (("text-helper", "replace", {"text": X, "searchValue": "a", "replaceValue": "b"}), {"x": "aa"}, "bb"),
        (("text-helper", "split", {"text": X, "delimiter": ","}), {"x": "a,b"}, ["a", "b"]),
        (("text-helper", "defaultValue", {"value": X, "defaultString": "d"}), {}, "d"),
        (("math-helper", "addition_math", {"first_number": X, "second_number": "2"}), {"x": "1"}, 3),
        (("math-helper", "subtraction_math", {"first_number": X, "second_number": 2}), {"x": 1}, -1),
        (
            ("date-helper", "format_date", {"inputDate": X, "outputFormat": "YYYY-MM-DDTHH:mm [%] A"}),
            {"x": "2026-03-01T14:05:00Z"},
            {"result": "2026-03-01T14:05 % PM"},
        ),
    ],
)
async def test_helpers_compute_the_same(theirs: Json, body: Json, output: Json) -> None:
    (flow,) = convert(version(piece("step_1", *theirs))).flows
    result = await run(flow, body)
    assert result["status"] == "succeeded", result["error"]
    assert result["steps"][0]["output"] == output


@pytest.mark.parametrize(
    "theirs",
    [
        ("openai", "ask_chatgpt", {"prompt": X}),
        ("http", "send_request", {"method": X}),
        ("http", "send_request", {"url": "x", "use_proxy": True}),
        ("store", "get", {"key": "k", "store_scope": "RUN"}),
        ("delay", "delayFor", {"unit": "weeks", "delayFor": 1}),
        ("delay", "delayFor", {"delayFor": "soon"}),
        ("text-helper", "replace", {"text": "a", "searchValue": "a+", "replaceValue": ""}),
        ("math-helper", "subtraction_math", {"first_number": 1, "second_number": X}),
        ("date-helper", "get_current_date", {"timeFormat": "Do MMMM"}),
        ("gmail", "send_email", {"receiver": ["a@x.example"], "draft": True}),
        ("webhook", "return_response", {"fields": 3}),
    ],
)
def test_what_has_no_equivalent_is_kept_whole(theirs: Json) -> None:
    original = piece("step_1", *theirs)
    made, report = only(original)
    kept = made["steps"]["step_1"]
    assert kept["skip"] is True and compile_value(kept["input"]).resolve({}, []) == {
        "settings": original["settings"]
    }
    assert [f.severity for f in report] == ["error"]
    warned = [p for p in check(made) if p.pointer.startswith("/steps/step_1")]
    assert [p.severity for p in warned] == ["warning"]


def test_no_secret_comes_along() -> None:
    secret = "hunter2-secret"
    web = {"pieceName": "@activepieces/piece-webhook", "triggerName": "catch_webhook"}
    auths = {
        "basic": {"username": "u", "password": secret},
        "header": {"headerName": "x-key", "headerValue": secret},
        "hmac": {"hmacSecret": secret, "hmacAlgorithm": "sha512", "hmacHeaderName": "X-Sig"},
        "magic": {"value": secret},
    }
    for kind, held in auths.items():
        http = {"url": "https://x.example", "authType": "BASIC", "authFields": {"password": secret}}
        steps = [
            piece("step_1", "http", "send_request", http),
            piece("step_2", "http", "send_request", {**http, "use_proxy": True}),
            piece("step_3", "openai", "ask", {"auth": {"apiKey": secret}}),
            piece(
                "step_4", "slack", "send_channel_message", {"auth": {"access_token": secret}, "channel": "c"}
            ),
        ]
        made, report = only(*steps, trigger={**web, "input": {"authType": kind, "authFields": held}})
        assert secret not in json.dumps(made) and secret not in str(report)
        verify = made["triggers"][0]["input"]["verify"]
        assert verify["connection"] == "flow-webhook" and verify["scheme"] != "none"
        assert made["steps"]["step_1"]["connection"] == "http-step-1"
        assert any(f.step == "trigger" and "flow-webhook" in f.message for f in report)


@pytest.mark.parametrize(
    ("name", "given", "ours"),
    [
        ("every_x_minutes", {"minutes": 5}, ("every", {"interval": 5, "unit": "minutes"})),
        ("every_hour", {"run_on_weekends": True}, ("cron", {"expression": "0 * * * *", "time_zone": "UTC"})),
        (
            "every_day",
            {"hour_of_the_day": 8, "timezone": "Europe/Berlin"},
            ("cron", {"expression": "0 8 * * mon-fri", "time_zone": "Europe/Berlin"}),
        ),
        ("every_week", {"day_of_the_week": 1}, ("cron", {"expression": "0 0 * * 1", "time_zone": "UTC"})),
        ("every_month", {"day_of_the_month": 15}, ("cron", {"expression": "0 0 15 * *", "time_zone": "UTC"})),
        ("cron_expression", {"cronExpression": "*/5 * * * *"},
         ("cron", {"expression": "*/5 * * * *", "time_zone": "UTC"})),
    ],
)  # fmt: skip
def test_a_schedule_fires_when_it_did(name: str, given: Json, ours: Json) -> None:
    trigger = {"pieceName": "@activepieces/piece-schedule", "triggerName": name, "input": given}
    made, report = only(trigger=trigger)
    assert report == [] and not [p for p in check(made) if p.severity == "error"]
    assert (made["triggers"][0]["trigger"], made["triggers"][0]["input"]) == ours


def test_a_trigger_without_an_equivalent_blocks_publishing_and_keeps_its_settings() -> None:
    trigger = {
        "pieceName": "@activepieces/piece-gmail",
        "triggerName": "new_email",
        "input": {"q": "{{a()}}"},
    }
    made, report = only(compose("step_1", 1), trigger=trigger)
    kept = made["triggers"][0]["input"]
    assert compile_value(kept).resolve({}, []) == {"settings": trigger}
    assert [f.severity for f in report] == ["error"]
    assert any(p.pointer.startswith("/triggers/0") and p.severity == "error" for p in check(made))


def test_errors_are_handled_as_they_were() -> None:
    options = {"retryOnFailure": {"value": True}, "continueOnFailure": {"value": True}}
    made = step(piece("step_1", "store", "get", {"key": "k"}, settings={"errorHandlingOptions": options}))
    assert made["retry"]["attempts"] == 4 and made["on_error"] == "continue"


def test_branches_for_success_and_failure_become_ways() -> None:
    options = {"errorHandlingOptions": {"continueOnFailure": {"value": True}}}
    ways = {"onSuccess": compose("step_2", 1), "onFailure": compose("step_3", 1)}
    made, report = only(
        piece("step_1", "store", "get", {"key": "k"}, settings=options, continueOnFailureBranches=ways),
        compose("step_4", 1),
    )
    steps = made["steps"]
    assert report == [] and steps["step_1"]["on_error"] == {"next": "step_3"}
    after = steps[steps["step_1"]["next"]]
    assert after["branches"][0]["when"] == "steps.step_1.status == 'succeeded'"
    assert (after["branches"][0]["next"], after["next"]) == ("step_2", "step_4")


def test_skipped_steps_titles_notes_and_samples_come_along() -> None:
    trigger = {
        "pieceName": "@activepieces/piece-webhook",
        "triggerName": "catch_webhook",
        "input": {},
        "sampleData": {
            "body": {"a": 1},
            "queryParams": {"q": "1"},
            "headers": {"Authorization": "x", "b": "c"},
        },
    }
    note = {"content": "# Hi", "color": "green", "position": {"x": 1, "y": 2}}
    made, _report = only({**compose("step_1", 1), "skip": True}, trigger=trigger, notes=[note, 3])
    assert made["steps"]["step_1"]["skip"] is True and made["steps"]["step_1"]["title"] == "step_1"
    assert made["notes"] == [{"text": "# Hi", "color": "green"}]
    assert made["samples"] == {"Imported": {"body": {"a": 1}, "headers": {"b": "c"}, "query": {"q": "1"}}}


def test_names_become_legal_and_unique() -> None:
    made, report = only(*(compose(name, 1) for name in ["Step One!", "step_one", "9", "", "step_one"]))
    assert list(made["steps"]) == ["step_one", "step_one_2", "step_9", "step", "step_one_3"]
    assert {f.severity for f in report} == {"note"}


# -- anything ------------------------------------------------------------------------------------------

names = st.sampled_from([f"step_{n}" for n in range(8)])
texts = st.one_of(
    st.text(max_size=12),
    st.builds(
        "{{{{{}['{}']}}}}".format,
        st.one_of(names, st.just("trigger")),
        st.sampled_from(["body", "item", "a b"]),
    ),
    st.builds("x {{{{{}.output.y}}}} z".format, names),
)
leaves = st.one_of(
    st.none(), st.booleans(), st.integers(-10, 10), st.floats(allow_nan=False, allow_infinity=False), texts
)
jsons = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)
inputs = st.dictionaries(
    st.sampled_from(
        [
            "url",
            "method",
            "body",
            "body_type",
            "text",
            "key",
            "value",
            "fields",
            "to",
            "auth",
            "texts",
            "delayFor",
        ]
    ),
    jsons,
    max_size=4,
)
rows = st.fixed_dictionaries(
    {
        "operator": st.sampled_from(sorted(OPERATORS)),
        "firstValue": jsons,
        "secondValue": jsons,
        "caseSensitive": st.booleans(),
    }
)
branches = st.one_of(
    st.just(FALLBACK),
    st.builds(branch, st.text(max_size=5), st.lists(rows, max_size=2), st.lists(rows, max_size=1)),
    jsons,
)


@st.composite
def actions(draw: st.DrawFn, depth: int = 0) -> Json:
    inner = actions(depth=depth + 1) if depth < 4 else st.none()
    name, kind = (
        draw(names),
        draw(st.sampled_from(["PIECE", "PIECE", "CODE", "ROUTER", "LOOP_ON_ITEMS", "BRANCH", "ODD"])),
    )
    made: Json = {"name": name, "type": kind, "displayName": draw(st.text(max_size=5))}
    if kind == "ROUTER":
        listed = draw(st.lists(branches, max_size=3))
        mode = draw(st.sampled_from(["EXECUTE_FIRST_MATCH", "EXECUTE_ALL_MATCH", "?"]))
        made["settings"] = {"branches": listed, "executionType": mode}
        made["children"] = draw(st.lists(st.one_of(st.none(), inner), max_size=3))
    elif kind == "LOOP_ON_ITEMS":
        made |= {"settings": {"items": draw(jsons)}, "firstLoopAction": draw(st.one_of(st.none(), inner))}
    elif kind == "BRANCH":
        made |= {
            "settings": {"conditions": [[draw(rows)]]},
            "onSuccessAction": draw(inner),
            "onFailureAction": draw(inner),
        }
    else:
        piece_name, action = draw(st.sampled_from(sorted(ACTIONS)))
        made["settings"] = {
            "pieceName": f"@activepieces/piece-{piece_name}",
            "actionName": action,
            "input": draw(st.one_of(inputs, jsons)),
        }
        if draw(st.booleans()):
            made["continueOnFailureBranches"] = {"onSuccess": draw(inner), "onFailure": draw(inner)}
    made["nextAction"] = draw(st.one_of(st.none(), inner))
    return made


@st.composite
def versions(draw: st.DrawFn) -> Json:
    piece_name, trigger = draw(st.sampled_from(sorted(TRIGGERS)))
    own = {
        "pieceName": f"@activepieces/piece-{piece_name}",
        "triggerName": trigger,
        "input": draw(jsons),
    }
    first = {
        "type": "PIECE_TRIGGER",
        "settings": own,
        "nextAction": draw(st.one_of(st.none(), actions())),
    }
    return {"trigger": first, "schemaVersion": draw(st.sampled_from([None, "7", "20", "21", "22", "27", 30]))}


def count(action: Json) -> int:
    """The steps of a nested document."""
    ahead, number = [action], 0
    while ahead:
        node = ahead.pop()
        if isinstance(node, dict):
            number += 1
            ahead += [
                node.get(k) for k in ("nextAction", "firstLoopAction", "onSuccessAction", "onFailureAction")
            ]
            ahead += [*node.get("children", []), *node.get("continueOnFailureBranches", {}).values()]
    return number


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(versions())
def test_any_document_gives_a_sound_flow_with_all_its_steps_or_is_refused(made: Json) -> None:
    converted: Converted = convert(made)
    (flow,) = converted.flows
    assert not errors(flow)
    text = dumps(flow)
    assert dumps(parse(text)) == text
    assert len(flow.steps) >= count(made["trigger"].get("nextAction"))
    assert all(f.message[0].isupper() or f.message[0] in "`“" for f in converted.report)


@given(st.recursive(leaves, lambda i: st.one_of(st.lists(i, max_size=3), st.dictionaries(
    st.sampled_from(["flows", "trigger", "type", "settings", "template", "nextAction", "name", "children"]), i
))))  # fmt: skip
def test_whatever_it_is_given_it_answers_or_refuses(made: Json) -> None:
    try:
        converted = convert(made)
    except BadInput as refused:
        assert refused.message
        return
    assert all(not errors(flow) for flow in converted.flows)


# -- through the instance ------------------------------------------------------------------------------


@pytest.mark.asyncio(loop_scope="module")
async def test_the_api_imports_a_template_and_tells_the_report(instance: Any) -> None:
    made = await instance.api("POST", "/flows/import", document("activepieces_benchmark_v17"), 201)
    assert made["name"] == "Benchmark Flow" and made["flows"] == [{"id": made["id"], "name": made["name"]}]
    assert [(f["step"], f["severity"], f["flow"]) for f in made["report"]] == [
        ("step_2", "error", "Benchmark Flow")
    ]
    await instance.api("POST", f"/flows/{made['id']}/publish", {})
    answer = await instance.send(made["id"], {}, "/sync")
    assert (answer.status_code, answer.json()) == (200, {"hello": "world"})
    text = await instance.api("GET", f"/flows/{made['id']}/export")
    again = await instance.api("POST", "/flows/import", json.loads(text) | {"name": "Again"}, 201)
    assert again["report"] == []
    exported = await instance.api("GET", f"/flows/{again['id']}/export")
    assert exported == text.replace('"Benchmark Flow"', '"Again"')


@pytest.mark.asyncio(loop_scope="module")
async def test_a_template_of_flows_with_one_name_gives_each_its_own(instance: Any) -> None:
    flows = [{**BARE, "displayName": "Twin"}] * 2
    made = await instance.api("POST", "/flows/import", {"flows": flows}, 201)
    assert [flow["name"] for flow in made["flows"]] == ["Twin", "Twin (2)"]


@pytest.mark.asyncio(loop_scope="module")
async def test_a_broken_template_stores_nothing_and_says_why(instance: Any) -> None:
    before = (await instance.rows())["flows"]
    refused = await instance.api("POST", "/flows/import", {"flows": [BARE, {"displayName": "x"}]}, 422)
    assert "trigger" in refused["error"]["message"] and refused["error"]["field"] == "/flows/1/trigger"
    assert (await instance.rows())["flows"] == before


@pytest.mark.asyncio(loop_scope="module")
async def test_the_page_shows_the_report(instance: Any) -> None:
    cookie = await instance.cookie_of("importer@example.com", Role.editor)
    path = f"/p/{instance.project.id}/flows/import"
    headers = {"Cookie": f"switchyard_session={cookie}", "Sec-Fetch-Site": "same-origin"}
    text = json.dumps(document("activepieces_demo_preversion"))
    answer = await instance.http.post(path, data={"text": text}, headers=headers)
    assert answer.status_code == 200 and "Demo: The Gelato Factory" in answer.text
    leads = (
        r'<a href="[^"]+\?step=step_2"><code>step_2</code></a>\s+It needs the connection <code>email</code>'
    )
    assert re.search(leads, answer.text)
    listed = await instance.http.post(path, data={"text": json.dumps([BARE, BARE])}, headers=headers)
    assert "2 flows" in listed.text
