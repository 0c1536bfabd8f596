"""OAuth 2.0, the client's side: where to send a person, and how to ask for tokens.

RFC 6749 (the framework), RFC 7636 (PKCE with S256), RFC 9207 (`iss`), RFC 6750 (bearer tokens). What goes
wrong is said in the words of pieces: `AuthError` when the provider refuses us for good, `Retry` when it
cannot answer now, `PieceError` when its answer cannot be used. No error holds a secret.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlencode, urlsplit, urlunsplit

import httpx

from engine.base import clock
from engine.base.redaction import redact
from engine.http.egress import Egress
from pieces import AuthError, PieceError, Provider, Retry

TIMEOUT = 20.0
"""Seconds that a provider has for its whole answer."""
MAX_ANSWER = 100_000  # bytes
EARLY, SHARE = 900.0, 0.1
"""A token is renewed so many seconds before its end, or when this share of its life is left: what is less."""
SPENT = 4
"""Tokens that were replaced and are still kept out of sight: an answer may repeat one."""

_TOKEN = re.compile(r"[\x21-\x7e]{1,20000}")  # it becomes a header
_TEXT = 300  # characters of a provider's own words that are shown


class Denied(AuthError):
    """The provider refuses what it was given; `reason` is its word for that (RFC 6749 section 5.2)."""

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, repr=False)
class Tokens:
    """What a provider gave. Times are Unix seconds; `expires` is None where it did not say."""

    access: str
    refresh: str
    obtained: float
    expires: float | None
    scope: str = ""
    spent: tuple[str, ...] = ()

    def due(self, now: float) -> bool:
        """Whether it is time for another one."""
        if self.expires is None:
            return False
        return now >= self.expires - min(EARLY, SHARE * (self.expires - self.obtained))

    def over(self, now: float) -> bool:
        return self.expires is not None and now >= self.expires

    @property
    def secrets(self) -> frozenset[str]:
        return frozenset({self.access, self.refresh, *self.spent} - {""})

    def to_json(self) -> dict[str, Any]:
        return {**vars(self), "spent": list(self.spent)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Tokens":
        return cls(**{**data, "spent": tuple(data["spent"])})


# -- the person's way ------------------------------------------------------------------------------


def authorize_address(provider: Provider, redirect_uri: str, state: str, verifier: str) -> str:
    """Where a person agrees (RFC 6749 section 4.1.1). `verifier` is unused where PKCE is not wanted."""
    sent = {
        **provider.extra_authorize,
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": redirect_uri,
        "state": state,
    }
    if provider.scope:
        sent["scope"] = provider.scope
    if provider.pkce:
        sent |= {"code_challenge": challenge(verifier), "code_challenge_method": "S256"}
    parts = urlsplit(provider.authorize_url)
    query = [(name, value) for name, value in parse_qsl(parts.query) if name not in sent]
    return urlunsplit(parts._replace(query=urlencode([*query, *sent.items()])))


def challenge(verifier: str) -> str:
    """RFC 7636 section 4.2, method S256."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def issuer_problem(provider: Provider, issuer: str | None) -> str:
    """Why an answer is not from this provider, by its `iss` (RFC 9207); empty if nothing says so."""
    if provider.issuer:
        well = issuer == provider.issuer
    else:
        well = issuer is None or _origin(issuer) == _origin(provider.authorize_url)
    return "" if well else "The answer does not come from the provider that was asked."


def _origin(url: str) -> tuple[str, str | None, int | None] | None:
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return None


# -- asking for tokens -----------------------------------------------------------------------------


async def by_code(
    egress: Egress, provider: Provider, code: str, redirect_uri: str, verifier: str, now: float
) -> Tokens:
    """RFC 6749 section 4.1.3: the tokens for what the person brought back."""
    sent = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
    if provider.pkce:
        sent["code_verifier"] = verifier
    return _tokens(await _ask(egress, provider, sent, {code, verifier}), now, None)


async def by_refresh(egress: Egress, provider: Provider, tokens: Tokens, now: float) -> Tokens:
    """RFC 6749 section 6: new tokens for the refresh token, which stays unless another one is given."""
    sent = {"grant_type": "refresh_token", "refresh_token": tokens.refresh}
    return _tokens(await _ask(egress, provider, sent, tokens.secrets), now, tokens)


async def by_client(egress: Egress, provider: Provider, now: float, before: Tokens | None = None) -> Tokens:
    """RFC 6749 section 4.4.2: the client's own token; a refresh token is not expected and not kept."""
    sent = {"grant_type": "client_credentials", **({"scope": provider.scope} if provider.scope else {})}
    got = await _ask(egress, provider, sent, before.secrets if before else frozenset())
    return _tokens({**got, "refresh_token": ""}, now, before and replace(before, refresh=""))


