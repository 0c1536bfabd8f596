"""The pages of rejected requests and held events in a browser: sound, and filtered as one types."""

import re
from typing import Any

import httpx
import pytest

from tests.ui.intake.test_views import make, rows

Site = Any  # of conftest, which cannot be imported

pytestmark = pytest.mark.browser


def test_the_pages_are_sound_in_both_themes_wide_and_on_a_phone(
    site: Site, client: httpx.Client, open_page: Any, faults: Any
) -> None:
    fields = {"piece": "webhook", "name": "in-a-browser", "field.secret": "s3cret"}
    assert client.post(f"{site.base}/connections", data=fields).status_code == 303
    signed = make(site, client, "Signed events", verify={"scheme": "github", "connection": "in-a-browser"})
    assert client.post(f"/webhooks/{signed}?token=t", json={"a": "b" * 300}).status_code == 401
    (id,) = rows(site, client, f"flow={signed}")
    holds = make(site, client, "Holds events in a browser")
    client.post(f"{site.base}/flows/{holds}/enabled", data={"enabled": "no"})
    client.post(f"/webhooks/{holds}", json={"a": 1})
    listed = client.get(f"{site.base}/held?flow={holds}").text
    event = listed.partition(f"{site.base}/held/events/")[2].partition('"')[0]
    page = open_page(color_scheme="light")
    wrong = {}
    for path in (
        f"rejected?flow={signed}", "rejected?state=all&reason=size", f"rejected/{id}",
        f"rejected/{id}/admit-unverified", f"held?flow={holds}", f"held/events/{event}",
        f"held/flows/{holds}/discard", f"flows/{holds}",
    ):  # fmt: skip
        page.goto(f"{site.base}/{path}", wait_until="load")
        if found := faults(page):
            wrong[path] = found
    assert wrong == {}


def test_the_list_is_filtered_without_a_new_page(site: Site, client: httpx.Client, open_page: Any) -> None:
    flow_id = make(site, client, "Filtered in a browser")
    client.get(f"/webhooks/{flow_id}")
    rows(site, client, f"flow={flow_id}")
    page = open_page()
    page.goto(f"{site.base}/rejected?flow={flow_id}")
    page.get_by_label("Reason").select_option("method")
    page.wait_for_url(re.compile("reason=method"))
    assert page.locator("tbody tr").count() == 1
    page.get_by_label("Reason").select_option("size")
    page.wait_for_selector("text=No request matches")
