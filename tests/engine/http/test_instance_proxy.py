"""The outgoing proxy of the whole instance: what goes through it, what does not, and what stays closed."""

import ssl
from collections.abc import Awaitable, Callable
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from engine.base.errors import BadInput
from engine.base.settings import Settings
from engine.http.egress import Egress, EgressRefused
from engine.http.instance_proxy import instance_proxy
from engine.http.proxy import ProxyRefused
from pieces.http import http, request
from pieces.testing import context
from tests.conftest import Instance
from tests.support.authority import Authority
from tests.support.proxy_server import Proxy, proxying
from tests.support.receiver import receiving

NAME, PUBLIC = "name.example", "93.184.216.34"
OURS = Authority()


def resolver(address: str) -> Callable[[str, int], Awaitable[list[str]]]:
    async def resolve(host: str, port: int) -> list[str]:
        return [address]

    return resolve


def behind(
    proxy: Proxy, no_proxy: str = "", *, sign_in: str = "", address: str = PUBLIC, **more: Any
) -> Egress:
    url = f"http://{sign_in}127.0.0.1:{proxy.port}"
    settings = Settings(http_proxy=url, no_proxy=no_proxy)
    return Egress(proxy=instance_proxy(settings), resolver=resolver(address), **more)


async def test_every_request_goes_through_it_to_the_address_that_was_checked(tmp_path: Path) -> None:
    async with (
        proxying("ann:p@:ss") as proxy,
        receiving(context=OURS.server(tmp_path, NAME), host=NAME) as server,
    ):
        proxy.leads[f"{PUBLIC}:{server.port}"] = server.port
        egress = behind(
            proxy, sign_in="ann:p%40%3Ass@", ssl_context=ssl.create_default_context(cadata=OURS.pem)
        )
        for _ in range(2):
            assert (await egress.client().get(server.url)).status_code == 200
        assert proxy.asked == [f"{PUBLIC}:{server.port}"]  # one tunnel, used twice
        assert [one.headers.get("host") for one in server.requests] == [f"{NAME}:{server.port}"] * 2
        assert all("proxy-authorization" not in one.headers for one in server.requests)
        await egress.aclose()


async def test_the_proxy_may_be_at_a_private_address_and_remains_closed_to_flows() -> None:
    async with proxying() as proxy:
        egress = behind(proxy)
        with pytest.raises(EgressRefused, match=r"127\.0\.0\.1 is not a public address"):
            await egress.client().get(proxy.url)
        assert proxy.asked == []
        await egress.aclose()


@pytest.mark.parametrize("host", ["169.254.169.254", "10.0.0.1", "[fd00::1]", "[::1]", "name.example"])
async def test_it_leads_to_no_private_address(host: str) -> None:
    async with proxying() as proxy:
        egress = behind(proxy, address="10.1.2.3")
        with pytest.raises(EgressRefused, match="is not a public address"):
            await egress.client().get(f"http://{host}/")
        assert proxy.asked == []
        await egress.aclose()


async def test_a_proxy_of_a_connection_comes_first_and_passes_the_check() -> None:
    async with proxying() as proxy, proxying() as own, receiving() as server:
        for allow in ((), (ip_network("127.0.0.1/32"),)):
            egress = behind(proxy, allow=allow)
            for used in (own, proxy):
                used.leads[f"{PUBLIC}:{server.port}"] = server.port
            ctx = context(http, auth={"kind": "none", "proxy": own.url})
            ctx.outside = egress
            call = request.run(ctx, {"url": f"http://{NAME}:{server.port}/"})
            if allow:
                assert (await call)["status"] == 200
                assert (own.asked, proxy.asked) == ([f"{PUBLIC}:{server.port}"], [])
            else:
                with pytest.raises(EgressRefused, match=r"127\.0\.0\.1 is not a public address"):
                    await call
            await egress.aclose()


