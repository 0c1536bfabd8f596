"""A real forward proxy on the loopback that opens tunnels (CONNECT).

async with proxying() as proxy: …   proxy.url, proxy.asked
"""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Proxy:
    """Where it is, the places that it was asked for, and how it answers."""

    url: str = ""
    port: int = 0
    sign_in: str = ""
    """`user:password` that it wants; empty for none."""
    answer: bytes = b""
    """What it says instead of opening a tunnel."""
    asked: list[str] = field(default_factory=list)
    leads: dict[str, int] = field(default_factory=dict)
    """The loopback port behind a place `host:port`; without one, the port that is asked for."""


@asynccontextmanager
async def proxying(sign_in: str = "") -> AsyncIterator[Proxy]:
    """The proxy, until the end of the block."""
    proxy = Proxy(sign_in=sign_in)
    tasks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        with suppress(asyncio.CancelledError, asyncio.IncompleteReadError, OSError):
            await _serve(proxy, reader, writer)
        writer.close()
        tasks.discard(task)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    proxy.url = f"http://127.0.0.1:{proxy.port}"
    try:
        yield proxy
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _serve(proxy: Proxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip("\r\n").split("\r\n")
    method, place, _ = first.split(" ")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    proxy.asked.append(place)
    wanted = f"Basic {base64.b64encode(proxy.sign_in.encode()).decode()}"
    answer = proxy.answer
    if method != "CONNECT":
        answer = b"HTTP/1.1 405 Method Not Allowed\r\ncontent-length: 0\r\n\r\n"
    elif proxy.sign_in and headers.get("proxy-authorization") != wanted:
        answer = b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n"
    if answer:
        writer.write(answer)
        await writer.drain()
        return
    port = proxy.leads.get(place, int(place.rpartition(":")[2]))
    upstream_reader, upstream_writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
    try:
        await asyncio.gather(_copy(reader, upstream_writer), _copy(upstream_reader, writer))
    finally:
        upstream_writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()
