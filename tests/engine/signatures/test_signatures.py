import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from hypothesis import given, settings
from hypothesis import strategies as st
from standardwebhooks import Webhook

from engine.signatures import (
    SCHEMES,
    SignatureError,
    fresh_fields,
    new_key_pair,
    new_secret,
    option_problems,
    sign,
    sign_standard,
    sns_string_to_sign,
    sns_url,
    verify,
    verify_sns,
)

VECTORS = Path(__file__).parents[2] / "data" / "vectors"
INBOUND = json.loads((VECTORS / "inbound_signatures.json").read_text())["vectors"]
STANDARD = json.loads((VECTORS / "standard_webhooks.json").read_text())
NOT_REQUESTS = ("zoom_url_validation", "x_crc", "aws_sns_string_to_sign")
REQUESTS = [vector for vector in INBOUND if vector["scheme"] not in NOT_REQUESTS]
GENUINE = [vector for vector in REQUESTS if vector["valid"]]
NOW = 1_700_000_000


def named(vector: dict[str, Any]) -> str:
    return f"{vector['scheme']}-{vector.get('case') or vector['source'][-40:]}"


def call(vector: dict[str, Any], **changes: Any) -> None:
    body = vector.get("body")
    if body is None:
        body = urlencode(vector["params"])
    arguments: dict[str, Any] = {
        "secret": vector["secret"],
        "headers": vector["headers"],
        "body": body.encode(),
        "now": vector.get("now", NOW),
        "url": vector.get("url"),
        **{key: vector[key] for key in ("algorithm", "encoding", "tolerance") if key in vector},
        **changes,
    }
    verify(vector["scheme"], **arguments)


def signed_bytes(vector: dict[str, Any]) -> bytes:
    return str(vector.get("body") or urlencode(vector["params"])).encode()


@pytest.mark.parametrize("vector", REQUESTS, ids=named)
def test_every_shared_vector_is_judged_as_it_says(vector: dict[str, Any]) -> None:
    if vector["valid"]:
        call(vector)
    else:
        with pytest.raises(SignatureError):
            call(vector)


@pytest.mark.parametrize("case", STANDARD["verify_cases"], ids=lambda case: case["case"])
def test_every_case_of_the_standard_webhooks_libraries_is_judged_as_it_says(case: dict[str, Any]) -> None:
    request = (case["secret"], case["headers"], case["payload"].encode())
    if case["valid"]:
        verify("standard_webhooks", *request, now=case["now"])
    else:
        with pytest.raises(SignatureError):
            verify("standard_webhooks", *request, now=case["now"])


@pytest.mark.parametrize("case", STANDARD["key_cases"], ids=lambda case: case["secret"])
def test_a_secret_that_is_no_key_is_refused(case: dict[str, Any]) -> None:
    headers = STANDARD["verify_cases"][0]["headers"]
    with pytest.raises(SignatureError):
        verify("standard_webhooks", case["secret"], headers, b"{}", now=1614265330)
    with pytest.raises(SignatureError):
        sign_standard([case["secret"]], "msg_1", 1, b"{}")


@pytest.mark.parametrize("vector", STANDARD["published"] + STANDARD["derived"], ids=lambda v: v["id"])
def test_signing_gives_the_published_signature_and_every_key_alone_verifies_it(
    vector: dict[str, Any],
) -> None:
    one = [vector[key] for key in ("secret", "private_key") if key in vector]
    makers = vector.get("secrets") or one
    message = (vector["msg_id"], vector["timestamp"], vector["payload"].encode())
    expected = vector.get("signature_header") or vector["signature"]
    if vector["scheme"] == "v1+v1a":
        makers.append(STANDARD["published"][2]["private_key"])
    assert sign_standard(makers, *message) == expected
    headers = {
        "webhook-id": message[0], "webhook-timestamp": str(message[1]), "webhook-signature": expected,
    }  # fmt: skip
    for key in [*makers, vector.get("public_key") or makers[0], makers]:
        verify("standard_webhooks", key, headers, message[2], now=message[1])


