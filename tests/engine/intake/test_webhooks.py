"""The intake: what is let in, how it is read and answered, and that what is refused leaves nothing."""

import asyncio
import base64
import gzip
from typing import Any

import httpx
import orjson
import pytest
import pytest_asyncio

from engine.base import clock
from engine.base.redaction import MASK
from engine.signatures import sign
from tests.engine.conftest import Opened
from tests.engine.factories import (
    Harness,
    action,
    case,
    compose,
    delay,
    flow,
    probe,
    refuse,
    router,
    step,
    webhook,
)
from tests.support.clock import ManualClock
from tests.support.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def place(shared: Harness) -> Harness:
    return await shared.fresh()


SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


async def secured(
    place: Harness, scheme: str = "standard_webhooks", fields: Any = None, **options: Any
) -> str:
    """A published flow whose webhook is verified."""
    await place.sy.connections.create(place.actor, "signing", "webhook", fields or {"secret": SECRET})
    verify = {"scheme": scheme, "connection": "signing", **options}
    return await place.publish(flow(triggers=[webhook(verify)], a=compose("{{ trigger.body }}")))


def signed(body: bytes, id: str = "msg_1", secret: str = SECRET, at: float = 0) -> dict[str, str]:
    headers = sign("standard_webhooks", secret, body, now=at or clock.now(), id=id)
    return {"content-type": "application/json", **headers}


async def rows(place: Harness) -> dict[str, int]:
    """How many rows each table has, beside those that record a refusal (`test_rejections`)."""
    await place.quiet()
    found = await place.rows()
    return {table: count for table, count in found.items() if table not in ("rejected_requests", "events")}


async def asgi(
    place: Harness, path: str, headers: list[tuple[bytes, bytes]], messages: list[dict[str, Any]]
) -> int:
    """A request by hand: the status of its answer."""
    sent: list[dict[str, Any]] = []
    queue = list(messages)

    async def receive() -> dict[str, Any]:
        return queue.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b"",
        "headers": headers, "client": ("127.0.0.1", 1), "server": ("t", 80), "scheme": "http",
        "root_path": "", "http_version": "1.1",
    }  # fmt: skip
    await place.http._transport.app(scope, receive, send)  # type: ignore[attr-defined]
    return int(sent[0]["status"])


def chunk(body: bytes, more: bool = True) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


# -- what is read ----------------------------------------------------------------------------------

JSON = "application/json"


@pytest.mark.parametrize(
    ("kind", "content", "body"),
    [
        (JSON, b'{"a": [1, 2.5, null, true]}', {"a": [1, 2.5, None, True]}),
        (JSON, b" 5\n", 5),
        (JSON, b'"\\u0000 nul"', "\0 nul"),
        (None, b'{"a": 1}', {"a": 1}),
        ("application/vnd.example+json; charset=utf-8", b'{"a": 1}', {"a": 1}),
        (
            "application/x-www-form-urlencoded",
            b"a=1&b=%C3%A9&a=2&empty=",
            {"a": ["1", "2"], "b": "é", "empty": ""},
        ),
        ("text/plain", "grün\0".encode(), "grün\0"),
        ("text/xml; charset=utf-8", b"<a/>", "<a/>"),
        ('text/plain; charset="ISO-8859-1"', b"gr\xfcn", "grün"),
        (JSON, b"", None),
        ("application/octet-stream", b"", None),
        (None, b"", None),
    ],
)
async def test_a_body_is_read_by_its_type(
    place: Harness, kind: str | None, content: bytes, body: object
) -> None:
    flow_id = await place.publish(flow(a=compose("{{ trigger.body }}")))
    run = await place.ended(
        await place.start(flow_id, content=content, headers={"content-type": kind} if kind else {})
    )
    assert run["trigger"]["event"]["body"] == body
    assert step(run, "a")["output"] == body


