"""Requests of the HTTP piece as flows make them, over a real socket: `tests/data/cases/http_action*.json`."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import HTTP
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from engine.base.types import Json
from tests.conftest import Instance
from tests.support.authority import Authority
from tests.support.proxy_server import proxying
from tests.support.receiver import receiving
from tests.support.tls_server import answering

pytestmark = pytest.mark.asyncio(loop_scope="module")

DATA = Path(__file__).parents[1] / "data" / "cases"
FILES = ("http_action.json", "http_action_more.json")
CASES = [case for name in FILES for case in json.loads((DATA / name).read_text("utf-8"))]


@dataclass
class Echo:
    """A server on the loopback: what it got last, and what it answers."""

    base: str = ""
    target: str = ""
    headers: dict[str, str] | None = None
    body: bytes = b""
    answer: bytes = b"{}"
    answer_type: str = "application/json"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").rstrip().split("\r\n")
        self.target = first.split(" ")[1]
        self.headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        self.body = await reader.readexactly(int(self.headers.get("content-length", 0)))
        kind = f"content-type: {self.answer_type}\r\n" if self.answer_type else ""
        size = len(self.answer)
        writer.write(f"HTTP/1.1 200 OK\r\n{kind}content-length: {size}\r\nconnection: close\r\n\r\n".encode())
        writer.write(self.answer)
        await writer.drain()
        writer.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def instance(tmp_path_factory: pytest.TempPathFactory, serve: Any) -> AsyncIterator[Instance]:
    """An instance that may call servers on the loopback."""
    async with serve(tmp_path_factory.mktemp("data"), egress_allow=(ip_network("127.0.0.0/8"),)) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def echo() -> AsyncIterator[Echo]:
    made = Echo()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield made
    server.close()
    await server.wait_closed()


async def run_of(instance: Instance, input: Json, body: Json = None, connection: str = "") -> Json:
    """A run of a flow that sends one request."""
    step = {"type": "action", "piece": "http", "action": "request", "input": input, "next": None}
    step |= {"connection": connection} if connection else {}
    trigger = {
        "name": "webhook",
        "piece": "webhook",
        "trigger": "catch",
        "input": {"verify": {"scheme": "none"}},
    }
    flow = {"format": 1, "name": "Send", "triggers": [trigger], "start": "send", "steps": {"send": step}}
    made = await instance.publish(flow)
    sent = await instance.send(made["id"], body)
    return await instance.ended(sent.json()["run_id"])


def parts_of(echo: Echo) -> list[EmailMessage]:
    assert echo.headers is not None
    head = f"Content-Type: {echo.headers['content-type']}\r\n\r\n".encode()
    message = message_from_bytes(head + echo.body, policy=HTTP)
    assert isinstance(message, EmailMessage)
    return [part for part in message.iter_parts() if isinstance(part, EmailMessage)]


def fields_of(echo: Echo) -> list[list[str]]:
    return [
        [
            str(part.get_param("name", header="content-disposition")),
            bytes(part.get_payload(decode=True)).decode(),
        ]
        for part in parts_of(echo)
    ]


def check_sent(echo: Echo, sent: dict[str, Any]) -> None:
    """Compare what arrived with a row's `sent`."""
    headers = echo.headers or {}
    if "target" in sent:
        assert echo.target == sent["target"]
    if "body" in sent:
        assert echo.body.decode() == sent["body"]
    if "content_type" in sent:
        assert headers.get("content-type") == sent["content_type"]
    if "body_json" in sent:
        assert json.loads(echo.body) == sent["body_json"]
    if "parts" in sent:
        assert dict(fields_of(echo)) == sent["parts"]
    if "parts_list" in sent:
        assert fields_of(echo) == sent["parts_list"]
    if "files" in sent:
        assert [part.get_filename() for part in parts_of(echo)] == sent["files"]
    if "part_types" in sent:
        assert [part.get_content_type() for part in parts_of(echo)] == sent["part_types"]
    for name, value in sent.get("headers", {}).items():
        assert headers.get(name) == value


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
async def test_a_request_is_sent_as_it_is_meant(instance: Instance, echo: Echo, case: dict[str, Any]) -> None:
    answer = case.get("answer", "{}").encode()
    echo.answer = base64.b64decode(case["answer_base64"]) if "answer_base64" in case else answer
    echo.answer_type = case.get("answer_type", "application/json")
    input = {**case["input"], "url": case["input"]["url"].replace("{base}", echo.base)}
    event = {"file": case["event_file"]} if "event_file" in case else case.get("event")
    run = await run_of(instance, input, event)
    if "error_names" in case:
        assert run["status"] == "failed"
        assert case["error_names"] in run["error"]["message"]
        return
    assert run["status"] == "succeeded", run["error"]
    check_sent(echo, case.get("sent", {}))
    if "output_body" in case:
        assert run["steps"][0]["output"]["body"] == case["output_body"]
        assert bool(run["warnings"]) == case.get("warns", "integer" in case["name"])


