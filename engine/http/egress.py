"""The only way out: every connection goes to an address that was checked, and to no other.

A name is resolved once, by us; the addresses that are neither public nor allowed are dropped; the socket is
opened to one that is left, while TLS and the Host header keep the name. So a name that changes its mind
between check and connection gains nothing, and a redirect passes the same gate.
"""

import asyncio
import os
import socket
import ssl
import zlib
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from functools import lru_cache
from ipaddress import ip_address, ip_network

import httpx

from engine.base import clock
from engine.base.errors import BadInput, TooLarge
from engine.base.timings import Stopwatch
from pieces import PieceError, Transport

from .addresses import Network, is_allowed, literal
from .client import Client
from .connection_pool import MOST, MOST_IDLE, Pool, PooledResponse
from .instance_proxy import InstanceProxy
from .proxy import ThroughProxy
from .tls import context_for, usual_trust

MAX_BYTES = 10_000_000
"""The largest answer that is read, before and after decompression."""
TIMEOUT = 30.0
USER_AGENT = "Switchyard"
_POOLS = 100
"""Connections with a proxy or certificates of their own whose pools are open at the same time."""
_IDLE_OF_ONE = 10
_ADDRESSES = 4
"""Addresses of one name that are tried in turn."""

Resolver = Callable[[str, int], Awaitable[list[str]]]
OnAnswer = Callable[[httpx.Response], Awaitable[None]]


class EgressRefused(PieceError, BadInput):
    """The address may not be connected to; trying again does not help."""

    code = kind = "address_refused"


class AnswerTooLarge(PieceError, TooLarge):
    """The other side sent more than is read."""

    code = kind = "answer_too_large"


