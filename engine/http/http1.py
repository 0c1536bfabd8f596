"""One connection of HTTP/1.1, the client's side: a request out, its answer in (RFC 9112).

The bytes are parsed by llhttp (`httptools`), strictly. A connection serves one request at a time; it may
serve another when the answer was read to its end and the other side keeps it open. Errors are httpx's, so
that whoever uses httpx meets none that are new.
"""

import asyncio
import re
import ssl
from collections import deque
from collections.abc import AsyncIterable, Sequence
from dataclasses import dataclass
from socket import socket
from typing import cast

import httptools
import httpx

from engine.base import clock
from engine.base.timings import Stopwatch

KEPT = 15.0
"""Seconds that an idle connection is kept."""
_HEAD_BYTES = 100_000
"""The longest head of an answer, interim answers and trailers among it."""
_AHEAD = 256_000
"""Bytes of a body that are taken before they are read; beyond, the other side has to wait."""

_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(rb"[^\x00\r\n]*")
_TARGET = re.compile(rb"[\x21-\x7e\x80-\xff]+")

Headers = Sequence[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds that each single wait may take; None is for ever."""

    connect: float | None = None
    read: float | None = None
    write: float | None = None
    pool: float | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """What an answer begins with."""

    status: int
    reason: bytes
    headers: list[tuple[bytes, bytes]]


class Connection(asyncio.Protocol):
    """A connection that is open. Made by `connect`."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._lost: Exception | None = None
        self._closed = False
        self._paused = False  # the other side takes no more for now
        self._idle_since = clock.monotonic()
        self._busy = False
        self._begin("")

    def _begin(self, method: str) -> None:
        self._method = method
        self._parser = httptools.HttpResponseParser(self)
        self._head: Head | None = None
        self._reason = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._head_bytes = 0
        self._body: deque[bytes] = deque()
        self._ahead = 0
        self._held = False  # we take no more for now
        self._framed = False  # the body says where it ends
        self._complete = False
        self._reusable = False
        self._error: Exception | None = None

    # -- one request --------------------------------------------------------------------------------

    async def request(
        self,
        method: str,
        target: bytes,
        headers: Headers,
        body: AsyncIterable[bytes],
        limits: Limits,
        watch: Stopwatch | None,
    ) -> Head:
        """Send a request; the head of its answer. Afterwards `read` the body, or `abort`.

        Raises httpx.LocalProtocolError for what is no HTTP, and WriteTimeout, ReadTimeout, ReadError and
        RemoteProtocolError. The connection is of no use then.
        """
        self._begin(method)
        self._busy = True
        try:
            head = _written(method, target, headers)
            if watch is not None:
                watch.start("send")
            await self._send(head, body, _chunked(headers), limits)
            if watch is not None:
                watch.start("first_byte")
            while self._head is None:
                self._check()
                await self._wait(limits.read, httpx.ReadTimeout("the response did not start in time"))
        except BaseException:
            self.abort()
            raise
        if watch is not None:
            watch.stop("first_byte")
            watch.start("body")
        return self._head

    async def read(self, limits: Limits) -> bytes:
        """The next part of the answer's body; empty at its end. Raises as `request` does."""
        while not self._body:
            if self._complete:
                return b""
            self._check()
            await self._wait(limits.read, httpx.ReadTimeout("the response stopped for too long"))
        part = self._body.popleft()
        self._ahead -= len(part)
        if self._held and self._ahead < _AHEAD // 2 and self._transport is not None:
            self._held = False
            self._transport.resume_reading()
        return part

    def release(self) -> bool:
        """The request is over. Whether the connection may serve another; if not, it is closed."""
        keep = self._complete and not self._body and self._reusable and not self._closed
        self._busy = False
        self._idle_since = clock.monotonic()
        if not keep:
            self.abort()
        return keep

    @property
    def usable(self) -> bool:
        """Whether an idle connection is still open, and not too old."""
        return not self._closed and clock.monotonic() - self._idle_since < KEPT

    def abort(self) -> None:
        """Close at once."""
        self._closed = True
        if self._transport is not None:
            self._transport.abort()

    # -- sending ------------------------------------------------------------------------------------

    async def _send(self, head: bytes, body: AsyncIterable[bytes], chunked: bool, limits: Limits) -> None:
        async for part in body:
            if part:
                await self._write(head + (b"%x\r\n%b\r\n" % (len(part), part) if chunked else part), limits)
                head = b""
        if chunked or head:
            await self._write(head + (b"0\r\n\r\n" if chunked else b""), limits)

    async def _write(self, data: bytes, limits: Limits) -> None:
        # Who answers before it has heard everything may hang up: then its answer is what counts.
        if self._closed or self._transport is None:
            return
        self._transport.write(data)
        while self._paused and not self._closed and self._head is None:
            await self._wait(limits.write, httpx.WriteTimeout("the request could not be sent in time"))

    # -- waiting ------------------------------------------------------------------------------------

    async def _wait(self, seconds: float | None, too_late: Exception) -> None:
        """Until something happens. Raises `too_late` after `seconds`."""
        waiter = self._waiter = self._loop.create_future()
        timer = None if seconds is None else clock.call_later(seconds, _fail, waiter, too_late)
        try:
            await waiter
        finally:
            self._waiter = None
            if timer is not None:
                timer.cancel()

    def _wake(self) -> None:
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def _check(self) -> None:
        if self._error is None and self._closed:
            self._error = httpx.RemoteProtocolError("Server disconnected without sending a response.")
        if self._error is not None:
            raise self._error

    # -- asyncio.Protocol -----------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are of no common class

    def data_received(self, data: bytes) -> None:
        if not self._busy or self._complete:  # nobody asked for it: what else is said here is not believed
            self._reusable = False
            self.abort()
            return
        if self._head is None:
            self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
            if self._head is None and self._head_bytes > _HEAD_BYTES:
                raise httpx.RemoteProtocolError("the header of the response is too long")
        except httptools.HttpParserUpgrade:
            self.on_message_complete()
        except httptools.HttpParserCallbackError as error:
            self._break(error.__context__ if isinstance(error.__context__, httpx.HTTPError) else error)
        except (httptools.HttpParserError, httpx.RemoteProtocolError) as error:
            self._break(error)
        self._wake()

    def eof_received(self) -> bool:
        self._over(None)
        return False

    def connection_lost(self, error: Exception | None) -> None:
        self._over(error)

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        self._wake()

    def _over(self, error: Exception | None) -> None:
        """Nothing more will come."""
        self._closed = True
        if self._busy and not self._complete and self._error is None:
            if self._head is not None and not self._framed and error is None:
                self._complete = True  # a body without a length ends with the connection (RFC 9112, 6.3)
            elif error is not None:
                self._error = httpx.ReadError(str(error) or type(error).__name__)
                self._error.__cause__ = error
            elif self._head is None:
                self._error = httpx.RemoteProtocolError("Server disconnected without sending a response.")
            else:
                self._error = httpx.RemoteProtocolError(
                    "peer closed connection without sending complete message body"
                )
        self._wake()

    def _break(self, error: BaseException) -> None:
        """What came is no HTTP."""
        if not isinstance(error, httpx.HTTPError):
            error = httpx.RemoteProtocolError(str(error) or type(error).__name__)
        self._error = error
        self.abort()

    # -- what llhttp tells ----------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        if self._complete:  # a second answer to one request
            self._reusable = False

    def on_status(self, reason: bytes) -> None:
        self._reason += reason

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._head is None:
            self._headers.append((name, value))
            key = name.lower()
            self._framed |= key == b"content-length" or (key == b"transfer-encoding")

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if 100 <= status < 200 and status != 101:  # an interim answer: the real one follows
            self._headers, self._reason, self._framed = [], b"", False
            return
        self._head = Head(status, self._reason, self._headers)
        self._framed |= status in (204, 304)
        if self._method == "HEAD":  # its answer has no body, whatever its headers say (RFC 9110, 9.3.2)
            self._complete = True

    def on_body(self, part: bytes) -> None:
        if self._complete:
            return
        self._body.append(part)
        self._ahead += len(part)
        if self._ahead > _AHEAD and not self._held and self._transport is not None and not self._closed:
            self._held = True
            self._transport.pause_reading()

    def on_message_complete(self) -> None:
        if self._head is None or self._complete:
            return
        self._complete = True
        self._reusable = self._framed and self._parser.should_keep_alive()


def _fail(waiter: "asyncio.Future[None]", error: Exception) -> None:
    if not waiter.done():
        waiter.set_exception(error)


def _written(method: str, target: bytes, headers: Headers) -> bytes:
    """The head of a request. Raises httpx.LocalProtocolError: nothing may break out of its line."""
    verb = method.encode("ascii", "replace")
    if not _TOKEN.fullmatch(verb) or not _TARGET.fullmatch(target):
        raise httpx.LocalProtocolError("this is no request line")
    lines = [b"%b %b HTTP/1.1" % (verb, target)]
    for name, value in headers:
        if not _TOKEN.fullmatch(name) or not _VALUE.fullmatch(value):
            raise httpx.LocalProtocolError(f"{name[:60]!r} is no header")
        lines.append(b"%b: %b" % (name, value))
    return b"\r\n".join(lines) + b"\r\n\r\n"


def _chunked(headers: Headers) -> bool:
    return any(name.lower() == b"transfer-encoding" for name, _ in headers)


async def connect(
    sock: socket, tls: ssl.SSLContext | None, host: str, seconds: float | None, watch: Stopwatch | None
) -> Connection:
    """HTTP on a connected socket; with `tls`, once the other side has proved to be `host`.

    Raises httpx.ConnectError and ConnectTimeout.
    """
    loop = asyncio.get_running_loop()
    if tls is not None and watch is not None:
        watch.start("tls")
    try:
        async with clock.timeout(seconds):
            _, connection = await loop.create_connection(
                Connection, sock=sock, ssl=tls, server_hostname=None if tls is None else host
            )
    except TimeoutError as error:
        sock.close()
        raise httpx.ConnectTimeout("the TLS handshake took too long") from error
    except (OSError, ssl.CertificateError) as error:
        sock.close()
        raise httpx.ConnectError(str(error) or type(error).__name__) from error
    except BaseException:
        sock.close()
        raise
    if tls is not None and watch is not None:
        watch.stop("tls")
    return connection
