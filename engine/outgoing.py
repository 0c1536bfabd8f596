"""Open connections kept for the next request.

httpcore's own pool looks at every connection on every request, each look a system call; with many requests
at the same time that was two thirds of their cost. Here a request looks at one connection, its own.
"""

import asyncio
import ssl
import time
from collections.abc import AsyncIterable, AsyncIterator

import httpcore

MOST = 300
"""Requests on their way at the same time; more wait, as long as their timeout says."""
MOST_IDLE = 100
KEPT = 15.0
"""Seconds that an idle connection is kept."""

_Key = tuple[bytes, bytes, int | None]


class Pool:
    """HTTP/1.1 connections by scheme, host and port, each used by one request at a time."""

    def __init__(
        self, ssl_context: ssl.SSLContext, backend: httpcore.AsyncNetworkBackend, most: int = MOST
    ) -> None:
        self._ssl = ssl_context
        self._backend = backend
        self._slots = asyncio.Semaphore(most)
        self._idle: dict[_Key, list[httpcore.AsyncHTTPConnection]] = {}
        self._count = 0
        self._swept = time.monotonic()

    async def send(self, request: httpcore.Request) -> httpcore.Response:
        """The head of the answer; reading or closing its stream gives the connection back.

        Raises what httpcore raises.
        """
        limits = request.extensions.get("timeout", {})
        try:
            async with asyncio.timeout(limits.get("pool")):
                await self._slots.acquire()
        except TimeoutError as error:
            raise httpcore.PoolTimeout("too many requests are on their way") from error
        url = request.url
        key = (url.scheme, url.host, url.port)
        try:
            connection = await self._take(key, url.origin)
            answer = await connection.handle_async_request(request)
        except BaseException:
            # httpcore closes a connection whose request failed or was cancelled.
            self._slots.release()
            raise
        assert isinstance(answer.stream, AsyncIterable)
        stream = _Stream(self, key, connection, answer.stream)
        return httpcore.Response(
            answer.status, headers=answer.headers, content=stream, extensions=answer.extensions
        )

    async def aclose(self) -> None:
        """Close what is idle; what is in use closes as it ends."""
        idle, self._idle, self._count = self._idle, {}, MOST_IDLE
        for connections in idle.values():
            for connection in connections:
                await connection.aclose()

    async def _take(self, key: _Key, origin: httpcore.Origin) -> httpcore.AsyncHTTPConnection:
        kept = self._idle.get(key)
        while kept:
            connection = kept.pop()
            self._count -= 1
            if not kept:
                self._idle.pop(key, None)
            if connection.is_available() and not connection.has_expired():
                return connection
            await connection.aclose()
        return httpcore.AsyncHTTPConnection(
            origin, ssl_context=self._ssl, keepalive_expiry=KEPT, network_backend=self._backend
        )

    async def give_back(self, key: _Key, connection: httpcore.AsyncHTTPConnection) -> None:
        """Keep a connection whose answer was read to its end; close any other."""
        self._slots.release()
        if connection.is_idle() and self._count < MOST_IDLE:
            self._idle.setdefault(key, []).append(connection)
            self._count += 1
        else:
            await connection.aclose()
        if time.monotonic() - self._swept > KEPT:
            await self._sweep()

    async def _sweep(self) -> None:
        """Close what nobody asked for again."""
        self._swept = time.monotonic()
        expired = []
        for key, kept in list(self._idle.items()):
            expired += [connection for connection in kept if connection.has_expired()]
            self._idle[key] = [connection for connection in kept if connection not in expired]
            if not self._idle[key]:
                del self._idle[key]
        self._count -= len(expired)
        for connection in expired:
            await connection.aclose()


class _Stream:
    """An answer's body; its connection goes back once, when the body is closed."""

    def __init__(
        self, pool: Pool, key: _Key, connection: httpcore.AsyncHTTPConnection, inner: AsyncIterable[bytes]
    ) -> None:
        self._pool = pool
        self._key = key
        self._connection: httpcore.AsyncHTTPConnection | None = connection
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._inner:
            yield chunk

    async def aclose(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            close = getattr(self._inner, "aclose", None)
            if close is not None:
                await close()
        finally:
            await self._pool.give_back(self._key, connection)
