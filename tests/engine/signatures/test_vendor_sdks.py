"""Vendors' own SDKs, packages of npm, accept what we sign and refuse what we refuse."""

import base64
import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from engine.base import clock
from engine.signatures import SignatureError, new_secret, sign, verify
from tests.support.npm import installed

pytestmark = pytest.mark.process

SCRIPT = Path(__file__).parents[2] / "scripts" / "verify_with_sdks.mjs"
PACKAGES = (
    "@octokit/webhooks-methods@6.0.0", "stripe@23.1.0", "discord-interactions@4.4.0",
    "@sendgrid/eventwebhook@8.0.0", "@hubspot/api-client@14.0.1", "@paddle/paddle-node-sdk@3.10.0",
    "square@46.0.0", "twilio@6.3.1", "svix@2.5.0", "standardwebhooks@1.1.1", "jsonwebtoken@9.0.3",
    "@linear/sdk@98.0.0", "@shopify/shopify-api@13.1.0", "@slack/bolt@5.1.0",
)  # fmt: skip
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

    def ours(self) -> bool:
        try:
            verify(self.scheme, self.secret, self.headers, self.body, now=NOW, url=URL)
        except SignatureError:
            return False
        return True

    def to_json(self) -> dict[str, Any]:
        headers = {name.lower(): value for name, value in self.headers.items()}
        return {"sdk": self.scheme, "secret": self.secret, "headers": headers, "body": self.body,
                "url": URL, "method": "POST"}  # fmt: skip


def sent(scheme: str, now: float) -> Sent:
    body = FORM if scheme == "twilio" else BODY
    if scheme in BY_SECRET:
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


def theirs(requests: list[Sent]) -> list[bool]:
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node.js is not installed")
    asked = json.dumps([request.to_json() for request in requests])
    done = subprocess.run(
        [node, str(SCRIPT), str(installed(*PACKAGES)), str(int(NOW * 1000))],
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
