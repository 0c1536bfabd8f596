"""How the requests of a connection travel: through which proxy, and what TLS proves and believes."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

import httpx
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from ._origins import Targets

_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----")
_KEY = re.compile(r"-----BEGIN ([A-Z]+ )?PRIVATE KEY-----[^-]+-----END ([A-Z]+ )?PRIVATE KEY-----")


@dataclass(frozen=True, repr=False)
class Transport:
    """One connection's. Its repr shows nothing. The certificates and the key are texts in PEM."""

    proxy: str = ""
    """`http://host:port` of an HTTP proxy that opens tunnels (CONNECT, RFC 9110 section 9.3.6)."""
    username: str = ""
    password: str = ""
    """What the proxy is sent (Basic, RFC 7617)."""
    authorities: str = ""
    """The only authorities that are believed; empty means those of the system."""
    certificate: str = ""
    """The client certificate, followed by the intermediate ones if there are any."""
    key: str = ""
    verify: bool = True
    """Whether a server has to prove whose it is."""
    targets: Targets = field(default_factory=Targets)
    """The hosts that all this is for; with none, all hosts."""

    def at(self, url: httpx.URL) -> "Transport":
        """How a request to an address travels: elsewhere than at the targets only the proxy is used."""
        if not self.targets.entries or self.targets.allow(url):
            return replace(self, targets=Targets())
        return Transport(self.proxy, self.username, self.password)

    @property
    def is_usual(self) -> bool:
        """Whether it changes nothing."""
        return replace(self, targets=Targets()) == Transport()


def transport_of(values: Mapping[str, str]) -> Transport | None:
    """The transport that the fields of a connection describe, each under the name that it has here, the
    key as `client_key` and so on; None for the usual one."""
    found = Transport(
        values.get("proxy", "").rstrip("/"),
        values.get("proxy_username", ""),
        values.get("proxy_password", ""),
        values.get("authorities", ""),
        values.get("client_certificate", ""),
        values.get("client_key", ""),
        values.get("verify_certificates", "yes") != "no",
    )
    return None if found.is_usual else found


def transport_problems(values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """(field name, sentence) for what cannot work."""
    proxy = values.get("proxy", "")
    if proxy and (problem := _proxy_problem(proxy)):
        yield "proxy", f"Proxy {problem}"
    for name in ("proxy_username", "proxy_password"):
        if values.get(name) and not proxy:
            yield "proxy", "Enter the proxy that the user name and password are for"
            break
    if ":" in values.get("proxy_username", ""):
        yield "proxy_username", "A proxy's user name cannot hold a colon"
    authorities = values.get("authorities", "")
    if authorities and not _certificates(authorities):
        yield (
            "authorities",
            "Certificate authorities must be certificates in PEM (-----BEGIN CERTIFICATE-----)",
        )
    if authorities and values.get("verify_certificates") == "no":
        yield "verify_certificates", "Choose `yes`: without verifying, certificate authorities have no effect"
    yield from _client_problems(values.get("client_certificate", ""), values.get("client_key", ""))


def _proxy_problem(proxy: str) -> str:
    try:
        parts = urlsplit(proxy)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "is not an address such as http://proxy.example:3128"
    if parts.scheme != "http":
        return "must begin with http://: a proxy is spoken to in HTTP, https runs through it end to end"
    if parts.username is not None or parts.password is not None:
        return "must not hold a user name or password: they have fields of their own"
    if not host or port is None or parts.path not in ("", "/") or parts.query or parts.fragment:
        return "must name a host and a port only, as in http://proxy.example:3128"
    return ""


def _client_problems(certificate: str, key: str) -> Iterator[tuple[str, str]]:
    if not certificate and not key:
        return
    found = _certificates(certificate)
    if not certificate:
        yield "client_certificate", "Enter the client certificate that the key belongs to"
    elif not found:
        yield "client_certificate", "Client certificate must be in PEM (-----BEGIN CERTIFICATE-----)"
    if not key:
        yield "client_key", "Enter the private key of the client certificate"
        return
    match = _KEY.search(key)
    try:
        private = serialization.load_pem_private_key(match[0].encode(), None) if match else None
    except TypeError:
        yield (
            "client_key",
            "Client key is encrypted: enter it without a passphrase (`openssl pkey -in key.pem`)",
        )
        return
    except (ValueError, UnsupportedAlgorithm):
        private = None
    if private is None:
        encrypted = "ENCRYPTED" in key
        hint = (
            "without a passphrase (`openssl pkey -in key.pem`)"
            if encrypted
            else "(-----BEGIN PRIVATE KEY-----)"
        )
        yield "client_key", f"Client key must be a private key in PEM {hint}"
    elif found and _public(private.public_key()) != _public(found[0].public_key()):
        yield "client_key", "Client key does not belong to the client certificate"


def _certificates(text: str) -> list[x509.Certificate]:
    """The certificates in a text; none where one of them cannot be read."""
    try:
        return [x509.load_pem_x509_certificate(pem.encode()) for pem in _CERTIFICATE.findall(text)]
    except (ValueError, UnsupportedAlgorithm):
        return []


def _public(key: object) -> bytes:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(serialization.Encoding.DER, form)  # type: ignore[attr-defined, no-any-return]
