"""Connections with a proxy, an authority, a client certificate, or without verifying: over real TLS."""

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from engine.http.egress import Egress, EgressRefused
from engine.http.proxy import ProxyRefused
from pieces import PieceError, Retry, Transport
from pieces._transport import transport_problems
from pieces.http import http, request
from pieces.testing import context
from tests.support.authority import Authority
from tests.support.proxy_server import proxying
from tests.support.receiver import receiving
from tests.support.tls_server import answering

LOOPBACK = (ip_network("127.0.0.0/8"),)
NAME = "name.example"
OURS, THEIRS = Authority(), Authority("Another authority")


def resolver(*addresses: str) -> Callable[[str, int], Awaitable[list[str]]]:
    async def resolve(host: str, port: int) -> list[str]:
        return list(addresses)

    return resolve


@pytest_asyncio.fixture
async def egress() -> AsyncIterator[Egress]:
    made = Egress(LOOPBACK, resolver=resolver("127.0.0.1"))
    yield made
    await made.aclose()


async def call(egress: Egress, url: str, auth: dict[str, str], **values: Any) -> Any:
    """What the HTTP piece answers over a connection with these fields."""
    ctx = context(http, auth={"kind": "none", **auth})
    ctx.outside = egress
    return await request.run(ctx, {"url": url, **values})


def client_fields(authority: Authority, **more: str) -> dict[str, str]:
    mine = authority.identity("client")
    fields = {"client_certificate": mine.certificate, "client_key": mine.key, "authorities": OURS.pem}
    return {**fields, "hosts": NAME, **more}


async def test_an_authority_of_the_connection_is_believed_and_no_other(
    egress: Egress, tmp_path: Path
) -> None:
    async with receiving(context=OURS.server(tmp_path, NAME), host=NAME) as server:
        assert (await call(egress, server.url, {"authorities": OURS.pem}))["status"] == 200
        with pytest.raises(
            PieceError, match=r"certificate is not valid: unable to get local issuer.*own authority"
        ):
            await call(egress, server.url, {})
        with pytest.raises(PieceError, match="certificate is not valid"):
            await call(egress, server.url, {"authorities": THEIRS.pem})
        both = THEIRS.pem + "\n" + OURS.pem
        assert (await call(egress, server.url, {"authorities": both}))["status"] == 200


@pytest.mark.parametrize(
    ("name", "days", "says"), [("other.example", 1, "Hostname mismatch"), (NAME, -1, "expired")]
)
async def test_a_wrong_certificate_is_refused_unless_nothing_is_verified(
    egress: Egress, tmp_path: Path, name: str, days: float, says: str
) -> None:
    async with receiving(context=OURS.server(tmp_path, name, days=days), host=NAME) as server:
        with pytest.raises(PieceError, match=says):
            await call(egress, server.url, {"authorities": OURS.pem})
        assert (await call(egress, server.url, {"verify_certificates": "no"}))["status"] == 200
        with pytest.raises(PieceError, match="certificate is not valid"):  # no connection is shared
            await call(egress, server.url, {})
        assert len(server.requests) == 1


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_both_sides_prove_who_they_are(egress: Egress, tmp_path: Path, version: ssl.TLSVersion) -> None:
    server_side = OURS.server(tmp_path, NAME, clients=OURS)
    server_side.minimum_version = server_side.maximum_version = version
    with answering(server_side) as server:
        url = f"https://{NAME}:{server.port}/"
        assert (await call(egress, url, client_fields(OURS)))["status"] == 200
        with pytest.raises(PieceError, match=r"asks for a client certificate|refuses the TLS handshake"):
            await call(egress, url, {"authorities": OURS.pem})
        with pytest.raises(PieceError, match="refuses the client certificate"):
            await call(egress, url, client_fields(THEIRS))
        assert len(server.requests) == 1


async def test_a_client_certificate_goes_to_the_allowed_hosts_only(egress: Egress, tmp_path: Path) -> None:
    async with receiving(context=OURS.server(tmp_path, NAME, clients=OURS), host=NAME) as server:
        with pytest.raises(PieceError):
            await call(egress, server.url, client_fields(OURS, hosts="other.example"))
        assert server.requests == []


async def test_a_redirect_elsewhere_goes_without_the_client_certificate(
    egress: Egress, tmp_path: Path
) -> None:
    there = OURS.server(tmp_path, "there.example", clients=OURS)
    async with (
        receiving("redirect to a page", context=OURS.server(tmp_path, NAME), host=NAME) as first,
        receiving(context=there, host="there.example") as second,
    ):
        first.url = second.url  # where it redirects to
        url = f"https://{NAME}:{first.port}/"
        with pytest.raises(PieceError):
            await call(egress, url, client_fields(OURS), follow_redirects=True)
        assert (len(first.requests), second.requests) == (1, [])


async def test_requests_go_through_the_proxy_to_the_address_that_was_checked(tmp_path: Path) -> None:
    egress = Egress(LOOPBACK, resolver=resolver("93.184.216.34"))
    async with (
        proxying("ann:p@ss") as proxy,
        receiving(context=OURS.server(tmp_path, NAME), host=NAME) as server,
    ):
        proxy.leads[f"93.184.216.34:{server.port}"] = server.port
        fields = {
            "proxy": proxy.url,
            "proxy_username": "ann",
            "proxy_password": "p@ss",
            "authorities": OURS.pem,
        }
        for _ in range(2):
            assert (await call(egress, server.url, fields))["status"] == 200
        assert proxy.asked == [f"93.184.216.34:{server.port}"]  # one tunnel, used twice
        assert "proxy-authorization" not in server.requests[0].headers
        with pytest.raises(PieceError, match=r"407 .*user name and password"):
            await call(egress, server.url, {"proxy": proxy.url})
    await egress.aclose()


