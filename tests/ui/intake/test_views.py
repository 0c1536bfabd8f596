"""The pages of rejected requests and held events, as plain HTML."""

import json
from typing import Any

import httpx
import pytest

from engine.base import clock
from engine.signatures import new_secret, sign
from tests.support.waiting import polled

Site = Any  # of conftest, which cannot be imported

SECRET = new_secret()  # other tests of the site store secrets too: none may be this one


def make(site: Site, client: httpx.Client, name: str, **given: Any) -> str:
    """A published flow with one step; its id."""
    verify = given.pop("verify", {"scheme": "none"})
    definition = {
        "format": 1, "name": name, "start": "a",
        "triggers": [{"name": "webhook", "piece": "webhook", "trigger": "catch",
                      "input": {"verify": verify, **given}}],
        "steps": {"a": {"type": "action", "piece": "data", "action": "compose", "input": {"value": 1}}},
    }  # fmt: skip
    made = client.post(f"{site.base}/flows/import", data={"text": json.dumps(definition)})
    there: str = made.headers["location"]
    shown = client.get(f"{there}/publish").text
    revision = shown.partition('name="revision" value="')[2].partition('"')[0]
    answer = client.post(f"{there}/publish", data={"revision": revision, "enable": "yes"})
    assert answer.status_code == 303, answer.text
    return there.rpartition("/")[2]


def rows(site: Site, client: httpx.Client, query: str, count: int = 1) -> list[str]:
    """The ids in the list of rejected requests, once there are so many."""

    def ask() -> list[str]:
        shown = client.get(f"{site.base}/rejected?{query}").text
        found = [part.partition('"')[0] for part in shown.split('id="row-')[1:]]
        return found if len(found) >= count else []

    return polled(ask)


def test_a_rejected_request_is_listed_opened_and_admitted(site: Site, client: httpx.Client) -> None:
    flow_id = make(site, client, "Takes <GET>", methods=["PUT"])
    headers = {"X-Token": "hush-hush", "X-Plain": "<i>plain</i>"}
    assert client.post(f"/webhooks/{flow_id}", json={"a": "<b>"}, headers=headers).status_code == 405
    (id,) = rows(site, client, f"flow={flow_id}")
    listed = client.get(f"{site.base}/rejected?flow={flow_id}").text
    assert "Method not allowed" in listed and "Takes &lt;GET&gt;" in listed and "127.0.0.1" in listed
    shown = client.get(f"{site.base}/rejected/{id}").text
    assert "&lt;b&gt;" in shown and "&lt;i&gt;plain&lt;/i&gt;" in shown and "<i>plain" not in shown
    assert "hush-hush" not in shown
    refused = client.post(f"{site.base}/rejected/{id}/admit")
    assert refused.status_code == 409 and "Still refused" in refused.text
    seen = client.get(f"{site.base}/flows/{flow_id}").text
    assert f'href="{site.base}/rejected?flow={flow_id}"' in seen  # the badge on the flow


def test_several_are_admitted_from_the_list(site: Site, client: httpx.Client) -> None:
    flow_id = make(site, client, "Rejects while disabled", while_disabled="reject")
    client.post(f"{site.base}/flows/{flow_id}/enabled", data={"enabled": "no"})
    for number in range(3):
        assert client.post(f"/webhooks/{flow_id}", json=number).status_code == 409
    ids = rows(site, client, f"flow={flow_id}", 3)
    there = f"{site.base}/rejected?flow={flow_id}"
    said = client.post(f"{site.base}/rejected", data={"do": "admit", "request": ids[0], "next": there})
    assert "1 request is still refused." in client.get(said.headers["location"]).text
    client.post(f"{site.base}/flows/{flow_id}/enabled", data={"enabled": "yes"})
    said = client.post(f"{site.base}/rejected", data={"do": "admit_all", "next": there})
    assert "Admitted 3 requests." in client.get(said.headers["location"]).text
    assert rows(site, client, f"flow={flow_id}&state=admitted", 3) == ids
    assert "No request matches" in client.get(there).text
    shown = client.get(f"{site.base}/rejected/{ids[0]}").text
    assert f"{site.base}/runs/run_" in shown and ">Admit<" not in shown


