"""A load generator that costs little: prepared requests, and one protocol object for each connection.

Closed loop: each connection sends its next request when the last one is answered, which finds the most that
a server accepts. Open loop: requests are due at a fixed rate whatever the answers do, and each latency counts
from the moment at which its request was due, which is what people would see. A generator that counts from
the moment at which it got round to sending leaves out the waits that a slow server causes (coordinated
omission).
"""

import asyncio
import selectors
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

_PATIENCE = 10.0
"""Seconds that answers may still take when the last request of an open loop was due."""
OPEN_LOOP_CONNECTIONS = 256


@dataclass
class Load:
    """What was sent and what came back. Times are Unix seconds, durations seconds."""

    sent: int = 0
    accepted: dict[str, float] = field(default_factory=dict)  # run id → when its request was due
    ack: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)  # how long after it was due each request left
    refused: int = 0
    unanswered: int = 0
    began: float = 0.0
    ended: float = 0.0

    @property
    def per_second(self) -> float:
        return len(self.ack) / max(self.ended - self.began, 1e-9)


class Connection(asyncio.Protocol):
    """HTTP/1.1 keep-alive, one request at a time; reads responses that have a Content-Length."""

    def __init__(self, load: Load, path: str, bodies: deque[bytes]) -> None:
        self._load = load
        head = f"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
        self._head = f"{head}Content-Length: ".encode()
        self._bodies = bodies
        self._buffer = b""
        self._due = 0.0
        self._then: Callable[[], None] | None = None
        self._answered: asyncio.Future[None] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    async def send(self) -> None:
        """One request and its answer."""
        self._answered = asyncio.get_running_loop().create_future()
        self.send_due(time.time())
        await self._answered

    def send_due(self, due: float, answered: Callable[[], None] | None = None) -> None:
        """Send one request, whose latency counts from `due`; `answered` is called once it is answered."""
        assert self._transport is not None
        body = self._bodies[0]
        self._bodies.rotate(-1)
        self._due, self._then = due, answered
        self._load.sent += 1
        self._transport.write(b"%b%d\r\n\r\n%b" % (self._head, len(body), body))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, mark, rest = self._buffer.partition(b"\r\n\r\n")
        if not mark:
            return
        at = head.lower().find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(rest) < length:
            return
        self._buffer = b""
        if head[9:12] in (b"202", b"200"):
            self._load.ack.append(time.time() - self._due)
            if rest[2:8] == b"run_id":
                self._load.accepted[rest[11:41].decode()] = self._due
        else:
            self._load.refused += 1
        if self._answered is not None and not self._answered.done():
            self._answered.set_result(None)
        if self._then is not None:
            self._then()

    def connection_lost(self, error: Exception | None) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(error or ConnectionError("the server closed the connection"))

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


async def connect(port: int, path: str, bodies: list[bytes], load: Load, count: int) -> list[Connection]:
    """`count` connections to loopback, each starting at another body."""
    loop = asyncio.get_running_loop()
    connections = []
    for number in range(count):
        own = deque(bodies)
        own.rotate(-number)
        _, connection = await loop.create_connection(partial(Connection, load, path, own), "127.0.0.1", port)
        connections.append(connection)
    return connections


async def closed(port: int, path: str, bodies: list[bytes], seconds: float, connections: int = 128) -> Load:
    """As many requests as the server takes."""
    load = Load()
    open_connections = await connect(port, path, bodies, load, connections)
    load.began = time.time()
    end = load.began + seconds

    async def one(connection: Connection) -> None:
        while time.time() < end:
            await connection.send()

    await asyncio.gather(*(one(connection) for connection in open_connections))
    load.ended = time.time()
    for connection in open_connections:
        connection.close()
    return load


async def open_loop(port: int, path: str, bodies: list[bytes], seconds: float, rate: int) -> Load:
    """`rate` requests a second, evenly spaced; a request that finds no free connection waits for one, and the
    wait counts."""
    load = Load()
    connections = await connect(port, path, bodies, load, OPEN_LOOP_CONNECTIONS)
    free, overdue = deque(connections), deque[float]()
    count = max(1, int(rate * seconds))
    all_answered = asyncio.Event()

    def send(connection: Connection, due: float) -> None:
        load.late.append(max(0.0, time.time() - due))
        connection.send_due(due, partial(answered, connection))

    def answered(connection: Connection) -> None:
        if overdue:
            send(connection, overdue.popleft())
        else:
            free.append(connection)
        if len(load.ack) + load.refused == count:
            all_answered.set()

    load.began = time.time()
    for number in range(count):
        due = load.began + number / rate
        await asyncio.sleep(max(0.0, due - time.time()))  # one that is late lets answers be read all the same
        if free:
            send(free.popleft(), due)
        else:
            overdue.append(due)
    try:
        async with asyncio.timeout(_PATIENCE):
            await all_answered.wait()
    except TimeoutError:
        load.unanswered = count - len(load.ack) - load.refused
    load.ended = time.time()
    for connection in connections:
        connection.close()
    return load


def precise_loop() -> asyncio.AbstractEventLoop:
    """An event loop that wakes up on time: epoll rounds a timeout up to a millisecond, select(2) does not,
    which is what an open loop needs that looks at latencies of a few milliseconds."""
    return asyncio.SelectorEventLoop(selectors.SelectSelector())


class Receiver(asyncio.Protocol):
    """Counts what arrives: an HTTP server that answers 204 to every POST and counts each idempotency key."""

    def __init__(self, seen: dict[str, int]) -> None:
        self._seen = seen
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while True:
            head, mark, rest = self._buffer.partition(b"\r\n\r\n")
            if not mark:
                return
            fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
            length = int(fields.get(b"content-length", b"0"))
            if len(rest) < length:
                return
            self._buffer = rest[length:]
            key = fields.get(b"idempotency-key", b"").decode()
            self._seen[key] = self._seen.get(key, 0) + 1
            assert self._transport is not None
            self._transport.write(b"HTTP/1.1 204 No Content\r\n\r\n")
