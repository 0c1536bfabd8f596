"""What an answer may look like on the wire, and what becomes of its connection (RFC 9112)."""

import asyncio
import ipaddress
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from engine.http.egress import Egress
from tests.support.clock import ManualClock
from tests.support.waiting import idle, turns

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)
Behave = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def server(behave: Behave) -> AsyncIterator[str]:
    """A server that does what `behave` does on each connection, then closes it; its address."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await behave(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    listening = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/"


def says(*parts: bytes) -> Behave:
    """Answers each request of a connection with the next of `parts`, then closes."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for part in parts:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(part)
            await writer.drain()

    return behave


async def get(behave: Behave, method: str = "GET", times: int = 1) -> httpx.Response:
    egress = Egress(LOOPBACK)
    try:
        async with server(behave) as url:
            for _ in range(times):
                response = await egress.client().request(method, url)
            return response
    finally:
        await egress.aclose()


GOOD = {
    "a length": (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, b"hello"),
    "chunks": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3;a=b\r\n, y\r\n0\r\n\r\n",
        200,
        b"hello, y",
    ),
    "chunks with trailers": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 1\r\n\r\n",
        200,
        b"hi",
    ),
    "the end of the connection": (b"HTTP/1.1 200 OK\r\n\r\nuntil it closes", 200, b"until it closes"),
    "HTTP/1.0": (b"HTTP/1.0 200 OK\r\n\r\nold", 200, b"old"),
    "an interim answer before": (
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        200,
        b"ok",
    ),
    "no content": (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
    "no reason": (b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", 200, b""),
}


@pytest.mark.parametrize("form", GOOD)
async def test_an_answer_is_read_in_each_form(form: str) -> None:
    wire, status, body = GOOD[form]
    response = await get(says(wire))
    assert (response.status_code, response.content) == (status, body)
    assert "x-sum" not in response.headers and "link" not in response.headers


@pytest.mark.parametrize("form", GOOD)
async def test_an_answer_is_the_same_when_it_comes_byte_by_byte(form: str) -> None:
    wire, status, body = GOOD[form]

    async def slowly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for byte in wire:
            writer.write(bytes([byte]))
            await writer.drain()
            await turns()

    response = await get(slowly)
    assert (response.status_code, response.content) == (status, body)


BAD = {
    "nothing at all": b"",
    "half a head": b"HTTP/1.1 200 OK\r\nContent-",
    "another protocol": b"SSH-2.0-OpenSSH_9.2\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "a length beside chunks": (
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    ),
    "a length that is none": b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
    "a chunk that is none": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nhello\r\n",
    "too little": b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello",
    "chunks without an end": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    "an endless head": b"HTTP/1.1 200 OK\r\n" + b"X-Pad: %b\r\n" % (b"p" * 1000) * 120,
    "one endless line": b"HTTP/1.1 200 OK\r\nX-Pad: " + b"p" * 120_000,
}


@pytest.mark.parametrize("form", BAD)
async def test_what_is_no_answer_is_an_error(form: str) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        await get(says(BAD[form]))


async def test_the_answer_to_head_has_no_body_whatever_its_length_says() -> None:
    response = await get(says(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"), "HEAD")
    assert response.headers["content-length"] == "500" and response.content == b""


async def test_what_follows_an_answer_unasked_is_not_taken_for_the_next() -> None:
    first = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na"
    smuggled = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
    assert (await get(says(first + smuggled, first), times=2)).content == b"a"


@pytest.mark.parametrize(
    ("answer", "connections"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na", 1),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\na", 3),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na", 3),
    ],
)
async def test_a_connection_is_used_again_only_where_the_answer_lets_it(
    answer: bytes, connections: int
) -> None:
    opened = 0

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal opened
        opened += 1
        while True:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)

    assert (await get(behave, times=3)).content == b"a"
    assert opened == connections


async def test_who_answers_before_the_whole_request_is_heard() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        await reader.read()  # what is still on its way, so that closing is no reset

    egress = Egress(LOOPBACK)
    async with server(refuse) as url:
        assert (await egress.client().post(url, content=b"x" * 5_000_000)).status_code == 413
    await egress.aclose()


async def test_a_body_of_unknown_length_goes_out_in_chunks() -> None:
    heard = b""

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal heard
        heard = await reader.readuntil(b"0\r\n\r\n")
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")

    async def parts() -> AsyncIterator[bytes]:
        yield b"one"
        yield b""
        yield b"three!"

    egress = Egress(LOOPBACK)
    async with server(hear) as url:
        assert (await egress.client().post(url, content=parts())).status_code == 204
    await egress.aclose()
    assert heard.endswith(b"\r\n\r\n3\r\none\r\n6\r\nthree!\r\n0\r\n\r\n")


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("GET", {"x-a": "one\r\nx-b: two"}),
        ("GET", {"x-a": "nul\x00"}),
        ("GET", {"bad name": "x"}),
        ("GE T", {}),
    ],
)
async def test_nothing_breaks_out_of_its_line(method: str, headers: dict[str, str]) -> None:
    egress = Egress(LOOPBACK)
    async with server(says(b"HTTP/1.1 204 No Content\r\n\r\n")) as url:
        with pytest.raises(httpx.LocalProtocolError):
            await egress.client().request(method, url, headers=headers)
    await egress.aclose()


async def test_a_body_that_nobody_reads_does_not_pile_up() -> None:
    sent = 0

    async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
        for _ in range(1000):
            writer.write(b"x" * 100_000)
            await writer.drain()
            sent += 100_000

    egress = Egress(LOOPBACK)
    async with server(pour) as url, egress.client().stream("GET", url) as response:
        parts = response.aiter_raw()
        await anext(parts)
        await idle()  # the sender has to wait
        assert sent < 50_000_000
        await parts.aclose()  # type: ignore[attr-defined]
    await egress.aclose()


async def test_a_silent_server_is_given_up_after_the_time_that_was_set(clock: ManualClock) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await reader.read()

    egress = Egress(LOOPBACK)
    async with server(silent) as url:
        with pytest.raises(httpx.ReadTimeout):
            await clock.drive(egress.client(timeout=5).get(url))
    await egress.aclose()
