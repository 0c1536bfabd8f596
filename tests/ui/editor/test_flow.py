"""The flow's own form, its notes, and where its samples go, over HTTP and without script."""

import json
import re
from typing import Any

import httpx
import pytest

from engine.analysis.coverage import coverage
from pieces import load
from ui.drawing.canvas import draw
from ui.editor import flow as editor_flow

Site = Any  # of conftest, which cannot be imported


@pytest.fixture
def flow(site: Site, client: httpx.Client) -> str:
    """The path of a flow of its own."""
    made = client.post(f"{site.base}/flows/import", data={"text": json.dumps(site.small_flow())})
    return str(made.headers["location"])


def do(client: httpx.Client, path: str, command: str, **data: Any) -> httpx.Response:
    found = re.search(r'id="revision" name="revision" value="(\d+)"', client.get(path).text)
    assert found is not None
    return client.post(f"{path}/commands/{command}", data={"revision": found[1], **data})


def exported(client: httpx.Client, path: str) -> dict[str, Any]:
    return dict(client.get(f"{path}/export").json())


def test_a_note_is_added_changed_and_deleted(client: httpx.Client, flow: str) -> None:
    text = "Ask Grace.\r\n\r\n<b>First</b>"
    assert do(client, flow, "save_note", note="new", text=text, beside="greet").status_code == 303
    page = client.get(flow).text
    assert "<p>Ask Grace.</p>\n<p>&lt;b&gt;First&lt;/b&gt;</p>" in page and 'href="#at-greet"' in page
    assert exported(client, flow)["notes"][0]["step"] == "greet"
    assert "Save note" in client.get(f"{flow}?note=0").text
    do(client, flow, "save_note", note="0", text="Ask Ada.", beside="")
    note = exported(client, flow)["notes"][0]
    assert note["text"] == "Ask Ada." and note.get("step") is None
    assert do(client, flow, "delete_note", note="0").status_code == 303
    assert not exported(client, flow).get("notes")


def test_a_note_has_a_colour(client: httpx.Client, flow: str) -> None:
    do(client, flow, "save_note", note="new", text="Mind this.", beside="", color="red")
    assert exported(client, flow)["notes"][0]["color"] == "red"
    assert '<article class="sticky" data-color="red">' in client.get(flow).text
    assert 'value="red" checked' in client.get(f"{flow}?note=0").text
    do(client, flow, "save_note", note="0", text="Mind this.", beside="", color="")
    assert not exported(client, flow)["notes"][0].get("color")
    refused = do(client, flow, "save_note", note="0", text="Other", beside="", color="plaid")
    assert refused.status_code in (400, 422) and "no such color" in refused.text
    assert exported(client, flow)["notes"][0]["text"] == "Mind this."


def test_the_flow_is_named_described_and_limited(client: httpx.Client, flow: str) -> None:
    assert "Name and settings" in client.get(f"{flow}?tab=settings").text
    data = {"name": "Greetings", "description": "Says hello.", "timeout": "90", "concurrency": "2",
            "dedupe": "trigger.body.id", "here": "tab=settings"}  # fmt: skip
    answer = do(client, flow, "save_flow", **data)
    assert answer.status_code == 303 and "tab=settings" in answer.headers["location"]
    told = exported(client, flow)
    assert (told["name"], told["description"]) == ("Greetings", "Says hello.")
    assert told["settings"] == {"timeout": 90, "concurrency": 2, "dedupe": "trigger.body.id"}
    do(client, flow, "save_flow", timeout="", concurrency="2", dedupe="")
    told = exported(client, flow)
    assert told["name"] == "Greetings" and told["settings"].get("timeout") is None
    assert told["settings"]["concurrency"] == 2


@pytest.mark.parametrize(
    ("command", "data", "says"),
    [
        ("save_note", {"note": "new", "text": "  "}, "A note needs a text"),
        ("save_note", {"note": "7", "text": "x"}, "no such note"),
        ("save_note", {"note": "x", "text": "x"}, "Enter a whole number"),
        ("save_note", {"note": "new", "text": "x", "beside": "nobody"}, "nobody"),
        ("delete_note", {"note": "new"}, "no such note"),
        ("delete_note", {"note": "3"}, "no such note"),
        ("save_flow", {"name": ""}, "name"),
        ("save_flow", {"timeout": "soon"}, "Enter a number"),
        ("save_flow", {"timeout": "-1"}, "timeout"),
        ("save_flow", {"concurrency": "1.5"}, "concurrency"),
        ("save_flow", {"dedupe": "a ||"}, "dedupe"),
    ],
)
def test_a_wrong_form_changes_nothing_and_keeps_what_was_typed(
    client: httpx.Client, flow: str, command: str, data: dict[str, str], says: str
) -> None:
    before = client.get(f"{flow}/export").text
    here = "tab=settings" if command == "save_flow" else "note=new"
    answer = do(client, flow, command, **data, here=here)
    assert answer.status_code in (400, 404, 422), answer.text[-500:]
    assert says in answer.text and "Not saved" in answer.text
    assert all(value in answer.text for value in data.values())
    assert client.get(f"{flow}/export").text == before


def test_each_branch_knows_its_samples(site: Site) -> None:
    definition = site.small_flow()
    definition["samples"]["other"] = {"body": {"kind": "?"}}
    drawing = draw(definition)
    by = drawing.track[0]
    assert [siding.samples for siding in by.sidings] == [None, None, None]
    editor_flow.mark_samples(drawing, coverage(definition, load()).routers)
    assert [siding.samples for siding in by.sidings] == [["hello"], [], ["other"]]


def test_the_page_says_conditions_in_words_and_counts_samples(client: httpx.Client, flow: str) -> None:
    page = client.get(flow).text
    assert 'title="Samples that go here: hello"' in page and "No sample goes here" in page


def test_a_flow_gets_its_folder_and_tags_on_its_own_page(site: Site, client: httpx.Client, flow: str) -> None:
    client.post(f"{site.base}/folders", data={"name": "Alerts of the editor"})
    page = client.get(f"{flow}?tab=settings").text
    found = re.search(r'<option value="(fld_\w+)">Alerts of the editor', page)
    assert found is not None
    before = client.get(f"{flow}/export").text
    kept = client.post(f"{flow}/arrange", data={"folder": found[1], "tags": "Ops, on call ,ops"})
    assert kept.status_code == 303
    shown = client.get(flow).text
    assert "Alerts of the editor</a>" in shown and "tag=on+call" in shown and "tag=ops" in shown
    assert f'<option value="{found[1]}" selected>' in client.get(f"{flow}?tab=settings").text
    assert client.get(f"{flow}/export").text == before, "the draft has nothing to do with it"
    client.post(f"{flow}/arrange", data={"folder": "", "tags": ""})
    assert "Alerts of the editor</a>" not in client.get(flow).text


@pytest.mark.parametrize("data", [{"folder": "fld_none", "tags": ""}, {"folder": "", "tags": "x" * 200}])
def test_a_folder_or_tag_that_cannot_be_is_refused(
    client: httpx.Client, flow: str, data: dict[str, str]
) -> None:
    assert client.post(f"{flow}/arrange", data=data).status_code in (404, 422)
    assert "tag=x" not in client.get(flow).text
