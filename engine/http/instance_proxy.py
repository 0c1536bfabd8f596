"""The outgoing proxy of the whole instance: which hosts are reached through it, and which directly.

An operator named the proxy, so it may have a private address, as the mail server may. What is behind it
passes the same check as without it: see docs/decisions/http-transport.md.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from urllib.parse import unquote, urlsplit

import httpx

from engine.base.errors import BadInput
from engine.base.settings import Settings
from pieces import Transport

from .addresses import Address, Network

PROXY, NO_PROXY = "SWITCHYARD_HTTP_PROXY", "SWITCHYARD_NO_PROXY"
_LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
_PORT = re.compile(r"(?P<host>\[[^\]]+\]|[^:]+):(?P<port>\d{1,5})")


@dataclass(frozen=True, slots=True)
class DirectHosts:
    """One entry of `SWITCHYARD_NO_PROXY`: hosts that are reached without the proxy."""

    name: str = ""
    """A host name in ASCII and small letters; empty where `network` says it, or for every host."""
    network: Network | None = None
    only_below: bool = False
    """Whether the names below `name` are meant and not the name itself."""
    port: int | None = None
    """The only port; None for all."""

    def include(self, host: str, port: int) -> bool:
        """Whether a host, as requests name it, and port are among them."""
        if self.port not in (None, port):
            return False
        if self.network is not None:
            address = _address(host)
            return address is not None and address in self.network
        below = host.endswith(f".{self.name}")
        return not self.name or below or (host == self.name and not self.only_below)

    @classmethod
    def parse(cls, entry: str) -> "DirectHosts":
        """An entry: `*`, a name (with the names below it), `.name` or `*.name` (only those below it), an
        address or a network, each but the network with `:port` if only that port is meant. Raises ValueError.
        """
        if entry == "*":
            return cls()
        try:
            return cls(network=ip_network(entry.strip("[]"), strict=False))
        except ValueError:
            pass
        match = _PORT.fullmatch(entry)
        host, port = (match["host"], int(match["port"])) if match else (entry, None)
        address = _address(host.strip("[]"))
        if address is not None:
            return cls(network=ip_network(address), port=port)
        name = host.removeprefix("*").removeprefix(".")
        return cls(_ascii(name), only_below=name != host, port=port)


@dataclass(frozen=True)
class InstanceProxy:
    """The proxy, and the hosts that are reached without it."""

    transport: Transport
    direct: Sequence[DirectHosts] = ()

    def serves(self, host: str, port: int) -> bool:
        """Whether a host is reached through the proxy. Loopback never is: the proxy has its own."""
        host = host.lower().rstrip(".")
        address = _address(host)
        if host == "localhost" or host.endswith(".localhost"):
            return False
        if address is not None and any(address in network for network in _LOOPBACK):
            return False
        return not any(hosts.include(host, port) for hosts in self.direct)


def instance_proxy(settings: Settings) -> InstanceProxy | None:
    """The proxy that the settings name; None for none.

    Raises `BadInput` that names the setting, and shows no password.
    """
    if not settings.http_proxy:
        return None
    direct = [entry for entry in re.split(r"[,\s]+", settings.no_proxy) if entry]
    hosts = []
    for entry in direct:
        try:
            hosts.append(DirectHosts.parse(entry))
        except ValueError as error:
            raise BadInput(f"{NO_PROXY} cannot be used: `{entry}` {error}", field=NO_PROXY) from None
    return InstanceProxy(_transport(settings.http_proxy), tuple(hosts))


def _transport(url: str) -> Transport:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _unusable("it is not a URL") from None
    if parts.scheme != "http":
        raise _unusable("it must start with http://; requests to https:// URLs stay encrypted end to end")
    if not parts.hostname or port is None or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise _unusable("it must have a host and a port, and no path")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if ":" in user:
        raise _unusable("its user name cannot have a colon")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return Transport(f"http://{host}:{port}", user, password)


def _unusable(why: str) -> BadInput:
    example = "http://proxy.example:3128 or http://user:password@proxy.example:3128"
    return BadInput(f"{PROXY} cannot be used: {why}. Example: {example}", field=PROXY)


def _address(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _ascii(name: str) -> str:
    """A name as requests have it. Raises ValueError."""
    try:
        url = httpx.URL(scheme="http", host=name)
        found = url.raw_host.decode("ascii").rstrip(".")
    except httpx.InvalidURL:
        found = ""
    if not found or not re.fullmatch(r"[a-z0-9._-]+", found):
        raise ValueError("is not a host, an address or a network")
    return found
