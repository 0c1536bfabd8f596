"""The webhook piece: what the intake is told, and the answer to a caller."""

from typing import Any

import pytest

from engine.intake.handshakes import PRESETS
from engine.signatures import SCHEMES, option_problems
from pieces import PieceError, Property, WebhookRequest
from pieces.testing import context
from pieces.webhook import catch, respond, webhook


def _field(name: str) -> Property:
    return next(prop for prop in catch.properties if prop.name == name)


def _values(field: str, inner: str) -> set[str]:
    (prop,) = (prop for prop in _field(field).fields if prop.name == inner)
    assert isinstance(prop.options, tuple)
    return {option.value for option in prop.options}


def test_the_form_offers_what_the_intake_carries_out() -> None:
    assert _values("verify", "scheme") == set(SCHEMES)
    assert _values("handshake", "preset") == set(PRESETS)
    offered = {prop.name for prop in _field("verify").fields} - {"scheme", "connection"}
    known = {name for scheme in SCHEMES.values() for name in scheme.options}
    assert offered == known - {"certificate"}
    options = {name for preset in PRESETS.values() for name in preset.options}
    assert {prop.name for prop in _field("handshake").fields} == {"preset", *options}
    assert webhook.auth is not None
    needed = {field.name for scheme in SCHEMES.values() for field in scheme.fields}
    assert needed <= {field.name for field in webhook.auth.fields}


def test_no_verification_is_a_warning_not_an_error() -> None:
    for values in ({}, {"verify": None}, {"verify": {"scheme": "none"}}):
        assert catch.problems(values) == []
        assert len(catch.warnings(values)) == 1
    assert catch.warnings({"verify": {"scheme": "github", "connection": "c"}}) == []


GOOD: list[dict[str, Any]] = [
    {"verify": {"scheme": "github", "connection": "c"}, "dedupe": "headers.id", "keep_raw": True},
    {"verify": {"scheme": "header", "connection": "c", "header": "X-Key"}},
    {"verify": {"scheme": "generic_hmac", "connection": "c", "header": "X-Sig", "prefix": "sha512=",
                "algorithm": "sha512", "encoding": "base64", "signed": "{timestamp}.{body}",
                "timestamp_header": "X-Time", "tolerance": 60}},
    {"verify": {"scheme": "none"}, "handshake": {"preset": "slack"}},
    {"verify": {"scheme": "generic_hmac", "connection": "c", "header": "h", "signed": "{timestamp}.{body}",
                "signature_key": "v1", "timestamp_key": "t"}},
    {"verify": {"scheme": "generic_hmac", "connection": "c", "signature_from": "body.sig",
                "signed": "{timestamp}{body.token}", "timestamp_from": "body.time"}},
    {"verify": {"scheme": "generic_key", "connection": "c", "header": "h", "padding": "pss"}},
    {"verify": {"scheme": "none"},
     "handshake": {"preset": "field", "value": "trigger.body.challenge", "key": "challenge"}},
    {"verify": {"scheme": "none"}, "handshake": {"preset": "echo", "name": "challenge"}},
]  # fmt: skip


@pytest.mark.parametrize("values", GOOD)
def test_good_settings_have_no_problem(values: dict[str, Any]) -> None:
    assert catch.problems(values) == []
    verify = {k: v for k, v in values["verify"].items() if k not in ("scheme", "connection")}
    assert option_problems(values["verify"]["scheme"], verify) == []


