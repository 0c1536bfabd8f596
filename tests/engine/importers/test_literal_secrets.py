"""Secrets that stand in the requests of a flow file."""

import base64
from typing import Any

import pytest

from engine.importers.literal_secrets import take

PAIR = base64.b64encode(b"ann:p:w").decode()


def flow(input: dict[str, Any], **more: Any) -> dict[str, Any]:
    step = {"type": "action", "piece": "http", "action": "request", "input": input, **more}
    return {"steps": {"call": step}}


URL = "https://api.example.com/v1"


@pytest.mark.parametrize(
    ("input", "fields", "left"),
    [
        ({"headers": {"Authorization": "Bearer abc"}}, {"kind": "bearer", "secret": "abc"}, {"url": URL}),
        (
            {"headers": {"authorization": f"Basic {PAIR}", "x-a": "b"}},
            {"kind": "basic", "username": "ann", "secret": "p:w"},
            {"url": URL, "headers": {"x-a": "b"}},
        ),
        (
            {"headers": {"Authorization": "GenieKey abc"}},
            {"kind": "header", "header": "Authorization", "secret": "GenieKey abc"},
            {"url": URL},
        ),
        (
            {"headers": {"X-Api-Key": "abc"}},
            {"kind": "header", "header": "X-Api-Key", "secret": "abc"},
            {"url": URL},
        ),
        (
            {"headers": {"Cookie": "sid=1"}},
            {"kind": "header", "header": "Cookie", "secret": "sid=1"},
            {"url": URL},
        ),
        (
            {"headers": {"PRIVATE-TOKEN": "abc"}},
            {"kind": "header", "header": "PRIVATE-TOKEN", "secret": "abc"},
            {"url": URL},
        ),
        (
            {"headers": '{"x-auth-token": "abc"}'},
            {"kind": "header", "header": "x-auth-token", "secret": "abc"},
            {"url": URL},
        ),
        (
            {"query": {"token": "abc", "page": "2"}},
            {"kind": "query", "parameter": "token", "secret": "abc"},
            {"url": URL, "query": {"page": "2"}},
        ),
        (
            {"url": f"{URL}?a=1&api_key=a%20b&b=2#x"},
            {"kind": "query", "parameter": "api_key", "secret": "a b"},
            {"url": f"{URL}?a=1&b=2#x"},
        ),
        ({"url": f"{URL}?token=abc"}, {"kind": "query", "parameter": "token", "secret": "abc"}, {"url": URL}),
        (
            {"url": "https://ann:p%40w@api.example.com/v1"},
            {"kind": "basic", "username": "ann", "secret": "p@w"},
            {"url": URL},
        ),
    ],
)
def test_a_secret_leaves_its_step(
    input: dict[str, Any], fields: dict[str, str], left: dict[str, Any]
) -> None:
    definition = flow({"url": URL, **input})
    (moved,), stays = take(definition)
    assert (dict(moved.fields), moved.host, stays) == (fields, "api.example.com", [])
    assert definition["steps"]["call"]["input"] == left


@pytest.mark.parametrize(
    "input",
    [
        {"headers": {"Authorization": "Bearer {{ steps.login.output.token }}"}},
        {"headers": {"Authorization": ""}},
        {"headers": {"Idempotency-Key": "abc", "Content-Type": "a/b", "X-Monkey": "x", "Accept": "*/*"}},
        {"headers": "{{ trigger.body }}", "query": {"key": "name", "page": 2}},
        {"headers": {"Authorization": "\u2022\u2022\u2022\u2022"}},
        {},
    ],
)
def test_what_is_no_secret_stays(input: dict[str, Any]) -> None:
    definition = flow({"url": URL, **input})
    assert take(definition) == ([], [])
    assert definition == flow({"url": URL, **input})


def test_what_cannot_be_moved_is_named_and_stays() -> None:
    headers = {"X-Api-Key": "k1", "Authorization": "Bearer t1"}
    definition = flow({"url": URL, "headers": headers})
    (moved,), (stays,) = take(definition)
    assert (moved.place, stays.place) == ("the header `Authorization`", "the header `X-Api-Key`")
    assert definition["steps"]["call"]["input"]["headers"] == {"X-Api-Key": "k1"}
    for other in (flow({"url": URL, "headers": headers}, connection="mine"),
                  flow({"url": "https://{{ trigger.body.host }}/", "headers": headers})):  # fmt: skip
        taken, left = take(other)
        assert (taken, len(left)) == ([], 2)
        assert other["steps"]["call"]["input"]["headers"] == headers


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({"grant_type": "client_credentials", "client_secret": "abc"}, ["client_secret"]),
        ({"auth": {"apiKey": "abc"}, "items": [{"password": "abc"}]}, ["apiKey", "password"]),
        ('{"accessToken": "abc", "n": 1}', ["accessToken"]),
        ('{"n": {{ trigger.body.n }}, "api_key": "abc"}', ["api_key"]),
        ("grant_type=password&username=ann&password=p%40w", ["password"]),
        ("text={{ trigger.body.text }}&token=abc", ["token"]),
        ([{"name": "api_secret", "value": "abc"}, {"name": "f", "filename": "a"}], ["api_secret"]),
        ({"signing-key": "abc", "X-Private-Key": "abc"}, ["signing-key", "X-Private-Key"]),
    ],
)  # fmt: skip
def test_a_secret_in_a_body_is_named_and_stays(body: Any, names: list[str]) -> None:
    definition = flow({"url": URL, "method": "POST", "body": body})
    taken, left = take(definition)
    assert taken == []
    assert [one.place for one in left] == [f"the body field `{name}`" for name in names]
    assert definition == flow({"url": URL, "method": "POST", "body": body})


@pytest.mark.parametrize(
    "body",
    [
        {"client_secret": "{{ vars.secret }}", "password": "", "token": None, "secret": 5},
        {"page_token": "abc", "nextPageToken": "abc", "csrf_token": "a", "device_token": "a"},
        {"key": "PROJ-1", "idempotency_key": "a", "tokens": "a", "password_hint": "a", "public_key": "a"},
        '{"token": {{ steps.login.output.token }}}',
        '{"password": "{{ trigger.body.password }}"}',
        "The password=abc is in a sentence",
        "<a token='x'/>",
        "token",
        ["token", 1, None],
    ],
)  # fmt: skip
def test_a_body_without_secrets_is_not_reported(body: Any) -> None:
    assert take(flow({"url": URL, "method": "POST", "body": body})) == ([], [])


def test_a_body_of_many_levels_is_read_to_a_bound() -> None:
    body: Any = {"password": "abc"}
    for _ in range(5_000):
        body = [body]
    assert take(flow({"url": URL, "method": "POST", "body": body})) == ([], [])
