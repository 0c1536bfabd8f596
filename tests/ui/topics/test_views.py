"""The pages of topics, as plain HTML: what they tell, publishing by hand, reading again."""

import json
import re
from typing import Any

import httpx
import pytest

Site = Any  # of conftest, which cannot be imported

READER = {
    "format": 1,
    "name": "Reads <orders>",
    "triggers": [{"name": "news", "piece": "topic", "trigger": "subscribe", "input": {"topic": "page.*"}}],
    "start": "a",
    "steps": {
        "a": {"type": "action", "piece": "data", "action": "compose", "input": {"value": 1}, "next": None}
    },
}


def publish(site: Site, client: httpx.Client, topic: str, body: str) -> httpx.Response:
    return client.post(f"{site.base}/topics", data={"topic": topic, "body": body})


def test_a_message_published_by_hand_is_shown_on_its_topic(site: Site, client: httpx.Client) -> None:
    answer = publish(site, client, "page.made", '{"text": "<b>hello</b>"}')
    assert answer.status_code == 303
    text = client.get(answer.headers["location"]).text
    assert "The message is published." in text
    assert "&lt;b&gt;hello&lt;/b&gt;" in text and "<b>hello" not in text
    assert f'href="{site.base}/topics/page.made"' in client.get(f"{site.base}/topics").text


@pytest.mark.parametrize(
    ("topic", "body", "says"),
    [
        ("Not a topic", "1", "must be lowercase letters"),
        ("", "1", "must be lowercase letters"),
        ("page.bad", "{oops", "e-body"),
        ("page.bad", "", "e-body"),
    ],
)
def test_what_cannot_be_published_comes_back_with_its_reason(
    site: Site, client: httpx.Client, topic: str, body: str, says: str
) -> None:
    answer = publish(site, client, topic, body)
    assert answer.status_code in (400, 422)
    assert says in answer.text
    assert "page.bad</a>" not in client.get(f"{site.base}/topics").text


def test_a_page_of_no_topic_is_none(site: Site, client: httpx.Client) -> None:
    assert client.get(f"{site.base}/topics/Not%20one").status_code == 404
    assert client.get(f"{site.base}/topics/page.made?cursor=oops").status_code == 422


def test_a_subscriber_is_named_and_reads_again(site: Site, client: httpx.Client) -> None:
    made = client.post(f"{site.base}/flows/import", data={"text": json.dumps(READER)}).headers["location"]
    assert client.post(f"{made}/publish", data={"revision": "1", "enable": "yes"}).status_code == 303
    publish(site, client, "page.read", "1")
    page = f"{site.base}/topics/page.read"
    text = client.get(page).text
    assert "Reads &lt;orders&gt;" in text and "page.*" in text
    again = client.post(f"{page}/replay", data={"since": "2020-01-01T00:00", "flow": ""})
    assert again.status_code == 303
    assert re.search(r"1 subscriber reads again", client.get(again.headers["location"]).text)
    refused = client.post(f"{page}/replay", data={"since": "yesterday"})
    assert refused.status_code == 422 and "Not an ISO 8601 time" in refused.text
