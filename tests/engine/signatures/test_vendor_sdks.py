"""Vendors' own SDKs, packages of npm and PyPI, accept what we sign and refuse what we refuse.

The guide for event sources says which scheme is compared with which package. Of the other vendors there is no
SDK in either registry that verifies a request: their documents are followed in test_vendors.py.
"""

import base64
import json
import re
import shutil
import subprocess
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.x509.oid import NameOID

from engine.base import clock
from engine.signatures import SignatureError, new_secret, sign, sns_string_to_sign, verify
from tests.support import pypi
from tests.support.npm import installed

pytestmark = pytest.mark.process

SCRIPT = Path(__file__).parents[2] / "scripts" / "verify_with_sdks.mjs"
GUIDE = Path(__file__).parents[3] / "docs" / "guides" / "event-sources.md"
PACKAGES = (
    "@octokit/webhooks-methods@6.0.0", "stripe@23.1.0", "discord-interactions@4.4.0",
    "@sendgrid/eventwebhook@8.0.0", "@hubspot/api-client@14.0.1", "@paddle/paddle-node-sdk@3.10.0",
    "square@46.0.0", "twilio@6.3.1", "svix@2.5.0", "standardwebhooks@1.1.1", "jsonwebtoken@9.0.3",
    "@linear/sdk@98.0.0", "@shopify/shopify-api@13.1.0", "@slack/bolt@5.1.0",
)  # fmt: skip
OF_X_AND_AMAZON = ("twitter-autohook@1.7.2", "sns-validator@0.3.5")
OF_ZOOM = ("@zoom/rivet@0.4.0",)
OF_PYTHON = ("paypalrestsdk==1.13.3", "convoy-python==1.0.0a1", "pyopenssl==23.2.0")
"""PayPal's needs functions that later releases of pyOpenSSL do not have; Convoy's before this one left the
time out of what is signed, which Convoy itself does not."""
BY_SECRET = (
    "github", "stripe", "hubspot_v3", "paddle", "square", "twilio", "svix", "standard_webhooks", "monday",
    "linear", "shopify", "slack",
)  # fmt: skip
BY_KEY = ("discord", "sendgrid")
TIMED = {"stripe", "hubspot_v3", "paddle", "svix", "standard_webhooks", "monday", "linear", "slack"}
"""Those whose SDK looks at the time; Discord's and SendGrid's leave that to their users."""
URL = "https://switchyard.example/webhooks/flow_1?a=b"
BODY = '{"event_id": "e-1", "event_type": "transaction.paid", "text": "Grüße", "data": {"items": []}}'
NOW = clock.now()
SHOP = {
    "X-Shopify-Topic": "orders/create", "X-Shopify-Shop-Domain": "a.myshopify.com",
    "X-Shopify-API-Version": "2026-10", "X-Shopify-Webhook-Id": "1",
}  # fmt: skip
"""Which Shopify's SDK wants beside the signature."""
FORM = "From=%2B15550100&Body=hello"

ED25519 = ed25519.Ed25519PrivateKey.from_private_bytes(b"1" * 32)
EC = ec.derive_private_key(7**60, ec.SECP256R1())


class Sent(NamedTuple):
    """A request as its vendor would send it."""

    scheme: str
    secret: str
    headers: Mapping[str, str]
    body: str
    certificate: str = ""

    def ours(self) -> bool:
        options: dict[str, Any] = {"certificate": self.certificate} if self.certificate else {}
        try:
            verify(self.scheme, self.secret, self.headers, self.body, now=NOW, url=URL, **options)
        except SignatureError:
            return False
        return True

    def to_json(self) -> dict[str, Any]:
        headers = {name.lower(): value for name, value in self.headers.items()}
        return {"sdk": self.scheme, "secret": self.secret, "headers": headers, "body": self.body,
                "url": URL, "method": "POST", "certificate": self.certificate}  # fmt: skip


def sent(scheme: str, now: float) -> Sent:
    body = FORM if scheme == "twilio" else BODY
    if scheme in (*BY_SECRET, "x"):
        secret = new_secret()
        if scheme == "linear":
            body = json.dumps({"action": "create", "webhookTimestamp": int(now * 1000)})
        return Sent(scheme, secret, SHOP | sign(scheme, secret, body.encode(), now=now, url=URL), body)
    content = f"{int(now)}{body}".encode()
    if scheme == "discord":
        headers = {"X-Signature-Timestamp": str(int(now)), "X-Signature-Ed25519": ED25519.sign(content).hex()}
        return Sent(scheme, ED25519.public_key().public_bytes_raw().hex(), headers, body)
    signature = base64.b64encode(EC.sign(content, ec.ECDSA(hashes.SHA256()))).decode()
    prefix = "X-Twilio-Email-Event-Webhook"
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    key = base64.b64encode(EC.public_key().public_bytes(serialization.Encoding.DER, form)).decode()
    return Sent(scheme, key, {f"{prefix}-Signature": signature, f"{prefix}-Timestamp": str(int(now))}, body)


