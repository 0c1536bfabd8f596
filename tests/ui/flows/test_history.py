"""The edits of a draft on a page of their own, with undo and redo by plain forms."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.html import flat

Site = Any  # of conftest, which cannot be imported


@pytest.fixture
def flow(site: Site, client: httpx.Client) -> Iterator[str]:
    """The path of a flow saved twice: its revision is 3."""
    text = json.dumps(site.small_flow() | {"name": "Edited"})
    path = client.post(f"{site.base}/flows/import", data={"text": text}).headers["location"]
    for revision in (1, 2):
        new = json.dumps(site.small_flow() | {"name": "Edited", "description": f"<i>{revision}</i>"})
        client.post(f"{path}/json", data={"definition": new, "revision": str(revision)})
    yield path
    client.post(f"{path}/delete")


def test_the_history_says_who_did_what(client: httpx.Client, flow: str) -> None:
    text = flat(client.get(f"{flow}/history").text)
    assert text.count("Saved the flow file</") + text.count("Saved the flow file <") >= 2
    assert "ada ·" in text and text.count("current draft") == 1 and "undone<" not in text
    assert f'href="{flow}/history"' in client.get(f"{flow}/versions").text


def test_undo_and_redo_are_buttons_of_a_plain_form(client: httpx.Client, flow: str) -> None:
    back = client.post(f"{flow}/history/undo", data={"revision": "3"})
    assert back.status_code == 303 and back.headers["location"] == f"{flow}/history"
    text = client.get(f"{flow}/history").text
    assert text.count(">undone<") == 1 and 'name="revision" value="4"' in text
    assert client.get(f"{flow}/export").json()["description"] == "<i>1</i>"
    assert client.post(f"{flow}/history/redo", data={"revision": "4"}).status_code == 303
    assert client.get(f"{flow}/export").json()["description"] == "<i>2</i>"


@pytest.mark.parametrize(
    ("way", "revision", "status"),
    [("undo", "2", 409), ("redo", "3", 409), ("undo", "x", 422), ("undo", "", 422)],
)
def test_what_does_not_fit_the_draft_is_refused(
    client: httpx.Client, flow: str, way: str, revision: str, status: int
) -> None:
    answer = client.post(f"{flow}/history/{way}", data={"revision": revision})
    assert answer.status_code == status and "</html>" in answer.text
    assert client.get(f"{flow}/export").json()["description"] == "<i>2</i>"


def test_a_draft_that_nobody_edited_says_so(site: Site, client: httpx.Client) -> None:
    assert "No edits yet" in client.get(f"{site.made['handler']}/history").text


def test_a_cursor_from_nowhere_is_refused_kindly(client: httpx.Client, flow: str) -> None:
    assert client.get(f"{flow}/history?cursor=%00x").status_code in (200, 400, 422)
