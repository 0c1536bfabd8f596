"""Signatures that vendors published, sent to the real intake: let in as they are, refused when changed."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from engine import signatures
from engine.base import clock

pytestmark = pytest.mark.asyncio(loop_scope="module")

VECTORS = Path(__file__).parents[1] / "data" / "vectors"
INBOUND = json.loads((VECTORS / "inbound_signatures.json").read_text("utf-8"))["vectors"]
STANDARD = json.loads((VECTORS / "standard_webhooks.json").read_text("utf-8"))
OPTIONS = ("algorithm", "encoding", "tolerance")
# Of these the address is signed, which is ours here; or they are no event.
APART = ("twilio", "zoom_url_validation", "x_crc", "aws_sns_string_to_sign")

REQUESTS = [vector for vector in INBOUND if vector["scheme"] not in APART] + [
    {**case, "scheme": "standard_webhooks", "body": case["payload"]} for case in STANDARD["verify_cases"]
]

Send = Callable[..., Any]


def named(vector: dict[str, Any]) -> str:
    return f"{vector['scheme']}-{vector.get('case', 'valid' if vector['valid'] else 'invalid')}"


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Set the clock."""
    return lambda now: monkeypatch.setattr(clock, "now", lambda: now)


async def flow_with(instance: Any, scheme: str, fields: dict[str, str], **options: Any) -> str:
    """A published flow that verifies by `scheme` with a saved connection."""
    number = (await instance.rows())["connections"]
    connection = {"name": f"sender-{number}", "piece": "webhook", "fields": fields}
    await instance.api("POST", "/connections", connection, 201)
    verify = {"scheme": scheme, "connection": f"sender-{number}", **options}
    trigger = {"name": "webhook", "piece": "webhook", "trigger": "catch", "input": {"verify": verify}}
    flow = await instance.publish({"format": 1, "name": f"Flow {number}", "triggers": [trigger]})
    return str(flow["id"])


async def flow_of(instance: Any, vector: dict[str, Any]) -> str:
    options = {key: vector[key] for key in OPTIONS if key in vector}
    if "algorithm" in options:
        options["algorithm"] = options["algorithm"].lower()
    if vector["scheme"] == "generic_hmac":
        (options["header"],) = vector["headers"]
    return await flow_with(instance, vector["scheme"], {"secret": vector["secret"]}, **options)


async def status_of(
    instance: Any, flow_id: str, body: bytes, headers: list[tuple[str, str]], query: str = ""
) -> int:
    kind = "application/json" if body[:1] == b"{" else "text/plain"
    sent = [*headers, ("content-type", kind)]
    answer = await instance.http.post(f"/webhooks/{flow_id}{query}", content=body, headers=sent)
    if answer.status_code == 401:
        assert answer.json()["error"]["code"] == "not_signed_in"
        assert set(answer.json()) == {"error"}
    return int(answer.status_code)


@pytest.mark.parametrize("vector", REQUESTS, ids=named)
async def test_a_vector_is_let_in_or_refused_as_it_says(
    instance: Any, vector: dict[str, Any], at: Any
) -> None:
    flow_id = await flow_of(instance, vector)
    before = await instance.rows()
    at(vector.get("now", 1_700_000_000))
    body, headers = vector["body"].encode(), list(vector["headers"].items())
    assert await status_of(instance, flow_id, body, headers) == (202 if vector["valid"] else 401)
    after = await instance.rows()
    assert after["runs"] == before["runs"] + vector["valid"]
    if not vector["valid"]:
        assert after == before


