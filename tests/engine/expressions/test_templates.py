"""Templates: `{{ }}` in the texts of a value."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.expressions import ExpressionError, compile_value, rename_in_value
from engine.expressions.json_text import parse_json_text

SCOPE = {
    "trigger": {
        "body": {
            "name": "Ann",
            "n": 3,
            "x": 1.5,
            "ok": True,
            "list": [1, "a"],
            "obj": {"k": "ü"},
            "none": None,
        }
    },
    "steps": {},
}


def resolve(value):
    warnings = []
    return compile_value(value).resolve(SCOPE, warnings), warnings


WHOLE = [
    ("{{ trigger.body.n }}", 3),
    ("{{trigger.body.list}}", [1, "a"]),
    ("{{ trigger.body.none }}", None),
    ("{{ {a: trigger.body.n} }}", {"a": 3}),
    ("{{ {a: {b: trigger.body.n}}}}", {"a": {"b": 3}}),
    ("{{{a: trigger.body.n}}}", {"a": 3}),
    ("{{ '}}' }}", "}}"),
    ("{{ '{{' }}", "{{"),
    ("{{ 'it\\'s }}' }}", "it's }}"),
    ('{{ `{"a": "}}"}` }}', {"a": "}}"}),
    ('{{ trigger."body".n }}', 3),
    ("{{\n trigger.body.ok\n}}", True),
]


@pytest.mark.parametrize(("text", "expected"), WHOLE)
def test_a_text_that_is_one_expression_keeps_the_type(text, expected):
    assert resolve(text) == (expected, [])


MIXED = [
    ("Hi {{ trigger.body.name }}!", "Hi Ann!"),
    ("{{ trigger.body.name }}{{ trigger.body.n }}", "Ann3"),
    (" {{ trigger.body.n }}", " 3"),
    ("n={{ trigger.body.x }} ok={{ trigger.body.ok }}", "n=1.5 ok=true"),
    ("{{ trigger.body.list }} {{ trigger.body.obj }}", '[1,"a"] {"k":"ü"}'),
    ("{{ '{{' }} name }}", "{{ name }}"),
    ("it's {{ trigger.body.name }}'s", "it's Ann's"),
    ("a } b }} c { d", "a } b }} c { d"),
]


@pytest.mark.parametrize(("text", "expected"), MIXED)
def test_other_texts_are_rendered(text, expected):
    assert resolve(text) == (expected, [])


def test_null_in_a_text_is_left_out_with_a_warning_that_names_it():
    value, warnings = resolve({"text": "Hi {{ trigger.body.nme }}, {{ trigger.body.none }}."})
    assert value == {"text": "Hi , ."}
    assert [w.split(" is null")[0] for w in warnings] == ["{{ trigger.body.nme }}", "{{ trigger.body.none }}"]


def test_values_are_resolved_through_and_through_and_never_changed():
    value = {"a": [{"b": "{{ trigger.body.n }}", "{{ trigger.body.n }}": 1}, {"same": []}], "c": {"d": 1}}
    resolver = compile_value(value)
    made = resolver.resolve(SCOPE, [])
    assert made == {"a": [{"b": 3, "{{ trigger.body.n }}": 1}, {"same": []}], "c": {"d": 1}}
    assert value["a"][0]["b"] == "{{ trigger.body.n }}"
    assert made["c"] is value["c"]
    assert made["a"][1] is value["a"][1]
    assert [e.text for e in resolver.expressions] == ["trigger.body.n"]


def test_a_value_without_templates_comes_back_as_it_is():
    value = {"a": [1, "x", {"b": None}]}
    resolver = compile_value(value)
    assert resolver.constant
    assert resolver.resolve(SCOPE, []) is value


BROKEN = [
    ("Hi {{ name", 3, "never closed"),
    ("Hi {{ 'name }}", 6, "never closed"),
    ("{{ }}", 0, "empty"),
    ("{{ a = b }}", 2, "write =="),
    ("{{ nope(a) }}", 0, "nope()"),
    ("{{ {a: b }}", 0, "never closed"),
]


@pytest.mark.parametrize(("text", "column", "words"), BROKEN)
def test_a_template_that_cannot_be_read_is_refused_with_its_place(text, column, words):
    with pytest.raises(ExpressionError) as caught:
        compile_value({"a/b": [text]})
    assert words in caught.value.message
    assert caught.value.column == column
    assert caught.value.pointer == "/a~1b/0"


def test_a_runtime_error_says_which_text_failed():
    with pytest.raises(ExpressionError) as caught:
        compile_value({"blocks": [{"text": "n: {{ length(trigger.body.none) }}"}]}).resolve(SCOPE, [])
    assert caught.value.pointer == "/blocks/0/text"
    assert caught.value.expression == "length(trigger.body.none)"


def test_what_renders_to_too_much_is_refused():
    scope = {"big": "x" * 400_000, "list": [["x" * 1000] * 400]}
    for value in (
        ["{{ big }}"] * 20,
        ["{{ big }} "] * 20,
        "{{ big }}" * 20,
        ["{{ list }}"] * 20,
        "{{ list }} " * 20,
    ):
        with pytest.raises(ExpressionError, match="render to more"):
            compile_value(value).resolve(scope, [])


def test_deep_values_are_refused():
    value = "{{ a }}"
    for _ in range(1000):
        value = [value]
    with pytest.raises(ExpressionError, match="nested deeper"):
        compile_value(value)
    deep = []
    for _ in range(5000):
        deep = [deep]
    for text in ("{{ a }}", "-{{ a }}-"):
        with pytest.raises(ExpressionError, match="nested deeper"):
            compile_value(text).resolve({"a": deep}, [])


def test_renaming_goes_through_templates():
    value = {
        "a": "steps.old {{ steps.old.output }} {{'steps.old'}}",
        "b": ["{{steps.old}}", 1],
        "steps.old": "{{ x",
    }
    assert rename_in_value(value, "old", "new") == {
        "a": "steps.old {{ steps.new.output }} {{'steps.old'}}",
        "b": ["{{steps.new}}", 1],
        "steps.old": "{{ x",
    }


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="{}'\"`\\ ab.|\n", max_size=30))
def test_no_text_raises_anything_else(text):
    try:
        compile_value([text]).resolve(SCOPE, [])
    except ExpressionError as error:
        assert error.pointer == "/0"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"{{ trigger.body.name }}": 1}', {"Ann": 1}),
        ('{"a-{{ trigger.body.n }}": {{ trigger.body.obj }}, "b": "x"}', {"a-3": {"k": "ü"}, "b": "x"}),
        ('[{"{{ trigger.body.n }}": {"{{ trigger.body.ok }}": 1}}]', [{"3": {"true": 1}}]),
        ('{"{{ trigger.body.none }}": 1}', {"": 1}),
        ('{"a": 1, "{{ trigger.body.list[1] }}": 2}', {"a": 2}),
    ],
)
def test_keys_of_json_in_a_text_are_filled(text, value):
    assert resolve(parse_json_text(text))[0] == value


def test_keys_of_other_objects_stay_as_they_are():
    assert resolve({"{{ trigger.body.n }}": "{{ trigger.body.n }}"})[0] == {"{{ trigger.body.n }}": 3}
