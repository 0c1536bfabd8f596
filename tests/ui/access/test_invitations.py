"""Invitations on the pages: the link that is shown once, the mail, and what whoever opens it can do."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from engine.access.rate_limiter import Throttle
from engine.base.actor import Role
from engine.base.version import version
from tests.conftest import PASSWORD, Instance, Serve
from tests.support.mail_server import MailServer, mail_server
from tests.ui.access.browser import OURS, Browser, signed_in

FORM = {"name": "Ben", "password": PASSWORD, "again": PASSWORD}


@pytest.fixture
async def mail() -> AsyncIterator[MailServer]:
    async with mail_server() as made:
        yield made


@pytest.fixture
async def place(serve: Serve, tmp_path: Path, mail: MailServer) -> AsyncIterator[Instance]:
    """An instance that sends mail."""
    given = {"smtp_url": f"smtp://127.0.0.1:{mail.port}", "mail_from": "yard@example.com"}
    async with serve(tmp_path, **given) as made:
        yield made


@pytest.fixture
async def silent(serve: Serve, tmp_path: Path) -> AsyncIterator[Instance]:
    """An instance that sends none."""
    async with serve(tmp_path) as made:
        yield made


async def admin_of(instance: Instance) -> Browser:
    return Browser(instance, "admin@example.com", await instance.cookie_of("admin@example.com", Role.admin))


async def invite(browser: Browser, email: str, role: str = "viewer") -> tuple[str, str]:
    """The page after inviting somebody, and the path of the link on it."""
    at = f"/p/{browser.instance.project.id}/settings"
    page = (await browser.post(f"{at}/members", 200, email=email, role=role)).text
    link = re.search(r'<code id="invitation"[^>]*>[^<]*(/invitations/\w+)</code>', page)
    assert link, page
    assert link[1] not in await browser.get(at)
    return page, link[1]


async def opened(instance: Instance, method: str, path: str, **sent: Any) -> Any:
    """What somebody gets who is not signed in."""
    answer = await instance.http.request(method, path, headers=OURS, **sent)
    instance.http.cookies.clear()
    return answer


async def test_who_is_invited_without_an_account_joins_by_the_link(silent: Instance) -> None:
    admin = await admin_of(silent)
    page, link = await invite(admin, "ben@example.com", "editor")
    assert "Send them this link" in page and "Sent by e-mail" not in page
    shown = (await opened(silent, "GET", link)).text
    assert "Create your account as ben@example.com. Your role will be editor." in shown
    refused = await opened(silent, "POST", link, data={**FORM, "again": "another one"})
    assert refused.status_code == 422 and 'id="e-again"' in refused.text
    entered = await opened(silent, "POST", link, data=FORM)
    assert entered.headers["location"] == f"/p/{silent.project.id}/home"
    ben = Browser(silent, "ben@example.com", entered.cookies["switchyard_session"])
    await ben.get(f"/p/{silent.project.id}/flows")
    assert (await opened(silent, "GET", link)).status_code == 404


async def test_who_has_an_account_is_a_member_at_once_and_needs_no_invitation(silent: Instance) -> None:
    admin, ben = await admin_of(silent), await signed_in(silent, "ben@example.com")
    at = f"/p/{silent.project.id}/settings"
    await admin.post(f"{at}/members", email=ben.email, role="viewer")
    await ben.get(at)


async def test_an_invitation_by_the_api_lets_a_user_join_who_is_signed_in(silent: Instance) -> None:
    ben, eve = await signed_in(silent, "ben@example.com"), await signed_in(silent, "eve@example.com")
    made = await silent.api("POST", "/invitations", {"email": "ben@example.com", "role": "viewer"}, 201)
    assert made["mail"] is None
    link = made["url"].removeprefix(silent.sy.settings.base_url)
    shown = (await opened(silent, "GET", link)).text
    assert "Sign in as ben@example.com" in shown and "/sign-in?next=%2Finvitations%2F" in shown
    assert (await opened(silent, "POST", link, data=FORM)).status_code == 409
    assert "You are signed in as eve@example.com" in await eve.get(link)
    await eve.post(link, 403)
    assert "Join project" in await ben.get(link)
    await ben.post(link)
    await ben.get(f"/p/{silent.project.id}/flows")
    await eve.get(f"/p/{silent.project.id}/flows", 404)


async def test_an_invitation_is_listed_and_withdrawn(silent: Instance) -> None:
    admin = await admin_of(silent)
    _, link = await invite(admin, "ben@example.com")
    (listed,) = (await silent.api("GET", "/invitations"))["data"]
    page = await admin.get(f"/p/{silent.project.id}/settings")
    (form,) = re.findall(r'action="(/p/\w+/settings/invitations/\w+/delete)"', page)
    assert listed["id"] in form
    await admin.post(form)
    assert (await opened(silent, "GET", link)).status_code == 404
    await silent.api("DELETE", f"/invitations/{listed['id']}", status=404)


@pytest.mark.parametrize("role", [Role.viewer, Role.editor])
async def test_who_is_no_admin_invites_nobody_and_sees_no_invitation(silent: Instance, role: Role) -> None:
    admin = await admin_of(silent)
    await invite(admin, "ben@example.com")
    eve = Browser(silent, "eve@example.com", await silent.cookie_of("eve@example.com", role))
    at = f"/p/{silent.project.id}/settings"
    await eve.post(f"{at}/members", 403, email="mallory@example.com", role="admin")
    assert "ben@example.com" not in await eve.get(at)
    key = await silent.key_of(role)
    for method, path, body in (
        ("GET", "/invitations", None),
        ("POST", "/invitations", {"email": "mallory@example.com", "role": "admin"}),
        ("DELETE", "/invitations/inv_none", None),
    ):
        await silent.api(method, path, body, 403, key)


async def test_links_are_sent_by_mail_where_a_server_is_set_up(place: Instance, mail: MailServer) -> None:
    admin = await admin_of(place)
    page, link = await invite(admin, "ben@example.com")
    assert "Sent by e-mail" in page
    boss = Browser(place, "boss@example.com", await place.cookie_of("boss@example.com", platform=True))
    await boss.post("/platform/users", 200, email="new@example.com")
    made = await place.api("POST", "/invitations", {"email": "cy@example.com"}, 201)
    assert made["mail"] == "sent"
    assert [one["To"] for one in mail.received] == ["ben@example.com", "new@example.com", "cy@example.com"]
    assert mail.received[0]["Subject"] == "admin@example.com invited you to Default on Switchyard"
    assert link in mail.received[0].get_content() and "/setup/" in mail.received[1].get_content()
    assert made["url"] in mail.received[2].get_content()


async def test_a_link_that_could_not_be_mailed_is_shown_with_the_reason(
    place: Instance, mail: MailServer
) -> None:
    mail.refuse["ben@example.com"] = "550 no such mailbox"
    page, _ = await invite(await admin_of(place), "ben@example.com")
    assert "The mail could not be sent." in page and "550 no such mailbox" in page


async def test_a_project_mails_so_many_invitations_and_then_shows_links_only(
    place: Instance, mail: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place.sy.access.link_mail, "_invitations", Throttle(1, 3600))
    for email, outcome in (("ben@example.com", "sent"), ("cy@example.com", "many invitations")):
        made = await place.api("POST", "/invitations", {"email": email}, 201)
        assert outcome in made["mail"] and made["url"]
    assert [one["To"] for one in mail.received] == ["ben@example.com"]


async def test_a_platform_admin_tests_the_mail(place: Instance, mail: MailServer) -> None:
    boss = Browser(place, "boss@example.com", await place.cookie_of("boss@example.com", platform=True))
    await boss.post("/platform/settings/mail")
    assert "Test mail sent to boss@example.com" in await boss.get("/platform/settings?sent=1")
    assert mail.received[0]["Subject"] == "Test mail from Switchyard"
    mail.refuse["boss@example.com"] = "550 no such mailbox"
    refused = (await boss.post("/platform/settings/mail", 422)).text
    assert "550 no such mailbox" in refused
    events = (await place.sy.audit.list(_tested())).data
    assert len(events) == 2
    admin = await admin_of(place)
    await admin.post("/platform/settings/mail", 403)


def _tested() -> Any:
    from engine.events.audit_log import narrowed

    return narrowed(None, actions=["mail.tested"])


async def test_without_a_server_the_page_says_how_to_set_one_up(silent: Instance) -> None:
    boss = Browser(silent, "boss@example.com", await silent.cookie_of("boss@example.com", platform=True))
    page = await boss.get("/platform/settings")
    assert f"Switchyard {version()}" in page
    assert "SWITCHYARD_SMTP_URL" in page and "Send test email" not in page
    await boss.post("/platform/settings/mail", 422)


async def test_a_platform_admin_creates_and_deletes_a_key_of_the_platform(silent: Instance) -> None:
    boss = Browser(silent, "boss@example.com", await silent.cookie_of("boss@example.com", platform=True))
    page = (await boss.post("/platform/api-keys", 200, name="ops")).text
    key = re.search(r"sk_\w{43}", page)
    assert key and key[0] not in await boss.get("/platform/settings")
    await silent.api("GET", "/platform/users", key=key[0])
    await boss.post("/platform/api-keys", 422, name="")
    for form in re.findall(r'action="(/platform/api-keys/\w+/delete)"', await boss.get("/platform/settings")):
        await boss.post(form)
    await silent.api("GET", "/platform/users", status=401, key=key[0])
