"""Nothing leaves but to an address that was checked."""

import asyncio
import datetime
import gzip
import ipaddress
import ssl
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from engine.http.addresses import is_public, literal
from engine.http.egress import AnswerTooLarge, Egress, EgressRefused
from tests.support.clock import ManualClock
from tests.support.waiting import forever, idle, until

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)

REFUSED = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.254", "127.0.0.1",
    "127.255.0.1",
    "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1",
    "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:a00:1", "64:ff9b::7f00:1",
    "64:ff9b::808:808", "64:ff9b:1::1", "100::1", "2001::1", "2001:2::1", "2001:20::1", "2001:db8::1",
    "2002:7f00:1::",
    "2002:808:808::1", "3fff::1", "4000::1", "5f00::1", "fc00::1", "fd12:3456::1", "fe80::1", "fe80::1%eth0",
    "fec0::1", "ff02::1", "2606:4700::1%eth0",
]  # fmt: skip
PUBLIC = [
    "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.1", "126.0.0.1",
    "128.0.0.1",
    "169.253.0.1", "172.15.0.1", "172.32.0.1", "192.167.0.1", "198.17.0.1", "198.20.0.1", "223.255.255.255",
    "2606:4700:4700::1111", "2a00:1450:4001::1", "2001:200::1", "2400:cb00::1",
]  # fmt: skip
ODD = ["0177.0.0.1", "0x7f.0.0.1", "0x7f000001", "2130706433", "127.1", "127.0.1", "1.2.3.4.5", "8.8.8.8.",
       "010.8.8.8", "134744072", "256.1.1.1", "::g", "1::2::3"]  # fmt: skip


@pytest.mark.parametrize("address", REFUSED)
async def test_a_special_address_is_refused(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))
    with pytest.raises(EgressRefused):
        await Egress().resolve(address, 80)


@pytest.mark.parametrize("address", PUBLIC)
async def test_a_public_address_passes(address: str) -> None:
    assert await Egress().resolve(address, 80) == [str(ipaddress.ip_address(address))]


@pytest.mark.parametrize("host", ODD)
async def test_an_address_in_an_odd_form_is_refused_even_where_it_would_be_allowed(host: str) -> None:
    with pytest.raises(ValueError, match="usual form"):
        literal(host)
    with pytest.raises(EgressRefused):
        await Egress(LOOPBACK).resolve(host, 80)


def _resolver(*answers: list[str]) -> Callable[[str, int], Awaitable[list[str]]]:
    """Gives one answer after another, then the last for ever."""
    left = list(answers)

    async def resolve(host: str, port: int) -> list[str]:
        return left.pop(0) if len(left) > 1 else left[0]

    return resolve


async def test_of_a_name_s_addresses_only_the_allowed_ones_are_given() -> None:
    found = ["10.0.0.1", "8.8.8.8", "::1", "2606:4700::1111"]
    assert await Egress(resolver=_resolver(found)).resolve("a.example", 443) == ["8.8.8.8", "2606:4700::1111"]


async def test_a_name_with_private_addresses_only_is_refused() -> None:
    with pytest.raises(EgressRefused, match=r"a\.example is not a public address"):
        await Egress(resolver=_resolver(["10.0.0.1", "fd00::1"])).resolve("a.example", 443)


async def test_a_private_network_can_be_allowed() -> None:
    allow = (ipaddress.ip_network("10.1.0.0/16"), ipaddress.ip_network("fd00::/8"))
    egress = Egress(allow, resolver=_resolver(["10.1.2.3", "10.2.0.1", "fd00::1"]))
    assert await egress.resolve("in.example", 80) == ["10.1.2.3", "fd00::1"]


