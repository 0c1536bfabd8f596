"""The Host field over a real socket, in front of the whole application: on every path, before all else."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import pytest_asyncio
import uvicorn

from engine.web import hosts
from engine.web.http_protocol import BoundedHttpProtocol
from tests.support.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATHS = [
    "GET /",
    "GET /sign-in",
    "GET /healthz",
    "GET /readyz",
    "GET /metrics",
    "GET /static/app.css",
    "GET /openapi.json",
    "GET /nowhere",
    "GET /api/v1/flows",
    "POST /webhooks/{flow}",
    "PUT /webhooks/{flow}/sync",
    "POST /webhooks/{flow}/draft",
    "POST /webhooks/{flow}/test",
    "OPTIONS /webhooks/{flow}",
    "TRACE /webhooks/{flow}",
]


class _Server(uvicorn.Server):
    def install_signal_handlers(self) -> None:
        """The test's process keeps its own."""


class Listening:
    """An instance behind a port of its own."""

    def __init__(self, instance: Any, port: int, flow: str) -> None:
        self.instance, self.port, self.flow = instance, port, flow

    async def ask(self, line: str, *fields: bytes, version: str = "1.1") -> tuple[int, dict[str, str], bytes]:
        """Status, header and body of the answer to a request without a body, which has only these fields."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            head = f"{line.format(flow=self.flow)} HTTP/{version}\r\n".encode()
            writer.write(
                b"".join([head, *(field + b"\r\n" for field in fields), b"Connection: close\r\n\r\n"])
            )
            answer = await reader.read()
        finally:
            writer.close()
        head, _, body = answer.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        header = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        return int(first.split(" ")[1]), header, body


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory, serve: Any) -> AsyncIterator[Listening]:
    folder: Path = tmp_path_factory.mktemp("data")
    async with serve(folder, public_url="http://flows.example.com") as instance:
        catch = {
            "name": "webhook",
            "piece": "webhook",
            "trigger": "catch",
            "input": {"verify": {"scheme": "none"}},
        }
        flow = await instance.publish({"format": 1, "name": "Any", "triggers": [catch]})
        config = uvicorn.Config(
            instance.app,
            port=0,
            log_level="critical",
            http=BoundedHttpProtocol,
            lifespan="off",
            loop="asyncio",
        )
        running = _Server(config)
        serving = asyncio.create_task(running.serve())
        await until(lambda: running.started)
        yield Listening(instance, running.servers[0].sockets[0].getsockname()[1], flow["id"])
        running.should_exit = True
        await serving


@pytest.mark.parametrize("line", PATHS)
async def test_two_hosts_and_none_are_refused_on_every_path(server: Listening, line: str) -> None:
    before = await server.instance.rows()
    for fields in (
        (),
        (b"Host: flows.example.com", b"Host: flows.example.com"),
        (b"Host: flows.example.com", b"X-Other: 1", b"hOST: evil.example"),
    ):
        status, header, body = await server.ask(line, *fields)
        assert status == 400, (line, fields)
        assert orjson.loads(body)["error"]["code"] == "malformed"
        assert header["connection"] == "close"
    assert await server.instance.rows() == before


@pytest.mark.parametrize("line", PATHS)
async def test_a_host_that_carries_a_path_gets_nowhere_on_any_path(server: Listening, line: str) -> None:
    """CVE-2026-48710: `Host: x/public` made an application see another path than the router did."""
    before = await server.instance.rows()
    for host in (b"x/public", b"flows.example.com/healthz", b"x/static/", b"x?", b"x#", b"a b", b"u@x", b""):
        status, _, _ = await server.ask(line, b"Host: " + host)
        assert status == 400, (line, host)
    assert await server.instance.rows() == before


async def test_http_1_0_needs_no_host(server: Listening) -> None:
    assert (await server.ask("GET /healthz", version="1.0"))[0] == 200
    assert (await server.ask("POST /webhooks/{flow}", version="1.0"))[0] == 202
    twice = (b"Host: flows.example.com", b"Host: flows.example.com")
    assert (await server.ask("GET /healthz", *twice, version="1.0"))[0] == 400


async def test_pages_answer_under_their_own_names_only(server: Listening) -> None:
    """A name that another's DNS leads here (rebinding) finds no page. Machines bring a key or a signature,
    and load balancers ask by address."""
    for line in ("GET /", "GET /sign-in", "POST /sign-in", "GET /projects"):
        assert (await server.ask(line, b"Host: rebound.example"))[0] == 421, line
    assert (await server.ask("GET /sign-in", b"Host: flows.example.com"))[0] == 200
    assert (await server.ask("GET /sign-in", b"Host: 127.0.0.1:8000"))[0] == 200
    for line, expected in (("GET /healthz", 200), ("GET /api/v1/flows", 401), ("POST /webhooks/{flow}", 202)):
        assert (await server.ask(line, b"Host: 10.1.2.3"))[0] == expected, line


@pytest.mark.parametrize(
    "host", [b"a", b"a.example:80", b"127.0.0.1", b"[::1]", b"[::1]:8000", b"my_host", b"A-b.c"]
)
async def test_names_and_addresses_are_hosts(host: bytes) -> None:
    assert hosts.problem([(b"accept", b"*/*"), (b"host", host)], "1.1") is None
