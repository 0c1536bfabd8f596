"""Which addresses the outside world may be reached at."""

import re
import unicodedata
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# The special-purpose registries of IANA, written out: what Python calls global differs between its versions.
_REFUSED_V4 = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local, where clouds keep their metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
_GLOBAL_V6 = ip_network("2000::/3")
_REFUSED_V6 = tuple(
    ip_network(text)
    for text in (
        "2001::/23",  # protocol assignments: Teredo, benchmarks, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4 carries an IPv4 address
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)
_ENDS_IN_NUMBER = re.compile(r"(?:^|\.)(?:\d+|0[xX][0-9a-fA-F]*)\.?$")


def is_public(address: Address) -> bool:
    """Whether an address is one of the open internet and nothing special."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _REFUSED_V4)
    if address.scope_id is not None or address not in _GLOBAL_V6:
        return False  # mapped, NAT64, unique-local, link-local and multicast lie outside 2000::/3
    return not any(address in network for network in _REFUSED_V6)


def is_allowed(address: Address, allow: Sequence[Network]) -> bool:
    """Whether an address may be connected to: public, or inside one of the allowed networks."""
    return is_public(address) or any(address in network for network in allow)


def literal(host: str) -> Address | None:
    """The address that a host spells out, or None for a name.

    Raises ValueError for one that only some readers take for an address, such as 0177.0.0.1, 127.1 or
    2130706433: what is checked and what is connected to might differ.
    """
    try:
        return ip_address(host)
    except ValueError:
        # As IDNA reads it: circled and full-width digits are digits, an ideographic full stop is a dot.
        plain = unicodedata.normalize("NFKC", host).replace("\u3002", ".")
        if _ENDS_IN_NUMBER.search(plain) or ":" in plain:
            raise ValueError(f"{host} is not an address in its usual form") from None
        return None
