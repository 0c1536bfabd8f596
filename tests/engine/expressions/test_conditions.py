"""Visual conditions: what each operator means, and rows and expressions that are the same."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.base.errors import BadInput
from engine.expressions import ExpressionError, compile, truth, unparse
from engine.expressions.conditions import (
    Condition,
    condition_of,
    from_expression,
    is_canonical,
    to_expression,
)
from engine.expressions.describe import words
from engine.expressions.operators import OPERATORS

MISSING = object()
EVERY_KIND = [
    MISSING, None, True, False, 0, 5, -1.5, "", "5", "abc", "null", "true", "[]", "ä'`\\\"{{}}\n",
    [], [None], [5, "abc", ["x"]], {}, {"a": 1}, "2026-03-03",
]  # fmt: skip


def row(operator, value=None, case=True, field="trigger.body.x"):
    return Condition(field, operator, value, case)


def holds(rows, value):
    body = {} if value is MISSING else {"x": value}
    return truth(compile(to_expression(rows)).value({"trigger": {"body": body}}))


def holding(operator, value=None, case=True):
    return [each for each in EVERY_KIND if holds([[row(operator, value, case)]], each)]


# -- what operators mean ---------------------------------------------------------------------------

TRUE_FOR = [
    ("text_contains", "b", True, ["abc"]),
    ("text_contains", "B", True, []),
    ("text_contains", "B", False, ["abc"]),
    ("text_contains", "abc", True, ["abc", [5, "abc", ["x"]]]),
    ("text_contains", "ABC", False, ["abc", [5, "abc", ["x"]]]),
    ("text_contains", "-1.", True, [-1.5]),
    ("text_exactly_matches", "abc", True, ["abc"]),
    ("text_exactly_matches", "ABC", True, []),
    ("text_exactly_matches", "ABC", False, ["abc"]),
    ("text_exactly_matches", "5", True, [5, "5"]),
    ("text_exactly_matches", "true", True, [True, "true"]),
    ("text_exactly_matches", "null", True, ["null"]),
    ("text_exactly_matches", "", True, [MISSING, None, ""]),
    ("text_starts_with", "ab", True, ["abc"]),
    ("text_starts_with", "Ä'`", False, ["ä'`\\\"{{}}\n"]),
    ("text_ends_with", "c", True, ["abc"]),
    ("text_ends_with", '\\"{{}}\n', True, ["ä'`\\\"{{}}\n"]),
    ("text_ends_with", "BC", False, ["abc"]),
    ("text_matches", "^a.c$", True, ["abc"]),
    ("text_matches", "^A.C$", False, ["abc"]),
    ("in", ["abc", 5], True, [5, "abc"]),
    ("in", ["ABC", "5"], False, [5, "5", "abc"]),
    ("in", [None], True, [MISSING, None]),
    ("number_is_greater_than", 0, True, [5]),
    ("number_is_at_least", 0, True, [0, 5]),
    ("number_is_less_than", 0, True, [-1.5]),
    ("number_is_at_most", 0, True, [0, -1.5]),
    ("number_is_equal_to", 5.0, True, [5]),
    ("boolean_is_true", None, True, [
        True, 0, 5, -1.5, "5", "abc", "null", "true", "[]", "ä'`\\\"{{}}\n", [None], [5, "abc", ["x"]],
        {"a": 1}, "2026-03-03",
    ]),
    ("date_is_before", "2026-03-04", True, [0, 5, -1.5, "2026-03-03"]),
    ("date_is_equal", "2026-03-03T01:00:00+01:00", True, ["2026-03-03"]),
    ("date_is_after", "2026-03-02", True, ["2026-03-03"]),
    ("list_contains", 5, True, [5, [5, "abc", ["x"]]]),
    ("list_contains", ["x"], True, [[5, "abc", ["x"]]]),
    ("list_contains", "ABC", False, ["abc", [5, "abc", ["x"]]]),
    ("list_contains", None, True, [[None]]),
    ("list_is_empty", None, True, [[]]),
    ("list_is_not_empty", None, True, [[None], [5, "abc", ["x"]]]),
    ("does_not_exist", None, True, [MISSING, None, ""]),
    ("equals", "5", True, ["5"]),
    ("equals", True, True, [True]),
    ("equals", None, True, [MISSING, None]),
    ("equals", {"a": 1.0}, True, [{"a": 1}]),
]  # fmt: skip


@pytest.mark.parametrize(("operator", "value", "case", "true"), TRUE_FOR)
def test_an_operator_is_true_for_exactly_these_values(operator, value, case, true):
    assert [repr(v) for v in holding(operator, value, case)] == [repr(v) for v in EVERY_KIND if any(
        v is t or (type(v) is type(t) and v == t) for t in true
    )]  # fmt: skip


def test_an_opposite_is_true_exactly_where_its_operator_is_not():
    for operator, value, case, _true in TRUE_FOR:
        opposite = OPERATORS[operator].opposite
        if opposite:
            yes, no = holding(operator, value, case), holding(opposite, value, case)
            assert len(yes) + len(no) == len(EVERY_KIND), (operator, value)
            assert not [each for each in yes if any(each is other for other in no)]


def test_every_operator_is_there_and_explained():
    tested = {name for name, *_ in TRUE_FOR}
    assert tested | {OPERATORS[name].opposite for name in tested} >= set(OPERATORS)
    assert len(OPERATORS) == 30
    for operator in OPERATORS.values():
        assert operator.title and operator.kind in ("text", "number", "date", "list", "json", "none")
        assert not operator.opposite or OPERATORS[operator.opposite].opposite == operator.name
        assert operator.takes_case == (
            operator.kind == "text"
            or operator.name.endswith(("in", "list_contains", "list_does_not_contain"))
        )


# -- there and back --------------------------------------------------------------------------------

texts = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("'\\`\"{}|&\n"), max_size=12)
scalars = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | texts
    | st.floats(allow_nan=False, allow_infinity=False)
)  # fmt: skip
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
names = (
    st.sampled_from(["trigger", "a_b", "content-type", "x y", "ü", 'q"q', "0", "not", "back\\slash"]) | texts
)
fields = st.lists(names | st.integers(-3, 20), min_size=1, max_size=4).map(
    lambda parts: unparse.path(parts if isinstance(parts[0], str) else ["a", *parts])
)


@settings(max_examples=150, deadline=None)
@given(values)
def test_any_value_as_a_literal_is_itself(value):
    assert compile(unparse.literal(value)).value({}) == value
    assert compile(f"x == {unparse.literal(value)}").value({"x": value}) is True


@st.composite
def conditions(draw):
    operator = OPERATORS[draw(st.sampled_from(sorted(OPERATORS)))]
    strategies = {
        "text": texts,
        "number": st.integers(-99, 99) | st.floats(allow_nan=False, allow_infinity=False),
        "date": st.datetimes().map(lambda moment: moment.isoformat()),
        "list": st.lists(scalars, min_size=1, max_size=3),
        "json": values,
        "none": st.none(),
    }
    field = draw(fields | st.sampled_from(["a[].b", "a.*.b[0]", "to_number(a.b)", "a[1:2].c", "*.x", "a[*]"]))
    condition = Condition(field, operator.name, draw(strategies[operator.kind]), draw(st.booleans()))
    try:
        to_expression([[condition]])
    except BadInput:
        # Patterns that are none, and values for which another operator is the one.
        return Condition(field, "exists")
    return condition


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(conditions(), min_size=1, max_size=3), min_size=1, max_size=3))
def test_rows_come_back_as_they_were(rows):
    text = to_expression(rows)
    assert from_expression(text) == rows
    assert from_expression(f"  ( {text} )\n") == rows
    assert is_canonical(text)
    assert to_expression(from_expression(text)) == text


@settings(max_examples=150, deadline=None)
@given(conditions(), values)
def test_no_condition_fails_whatever_the_field_holds(condition, value):
    for scope in ({}, {"a": value}, {"trigger": value, "a": {"b": value}}):
        compile(to_expression([[condition]])).value(scope)


HAND_WRITTEN = [
    ("a == 'x'", [[("a", "text_exactly_matches", "x")]]),
    ("'x' == a", [[("a", "text_exactly_matches", "x")]]),
    ("a != 'x'", [[("a", "text_does_not_exactly_match", "x")]]),
    ("a == '5'", [[("a", "equals", "5")]]),
    ("a == `5`", [[("a", "number_is_equal_to", 5)]]),
    ("a == `true`", [[("a", "equals", True)]]),
    ("a != `null`", [[("a", "does_not_equal", None)]]),
    ("a == `[]`", [[("a", "list_is_empty", None)]]),
    ("a > `1`", [[("a", "number_is_greater_than", 1)]]),
    ("`1` >= a", [[("a", "number_is_at_most", 1)]]),
    ("contains(a, 'x')", [[("a", "text_contains", "x")]]),
    ("contains(a, `5`)", [[("a", "list_contains", 5)]]),
    ("!contains(a, 'x')", [[("a", "text_does_not_contain", "x")]]),
    ("contains(`[\"x\"]`, a.b)", [[("a.b", "in", ["x"])]]),
    ("starts_with(a, 'x')", [[("a", "text_starts_with", "x")]]),
    ("!ends_with(a, 'x')", [[("a", "text_does_not_end_with", "x")]]),
    ("!(a == 'x')", [[("a", "text_does_not_exactly_match", "x")]]),
    ("!(a != `5`)", [[("a", "number_is_equal_to", 5)]]),
    ("!!a", [[("a", "boolean_is_true", None)]]),
    ("a", [[("a", "boolean_is_true", None)]]),
    ("!a", [[("a", "boolean_is_false", None)]]),
    ("a && (b && c)", [[("a", "boolean_is_true", None), ("b", "boolean_is_true", None),
                        ("c", "boolean_is_true", None)]]),
    ("a && b || c", [[("a", "boolean_is_true", None), ("b", "boolean_is_true", None)],
                     [("c", "boolean_is_true", None)]]),
    ('h."x-event" == \'push\'', [[('h."x-event"', "text_exactly_matches", "push")]]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "rows"), HAND_WRITTEN)
def test_what_people_write_is_read_as_rows(text, rows):
    found = from_expression(text)
    assert [[(c.field, c.operator, c.value) for c in group] for group in found] == rows


@pytest.mark.parametrize("text", [text for text, _rows in HAND_WRITTEN])
def test_rows_are_true_where_the_written_text_is(text):
    rows = to_expression(from_expression(text))
    for value in EVERY_KIND:
        for scope in ({"a": value}, {"a": {"b": value}, "b": value}, {"c": value, "h": {"x-event": value}}):
            scope = {name: item for name, item in scope.items() if item is not MISSING}
            if scope.get("a") == {"b": MISSING}:
                scope = {"a": {}}
            if scope.get("h") == {"x-event": MISSING}:
                scope = {"h": {}}
            try:
                written = compile(text).value(scope)
            except ExpressionError:
                continue
            assert truth(compile(rows).value(scope)) == truth(written), (scope, rows)


@pytest.mark.parametrize(
    "text",
    [
        "", "a ==", "a == b", "a > 'x'", "!(a > `1`)", "a && (b || c)", "length(a) > `1`", "a | b", "`true`",
        "contains('abc', a)", "contains(`[]`, a)", "(a[].b)[0]", "matches(a, '(')", "a[?x].b", "a == 'x' | @",
        "timestamp(a) < timestamp('soon')", "@",
    ],
)  # fmt: skip
def test_what_no_rows_say_stays_text(text):
    assert from_expression(text) is None
    assert not is_canonical(text)
    assert condition_of(text) is None


def test_fields_are_kept_in_one_spelling():
    assert Condition(' a . "b" [ 0 ] ', "exists").field == "a.b[0]"
    assert Condition("a.b", "exists", "left over", False) == Condition("a.b", "exists")
    assert Condition("a", "number_is_equal_to", 1, False).case_sensitive


@pytest.mark.parametrize(
    ("rows", "field", "says"),
    [
        ([], "rows", "at least one"),
        ([[]], "rows", "at least one"),
        ([[row("resembles", "x")]], "rows/0/0/operator", "no operator"),
        ([[row("exists"), row("exists", field="length(a)")]], "rows/0/1/field", "not a path"),
        ([[row("exists", field="a ==")]], "rows/0/0/field", "not a path"),
        ([[row("exists", field="")]], "rows/0/0/field", "not a path"),
        ([[row("exists")], [row("text_contains", 5)]], "rows/1/0/value", "needs a text"),
        ([[row("number_is_at_least", "5")]], "rows/0/0/value", "needs a number"),
        ([[row("number_is_at_least", True)]], "rows/0/0/value", "needs a number"),
        ([[row("date_is_before", "soon")]], "rows/0/0/value", "needs a date"),
        ([[row("in", [])]], "rows/0/0/value", "at least one value"),
        ([[row("in", "x")]], "rows/0/0/value", "at least one value"),
        ([[row("text_matches", "(")]], "rows/0/0/value", "regular expression"),
        ([[row("text_matches", "(?i)x")]], "rows/0/0/value", "case sensitivity"),
        ([[row("equals", "x")]], "rows/0/0/value", "Text exactly matches"),
        ([[row("equals", 5)]], "rows/0/0/value", "Number is equal"),
        ([[row("equals", [])]], "rows/0/0/value", "List is empty"),
        ([[row("does_not_equal", "x")]], "rows/0/0/value", "does not exactly match"),
        ([[row("equals", [math.nan])]], "rows/0/0/value", "cannot be written"),
        ([[row("equals", ["\ud800"])]], "rows/0/0/value", "cannot be written"),
        ([[row("number_is_equal_to", 2**64)]], "rows/0/0/value", "64 bits"),
        ([[row("text_contains", "x" * 5000)]], "rows", "longer than"),
    ],
)
def test_rows_that_cannot_be_written_are_refused_at_their_place(rows, field, says):
    with pytest.raises(BadInput, match=says) as refused:
        to_expression(rows)
    assert refused.value.field == field


# -- in words --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("t.b.country != 'DE' && t.b.amount >= `100`", "country is not DE and amount ≥ 100"),
        ("a.id == 'x' || b.id == 'y'", "a.id is x or b.id is y"),
        ("a == 'x' && b || c", "(a is x and b) or c"),
        ("length(a) < `3` && (b || !c)", "length(a) < `3` and (b or not c)"),
        ("!(a > `1` && b)", "not (a > 1 and b)"),
        ("!steps.check.error && steps.count.output == `5`", "not check error and count = 5"),
        ("contains(`[\"a\", \"b\"]`, severity)", "severity is one of a or b"),
        ("contains(`[1, 2, 3, 4, 5]`, n)", "n is one of 1, 2, 3 or 2 more"),
        ("a == ''", "a is “”"),
        ("a == '5' && b == 'and so on'", "a is “5” and b is “and so on”"),
        ("not_null(trigger.headers.\"x-id\", '') == ''", "x-id does not exist"),
        ("a == ", "a =="),
    ],
)  # fmt: skip
def test_a_condition_is_said_in_words(text, said):
    assert words(text) == said


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(conditions(), min_size=1, max_size=2), min_size=1, max_size=2))
def test_all_rows_have_words(rows):
    assert words(to_expression(rows))
