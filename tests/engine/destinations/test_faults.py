"""A receiver that behaves badly, over real sockets: what the sender says of it."""

import ipaddress
from collections.abc import Awaitable, Callable
from pathlib import Path

import orjson
import pytest

from engine.destinations.message import READ_BYTES, AttemptResult
from engine.http.egress import Egress
from tests.engine.destinations.conftest import Make
from tests.engine.destinations.factories import message, target
from tests.support.clock import ManualClock
from tests.support.receiver import certificate, receiving
from tests.support.waiting import forever

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)

# behaviour → kind, status, words of the error
FAULTS = {
    "ok": ("ok", 200, None),
    "204": ("ok", 204, None),
    "slow header": ("timeout", None, "waiting for an answer"),
    "slow body": ("timeout", 200, "reading the answer"),
    "endless header": ("protocol", None, "not HTTP"),
    "endless body": ("too_large", 200, "65,536 bytes"),
    "gzip bomb": ("too_large", 200, "65,536 bytes"),
    "reset": ("reset", None, "broke off"),
    "reset in the body": ("reset", 200, "broke off while reading"),
    "wrong length": ("protocol", 200, "without sending complete message body"),
    "not HTTP": ("protocol", None, "not HTTP"),
    "redirect to a page": ("redirect", 302, "not followed"),
    "404": ("status", 404, "answered 404"),
    "410": ("gone", 410, "wants no more"),
    "429 in seconds": ("slow_down", 429, "overloaded"),
    "429 until a date": ("slow_down", 429, "overloaded"),
    "429 with nonsense": ("slow_down", 429, "overloaded"),
    "500": ("status", 500, "answered 500"),
    "502": ("slow_down", 502, "overloaded"),
    "503": ("slow_down", 503, "overloaded"),
    "504": ("slow_down", 504, "overloaded"),
}


# what the reference says a receiver does → the behaviors that it means
DESCRIBED = {
    "answers 200 or 204": ["ok", "204"],
    "sends its header byte by byte": ["slow header"],
    "answers 200 and sends its body byte by byte": ["slow body"],
    "sends an endless body or a gzip bomb": ["endless body", "gzip bomb"],
    "sends an endless header, or something other than HTTP": ["endless header", "not HTTP"],
    "sends less than its `Content-Length`": ["wrong length"],
    "resets the connection, before or during the response": ["reset", "reset in the body"],
    "redirects (302) to a page that answers 200": ["redirect to a page"],
    "answers 404 or 500": ["404", "500"],
    "answers 410": ["410"],
    "answers 429 with `Retry-After`, in seconds or as a date": ["429 in seconds", "429 until a date"],
    "answers 429 without a valid `Retry-After`, 502, 503 or 504": ["429 with nonsense", "502", "503", "504"],
}
REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "events.md"


def test_the_reference_says_what_is_recorded_for_each_fault() -> None:
    rows = [
        line.strip("| ").split(" | ") for line in REFERENCE.read_text("utf-8").splitlines() if line[:1] == "|"
    ]
    recorded = {row[0]: row[1] for row in rows if len(row) > 1}
    assert sorted(one for behaviours in DESCRIBED.values() for one in behaviours) == sorted(FAULTS)
    for words, behaviours in DESCRIBED.items():
        for behave in behaviours:
            kind, status, _ = FAULTS[behave]
            assert recorded[words].startswith(f"`{kind}`")
            assert kind not in ("timeout", "protocol") or (str(status) in recorded[words]) == (
                status is not None
            )


async def _send(behave: str, make: Make, clock: ManualClock) -> tuple[AttemptResult, int]:
    """Time goes by only where the receiver takes its time: no other fault can become a timeout."""
    async with receiving(behave) as receiver:
        made = make(Egress(LOOPBACK))
        sent = made.send(target(receiver.url, timeout_s=4), [message()])
        answer = await (clock.drive(sent) if behave.startswith("slow") else sent)
        return answer, len(receiver.requests)


