"""The list of runs and one run, as plain HTML: what it tells, and acting on several at once."""

import json
import re
from html import unescape
from typing import Any

import httpx
import pytest

from engine.store import run_reader
from tests.support.html import flat

Site = Any  # of conftest, which cannot be imported


def send(site: Site, client: httpx.Client, body: Any) -> str:
    return str(client.post("/webhooks/" + site.made["flow"].rpartition("/")[2], json=body).json()["run_id"])


def test_a_row_shows_the_value_that_sent_the_event_on_its_way(site: Site, client: httpx.Client) -> None:
    text = client.get(f"{site.base}/runs?q={site.made['run'].rpartition('/')[2]}").text
    assert re.search(r'<code class="key"[^>]*>hello</code>', text)


def test_a_search_that_found_nothing_yet_goes_on_to_its_end(
    site: Site, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_reader, "SCAN_SIZES", (1, 2))
    text, pages = client.get(f"{site.base}/runs?q=found+nowhere").text, 1
    assert "No run matches so far" in text and "Searched back to" in text
    while further := re.search(r'href="([^"]+)" hx-get="([^"]+)" [^>]*hx-trigger="load, click"', text):
        assert further[1] == further[2]
        text, pages = client.get(f"{site.base}/runs{unescape(further[1])}").text, pages + 1
    assert "<h2>No run matches</h2>" in text and pages > 1


def test_a_search_without_a_match_says_what_it_searches(site: Site, client: httpx.Client) -> None:
    searched = client.get(f"{site.base}/runs?q=found+nowhere").text
    assert "not the events’ data" in searched and "Widen the dates" not in searched
    filtered = client.get(f"{site.base}/runs?until=2001-01-01T00:00").text
    assert "Widen the dates" in filtered and "not the events’ data" not in filtered


def test_a_test_and_a_retry_are_marked(site: Site, client: httpx.Client) -> None:
    event = json.dumps({"body": {"kind": "hello", "who": "Ada"}})
    client.post(f"{site.made['flow']}/test", data={"sample": "hello", "event": event})
    assert "flask" not in (text := client.get(f"{site.base}/runs?environment=test").text)
    assert re.search(r'class="badge">.*?</svg>test', text)
    again = client.post(f"{site.made['run']}/retry", data={"version": "same"}).headers["location"]
    row = flat(client.get(f"{site.base}/runs?q={again.rpartition('/')[2]}").text)
    assert site.made["run"] in row and "retry</a>" in row


def test_an_unrouted_run_says_why(site: Site, client: httpx.Client) -> None:
    text = client.get(site.made["unrouted"]).text
    assert "Why no branch took it" in text and "another value" in text
    assert "its condition did not hold" in text and '<code class="chip">"?"</code>' in text


def test_a_run_says_what_was_read_otherwise_than_declared(site: Site, client: httpx.Client) -> None:
    address = f"/webhooks/{site.made['flow'].rpartition('/')[2]}/sync"
    headers = {"content-type": "application/x-www-form-urlencoded"}
    note = "The body was declared as a form and read as JSON."
    for kind, times in (("hello", 1), ("?", 2)):
        ended = client.post(address, content=json.dumps({"kind": kind}), headers=headers)
        text = client.get(f"{site.base}/runs/{ended.json()['run_id']}").text
        assert text.count(f"<span>{note}</span>") == times, "also in Why no branch took it"


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


@pytest.mark.slow
def test_of_a_long_value_a_page_is_shown_and_the_rest_on_request(site: Site, client: httpx.Client) -> None:
    run = f"{site.base}/runs/{send(site, client, {'kind': '?', 'list': list(range(60_000))})}"
    text = client.get(run).text
    assert len(text) < 60_000 and "60000 items" in text and "59999" not in text
    part = client.get(f"{run}/values?of=event&at=/body/list&page=1200").text
    assert "59999" in part and "1200 of 1200 pages" in part and len(part) < 60_000
    assert client.get(f"{run}/values/json?of=event&at=/body/list").json()[-1] == 59_999
    found = client.get(f"{run}/values?of=event&q=59998").text
    assert "body/list/59998" in found


def test_a_value_by_script_is_a_block_under_the_id_of_the_page(site: Site, client: httpx.Client) -> None:
    script = {"HX-Request": "true", "HX-Target": "div#event"}
    told = client.get(f"{site.made['run']}/values?of=event&id=event&view=raw", headers=script).text
    assert told.strip().startswith('<div class="value stack tight" id="event">') and "&#34;who&#34;" in told
    told = client.get(f"{site.made['run']}/values?of=event&id=%22onload", headers=script).text
    assert 'id="value"' in told


@pytest.mark.parametrize("asked", ["of=output", "of=output&step=none", "of=status&step=by_kind", "of=name"])
def test_a_value_that_is_not_there_is_not_found(site: Site, client: httpx.Client, asked: str) -> None:
    assert client.get(f"{site.made['run']}/values?{asked}").status_code == 404
    assert client.get(f"{site.made['run']}/values/json?of=event&at=/nowhere").status_code == 404


def test_one_item_of_a_loop_is_shown_and_the_address_says_which(site: Site, client: httpx.Client) -> None:
    text = client.get(site.made["loop"]).text
    assert "Item 1" in text and "each[0].one" in text and "each[1].one" not in text
    text = client.get(site.made["loop"] + "?iteration=each[1]").text
    assert "Item 2" in text and "each[1].one" in text and "each[0].one" not in text
    assert 'aria-label="Previous item of each"' in text and "Next item" not in text