async def test_certificates_of_a_connection_count_behind_it(tmp_path: Path) -> None:
    async with (
        proxying() as proxy,
        receiving(context=OURS.server(tmp_path, NAME), host=NAME) as server,
    ):
        proxy.leads[f"{PUBLIC}:{server.port}"] = server.port
        egress = behind(proxy)
        ctx = context(http, auth={"kind": "none", "authorities": OURS.pem})
        ctx.outside = egress
        assert (await request.run(ctx, {"url": server.url}))["status"] == 200
        assert proxy.asked == [f"{PUBLIC}:{server.port}"]
        await egress.aclose()


async def test_what_no_proxy_names_is_reached_directly() -> None:
    async with proxying() as proxy, receiving() as server:
        egress = behind(proxy, NAME, address="127.0.0.1", allow=(ip_network("127.0.0.0/8"),))
        assert (await egress.client().get(f"http://{NAME}:{server.port}/")).status_code == 200
        assert proxy.asked == []
        assert (await egress.client().get(f"http://other.example:{server.port}/")).status_code == 200
        assert proxy.asked == [f"127.0.0.1:{server.port}"]
        await egress.aclose()


async def test_no_proxy_opens_no_private_address() -> None:
    async with proxying() as proxy:
        egress = behind(proxy, "*", address="10.1.2.3")
        with pytest.raises(EgressRefused, match=r"name\.example is not a public address"):
            await egress.client().get(f"http://{NAME}/")
        await egress.aclose()


async def test_a_proxy_that_refuses_is_named_without_its_password() -> None:
    async with proxying("ann:another") as proxy:
        egress = behind(proxy, sign_in="ann:hidden-1@")
        with pytest.raises(ProxyRefused, match=r"407 .*user name and password") as refused:
            await egress.client().get(f"http://{NAME}:9/")
        assert "hidden-1" not in str(refused.value)
        assert f"127.0.0.1:{proxy.port}" in str(refused.value)
        await egress.aclose()


@pytest.mark.parametrize(
    ("entries", "host", "port", "served"),
    [
        ("", "example.com", 443, True),
        ("", "localhost", 80, False),
        ("", "api.localhost", 80, False),
        ("", "127.8.9.1", 80, False),
        ("", "::1", 80, False),
        ("*", "example.com", 443, False),
        ("example.com", "example.com", 443, False),
        ("example.com", "api.example.com", 443, False),
        ("example.com", "notexample.com", 443, True),
        (".example.com", "api.example.com", 443, False),
        (".example.com", "example.com", 443, True),
        ("*.example.com", "a.b.example.com", 443, False),
        ("*.example.com", "example.com", 443, True),
        ("Example.COM", "EXAMPLE.com.", 443, False),
        ("bücher.example", "xn--bcher-kva.example", 443, False),
        ("example.com:8443", "example.com", 8443, False),
        ("example.com:8443", "example.com", 443, True),
        ("a.example, b.example c.example", "b.example", 443, False),
        ("a.example, b.example c.example", "c.example", 443, False),
        ("10.0.0.0/8", "10.1.2.3", 443, False),
        ("10.0.0.0/8", "11.1.2.3", 443, True),
        ("10.0.0.0/8", "ten.example", 443, True),
        ("10.1.2.3", "10.1.2.3", 443, False),
        ("10.1.2.3:8080", "10.1.2.3", 443, True),
        ("10.1.2.3:8080", "10.1.2.3", 8080, False),
        ("fd00::/8", "fd12::1", 443, False),
        ("[2001:db8::1]:8080", "2001:db8::1", 8080, False),
        ("[2001:db8::1]:8080", "2001:db8::1", 80, True),
        ("2001:db8::1", "2001:db8::1", 80, False),
    ],
)
def test_no_proxy_is_read_as_others_read_it(entries: str, host: str, port: int, served: bool) -> None:
    proxy = instance_proxy(Settings(http_proxy="http://proxy.example:3128", no_proxy=entries))
    assert proxy is not None
    assert proxy.serves(host, port) is served


