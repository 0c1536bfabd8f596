import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.base.errors import BadInput
from engine.intake.handshake_answers import MAX_ECHO, HandshakeAnswer, HandshakeRequest
from engine.intake.handshakes import PRESETS, answer, check
from engine.signatures import sign, verify

VECTORS = json.loads((Path(__file__).parents[2] / "data/vectors/inbound_signatures.json").read_text())[
    "vectors"
]


def vector(scheme: str) -> dict[str, Any]:
    found: dict[str, Any] = next(v for v in VECTORS if v["scheme"] == scheme)
    return found


def request(
    method: str = "POST", query: str = "", body: Any = None, headers: dict[str, str] | None = None
) -> HandshakeRequest:
    raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    pairs = [(name, value) for name, _, value in (part.partition("=") for part in query.split("&") if part)]
    return HandshakeRequest(method, list((headers or {}).items()), pairs, raw)


def said(
    preset: str | dict[str, Any], asked: HandshakeRequest, secret: dict[str, str] | None = None
) -> HandshakeAnswer:
    given = answer(preset, asked, secret)
    assert given is not None
    return given


META = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=meatyhamhock"

ECHOES: list[tuple[str | dict[str, str], HandshakeRequest, str]] = [
    (
        "slack",
        request(body={"token": "t", "challenge": "3eZbrw1aB", "type": "url_verification"}),
        "3eZbrw1aB",
    ),
    ("graph", request(query="validationToken=Validation: <b>&</b> 1", body=b""), ""),
    ("meta", request("GET", META), "1158201444"),
    ("websub", request("GET", "hub.mode=subscribe&hub.topic=t&hub.challenge=c1"), "c1"),
    (
        {"preset": "websub", "topic": "t"},
        request("GET", "hub.mode=unsubscribe&hub.topic=t&hub.challenge=c1"),
        "c1",
    ),
    ("dropbox", request("GET", "challenge=abc123"), "abc123"),
    ("nylas", request("GET", "challenge=abc123"), "abc123"),
    ("lucca", request("GET", "echo=abc"), "abc"),
    ({"preset": "echo", "name": "probe"}, request("GET", "probe=<script>"), "<script>"),
    (
        {"preset": "field", "value": "trigger.body.challenge"},
        request("POST", body={"challenge": "abc"}),
        "abc",
    ),
    (
        {"preset": "field", "value": 'trigger.headers."x-check"'},
        request("GET", headers={"X-Check": "a"}),
        "a",
    ),
    (
        {"preset": "field", "value": "trigger.query.c", "when": "trigger.method == 'GET'"},
        request("GET", "c=1"),
        "1",
    ),
    (
        "twitch",
        request(
            "POST",
            body={"challenge": "abc"},
            headers={"Twitch-Eventsub-Message-Type": "webhook_callback_verification"},
        ),
        "abc",
    ),
    ("shopline", request(body={"topic": "webhook/verification"}), "OK"),
]


@pytest.mark.parametrize(("preset", "asked", "text"), ECHOES, ids=str)
def test_a_challenge_is_sent_back_as_plain_text_that_is_never_taken_for_a_page(
    preset: str | dict[str, Any], asked: HandshakeRequest, text: str
) -> None:
    given = said(preset, asked, {"verify_token": "meatyhamhock"})
    assert given.status == 200
    assert dict(given.headers) == {
        "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff",
    }  # fmt: skip
    assert given.body.decode() == (text or asked.query[0][1])
    assert not given.goes_on


@pytest.mark.parametrize(
    "preset", [name for name in PRESETS if name not in ("static", "dropbox_sign", "echo", "field")]
)
@pytest.mark.parametrize(
    "event",
    [request(body={"event": "meeting.started", "type": "event_callback"}), request(body=b"{"),
     request(body=[1]),
     request("GET"), request("PUT", body={"type": "url_verification"}), request(body=b"\xff")],
    ids=str,
)  # fmt: skip
def test_an_ordinary_event_is_not_a_handshake(preset: str, event: HandshakeRequest) -> None:
    assert answer(preset, event, {"secret": "s", "verify_token": "t"}) is None


