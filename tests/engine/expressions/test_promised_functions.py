"""Each function and notation that the guide promises is there, and does what its name says."""

import re

import pytest

from engine.base.types import Json
from engine.expressions import Evaluation, compile
from engine.expressions.functions import FUNCTIONS

BODY = {"n": 5, "s": "abcdef", "t": "2026-03-03T10:15:00Z", "spam": "<!channel> & co"}
SCOPE = {"trigger": {"body": BODY, "headers": {"x-github-event": "push"}}}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("slack_escape(trigger.body.spam)", "&lt;!channel&gt; &amp; co"),
        ("html_escape('<a href=\"x\">')", "&lt;a href=&quot;x&quot;&gt;"),
        ("safe('<b>')", "<b>"),
        ("url_encode('a b/é')", "a%20b%2F%C3%A9"),
        ("base64('é')", "w6k="),
        ("base64_decode('w6k=')", "é"),
        ("sha256('a')", "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"),
        ("hmac('k', 'm')", "f38a0dd8807b56321ba9af065fa13929061dcaa0ece90b193e69fdd9fe24deb0"),
        ("truncate('abcdefgh', `5`)", "abcd…"),
        ("regex_replace('a1b2', '[0-9]', '#')", "a#b#"),
        ("matches('disk-7', '^disk-[0-9]+$')", True),
        ("parse_date('03.03.2026', '%d.%m.%Y')", "2026-03-03T00:00:00Z"),
        ("add_time(trigger.body.t, '2h')", "2026-03-03T12:15:00Z"),
        ("add_time(trigger.body.t, `2`, 'hours')", "2026-03-03T12:15:00Z"),
        ("format_date(trigger.body.t, '%d.%m.%Y')", "03.03.2026"),
        ("timestamp('2017-09-15 16:50:55 UTC')", 1505494255),
        ("timestamp('Fri, 15 Sep 2017 16:50:55 +0000')", 1505494255),
        ("timestamp('Fri, 15 Sep 2017 18:50:55 +0200 (CEST)')", 1505494255),
        ("timestamp('15 Sep 17 16:50:55 GMT')", 1505494255),
        ("timestamp('Friday, 15-Sep-17 16:50:55 GMT')", 1505494255),
        ("timestamp('Fri Sep 15 16:50:55 2017')", 1505494255),
        ("timestamp('Fri Sep 15 18:50:55 +0200 2017')", 1505494255),
        ("timestamp('2017-09-15t16:50:55z')", 1505494255),
        ("timestamp('2017-258T16:50:55Z')", 1505494255),
        ("timestamp('2017-09-15T18:50:55+02:00[Europe/Berlin]')", 1505494255),
        ("timestamp('2016-12-31T23:59:60Z')", 1483228800),
        ("timestamp('1505494255')", 1505494255),
        ("timestamp('1505494255000')", 1505494255),
        ("timestamp(now()) > `0`", True),
        ("from_json('{\"a\": [1]}').a[0]", 1),
        ("from_json(trigger.body).n", 5),
        ("to_json([trigger.body.n])", "[5]"),
        ("default(trigger.body.missing, 'none')", "none"),
        ("let $n = trigger.body.n in $n + `1`", 6),
        ("trigger.body.n > `3` ? 'many' : 'few'", "many"),
        ("trigger.body.n * `2` - `1`", 9),
        ("trigger.body.n // `2`", 2),
        ("trigger.body.n % `2`", 1),
        ('trigger.body | $.trigger.headers."X-GitHub-Event"', "push"),
        ("trigger.body.s[1:3]", "bc"),
        ("trigger.body.s[-2:]", "ef"),
        ('trigger.headers."X-GITHUB-EVENT"', "push"),
        ("'a\\nb'", "a\nb"),
    ],
)
def test_it_gives_what_it_promises_without_a_doubt(expression: str, value: Json) -> None:
    evaluation = Evaluation()
    assert compile(expression).value(SCOPE, evaluation) == value
    assert evaluation.take_notes() == []


def test_every_identifier_is_another() -> None:
    made = {compile("uuid()").value({}) for _ in range(100)}
    assert len(made) == 100 and all(re.fullmatch(r"[0-9a-f-]{36}", one) for one in made)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("timestamp('not a date') > `0`", None),
        ("timestamp('2017-366')", None),
        ("to_number('12,50') > `3`", None),
        ("trigger.body.s > `3`", None),
        ("'5' == trigger.body.n", False),
    ],
)
def test_what_cannot_be_decided_is_noted_once_for_each_expression(expression: str, value: Json) -> None:
    evaluation = Evaluation()
    for _ in range(3):
        assert compile(expression).value(SCOPE, evaluation) == value
    assert len(evaluation.take_notes()) == 1
    evaluation.begin_run()
    compile(expression).value(SCOPE, evaluation)
    assert len(evaluation.take_notes()) == 1, "of another run it is said again"


@pytest.mark.parametrize(
    "expression",
    [
        "trigger.body.missing > `3`",
        "timestamp(trigger.body.missing) > `0`",
        "missing == `1`",
        "to_number(trigger.body.missing) > `0`",
        "to_number(' ')",
    ],
)
def test_a_missing_field_is_silent(expression: str) -> None:
    evaluation = Evaluation()
    compile(expression).value(SCOPE, evaluation)
    assert evaluation.take_notes() == []


def test_every_function_says_what_it_does() -> None:
    assert [name for name, function in FUNCTIONS.items() if not function.summary] == []
