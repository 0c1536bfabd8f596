"""The kinds of `intake.json` in other spellings: methods, addresses, heads, codings and CloudEvents."""

import gzip
import zlib
from typing import Any

import pytest

from engine.base.types import Json
from tests.acceptance.test_intake_cases import plain, runs_of
from tests.conftest import Instance

pytestmark = pytest.mark.asyncio(loop_scope="module")

JSON = {"content-type": "application/json"}
BODY = b'{"a":1}'
CE = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "/s", "ce-type": "t"}
BYTES = {"filename": None, "content_type": "application/protobuf", "size": 2, "base64": "AAE="}
BOMB = b" " * 60_000_000
STRUCTURED = b'{"specversion":"1.0","id":"1","source":"/s","type":"t","data":{"a":1}}'


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def coded(coding: str) -> dict[str, str]:
    return {**JSON, "content-encoding": coding}


TAKEN: list[tuple[str, str, str, dict[str, str], bytes, Json]] = [
    ("PUT", "PUT", "", JSON, BODY, {"a": 1}),
    ("PATCH", "PATCH", "", JSON, BODY, {"a": 1}),
    ("slash and query", "POST", "/?x=1", JSON, BODY, {"a": 1}),
    ("a header of 10 kB", "POST", "", {**JSON, "x-big": "a" * 10_000}, BODY, {"a": 1}),
    ("a query of 10 kB", "POST", "?q=" + "a" * 10_000, JSON, BODY, {"a": 1}),
    ("deflate", "POST", "", coded("deflate"), zlib.compress(BODY), {"a": 1}),
    ("deflate without a header", "POST", "", coded("deflate"), raw_deflate(BODY), {"a": 1}),
    ("a coding in capitals", "POST", "", coded("GZIP"), gzip.compress(BODY), {"a": 1}),
    ("identity", "POST", "", coded("identity"), BODY, {"a": 1}),
    ("twice gzip", "POST", "", coded("gzip, gzip"), gzip.compress(gzip.compress(BODY)), {"a": 1}),
    ("gzip without a type", "POST", "", {"content-encoding": "gzip"}, gzip.compress(BODY), {"a": 1}),
    ("gzip of nothing", "POST", "", coded("gzip"), gzip.compress(b""), None),
    ("binary event, bytes", "POST", "", {"content-type": "application/protobuf", **CE}, b"\0\1", BYTES),
    ("binary event, text", "POST", "", {"content-type": "text/plain", **CE}, b"hi", "hi"),
    ("binary event, lines", "POST", "", {"content-type": "application/x-ndjson", **CE}, BODY, [{"a": 1}]),
    ("binary event, no data", "POST", "", CE, b"", None),
    ("structured event", "POST", "", {"content-type": "application/cloudevents+json; charset=UTF-8"},
     b"\xef\xbb\xbf" + STRUCTURED, {"a": 1}),
]  # fmt: skip

REFUSED: list[tuple[str, str, str, dict[str, str], bytes, int]] = [
    ("DELETE", "DELETE", "", {}, b"", 405),
    ("TRACE", "TRACE", "", {}, b"", 405),
    ("PROPFIND", "PROPFIND", "", {}, b"", 405),
    ("OPTIONS that is no preflight", "OPTIONS", "", {}, b"", 405),
    ("OPTIONS with an origin only", "OPTIONS", "", {"origin": "https://a.example"}, b"", 405),
    ("GET with a body", "GET", "", JSON, BODY, 405),
    ("GET with a slash", "GET", "/", {}, b"", 405),
    ("a deflate bomb", "POST", "", coded("deflate"), zlib.compress(BOMB), 413),
    ("a bomb within another", "POST", "", coded("gzip, gzip"), gzip.compress(gzip.compress(BOMB)), 413),
    ("br", "POST", "", coded("br"), b"x", 415),
    ("zstd", "POST", "", coded("zstd"), b"x", 415),
    ("gzip within br", "POST", "", coded("gzip, br"), b"x", 415),
    ("gzip cut off", "POST", "", coded("gzip"), gzip.compress(BODY)[:-4], 400),
    ("gzip that is none", "POST", "", coded("gzip"), BODY, 400),
    ("a header of 17 kB", "POST", "", {**JSON, "x-big": "a" * 17_000}, BODY, 431),
    ("70 kB of headers", "POST", "", {**JSON, **{f"x-{n}": "a" * 7_000 for n in range(10)}}, BODY, 431),
    ("101 headers", "POST", "", {f"x-{n}": "a" for n in range(101)}, BODY, 431),
    ("events as Avro", "POST", "", {"content-type": "application/cloudevents+avro"}, b"\0", 415),
    ("a batch as Avro", "POST", "", {"content-type": "application/cloudevents-batch+avro"}, b"\0", 415),
    ("events as Protobuf", "POST", "", {"content-type": "application/cloudevents+protobuf"}, b"\0", 415),
]


