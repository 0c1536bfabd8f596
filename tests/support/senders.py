"""A sender that keeps many connections busy with as little work as possible, and remembers the fate of each
event: for tests that kill a server which is saturated."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

CONNECTIONS = 64


@dataclass
class Fates:
    """What became of events, by their number: the body of each 2xx, and what was refused."""

    accepted: dict[int, bytes] = field(default_factory=dict)
    refused: dict[int, int] = field(default_factory=dict)  # status
    unanswered: set[int] = field(default_factory=set)


class Sender(asyncio.Protocol):
    """One HTTP/1.1 connection that sends the next event when the last one is answered, until it is lost."""

    def __init__(
        self, path: str, body: Callable[[int], bytes], numbers: Callable[[], int], fates: Fates
    ) -> None:
        self._path, self._body, self._next, self._fates = path.encode(), body, numbers, fates
        self._number = -1
        self._buffer = b""
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, end, rest = self._buffer.partition(b"\r\n\r\n")
        if not end:
            return
        _, found, length = head.lower().partition(b"content-length:")
        size = int(length.split(b"\r\n", 1)[0]) if found else 0
        if len(rest) < size:
            return
        status = int(head[9:12])
        if 200 <= status < 300:
            self._fates.accepted[self._number] = rest[:size]
        else:
            self._fates.refused[self._number] = status
        self._fates.unanswered.discard(self._number)
        self._buffer = rest[size:]
        self._send()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.lost.done():
            self.lost.set_result(None)

    def stop(self) -> None:
        self._transport.close()

    def _send(self) -> None:
        self._number = self._next()
        self._fates.unanswered.add(self._number)
        body = self._body(self._number)
        self._transport.write(
            b"POST %b HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n%b" % (self._path, len(body), body)
        )


class Saturation:
    """Connections that send to one port for as long as they live. `start` them, and await `ended` once the
    server is gone, or after `stop`."""

    def __init__(self, port: int, paths: list[str], body: Callable[[int], bytes], first: int = 0) -> None:
        """The connections take turns with the paths. `body` is the event of a number; numbers count up from
        `first`."""
        self.fates = {path: Fates() for path in paths}
        self._port, self._body = port, body
        self._number = first
        self._senders: list[Sender] = []

    @property
    def accepted(self) -> int:
        return sum(len(fates.accepted) for fates in self.fates.values())

    @property
    def next_number(self) -> int:
        """The number that the next event would have."""
        return self._number

    async def start(self, connections: int = CONNECTIONS) -> None:
        loop, paths = asyncio.get_running_loop(), list(self.fates)
        for number in range(connections):
            path = paths[number % len(paths)]
            _, sender = await loop.create_connection(
                lambda path=path: Sender(path, self._body, self._take, self.fates[path]),  # type: ignore[misc]
                "127.0.0.1",
                self._port,
            )
            self._senders.append(sender)

    def stop(self) -> None:
        """Close all connections; what is not answered by then never is."""
        for sender in self._senders:
            sender.stop()

    async def ended(self) -> None:
        """Return once every connection is lost."""
        await asyncio.gather(*(sender.lost for sender in self._senders))

    def _take(self) -> int:
        number, self._number = self._number, self._number + 1
        return number
