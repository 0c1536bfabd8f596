"""Every page in a browser: both themes, wide and on a phone, by keyboard, without script, live."""

import json
import re
from typing import Any

import pytest

Site = Any  # of conftest, which cannot be imported

pytestmark = pytest.mark.browser


def pages(site: Site) -> dict[str, str]:
    base, made = site.base, site.made
    flow = made["flow"]
    return {
        "flows": f"{base}/flows", "no flow": f"{base}/flows?q=nothing", "new": f"{base}/flows/new",
        "flow": flow, "step": f"{flow}?step=greet", "handler flow": made["handler"], "json": f"{flow}/json",
        "versions": f"{flow}/versions", "history": f"{flow}/history", "version": f"{flow}/versions/1",
        "samples": f"{made['handler']}/samples?sample=flow.run.finished", "test": f"{made['handler']}/test",
        "listening": f"{made['flow']}/samples?listen=1",
        "publish": f"{flow}/publish", "delete": f"{flow}/delete", "catalogues": f"{base}/handler-flows/new",
        "events": f"{base}/handler-flows/new?catalogue=deck", "runs": f"{base}/runs",
        "failed since": f"{base}/runs?status=failed_or_timed_out&ended=2026-01-01T00:00:00.000Z",
        "home": f"{base}/home", "router": f"{flow}?step=by_kind",
        "unrouted": f"{base}/unrouted", "rejected": f"{base}/rejected", "held": f"{base}/held",
        "run": made["run"], "loop": made["loop"],
        "unrouted run": made["unrouted"], "item of a loop": made["loop"] + "?iteration=each[1]",
        "value": made["run"] + "/values?of=event", "found": made["run"] + "/values?of=event&q=ada",
        "connections": f"{base}/connections", "pieces of connections": f"{base}/connections/new",
        "new connection": f"{base}/connections/new?piece=email", "connection": made["connection"],
        "folded fields": f"{base}/connections/new?piece=http", "not connected": made["oauth2"] + "?saved=1",
        "came back in vain": made["oauth2"] + "?refused=state",
        "delete connection": made["connection"] + "/delete", "pieces": f"{base}/pieces",
        "chosen flow": f"{base}/flows?did=enable&count=1&left={flow.rpartition('/')[2]}",
        "deleted flow": f"{base}/flows?did=delete&count=1&undo=flow_none&tag=none&folder=none",
        "recently deleted": f"{base}/flows/deleted", "folders": f"{base}/folders",
        "topics": f"{base}/topics", "topic": f"{base}/topics/orders.created",
        "all catalogues": f"{base}/catalogues", "catalogue": f"{base}/catalogues/deck?event=agent.created",
        "new catalogue": f"{base}/catalogues/new?way=asyncapi", "new events": f"{flow}/drift",
        "templates": f"{base}/templates", "template": f"{base}/templates/escalation",
        "step of a template": f"{base}/templates/escalation?step=people",
        "destinations": f"{base}/destinations", "no destination": f"{base}/destinations?q=nothing",
        "new destination": f"{base}/destinations/new",
        "new one to a flow": f"{base}/destinations/new?kind=flow",
        "destination": made["destination"], "no delivery": made["destination"] + "?status=dead",
        "test of a destination": made["destination"] + "/test", "delivery": made["delivery"],
        "signing": made["destination"] + "/signing", "edit destination": made["destination"] + "/edit",
        "delete destination": made["destination"] + "/delete", "platform": "/platform/destinations",
        "new one of the platform": "/platform/destinations/new?kind=flow",
        "audit log": f"{base}/events", "no event": f"{base}/events?q=nothing+such",
        "wrong action": f"{base}/events?action=moon.landed", "all events": "/platform/events",
        "an event": made["event"], "retention": "/platform/events/retention?days=30",
        "settings": f"{base}/settings", "projects": "/projects", "account": "/account",
        "two-step sign-in": "/account/second-factor", "users": "/platform/users", "user": made["user"],
        "remove user": made["user"] + "/delete", "platform settings": "/platform/settings",
        "search": f"{base}/find?q=greet",
        "search in the editor": f"{base}/find?flow={flow.rpartition('/')[2]}&step=greet",
        "search of nothing": f"{base}/find?q=nosuchthing", "search outside of projects": "/find",
        "help": "/help", "page of help": "/help/webhook", "table of help": "/help/rest",
        "search in help": "/help?q=retry", "nothing in help": "/help?q=nosuchword",
        "invitation": made["invitation"], "404": f"{base}/flows/flow_none",
    }  # fmt: skip


REFUSED = {"404": "404", "wrong action": "422"}
"""Pages that are answers to a wrong address: the browser's console names their status."""


