"""The page on which a project chooses what its admins are mailed about."""

import pytest

from engine.base.actor import Role
from tests.conftest import Instance
from tests.ui.access.browser import Browser

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_an_admin_chooses_kinds_and_a_quiet_period(instance: Instance) -> None:
    admin = Browser(instance, "adm@example.com", await instance.cookie_of("adm@example.com", Role.admin))
    at = f"/p/{instance.project.id}/notifications"
    page = await admin.get(at)
    assert "SWITCHYARD_SMTP_URL" in page and "adm@example.com" in page
    assert page.count(" checked") == 3
    await admin.post(at, kinds=["failed", "rejected"], quiet_minutes="15")
    page = await admin.get(f"{at}?saved=1")
    assert "Saved." in page and page.count(" checked") == 2
    assert '<option value="15" selected>' in page
    await instance.api("PUT", "/notifications", {"kinds": [], "quiet_minutes": 77})
    page = await admin.get(at)
    assert '<option value="77" selected>77 minutes' in page and " checked" not in page
    refused = await admin.post(at, 422, kinds="everything", quiet_minutes="15")
    assert "Choose among" in refused.text
    refused = await admin.post(at, 422, kinds="failed", quiet_minutes="x")
    assert "whole number" in refused.text


async def test_editors_neither_see_nor_change_it(instance: Instance) -> None:
    editor = Browser(instance, "ed@example.com", await instance.cookie_of("ed@example.com", Role.editor))
    at = f"/p/{instance.project.id}/notifications"
    await editor.post(at, 403, kinds="failed", quiet_minutes="15")
    assert f'href="{at}"' not in await editor.get(f"/p/{instance.project.id}/settings")
