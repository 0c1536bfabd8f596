"""What is typed into the editor and cannot be saved: it stays, with its reason, until it is saved."""

import re
from typing import Any

import httpx
import pytest

from engine.authoring.unsaved import MOST, Unsaved, UnsavedPanel
from engine.base.actor import Actor
from engine.store import retention
from tests.ui.editor.panels import is_marked, new_flow, revision, shown

Site = Any  # of conftest, which cannot be imported


@pytest.fixture
def flow(site: Site, client: httpx.Client) -> str:
    return new_flow(site, client)


def send(client: httpx.Client, flow: str, to: str, panel: str, **form: str) -> httpx.Response:
    data = {"revision": revision(client, flow), "panel": panel, **form}
    return client.post(f"{flow}/{to}", data=data)


def test_a_refused_text_is_there_again_with_its_error_and_marked_on_the_card(
    client: httpx.Client, flow: str
) -> None:
    refused = send(client, flow, "steps/greet", "step:greet", **{"in.value": "{{ x", "title": "Greet them"})
    assert refused.status_code == 422 and refused.text.count("aria-invalid=") == 1
    page = client.get(f"{flow}?step=greet").text
    assert shown(client, flow, "step=greet").texts["in.value"] == ["{{ x"]
    assert 'class="wrong"' in page and is_marked(page, "greet") and "Greet them" in page
    assert is_marked(client.get(flow).text, "greet") and not is_marked(client.get(flow).text, "call")
    assert "{{ x" not in client.get(f"{flow}/export").text


def test_each_problem_stands_once_beside_its_field(client: httpx.Client, flow: str) -> None:
    form = {"in.value": "{{ x", "timeout": "soon"}
    page = send(client, flow, "steps/greet", "step:greet", **form).text
    assert page.count("Enter a number.") == 1
    wrong = {"here": "tab=settings", "dedupe": "a <", "timeout": "", "order_key": "b <"}
    page = send(client, flow, "commands/save_flow", "settings", **wrong).text
    assert re.findall(r'id="(e-\w+)"', page) == ["e-dedupe", "e-order_key"]


def test_a_text_that_is_saved_at_last_is_left_no_more(client: httpx.Client, flow: str) -> None:
    send(client, flow, "steps/greet", "step:greet", **{"in.value": "{{ x"})
    assert send(client, flow, "steps/greet", "step:greet", **{"in.value": "{{ run.id }}"}).status_code == 303
    assert shown(client, flow, "step=greet").texts["in.value"] == ["{{ run.id }}"]
    assert not is_marked(client.get(flow).text, "greet")


def test_discarding_shows_what_is_saved(client: httpx.Client, flow: str) -> None:
    before = shown(client, flow, "step=greet").texts["in.value"]
    send(client, flow, "steps/greet", "step:greet", **{"in.value": "{{ x"})
    send(client, flow, "unsaved/discard", "step:greet")
    assert shown(client, flow, "step=greet").texts["in.value"] == before


def test_what_another_saved_meanwhile_is_said_beside_the_text(client: httpx.Client, flow: str) -> None:
    send(client, flow, "steps/greet", "step:greet", **{"in.value": "{{ x"})
    at = revision(client, flow)
    send(client, flow, "steps/greet", "", **{"in.value": "theirs"})
    assert revision(client, flow) != at
    page = client.get(f"{flow}?step=greet").text
    assert shown(client, flow, "step=greet").texts["in.value"] == ["{{ x"]
    assert "Changed elsewhere to <code>theirs</code>" in page, re.findall('class="wrong".*', page)


def test_text_of_a_step_that_is_gone_is_listed_with_the_flow(client: httpx.Client, flow: str) -> None:
    send(client, flow, "steps/call", "step:call", **{"in.url": "{{ lost"})
    send(client, flow, "commands/delete_steps", "", step="call")
    page = client.get(flow).text
    assert 'id="left"' in page and "{{ lost" in page
    send(client, flow, "unsaved/discard", "step:call")
    assert 'id="left"' not in client.get(flow).text


