"""The panel of a trigger: what its events are called, and what tells them apart."""

import json
import re
from typing import Any

import httpx
import pytest

Site = Any  # of conftest, which cannot be imported


@pytest.fixture
def address(site: Site, client: httpx.Client) -> str:
    when = {
        "name": "tick",
        "piece": "schedule",
        "trigger": "every",
        "input": {"interval": 90, "unit": "seconds"},
    }
    steps: dict[str, Any] = {}
    definition = {"format": 1, "name": "Labeled", "triggers": [when], "start": None, "steps": steps}
    made = client.post(f"{site.base}/flows/import", data={"text": json.dumps(definition)})
    return str(made.headers["location"]).partition("?")[0]


def save(client: httpx.Client, address: str, **fields: str) -> httpx.Response:
    revision = re.search(r'name="revision" value="(\d+)"', client.get(f"{address}?step=tick").text)
    assert revision is not None
    shown = {"in.interval": "90", "in.unit": "seconds", "dedupe": "", "labels": "", "run_title": ""}
    return client.post(
        f"{address}/steps/tick", data={"revision": revision[1], "do": "save", **shown, **fields}
    )


def test_title_labels_and_identity_are_saved_and_shown_again(client: httpx.Client, address: str) -> None:
    fields = {
        "run_title": "Tick {{ trigger.body.scheduled }}",
        "labels": "at: trigger.body.scheduled\n\n name :  trigger.name \n",
        "dedupe": "trigger.body.scheduled",
        "dedupe_within": "3600",
    }
    answer = save(client, address, **fields)
    assert answer.status_code == 303, answer.text
    page = client.get(f"{address}?step=tick").text
    assert "at: trigger.body.scheduled\nname: trigger.name" in page
    assert 'value="3600"' in page and "Tick {{ trigger.body.scheduled }}" in page
    exported = client.get(f"{address}/export").text
    assert '"dedupe_within": 3600' in exported
    assert '"name": "trigger.name"' in exported


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"labels": "site"}, "Write a name and an expression"),
        ({"labels": "a: trigger.body\na: trigger.name"}, "two labels called"),
        ({"labels": "a: trigger..body"}, "trigger..body"),
        ({"dedupe_within": "soon"}, "Enter a number"),
    ],
)
def test_what_cannot_be_saved_says_why_and_stays_where_it_was_typed(
    client: httpx.Client, address: str, fields: dict[str, str], says: str
) -> None:
    answer = save(client, address, **fields)
    assert answer.status_code == 422
    assert says in answer.text
    assert next(iter(fields.values())).splitlines()[-1] in answer.text


def test_the_list_of_a_topic_to_split_is_saved_and_a_schedule_has_none(
    site: Site, client: httpx.Client, address: str
) -> None:
    assert 'name="split"' not in client.get(f"{address}?step=tick").text
    orders = {"name": "orders", "piece": "topic", "trigger": "subscribe", "input": {"topic": "orders"}}
    steps: dict[str, Any] = {}
    definition = {"format": 1, "name": "Split", "triggers": [orders], "start": None, "steps": steps}
    made = client.post(f"{site.base}/flows/import", data={"text": json.dumps(definition)})
    at = made.headers["location"].partition("?")[0]
    revision = re.search(r'name="revision" value="(\d+)"', client.get(f"{at}?step=orders").text)
    assert revision is not None
    form = {"revision": revision[1], "do": "save", "in.topic": "orders", "split": " body.lines "}
    saved = client.post(f"{at}/steps/orders", data=form)
    assert saved.status_code == 303, saved.text
    assert '"split": "body.lines"' in client.get(f"{at}/export").text
    assert 'value="body.lines"' in client.get(f"{at}?step=orders").text
    refused = client.post(f"{at}/steps/orders", data={**form, "revision": "2", "split": "body.["})
    assert refused.status_code == 422 and 'value="body.["' in refused.text
