"""The list of runs and one run, as plain HTML: what it tells, and acting on several at once."""

import json
import re
from typing import Any

import httpx
import pytest

Site = Any  # of conftest, which cannot be imported


def send(site: Site, client: httpx.Client, body: Any) -> str:
    return str(client.post("/webhooks/" + site.made["flow"].rpartition("/")[2], json=body).json()["run_id"])


def test_a_row_shows_the_value_that_sent_the_event_on_its_way(site: Site, client: httpx.Client) -> None:
    text = client.get(f"{site.base}/runs?q={site.made['run'].rpartition('/')[2]}").text
    assert re.search(r'<code class="key"[^>]*>hello</code>', text)


def test_a_test_and_a_retry_are_marked(site: Site, client: httpx.Client) -> None:
    event = json.dumps({"body": {"kind": "hello", "who": "Ada"}})
    client.post(f"{site.made['flow']}/test", data={"sample": "hello", "event": event})
    assert "flask" not in (text := client.get(f"{site.base}/runs?environment=test").text)
    assert re.search(r'class="badge">.*?</svg>test', text)
    again = client.post(f"{site.made['run']}/retry", data={"version": "same"}).headers["location"]
    row = client.get(f"{site.base}/runs?q={again.rpartition('/')[2]}").text
    assert site.made["run"] in row and "retry</a>" in row


def test_an_unrouted_run_says_why(site: Site, client: httpx.Client) -> None:
    text = client.get(site.made["unrouted"]).text
    assert "Why no branch took it" in text and "another value" in text
    assert "its condition did not hold" in text and "&#34;?&#34;" in text


def test_the_retry_form_offers_what_can_be_done(site: Site, client: httpx.Client) -> None:
    text = client.get(site.made["run"]).text
    assert 'name="version" value="same"' in text and 'name="version" value="latest"' in text
    assert 'value="failed"' not in text


def test_several_runs_are_retried_and_those_that_cannot_be_are_counted(
    site: Site, client: httpx.Client
) -> None:
    ended = [send(site, client, {"kind": "hello"}) for _ in range(2)]
    back = f"{site.base}/runs?environment=production"
    form = {"run": [*ended, ended[0], "run_none"], "do": "retry", "next": back}
    answer = client.post(f"{site.base}/runs", data=form)
    assert answer.status_code == 303
    shown = answer.headers["location"]
    assert shown == f"{back}&deed=retry&done=2&left=1"
    text = client.get(shown).text
    assert "2 runs retried. 1 run left as it was" in text
    assert "environment=production&amp;cursor" in text or "cursor=" not in text


def test_ended_runs_are_not_canceled(site: Site, client: httpx.Client) -> None:
    answer = client.post(f"{site.base}/runs", data={"run": send(site, client, {}), "do": "cancel"})
    assert answer.headers["location"].endswith("deed=cancel&done=0&left=1")


@pytest.mark.parametrize(
    ("form", "end"),
    [
        ({}, "/runs?deed=retry&done=0&left=0"),
        ({"do": "drop table", "run": "run_x"}, "/runs?deed=retry&done=0&left=0"),
        (
            {"do": "cancel", "run": "run_x", "next": "https://evil.example/"},
            "/runs?deed=cancel&done=0&left=1",
        ),
        ({"do": "cancel", "run": "' OR 1=1", "next": "/projects"}, "/runs?deed=cancel&done=0&left=1"),
    ],
)
def test_odd_requests_for_several_do_nothing(
    site: Site, client: httpx.Client, form: dict[str, str], end: str
) -> None:
    answer = client.post(f"{site.base}/runs", data=form)
    assert answer.headers["location"] == site.base + end
    assert client.get(answer.headers["location"]).status_code == 200


@pytest.mark.parametrize("query", ["deed=x&done=1", "deed=retry&done=-1&left=²", "deed=cancel&done=99999"])
def test_a_made_up_result_is_not_told(site: Site, client: httpx.Client, query: str) -> None:
    text = client.get(f"{site.base}/runs?{query}").text
    assert "99999 runs" not in text and "runs retried." not in text


def test_a_run_is_downloaded_whole(site: Site, client: httpx.Client) -> None:
    answer = client.get(site.made["run"] + "/json")
    assert answer.json()["status"] == "succeeded"
    assert "attachment" in answer.headers["content-disposition"]
    assert client.get(f"{site.base}/runs/run_none/json").status_code == 404


def test_a_long_value_is_folded_and_a_very_long_one_cut(site: Site, client: httpx.Client) -> None:
    short, long, longest = (
        client.get(f"{site.base}/runs/{send(site, client, {'kind': '?', 'list': list(range(n))})}").text
        for n in (3, 90, 60_000)
    )
    assert "Show all" not in short and "Show all" in long and "Cut after" not in long
    assert "Cut after" in longest and len(longest) < 1_000_000
