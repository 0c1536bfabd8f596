"""Schemes without a signature of the body: a shared token, a password, a secret in a header, the address or
the body."""

import base64
from collections.abc import Mapping

from ._reading import SignatureError, Signed, decode, same, same_text, to_bytes


def verify_token(header: str, request: Signed) -> None:
    """The header must equal one of the secrets."""
    given = request.header(header)
    matched = False
    for secret in request.secrets():
        matched |= same_text(secret, given)
    if not matched:
        raise SignatureError(f"The value of {header} does not match.")


def verify_header(request: Signed) -> None:
    """A header whose value stands in the connection; its name there too, or in the option `header`."""
    name, value = header_fields(request)
    if not same_text(_scheme_folded(value), _scheme_folded(request.header(name))):
        raise SignatureError(f"The value of {name} does not match.")


def _scheme_folded(text: str) -> str:
    """The name of an authentication scheme is case-insensitive (RFC 9110, 11.1); `bearer` is common."""
    scheme, space, token = text.partition(" ")
    return f"Bearer {token.strip()}" if space and scheme.lower() == "bearer" else text


def header_fields(request: Signed) -> tuple[str, str]:
    secret = request.secret
    fields = secret if isinstance(secret, Mapping) else {"value": request.secrets()[0]}
    name = request.options.get("header") or fields.get("name")
    value = fields.get("value") or fields.get("secret")
    if not isinstance(name, str) or not isinstance(value, str) or not name or not value:
        raise SignatureError("The header's name and value are not set, so nothing can be verified.")
    return name, value


def verify_basic(request: Signed) -> None:
    """`Authorization: Basic …` with the connection's user name and password."""
    kind, _, text = request.header("Authorization").partition(" ")
    given = decode(text.strip(), "base64") if kind.lower() == "basic" else None
    expected = to_bytes(":".join(basic_fields(request)))
    if given is None or not same(expected, given):
        raise SignatureError("The user name or the password is wrong.")


def basic_fields(request: Signed) -> tuple[str, str]:
    secret = request.secret
    if isinstance(secret, Mapping):
        user, password = secret.get("username"), secret.get("password") or secret.get("secret")
    else:
        user, _, password = request.secrets()[0].partition(":")
    if not isinstance(user, str) or not isinstance(password, str) or not user or not password:
        raise SignatureError("The user name and password are not set, so nothing can be verified.")
    return user, password


def basic_header(request: Signed) -> str:
    return "Basic " + base64.b64encode(to_bytes(":".join(basic_fields(request)))).decode()


def verify_query(request: Signed) -> None:
    """A query parameter of the address, by default `code`, must equal one of the secrets."""
    _compare(f"query.{request.options.get('query_name') or 'code'}", request)


def verify_body(request: Signed) -> None:
    """A field of the body, by default `token`, must equal one of the secrets."""
    _compare(f"body.{request.options.get('body_field') or 'token'}", request)


def _compare(place: str, request: Signed) -> None:
    given = request.at(place)
    matched = False
    for secret in request.secrets():
        matched |= same_text(secret, given)
    if not matched:
        raise SignatureError(f"The value of {place} does not match.")