COVERED = [vector for vector in GENUINE if vector["scheme"] != "gitlab_token"]
"""A plain token says nothing about the body; every other scheme covers each byte."""


@pytest.mark.parametrize("vector", COVERED, ids=named)
@pytest.mark.parametrize("position", [0, -1])
def test_a_changed_byte_is_refused(vector: dict[str, Any], position: int) -> None:
    body = bytearray(signed_bytes(vector))
    body[position] ^= 1
    with pytest.raises(SignatureError):
        call(vector, body=bytes(body))


@pytest.mark.parametrize("vector", GENUINE, ids=named)
@pytest.mark.parametrize("secret", [None, "", [], [""], {}, {"secret": ""}, "another", 7, [None], b"bytes"])
def test_a_missing_or_wrong_secret_is_refused(vector: dict[str, Any], secret: Any) -> None:
    with pytest.raises(SignatureError):
        call(vector, secret=secret)


@pytest.mark.parametrize("vector", GENUINE, ids=named)
def test_each_header_must_come_once_and_whole(vector: dict[str, Any]) -> None:
    pairs = list(vector["headers"].items())
    for index, (name, value) in enumerate(pairs):
        others = pairs[:index] + pairs[index + 1 :]
        for wrong in (
            [],
            [(name, value), (name.upper(), value)],
            [(name, "")],
            [(name, value[: len(value) // 2])],
        ):
            with pytest.raises(SignatureError):
                call(vector, headers=others + wrong)


@pytest.mark.parametrize("vector", GENUINE, ids=named)
def test_headers_may_be_byte_pairs_in_any_case_among_others(vector: dict[str, Any]) -> None:
    pairs = [(name.lower().encode(), value.encode()) for name, value in vector["headers"].items()]
    call(vector, headers=[(b"host", b"a"), *pairs, (b"accept", b"*/*"), (b"accept", b"text/html")])


@pytest.mark.parametrize("vector", GENUINE, ids=named)
def test_the_secret_may_be_one_of_several_or_a_connections_field(vector: dict[str, Any]) -> None:
    good = vector["secret"]
    other = new_secret()
    call(vector, secret=[other, good])
    call(vector, secret={"secret": good})
    call(vector, secret={"secret": other, "previous_secret": good})


TIMED = {vector["scheme"]: vector for vector in GENUINE if "now" in vector and "tolerance" not in vector}


def test_every_scheme_with_a_timestamp_has_a_vector() -> None:
    timed = {name for name, scheme in SCHEMES.items() if "tolerance" in scheme.options}
    others = {"gitlab_signing_token", "convoy_advanced", "generic_hmac", "generic_key", "jwt"}
    assert timed - set(TIMED) == others | set(VENDORS)  # see test_vendors.py


@pytest.mark.parametrize("vector", TIMED.values(), ids=named)
@pytest.mark.parametrize(("seconds", "good"), [(300, True), (301, False), (-300, True), (-301, False)])
def test_a_timestamp_is_good_for_300_seconds_both_ways(
    vector: dict[str, Any], seconds: int, good: bool
) -> None:
    stamp = next((int(v) for k, v in vector["headers"].items() if "timestamp" in k.lower()), 1_700_000_000)
    if good:
        call(vector, now=stamp + seconds)
    else:
        with pytest.raises(SignatureError, match=r"too (old|new)"):
            call(vector, now=stamp + seconds)


@pytest.mark.parametrize(
    "stamp",
    ["", "hello", "-1", "+1614265330", "1614265330.5", "1e9", "１６１４２６５３３０", "9" * 40, "٣", "0x1",
     "1614265330 1", "16_14265330", "nan", "\x00"],
)  # fmt: skip
@pytest.mark.parametrize(
    "scheme", ["slack", "stripe", "zoom", "standard_webhooks", "svix", "convoy_advanced"]
)
def test_a_timestamp_that_is_no_unix_time_is_refused(scheme: str, stamp: str) -> None:
    secret = new_secret()
    headers = sign(scheme, secret, b"{}", now=NOW)
    headers = {
        name: stamp if "timestamp" in name.lower() else value.replace(f"t={NOW}", f"t={stamp}")
        for name, value in headers.items()
    }
    with pytest.raises(SignatureError):
        verify(scheme, secret, headers, b"{}", now=NOW)


VENDORS = (
    "twitch", "discord", "sendgrid", "paypal", "mailgun", "hubspot_v3", "zendesk", "calendly", "paddle",
    "monday", "linear",
)  # fmt: skip
SIGNED_ELSEWHERE = {
    "aws_sns", "discord", "sendgrid", "paypal", "generic_key",  # by a key that only the vendor has
    "mailgun", "event_grid", "query_secret", "body_secret",  # in the body or the address
}  # fmt: skip
SIGNABLE = [name for name in SCHEMES if name not in SIGNED_ELSEWHERE]


@pytest.mark.parametrize("scheme", SIGNABLE)
def test_what_we_sign_we_accept(scheme: str) -> None:
    fields = fresh_fields(scheme)
    options = {"header": "X-Signature"} if scheme == "generic_hmac" else {}
    url = "https://switchyard.example/webhooks/flow_1"
    headers = sign(scheme, fields, b"a=1&b=", now=NOW, url=url, **options)
    verify(scheme, fields, headers, b"a=1&b=", now=NOW + 5, url=url, **options)
    if scheme != "none":
        with pytest.raises(SignatureError):
            verify(scheme, fresh_fields(scheme), headers, b"a=1&b=", now=NOW, url=url, **options)


def test_a_verifier_that_is_not_ours_accepts_what_we_sign() -> None:
    secret = new_secret()
    now = datetime.now(UTC)
    body = '{"text": "Grüße 😀"}'
    headers = sign("standard_webhooks", secret, body.encode(), now=now.timestamp())
    assert Webhook(secret).verify(body, headers) == json.loads(body)
    theirs = Webhook(secret).sign("msg_1", now, body)
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": theirs,
    }
    verify("standard_webhooks", secret, headers, body.encode(), now=now.timestamp())


def test_a_key_pair_signs_and_its_public_half_verifies_but_cannot_sign() -> None:
    private, public = new_key_pair()
    headers = sign("standard_webhooks", private, b"x", now=NOW)
    verify("standard_webhooks", public, headers, b"x", now=NOW)
    verify("standard_webhooks", {"public_key": public}, headers, b"x", now=NOW)
    bare = {"public_key": public.removeprefix("whpk_"), "secret": new_secret()}
    verify("standard_webhooks", bare, headers, b"x", now=NOW)
    forged = sign("standard_webhooks", bare["public_key"], b"x", now=NOW)  # known to all, no secret
    for secret in (bare, public, {"public_key": public}):
        with pytest.raises(SignatureError):
            verify("standard_webhooks", secret, forged, b"x", now=NOW)
    with pytest.raises(SignatureError):
        verify("standard_webhooks", new_key_pair()[1], headers, b"x", now=NOW)
    with pytest.raises(SignatureError, match="public key"):
        sign_standard([public], "msg_1", NOW, b"x")


@pytest.mark.parametrize(
    ("secrets", "id"),
    [([], "msg_1"), (["whsec_AAAA"], "msg_1"), ([new_secret()], "a.b"), ([new_secret()], "")],
)
def test_signing_without_a_key_or_with_an_ambiguous_id_is_refused(secrets: list[str], id: str) -> None:
    with pytest.raises(SignatureError):
        sign_standard(secrets, id, NOW, b"")


@pytest.mark.parametrize("key", ["whpk_AAAA", "whpk_", "whsk_!!", "whpk_" + "A" * 44])
def test_a_broken_ed25519_key_is_refused(key: str) -> None:
    headers = sign("standard_webhooks", new_secret(), b"x", now=NOW)
    with pytest.raises(SignatureError):
        verify("standard_webhooks", key, headers, b"x", now=NOW)


def test_a_header_full_of_signatures_is_refused_unread() -> None:
    secret = new_secret()
    headers = sign("standard_webhooks", secret, b"x", now=NOW)
    headers["webhook-signature"] = " ".join([headers["webhook-signature"]] * 33)
    with pytest.raises(SignatureError, match="more than 32"):
        verify("standard_webhooks", secret, headers, b"x", now=NOW)


GENERIC: list[dict[str, Any]] = [
    {"header": "X-Sig"},
    {"header": "X-Sig", "prefix": "sha1=", "algorithm": "SHA1"},
    {"header": "X-Sig", "algorithm": "sha-512", "encoding": "base64", "key_encoding": "hex"},
    {"header": "X-Sig", "algorithm": "sha384", "key_encoding": "base64"},
    {
        "header": "X-Sig",
        "signed": "{id}:{timestamp}:{body}",
        "timestamp_header": "X-Time",
        "id_header": "X-Id",
    },
    {"header": "X-Sig", "signed": "v1|{timestamp}|{body}", "timestamp_header": "X-Time", "tolerance": 60},
    {"header": "X-Sig", "prefix": "", "id_header": None, "timestamp_header": ""},
    {"header": "X-Sig", "encoding": "base64url", "signed": "{url}{body}"},
]


@pytest.mark.parametrize("options", GENERIC, ids=str)
def test_a_generic_hmac_follows_its_settings(options: dict[str, Any]) -> None:
    secret = "0123456789abcdef" * 2
    assert option_problems("generic_hmac", options) == []
    url = "https://switchyard.example/webhooks/f"
    headers = sign("generic_hmac", secret, b"{}", now=NOW, url=url, **options)
    verify("generic_hmac", secret, headers, b"{}", now=NOW, url=url, **options)
    changes: list[dict[str, Any]] = [{"body": b"{ }"}, {"secret": "ff"}, {"headers": {}}]
    for wrong in changes:
        arguments: dict[str, Any] = {"secret": secret, "headers": headers, "body": b"{}", **wrong}
        with pytest.raises(SignatureError):
            verify("generic_hmac", now=NOW, **arguments, **options)
    if options.get("timestamp_header"):
        with pytest.raises(SignatureError, match="too old"):
            verify("generic_hmac", secret, headers, b"{}", now=NOW + 400, **options)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"algorithm": "md5"}, "algorithm"),
        ({"encoding": "base32"}, "encoding"),
        ({"key_encoding": 7}, "key_encoding"),
        ({"timestamp_from": "nowhere"}, "timestamp_from"),
        ({"signature_from": "body.sig", "signed": "{timestamp}"}, "signed"),
        ({"signed": "{id}{body}"}, "signed"),
        ({"signed": "constant"}, "signed"),
        ({"signed": "{body}{who}"}, "signed"),
        ({"timestamp_header": "X-Time"}, "signed"),
        ({"tolerance": -1}, "tolerance"),
        ({"tolerance": float("nan")}, "tolerance"),
        ({"tolerance": "300"}, "tolerance"),
        ({"tolerance": True}, "tolerance"),
        ({"header": "X-Signätur"}, "header"),
        ({"secret_header": "X"}, "secret_header"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_and_refused(options: dict[str, Any], field: str) -> None:
    assert [name for name, _ in option_problems("generic_hmac", options)] == [field]
    with pytest.raises(SignatureError):
        verify("generic_hmac", "secret", {"X-Signature": "00"}, b"", now=NOW, **options)


def test_a_generic_hmac_without_a_header_name_takes_the_only_one_that_fits() -> None:
    headers = sign("generic_hmac", "k", b"{}", now=NOW, header="X-Acme-Signature")
    verify("generic_hmac", "k", headers, b"{}", now=NOW)
    ambiguous: list[dict[str, str]] = [{}, {**headers, "X-Other-Signature": "00"}]
    for others in ambiguous:
        with pytest.raises(SignatureError, match="Name the signature's header"):
            verify("generic_hmac", "k", others, b"{}", now=NOW)


def test_a_scheme_refuses_settings_that_are_not_its_own() -> None:
    with pytest.raises(SignatureError, match="no setting 'algorithm'"):
        verify("github", "k", {}, b"", now=NOW, algorithm="sha1")


@pytest.mark.parametrize("scheme", ["", "nope", None, 7, ["github"], {}])
def test_an_unknown_scheme_is_refused(scheme: Any) -> None:
    with pytest.raises(SignatureError, match="no verification scheme"):
        verify(scheme, "secret", {}, b"", now=NOW)


@pytest.mark.parametrize(
    "changes",
    [{"body": "text"}, {"body": None}, {"now": "1"},
     {"now": float("nan")}, {"now": float("inf")}, {"now": True},
     {"url": 7}, {"headers": None}, {"headers": [1]}, {"headers": [("a",)]}, {"headers": {"a": 1}},
     {"headers": {1: "a"}}, {"headers": "abc"}, {"secret": 3.5}],
    ids=str,
)  # fmt: skip
def test_arguments_of_the_wrong_type_are_refused_and_no_other_error_escapes(changes: dict[str, Any]) -> None:
    arguments = {"secret": "k", "headers": {}, "body": b"", "now": NOW, **changes}
    for scheme in SCHEMES:
        if scheme == "none" and "secret" not in changes:
            continue
        with pytest.raises(SignatureError):
            verify(scheme, **arguments)


def test_basic_header_and_token_compare_whole_values() -> None:
    basic = {"username": "ann", "password": "pä:ss"}
    verify("basic", basic, sign("basic", basic, b"", now=NOW), b"", now=NOW)
    verify("basic", "ann:p", {"authorization": "basic " + base64.b64encode(b"ann:p").decode()}, b"", now=NOW)
    for value in ("Basic", "Basic !", "Bearer YTpi", "Basic " + base64.b64encode(b"ann:").decode()):
        with pytest.raises(SignatureError):
            verify("basic", basic, {"Authorization": value}, b"", now=NOW)
    header = {"name": "X-Key", "value": "schlüssel"}
    verify("header", header, [(b"x-key", "schlüssel".encode())], b"", now=NOW)
    verify("header", header, {"X-Key": "schlüssel"}, b"", now=NOW)
    verify("header", "v", {"X-Key": "v"}, b"", now=NOW, header="X-Key")
    verify("header", {"secret": "v"}, {"X-Key": "v"}, b"", now=NOW, header="X-Key")
    signed = sign("basic", {"username": "ann", "secret": "p"}, b"", now=NOW)
    verify("basic", {"username": "ann", "password": "p"}, signed, b"", now=NOW)
    for secret in ({"name": "X-Key"}, {"value": "v"}, "v", {}):
        with pytest.raises(SignatureError):
            verify("header", secret, {"X-Key": "v"}, b"", now=NOW)
    verify("gitlab", "t", {"X-Gitlab-Token": "t"}, b"", now=NOW)


def test_twilio_accepts_the_default_port_written_or_not_and_refuses_what_is_not_signed() -> None:
    url = "https://a.example/webhooks/f?x=1"
    headers = sign("twilio", "t", b"B=2&A=1&A=0", now=NOW, url=url)
    verify("twilio", "t", headers, b"A=0&A=1&B=2", now=NOW, url="https://a.example:443/webhooks/f?x=1")
    wrong: list[tuple[bytes, str | None]] = [
        (b"B=2&A=1&A=0", None), (b"B=2&A=1&A=0", "https://b.example/webhooks/f?x=1"), (b"{}", url),
        (b"B=2&A=1&A=0&junk", url), (b"\xff=1", url), (b"B=%ff", url), (b"", url), (b"A=1", "https://[::1/"),
        (b"A=1", "https://a.example:99999/"),
    ]  # fmt: skip
    for body, address in wrong:
        with pytest.raises(SignatureError):
            verify("twilio", "t", headers, body, now=NOW, url=address)


def sns_message(key: rsa.RSAPrivateKey, version: str = "2", **changes: str) -> dict[str, str]:
    message = {
        "Type": "Notification", "MessageId": "m", "TopicArn": "arn:aws:sns:eu-west-1:1:t", "Message": "hé",
        "Timestamp": "2026-01-01T00:00:00.000Z", "SignatureVersion": version,
        "SigningCertURL": "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem",
    }  # fmt: skip
    algorithm = hashes.SHA256() if version == "2" else hashes.SHA1()
    digest = key.sign(sns_string_to_sign(message).encode(), padding.PKCS1v15(), algorithm)
    return {**message, "Signature": base64.b64encode(digest).decode(), **changes}


@pytest.fixture(scope="module")
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="module")
def certificate(rsa_key: rsa.RSAPrivateKey) -> str:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sns.amazonaws.com")])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).serial_number(1)
    builder = builder.public_key(rsa_key.public_key()).not_valid_before(start)
    made = builder.not_valid_after(start + timedelta(days=9)).sign(rsa_key, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM).decode()


