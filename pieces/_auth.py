"""What a connection consists of, and how it is put on a request.

The auth type is the only place where a secret is declared; a form masks its fields, and no log
sees them.
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import httpx

from . import _oauth2
from ._oauth2 import TOKEN, ClientAuth, Grant, Provider
from ._origins import read_hosts
from ._transport import Transport, transport_problems

_ANOTHER = "another-secret"  # in the place of each secret, to see what depends on them

Bind = Callable[[Mapping[str, str]], "httpx.Auth | None"]
Asks = Callable[[Mapping[str, str]], "Provider | None"]
Travels = Callable[[Mapping[str, str]], "Transport | None"]
About = Literal["requests", "tls", "proxy"]


@dataclass(frozen=True)
class AuthField:
    """One field of a connection's form. A field with `options` is chosen from them; those of one `group`
    stand together under its name, folded up until one of them is filled in. `when` names another field and
    the choices of it with which this one counts: the form shows it only then.

    A `target` decides where the connection's secrets are sent: changing it removes those that are stored, so
    that nobody can lead a secret elsewhere that somebody else entered. `hosts` is a target that lists the
    hosts which may receive credentials, for a piece whose steps name the address; an auth has one at most.

    `about`: what the field describes: what requests carry, or how they travel (a key for TLS, a password for
    the proxy). `lines`: it holds several, such as a certificate.
    """

    name: str
    title: str
    secret: bool = True
    required: bool = True
    help: str = ""
    options: tuple[str, ...] = ()
    default: str = ""
    group: str = ""
    when: tuple[str, tuple[str, ...]] | None = None
    target: bool = False
    hosts: bool = False
    about: About = "requests"
    lines: bool = False

    def __post_init__(self) -> None:
        if self.hosts:
            object.__setattr__(self, "target", True)
        if self.target and self.secret:
            raise ValueError(f"{self.name}: a field that decides where secrets go is no secret itself")


class HeaderAuth(httpx.Auth):
    """Sets one header on each request."""

    def __init__(self, name: str, value: str) -> None:
        self.name = name
        self._value = value

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers[self.name] = self._value
        yield request


class QueryAuth(httpx.Auth):
    """Sets one field of the query on each request."""

    def __init__(self, name: str, value: str) -> None:
        self.name = name
        self._value = value

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.url = request.url.copy_set_param(self.name, self._value)
        yield request


class Auth:
    """Base of the auth types. `optional`: actions also work without a connection."""

    def __init__(self, label: str, fields: tuple[AuthField, ...], *, optional: bool = False) -> None:
        self.label = label
        self.fields = fields
        self.optional = optional

    @property
    def hosts(self) -> AuthField | None:
        """The field that lists the hosts which may receive the credentials."""
        return next((field for field in self.fields if field.hosts), None)

    def bind(self, values: Mapping[str, str]) -> httpx.Auth | None:
        """How a request carries `values`; None when the piece itself places them."""
        return None

    def oauth2(self, values: Mapping[str, str]) -> Provider | None:
        """Whom a connection with these fields asks for its tokens; None for one that needs none."""
        return None

    def transport(self, values: Mapping[str, str]) -> Transport | None:
        """How requests of a connection with these fields travel; None for the usual way."""
        return None

    def pick(self, values: Mapping[str, str]) -> dict[str, str]:
        """The declared fields of `values` with defaults filled in: all that a piece ever sees. With OAuth 2.0
        it sees the token, and not what the token was got with."""
        picked = {field.name: values.get(field.name) or field.default for field in self.fields}
        if self.oauth2(values) is not None:
            seen = [field for field in self.fields if not field.secret or field.about != "requests"]
            picked = {field.name: picked[field.name] for field in seen}
            picked[TOKEN] = values.get(TOKEN, "")
        return {name: value for name, value in picked.items() if value}

    def written(self, values: Mapping[str, str]) -> frozenset[str]:
        """What a request carries that can be told from the secrets in `values`, whatever way `bind` joins and
        encodes them, such as the user and password of basic authentication."""
        plain = {field.name for field in self.fields if not field.secret}
        others = {name: text if name in plain else _ANOTHER for name, text in values.items()}
        carried = self._carried(values) - self._carried(others)
        # A scheme such as `Basic` is no secret, and what follows it may come back alone.
        return frozenset(text.partition(" ")[2] or text for text in carried) - {""}

    def _carried(self, values: Mapping[str, str]) -> set[str]:
        bare = httpx.Request("GET", "https://service.invalid/")
        try:
            auth = self.bind(values)
            if auth is None:
                return set()
            sent = next(auth.sync_auth_flow(httpx.Request(bare.method, bare.url)))
        except Exception:  # an author's code, with values that it may refuse
            return set()
        headers = {text for pair in sent.headers.multi_items() if pair not in bare.headers.multi_items()
                   for text in pair[1:]}  # fmt: skip
        return headers | {text for _, text in sent.url.params.multi_items()}

    def problems(self, values: Mapping[str, str]) -> list[tuple[str, str]]:
        """(field name, sentence) for each missing, unknown or impossible field of a connection."""
        known = {field.name: field for field in self.fields}
        found = [
            (name, f"`{name}` is not a field of this connection") for name in values if name not in known
        ]
        for field in self.fields:
            value = values.get(field.name) or field.default
            if field.required and not value:
                found.append((field.name, f"{field.title} is required"))
            elif value and field.options and value not in field.options:
                found.append((field.name, f"{field.title} must be one of {', '.join(field.options)}"))
            elif field.hosts:
                found += [(field.name, problem) for problem in _hosts_problem(value)]
            elif any(c in value for c in "\r\n\0") and not (field.secret or field.lines):
                found.append((field.name, f"{field.title} must be one line"))
        provider = self.oauth2(values)
        if provider is not None:
            named = {name for name, _ in found}
            found += [problem for problem in provider.problems() if problem[0] not in named]
        return found


def _hosts_problem(value: str) -> list[str]:
    try:
        read_hosts(value)
    except ValueError as error:
        return [str(error)]
    return []


class SecretText(Auth):
    """One secret, sent in `header` behind `prefix`; without a header the piece places it itself."""

    def __init__(
        self, label: str, *, header: str = "", prefix: str = "", help: str = "", optional: bool = False
    ) -> None:
        super().__init__(label, (AuthField("secret", label, help=help),), optional=optional)
        self._header = header
        self._prefix = prefix

    def bind(self, values: Mapping[str, str]) -> httpx.Auth | None:
        secret = values.get("secret")
        return HeaderAuth(self._header, self._prefix + secret) if self._header and secret else None


class BearerToken(Auth):
    """`Authorization: Bearer …`; the field is `token`."""

    def __init__(self, label: str = "Token", *, help: str = "", optional: bool = False) -> None:
        super().__init__(label, (AuthField("token", label, help=help),), optional=optional)

    def bind(self, values: Mapping[str, str]) -> httpx.Auth | None:
        token = values.get("token")
        return HeaderAuth("Authorization", f"Bearer {token}") if token else None


class BasicAuth(Auth):
    """HTTP basic authentication; the fields are `username` and `password`."""

    def __init__(
        self,
        label: str = "Sign-in",
        *,
        username: str = "User name",
        password: str = "Password",  # noqa: S107 - a label, not a password
        optional: bool = False,
    ) -> None:
        fields = (
            AuthField("username", username, secret=False),
            AuthField("password", password, required=False),
        )
        super().__init__(label, fields, optional=optional)

    def bind(self, values: Mapping[str, str]) -> httpx.Auth | None:
        name = values.get("username")
        return httpx.BasicAuth(name, values.get("password", "")) if name else None


class Fields(Auth):
    """Any set of fields; `bind` says how a request carries them, else the piece reads `ctx.auth`.

    `any_of` names fields none of which is required, but of which one must be given. `oauth2` says whom a
    connection asks for tokens, where its fields mean that; `bind` then finds the token as `access_token`.
    `transport` says how requests travel, from the fields that `transport_of` reads.
    """

    def __init__(
        self,
        label: str,
        *fields: AuthField,
        bind: Bind | None = None,
        optional: bool = False,
        any_of: tuple[str, ...] = (),
        oauth2: Asks | None = None,
        transport: Travels | None = None,
    ) -> None:
        super().__init__(label, fields, optional=optional)
        self._bind = bind
        self._travels = transport
        self._asks = oauth2
        self._any_of = tuple(field for field in fields if field.name in any_of)

    def problems(self, values: Mapping[str, str]) -> list[tuple[str, str]]:
        found = super().problems(values)
        if self._any_of and not any(values.get(field.name) for field in self._any_of):
            titles = " or ".join(field.title for field in self._any_of)
            found.append((self._any_of[0].name, f"{titles} is required"))
        if self._travels is not None:
            found += transport_problems(values)
        return found

    def transport(self, values: Mapping[str, str]) -> Transport | None:
        return self._travels(values) if self._travels is not None else None

    def bind(self, values: Mapping[str, str]) -> httpx.Auth | None:
        return self._bind(values) if self._bind is not None else None

    def oauth2(self, values: Mapping[str, str]) -> Provider | None:
        return self._asks(values) if self._asks is not None else None


class OAuth2(Auth):
    """OAuth 2.0: the form holds the client's id and secret, the engine gets and renews the tokens, and each
    request carries `Authorization: Bearer …`.

    With the grant `authorization_code` a person connects it in the browser; with `client_credentials` saving
    it is enough. The addresses may name `fields` in braces, such as `https://{tenant}.example/token`: their
    values may then hold letters, digits, `-`, `_` and `.` only. `scopes` is a default that the form shows.
    `client_auth` is how the client proves itself (RFC 6749 section 2.3.1), `issuer` what the provider sends
    as `iss` (RFC 9207).
    """

    def __init__(
        self,
        label: str = "OAuth 2.0",
        *fields: AuthField,
        token_url: str,
        authorize_url: str = "",
        scopes: tuple[str, ...] = (),
        grant: Grant = "authorization_code",
        pkce: bool = True,
        client_auth: ClientAuth = "body",
        issuer: str = "",
        extra_authorize: Mapping[str, str] | None = None,
        extra_token: Mapping[str, str] | None = None,
        optional: bool = False,
    ) -> None:
        needs_secret = grant == "client_credentials" or client_auth == "header"
        own = (
            AuthField("client_id", "Client ID", secret=False),
            AuthField("client_secret", "Client secret", required=needs_secret),
            AuthField("scopes", "Scopes", secret=False, required=False, default=" ".join(scopes),
                      help="What the connection may do, in the service's own words."),
        )  # fmt: skip
        in_urls = _oauth2.placeholders(authorize_url, token_url)  # where the client's secret goes
        fields = tuple(replace(field, target=True) if field.name in in_urls else field for field in fields)
        super().__init__(label, (*fields, *own), optional=optional)
        self._urls = (authorize_url, token_url, issuer)
        self._template = Provider(
            grant, "", "", client_auth=client_auth, pkce=pkce,
            extra_authorize=extra_authorize or {}, extra_token=extra_token or {},
        )  # fmt: skip
        self._in_urls = _oauth2.placeholders(*self._urls)
        self._check_declared({*(extra_authorize or ()), *(extra_token or ())})

    def _check_declared(self, extra: set[str]) -> None:
        """Raise ValueError for what no connection could ever be made with."""
        strangers = self._in_urls - {field.name for field in self.fields if not field.secret}
        if strangers:
            raise ValueError(f"{self.label}: no field that may be shown is called {sorted(strangers)}")
        if extra & _oauth2.OURS:
            raise ValueError(f"{self.label}: {sorted(extra & _oauth2.OURS)} is set by itself")
        filled = self._provider(dict.fromkeys([*self._in_urls, "client_id", "client_secret"], "x"))
        if filled.problems():
            raise ValueError(f"{self.label}: {filled.problems()[0][1]}")

    def problems(self, values: Mapping[str, str]) -> list[tuple[str, str]]:
        wrong = [
            (field.name, f"{field.title} may hold letters, digits, hyphens and dots")
            for field in self.fields
            if field.name in self._in_urls
            and (value := values.get(field.name) or field.default)
            and not _oauth2.is_part(value)
        ]
        if wrong:
            return wrong
        # The addresses are the author's: what is wrong with them is a field of theirs that is missing.
        return [problem for problem in super().problems(values) if not problem[0].endswith("_url")]

    def bind(self, values: Mapping[str, str]) -> httpx.Auth | None:
        token = values.get(TOKEN)
        return HeaderAuth("Authorization", f"Bearer {token}") if token else None

    def oauth2(self, values: Mapping[str, str]) -> Provider | None:
        return self._provider({field.name: values.get(field.name) or field.default for field in self.fields})

    def _provider(self, values: Mapping[str, str]) -> Provider:
        authorize_url, token_url, issuer = (_oauth2.filled(url, values) for url in self._urls)
        return replace(
            self._template,
            authorize_url=authorize_url,
            token_url=token_url,
            issuer=issuer,
            client_id=values.get("client_id", ""),
            client_secret=values.get("client_secret", ""),
            scope=" ".join(values.get("scopes", "").split()),
        )
