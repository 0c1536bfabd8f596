"""HTTP: call any web API."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl

import httpx

from ._action import Finding, unsent
from ._addresses import address_problem
from ._auth import AuthField, Fields, HeaderAuth, QueryAuth
from ._context import Context
from ._errors import RETRY_STATUSES, AuthError, PieceError, Retry, answer_excerpt, retry_after
from ._fence import credential_headers
from ._http_bodies import FORM_DATA, answer_body, body_of, is_json_text, pairs_of, url_with
from ._oauth2 import OURS, Provider
from ._origins import Targets, origin, read_hosts
from ._piece import Piece
from ._props import Choice, Example, Json, JsonText, Option, Range, Title
from ._transport import transport_of

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
BODY_KINDS = Choice(
    Option("auto", "As fits the value"),
    Option("none", "No body"),
    Option("json", "JSON"),
    Option("form", "Form"),
    Option("multipart", "Multipart"),
    Option("text", "Text"),
    Option("base64", "Bytes, as base64"),
)
SAFE = ("GET", "HEAD", "OPTIONS")
MAX_REDIRECTS = 5


_CLIENT, _PERSON = "oauth2_client_credentials", "oauth2_authorization_code"
_OAUTH2 = "OAuth 2.0"
_TLS = "Proxy and certificates"


def _with(*kinds: str) -> tuple[str, tuple[str, ...]]:
    return "kind", kinds


_TOKENS = _with(_CLIENT, _PERSON)
_SECRET = _with("bearer", "basic", "header", "query", _CLIENT, _PERSON)


def _bind(values: Mapping[str, str]) -> httpx.Auth | None:
    secret = values.get("secret", "")
    kind = values.get("kind", "bearer")
    if kind in (_CLIENT, _PERSON):
        secret, kind = values.get("access_token", ""), "bearer"
    if kind == "basic":
        return httpx.BasicAuth(values.get("username", ""), secret)
    if kind == "header" and secret:
        return HeaderAuth(values.get("header") or "X-API-Key", secret)
    if kind == "query" and secret:
        return QueryAuth(values.get("parameter") or "token", secret)
    return HeaderAuth("Authorization", f"Bearer {secret}") if kind == "bearer" and secret else None


def _oauth2(values: Mapping[str, str]) -> Provider | None:
    kind = values.get("kind")
    if kind not in (_CLIENT, _PERSON):
        return None
    extra = {name: value for name, value in parse_qsl(values.get("parameters", "")) if name not in OURS}
    transport = transport_of(values)
    if transport is not None:  # it is for the allowed hosts, and for whoever gives the tokens
        token_host = origin(values.get("token_url", ""))
        listed = read_hosts(values.get("hosts", ""))
        transport = replace(transport, targets=Targets((*listed, *([token_host] if token_host else ()))))
    return Provider(
        "client_credentials" if kind == _CLIENT else "authorization_code",
        values.get("token_url", ""),
        values.get("client_id", ""),
        values.get("client_secret", ""),
        authorize_url=values.get("authorize_url", ""),
        scope=" ".join(values.get("scopes", "").split()),
        client_auth="header" if values.get("client_auth") == "header" else "body",
        extra_authorize=extra,
        extra_token=extra,
        transport=transport,
    )


http = Piece(
    "http",
    "HTTP",
    icon="globe",
    auth=Fields(
        "HTTP sign-in",
        AuthField(
            "kind", "Kind", secret=False, default="bearer", help="OAuth 2.0 has fields of its own below.",
            options=("bearer", "basic", "header", "query", _CLIENT, _PERSON, "none"),
        ),
        AuthField(
            "username", "User name", secret=False, required=False, help="For basic.", when=_with("basic")
        ),
        AuthField(
            "secret", "Password, token or key", required=False,
            when=_with("bearer", "basic", "header", "query"),
        ),
        AuthField(
            "header", "Header", secret=False, required=False, help="For header: its name; else X-API-Key.",
            when=_with("header"),
        ),
        AuthField(
            "parameter", "Query parameter", secret=False, required=False,
            help="For query: its name; else `token`.", when=_with("query"),
        ),
        AuthField(
            "hosts", "Allowed hosts", secret=False, required=False, hosts=True,
            help="One per line: `api.example.com`, `*.example.com` for all names below it, or "
            "`intranet.example:8080`. The secret is sent to these hosts and nowhere else: by https, and by "
            "http where you name the port. Changing them removes the stored secret. Required with a secret "
            "or a client key.",
        ),
        AuthField(
            "token_url", "Token address", secret=False, required=False, group=_OAUTH2, when=_TOKENS,
            target=True,
        ),
        AuthField(
            "authorize_url", "Authorize address", secret=False, required=False, group=_OAUTH2,
            help="For an authorization code: the page where the user gives consent.", when=_with(_PERSON),
        ),
        AuthField("client_id", "Client ID", secret=False, required=False, group=_OAUTH2, when=_TOKENS),
        AuthField("client_secret", "Client secret", required=False, group=_OAUTH2, when=_TOKENS),
        AuthField("scopes", "Scopes", secret=False, required=False, group=_OAUTH2, when=_TOKENS),
        AuthField(
            "client_auth", "Client secret is sent in", secret=False, required=False, group=_OAUTH2,
            options=("body", "header"), default="body", when=_TOKENS,
        ),
        AuthField(
            "parameters", "Further parameters", secret=False, required=False, group=_OAUTH2, when=_TOKENS,
            help="As in an address: `audience=https://api.example&access_type=offline`.",
        ),
        AuthField(
            "proxy", "Proxy", secret=False, required=False, group=_TLS, about="proxy", target=True,
            help="An HTTP proxy that allows CONNECT: `http://proxy.example:3128`, instead of the instance's. "
            "Names are resolved here, and private addresses stay closed. Changing it removes the stored "
            "secrets.",
        ),
        AuthField(
            "proxy_username", "Proxy user name", secret=False, required=False, group=_TLS, about="proxy"
        ),
        AuthField("proxy_password", "Proxy password", required=False, group=_TLS, about="proxy"),
        AuthField(
            "verify_certificates", "Verify certificates", secret=False, required=False, group=_TLS,
            about="tls", options=("yes", "no"), default="yes",
            help="With `no`, anyone on the network path can read and change requests, including secrets.",
        ),
        AuthField(
            "authorities", "Certificate authorities", secret=False, required=False, group=_TLS, about="tls",
            lines=True, help="In PEM. Only certificates that these have signed are accepted.",
        ),
        AuthField(
            "client_certificate", "Client certificate", secret=False, required=False, group=_TLS, about="tls",
            lines=True, help="In PEM, intermediate certificates below it. Sent to the allowed hosts only.",
        ),
        AuthField(
            "client_key", "Client key", required=False, group=_TLS, about="tls", lines=True,
            help="The private key of the client certificate in PEM, without a passphrase.",
        ),
        bind=_bind,
        oauth2=_oauth2,
        transport=transport_of,
        optional=True,
    ),
)  # fmt: skip


@http.action
async def request(
    ctx: Context,
    url: Annotated[str, Example("https://api.example.com/things")],
    method: Method = "GET",
    query: dict[str, Json] | None = None,
    headers: dict[str, Json] | None = None,
    body_kind: Annotated[str, BODY_KINDS, Title("Send the body as")] = "auto",
    body: Annotated[Json, JsonText(when=is_json_text)] = None,
    timeout: Annotated[float, Range(1, 300)] = 30,  # noqa: ASYNC109 - of the request, not of this call
    expect: list[str] | None = None,
    follow_redirects: bool = False,
) -> Json:
    """Send a request and return the response.

    The output is `{status, headers, body, url}`; a JSON body is parsed, a text stays text, anything else
    is a file: `{filename, content_type, size, base64}`. Requests that change something carry an
    `Idempotency-Key`, the same for each attempt.

    Args:
        query: Fields added to the address. A list repeats its name; null is left out.
        headers: Headers to send. A list repeats its name; null is left out.
        body: JSON: any value; in a text, templates are filled inside the parsed JSON. Form: an object, or a
            list of {name, value}. Multipart: an object of fields and files, or a list of {name, value} or
            {name, filename, content, encoding, content_type}. Text or base64: a text.
        timeout: Seconds to wait for the connection and for each part of the response.
        expect: Statuses that count as success, such as `2xx` or `404`. Without it, 2xx: a redirect is not
            a success.
        follow_redirects: Follow up to five; credentials stay with the first host.
    """
    wanted = _statuses(expect)
    own = _own_headers(headers)
    named = next((value for name, value in own if name.lower() == "content-type"), "")
    if named.lower().startswith(FORM_DATA) and "boundary" not in named.lower():  # known once it is written
        own = [(name, value) for name, value in own if name.lower() != "content-type"]
    sent_body, content_type = body_of(body_kind, body, named)
    sent = ctx.plain_http.build_request(
        method,
        url_with(_url(url), query),
        headers=_headers(own, method, content_type, ctx.idempotency_key),
        timeout=timeout,
        **sent_body,
    )
    answer = await _send(ctx, sent)
    for _ in range(MAX_REDIRECTS if follow_redirects else 0):
        if answer.next_request is None:
            break
        answer = await _follow(ctx, answer.next_request, sent)
    _judge(answer, wanted)
    return {
        "status": answer.status_code,
        "headers": dict(answer.headers.items()),
        "body": answer_body(answer),
        "url": str(answer.url),
    }


@request.check
def _findings(values: Mapping[str, Any]) -> Iterator[Finding]:
    """An address that cannot be, and a body that another field switches off."""
    url = values.get("url")
    if isinstance(url, str) and url.strip() and (problem := address_problem(url)):
        yield Finding("/url", f"`url` {problem}")
    if values.get("body") not in (None, "", {}) and values.get("method") in (None, ""):
        yield Finding("/body", "servers ignore the body of a GET request: choose POST or PUT", True)
    if values.get("body_kind") == "none" and values.get("body") not in (None, ""):
        yield Finding("/body", "the body is not sent: choose how under `Send the body as`")


def _url(text: str) -> str:
    text = text.strip()  # what an event adds often ends in a line break
    if not re.match(r"https?://[^/]", text, re.IGNORECASE):
        raise PieceError("`url` must begin with https:// or http://", field="url")
    return text


def _statuses(expect: list[str] | None) -> re.Pattern[str]:
    for text in expect or ():
        if not re.fullmatch(r"[1-5](\d\d|xx)", text):
            raise PieceError(f"`expect`: {text!r} is not a status; write 404 or 2xx", field="expect")
    return re.compile("|".join(expect or ("2xx",)).replace("x", r"\d"))


def _own_headers(given: Mapping[str, Json] | None) -> list[tuple[str, str]]:
    """The step's headers as they are sent. Raises `PieceError` for one that cannot be."""
    own = list(pairs_of(given or {}))
    for name, value in own:
        if not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", name) or re.search(r"[\r\n\0]", value):
            raise PieceError(f"`headers`: {name!r} cannot be sent", field="headers")
        if not value.isascii():
            raise PieceError(f"`headers`: the value of {name} must be ASCII; encode it", field="headers")
        if name.lower() in ("content-length", "transfer-encoding", "connection"):
            raise PieceError(f"`headers`: {name} is set automatically", field="headers")
    return own


