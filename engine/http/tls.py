"""What TLS believes and proves: the authorities of the system, or what a connection says."""

import os
import ssl
import tempfile
from functools import cache
from pathlib import Path

import httpx

from pieces import PieceError, Transport


class TlsMaterialRefused(PieceError):
    """A certificate or key of the connection cannot be used."""

    kind = "tls_material_refused"


@cache
def usual_trust() -> ssl.SSLContext:
    """The authorities that httpx believes; reading them takes as long as a hundred requests."""
    return httpx.create_ssl_context()


def context_for(transport: Transport) -> ssl.SSLContext:
    """The context of a connection. Blocks for tens of milliseconds. Raises `TlsMaterialRefused`."""
    if not (transport.authorities or transport.certificate or not transport.verify):
        return usual_trust()
    if transport.authorities:
        context = ssl.create_default_context(cadata=_readable(transport.authorities))
    else:
        context = httpx.create_ssl_context()
    if not transport.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if transport.certificate:
        _identify(context, transport)
    return context


def _readable(pem: str) -> str:
    if "-----BEGIN CERTIFICATE-----" not in pem:
        raise TlsMaterialRefused("The certificate authorities of the connection are not in PEM.")
    return pem


def _identify(context: ssl.SSLContext, transport: Transport) -> None:
    """Load the client certificate. OpenSSL reads it from a file, which only we can read, for a moment."""
    handle, name = tempfile.mkstemp(suffix=".pem")  # mode 0600
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(f"{transport.key.strip()}\n{transport.certificate.strip()}\n")
        context.load_cert_chain(name, password=_no_passphrase)
    except (ssl.SSLError, ValueError) as error:
        raise TlsMaterialRefused(
            f"The client certificate of the connection cannot be used: {error}"
        ) from error
    finally:
        Path(name).unlink(missing_ok=True)


def _no_passphrase() -> str:
    """Answers for OpenSSL, which would otherwise ask at the terminal."""
    raise ValueError("its key is encrypted")