def test_the_text_that_sns_signs_is_the_documented_one() -> None:
    vector = next(v for v in INBOUND if v["scheme"] == "aws_sns_string_to_sign")
    assert sns_string_to_sign(vector["message"]) == vector["string_to_sign"]
    assert sns_url(vector["message"], "SubscribeURL").startswith("https://sns.us-west-2.amazonaws.com/")


@pytest.mark.parametrize("version", ["1", "2"])
def test_an_sns_message_of_the_agreed_topic_is_accepted_with_its_certificate(
    rsa_key: rsa.RSAPrivateKey, certificate: str, version: str
) -> None:
    message = sns_message(rsa_key, version)
    verify_sns(message, certificate)
    fields = {"topic_arn": message["TopicArn"]}
    verify("aws_sns", fields, {}, json.dumps(message).encode(), now=NOW, certificate=certificate)
    for secret in ({"topic_arn": "arn:aws:sns:eu-west-1:666:t"}, {}, None):
        with pytest.raises(SignatureError):
            verify("aws_sns", secret, {}, json.dumps(message).encode(), now=NOW, certificate=certificate)
    with pytest.raises(SignatureError, match="not been fetched"):
        verify("aws_sns", fields, {}, json.dumps(message).encode(), now=NOW)


@pytest.mark.parametrize(
    "changes",
    [{"Message": "other"}, {"Signature": ""}, {"Signature": "!"}, {"SignatureVersion": "3"}, {"Type": "Odd"},
     {"SignatureVersion": "1"}, {"SigningCertURL": "https://sns.eu-west-1.amazonaws.com.evil.example/a.pem"},
     {"SigningCertURL": "http://sns.eu-west-1.amazonaws.com/a.pem"},
     {"SigningCertURL": "https://sns.eu-west-1.amazonaws.com@evil.example/a.pem"},
     {"SigningCertURL": "https://sns.eu-west-1.amazonaws.com:8443/a.pem"},
     {"SigningCertURL": "https://s3.eu-west-1.amazonaws.com/a.pem"},
     {"SigningCertURL": "https://sns.eu-west-1.amazonaws.com/a.txt"}, {"SigningCertURL": "https://[::1"}],
    ids=str,
)  # fmt: skip
def test_a_forged_sns_message_is_refused(
    rsa_key: rsa.RSAPrivateKey, certificate: str, changes: Mapping[str, str]
) -> None:
    message = sns_message(rsa_key, **changes)
    fields = {"topic_arn": message["TopicArn"]}
    with pytest.raises(SignatureError):
        verify("aws_sns", fields, {}, json.dumps(message).encode(), now=NOW, certificate=certificate)


