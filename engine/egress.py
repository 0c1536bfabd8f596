"""The only way out: every connection goes to an address that was checked, and to no other.

A name is resolved once, by us; the addresses that are neither public nor allowed are dropped; the socket is
opened to one that is left, while TLS and the Host header keep the name. So a name that changes its mind
between check and connection gains nothing, and a redirect passes the same gate.
"""

import asyncio
import contextlib
import socket
import ssl
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from ipaddress import ip_address

import httpcore
import httpx

from pieces import PieceError

from .addresses import Network, is_allowed, literal
from .errors import BadInput, TooLarge
from .outgoing import MOST, Pool
from .stopwatch import Stopwatch, running

MAX_BYTES = 10_000_000
"""The largest answer that is read, before and after decompression."""
TIMEOUT = 30.0
USER_AGENT = "Switchyard"
_ADDRESSES = 4
"""Addresses of one name that are tried in turn."""

Resolver = Callable[[str, int], Awaitable[list[str]]]
OnAnswer = Callable[[httpx.Response], Awaitable[None]]


class EgressRefused(PieceError, BadInput):
    """The address may not be connected to; trying again does not help."""

    code = "address_refused"


class AnswerTooLarge(PieceError, TooLarge):
    """The other side sent more than is read."""

    code = "answer_too_large"


