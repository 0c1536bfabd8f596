"""Every problem leads to the place where it is put right."""

import json
from typing import Any

import httpx
import pytest

from engine.flow import Problem
from pieces import load
from ui.drawing.problem_links import places

Site = Any  # of conftest, which cannot be imported

DEFINITION: dict[str, Any] = {
    "triggers": [{"name": "webhook", "piece": "webhook", "trigger": "catch"}],
    "steps": {
        "tell": {"type": "action", "title": "Tell the team"},
        "by_kind": {"type": "router", "branches": [{"name": "Hello"}]},
        "odd": None,
    },
}


@pytest.mark.parametrize(
    ("pointer", "href", "label"),
    [
        ("/steps/tell/input/channel", "?step=tell#f-in-channel", "Tell the team › Channel"),
        ("/steps/tell/input/headers/0/key", "?step=tell#f-in-headers-0-key",
         "Tell the team › Headers › 0 › Key"),
        ("/steps/tell/connection", "?step=tell#f-connection", "Tell the team › Connection"),
        ("/steps/tell", "?step=tell#panel", "Tell the team"),
        ("/steps/by_kind/branches/0/when", "?step=by_kind&branch=0#f-when", "By kind › Hello"),
        ("/steps/by_kind/branches/0/next", "?step=by_kind&branch=0#panel", "By kind › Hello"),
        ("/steps/by_kind/branches/9", "?step=by_kind&branch=9#panel", "By kind › branch 9"),
        ("/steps/by_kind/otherwise", "?step=by_kind#panel", "By kind › Otherwise"),
        ("/triggers/0/input/verify/connection", "?step=webhook#f-in-verify-connection",
         "Catch › Verify › Connection"),
        ("/samples/a~1b", "/samples?sample=a%2Fb", "Sample a/b"),
        ("/triggers/7/input", "", "/triggers/7/input"),
        ("/steps/none", "", "/steps/none"),
        ("/steps/odd", "", "/steps/odd"),
        ("/start", "?add=start#f-q", "Add a step"),
        ("", "", ""),
    ],
)  # fmt: skip
def test_a_pointer_is_a_link_and_words(pointer: str, href: str, label: str) -> None:
    (found,) = places([Problem(pointer, "wrong")], DEFINITION, load())
    assert (found.href, found.label) == (href, label)


def test_a_refused_publication_links_each_problem(site: Site, client: httpx.Client) -> None:
    flow = site.small_flow() | {"name": "Not yet"}
    flow["steps"]["greet"] |= {"piece": "http", "action": "request", "connection": "gone", "input": {}}
    flow["steps"]["by_kind"]["branches"].append({"name": "Nothing yet", "case": ["later"]})
    made = client.post(f"{site.base}/flows/import", data={"text": json.dumps(flow)}).headers["location"]
    refused = client.post(f"{made}/publish", data={"revision": "1"})
    asked = {"HX-Request": "true", "HX-Target": "form#publish"}
    block = client.post(f"{made}/publish", data={"revision": "1"}, headers=asked)
    assert refused.status_code == block.status_code == 422 and "<html" not in block.text
    for shown in (refused.text, block.text, client.get(f"{made}/publish").text):
        assert f'href="{made}?step=greet#f-in-url"' in shown
        assert f'href="{made}?step=greet#f-connection"' in shown
        assert "Warnings:" in shown
        assert f'href="{made}?step=by_kind&amp;branch=2#panel"' in shown
    editor = client.get(f"{made}?step=greet").text
    assert 'id="f-in-url"' in editor and 'id="f-connection"' in editor
    client.post(f"{made}/delete")


def test_every_list_of_problems_leads_to_their_places(site: Site, client: httpx.Client) -> None:
    flow = site.small_flow()
    flow["steps"]["greet"] |= {"piece": "http", "action": "request", "input": {"method": "GET"}}
    path = client.post(f"{site.base}/flows/import", data={"text": json.dumps(flow)}).headers["location"]
    for page in (path, f"{path}/json"):
        text = client.get(page).text
        assert f'href="{path}?step=greet#f-in-url"' in text, page
    revision = text.partition('name="revision" value="')[2].partition('"')[0]
    form = {"definition": json.dumps(flow), "revision": revision, "do": "check"}
    assert f'href="{path}?step=greet#f-in-url"' in client.post(f"{path}/json", data=form).text
    client.post(f"{path}/delete")