async def test_a_multipart_body_gives_fields_and_files(place: Harness) -> None:
    flow_id = await place.publish(flow(a=compose(1)))
    files = [
        ("doc", ("../../etc/passwd\0", b"\xff\x00data", "image/png")),
        ("two", ("b.txt", b"2", "text/plain")),
    ]
    run = await place.ended(await place.start(flow_id, data={"name": ["Ann", "Ben"], "x": "1"}, files=files))
    body = run["trigger"]["event"]["body"]
    assert (body["name"], body["x"]) == (["Ann", "Ben"], "1")
    assert body["doc"]["size"] == 6 and base64.b64decode(body["doc"]["base64"]) == b"\xff\x00data"
    assert body["doc"]["content_type"] == "image/png"
    assert "passwd" in body["doc"]["filename"]  # a name is data: nothing opens it


METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


@pytest.mark.parametrize("method", METHODS)
async def test_every_method_that_the_trigger_names_starts_a_run(place: Harness, method: str) -> None:
    value = "{{ trigger.method }} {{ trigger.query.q }}"
    flow_id = await place.publish(flow(triggers=[webhook(methods=METHODS)], a=compose(value)))
    answer = await place.http.request(method, f"/webhooks/{flow_id}?q=a&r=1&r=2")
    assert answer.status_code == 202
    assert (answer.content == b"") == (method == "HEAD")
    (run,) = (await place.sy.runs.list(place.project)).data
    done = await place.ended(run.id)
    assert step(done, "a")["output"] == f"{method} a"
    assert done["trigger"]["event"]["query"] == {"q": "a", "r": ["1", "2"]}


async def test_the_event_is_kept_as_it_came(place: Harness) -> None:
    flow_id = await place.publish(flow(triggers=[webhook(keep_raw=True)], a=compose(1)))
    content = b'{"b":1,  "a":1e2}'
    run = await place.ended(
        await place.start(
            flow_id, content=content, headers=[(b"content-type", b"application/json"), (b"x-odd", b"\xfc")]
        )
    )
    event = run["trigger"]["event"]
    assert base64.b64decode(event["raw"]) == content
    assert event["headers"]["x-odd"] == "ü"
    assert run["trigger"]["name"] == "webhook"
    assert set(event) == {"method", "headers", "query", "raw", "body"}


async def test_hostile_header_names_and_values_are_data(place: Harness) -> None:
    flow_id = await place.publish(flow(a=compose("{{ trigger.headers }}")))
    headers = {
        "__proto__": "x",
        "x-{{ 1 }}": "{{ trigger.body }}",
        "x-sql": "'; DROP TABLE runs; --",
        "x-long": "y" * 20_000,
    }
    run = await place.ended(await place.start(flow_id, {"a": 1}, headers=headers))
    seen = step(run, "a")["output"]
    assert {name: seen[name] for name in headers} == headers


# -- what is refused, and leaves nothing -----------------------------------------------------------

DEEP = b"[" * 10_000 + b"]" * 10_000


@pytest.mark.parametrize(
    ("kind", "content", "status", "says"),
    [
        (JSON, b"{", 400, "line 1"),
        (JSON, b'{"a":NaN}', 400, "not valid JSON"),
        (JSON, b'{"a":1}}', 400, "not valid JSON"),
        (JSON, DEEP, 400, "nested deeper"),
        (JSON, b'{"a":' * 10_000 + b"1" + b"}" * 10_000, 400, "nested deeper"),
        (JSON, b'{"a":"\xff"}', 400, "UTF-8"),
        ("application/x-www-form-urlencoded", b"a&" * 2000, 400, "form"),
        ("multipart/form-data", b"x", 400, "boundary"),
        ("multipart/form-data; boundary=b", b"--b\r\nnothing of the kind", 400, "multipart"),
        ("multipart/form-data; boundary=b", b"\xff" * 50, 400, "multipart"),
        ("application/cloudevents+avro", b"\x00", 415, "avro"),
        ("text/plain; charset=idna", b"x", 415, "'idna'"),
        (JSON, b'"' + b"x" * 6_000_000 + b'"', 413, "5,000,000"),
    ],
)
async def test_a_bad_body_gets_a_clear_4xx_and_leaves_no_row(
    place: Harness, kind: str | None, content: bytes, status: int, says: str
) -> None:
    flow_id = await place.publish(flow(a=compose(1)))
    before = await rows(place)
    headers = [(b"content-type", kind.encode("latin-1"))] if kind else []
    for variant in ("", "/sync", "/draft", "/draft/sync", "/test"):
        answer = await place.http.post(f"/webhooks/{flow_id}{variant}", content=content, headers=headers)
        assert answer.status_code == status, answer.text
        error = answer.json()["error"]
        assert says in error["message"] and error["code"] and "Traceback" not in answer.text
    after = await rows(place)
    after["flow_versions"] = before["flow_versions"]  # the draft is frozen when it is asked for
    assert after == before