async def _ask(
    egress: Egress, provider: Provider, sent: dict[str, str], secrets: set[str] | frozenset[str]
) -> dict[str, Any]:
    """The provider's answer to a request for tokens."""
    host = urlsplit(provider.token_url).hostname or "the provider"
    hidden = {provider.client_secret, *secrets}
    form = {**provider.extra_token, **sent}
    headers = {"Accept": "application/json"}
    if provider.client_auth == "header" and provider.client_secret:
        headers["Authorization"] = f"Basic {basic(provider)}"
    else:
        form["client_id"] = provider.client_id
        if provider.client_secret:
            form["client_secret"] = provider.client_secret
    client = egress.client(
        timeout=TIMEOUT, headers=headers, max_bytes=MAX_ANSWER, transport=provider.transport
    )
    try:
        async with clock.timeout(TIMEOUT):
            answer = await client.post(provider.token_url, data=form)
    except (TimeoutError, httpx.TimeoutException) as error:
        raise Retry(f"{host} did not issue a token in time") from error
    except (httpx.TransportError, OSError) as error:
        raise Retry(f"{host} could not be asked for a token: {error}") from error
    return _judged(answer, host, hidden)


def basic(provider: Provider) -> str:
    """RFC 6749 section 2.3.1: both are form-encoded before they are joined."""
    pair = f"{quote_plus(provider.client_id)}:{quote_plus(provider.client_secret)}"
    return base64.b64encode(pair.encode()).decode()


def _judged(answer: httpx.Response, host: str, hidden: set[str]) -> dict[str, Any]:
    """The answer's JSON, or what an answer that holds no tokens means."""
    status = answer.status_code
    if status in (408, 425, 429) or status >= 500:
        after = answer.headers.get("retry-after", "")
        seconds = float(after) if after.isascii() and after.isdigit() and len(after) < 9 else None
        raise Retry(f"{host} answered {status} when it was asked for a token", seconds)
    try:
        found = json.loads(answer.content)
    except (ValueError, RecursionError):
        found = None
    said = found if isinstance(found, dict) else {}
    reason = said.get("error")
    if isinstance(reason, str) and reason:  # some say no with a 200
        raise Denied(f"{host} refused: {_words(said, reason, hidden)}", reason)
    if 300 <= status < 400:
        raise PieceError(f"{host} redirects requests for tokens. Enter the URL that it redirects to")
    if status >= 400:
        raise Denied(f"{host} refused with status {status}", str(status))
    if not said:
        raise PieceError(f"{host} did not answer with a JSON object when it was asked for a token")
    return said


def _words(said: Mapping[str, Any], reason: str, hidden: set[str]) -> str:
    """The provider's own words, on one line, without what we sent it."""
    more = said.get("error_description")
    text = f"{reason} ({more})" if isinstance(more, str) and more else reason
    return plain_words(str(redact(text, hidden)))


def plain_words(text: str) -> str:
    """Another's words, fit to be shown: printable, on one line, not too many."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text[: _TEXT * 4]).split())
    return line if len(line) <= _TEXT else f"{line[:_TEXT]}…"


def _tokens(got: Mapping[str, Any], now: float, before: Tokens | None) -> Tokens:
    """The tokens of an answer (RFC 6749 section 5.1). Raises `PieceError` if they cannot be used."""
    access, kind = got.get("access_token"), got.get("token_type", "Bearer")
    if not isinstance(access, str) or not _TOKEN.fullmatch(access):
        raise PieceError("The provider's response has no usable access token")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise PieceError(f"The provider issued a token of the type {plain_words(str(kind))!r}, not bearer")
    refresh, scope = got.get("refresh_token"), got.get("scope")
    old = before.refresh if before else ""
    new = refresh if isinstance(refresh, str) and len(refresh) < 20_000 else ""
    replaced = (before.access, *({old} - {new or old, ""})) if before else ()
    return Tokens(
        access=access,
        refresh=new or old,
        obtained=now,
        expires=_end(got.get("expires_in"), now),
        scope=plain_words(scope) if isinstance(scope, str) else "",
        spent=(*replaced, *(before.spent if before else ()))[:SPENT],
    )


def _end(seconds: Any, now: float) -> float | None:
    """When a token ends; a number as text is taken too, and what is none says nothing."""
    if isinstance(seconds, str) and re.fullmatch(r"[0-9]{1,10}", seconds):
        seconds = int(seconds)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds < 1e10:
        return None
    return now + seconds
