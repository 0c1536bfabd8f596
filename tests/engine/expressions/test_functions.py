"""The functions of expressions, each by the examples of its specification and by hostile input."""

import json

import pytest

from engine.expressions import ExpressionError, compile
from engine.expressions.functions import FUNCTIONS

SUBJECT = "subject string"
BARS = "average|-|min|-|max|-|mean|-|median"

CASES = [
    # JEP-14a, string functions
    (SUBJECT, "find_first(@, 'string')", 8),
    (SUBJECT, "find_first(@, 'string', `0`)", 8),
    (SUBJECT, "find_first(@, 'string', `0`, `14`)", 8),
    (SUBJECT, "find_first(@, 'string', `-99`, `100`)", 8),
    (SUBJECT, "find_first(@, 'string', `-6`)", 8),
    (SUBJECT, "find_first(@, 'string', `0`, `13`)", None),
    (SUBJECT, "find_first(@, 'string', `8`)", 8),
    (SUBJECT, "find_first(@, 'string', `8`, `11`)", None),
    (SUBJECT, "find_first(@, 'string', `9`)", None),
    (SUBJECT, "find_first(@, 's')", 0),
    (SUBJECT, "find_first(@, 's', `1`)", 8),
    (SUBJECT, "find_first(@, '')", None),
    ("", "find_first(@, 's')", None),
    (SUBJECT, "find_last(@, 'string')", 8),
    (SUBJECT, "find_last(@, 'string', `8`)", 8),
    (SUBJECT, "find_last(@, 'string', `8`, `9`)", None),
    (SUBJECT, "find_last(@, 'string', `9`)", None),
    (SUBJECT, "find_last(@, 's')", 8),
    (SUBJECT, "find_last(@, 's', `1`)", 8),
    (SUBJECT, "find_last(@, 's', `0`, `7`)", 0),
    (SUBJECT, "find_last(@, '')", None),
    ("STRING", "lower(@)", "string"),
    ("straße", "upper(@)", "STRASSE"),
    ("string", "pad_left(@, `0`)", "string"),
    ("string", "pad_left(@, `5`)", "string"),
    ("string", "pad_left(@, `10`)", "    string"),
    ("string", "pad_left(@, `10`, '-')", "----string"),
    ("string", "pad_right(@, `10`)", "string    "),
    ("string", "pad_right(@, `10.0`, '-')", "string----"),
    ("aabaaabaaaab", "replace(@, 'aa', '-', `0`)", "aabaaabaaaab"),
    ("aabaaabaaaab", "replace(@, 'aa', '-', `1`)", "-baaabaaaab"),
    ("aabaaabaaaab", "replace(@, 'aa', '-', `2`)", "-b-abaaaab"),
    ("aabaaabaaaab", "replace(@, 'aa', '-', `3`)", "-b-ab-aab"),
    ("aabaaabaaaab", "replace(@, 'aa', '-')", "-b-ab--b"),
    ("", "split(@, '')", []),
    ("all chars", "split(@, '')", list("all chars")),
    ("abc", "split(@, '', `1`)", ["a", "bc"]),
    ("abc", "split(@, '', `0`)", ["abc"]),
    ("/", "split(@, '/')", ["", ""]),
    (BARS, "split(@, '|-|')", ["average", "min", "max", "mean", "median"]),
    (BARS, "split(@, '|-|', `3`)", ["average", "min", "max", "mean|-|median"]),
    (BARS, "split(@, '|-|', `0`)", [BARS]),
    (BARS, "split(@, '-')", ["average|", "|min|", "|max|", "|mean|", "|median"]),
    ("   subject string   ", "trim(@)", SUBJECT),
    ("   subject string   ", "trim(@, '')", SUBJECT),
    ("   subject string   ", "trim(@, 'su')", "   subject string   "),
    ("   subject string   ", "trim(@, 'gsu ')", "bject strin"),
    ("   subject string   ", "trim_left(@, 'su ')", "bject string   "),
    ("   subject string   ", "trim_right(@, 'gsu ')", "   subject strin"),
    ("  x ", "trim_left(@)", "x "),
    ("  x ", "trim_right(@)", "  x"),
    # JEP-13, object functions, and group_by
    ({"z": "last", "b": "second"}, "sort_by(items(@), &[0])", [["b", "second"], ["z", "last"]]),
    ([["one", 1], ["two", 2], ["one", 3]], "from_items(@)", {"one": 3, "two": 2}),
    (None, 'zip(`["a", "b", "c"]`, `[1, 2]`)', [["a", 1], ["b", 2]]),
    (None, 'zip(`["a"]`)', [["a"]]),
    (
        [{"n": "a", "v": 1}, {"n": "b", "v": 2}, {"n": "a", "v": 3}, {"v": 4}],
        "group_by(@, &n)",
        {"a": [{"n": "a", "v": 1}, {"n": "a", "v": 3}], "b": [{"n": "b", "v": 2}]},
    ),
    # our own
    ("disk full on db-1", "matches(@, '^disk .* on db-[0-9]+$')", True),
    ("all is well on db-1", "matches(@, 'db')", True),
    ("ALARM", "matches(@, '(?i)alarm')", True),
    ("alarm", "matches(@, '^larm')", False),
    (None, "default(@, 'x')", "x"),
    (False, "default(@, 'x')", False),
    ({"a": [1, None, "ü"]}, "to_json(@)", '{"a":[1,null,"ü"]}'),
    ("x", "to_json(@)", '"x"'),
    ('{"a": [1, {"b": null}]}', "from_json(@).a[1]", {"b": None}),
    ("2026-03-03T10:15:30Z", "format_date(@, '%d.%m.%Y %H:%M', 'Europe/Berlin')", "03.03.2026 11:15"),
    (
        "2026-07-03T10:15:30.25+02:00",
        "format_date(@, '%F %T.%f %z %Z')",
        "2026-07-03 08:15:30.250000 +0000 UTC",
    ),
    (
        0,
        "format_date(@, '%A, %e %B %y, %I %p, day %j, week %V of %G, %u%%')",
        "Thursday, 1 January 70, 12 AM, day 001, week 01 of 1970, 4%",
    ),
    (1_772_532_930_000, "format_date(@, '%F %s')", "2026-03-03 1772532930"),
    (1_772_532_930, "format_date(@, '%a %b %z', 'Asia/Kathmandu')", "Tue Mar +0545"),
    # the standard's, where we say more than the library
    ([True], "contains(@, `1`)", False),
    ([1.0], "contains(@, `1`)", True),
    ([[1]], "contains(@, `[1]`)", True),
    ("nan", "to_number(@)", None),
    ("Infinity", "to_number(@)", None),
    ("1_000", "to_number(@)", None),
    ("1e400", "to_number(@)", None),
    (" 12 ", "to_number(@)", 12),
    ("9" * 30, "to_number(@)", 1e30),
    ("ü", "to_string([@])", '["ü"]'),
    ([], "avg(@)", None),
    ([3, 1.5], "max(@)", 3),
    (["b", "a"], "sort(@)", ["a", "b"]),
    ("äöü", "length(@)", 3),
]