@pytest.mark.parametrize("hostile", ['"', '"}, "admin": true, "x": {"', "\\", "\n", "{{ trigger.body }}"])
async def test_an_event_cannot_break_out_of_a_json_body(instance: Instance, echo: Echo, hostile: str) -> None:
    text = '{"text": "Alert: {{ trigger.body.t }}", "list": [{{ trigger.body.n }}, "{{ trigger.body.t }}"]}'
    input = {"method": "POST", "url": f"{echo.base}/", "body_kind": "json", "body": text}
    run = await run_of(instance, input, {"t": hostile, "n": {"deep": [1]}})
    assert run["status"] == "succeeded", run["error"]
    assert json.loads(echo.body) == {"text": f"Alert: {hostile}", "list": [{"deep": [1]}, hostile]}


@pytest.mark.parametrize(
    ("kind", "answer", "body"),
    [
        ("", b'{"a":1}', {"a": 1}),
        ("", b"hello", "hello"),
        ("application/json", b'{"t":"cut \\ud83d"}', {"t": "cut \ufffd"}),
        ("application/json", b"not json", "not json"),
        ("image/png", b"\x89PNG", {"filename": None, "content_type": "image/png", "size": 4,
                                   "base64": base64.b64encode(b"\x89PNG").decode()}),
        ("text/plain; charset=punycode", b"abc", "abc"),
        ("text/plain", b"\xff", {"filename": None, "content_type": "text/plain", "size": 1,
                                 "base64": "/w=="}),
    ],
)  # fmt: skip
async def test_no_answer_fails_a_step_whose_request_was_carried_out(
    instance: Instance, echo: Echo, kind: str, answer: bytes, body: Json
) -> None:
    echo.answer, echo.answer_type = answer, kind
    run = await run_of(instance, {"url": f"{echo.base}/"})
    assert run["status"] == "succeeded", run["error"]
    assert run["steps"][0]["output"]["body"] == body


OURS = Authority()


async def test_a_flow_proves_who_it_is_and_believes_the_authority_of_its_connection(
    instance: Instance, tmp_path: Path
) -> None:
    mine = OURS.identity("flow")
    fields = {"kind": "none", "hosts": ["localhost"], "authorities": OURS.pem}
    wrong = {**fields, "client_certificate": mine.certificate}
    refused = await instance.api(
        "POST", "/connections", {"name": "tls", "piece": "http", "fields": wrong}, 422
    )
    assert refused["error"]["field"] == "fields.client_key"
    right = {**wrong, "client_key": mine.key}
    made = await instance.api("POST", "/connections", {"name": "tls", "piece": "http", "fields": right}, 201)
    assert "PRIVATE" not in json.dumps(made) and made["fields"]["client_certificate"].startswith("-----BEGIN")

    with answering(OURS.server(tmp_path, "localhost", clients=OURS)) as server:
        url = f"https://localhost:{server.port}/"
        run = await run_of(instance, {"url": url}, connection="tls")
        assert run["status"] == "succeeded", run["error"]
        run = await run_of(instance, {"url": url})
        assert (run["status"], run["steps"][0]["attempts"]) == ("failed", 1)
        assert "GET localhost/: the certificate is not valid: " in run["error"]["message"]
        assert len(server.requests) == 1


async def test_a_flow_sends_through_the_proxy_of_its_connection(instance: Instance) -> None:
    async with proxying("ann:pass word") as proxy, receiving() as server:
        fields = {"kind": "none", "proxy": proxy.url, "proxy_username": "ann", "proxy_password": "pass word"}
        body = {"name": "proxy", "piece": "http", "fields": fields}
        made = await instance.api("POST", "/connections", body, 201)
        assert "pass word" not in json.dumps(made)
        run = await run_of(instance, {"url": server.url}, connection="proxy")
        assert run["status"] == "succeeded", run["error"]
        assert proxy.asked == [f"127.0.0.1:{server.port}"]
        moved = {"fields": {"proxy": "http://elsewhere.example:3128"}}
        changed = await instance.api("PATCH", f"/connections/{made['id']}", moved)
        assert "proxy_password" not in changed["fields"]
