"""A test of the draft, shown on the drawing that is edited."""

import asyncio
import json
import re
import time
from typing import Any

import httpx
import pytest

from engine.access import Actor
from ui import trial

Site = Any  # of conftest, which cannot be imported
EVENT = json.dumps({"body": {"kind": "hello", "who": "Grace"}})
PLAN = {"HX-Request": "true", "HX-Target": "div#plan"}


@pytest.fixture
def flow(site: Site, client: httpx.Client) -> str:
    """The path of a flow of its own."""
    made = client.post(f"{site.base}/flows/import", data={"text": json.dumps(site.small_flow())})
    return str(made.headers["location"])


def ended_test(client: httpx.Client, path: str) -> str:
    """The address of the page that shows a test which has ended."""
    started = client.post(f"{path}/test", data={"sample": "hello", "event": EVENT})
    assert started.status_code == 303, started.text
    address = str(started.headers["location"])
    for _ in range(200):
        if "/beats/" not in client.get(address).text:
            return address
        time.sleep(0.05)
    raise AssertionError("the test does not end")


def test_a_test_lights_the_drawing_that_is_edited(client: httpx.Client, flow: str) -> None:
    page = client.get(ended_test(client, flow)).text
    assert 'id="plan" class="plan edit' in page and 'formaction="' in page
    assert re.search(r'id="at-greet" data-status="succeeded"', page)
    assert re.search(r'id="at-each" data-status="passed"', page)
    assert "Grace" in page and re.search(r'/runs/run_\w+">All of this run', page)


def test_the_page_without_a_run_asks_for_an_event(client: httpx.Client, flow: str) -> None:
    page = client.get(f"{flow}/test").text
    assert "Run the test" in page and "Ada" in page and 'data-status="succeeded"' not in page


def test_the_drawing_and_the_outcome_are_given_alone(client: httpx.Client, flow: str) -> None:
    address = ended_test(client, flow)
    told = client.get(address, headers=PLAN).text
    assert told.strip().startswith('<div id="plan"') and 'data-status="succeeded"' in told
    told = client.get(address, headers={**PLAN, "HX-Target": "section#outcome"}).text
    assert told.strip().startswith('<section id="outcome"') and "hx-get" not in told


def test_an_event_that_cannot_be_read_is_refused_beside_the_drawing(client: httpx.Client, flow: str) -> None:
    refused = client.post(f"{flow}/test", data={"sample": "hello", "event": "{"})
    assert refused.status_code == 422 and 'aria-invalid="true"' in refused.text
    assert 'id="plan"' in refused.text


def test_a_run_of_another_flow_is_not_shown(site: Site, client: httpx.Client, flow: str) -> None:
    other = site.made["run"].rpartition("/")[2]
    assert client.get(f"{flow}/test?run={other}").status_code == 404
    assert client.get(f"{flow}/test?run=run_none").status_code == 404
    assert client.get(f"{site.base}/runs/run_none/beats/stream").status_code == 404


def test_a_run_leads_to_the_editor(site: Site, client: httpx.Client) -> None:
    run_id = site.made["run"].rpartition("/")[2]
    address = f"{site.made['flow']}/test?run={run_id}"
    assert address in client.get(site.made["run"]).text
    assert 'id="at-greet" data-status="succeeded"' in client.get(address).text


def test_what_a_test_gave_can_be_read_by_later_steps(client: httpx.Client, flow: str) -> None:
    ended_test(client, flow)
    found = re.search(r'name="revision" value="(\d+)"', client.get(flow).text)
    assert found is not None
    put = {"revision": found[1], "add": "after:greet", "pick": "data.compose"}
    assert client.post(f"{flow}/commands/put", data=put).status_code == 303
    tree = client.get(f"{flow}/data?step=data_compose&sample=hello").text
    assert "steps.greet.output" in tree and "Grace" in tree


async def test_beats_end_with_the_run(switchyard: Any) -> None:
    actor = Actor.system()
    project = (await switchyard.access.projects.list(actor))[0]
    actor = actor.within(project.id, None)
    step = {"type": "action", "piece": "data", "action": "compose", "input": {"value": 1}, "next": None}
    definition = {"format": 1, "name": "x", "triggers": [], "start": "a", "steps": {"a": step}}
    made = await switchyard.flows.create(actor, definition)
    run_id = await switchyard.runs.test(actor, made.id, {"body": {}})
    async with asyncio.timeout(20):
        told = [beat async for beat in trial.beats(switchyard, project.id, run_id)]
    assert told[0] == told[-2] == b"event: step\ndata: \n\n" and told[-1] == b"event: done\ndata: \n\n"
    assert not switchyard.live.watched(f"run:{run_id}")