@pytest.mark.parametrize("length", [b"5000001", b"9" * 5000, b"99999999999999999999"])
async def test_a_body_declared_too_large_is_refused_before_it_is_read(place: Harness, length: bytes) -> None:
    flow_id = await place.publish(flow(a=compose(1)))
    assert await asgi(place, f"/webhooks/{flow_id}", [(b"content-length", length)], []) == 413


async def test_a_body_that_grows_too_large_is_refused_while_it_comes(place: Harness) -> None:
    flow_id = await place.publish(flow(a=compose(1)))
    million = chunk(b"x" * 1_000_000)
    messages = [million] * 6  # a seventh would fail: it is not asked for
    assert await asgi(place, f"/webhooks/{flow_id}", [(b"content-type", b"text/plain")], messages) == 413
    assert (await place.rows())["runs"] == 0


@pytest.mark.parametrize("before", [[], [chunk(b'{"a":')], [chunk(b""), chunk(b"1")]])
async def test_a_request_that_is_cut_off_is_no_event(place: Harness, before: list[dict[str, Any]]) -> None:
    flow_id = await place.publish(flow(a=compose(1)))
    messages = [*before, {"type": "http.disconnect"}]
    assert (
        await asgi(place, f"/webhooks/{flow_id}", [(b"content-type", b"application/json")], messages) == 400
    )
    assert (await place.rows())["runs"] == 0


async def test_a_body_in_pieces_is_put_together(place: Harness) -> None:
    flow_id = await place.publish(flow(a=compose(1)))
    messages = [chunk(b'{"a"'), chunk(b":"), chunk(b"1}", more=False)]
    assert (
        await asgi(place, f"/webhooks/{flow_id}", [(b"content-type", b"application/json")], messages) == 202
    )


async def test_a_query_of_too_many_parameters_is_refused(place: Harness) -> None:
    for definition in (
        flow(a=compose(1)),
        flow(triggers=[webhook(handshake={"preset": "meta"})], a=compose(1)),
    ):
        flow_id = await place.publish(definition)
        answer = await place.http.get(f"/webhooks/{flow_id}?" + "&".join(f"a{n}" for n in range(1001)))
        assert (answer.status_code, answer.json()["error"]["field"]) == (400, "query")


async def test_unknown_unpublished_and_disabled_flows_refuse(place: Harness) -> None:
    disabled = await place.publish(flow(triggers=[webhook(while_disabled="reject")], a=compose(1)))
    await place.sy.flows.disable(place.actor, disabled)
    unpublished = await place.draft(flow(a=compose(1)))
    elsewhere = await place.publish(
        flow(triggers=[{"name": "c", "piece": "flow", "trigger": "called", "input": {}}], a=compose(1))
    )
    before = await rows(place)
    for path, status in (
        ("flow_nowhere", 404), ("%00", 404), ("..%2F..%2Fetc", 404), ("'%20OR%201=1", 404), ("x" * 5000, 404),
        (unpublished, 404), (elsewhere, 404), (disabled, 409),
    ):  # fmt: skip
        answer = await place.http.post(f"/webhooks/{path}", json={"a": 1})
        assert answer.status_code == status, path
        assert answer.headers["content-type"].startswith(("application/json", "text/plain"))
    assert await rows(place) == before


