"""The Users page of platform admins, and that it is theirs alone."""

import re
from typing import Any

import pytest

from engine.base.actor import Role
from tests.conftest import PASSWORD
from tests.ui.access.browser import Browser, signed_in

pytestmark = pytest.mark.asyncio(loop_scope="module")

AT = "/platform/users"


async def boss(instance: Any, email: str) -> Browser:
    return Browser(instance, email, await instance.cookie_of(email, platform=True))


async def user_id(instance: Any, browser: Browser) -> str:
    return str((await instance.sy.access.sessions.visit(browser.token)).actor.user_id)


async def test_a_user_is_invited_by_a_link_that_is_shown_once(instance: Any) -> None:
    admin = await boss(instance, "boss1@example.com")
    answer = await admin.post(AT, 200, email="new@example.com", name="New Person")
    link = re.search(r'<code id="link"[^>]*>[^<]*(/setup/\w+)</code>', answer.text)
    assert link and "Sign-in link for new@example.com" in answer.text
    listed = await admin.get(AT)
    assert "new@example.com" in listed and "invited" in listed and "/setup/" not in listed
    form = {"password": PASSWORD, "again": PASSWORD}
    entered = await instance.http.post(link[1], data=form, headers={"Sec-Fetch-Site": "same-origin"})
    assert entered.status_code == 303
    instance.http.cookies.clear()


@pytest.mark.parametrize(
    ("form", "field"),
    [({"email": "nobody"}, "email"), ({"email": "boss2@example.com"}, "email"),
     ({"email": "x@example.com", "name": "a\0b"}, "name")],
)  # fmt: skip
async def test_an_invitation_that_is_refused_says_why_at_the_field(
    instance: Any, form: dict[str, str], field: str
) -> None:
    admin = await signed_in_once(instance, "boss2@example.com")
    page = (await admin.post(AT, 409 if form["email"].startswith("boss2") else 422, **form)).text
    assert f'id="e-{field}"' in page and f'value="{form["email"]}"' in page


_known: dict[str, Browser] = {}


async def signed_in_once(instance: Any, email: str) -> Browser:
    if email not in _known:
        _known[email] = await boss(instance, email)
    return _known[email]


async def test_a_user_is_disabled_enabled_granted_and_reset(instance: Any) -> None:
    admin, ben = await boss(instance, "boss3@example.com"), await signed_in(instance, "ben@example.com")
    at = f"{AT}/{await user_id(instance, ben)}"
    await admin.post(f"{at}/enabled", enabled="no")
    assert not await ben.is_signed_in() and "disabled" in await admin.get(at)
    assert "Enable them first" in (await admin.post(f"{at}/reset", 409)).text
    await admin.post(f"{at}/enabled", enabled="yes")
    await admin.post(f"{at}/admin", admin="yes")
    assert "platform admin</span>" in await admin.get(at)
    await admin.post(f"{at}/admin", admin="no")
    await admin.post(at, name="Ben Y.")
    assert "<h1>Ben Y.</h1>" in await admin.get(at)
    shown = (await admin.post(f"{at}/reset", 200)).text
    assert "/setup/" in shown and "/setup/" not in await admin.get(at)
    for wrong in ("", "maybe"):
        await admin.post(f"{at}/enabled", 422, enabled=wrong)
        await admin.post(f"{at}/admin", 422, admin=wrong)


async def test_a_user_is_removed_after_a_question(instance: Any) -> None:
    admin, ben = await boss(instance, "boss4@example.com"), await signed_in(instance, "gone@example.com")
    at = f"{AT}/{await user_id(instance, ben)}"
    assert "This cannot be undone" in await admin.get(f"{at}/delete")
    await admin.post(f"{at}/delete", 422)
    assert await ben.is_signed_in()
    answer = await admin.post(f"{at}/delete", sure="yes")
    assert answer.headers["location"] == f"{AT}?saved=removed"
    assert not await ben.is_signed_in()
    await admin.get(at, 404)
    assert "gone@example.com" not in await admin.get(AT)


@pytest.mark.parametrize("role", [None, *Role])
async def test_nobody_but_a_platform_admin_gets_there(instance: Any, role: Role | None) -> None:
    email = f"role-{role}@example.com"
    eve = Browser(instance, email, await instance.cookie_of(email, role))
    me = await user_id(instance, eve)
    before = await instance.rows()
    for path in (AT, f"{AT}/{me}", f"{AT}/{me}/delete"):
        await eve.get(path, 403)
    for path, form in (
        (AT, {"email": "mine@example.com", "platform_admin": "yes"}),
        (f"{AT}/{me}", {"name": "Boss"}),
        (f"{AT}/{me}/reset", {}),
        (f"{AT}/{me}/admin", {"admin": "yes"}),
        (f"{AT}/{me}/enabled", {"enabled": "no"}),
        (f"{AT}/{me}/delete", {"sure": "yes"}),
    ):
        await eve.post(path, 403, **form)
    assert await instance.rows() == before
