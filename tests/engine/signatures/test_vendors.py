"""Verification by other means than one HMAC in one header: private keys, tokens, lists, body and address.

What vendors publish of their algorithms is followed with other means than ours: here by hand, in
test_vendor_sdks.py by their own SDKs.
"""

import base64
import hashlib
import hmac
import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

from engine.signatures import SignatureError, certificate_url, option_problems, secret_problem, sign, verify

NOW = 1_760_000_000
ISO = "2025-10-09T08:53:20Z"
NANOSECONDS = "2025-10-09T08:53:20.123456789Z"
URL = "https://switchyard.example/webhooks/flow_1?code=0123456789abcdef&x=a%3Ab"
BODY = b'{"id": "evt_1", "text": "Gr\xc3\xbc\xc3\x9fe"}'
LINEAR = b'{"id": "evt_1", "webhookTimestamp": %d500}' % NOW

ED25519 = ed25519.Ed25519PrivateKey.from_private_bytes(b"1" * 32)
EC = ec.derive_private_key(7**60, ec.SECP256R1())
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def mac(key: str, content: bytes, encoding: str = "hex") -> str:
    digest = hmac.new(key.encode(), content, hashlib.sha256).digest()
    return digest.hex() if encoding == "hex" else base64.b64encode(digest).decode()


def pem(key: Any) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()


def der(key: Any) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return base64.b64encode(key.public_key().public_bytes(serialization.Encoding.DER, form)).decode()


def certificate(key: rsa.RSAPrivateKey) -> str:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "messageverificationcerts.paypal.com")])
    start = datetime.fromtimestamp(NOW, UTC) - timedelta(days=1)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).serial_number(1)
    builder = builder.public_key(key.public_key()).not_valid_before(start)
    made = builder.not_valid_after(start + timedelta(days=9)).sign(key, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM).decode()


def b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(claims: Any, key: Any = "k" * 32, alg: str = "HS256", **head: Any) -> str:
    content = ".".join(b64url(json.dumps(part).encode()) for part in ({"alg": alg, **head}, claims))
    if alg.startswith("HS"):
        signature = hmac.new(key.encode(), content.encode(), f"sha{alg[2:]}").digest()
    elif alg.startswith("ES"):
        numbers = utils.decode_dss_signature(key.sign(content.encode(), ec.ECDSA(hashes.SHA256())))
        signature = b"".join(number.to_bytes(32, "big") for number in numbers)
    elif alg == "RS256":
        signature = key.sign(content.encode(), padding.PKCS1v15(), hashes.SHA256())
    else:
        signature = key.sign(content.encode()) if alg == "EdDSA" else b""
    return f"{content}.{b64url(signature)}"


@dataclass(frozen=True)
class Case:
    """A genuine request of a vendor, and what of it must not be missing."""

    name: str
    scheme: str
    secret: Any
    headers: dict[str, str]
    body: bytes = BODY
    options: dict[str, Any] = field(default_factory=dict)
    timed: bool = True
    covered: bool = True
    """Whether the signature covers the body."""

    def verify(self, now: float = NOW, **changes: Any) -> None:
        asked = {"secret": self.secret, "headers": self.headers, "body": self.body, **changes}
        verify(self.scheme, now=now, **{"url": URL, **self.options, **asked})


def mailgun() -> bytes:
    signature = mac("key", f"{NOW}tok".encode())
    made = {"signature": {"timestamp": str(NOW), "token": "tok", "signature": signature}, "event-data": {}}
    return json.dumps(made).encode()


