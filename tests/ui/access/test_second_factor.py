"""Two-step sign-in on the pages, without a script."""

import re
from typing import Any

import pytest

from engine.access import totp
from tests.conftest import PASSWORD
from tests.ui.access.browser import OURS, Browser, signed_in

pytestmark = pytest.mark.asyncio(loop_scope="module")

AT = "/account/second-factor"
WRONG = "wrong but long"


def code_of(page: str, clock: Any) -> str:
    """The code that an app shows which has scanned the page."""
    import base64

    key = re.search(r'<code id="totp-key"[^>]*>([A-Z2-7 ]+)</code>', page)
    assert key
    return totp.code(base64.b32decode(key[1].replace(" ", "")), int(clock.now() // totp.STEP))


async def turned_on(browser: Browser) -> list[str]:
    """Set it up; the recovery codes."""
    from engine.base import clock

    await browser.post(AT, current=PASSWORD)
    page = (await browser.post(f"{AT}/confirm", 200, code=code_of(await browser.get(AT), clock))).text
    codes = re.findall(r"\b[a-z2-7]{4}(?:-[a-z2-7]{4}){3}\b", page)
    assert len(codes) == 10
    return codes


async def first_step(browser: Browser, there: str = "/account") -> dict[str, str]:
    """Sign in with the password; the cookies that the second step needs."""
    http = browser.instance.http
    form = {"email": browser.email, "password": PASSWORD, "next": there}
    answer = await http.post("/sign-in", data=form, headers=OURS)
    http.cookies.clear()
    assert answer.status_code == 303 and answer.headers["location"].startswith("/sign-in/code")
    assert "switchyard_session" not in answer.cookies
    return dict(answer.cookies)


async def second_step(browser: Browser, cookies: dict[str, str], code: str) -> Any:
    http = browser.instance.http
    sent = "; ".join(f"{name}={value}" for name, value in cookies.items())
    form = {"code": code, "next": "/account"}
    answer = await http.post("/sign-in/code", data=form, headers={**OURS, "Cookie": sent})
    http.cookies.clear()
    return answer


async def test_it_is_set_up_by_a_picture_and_asked_for_at_the_next_sign_in(instance: Any) -> None:
    ann = await signed_in(instance, "ann@example.com")
    assert "Set up" in await ann.get(AT) and "Set up two-step sign-in" in await ann.get("/account")
    for wrong in ("", WRONG):
        assert 'id="e-f-begin"' in (await ann.post(AT, 422, current=wrong)).text
    await ann.post(AT, current=PASSWORD)
    answer = await ann.send("GET", AT, 200)
    assert re.search(r'<svg [^>]*class="qr"', answer.text) and "style=" not in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert 'id="e-code"' in (await ann.post(f"{AT}/confirm", 422, code="000000")).text
    codes = await turned_on(ann)
    page = await ann.get(AT)
    assert "10 recovery codes left" in page and not any(code in page for code in codes)
    cookies = await first_step(ann)
    refused = await second_step(ann, cookies, "000000")
    assert refused.status_code == 422 and 'id="e-code"' in refused.text
    entered = await second_step(ann, cookies, codes[0])
    assert (entered.status_code, entered.headers["location"]) == (303, "/account")
    again = Browser(instance, ann.email, entered.cookies["switchyard_session"])
    assert re.search(r"9 recovery\s+codes left", await again.get("/account"))


async def test_the_second_step_without_the_first_leads_back_to_it(instance: Any) -> None:
    ann = await signed_in(instance, "no-first@example.com")
    answer = await instance.http.get("/sign-in/code", headers=OURS)
    assert answer.headers["location"] == "/sign-in"
    refused = await second_step(ann, {"switchyard_sign_in": "x"}, "000000")
    assert refused.status_code == 422 and "Start again" in refused.text


async def test_recovery_codes_are_replaced_and_it_is_turned_off_by_the_password(instance: Any) -> None:
    ann = await signed_in(instance, "off@example.com")
    old = await turned_on(ann)
    assert 'id="e-f-codes"' in (await ann.post(f"{AT}/codes", 422, current=WRONG)).text
    page = (await ann.post(f"{AT}/codes", 200, current=PASSWORD)).text
    assert "Your recovery codes" in page and not any(code in page for code in old)
    assert 'id="e-f-off"' in (await ann.post(f"{AT}/off", 422, current=WRONG)).text
    answer = await ann.post(f"{AT}/off", current=PASSWORD)
    assert answer.headers["location"].startswith("/account?saved=second_factor_off")
    assert await (await ann.again()).is_signed_in()
    await ann.post(f"{AT}/codes", 409, current=PASSWORD)
    await ann.post(f"{AT}/confirm", 409, code="123456")


async def test_a_sign_in_link_asks_for_a_code_as_well(instance: Any) -> None:
    from engine.base.actor import Actor

    ann = await signed_in(instance, "link@example.com")
    codes = await turned_on(ann)
    user = str((await instance.sy.access.sessions.visit(ann.token)).actor.user_id)
    link = await instance.sy.access.users.reset_link(Actor.system(), user)
    form = {"password": PASSWORD, "again": PASSWORD}
    answer = await instance.http.post(f"/setup/{link}", data=form, headers=OURS)
    instance.http.cookies.clear()
    assert answer.headers["location"] == "/sign-in/code" and "switchyard_session" not in answer.cookies
    entered = await second_step(ann, dict(answer.cookies), codes[0])
    assert entered.status_code == 303 and "switchyard_session" in entered.cookies


async def test_a_platform_admin_turns_it_off_for_a_user_and_nobody_else_does(instance: Any) -> None:
    boss = Browser(instance, "boss@example.com", await instance.cookie_of("boss@example.com", platform=True))
    ann, eve = await signed_in(instance, "lost@example.com"), await signed_in(instance, "eve@example.com")
    await turned_on(ann)
    user = str((await instance.sy.access.sessions.visit(ann.token)).actor.user_id)
    at = f"/platform/users/{user}"
    await eve.post(f"{at}/second-factor/off", 403)
    assert "second-factor/off" in await boss.get(at)
    await boss.post(f"{at}/second-factor/off")
    assert "second-factor/off" not in await boss.get(at)
    assert await (await ann.again()).is_signed_in()


async def test_a_key_of_the_platform_turns_it_off_with_a_reset(instance: Any) -> None:
    ann = await signed_in(instance, "api@example.com")
    await turned_on(ann)
    user = str((await instance.sy.access.sessions.visit(ann.token)).actor.user_id)
    at = f"/platform/users/{user}"
    await instance.api("POST", f"{at}/reset")
    assert (await instance.api("GET", at))["second_factor"]
    await instance.api("POST", f"{at}/reset", {"second_factor": True})
    assert not (await instance.api("GET", at))["second_factor"]