# -- who sends -------------------------------------------------------------------------------------

BODY = b'{"id": 1}'


async def test_a_signed_event_is_let_in(place: Harness) -> None:
    flow_id = await secured(place)
    run = await place.ended(await place.start(flow_id, content=BODY, headers=signed(BODY)))
    assert step(run, "a")["output"] == {"id": 1}


ZIPPED = gzip.compress(BODY, mtime=0)


@pytest.mark.parametrize("covered", [ZIPPED, BODY], ids=["as received", "as decoded"])
async def test_a_signature_covers_a_compressed_body_as_it_came_or_as_it_was_before(
    place: Harness, covered: bytes
) -> None:
    """Some senders sign before they compress, others afterwards."""
    flow_id = await secured(place)
    headers = {**signed(covered), "content-encoding": "gzip", "content-type": JSON}
    run = await place.ended(await place.start(flow_id, content=ZIPPED, headers=headers))
    assert step(run, "a")["output"] == {"id": 1}
    other = {**headers, **signed(b'{"id": 2}')}
    refused = await place.http.post(f"/webhooks/{flow_id}", content=ZIPPED, headers=other)
    assert refused.status_code == 401, refused.text


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (BODY, {}),
        (b'{"id": 2}', signed(BODY)),
        (BODY + b" ", signed(BODY)),
        (BODY, signed(BODY, secret="whsec_" + base64.b64encode(b"another secret of some size").decode())),
        (BODY, signed(BODY, at=clock.now() - 3600)),
        (BODY, signed(BODY, at=clock.now() + 3600)),
        (BODY, {**signed(BODY), "webhook-id": "msg_2"}),
        (BODY, {**signed(BODY), "webhook-signature": ""}),
        (BODY, {**signed(BODY), "webhook-signature": "v1,%%%"}),
        (BODY, {**signed(BODY), "webhook-timestamp": "soon"}),
        (BODY, [*signed(BODY).items(), ("webhook-signature", "v1,AAAA")]),
        (BODY, [*signed(BODY).items(), ("webhook-id", "msg_1")]),
        (b"{", signed(b"[")),
        (DEEP, {"content-type": JSON}),
    ],
)  # fmt: skip
async def test_what_cannot_be_verified_gets_401_before_anything_is_stored(
    place: Harness, body: bytes, headers: Any
) -> None:
    flow_id = await secured(place)
    before = await rows(place)
    for variant in ("", "/sync"):
        answer = await place.http.post(f"/webhooks/{flow_id}{variant}", content=body, headers=headers)
        assert answer.status_code == 401, answer.text
        assert answer.json()["error"]["code"] == "not_signed_in"
        assert SECRET not in answer.text
    assert await rows(place) == before


async def test_a_long_secret_that_a_sender_repeats_is_not_stored(place: Harness) -> None:
    secret = "a-long-verification-token"
    await place.sy.connections.create(place.actor, "signing", "webhook", {"secret": secret})
    verify = {"scheme": "header", "header": "X-Token", "connection": "signing"}
    flow_id = await place.publish(flow(triggers=[webhook(verify)], a=probe("{{trigger.body.token}}")))
    body = {"token": secret, "also": f"Bearer {secret}", "id": 1}
    run_id = await place.start(flow_id, body, headers={"X-Token": secret}, params={"token": secret})
    event = (await place.ended(run_id))["trigger"]["event"]
    assert event["body"] == {"token": MASK, "also": f"Bearer {MASK}", "id": 1}
    assert event["query"] == {"token": MASK} and event["headers"]["x-token"] == MASK
    assert secret.encode() not in (await place.sql("SELECT payload FROM run_payloads"))[0][0]


async def test_a_short_secret_does_not_change_what_was_sent(place: Harness) -> None:
    await place.sy.connections.create(place.actor, "signing", "webhook", {"secret": "deploy"})
    verify = {"scheme": "header", "header": "X-Token", "connection": "signing"}
    flow_id = await place.publish(flow(triggers=[webhook(verify)], a=probe(1)))
    run = await place.ended(await place.start(flow_id, {"action": "deploy"}, headers={"X-Token": "deploy"}))
    assert run["trigger"]["event"]["body"] == {"action": "deploy"}