def theirs(requests: list[Sent], packages: tuple[str, ...] = PACKAGES) -> list[bool]:
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node.js is not installed")
    asked = json.dumps([request.to_json() for request in requests])
    done = subprocess.run(
        [node, str(SCRIPT), str(installed(*packages)), str(int(NOW * 1000))],
        input=asked, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    found: list[bool] = json.loads(done.stdout)
    return found


def test_the_sdk_of_each_vendor_judges_as_we_do() -> None:
    schemes = (*BY_SECRET, *BY_KEY)
    genuine = [sent(scheme, NOW) for scheme in schemes]
    altered = [one._replace(body=one.body.replace("e", "é", 1)) for one in genuine if one.scheme != "monday"]
    altered += [
        one._replace(headers={name: value[::-1] for name, value in one.headers.items()}) for one in genuine
    ]
    missing = [one._replace(headers={}) for one in genuine]
    another = [one._replace(secret=sent(one.scheme, 0).secret) for one in genuine if one.scheme in BY_SECRET]
    old = [sent(scheme, NOW - 4_000) for scheme in TIMED]

    verdicts = {one.scheme: verdict for one, verdict in zip(genuine, theirs(genuine), strict=True)}
    assert verdicts == dict.fromkeys(schemes, True)
    assert [one.scheme for one in genuine if not one.ours()] == []
    for refused in (altered, missing, another, old):
        assert [one.scheme for one, verdict in zip(refused, theirs(refused), strict=True) if verdict] == []
        assert [one.scheme for one in refused if one.ours()] == []


def test_the_guide_names_the_package_that_each_scheme_is_compared_with() -> None:
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]*) \|$", GUIDE.read_text("utf-8"), re.MULTILINE)
    named = {scheme: re.findall(r"`([^`]+)`", cell) for scheme, cell in rows}
    compared = {package.rpartition("@")[0] for package in (*PACKAGES, *OF_X_AND_AMAZON, *OF_ZOOM)}
    compared |= {package.partition("==")[0] for package in OF_PYTHON} - {"pyopenssl"}
    assert {package for packages in named.values() for package in packages} == compared
    schemes = {*BY_SECRET, *BY_KEY, "x", "aws_sns", "zoom", "paypal", "convoy_advanced"}
    assert {scheme for scheme, packages in named.items() if packages} == schemes


def test_the_sdk_of_zoom_judges_as_we_do() -> None:
    secret, body = new_secret(), '{"event":"meeting.started","payload":{"object":{"topic":"Größe"}}}'
    genuine = Sent("zoom", secret, sign("zoom", secret, body.encode(), now=NOW), body)
    refused = [
        genuine._replace(body=body.replace("started", "ended")),
        genuine._replace(headers={name: value[::-1] for name, value in genuine.headers.items()}),
        genuine._replace(headers={}),
        genuine._replace(secret=new_secret()),
    ]
    assert theirs([genuine, *refused], OF_ZOOM) == [True, False, False, False, False]
    assert [one.ours() for one in (genuine, *refused)] == [True, False, False, False, False]