HMAC = {"scheme": "generic_hmac", "connection": "c", "header": "h"}
BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"verify": {"scheme": "githu", "connection": "c"}}, "/verify/scheme", "must be one of"),
    ({"verify": {"scheme": "github"}}, "/verify", "needs a connection"),
    ({"verify": {"connection": "c"}}, "/verify/scheme", "is required"),
    ({"verify": "github"}, "/verify", "must be an object"),
    ({"verify": {"scheme": "github", "connection": "c", "secret": "s"}}, "/verify/secret", "is not a field"),
    ({"verify": {"scheme": "generic_hmac", "connection": "c"}}, "/verify", "name of the header"),
    ({"verify": HMAC | {"signed": "{id}"}}, "/verify/signed", "{body}"),
    ({"verify": HMAC | {"signed": "{x}{body}"}}, "/verify/signed", "{x}"),
    ({"verify": HMAC | {"signed": "{id}{body}"}}, "/verify", "id_header"),
    ({"verify": {"scheme": "stripe", "connection": "c", "tolerance": -1}}, "/verify/tolerance", "at least 0"),
    ({"handshake": {"preset": "myspace"}}, "/handshake/preset", "must be one of"),
    ({"verify": HMAC | {"signed": "{timestamp}{body.token}"}}, "/verify/signed", "{body}"),
    ({"verify": {"scheme": "generic_key", "connection": "c"}}, "/verify", "name of the header"),
    ({"handshake": {"preset": "echo"}}, "/handshake", "needs `name`"),
    ({"handshake": {"preset": "field"}}, "/handshake", "needs `value`"),
    ({"keep_raw": "perhaps"}, "/keep_raw", "true or false"),
    ({"dedup": "x"}, "/dedup", "did you mean `dedupe`"),
]  # fmt: skip


@pytest.mark.parametrize(("values", "pointer", "message"), BAD)
def test_bad_settings_are_named(values: dict[str, Any], pointer: str, message: str) -> None:
    found = dict(catch.problems(values))
    assert pointer in found
    assert message in found[pointer]


async def test_a_request_is_one_event() -> None:
    request = WebhookRequest("POST", {"x": "1"}, {"q": "2"}, {"a": 3}, b"raw")
    assert await catch.run(context(webhook), {}, request) == [
        {"method": "POST", "headers": {"x": "1"}, "query": {"q": "2"}, "body": {"a": 3}}
    ]


async def _respond(**values: Any) -> tuple[Any, ...]:
    said: list[tuple[Any, ...]] = []

    async def answer(status: int, headers: dict[str, str], body: Any, end: bool) -> None:
        said.append((status, headers, body, end))

    await respond.run(context(webhook, respond=answer), values)
    return said[0]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, (200, {"content-type": "application/json"}, None, False)),
        ({"body": {"a": 1}, "status": "201"}, (201, {"content-type": "application/json"}, {"a": 1}, False)),
        ({"body": "hi"}, (200, {"content-type": "application/json"}, '"hi"', False)),
        ({"kind": "text", "body": "hi"}, (200, {"content-type": "text/plain; charset=utf-8"}, "hi", False)),
        (
            {"kind": "html", "body": "<p>", "then": "end", "headers": {"X-A": "b"}},
            (200, {"content-type": "text/html; charset=utf-8", "x-a": "b"}, "<p>", True),
        ),
    ],
)
async def test_an_answer_of_each_kind(values: dict[str, Any], said: tuple[Any, ...]) -> None:
    assert await _respond(**values) == said


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"status": 99}, "status"),
        ({"status": 600}, "status"),
        ({"kind": "text", "body": {}}, "body"),
        ({"kind": "bytes", "body": "no base64!"}, "body"),
        ({"kind": "bytes", "body": [1]}, "body"),
        ({"kind": "file", "body": "a text"}, "body"),
        ({"kind": "file", "body": {"content_type": "a/b", "base64": "?"}}, "body"),
        ({"kind": "xml"}, "kind"),
        ({"headers": {"Set-Cookie": "a=b"}}, "headers"),
        ({"headers": {"Content-Security-Policy": ""}}, "headers"),
        ({"headers": {"a\n": "b"}}, "headers"),
        ({"headers": {"a": "b\r\nc: d"}}, "headers"),
    ],
)
async def test_an_answer_that_may_not_be_given(values: dict[str, Any], field: str) -> None:
    with pytest.raises(PieceError) as caught:
        await _respond(**values)
    assert caught.value.field == field


def test_answering_needs_no_connection() -> None:
    assert not respond.needs_connection
    assert not catch.needs_connection