def test_meta_is_refused_without_the_agreed_token() -> None:
    for secret in ({}, {"verify_token": ""}, {"verify_token": "other"}):
        assert said("meta", request("GET", META), secret).status == 403
    wrong = request("GET", META.replace("subscribe", "unsubscribe"))
    assert said("meta", wrong, {"verify_token": "meatyhamhock"}).status == 403
    assert said("meta", request("GET", "hub.mode=subscribe"), {"verify_token": ""}).status == 403


def test_websub_refuses_a_topic_that_was_not_asked_for() -> None:
    asked = request("GET", "hub.mode=subscribe&hub.topic=other&hub.challenge=c")
    assert said({"preset": "websub", "topic": "t"}, asked).status == 404
    assert said("websub", request("GET", "hub.mode=denied")).status == 200


def test_zoom_gets_the_published_encrypted_token() -> None:
    case = vector("zoom_url_validation")
    given = said("zoom", request(body=case["body"].encode()), {"secret": case["secret"]})
    assert json.loads(given.body) == case["response"]
    assert said("zoom", request(body=case["body"].encode()), {}).status == 403


def test_x_gets_the_published_response_token() -> None:
    case = vector("x_crc")
    asked = request("GET", f"crc_token={case['query']['crc_token']}")
    assert json.loads(said("x", asked, {"secret": case["secret"]}).body) == case["response"]
    assert said("x", asked, {}).status == 403


def test_a_handshake_signs_nothing_that_could_pass_for_an_event() -> None:
    secret = {"secret": "k"}
    body = '{"event":"meeting.started"}'
    for token in (f"v0:1700000000:{body}", body, "", "a b", "ключ", "x" * 600, 7, None, {"a": 1}):
        asked = request(body={"event": "endpoint.url_validation", "payload": {"plainToken": token}})
        assert said("zoom", asked, secret).status == 403
    assert said("x", HandshakeRequest("GET", [], [("crc_token", body)], b""), secret).status == 403
    payloads: list[Any] = [None, [], "text"]
    for payload in payloads:
        asked = request(body={"event": "endpoint.url_validation", "payload": payload})
        assert said("zoom", asked, secret).status == 403


def test_asana_hands_over_its_secret_once() -> None:
    given = said("asana", request(headers={"x-hook-secret": "b537207f20cbfa02357cf448134da559"}))
    assert dict(given.headers) == {"X-Hook-Secret": "b537207f20cbfa02357cf448134da559"}
    assert given.learned == {"secret": "b537207f20cbfa02357cf448134da559"}
    signed = sign("asana", dict(given.learned), b"{}", now=0)
    verify("asana", dict(given.learned), signed, b"{}", now=0)
    again = said("asana", request(headers={"X-Hook-Secret": "another"}), dict(given.learned))
    assert (again.status, again.learned) == (403, None)
    assert said("asana", request(headers={"X-Hook-Secret": "a\r\nSet-Cookie: b"})).status == 400


def test_trello_asks_with_head() -> None:
    given = said("trello", request("HEAD"))
    assert (given.status, given.body) == (200, b"")


@pytest.mark.parametrize(
    ("options", "allowed", "rate"),
    [({}, "engine.example.com", "*"), ({"rate": "120"}, "engine.example.com", "120"),
     ({"origin": "engine.example.com"}, "engine.example.com", "*"),
     ({"origin": "other.example"}, None, None)],
)  # fmt: skip
def test_cloudevents_consent_stands_in_the_headers(
    options: dict[str, str], allowed: str | None, rate: str | None
) -> None:
    asked = request(
        "OPTIONS", headers={"webhook-request-origin": "engine.example.com", "WebHook-Request-Rate": "1"}
    )
    given = said({"preset": "cloudevents", **options}, asked)
    headers = dict(given.headers)
    assert (headers.get("WebHook-Allowed-Origin"), headers.get("WebHook-Allowed-Rate")) == (allowed, rate)
    assert headers["Allow"] == "POST"
    assert answer("cloudevents", request("OPTIONS"), {}) is None


SNS = {
    **vector("aws_sns_string_to_sign")["message"],
    "SigningCertURL": "https://sns.us-west-2.amazonaws.com/a.pem",
}
TOPIC = {"topic_arn": SNS["TopicArn"]}


def sns(message: Any, kind: str = "SubscriptionConfirmation") -> HandshakeRequest:
    return request(body=message, headers={"X-Amz-Sns-Message-Type": kind})


