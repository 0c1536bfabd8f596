"""The room of the canvas: menus at its edges, panes that are resized and remembered, the whole in sight."""

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

Site = Any  # of conftest, which cannot be imported

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 760}
INSIDE = """box => {
    const edges = box.getBoundingClientRect();
    return edges.left >= 0 && edges.top >= 0 && edges.right <= innerWidth && edges.bottom <= innerHeight;
}"""
"""Whether all of an element is within the window."""
MIDDLE = """() => {
    const edges = each => document.querySelector(each).getBoundingClientRect();
    const [plan, canvas] = [edges("#plan"), edges("#canvas")];
    const level = Number(document.querySelector("#canvas").dataset.zoom ?? 100) / 100;
    const [x, y] = [canvas.left + canvas.width / 2, canvas.top + canvas.height / 2];
    return [(x - plan.left) / level, (y - plan.top) / level];
}"""
"""What of the drawing is in the middle of the canvas."""


@pytest.fixture
def flow(site: Site, client: httpx.Client) -> Iterator[str]:
    """The path of a flow with a long track."""
    steps = {
        f"step_{number}": {
            "type": "action", "piece": "data", "action": "compose", "input": {"value": number},
            "next": f"step_{number + 1}" if number < 19 else None,
        }
        for number in range(20)
    }  # fmt: skip
    text = json.dumps(site.small_flow() | {"name": "Twenty steps", "start": "step_0", "steps": steps})
    path = client.post(f"{site.base}/flows/import", data={"text": text}).headers["location"]
    yield path
    client.post(f"{path}/delete")


def open_menu(page: Any, step: str, at: str) -> Any:
    """The open menu of a step whose card stands at the `start` or `end` of the canvas."""
    card = page.locator(f"#at-{step} > .stop > .card")
    card.evaluate(f"card => card.scrollIntoView({{ block: '{at}' }})")
    page.locator(f"#at-{step} > .stop > .menu > summary").click()
    box = page.locator(f"#at-{step} > .stop > .menu > .box")
    box.locator("text=Duplicate").wait_for()
    return box


@pytest.mark.parametrize("size", [{"width": 1440, "height": 700}, PHONE], ids=["wide", "phone"])
def test_the_menu_of_a_step_stays_in_the_window(
    site: Site, open_page: Any, flow: str, size: dict[str, int]
) -> None:
    page = open_page(viewport=size)
    page.goto(flow)
    for step, at in (("step_0", "start"), ("step_10", "end"), ("step_19", "end")):
        box = open_menu(page, step, at)
        assert box.evaluate(INSIDE), (step, at, box.bounding_box())
        page.keyboard.press("Escape")


def test_the_menu_of_a_branch_stays_in_the_window_of_a_phone(site: Site, open_page: Any) -> None:
    page = open_page(viewport=PHONE)
    page.goto(site.made["flow"])
    summary = page.locator(".way .menu > summary").first
    summary.evaluate("each => each.scrollIntoView({ block: 'end' })")
    summary.click()
    box = page.locator(".way .menu[open] > .box")
    box.locator("text=Duplicate").wait_for()
    assert box.evaluate(INSIDE), box.bounding_box()


def test_completions_stay_in_the_window(site: Site, open_page: Any) -> None:
    page = open_page(viewport={"width": 390, "height": 500})
    page.goto(f"{site.made['flow']}?step=greet")
    field = page.locator("#panel textarea[data-expr]").first
    for at in ("start", "end"):
        field.evaluate(f"field => field.scrollIntoView({{ block: '{at}' }})")
        field.fill("")
        field.press_sequentially("{{ ")
        page.wait_for_selector(".helper:not([hidden]) li")
        assert page.locator(".helper").evaluate(INSIDE), page.locator(".helper").bounding_box()
        page.keyboard.press("Escape")
    field.fill("{{ trigger.body.who }}")


