"""A flow larger than the screen: what is looked for, all of it at once, and where a test led."""

import json
import re
from typing import Any

import httpx
import pytest

Site = Any  # of conftest, which cannot be imported
pytestmark = pytest.mark.browser

IN_VIEW = """selector => {
  const edgesOf = one => document.querySelector(one).getBoundingClientRect();
  const [ground, edges] = [edgesOf("#canvas"), edgesOf(selector)];
  return edges.top >= ground.top && edges.bottom <= ground.bottom && edges.left >= ground.left
    && edges.right <= ground.right;
}"""


def long_flow(site: Site, client: httpx.Client) -> str:
    """The path of a flow of thirty steps, the twentieth of which fails, with a note."""
    names = [f"step_{number}" for number in range(30)]
    steps = {
        name: {"type": "action", "piece": "data", "action": "compose", "next": following,
               "input": {"value": f"payload {name}"}}
        for name, following in zip(names, [*names[1:], None], strict=True)
    }  # fmt: skip
    steps["step_20"]["input"] = {"value": "{{ from_json(trigger.body.who) }}"}  # which is no JSON
    flow = site.small_flow() | {"name": "Long", "start": "step_0", "steps": steps}
    flow["notes"] = [{"text": "Ask the network team.", "step": None}]
    made = client.post(f"{site.base}/flows/import", data={"text": json.dumps(flow)})
    assert made.status_code == 303, made.text
    return str(made.headers["location"])


def test_the_search_finds_branches_conditions_values_and_notes(
    site: Site, open_page: Any, client: httpx.Client
) -> None:
    page = open_page(viewport={"width": 1440, "height": 900})
    page.goto(site.made["handler"])
    page.get_by_label("Find steps, branches").fill("connection")
    page.wait_for_selector(".way > .label.hit.here")
    assert page.evaluate(IN_VIEW, ".way > .label.hit.here")
    page.goto(long_flow(site, client))
    for words, hit in (("payload step_7", "#at-step_7 > .stop > .card"), ("network team", ".sticky")):
        page.get_by_label("Find steps, branches").fill(words)
        page.wait_for_selector(f"{hit}.hit.here")
        assert page.locator(".hit").count() == 1


def test_fit_shows_all_of_the_flow(site: Site, open_page: Any, client: httpx.Client) -> None:
    page = open_page(viewport={"width": 1440, "height": 900})
    for path in (site.made["handler"], long_flow(site, client)):
        page.goto(path)
        page.get_by_role("button", name="Fit").click()
        over = page.locator("#canvas").evaluate(
            "on => [on.scrollWidth - on.clientWidth, on.scrollHeight - on.clientHeight]"
        )
        assert max(over) <= 0, path
        assert page.evaluate(IN_VIEW, "#plan .end")


def test_fit_shows_all_of_the_flow_in_the_window_of_a_phone(
    site: Site, open_page: Any, client: httpx.Client
) -> None:
    """The canvas is as tall as the drawing there, and the page scrolls."""
    page = open_page(viewport={"width": 390, "height": 760})
    page.goto(long_flow(site, client))
    page.get_by_role("button", name="Fit").click()
    page.wait_for_function(
        """() => {
          const edges = one => document.querySelector(one).getBoundingClientRect();
          return edges("#at-webhook").top >= 0 && edges("#plan .end").bottom <= innerHeight;
        }"""
    )
    assert page.locator("#canvas").get_attribute("data-zoom") != "100"


def test_after_a_test_the_failed_step_is_in_view(site: Site, open_page: Any, client: httpx.Client) -> None:
    page = open_page(viewport={"width": 1440, "height": 900})
    page.goto(long_flow(site, client) + "/test?sample=hello")
    page.get_by_role("button", name="Run the test").click()
    page.wait_for_url(re.compile("run=run_"))
    page.wait_for_selector("#at-step_20[data-status=failed]")
    page.wait_for_function(f"() => ({IN_VIEW})('#at-step_20 > .stop > .card')")


def test_enter_and_tab_accept_a_completion_and_a_half_written_expression_is_no_error(
    site: Site, open_page: Any, client: httpx.Client
) -> None:
    page = open_page(viewport={"width": 1440, "height": 900})
    page.goto(long_flow(site, client) + "?step=step_1")
    field = page.locator("#panel-form [data-expr]").first
    for key in ("Enter", "Tab"):
        field.fill("")
        field.press_sequentially("{{ trigg")
        page.wait_for_selector("#completions li[aria-selected=true]")
        assert page.locator(".helper .given.bad:visible").count() == 0
        page.keyboard.press(key)
        assert field.input_value() == "{{ trigger"


def test_tab_does_not_bring_back_what_was_offered_for_an_older_text(
    site: Site, open_page: Any, client: httpx.Client
) -> None:
    """What the server offered for the empty field is still shown, or on its way, when the text is written."""
    page = open_page(viewport={"width": 1440, "height": 900})
    page.goto(long_flow(site, client) + "?step=step_1")
    field = page.locator("#panel-form [data-expr]").first
    field.fill("")
    field.press_sequentially("{{ trigg")
    page.wait_for_selector("#completions li[aria-selected=true]")
    page.route("**/expression", lambda route: None)  # no further answer comes
    page.keyboard.press("Tab")
    page.keyboard.insert_text(".body.a }}")
    page.keyboard.press("Tab")
    assert field.input_value() == "{{ trigger.body.a }}"
    assert field.evaluate("field => field !== document.activeElement")
