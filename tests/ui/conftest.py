"""A real server on a free port, with a person signed in, a generated flow and runs to look at."""

import asyncio
import importlib.util
import json
import re
import shutil
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from engine.base.settings import Settings
from pieces import Registry
from tests.support.gate import Gate, gate
from tests.support.waiting import DEADLINE, polled
from ui.app import make_app

EMAIL, PASSWORD = "ada@example.com", "a quite unusual phrase 42"
ORIGIN = {"Sec-Fetch-Site": "same-origin"}


def action(piece: str, name: str, next: str | None = None, **more: Any) -> dict[str, Any]:
    return {"type": "action", "piece": piece, "action": name, "input": {}, "next": next, **more}


def small_flow() -> dict[str, Any]:
    """A router, a branch with steps, a loop: all of it runs without the outside."""
    compose = {"input": {"value": "{{ trigger.body.who }}"}}
    return {
        "format": 1,
        "name": "Greet",
        "triggers": [{"name": "webhook", "piece": "webhook", "trigger": "catch",
                      "input": {"verify": {"scheme": "none"}}}],
        "start": "by_kind",
        "steps": {
            "by_kind": {
                "type": "router", "key": "trigger.body.kind",
                "branches": [
                    {"name": "Hello", "case": ["hello"], "next": "greet"},
                    {"name": "Many", "when": "length(trigger.body.all || `[]`) > `1`", "next": "each"},
                ],
                "next": None,
            },
            "greet": action("data", "compose", title="Say <b>hello</b> & more", **compose),
            "each": {"type": "loop", "items": "trigger.body.all", "body": "one", "next": None},
            "one": action("data", "compose", input={"value": "{{ loop.item }}"}),
        },
        "samples": {"hello": {"body": {"kind": "hello", "who": "Ada"}}},
    }  # fmt: skip


@dataclass
class Site:
    """What a test needs of the server: addresses of the things that were made, and a signed-in client."""

    origin: str
    base: str = ""  # of the project
    cookie: str = ""
    made: dict[str, str] = field(default_factory=dict)
    email: str = EMAIL
    password: str = PASSWORD

    @staticmethod
    def small_flow() -> dict[str, Any]:
        return small_flow()

    def stranger(self) -> httpx.Client:
        """A browser that nobody signed in."""
        return httpx.Client(base_url=self.origin, headers=ORIGIN, timeout=DEADLINE, verify=False)

    def client(self, **more: Any) -> httpx.Client:
        # Plain HTTP; and to load certificates takes longer than most of the tests.
        more = {"timeout": DEADLINE, "verify": False, **more}
        cookies = {"switchyard_session": self.cookie}
        return httpx.Client(base_url=self.origin, headers=ORIGIN, cookies=cookies, **more)


class _Server(uvicorn.Server):
    def install_signal_handlers(self) -> None:
        """The test's process keeps its own."""


@contextmanager
def serving(data_dir: Path, registry: Registry | None = None) -> Iterator[Site]:
    """A server in a thread, in which nobody is signed in yet."""
    settings = Settings(
        data_dir=data_dir,
        admin_email=EMAIL,
        admin_password=PASSWORD,
        durability="fast",
        public_url="",
        egress_allow=(ip_network("127.0.0.0/8"),),
    )
    app = make_app(settings, registry=registry)
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", timeout_graceful_shutdown=2)
    server = _Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    polled(lambda: server.started or not thread.is_alive())
    assert server.started, "the server did not start"
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield Site(f"http://127.0.0.1:{port}")
    finally:
        server.should_exit = True
        thread.join(DEADLINE)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with serving(tmp_path_factory.mktemp("data")) as made:
        yield _fill(made)


def sign_in(site: Site, client: httpx.Client) -> None:
    """Sign the admin in, and note where the project is."""
    entered = client.post("/sign-in", data={"email": EMAIL, "password": PASSWORD})
    assert entered.status_code == 303, entered.text
    site.cookie = client.cookies["switchyard_session"]
    home = client.get("/", follow_redirects=True)
    site.base = str(home.url.path).removesuffix("/home")