async def test_a_missing_secret_refuses_everybody(place: Harness) -> None:
    verify = {"scheme": "standard_webhooks", "connection": "nowhere"}
    flow_id = await place.draft(flow(triggers=[webhook(verify)], a=compose(1)))
    answer = await place.http.post(f"/webhooks/{flow_id}/draft", content=BODY, headers=signed(BODY))
    assert answer.status_code == 401
    assert (await place.rows())["runs"] == 0


@pytest.mark.parametrize(
    "verify", ["none", 5, {"connection": "x"}, {"scheme": ["none"]}, {"scheme": "github", "now": 1}]
)
async def test_a_draft_that_does_not_say_how_to_verify_lets_nobody_in(place: Harness, verify: Any) -> None:
    flow_id = await place.draft(flow(triggers=[{**webhook(), "input": {"verify": verify}}], a=compose(1)))
    answer = await place.post(flow_id, 1, "/draft")
    assert answer.status_code in (401, 409)
    assert (await place.rows())["runs"] == 0


async def test_what_a_sender_proves_itself_with_is_not_kept(place: Harness) -> None:
    fields = {"name": "X-Hook", "value": "s3cret-value"}
    flow_id = await secured(place, "header", fields)
    headers = {
        "X-Hook": "s3cret-value", "Authorization": "Bearer t0ken", "Cookie": "a=b0", "X-Api-Key": "k3y",
        "X-Copy": "again s3cret-value!", "X-Plain": "X-Hook",
    }  # fmt: skip
    run_id = await place.start(flow_id, {"a": 1}, headers=headers)
    kept = (await place.ended(run_id))["trigger"]["event"]["headers"]
    for name in ("x-hook", "authorization", "cookie", "x-api-key", "x-copy"):
        assert kept[name] == "••••", name
    assert kept["x-plain"] == "X-Hook"
    (payload,) = (await place.sql("SELECT payload FROM run_payloads WHERE run_id = ?", run_id))[0]
    for secret in (b"s3cret", b"t0ken", b"b0", b"k3y"):
        assert secret not in payload


@pytest.mark.parametrize(
    ("handshake", "request_", "answer"),
    [
        ({"preset": "slack"}, {"json": {"type": "url_verification", "challenge": "abc"}}, b"abc"),
        ({"preset": "echo", "name": "challenge"}, {"params": {"challenge": "xyz"}}, b"xyz"),
        ({"preset": "graph"}, {"params": {"validationToken": "tok"}}, b"tok"),
    ],
)
async def test_a_handshake_is_answered_before_any_run_exists(
    place: Harness, handshake: Any, request_: Any, answer: bytes
) -> None:
    flow_id = await place.publish(flow(triggers=[webhook(handshake=handshake)], a=compose(1)))
    before = await place.rows()
    got = await place.http.post(f"/webhooks/{flow_id}", **request_)
    assert (got.status_code, answer in got.content) == (200, True)
    assert await place.rows() == before
    assert (await place.post(flow_id, {"type": "event"})).status_code == 202


async def test_no_handshake_is_also_a_choice(place: Harness) -> None:
    flow_id = await place.publish(flow(triggers=[webhook(handshake={"preset": "none"})], a=compose(1)))
    assert (await place.post(flow_id, 1)).status_code == 202


