"""The http piece: any request, any answer."""

import base64
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from pieces import AuthError, PieceError, Retry
from pieces.http import http, request
from pieces.testing import context

URL = "https://api.example/things"
Seen = list[httpx.Request]


def _api(seen: Seen, **answer: Any) -> Callable[[httpx.Request], httpx.Response]:
    def handle(sent: httpx.Request) -> httpx.Response:
        seen.append(sent)
        return httpx.Response(**{"status_code": 200, **answer})

    return handle


async def _run(
    values: dict[str, Any], auth: dict[str, str] | None = None, **answer: Any
) -> tuple[Any, httpx.Request]:
    seen: Seen = []
    output = await request.run(context(http, _api(seen, **answer), auth=auth or {}), {"url": URL, **values})
    return output, seen[-1]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
async def test_every_method_is_sent_and_changes_carry_an_idempotency_key(method: str) -> None:
    _, sent = await _run({"method": method})
    assert sent.method == method
    safe = method in ("GET", "HEAD", "OPTIONS")
    assert sent.headers.get("idempotency-key") == (None if safe else "run_1:step")


async def test_an_idempotency_key_of_one_s_own_is_kept() -> None:
    _, sent = await _run({"method": "POST", "headers": {"idempotency-key": "mine"}})
    assert sent.headers.get_list("idempotency-key") == ["mine"]


async def test_query_fields_join_those_of_the_address() -> None:
    _, sent = await _run({"url": f"{URL}?a=1", "query": {"b": "2 3"}})
    assert str(sent.url) == f"{URL}?a=1&b=2+3"


@pytest.mark.parametrize(
    ("kind", "body", "content_type", "content"),
    [
        ("none", {"a": 1}, None, b""),
        ("json", {"a": 1}, "application/json", b'{"a":1}'),
        ("json", None, "application/json", b"null"),
        ("form", {"a": "1 2", "b": 3}, "application/x-www-form-urlencoded", b"a=1+2&b=3"),
        ("text", "plain é", "text/plain; charset=utf-8", "plain é".encode()),
        ("base64", base64.b64encode(b"\x00\xff").decode(), None, b"\x00\xff"),
    ],
)
async def test_each_kind_of_body(kind: str, body: Any, content_type: str | None, content: bytes) -> None:
    _, sent = await _run({"method": "POST", "body_kind": kind, "body": body})
    assert sent.headers.get("content-type") == content_type
    assert sent.content == content
    assert "authorization" not in sent.headers


async def test_a_content_type_of_one_s_own_is_kept() -> None:
    headers = {"content-type": "application/vnd.api+json"}
    _, sent = await _run({"method": "POST", "body_kind": "json", "body": {}, "headers": headers})
    assert sent.headers.get_list("content-type") == ["application/vnd.api+json"]


async def test_a_multipart_body_has_values_and_files() -> None:
    parts = [
        {"name": "a", "value": 1},
        {
            "name": "f",
            "filename": "x.bin",
            "content": "AP8=",
            "encoding": "base64",
            "content_type": "image/png",
        },
    ]
    _, sent = await _run({"method": "POST", "body_kind": "multipart", "body": parts})
    assert sent.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert b'name="a"\r\n\r\n1\r\n' in sent.content
    assert b'name="f"; filename="x.bin"\r\nContent-Type: image/png\r\n\r\n\x00\xff\r\n' in sent.content


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        ({"json": {"a": [1]}}, {"a": [1]}),
        (
            {"content": b'{"a": 1}', "headers": {"content-type": "application/problem+json; charset=utf-8"}},
            {"a": 1},
        ),
        ({"content": b"{broken", "headers": {"content-type": "application/json"}}, "{broken"),
        ({"text": "hello"}, "hello"),
        ({"content": "é".encode("latin-1"), "headers": {"content-type": "text/plain; charset=latin-1"}}, "é"),
        (
            {"content": b"\x89PNG\xff", "headers": {"content-type": "image/png"}},
            {"filename": None, "content_type": "image/png", "size": 5, "base64": "iVBOR/8="},
        ),
        ({"content": b"ok", "headers": {"content-type": "text/plain; charset=none-such"}}, "ok"),
        ({}, None),
    ],
)
async def test_the_answer_is_parsed_as_what_it_is(answer: dict[str, Any], body: Any) -> None:
    output, _ = await _run({}, **answer)
    assert output["status"] == 200
    assert output["body"] == body
    json.dumps(output)


@pytest.mark.parametrize(
    ("auth", "header", "value"),
    [
        ({"kind": "bearer", "secret": "s"}, "authorization", "Bearer s"),
        ({"secret": "s"}, "authorization", "Bearer s"),
        ({"kind": "basic", "username": "u", "secret": "s"}, "authorization", "Basic dTpz"),
        ({"kind": "header", "header": "X-Key", "secret": "s"}, "x-key", "s"),
        ({"kind": "header", "secret": "s"}, "x-api-key", "s"),
        ({"kind": "none"}, "authorization", None),
    ],
)
async def test_each_kind_of_sign_in(auth: dict[str, str], header: str, value: str | None) -> None:
    _, sent = await _run({}, {**auth, "hosts": "api.example"})
    assert sent.headers.get(header) == value


@pytest.mark.parametrize(
    ("expect", "status", "error"),
    [
        (None, 204, None), (None, 302, PieceError), (["3xx"], 302, None), (None, 404, PieceError),
        (None, 401, AuthError),
        (None, 403, PieceError), (None, 429, Retry), (None, 500, Retry), (["2xx", "404"], 404, None),
        (["404"], 200, PieceError),
        (["5xx"], 503, None), ("404", 404, None),
    ],
)  # fmt: skip
async def test_expected_statuses_decide(expect: Any, status: int, error: type[Exception] | None) -> None:
    values = {} if expect is None else {"expect": expect}
    if error is None:
        output, _ = await _run(values, status_code=status)
        assert output["status"] == status
    else:
        with pytest.raises(error) as caught:
            await _run(values, status_code=status, text="why not")
        assert "why not" in str(caught.value)


