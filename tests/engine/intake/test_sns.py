"""Messages of Amazon SNS at the intake: signed with a key whose certificate a stub on the loopback gives."""

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.x509.oid import NameOID

from engine.base import clock
from engine.base.errors import Unavailable
from engine.signatures import sns_string_to_sign
from engine.signatures.sns_certificates import Certificates
from tests.engine.factories import Harness, compose, flow, webhook

TOPIC = "arn:aws:sns:eu-central-1:123456789012:alerts"
URL = "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-1.pem"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def certificate(key: rsa.RSAPrivateKey) -> bytes:
    """One that a CA of our own has signed."""
    ca = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    now = datetime.now(UTC)
    built = x509.CertificateBuilder(
        issuer_name=x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Our CA")]),
        subject_name=name,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now - timedelta(days=1),
        not_valid_after=now + timedelta(days=1),
    ).sign(ca, hashes.SHA256())
    return built.public_bytes(serialization.Encoding.PEM)


PEM = certificate(KEY)


def message(key: rsa.RSAPrivateKey = KEY, **changes: Any) -> dict[str, Any]:
    made = {
        "Type": "Notification",
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": TOPIC,
        "Message": "The disk is full",
        "Timestamp": "2026-03-03T10:15:30.000Z",
        "SignatureVersion": "2",
        "SigningCertURL": URL,
        **changes,
    }
    signed = key.sign(sns_string_to_sign(made).encode(), PKCS1v15(), hashes.SHA256())
    return {**made, "Signature": base64.b64encode(signed).decode()}


@dataclass
class Amazon:
    """Gives the certificate, and counts."""

    port: int = 0
    status: int = 200
    content: bytes = PEM
    asked: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.asked.append(head.split(" ")[1])
        start = (
            f"HTTP/1.1 {self.status} X\r\ncontent-length: {len(self.content)}\r\nconnection: close\r\n\r\n"
        )
        writer.write(start.encode() + self.content)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async def fetch(self, url: str) -> bytes:
        """What the instance uses instead of the way to Amazon."""
        here = httpx.URL(url).copy_with(scheme="http", host="127.0.0.1", port=self.port)
        async with httpx.AsyncClient(trust_env=False) as http:
            return (await http.get(here)).raise_for_status().content


@pytest.fixture
async def amazon() -> AsyncIterator[Amazon]:
    made = Amazon()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    async with server:
        yield made


@pytest.fixture
async def alerts(place: Harness, amazon: Amazon) -> str:
    """The id of a flow that takes the topic's messages."""
    place.sy.intake._certificates = Certificates(amazon.fetch)
    await place.sy.connections.create(place.actor, "topic", "webhook", {"topic_arn": TOPIC})
    verify = {"scheme": "aws_sns", "connection": "topic"}
    return await place.publish(flow(a=compose(1), triggers=[webhook(verify)]))


async def send(place: Harness, flow_id: str, body: Any) -> httpx.Response:
    return await place.post(flow_id, body, headers={"x-amz-sns-message-type": "Notification"})


async def test_a_message_of_the_topic_starts_a_run_and_its_certificate_is_fetched_once(
    place: Harness, amazon: Amazon, alerts: str
) -> None:
    first = await send(place, alerts, message())
    assert first.status_code == 202
    again = await send(place, alerts, message())
    assert again.json() == {"run_id": first.json()["run_id"], "duplicate": True}
    assert (await send(place, alerts, message(MessageId="another"))).status_code == 202
    assert amazon.asked == ["/SimpleNotificationService-1.pem"]


@pytest.mark.parametrize(
    ("body", "fetched"),
    [
        (message(OTHER), 1),
        ({**message(), "Message": "All is well"}, 1),
        (message(TopicArn=TOPIC + "-2"), 0),
        (message(SigningCertURL="https://sns.eu-central-1.amazonaws.com.evil.example/x.pem"), 0),
        (message(SigningCertURL="http://sns.eu-central-1.amazonaws.com/x.pem"), 0),
        (message(SigningCertURL="https://sns.eu-central-1.amazonaws.com/x.txt"), 0),
        ({**message(), "SigningCertURL": None}, 0),
        ([], 0),
        ("Notification", 0),
    ],
)
async def test_any_other_message_is_refused_and_only_amazon_is_asked(
    place: Harness, amazon: Amazon, alerts: str, body: Any, fetched: int
) -> None:
    assert (await send(place, alerts, body)).status_code == 401
    assert (len(amazon.asked), (await place.rows())["runs"]) == (fetched, 0)


@pytest.mark.parametrize(("status", "content"), [(500, b""), (404, b""), (200, b"<html>"), (302, PEM)])
async def test_without_the_certificate_the_message_is_to_come_again(
    place: Harness, amazon: Amazon, alerts: str, status: int, content: bytes
) -> None:
    amazon.status, amazon.content = status, content
    answer = await send(place, alerts, message())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "20")
    amazon.status, amazon.content = 200, PEM
    assert (await send(place, alerts, message())).status_code == 202


async def test_a_certificate_is_kept_for_a_day(amazon: Amazon, monkeypatch: pytest.MonkeyPatch) -> None:
    known = Certificates(amazon.fetch)
    now = clock.now()
    for hours in (0, 23, 25):
        monkeypatch.setattr(clock, "now", lambda hours=hours: now + hours * 3600)
        assert await known.get(URL) == PEM
    assert len(amazon.asked) == 2
    amazon.status = 500
    with pytest.raises(Unavailable):
        await known.get(URL + "?other")
