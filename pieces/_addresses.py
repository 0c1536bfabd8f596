"""Web addresses as they stand in a flow: whether they can ever be requested."""

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import urlsplit

_SCHEMES = ("http://", "https://")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?", re.IGNORECASE)


def address_problem(url: str) -> str:
    """Why this can never be requested, in words that follow its field's name; empty when it can.

    Of a text with templates only what stands before the first is known.
    """
    known, templates, _ = url.strip().partition("{{")
    lowered = known.lower()
    if templates and any(scheme.startswith(lowered) for scheme in _SCHEMES):
        return ""
    if not lowered.startswith(_SCHEMES):
        return "must begin with https:// or http://"
    if templates and not re.search(r"[/?#]", known.partition("://")[2]):
        return ""  # the host goes on in the template
    try:
        parts = urlsplit(known)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "is not an address: its host or port cannot be read"
    if port == 0:
        return "has port 0, to which nothing can be sent"
    return "" if is_host(host) else f"names no host that can exist: {host[:80]!r}"


def is_host(host: str) -> bool:
    """Whether this can be the name or the IP address of a host."""
    try:
        if ":" in host:
            IPv6Address(host)
            return True
        name = host if host.isascii() else host.encode("idna").decode()
        labels = name.removesuffix(".").split(".")
        if labels[-1].isdigit():
            IPv4Address(name)
            return True
    except (AddressValueError, UnicodeError):
        return False
    return len(name) <= 253 and all(map(_LABEL.fullmatch, labels))
