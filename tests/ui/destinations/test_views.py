"""Destinations as plain HTML: making one, what its pages tell, and what they never tell."""

import re
from typing import Any

import httpx
import pytest

from engine.store import models
from engine.store.paging import Page
from tests.support.html import flat
from tests.support.waiting import polled
from ui.shared.render import fragment

Site = Any  # of conftest, which cannot be imported

ADDRESS = "https://hooks.example.com/services/T0?token=s3cret"


def make(client: httpx.Client, scope: str, **fields: Any) -> tuple[str, str]:
    """A new destination: its address, and the page that came after."""
    form = {"name": "Made", "kind": "topic", "url.topic": "made", "event": ["flow.created"]}
    made = client.post(f"{scope}/destinations/new", data=form | fields)
    assert made.status_code == 200, made.text
    found = re.search(r'href="([^"]+/destinations/dst_\w+)"', made.text)
    assert found, made.text
    return found.group(1), made.text


def webhook(client: httpx.Client, scope: str, **fields: Any) -> tuple[str, str]:
    address = {"kind": "webhook", "url.webhook": ADDRESS}
    return make(client, scope, **address, **fields)


def flow(client: httpx.Client, site: Site, name: str) -> str:
    text = f'{{"format": 1, "name": "{name}"}}'
    return str(client.post(f"{site.base}/flows/import", data={"text": text}).headers["location"])


def test_the_secret_is_shown_once_and_headers_never(site: Site, client: httpx.Client) -> None:
    headers = {"header_name": ["X-Key", ""], "header_value": ["hunter2", ""]}
    at, made = webhook(client, site.base, **headers)
    (secret,) = set(re.findall(r"whsec_[\w+/=]+", made))
    pages = [client.get(f"{at}{path}").text for path in ("", "/edit", "/signing", "/test", "/delete")]
    pages.append(client.get(f"{site.base}/destinations").text)
    told = "".join(pages)
    assert secret not in told and "hunter2" not in told and "whsk_" not in told
    assert "X-Key" in pages[1] and "whpk_" in pages[2]
    assert "s3cret" not in pages[-1]
    client.post(f"{at}/delete")


def test_only_what_is_signed_has_a_tab_of_keys(site: Site, client: httpx.Client) -> None:
    for (at, _), signed in ((webhook(client, site.base), True), (make(client, site.base), False)):
        assert (f'href="{at}/signing"' in client.get(at).text) == signed
        client.post(f"{at}/delete")


def test_new_keys_are_shown_once_and_the_old_one_stays_for_a_while(site: Site, client: httpx.Client) -> None:
    at, made = webhook(client, site.base)
    rotated = client.post(f"{at}/signing", data={"overlap_h": "72"}).text
    secrets = set(re.findall(r"whsec_[\w+/=]{10,}", rotated))
    assert len(secrets) == 1 and not secrets & set(re.findall(r"whsec_[\w+/=]{10,}", made))
    assert len(set(re.findall(r"whpk_[\w+/=]+", client.get(f"{at}/signing").text))) == 2
    assert client.post(f"{at}/signing", data={"overlap_h": "9999"}).status_code == 422
    client.post(f"{at}/delete")


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"name": ""}, "A name must have"),
        ({"event": []}, "Choose at least one event"),
        ({"event": ["no.such"]}, "Choose at least one event"),
        ({"kind": "pigeon"}, "kind is one of"),
        ({"kind": "webhook", "url.webhook": "http://example.com/"}, "https://"),
        ({"kind": "webhook", "url.webhook": ""}, "Enter an address"),
        ({"kind": "flow", "url.flow": "flow_none"}, "no such flow"),
        (
            {
                "kind": "webhook",
                "url.webhook": "https://example.com",
                "header_name": "Host",
                "header_value": "x",
            },
            "Host",
        ),
        ({"option.concurrency": "0"}, "between 1 and"),
        ({"option.rate_per_s": "quick"}, "Enter a number"),
    ],
)
def test_a_form_that_cannot_be_used_comes_back_as_it_was(
    site: Site, client: httpx.Client, fields: dict[str, Any], says: str
) -> None:
    form = {"name": "Kept <b>name</b>", "kind": "topic", "url.topic": "kept", "event": ["flow.created"]}
    refused = client.post(f"{site.base}/destinations/new", data=form | fields)
    assert refused.status_code == 422 and says in refused.text
    assert "Kept &lt;b&gt;" in refused.text or fields.get("name") == ""


def test_an_event_arrives_and_its_delivery_is_told_attempt_by_attempt(
    site: Site, client: httpx.Client
) -> None:
    at, _ = make(client, site.base)
    made = flow(client, site, "Told of")
    found = polled(
        lambda: re.search(r'href="([^"]+/deliveries/dlv_\w+)"', client.get(f"{at}?status=delivered").text)
    )
    text = client.get(found.group(1)).text
    assert "created “Told of”" in text and "Attempt 1" in text and made.rpartition("/")[2] in text
    assert client.post(f"{found.group(1)}/resend").headers["location"].endswith("?did=resent")
    polled(lambda: "Attempt 2" in client.get(found.group(1)).text)
    assert "by hand" in client.get(found.group(1)).text
    assert "No delivery matches" in client.get(f"{at}?action=flow.deleted").text
    assert "100 %" in client.get(at).text
    client.post(f"{at}/delete")


