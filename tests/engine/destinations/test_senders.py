"""What every kind of sender must do, and what each does besides."""

import asyncio
import ipaddress
import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from engine.base.errors import Busy, Conflict, NotFound
from engine.destinations.message import KINDS, AttemptResult, Started, Target
from engine.destinations.senders.file import FileSender
from engine.destinations.senders.handshake import allowed_rate
from engine.http.egress import Egress
from tests.engine.destinations.conftest import Make
from tests.engine.destinations.factories import BASE_URL, message, target
from tests.support.brokers import PASSWORD, USER, Broker
from tests.support.clock import ManualClock
from tests.support.receiver import BEHAVIOURS, Receiver, answer, plain, receiving
from tests.support.waiting import forever

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)
OVER_NETWORK = ("webhook", "nats", "amqp")
SERVED = ("nats", "amqp")  # by a real broker
URLS = {
    "webhook": "http://127.0.0.1:{port}/",
    "nats": "nats://127.0.0.1:{port}/audit",
    "amqp": "amqp://127.0.0.1:{port}/%2F?exchange=&routing_key=conformance",
}
SIGN_IN = {"nats": {"username": USER, "password": PASSWORD}}


def _at(kind: str, port: int, timeout_s: float = 5) -> Target:
    url = URLS[kind].format(port=port)
    return target(url, kind, timeout_s=timeout_s, credentials=SIGN_IN.get(kind, {}))


# -- every kind ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=[pytest.mark.broker] if kind in SERVED else []) for kind in KINDS]
)
async def test_success(kind: str, make: Make, request: pytest.FixtureRequest) -> None:
    made = make(Egress(LOOPBACK))
    if kind == "webhook":
        async with receiving() as receiver:
            given = await made.send(_at(kind, receiver.port), [message()])
    elif kind == "nats":
        broker: Broker = request.getfixturevalue("nats_server")
        given = await made.send(_at(kind, broker.port), [message()])
    elif kind == "amqp":
        import aiormq

        broker = request.getfixturevalue("rabbit_server")
        connection = await aiormq.connect(f"amqp://guest:guest@127.0.0.1:{broker.port}/")
        await (await connection.channel()).queue_declare("conformance")
        given = await made.send(_at(kind, broker.port), [message()])
        await connection.close()
    else:
        given = await made.send(target("name", kind), [message()])
    assert (given.ok, given.kind, given.error) == (True, "ok", None)
    assert given.phases.total_ms > 0
    assert json.loads(given.request_body)["id"] == "evt_1"


async def _refuse(*args: Any, **more: Any) -> Started:
    raise Conflict("The flow is disabled.")


@pytest.mark.parametrize("kind", KINDS)
async def test_refusal(kind: str, make: Make, tmp_path: Path) -> None:
    egress = Egress()
    if kind == "file":
        (tmp_path / "streams" / "prj_1" / "name").mkdir(parents=True)
    made = make(egress, start=_refuse, publish=_refuse)
    known = _at(kind, 9) if kind in OVER_NETWORK else target("name", kind)
    given = await made.send(known, [message()])
    assert (given.ok, given.kind) == (False, "refused")
    assert given.error and given.error.endswith(".")


async def _hang(*args: Any, **more: Any) -> Started:
    await forever()
    raise AssertionError


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "file"])
async def test_timeout(kind: str, make: Make, clock: ManualClock) -> None:
    made = make(Egress(LOOPBACK), start=_hang, publish=_hang)
    async with receiving("slow header") as receiver:
        known = _at(kind, receiver.port, 3) if kind in OVER_NETWORK else target("name", kind, timeout_s=3)
        given = await clock.drive(made.send(known, [message()]))
    assert (given.ok, given.kind, given.permanent) == (False, "timeout", False)
    assert "3 s" in str(given.error)


@pytest.mark.parametrize("kind", OVER_NETWORK)
async def test_closed_port(kind: str, make: Make) -> None:
    async with receiving() as receiver:
        port = receiver.port
    given = await make(Egress(LOOPBACK)).send(_at(kind, port), [message()])
    assert (given.ok, given.kind, given.permanent) == (False, "connect", False), given.error


