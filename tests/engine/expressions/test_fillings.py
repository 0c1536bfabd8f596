"""Fields that are filled by rules of their own: HTML is escaped, and a message must say something."""

from typing import Any

import pytest

import pieces
from engine.base.types import Json
from engine.expressions import ExpressionError, Filling, NullRule, compile_value
from engine.flow import parse
from engine.runs.plan import PlannedAction, compile_plan

BODY = {"a": "<b>&", "list": ["<i>", "x"], "n": 5, "object": {"k": "<"}, "empty": "", "space": " \n"}


def filled(text: Json, filling: Filling) -> tuple[Json, list[str]]:
    """What becomes of a field, and the warnings."""
    warnings: list[str] = []
    made = compile_value({"x": text}, {"x": filling}).resolve({"trigger": {"body": BODY}}, warnings)
    return made["x"], warnings


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("<p>{{ trigger.body.a }}</p>", "<p>&lt;b&gt;&amp;</p>"),
        ("{{ trigger.body.a }}", "&lt;b&gt;&amp;"),
        ("{{ safe(trigger.body.a) }}", "<b>&"),
        ("<p>{{ trigger.body.a | safe(@) }}</p>", "<p><b>&</p>"),
        ("{{ html_escape(trigger.body.a) }}", "&lt;b&gt;&amp;"),
        ("{{ trigger.body.missing || trigger.body.a }}", "&lt;b&gt;&amp;"),
        ("{{ trigger.body.missing || '<br>' }}", "<br>"),
        ("{{ trigger.body.n ? safe(trigger.body.a) : trigger.body.a }}", "<b>&"),
        ("{{ trigger.body.missing ? safe(trigger.body.a) : trigger.body.a }}", "&lt;b&gt;&amp;"),
        ("{{ trigger.body.n && trigger.body.a }}", "&lt;b&gt;&amp;"),
        ("{{ let $x = safe(trigger.body.a) in $x }}", "&lt;b&gt;&amp;"),
        ("{{ let $x = trigger.body.a in safe($x) }}", "<b>&"),
        ("{{ upper(safe(trigger.body.a)) }}", "&lt;B&gt;&amp;"),
        ("{{ join('<br>', map(&html_escape(@), trigger.body.list)) }}", "&lt;i&gt;<br>x"),
        ("{{ join('<br>', trigger.body.list[*].html_escape(@)) }}", "&lt;i&gt;<br>x"),
        ("{{ join('<br>', [html_escape(trigger.body.a), '<hr>']) }}", "&lt;b&gt;&amp;<br><hr>"),
        ("{{ join('<br>', trigger.body.list) }}", "&lt;i&gt;&lt;br&gt;x"),
        ("{{ join(trigger.body.a, ['x', 'y']) }}", "x&lt;b&gt;&amp;y"),
        ("{{ trigger.body.object }}", "{&quot;k&quot;:&quot;&lt;&quot;}"),
        ("n = {{ trigger.body.n }}", "n = 5"),
    ],
)
def test_what_an_expression_gives_is_escaped_once_unless_it_is_marked_as_html(text: str, html: str) -> None:
    assert filled(text, Filling(html=True)) == (html, [])


def test_without_html_safe_changes_nothing() -> None:
    assert filled("<p>{{ safe(trigger.body.a) }}{{ trigger.body.a }}</p>", Filling())[0] == "<p><b>&<b>&</p>"


def test_null_and_numbers_stay_what_they_are_in_html() -> None:
    assert filled("{{ trigger.body.missing }}", Filling(html=True)) == (None, [])
    assert filled("{{ trigger.body.n }}", Filling(html=True)) == (5, [])


def test_escaping_counts_as_work() -> None:
    with pytest.raises(ExpressionError, match=r"units of work|characters"):
        compile_value({"x": "{{ trigger.body.a }}"}, {"x": Filling(html=True)}).resolve(
            {"trigger": {"body": {"a": "<" * 20_000_000}}}, []
        )


