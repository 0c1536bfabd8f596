"""What people write who come from other languages, and the correction that is offered."""

import pytest

from engine.expressions import ExpressionError, compile, doubts

CORRECTED = [
    ("trigger.body.'a-b'", 'trigger.body."a-b"'),
    ("trigger.body[a-b]", 'trigger.body."a-b"'),
    ("trigger.body[name] == 'x'", "trigger.body.name == 'x'"),
    ("trigger.body.@type == 'x'", "trigger.body.\"@type\" == 'x'"),
    ("trigger.body.größe", 'trigger.body."größe"'),
    ("trigger.body.1st", 'trigger.body."1st"'),
    ("trigger.body.soap:Body.a", 'trigger.body."soap:Body".a'),
    ("trigger.body.list.0.name", "trigger.body.list[0].name"),
    ("trigger.body.a is null", "trigger.body.a == `null`"),
    ("trigger.body.a is not None", "trigger.body.a != `null`"),
    ("trigger.body.a IS NOT NULL", "trigger.body.a != `null`"),
    ("trigger.body.a in ['x', 'y']", "contains(['x', 'y'], trigger.body.a)"),
    ("trigger.body.a in ('x', 'y')", "contains(['x', 'y'], trigger.body.a)"),
    ("trigger.body.a not in ['x'] and b", "!contains(['x'], trigger.body.a) && b"),
    ("'x' in trigger.body.list", "contains(trigger.body.list, 'x')"),
    ("trigger.body.a contains 'x'", "contains(trigger.body.a, 'x')"),
    ("trigger.body.a matches '^x'", "matches(trigger.body.a, '^x')"),
    ("trigger.body.a =~ '^x'", "matches(trigger.body.a, '^x')"),
    ("trigger.body.a eq 'x' or trigger.body.a eq 'y'", "trigger.body.a == 'x' || trigger.body.a == 'y'"),
    ("trigger.body.a.includes('x')", "contains(trigger.body.a, 'x')"),
    ("trigger.body.a.startsWith('x')", "starts_with(trigger.body.a, 'x')"),
    ("trigger.body.a.toLowerCase() == 'x'", "lower(trigger.body.a) == 'x'"),
    ("trigger.body.list.join(', ')", "join(', ', trigger.body.list)"),
    ("trigger.body.list[0].replace('a', 'b')", "replace(trigger.body.list[0], 'a', 'b')"),
    ("trigger.body.a ?? 'x'", "trigger.body.a || 'x'"),
    ("trigger.body?.a?.b", "trigger.body.a.b"),
    ("if(trigger.body.a, 'b', 'c')", "trigger.body.a ? 'b' : 'c'"),
    ("concat('a', trigger.body.b)", "join('', ['a', trigger.body.b])"),
    ("exists(trigger.body.a) and b", "(trigger.body.a != `null`) && b"),
    ("is_null(trigger.body.a)", "trigger.body.a == `null`"),
    ("isEmpty(trigger.body.a)", "!(trigger.body.a)"),
    ("not trigger.body.a == 'x'", "!(trigger.body.a == 'x')"),
    ("a and not b.c > 5", "a && !(b.c > `5`)"),
    ("trigger.body.n => 5", "trigger.body.n >= `5`"),
    ("trigger.body.n =< 5", "trigger.body.n <= `5`"),
    ("trigger.body.at > 2026-01-31", "trigger.body.at > '2026-01-31'"),
    ("trigger.body.at > 2026-01-31T10:00:00Z", "trigger.body.at > '2026-01-31T10:00:00Z'"),
    ("5 < trigger.body.n < 10", "`5` < trigger.body.n && trigger.body.n < `10`"),
    ("{{ trigger.body.a }} == 'x'", "trigger.body.a == 'x'"),
    ("(trigger.body.a == 'x'", "(trigger.body.a == 'x')"),
    ("trigger.body.a == 'x')", "trigger.body.a == 'x'"),
    ("trigger.body.a == 'x';", "trigger.body.a == 'x'"),
    ("=trigger.body.a", "trigger.body.a"),
    ("$json.body.a", "trigger.body.a"),
    ("trigger.body.a =! 'x'", "trigger.body.a != 'x'"),
    ("trigger.body.a ≠ 'x'", "trigger.body.a != 'x'"),
    ("trigger.body.n ≥ 5 and trigger.body.n ≤ 9", "trigger.body.n >= `5` && trigger.body.n <= `9`"),
    ("trigger.body.n > 5 and < 10", "trigger.body.n > `5` && trigger.body.n < `10`"),
    ("trigger.body.n between 1 and 5", "trigger.body.n >= `1` && trigger.body.n <= `5`"),
    ("trigger.body.n > 1e3", "trigger.body.n > `1e3`"),
    ("trigger.body.n > 1_000", "trigger.body.n > `1000`"),
    ("trigger.body.at > 2026/01/31", "trigger.body.at > '2026-01-31'"),
    ("trigger.body.a like 'x%'", "starts_with(trigger.body.a, 'x')"),
    ("trigger.body.a like '%x%'", "contains(trigger.body.a, 'x')"),
    ("trigger.body.a starts with 'x'", "starts_with(trigger.body.a, 'x')"),
    ("trigger.body.a does not contain 'x'", "!contains(trigger.body.a, 'x')"),
    ("trigger.body.a is empty", "!(trigger.body.a)"),
    ("trigger.body.a is not empty and b", "trigger.body.a && b"),
    ("trigger.body.a exists", "trigger.body.a != `null`"),
    ("trigger.body.a =~ /^x-\\d+$/i", "matches(trigger.body.a, '(?i)^x-\\d+$')"),
    ("trigger.body.list[name == 'x']", "trigger.body.list[?name == 'x']"),
    ("trigger.body.list[name = 'x'].id", "trigger.body.list[?name == 'x'].id"),
    ("trigger.body.list.[0].a", "trigger.body.list[0].a"),
    ("trigger.body..a", "trigger.body.a"),
    ("trigger.headers.get('X-Event') == 'x'", "trigger.headers.\"X-Event\" == 'x'"),
    ("${trigger.body.a} == 'x'", "trigger.body.a == 'x'"),
    ("{trigger.body.a} == 'x'", "trigger.body.a == 'x'"),
    ("@trigger.body.a == 'x'", "trigger.body.a == 'x'"),
    ("if trigger.body.a == 'x'", "trigger.body.a == 'x'"),
    ("trigger.body.a ?: 'x'", "trigger.body.a || 'x'"),
    ("parseInt(trigger.body.n) > `3`", "to_number(trigger.body.n) > `3`"),
    ("JSON.parse(trigger.body.a).b", "from_json(trigger.body.a).b"),
    ("trigger.body.#text == 'x'", "trigger.body.\"#text\" == 'x'"),
    ("trigger.body.a$b == 'x'", "trigger.body.\"a$b\" == 'x'"),
    ("trigger.body.a == 'x' # why", "trigger.body.a == 'x'"),
]