def test_every_page_is_sound_in_both_themes_wide_and_on_a_phone(
    site: Site, open_page: Any, faults: Any
) -> None:
    page = open_page(color_scheme="light")
    said: list[str] = []
    page.on(
        "console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on(
        "request", lambda asked: said.append(asked.url) if not asked.url.startswith(site.origin) else None
    )
    wrong: dict[str, Any] = {}
    for name, path in pages(site).items():
        said.clear()
        page.goto(path, wait_until="load")
        found = faults(page)
        found += [text for text in said if REFUSED.get(name, "none") not in text]
        if found:
            wrong[name] = found
    assert wrong == {}


def test_the_sign_in_page_is_sound_and_signs_in(site: Site, chromium: Any, violations: Any) -> None:
    page = chromium.new_page(base_url=site.origin)
    page.goto(f"{site.base}/runs")
    assert violations(page) == []
    page.get_by_label("E-mail").fill(site.email)
    page.get_by_label("Password").fill(site.password)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{site.base}/runs")
    page.close()


def test_a_flow_is_walked_by_keyboard_alone(site: Site, open_page: Any) -> None:
    page = open_page()
    page.goto(site.made["flow"])
    seen = []
    for _ in range(60):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.textContent.trim().slice(0, 60)"))
        if page.evaluate("document.activeElement.matches('#at-greet a.card')"):
            break
    else:
        pytest.fail(f"the card is out of reach: {seen}")
    assert seen[0] == "Skip to the content"
    page.keyboard.press("Enter")
    page.wait_for_selector("#panel h2:has-text('Say')")
    assert page.url.endswith("?step=greet")
    page.go_back()
    page.wait_for_selector("#panel h2:has-text('Webhook')")


def test_everything_works_without_script(site: Site, open_page: Any, client: Any) -> None:
    text = json.dumps(site.small_flow() | {"name": "Scriptless"})
    assert client.post(f"{site.base}/flows/import", data={"text": text}).status_code == 303
    page = open_page(java_script_enabled=False)
    page.goto(f"{site.base}/flows")
    page.get_by_role("searchbox", name="Name").fill("scriptless")
    page.get_by_role("button", name="Search").click()
    assert "q=scriptless" in page.url
    page.get_by_role("link", name="Scriptless", exact=True).click()
    page.locator("#at-greet a.card").first.click()
    assert "step=greet" in page.url
    page.get_by_role("link", name="Test", exact=True).click()
    page.get_by_role("button", name="Run the test").click()
    assert "run=run_" in page.url


def test_a_test_lights_up_the_drawing(site: Site, open_page: Any) -> None:
    page = open_page()
    page.goto(site.made["flow"] + "/test?sample=hello")
    page.get_by_role("button", name="Run the test").click()
    page.wait_for_url(re.compile("run=run_"))
    page.wait_for_selector("#outcome .state[data-status=no_action]")
    page.wait_for_selector(".siding.case.in.went >> text=Hello")


def test_a_test_is_followed_on_the_drawing_that_is_edited(
    site: Site, open_page: Any, client: Any, gate: Any
) -> None:
    flow = site.small_flow() | {"name": "Pauses a little"}
    end = {"type": "action", "piece": "data", "action": "compose", "input": {"value": 1}, "next": None}
    flow |= {"start": "pause", "steps": {"pause": gate.step("end"), "end": end}}
    path = client.post(f"{site.base}/flows/import", data={"text": json.dumps(flow)}).headers["location"]
    page = open_page()
    page.goto(f"{path}/test?sample=hello")
    page.get_by_role("button", name="Run the test").click()
    page.wait_for_selector("#plan.edit #at-pause[data-status=running]")
    gate.open()
    page.wait_for_selector("#plan.edit #at-end[data-status=succeeded]")
    page.wait_for_selector("#outcome .state[data-status=succeeded]")
    page.locator("#at-end a.card").click()
    page.wait_for_selector("#panel[data-kind=step]")
    assert page.locator("#at-end[data-status=succeeded]").count() == 1
    client.post(f"{path}/delete")


def test_a_captured_request_appears_by_itself(site: Site, open_page: Any, client: Any) -> None:
    path = client.post(f"{site.base}/flows/import", data={"text": json.dumps(site.small_flow())}).headers[
        "location"
    ]
    page = open_page()
    page.goto(f"{path}/samples")
    page.get_by_role("link", name="Capture a request").click()
    page.get_by_text("Waiting for a request").wait_for()
    page.get_by_role("textbox", name="Event").fill('{"body": "half written"}')
    shown = page.locator("#test-url").text_content()
    client.post(shown[shown.index("/webhooks/") :], json={"type": "person.new"})
    page.get_by_text("Received").wait_for()
    assert "half written" in page.get_by_role("textbox", name="Event").input_value()
    page.get_by_role("link", name="person.new").first.click()
    page.wait_for_url(re.compile("sample=person.new"))
    assert "person.new" in page.get_by_role("textbox", name="Event").input_value()
    client.post(f"{path}/delete")


