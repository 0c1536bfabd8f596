"""The flow of the design, from nothing to a real event: by mouse, by keyboard alone, and without script.

One story, told with three pairs of hands. It makes a flow with a signed webhook, a router on the action, a
router on every failure status within it, and a message to Slack that is tried again; tests it on three
samples; publishes it; and sends a signed event. Slack is a server of the test's own.
"""

import json
import re
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

import pieces
from engine import catalogues, signatures
from tests.support.waiting import polled

pytestmark = pytest.mark.browser
Site = Any  # of conftest, which cannot be imported

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
STATUSES = (
    "FAILED", "TIMEOUT", "INTERNAL_ERROR", "QUOTA_EXCEEDED", "MEMORY_LIMIT_EXCEEDED", "LOG_SIZE_EXCEEDED",
)  # fmt: skip
FINISHED = {"action": "flow.run.finished",
            "data": {"flowRun": {"status": "TIMEOUT", "flowDisplayName": "Nightly import"}}}  # fmt: skip
SAMPLES = {
    "finished": FINISHED,
    "abroad": {"action": "user.signed.in", "data": {"country": "FR"}},
    "home": {"action": "user.signed.in", "data": {"country": "DE"}},
}
LIT = {"finished": "tell", "abroad": "mail_security", "home": "archive"}


# -- hands ---------------------------------------------------------------------------------------------

_STOPS = """selector => {
  const seen = (one) => one.checkVisibility() && !one.disabled;
  const own = [...document.querySelectorAll(selector)].find(seen), at = document.activeElement;
  if (own === at) return 0;
  const all = document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']");
  const stop = (one) => seen(one) && one.tabIndex >= 0 && one.type !== "hidden";
  const stops = [...all].filter((one) => one === own || one === at || stop(one));
  return stops.indexOf(own) - stops.indexOf(at);
}"""
"""How often Tab must about be pressed to come to the first thing of a kind; less than 0: with Shift."""


def saved(page: Any) -> None:
    """Wait until nothing is typed that is not saved, and the page shows the answer."""
    page.wait_for_selector("html:not([data-unsaved])", state="attached")


class Mouse:
    """Points at things and types; what is typed is saved by itself."""

    script = True

    def __init__(self, page: Any) -> None:
        self.page = page

    def see(self, selector: str) -> None:
        self.page.wait_for_selector(selector)

    def click(self, selector: str, then: str = "") -> None:
        self.page.locator(selector).first.click()
        if then:
            self.see(then)

    def fill(self, selector: str, text: str) -> None:
        self.page.locator(selector).first.fill(text)

    def choose(self, selector: str, label: str) -> None:
        self.page.locator(selector).first.select_option(label=label)

    def tick(self, selector: str) -> None:
        box = self.page.locator(selector).first
        if not box.is_checked():
            box.check(force=True)

    def save(self) -> None:
        """Leave the field, and wait until everything is saved."""
        self.page.locator("#panel h2, #panel .title").first.focus()
        self.settle()

    def settle(self) -> None:
        self.page.evaluate("document.activeElement?.blur()")
        saved(self.page)
        assert self.page.locator("#panel .note.bad").count() == 0, self.page.locator("#panel").inner_text()

    def pick(self, place: str, words: str) -> str:
        """Put a step at a place; its name."""
        self.click(f'.insert[data-place="{place}"]', "#f-q")
        self.fill("#f-q", words)
        self.take()
        self.page.wait_for_url(re.compile(r"\?(.*&)?step="))
        self.see("#panel[data-kind=step]")
        return str(self.page.locator("#panel").get_attribute("data-step"))

    def take(self) -> None:
        self.page.locator(".pick-one:visible").first.click()


class Keyboard(Mouse):
    """Touches nothing but keys."""

    def to(self, selector: str) -> None:
        """Go to the first thing of that kind, with Tab or back with Shift and Tab."""
        self.page.wait_for_selector(selector)
        for _ in range(40):
            away = self.page.evaluate(_STOPS, selector)
            if away == 0:
                return
            for _ in range(abs(away)):
                self.page.keyboard.press("Tab" if away > 0 else "Shift+Tab")
        pytest.fail(f"{selector} is out of reach")

    def click(self, selector: str, then: str = "") -> None:
        self.to(selector)
        self.page.keyboard.press("Enter")
        if then:
            self.see(then)

    def fill(self, selector: str, text: str) -> None:
        self.to(selector)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.press("Delete")
        self.page.keyboard.insert_text(text)

    def choose(self, selector: str, label: str) -> None:
        self.to(selector)
        self.page.keyboard.type(label)

    def tick(self, selector: str) -> None:
        self.to(selector)
        if not self.page.evaluate("document.activeElement.checked"):
            self.page.keyboard.press("Space")

    def save(self) -> None:
        self.page.keyboard.press("Escape")  # a list of completions would take the Tab
        self.page.keyboard.press("Tab")
        saved(self.page)
        assert self.page.locator("#panel .note.bad").count() == 0, self.page.locator("#panel").inner_text()

    def take(self) -> None:
        self.page.keyboard.press("Enter")