# -- the same event again --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"headers": {"webhook-id": "m1"}}, {"headers": {"webhook-id": "m2"}}),
        ({"headers": {"svix-id": "m1"}}, {"headers": {"svix-id": "m2"}}),
        ({"headers": {"idempotency-key": "m1"}}, {"headers": {"idempotency-key": "m2"}}),
        ({"headers": {"idempotency-key": "m" * 3000}}, {"headers": {"idempotency-key": "m" * 3001}}),
        ({"headers": {"ce-id": "1", "ce-source": "a"}}, {"headers": {"ce-id": "1", "ce-source": "b"}}),
        (
            {"json": {"specversion": "1.0", "id": "1", "source": "a"}},
            {"json": {"specversion": "1.0", "id": "2", "source": "a"}},
        ),
    ],
)
async def test_an_event_sent_twice_starts_one_run(place: Harness, first: Any, second: Any) -> None:
    flow_id = await place.publish(flow(a=probe(1)))
    url = f"/webhooks/{flow_id}"
    one, again, other = [await place.http.post(url, **sent) for sent in (first, first, second)]
    assert [r.status_code for r in (one, again, other)] == [202, 202, 202]
    assert again.json() == {"run_id": one.json()["run_id"], "duplicate": True}
    assert other.json()["run_id"] != one.json()["run_id"]
    elsewhere = await place.publish(flow(a=probe(1)))
    assert "duplicate" not in (await place.http.post(f"/webhooks/{elsewhere}", **first)).json()


async def test_an_event_without_identity_is_new_each_time(place: Harness) -> None:
    flow_id = await place.publish(flow(a=compose(1)))
    assert len({(await place.post(flow_id, 1)).json()["run_id"] for _ in range(3)}) == 3


async def test_the_vendor_says_what_identifies_an_event(place: Harness) -> None:
    flow_id = await secured(place, "github", {"secret": "s"})
    headers = sign("github", "s", BODY, now=clock.now())
    sent = [
        await place.http.post(
            f"/webhooks/{flow_id}",
            content=BODY,
            headers={**headers, "X-GitHub-Delivery": n, "content-type": JSON},
        )
        for n in ("1", "1", "2")
    ]
    assert [answer.json().get("duplicate", False) for answer in sent] == [False, True, False]


@pytest.mark.parametrize("where", ["trigger", "flow"])
async def test_the_trigger_or_the_flow_says_what_identifies_an_event(place: Harness, where: str) -> None:
    own = "trigger.body.order.id"
    definition = (
        flow(triggers=[webhook(dedupe=own)], a=compose(1))
        if where == "trigger"
        else flow(settings={"dedupe": own}, a=compose(1))
    )
    flow_id = await place.publish(definition)
    bodies = [{"order": {"id": 7}}, {"order": {"id": 7}, "x": 1}, {"order": {"id": "7"}}, {}, {}]
    sent = [(await place.post(flow_id, body, headers={"webhook-id": "same"})).json() for body in bodies]
    assert [answer.get("duplicate", False) for answer in sent] == [False, True, False, False, False]


async def test_the_same_event_from_many_sides_at_once_starts_one_run(place: Harness) -> None:
    flow_id = await place.publish(flow(a=probe(1)))
    sent = await asyncio.gather(*(place.post(flow_id, 1, headers={"webhook-id": "x"}) for _ in range(30)))
    assert len({answer.json()["run_id"] for answer in sent}) == 1
    assert sum("duplicate" not in answer.json() for answer in sent) == 1
    await until(lambda: place.sy.scheduler.running == 0 and place.sy.scheduler.backlog == 0)
    assert len(place.probe.calls) == 1


# -- answered at the end ---------------------------------------------------------------------------


def respond(next: str | None = None, **input: Any) -> Any:
    return action("webhook", "respond", next, input=input)


async def test_sync_answers_with_the_flows_response_and_the_flow_goes_on(place: Harness) -> None:
    release = place.probe.hold()
    answer = respond("more", status=201, body={"you": "{{ trigger.body.x }}"}, headers={"X-Own": "1"})
    flow_id = await place.publish(flow(a=answer, more=probe(1)))
    got = await place.post(flow_id, {"x": "ü"}, "/sync")
    assert (got.status_code, got.json(), got.headers["x-own"]) == (201, {"you": "ü"}, "1")
    assert "sandbox" in got.headers["content-security-policy"]
    release.set()
    (run,) = (await place.sy.runs.list(place.project)).data
    done = await place.ended(run.id)
    assert (done["status"], done["response"]["status"]) == ("succeeded", 201)


