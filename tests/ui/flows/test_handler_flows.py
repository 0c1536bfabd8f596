"""Generating a handler flow on its page: events, then the proof, then the result."""

import re
from typing import Any

import httpx
import pytest

from engine import catalogues
from tests.support.html import flat

Site = Any  # of conftest, which cannot be imported


def generate(site: Site, client: httpx.Client, **form: Any) -> httpx.Response:
    return client.post(f"{site.base}/handler-flows/new", data={"name": "", **form})


def ticked(page: str) -> list[str]:
    return re.findall(r'name="event" value="([^"]+)"[^>]* checked', page)


def test_no_event_is_ticked_but_the_one_that_the_reader_came_from(site: Site, client: httpx.Client) -> None:
    path = f"{site.base}/handler-flows/new?catalogue=deck"
    page = client.get(path).text
    assert ticked(page) == [] and "0 chosen" in flat(page)
    assert page.index("1. Events") < page.index("2. How Deck proves itself") < page.index("Generate flow")
    assert ticked(client.get(f"{path}&event=agent.created").text) == ["agent.created"]
    for asked, event in (("?event=agent.created", "&amp;event=agent.created"), ("", "")):
        shown = client.get(f"{site.base}/catalogues/deck{asked}").text
        assert f'/handler-flows/new?catalogue=deck{event}"' in shown


def test_the_box_of_a_group_means_all_of_its_events(site: Site, client: httpx.Client) -> None:
    form = {"catalogue": "deck", "group": "Agent", "event": "task.created", "scheme": "none"}
    made = generate(site, client, **form)
    assert made.status_code == 303
    flow = client.get(f"{made.headers['location']}/export").json()
    taken = [case for branch in flow["steps"]["by_event"]["branches"] for case in branch["case"]]
    group = [event.name for event in catalogues.get("deck").groups()["Agent"]]
    assert taken == [*group, "task.created"] and len(group) > 1
    assert "otherwise" not in flow["steps"]["by_event"]
    message = flow["steps"][flow["steps"]["by_event"]["branches"][0]["next"]]
    assert message["action"] == "compose" and message["input"]["value"].startswith("An agent was created: {{")


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"scheme": "none"}, "e-events"),
        ({"scheme": "discord", "event": "agent.created"}, "e-secret"),
    ],
)
def test_what_is_wrong_stands_once_beside_its_field(
    site: Site, client: httpx.Client, form: dict[str, str], field: str
) -> None:
    refused = generate(site, client, catalogue="deck", **form)
    assert refused.status_code == 422
    assert refused.text.count('class="wrong"') == 1 and 'role="alert"' not in refused.text
    assert f'id="{field}"' in refused.text and f'aria-describedby="{field}"' in refused.text
    if "event" in form:
        assert ticked(refused.text) == ["agent.created"]


def test_a_secret_of_ours_is_shown_once_with_what_to_enter_at_the_vendor(
    site: Site, client: httpx.Client
) -> None:
    page = generate(site, client, catalogue="github", event="push", scheme="github").text
    secret = re.search(r'id="secret"[^>]*>([^<]+)<', page)
    path = re.search(r'href="([^"]+/flows/flow_\w+)">Open flow', flat(page))
    assert secret and path
    assert "In GitHub, open Settings, Webhooks and enter the secret under Secret." in flat(page)
    assert "Payload URL" in page and f"/webhooks/{path[1].rpartition('/')[2]}" in page
    assert secret[1] not in client.get(path[1]).text


def test_of_a_secret_that_the_vendor_shows_the_page_says_where_it_goes(
    site: Site, client: httpx.Client
) -> None:
    page = generate(site, client, catalogue="slack", event="message", scheme="slack").text
    assert 'id="secret"' not in page and "Basic Information" in page
    at = re.search(r'href="([^"]+/connections/\w+)"[^>]*>.*?Enter the secret', flat(page))
    assert at and client.get(at[1]).status_code == 200
