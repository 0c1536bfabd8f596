"""Destinations and deliveries through the API: the course of one, its scope, and what is never told."""

from collections.abc import Callable
from typing import Any

import pytest

from engine.base.actor import Actor, Role
from tests.support.waiting import stored

SPEC = {
    "name": "Alerts", "kind": "webhook", "url": "https://example.com/hooks/T0?token=s3cret",
    "events": ["flow.created"], "headers": {"X-Key": "hunter2"},
}  # fmt: skip
TOPIC = {"name": "Audit", "kind": "topic", "url": "audit", "events": ["*"]}


async def delivered(api: Any, destination_id: str, action: str) -> Any:
    """The delivery of the newest event of this kind, once it is there and at its end."""

    async def ask() -> Any:
        found = (await api.get(f"/destinations/{destination_id}/deliveries?action={action}"))["data"]
        return found[0] if found and found[0]["status"] != "pending" else None

    return await stored(api.sy.db, ask)


async def shows(api: Any, path: str, fact: Callable[[Any], bool]) -> None:
    """Wait until what the API answers there has this fact."""

    async def ask() -> bool:
        return fact(await api.get(path))

    await stored(api.sy.db, ask)


async def test_a_destination_is_made_changed_switched_and_deleted(admin: Any) -> None:
    made = await admin.post("/destinations", SPEC, 201)
    assert made["status"] == "active" and made["secret"].startswith("whsec_")
    assert made["header_names"] == ["X-Key"] and made["verified"] is None
    at = f"/destinations/{made['id']}"
    changed = await admin.call("PATCH", at, json={"name": "Calls", "options": {"concurrency": 2}})
    assert (changed["name"], changed["url"]) == ("Calls", "https://example.com/hooks/T0?token=••••")
    assert changed["options"]["concurrency"] == 2 and changed["options"]["timeout_s"] == 15
    assert (await admin.post(f"{at}/disable"))["status"] == "inactive"
    assert (await admin.post(f"{at}/enable"))["status"] == "active"
    assert [one["id"] for one in (await admin.get("/destinations"))["data"]] == [made["id"]]
    await admin.call("DELETE", at, 204)
    await admin.get(at, 404)


async def test_no_answer_holds_a_header_or_a_key_after_the_first(admin: Any) -> None:
    made = await admin.post("/destinations", SPEC, 201)
    at = f"/destinations/{made['id']}"
    rotated = await admin.post(f"{at}/rotate", {"overlap_h": 1})
    assert rotated["secret"] != made["secret"]
    await admin.post(f"{at}/rotate")  # without a body: a day
    keys = (await admin.get(f"{at}/keys"))["keys"]
    assert len(keys) == 3 and all(key["whpk"].startswith("whpk_") for key in keys)
    assert [key["until"] is None for key in keys] == [True, False, False]
    told = str([await admin.get(path) for path in (at, "/destinations", f"{at}/keys", "/events")])
    for secret in ("hunter2", made["secret"], rotated["secret"], "whsk_"):
        assert secret not in told


