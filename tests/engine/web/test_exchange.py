"""Requests to the intake straight from the HTTP parser: the same answers as through ASGI, in order, on one
connection; and what only happens on a connection."""

import asyncio
import gzip
import itertools
import re
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import orjson
import pytest
import pytest_asyncio
import uvicorn
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.types import Receive, Scope, Send

from engine.base.ids import new_id
from engine.base.settings import Settings
from engine.intake.request import Request
from engine.web.exchange import Exchange
from engine.web.http_protocol import BoundedHttpProtocol, with_intake
from tests.support.waiting import stored, until

Instance = Any  # of conftest, which cannot be imported

LIMIT = 2_000


class _Server(uvicorn.Server):
    def install_signal_handlers(self) -> None:
        """The test's process keeps its own."""


@asynccontextmanager
async def listening(app: Any, protocol: type[BoundedHttpProtocol]) -> AsyncIterator[int]:
    """The port of a server with this protocol."""
    config = uvicorn.Config(
        app, port=0, log_level="critical", http=protocol, lifespan="off", loop="asyncio", server_header=False
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await serving


@dataclass
class World:
    instance: Instance
    direct: int
    """The port where events are answered from the parser."""
    asgi: int
    """The port where all goes through ASGI."""
    flows: list[str]

    async def made(self, definition: Any, enabled: bool = True) -> str:
        """The id of a new flow that was published."""
        flow_id = str((await self.instance.publish(definition))["id"])
        if not enabled:
            await self.instance.api("POST", f"/flows/{flow_id}/disable", {})
        return flow_id

    async def held(self, flow_id: str) -> int:
        """How many events a flow holds."""
        return int(await self.instance.sy.held.count(self.instance.project.id, flow_id))

    async def talk(self, port: int, parts: list[bytes], half_closed: bool = False) -> bytes:
        """What a connection answers until it closes; the last request asks for that."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            for part in parts:
                writer.write(part)
                await writer.drain()
            if half_closed:
                writer.write_eof()
            return await reader.read()
        finally:
            writer.close()


def webhook(verify: Any = None, **input: Any) -> Any:
    return {
        "format": 1,
        "name": "Flow",
        "triggers": [
            {
                "name": "webhook",
                "piece": "webhook",
                "trigger": "catch",
                "input": {"verify": verify or {"scheme": "none"}, **input},
            }
        ],
        "start": "answer",
        "steps": {
            "answer": {
                "type": "action",
                "piece": "webhook",
                "action": "respond",
                "input": {"body": {"said": "{{ trigger.body }}", "query": "{{ trigger.query }}"}},
                "next": None,
            }
        },
    }


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(instance: Instance) -> AsyncIterator[World]:
    made = World(instance, 0, 0, [])
    made.flows += [
        await made.made(webhook()),
        await made.made(webhook(methods=["PUT"], allowed_origins=["https://a.example"])),
        await made.made(webhook(), enabled=False),
        await made.made(webhook(while_disabled="reject"), enabled=False),
        "flow_unknown",
    ]
    limits = Settings(data_dir=instance.app.switchyard.settings.data_dir, max_body_bytes=LIMIT)
    bounded = type("Bounded", (BoundedHttpProtocol,), {})
    async with AsyncExitStack() as stack:
        made.direct = await stack.enter_async_context(
            listening(instance.app, with_intake(instance.app.intake, limits))
        )
        made.asgi = await stack.enter_async_context(listening(instance.app, bounded))
        yield made


VARIANTS = ("", "/", "/sync", "/sync/", "/draft", "/test", "/v1/logs", "/nowhere", "//")
QUERIES = ("", "?a=1", "?a=1&a=2&%C3%BC=%ff", "?", "?x=/sync#part")
HEADERS = (
    b"Content-Type: application/json", b"Content-Type: text/plain", b"X-Forwarded-For: 192.0.2.7",
    b"Origin: https://a.example", b"Expect: 100-continue", b"Content-Encoding: gzip", b"Accept: */*",
    b"Access-Control-Request-Method: PUT",
)  # fmt: skip
METHODS = ("POST", "PUT", "PATCH", "GET", "HEAD", "OPTIONS", "DELETE")


@dataclass
class Sent:
    method: str
    flow: int
    target: str
    headers: list[bytes]
    body: bytes
    chunks: int  # 0: with a length

    def encode(self, flows: list[str], last: bool) -> bytes:
        lines = [
            f"{self.method} /webhooks/{flows[self.flow]}{self.target} HTTP/1.1".encode(),
            b"Host: t",
            *self.headers,
        ]
        if last:
            lines.append(b"Connection: close")
        if not self.chunks:
            return b"\r\n".join([*lines, b"Content-Length: %d" % len(self.body), b"", self.body])
        size = max(1, len(self.body) // self.chunks)
        parts = [self.body[at : at + size] for at in range(0, len(self.body), size)]
        body = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
        return b"\r\n".join([*lines, b"Transfer-Encoding: chunked", b"", body])


bodies = st.one_of(
    st.just(b""), st.just(b'{"action":"a","n":1}'), st.just(b"[1,2"), st.just(b"a=1&b=2"),
    st.binary(max_size=60), st.just(b'"' + b"x" * (LIMIT // 2) + b'"'),
)  # fmt: skip
requests = st.builds(
    Sent,
    st.sampled_from(METHODS),
    st.integers(0, 4),
    st.builds(str.__add__, st.sampled_from(VARIANTS), st.sampled_from(QUERIES)),
    st.lists(st.sampled_from(HEADERS), max_size=3, unique=True),
    bodies,
    st.integers(0, 3),
)

_VARYING = re.compile(
    rb"date: [^\r]+\r\n|run_[0-9a-z]+|\d+ s before|(?<=: )\d{2,4}(?=\r\n)|\(\d+ s\)", re.IGNORECASE
)


def comparable(answer: bytes) -> bytes:
    """The answer without what differs from one to the next; one may omit to ask for a body that is there."""
    answer = answer.replace(b"HTTP/1.1 100 Continue\r\n\r\n", b"")
    return _VARYING.sub(b"~", answer)


def pieces_of(whole: bytes, cuts: list[int]) -> list[bytes]:
    edges = sorted({0, len(whole), *(cut % (len(whole) + 1) for cut in cuts)})
    return [whole[start:end] for start, end in itertools.pairwise(edges)]


@pytest.mark.asyncio(loop_scope="module")
@settings(max_examples=60)
@given(st.lists(requests, min_size=1, max_size=4), st.lists(st.integers(0, 5_000), max_size=4))
async def test_events_get_the_same_answers_straight_from_the_parser_as_through_asgi(
    world: World, sent: list[Sent], cuts: list[int]
) -> None:
    whole = b"".join(one.encode(world.flows, one is sent[-1]) for one in sent)
    parts = pieces_of(whole, cuts)
    direct = comparable(await world.talk(world.direct, parts))
    through = comparable(await world.talk(world.asgi, parts))
    assert direct == through


def post(flow_id: str, body: bytes, *more: bytes, path: str = "") -> bytes:
    head = [f"POST /webhooks/{flow_id}{path} HTTP/1.1".encode(), b"Host: t", *more]
    return b"\r\n".join([*head, b"Content-Length: %d" % len(body), b"", body])


CLOSE = b"Connection: close"


def statuses(answer: bytes) -> list[int]:
    return [int(found) for found in re.findall(rb"HTTP/1\.1 (\d{3})", answer)]


@pytest.mark.asyncio(loop_scope="module")
async def test_events_and_pages_on_one_connection_are_answered_in_order(world: World) -> None:
    page = b"GET /healthz HTTP/1.1\r\nHost: t\r\n\r\n"
    flow_id = world.flows[0]
    event = post(flow_id, b'{"n":1}', path="/sync")
    last = post(flow_id, b"last", CLOSE, path="/sync")
    answer = await world.talk(world.direct, [page + event + page + event + last])
    assert statuses(answer) == [200] * 5
    assert answer.index(b'"n":1') < answer.rindex(b'"n":1') < answer.index(b"last")


@pytest.mark.asyncio(loop_scope="module")
async def test_what_is_no_request_is_refused_behind_the_answers_before_it(world: World) -> None:
    answer = await world.talk(world.direct, [post(world.flows[0], b"1") + b"nonsense\r\n\r\n"])
    assert statuses(answer) == [202, 400]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("port", ["direct", "asgi"])
async def test_nothing_is_done_behind_the_last_answer_of_a_connection(world: World, port: str) -> None:
    flow_id = await world.made(webhook())
    before = await world.talk(world.direct, [post(flow_id, b"0", CLOSE)])  # now it is in memory
    bomb = gzip.compress(gzip.compress(bytes(20_000_000)))  # the answer to which closes the connection
    last = post(flow_id, bomb, b"Content-Encoding: gzip, gzip")
    answer = await world.talk(getattr(world, port), [last + post(flow_id, b"1")])
    assert statuses(answer) == [413]
    later = await world.talk(world.direct, [post(flow_id, b"2", CLOSE)])  # stored behind what came before
    runs = await world.instance.sy.runs.list(world.instance.project.id, flow_id=flow_id)
    assert statuses(before) == statuses(later) == [202] and len(runs.data) == 2


@pytest.mark.asyncio(loop_scope="module")
async def test_a_sender_that_closes_its_half_gets_its_answer(world: World) -> None:
    answer = await world.talk(world.direct, [post(world.flows[0], b"1")], half_closed=True)
    assert statuses(answer) == [202]


@pytest.mark.asyncio(loop_scope="module")
async def test_a_sender_that_asks_first_is_told_to_go_on(world: World) -> None:
    head, _, body = post(world.flows[0], b"12345", b"Expect: 100-continue", CLOSE).partition(b"\r\n\r\n")
    reader, writer = await asyncio.open_connection("127.0.0.1", world.direct)
    writer.write(head + b"\r\n\r\n")
    assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    writer.write(body)
    assert statuses(await reader.read()) == [202]
    writer.close()


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_that_is_too_large_is_refused_before_it_is_complete(world: World, chunked: bool) -> None:
    head = f"POST /webhooks/{world.flows[0]} HTTP/1.1\r\nHost: t\r\n".encode()
    if chunked:
        sent = head + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % (LIMIT + 1) + b"x" * (LIMIT + 1)
    else:
        sent = head + b"Content-Length: 9999999\r\n\r\n"
    answer = await world.talk(world.direct, [sent])
    assert statuses(answer) == [413] and b"connection: close" in answer


@pytest.mark.asyncio(loop_scope="module")
async def test_an_event_that_breaks_off_is_listed_as_rejected(world: World) -> None:
    key = {"Authorization": f"Bearer {world.instance.key}"}

    async def listed() -> int:
        answer = await world.instance.http.get("/api/v1/rejected?limit=100", headers=key)
        return sum("before the body was complete" in one["message"] for one in answer.json()["data"])

    before = await listed()
    reader, writer = await asyncio.open_connection("127.0.0.1", world.direct)
    writer.write(post(world.flows[0], b"12345")[:-2])
    writer.write_eof()
    assert await reader.read() == b""
    writer.close()

    async def one_more() -> bool:
        return await listed() == before + 1

    await stored(world.instance.app.switchyard.db, one_more)


@pytest.mark.asyncio(loop_scope="module")
async def test_an_idle_connection_is_closed(world: World) -> None:
    protocol = with_intake(world.instance.app.intake, world.instance.app.switchyard.settings)
    protocol.HEAD_SECONDS = protocol.BODY_SECONDS = 0.04  # it looks every quarter of that

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError("nothing comes here")

    config = uvicorn.Config(app, port=0, log_level="critical", http=protocol, lifespan="off",
                            loop="asyncio", timeout_keep_alive=0)  # fmt: skip
    server = _Server(config)
    serving = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    answer = await world.talk(port, [post(world.flows[0], orjson.dumps({"n": 1}))])
    assert statuses(answer) == [202]
    server.should_exit = True
    await serving


class _Names:
    """An intake that answers with the names of the header fields, and how large the body was."""

    header_lines = b""

    def find(self, path: str) -> tuple["_Names", str]:
        return self, path

    def start_at_once(self, *_: object) -> bool:
        return False

    async def receive(self, flow_id: str, request: Request) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        names = b" ".join(name for name, _ in request.headers)
        return 200, [], b"%b, %d bytes" % (names, len(request.body))


async def test_a_trailer_of_an_event_adds_nothing_to_its_header() -> None:
    protocol = type("Named", (BoundedHttpProtocol,), {"intake": _Names(), "max_body": LIMIT})

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError("nothing comes here")

    async with listening(app, protocol) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(
            b"POST /webhooks/f HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
            b"2\r\n{}\r\n0\r\nAuthorization: Bearer x\r\nX-Forwarded-For: 10.0.0.1\r\n\r\n"
        )
        answer = await reader.read()
        writer.close()
    assert answer.endswith(b"host transfer-encoding connection, 2 bytes")


def test_a_body_of_many_small_parts_takes_no_more_than_its_bytes() -> None:
    """Each chunk of a body is a part; those of two bytes would take 28 times as much memory."""
    nobody: Any = None
    request = Request("POST", b"/webhooks/f", b"", [], b"", "")
    exchange = Exchange(nobody, nobody, "f", request, 1_000_000, keep_alive=True, continues=False)
    tracemalloc.start()
    try:
        for _ in range(100_000):
            exchange.add_body(bytes(bytearray(b"ab")))
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


class _Defective:
    """An intake with a defect."""

    header_lines = b""

    def find(self, path: str) -> tuple["_Defective", str]:
        return self, path

    def start_at_once(self, *_: object) -> bool:
        return False

    async def receive(self, flow_id: str, request: object) -> object:
        raise RuntimeError("a defect")


async def test_a_defect_is_answered_and_says_nothing_of_itself() -> None:
    protocol = type("Defective", (BoundedHttpProtocol,), {"intake": _Defective(), "max_body": LIMIT})

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError("nothing comes here")

    async with listening(app, protocol) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(post("f", b"1", CLOSE))
        answer = await reader.read()
        writer.close()
    assert statuses(answer) == [500] and b"a defect" not in answer


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("enabled", [True, False])
async def test_a_disabled_flow_that_holds_has_no_response_and_holds_nothing_for_sync(
    world: World, enabled: bool
) -> None:
    flow_id = world.flows[0 if enabled else 2]
    held = await world.held(flow_id)
    answer = await world.talk(world.direct, [post(flow_id, b"1", CLOSE, path="/sync")])
    assert statuses(answer) == [200 if enabled else 503]
    assert await world.held(flow_id) == held
    if not enabled:
        assert b"\r\nretry-after: 60\r\n" in answer.lower()
        assert orjson.loads(answer.partition(b"\r\n\r\n")[2])["error"]["code"] == "flow_disabled"


@pytest.mark.asyncio(loop_scope="module")
async def test_a_full_hold_is_503_with_retry_after_and_is_full_for_no_other_flow(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    full, other = await world.made(webhook(), enabled=False), await world.made(webhook(), enabled=False)
    held = world.instance.sy.held
    monkeypatch.setattr(held, "_settings", replace(held._settings, max_held=2))
    answer = await world.talk(world.direct, [post(full, b"1") + post(full, b"2") + post(full, b"3", CLOSE)])
    assert statuses(answer) == [202, 202, 503]
    refusal = answer[answer.rindex(b"HTTP/1.1 503") :]
    assert b"\r\nretry-after: 60\r\n" in refusal.lower()
    assert orjson.loads(refusal.partition(b"\r\n\r\n")[2])["error"]["code"] == "overloaded"
    assert await world.held(full) == 2
    assert statuses(await world.talk(world.direct, [post(other, b"1", CLOSE)])) == [202]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("scheme", [b"Bearer", b"bearer", b"BEARER", b"bEaReR"])
@pytest.mark.parametrize(("token", "expected"), [(b"the-t0ken", 202), (b"THE-T0KEN", 401), (b"", 401)])
async def test_the_name_of_the_scheme_bearer_is_read_in_any_case_and_its_token_as_it_is(
    world: World, scheme: bytes, token: bytes, expected: int
) -> None:
    fields = {"name": "Authorization", "value": "Bearer the-t0ken"}
    name = new_id("con")[-20:]
    await world.instance.api(
        "POST", "/connections", {"name": name, "piece": "webhook", "fields": fields}, 201
    )
    flow_id = await world.made(webhook({"scheme": "header", "connection": name}))
    answer = await world.talk(
        world.direct, [post(flow_id, b"1", b"Authorization: " + scheme + b" " + token, CLOSE)]
    )
    assert statuses(answer) == [expected]