def test_each_form_of_a_panel_has_texts_of_its_own(client: httpx.Client, flow: str) -> None:
    send(client, flow, "commands/save_flow", "settings", here="tab=settings", timeout="soon")
    send(client, flow, "unsaved", "arrange", folder="", tags="half, a ta")
    texts = shown(client, flow, "tab=settings").texts
    assert texts["timeout"] == ["soon"] and texts["tags"] == ["half, a ta"]
    saved = {"here": "tab=settings", "name": "Settled", "timeout": ""}
    assert send(client, flow, "commands/save_flow", "settings", **saved).status_code == 303
    texts = shown(client, flow, "tab=settings").texts
    assert texts["timeout"] == [""] and texts["tags"] == ["half, a ta"]
    assert client.get(f"{flow}?tab=settings").text.count("Not saved yet") == 1
    send(client, flow, "unsaved/discard", "arrange", here="tab=settings")
    assert shown(client, flow, "tab=settings").texts["tags"] == [""]


def test_a_half_filled_condition_is_there_again(client: httpx.Client, flow: str) -> None:
    row = {
        "row.0.0.field": "trigger.body.who",
        "row.0.0.operator": "text_exactly_matches",
        "row.0.0.value": "",
    }
    send(client, flow, "steps/by_kind/branches/0", "branch:by_kind/Hello", **row)
    assert shown(client, flow, "step=by_kind&branch=0").texts["row.0.0.field"] == ["trigger.body.who"]
    assert is_marked(client.get(flow).text, "by_kind")


def test_a_value_that_has_no_name_yet_is_not_dropped(client: httpx.Client, flow: str) -> None:
    form = {"in.url": "https://desk.example/", "in.headers.0.key": "X-Team", "in.headers.0.value": "blue",
            "in.headers.1.key": "", "in.headers.1.value": "nameless"}  # fmt: skip
    assert send(client, flow, "steps/call", "step:call", **form).status_code == 422
    assert shown(client, flow, "step=call").texts["in.headers.1.value"] == ["nameless"]


def test_secrets_of_a_connection_are_not_stored_beside_the_draft(client: httpx.Client, flow: str) -> None:
    left = {
        "name": "desk-two",
        "field.kind": "bearer",
        "field.token": "hunter2-secret",
        "field.hosts": "a.example",
    }
    assert send(client, flow, "unsaved", "connect:call", **left).status_code == 204
    found = shown(client, flow, "step=call&connect=http")
    assert found.texts["name"] == ["desk-two"] and found.texts["field.hosts"] == ["a.example"]
    assert "hunter2-secret" not in client.get(f"{flow}?step=call&connect=http").text


async def test_texts_belong_to_who_typed_them_and_go_with_the_flow(switchyard: Any) -> None:
    project = (await switchyard.access.projects.create(Actor.system(), "Yard")).id
    flow = await switchyard.flows.create(
        Actor.system(project), {"format": 1, "name": "Two", "triggers": [], "start": None, "steps": {}}
    )
    ann, bob = Actor(user_id="usr_ann", project_id=project), Actor(user_id="usr_bob", project_id=project)
    left = UnsavedPanel({"name": Unsaved(["{{ x"], [""])}, {"name": "No."}, "No.")
    await switchyard.unsaved.put(ann, flow.id, "settings", left)
    assert await switchyard.unsaved.list(ann, flow.id) == {"settings": left}
    assert await switchyard.unsaved.list(bob, flow.id) == {}
    for number in range(MOST):
        await switchyard.unsaved.put(ann, flow.id, f"step:{number}", left)
    stored = await switchyard.unsaved.list(ann, flow.id)
    assert len(stored) == MOST and "settings" not in stored
    await switchyard.flows.delete(Actor.system(project), flow.id)
    await switchyard.db.write(lambda tx: retention.forget_flows(tx, "9999"))
    assert await switchyard.unsaved.list(ann, flow.id) == {}


def test_too_much_text_is_refused(client: httpx.Client, flow: str) -> None:
    answer = send(client, flow, "unsaved", "step:greet", **{"in.value": "x" * 200_001})
    assert answer.status_code == 422
    assert send(client, flow, "unsaved", "", **{"in.value": "x"}).status_code == 422