def test_the_panel_is_resized_by_keyboard_and_by_pointer_and_stays_so(
    site: Site, open_page: Any, flow: str
) -> None:
    page = open_page(viewport={"width": 1440, "height": 800})
    page.goto(flow)
    panel, edge = page.locator("#panel"), page.get_by_role("separator", name="Width of the panel")
    usual = panel.bounding_box()["width"]
    edge.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert panel.bounding_box()["width"] == usual + 32
    assert edge.get_attribute("aria-valuenow") == str(round(usual) + 32)
    box = edge.bounding_box()
    page.mouse.move(box["x"] + 4, box["y"] + 300)
    page.mouse.down()
    page.mouse.move(box["x"] - 96, box["y"] + 300)
    page.mouse.up()
    assert panel.bounding_box()["width"] == usual + 132
    page.reload()
    assert panel.bounding_box()["width"] == usual + 132
    edge.dblclick()
    assert panel.bounding_box()["width"] == usual


def test_the_panel_and_the_menu_collapse_and_stay_so_until_they_are_wanted(
    site: Site, open_page: Any, flow: str
) -> None:
    page = open_page(viewport={"width": 1440, "height": 800})
    page.goto(flow)
    before = page.locator("#canvas").bounding_box()["width"]
    page.get_by_role("button", name="Panel", exact=True).click()
    page.get_by_role("button", name="Menu", exact=True).click()
    assert page.locator("#panel").is_hidden()
    assert page.locator("#canvas").bounding_box()["width"] > before + 408 + 100
    page.reload()
    assert page.locator("#panel").is_hidden()
    page.goto(f"{site.base}/runs")
    assert page.locator("#menu").bounding_box()["width"] < 60
    page.get_by_role("link", name="Topics").click()
    page.wait_for_url(re.compile("/topics$"))
    page.goto(flow)
    page.locator("#at-step_1 > .stop > .card").click()
    page.wait_for_selector("#panel[data-step=step_1]")
    page.get_by_role("button", name="Menu", exact=True).click()
    assert page.locator("#menu").bounding_box()["width"] > 200


def test_collapsed_panes_are_sound(site: Site, open_page: Any, violations: Any, flow: str) -> None:
    page = open_page(viewport={"width": 1440, "height": 800})
    page.goto(flow)
    for name in ("Panel", "Menu"):
        page.get_by_role("button", name=name, exact=True).click()
    assert violations(page) == []


def test_fit_shows_the_whole_and_larger_again_what_was_in_the_middle(
    site: Site, open_page: Any, flow: str
) -> None:
    page = open_page(viewport={"width": 1440, "height": 800})
    page.goto(flow)
    page.locator("#at-step_12 > .stop > .card").evaluate("card => card.scrollIntoView({ block: 'center' })")
    was = page.evaluate(MIDDLE)
    page.get_by_role("button", name="Fit").click()
    canvas = page.locator("#canvas")
    assert canvas.evaluate("each => each.scrollHeight <= each.clientHeight")
    page.locator(".level").click()
    assert canvas.get_attribute("data-zoom") == "100"
    now = page.evaluate(MIDDLE)
    assert abs(now[1] - was[1]) < 4, (was, now)


def test_the_name_is_changed_where_it_stands(
    site: Site, open_page: Any, client: httpx.Client, flow: str
) -> None:
    page = open_page()
    page.goto(flow)
    page.get_by_role("link", name="Twenty steps", exact=True).click()
    field = page.get_by_role("textbox", name="Name of the flow")
    field.fill("Twenty renamed")
    page.keyboard.press("Enter")
    page.locator("#saved", has_text="Saved").wait_for()
    assert page.get_by_role("heading", name="Twenty renamed").is_visible() and field.is_hidden()
    page.get_by_role("link", name="Twenty renamed").click()
    field.fill("Not this")
    page.keyboard.press("Escape")
    assert field.is_hidden() and page.get_by_role("heading", name="Twenty renamed").is_visible()
    page.get_by_role("link", name="Twenty renamed").click()
    field.fill("Left by a click")
    page.locator("#canvas").click(position={"x": 5, "y": 300})
    page.get_by_role("heading", name="Left by a click").wait_for()
    page.wait_for_selector("html:not([data-unsaved])")
    assert "Left by a click" in client.get(flow).text


def test_without_a_script_the_name_leads_to_the_settings(site: Site, open_page: Any, flow: str) -> None:
    page = open_page(java_script_enabled=False)
    page.goto(flow)
    page.get_by_role("link", name="Twenty steps", exact=True).click()
    page.get_by_role("textbox", name="Name", exact=True).fill("Twenty without a script")
    page.get_by_role("button", name="Save", exact=True).click()
    assert page.get_by_role("heading", name="Twenty without a script").is_visible()
