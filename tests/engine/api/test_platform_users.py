"""The users of the instance, by an API key of the platform."""

from typing import Any

import pytest

from engine.base.actor import Actor
from engine.base.errors import NotFound
from tests.engine.access.world import OTHER, PASSWORD

AT = "/platform/users"


async def invited(admin: Any, email: str = "ben@example.com", **more: Any) -> Any:
    return await admin.post(AT, {"email": email, **more}, 201)


def token_of(link: dict[str, str]) -> str:
    return link["url"].rpartition("/setup/")[2]


async def test_a_user_is_invited_under_a_link_and_listed(admin: Any) -> None:
    made = await invited(admin, "Ben@Example.com", name="Ben Young", platform_admin=True)
    assert (made["email"], made["name"], made["pending"], made["platform_admin"]) == (
        "ben@example.com", "Ben Young", True, True,
    )  # fmt: skip
    session = await admin.sy.access.accounts.use_link(token_of(made["link"]), password=OTHER)
    assert (await admin.sy.access.sessions.visit(session)).actor.platform_admin
    (listed,) = (await admin.get(AT))["data"]
    assert listed == await admin.get(f"{AT}/{made['id']}")
    assert (listed["pending"], "link" in listed) == (False, False)


async def test_a_user_is_invited_once(admin: Any) -> None:
    await invited(admin)
    refused = await admin.post(AT, {"email": "BEN@example.com"}, 409)
    assert refused["error"]["field"] == "email"


async def test_a_sign_in_link_replaces_the_one_before_and_the_password(admin: Any) -> None:
    made = await invited(admin)
    link = await admin.post(f"{AT}/{made['id']}/reset")
    assert link["expires"] > made["created"]
    with pytest.raises(NotFound):
        await admin.sy.access.accounts.link(token_of(made["link"]))
    assert await admin.sy.access.accounts.use_link(token_of(link), password=PASSWORD)


async def test_a_disabled_user_is_out_and_can_be_enabled(admin: Any) -> None:
    made = await invited(admin)
    session = await admin.sy.access.accounts.use_link(token_of(made["link"]), password=OTHER)
    at = f"{AT}/{made['id']}"
    assert (await admin.post(f"{at}/disable"))["disabled"]
    assert not (await admin.sy.access.sessions.visit(session)).actor.user_id
    assert (await admin.post(f"{at}/reset", None, 409))["error"]["message"].endswith("Enable them first.")
    assert not (await admin.post(f"{at}/enable"))["disabled"]
    await admin.post(f"{at}/reset")


async def test_a_user_is_renamed_made_admin_and_removed(admin: Any) -> None:
    boss = await invited(admin, "boss@example.com", platform_admin=True)
    await admin.sy.access.accounts.use_link(token_of(boss["link"]), password=OTHER)
    made = await invited(admin)
    at = f"{AT}/{made['id']}"
    changed = await admin.call("PATCH", at, json={"name": "Ben Y.", "platform_admin": True})
    assert (changed["name"], changed["platform_admin"]) == ("Ben Y.", True)
    assert await admin.call("PATCH", at, json={}) == changed
    await admin.call("DELETE", at, 204)
    await admin.get(at, 404)
    with pytest.raises(NotFound):
        await admin.sy.access.accounts.link(token_of(made["link"]))


async def test_the_last_platform_admin_stays(admin: Any) -> None:
    boss = await invited(admin, "boss@example.com", platform_admin=True)
    await admin.sy.access.accounts.use_link(token_of(boss["link"]), password=OTHER)
    await invited(admin, "pending@example.com", platform_admin=True)  # who cannot sign in yet
    at = f"{AT}/{boss['id']}"
    for method, path, sent in (
        ("PATCH", at, {"json": {"platform_admin": False}}),
        ("POST", f"{at}/disable", {}),
        ("DELETE", at, {}),
    ):
        refused = await admin.call(method, path, 409, **sent)
        assert "last platform admin" in refused["error"]["message"]
    kept = await admin.get(at)
    assert kept["platform_admin"] and not kept["disabled"]


async def test_what_a_key_of_the_platform_does_is_told_with_its_name(admin: Any) -> None:
    await invited(admin)
    event = (await admin.sy.audit.list(events_of("user.invited"))).data[0]
    assert b'"apiKeyName":"test"' in event.replace(b": ", b":")


def events_of(action: str) -> Any:
    from engine.events.audit_log import narrowed

    return narrowed(None, actions=[action])


async def test_a_key_of_the_platform_says_so_where_it_is_no_use(admin: Any) -> None:
    headers = {"Authorization": f"Bearer {admin.platform_key}"}
    answer = await admin.http.get("/api/v1/flows", headers=headers)
    assert answer.status_code == 403
    assert answer.json()["error"]["message"] == "This is a platform API key. Use an API key of the project."


async def test_a_deleted_key_of_the_platform_stops_working_at_once(admin: Any) -> None:
    keys = admin.sy.access.keys
    (info,) = await keys.list(None)
    assert info.project_id is None and info.id not in {key.id for key in await keys.list(admin.project.id)}
    with pytest.raises(NotFound):
        await keys.delete(Actor.system(admin.project.id), info.id)
    await keys.delete(Actor.system(), info.id)
    await admin.get(AT, 401)


async def test_removing_a_user_takes_them_out_of_their_projects(admin: Any) -> None:
    made = await invited(admin)
    projects, system = admin.sy.access.projects, Actor.system(admin.project.id)
    await projects.add_member(system, made["email"], "editor")
    (membership,) = await admin.sy.access.users.memberships(system, made["id"])
    assert (membership.project_name, membership.role) == ("Default", "editor")
    await admin.call("DELETE", f"{AT}/{made['id']}", 204)
    assert await projects.members(admin.project.id) == []
    assert await admin.sy.audit.list(events_of("member.removed"))