def test_the_list_of_runs_grows_by_itself(site: Site, open_page: Any, client: Any) -> None:
    page = open_page()
    page.goto(f"{site.base}/runs")
    for _ in range(2):
        newest = page.locator("#runs a.name").first.get_attribute("href")
        client.post("/webhooks/" + site.made["flow"].rpartition("/")[2], json={"kind": "hello"})
        changed = "newest => document.querySelector('#runs a.name').getAttribute('href') !== newest"
        page.wait_for_function(changed, arg=newest)


def test_a_filter_changes_the_address_and_the_list_in_place(site: Site, open_page: Any) -> None:
    page = open_page()
    page.goto(f"{site.base}/runs")
    page.evaluate("window.kept = true")
    page.get_by_label("Status").select_option("unrouted")
    page.wait_for_url(re.compile("status=unrouted"))
    page.wait_for_function("document.querySelectorAll('#runs .state[data-status=succeeded]').length === 0")
    assert page.evaluate("window.kept") is True


def test_a_refused_form_comes_back_in_place_with_the_field_in_focus(site: Site, open_page: Any) -> None:
    page = open_page()
    page.goto(f"{site.base}/connections/new?piece=email")
    page.get_by_label("Name", exact=True).fill("NOT A NAME")
    for field in page.locator("#form input[required]").all():
        if not field.input_value():
            field.fill("x")
    page.get_by_role("button", name="Save").click()
    page.wait_for_selector("#form [aria-invalid=true]")
    assert page.evaluate("document.activeElement.getAttribute('aria-invalid')") == "true"


def test_events_are_searched_and_ticked(site: Site, open_page: Any) -> None:
    page = open_page()
    page.goto(f"{site.base}/handler-flows/new?catalogue=activepieces")
    page.get_by_role("button", name="None").click()
    page.get_by_label("Show events with").fill("run finished")
    page.get_by_role("button", name="All", exact=True).click()
    assert page.locator("[data-count]").text_content() == "1 chosen"


def test_the_filters_of_a_list_are_folded_on_a_phone_unless_one_is_set(site: Site, open_page: Any) -> None:
    page = open_page(viewport={"width": 390, "height": 900})
    page.goto(f"{site.base}/runs")
    status, more = page.get_by_label("Status"), page.get_by_role("button", name="More filters")
    assert page.get_by_label("Text").is_visible() and status.is_hidden()
    more.click()
    status.select_option("failed")
    page.wait_for_url(re.compile("status=failed"))
    page.reload()
    assert status.is_visible() and page.get_by_role("button", name="Fewer filters").is_visible()
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{site.base}/runs")
    assert status.is_visible() and more.is_hidden()


def test_without_a_script_all_filters_are_shown_on_a_phone(site: Site, open_page: Any) -> None:
    page = open_page(viewport={"width": 390, "height": 900}, java_script_enabled=False)
    page.goto(f"{site.base}/rejected")
    assert page.get_by_label("Reason").is_visible()


@pytest.mark.parametrize("width", [1440, 390])
def test_all_and_none_tick_every_group_from_the_line_of_the_search(
    site: Site, open_page: Any, width: int
) -> None:
    page = open_page(viewport={"width": width, "height": 900})
    page.goto(f"{site.base}/handler-flows/new?catalogue=activepieces")
    search = page.get_by_label("Show events with").bounding_box()
    buttons = [page.get_by_role("button", name=name, exact=True) for name in ("All", "None")]
    for button in buttons:
        box = button.bounding_box()
        middle = box["y"] + box["height"] / 2
        assert search["y"] < middle < search["y"] + search["height"], "in one line"
        assert box["x"] >= 0 and box["x"] + box["width"] <= width
    events, groups = page.locator("input[name=event]:enabled"), page.locator("input[name=group]")
    for button, ticked in zip(buttons, (True, False), strict=True):
        button.click()
        every = "ticked => [...document.querySelectorAll('[name=group]')].every(e => e.checked === ticked)"
        page.wait_for_function(every, arg=ticked)
        assert events.evaluate_all("boxes => boxes.filter(box => box.checked).length") == (
            events.count() if ticked else 0
        )
        assert groups.evaluate_all("boxes => boxes.some(box => box.indeterminate)") is False
        assert page.locator("[data-count]").text_content() == f"{events.count() if ticked else 0} chosen"


def run_of(site: Site, client: Any, body: Any) -> str:
    answer = client.post("/webhooks/" + site.made["flow"].rpartition("/")[2], json=body)
    return f"{site.base}/runs/{answer.json()['run_id']}"