@pytest.mark.parametrize(
    ("next_at", "failing", "says"),
    [
        ("2026-03-03T10:00:00.000Z", "2026-03-03T09:00:00.000Z", "waits: the destination is failing"),
        ("2026-03-03T12:00:00.000Z", "2026-03-03T09:00:00.000Z", "next attempt <time"),
        ("2026-03-03T10:00:00.000Z", None, ""),
    ],
)
def test_a_next_attempt_is_never_in_the_past(next_at: str, failing: str | None, says: str) -> None:
    row = models.Delivery(
        id="dlv_1", destination_id="dst_1", event_id="evt_1", action="flow.created", status="pending",
        attempts=2, reason="The target answered 500.", next_at=next_at, created=next_at,
    )  # fmt: skip
    known = {"status": "active", "failing_since": failing, "events": ["*"]}
    text = fragment(
        "destinations/show.html", "deliveries", deliveries=Page([row]), destination=known,
        now="2026-03-03T11:00:00.000Z", at="/d", address="/d", may_edit=False, paged=False, kept={},
    )  # fmt: skip
    assert says in text and ("next attempt" in text) == ("next attempt" in says)


def test_events_are_held_while_it_is_disabled_and_released(site: Site, client: httpx.Client) -> None:
    at, _ = make(client, site.base)
    client.post(f"{at}/enabled", data={"enabled": "no"})
    flow(client, site, "Held")
    polled(lambda: "1 event is held" in client.get(at).text)
    assert client.post(f"{at}/release").status_code == 409
    client.post(f"{at}/enabled", data={"enabled": "yes"})
    assert "1 event on the way" in client.get(client.post(f"{at}/release").headers["location"]).text
    polled(lambda: "/deliveries/" in client.get(f"{at}?status=delivered").text)
    client.post(f"{at}/delete")


def test_what_is_held_is_given_up_only_when_that_is_meant(site: Site, client: httpx.Client) -> None:
    at, _ = make(client, site.base)
    client.post(f"{at}/enabled", data={"enabled": "no"})
    flow(client, site, "Given up")
    polled(lambda: "1 event is held" in client.get(at).text)
    assert client.post(f"{at}/discard").status_code == 422
    assert (
        client.post(f"{at}/discard", data={"sure": "yes"})
        .headers["location"]
        .endswith("did=discarded&count=1")
    )
    assert "discarded" in client.get(f"{at}?status=discarded").text
    client.post(f"{at}/delete")


def test_a_range_is_sent_again(site: Site, client: httpx.Client) -> None:
    at, _ = make(client, site.base)
    flow(client, site, "Again")
    polled(lambda: "/deliveries/" in client.get(f"{at}?status=delivered").text)
    for since, status in (("", 422), ("yesterday", 422), ("2020-01-01T00:00", 303)):
        answer = client.post(f"{at}/replay", data={"since": since, "only": "all"})
        assert answer.status_code == status, since
    polled(lambda: "1 of 1 · finished" in client.get(at).text)
    client.post(f"{at}/delete")


def test_a_handler_flow_is_made_for_the_chosen_events_and_published(site: Site, client: httpx.Client) -> None:
    form = {"name": "Alarm", "kind": "webhook", "event": ["flow.run.failed"], "group": ["Connections"]}
    made = client.post(f"{site.base}/destinations/new", data={**form, "do": "generate"}).text
    flow_id = re.search(r'value="(flow_\w+)" selected', made).group(1)  # type: ignore[union-attr]
    assert "Alarm handler" in made and "A draft with a branch" in made and 'value="flow" checked' in made
    assert "connection.upserted" in client.get(f"{site.base}/flows/{flow_id}/json").text
    sent = {**form, "kind": "flow", "url.flow": flow_id}
    shown = client.post(f"{site.base}/destinations/new", data={**sent, "do": "publish"}).text
    assert "Published as version 1, and enabled." in shown
    at, _ = make(client, site.base, **sent)
    assert "Alarm handler" in client.get(at).text and "is a draft" not in client.get(at).text
    client.post(f"{at}/delete")


