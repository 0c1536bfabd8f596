"""The certificates that Amazon SNS signs with, fetched once a day."""

from collections.abc import Awaitable, Callable

import httpx

from engine.base import clock
from engine.base.errors import Unavailable
from engine.http.egress import Egress, EgressRefused

Fetch = Callable[[str], Awaitable[bytes]]

_KEPT = 86_400.0  # seconds
_MOST = 100  # certificates; a region has one or two
_BYTES = 100_000
_BEGIN = b"-----BEGIN CERTIFICATE-----"


class Certificates:
    """By address. Ask only for an address that `signatures.sns_url` has let pass: its host is what makes
    the certificate Amazon's."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._known: dict[str, tuple[float, bytes]] = {}

    async def get(self, url: str) -> bytes:
        """The certificate as PEM. Raises `Unavailable` when it cannot be had now: SNS then tries again."""
        until, pem = self._known.get(url, (0.0, b""))
        if until > clock.now():
            return pem
        try:
            pem = await self._fetch(url)
        except (httpx.HTTPError, EgressRefused, OSError) as error:
            raise Unavailable("The signing certificate could not be fetched.", retry_after=20) from error
        if not pem.lstrip().startswith(_BEGIN):
            raise Unavailable("The signing certificate is not valid.", retry_after=20)
        self._known.pop(url, None)
        if len(self._known) >= _MOST:
            self._known.pop(next(iter(self._known)))
        self._known[url] = (clock.now() + _KEPT, pem)
        return pem


def from_outside(egress: Egress) -> Fetch:
    """The fetch of a running instance."""

    async def fetch(url: str) -> bytes:
        answer = await egress.client(timeout=10, max_bytes=_BYTES).get(url)
        return answer.raise_for_status().content

    return fetch