def _headers(own: list[tuple[str, str]], method: str, content_type: str, key: str) -> list[tuple[str, str]]:
    names = {name.lower() for name, _ in own}
    headers = [] if not content_type or "content-type" in names else [("Content-Type", content_type)]
    headers += own
    if method not in SAFE and key and "idempotency-key" not in names:
        headers.append(("Idempotency-Key", key))
    return headers


async def _send(ctx: Context, sent: httpx.Request, *, with_credentials: bool = True) -> httpx.Response:
    """The answer, whatever its status. Raises `PieceError` and `Retry` that name the request's path."""
    try:
        if with_credentials:
            return await ctx.plain_http.send(sent)
        return await ctx.plain_http.send(sent, auth=None)
    except httpx.TransportError as error:
        raise unsent(error, _where(sent)) from error


def _where(sent: httpx.Request) -> str:
    """A request without its query, which may hold secrets: `GET api.example.com/things`."""
    return f"{sent.method} {sent.url.host}{sent.url.path}"


async def _follow(ctx: Context, onward: httpx.Request, first: httpx.Request) -> httpx.Response:
    """Send a redirect's next request; to another origin it goes without any credential."""
    same = (onward.url.scheme, onward.url.host, onward.url.port) == (
        first.url.scheme,
        first.url.host,
        first.url.port,
    )
    if same:
        return await _send(ctx, onward)
    for name in ("authorization", "cookie", "proxy-authorization", *credential_headers(first)):
        onward.headers.pop(name, None)
    return await _send(ctx, onward, with_credentials=False)


def _judge(answer: httpx.Response, wanted: re.Pattern[str]) -> None:
    """Raise what an unexpected status means."""
    status = answer.status_code
    if wanted.fullmatch(str(status)):
        return
    told = f"{_where(answer.request)} answered {status}: {answer_excerpt(answer)}".rstrip(": ")
    details = {"status": status, "headers": dict(answer.headers)}
    if status in RETRY_STATUSES or status >= 500:
        raise Retry(told, retry_after(answer.headers.get("retry-after")), details=details)
    raise (AuthError if status == 401 else PieceError)(told, details=details)