@pytest.mark.parametrize("kind", ["nats", "amqp"])
async def test_what_is_no_broker(kind: str, make: Make) -> None:
    async with receiving("not HTTP") as receiver:
        given = await make(Egress(LOOPBACK)).send(_at(kind, receiver.port, 1), [message()])
    assert not given.ok
    assert given.kind in ("refused", "timeout", "reset", "protocol")


# -- flows and topics ------------------------------------------------------------------------------------


class _Calls:
    def __init__(self, result: Started | Exception) -> None:
        self.result, self.calls = result, list[Any]()

    async def __call__(
        self, flow_id: str, project_id: str | None, event: Any, *, lineage: Sequence[str]
    ) -> Started:
        self.calls.append((flow_id, project_id, event, tuple(lineage)))
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


async def test_a_flow_gets_what_a_webhook_would_give_it(make: Make) -> None:
    start = _Calls(Started("run_7"))
    given = await make(start=start).send(target("flw_1", "flow"), [message(lineage=("flw_0",))])
    assert (given.status, json.loads(given.body)) == (202, {"run_id": "run_7"})
    ((flow_id, project_id, event, lineage),) = start.calls
    assert (flow_id, project_id, lineage) == ("flw_1", "prj_1", ("flw_0",))
    assert (event["method"], event["headers"]["webhook-id"]) == ("POST", "evt_1")
    assert event["body"]["action"] == "flow.published"


@pytest.mark.parametrize(
    "base", [BASE_URL, "https://SWITCHYARD.example:443/", "http://127.0.0.1:8000", "http://localhost:8000"]
)
async def test_our_own_webhook_takes_no_connection(base: str, make: Make) -> None:
    start = _Calls(Started("run_7"))
    made = make(start=start)
    known = target(f"{base}/webhooks/flw_1", "webhook")
    assert (await made.send(known, [message()])).ok
    assert start.calls[0][0] == "flw_1"
    assert (await made.verify(known, "ping")).ok


async def test_another_project_s_flow_is_called_from_outside(make: Make) -> None:
    async def private(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    made = make(Egress(resolver=private), start=_Calls(NotFound("no")))
    given = await made.send(target(f"{BASE_URL}/webhooks/flw_1", "webhook"), [message()])
    assert given.kind == "refused"


async def test_a_circle_is_cut_and_said(make: Make) -> None:
    given = await make(start=_Calls(Started(cut="It would close a circle."))).send(
        target("flw_1", "flow"), [message()]
    )
    assert (given.kind, given.permanent, given.error) == ("cut", True, "It would close a circle.")


async def test_a_full_backlog_asks_for_time(make: Make) -> None:
    given = await make(start=_Calls(Busy("full", retry_after=9))).send(target("flw_1", "flow"), [message()])
    assert (given.kind, given.retry_after) == ("slow_down", 9)


@pytest.mark.parametrize(("project", "into"), [("prj_1", "prj_1"), (None, "prj_01sample")])
async def test_a_topic_is_of_the_destination_s_project_or_the_event_s(
    project: str | None, into: str, make: Make
) -> None:
    seen: list[Any] = []

    async def publish(project_id: str, topic: str, body: Any, **more: Any) -> None:
        seen.append((project_id, topic, body["id"], more))

    known = target("audit", "topic", project_id=project)
    assert (await make(publish=publish).send(known, [message(lineage=("flw_0",))])).ok
    more = {"source": "destination:dst_1", "lineage": ("flw_0",), "key": "evt_1"}
    assert seen == [(into, "audit", "evt_1", more)]


# -- files -----------------------------------------------------------------------------------------------


async def test_a_file_gets_a_line_for_each_event(make: Make, tmp_path: Path) -> None:
    made = make()
    for number in (1, 2):
        await made.send(target("audit.jsonl", "file"), [message(f"evt_{number}a"), message(f"evt_{number}b")])
    path = tmp_path / "streams" / "prj_1" / "audit.jsonl"
    assert [json.loads(line)["id"] for line in path.read_text().splitlines()] == [
        "evt_1a", "evt_1b", "evt_2a", "evt_2b",
    ]  # fmt: skip
    assert path.stat().st_mode & 0o777 == 0o600


async def test_half_a_line_of_a_crash_spoils_no_other(make: Make, tmp_path: Path) -> None:
    made, path = make(), tmp_path / "streams" / "platform" / "audit"
    await made.send(target("audit", "file", project_id=None), [message("evt_1")])
    with path.open("ab") as file:
        file.write(b'{"half')
    await made.send(target("audit", "file", project_id=None), [message("evt_2")])
    lines = path.read_text().splitlines()
    assert (json.loads(lines[0])["id"], lines[1], json.loads(lines[2])["id"]) == ("evt_1", '{"half', "evt_2")


async def test_a_full_file_is_set_aside(tmp_path: Path, clock: ManualClock) -> None:
    sender = FileSender(tmp_path, BASE_URL, rotate_bytes=1)
    for number in range(3):
        assert (await sender.send(target("audit", "file"), [message(f"evt_{number}")])).ok
        clock.advance(1)  # the name of what is set aside is a moment in milliseconds
    assert len(list((tmp_path / "streams" / "prj_1").iterdir())) == 3


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "/etc/passwd", "a/b", "a\\b", "a\0b"])
async def test_a_name_with_path_parts_is_refused_for_good(name: str, make: Make) -> None:
    given = await make().send(target(name, "file"), [message()])
    assert (given.kind, given.permanent) == ("refused", True)


