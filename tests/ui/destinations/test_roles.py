"""Who sees and does what with destinations, page by page; and nothing of another project for anybody."""

import re
from typing import Any

import pytest

from engine.base.actor import Actor, Role
from tests.support.waiting import stored

pytestmark = pytest.mark.asyncio(loop_scope="module")

OURS = {"Sec-Fetch-Site": "same-origin"}
SPEC = {
    "name": "Desk", "kind": "webhook", "url": "https://hooks.example.com/T0?token=s3cret",
    "events": ["user.signed.in"], "headers": {"X-Key": "hunter2"},
}  # fmt: skip


async def page(instance: Any, cookie: str, path: str, status: int = 200, **form: Any) -> str:
    """A page as somebody sees it, or what a form of theirs is answered."""
    headers = {**OURS, "Cookie": f"switchyard_session={cookie}"}
    method = "POST" if form else "GET"
    answer = await instance.http.request(method, path, headers=headers, **({"data": form} if form else {}))
    instance.http.cookies.clear()
    assert answer.status_code == status, answer.text[:2000]
    return str(answer.text)


async def test_only_admins_see_the_whole_address_and_what_changes_it(instance: Any) -> None:
    made = await instance.api("POST", "/destinations", SPEC, 201)
    at = f"/p/{instance.project.id}/destinations/{made['id']}"
    seen = {}
    for role in Role:
        cookie = await instance.cookie_of(f"{role}-sees@example.com", role)
        listed = await page(instance, cookie, at.rpartition("/")[0])
        shown = await page(instance, cookie, at)
        signing = await page(instance, cookie, f"{at}/signing")
        seen[role] = shown
        assert "s3cret" not in listed and "hunter2" not in listed + shown + signing
        assert "s3cret" not in shown and ("T0?token=••••" in shown) is (role is Role.admin)
        assert ("New destination" in listed) is (role is Role.admin)
        assert ("Rotate keys" in signing) is (role is Role.admin)
        may = {"edit": 200 if role is Role.admin else 403, "test": 403 if role is Role.viewer else 200}
        for path, status in may.items():
            text = await page(instance, cookie, f"{at}/{path}", status)
            assert "hunter2" not in text and "s3cret" not in text
    assert "Disable" in seen[Role.admin] and "Disable" not in seen[Role.editor]
    assert "Resend a range" in seen[Role.editor] and "Resend a range" not in seen[Role.viewer]
    await instance.api("DELETE", f"/destinations/{made['id']}", status=204)


async def test_what_a_role_may_not_do_is_not_done(instance: Any) -> None:
    made = await instance.api("POST", "/destinations", SPEC, 201)
    at = f"/p/{instance.project.id}/destinations/{made['id']}"
    viewer = await instance.cookie_of("does-nothing@example.com", Role.viewer)
    editor = await instance.cookie_of("does-some@example.com", Role.editor)
    for path, form in (
        ("enabled", "enabled"),
        ("discard", "sure"),
        ("delete", "x"),
        ("signing", "x"),
        ("edit", "x"),
    ):
        for cookie in (viewer, editor):
            await page(instance, cookie, f"{at}/{path}", 403, **{form: "yes"})
    for path in ("test", "replay", "release"):
        await page(instance, viewer, f"{at}/{path}", 403, x="y")
    assert (await instance.api("GET", f"/destinations/{made['id']}"))["status"] == "active"
    await instance.api("DELETE", f"/destinations/{made['id']}", status=204)


async def test_a_member_sees_no_event_of_another_project(instance: Any) -> None:
    other = await instance.sy.access.projects.create(Actor.system(), "Elsewhere")
    stranger = await instance.cookie_of("elsewhere@example.com", Role.admin, other)
    topic = {"name": "Audit", "kind": "topic", "url": "audit", "events": ["flow.created"]}
    mine = await instance.api("POST", "/destinations", topic, 201)
    theirs = await instance.api("POST", "/destinations", topic, 201, await instance.key_of(Role.admin, other))
    await instance.api("POST", "/flows", {"format": 1, "name": "Very secret plans"}, 201)

    async def listed() -> Any:
        return (await instance.api("GET", f"/destinations/{mine['id']}/deliveries"))["data"]

    rows = await stored(instance.sy.db, listed)
    here, there = f"/p/{instance.project.id}", f"/p/{other.id}"
    for base in (here, there, "/platform"):
        status = 403 if base == "/platform" else 404
        await page(instance, stranger, f"{base}/destinations/{mine['id']}", status)
        await page(instance, stranger, f"{base}/destinations/{mine['id']}/deliveries/{rows[0]['id']}", status)
    own = f"{there}/destinations/{theirs['id']}"
    await page(instance, stranger, f"{own}/deliveries/{rows[0]['id']}", 404)
    await page(instance, stranger, f"{own}/deliveries/{rows[0]['id']}/resend", 404, x="y")
    told = [
        await page(instance, stranger, path) for path in (own, f"{there}/destinations", f"{there}/events")
    ]
    assert "Very secret plans" not in "".join(told) and rows[0]["event_id"] not in "".join(told)


async def test_a_circle_is_cut_and_told_on_the_run_and_in_the_list(instance: Any) -> None:
    made = await instance.api(
        "POST", "/handler-flows",
        {"catalogue": "switchyard", "events": ["flow.run.finished"], "publish": True}, 201,
    )  # fmt: skip
    flow_id = made["flow"]["id"]
    spec = {"name": "Own runs", "kind": "flow", "url": flow_id, "events": ["flow.run.finished"]}
    destination = await instance.api("POST", "/destinations", spec, 201)
    small = {
        "format": 1, "name": "Small", "start": None, "steps": {},
        "triggers": [{"name": "webhook", "piece": "webhook", "trigger": "catch",
                      "input": {"verify": {"scheme": "none"}}}],
    }  # fmt: skip
    other = await instance.publish(small)
    await instance.send(other["id"], {"a": 1})
    deliveries = f"/destinations/{destination['id']}/deliveries"

    async def settled() -> bool:
        shown = (await instance.api("GET", deliveries))["data"]
        return {one["status"] for one in shown} == {"delivered", "cut"}

    await stored(instance.sy.db, settled)
    runs = (await instance.api("GET", f"/runs?flow_id={flow_id}"))["data"]
    assert len(runs) == 1
    cookie = await instance.cookie_of("circle@example.com", Role.viewer)
    shown = await page(instance, cookie, f"/p/{instance.project.id}/runs/{runs[0]['id']}")
    assert re.search("circle", shown) and "destination" in shown
    listed = await page(
        instance, cookie, f"/p/{instance.project.id}/destinations/{destination['id']}?status=cut"
    )
    assert "circle" in listed
    await instance.api("DELETE", f"/destinations/{destination['id']}", status=204)
