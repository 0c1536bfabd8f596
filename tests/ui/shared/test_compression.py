"""Answers are compressed for who takes it; the intake, streams and secrets are not."""

import gzip
from typing import Any

import httpx
import pytest
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from ui.shared.compression import SMALLEST, Compression, accepts_gzip

Site = Any  # of conftest, which cannot be imported
LONG = "a line of text\n" * 200


@pytest.mark.parametrize(
    ("accepted", "takes"),
    [
        ("gzip, deflate, br", True),
        ("GZIP;q=0.5", True),
        ("br, *", True),
        ("*;q=0", False),
        ("gzip; q=0, *", False),
        ("gzip;q=0.000", False),
        ("br", False),
        ("", False),
        (";,;q=", False),
    ],
)
def test_gzip_is_for_who_accepts_it(accepted: str, takes: bool) -> None:
    assert accepts_gzip(accepted) is takes


async def answer_of(response: Response, accepted: str = "gzip", method: str = "GET") -> httpx.Response:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await response(scope, receive, send)

    transport = httpx.ASGITransport(Compression(app))
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        return await client.request(method, "/", headers={"Accept-Encoding": accepted})


async def test_a_text_is_compressed_and_says_its_length() -> None:
    told = await answer_of(PlainTextResponse(LONG))
    assert told.headers["content-encoding"] == "gzip" and told.text == LONG
    assert int(told.headers["content-length"]) < len(LONG) / 10
    assert told.headers["vary"] == "Accept-Encoding"


async def test_who_does_not_accept_it_gets_the_text_and_caches_are_told() -> None:
    told = await answer_of(PlainTextResponse(LONG, headers={"Vary": "Cookie"}), "br")
    assert "content-encoding" not in told.headers and told.text == LONG
    assert told.headers["vary"] == "Cookie, Accept-Encoding"


async def test_an_answer_in_parts_is_compressed_as_it_comes() -> None:
    async def parts() -> Any:
        for _ in range(3):
            yield LONG

    told = await answer_of(StreamingResponse(parts(), media_type="text/css"))
    assert told.headers["content-encoding"] == "gzip" and told.text == LONG * 3


@pytest.mark.parametrize(
    ("kind", "headers", "status", "size"),
    [
        ("text/event-stream", {}, 200, 4000),
        ("image/png", {}, 200, 4000),
        ("text/html", {"Cache-Control": "no-store"}, 200, 4000),
        ("text/html", {}, 206, 4000),
        ("text/html", {}, 200, SMALLEST - 1),
        ("text/html", {"Content-Encoding": "br"}, 200, 4000),
    ],
)
async def test_what_is_better_left_alone_is(
    kind: str, headers: dict[str, str], status: int, size: int
) -> None:
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(dict(message))

    response = Response(b"x" * size, status, {"Content-Type": kind, **headers})
    scope = {"type": "http", "method": "GET", "headers": [(b"accept-encoding", b"gzip")]}
    await Compression(response)(scope, None, send)  # type: ignore[arg-type]
    assert sent[1]["body"] == b"x" * size
    assert (b"content-encoding", b"gzip") not in sent[0]["headers"]
    assert (b"content-length", str(size).encode()) in sent[0]["headers"]


async def test_the_event_of_a_stream_is_handed_on_at_once() -> None:
    sent: list[dict[str, Any]] = []

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        kind = [(b"content-type", b"text/event-stream; charset=utf-8")]
        await send({"type": "http.response.start", "status": 200, "headers": kind})
        await send({"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True})
        assert sent[-1]["body"] == b"data: 1\n\n"

    async def send(message: Any) -> None:
        sent.append(dict(message))

    scope = {"type": "http", "method": "GET", "headers": [(b"accept-encoding", b"gzip")]}
    await Compression(app)(scope, None, send)  # type: ignore[arg-type]
    assert sent[0]["headers"] == [(b"content-type", b"text/event-stream; charset=utf-8")]


def raw(client: httpx.Client, path: str, **more: Any) -> tuple[httpx.Response, bytes]:
    with client.stream("GET", path, headers={"Accept-Encoding": "gzip"}, **more) as told:
        return told, b"".join(told.iter_raw())


def test_pages_styles_and_json_come_compressed(site: Site, client: httpx.Client) -> None:
    flow = site.made["handler"]
    for path in (f"{site.base}/flows", flow, "/static/app.css", "/static/forms.js"):
        told, body = raw(client, path)
        assert told.headers["content-encoding"] == "gzip", path
        assert "Accept-Encoding" in told.headers["vary"]
        assert len(body) < len(gzip.decompress(body)) / 2


def test_the_intake_answers_as_it_is(site: Site, client: httpx.Client) -> None:
    flow_id = site.made["flow"].rpartition("/")[2]
    answer = client.post(f"/webhooks/{flow_id}/draft", json={"kind": "?" * 2000})
    assert answer.status_code == 202
    assert "content-encoding" not in answer.headers and "vary" not in answer.headers