@pytest.mark.parametrize(("given", "expression", "expected"), CASES)
def test_a_function_gives_what_its_specification_says(given, expression, expected):
    assert json.dumps(compile(expression).value(given)) == json.dumps(expected)


REFUSED = [
    ("missing", "contains(missing, 'x')", "default("),
    (None, "join(',', @)", "default(…, `[]`)"),
    ([1, "a"], "sort(@)", "an array of numbers"),
    ([1, "a"], "join(',', @)", "one element is a number"),
    (["a", None], "join(',', @)", "one element is null"),
    ([{"a": 1}, {"a": "x"}], "sort_by(@, &a)", "different types"),
    ([{"a": {}}], "max_by(@, &a)", "not object"),
    ([{"a": True}], "min_by(@, &a)", "not boolean"),
    (True, "abs(@)", "a number as argument 1, not true"),
    ("abc", "contains(@, `1`)", "for a string"),
    ("x", "pad_left(@, `1000000000`)", "more than 1,000,000 characters"),
    ("x", "pad_left(@, `-1`)", "not negative"),
    ("x", "pad_left(@, `1.5`)", "whole number"),
    ("x", "pad_right(@, `5`, 'ab')", "exactly one character"),
    ("x", "pad_right(@, `5`, '')", "exactly one character"),
    ("x" * 1000, "replace(@, 'x', pad_left('', `2000`))", "more than 1,000,000 characters"),
    ("x" * 1000, "replace(@, '', pad_left('', `2000`))", "more than 1,000,000 characters"),
    ("x", "replace(@, 'x', 'y', `-1`)", "not negative"),
    ("x", "split(@, 'x', `0.5`)", "whole number"),
    (["x"] * 2000, "join(pad_left('', `1000`), @)", "more than 1,000,000 characters"),
    ("x" * 1_000_001, "to_json(@)", "larger than 1,000,000 characters"),
    ([[1]], "from_items(@)", "pairs"),
    ([[1, 2]], "from_items(@)", "pairs"),
    ([{"b": True}], "group_by(@, &b)", "not boolean"),
    ("x", "matches(@, '(')", "cannot be used"),
    ("x", "matches(@, '(?=x)')", "cannot be used"),
    ("x", f"matches(@, '{'a' * 1001}')", "longer than 1,000"),
    ("{", "from_json(@)", "not JSON"),
    ("NaN", "from_json(@)", "not JSON"),
    ("[" * 300 + "]" * 300, "from_json(@)", "deeper than 200"),
    ("[" * 100_000, "from_json(@)", "not JSON"),
    ("yesterday", "format_date(@, '%F')", "as a date"),
    (1e300, "format_date(@, '%F')", "as a date"),
    ("2026-03-03", "format_date(@, '%Q')", "%Q"),
    ("2026-03-03", "format_date(@, '%')", "%"),
    ("2026-03-03", "format_date(@, '%F', 'Mars/Olympus')", "time zone"),
    ("2026-03-03", "format_date(@, '%F', '../../etc/passwd')", "time zone"),
    ("2026-03-03", "format_date(@, '%F', '')", "time zone"),
    ("0001-01-01", "format_date(@, '%F', 'America/New_York')", "years 1 to 9999"),
    ([1e308, 1e308], "sum(@)", "too large"),
    ([1e308, 1e308], "avg(@)", "too large"),
    ("\ud800", "matches(@, 'x')", "Unicode"),
]