Serve = Callable[[str, str], bytes]


Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def _listening(handle: Handler, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A real server on a loopback port, gone with all its connections afterwards."""
    tasks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        with suppress(asyncio.CancelledError, asyncio.IncompleteReadError, OSError):
            await handle(reader, writer)
        writer.close()
        with suppress(asyncio.CancelledError, OSError):
            await writer.wait_closed()

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def _server(
    answer: Serve, context: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[int, list[str]]]:
    """A server that answers each request; gives the port and the heads it was sent."""
    heads: list[str] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
            method, path, _ = heads[-1].split(" ", 2)
            writer.write(answer(method, path))
            await writer.drain()

    async with _listening(handle, context) as port:
        yield port, heads


def _answer(body: bytes, headers: str = "", status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\n{headers}\r\n".encode() + body


async def test_the_host_header_keeps_the_name_and_connections_are_shared() -> None:
    egress = Egress(LOOPBACK, resolver=_resolver(["127.0.0.1"]))
    async with _server(lambda method, path: _answer(path.encode())) as (port, heads):
        for _ in range(3):
            async with egress.client(f"http://name.example:{port}") as client:
                assert (await client.get("/path")).text == "/path"
        await egress.aclose()
    assert len(heads) == 3
    assert f"Host: name.example:{port}" in heads[0]


async def test_a_name_that_changes_its_mind_gains_nothing() -> None:
    """The address is asked for once, and what was checked is what is connected to."""
    asked = 0

    async def rebinding(host: str, port: int) -> list[str]:
        nonlocal asked
        asked += 1
        return ["127.0.0.1"] if asked > 1 else ["10.0.0.1"]

    async with _server(lambda method, path: _answer(b"inside")) as (port, heads):
        egress = Egress(resolver=rebinding)
        with pytest.raises(EgressRefused):
            await egress.client().get(f"http://rebind.example:{port}/")
        assert (asked, heads) == (1, [])
        with pytest.raises(EgressRefused):  # and the new mind is checked as well
            await egress.client().get(f"http://rebind.example:{port}/")
        assert heads == []


LOOPBACK_SPELLINGS = [
    "http://127.0.0.1:{}/",
    "http://[::1]:{}/",
    "http://localhost:{}/",
    "http://2130706433:{}/",
    "http://0x7f.1:{}/",
    "http://127.0.0.1.:{}/",
    "http://user:pass@127.0.0.1:{}/",
    "http://[::ffff:127.0.0.1]:{}/",
]


@pytest.mark.parametrize("url", LOOPBACK_SPELLINGS)
async def test_no_spelling_of_loopback_gets_through(url: str) -> None:
    async with _server(lambda method, path: _answer(b"inside")) as (port, heads):
        with pytest.raises(EgressRefused):
            await Egress().client().get(url.format(port))
    assert heads == []


async def test_a_redirect_passes_the_same_gate() -> None:
    def answer(method: str, path: str) -> bytes:
        return _answer(b"", "location: http://10.0.0.1/latest\r\n", "302 Found")

    async with _server(answer) as (port, heads):
        egress = Egress(LOOPBACK)
        with pytest.raises(EgressRefused):
            await egress.client().get(f"http://127.0.0.1:{port}/", follow_redirects=True)
        assert (await egress.client().get(f"http://127.0.0.1:{port}/")).status_code == 302
        await egress.aclose()
    assert len(heads) == 2


@pytest.mark.parametrize(
    "url", ["ftp://8.8.8.8/", "file:///etc/passwd", "unix:/run/x", "//nowhere", "http://"]
)
async def test_only_http_is_spoken(url: str) -> None:
    with pytest.raises((httpx.UnsupportedProtocol, httpx.InvalidURL)):
        await Egress(LOOPBACK).client().get(url)


async def test_proxies_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    egress = Egress(LOOPBACK, resolver=_resolver(["127.0.0.1"]))
    async with _server(lambda method, path: _answer(b"direct")) as (port, _):
        assert (await egress.client().get(f"http://a.example:{port}/")).text == "direct"
        await egress.aclose()


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"x" * 5000, ""),
        (gzip.compress(b"x" * 500_000), "content-encoding: gzip\r\n"),
        (zlib.compress(b"x" * 500_000), "content-encoding: deflate\r\n"),
    ],
)
async def test_an_answer_that_is_too_large_is_not_read(body: bytes, headers: str) -> None:
    egress = Egress(LOOPBACK)
    async with _server(lambda method, path: _answer(body, headers)) as (port, _):
        with pytest.raises(AnswerTooLarge, match="larger than 4,000 bytes"):
            await egress.client(max_bytes=4000).get(f"http://127.0.0.1:{port}/")
        await egress.aclose()


@pytest.mark.parametrize(("coding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
async def test_a_packed_answer_is_unpacked(coding: str, pack: Callable[[bytes], bytes]) -> None:
    egress = Egress(LOOPBACK)
    body = pack(b"x" * 4000)
    async with _server(lambda method, path: _answer(body, f"content-encoding: {coding}\r\n")) as (port, _):
        assert (await egress.client(max_bytes=4000).get(f"http://127.0.0.1:{port}/")).text == "x" * 4000
        await egress.aclose()


async def test_what_claims_to_be_packed_and_is_not_is_an_error() -> None:
    egress = Egress(LOOPBACK)
    async with _server(lambda method, path: _answer(b"plain", "content-encoding: gzip\r\n")) as (port, _):
        with pytest.raises(httpx.DecodingError):
            await egress.client().get(f"http://127.0.0.1:{port}/")
        await egress.aclose()


async def test_the_next_address_is_tried_when_one_does_not_answer() -> None:
    egress = Egress(LOOPBACK, resolver=_resolver(["127.0.0.2", "127.0.0.1"]))
    async with _server(lambda method, path: _answer(b"second")) as (port, _):
        assert (await egress.client().get(f"http://a.example:{port}/")).text == "second"
        await egress.aclose()


async def test_connection_failures_carry_httpx_names(clock: ManualClock) -> None:
    async def unknown(host: str, port: int) -> list[str]:
        raise OSError(-2, "Name or service not known")

    async def never(host: str, port: int) -> list[str]:
        await forever()
        return []

    with pytest.raises(httpx.ConnectError, match=r"a\.example is not known"):
        await Egress(resolver=unknown).client().get("http://a.example/")
    with pytest.raises(httpx.ConnectTimeout):
        await clock.drive(Egress(resolver=never).client(timeout=5).get("http://a.example/"))
    with pytest.raises(httpx.ConnectError, match="has no address"):
        await Egress(resolver=_resolver([])).client().get("http://a.example/")
    async with _server(lambda method, path: b"nonsense\r\n\r\n") as (port, _):
        with pytest.raises(httpx.RemoteProtocolError):
            await Egress(LOOPBACK).client().get(f"http://127.0.0.1:{port}/")


async def test_the_hook_sees_each_answer() -> None:
    seen: list[int] = []

    async def hook(response: httpx.Response) -> None:
        seen.append(response.status_code)

    egress = Egress(LOOPBACK)
    async with _server(lambda method, path: _answer(b"", status="418 Teapot")) as (port, _):
        await egress.client(on_answer=hook).get(f"http://127.0.0.1:{port}/")
        await egress.aclose()
    assert seen == [418]


def _certificate(path: Path, name: str) -> Path:
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
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + pem)
    return path


async def test_tls_is_verified_against_the_name_not_the_address(tmp_path: Path) -> None:
    pem = _certificate(tmp_path / "tls.pem", "name.example")
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(pem)
    names: list[str | None] = []
    server.sni_callback = lambda connection, name, context: names.append(name)
    trust = ssl.create_default_context(cafile=str(pem))
    egress = Egress(LOOPBACK, resolver=_resolver(["127.0.0.1"]), ssl_context=trust)
    async with _server(lambda method, path: _answer(b"safe"), server) as (port, _):
        assert (await egress.client().get(f"https://name.example:{port}/")).text == "safe"
        assert names == ["name.example"]
        with pytest.raises(httpx.ConnectError, match="Hostname mismatch"):
            await egress.client().get(f"https://other.example:{port}/")
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            await (
                Egress(LOOPBACK, resolver=_resolver(["127.0.0.1"]))
                .client()
                .get(f"https://name.example:{port}/")
            )
        await egress.aclose()


async def test_connections_are_used_again_and_each_by_one_request_at_a_time() -> None:
    egress = Egress(LOOPBACK)
    opened, came = 0, list[str]()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal opened
        opened += 1
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            came.append(head)
            await until(lambda: len(came) % 20 == 0)  # all of them are on their way
            writer.write(_answer(head.split(" ")[1].encode()))

    async with _listening(handle) as port:
        for _ in range(3):
            gets = (egress.client().get(f"http://127.0.0.1:{port}/{n}") for n in range(20))
            assert [answer.text for answer in await asyncio.gather(*gets)] == [f"/{n}" for n in range(20)]
        await egress.aclose()
    assert opened == 20


async def test_a_connection_the_server_closed_is_not_used_again() -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(_answer(b"once"))

    egress = Egress(LOOPBACK)
    async with _listening(handle) as port:
        for _ in range(3):
            assert (await egress.client().get(f"http://127.0.0.1:{port}/")).text == "once"
            await idle()  # the other side has closed it
        await egress.aclose()


async def test_requests_beyond_the_limit_wait_and_a_canceled_one_makes_room(clock: ManualClock) -> None:
    egress = Egress(LOOPBACK, most=2)
    arrived = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.set()
        await reader.read()  # until the other side hangs up

    async with _server(lambda method, path: _answer(b"room")) as (port, _), _listening(silent) as deaf:
        stuck = [asyncio.create_task(egress.client().get(f"http://127.0.0.1:{deaf}/")) for _ in range(2)]
        await arrived.wait()
        with pytest.raises(httpx.PoolTimeout):
            await clock.drive(egress.client(timeout=5).get(f"http://127.0.0.1:{port}/"))
        for task in stuck:
            task.cancel()
        await asyncio.gather(*stuck, return_exceptions=True)
        for _ in range(4):
            assert (await egress.client(timeout=1).get(f"http://127.0.0.1:{port}/")).text == "room"
        await egress.aclose()


async def test_an_answer_left_half_read_gives_its_place_back() -> None:
    egress = Egress(LOOPBACK, most=1)
    async with _server(lambda method, path: _answer(b"x" * 100_000)) as (port, _):
        for _ in range(3):
            async with egress.client().stream("GET", f"http://127.0.0.1:{port}/") as answer:
                async for _chunk in answer.aiter_bytes():
                    break
        await egress.aclose()