def test_sns_says_what_is_to_be_fetched_and_only_from_amazon() -> None:
    given = said("sns", sns(SNS), TOPIC)
    assert given.confirm is not None
    assert given.confirm.subscribe_url == SNS["SubscribeURL"]
    assert given.confirm.certificate_url == SNS["SigningCertURL"]
    assert given.confirm.message == SNS
    assert answer("sns", sns({"Type": "Notification"}, "Notification"), TOPIC) is None
    gone = said("sns", sns({**SNS, "Type": "UnsubscribeConfirmation"}, "UnsubscribeConfirmation"), TOPIC)
    assert (gone.status, gone.confirm) == (200, None)


@pytest.mark.parametrize(
    ("message", "secret", "status"),
    [
        ({**SNS, "SubscribeURL": "https://169.254.169.254/latest"}, TOPIC, 403),
        ({**SNS, "SigningCertURL": "https://evil.example/a.pem"}, TOPIC, 403),
        ({**SNS, "SubscribeURL": None}, TOPIC, 403),
        (SNS, {}, 403),
        (SNS, {"topic_arn": "arn:aws:sns:us-west-2:666:MyTopic"}, 403),
        ({"Type": "Notification"}, TOPIC, 400),
        ([], TOPIC, 400),
        (b"{", TOPIC, 400),
    ],
)
def test_a_forged_sns_confirmation_is_refused(message: Any, secret: dict[str, str], status: int) -> None:
    given = said("sns", sns(message), secret)
    assert (given.status, given.confirm) == (status, None)


def test_a_fixed_answer_goes_with_the_event_and_does_not_replace_it() -> None:
    event = request(body={"event": {"event_type": "signature_request_sent"}})
    given = said("dropbox_sign", event)
    assert (given.body, given.goes_on) == (b"Hello API Event Received", True)
    assert answer("dropbox_sign", request("GET"), {}) is None
    given = said({"preset": "static", "body": "[accepted]"}, event)
    assert (given.body, given.goes_on) == (b"[accepted]", True)
    assert said("static", event).body == b"OK"


def test_a_challenge_too_long_or_of_another_type_is_refused() -> None:
    assert said("dropbox", request("GET", "challenge=" + "a" * (MAX_ECHO + 1))).status == 400
    assert said("dropbox", request("GET", "challenge=")).status == 400
    assert said("slack", request(body={"type": "url_verification", "challenge": ["a"]})).status == 400
    assert said("slack", request(body={"type": "url_verification"})).status == 400


@pytest.mark.parametrize(
    "preset",
    ["", "nope", None, 7, {}, {"preset": "nope"}, {"preset": "echo"}, {"preset": "echo", "name": 7},
     {"preset": "slack", "odd": "x"}, {"preset": ["slack"]}, {"preset": "cloudevents", "rate": "1\r\nA: b"}],
    ids=str,
)  # fmt: skip
def test_a_handshake_that_cannot_be_used_names_its_field(preset: Any) -> None:
    with pytest.raises(BadInput) as caught:
        check(preset)
    assert caught.value.field == "handshake"


@given(
    preset=st.sampled_from([name for name in PRESETS if name not in ("echo", "field")]),
    method=st.sampled_from(["GET", "POST", "HEAD", "OPTIONS"]),
    headers=st.lists(st.tuples(st.sampled_from(
        ["X-Hook-Secret", "WebHook-Request-Origin", "x-amz-sns-message-type"]), st.text())),
    query=st.lists(st.tuples(st.sampled_from(
        ["crc_token", "challenge", "hub.mode", "validationToken"]), st.text())),
    body=st.binary() | st.sampled_from([b'{"type":"url_verification","challenge":"\\ud800"}', b'{"a":1}']),
)  # fmt: skip
def test_junk_gets_an_answer_or_none_but_no_error(
    preset: str, method: str, headers: Any, query: Any, body: bytes
) -> None:
    given = answer(preset, HandshakeRequest(method, headers, query, body), {"secret": "s"})
    if given is not None:
        assert given.status in (200, 400, 403, 404)
        assert "html" not in str(given.headers)
        for _, value in given.headers:
            assert "\n" not in value and "\r" not in value