def tall_run(site: Site, client: Any) -> str:
    """A test of the handler flow with its 41 branches."""
    flow = site.made["handler"]
    event = '{"body": {"action": "flow.run.started"}}'
    started = client.post(f"{flow}/test", data={"sample": "flow.run.started", "event": event})
    return f"{site.base}/runs/{re.search('run=(run_[a-z0-9]+)', started.headers['location']).group(1)}"  # type: ignore[union-attr]


@pytest.mark.parametrize("width", [1440, 390])
def test_the_way_through_a_tall_flow_is_in_view_at_once(
    site: Site, open_page: Any, client: Any, width: int, violations: Any
) -> None:
    page = open_page(viewport={"width": width, "height": 900})
    page.goto(tall_run(site, client))
    page.wait_for_selector(".end.on")
    assert page.locator(".end.on").bounding_box()["y"] < 900
    fold = page.locator(".others > details > summary").first
    assert "other branches" in fold.text_content()
    assert not page.get_by_text("Folder created").first.is_visible()
    fold.focus()
    page.keyboard.press("Enter")
    assert page.locator(".others > details").first.get_attribute("open") is not None
    assert violations(page) == []


def test_a_fold_opens_without_script(site: Site, open_page: Any, client: Any) -> None:
    page = open_page(java_script_enabled=False)
    page.goto(tall_run(site, client))
    page.locator(".others > details > summary").first.click()
    assert page.locator(".others .siding .label").first.is_visible()


def test_the_chosen_card_keeps_its_outline_while_the_run_goes_on(
    site: Site, open_page: Any, client: Any, gate: Any
) -> None:
    flow = site.small_flow() | {"name": "Pauses"}
    end = {"type": "action", "piece": "data", "action": "compose", "input": {"value": 1}, "next": None}
    flow |= {"start": "pause", "steps": {"pause": gate.step("end"), "end": end}}
    path = client.post(f"{site.base}/flows/import", data={"text": json.dumps(flow)}).headers["location"]
    started = client.post(f"{path}/test", data={"sample": "hello", "event": '{"body": {}}'})
    run_id = re.search("run=(run_[a-z0-9]+)", started.headers["location"])
    assert run_id is not None
    page = open_page()
    page.goto(f"{site.base}/runs/{run_id.group(1)}")
    page.locator("#at-pause a.card").click()
    page.wait_for_url(re.compile("step=pause"))
    gate.open()
    page.wait_for_selector(".end.on")
    assert page.locator("#at-pause a.card[aria-current=true]").count() == 1
    client.post(f"{path}/delete")


def test_several_runs_are_chosen_and_retried(site: Site, open_page: Any, client: Any) -> None:
    for _ in range(2):
        run_of(site, client, {"kind": "hello"})
    page = open_page()
    page.goto(f"{site.base}/runs?status=succeeded")
    page.locator("td.pick input").nth(0).check()
    page.locator("td.pick input").nth(1).check()
    page.get_by_role("button", name="Retry the chosen runs").click()
    page.wait_for_selector("text=2 runs retried.")
    assert "status=succeeded" in page.url
    page.get_by_label("Status").select_option("unrouted")
    page.wait_for_url(re.compile("status=unrouted"))
    page.go_back()
    page.wait_for_selector("text=2 runs retried.")
    assert page.get_by_label("Status").input_value() == "succeeded"


def test_a_connection_s_form_shows_the_fields_of_its_kind(site: Site, open_page: Any) -> None:
    page = open_page()
    page.goto(f"{site.base}/connections/new?piece=http")
    shown = {"bearer": (False, False, False), "basic": (True, False, False), "header": (False, True, False),
             "oauth2_client_credentials": (False, False, True), "none": (False, False, False)}  # fmt: skip
    for kind, wanted in shown.items():
        page.get_by_label("Kind").select_option(kind)
        fields = ("User name", "Header", "Token address")
        assert tuple(page.get_by_label(name, exact=True).is_visible() for name in fields) == wanted, kind
    of_a_person = [page.get_by_label("Authorize address"), page.get_by_text("Redirect address")]
    assert not any(each.is_visible() for each in of_a_person)
    page.get_by_label("Kind").select_option("oauth2_authorization_code")
    assert all(each.is_visible() for each in of_a_person)


def test_without_script_a_connection_s_form_shows_every_field(site: Site, open_page: Any) -> None:
    page = open_page(java_script_enabled=False)
    page.goto(f"{site.base}/connections/new?piece=http")
    assert (
        page.get_by_label("User name", exact=True).is_visible()
        and page.get_by_label("Header", exact=True).is_visible()
    )