def _fill(site: Site) -> Site:
    with httpx.Client(base_url=site.origin, headers=ORIGIN, timeout=DEADLINE) as client:
        sign_in(site, client)
        to = {"name": "Audit", "kind": "topic", "url.topic": "audit", "event": ["flow.created"]}
        kept = client.post(f"{site.base}/destinations/new", data=to)
        site.made["destination"] = re.search(r'href="([^"]+/destinations/dst_\w+)"', kept.text).group(1)  # type: ignore[union-attr]
        form = {"catalogue": "activepieces", "scheme": "header", "header": "X-Webhook-Secret",
                "event": _events(client, site), "name": "Activepieces events"}  # fmt: skip
        made = client.post(f"{site.base}/handler-flows/new", data=form)
        site.made["handler"] = re.search(r'href="([^"]+/flows/flow_\w+)"', made.text).group(1)  # type: ignore[union-attr]
        imported = client.post(f"{site.base}/flows/import", data={"text": json.dumps(small_flow())})
        assert imported.status_code == 303, imported.text
        site.made["flow"] = flow = imported.headers["location"]
        assert client.post(
            f"{flow}/publish", data={"revision": "1", "enable": "yes", "note": "One"}
        ).is_redirect
        events = {"run": {"kind": "hello", "who": "Ada"}, "loop": {"all": [1, 2]}, "unrouted": {"kind": "?"}}
        for name, body in events.items():
            answer = client.post("/webhooks/" + flow.rpartition("/")[2], json=body)
            site.made[name] = f"{site.base}/runs/{answer.json()['run_id']}"
        site.made["delivery"] = _delivery(client, site)
        log = client.get(f"{site.base}/events?action=flow.published")
        site.made["event"] = re.search(rf'href="({site.base}/events/evt_\w+)"', log.text).group(1)  # type: ignore[union-attr]
        connection = {"piece": "email", "name": "post", "field.host": "mail.example.com",
                      "field.password": "hunter2-secret"}  # fmt: skip
        kept = client.post(f"{site.base}/connections", data=connection)
        assert kept.status_code == 303, kept.text
        site.made["connection"] = kept.headers["location"]
        client.post("/platform/users", data={"email": "new@example.com", "name": "New"})
        listed = client.get("/platform/users").text
        site.made["user"] = re.search(r'href="(/platform/users/usr_\w+)">New<', listed).group(1)  # type: ignore[union-attr]
        invited = client.post(
            f"{site.base}/settings/members", data={"email": "i@example.com", "role": "viewer"}
        )
        site.made["invitation"] = re.search(r"/invitations/\w{43}", invited.text).group()  # type: ignore[union-attr]
        begun = client.post("/account/second-factor", data={"current": PASSWORD})
        assert begun.status_code == 303, begun.text
        oauth2 = {"kind": "oauth2_authorization_code", "hosts": "desk.example",
                  "client_id": "ours", "client_secret": "hunter2-secret",
                  "authorize_url": "https://desk.example/a", "token_url": "https://desk.example/t",
                  "client_auth": "body"}  # fmt: skip
        form = {"piece": "http", "name": "desk", **{f"field.{name}": text for name, text in oauth2.items()}}
        kept = client.post(f"{site.base}/connections", data=form)
        assert kept.status_code == 303, kept.text
        site.made["oauth2"] = kept.headers["location"].partition("?")[0]
    return site


def _delivery(client: httpx.Client, site: Site) -> str:
    """The address of a delivery that has arrived."""

    def found() -> Any:
        text = client.get(site.made["destination"] + "?status=delivered").text
        return re.search(r'href="([^"]+/deliveries/dlv_\w+)"', text)

    return str(polled(found).group(1))


def _events(client: httpx.Client, site: Site) -> list[str]:
    page = client.get(f"{site.base}/handler-flows/new?catalogue=activepieces").text
    return re.findall(r'name="event" value="([^"]+)"', page)


@pytest.fixture
def client(site: Site) -> Iterator[httpx.Client]:
    with site.client() as made:
        yield made


