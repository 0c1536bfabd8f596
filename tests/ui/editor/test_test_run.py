"""A test of the draft, shown on the drawing that is edited."""

import asyncio
import json
import re
from typing import Any

import httpx
import pytest

from engine.base.actor import Actor
from tests.support.waiting import DEADLINE, polled
from ui.editor import test_run

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
    ended(client, address)
    return address


def test_a_test_lights_the_drawing_that_is_edited(client: httpx.Client, flow: str) -> None:
    page = client.get(ended_test(client, flow)).text
    assert 'id="plan" class="plan edit' in page and 'formaction="' in page
    assert re.search(r'id="at-greet" data-status="succeeded"', page)
    assert re.search(r'id="at-each" data-status="passed"', page)
    assert "Grace" in page and re.search(r'/runs/run_\w+">View run', page)


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


def ended(client: httpx.Client, address: str) -> str:
    """The text of a page, once the run that it shows has ended."""

    def text() -> str:
        shown = client.get(address).text
        return "" if "/beats/" in shown else shown

    return polled(text)


def test_one_step_is_tested_beside_its_form(client: httpx.Client, flow: str) -> None:
    whole = re.search(r"run=(run_\w+)", ended_test(client, flow))
    assert whole is not None
    form = {"step": "greet", "part": "only", "results_of": whole[1]}
    started = client.post(f"{flow}/test", data=form)
    assert started.status_code == 303, started.text
    address = started.headers["location"].partition("#")[0]
    assert address.startswith(f"{flow}?run=run_") and "step=greet" in address
    page = ended(client, address)
    assert "Partial test" in page and 'data-kind="step"' in page
    assert re.search(r'id="at-greet" data-status="succeeded"', page) and "reused" in page
    assert "Output of Say" in page and "Grace" in page


def test_a_step_is_tested_with_a_sample_alone(client: httpx.Client, flow: str) -> None:
    started = client.post(f"{flow}/test", data={"step": "greet", "part": "from", "sample": "hello"})
    assert "Ada" in ended(client, started.headers["location"].partition("#")[0])


def test_an_item_of_a_loop_is_tested_again(client: httpx.Client, flow: str) -> None:
    event = json.dumps({"body": {"all": ["one", "two", "three"]}})
    address = str(client.post(f"{flow}/test", data={"sample": "", "event": event}).headers["location"])
    ended(client, address)
    whole = re.search(r"run=(run_\w+)", address)
    assert whole is not None
    lit = f"{flow}?run={whole[1]}&step=one&iteration=each[2]"
    page = client.get(lit).text
    assert "Item 3" in page and "three" in page and 'name="iteration" value="each[2]"' in page
    form = {"step": "one", "part": "only", "results_of": whole[1], "iteration": "each[2]"}
    address = client.post(f"{flow}/test", data=form).headers["location"].partition("#")[0]
    assert "iteration=each" in address
    page = ended(client, address)
    assert "each[2].one" in page and "each[0].one" not in page


def test_another_item_can_be_chosen_where_the_one_shown_did_not_come(
    site: Site, client: httpx.Client
) -> None:
    definition = site.small_flow()
    only_two = {"type": "router", "branches": [{"name": "Two", "when": "loop.item == 'two'", "next": "one"}],
                "otherwise": {"next": None}, "next": None}  # fmt: skip
    definition["steps"]["sort"] = only_two
    definition["steps"]["each"]["body"] = "sort"
    made = client.post(f"{site.base}/flows/import", data={"text": json.dumps(definition)})
    flow = str(made.headers["location"])
    event = json.dumps({"body": {"all": ["one", "two"]}})
    address = str(client.post(f"{flow}/test", data={"sample": "", "event": event}).headers["location"])
    ended(client, address)
    whole = re.search(r"run=(run_\w+)", address)
    assert whole is not None
    tried = {"HX-Request": "true", "HX-Target": "section#tried"}
    said = client.get(f"{flow}?run={whole[1]}&step=one", headers=tried).text
    assert "did not reach this step" in said and "Item 1" in said and "iteration=each%5B1%5D" in said
    said = client.get(f"{flow}?run={whole[1]}&step=one&iteration=each[1]", headers=tried).text
    assert "did not reach this step" not in said and "Item 2" in said


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"step": "greet"}, "needs an event"),
        ({"step": "greet", "sample": "no such"}, "needs an event"),
        ({"step": "greet", "sample": "hello", "iteration": "each[x]["}, ""),
    ],
)
def test_a_part_that_cannot_be_tested_is_refused(
    client: httpx.Client, flow: str, form: dict[str, str], said: str
) -> None:
    answer = client.post(f"{flow}/test", data=form)
    assert answer.status_code == (422 if said else 303) and said in answer.text


def test_the_results_of_another_flow_are_not_taken(site: Site, client: httpx.Client, flow: str) -> None:
    other = site.made["run"].rpartition("/")[2]
    assert client.post(f"{flow}/test", data={"step": "greet", "results_of": other}).status_code == 404
    assert client.post(f"{flow}/test", data={"step": "nothing", "sample": "hello"}).status_code == 404


def test_the_light_stays_while_the_draft_is_edited(client: httpx.Client, flow: str) -> None:
    whole = re.search(r"run=(run_\w+)", ended_test(client, flow))
    assert whole is not None
    lit = f"{flow}?run={whole[1]}&step=greet"
    revision = re.search(r'name="revision" value="(\d+)"', client.get(lit).text)
    assert revision is not None
    form = {"revision": revision[1], "title": "Greet them", "do": "save"}
    by_script = {"HX-Request": "true", "HX-Target": "aside#panel", "HX-Current-URL": f"http://x{lit}"}
    answer = client.post(f"{flow}/steps/greet", data=form, headers=by_script)
    assert (
        'id="at-greet" data-status="succeeded"' in answer.text
        and f"run={whole[1]}" in answer.headers["HX-Push-Url"]
    )
    form = {
        "revision": str(int(revision[1]) + 1),
        "title": "Greet all",
        "do": "save",
        "here": f"run={whole[1]}",
    }
    plain = client.post(f"{flow}/steps/greet", data=form)
    assert f"run={whole[1]}" in plain.headers["location"]


def test_a_run_that_is_gone_lights_nothing(site: Site, client: httpx.Client, flow: str) -> None:
    other = site.made["run"].rpartition("/")[2]
    for run in ("run_none", other):
        page = client.get(f"{flow}?run={run}&step=greet")
        assert (
            page.status_code == 200
            and "data-status" not in page.text.partition('id="plan"')[2].partition("</ol>")[0]
        )


async def test_beats_end_with_the_run(switchyard: Any) -> None:
    actor = Actor.system()
    project = (await switchyard.access.projects.list(actor))[0]
    actor = actor.within(project.id, None)
    step = {"type": "action", "piece": "data", "action": "compose", "input": {"value": 1}, "next": None}
    definition = {"format": 1, "name": "x", "triggers": [], "start": "a", "steps": {"a": step}}
    made = await switchyard.flows.create(actor, definition)
    run_id = await switchyard.runs.test(actor, made.id, {"body": {}})
    async with asyncio.timeout(DEADLINE):
        told = [beat async for beat in test_run.beats(switchyard, project.id, run_id)]
    assert told[0] == told[-2] == b"event: step\ndata: \n\n" and told[-1] == b"event: done\ndata: \n\n"
    assert not switchyard.live.watched(f"run:{run_id}")