@pytest.mark.parametrize(
    ("input", "kind", "content"),
    [
        ({"kind": "text", "body": "plain"}, "text/plain; charset=utf-8", b"plain"),
        ({"kind": "html", "body": "<b>x</b>"}, "text/html; charset=utf-8", b"<b>x</b>"),
        ({"body": "a text"}, "application/json", b'"a text"'),
        ({"body": None}, "application/json", b""),
        ({"kind": "bytes", "body": "/wCJUA=="}, "application/octet-stream", b"\xff\x00\x89P"),
        ({"kind": "bytes", "body": "/w==", "headers": {"Content-Type": "image/x"}}, "image/x", b"\xff"),
        (
            {"body": {"encoding": "base64", "body": "/w=="}},
            "application/json",
            b'{"encoding":"base64","body":"/w=="}',
        ),
        ({"status": 204, "body": {"no": "body"}}, "application/json", b""),
    ],
)
async def test_sync_answers_in_the_kind_that_was_chosen(
    place: Harness, input: Any, kind: str, content: bytes
) -> None:
    got = await place.post(await place.publish(flow(a=respond(**input))), 1, "/sync")
    assert (got.headers["content-type"], got.content) == (kind, content)
    # A 204 has no length, not even of zero (RFC 9110, 8.6).
    assert ("content-length" in got.headers) == (got.status_code != 204)


async def test_sync_answers_with_a_file_as_events_have_them(place: Harness) -> None:
    file = {"filename": "Übersicht 1.pdf", "content_type": "application/pdf", "size": 4, "base64": "JVBERg=="}
    answer = respond(kind="file", body="{{ trigger.body.file }}")
    got = await place.post(await place.publish(flow(a=answer)), {"file": file}, "/sync")
    assert (got.headers["content-type"], got.content) == ("application/pdf", b"%PDF")
    assert got.headers["content-disposition"] == "attachment; filename*=UTF-8''%C3%9Cbersicht%201.pdf"
    assert "sandbox" in got.headers["content-security-policy"]


async def test_sync_answers_with_the_end_when_nothing_responds(place: Harness) -> None:
    flow_id = await place.publish(flow(r=router(case("a", 1), key="trigger.body", next="w"), w=delay(0.001)))
    got = await place.post(flow_id, 1, "/sync")
    assert got.status_code == 200
    assert (await place.get(got.json()["run_id"]))["status"] == got.json()["status"] == "succeeded"


async def test_sync_says_that_no_branch_took_the_event(place: Harness) -> None:
    flow_id = await place.publish(flow(r=router(case("a", 1), key="trigger.body")))
    got = await place.post(flow_id, 2, "/sync")
    run_id = got.json()["run_id"]
    assert got.json() == {"run_id": run_id, "status": "succeeded", "unrouted": True}
    assert (await place.get(run_id))["unrouted"] is True


async def test_a_failed_run_answers_sync_at_once_with_its_error(place: Harness) -> None:
    place.probe.react = refuse("out of cheese")
    got = await place.post(await place.publish(flow(a=probe(1))), 1, "/sync")
    error = got.json()["error"]
    assert (got.status_code, error["code"], error["message"]) == (500, "run_failed", "out of cheese")
    assert got.json()["run_id"]


async def test_a_canceled_run_answers_sync(place: Harness) -> None:
    place.probe.hold()
    flow_id = await place.publish(flow(a=probe(1)))
    waiting = asyncio.create_task(place.post(flow_id, 1, "/sync"))
    await place.probe.called(1)
    await place.sy.runs.cancel(place.actor, place.probe.calls[0].run_id)
    got = await waiting
    assert (got.status_code, got.json()["error"]["code"]) == (500, "run_canceled")


