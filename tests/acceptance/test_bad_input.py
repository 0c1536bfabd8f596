"""What the intake refuses: each time a clear 4xx, and nothing is stored."""

from typing import Any
from urllib.parse import quote

import orjson
import pytest
import pytest_asyncio

pytestmark = pytest.mark.asyncio(loop_scope="module")

VARIANTS = ("", "/sync", "/draft", "/draft/sync", "/test")
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=b"
PART = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--\r\n'


def webhook(verify: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "name": "webhook", "piece": "webhook", "trigger": "catch",
        "input": {"verify": verify or {"scheme": "none"}},
    }  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def flow_id(instance: Any) -> str:
    flow = await instance.publish({"format": 1, "name": "Open", "triggers": [webhook()]})
    return str(flow["id"])


async def refused(instance: Any, answer: Any, status: int, before: dict[str, int], what: str) -> Any:
    """A refusal in the shape that every caller can read, that tells nothing of our inside; no row."""
    assert answer.status_code == status, f"{what}: {answer.status_code} {answer.text[:500]}"
    assert answer.headers["content-type"] == JSON
    error = answer.json()["error"]
    assert isinstance(error["code"], str)
    assert error["code"]
    assert len(error["message"]) > 5
    assert set(error) <= {"code", "message", "field", "details"}
    for inside in ("Traceback", 'File "', ".py", "sqlite", "orjson"):
        assert inside not in answer.text, what
    assert await instance.rows() == before, what
    return error


BODIES: list[tuple[str, bytes, str, int]] = [
    ("cut off", b'{"a": ', JSON, 400),
    ("not JSON", b"hello", JSON, 400),
    ("a comma too many", b'{"a": 1,}', JSON, 400),
    ("no number", b'{"a": NaN}', JSON, 400),
    ("infinite", b'{"a": Infinity}', JSON, 400),
    ("single quotes", b"{'a': 1}", JSON, 400),
    ("a bare line end", b'{"a": "\n"}', JSON, 400),
    ("a NUL", b'{"a": "\0"}', JSON, 400),
    ("10,000 lists", b"[" * 10_000 + b"]" * 10_000, JSON, 400),
    ("10,000 objects", b'{"a":' * 10_000 + b"1" + b"}" * 10_000, JSON, 400),
    ("10,000 lists never closed", b"[" * 10_000, JSON, 400),
    ("201 levels", b"[" * 201 + b"]" * 201, JSON, 400),
    ("bytes that are no UTF-8", b'{"a": "\xff\xfe"}', JSON, 400),
    ("an overlong slash", b'{"a": "\xc0\xaf"}', JSON, 400),
    ("a surrogate in UTF-8", b'{"a": "\xed\xa0\x80"}', JSON, 400),
    ("JSON by a vendor's name", b"{", "application/vnd.github+json", 400),
    ("a form of 2,000 fields", b"&".join(b"a%d=1" % n for n in range(2000)), FORM, 400),
    ("multipart without a boundary", PART, "multipart/form-data", 400),
    ("multipart that is none", b"hello", MULTIPART, 400),
    ("multipart without names", b"--b\r\nX: y\r\n\r\n1\r\n--b--\r\n", MULTIPART, 400),
    ("multipart of 2,000 parts", PART.removesuffix(b"--b--\r\n") * 2000 + b"--b--\r\n", MULTIPART, 400),
    ("6 MB", b'"' + b"x" * 6_000_000 + b'"', JSON, 413),
    ("6 MB of text", b"x" * 6_000_000, "text/plain", 413),
    ("6 MB of an unknown type", b"x" * 6_000_000, "application/xml", 413),
]


@pytest.mark.parametrize(("what", "body", "kind", "status"), BODIES, ids=[case[0] for case in BODIES])
async def test_a_body_that_cannot_be_read_is_refused(
    instance: Any, flow_id: str, what: str, body: bytes, kind: str, status: int
) -> None:
    before = await instance.rows()
    for variant in VARIANTS:
        for method in ("POST", "PUT", "PATCH"):
            headers = {"Content-Type": kind} if kind else {}
            answer = await instance.http.request(
                method, f"/webhooks/{flow_id}{variant}", content=body, headers=headers
            )
            await refused(instance, answer, status, before, f"{what} at {variant}")