@pytest.mark.parametrize(("given", "expression", "words"), REFUSED)
def test_what_a_function_cannot_do_is_said_with_its_place(given, expression, words):
    with pytest.raises(ExpressionError) as caught:
        compile(expression).value(given)
    assert words in caught.value.message
    assert caught.value.column == 0


def test_numbers_beyond_64_bits_become_floats_that_json_writers_can_hold():
    assert compile("sum(@)").value([2**63, 2**63]) == 2.0**64
    assert isinstance(compile("ceil(@)").value(1e300), float)


@pytest.mark.parametrize(
    "text", ["a || matches(a, '(')", "a || format_date(a, '%Q')", "a || format_date(a, '%F', 'X/Y')"]
)
def test_a_pattern_format_or_zone_that_stands_in_the_text_is_checked_when_it_is_compiled(text):
    with pytest.raises(ExpressionError) as caught:
        compile(text)
    assert caught.value.column == 5


def test_now_is_iso_text_in_utc():
    assert compile("matches(now(), '^20..-..-..T..:..:..[.]...Z$')").value({}) is True


def test_a_hostile_pattern_comes_to_its_end():
    # With an engine that tries one way after another it would not, in the life of the universe.
    assert compile("matches(@, '(a+)+$')").value("a" * 50_000 + "b") is False


def test_every_function_explains_itself():
    for name, function in FUNCTIONS.items():
        assert function.summary.endswith("."), name
        assert function.signature.startswith(f"{name}(")
