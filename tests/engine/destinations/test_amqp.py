"""Events to a real RabbitMQ."""

import asyncio
import ipaddress
import json

import aiormq
import pytest

from engine.http.egress import Egress
from engine.signatures import verify
from tests.engine.destinations.conftest import Make
from tests.engine.destinations.factories import KEYS, message, target
from tests.support.brokers import NAME, Broker

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)


async def _here(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


def _url(broker: Broker, rest: str) -> str:
    return f"amqp://127.0.0.1:{broker.port}/%2F?{rest}"


async def test_the_queue_that_is_bound_gets_the_signed_event(rabbit_server: Broker, make: Make) -> None:
    connection = await aiormq.connect(f"amqp://guest:guest@127.0.0.1:{rabbit_server.port}/")
    channel = await connection.channel()
    await channel.exchange_declare("audit", exchange_type="topic")
    await channel.queue_declare("audit-queue")
    await channel.queue_bind("audit-queue", "audit", "sy.flow.#")
    known = target(_url(rabbit_server, "exchange=audit&routing_key=sy.{action}"), "amqp")
    made = make(Egress(LOOPBACK))
    answer = await made.send(known, [message("evt_1"), message("evt_2", "flow.run.failed")])
    assert answer.ok, answer.error
    first, second = await channel.basic_get("audit-queue"), await channel.basic_get("audit-queue")
    await connection.close()
    properties = first.header.properties
    assert json.loads(first.body)["id"] == "evt_1"
    assert (properties.message_id, properties.message_type, properties.delivery_mode) == (
        "evt_1",
        "flow.published",
        2,
    )
    assert properties.content_type == "application/json"
    assert second.routing_key == "sy.flow.run.failed"
    now = float(properties.headers["webhook-timestamp"])
    verify("standard_webhooks", KEYS[0].v1, properties.headers, first.body, now=now)


async def test_an_event_that_no_queue_takes_is_a_failure(rabbit_server: Broker, make: Make) -> None:
    made = make(Egress(LOOPBACK))
    known = target(_url(rabbit_server, "exchange=amq.topic&routing_key=nobody"), "amqp")
    for _ in range(2):
        answer = await made.send(known, [message()])
        assert (answer.kind, answer.permanent) == ("refused", False)
        assert "no queue" in str(answer.error)


async def test_an_exchange_that_is_none_is_a_failure(rabbit_server: Broker, make: Make) -> None:
    known = target(_url(rabbit_server, "exchange=missing&routing_key=x"), "amqp")
    made = make(Egress(LOOPBACK))
    answer = await made.send(known, [message()])
    assert answer.kind == "refused"
    assert "no exchange 'missing'" in str(answer.error)


async def test_a_refused_event_leaves_the_connection_to_the_others(rabbit_server: Broker, make: Make) -> None:
    connection = await aiormq.connect(f"amqp://guest:guest@127.0.0.1:{rabbit_server.port}/")
    channel = await connection.channel()
    await channel.queue_declare("only-published")
    await channel.queue_bind("only-published", "amq.topic", "shared.flow.published")
    await connection.close()
    made = make(Egress(LOOPBACK))
    known = target(_url(rabbit_server, "exchange=amq.topic&routing_key=shared.{action}"), "amqp")
    assert (await made.send(known, [message()])).ok
    (slot,) = made._brokers["amqp"]._kept._slots.values()  # type: ignore[attr-defined]
    first = slot.shared
    sent = [[message(f"evt_{n}")] for n in range(20)]
    lost = [message("evt_l", "flow.run.failed")]
    answers = await asyncio.gather(*(made.send(known, one) for one in [*sent[:10], lost, *sent[10:]]))
    refused = answers.pop(10)
    assert "no queue" in str(refused.error)
    assert all(one.ok for one in answers), [one.error for one in answers]
    assert slot.shared is first and first is not None


async def test_a_channel_that_the_broker_closes_takes_no_other_with_it(
    rabbit_server: Broker, make: Make
) -> None:
    made = make(Egress(LOOPBACK))
    known = target(_url(rabbit_server, "exchange=missing&routing_key=x"), "amqp")
    answers = await asyncio.gather(*(made.send(known, [message(f"evt_{n}")]) for n in range(5)))
    assert all("no exchange 'missing'" in str(answer.error) for answer in answers)
    (slot,) = made._brokers["amqp"]._kept._slots.values()  # type: ignore[attr-defined]
    assert slot.shared is not None and not slot.shared.connection.connection.is_closed


@pytest.mark.parametrize("vhost", ["%2F", "missing"])
async def test_a_wrong_sign_in_and_a_wrong_vhost_are_refused(
    vhost: str, rabbit_server: Broker, make: Make
) -> None:
    wrong = {"username": "guest", "password": "wrong-password"} if vhost == "%2F" else {}
    url = f"amqp://127.0.0.1:{rabbit_server.port}/{vhost}?exchange=audit"
    answer = await make(Egress(LOOPBACK)).send(target(url, "amqp", credentials=wrong), [message()])
    assert (answer.kind, answer.ok) == ("refused", False), answer.error
    assert "wrong-password" not in repr(answer)


async def test_tls_is_checked_against_the_name(rabbit_server: Broker, make: Make) -> None:
    url = f"amqps://{NAME}:{rabbit_server.tls_port}/%2F?exchange=amq.topic&routing_key=nobody"
    good = Egress(LOOPBACK, resolver=_here, ssl_context=rabbit_server.trust)
    assert "no queue" in str((await make(good).send(target(url, "amqp"), [message()])).error)
    for egress, other in ((Egress(LOOPBACK, resolver=_here), NAME), (good, "other.example")):
        answer = await make(egress).send(target(url.replace(NAME, other), "amqp"), [message()])
        assert answer.kind == "tls", answer.error


async def test_no_word_of_the_address_reaches_the_client(rabbit_server: Broker, make: Make) -> None:
    url = f"amqps://{NAME}:{rabbit_server.tls_port}/%2F?exchange=x&no_verify_ssl=1&cafile=/etc/passwd"
    egress = Egress(LOOPBACK, resolver=_here)
    assert (await make(egress).send(target(url, "amqp"), [message()])).kind == "tls"
