"""Inbound signatures: prove who sent a request, before anything of it is believed.

`verify` raises `SignatureError` for whatever is wrong and lets nothing else out: a bad header, a bad
setting and a missing secret are all refusals. It works on the raw bytes and compares in constant time.
"""

import secrets as random
from collections.abc import Mapping
from typing import Any

from engine.base.ids import new_id

from . import _template
from ._hmac import ALGORITHMS, ENCODINGS, KEY_ENCODINGS, adjust, key_bytes, sign_recipe
from ._jwt import sign_jwt
from ._keys import PADDINGS, load_key
from ._plain import basic_header, header_fields
from ._reading import TOLERANCE, HeaderList, Secret, SignatureError, read
from ._schemes import ALIASES, SCHEMES, Scheme, SecretField
from ._sns import sns_string_to_sign, sns_url, verify_sns
from ._standard import check_key, new_key_pair, new_secret, sign_standard, standard_secrets
from ._twilio import sign_twilio

__all__ = [
    "ALIASES",
    "SCHEMES",
    "TOLERANCE",
    "Scheme",
    "SecretField",
    "SignatureError",
    "certificate_url",
    "fresh_fields",
    "key_problem",
    "new_key_pair",
    "new_secret",
    "option_problems",
    "scheme_named",
    "secret_problem",
    "sign",
    "sign_standard",
    "sns_string_to_sign",
    "sns_url",
    "verify",
    "verify_sns",
]


def verify(
    scheme: str,
    secret: Secret,
    headers: HeaderList,
    body: bytes | str,
    *,
    now: float,
    url: str | None = None,
    method: str = "POST",
    **options: Any,
) -> None:
    """Return when the request is genuine, raise `SignatureError` otherwise.

    `body` is the raw body as it came; a text stands for its UTF-8. `secret` is one secret, a list of them
    while one replaces another, or a connection's fields. `now` is Unix seconds. `url` is the address as the
    outside sees it, and `method` the request's: some vendors sign them. `options` are the settings of the
    trigger's `verify` beside scheme and connection; see `option_problems`.
    """
    known, options = _known(scheme, options)
    known.check(read(headers, body, secret, now, url, options, method))


def sign(
    scheme: str,
    secret: Secret,
    body: bytes,
    *,
    now: float,
    url: str | None = None,
    id: str | None = None,
    **options: Any,
) -> dict[str, str]:
    """The headers that the vendor would send with `body`, for demonstrations, samples and tests.
    Raises `SignatureError` for a scheme that only its vendor can sign (aws_sns, discord), or that signs in
    the body or the address (mailgun)."""
    known, options = _known(scheme, options)
    request = read({}, body, secret, now, url, options)
    message_id = id or new_id("msg")
    timestamp = str(int(now))
    if known.prefix is not None:
        signature = sign_standard(request.secrets(), message_id, int(now), request.body)
        return dict(zip(known.headers, (message_id, timestamp, signature), strict=True))
    if known.recipe is not None:
        return sign_recipe(known.recipe, request, message_id)
    if known.name in ("jwt", "monday"):
        return sign_jwt(known.headers[0] if known.headers else "Authorization", request)
    if known.name == "twilio":
        return sign_twilio(request)
    if known.name == "basic":
        return {"Authorization": basic_header(request)}
    if known.name == "header":
        return dict([header_fields(request)])
    if known.name in ("gitlab_token", "okta"):
        return {known.headers[0]: request.secrets()[0]}
    if known.name == "none":
        return {}
    raise SignatureError(f"{known.title} signs with a key that only the vendor has.")


def certificate_url(
    scheme: str, secret: Secret, headers: HeaderList, body: bytes, *, now: float
) -> str | None:
    """Where the certificate is that `verify` needs as the option `certificate`; None for a scheme that needs
    none. Raises `SignatureError` for a request that points elsewhere than to the vendor."""
    known = scheme_named(scheme)
    if known.certificate_url is None:
        return None
    return known.certificate_url(read(headers, body, secret, now, None, {}))


