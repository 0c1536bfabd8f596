"""Webhooks of vendors at the intake: the handshake, genuine events, and what is refused; secrets that fit."""

import json
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

from engine import signatures
from engine.base import clock
from engine.base.ids import new_id
from tests.conftest import Instance

pytestmark = pytest.mark.asyncio(loop_scope="module")

KEY = ed25519.Ed25519PrivateKey.generate()
PUBLIC = KEY.public_key().public_bytes_raw().hex()
SECRET = "a secret of 26 characters."


def flow(verify: dict[str, Any], **settings: Any) -> dict[str, Any]:
    trigger = {"name": "webhook", "piece": "webhook", "trigger": "catch"}
    compose = {"type": "action", "piece": "data", "action": "compose", "input": {"value": 1}, "next": None}
    return {
        "format": 1, "name": "Plain", "start": "step", "steps": {"step": compose},
        "triggers": [{**trigger, "input": {"verify": verify, **settings}}],
    }  # fmt: skip


async def address(instance: Instance, scheme: str, fields: dict[str, str], **settings: Any) -> str:
    """The address of a published flow that verifies by a scheme with a connection of its own."""
    name = f"signing-{new_id('x')[2:].lower()}"
    connection = {"name": name, "piece": "webhook", "fields": fields}
    await instance.api("POST", "/connections", connection, 201)
    made = await instance.publish(flow({"scheme": scheme, "connection": name}, **settings))
    return f"/webhooks/{made['id']}"


def twitch(body: bytes, kind: str) -> dict[str, str]:
    signed = signatures.sign("twitch", SECRET, body, now=clock.now())
    return {**signed, "Twitch-Eventsub-Message-Type": kind}


def discord(body: bytes, key: ed25519.Ed25519PrivateKey = KEY) -> dict[str, str]:
    moment = str(int(clock.now()))
    return {
        "X-Signature-Timestamp": moment,
        "X-Signature-Ed25519": key.sign(moment.encode() + body).hex(),
    }


async def runs(instance: Instance, path: str) -> int:
    flow_id = path.rpartition("/")[2]
    return len((await instance.api("GET", f"/runs?flow_id={flow_id}"))["data"])


async def test_twitch_is_answered_and_its_repeats_start_nothing(instance: Instance) -> None:
    path = await address(instance, "twitch", {"secret": SECRET})
    body = json.dumps({"challenge": "pogchamp-kappa-360noscope-vohiyo"}).encode()
    headers = twitch(body, "webhook_callback_verification")
    given = await instance.http.post(path, content=body, headers=headers)
    assert (given.status_code, given.text) == (200, "pogchamp-kappa-360noscope-vohiyo")
    forged = {**headers, "Twitch-Eventsub-Message-Signature": "sha256=" + "0" * 64}
    assert (await instance.http.post(path, content=body, headers=forged)).status_code == 401
    event = b'{"event": {"user_id": "1"}}'
    headers = twitch(event, "notification")
    sent = [await instance.http.post(path, content=event, headers=headers) for _ in range(2)]
    assert [each.status_code for each in sent] == [202, 202]
    assert sent[1].json()["duplicate"] is True
    assert await runs(instance, path) == 1


async def test_discord_is_answered_only_if_it_signs(instance: Instance) -> None:
    path = await address(instance, "discord", {"public_key": PUBLIC})
    ping = b'{"type": 1}'
    given = await instance.http.post(path, content=ping, headers=discord(ping))
    assert (given.status_code, given.json()) == (200, {"type": 1})
    hook = b'{"version": 1, "application_id": "1", "type": 0}'
    assert (await instance.http.post(path, content=hook, headers=discord(hook))).status_code == 204
    another = discord(ping, ed25519.Ed25519PrivateKey.generate())
    for headers in (another, {}):
        assert (await instance.http.post(path, content=ping, headers=headers)).status_code == 401
    assert await runs(instance, path) == 0
    event = b'{"version": 1, "type": 1, "event": {"type": "APPLICATION_AUTHORIZED"}}'
    assert (await instance.http.post(path, content=event, headers=discord(event))).status_code == 202