async def test_retry_after_is_passed_on() -> None:
    with pytest.raises(Retry) as caught:
        await _run({}, status_code=503, headers={"retry-after": "9"})
    assert caught.value.after == 9
    assert caught.value.details["status"] == 503


@pytest.mark.parametrize(
    ("failure", "error", "says"),
    [
        (httpx.ConnectError("api.example is not known"), Retry, "api.example is not known"),
        (httpx.ReadTimeout(""), Retry, "no answer in time"),
        (httpx.UnsupportedProtocol("only http"), PieceError, "cannot be used: only http"),
    ],
)
async def test_a_request_without_an_answer_names_its_path_and_not_its_query(
    failure: httpx.TransportError, error: type[Exception], says: str
) -> None:
    def fail(sent: httpx.Request) -> httpx.Response:
        raise failure

    with pytest.raises(error, match=says) as caught:
        await request.run(context(http, fail), {"url": f"{URL}?token=s3cret", "method": "PUT"})
    assert str(caught.value).startswith("PUT api.example/things: ") == (error is Retry)
    assert "s3cret" not in str(caught.value)


def _hops(*steps: tuple[int, str]) -> tuple[Seen, Callable[[httpx.Request], httpx.Response]]:
    seen: Seen = []

    def handle(sent: httpx.Request) -> httpx.Response:
        seen.append(sent)
        status, location = steps[min(len(seen), len(steps)) - 1]
        return httpx.Response(status, headers={"location": location} if location else None)

    return seen, handle


async def test_redirects_are_followed_only_when_asked() -> None:
    seen, handle = _hops((302, "/next"), (200, ""))
    with pytest.raises(PieceError, match="answered 302"):
        await request.run(context(http, handle), {"url": URL})
    assert len(seen) == 1
    seen, handle = _hops((302, "/next"), (200, ""))
    output = await request.run(context(http, handle), {"url": URL, "follow_redirects": True})
    assert (output["status"], output["url"]) == (200, "https://api.example/next")


async def test_credentials_stay_with_the_first_host() -> None:
    for auth, header in (
        ({"secret": "s"}, "authorization"),
        ({"kind": "header", "secret": "s"}, "x-api-key"),
    ):
        seen, handle = _hops((302, "/same"), (302, "https://other.example/"), (302, "/again"), (200, ""))
        values = {"url": URL, "follow_redirects": True, "headers": {"Cookie": "mine"}}
        await request.run(context(http, handle, auth={**auth, "hosts": "api.example"}), values)
        assert [header in sent.headers for sent in seen] == [True, True, False, False]
        assert ["cookie" in sent.headers for sent in seen] == [True, False, False, False]


async def test_credentials_do_not_follow_to_another_host_even_one_that_is_allowed() -> None:
    seen, handle = _hops((302, "https://other.example/"), (200, ""))
    auth = {"kind": "header", "secret": "s", "hosts": "api.example, other.example"}
    await request.run(context(http, handle, auth=auth), {"url": URL, "follow_redirects": True})
    assert ["x-api-key" in sent.headers for sent in seen] == [True, False]


@pytest.mark.parametrize(
    ("hosts", "says"),
    [
        ("", "nowhere: it has no allowed hosts. To use it with api.example, an admin adds that"),
        ("other.example", "only to other.example. To use it with api.example"),
        ("*.api.example other.example:8080", r"only to \*.api.example, other.example:8080."),
        ("api.example:8443", "only to api.example:8443."),
    ],
)
async def test_a_secret_goes_to_no_host_that_is_not_allowed(hosts: str, says: str) -> None:
    ctx = context(http, auth={"secret": "s3cret", "hosts": hosts})  # any request would fail the test
    ctx.connection = "api"
    with pytest.raises(AuthError, match=f"The connection “api” sends its secret {says}") as caught:
        await request.run(ctx, {"url": URL})
    assert "s3cret" not in str(caught.value)


async def test_a_connection_without_a_secret_may_be_used_anywhere() -> None:
    _, sent = await _run({}, {"kind": "none"})
    assert "authorization" not in sent.headers


async def test_a_circle_of_redirects_ends() -> None:
    seen, handle = _hops((302, "/again"))
    with pytest.raises(PieceError, match="answered 302"):
        await request.run(context(http, handle), {"url": URL, "follow_redirects": True})
    assert len(seen) == 6


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"url": "ftp://a.example"}, "url"),
        ({"url": "/relative"}, "url"),
        ({"url": "https://"}, "url"),
        ({"expect": ["200-299"]}, "expect"),
        ({"headers": {"a b": "c"}}, "headers"),
        ({"headers": {"a": "b\r\nX-Other: 1"}}, "headers"),
        ({"headers": {"Content-Length": "3"}}, "headers"),
        ({"body_kind": "form", "body": "x"}, "body"),
        ({"body_kind": "multipart", "body": "x"}, "body"),
        ({"body_kind": "multipart", "body": [{"value": 1}]}, "body"),
        ({"body_kind": "text", "body": {}}, "body"),
        ({"body_kind": "base64", "body": "no!"}, "body"),
        ({"timeout": 0}, "timeout"),
        ({"timeout": 301}, "timeout"),
        ({"method": "TRACE"}, "method"),
    ],
)
async def test_bad_input_names_its_field_and_sends_nothing(values: dict[str, Any], field: str) -> None:
    with pytest.raises(PieceError) as caught:
        await request.run(context(http), {"url": URL, "method": "POST", **values})
    assert caught.value.field == field