def test_a_second_press_changes_the_generated_flow(site: Site, client: httpx.Client) -> None:
    path = f"{site.base}/destinations/new"
    form: Any = {"name": "Twice", "kind": "flow", "do": "generate", "event": ["flow.run.failed"]}
    first = client.post(path, data=form).text
    flow_id = re.search(r'value="(flow_\w+)" selected', first).group(1)  # type: ignore[union-attr]
    generated = re.search(r'name="generated" value="([^"]+)"', first).group(1)  # type: ignore[union-attr]
    assert "Created Twice handler: it handles 1 event." in flat(first) and 'role="status"' in first
    assert first.index('id="f-url.flow"') < first.index('id="generate"') < first.index('id="choose-events"')
    assert "Update generated flow" in first

    form |= {"generated": generated, "url.flow": flow_id, "event": ["flow.published", "flow.deleted"]}
    second = client.post(path, data=form).text
    assert f'value="{flow_id}" selected' in second
    assert "Changed Twice handler: it now handles 2 events." in flat(second)
    draft = client.get(f"{site.base}/flows/{flow_id}/export").json()
    cases = [case for branch in draft["steps"]["by_event"]["branches"] for case in branch["case"]]
    assert sorted(cases) == ["flow.deleted", "flow.published"] and draft["name"] == "Twice handler"

    stale = client.post(path, data=form)  # the draft is not what this form generated any more
    assert stale.status_code == 422 and "was edited since it was generated" in stale.text
    assert client.get(f"{site.base}/flows/{flow_id}/export").json() == draft
    assert "Twice handler (2)" in client.post(path, data={**form, "url.flow": ""}).text


def test_without_a_chosen_event_no_handler_flow_is_made(site: Site, client: httpx.Client) -> None:
    refused = client.post(f"{site.base}/destinations/new", data={"do": "generate", "kind": "flow"})
    assert refused.status_code == 422 and "Choose the events" in refused.text


def test_what_is_sent_is_shown_in_every_format(site: Site, client: httpx.Client) -> None:
    form = {"kind": "webhook", "do": "preview", "sample": "flow.run.finished:failed"}
    shown = {
        name: client.post(f"{site.base}/destinations/new", data={**form, "format": name}).text
        for name in ("raw", "cloudevents", "cloudevents_binary", "cloudevents_batch", "otlp", "xml")
    }
    assert "&#34;action&#34;" in shown["raw"] and "FAILED" in shown["raw"]
    assert "specversion" in shown["cloudevents"] and "ce-" in shown["cloudevents_binary"]
    assert "resourceLogs" in shown["otlp"]
    assert "format is one of" in shown["xml"]


def test_a_sample_is_sent_and_all_that_went_and_came_is_shown(site: Site, client: httpx.Client) -> None:
    at, _ = make(client, site.base)
    text = client.post(f"{at}/test", data={"sample": "user.signed.in"}).text
    assert "Delivered" in text and "user.signed.in" in text and "Total" in text
    assert "Nothing to deliver yet" in client.get(at).text
    client.post(f"{at}/delete")


def test_a_change_keeps_headers_whose_value_is_left_empty(site: Site, client: httpx.Client) -> None:
    at, _ = webhook(client, site.base, header_name="X-Key", header_value="hunter2")
    form = {"name": "Renamed", "kind": "webhook", "url.webhook": ADDRESS, "event": "flow.created"}
    answer = client.post(f"{at}/edit", data={**form, "header_name": "X-Key", "header_value": ""})
    assert answer.headers["location"].endswith("?did=saved")
    page = client.get(f"{at}/edit").text
    assert 'value="X-Key"' in page and "Renamed" in page
    client.post(f"{at}/edit", data={**form, "header_name": "", "header_value": ""})
    assert 'value="X-Key"' not in client.get(f"{at}/edit").text
    client.post(f"{at}/delete")


def test_the_platforms_destinations_stand_apart(site: Site, client: httpx.Client) -> None:
    at, _ = make(client, "/platform", name="Of all", kind="file", **{"url.file": "all.jsonl"})
    assert at.startswith("/platform/")
    assert "Of all" in client.get("/platform/destinations").text
    assert "Of all" not in client.get(f"{site.base}/destinations").text
    destination_id = at.rpartition("/")[2]
    assert client.get(f"{site.base}/destinations/{destination_id}").status_code == 404
    own = site.made["destination"].rpartition("/")[2]
    assert client.get(f"/platform/destinations/{own}").status_code == 404
    flow(client, site, "Seen by the platform")
    polled(lambda: "/deliveries/" in client.get(f"{at}?status=delivered").text)
    client.post(f"{at}/delete")


def test_a_delivery_is_found_only_under_its_own_destination(site: Site, client: httpx.Client) -> None:
    at, _ = make(client, site.base)
    delivery_id = site.made["delivery"].rpartition("/")[2]
    assert client.get(f"{at}/deliveries/{delivery_id}").status_code == 404
    assert client.post(f"{at}/deliveries/{delivery_id}/resend").status_code == 404
    client.post(f"{at}/delete")


@pytest.mark.parametrize(
    "query",
    [
        "?status=odd&action=%00",
        "?since=yesterday&until=9999-99-99",
        "?span=99",
        "?did=released&count=x",
        "?did=<b>",
    ],
)
def test_an_odd_query_shows_the_page_all_the_same(site: Site, client: httpx.Client, query: str) -> None:
    assert client.get(site.made["destination"] + query).status_code == 200


def test_a_cursor_that_is_none_is_refused(site: Site, client: httpx.Client) -> None:
    assert client.get(site.made["destination"] + "?cursor=x").status_code == 422