@pytest.mark.parametrize(
    ("proxy", "no_proxy", "setting", "says"),
    [
        ("proxy.example:3128", "", "HTTP_PROXY", "must start with http://"),
        ("https://proxy.example:443", "", "HTTP_PROXY", "must start with http://"),
        ("socks5://proxy.example:1080", "", "HTTP_PROXY", "must start with http://"),
        ("http://proxy.example", "", "HTTP_PROXY", "host and a port"),
        ("http://proxy.example:99999", "", "HTTP_PROXY", "not a URL"),
        ("http://proxy.example:3128/path", "", "HTTP_PROXY", "no path"),
        ("http://a%3Ab:hidden-1@proxy.example:3128", "", "HTTP_PROXY", "colon"),
        ("http://ann:hidden-1@proxy.example", "", "HTTP_PROXY", "host and a port"),
        ("http://proxy.example:3128", "a.example,http://b.example", "NO_PROXY", "`http://b.example` is"),
        ("http://proxy.example:3128", "10.0.0.0/40", "NO_PROXY", "`10.0.0.0/40` is not a host"),
    ],
)  # fmt: skip
def test_what_cannot_work_is_named_by_its_setting(proxy: str, no_proxy: str, setting: str, says: str) -> None:
    with pytest.raises(BadInput) as refused:
        instance_proxy(Settings(http_proxy=proxy, no_proxy=no_proxy))
    assert refused.value.field == f"SWITCHYARD_{setting}"
    assert says in refused.value.message
    assert "hidden-1" not in refused.value.message


def test_the_settings_have_it_from_the_environment() -> None:
    env = {"SWITCHYARD_HTTP_PROXY": "http://p.example:1", "SWITCHYARD_NO_PROXY": "a.example",
           "HTTPS_PROXY": "http://other.example:1"}  # fmt: skip
    settings = Settings.from_env(env)
    assert (settings.http_proxy, settings.no_proxy) == ("http://p.example:1", "a.example")
    assert instance_proxy(Settings.from_env({"HTTPS_PROXY": "http://other.example:1"})) is None


async def test_steps_and_deliveries_of_an_instance_go_through_it(serve: Any, tmp_path: Path) -> None:
    """Loopback is always direct, so both are sent to a name that only the proxy could reach."""
    networks = (ip_network("0.0.0.0/0"), ip_network("::/0"))  # nothing to check: the proxy resolves names
    step = {
        "type": "action", "piece": "http", "action": "request", "next": None,
        "input": {"method": "POST", "url": "http://flow.example:81/", "body": {"n": 1}},
    }  # fmt: skip
    flow = {
        "format": 1, "name": "Behind a proxy", "start": "call", "steps": {"call": step},
        "triggers": [{"name": "hook", "piece": "webhook", "trigger": "catch",
                      "input": {"verify": {"scheme": "none"}}}],
    }  # fmt: skip
    async with proxying() as proxy, receiving() as server:
        proxy.leads |= {"flow.example:81": server.port, "destination.example:82": server.port}
        given = {"egress_allow": networks, "http_proxy": proxy.url, "allow_http_destinations": True}
        async with serve(tmp_path / "data", **given) as instance:
            assert isinstance(instance, Instance)
            destination = {"name": "d", "url": "http://destination.example:82/", "events": ["flow.published"]}
            made = await instance.api("POST", "/destinations", destination, 201)
            flow_id = (await instance.publish(flow))["id"]
            answer = await instance.http.post(f"/webhooks/{flow_id}", json={})
            run = await instance.ended(answer.json()["run_id"])
            assert run["status"] == "succeeded"
            tested = await instance.api(
                "POST", f"/destinations/{made['id']}/test", {"event": "flow.published"}
            )
            assert tested["ok"], tested
        assert {"flow.example:81", "destination.example:82"} <= set(proxy.asked)
