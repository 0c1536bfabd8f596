"""What the page of a flow says of the flow as a whole."""

import json
from typing import Any

import httpx
import pytest

Site = Any  # of conftest, which cannot be imported


def test_it_tells_how_the_triggers_of_the_published_version_stand(site: Site, client: httpx.Client) -> None:
    hourly = {"name": "hourly", "piece": "schedule", "trigger": "every",
              "input": {"interval": 1, "unit": "hours"}}  # fmt: skip
    flow = site.small_flow() | {"name": "Now and then"}
    flow["triggers"] = [*flow["triggers"], hourly]
    path = client.post(f"{site.base}/flows/import", data={"text": json.dumps(flow)}).headers["location"]
    assert 'id="triggers-now"' not in client.get(path).text  # nothing is published yet
    client.post(f"{path}/publish", data={"revision": "1", "enable": "yes"})
    shown = ""
    while "Fires next" not in shown:  # it is armed once the publication is told
        shown = client.get(path).text
    assert shown.count("armed</span>") == 2 and "of version 1" in shown
    client.post(f"{path}/enabled", data={"enabled": "no"})
    while "Fires next" in shown:
        shown = client.get(path).text
    assert shown.count("off while the flow is disabled") == 2
    client.post(f"{path}/delete")


@pytest.mark.parametrize(
    ("step", "is_silent"),
    [
        ({"piece": "data", "action": "compose", "input": {"value": 1}}, True),
        ({"piece": "http", "action": "request", "input": {"url": "https://example.com"}}, False),
        ({"piece": "webhook", "action": "respond", "input": {"body": "x"}}, False),
    ],
)
def test_publishing_a_flow_that_sends_nothing_says_so(
    site: Site, client: httpx.Client, step: dict[str, Any], is_silent: bool
) -> None:
    flow = site.small_flow() | {"name": "Silent", "start": "a"}
    flow["steps"] = {"a": {"type": "action", **step, "next": None}}
    made = client.post(f"{site.base}/flows/import", data={"text": json.dumps(flow)}).headers["location"]
    assert ("sends anything" in client.get(f"{made}/publish").text) == is_silent