async def test_a_link_is_not_followed(make: Make, tmp_path: Path) -> None:
    (tmp_path / "streams" / "prj_1").mkdir(parents=True)
    os.symlink(tmp_path / "elsewhere", tmp_path / "streams" / "prj_1" / "audit")
    assert (await make().send(target("audit", "file"), [message()])).kind == "refused"
    assert not (tmp_path / "elsewhere").exists()


# -- verification ----------------------------------------------------------------------------------------


async def _echo_json(receiver: Receiver, writer: asyncio.StreamWriter) -> None:
    text = json.loads(receiver.requests[-1].body)["challenge"]
    writer.write(answer("200 OK", json.dumps({"challenge": text}).encode()))


async def _echo_text(receiver: Receiver, writer: asyncio.StreamWriter) -> None:
    writer.write(answer("200 OK", json.loads(receiver.requests[-1].body)["challenge"].encode()))


Behave = Callable[[Receiver, asyncio.StreamWriter], Awaitable[None]]


@pytest.mark.parametrize(
    ("method", "behave", "ok"),
    [
        ("ping", plain("204 No Content"), True),
        ("ping", plain("500 Internal Server Error"), False),
        ("ping", plain("302 Found", "location: /"), False),
        ("challenge", _echo_json, True),
        ("challenge", _echo_text, True),
        ("challenge", plain("200 OK"), False),
        ("cloudevents", plain("200 OK", "WebHook-Allowed-Origin: switchyard.example"), True),
        ("cloudevents", plain("405 Method Not Allowed", "WebHook-Allowed-Origin: *"), True),
        ("cloudevents", plain("200 OK", "WebHook-Allowed-Origin: other.example"), False),
        ("cloudevents", plain("200 OK"), False),
    ],
)
async def test_a_target_is_asked_whether_it_wants_our_events(
    method: str, behave: Behave, ok: bool, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(BEHAVIOURS, "asked", behave)
    async with receiving("asked") as receiver:
        given = await make(Egress(LOOPBACK)).verify(target(receiver.url), method)
    assert given.ok == ok, given.error
    (seen,) = receiver.requests
    if method == "cloudevents":
        assert (seen.method, seen.headers["webhook-request-origin"]) == ("OPTIONS", "switchyard.example")
    else:
        assert seen.headers["webhook-signature"].startswith("v1,")
        assert json.loads(seen.body)["action"] == method


async def test_consent_is_named_in_each_delivery(make: Make) -> None:
    async with receiving() as receiver:
        await make(Egress(LOOPBACK)).send(target(receiver.url, origin="switchyard.example"), [message()])
    assert receiver.requests[0].headers["webhook-request-origin"] == "switchyard.example"


@pytest.mark.parametrize(("text", "rate"), [("120", 2.0), ("*", None), ("", None), ("0", None), ("x", None)])
def test_the_allowed_rate_is_per_minute(text: str, rate: float | None) -> None:
    assert allowed_rate(AttemptResult(True, "ok", headers={"WebHook-Allowed-Rate": text})) == rate


@pytest.mark.process
def test_the_client_libraries_of_brokers_are_loaded_by_the_first_event_for_one() -> None:
    code = "import sys, engine.instance; print(sorted({'aiormq', 'alembic', 'nats'} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