@pytest.mark.parametrize("behave", FAULTS)
async def test_each_fault_has_its_answer(behave: str, make: Make, clock: ManualClock) -> None:
    kind, status, words = FAULTS[behave]
    answer, requests = await _send(behave, make, clock)
    assert (answer.kind, answer.status, answer.ok) == (kind, status, kind == "ok")
    assert answer.error is None if words is None else words in str(answer.error)
    assert answer.gone == (kind == "gone")
    assert not answer.permanent
    assert requests == 1, "a redirect is not followed, and nothing is sent twice"


@pytest.mark.parametrize(
    ("behave", "least", "most"),
    [("429 in seconds", 7, 7), ("429 until a date", 89, 90), ("503", 30, 30)],
)
async def test_how_long_to_wait_is_read_in_both_forms(
    behave: str, least: float, most: float, make: Make, clock: ManualClock
) -> None:
    answer, _ = await _send(behave, make, clock)
    assert answer.retry_after is not None
    assert least <= answer.retry_after <= most


async def test_a_retry_after_that_cannot_be_read_is_none(make: Make, clock: ManualClock) -> None:
    assert (await _send("429 with nonsense", make, clock))[0].retry_after is None


async def test_a_second_attempt_has_the_same_id_and_may_succeed(make: Make) -> None:
    async with receiving("500 then 200") as receiver:
        made = make(Egress(LOOPBACK))
        first = await made.send(target(receiver.url), [message()])
        second = await made.send(target(receiver.url), [message(attempt=2)])
    assert (first.kind, second.kind) == ("status", "ok")
    assert len({seen.headers["webhook-id"] for seen in receiver.requests}) == 1


@pytest.mark.parametrize("behave", ["endless body", "gzip bomb"])
async def test_an_answer_is_read_within_bounds(behave: str, make: Make, clock: ManualClock) -> None:
    answer, _ = await _send(behave, make, clock)
    assert len(answer.body) <= 16_384 < READ_BYTES


async def test_a_certificate_that_nobody_vouches_for_is_an_error_of_tls(make: Make, tmp_path: Path) -> None:
    server, _, _ = certificate(tmp_path)
    async with receiving(context=server) as receiver:
        answer = await make(Egress(LOOPBACK)).send(target(receiver.url), [message()])
        assert (answer.kind, answer.status) == ("tls", None)
        assert answer.phases.connect_ms is not None
        assert receiver.requests == []


async def test_a_server_without_tls_is_an_error_of_tls(make: Make, clock: ManualClock) -> None:
    async with receiving() as receiver:
        url = receiver.url.replace("http:", "https:")
        answer = await clock.drive(make(Egress(LOOPBACK)).send(target(url, timeout_s=2), [message()]))
    assert answer.kind in ("tls", "timeout")


async def test_a_certificate_of_another_name_is_an_error_of_tls(make: Make, tmp_path: Path) -> None:
    server, client, _ = certificate(tmp_path, "other.example")
    egress = Egress(LOOPBACK, resolver=_names("127.0.0.1"), ssl_context=client)
    async with receiving(context=server, host="receiver.example") as receiver:
        answer = await make(egress).send(target(receiver.url), [message()])
    assert answer.kind == "tls"
    assert "match" in str(answer.error)


async def test_the_parts_of_a_request_are_measured(make: Make, tmp_path: Path) -> None:
    server, client, _ = certificate(tmp_path)
    egress = Egress(LOOPBACK, resolver=_names("127.0.0.1"), ssl_context=client)
    async with receiving(context=server, host="receiver.example") as receiver:
        made = make(egress)
        first = await made.send(target(receiver.url), [message()])
        again = await made.send(target(receiver.url), [message()])
    phases = first.phases
    parts = (phases.dns_ms, phases.connect_ms, phases.tls_ms, phases.first_byte_ms)
    assert all(part is not None and 0 <= part <= phases.total_ms for part in parts)
    kept = (again.phases.dns_ms, again.phases.connect_ms, again.phases.tls_ms)
    assert kept == (None, None, None), "the connection was kept"
    assert again.phases.first_byte_ms is not None


