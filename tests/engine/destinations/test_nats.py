"""Events to a real NATS server."""

import asyncio
import ipaddress
import json

import nats
import pytest

from engine.destinations.message import Message
from engine.http.egress import Egress
from engine.signatures import verify
from tests.engine.destinations.conftest import Make
from tests.engine.destinations.factories import KEYS, message, target
from tests.support.brokers import NAME, PASSWORD, USER, Broker

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)
SIGN_IN = {"username": USER, "password": PASSWORD}


async def _here(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


async def _client(broker: Broker) -> nats.NATS:
    return await nats.connect(f"nats://127.0.0.1:{broker.port}", user=USER, password=PASSWORD)


async def test_who_listens_gets_the_signed_event(nats_server: Broker, make: Make) -> None:
    client = await _client(nats_server)
    listener = await client.subscribe("audit.>")
    await client.flush()
    known = target(f"nats://127.0.0.1:{nats_server.port}/audit.{{action}}", "nats", credentials=SIGN_IN)
    made = make(Egress(LOOPBACK))
    answer = await made.send(known, [message("evt_1"), message("evt_2", "flow.run.failed")])
    assert answer.ok, answer.error
    first, second = await listener.next_msg(5), await listener.next_msg(5)
    await client.close()
    assert (first.subject, second.subject) == ("audit.flow.published", "audit.flow.run.failed")
    assert json.loads(first.data)["id"] == "evt_1"
    assert first.headers is not None
    now = float(first.headers["webhook-timestamp"])
    verify("standard_webhooks", KEYS[0].v1a_public, first.headers, first.data, now=now)
    assert first.headers["Nats-Msg-Id"] == "evt_1"
    assert first.headers["content-type"] == "application/json"


async def test_a_stream_keeps_an_event_once_however_often_it_is_sent(nats_server: Broker, make: Make) -> None:
    client = await _client(nats_server)
    stream = client.jetstream()
    await stream.add_stream(name="EVENTS", subjects=["events.>"])
    url = f"nats://127.0.0.1:{nats_server.port}/events.audit?jetstream=1"
    made = make(Egress(LOOPBACK))
    for attempt in (1, 2, 3):
        answer = await made.send(
            target(url, "nats", credentials=SIGN_IN), [message("evt_9", attempt=attempt)]
        )
        assert answer.ok, answer.error
    assert (await stream.stream_info("EVENTS")).state.messages == 1
    await client.close()


async def test_a_subject_that_no_stream_stores_is_a_failure(nats_server: Broker, make: Make) -> None:
    url = f"nats://127.0.0.1:{nats_server.port}/nobody.stores?jetstream=1"
    answer = await make(Egress(LOOPBACK)).send(target(url, "nats", credentials=SIGN_IN), [message()])
    assert (answer.kind, answer.permanent) == ("refused", False)
    assert "No stream" in str(answer.error)


@pytest.mark.parametrize("sign_in", [{}, {"username": USER, "password": "wrong"}, {"token": "x"}])
async def test_a_wrong_sign_in_is_refused(sign_in: dict[str, str], nats_server: Broker, make: Make) -> None:
    url = f"nats://127.0.0.1:{nats_server.port}/audit"
    answer = await make(Egress(LOOPBACK)).send(target(url, "nats", credentials=sign_in), [message()])
    assert (answer.kind, answer.ok) == ("refused", False)
    assert "sign-in" in str(answer.error)
    assert PASSWORD not in repr(answer)


async def test_a_subject_that_is_forbidden_is_a_failure(nats_server: Broker, make: Make) -> None:
    url = f"nats://127.0.0.1:{nats_server.port}/forbidden"
    answer = await make(Egress(LOOPBACK)).send(target(url, "nats", credentials=SIGN_IN), [message()])
    assert answer.kind == "refused"
    assert "ermissions" in str(answer.error)


async def test_an_event_that_the_server_finds_too_large_is_refused_for_good(
    nats_server: Broker, make: Make
) -> None:
    url = f"nats://127.0.0.1:{nats_server.port}/audit"
    big = Message("evt_1", "flow.published", b'{"x":"' + b"." * 70_000 + b'"}', "2026-03-03T10:15:30.000Z")
    answer = await make(Egress(LOOPBACK)).send(target(url, "nats", credentials=SIGN_IN), [big])
    assert (answer.kind, answer.permanent) == ("refused", True)


async def test_a_refused_event_leaves_the_connection_to_the_others(nats_server: Broker, make: Make) -> None:
    made = make(Egress(LOOPBACK))
    url = f"nats://127.0.0.1:{nats_server.port}/{{action}}"
    known = target(url, "nats", credentials=SIGN_IN)
    big = Message("evt_b", "flow.published", b'{"x":"' + b"." * 70_000 + b'"}', "2026-03-03T10:15:30.000Z")
    assert (await made.send(known, [message()])).ok
    (slot,) = made._brokers["nats"]._kept._slots.values()  # type: ignore[attr-defined]
    first = slot.shared
    odd = Message("evt_f", "forbidden", b"{}", "2026-03-03T10:15:30.000Z")
    sent = [[message(f"evt_{n}")] for n in range(20)]
    answers = await asyncio.gather(*(made.send(known, one) for one in [*sent[:10], [big], [odd], *sent[10:]]))
    refused = answers.pop(10), answers.pop(10)
    assert [(one.kind, one.permanent) for one in refused] == [("refused", True), ("refused", False)]
    assert all(one.ok for one in answers), [one.error for one in answers]
    assert slot.shared is first and first is not None and first.connection.client.is_connected


async def test_tls_is_checked_against_the_name(nats_server: Broker, make: Make) -> None:
    known = target(f"tls://{NAME}:{nats_server.tls_port}/audit", "nats", credentials=SIGN_IN)
    good = Egress(LOOPBACK, resolver=_here, ssl_context=nats_server.trust)
    assert (await make(good).send(known, [message()])).ok
    for egress, url in (
        (Egress(LOOPBACK, resolver=_here), known.url),
        (good, known.url.replace(NAME, "other.example")),
    ):
        answer = await make(egress).send(target(url, "nats", credentials=SIGN_IN), [message()])
        assert answer.kind == "tls", answer.error


async def test_tls_is_never_left_out(nats_server: Broker, make: Make) -> None:
    egress = Egress(LOOPBACK, resolver=_here, ssl_context=nats_server.trust)
    known = target(f"tls://{NAME}:{nats_server.port}/audit", "nats", credentials=SIGN_IN, timeout_s=3)
    assert not (await make(egress).send(known, [message()])).ok


@pytest.mark.parametrize("subject", ["", "a..b", "a.*", ">", "a b", ".a", "a%0d%0ab"])
async def test_a_subject_that_is_none_is_refused_for_good(subject: str, make: Make) -> None:
    answer = await make().send(target(f"nats://broker.example/{subject}", "nats"), [message()])
    assert (answer.kind, answer.permanent) == ("refused", True)
