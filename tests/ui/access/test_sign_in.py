"""Getting in: the one-time link of the first admin, refused passwords, too many attempts."""

import asyncio
import contextlib
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from engine.base.settings import Settings
from tests.support.waiting import DEADLINE, polled
from tests.ui.conftest import ORIGIN, _Server
from ui.app import make_app

EMAIL, GOOD = "grace@example.com", "four unusual words here"


@contextlib.contextmanager
def serving(data: Path) -> Iterator[tuple[str, str]]:
    """A new instance without anybody: its address, and the link of the first admin."""
    links: list[str] = []

    async def started(switchyard: Any) -> None:
        links.append(await switchyard.access.setup_url())

    settings = Settings(data_dir=data, durability="fast", public_url="")
    app = make_app(settings, started=started)
    server = _Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    polled(lambda: server.started or not thread.is_alive())
    assert server.started, "the server did not start"
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}", "/setup/" + links[0].rpartition("/")[2]
    finally:
        server.should_exit = True
        thread.join(DEADLINE)


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    with serving(tmp_path_factory.mktemp("new")) as made:
        yield made


def browser(origin: str) -> httpx.Client:
    return httpx.Client(base_url=origin, headers=ORIGIN, timeout=DEADLINE)


def test_the_sign_in_page_of_a_new_instance_says_where_the_set_up_link_is(tmp_path: Path) -> None:
    with serving(tmp_path) as (origin, link), browser(origin) as client:
        page = client.get("/sign-in").text
        assert "Set up Switchyard" in page and "switchyard serve" in page
        assert "Password" not in page and link not in page
        form = {"email": EMAIL, "name": "Grace", "password": GOOD, "again": GOOD}
        assert client.post(link, data=form).status_code == 303
        with browser(origin) as stranger:
            page = stranger.get("/sign-in").text
        assert "Set up Switchyard" not in page and "Password" in page


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"email": "no e-mail", "password": GOOD, "again": GOOD}, "email"),
        ({"email": EMAIL, "password": "short", "again": "short"}, "password"),
        ({"email": EMAIL, "password": "password1234", "again": "password1234"}, "password"),
        ({"email": EMAIL, "password": EMAIL, "again": EMAIL}, "password"),
        ({"email": EMAIL, "password": GOOD, "again": GOOD + "x"}, "again"),
        ({"again": ""}, "email"),
    ],
)
def test_a_first_admin_that_cannot_be_is_told_why_at_the_field(
    new: tuple[str, str], form: dict[str, str], field: str
) -> None:
    origin, link = new
    with browser(origin) as client:
        answer = client.post(link, data=form)
        assert answer.status_code == 422 and "switchyard_session" not in client.cookies
        assert re.search(rf'name="{field}"[^>]*aria-invalid="true"', answer.text)
        assert form.get("password", "none was given") not in re.sub(r'value="[^"]*@[^"]*"', "", answer.text)


def test_the_rules_of_a_password_stand_on_the_page(new: tuple[str, str]) -> None:
    with browser(new[0]) as client:
        assert "At least 10 characters" in client.get(new[1]).text


def test_an_unknown_link_says_that_it_is_over(new: tuple[str, str]) -> None:
    with browser(new[0]) as client:
        for path in ("/setup/x", "/setup/" + "a" * 500):
            answer = client.get(path, headers={"Accept": "text/html"})
            assert answer.status_code == 404 and "used or has expired" in answer.text


def test_who_guesses_too_often_is_told_how_long_to_wait(tmp_path: Path) -> None:
    with serving(tmp_path) as (origin, _), browser(origin) as client:
        for _ in range(30):
            answer = client.post("/sign-in", data={"email": EMAIL, "password": "wrong"})
            if answer.status_code == 429:
                break
        assert answer.status_code == 429 and "Too many attempts" in answer.text
        assert re.search(r"Wait \d+ seconds?, then", answer.text) and EMAIL in answer.text
        assert int(answer.headers["retry-after"]) > 0


@pytest.mark.browser
@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_the_first_admin_is_made_in_a_browser_and_a_key_shown_once(
    tmp_path: Path, chromium: Any, violations: Any, theme: str, width: int
) -> None:
    def sound(page: Any) -> None:
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0

    with serving(tmp_path) as (origin, link):
        page = chromium.new_page(
            base_url=origin, color_scheme=theme, viewport={"width": width, "height": 900}
        )
        page.goto(link)
        sound(page)
        page.get_by_label("E-mail").fill(EMAIL)
        page.get_by_label("Password", exact=True).fill("password1234")
        page.get_by_label("Confirm password").fill("password1234")
        page.keyboard.press("Enter")
        page.wait_for_selector("[aria-invalid=true]")
        sound(page)
        assert page.evaluate("document.activeElement.name") == "password"
        assert page.get_by_label("E-mail").input_value() == EMAIL
        page.get_by_label("Password", exact=True).fill(GOOD)
        page.get_by_label("Confirm password").fill(GOOD)
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile("/home$"))
        page.goto(page.url.removesuffix("/home") + "/settings")
        page.locator("#key-name").fill("ci")
        page.get_by_role("button", name="Create key").click()
        page.wait_for_selector("#token")
        sound(page)
        page.goto(page.url.removesuffix("/keys"))
        assert page.locator("#token").count() == 0
        page.close()