class Plain(Mouse):
    """Has a browser without script: forms, links and buttons that save."""

    script = False

    def save(self) -> None:
        self.page.locator("#panel-form .savebar button").click()
        assert self.page.locator("#panel .note.bad").count() == 0, self.page.locator("#panel").inner_text()

    def take(self) -> None:
        self.page.get_by_role("button", name="Search").click()
        self.page.locator(".pick-one").first.click()


# -- Slack -----------------------------------------------------------------------------------------------


class Slack(ThreadingHTTPServer):
    """Answers as Slack's API does, but says at the first message that it is out of order."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.told: list[Any] = []
        self.refused = 0


class _Answers(BaseHTTPRequestHandler):
    server: Slack

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)) or b"null")
        status = 200
        if self.path.endswith("chat.postMessage"):
            if not self.server.told and not self.server.refused:
                self.server.refused, status = 1, 503
            else:
                self.server.told.append({**body, "token": self.headers.get("authorization")})
        text = json.dumps(
            {"ok": status == 200, "channel": "C1", "ts": "1.2", "team": "T", "user": "U"}
        ).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST

    def log_message(self, *_args: Any) -> None:
        pass


@pytest.fixture
def slack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Slack]:
    server = Slack()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_address[1]}/api/"
    monkeypatch.setattr(pieces.registry().pieces["slack"], "base_url", address)
    yield server
    server.shutdown()
    server.server_close()


# -- the story ---------------------------------------------------------------------------------------------


def build(hands: Mouse, site: Site, name: str) -> str:
    """Make the flow; its path."""
    page = hands.page
    page.goto(f"{site.base}/flows/new")
    hands.fill("main form[action$='/flows'] #f-name", name)
    hands.click("main form[action$='/flows'] button")
    page.wait_for_url(re.compile(r"/flows/flow_\w+"))
    path = httpx.URL(page.url).path
    samples(hands, path)
    page.goto(path)
    verification(hands, name)
    first = by_action(hands)
    inner = by_status(hands, first)
    message(hands, inner, name)
    others(hands, first)
    return path


def samples(hands: Mouse, path: str) -> None:
    for name, body in SAMPLES.items():
        hands.page.goto(f"{path}/samples")
        hands.fill("#f-name", name)
        hands.fill("#f-event", json.dumps({"body": body}))
        hands.click("form[action$='/samples'] button.primary")
        hands.page.wait_for_url(re.compile(f"sample={name}"))


def verification(hands: Mouse, name: str) -> None:
    hands.click("#at-webhook a.card", "#f-in-verify-scheme")
    hands.choose("#f-in-verify-scheme", "Standard Webhooks")
    hands.save()
    hands.click("#panel a[href*='connect=webhook']", "#panel form[action$='/connection'] #f-name")
    hands.fill("#panel #f-name", connection_of("signing", name))
    hands.fill("#panel [name='field.secret']", SECRET)
    hands.click("#panel form[action$='/connection'] button.primary", "#f-in-verify-connection")


def by_action(hands: Mouse) -> str:
    router = hands.pick("start", "router")
    hands.fill("#f-title", "By action")
    hands.fill("#f-key", "trigger.body.action")
    hands.save()
    hands.click("#panel button[value=add-branch]", ".branches li:nth-child(2)")
    hands.click(".branches li:nth-child(1) a", "#panel h2:has-text('Branch')")
    hands.fill("#panel-form [name=name]", "Run finished")
    hands.tick("input[name=case][value='\"flow.run.finished\"']")
    hands.save()
    hands.click(f"#at-{router} > .points > .siding:nth-child(2) a.label", "#panel h2:has-text('Branch 2')")
    hands.fill("#panel-form [name=name]", "Sign-in from abroad")
    hands.fill("[name='row.0.0.field']", "trigger.body.data.country")
    hands.choose("[name='row.0.0.operator']", "Text does not exactly match")
    hands.fill("[name='row.0.0.value']", "DE")
    hands.save()
    hands.see(".verdicts li:has-text('abroad') [data-status=succeeded]")
    return router


def by_status(hands: Mouse, router: str) -> str:
    inner = hands.pick(f"in:{router}:branches/0", "router")
    hands.fill("#f-key", "trigger.body.data.flowRun.status")
    hands.save()
    hands.click(".branches li:nth-child(1) a", "#panel h2:has-text('Branch')")
    hands.fill("#panel-form [name=name]", "Failed")
    hands.fill("[name='case.new']", ", ".join(STATUSES))
    hands.save()
    hands.see(".verdicts li:has-text('finished') [data-status=succeeded]")
    return inner


def message(hands: Mouse, inner: str, name: str) -> None:
    hands.pick(f"in:{inner}:branches/0", "send message slack")
    hands.click("#panel a[href*='connect=slack']", "#panel form[action$='/connection'] #f-name")
    hands.fill("#panel #f-name", connection_of("slack", name))
    hands.fill("#panel [name='field.bot_token']", "xoxb-a-token-of-a-test")
    hands.click("#panel form[action$='/connection'] button.primary", "#f-in-channel")
    hands.fill("#f-in-channel", "#alerts")
    hands.fill("#f-in-text", "{{ trigger.body.data.flowRun.flowDisplayName }} failed")
    hands.save()
    hands.click("#panel details:has([name=on_error]) > summary")
    hands.fill("[name='retry.attempts']", "3")
    hands.fill("[name='retry.first_delay']", "0.2")
    hands.save()
    rename(hands, "tell")


def others(hands: Mouse, router: str) -> None:
    for place, name in ((f"in:{router}:branches/1", "mail_security"), (f"in:{router}:otherwise", "archive")):
        hands.pick(place, "compose")
        hands.fill("#panel-form #f-in-value", "{{ trigger.body.action }}")
        hands.save()
        rename(hands, name)


def rename(hands: Mouse, name: str) -> None:
    hands.click("#panel details:has([name=note]) > summary")
    hands.fill("#panel-form [name=name]", name)
    hands.save()
    hands.see(f"#at-{name}")


def connection_of(what: str, name: str) -> str:
    return f"{what}-{name.lower().replace(' ', '-')}"


def is_as_designed(client: httpx.Client, path: str) -> None:
    flow = client.get(f"{path}/export").json()
    verify = flow["triggers"][0]["input"]["verify"]
    assert verify["scheme"] == "standard_webhooks" and verify["connection"].startswith("signing-")
    router = flow["steps"][flow["start"]]
    finished, abroad = router["branches"]
    assert router["key"] == "trigger.body.action" and router["title"] == "By action"
    assert finished["case"] == ["flow.run.finished"] and finished["name"] == "Run finished"
    assert abroad["when"] == "trigger.body.data.country != 'DE'"
    assert (abroad["next"], router["otherwise"]["next"]) == ("mail_security", "archive")
    inner = flow["steps"][finished["next"]]
    assert inner["key"] == "trigger.body.data.flowRun.status"
    assert inner["branches"][0]["case"] == list(STATUSES) and inner["branches"][0]["next"] == "tell"
    tell = flow["steps"]["tell"]
    assert (
        tell["piece"] == "slack"
        and tell["retry"]["attempts"] == 3
        and tell["connection"].startswith("slack-")
    )
    assert tell["input"]["text"] == "{{ trigger.body.data.flowRun.flowDisplayName }} failed"


def try_samples(hands: Mouse, path: str) -> None:
    """Test the draft on each sample; each takes its own way."""
    for sample, step in LIT.items():
        hands.page.goto(f"{path}/test?sample={sample}")
        hands.click("#ask form[method=post] button.primary")
        hands.page.wait_for_url(re.compile("run=run_"))
        if not hands.script:
            reload_until(hands.page, f"#at-{step}[data-status=succeeded]")
        hands.see(f"#at-{step}[data-status=succeeded]")
        for other in set(LIT.values()) - {step}:
            assert hands.page.locator(f"#at-{other}[data-status=succeeded]").count() == 0


def reload_until(page: Any, selector: str) -> None:
    def shown() -> bool:
        page.reload()
        return bool(page.locator(selector).count())

    polled(shown)


def publish(hands: Mouse, path: str) -> None:
    hands.page.goto(path)
    hands.click("a[href$='/publish']")
    hands.page.wait_for_url(re.compile("/publish$"))
    hands.click("#publish button.primary")
    hands.see("text=v1 published")


def a_signed_event_runs(site: Site, client: httpx.Client, path: str, slack: Slack) -> None:
    """Refused without a signature; with one it goes all the way to Slack."""
    body = json.dumps(FINISHED).encode()
    address = "/webhooks/" + path.rpartition("/")[2]
    with site.stranger() as sender:
        assert sender.post(address, content=body).status_code == 401
        headers = {"content-type": "application/json", **signed(body)}
        answer = sender.post(address, content=body, headers=headers)
    assert answer.status_code == 202, answer.text
    run = f"{site.base}/runs/{answer.json()['run_id']}/json"

    def over() -> Any:
        shown = client.get(run).json()
        return None if shown["status"] in ("queued", "running", "waiting") else shown

    ended = polled(over)
    assert ended["status"] == "succeeded" and ended["path"][-1] == "tell", ended
    assert slack.told[-1]["text"] == "Nightly import failed" and slack.told[-1]["channel"] == "#alerts"
    assert slack.told[-1]["token"] == "Bearer xoxb-a-token-of-a-test"


def signed(body: bytes) -> dict[str, str]:
    return dict(signatures.sign("standard_webhooks", SECRET, body, now=time.time()))


@pytest.mark.parametrize(
    ("kind", "options"),
    [(Mouse, {}), (Keyboard, {}), (Plain, {"java_script_enabled": False})],
    ids=["by mouse", "by keyboard alone", "without script"],
)
def test_the_flow_of_the_design_is_built_tested_published_and_run(
    site: Site, open_page: Any, client: httpx.Client, slack: Slack, kind: type[Mouse], options: Any
) -> None:
    page = open_page(viewport={"width": 1440, "height": 900}, **options)
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    hands = kind(page)
    path = build(hands, site, kind.__name__)
    is_as_designed(client, path)
    try_samples(hands, path)
    assert slack.refused == 1 and len(slack.told) == 1  # it was out of order, and the step was tried again
    publish(hands, path)
    a_signed_event_runs(site, client, path, slack)
    assert said == []


# -- generated ---------------------------------------------------------------------------------------------

MOST_PRESSES = 12
_COUNT = """addEventListener("pointerdown", (event) => {
  if (event.isTrusted) sessionStorage.presses = Number(sessionStorage.presses ?? 0) + 1;
}, true);"""


def test_an_alert_flow_is_generated_and_published_with_few_presses(
    site: Site, open_page: Any, client: httpx.Client, slack: Slack
) -> None:
    """From the home page of an empty project to a published flow that sends firing alerts to Slack. Typing,
    and Tab from field to field, is free; every press of the pointer counts."""
    slack.refused = 1  # answers from the first message on
    project = client.post("/projects", data={"name": "Few presses"}).headers["location"]
    page = open_page(viewport={"width": 1440, "height": 900})
    page.context.add_init_script(_COUNT)
    page.goto(re.sub(r"^(/p/[^/]+).*", r"\1/home", project))
    page.locator(".steps a", has_text="Create").first.click()
    page.locator("a.tile", has_text="Alertmanager").first.click()
    page.locator("input[name=group][value=Notifications]").check()
    page.get_by_role("button", name="Generate flow").click()
    secret = page.locator("#secret").inner_text()
    page.get_by_role("link", name="Open flow").click()
    flow_id = httpx.URL(page.url).path.rpartition("/")[2]

    page.locator('.insert[data-place="after:firing_message"]').click()
    page.locator("#f-q:focus").wait_for()
    page.keyboard.type("send message slack")
    page.locator(".pick-one.first-hit").click()
    page.locator("#panel a[href*='connect=slack']").click()
    page.locator("#panel [name='field.bot_token']").fill("xoxb-a-token-of-a-test")
    page.locator("#panel form[action$='/connection'] button.primary").click()
    page.locator("#f-in-channel").fill("#alerts")
    page.locator("#f-in-text").fill("{{ steps.firing_message.output }}")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    saved(page)
    page.get_by_role("link", name="Publish").click()
    page.get_by_role("button", name="Publish", exact=True).click()
    page.wait_for_url(re.compile(r"/flows/flow_[a-z0-9]+$"))

    assert 8 < int(page.evaluate("sessionStorage.presses")) <= MOST_PRESSES
    sample = catalogues.get("alertmanager").events["firing"].sample
    answer = client.post(f"/webhooks/{flow_id}", json=sample, auth=("switchyard", secret))
    assert answer.status_code == 202, answer.text
    (message,) = polled(lambda: slack.told)
    assert (message["channel"], message["text"]) == (
        "#alerts", "Firing: CheckoutDown\nCheckoutDown on shop-1",
    )  # fmt: skip