@pytest.mark.parametrize(
    ("text", "said", "refused"),
    [
        ("Disk full on {{ trigger.body.missing }}", False, False),
        ("{{ trigger.body.missing }}", False, False),
        ("{{ trigger.body.missing }} of {{ trigger.body.n }}", True, False),
        ("{{ trigger.body.missing }}, {{ trigger.body.other }}", False, False),
        ("{{ trigger.body.empty }}", False, True),
        (" {{ trigger.body.space }} ", False, True),
        ("Host: {{ trigger.body.empty }}", True, True),
        ("{{ default(trigger.body.missing, 'a host') }}", True, True),
        ("{{ trigger.body.n }}", True, True),
        ("No expression", True, True),
    ],
)
def test_a_text_fails_by_its_rule_for_null(text: str, said: bool, refused: bool) -> None:
    rules: dict[NullRule, bool] = {"said": said, "refused": refused, "left out": True}
    for rule, works in rules.items():
        if works:
            filled(text, Filling(nulls=rule))
            continue
        with pytest.raises(ExpressionError) as caught:
            filled(text, Filling(nulls=rule))
        assert caught.value.pointer == "/x"
        assert caught.value.expression in text and "default(" in caught.value.message


def test_what_is_left_out_of_a_text_is_a_warning() -> None:
    made, warnings = filled("{{ trigger.body.missing }} of {{ trigger.body.n }}", Filling(nulls="said"))
    assert made == " of 5"
    assert warnings == ["{{ trigger.body.missing }} is null and was left out of the text"]


# -- as the pieces say ---------------------------------------------------------------------------------------


def resolved(piece: str, action: str, values: dict[str, Any], **more: Any) -> Json:
    """The input of a step over an event."""
    step = {"type": "action", "piece": piece, "action": action, "input": values, "next": None, **more}
    flow = parse({"format": 1, "name": "A flow", "start": "a", "steps": {"a": step}})
    names = {"flow_id": "f", "project_id": "p", "version_id": "v"}
    planned = compile_plan(flow, pieces.registry(), version=1, **names).steps["a"]
    assert isinstance(planned, PlannedAction) and planned.input is not None
    return planned.input.resolve({"trigger": {"body": BODY}}, [])


def test_a_link_of_an_event_does_not_arrive_live_in_a_mail() -> None:
    values = {"to": ["a@example.com"], "subject": "{{ trigger.body.a }}", "text": "{{ trigger.body.a }}",
              "html": "<p>{{ trigger.body.a }}</p>"}  # fmt: skip
    made = resolved("email", "send", values)
    assert made["html"] == "<p>&lt;b&gt;&amp;</p>"
    assert (made["subject"], made["text"]) == ("<b>&", "<b>&"), "only HTML is escaped"


@pytest.mark.parametrize(
    ("kind", "body"),
    [("html", "<p>&lt;b&gt;&amp;</p>"), ("text", "<p><b>&</p>"), (None, "<p><b>&</p>")],
)
def test_a_page_that_answers_a_request_is_escaped_and_nothing_else_is(kind: str | None, body: str) -> None:
    values = {"kind": kind, "body": "<p>{{ trigger.body.a }}</p>"}
    made = resolved("webhook", "respond", {key: value for key, value in values.items() if value})
    assert made["body"] == body


@pytest.mark.parametrize(
    ("piece", "action", "field"),
    [
        ("slack", "send_message", "text"),
        ("slack", "send_webhook_message", "text"),
        ("email", "send", "subject"),
        ("email", "send", "text"),
        ("email", "send", "html"),
    ],
)
def test_an_empty_message_fails_unless_the_step_says_otherwise(piece: str, action: str, field: str) -> None:
    values = {field: "Down: {{ trigger.body.missing }}"}
    with pytest.raises(ExpressionError, match="missing }} is null"):
        resolved(piece, action, values)
    assert resolved(piece, action, values, fail_on_null=False) == {field: "Down: "}
    partial = {field: "{{ trigger.body.n }}: {{ trigger.body.missing }}"}
    assert resolved(piece, action, partial) == {field: "5: "}, "a partial message is not lost"
    with pytest.raises(ExpressionError, match="missing }} is null"):
        resolved(piece, action, partial, fail_on_null=True)


def test_other_fields_fail_only_where_the_step_says_so() -> None:
    values = {"value": {"deep": ["{{ trigger.body.missing }}"]}}
    assert resolved("data", "compose", values) == {"value": {"deep": [None]}}
    with pytest.raises(ExpressionError) as caught:
        resolved("data", "compose", values, fail_on_null=True)
    assert caught.value.pointer == "/value/deep/0"
