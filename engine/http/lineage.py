"""Lineage: the flows that led to a run, oldest first, and where a chain must not go on.

A run's chain grows by its own flow when the run leads to something: a called flow, a request to one of our
webhooks, a message on a topic, an event. Before that something starts a flow, `cut` says whether the edge
would close a circle; only that edge is cut, everything else goes its way.

Between two requests the chain travels in the header `switchyard-lineage`, `<payload>.<signature>`, both
base64url without padding: the ids, and HMAC-SHA256 over the payload with a key of this instance. What is
not signed by us is not believed, so nobody can keep a flow from running by claiming a chain.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import httpx

from pieces import Outside, PieceError, Transport

from .egress import TIMEOUT

HEADER = "switchyard-lineage"

MAX_FLOWS = 16
"""Flows that may lead to one another in a row."""

MAX_HEADER = 2_000
"""Characters of the header that are read; a chain of the longest kind needs half of them."""

_ID = re.compile(r"[a-z]{2,8}_[0-9a-z]{26}")
_WEBHOOK = re.compile(r"/webhooks/([^/]+)(/(?:sync|draft|draft/sync))?/?", re.ASCII)
_PORTS = (80, 443)
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - compared with, not bound to

OnAnswer = Callable[[httpx.Response], Awaitable[None]]


class Told(NamedTuple):
    """What a request says of where it comes from."""

    chain: tuple[str, ...] = ()
    run_id: str = ""
    """The run that sent it, if it was one."""


def grown(chain: Sequence[str], flow_id: str) -> tuple[str, ...]:
    """The chain of what a run of `flow_id`, to which `chain` led, leads to."""
    return (*chain, flow_id)


def cut(chain: Sequence[str], flow_id: str) -> str:
    """Why `chain` must not lead to a run of `flow_id`; empty when it may."""
    if flow_id in chain:
        return "The flows call each other in a circle: this flow is already in the chain that led here."
    if len(chain) > MAX_FLOWS:
        return f"More than {MAX_FLOWS} flows led to one another."
    return ""


class Lineage:
    """Signs and reads chains, and knows the addresses of our own webhooks."""

    def __init__(self, key: bytes, base_url: str, host: str = "", port: int = 0) -> None:
        """`base_url` is the public address; `host` and `port` are what the server listens on."""
        self._key = key
        self._bases = frozenset(_bases(base_url, host, port))

    # -- the header ---------------------------------------------------------------------------------

    def header(self, chain: Sequence[str], run_id: str = "") -> str:
        """The value of `switchyard-lineage` for what `chain` leads to."""
        payload = _encode(" ".join([*chain, run_id]).strip().encode())
        return f"{payload}.{self._sign(payload)}"

    def read(self, header: str | None) -> Told:
        """The chain of a header that we signed; an empty one for any other."""
        if not header or len(header) > MAX_HEADER or not header.isascii():
            return Told()
        payload, _, signature = header.strip().partition(".")
        if not hmac.compare_digest(signature, self._sign(payload)):
            return Told()
        ids = _decode(payload).split()
        if not all(map(_ID.fullmatch, ids)):
            return Told()
        run_id = ids.pop() if ids and ids[-1].startswith("run_") else ""
        return Told(tuple(ids), run_id)

    def _sign(self, payload: str) -> str:
        return _encode(hmac.digest(self._key, payload.encode(), hashlib.sha256))

    # -- our own addresses --------------------------------------------------------------------------

    def flow_at(self, url: str) -> str | None:
        """The flow whose runs a request to `url` starts, if that is a webhook of ours."""
        found = self._own(url)
        return found[1] if found else None

    def webhook_at(self, url: str) -> str | None:
        """The same, but of the address only that takes events: not of `/sync` or `/draft`."""
        found = self._own(url)
        return found[1] if found and not found[2] else None

    def _own(self, url: str) -> re.Match[str] | None:
        place, path = _split(url)
        for own, prefix in self._bases:
            if place == own and path.startswith(prefix):
                found = _WEBHOOK.fullmatch(path, len(prefix))
                if found is not None:
                    return found
        return None

    def outside(self, inner: Outside, chain: Sequence[str], run_id: str = "") -> Outside:
        """A way out whose requests to our own webhooks carry `chain`, and close no circle."""
        return _Traced(inner, self, tuple(chain), run_id)

    def _trace(self, request: httpx.Request, chain: tuple[str, ...], run_id: str) -> None:
        """Let a request say where it comes from, to us and to nobody else. Raises `PieceError`."""
        request.headers.pop(HEADER, None)
        flow_id = self.flow_at(str(request.url))
        if flow_id is None:
            return
        reason = cut(chain, flow_id)
        if reason:
            raise PieceError(f"The request to a webhook of this instance was not sent. {reason}", field="url")
        request.headers[HEADER] = self.header(chain, run_id)


class _Traced:
    """A way out that tells our own webhooks who led to them."""

    def __init__(self, inner: Outside, lineage: Lineage, chain: tuple[str, ...], run_id: str) -> None:
        self._inner, self._lineage, self._chain, self._run_id = inner, lineage, chain, run_id

    def client(
        self,
        base_url: str = "",
        auth: httpx.Auth | None = None,
        timeout: float = TIMEOUT,
        headers: Mapping[str, str] | None = None,
        *,
        on_answer: OnAnswer | None = None,
        transport: Transport | None = None,
    ) -> httpx.AsyncClient:
        client = self._inner.client(
            base_url, auth, timeout, headers, on_answer=on_answer, transport=transport
        )

        async def trace(request: httpx.Request) -> None:  # also of a redirect that is followed
            self._lineage._trace(request, self._chain, self._run_id)

        hooks = client.event_hooks
        client.event_hooks = {**hooks, "request": [*hooks.get("request", ()), trace]}
        return client

    async def resolve(self, host: str, port: int) -> list[str]:
        return await self._inner.resolve(host, port)


_Place = tuple[str, int | None]  # host, and the port unless it is a usual one


@lru_cache(1024)
def _split(url: str) -> tuple[_Place | None, str]:
    """Where a web address leads, however it is written, and its path."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return None, ""
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
        return None, ""
    place = (parts.hostname.rstrip("."), None if port in (None, *_PORTS) else port)
    return place, re.sub(r"/{2,}", "/", unquote(parts.path))


def _bases(base_url: str, host: str, port: int) -> set[tuple[_Place | None, str]]:
    """Where we are found, each with the path before `/webhooks/`: the public address, the server's own."""
    place, path = _split(base_url)
    found = {(place, path.rstrip("/"))}
    if host:
        names = [*_LOOPBACK, host] if host in (*_LOOPBACK, *_EVERYWHERE) else [host]
        found |= {((name, None if port in _PORTS else port), "") for name in names}
    return found


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _decode(text: str) -> str:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return "-"  # no id
