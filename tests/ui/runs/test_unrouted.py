"""An unrouted event on the pages: a branch for it in one press, replayed, resolved, dismissed."""

import json
import re
from typing import Any

import httpx

from tests.ui.conftest import Site


def unrouted(site: Site, client: httpx.Client, kind: Any) -> tuple[str, str]:
    """The paths of a published flow, and of a run of it that no branch took."""
    flow = site.small_flow() | {"name": "Unrouted"}
    path = client.post(f"{site.base}/flows/import", data={"text": json.dumps(flow)}).headers["location"]
    client.post(f"{path}/publish", data={"revision": "1", "enable": "yes"})
    flow_id = path.rpartition("/")[2]
    sent = client.post(f"/webhooks/{flow_id}/sync", json={"kind": kind})
    assert sent.status_code < 500, sent.text
    listed = client.get(f"{site.base}/unrouted?flow={flow_id}").text
    (run_id,) = set(re.findall(r"/runs/(run_\w+)", listed))
    return path, f"{site.base}/runs/{run_id}"


def test_a_branch_is_added_from_the_run_and_a_replay_resolves_it(site: Site, client: httpx.Client) -> None:
    path, run = unrouted(site, client, "bye")
    page = client.get(run).text
    assert "Add a branch for bye" in page
    made = client.post(f"{run}/branch", data={"step": "by_kind"})
    assert made.headers["location"] == f"{path}?step=by_kind&branch=2#panel"
    assert "bye" in client.get(made.headers["location"].partition("#")[0]).text
    again = client.post(f"{run}/branch", data={"step": "by_kind"})
    assert again.status_code == 409 and "already has a branch for this value" in again.text

    revision = re.search(r'name="revision" value="(\d+)"', client.get(f"{path}/publish").text)
    assert revision
    client.post(f"{path}/publish", data={"revision": revision[1], "enable": "yes"})
    replay = client.post(f"{run}/retry", data={"version": "latest"}).headers["location"]
    for _ in range(100):
        if "resolved by" in (page := client.get(run).text):
            break
    assert f'href="{replay}"' in page and "resolved" in page
    assert run not in client.get(f"{site.base}/unrouted").text
    client.post(f"{path}/delete")


def test_an_event_that_was_dismissed_is_off_the_list_and_says_so(site: Site, client: httpx.Client) -> None:
    path, run = unrouted(site, client, "bye")
    back = f"{site.base}/unrouted"
    chosen = {"do": "dismiss", "run": run.rpartition("/")[2], "next": back}
    done = client.post(f"{site.base}/runs", data=chosen).headers["location"]
    assert "1 run dismissed" in client.get(done).text
    assert run not in client.get(back).text and "dismissed" in client.get(run).text
    client.post(f"{path}/delete")


def test_events_are_grouped_by_flow_and_key_and_a_group_is_settled_at_once(
    site: Site, client: httpx.Client
) -> None:
    path, first = unrouted(site, client, "grouped")
    flow_id = path.rpartition("/")[2]
    for kind in ("grouped", "alone", "grouped"):
        assert client.post(f"/webhooks/{flow_id}/sync", json={"kind": kind}).status_code < 500
    page = client.get(f"{site.base}/unrouted?flow={flow_id}").text
    groups = re.findall(r'<code class="key" title="(\w+)">.*?data-label="Events">(\d+)<', page, re.DOTALL)
    assert {("grouped", "3"), ("alone", "1")} <= set(groups)
    chosen = {"do": "dismiss", "alike": first.rpartition("/")[2], "next": f"{site.base}/unrouted"}
    done = client.post(f"{site.base}/runs", data=chosen).headers["location"]
    assert "3 runs dismissed" in client.get(done).text
    left = client.get(f"{site.base}/unrouted?flow={flow_id}").text
    assert "grouped" not in left and "alone" in left and "By flow and key" not in left
    client.post(f"{path}/delete")


def test_a_value_that_is_no_case_offers_no_branch(site: Site, client: httpx.Client) -> None:
    path, run = unrouted(site, client, {"deep": 1})
    refused = client.post(f"{run}/branch", data={"step": "by_kind"})
    assert refused.status_code == 422 and "no text or number" in refused.text
    for step in ("greet", "none", ""):
        assert client.post(f"{run}/branch", data={"step": step}).status_code == 422
    client.post(f"{path}/delete")
