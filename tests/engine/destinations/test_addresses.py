"""A destination that leads inside: refused when it connects, whatever it looked like before."""

import ipaddress

import pytest

from engine.http.egress import Egress
from tests.engine.destinations.conftest import Make
from tests.engine.destinations.factories import message, target
from tests.support.addresses import INWARD_URLS, PRIVATE_HOSTS
from tests.support.receiver import BEHAVIOURS, plain, receiving

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)
BROKERS = {"nats": "nats://{}:4222/subject", "amqp": "amqp://{}:5672/%2F?exchange=x"}


async def _nobody(host: str, port: int) -> list[str]:
    raise AssertionError(f"{host} was looked up by name")


async def test_the_table_is_long_enough() -> None:
    assert len(PRIVATE_HOSTS) + len(INWARD_URLS) >= 40


@pytest.mark.parametrize("what", PRIVATE_HOSTS)
async def test_a_webhook_to_an_inward_host_is_refused(what: str, make: Make) -> None:
    url = f"https://{PRIVATE_HOSTS[what]}/hook"
    answer = await make(Egress(resolver=_nobody)).send(target(url, timeout_s=2), [message()])
    assert (answer.ok, answer.kind, answer.status) == (False, "refused", None)
    assert answer.permanent


@pytest.mark.parametrize("what", INWARD_URLS)
async def test_an_address_with_a_disguised_host_is_refused(what: str, make: Make) -> None:
    answer = await make(Egress(resolver=_nobody)).send(target(INWARD_URLS[what], timeout_s=2), [message()])
    assert (answer.kind, answer.status) == ("refused", None)


@pytest.mark.parametrize("kind", BROKERS)
@pytest.mark.parametrize("what", PRIVATE_HOSTS)
async def test_a_broker_at_an_inward_host_is_refused(what: str, kind: str, make: Make) -> None:
    url = BROKERS[kind].format(PRIVATE_HOSTS[what])
    answer = await make(Egress(resolver=_nobody)).send(target(url, kind, timeout_s=2), [message()])
    assert (answer.ok, answer.kind) == (False, "refused")


@pytest.mark.parametrize("kind", ["webhook", "nats", "amqp"])
@pytest.mark.parametrize(
    "found", ["10.0.0.1", "127.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1", "64:ff9b::a00:1"]
)
async def test_a_name_that_leads_inside_is_refused(found: str, kind: str, make: Make) -> None:
    async def resolve(host: str, port: int) -> list[str]:
        return [found]

    url = BROKERS.get(kind, "https://{}/").format("inward.example")
    answer = await make(Egress(resolver=resolve)).send(target(url, kind, timeout_s=2), [message()])
    assert (answer.kind, answer.permanent) == ("refused", False)
    assert "inward.example is not a public address" in str(answer.error)


async def test_a_name_is_looked_up_once_for_each_connection_and_that_address_is_used(make: Make) -> None:
    looks = []

    async def rebind(host: str, port: int) -> list[str]:
        looks.append(host)
        return ["127.0.0.1"] if len(looks) == 1 else ["10.0.0.1"]

    async with receiving(host="rebind.example") as receiver:
        made = make(Egress(LOOPBACK, resolver=rebind))
        assert (await made.send(target(receiver.url), [message()])).ok
        # The connection is kept, so nothing is looked up; with a new one the gate would refuse.
        assert (await made.send(target(receiver.url), [message()])).ok
        assert looks == ["rebind.example"]
    refused = await make(Egress(LOOPBACK, resolver=rebind)).send(target(receiver.url), [message()])
    assert refused.kind == "refused"


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary Redirect", "308 Permanent"])
async def test_a_redirect_to_a_private_address_goes_nowhere(
    status: str, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with receiving() as inside:
        monkeypatch.setitem(BEHAVIOURS, "to inside", plain(status, f"location: {inside.url}secret"))
        async with receiving("to inside") as outside:
            answer = await make(Egress(LOOPBACK)).send(target(outside.url), [message()])
    assert answer.kind == "redirect"
    assert inside.requests == []


async def test_a_verification_passes_the_same_gate(make: Make) -> None:
    for method in ("ping", "challenge", "cloudevents"):
        answer = await make(Egress(resolver=_nobody)).verify(target("https://127.0.0.1/"), method)
        assert answer.kind == "refused"