PAYPAL = {
    "PayPal-Transmission-Id": "t-1", "PayPal-Transmission-Time": ISO, "PayPal-Auth-Algo": "SHA256withRSA",
    "PayPal-Cert-Url": "https://api.paypal.com/v1/notifications/certs/CERT-1",
    "PayPal-Transmission-Sig": base64.b64encode(
        RSA.sign(f"t-1|{ISO}|WH-1|{zlib.crc32(BODY)}".encode(), padding.PKCS1v15(), hashes.SHA256())
    ).decode(),
}  # fmt: skip
HUBSPOT = f"POST{URL.replace('%3A', ':')}".encode() + BODY + f"{NOW}123".encode()
CASES = [
    Case("Twitch", "twitch", "s3cRe7-s3cRe7", {
        "Twitch-Eventsub-Message-Id": "m-1", "Twitch-Eventsub-Message-Timestamp": NANOSECONDS,
        "Twitch-Eventsub-Message-Signature":
            "sha256=" + mac("s3cRe7-s3cRe7", f"m-1{NANOSECONDS}".encode() + BODY)}),
    Case("Discord", "discord", ED25519.public_key().public_bytes_raw().hex(), {
        "X-Signature-Timestamp": str(NOW),
        "X-Signature-Ed25519": ED25519.sign(f"{NOW}".encode() + BODY).hex()}),
    Case("SendGrid", "sendgrid", der(EC), {
        "X-Twilio-Email-Event-Webhook-Timestamp": str(NOW),
        "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(
            EC.sign(f"{NOW}".encode() + BODY, ec.ECDSA(hashes.SHA256()))).decode()}),
    Case("PayPal", "paypal", "WH-1", PAYPAL, options={"certificate": certificate(RSA)}),
    Case("Mailgun", "mailgun", "key", {}, mailgun(), covered=False),
    Case("HubSpot", "hubspot_v3", "secret", {
        "X-HubSpot-Request-Timestamp": f"{NOW}123",
        "X-HubSpot-Signature-v3": mac("secret", HUBSPOT, "base64")}),
    Case("Zendesk", "zendesk", "secret", {
        "X-Zendesk-Webhook-Signature-Timestamp": ISO,
        "X-Zendesk-Webhook-Signature": mac("secret", ISO.encode() + BODY, "base64")}),
    Case("Calendly", "calendly", "key", {
        "Calendly-Webhook-Signature": f"t={NOW},v1=" + mac("key", f"{NOW}.".encode() + BODY)}),
    Case("Linear", "linear", "secret", {"Linear-Signature": mac("secret", LINEAR)}, LINEAR),
    Case("Paddle", "paddle", "pdl_key", {
        "Paddle-Signature": f"ts={NOW};h1=" + mac("pdl_key", f"{NOW}:".encode() + BODY)}),
    Case("Square", "square", "key", {
        "x-square-hmacsha256-signature": mac("key", URL.encode() + BODY, "base64")}, timed=False),
    Case("Okta", "okta", "a-secret-of-ours", {"Authorization": "a-secret-of-ours"}, timed=False,
         covered=False),
    Case("Event Grid", "event_grid", "0123456789abcdef", {}, timed=False, covered=False),
    Case("monday.com", "monday", "k" * 32, {"Authorization": token({"exp": NOW + 60, "accountId": 1})},
         covered=False),
    Case("list", "generic_hmac", "k",
         {"X-Sig": f"t={NOW},v0=00,v1=00,v1=" + mac("k", f"{NOW}.".encode() + BODY)},
         options={"header": "X-Sig", "signed": "{timestamp}.{body}", "signature_key": "v1",
                  "timestamp_key": "t"}),
    Case("list without names of its entries", "generic_hmac", "k",
         {"X-Sig": f"ts={NOW}; sig=" + mac("k", f"{NOW}.".encode() + BODY)},
         options={"header": "X-Sig", "signed": "{timestamp}.{body}"}),
    Case("milliseconds", "generic_hmac", "k",
         {"X-Sig": mac("k", f"{NOW}500".encode() + BODY), "X-Time": f"{NOW}500"},
         options={"header": "X-Sig", "signed": "{timestamp}{body}", "timestamp_header": "X-Time"}),
    Case("ISO 8601 with the id", "generic_hmac", "k",
         {"X-Sig": mac("k", f"i-1.{ISO}.".encode() + BODY), "X-Time": ISO, "X-Id": "i-1"},
         options={"header": "X-Sig", "signed": "{id}.{timestamp}.{body}", "timestamp_header": "X-Time",
                  "id_header": "X-Id"}),
    Case("signature in the address", "generic_hmac", "k", {},
         options={"url": "https://a.example/w?sig=" + mac("k", BODY), "signature_from": "query.sig"},
         timed=False),
    Case("ECDSA as two numbers", "generic_key", pem(EC), {"X-Sig": base64.b64encode(b"".join(
        number.to_bytes(32, "big")
        for number in utils.decode_dss_signature(EC.sign(BODY, ec.ECDSA(hashes.SHA256()))))).decode()},
         options={"header": "X-Sig"}, timed=False),
    Case("RSA", "generic_key", pem(RSA), {
        "X-Sig": base64.b64encode(RSA.sign(BODY, padding.PKCS1v15(), hashes.SHA512())).decode()},
         options={"header": "X-Sig", "algorithm": "sha512"}, timed=False),
    Case("RSA-PSS, by a certificate", "generic_key", certificate(RSA), {
        "X-Sig": RSA.sign(BODY, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256()).hex()},
         options={"header": "X-Sig", "padding": "pss"}, timed=False),
    Case("ed25519", "generic_key", {"public_key": der(ED25519)}, {"X-Sig": ED25519.sign(BODY).hex()},
         options={"header": "X-Sig"}, timed=False),
    Case("token by ECDSA", "jwt", pem(EC),
         {"Authorization": "Bearer " + token({"exp": NOW + 60}, EC, "ES256")}, covered=False),
    Case("token by RSA, of the body", "jwt", {"public_key": pem(RSA)}, {
        "X-Token": token({"exp": NOW + 60, "iss": "bank", "aud": ["us", "others"],
                          "hash": hashlib.sha256(BODY).hexdigest()}, RSA, "RS256")},
         options={"header": "X-Token", "issuer": "bank", "audience": "us", "body_hash_claim": "hash"}),
    Case("token by ed25519", "jwt", pem(ED25519),
         {"Authorization": token({"exp": NOW + 60}, ED25519, "EdDSA")}, covered=False),
    Case("secret in the body", "body_secret", "0123456789abcdef", {},
         b'{"auth": {"token": "0123456789abcdef"}}', {"body_field": "auth.token"}, timed=False,
         covered=False),
    Case("secret in a form", "body_secret", "0123456789abcdef", {}, b"a=1&token=0123456789abcdef",
         timed=False, covered=False),
    Case("secret in the address", "query_secret", "0123456789abcdef", {}, timed=False,
         covered=False),
]  # fmt: skip


