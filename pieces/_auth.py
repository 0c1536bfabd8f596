"""What a connection consists of, and how it is put on a request.

The auth type is the only place where a secret is declared; a form masks its fields, and no log
sees them.
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass

import httpx

Bind = Callable[[Mapping[str, str]], "httpx.Auth | None"]


@dataclass(frozen=True)
class AuthField:
    """One field of a connection's form. A field with `options` is chosen from them."""

    name: str
    title: str
    secret: bool = True
    required: bool = True
    help: str = ""
    options: tuple[str, ...] = ()
    default: str = ""


class HeaderAuth(httpx.Auth):
    """Sets one header on each request."""

    def __init__(self, name: str, value: str) -> None:
        self.name = name
        self._value = value

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers[self.name] = self._value
        yield request


class Auth:
    """Base of the auth types. `optional`: actions also work without a connection."""

    def __init__(self, label: str, fields: tuple[AuthField, ...], *, optional: bool = False) -> None:
        self.label = label
        self.fields = fields
        self.optional = optional

    def bind(self, values: Mapping[str, str]) -> httpx.Auth | None:
        """How a request carries `values`; None when the piece itself places them."""
        return None

    def pick(self, values: Mapping[str, str]) -> dict[str, str]:
        """The declared fields of `values` with defaults filled in: all that a piece ever sees."""
        picked = {field.name: values.get(field.name) or field.default for field in self.fields}
        return {name: value for name, value in picked.items() if value}

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
            elif any(character in value for character in "\r\n\0") and not field.secret:
                found.append((field.name, f"{field.title} must be one line"))
        return found


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

    `any_of` names fields none of which is required, but of which one must be given.
    """

    def __init__(
        self,
        label: str,
        *fields: AuthField,
        bind: Bind | None = None,
        optional: bool = False,
        any_of: tuple[str, ...] = (),
    ) -> None:
        super().__init__(label, fields, optional=optional)
        self._bind = bind
        self._any_of = tuple(field for field in fields if field.name in any_of)

    def problems(self, values: Mapping[str, str]) -> list[tuple[str, str]]:
        found = super().problems(values)
        if self._any_of and not any(values.get(field.name) for field in self._any_of):
            titles = " or ".join(field.title for field in self._any_of)
            found.append((self._any_of[0].name, f"{titles} is required"))
        return found

    def bind(self, values: Mapping[str, str]) -> httpx.Auth | None:
        return self._bind(values) if self._bind is not None else None
