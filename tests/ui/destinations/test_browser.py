"""Destinations in a browser: from nothing to a delivery that arrives, with script and without."""

import json
import re
from typing import Any

import pytest

from tests.support.waiting import polled

Site = Any  # of conftest, which cannot be imported

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("script", [True, False])
def test_a_destination_with_a_generated_flow_hears_of_a_publication(
    site: Site, open_page: Any, client: Any, script: bool
) -> None:
    page = open_page(java_script_enabled=script)
    page.goto(f"{site.base}/destinations")
    page.get_by_role("link", name="New destination").click()
    page.get_by_label("Name", exact=True).fill(f"Releases {script}")
    page.locator("label.choice", has_text="Starts a flow of this instance").click()
    while page.locator("input[name=event]:checked").count():
        page.locator("input[name=event]:checked").first.uncheck()
    page.locator("fieldset", has_text="Flows").locator("summary").first.click()
    page.locator("input[name=event][value='flow.published']").check()
    page.get_by_role("button", name="Generate handler flow").click()
    page.get_by_text("A draft with a branch, a message and a sample for each event.").wait_for()
    page.get_by_role("button", name="Publish and enable flow").click()
    page.get_by_text("Published as version 1, and enabled.").wait_for()
    page.get_by_role("button", name="Create destination").click()
    page.get_by_role("link", name="View destination").click()
    page.get_by_text("Nothing to deliver yet").wait_for()
    at = page.url

    made = client.post(
        f"{site.base}/flows/import", data={"text": json.dumps(site.small_flow() | {"name": f"New {script}"})}
    )
    flow = made.headers["location"]
    page.goto(f"{flow}/publish")
    page.get_by_role("button", name="Publish", exact=True).click()
    page.wait_for_url(re.compile("/flows/flow_[a-z0-9]+$"))

    page.goto(at)

    def delivered() -> int:
        if not script:
            page.reload()
        return int(page.locator("[data-delivery=delivered]").count())

    polled(delivered)
    page.get_by_role("link", name="flow.published").first.click()
    page.get_by_role("heading", name=re.compile(f"published “New {script}” as version 1")).wait_for()
    assert page.locator("[data-http=ok]").first.text_content() == "202"
    page.goto(f"{site.base}/runs")
    page.get_by_role("link", name=f"Releases {script} handler").first.click()
    page.locator("#drawing").get_by_text("Flow published").first.wait_for()
    client.post(f"{at}/delete")


def test_what_is_wrong_with_a_field_is_seen_above_the_bar_of_buttons(site: Site, open_page: Any) -> None:
    page = open_page(viewport={"width": 1280, "height": 720})
    page.goto(f"{site.base}/destinations/new")
    page.get_by_label("Name", exact=True).fill("Orders")
    page.locator("label.choice", has_text="For flows that subscribe to it").click()
    page.get_by_role("textbox", name="Topic").fill("Orders.New")
    page.get_by_role("button", name="Create destination").click()
    wrong = page.get_by_text("This is not a topic name")
    wrong.wait_for()
    page.wait_for_function("document.activeElement.getAttribute('aria-invalid') === 'true'")
    said, bar = wrong.bounding_box(), page.locator(".sticky").bounding_box()
    assert said["y"] + said["height"] <= bar["y"]


def test_the_list_of_deliveries_grows_by_itself(site: Site, open_page: Any, client: Any) -> None:
    page = open_page()
    page.goto(site.made["destination"])
    newest = page.locator("#deliveries tbody tr code").first.inner_text()
    client.post(f"{site.base}/flows/import", data={"text": '{"format": 1, "name": "One more"}'})
    page.wait_for_function(
        "newest => document.querySelector('#deliveries tbody tr code').textContent !== newest",
        arg=newest,
    )


def test_what_is_sent_follows_the_choice_of_format(site: Site, open_page: Any) -> None:
    page = open_page()
    page.goto(f"{site.base}/destinations/new")
    page.get_by_text("Custom headers").click()
    page.get_by_label("Value of header 1").fill("sesame")
    page.get_by_label("Format").select_option("cloudevents")
    page.wait_for_function("() => document.querySelector('#preview pre').textContent.includes('specversion')")
    assert page.get_by_label("Value of header 1").input_value() == "sesame"
    page.locator("label.choice", has_text="Starts a flow of this instance").click()
    page.wait_for_function(
        "() => !document.querySelector('#preview pre').textContent.includes('specversion')"
    )


def test_a_refused_form_keeps_what_was_typed_and_leads_to_the_field(
    site: Site, open_page: Any, violations: Any
) -> None:
    page = open_page()
    page.goto(f"{site.base}/destinations/new")
    page.get_by_label("Name", exact=True).fill("Kept")
    page.get_by_text("Custom headers").click()
    page.get_by_label("Name of header 1").fill("X-Key")
    page.get_by_label("Value of header 1").fill("sesame")
    page.get_by_role("textbox", name="Address").fill("http://example.com/")
    page.get_by_role("button", name="Create destination").click()
    page.wait_for_selector("#form [aria-invalid=true]")
    assert page.evaluate("document.activeElement.name") == "url.webhook"
    assert page.get_by_label("Value of header 1").input_value() == "sesame"
    assert violations(page) == []


def test_events_are_ticked_by_group_and_looked_for(site: Site, open_page: Any) -> None:
    page = open_page()
    page.goto(f"{site.base}/destinations/new")
    runs = page.locator("fieldset", has=page.locator("input[name=group][value=Runs]"))
    group = runs.locator("input[name=group]")
    assert group.evaluate("box => box.indeterminate")
    group.check()
    assert runs.locator("input[name=event]:not(:checked)").count() == 0
    runs.locator("input[name=event]").first.uncheck()
    assert not group.is_checked() and group.evaluate("box => box.indeterminate")
    page.get_by_label("Show events with").fill("signed in")
    assert page.locator("input[value='user.signed.in']").is_visible()
    assert not page.locator("input[value='flow.created']").is_visible()
    page.get_by_label("Show events with").fill("")
    assert not page.locator("input[value='user.signed.in']").is_visible()
    page.get_by_label("All events").check()
    assert not page.locator(".tree").is_visible()


def test_a_destination_is_tested_and_disabled_by_keyboard_alone(
    site: Site, open_page: Any, violations: Any
) -> None:
    page = open_page()
    page.goto(site.made["destination"] + "/test")
    page.get_by_label("Sample of an event").focus()
    for _ in range(4):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.includes('Send it now')"):
            break
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Delivered").wait_for()
    assert violations(page) == []