@pytest.fixture(params=CASES, ids=lambda case: case.name)
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


def test_a_genuine_request_is_accepted(case: Case) -> None:
    case.verify()
    assert (
        secret_problem(case.scheme, case.secret, {k: v for k, v in case.options.items() if k != "url"})
        is None
    )


def test_an_altered_one_is_refused(case: Case) -> None:
    if case.covered:
        for body in (case.body + b" ", b"", case.body.replace(b"evt_1", b"evt_2")):
            with pytest.raises(SignatureError):
                case.verify(body=body)
    for name, value in case.headers.items():
        if name == "PayPal-Cert-Url":  # where the certificate is: another one would not fit
            continue
        for wrong in (value[:-8], value.swapcase() + "x", ""):
            with pytest.raises(SignatureError):
                case.verify(headers={**case.headers, name: wrong})


def test_one_without_its_proof_is_refused(case: Case) -> None:
    changes: dict[str, Any] = (
        {"headers": {}} if case.headers else {"body": b"{}", "url": "https://a.example/"}
    )
    with pytest.raises(SignatureError):
        case.verify(**changes)


def test_an_old_one_and_one_of_the_future_are_refused(case: Case) -> None:
    if not case.timed:
        return
    with pytest.raises(SignatureError, match=r"too old|not valid"):
        case.verify(now=NOW + 400)
    if case.scheme not in ("jwt", "monday"):
        with pytest.raises(SignatureError, match=r"too new|not valid"):
            case.verify(now=NOW - 400)


