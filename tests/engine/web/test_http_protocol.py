"""The server's HTTP protocol over real sockets: what is not a request is refused, in bounds and in time."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import orjson
import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from engine.web.http_protocol import BoundedHttpProtocol
from tests.support.clock import ManualClock
from tests.support.waiting import until

Talk = Callable[..., Awaitable[bytes]]


class _Server(uvicorn.Server):
    def install_signal_handlers(self) -> None:
        """The test's process keeps its own."""


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with how many bytes of body it got, and the names of the header fields that came with it."""
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    body = str(size).encode()
    names = b" ".join(name for name, _ in scope["headers"])
    headers = [(b"content-length", str(len(body)).encode()), (b"x-names", names)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture
async def talk() -> AsyncIterator[Talk]:
    """Send bytes on a connection of their own, and read until the server closes it."""
    config = uvicorn.Config(
        app, port=0, log_level="critical", http=BoundedHttpProtocol, lifespan="off", loop="asyncio"
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]

    async def talk(*parts: bytes, end: bool = False) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            for part in parts:
                writer.write(part)
                await writer.drain()
            if end:
                writer.write_eof()
            return await reader.read()
        finally:
            writer.close()

    yield talk
    server.should_exit = True
    await serving


GET = b"GET / HTTP/1.1\r\nHost: t\r\n"
CLOSE = b"Connection: close\r\n\r\n"


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (GET + CLOSE, 200),
        (GET + b"X: " + b"x" * 16_000 + b"\r\n" + CLOSE, 200),
        (GET + b"X: " + b"x" * 17_000 + b"\r\n" + CLOSE, 431),
        (GET + (b"X: " + b"x" * 15_000 + b"\r\n") * 5 + CLOSE, 431),
        (GET + b"X: 1\r\n" * 97 + CLOSE, 200),
        (GET + b"X: 1\r\n" * 101 + CLOSE, 431),
        (b"GET /" + b"x" * 16_000 + b" HTTP/1.1\r\nHost: t\r\n" + CLOSE, 200),
        (b"GET /" + b"x" * 17_000 + b" HTTP/1.1\r\nHost: t\r\n" + CLOSE, 414),
        (b"\x16\x03\x01 hello", 400),
        (b"GET / HTTP/1.1\r\nbad header\r\n\r\n", 400),
    ],
)
async def test_a_head_is_taken_within_bounds(talk: Talk, head: bytes, expected: int) -> None:
    answer = await talk(head)
    assert status(answer) == expected
    if expected >= 400:
        assert set(orjson.loads(answer.partition(b"\r\n\r\n")[2])["error"]) == {"code", "message"}


async def test_a_header_that_never_ends_is_cut_while_it_comes(talk: Talk) -> None:
    """The parser gathers a field until its end; so the bytes are counted as they come."""
    try:
        answer = await talk(GET, b"X: ", *[b"x" * 65_536] * 200)
    except ConnectionError:  # closed while we were still sending
        return
    assert status(answer) in (400, 431)


async def test_a_large_body_behind_a_small_head_is_not_a_large_head(talk: Talk) -> None:
    body = b"x" * 300_000
    head = b"POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 300000\r\n" + CLOSE
    answer = await talk(head + body)
    assert status(answer) == 200 and answer.endswith(b"300000")


async def test_pipelined_requests_are_answered_in_order(talk: Talk) -> None:
    post = b"POST / HTTP/1.1\r\nHost: t\r\nContent-Length: %d\r\n%b\r\n%b"
    answer = await talk(
        post % (1, b"", b"x"), post % (2, b"", b"xx"), post % (3, b"Connection: close\r\n", b"xxx")
    )
    assert [part[-1:] for part in answer.split(b"HTTP/1.1 200")[1:]] == [b"1", b"2", b"3"]


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        (b"", None),
        (b"GET / HT", 408),
        (GET, 408),
        (b"POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nx", 408),
        (GET + b"\r\n" + GET, 200),  # the second request of the connection
    ],
)
async def test_what_does_not_arrive_in_time_is_ended(
    clock: ManualClock, talk: Talk, sent: bytes, answered: int | None
) -> None:
    answer = await clock.drive(talk(sent), step=5)
    assert (status(answer) if answer else None) == answered


CHUNKED = (
    b"POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\nhello\r\n"
)


async def test_a_trailer_adds_nothing_to_the_header(talk: Talk) -> None:
    """RFC 9110, 6.5.1: a proxy that removes a field from requests removes it from their header only."""
    answer = await talk(CHUNKED + b"0\r\nAuthorization: Bearer x\r\nX-Forwarded-For: 10.0.0.1\r\n\r\n")
    assert status(answer) == 200 and answer.endswith(b"\r\n5")
    assert b"x-names: host transfer-encoding connection\r\n" in answer


async def test_a_trailer_is_bounded(talk: Talk) -> None:
    assert status(await talk(CHUNKED + b"0\r\n" + b"X: 1\r\n" * 20_000 + b"\r\n")) == 431


HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: t\r\n\r\n"
TWO_WAYS = [
    (b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
    (b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", b"0\r\n\r\n"),
    (b"Content-Length: 5\r\nContent-Length: 0\r\n", b""),
    (b"Content-Length: 0\r\nContent-Length: 5\r\n", b"hello"),
    (b"Content-Length: 5, 0\r\n", b"hello"),
    (b"Content-Length: +5\r\n", b"hello"),
    (b"Content-Length: 0x5\r\n", b"hello"),
    (b"Content-Length: -1\r\n", b""),
    (b"Content-Length: 5 5\r\n", b"hello"),
    (b"Content-Length: 99999999999999999999999\r\n", b""),
    (b"Content-Length : 5\r\n", b"hello"),
    (b"Content-Length\0: 5\r\n", b"hello"),
    (b"Content-Length: 5\r\n\r\0\n", b"hello"),
    (b"Transfer-Encoding: chunked, identity\r\n", b"0\r\n\r\n"),
    (b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n"),
    (b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", b"0\r\n\r\n"),
    (b"Transfer-Encoding:\x0bchunked\r\n", b"0\r\n\r\n"),
    (b"Transfer-Encoding\t: chunked\r\n", b"0\r\n\r\n"),
    (b"X: 1\r\n Content-Length: 5\r\n", b""),
    (b"X: 1\rContent-Length: 5\r\n", b""),
    (b"Transfer-Encoding: chunked\r\n", b"0x5\r\nhello\r\n0\r\n\r\n"),
    (b"Transfer-Encoding: chunked\r\n", b"-5\r\nhello\r\n0\r\n\r\n"),
    (b"Transfer-Encoding: chunked\r\n", b"5 \r\nhello\r\n0\r\n\r\n"),
    (b"Transfer-Encoding: chunked\r\n", b"FFFFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n"),
    (b"Transfer-Encoding: chunked\r\n", b"5\r\nhelloX\r\n0\r\n\r\n"),
    (b"Transfer-Encoding: chunked\r\n", b"5\nhello\n0\n\n"),
]


@pytest.mark.parametrize(("fields", "body"), TWO_WAYS)
async def test_a_request_whose_end_can_be_read_in_two_ways_is_refused(
    talk: Talk, fields: bytes, body: bytes
) -> None:
    """Request smuggling (RFC 9112, 6.3 and 11.2): what follows it is never read as another request."""
    answer = await talk(b"POST / HTTP/1.1\r\nHost: t\r\n" + fields + b"\r\n" + body + HIDDEN)
    assert status(answer) == 400 and answer.count(b"content-length:") == 1, answer


async def test_no_connection_becomes_another_protocol(talk: Talk) -> None:
    upgrade = b"Connection: Upgrade\r\nUpgrade: %b\r\nSec-WebSocket-Version: 13\r\n"
    for protocol in (b"websocket", b"h2c"):
        answer = await talk(
            GET + upgrade % protocol + b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n", end=True
        )
        assert status(answer) in (200, 400), answer
