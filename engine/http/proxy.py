"""A tunnel through an HTTP proxy (CONNECT, RFC 9110 section 9.3.6)."""

import asyncio
import base64
import re
from collections.abc import Mapping
from socket import socket
from typing import Protocol
from urllib.parse import urlsplit

import httpx

from engine.base import clock
from engine.base.errors import BadInput
from engine.base.timings import Stopwatch
from pieces import PieceError, Transport

_HEAD_BYTES = 16_384
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})(?: ([^\r\n]*))?\r?\n")
_REASONS: Mapping[int, str] = {
    403: "it does not allow this host or port",
    405: "it opens no tunnels (CONNECT)",
    407: "it requires a user name and password, or does not accept those that it was sent",
}


class ProxyRefused(PieceError, BadInput):
    """The proxy opens no such tunnel; trying again does not help."""

    code = kind = "proxy_refused"


class Gate(Protocol):
    """Opens sockets to checked addresses: the egress's."""

    @property
    def is_open(self) -> bool: ...

    async def found(self, host: str, port: int, seconds: float | None) -> list[str]: ...

    async def dial(self, host: str, port: int, seconds: float | None, watch: Stopwatch | None) -> socket: ...


class ThroughProxy:
    """Opens sockets through a proxy. Both the proxy and the host behind it pass the gate: what is asked for
    is an address that was checked, not a name that the proxy might resolve to another one."""

    def __init__(self, gate: Gate, transport: Transport, to_proxy: Gate | None = None) -> None:
        """`to_proxy` is the gate that the proxy itself passes, where it is another one."""
        self._gate = gate
        self._to_proxy = to_proxy or gate
        self._at = urlsplit(transport.proxy)
        pair = (transport.username, transport.password)
        self._sign_in = pair if any(pair) else None

    async def dial(self, host: str, port: int, seconds: float | None, watch: Stopwatch | None) -> socket:
        """A tunnel to a checked address of a host; where every address is allowed the proxy resolves names.

        Raises as the gate does, and what `tunnel` raises.
        """
        address = host if self._gate.is_open else (await self._gate.found(host, port, seconds))[0]
        connected = await self._to_proxy.dial(self._at.hostname or "", self._at.port or 0, seconds, watch)
        try:
            place = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
            await tunnel(connected, place, self._at.netloc, self._sign_in, seconds)
        except BaseException:
            connected.close()
            raise
        return connected


async def tunnel(
    sock: socket, place: str, proxy: str, sign_in: tuple[str, str] | None, seconds: float | None
) -> None:
    """Have the proxy at the other end of `sock` connect it with `place`, `host:port`.

    `proxy` is its address for messages, `sign_in` a user name and password. Raises `ProxyRefused` for what it
    will not do, httpx.ProxyError for what it cannot do now, and httpx.ConnectTimeout.
    """
    loop = asyncio.get_running_loop()
    lines = [f"CONNECT {place} HTTP/1.1", f"Host: {place}"]
    if sign_in is not None:
        pair = base64.b64encode(":".join(sign_in).encode("utf-8", "surrogatepass")).decode()
        lines.append(f"Proxy-Authorization: Basic {pair}")
    try:
        async with clock.timeout(seconds):
            await loop.sock_sendall(sock, "\r\n".join([*lines, "", ""]).encode("ascii"))
            head = await _head(loop, sock, proxy)
    except TimeoutError as error:
        raise httpx.ConnectTimeout(f"the proxy {proxy} did not answer in time") from error
    except OSError as error:
        raise httpx.ProxyError(
            f"the proxy {proxy} closed the connection: {error.strerror or error}"
        ) from error
    _judge(head, proxy)


async def _head(loop: asyncio.AbstractEventLoop, sock: socket, proxy: str) -> bytes:
    """The head of the answer. Nothing follows it: in a tunnel it is the client that speaks first."""
    head = b""
    while b"\r\n\r\n" not in head:
        part = await loop.sock_recv(sock, 4_096)
        if not part:
            raise httpx.ProxyError(f"the proxy {proxy} closed the connection without a response")
        head += part
        if len(head) > _HEAD_BYTES:
            raise ProxyRefused(f"The proxy {proxy} does not speak HTTP.")
    return head


def _judge(head: bytes, proxy: str) -> None:
    """Raise what a refusing answer means."""
    match = _STATUS.match(head)
    if match is None:
        raise ProxyRefused(f"The proxy {proxy} does not speak HTTP.")
    status = int(match[1])
    if 200 <= status < 300:
        if head.index(b"\r\n\r\n") + 4 < len(head):
            raise ProxyRefused(f"The proxy {proxy} sent unexpected data through the tunnel.")
        return
    words = (match[2] or b"").decode("ascii", "replace")[:100]
    told = f"The proxy {proxy} answered {status} {words}".rstrip()
    if status >= 500 or status in (408, 429):
        raise httpx.ProxyError(told)
    raise ProxyRefused(f"{told}: {_REASONS[status]}." if status in _REASONS else f"{told}.")