async def test_okta_event_grid_and_monday_are_answered_with_their_own_values(instance: Instance) -> None:
    async def ask(path: str, method: str = "POST", **sent: Any) -> httpx.Response:
        return await instance.http.request(method, path, **sent)

    okta = await address(instance, "okta", {"secret": SECRET})
    given = await ask(okta, "GET", headers={"X-Okta-Verification-Challenge": "abc"})
    assert given.json() == {"verification": "abc"}
    assert (await ask(okta, json={"eventId": "1"}, headers={"Authorization": SECRET})).status_code == 202
    assert (await ask(okta, json={"eventId": "2"}, headers={"Authorization": "x"})).status_code == 401

    grid = await address(instance, "event_grid", {"secret": SECRET})
    code = {"params": {"code": SECRET}}
    asked: dict[str, Any] = {
        "json": [{"data": {"validationCode": "512d38b6"}}],
        "headers": {"aeg-event-type": "SubscriptionValidation"},
    }
    assert (await ask(grid, **asked, **code)).json() == {"validationResponse": "512d38b6"}
    assert (await ask(grid, **asked)).status_code == 401
    taken = await ask(grid, json=[{"id": "1", "eventType": "x"}], **code)
    assert taken.status_code == 202
    run = await instance.ended(taken.json()["run_id"])
    assert SECRET not in json.dumps(run)

    monday = await address(instance, "monday", {"secret": SECRET})
    assert (await ask(monday, json={"challenge": "3eZb"})).json() == {"challenge": "3eZb"}
    token = signatures.sign("monday", SECRET, b"", now=clock.now())
    assert (await ask(monday, json={"event": {"type": "x"}}, headers=token)).status_code == 202
    assert (await ask(monday, json={"event": {"type": "x"}})).status_code == 401


async def test_any_other_vendor_is_answered_with_a_field_of_its_request(instance: Instance) -> None:
    shake = {
        "preset": "field",
        "value": "trigger.body.check",
        "when": "trigger.body.kind == 'check'",
        "key": "ok",
    }
    made = await instance.publish(flow({"scheme": "none"}, handshake=shake))
    path = f"/webhooks/{made['id']}"
    given = await instance.http.post(path, json={"kind": "check", "check": "abc"})
    assert (given.status_code, given.json()) == (200, {"ok": "abc"})
    assert (await instance.http.post(path, json={"kind": "order", "check": "abc"})).status_code == 202
    assert await runs(instance, path) == 1


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"public_key": "abc"}, "public_key"), ({"secret": "whpk_abc"}, "secret"),
     ({"secret": "-----BEGIN PUBLIC KEY-----"}, "secret")],
)  # fmt: skip
async def test_a_key_that_is_none_is_not_saved(instance: Instance, fields: Any, field: str) -> None:
    given = {"name": "unusable", "piece": "webhook", "fields": fields}
    refused = await instance.api("POST", "/connections", given, 422)
    assert refused["error"]["field"] == f"fields.{field}"


@pytest.mark.parametrize(
    ("verify", "fields"),
    [({"scheme": "standard_webhooks"}, {"secret": "whsec_AAAA"}), ({"scheme": "discord"}, {"secret": "text"}),
     ({"scheme": "github"}, {"username": "ann"}),
     ({"scheme": "generic_hmac", "header": "X", "key_encoding": "hex"}, {"secret": "not hex"})],
    ids=str,
)  # fmt: skip
async def test_a_flow_whose_secret_verifies_nothing_is_not_published(
    instance: Instance, verify: dict[str, Any], fields: dict[str, str]
) -> None:
    name = f"unusable-{new_id('x')[2:].lower()}"
    await instance.api("POST", "/connections", {"name": name, "piece": "webhook", "fields": fields}, 201)
    made = await instance.api("POST", "/flows", flow({**verify, "connection": name}), 201)
    refused = await instance.api("POST", f"/flows/{made['id']}/publish", {}, 422)
    (problem,) = refused["error"]["details"]
    assert problem["pointer"] == "/triggers/0/input/verify/connection"
    assert "cannot verify requests" in problem["message"]


async def test_a_generated_flow_needs_the_key_that_only_the_vendor_has(instance: Instance) -> None:
    wanted = {"catalogue": "deck", "events": "all", "verify": {"scheme": "discord"}, "name": "By key"}
    refused = await instance.api("POST", "/handler-flows", wanted, 422)
    assert refused["error"]["field"] == "verify.secret"
    wanted["verify"] = {"scheme": "discord", "secret": PUBLIC}
    made = await instance.api("POST", "/handler-flows", wanted, 201)
    assert "secret" not in made["verify"]
