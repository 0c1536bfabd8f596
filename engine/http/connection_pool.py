"""The connection pool of outgoing HTTP: open connections wait for the next request."""

import asyncio
import ssl
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from socket import socket

import httpx

from engine.base import clock
from engine.base.timings import Stopwatch

from .http1 import KEPT, Connection, Head, Limits, connect

MOST = 300
"""Requests on their way at the same time; more wait, as long as their timeout says."""
MOST_IDLE = 100

Dial = Callable[[str, int, float | None, Stopwatch | None], Awaitable[socket]]
"""A connected socket to a checked address of a host: its name, port, seconds at most, stopwatch."""

_Key = tuple[str, str, int]
_PORTS = {"http": 80, "https": 443}


@dataclass(slots=True)
class PooledResponse:
    """The head of an answer, and its body: a stream to be read to its end or closed."""

    head: Head
    stream: "Stream"


class Pool:
    """HTTP/1.1 connections by scheme, host and port, each used by one request at a time."""

    def __init__(
        self, ssl_context: ssl.SSLContext, dial: Dial, most: int = MOST, most_idle: int = MOST_IDLE
    ) -> None:
        self._ssl = ssl_context
        self._most_idle = most_idle
        self._dial = dial
        self._slots = asyncio.Semaphore(most)
        self._idle: dict[_Key, list[Connection]] = {}
        self._count = 0
        self._swept = clock.monotonic()

    async def send(self, request: httpx.Request, watch: Stopwatch | None = None) -> PooledResponse:
        """The answer to a request. Raises httpx.TransportError."""
        limits = Limits(**request.extensions.get("timeout", {}))
        try:
            async with clock.timeout(limits.pool):
                await self._slots.acquire()
        except TimeoutError as error:
            raise httpx.PoolTimeout("too many requests are in progress") from error
        url = request.url
        key = (url.scheme, url.raw_host.decode("ascii"), url.port or _PORTS[url.scheme])
        assert isinstance(request.stream, AsyncIterable)
        try:
            connection = self._kept(key) or await self._open(key, limits, watch)
            head = await connection.request(
                request.method, url.raw_path, request.headers.raw, request.stream, limits, watch
            )
        except BaseException:
            self._slots.release()
            raise
        return PooledResponse(head, Stream(self, key, connection, limits, watch))

    async def aclose(self) -> None:
        """Close what is idle; what is in use closes as it ends."""
        idle, self._idle, self._count = self._idle, {}, self._most_idle
        for connections in idle.values():
            for connection in connections:
                connection.abort()
        await clock.pause()  # so that they are closed when the loop ends right after

    def _kept(self, key: _Key) -> Connection | None:
        kept = self._idle.get(key)
        while kept:
            connection = kept.pop()
            self._count -= 1
            if not kept:
                self._idle.pop(key, None)
            if connection.usable:
                return connection
            connection.abort()
        return None

    async def _open(self, key: _Key, limits: Limits, watch: Stopwatch | None) -> Connection:
        scheme, host, port = key
        sock = await self._dial(host, port, limits.connect, watch)
        return await connect(sock, self._ssl if scheme == "https" else None, host, limits.connect, watch)

    def give_back(self, key: _Key, connection: Connection) -> None:
        """Keep a connection whose answer was read to its end; close any other."""
        self._slots.release()
        if connection.release():
            if self._count < self._most_idle:
                self._idle.setdefault(key, []).append(connection)
                self._count += 1
            else:
                connection.abort()
        if clock.monotonic() - self._swept > KEPT:
            self._sweep()

    def _sweep(self) -> None:
        """Close what nobody asked for again."""
        self._swept = clock.monotonic()
        for key, kept in list(self._idle.items()):
            expired = [connection for connection in kept if not connection.usable]
            self._idle[key] = [connection for connection in kept if connection not in expired]
            if not self._idle[key]:
                del self._idle[key]
            self._count -= len(expired)
            for connection in expired:
                connection.abort()


class Stream:
    """An answer's body; its connection goes back once, when the body is closed."""

    def __init__(
        self, pool: Pool, key: _Key, connection: Connection, limits: Limits, watch: Stopwatch | None
    ) -> None:
        self._pool = pool
        self._key = key
        self._connection: Connection | None = connection
        self._limits = limits
        self._watch = watch

    async def __aiter__(self) -> AsyncIterator[bytes]:
        connection = self._connection
        while connection is not None and (part := await connection.read(self._limits)):
            yield part
        if self._watch is not None:
            self._watch.stop("body")

    def close(self) -> None:
        """Be done with it, read or not."""
        connection, self._connection = self._connection, None
        if connection is not None:
            self._pool.give_back(self._key, connection)
