"""What the flows of cases C and D send to: an HTTP server that answers every POST at once and remembers the
`id` in its body. `GET` shows how many requests came, and the ids.

Run as a program: `python -m tests.bench.peers.receiver PORT`. It is a process of its own and does next to
nothing for a request, so that it costs all who are measured the same little.
"""

import asyncio
import json
import sys
import urllib.request
from typing import Any

import uvloop

_OK = b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 11\r\n\r\n{"ok":true}'


class Received:
    """What came, by id; a request that was repeated counts twice in `requests`."""

    def __init__(self) -> None:
        self.requests = 0
        self.ids: set[str] = set()

    def show(self, *, with_ids: bool) -> bytes:
        found = {"requests": self.requests, "events": len(self.ids)}
        return json.dumps(found | ({"ids": list(self.ids)} if with_ids else {})).encode()


class Connection(asyncio.Protocol):
    """Reads requests that have a Content-Length, as all do that are measured."""

    def __init__(self, received: Received) -> None:
        self._received = received
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while True:
            head, end, rest = self._buffer.partition(b"\r\n\r\n")
            if not end:
                return
            low = head.lower()
            _, found, length = low.partition(b"content-length:")
            size = int(length.split(b"\r\n", 1)[0]) if found else 0
            if len(rest) < size:
                return
            body, self._buffer = rest[:size], rest[size:]
            if low.startswith(b"get"):
                content = self._received.show(with_ids=b"/ids " in low.split(b"\r\n", 1)[0])
                self._transport.write(
                    b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(content), content)
                )
            else:
                self._received.requests += 1
                self._received.ids.add(_id_in(body))
                self._transport.write(_OK)


def _id_in(body: bytes) -> str:
    """The text behind the first `"id":`, without parsing the rest."""
    _, _, rest = body.partition(b'"id"')
    return rest.split(b'"', 2)[1].decode() if rest.count(b'"') >= 2 else ""


def ids(port: int) -> set[str]:
    """The ids that came to the receiver on a port."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/ids", timeout=30) as answer:
        return set(json.load(answer)["ids"])


def events(port: int) -> int:
    """How many different ids came to the receiver on a port."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30) as answer:
        return int(json.load(answer)["events"])


async def serve(port: int) -> None:
    received = Received()
    server = await asyncio.get_running_loop().create_server(lambda: Connection(received), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
