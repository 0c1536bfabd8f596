"""A web server on OpenSSL itself, which sends the alerts that asyncio's servers swallow.

with answering(context) as server: …   server.port, server.requests
"""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

_SECONDS = 10


@dataclass
class TlsServer:
    """Where it listens, and the first lines of the requests that came in."""

    port: int
    requests: list[str] = field(default_factory=list)


@contextmanager
def answering(context: ssl.SSLContext) -> Iterator[TlsServer]:
    """A server that answers one request for each connection with 200, one connection after the other."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = TlsServer(listening.getsockname()[1])
        thread = threading.Thread(target=_accept, args=(listening, context, server))
        thread.start()
        try:
            yield server
        finally:
            with suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
            thread.join(_SECONDS)


def _accept(listening: socket.socket, context: ssl.SSLContext, server: TlsServer) -> None:
    while True:
        try:
            plain, _ = listening.accept()
        except OSError:  # it was closed
            return
        with plain:
            plain.settimeout(_SECONDS)
            with suppress(OSError):
                _answer(plain, context, server)


def _answer(plain: socket.socket, context: ssl.SSLContext, server: TlsServer) -> None:
    try:
        secure = context.wrap_socket(plain.dup(), server_side=True, do_handshake_on_connect=False)
        with secure:
            secure.settimeout(_SECONDS)
            secure.do_handshake()
            head = b""
            while b"\r\n\r\n" not in head:
                head += secure.recv(4_096)
            server.requests.append(head.split(b"\r\n")[0].decode())
            secure.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
    except ssl.SSLError:  # the alert was sent: let it arrive before the connection is reset
        plain.shutdown(socket.SHUT_WR)
        while plain.recv(4_096):
            pass