async def test_sync_gives_504_with_the_run_that_goes_on(clock: ManualClock, open_place: Opened) -> None:
    async with open_place(sync_timeout=25) as place:
        release = place.probe.hold()
        asked = asyncio.create_task(place.post(await place.publish(flow(a=probe(1))), 1, "/sync"))
        await place.probe.called(1)
        await until(lambda: 25 in clock.waiting)
        clock.advance(25)
        got = await asked
        assert (got.status_code, got.json()["error"]["code"]) == (504, "sync_timeout")
        release.set()
        assert (await place.ended(got.json()["run_id"]))["status"] == "succeeded"
        assert len(place.sy.waiters) == 0


async def test_a_duplicate_answers_sync_at_once_with_the_first_run(place: Harness) -> None:
    flow_id = await place.publish(flow(a=respond(body=1)))
    headers = {"webhook-id": "m"}
    await place.post(flow_id, 1, "/sync", headers=headers)
    got = await place.post(flow_id, 1, "/sync", headers=headers)
    (run,) = (await place.sy.runs.list(place.project)).data
    assert (got.status_code, got.json()) == (200, {"run_id": run.id, "duplicate": True})


async def test_who_waits_is_told_when_the_instance_stops(open_place: Opened) -> None:
    async with open_place() as place:
        place.probe.hold()
        flow_id = await place.publish(flow(a=probe(1)))
        waiting = asyncio.create_task(place.post(flow_id, 1, "/sync"))
        await place.probe.called(1)
        await place.sy.worker.stop(grace=0)
        got = await waiting
        assert (got.status_code, got.json()["error"]["code"]) == (503, "unavailable")


# -- drafts and samples ----------------------------------------------------------------------------


async def test_the_draft_address_runs_the_draft_in_the_test_environment(place: Harness) -> None:
    flow_id = await place.publish(flow(a=compose("published")))
    seen = await place.sy.flows.get(place.project, flow_id)
    await place.sy.flows.save_draft(
        place.actor, flow_id, flow(a=compose("{{ run.environment }}")), seen.revision
    )
    got = await place.post(flow_id, 1, "/draft", headers={"webhook-id": "same"})
    run = await place.ended(got.json()["run_id"])
    assert (run["environment"], run["version"], step(run, "a")["output"]) == ("test", 0, "test")
    # A test is repeated as often as one likes.
    again = await place.post(flow_id, 1, "/draft", headers={"webhook-id": "same"})
    assert "duplicate" not in again.json()
    live = await place.ended(await place.start(flow_id))
    assert (live["environment"], step(live, "a")["output"]) == ("production", "published")
    assert (await place.post(flow_id, 1, "/draft/sync")).status_code == 200


async def test_the_test_address_keeps_a_sample_and_runs_nothing(place: Harness) -> None:
    flow_id = await place.draft(flow(a=compose(1)))
    got = await place.post(
        flow_id, {"action": "user.created", "n": 1}, "/test", headers=await place.as_editor()
    )
    assert (got.status_code, got.json()) == (200, {"sample": "user.created"})
    got = await place.post(flow_id, [1], "/test", headers=await place.as_editor())
    assert got.json() == {"sample": "captured"}
    samples = (await place.sy.flows.get(place.project, flow_id)).definition["samples"]
    assert samples["user.created"]["body"] == {"action": "user.created", "n": 1}
    assert samples["user.created"]["headers"]["authorization"] == "••••"
    assert (await place.rows())["runs"] == 0


@pytest.mark.parametrize("name", ["x" * 500, "<script>", "a\nb", "", 5, None, {"a": 1}])
async def test_an_odd_action_names_no_sample(place: Harness, name: object) -> None:
    flow_id = await place.draft(flow(a=compose(1)))
    got = await place.post(flow_id, {"action": name}, "/test", headers=await place.as_editor())
    assert got.json() == {"sample": "captured"}


async def test_an_answer_says_what_it_is(place: Harness) -> None:
    flow_id = await place.publish(flow(a=compose(1)))
    got: httpx.Response = await place.post(flow_id, 1)
    assert got.headers["content-type"] == JSON
    assert orjson.loads(got.content) == {"run_id": got.json()["run_id"]}