def test_an_sns_certificate_or_body_that_cannot_be_read_is_refused(rsa_key: rsa.RSAPrivateKey) -> None:
    message = sns_message(rsa_key)
    fields = {"topic_arn": message["TopicArn"]}
    for body in (b"", b"[]", b"{", json.dumps(message).encode()):
        with pytest.raises(SignatureError):
            verify("aws_sns", fields, {}, body, now=NOW, certificate="-----BEGIN CERTIFICATE-----")


def test_no_error_and_no_address_holds_a_secret() -> None:
    for vector in GENUINE:
        with pytest.raises(SignatureError) as caught:
            call(vector, body=b"changed=1", headers={k: v[::-1] for k, v in vector["headers"].items()})
        assert vector["secret"] not in str(caught.value.to_json())
        assert caught.value.status == 401


texts = st.text(max_size=40)
raw_headers = st.lists(
    st.tuples(
        st.sampled_from(sorted({name for scheme in SCHEMES.values() for name in scheme.headers})) | texts,
        texts
        | st.binary(max_size=40)
        | st.sampled_from(["v1,", "v1a,AAAA", "t=1,v1=00", "sha256=", "v0=zz", f"{NOW}", "Basic ==", "="]),
    ),
    max_size=6,
)
secrets = st.none() | texts | st.lists(texts, max_size=2) | st.dictionaries(
    st.sampled_from(["secret", "username", "password", "name", "value", "topic_arn"]), texts
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(
    scheme=st.sampled_from([name for name in SCHEMES if name != "none"]),
    secret=secrets,
    headers=raw_headers,
    body=st.binary(max_size=60),
    url=st.none() | texts,
    now=st.floats() | st.just(float(NOW)),
)
def test_nothing_but_a_refusal_comes_out_of_junk(
    scheme: str, secret: Any, headers: Any, body: bytes, url: str | None, now: float
) -> None:
    try:
        verify(scheme, secret, headers, body, now=now, url=url)
    except SignatureError as error:
        assert error.reason
    else:
        assert scheme in ("basic", "header", "gitlab_token")  # junk may happen to agree with itself


@settings(max_examples=200, deadline=None)
@given(vector=st.sampled_from(GENUINE), position=st.integers(0, 400), character=st.characters())
def test_any_other_character_in_a_signature_header_never_passes_for_another_body(
    vector: dict[str, Any], position: int, character: str
) -> None:
    headers = dict(vector["headers"])
    name = sorted(headers)[position % len(headers)]
    value = headers[name]
    headers[name] = value[: position % len(value)] + character + value[position % len(value) + 1 :]
    body = b"changed=1" if vector["scheme"] != "gitlab_token" else signed_bytes(vector)
    if headers == vector["headers"]:
        return
    with pytest.raises(SignatureError):
        call(vector, headers=headers, body=body)


def test_the_algorithm_and_encoding_are_told_from_the_signature_where_nobody_names_them() -> None:
    for algorithm in ("sha1", "sha256", "sha384", "sha512"):
        for encoding in ("hex", "base64"):
            options = {"header": "X-Signature", "algorithm": algorithm, "encoding": encoding}
            headers = sign("generic_hmac", "a secret", b"body", now=0, **options)
            verify("generic_hmac", "a secret", headers, b"body", now=0)
            with pytest.raises(SignatureError):
                verify("generic_hmac", "another", headers, b"body", now=0)
            with pytest.raises(SignatureError):
                verify("generic_hmac", "a secret", headers, b"bodY", now=0)


def test_a_text_body_stands_for_its_utf_8() -> None:
    headers = sign("github", "a secret", "Grüße 😀".encode(), now=0)
    verify("github", "a secret", headers, "Grüße 😀", now=0)