@pytest.mark.parametrize(
    ("method", "path", "headers", "content", "event"),
    [case[1:] for case in TAKEN],
    ids=[case[0] for case in TAKEN],
)
async def test_a_request_in_another_spelling_becomes_the_same_event(
    instance: Instance, method: str, path: str, headers: dict[str, str], content: bytes, event: Json
) -> None:
    flow = await instance.publish(plain())
    answer = await instance.http.request(
        method, f"/webhooks/{flow['id']}{path}", content=content, headers=headers
    )
    assert answer.status_code == 202, answer.text
    run = await instance.ended(answer.json()["run_id"])
    assert run["trigger"]["event"]["body"] == event
    assert len(await runs_of(instance, flow["id"])) == 1


@pytest.mark.parametrize(
    ("method", "path", "headers", "content", "status"),
    [case[1:] for case in REFUSED],
    ids=[case[0] for case in REFUSED],
)
async def test_a_request_that_cannot_be_taken_starts_nothing_and_is_listed(
    instance: Instance, method: str, path: str, headers: dict[str, str], content: bytes, status: int
) -> None:
    flow = await instance.publish(plain())
    answer = await instance.http.request(
        method, f"/webhooks/{flow['id']}{path}", content=content, headers=headers
    )
    assert answer.status_code == status, answer.text
    assert await runs_of(instance, flow["id"]) == []
    if status == 405:
        assert answer.headers["allow"] == "POST, PUT, PATCH"
    if status == 415 and "content-encoding" in headers:
        assert answer.headers["accept-encoding"] == "gzip, deflate"
    if status != 431:  # refused before the flow is known
        listed: Any = await instance.first(f"/rejected?flow_id={flow['id']}")
        assert listed["status"] == status


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (b"caf\xe9", "café"),
        (b"caf%C3%A9%20au%20lait", "café au lait"),
        (b'"a \\"b\\""', 'a "b"'),
        (b"caf\xe9 50%", "café 50%"),
        ("café".encode(), "café"),
    ],
)
async def test_an_attribute_is_read_as_both_official_sdks_write_it(
    instance: Instance, sent: bytes, read: str
) -> None:
    flow = await instance.publish(plain())
    headers = [(name.encode(), value.encode()) for name, value in {**JSON, **CE}.items()]
    answer = await instance.http.post(
        f"/webhooks/{flow['id']}", content=b"1", headers=[*headers, (b"ce-subject", sent)]
    )
    run = await instance.ended(answer.json()["run_id"])
    assert run["trigger"]["event"]["cloudevent"]["subject"] == read


async def test_codings_in_several_fields_are_one_list(instance: Instance) -> None:
    """RFC 9110, 5.3: a proxy adds the coding that it applied in a field of its own."""
    flow = await instance.publish(plain())
    twice = [(b"content-type", b"application/json"), *[(b"content-encoding", b"gzip")] * 2]
    content = gzip.compress(gzip.compress(BODY))
    answer = await instance.http.post(f"/webhooks/{flow['id']}", content=content, headers=twice)
    assert answer.status_code == 202, answer.text
    run = await instance.ended(answer.json()["run_id"])
    assert run["trigger"]["event"]["body"] == {"a": 1}