def theirs_in_python(requests: list[Sent]) -> list[bool]:
    python = pypi.installed(*OF_PYTHON) / "python"
    asked = json.dumps([request.to_json() for request in requests])
    done = subprocess.run(
        [python, SCRIPT.with_suffix(".py"), str(NOW)],
        input=asked, capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    found: list[bool] = json.loads(done.stdout)
    return found


def test_the_sdk_of_convoy_judges_as_we_do() -> None:
    secret = new_secret()

    def signed(now: float) -> Sent:
        headers = sign("convoy_advanced", secret, BODY.encode(), now=now)
        return Sent("convoy_advanced", secret, headers, BODY)

    genuine = signed(NOW)
    ((name, value),) = genuine.headers.items()
    two = genuine._replace(headers={name: value.replace(",v1=", f",v1={'0' * 64},v1=")})
    refused = [
        genuine._replace(body=BODY.replace("e", "é", 1)),
        genuine._replace(headers={name: value[:-1] + ("0" if value[-1] != "0" else "1")}),
        genuine._replace(headers={}),
        genuine._replace(secret=new_secret()),
        signed(NOW - 4_000),
    ]
    assert theirs_in_python([genuine, two, *refused]) == [True, True] + [False] * len(refused)
    assert [one.ours() for one in (genuine, two, *refused)] == [True, True] + [False] * len(refused)


def test_the_sdk_of_x_judges_as_we_do() -> None:
    genuine = sent("x", NOW)
    refused = [
        genuine._replace(body=genuine.body.replace("e", "é", 1)),
        genuine._replace(headers={name: value[::-1] for name, value in genuine.headers.items()}),
        genuine._replace(headers={}),
        genuine._replace(secret=new_secret()),
    ]
    assert theirs([genuine, *refused], OF_X_AND_AMAZON) == [True, False, False, False, False]
    assert [one.ours() for one in (genuine, *refused)] == [True, False, False, False, False]


RSA_KEY, ANOTHER_KEY = (rsa.generate_private_key(65537, 2048) for _ in range(2))
TOPIC = "arn:aws:sns:eu-central-1:123456789012:alerts"
CERTIFICATE = "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-1.pem"


def certificate_of(key: rsa.RSAPrivateKey, host: str = "sns.amazonaws.com") -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    start = datetime.fromtimestamp(NOW - 3_600, UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, start, start + timedelta(days=2))
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def from_amazon(version: str = "1", key: rsa.RSAPrivateKey = RSA_KEY, **more: str | None) -> Sent:
    fields = {
        "Type": "Notification", "MessageId": "165545c9-2a5c", "TopicArn": TOPIC, "Subject": "Größe",
        "Message": "disk full\non db-1", "Timestamp": "2026-11-30T12:00:00.000Z",
        "SignatureVersion": version, "SigningCertURL": CERTIFICATE, **more,
    }  # fmt: skip
    message = {name: value for name, value in fields.items() if value is not None}
    algorithm = {"1": hashes.SHA1, "2": hashes.SHA256}[version]()
    signature = key.sign(sns_string_to_sign(message).encode(), PKCS1v15(), algorithm)
    message["Signature"] = base64.b64encode(signature).decode()
    return Sent("aws_sns", TOPIC, {}, json.dumps(message), certificate_of(RSA_KEY))


def test_the_validator_of_amazon_judges_as_we_do() -> None:
    confirming = {"Type": "SubscriptionConfirmation", "Token": "abc", "Subject": None,
                  "SubscribeURL": "https://sns.eu-central-1.amazonaws.com/?Action=Confirm"}  # fmt: skip
    genuine = [from_amazon(), from_amazon("2"), from_amazon(Subject=None), from_amazon("2", **confirming)]
    first = json.loads(genuine[0].body)
    unsigned = {name: value for name, value in first.items() if name != "Signature"}
    refused = [
        *(genuine[0]._replace(body=json.dumps({**first, **change}))
          for change in ({"Message": "x"}, {"Signature": first["Signature"][::-1]}, {"SignatureVersion": "2"},
                         {"SignatureVersion": "3"}, {"SigningCertURL": "https://evil.example/a.pem"})),
        genuine[0]._replace(body=json.dumps(unsigned)),
        from_amazon(key=ANOTHER_KEY),
        from_amazon(SigningCertURL="https://sns.eu-central-1.amazonaws.com.evil.example/a.pem"),
        from_amazon(SigningCertURL="http://sns.eu-central-1.amazonaws.com/a.pem"),
    ]  # fmt: skip
    assert theirs([*genuine, *refused], OF_X_AND_AMAZON) == [True] * len(genuine) + [False] * len(refused)
    assert [one.ours() for one in (*genuine, *refused)] == [True] * len(genuine) + [False] * len(refused)


def from_paypal(body: str = BODY, key: rsa.RSAPrivateKey = RSA_KEY, webhook_id: str = "WH-1") -> Sent:
    moment = datetime.fromtimestamp(int(NOW), UTC).isoformat().replace("+00:00", "Z")
    content = f"t-1|{moment}|{webhook_id}|{zlib.crc32(body.encode())}".encode()
    headers = {
        "PayPal-Transmission-Id": "t-1", "PayPal-Transmission-Time": moment,
        "PayPal-Auth-Algo": "SHA256withRSA", "PayPal-Cert-Url": "https://api.paypal.com/v1/notifications/certs/1",
        "PayPal-Transmission-Sig": base64.b64encode(key.sign(content, PKCS1v15(), hashes.SHA256())).decode(),
    }  # fmt: skip
    certificate = certificate_of(RSA_KEY, "messageverificationcerts.paypal.com")
    return Sent("paypal", "WH-1", headers, body, certificate)


def test_the_sdk_of_paypal_judges_as_we_do() -> None:
    genuine = from_paypal()
    headers = dict(genuine.headers)
    refused = [
        genuine._replace(body=BODY.replace("e", "é", 1)),
        *(genuine._replace(headers={**headers, name: headers[name][::-1]})
          for name in ("PayPal-Transmission-Id", "PayPal-Transmission-Sig", "PayPal-Auth-Algo")),
        genuine._replace(headers={k: v for k, v in headers.items() if k != "PayPal-Transmission-Sig"}),
        genuine._replace(headers={}),
        genuine._replace(secret="WH-2"),
        from_paypal(webhook_id="WH-2"),
        from_paypal(key=ANOTHER_KEY),
    ]  # fmt: skip
    assert theirs_in_python([genuine, *refused]) == [True] + [False] * len(refused)
    assert [one.ours() for one in (genuine, *refused)] == [True] + [False] * len(refused)
