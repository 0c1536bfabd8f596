"""The editor's keys: listed, changed for one user, refused where two commands would share one."""

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from engine.base.errors import BadInput
from ui.editor.keys import LOOK, OFFERED, normal, usual

Site = Any  # of conftest, which cannot be imported


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("a", "a"), ("A", "Shift+A"), (" ctrl + d ", "Ctrl+D"), ("Cmd+Shift+z", "Ctrl+Shift+Z"), ("?", "?"),
        ("+", "+"), ("Ctrl++", "Ctrl++"), ("delete", "Delete"), ("f2", "F2"),
        ("Shift+arrowup", "Shift+ArrowUp"),
        ("", ""), ("  ", ""), ("ö", "ö"), ("Shift+M", "Shift+M"),
    ],
)  # fmt: skip
def test_a_key_is_written_as_people_write_it(text: str, key: str) -> None:
    assert normal(text) == key and normal(normal(text)) == key


@pytest.mark.parametrize(
    "text",
    ["Alt+a", "Ctrl+", "ab", "Ctrl+Escape", "Shift+?", "Ctrl+W", "F5", "ArrowUp", "F13", "\x00", "a b"],
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        normal(text)


def test_the_usual_keys_are_keys_and_each_does_one_thing() -> None:
    keys = [row.usual for row in usual().values() if row.usual]
    assert len(keys) == len(set(keys)) and [normal(key) for key in keys] == keys
    assert set(usual()) == {*OFFERED, *LOOK}


@pytest.fixture
def own(site: Site, client: httpx.Client) -> Iterator[str]:
    """The address of the page of keys, which are the usual ones before and after."""
    path = f"{site.base}/keys"
    client.post(path, data={"do": "reset"})
    yield path
    client.post(path, data={"do": "reset"})


def in_the_editor(client: httpx.Client, site: Site) -> dict[str, str]:
    page = client.get(site.made["flow"]).text
    found = re.search(r'data-keys="([^"]+)"', page)
    assert found is not None
    return dict(json.loads(found[1].replace("&#34;", '"')))


def test_a_key_is_changed_for_the_user_and_set_back(client: httpx.Client, site: Site, own: str) -> None:
    assert in_the_editor(client, site)["d"] == "set_skip"
    answer = client.post(own, data={"key.set_skip": "x", "key.map": "", "next": site.made["flow"]})
    assert answer.status_code == 303 and "next=" in answer.headers["location"]
    keys = in_the_editor(client, site)
    assert keys["x"] == "set_skip" and "d" not in keys and "map" not in keys.values()
    assert "usually <kbd>d</kbd>" in client.get(own).text
    assert "<kbd>x</kbd>" in client.get(f"{own}/list").text
    flow = site.made["flow"].rpartition("/")[2]
    palette = client.get(f"{site.base}/find?flow={flow}&step=greet").text
    assert "<kbd>x</kbd>" in palette and "<kbd>d</kbd>" not in palette
    client.post(own, data={"do": "reset"})
    assert in_the_editor(client, site)["d"] == "set_skip"


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"key.set_skip": "r"}, "r is the key of “Replace the step” already."),
        ({"key.map": "?"}, "? is the key of “Show all keys” already."),
        ({"key.map": "Ctrl+W"}, "already used by"),
        ({"key.map": "<b>x"}, "is not a key"),
    ],
)
def test_a_conflict_is_refused_and_nothing_is_kept(
    client: httpx.Client, site: Site, own: str, form: dict[str, str], says: str
) -> None:
    before = in_the_editor(client, site)
    answer = client.post(own, data=form)
    assert answer.status_code == 422 and says in answer.text and "<b>x" not in answer.text
    assert in_the_editor(client, site) == before


def test_two_keys_are_exchanged_in_one_go(client: httpx.Client, site: Site, own: str) -> None:
    assert client.post(own, data={"key.set_skip": "r", "key.replace_step": "d"}).status_code == 303
    keys = in_the_editor(client, site)
    assert (keys["r"], keys["d"]) == ("set_skip", "replace_step")


def test_the_way_back_leads_to_no_other_site(client: httpx.Client, own: str) -> None:
    assert 'href="//evil' not in client.get(f"{own}?next=//evil.example/").text
    answer = client.post(own, data={"next": "https://evil.example/"})
    assert "evil.example" not in answer.headers["location"]
