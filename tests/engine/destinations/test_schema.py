"""What a destination may be asked to be."""

from typing import Any

import pytest

from engine.base.errors import BadInput
from engine.destinations import schema

GOOD: dict[str, Any] = {"name": "Out", "url": "https://example.com/in", "events": ["*"]}
OWN = "http://127.0.0.1:8000/webhooks/flow_1"


def read(allow_http: bool = False, **more: Any) -> schema.Spec:
    return schema.read({**GOOD, **more}, allow_http=allow_http, own_flow={OWN: "flow_1"}.get)


def test_what_is_not_given_has_its_default() -> None:
    made = read()
    assert (made.kind, made.format, made.verification, made.events) == ("webhook", "raw", "none", ("*",))
    assert made.options.concurrency == 4 and made.options.rate_per_s is None


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("name", {"name": ""}),
        ("name", {"name": "x" * 101}),
        ("name", {"name": 5}),
        ("name", {"name": "a\nb"}),
        ("kind", {"kind": "pigeon"}),
        ("url", {"url": ""}),
        ("url", {"url": None}),
        ("url", {"url": "http://example.com/"}),
        ("url", {"url": "ftp://example.com/"}),
        ("url", {"url": "https://"}),
        ("url", {"url": "https://ann:secret@example.com/"}),
        ("url", {"url": "https://example.com/#x"}),
        ("url", {"url": "https://example.com:99999/"}),
        ("url", {"url": "https://[::1/"}),
        ("url", {"url": "https://example.com/" + "x" * 3000}),
        ("url", {"kind": "file", "url": "../secret.key"}),
        ("url", {"kind": "file", "url": "/etc/passwd"}),
        ("url", {"kind": "topic", "url": "a b"}),
        ("url", {"kind": "topic", "url": "Orders"}),
        ("url", {"kind": "topic", "url": "orders."}),
        ("url", {"kind": "topic", "url": "orders/new"}),
        ("url", {"url": "https://example.com/a\nb"}),
        ("url", {"kind": "nats", "url": "https://example.com/x"}),
        ("url", {"kind": "amqp", "url": "nats://example.com/x"}),
        ("events", {"events": []}),
        ("events", {"events": "flow.created"}),
        ("events", {"events": ["flow.exploded"]}),
        ("events", {"events": ["nothing.*"]}),
        ("events", {"events": [5]}),
        ("format", {"format": "xml"}),
        ("verification", {"verification": "hope"}),
        ("verification", {"kind": "topic", "url": "x", "verification": "ping"}),
        ("headers", {"headers": ["x"]}),
        ("headers.Host", {"headers": {"Host": "x"}}),
        ("headers.Webhook-Id", {"headers": {"Webhook-Id": "x"}}),
        ("headers.ce-type", {"headers": {"ce-type": "x"}}),
        ("headers.a b", {"headers": {"a b": "x"}}),
        ("headers.x-a", {"headers": {"X-A": "1", "x-a": "2"}}),
        ("headers.X-A", {"headers": {"X-A": "a\r\nb: c"}}),
        ("headers.X-A", {"headers": {"X-A": ""}}),
        ("headers.X-A", {"headers": {"X-A": "ä"}}),
        ("credentials.pin", {"credentials": {"pin": "1"}}),
        ("credentials", {"credentials": "x"}),
        ("options", {"options": []}),
        ("options.speed", {"options": {"speed": 1}}),
        ("options.concurrency", {"options": {"concurrency": 0}}),
        ("options.concurrency", {"options": {"concurrency": 1.5}}),
        ("options.concurrency", {"options": {"concurrency": True}}),
        ("options.rate_per_s", {"options": {"rate_per_s": "10"}}),
        ("options.rate_per_s", {"options": {"rate_per_s": float("nan")}}),
        ("options.timeout_s", {"options": {"timeout_s": 3600}}),
        ("options.order_key", {"options": {"order_key": "data.["}}),
        ("colour", {"colour": "red"}),
    ],
)
def test_what_cannot_be_names_its_field(field: str, given: dict[str, Any]) -> None:
    with pytest.raises(BadInput) as error:
        read(**given)
    assert error.value.field == field


def test_http_is_a_setting_and_our_own_webhooks_need_none() -> None:
    assert read(allow_http=True, url="http://example.com/").url == "http://example.com/"
    assert read(url=OWN).url == OWN


def test_groups_of_events_may_be_named() -> None:
    assert read(events=["flow.*", "user.signed.in", "flow.*"]).events == ("flow.*", "user.signed.in")