@pytest.fixture
async def switchyard(tmp_path: Path) -> AsyncIterator[Any]:
    """The instance itself, without a server."""
    from engine.instance import Switchyard

    made = Switchyard(Settings(data_dir=tmp_path / "data", durability="fast"))
    await made.start()
    yield made
    await made.stop()


# -- browsers ----------------------------------------------------------------------------------------

# The shell without a window is what Playwright, too, takes for tests: half the work for the same pages.
CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 900}
_AXE = Path(__file__).parent / "vendor" / "axe.min.js"
_AXE_RUN = """async ([part, only]) => {
    const found = await axe.run(part, {preload: false, resultTypes: ["violations"], ...only});
    return found.violations.map(each =>
        `${each.id}: ${each.nodes.slice(0, 3).map(node => node.html.slice(0, 200)).join(" | ")}`);
}"""
_WIDE = """() => {
    window.hidden = [...document.body.querySelectorAll("*")].filter(each => !each.checkVisibility());
    return document.documentElement.scrollWidth - innerWidth;
}"""
_NARROW = """() => [
    document.documentElement.scrollWidth - innerWidth, window.hidden.some(each => each.checkVisibility()),
]"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A browser. It ends with the module: Playwright keeps an event loop running in the thread as long as it
    lives, in which no other test could start its own."""
    if CHROMIUM is None or importlib.util.find_spec("playwright") is None:
        pytest.skip("Chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-quic"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Any, site: Site) -> Iterator[Any]:
    """Open a page of a browser of its own, signed in; the options are of Playwright's contexts. When a
    page asks for a part of itself, it must not get all of itself: that takes away what its reader is at."""
    contexts, whole = [], []

    def look(answer: Any) -> None:
        asked = answer.request
        if asked.method == "GET" and answer.status < 400 and answer.headers.get("hx-retarget") == "body":
            whole.append((asked.headers.get("hx-target"), answer.url))

    def open_page(**options: Any) -> Any:
        context = chromium.new_context(base_url=site.origin, **options)
        context.set_default_timeout(DEADLINE * 1000)
        context.add_cookies([{"name": "switchyard_session", "value": site.cookie, "url": site.origin}])
        context.on("response", look)
        contexts.append(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()
    assert whole == []


@pytest.fixture(name="gate")
def gate_fixture() -> Iterator[Gate]:
    """A service that answers when the test opens it."""
    with gate() as made:
        yield made


@pytest.fixture(scope="session")
def violations() -> Any:
    """What axe finds wrong with a page as it is shown, or with a part of it."""

    def violations(page: Any, *rules: str, part: str = "html") -> list[str]:
        if not page.evaluate("'axe' in window"):
            page.evaluate(_AXE.read_text())
        return list(page.evaluate(_AXE_RUN, [part, {"runOnly": rules} if rules else {}]))

    return violations


@pytest.fixture(scope="session")
def faults(violations: Any) -> Any:
    """What is wrong with a page, or a part of it, wide and on a phone, in both themes. They differ in nothing
    but colors; and on a phone all is asked only of what shows something that is hidden when wide."""

    def in_both_themes(page: Any, part: str) -> list[str]:
        found = violations(page, part=part)
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")  # at once
        found += [f"dark: {each}" for each in violations(page, "color-contrast", part=part)]
        page.emulate_media(color_scheme="light")
        return list(found)

    def faults(page: Any, part: str = "html") -> list[str]:
        if page.viewport_size != WIDE:
            page.set_viewport_size(WIDE)
        found = in_both_themes(page, part)
        wider = {WIDE["width"]: page.evaluate(_WIDE)}
        page.set_viewport_size(PHONE)
        wider[PHONE["width"]], shows_more = page.evaluate(_NARROW)
        if shows_more:
            found += [f"phone: {each}" for each in in_both_themes(page, part)]
        page.set_viewport_size(WIDE)
        return found + [f"{over} px wider than {width}" for width, over in wider.items() if over > 0]

    return faults