async def test_http_goes_through_a_tunnel_too(egress: Egress) -> None:
    async with proxying() as proxy, receiving() as server:
        assert (await call(egress, server.url, {"proxy": proxy.url}))["status"] == 200
        assert proxy.asked == [f"127.0.0.1:{server.port}"]


@pytest.mark.parametrize("host", ["169.254.169.254", "10.0.0.1", "[::1]", "name.example"])
async def test_a_proxy_is_no_way_to_private_addresses(host: str) -> None:
    egress = Egress(LOOPBACK, resolver=resolver("10.1.2.3"))
    async with proxying() as proxy:
        with pytest.raises(EgressRefused, match="is not a public address"):
            await call(egress, f"http://{host}/", {"proxy": proxy.url})
        assert proxy.asked == []


async def test_a_proxy_at_a_private_address_is_refused_unless_that_is_allowed() -> None:
    async with proxying() as proxy:
        egress = Egress(resolver=resolver("93.184.216.34"))
        with pytest.raises(EgressRefused, match=r"127\.0\.0\.1 is not a public address"):
            await call(egress, "https://name.example/", {"proxy": proxy.url})
        assert proxy.asked == []


async def test_the_proxy_resolves_names_where_every_address_is_allowed() -> None:
    async def nobody(host: str, port: int) -> list[str]:
        raise OSError("no resolver here")

    egress = Egress((ip_network("0.0.0.0/0"), ip_network("::/0")), resolver=nobody)
    async with proxying() as proxy, receiving() as server:
        url = f"http://intranet.example:{server.port}/"
        assert (await call(egress, url, {"proxy": proxy.url}))["status"] == 200
        assert proxy.asked == [f"intranet.example:{server.port}"]
    await egress.aclose()


@pytest.mark.parametrize(
    ("answer", "error", "says"),
    [
        (b"HTTP/1.1 403 Forbidden\r\n\r\n", ProxyRefused, "403 Forbidden: it does not allow"),
        (b"HTTP/1.1 400 Bad\r\n\r\n", ProxyRefused, "answered 400 Bad."),
        (b"HTTP/1.1 502 Bad Gateway\r\n\r\n", Retry, "502 Bad Gateway"),
        (b"220 mail.example ESMTP\r\n\r\n", ProxyRefused, "does not speak HTTP"),
        (b"x" * 20_000, ProxyRefused, "does not speak HTTP"),
        (b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", ProxyRefused, "unexpected data"),
        (b"HTTP/1.1 200", Retry, "closed the connection"),
    ],
)
async def test_what_a_proxy_refuses_is_named(
    egress: Egress, answer: bytes, error: type[Exception], says: str
) -> None:
    async with proxying() as proxy:
        proxy.answer = answer
        with pytest.raises(error, match=says):
            await call(egress, "http://127.0.0.1:9/", {"proxy": proxy.url})


async def test_nothing_of_the_transport_stands_in_its_repr() -> None:
    assert "secret" not in repr(Transport(password="secret", key="secret"))


MINE, OTHER = OURS.identity("client"), OURS.identity("client")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"proxy": "https://proxy.example:443"}, "proxy"),
        ({"proxy": "proxy.example:3128"}, "proxy"),
        ({"proxy": "http://ann:secret@proxy.example:3128"}, "proxy"),
        ({"proxy": "http://proxy.example:3128/path"}, "proxy"),
        ({"proxy": "http://proxy.example"}, "proxy"),
        ({"proxy": "http://proxy.example:99999"}, "proxy"),
        ({"proxy_password": "x"}, "proxy"),
        ({"proxy": "http://proxy.example:3128", "proxy_username": "a:b"}, "proxy_username"),
        ({"authorities": "not PEM"}, "authorities"),
        ({"authorities": MINE.certificate.replace("M", "x")}, "authorities"),
        ({"authorities": OURS.pem, "verify_certificates": "no"}, "verify_certificates"),
        ({"client_certificate": MINE.certificate}, "client_key"),
        ({"client_key": MINE.key}, "client_certificate"),
        ({"client_certificate": MINE.key, "client_key": MINE.key}, "client_certificate"),
        ({"client_certificate": MINE.certificate, "client_key": "x"}, "client_key"),
        ({"client_certificate": MINE.certificate, "client_key": OTHER.key}, "client_key"),
        ({"client_certificate": MINE.certificate, "client_key": MINE.key}, None),
        ({"proxy": "http://proxy.example:3128/", "proxy_username": "a", "proxy_password": "b"}, None),
        ({"authorities": OURS.pem + THEIRS.pem}, None),
    ],
)
def test_what_cannot_work_is_named(values: dict[str, str], field: str | None) -> None:
    assert [name for name, _ in transport_problems(values)] == ([field] if field else [])


async def test_material_that_openssl_refuses_is_named(egress: Egress) -> None:
    broken = Transport(certificate=MINE.certificate, key=OTHER.key)
    with pytest.raises(PieceError, match="client certificate of the connection cannot be used"):
        await egress.client(transport=broken).get("https://name.example/")


async def test_many_connections_of_their_own_are_bounded(egress: Egress) -> None:
    url = httpx.URL("http://127.0.0.1:9/")
    pools = [await egress.pool_for(Transport(proxy=f"http://127.0.0.1:{n}"), url) for n in range(1, 150)]
    assert len(egress._own) == 100
    assert await egress.pool_for(Transport(proxy="http://127.0.0.1:149"), url) is pools[-1]