async def test_only_admins_see_where_an_address_leads_in_whole(admin: Any) -> None:
    made = await admin.post("/destinations", SPEC, 201)
    for role in (Role.viewer, Role.editor):
        caller = await admin.key_of(role)
        seen = [await caller.get(f"/destinations/{made['id']}"), *(await caller.get("/destinations"))["data"]]
        assert {one["url"] for one in seen} == {"https://example.com/…"}
    assert "s3cret" not in str(await admin.get("/events"))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"kind": "pigeon"}, "kind"),
        ({"url": "http://example.com/"}, "url"),
        ({"url": "https://ann:secret@example.com/"}, "url"),
        ({"url": ""}, "url"),
        ({"events": []}, "events"),
        ({"events": ["no.such"]}, "events"),
        ({"events": "*"}, "events"),
        ({"format": "xml"}, "format"),
        ({"verification": "phone"}, "verification"),
        ({"headers": {"Host": "x"}}, "headers.Host"),
        ({"headers": {"webhook-id": "x"}}, "headers.webhook-id"),
        ({"headers": {"X": "a\r\nB: c"}}, "headers.X"),
        ({"headers": {"x": "a", "X": "b"}}, "headers.X"),
        ({"options": {"order_key": "a.["}}, "options.order_key"),
        ({"options": {"concurrency": 0}}, "options.concurrency"),
        ({"options": {"no_such": 1}}, "options.no_such"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_what_cannot_be_used_names_its_field(admin: Any, change: dict[str, Any], field: str) -> None:
    refused = await admin.post("/destinations", {**SPEC, **change}, 422)
    assert refused["error"]["field"] == field
    made = await admin.post("/destinations", SPEC, 201)
    refused = await admin.call("PATCH", f"/destinations/{made['id']}", 422, json=change)
    assert refused["error"]["field"] == field


async def test_headers_go_with_the_address_they_were_given_for(admin: Any) -> None:
    made = await admin.post("/destinations", SPEC, 201)
    at = f"/destinations/{made['id']}"
    same = await admin.call("PATCH", at, json={"url": "https://example.com/elsewhere"})
    assert same["header_names"] == ["X-Key"]
    moved = await admin.call("PATCH", at, json={"url": "https://evil.example/"})
    assert moved["header_names"] == []


async def test_an_event_is_delivered_and_its_course_can_be_read(admin: Any) -> None:
    made = await admin.post("/destinations", {**TOPIC, "events": ["flow.created"]}, 201)
    flow = await admin.post("/flows", {"format": 1, "name": "Seen"}, 201)
    row = await delivered(admin, made["id"], "flow.created")
    assert (row["status"], row["attempts"]) == ("delivered", 1)
    whole = await admin.get(f"/deliveries/{row['id']}")
    assert whole["event"]["data"]["flow"]["id"] == flow["id"]
    assert [one["kind"] for one in whole["tries"]] == ["ok"]
    assert whole["event_id"] == whole["event"]["id"]
    counted = await admin.get(f"/destinations/{made['id']}/statistics?hours=1")
    assert (counted["delivered"], counted["success_rate"]) == (1, 1.0)
    assert sum(bucket["delivered"] for bucket in counted["buckets"]) == 1


async def test_a_delivery_is_sent_again_one_and_a_range(admin: Any) -> None:
    made = await admin.post("/destinations", {**TOPIC, "events": ["flow.created"]}, 201)
    await admin.post("/flows", {"format": 1, "name": "Seen"}, 201)
    row = await delivered(admin, made["id"], "flow.created")
    again = await admin.post(f"/deliveries/{row['id']}/resend", status=202)
    assert (again["id"], again["event_id"]) == (row["id"], row["event_id"])
    await shows(admin, f"/deliveries/{row['id']}", lambda shown: len(shown["tries"]) == 2)
    assert (await admin.get(f"/deliveries/{row['id']}"))["tries"][1]["manual"] is True
    body = {"since": "2020-01-01T00:00:00Z", "only": "all"}
    replay = await admin.post(f"/destinations/{made['id']}/replay", body, 202)
    assert replay["total"] == 1
    replays = f"/destinations/{made['id']}/replays"
    await shows(admin, replays, lambda shown: shown["data"][0]["state"] == "finished")


async def test_what_is_held_is_released_or_discarded(admin: Any) -> None:
    made = await admin.post("/destinations", {**TOPIC, "events": ["flow.created"]}, 201)
    at = f"/destinations/{made['id']}"
    await admin.post(f"{at}/disable")
    for name in "ab":
        await admin.post("/flows", {"format": 1, "name": name}, 201)
    await shows(admin, at, lambda shown: shown["held"] == 2)
    await admin.post(f"{at}/enable")
    assert await admin.post(f"{at}/release") == {"count": 2}
    await shows(admin, f"{at}/deliveries?status=delivered", lambda shown: len(shown["data"]) == 2)
    assert await admin.post(f"{at}/discard") == {"count": 0}


async def test_a_test_sends_a_sample_and_stores_no_delivery(admin: Any) -> None:
    made = await admin.post("/destinations", {**TOPIC, "events": ["user.signed.in"]}, 201)
    at = f"/destinations/{made['id']}"
    told = await admin.post(f"{at}/test", {"event": "flow.run.finished", "variant": "failed"})
    assert told["ok"] and '"FAILED"' in told["sent"].replace(" ", "")
    assert (await admin.get(f"{at}/deliveries"))["data"] == []
    for body, field in (
        ({"event": "no.such"}, "event"),
        ({"event": "flow.created", "variant": "x"}, "variant"),
    ):
        assert (await admin.post(f"{at}/test", body, 422))["error"]["field"] == field


async def test_another_projects_events_go_nowhere_else(admin: Any) -> None:
    """By destination, delivery, statistics, replay and event: nothing of the one is seen in the other."""
    other = await admin.sy.access.projects.create(Actor.system(), "Other")
    stranger = await admin.key_of(Role.admin, other.id)
    mine = await admin.post("/destinations", TOPIC, 201)
    theirs = await stranger.post("/destinations", TOPIC, 201)
    flow = await admin.post("/flows", {"format": 1, "name": "Very secret plans"}, 201)
    row = await delivered(admin, mine["id"], "flow.created")
    await stranger.post("/flows", {"format": 1, "name": "Theirs"}, 201)
    await delivered(stranger, theirs["id"], "flow.created")
    seen = [
        await stranger.get(path)
        for path in (
            "/destinations", f"/destinations/{theirs['id']}/deliveries", "/events?limit=200",
            f"/destinations/{theirs['id']}/statistics",
        )
    ]  # fmt: skip
    assert flow["id"] not in str(seen) and mine["id"] not in str(seen) and admin.project.id not in str(seen)
    names = []
    for one in seen[1]["data"]:
        whole = await stranger.get(f"/deliveries/{one['id']}")
        names.append(whole["event"].get("projectId"))
    assert set(names) == {other.id}
    for method, path, body in (
        ("GET", f"/destinations/{mine['id']}", None),
        ("GET", f"/destinations/{mine['id']}/deliveries", None),
        ("GET", f"/destinations/{mine['id']}/statistics", None),
        ("GET", f"/destinations/{mine['id']}/replays", None),
        ("GET", f"/destinations/{mine['id']}/keys", None),
        ("GET", f"/deliveries/{row['id']}", None),
        ("POST", f"/deliveries/{row['id']}/resend", None),
        ("POST", f"/destinations/{mine['id']}/release", None),
        ("POST", f"/destinations/{mine['id']}/discard", None),
        ("POST", f"/destinations/{mine['id']}/test", {"event": "flow.created"}),
        ("POST", f"/destinations/{mine['id']}/replay", {"since": "2020-01-01T00:00:00Z"}),
        ("PATCH", f"/destinations/{mine['id']}", {"name": "x"}),
        ("DELETE", f"/destinations/{mine['id']}", None),
    ):
        await stranger.call(method, path, 404, **({} if body is None else {"json": body}))


async def test_a_key_of_a_project_finds_no_destination_of_the_platform(admin: Any) -> None:
    made = await admin.sy.destinations.create(Actor.system(), None, TOPIC)
    await admin.get(f"/destinations/{made.record.id}", 404)
    assert (await admin.get("/destinations"))["data"] == []


async def test_a_flow_of_another_project_is_no_target(admin: Any) -> None:
    other = await admin.sy.access.projects.create(Actor.system(), "Other")
    flow = await admin.post("/flows", {"format": 1, "name": "Mine"}, 201)
    stranger = await admin.key_of(Role.admin, other.id)
    spec = {"name": "x", "kind": "flow", "url": flow["id"], "events": ["*"]}
    assert (await stranger.post("/destinations", spec, 422))["error"]["field"] == "url"
