"""An auth type says what a connection holds and how a request carries it."""

from collections.abc import Generator, Mapping

import httpx
import pytest

from pieces import Auth, AuthField, BasicAuth, BearerToken, Fields, HeaderAuth, SecretText
from pieces.http import http

SERVER = Fields(
    "Server",
    AuthField("host", "Host", secret=False),
    AuthField("mode", "Mode", secret=False, options=("a", "b"), default="a"),
    AuthField("key", "Key", required=False),
    bind=lambda values: HeaderAuth("X-Key", values["key"]) if "key" in values else None,
)


@pytest.mark.parametrize(
    ("auth", "values", "headers"),
    [
        (SecretText("Key", header="X-Api-Key"), {"secret": "s"}, {"x-api-key": "s"}),
        (
            SecretText("Key", header="Authorization", prefix="Key "),
            {"secret": "s"},
            {"authorization": "Key s"},
        ),
        (SecretText("Key"), {"secret": "s"}, {}),
        (BearerToken(), {"token": "t"}, {"authorization": "Bearer t"}),
        (BasicAuth(), {"username": "u", "password": "p"}, {"authorization": "Basic dTpw"}),
        (SERVER, {"host": "h", "key": "k"}, {"x-key": "k"}),
        (SERVER, {"host": "h"}, {}),
    ],
)
def test_a_request_carries_the_credentials(
    auth: Auth, values: Mapping[str, str], headers: dict[str, str]
) -> None:
    bound = auth.bind(values)
    request = httpx.Request("GET", "https://a.example")
    sent = next(bound.auth_flow(request)) if bound is not None else request
    assert {name: value for name, value in sent.headers.items() if name != "host"} == headers


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        ({"host": "h"}, []),
        ({}, ["host"]),
        ({"host": ""}, ["host"]),
        ({"host": "h", "mode": "c"}, ["mode"]),
        ({"host": "h", "more": "x"}, ["more"]),
        ({"host": "h\r\nX: y"}, ["host"]),
    ],
)
def test_a_connection_s_wrong_fields_are_named(values: dict[str, str], fields: list[str]) -> None:
    assert [name for name, _ in SERVER.problems(values)] == fields


def test_defaults_are_filled_in_and_strangers_left_out() -> None:
    assert SERVER.pick({"host": "h", "mode": "", "stranger": "x"}) == {"host": "h", "mode": "a"}


def test_secrets_are_masked_by_default() -> None:
    assert [field.secret for field in SERVER.fields] == [False, False, True]
    assert all(field.secret for auth in (SecretText("K"), BearerToken()) for field in auth.fields)


@pytest.mark.parametrize(
    ("auth", "values", "written"),
    [
        (BasicAuth(), {"username": "u", "password": "p"}, {"dTpw"}),
        (http.auth, {"kind": "basic", "username": "ann", "secret": "s3cret"}, {"YW5uOnMzY3JldA=="}),
        (http.auth, {"kind": "basic", "username": "ann"}, set()),
        (http.auth, {"kind": "none"}, set()),
        (BearerToken(), {"token": "t"}, {"t"}),
        (SecretText("Key", header="X-Key", prefix="Key "), {"secret": "s"}, {"s"}),
        (SecretText("Key"), {"secret": "s"}, set()),
        (SERVER, {"host": "h", "mode": "a"}, set()),
        (
            Fields(
                "Signed",
                AuthField("tenant", "Tenant", secret=False),
                AuthField("key", "Key"),
                bind=lambda values: Signed(values["tenant"], values["key"]),
            ),
            {"tenant": "acme", "key": "k3y"},
            {"y3k", "k"},
        ),
        (Fields("Broken", AuthField("key", "Key"), bind=lambda values: 1 / 0), {"key": "k"}, set()),
    ],
)
def test_what_a_request_carries_of_secrets_is_known_however_they_are_joined(
    auth: Auth, values: Mapping[str, str], written: set[str]
) -> None:
    assert auth.written(values) == written


class Signed(httpx.Auth):
    """Puts the key backwards into a header, and its first letter into the query."""

    def __init__(self, tenant: str, key: str) -> None:
        self.tenant, self.key = tenant, key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers.update({"X-Tenant": self.tenant, "X-Signed": self.key[::-1]})
        request.url = request.url.copy_merge_params({"first": self.key[0]})
        yield request