def scheme_named(name: object) -> Scheme:
    """The scheme of that name or alias; raises `SignatureError` for any other."""
    if isinstance(name, str):
        scheme = SCHEMES.get(ALIASES.get(name, name))
        if scheme is not None:
            return scheme
    raise SignatureError(f"There is no verification scheme {str(name)[:60]!r}.")


def option_problems(scheme: str, options: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Every setting of a trigger's `verify` that cannot be used, as (name, sentence)."""
    known, options = scheme_named(scheme), _given(options)
    found = [
        (name, f"{known.name} has no setting {name!r}.") for name in options if name not in known.options
    ]
    for name, value in options.items():
        if name in known.options and (problem := _value_problem(name, value)):
            found.append((name, problem))
    if not found and known.recipe is not None and "signed" in known.options:
        recipe = adjust(known.recipe, {"header": "-", **options}, {})
        problem = _template.problem(recipe.signed, options)
        if problem:
            found.append(("signed", problem))
    return found


def secret_problem(scheme: str, secret: Secret, options: Mapping[str, Any] | None = None) -> str | None:
    """Why a request of this scheme can never be verified with this secret, if so."""
    try:
        known, options = _known(scheme, options or {})
        request = read({}, b"", secret, 0, None, {})
        if known.prefix is not None:
            for text in standard_secrets(request):
                check_key(text)
            return None
        for text in request.secrets(*(field.name for field in known.fields)):
            if known.recipe is not None and known.recipe.by_key:
                load_key(text)
            elif known.recipe is not None:
                key_bytes(text, adjust(known.recipe, {"header": "-", **options}, {}))
            elif "-----BEGIN" in text:
                load_key(text)
    except SignatureError as error:
        return error.message
    return None


def key_problem(text: str) -> str | None:
    """Why a text is no public key that a signature could be checked with, if so."""
    try:
        load_key(text)
    except SignatureError as error:
        return error.message
    return None


def _known(scheme: object, options: Mapping[str, Any]) -> tuple[Scheme, dict[str, Any]]:
    known = scheme_named(scheme)
    for _, sentence in option_problems(known.name, options):
        raise SignatureError(sentence)
    return known, _given(options)


def _given(options: Mapping[str, Any]) -> dict[str, Any]:
    """A form sends what was left empty as an empty text: that is a setting not given."""
    return {name: value for name, value in options.items() if value is not None and value != ""}


def _value_problem(name: str, value: object) -> str | None:
    if name == "tolerance":
        good = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e11
        return None if good else "The tolerance is a number of seconds, 0 or more."
    if name == "certificate":
        return None if isinstance(value, str | bytes) else "The certificate is PEM text."
    if not isinstance(value, str):
        return f"{name} is text."
    choices = {
        "algorithm": ALGORITHMS, "encoding": ENCODINGS, "key_encoding": KEY_ENCODINGS, "padding": PADDINGS,
    }.get(name)  # fmt: skip
    if choices and value.lower().replace("-", "") not in choices:
        return f"{name} is one of {', '.join(choices)}."
    if name.endswith("_from") and not _template.is_source(value):
        return f"{name} is a place in the request, such as body.signature or query.sig."
    if "header" in name and not value.isascii():
        return f"{name} is the name of a header."
    return None


def fresh_fields(scheme: str) -> dict[str, str]:
    """New random fields for a connection of this scheme, for a sender that lets us choose the secret; empty
    where it is the vendor's key or id."""
    token = random.token_urlsafe(32)
    if scheme == "basic":
        return {"username": "switchyard", "password": token}
    if scheme == "header":
        return {"name": "X-Webhook-Secret", "value": token}
    known = scheme_named(scheme)
    if known.name == "none" or known.chosen_by == "vendor":
        return {}
    return {"secret": new_secret() if known.prefix is not None else token}