async def system_resolver(host: str, port: int) -> list[str]:
    """The addresses of a name by the system's resolver; raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@lru_cache(64)
def _kind_of_client(base_url: str, timeout: float) -> Client:
    """What the clients of a piece have in common."""
    return Client(
        base_url=base_url,
        timeout=timeout,
        headers={"user-agent": USER_AGENT, "accept-encoding": "gzip, deflate"},
        transport=httpx.AsyncBaseTransport(),
        trust_env=False,
        max_redirects=5,
    )


class Egress:
    """One pool of guarded connections; `client()` gives cheap views on it that need no closing."""

    def __init__(
        self,
        allow: Sequence[Network] = (),
        *,
        resolver: Resolver = system_resolver,
        ssl_context: ssl.SSLContext | None = None,
        proxy: InstanceProxy | None = None,
        most: int = MOST,
        most_idle: int = MOST_IDLE,
    ) -> None:
        """`proxy` is the one of the instance, for requests whose connection names none. `most` requests are
        on their way at the same time; those of the same pool wait for one another. `most_idle` connections
        are kept open for the next request."""
        self._gate = _Gate(tuple(allow), resolver)
        self._dial = self._gate.dial if proxy is None else _ByHost(self._gate, proxy, resolver).dial
        self.ssl_context = ssl_context or usual_trust()
        """Whom TLS believes; for protocols beside HTTP too."""
        self._most = most
        self._pool = Pool(self.ssl_context, self._dial, most, most_idle)
        self._own: OrderedDict[Transport, Pool] = OrderedDict()

    def client(
        self,
        base_url: str = "",
        auth: httpx.Auth | None = None,
        timeout: float = TIMEOUT,
        headers: Mapping[str, str] | None = None,
        *,
        on_answer: OnAnswer | None = None,
        max_bytes: int = MAX_BYTES,
        transport: Transport | None = None,
    ) -> httpx.AsyncClient:
        """An HTTP client whose requests pass the gate. It follows no redirect unless a call asks for it.

        `timeout` is in seconds, for connecting and for each read and write; `on_answer` is called with each
        response; an answer of more than `max_bytes` raises `AnswerTooLarge`. `transport` says through which
        proxy requests go, and what TLS believes and proves.
        """
        return _kind_of_client(base_url, timeout).view(
            _Transport(self, transport, max_bytes), auth, headers, on_answer
        )

    async def send(
        self, request: httpx.Request, *, max_bytes: int = MAX_BYTES, watch: Stopwatch | None = None
    ) -> httpx.Response:
        """One request with exactly these headers: no cookies, no redirects. The answer's body is not read
        yet; close it. `watch` is told of each part of it. Raises what a client raises."""
        return await _Transport(self, None, max_bytes, watch).handle_async_request(request)

    async def pool_for(self, transport: Transport | None, url: httpx.URL) -> Pool:
        """The pool whose connections reach an address in this way. Those with a client certificate, or to
        servers that were not verified, serve nobody else."""
        here = None if transport is None else transport.at(url)
        if here is None or here.is_usual:
            return self._pool
        if here not in self._own:
            context = await asyncio.to_thread(context_for, here)
            if here not in self._own:  # another request was quicker
                dial = ThroughProxy(self._gate, here).dial if here.proxy else self._dial
                self._own[here] = Pool(context, dial, self._most, _IDLE_OF_ONE)
        self._own.move_to_end(here)
        pool = self._own[here]
        if len(self._own) > _POOLS:
            _, unused = self._own.popitem(last=False)
            await unused.aclose()
        return pool

    async def resolve(self, host: str, port: int) -> list[str]:
        """The addresses of a host that may be connected to; raises `EgressRefused`, or OSError if unknown."""
        return await self._gate.resolve(host, port)

    async def aclose(self) -> None:
        """Close all connections."""
        for pool in (*self._own.values(), self._pool):
            await pool.aclose()


_ALL = (ip_network("0.0.0.0/0"), ip_network("::/0"))


class _Gate:
    """Opens sockets for the pool, to checked addresses only."""

    def __init__(self, allow: tuple[Network, ...], resolver: Resolver) -> None:
        self._allow = allow
        self._resolver = resolver

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

    @property
    def is_open(self) -> bool:
        """Whether every address is allowed, so that names need no checking."""
        return all(network in self._allow for network in _ALL)

    async def found(self, host: str, port: int, seconds: float | None) -> list[str]:
        """The checked addresses of a host, one at least.

        Raises EgressRefused, httpx.ConnectError and httpx.ConnectTimeout.
        """
        try:
            async with clock.timeout(seconds):
                addresses = await self.resolve(host, port)
        except TimeoutError as error:
            raise httpx.ConnectTimeout(f"{host} was not resolved in time") from error
        except OSError as error:
            raise httpx.ConnectError(f"{host} is not known: {error.strerror or error}") from error
        if not addresses:
            raise httpx.ConnectError(f"{host} has no address")
        return addresses

    async def dial(
        self, host: str, port: int, seconds: float | None, watch: Stopwatch | None
    ) -> socket.socket:
        """A socket connected to a checked address.

        Raises EgressRefused, httpx.ConnectError and httpx.ConnectTimeout.
        """
        if watch is not None:
            watch.start("dns")
        addresses = await self.found(host, port, seconds)
        if watch is not None:
            watch.stop("dns")
            watch.start("connect")
        failure: Exception = httpx.ConnectError(f"{host} cannot be reached")
        for address in addresses[:_ADDRESSES]:
            try:
                connected = await _connected(address, port, seconds)
            except TimeoutError:
                failure = httpx.ConnectTimeout(f"{host} did not answer in time")
            except OSError as error:
                failure = httpx.ConnectError(_reason(error))
            else:
                if watch is not None:
                    watch.stop("connect")
                return connected
        raise failure


def _reason(error: OSError) -> str:
    """Why a connection failed, as the system says it: asyncio puts a text of its own in its place."""
    return os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)


class _ByHost:
    """Opens sockets through the proxy of the instance, or directly, as it says for each host."""

    def __init__(self, gate: _Gate, proxy: InstanceProxy, resolver: Resolver) -> None:
        self._direct = gate
        self._proxy = proxy
        self._tunnels = ThroughProxy(gate, proxy.transport, to_proxy=_Gate(_ALL, resolver))

    async def dial(
        self, host: str, port: int, seconds: float | None, watch: Stopwatch | None
    ) -> socket.socket:
        """A socket that leads to a checked address. Raises what the gate and the tunnel raise."""
        path = self._tunnels if self._proxy.serves(host, port) else self._direct
        return await path.dial(host, port, seconds, watch)


async def _connected(address: str, port: int, seconds: float | None) -> socket.socket:
    """A socket connected to an address in numbers. Raises OSError, and TimeoutError after `seconds`."""
    made = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        made.setblocking(False)
        async with clock.timeout(seconds):
            await asyncio.get_running_loop().sock_connect(made, (address, port))
    except BaseException:
        made.close()
        raise
    return made


class _Transport(httpx.AsyncBaseTransport):
    """httpx on the shared pool. Closing a client leaves the pool open."""

    def __init__(
        self, egress: Egress, how: Transport | None, max_bytes: int, watch: Stopwatch | None = None
    ) -> None:
        self._egress = egress
        self._how = how
        self._max_bytes = max_bytes
        self._watch = watch

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.scheme not in ("http", "https") or not request.url.host:
            raise httpx.UnsupportedProtocol("only http:// and https:// are supported")
        pool = await self._egress.pool_for(self._how, request.url)
        answer = await pool.send(request, self._watch)
        headers = httpx.Headers(answer.head.headers)
        stream: AsyncIterator[bytes] = _limited(aiter(answer.stream), self._max_bytes)
        # Unpacked here, where the size of what comes out is bounded, not by httpx, where it is not.
        coding = headers.get("content-encoding", "").strip().lower()
        if coding in ("gzip", "x-gzip", "deflate") and request.method != "HEAD":
            stream = _unpacked(stream, coding, self._max_bytes)
            headers = httpx.Headers([pair for pair in headers.raw if pair[0].lower() not in _PACKED])
        elif coding not in ("", "identity"):
            headers = httpx.Headers([pair for pair in headers.raw if pair[0].lower() != b"content-encoding"])
        response = _Response(
            answer.head.status,
            stream=_Stream(stream, answer),
            extensions={"http_version": b"HTTP/1.1", "reason_phrase": answer.head.reason},
        )
        response.headers = headers  # a copy would have to find out anew how they are encoded
        return response


class _Response(httpx.Response):
    """An answer of which nothing is left to decode, so that it is read at a third of the cost."""

    async def aread(self) -> bytes:
        if self.is_stream_consumed or self.is_closed or not isinstance(self.stream, _Stream):
            return await super().aread()
        self.is_stream_consumed = True
        self._content = b"".join([part async for part in self.stream])
        await self.aclose()
        return self._content


_PACKED = (b"content-encoding", b"content-length")


class _Stream(httpx.AsyncByteStream):
    def __init__(self, chunks: AsyncIterator[bytes], answer: PooledResponse) -> None:
        self._chunks = chunks
        self._answer = answer

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._chunks

    async def aclose(self) -> None:
        self._answer.stream.close()


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
    return AnswerTooLarge(f"the response is larger than {most:,} bytes")