OTHERS: dict[str, Callable[[Any], Any]] = {
    "a public key": lambda secret: pem(ed25519.Ed25519PrivateKey.generate()),
    "text": lambda secret: "another secret, long enough",
    "nothing": lambda secret: "",
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_another_secret_does_not_do(case: Case, other: Callable[[Any], Any]) -> None:
    with pytest.raises(SignatureError):
        case.verify(secret=other(case.secret))


def test_a_secret_may_be_one_of_two_while_it_is_replaced(case: Case) -> None:
    if isinstance(case.secret, str):
        replace(case, secret=[case.secret, case.secret]).verify()


# -- tokens ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        (token({"exp": NOW + 60}, alg="none"), "not signed"),
        (token({"exp": NOW + 60}, pem(RSA)), "not signed"),  # HMAC with the public key as its secret
        (token({}), "no `exp`"),
        (token({"exp": "soon"}), "not a time"),
        (token({"exp": NOW + 60, "nbf": NOW + 60}), "too new"),
        (token({"exp": NOW + 60}, crit=["b64"]), "extensions"),
        (token([]), "cannot be read"),
        ("a.b", "three parts"),
        ("..", "cannot be read"),
    ],
    ids=lambda value: "" if "." in value else value,
)
def test_a_token_that_proves_nothing_is_refused(sent: str, says: str) -> None:
    with pytest.raises(SignatureError, match=says):
        verify("jwt", ["k" * 32, pem(RSA)], {"Authorization": f"Bearer {sent}"}, b"", now=NOW)


@pytest.mark.parametrize("options", [{"issuer": "us"}, {"audience": "them"}, {"body_hash_claim": "hash"}])
def test_a_token_that_is_not_for_us_is_refused(options: dict[str, str]) -> None:
    headers = {"Authorization": token({"exp": NOW + 60, "iss": "x", "aud": "us", "hash": "00"})}
    with pytest.raises(SignatureError):
        verify("jwt", "k" * 32, headers, b"", now=NOW, **options)


# -- keys that cannot be used ------------------------------------------------------------------------------

PRIVATE = RSA.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()


@pytest.mark.parametrize(
    ("scheme", "secret", "options", "says"),
    [
        ("discord", "abc", {}, "not an ed25519"),
        ("sendgrid", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", {}, "not an ed25519"),
        ("generic_key", PRIVATE, {}, "private key"),
        ("generic_hmac", "not hex", {"key_encoding": "hex"}, "not hex"),
        ("jwt", "-----BEGIN PUBLIC KEY-----", {}, "not an ed25519"),
        ("standard_webhooks", "whsec_AAAA", {}, "at least"),
        ("github", {}, {}, "No secret"),
    ],
)
def test_a_secret_that_can_never_verify_is_named(scheme: str, secret: Any, options: Any, says: str) -> None:
    problem = secret_problem(scheme, secret, options)
    assert problem is not None and says in problem


def test_only_paypal_says_where_its_certificate_is() -> None:
    asked: dict[str, Any] = {"secret": "WH-1", "body": BODY, "now": NOW}
    assert certificate_url("paypal", headers=PAYPAL, **asked) == PAYPAL["PayPal-Cert-Url"]
    assert certificate_url("github", headers={}, **asked) is None
    for url in (
        "http://api.paypal.com/c", "https://api.paypal.com.evil.example/c", "https://evil.example/api.paypal.com",
        "https://u@api.paypal.com/c", "https://api.paypal.com:8443/c", "https://[::1", "",
    ):  # fmt: skip
        with pytest.raises(SignatureError):
            certificate_url("paypal", headers={**PAYPAL, "PayPal-Cert-Url": url}, **asked)
    with pytest.raises(SignatureError, match="not been fetched"):
        verify("paypal", "WH-1", PAYPAL, BODY, now=NOW)
    with pytest.raises(SignatureError, match="not valid now"):
        verify(
            "paypal", "WH-1", PAYPAL, BODY, now=NOW + 9 * 86_400, certificate=certificate(RSA), tolerance=1e9
        )


@pytest.mark.parametrize("scheme", ["discord", "mailgun", "paypal", "aws_sns", "generic_key"])
def test_what_only_the_vendor_can_sign_is_not_signed_here(scheme: str) -> None:
    options = {"header": "X-Sig"} if scheme == "generic_key" else {}
    with pytest.raises(SignatureError):
        sign(scheme, "secret", b"", now=NOW, **options)


@pytest.mark.parametrize("name", ["signature_from", "timestamp_from", "id_from"])
def test_a_place_is_in_a_header_the_query_or_the_body(name: str) -> None:
    assert [found for found, _ in option_problems("generic_hmac", {name: "cookie.x"})] == [name]
