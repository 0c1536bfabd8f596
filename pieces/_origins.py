"""Where the credentials of a connection may go.

An entry is an origin (RFC 6454), `https://api.example.com` or `http://intranet.example:8080`, or a host as
people write it: `api.example.com`, `*.example.com` for all names below it, `intranet.example:8080`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address

import httpx

MAX_HOSTS = 100

_PORTS = {"https": 443, "http": 80}
_ENTRY = re.compile(
    r"(?:(?P<scheme>https?)://)?(?P<wild>\*\.)?(?P<host>\[[0-9a-f:.]+\]|[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?)"
    r"(?::(?P<port>\d{1,5}))?"
)
_LITERAL = re.compile(r"https?://[^/?#{}\s]+(?=[/?#]|$)", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"{(\w+)}")
_FILLED = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]|\.(?!\.))*(?::\d{1,5})?")
_SEPARATORS = re.compile(r"[\s,;]+")


@dataclass(frozen=True)
class Target:
    """One entry, taken apart."""

    scheme: str
    """Empty for a host as people write it."""
    host: str
    below: bool
    """Every name below the host, and not the host itself."""
    port: int | None

    def __str__(self) -> str:
        scheme, port = f"{self.scheme}://" * bool(self.scheme), f":{self.port}" if self.port else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}{'*.' * self.below}{host}{port}"

    def allows(self, url: httpx.URL) -> bool:
        """Whether an address is of this origin or host.

        A host without a port stands for https on any port, where the certificate proves whose it is; one that
        is private by its spelling (`localhost`, `10.0.0.5`) for http too. With a port: both schemes on it.
        """
        scheme, host = url.scheme, _host_of(url)
        if scheme not in _PORTS or not (host.endswith(f".{self.host}") if self.below else host == self.host):
            return False
        if self.port is not None:
            return (url.port or _PORTS[scheme]) == self.port and self.scheme in ("", scheme)
        return scheme == "https" or _is_private(host)


@dataclass(frozen=True)
class Targets:
    """All entries of a connection."""

    entries: tuple[Target, ...] = ()

    def allow(self, url: httpx.URL) -> bool:
        return any(entry.allows(url) for entry in self.entries)

    def __str__(self) -> str:
        return ", ".join(map(str, self.entries))


def read_hosts(text: str) -> tuple[Target, ...]:
    """The hosts of a field, separated by line ends, spaces or commas. Raises ValueError with a sentence."""
    words = [word for word in _SEPARATORS.split(text) if word]
    if len(words) > MAX_HOSTS:
        raise ValueError(f"At most {MAX_HOSTS} hosts can be allowed.")
    return tuple(dict.fromkeys(map(_read_host, words)))


def _read_host(word: str) -> Target:
    shown = word[:100]
    if "://" in word or "/" in word:
        raise ValueError(
            f"`{shown}` is not a host: leave out the scheme and the path, as in `api.example.com`."
        )
    found = _parsed(word)
    if found is None or (found.port is not None and not 0 < found.port < 65_536):
        raise ValueError(f"`{shown}` is not a host. Write `api.example.com`, `*.example.com` or `host:8080`.")
    if found.below and "." not in found.host:
        raise ValueError(f"`{shown}` allows too much: name at least two parts, as in `*.example.com`.")
    return found


def origin(url: str) -> Target | None:
    """The origin of an address; None for one without a host."""
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        return None
    host, port = _host_of(parsed), f":{parsed.port}" if parsed.port else ""
    return _declared(f"{parsed.scheme}://{f'[{host}]' if ':' in host else host}{port}")


def literal_host(text: str) -> str:
    """The host of an address as it is listed among hosts, if no expression is part of it; else empty."""
    found = _LITERAL.match(text.strip())
    target = origin(found[0]) if found is not None else None
    if target is None:
        return ""
    usual = (target.scheme, target.port) == ("https", 443)
    return str(Target("", target.host, False, None if usual else target.port))


def filled_origins(templates: Iterable[str], values: Mapping[str, str]) -> tuple[Target, ...]:
    """Declared origins with each `{field}` replaced; one that lacks a value, or becomes none, is left out."""
    found = []
    for template in templates:
        names = _PLACEHOLDER.findall(template)
        if template == f"{{{''.join(names)}}}":  # the field holds the whole address
            target = origin(values.get(names[0], ""))
        elif all(_FILLED.fullmatch(values.get(name, "")) for name in names):
            target = _declared(_PLACEHOLDER.sub(lambda found: values[found[1]], template))
        else:
            continue
        if target is not None:
            found.append(target)
    return tuple(found)


def origin_problem(template: str) -> str:
    """What is wrong with a declared origin; empty if nothing is."""
    names = _PLACEHOLDER.findall(template)
    if len(names) == 1 and template == f"{{{names[0]}}}":
        return ""
    target = _declared(_PLACEHOLDER.sub("x", template))
    return "" if target is not None else f"{template!r} is not an origin such as https://api.example.com"


def placeholders(templates: Iterable[str]) -> set[str]:
    """The fields that declared origins name in braces."""
    return {name for template in templates for name in _PLACEHOLDER.findall(template)}


def _declared(text: str) -> Target | None:
    target = _parsed(text)
    if target is None or not target.scheme:
        return None
    return Target(target.scheme, target.host, target.below, target.port or _PORTS[target.scheme])


def _parsed(text: str) -> Target | None:
    lower = text.lower().rstrip(".")
    if not lower.isascii():
        lower = _in_ascii(lower)
    match = _ENTRY.fullmatch(lower)
    if match is None or ".." in match["host"]:
        return None
    host = match["host"].strip("[]")
    if ":" in host:
        try:
            host = str(ip_address(host))
        except ValueError:
            return None
    port = int(match["port"]) if match["port"] else None
    return Target(match["scheme"] or "", host, bool(match["wild"]), port)


def _in_ascii(text: str) -> str:
    """A host of other scripts as it is sent (IDNA); the same text if it cannot be."""
    head, wild, rest = text.rpartition("*.")
    name, colon, port = rest.partition(":")
    try:
        return f"{head}{wild}{httpx.URL(f'https://{name}').raw_host.decode('ascii')}{colon}{port}"
    except (httpx.InvalidURL, UnicodeError):
        return text


def _host_of(url: httpx.URL) -> str:
    host = url.raw_host.decode("ascii", "replace").lower().rstrip(".").strip("[]")
    try:
        return str(ip_address(host))
    except ValueError:
        return host


def _is_private(host: str) -> bool:
    """Whether a host is private by its spelling alone; a name that resolves to such an address is not."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return address.is_private or address.is_loopback
