"""The page of a version: what differs from another is marked on the drawing of either."""

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

Site = Any  # of conftest, which cannot be imported
pytestmark = pytest.mark.browser

CARD = "#at-{} > .stop > .card"


@pytest.fixture
def flow(site: Site, client: httpx.Client) -> Iterator[str]:
    """The path of a flow with a version and a draft in which a step and a branch changed, a step and a branch
    were added, and a step was removed."""
    first = site.small_flow() | {"name": "Marked"}
    path = client.post(f"{site.base}/flows/import", data={"text": json.dumps(first)}).headers["location"]
    client.post(f"{path}/publish", data={"revision": "1", "enable": "yes"})
    draft = site.small_flow() | {"name": "Marked"}
    steps = draft["steps"]
    steps["greet"] |= {"title": "Greet them", "next": "wave"}
    steps["wave"] = steps["greet"] | {"title": "Wave", "next": None}
    steps["each"]["body"] = None
    del steps["one"]
    branches = steps["by_kind"]["branches"]
    branches[1]["when"] = "length(trigger.body.all || `[]`) > `2`"
    branches.append({"name": "Bye", "case": ["bye"], "next": None})
    saved = client.post(f"{path}/json", data={"definition": json.dumps(draft), "revision": "1"})
    assert saved.status_code == 303, saved.text
    yield path
    client.post(f"{path}/delete")


def test_either_side_of_a_comparison_marks_what_differs(
    site: Site, open_page: Any, flow: str, faults: Any
) -> None:
    page = open_page(viewport={"width": 1440, "height": 900})
    page.goto(f"{flow}/versions/1")
    bar = page.locator(".legend-bar")
    assert re.findall(r"\d+ (?:add|remov|chang)ed", bar.inner_text()) == ["2 added", "1 removed", "2 changed"]
    assert faults(page) == []
    for drawn, only in (("version", "one"), ("draft", "wave")):
        present = {name for name in ("one", "wave") if page.locator(CARD.format(name)).count()}
        assert present == {only}, drawn
        word = page.locator(f"{CARD.format(only)} .change").inner_text().strip()
        assert word == ("removed" if drawn == "version" else "added")
        assert page.locator(f"{CARD.format('greet')} .change").inner_text().strip() == "changed"
        many = page.locator(".canvas .label", has_text="Many").locator(".change")
        assert many.inner_text().strip() == "changed"
        assert page.locator(".canvas .label", has_text="Bye").count() == (drawn == "draft")
        if drawn == "version":
            page.get_by_role("link", name="Draft", exact=True).click()
            page.wait_for_url(re.compile("draw=other"))
    assert page.locator(".canvas .label", has_text="Bye").locator(".change").inner_text().strip() == "added"


def test_versions_that_do_not_differ_have_no_marks(site: Site, open_page: Any, client: httpx.Client) -> None:
    text = json.dumps(site.small_flow() | {"name": "Unmarked"})
    path = client.post(f"{site.base}/flows/import", data={"text": text}).headers["location"]
    client.post(f"{path}/publish", data={"revision": "1", "enable": "yes"})
    page = open_page()
    page.goto(f"{path}/versions/1")
    page.get_by_text("No step or branch differs.").wait_for()
    assert page.locator(".canvas [data-change]").count() == 0
    client.post(f"{path}/delete")
