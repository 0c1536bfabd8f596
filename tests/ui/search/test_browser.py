"""The palette over every page, by keyboard alone, and the same search without a script."""

import json
import re
from typing import Any

import pytest

Site = Any  # of conftest, which cannot be imported

pytestmark = pytest.mark.browser

OPEN = "dialog[open] [data-palette]"


def open_palette(page: Any) -> Any:
    """The field of the palette, which has the focus."""
    page.keyboard.press("Control+k")
    page.wait_for_selector(OPEN)
    assert page.evaluate("document.activeElement.matches('[data-palette]')")
    return page.locator(OPEN)


def test_ctrl_k_leads_from_any_page_to_a_page_a_flow_and_a_run(
    site: Site, open_page: Any, client: Any
) -> None:
    text = json.dumps(site.small_flow() | {"name": "Zebra crossing"})
    flow = client.post(f"{site.base}/flows/import", data={"text": text}).headers["location"]
    page = open_page()
    page.goto(f"{site.base}/runs")
    open_palette(page)
    page.keyboard.type("audit")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/events$"))
    open_palette(page)
    page.keyboard.type("zebra cro")  # no page is called so: Enter waits for what the server finds
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{flow}")
    open_palette(page)
    page.keyboard.type(site.made["run"].rpartition("/")[2])
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{site.made['run']}")
    client.post(f"{flow}/delete")


def test_what_is_typed_before_the_search_has_come_is_searched_for(site: Site, open_page: Any) -> None:
    page = open_page()
    page.goto(f"{site.base}/runs")
    asked: list[Any] = []
    page.route(re.compile(r"/find\?(.*&)?q=$"), lambda route: asked.append(route))
    with page.expect_request(re.compile(r"/find\?")):
        page.keyboard.press("Control+k")
    page.keyboard.type("audit")
    page.keyboard.press("Enter")
    assert page.locator(OPEN).input_value() == "audit" and page.url.endswith("/runs")
    asked[0].continue_()
    page.wait_for_url(re.compile(r"/events$"))


def test_the_arrows_go_through_the_entries_and_escape_goes_back(site: Site, open_page: Any) -> None:
    page = open_page()
    page.goto(f"{site.base}/topics")
    page.locator("a.brand").focus()
    open_palette(page).fill("destin")
    page.locator("[data-count]", has_text="result").wait_for(state="attached")
    assert page.locator("dialog .first-hit").count() == 1
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert "New destination" in page.evaluate("document.activeElement.textContent")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.matches('[data-palette]')")
    page.keyboard.press("Escape")
    assert page.locator("dialog[open]").count() == 0
    assert page.evaluate("document.activeElement.matches('a.brand')")


def test_the_editor_has_its_commands_in_the_same_palette(site: Site, open_page: Any, client: Any) -> None:
    text = json.dumps(site.small_flow() | {"name": "Commanded"})
    flow = client.post(f"{site.base}/flows/import", data={"text": text}).headers["location"]
    page = open_page()
    page.goto(f"{flow}?step=greet")
    open_palette(page)
    page.keyboard.type("duplicate the step")
    page.keyboard.press("Enter")
    page.wait_for_selector("#at-greet_2")
    open_palette(page)
    page.keyboard.type("audit log")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/events$"))
    client.post(f"{flow}/delete")


def test_the_palette_is_sound_in_both_themes_wide_and_on_a_phone(
    site: Site, open_page: Any, faults: Any
) -> None:
    page = open_page(color_scheme="light")
    for path in (f"{site.base}/home", f"{site.made['flow']}?step=greet", "/account"):
        page.goto(path)
        open_palette(page).fill("e")
        page.wait_for_selector("dialog #matches a")
        assert faults(page, "dialog") == [], path


def test_the_button_in_the_header_leads_to_the_same_search_without_a_script(
    site: Site, open_page: Any
) -> None:
    page = open_page(java_script_enabled=False, viewport={"width": 390, "height": 900})
    page.goto(f"{site.base}/topics")
    page.get_by_role("link", name="Search").click()
    page.get_by_role("searchbox", name="Search").fill("greet")
    page.get_by_role("button", name="Search").click()
    page.locator("#matches").get_by_role("link", name="Greet").first.click()
    assert "/flows/flow_" in page.url