DOUBTED = [
    ("!trigger.body.a == 'x'", "!(trigger.body.a == 'x')"),
    ("trigger.body.a == 'x' || 'y'", "trigger.body.a == 'x' || trigger.body.a == 'y'"),
    ("trigger.body.a + 'x' + trigger.body.b", "join('', [trigger.body.a, 'x', trigger.body.b])"),
    ("'{{ trigger.body.a }}' == 'x'", "trigger.body.a == 'x'"),
    ("`1` < a < `5`", "`1` < a && a < `5`"),
    ("a | lower == 'x'", "a | lower(@) == 'x'"),
    ("a | length > `3`", "a | length(@) > `3`"),
    ("a ? true : b", "a ? `true` : b"),
]

MEANT = [
    "!trigger.body.a", "!a == `true`", "a || 'x'", "a == b || c == 'y'", "default(a, 'x') || 'y'", "a + b",
    "`1` + `2`", "a.exists", "a.like.between", "a.{true: b}", "a.length(@)", "a.b.contains(@, 'x')",
    "items[0].in",
    "is", "not", "a.is.null", "a['x', 'y']",
    "a.[b, c]", "a[0]", "a[-1:]", "a[?b].c", "'a.0 => b ?? c;'", '"2026-01-31"', "a ? b : c", "a.{b: c}",
    "let $a = b in $a", "'2026-01-31'", "`\"2026-01-31\"`", "matches(a, '[(]x')",
]  # fmt: skip


@pytest.mark.parametrize(("written", "meant"), CORRECTED)
def test_what_cannot_be_read_is_corrected_by_one_click(written: str, meant: str) -> None:
    with pytest.raises(ExpressionError) as refused:
        compile(written)
    assert refused.value.mend is not None
    assert refused.value.mend.text == meant
    compile(meant)


@pytest.mark.parametrize(("written", "meant"), DOUBTED)
def test_what_hardly_anybody_means_is_doubted(written: str, meant: str) -> None:
    compile(written)
    (doubt,) = doubts(written)
    assert doubt.mend is not None and doubt.mend.text == meant
    compile(meant)


@pytest.mark.parametrize("written", MEANT)
def test_what_is_meant_as_it_stands_is_left_alone(written: str) -> None:
    if written != "a['x', 'y']":
        compile(written)
    assert doubts(written) == ()


@pytest.mark.parametrize("name", ["not", "is_null", "isEmpty"])
def test_no_function_is_proposed_that_means_the_opposite(name: str) -> None:
    with pytest.raises(ExpressionError) as refused:
        compile(f"{name}(a)")
    assert "not_null" not in str(refused.value) and "now" not in str(refused.value)