@pytest.mark.parametrize("vector", [vector for vector in REQUESTS if vector["valid"]], ids=named)
async def test_a_vector_that_was_changed_is_refused_before_any_run(
    instance: Any, vector: dict[str, Any], at: Any
) -> None:
    flow_id = await flow_of(instance, vector)
    before = await instance.rows()
    now = vector.get("now", 1_700_000_000)
    at(now)
    body, headers = vector["body"].encode(), dict(vector["headers"])

    async def refused(content: bytes, pairs: list[tuple[str, str]], why: str) -> None:
        assert await status_of(instance, flow_id, content, pairs) == 401, why

    for name in headers:
        await refused(body, [(key, value) for key, value in headers.items() if key != name], f"no {name}")
        await refused(body, [*headers.items(), (name, headers[name])], f"{name} twice")
        await refused(body, [*headers.items(), (name.upper(), "x")], f"another {name}")
        await refused(body, [*{**headers, name: ""}.items()], f"{name} is empty")
    if vector["scheme"] != "gitlab_token":  # a token says nothing of the body
        for place in (0, len(body) // 2, -1):
            changed = bytearray(body)
            changed[place] ^= 1
            await refused(bytes(changed), [*headers.items()], f"byte {place} changed")
        await refused(body + b"\n", [*headers.items()], "a byte more")
        await refused(b"", [*headers.items()], "no body")
    if "now" in vector and "tolerance" not in vector:
        for later in (-400, 400):
            at(now + later)
            await refused(body, [*headers.items()], f"{later} s later")
    assert await instance.rows() == before
    at(now)
    assert await status_of(instance, flow_id, body, [*headers.items()]) == 202


@pytest.mark.parametrize("vector", [vector for vector in INBOUND if vector["scheme"] == "twilio"], ids=named)
async def test_twilio_signs_the_address_as_the_outside_sees_it(
    serve: Any, tmp_path: Path, vector: dict[str, Any]
) -> None:
    async with serve(tmp_path, public_url="https://hooks.example.com") as instance:
        flow_id = await flow_with(instance, "twilio", {"secret": vector["secret"]})
        body = (vector.get("body") or urlencode(vector["params"])).encode()
        query = "?foo=1&bar=2"
        if vector.get("body"):
            query += f"&bodySHA256={hashlib.sha256(body).hexdigest()}"
        url = f"https://hooks.example.com/webhooks/{flow_id}{query}"
        signed = signatures.sign("twilio", vector["secret"], body, now=0, url=url)
        before = await instance.rows()
        assert await status_of(instance, flow_id, body, [*vector["headers"].items()], query) == 401
        assert await status_of(instance, flow_id, body, [*signed.items()], query + "&more=1") == 401
        assert await status_of(instance, flow_id, body + b"&x=1", [*signed.items()], query) == 401
        assert await instance.rows() == before
        assert await status_of(instance, flow_id, body, [*signed.items()], query) == 202


@pytest.mark.parametrize("secret", ["", "whsec_***", "whsec_"])
async def test_a_secret_that_is_no_key_is_not_published_and_lets_nobody_in(
    instance: Any, secret: str, at: Any
) -> None:
    case = STANDARD["verify_cases"][0]
    flow_id = await flow_with(instance, "standard_webhooks", {"secret": case["secret"]})
    named = {"name": f"sender-{(await instance.rows())['connections'] - 1}"}
    (connection,) = [
        one for one in (await instance.api("GET", "/connections"))["data"] if one["name"] == named["name"]
    ]
    fields = {"secret": secret} if secret else {"secret": None, "username": "only"}
    await instance.api("PATCH", f"/connections/{connection['id']}", {"fields": fields})
    refused = await instance.api("POST", f"/flows/{flow_id}/publish", {}, 422)
    assert refused["error"]["details"][0]["pointer"] == "/triggers/0/input/verify/connection"
    before = await instance.rows()
    at(case["now"])
    headers = [*case["headers"].items()]
    assert await status_of(instance, flow_id, case["payload"].encode(), headers) == 401
    assert await instance.rows() == before


async def test_while_a_secret_is_replaced_both_are_believed_and_then_only_the_new_one(instance: Any) -> None:
    old, new = signatures.new_secret(), signatures.new_secret()
    flow_id = await flow_with(instance, "standard_webhooks", {"secret": new, "previous_secret": old})
    for secret in (old, new):
        headers = signatures.sign("standard_webhooks", secret, b"{}", now=clock.now())
        assert await status_of(instance, flow_id, b"{}", [*headers.items()]) == 202
    (connection,) = [
        one
        for one in (await instance.api("GET", "/connections"))["data"]
        if one["name"] == f"sender-{(await instance.rows())['connections'] - 1}"
    ]
    gone = {"fields": {"previous_secret": None}}
    await instance.api("PATCH", f"/connections/{connection['id']}", gone)
    for secret, status in ((old, 401), (new, 202)):
        headers = signatures.sign("standard_webhooks", secret, b"{}", now=clock.now())
        assert await status_of(instance, flow_id, b"{}", [*headers.items()]) == status


async def test_a_key_pair_of_the_sender_is_verified_with_its_public_half(instance: Any, at: Any) -> None:
    vector = next(one for one in STANDARD["published"] if one["scheme"] == "v1a")
    flow_id = await flow_with(instance, "standard_webhooks", {"public_key": vector["public_key"]})
    at(vector["timestamp"])
    headers = {
        "webhook-id": vector["msg_id"], "webhook-timestamp": str(vector["timestamp"]),
        "webhook-signature": vector["signature"],
    }  # fmt: skip
    body = vector["payload"].encode()
    assert await status_of(instance, flow_id, body + b" ", [*headers.items()]) == 401
    assert await status_of(instance, flow_id, body, [*headers.items()]) == 202


async def test_a_challenge_of_zoom_is_answered_and_starts_no_run(instance: Any) -> None:
    vector = next(one for one in INBOUND if one["scheme"] == "zoom_url_validation")
    flow_id = await flow_with(instance, "zoom", {"secret": vector["secret"]})
    before = await instance.rows()
    answer = await instance.http.post(
        f"/webhooks/{flow_id}", content=vector["body"], headers={"content-type": "application/json"}
    )
    assert (answer.status_code, answer.json()) == (200, vector["response"])
    assert await instance.rows() == before


async def test_a_challenge_of_x_is_answered_and_starts_no_run(instance: Any) -> None:
    vector = next(one for one in INBOUND if one["scheme"] == "x_crc")
    flow_id = await flow_with(instance, "x", {"secret": vector["secret"]})
    before = await instance.rows()
    answer = await instance.http.get(f"/webhooks/{flow_id}", params=vector["query"])
    assert (answer.status_code, answer.json()) == (200, vector["response"])
    assert await instance.rows() == before


async def test_what_a_sender_proves_itself_with_is_not_kept(instance: Any) -> None:
    secret = "hunter2-value"
    basic = {"username": "ann", "password": secret}
    for scheme, fields, headers in (
        ("header", {"name": "X-Key", "value": secret}, {"X-Key": secret}),
        ("gitlab_token", {"secret": secret}, {"X-Gitlab-Token": secret}),
        ("basic", basic, signatures.sign("basic", basic, b"{}", now=0)),
    ):
        flow_id = await flow_with(instance, scheme, fields)
        answer = await instance.send(flow_id, {}, **headers)
        assert answer.status_code == 202, answer.text
        run = json.dumps(await instance.ended(answer.json()["run_id"]))
        assert not [proof for proof in headers.values() if proof in run]