def test_a_wrong_signature_is_explained_and_an_admin_may_pass_over_it(
    site: Site, client: httpx.Client
) -> None:
    fields = {"piece": "webhook", "name": "explained", "field.secret": "whsec_" + "A" * 32}
    assert client.post(f"{site.base}/connections", data=fields).status_code == 303
    flow_id = make(site, client, "Signed", verify={"scheme": "standard_webhooks", "connection": "explained"})
    headers = sign("standard_webhooks", SECRET, b"1", now=clock.now())
    assert client.post(f"/webhooks/{flow_id}", content=b"1", headers=headers).status_code == 401
    (id,) = rows(site, client, f"flow={flow_id}")
    assert "the request is forged" in client.get(f"{site.base}/rejected/{id}").text
    fields = {"piece": "webhook", "name": "right-one", "field.secret": SECRET}
    assert client.post(f"{site.base}/connections", data=fields).status_code == 303
    shown = client.get(f"{site.base}/rejected/{id}").text
    assert "Signed with the secret of the connection “right-one”." in shown and SECRET not in shown
    asked = client.get(f"{site.base}/rejected/{id}/admit-unverified")
    assert "audit log" in asked.text
    done = client.post(f"{site.base}/rejected/{id}/admit-unverified")
    assert "its run" in client.get(done.headers["location"]).text
    log = client.get(f"{site.base}/events?action=flow.event.admitted").text
    assert "admitted 1 rejected requests" in log


def test_they_are_deleted_one_or_several(site: Site, client: httpx.Client) -> None:
    flow_id = make(site, client, "Deleted requests")
    for _ in range(3):
        client.get(f"/webhooks/{flow_id}")
    ids = rows(site, client, f"flow={flow_id}", 3)
    assert client.post(f"{site.base}/rejected/{ids[0]}/delete").status_code == 303
    assert client.post(f"{site.base}/rejected/{ids[0]}/delete").status_code == 404
    said = client.post(f"{site.base}/rejected", data={"do": "delete", "request": ids[1:], "next": "/"})
    assert "Deleted 2 requests." in client.get(said.headers["location"]).text


@pytest.mark.parametrize("query", ["reason=odd", "since=yesterday", "cursor=oops"])
def test_a_filter_that_cannot_be_used_says_so(site: Site, client: httpx.Client, query: str) -> None:
    assert client.get(f"{site.base}/rejected?{query}").status_code == 422


def test_held_events_are_listed_opened_released_and_discarded(site: Site, client: httpx.Client) -> None:
    flow_id = make(site, client, "Holds <b>")
    client.post(f"{site.base}/flows/{flow_id}/enabled", data={"enabled": "no"})
    for number in range(2):
        assert client.post(f"/webhooks/{flow_id}", json={"n": f"<{number}>"}).json() == {"held": True}
    seen = client.get(f"{site.base}/flows/{flow_id}").text
    assert "Enabling runs 2 held events." in seen and f"{site.base}/held?flow={flow_id}" in seen
    listed = client.get(f"{site.base}/held?flow={flow_id}").text
    assert "Holds &lt;b&gt;" in listed and "Events of Holds" in listed
    event = listed.partition(f"{site.base}/held/events/")[2].partition('"')[0]
    assert "&lt;0&gt;" in client.get(f"{site.base}/held/events/{event}").text
    said = client.post(f"{site.base}/held/flows/{flow_id}/release")
    assert "Released 2 events." in client.get(said.headers["location"]).text
    client.post(f"/webhooks/{flow_id}", json=1)
    assert "Discard 1 held event of" in client.get(f"{site.base}/held/flows/{flow_id}/discard").text
    said = client.post(f"{site.base}/held/flows/{flow_id}/discard")
    assert "Discarded 1 event." in client.get(said.headers["location"]).text
    assert client.get(f"{site.base}/held/flows/{flow_id}/discard").status_code == 404
    assert client.get(f"{site.base}/held/events/{event}").status_code == 404