async def system_resolver(host: str, port: int) -> list[str]:
    """The addresses of a name by the system's resolver; raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Egress:
    """One pool of guarded connections; `client()` gives cheap views on it that need no closing."""

    def __init__(
        self,
        allow: Sequence[Network] = (),
        *,
        resolver: Resolver = system_resolver,
        ssl_context: ssl.SSLContext | None = None,
        most: int = MOST,
    ) -> None:
        """`most` requests are on their way at the same time; those of the same pool wait for one another."""
        self._gate = _Gate(tuple(allow), resolver)
        self.ssl_context = ssl_context or httpx.create_ssl_context()
        """Whom TLS believes; for protocols beside HTTP too."""
        self._pool = Pool(self.ssl_context, self._gate, most)

    def client(
        self,
        base_url: str = "",
        auth: httpx.Auth | None = None,
        timeout: float = TIMEOUT,
        headers: Mapping[str, str] | None = None,
        *,
        on_answer: OnAnswer | None = None,
        max_bytes: int = MAX_BYTES,
    ) -> httpx.AsyncClient:
        """An HTTP client whose requests pass the gate. It follows no redirect unless a call asks for it.

        `timeout` is in seconds, for connecting and for each read and write; `on_answer` is called with each
        response; an answer of more than `max_bytes` raises `AnswerTooLarge`.
        """
        return httpx.AsyncClient(
            base_url=base_url,
            auth=auth,
            timeout=timeout,
            headers={"user-agent": USER_AGENT, "accept-encoding": "gzip, deflate", **(headers or {})},
            event_hooks={"response": [on_answer]} if on_answer is not None else None,
            transport=_Transport(self._pool, max_bytes),
            trust_env=False,
            max_redirects=5,
        )

    async def send(
        self, request: httpx.Request, *, max_bytes: int = MAX_BYTES, watch: Stopwatch | None = None
    ) -> httpx.Response:
        """One request with exactly these headers: no cookies, no redirects. The answer's body is not read
        yet; close it. `watch` is told of each part of it. Raises what a client raises."""
        if watch is None:
            return await _Transport(self._pool, max_bytes).handle_async_request(request)
        request.extensions = {**request.extensions, "trace": watch}
        token = running.set(watch)
        try:
            return await _Transport(self._pool, max_bytes).handle_async_request(request)
        finally:
            running.reset(token)

    async def resolve(self, host: str, port: int) -> list[str]:
        """The addresses of a host that may be connected to; raises `EgressRefused`, or OSError if unknown."""
        return await self._gate.resolve(host, port)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._pool.aclose()


class _Gate(httpcore.AsyncNetworkBackend):
    """Opens sockets for the pool, to checked addresses only."""

    def __init__(self, allow: tuple[Network, ...], resolver: Resolver) -> None:
        self._allow = allow
        self._resolver = resolver
        self._inner = httpcore.AnyIOBackend()

    async def resolve(self, host: str, port: int) -> list[str]:
        try:
            address = literal(host)
        except ValueError as error:
            raise EgressRefused(f"the address is refused: {error}") from None
        found = [str(address)] if address else await self._resolver(host.rstrip("."), port)
        allowed = [text for text in found if is_allowed(ip_address(text), self._allow)]
        if found and not allowed:
            raise EgressRefused(
                f"{host} is not a public address; SWITCHYARD_EGRESS_ALLOW names the private ones in use"
            )
        return allowed

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature of httpcore
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            async with asyncio.timeout(timeout):
                addresses = await self.resolve(host, port)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(f"{host} was not resolved in time") from error
        except OSError as error:
            raise httpcore.ConnectError(f"{host} is not known: {error.strerror or error}") from error
        watch = running.get()
        if watch is not None:
            watch.stop("dns")
            watch.start("connect")
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in addresses[:_ADDRESSES]:
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature of httpcore
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        raise EgressRefused("a local socket is refused")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class _Transport(httpx.AsyncBaseTransport):
    """httpx on the shared pool. Closing a client leaves the pool open."""

    def __init__(self, pool: Pool, max_bytes: int) -> None:
        self._pool = pool
        self._max_bytes = max_bytes

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.scheme not in ("http", "https") or not request.url.host:
            raise httpx.UnsupportedProtocol("only http:// and https:// are spoken")
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        sent = httpcore.Request(
            request.method,
            url,
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        with _as_httpx():
            answer = await self._pool.send(sent)
        headers = httpx.Headers(answer.headers)
        stream: AsyncIterator[bytes] = _limited(_chunks(answer), self._max_bytes)
        # Unpacked here, where the size of what comes out is bounded, not by httpx, where it is not.
        coding = headers.get("content-encoding", "").strip().lower()
        if coding in ("gzip", "x-gzip", "deflate") and request.method != "HEAD":
            stream = _unpacked(stream, coding, self._max_bytes)
            headers = httpx.Headers([pair for pair in headers.raw if pair[0].lower() not in _PACKED])
        elif coding not in ("", "identity"):
            headers = httpx.Headers([pair for pair in headers.raw if pair[0].lower() != b"content-encoding"])
        return httpx.Response(
            answer.status, headers=headers, stream=_Stream(stream, answer), extensions=answer.extensions
        )


_PACKED = (b"content-encoding", b"content-length")


class _Stream(httpx.AsyncByteStream):
    def __init__(self, chunks: AsyncIterator[bytes], answer: httpcore.Response) -> None:
        self._chunks = chunks
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _as_httpx():
            async for chunk in self._chunks:
                yield chunk

    async def aclose(self) -> None:
        with _as_httpx():
            await self._answer.aclose()


async def _chunks(answer: httpcore.Response) -> AsyncIterator[bytes]:
    async for chunk in answer.aiter_stream():
        yield chunk


async def _limited(chunks: AsyncIterator[bytes], most: int) -> AsyncIterator[bytes]:
    read = 0
    async for chunk in chunks:
        read += len(chunk)
        if read > most:
            raise _too_large(most)
        yield chunk


async def _unpacked(chunks: AsyncIterator[bytes], coding: str, most: int) -> AsyncIterator[bytes]:
    """Undo gzip or deflate; never holds more than `most` bytes of the result."""
    unpack = zlib.decompressobj(zlib.MAX_WBITS if coding == "deflate" else zlib.MAX_WBITS | 16)
    room = most
    async for chunk in chunks:
        try:
            # One byte more than there is room for tells a full answer from one that is too large.
            data = unpack.decompress(chunk, room + 1)
        except zlib.error as error:
            raise httpx.DecodingError(f"the answer is not {coding}: {error}") from error
        room -= len(data)
        if room < 0:
            raise _too_large(most)
        yield data


def _too_large(most: int) -> AnswerTooLarge:
    return AnswerTooLarge(f"the answer is larger than {most:,} bytes")


_ERRORS: dict[type[Exception], type[httpx.TransportError]] = {
    httpcore.ConnectTimeout: httpx.ConnectTimeout,
    httpcore.ReadTimeout: httpx.ReadTimeout,
    httpcore.WriteTimeout: httpx.WriteTimeout,
    httpcore.PoolTimeout: httpx.PoolTimeout,
    httpcore.ConnectError: httpx.ConnectError,
    httpcore.ReadError: httpx.ReadError,
    httpcore.WriteError: httpx.WriteError,
    httpcore.LocalProtocolError: httpx.LocalProtocolError,
    httpcore.RemoteProtocolError: httpx.RemoteProtocolError,
    httpcore.UnsupportedProtocol: httpx.UnsupportedProtocol,
    httpcore.TimeoutException: httpx.TimeoutException,
    httpcore.NetworkError: httpx.NetworkError,
    httpcore.ProtocolError: httpx.ProtocolError,
}


@contextlib.contextmanager
def _as_httpx() -> Iterator[None]:
    """What httpcore raises, by the name that httpx gives it."""
    try:
        yield
    except tuple(_ERRORS) as error:
        known = next(ours for theirs, ours in _ERRORS.items() if isinstance(error, theirs))
        raise known(str(error) or type(error).__name__) from error