def _names(*found: str) -> Callable[[str, int], Awaitable[list[str]]]:
    """A resolver that gives one address after another, then the last for ever; "" is no name."""
    left = list(found)

    async def resolve(host: str, port: int) -> list[str]:
        one = left.pop(0) if len(left) > 1 else left[0]
        if not one:
            raise OSError(-2, "Name or service not known")
        return [one]

    return resolve


async def test_a_name_that_is_not_known_is_an_error_of_dns(make: Make) -> None:
    made = make(Egress(resolver=_names("")))
    answer = await made.send(target("https://nowhere.example/"), [message()])
    assert (answer.kind, answer.permanent) == ("dns", False)
    assert "nowhere.example is not known" in str(answer.error)


async def test_a_resolver_that_never_answers_is_a_timeout_of_dns(make: Make, clock: ManualClock) -> None:
    async def resolve(host: str, port: int) -> list[str]:
        await forever()
        return []

    made = make(Egress(resolver=resolve))
    answer = await clock.drive(made.send(target("https://slow.example/"), [message()]))
    assert (answer.kind, answer.status) == ("timeout", None)
    assert "looking up the name" in str(answer.error)


async def test_a_name_that_turns_private_at_the_second_look_is_refused_then(make: Make) -> None:
    looks = _names("127.0.0.1", "10.0.0.1")
    egress = Egress(LOOPBACK, resolver=looks)
    async with receiving("wrong length", host="receiver.example") as receiver:
        made = make(egress)
        first = await made.send(target(receiver.url), [message()])
        second = await made.send(target(receiver.url), [message()])
    assert (first.kind, second.kind) == ("protocol", "refused")
    assert not second.permanent, "a name may come to lead elsewhere"
    assert len(receiver.requests) == 1


async def test_nobody_listens(make: Make) -> None:
    async with receiving() as receiver:
        url = receiver.url
    answer = await make(Egress(LOOPBACK)).send(target(url), [message()])
    assert (answer.kind, answer.permanent) == ("connect", False)


async def test_secrets_that_come_back_are_not_kept(make: Make) -> None:
    async with receiving("echo") as receiver:
        known = target(receiver.url, headers={"X-Token": "very-secret-token"})
        answer = await make(Egress(LOOPBACK)).send(known, [message()])
    assert receiver.requests[0].headers["x-token"] == "very-secret-token"
    assert b"very-secret-token" not in answer.body
    assert "very-secret-token" not in repr(answer)
    assert answer.request_headers["x-token"] == "••••"
    assert orjson.loads(answer.request_body)["action"] == "flow.published"


async def test_our_headers_cannot_be_replaced(make: Make) -> None:
    async with receiving() as receiver:
        known = target(receiver.url, headers={"Webhook-Id": "mine", "Content-Type": "text/plain"})
        await make(Egress(LOOPBACK)).send(known, [message()])
    headers = receiver.requests[0].headers
    assert (headers["webhook-id"], headers["content-type"]) == ("evt_1", "application/json")
    assert headers["user-agent"] == "Switchyard"


async def test_the_chain_of_flows_goes_along_signed(make: Make) -> None:
    async with receiving() as receiver:
        made = make(Egress(LOOPBACK))
        await made.send(target(receiver.url), [message(lineage=("flw_a", "flw_b"))])
        run = message("evt_2", "flow.run.finished", lineage=("flw_a",))
        await made.send(target(receiver.url), [run])
        await made.send(target(receiver.url), [message()])
    first, second, third = (seen.headers.get("switchyard-lineage") for seen in receiver.requests)
    assert first == "signed:flw_a,flw_b,"
    assert second == f"signed:flw_a,{orjson.loads(run.envelope)['data']['flowRun']['id']}"
    assert third is None


async def test_a_slow_target_is_left_when_its_time_is_over(make: Make, clock: ManualClock) -> None:
    begun = clock.now()
    await _send("slow body", make, clock)
    assert clock.now() - begun == pytest.approx(4)