async def test_a_body_that_grows_too_large_is_not_read_to_its_end(instance: Any, flow_id: str) -> None:
    before, sent = await instance.rows(), 0

    async def endless() -> Any:
        nonlocal sent
        for _ in range(1000):
            sent += 1_000_000
            yield b"x" * 1_000_000

    answer = await instance.http.post(f"/webhooks/{flow_id}", content=endless())
    error = await refused(instance, answer, 413, before, "endless")
    assert error["code"] == "too_large"
    assert sent <= 7_000_000 or "content-length" not in answer.request.headers


async def test_a_declared_length_is_enough_to_refuse(instance: Any, flow_id: str) -> None:
    before = await instance.rows()
    answer = await instance.http.post(
        f"/webhooks/{flow_id}", content=b"{}", headers={"Content-Length": "6000000", "Content-Type": JSON}
    )
    await refused(instance, answer, 413, before, "declared")


async def test_exactly_5_mb_are_taken(instance: Any, flow_id: str) -> None:
    answer = await instance.http.post(
        f"/webhooks/{flow_id}", content=b'"' + b"x" * 4_999_998 + b'"', headers={"Content-Type": JSON}
    )
    assert answer.status_code == 202
    run = await instance.ended(answer.json()["run_id"])
    assert run["status"] == "succeeded"


@pytest.mark.parametrize("variant", VARIANTS)
async def test_a_flow_that_is_not_there_is_not_found(
    instance: Any, hostile: dict[str, str], variant: str
) -> None:
    before = await instance.rows()
    for what, name in [*hostile.items(), ("another id", "flow_00000000000000000000000000")]:
        if not name or name == ".":
            continue
        written = quote(name.encode("utf-8", "surrogatepass"), safe="")
        answer = await instance.http.post(f"/webhooks/{written}{variant}", json={})
        error = await refused(instance, answer, 404, before, what)
        assert error["code"] == "not_found"
        assert name not in error["message"] or len(name) < 5


async def test_a_flow_that_was_never_published_is_not_found(instance: Any) -> None:
    flow = await instance.api("POST", "/flows", {"format": 1, "name": "New", "triggers": [webhook()]}, 201)
    before = await instance.rows()
    for variant in ("", "/sync"):
        await refused(instance, await instance.send(flow["id"], {}, variant), 404, before, variant)


async def test_a_disabled_flow_that_rejects_keeps_nothing(instance: Any) -> None:
    rejecting = webhook()
    rejecting["input"]["while_disabled"] = "reject"
    flow = await instance.publish({"format": 1, "name": "Off", "triggers": [rejecting]})
    await instance.api("POST", f"/flows/{flow['id']}/disable")
    before = await instance.rows()
    for variant in ("", "/sync"):
        error = await refused(instance, await instance.send(flow["id"], {}, variant), 409, before, variant)
        assert "disabled" in error["message"]


async def test_a_deleted_flow_is_not_found(instance: Any) -> None:
    flow = await instance.publish({"format": 1, "name": "Gone", "triggers": [webhook()]})
    await instance.api("DELETE", f"/flows/{flow['id']}", status=204)
    before = await instance.rows()
    for variant in VARIANTS:
        await refused(instance, await instance.send(flow["id"], {}, variant), 404, before, variant)


async def test_a_flow_without_a_webhook_is_not_found(instance: Any) -> None:
    every = {"name": "clock", "piece": "schedule", "trigger": "every", "input": {"hours": 5}}
    pieces = await instance.api("GET", "/pieces/schedule")
    every["trigger"] = pieces["triggers"][0]["name"]
    flow = await instance.api("POST", "/flows", {"format": 1, "name": "Clock", "triggers": [every]}, 201)
    before = await instance.rows()
    await refused(instance, await instance.send(flow["id"], {}, "/draft"), 404, before, "no webhook")


