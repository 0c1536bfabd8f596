"""Requests as real senders make them, and what becomes of each: `tests/data/cases/intake*.json`."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from engine.base.types import Json
from tests.conftest import Instance

pytestmark = pytest.mark.asyncio(loop_scope="module")

DATA = Path(__file__).parents[1] / "data" / "cases"
CASES = [
    case
    for name in ("intake.json", "intake_more.json")
    for case in json.loads((DATA / name).read_text("utf-8"))
]


def plain(**settings: Json) -> dict[str, Any]:
    """A flow with a webhook trigger that anyone may call."""
    trigger = {"name": "webhook", "piece": "webhook", "trigger": "catch"}
    compose = {"type": "action", "piece": "data", "action": "compose", "input": {"value": 1}, "next": None}
    return {
        "format": 1,
        "name": "Plain",
        "triggers": [{**trigger, "input": {"verify": {"scheme": "none"}, **settings}}],
        "start": "step",
        "steps": {"step": compose},
    }


async def runs_of(instance: Instance, flow_id: str) -> list[Json]:
    return list((await instance.api("GET", f"/runs?flow_id={flow_id}"))["data"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
async def test_a_request_of_a_real_sender_becomes_the_right_event(
    instance: Instance, case: dict[str, Any]
) -> None:
    flow = await instance.publish(plain())
    expect = case["expect"]
    answer = await instance.http.request(
        case["method"],
        f"/webhooks/{flow['id']}{case['path']}",
        content=base64.b64decode(case["body_base64"]),
        headers=case["headers"],
    )
    assert answer.status_code == expect["status"], answer.text
    runs = await runs_of(instance, flow["id"])
    assert len(runs) == expect.get("runs", 1 if expect["status"] == 202 else 0)
    if "event" in expect:
        run = await instance.ended(answer.json()["run_id"])
        assert run["trigger"]["event"]["body"] == expect["event"]


async def test_what_was_read_otherwise_than_declared_is_a_warning_on_the_run(instance: Instance) -> None:
    flow = await instance.publish(plain())
    headers = {"content-type": "application/x-www-form-urlencoded"}
    sent = await instance.http.post(f"/webhooks/{flow['id']}", content=b'{"a":1}', headers=headers)
    run = await instance.ended(sent.json()["run_id"])
    assert run["warnings"] == ["The body was declared as a form and read as JSON."]
    (listed,) = await runs_of(instance, flow["id"])
    assert listed["warnings"] == 1


async def test_a_trigger_can_insist_on_what_is_declared(instance: Instance) -> None:
    for kind, content, body in (
        ("application/x-www-form-urlencoded", b'{"a":1}', {'{"a":1}': ""}),
        ("application/x-www-form-urlencoded", b'payload={"a":1}', {"payload": '{"a":1}'}),
        ("text/plain", b'{"a":1}', '{"a":1}'),
    ):
        flow = await instance.publish(plain(body="as declared"))
        sent = await instance.http.post(
            f"/webhooks/{flow['id']}", content=content, headers={"content-type": kind}
        )
        run = await instance.ended(sent.json()["run_id"])
        assert run["trigger"]["event"]["body"] == body
        assert run["warnings"] == []


@pytest.mark.parametrize(
    ("origins", "origin", "allowed"),
    [
        (None, "https://app.example", None),
        (["https://app.example"], "https://app.example", "https://app.example"),
        (["https://app.example"], "https://evil.example", None),
        (["*"], "https://any.example", "*"),
    ],
)
async def test_a_page_of_another_origin_may_send_where_the_trigger_allows_it(
    instance: Instance, origins: list[str] | None, origin: str, allowed: str | None
) -> None:
    flow = await instance.publish(plain(**({"allowed_origins": origins} if origins else {})))
    path = f"/webhooks/{flow['id']}"
    asked = {
        "origin": origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type",
    }
    preflight = await instance.http.request("OPTIONS", path, headers=asked)
    assert (preflight.status_code, preflight.content) == (204, b"")
    assert preflight.headers.get("access-control-allow-origin") == allowed
    assert ("access-control-allow-methods" in preflight.headers) == (allowed is not None)
    assert await runs_of(instance, flow["id"]) == []
    sent = await instance.http.post(path, json={"a": 1}, headers={"origin": origin})
    assert sent.status_code == 202
    assert sent.headers.get("access-control-allow-origin") == allowed


async def test_a_refusal_of_a_method_names_those_that_start_a_run(instance: Instance) -> None:
    flow = await instance.publish(plain(methods=["GET", "POST"]))
    refused = await instance.http.put(f"/webhooks/{flow['id']}", json={})
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, POST")
    assert refused.json()["error"]["code"] == "method_not_allowed"
    taken = await instance.http.get(f"/webhooks/{flow['id']}?a=1")
    assert taken.status_code == 202


async def test_an_unsupported_coding_is_answered_with_those_that_are(instance: Instance) -> None:
    flow = await instance.publish(plain())
    headers = {"content-encoding": "br", "content-type": "application/json"}
    refused = await instance.http.post(f"/webhooks/{flow['id']}", content=b"x", headers=headers)
    assert (refused.status_code, refused.headers["accept-encoding"]) == (415, "gzip, deflate")
