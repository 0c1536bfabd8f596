"""OAuth 2.0 as a piece sees it: whom to ask for tokens, and a request that carries the current one.

RFC 6749 (the framework), RFC 7636 (PKCE), RFC 9207 (`iss`). The asking itself is the engine's.
"""

import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

import httpx

from ._errors import raise_for_answer
from ._transport import Transport

Grant = Literal["authorization_code", "client_credentials"]
ClientAuth = Literal["body", "header"]
Renew = Callable[[str], Awaitable[Mapping[str, str] | None]]
"""Given the token that was refused: the connection with a new one, or None when there is none to be had."""

TOKEN = "access_token"  # noqa: S105 - the name of a value, not one
OURS = frozenset({
    "response_type", "client_id", "client_secret", "redirect_uri", "state", "scope", "code", "code_challenge",
    "code_challenge_method", "code_verifier", "grant_type", "refresh_token", "request", "request_uri",
    "response_mode",
})  # fmt: skip
"""Parameters that nobody else may set."""

_PLACEHOLDER = re.compile(r"{(\w+)}")
# A label or name of a host and a part of a path alike: nothing that would end either, or lead up.
_PART = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]|\.(?!\.))*")
_LOOPBACK = re.compile(r"localhost|127\.\d+\.\d+\.\d+|::1")


@dataclass(frozen=True, repr=False)
class Provider:
    """Whom a connection asks for its tokens, and as whom. Its repr shows nothing."""

    grant: Grant
    token_url: str
    client_id: str
    client_secret: str = ""
    authorize_url: str = ""
    scope: str = ""
    client_auth: ClientAuth = "body"
    pkce: bool = True
    issuer: str = ""
    """What the provider sends as `iss`; without it, `iss` must have the origin of the authorize address."""
    extra_authorize: Mapping[str, str] = field(default_factory=dict)
    extra_token: Mapping[str, str] = field(default_factory=dict)
    transport: Transport | None = None
    """How it is reached; None for the usual way."""

    def problems(self) -> list[tuple[str, str]]:
        """(field name, sentence) for whatever cannot work."""
        code = self.grant == "authorization_code"
        found = []
        for name, title, url in (
            ("authorize_url", "The authorize address", self.authorize_url if code else "-"),
            ("token_url", "The token address", self.token_url),
        ):
            wrong = "" if url == "-" else address_problem(url)
            found += [(name, f"{title} {wrong}")] if wrong else []
        if not self.client_id:
            found.append(("client_id", "The client ID is required"))
        if not self.client_secret and (not code or self.client_auth == "header"):
            found.append(("client_secret", "The client secret is required"))
        return found

    def whom(self) -> tuple[object, ...]:
        """What tokens belong to: with another value of it they are somebody else's."""
        extra = sorted({**self.extra_authorize, **self.extra_token}.items())
        return (self.grant, self.token_url, self.authorize_url, self.client_id, self.scope, *extra)


def address_problem(url: str) -> str:
    """Why no secret may be sent to this address; empty if it may. RFC 6749 section 3 wants TLS."""
    try:
        parts = urlsplit(url)
        host, _, _ = parts.hostname or "", parts.port, httpx.URL(url)
    except (ValueError, httpx.InvalidURL):
        return "is no web address"
    if not url:
        return "is required"
    if parts.scheme != "https" and not (parts.scheme == "http" and _LOOPBACK.fullmatch(host)):
        return "must begin with https://"
    if not host or re.search(r"[^\x21-\x7e]|\\", url):
        return "is no web address"
    if parts.username is not None or parts.password is not None or parts.fragment:
        return "must hold neither a user nor a fragment"
    return ""


def placeholders(*urls: str) -> set[str]:
    """The names in braces."""
    return {name for url in urls for name in _PLACEHOLDER.findall(url)}


def filled(url: str, values: Mapping[str, str]) -> str:
    """The address with each `{name}` replaced; empty if a value is missing or is more than one part."""
    parts = {name: values.get(name, "") for name in placeholders(url)}
    if not all(map(is_part, parts.values())):
        return ""
    return _PLACEHOLDER.sub(lambda found: parts[found[1]], url)


def is_part(text: str) -> bool:
    """Whether a text may stand in an address: one part of a path, or (a part of) a host's name."""
    return _PART.fullmatch(text) is not None and not text.endswith(".")


class RenewingAuth(httpx.Auth):
    """Sends each request with the current token, and once more with a new one when that is refused (401).

    `bind` gives the auth for a connection's values. With `raising`, a refusing status becomes the error that
    fits it, but only once it is known whether the answer stands: the client's hook has to be `on_answer`.
    """

    requires_request_body = True  # it may be sent twice

    def __init__(
        self,
        values: Mapping[str, str],
        bind: Callable[[Mapping[str, str]], httpx.Auth | None],
        renew: Renew,
        *,
        raising: bool,
    ) -> None:
        self._values = values
        self._bind = bind
        self._renew = renew
        self._raising = raising

    async def on_answer(self, response: httpx.Response) -> None:
        """The hook of a client that raises for refusing statuses."""
        if self._raising and not _refused(response):
            await raise_for_answer(response)

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        response = yield self._carrying(request)
        if not _refused(response):
            return
        request.extensions["renewed"] = True
        renewed = await self._renew(self._values.get(TOKEN, ""))
        if renewed is not None:
            self._values = renewed
            yield self._carrying(request)
        elif self._raising:
            await raise_for_answer(response)

    def _carrying(self, request: httpx.Request) -> httpx.Request:
        auth = self._bind(self._values)
        return next(auth.auth_flow(request)) if auth is not None else request


def _refused(response: httpx.Response) -> bool:
    """Whether the service took the token for no good, the first time."""
    return response.status_code == 401 and "renewed" not in response.request.extensions
