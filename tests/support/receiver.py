"""A receiver of events that can be told to behave badly: real sockets, no HTTP library between.

async with receiving("500 then 200") as receiver: …   receiver.url, receiver.requests
"""

import asyncio
import datetime
import gzip
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from email.utils import format_datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from engine.base import clock
from tests.support.waiting import idle

Writer = asyncio.StreamWriter


@dataclass
class Seen:
    """One request as it came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """What came in, oldest first, and where to send to. `behave` may be changed between requests."""

    url: str
    port: int
    behave: str
    requests: list[Seen] = field(default_factory=list)


def answer(status: str, body: bytes = b"", *headers: str) -> bytes:
    """An answer's bytes."""
    head = "".join(f"{line}\r\n" for line in (f"content-length: {len(body)}", *headers))
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body


async def _ok(receiver: Receiver, writer: Writer) -> None:
    writer.write(answer("200 OK", b'{"taken":true}', "content-type: application/json"))


async def _slow_header(receiver: Receiver, writer: Writer) -> None:
    for letter in b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 1000:
        writer.write(bytes([letter]))
        await writer.drain()
        await clock.sleep(0.05)


async def _slow_body(receiver: Receiver, writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
    while True:
        writer.write(b".")
        await writer.drain()
        await clock.sleep(0.05)


async def _endless_body(receiver: Receiver, writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"1000\r\n" + b"." * 0x1000 + b"\r\n")
        await writer.drain()


async def _endless_header(receiver: Receiver, writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"x-filler: " + b"." * 1000 + b"\r\n")
        await writer.drain()


async def _reset(receiver: Receiver, writer: Writer) -> None:
    _abort(writer)


def _abort(writer: Writer) -> None:
    """Close with RST, not with FIN."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def _reset_in_body(receiver: Receiver, writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")
    await writer.drain()
    await idle()  # else what was sent goes with it
    _abort(writer)


async def _wrong_length(receiver: Receiver, writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\nconnection: close\r\n\r\nshort")
    await writer.drain()
    writer.close()


async def _not_http(receiver: Receiver, writer: Writer) -> None:
    writer.write(b"220 mail.example ESMTP\r\n\r\n")
    await writer.drain()
    writer.close()


async def _redirect(receiver: Receiver, writer: Writer) -> None:
    if receiver.requests[-1].path == "/page":
        writer.write(answer("200 OK", b"<h1>Sign in</h1>"))
    else:
        writer.write(answer("302 Found", b"", f"location: {receiver.url}page"))


async def _gzip_bomb(receiver: Receiver, writer: Writer) -> None:
    writer.write(answer("200 OK", gzip.compress(b"." * 20_000_000), "content-encoding: gzip"))


async def _retry_after_date(receiver: Receiver, writer: Writer) -> None:
    moment = clock.utc() + datetime.timedelta(seconds=90)
    writer.write(answer("429 Too Many Requests", b"", f"retry-after: {format_datetime(moment, usegmt=True)}"))


async def _then(receiver: Receiver, writer: Writer) -> None:
    first = len(receiver.requests) == 1
    writer.write(answer("500 Internal Server Error", b"broken") if first else answer("200 OK"))


async def _echo(receiver: Receiver, writer: Writer) -> None:
    seen = receiver.requests[-1]
    writer.write(answer("200 OK", repr(seen.headers).encode() + seen.body))


def plain(status: str, *headers: str) -> Callable[[Receiver, Writer], Awaitable[None]]:
    """Always the same answer."""

    async def behave(receiver: Receiver, writer: Writer) -> None:
        writer.write(answer(status, status.encode(), *headers))

    return behave


BEHAVIOURS: dict[str, Callable[[Receiver, Writer], Awaitable[None]]] = {
    "ok": _ok,
    "echo": _echo,
    "slow header": _slow_header,
    "slow body": _slow_body,
    "endless body": _endless_body,
    "endless header": _endless_header,
    "reset": _reset,
    "reset in the body": _reset_in_body,
    "wrong length": _wrong_length,
    "not HTTP": _not_http,
    "redirect to a page": _redirect,
    "gzip bomb": _gzip_bomb,
    "204": plain("204 No Content"),
    "401": plain("401 Unauthorized"),
    "404": plain("404 Not Found"),
    "410": plain("410 Gone"),
    "429 in seconds": plain("429 Too Many Requests", "retry-after: 7"),
    "429 until a date": _retry_after_date,
    "429 with nonsense": plain("429 Too Many Requests", "retry-after: soon"),
    "500": plain("500 Internal Server Error"),
    "502": plain("502 Bad Gateway"),
    "503": plain("503 Service Unavailable", "retry-after: 30"),
    "504": plain("504 Gateway Timeout"),
    "500 then 200": _then,
}


@asynccontextmanager
async def receiving(
    behave: str = "ok", *, context: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[Receiver]:
    """A receiver on a free loopback port that treats each request as `behave` says (see `BEHAVIOURS`)."""
    tasks: set[asyncio.Task[None]] = set()
    receiver = Receiver("", 0, behave)

    async def connected(reader: asyncio.StreamReader, writer: Writer) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        with suppress(asyncio.CancelledError, asyncio.IncompleteReadError, OSError):
            while not writer.is_closing():
                receiver.requests.append(await _request(reader))
                await BEHAVIOURS[receiver.behave](receiver, writer)
                await writer.drain()
        writer.close()
        with suppress(asyncio.CancelledError, OSError):
            await writer.wait_closed()
        tasks.discard(task)

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=context)
    receiver.port = server.sockets[0].getsockname()[1]
    receiver.url = f"{'https' if context else 'http'}://{host}:{receiver.port}/"
    try:
        yield receiver
    finally:
        server.close()
        left = list(tasks)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)


async def _request(reader: asyncio.StreamReader) -> Seen:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip("\r\n").split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Seen(method, path, headers, body)


def certificate(
    directory: Path, name: str = "receiver.example"
) -> tuple[ssl.SSLContext, ssl.SSLContext, Path]:
    """A server's context for `name`, signed by itself; a client's that believes it; and the certificate.
    The key lies beside it as `<name>.key`."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path, key_path = directory / f"{name}.pem", directory / f"{name}.key"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    key_path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(path, key_path)
    client = ssl.create_default_context(cafile=str(path))
    return server, client, path