async def test_without_proof_even_a_broken_body_gets_no_other_answer(instance: Any) -> None:
    """Who is not who they say learns nothing of what a body should look like."""
    connection = {"name": "closed", "piece": "webhook", "fields": {"secret": "s" * 30}}
    await instance.api("POST", "/connections", connection, 201)
    verify = {"scheme": "github", "connection": "closed"}
    flow = await instance.publish({"format": 1, "name": "Closed", "triggers": [webhook(verify)]})
    before = await instance.rows()
    for body, kind in ((b"{", JSON), (b"[" * 10_000, JSON), (b"<a/>", "application/xml"), (b"", JSON)):
        for variant in VARIANTS:
            answer = await instance.http.post(
                f"/webhooks/{flow['id']}{variant}", content=body, headers={"Content-Type": kind}
            )
            await refused(instance, answer, 401, before, kind)


async def test_hostile_values_are_data(instance: Any, flow_id: str, hostile: dict[str, str]) -> None:
    """Texts in a body, in its names and in the query are kept as they came, and change nothing else."""
    for what, text in hostile.items():
        if "\ud800" in text:
            continue
        body = {text: text, "list": [text]}
        answer = await instance.http.post(f"/webhooks/{flow_id}", params={"q": text}, json=body)
        assert answer.status_code == 202, what
        run = await instance.ended(answer.json()["run_id"])
        assert (run["status"], run["warnings"]) == ("succeeded", []), what
        assert run["trigger"]["event"]["body"] == body, what
        assert run["trigger"]["event"]["query"] == {"q": text}, what


async def test_a_query_of_too_many_fields_is_refused(instance: Any, flow_id: str) -> None:
    before = await instance.rows()
    query = "&".join(f"a{number}=1" for number in range(1500))
    answer = await instance.http.post(f"/webhooks/{flow_id}?{query}", json={})
    error = await refused(instance, answer, 400, before, "query")
    assert error["field"] == "query"


@pytest.mark.parametrize("value", ["x" * 16_000, "\x7f", "é", "{{ x }}", "null", "0", "'", ""])
async def test_an_id_of_any_form_tells_an_event_from_its_repeat(
    instance: Any, flow_id: str, value: str
) -> None:
    before = await instance.rows()
    headers = [("webhook-id", value.encode()), ("Content-Type", JSON)]
    first, second = [
        await instance.http.post(f"/webhooks/{flow_id}", content=b"{}", headers=headers) for _ in range(2)
    ]
    assert (first.status_code, second.status_code) == (202, 202)
    runs = (await instance.rows())["runs"] - before["runs"]
    assert runs == (1 if value else 2)
    assert second.json().get("duplicate", False) is bool(value)


async def test_an_event_that_breaks_an_expression_is_told_of_and_not_lost(instance: Any) -> None:
    """Promise 5: a condition that fails is no match, is stored with its place, and marks the run."""
    steps = {
        "by_kind": {
            "type": "router", "key": "join('.', trigger.body.parts)",
            "branches": [
                {"name": "Known", "case": ["a.b"]},
                {"name": "Long", "when": "length(trigger.body.text) > `3`"},
            ],
        }
    }  # fmt: skip
    definition = {"format": 1, "name": "Strict", "triggers": [webhook()], "start": "by_kind", "steps": steps}
    flow = await instance.publish(definition)
    for body in ({}, {"parts": 7}, [], None, {"parts": ["a", 1]}, {"text": 5, "parts": ["x"]}):
        answer = await instance.send(flow["id"], body)
        assert answer.status_code == 202
        run = await instance.ended(answer.json()["run_id"])
        assert (run["status"], run["unrouted"]) == ("succeeded", True), body
        assert run["warnings"], body
        assert "^" in str(run["warnings"]) or "column" in str(run["warnings"]), run["warnings"]
    run = await instance.ended((await instance.send(flow["id"], {"parts": ["a", "b"]})).json()["run_id"])
    assert run["path"] == ["by_kind:Known"]


async def test_a_sample_that_is_sent_stands_in_the_draft_under_a_name_that_is_safe(
    instance: Any, flow_id: str, hostile: dict[str, str]
) -> None:
    for text in hostile.values():
        if "\ud800" in text:
            continue
        answer = await instance.send(flow_id, {"action": text}, "/test")
        assert answer.status_code == 200, answer.text
        name = answer.json()["sample"]
        assert name.replace(" ", "").replace("_", "").replace("-", "").isalnum(), name
    draft = await instance.api("GET", f"/flows/{flow_id}")
    assert orjson.dumps(draft["definition"]["samples"])
