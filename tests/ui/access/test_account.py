"""The Account page: what each form does, and that it does so for nobody else."""

import re
from typing import Any

import pytest
from starlette.responses import Response

from engine.base.settings import Settings
from engine.web.session_cookie import clear_session, cookie_name
from tests.conftest import PASSWORD
from tests.ui.access.browser import signed_in

pytestmark = pytest.mark.asyncio(loop_scope="module")

NEW = "another unusual phrase 43"
PROFILE = {"name": "Ann", "time_zone": "", "theme": "system"}


async def test_the_profile_is_saved_and_pages_show_times_and_colors_by_it(instance: Any) -> None:
    ann = await signed_in(instance, "profile@example.com")
    sent = {"name": "Ann S.", "time_zone": "Asia/Tokyo", "theme": "dark"}
    answer = await ann.post("/account/profile", **sent)
    assert answer.headers["location"] == "/account?saved=profile"
    assert "theme=dark" in answer.headers["set-cookie"]
    page = await ann.get("/account?saved=profile")
    assert 'data-theme="dark"' in page and 'data-zone="Asia/Tokyo"' in page
    assert "Profile saved." in page and 'value="Ann S."' in page and "Account of Ann S." in page
    assert re.search(r'<option value="Asia/Tokyo" selected>', page)
    (stored, shown) = re.search(
        r'<time datetime="\S+T(\d\d):\S+" title="\S+ (\d\d):\S+ Asia/Tokyo"', page
    ).groups()  # type: ignore[union-attr]
    assert int(shown) == (int(stored) + 9) % 24
    await ann.post("/account/profile", **{**sent, "theme": "system", "time_zone": ""})
    page = await ann.get("/account")
    assert "data-theme" not in page and "data-zone" not in page


@pytest.mark.parametrize(
    ("field", "value"), [("name", ""), ("name", "a\0b"), ("time_zone", "Mars/Olympus"), ("theme", "purple")]
)
async def test_a_profile_that_is_refused_says_why_at_the_field(instance: Any, field: str, value: str) -> None:
    ann = await signed_in(instance, f"refused-{field}-{len(value)}@example.com")
    page = (await ann.post("/account/profile", 422, **{**PROFILE, field: value})).text
    assert f'id="e-{field}"' in page


async def test_the_button_for_the_theme_is_remembered_for_the_user(instance: Any) -> None:
    ann = await signed_in(instance, "theme@example.com")
    await ann.post("/theme", theme="dark", next="/account")
    other = await ann.again()
    assert 'data-theme="dark"' in await other.get("/account")
    assert (
        "checked"
        in re.search(r'<input type="radio" name="theme" value="dark"[^>]*>', await other.get("/account"))[0]
    )  # type: ignore[index]


async def test_a_password_is_changed_and_the_other_sessions_end(instance: Any) -> None:
    ann = await signed_in(instance, "password@example.com")
    other = await ann.again()
    for form, field in (
        ({"current": "wrong but long", "password": NEW, "again": NEW}, "current"),
        ({"current": PASSWORD, "password": "short", "again": "short"}, "password"),
        ({"current": PASSWORD, "password": NEW, "again": NEW + "x"}, "again"),
    ):
        page = (await ann.post("/account/password", 422, **form)).text
        assert f'id="e-{field}"' in page and NEW not in page and PASSWORD not in page
    answer = await ann.post("/account/password", current=PASSWORD, password=NEW, again=NEW)
    assert answer.headers["location"] == "/account?saved=password#password"
    assert await ann.is_signed_in() and not await other.is_signed_in()
    assert await (await ann.again(NEW)).is_signed_in()


async def test_who_guesses_the_current_password_too_often_has_to_wait(instance: Any) -> None:
    ann = await signed_in(instance, "guesses@example.com")
    form = {"current": "wrong but long", "password": NEW, "again": NEW}
    for _ in range(5):
        await ann.post("/account/password", 422, **form)
    answer = await ann.post("/account/password", 429, **form)
    assert int(answer.headers["retry-after"]) > 0 and "Too many attempts" in answer.text


async def test_sessions_are_listed_and_each_can_be_signed_out(instance: Any) -> None:
    ann = await signed_in(instance, "sessions@example.com")
    other, third = await ann.again(), await ann.again()
    page = await ann.get("/account")
    assert page.count("Firefox on Linux</b>") == 2 and page.count("this session") == 1 and "192.0.2.7" in page
    for ending in re.findall(r'action="(/account/sessions/\w+/end)"', page):
        await ann.post(ending)
    assert not await other.is_signed_in() and not await third.is_signed_in()
    assert await ann.is_signed_in()


async def test_nobody_ends_a_session_of_somebody_else(instance: Any) -> None:
    ann, ben = await signed_in(instance, "ann@example.com"), await signed_in(instance, "ben@example.com")
    actor = (await instance.sy.access.sessions.visit(ann.token)).actor
    (session,) = await instance.sy.access.sessions.list(actor.user_id)
    await ben.post(f"/account/sessions/{session.id}/end", 404)
    assert await ann.is_signed_in()


async def test_signing_out_everywhere_leaves_this_session_or_none(instance: Any) -> None:
    ann = await signed_in(instance, "everywhere@example.com")
    other = await ann.again()
    await ann.post("/account/sessions/end", 422)
    assert await other.is_signed_in()
    await ann.post("/account/sessions/end", which="others")
    assert await ann.is_signed_in() and not await other.is_signed_in()
    answer = await ann.post("/account/sessions/end", which="all")
    assert answer.headers["location"] == "/sign-in" and not await ann.is_signed_in()
    assert answer.headers["clear-site-data"] == '"cache", "storage"'


async def test_signing_out_clears_what_the_browser_stored(instance: Any) -> None:
    ann = await signed_in(instance, "clears@example.com")
    answer = await ann.post("/sign-out")
    assert answer.headers["clear-site-data"] == '"cache", "storage"'
    assert not await ann.is_signed_in()


async def test_over_https_a_cookie_is_named_so_that_no_other_host_can_set_it() -> None:
    secure = Settings(public_url="https://sy.example.com")
    response = Response()
    clear_session(response, secure)
    assert cookie_name(secure) == "__Host-switchyard_session"
    cleared = response.headers["set-cookie"]
    assert cleared.startswith('__Host-switchyard_session=""; ')
    assert "Path=/" in cleared and "Secure" in cleared and "Domain" not in cleared
