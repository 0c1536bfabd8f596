"""Several flows of the list at once, by a plain form; and the bars of their last day."""

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from engine.store.activity import SLOTS, Day
from tests.support.html import flat
from ui.destinations.sparkline import HEIGHT, sparkline

Site = Any  # of conftest, which cannot be imported


@pytest.fixture
def two(site: Site, client: httpx.Client) -> Iterator[list[str]]:
    """Ids of a published flow and of a draft."""
    made = []
    for name in ("Bulk one", "Bulk two"):
        flow = json.dumps(site.small_flow() | {"name": name})
        made.append(client.post(f"{site.base}/flows/import", data={"text": flow}).headers["location"])
    client.post(f"{made[0]}/publish", data={"revision": "1"})
    yield [path.rpartition("/")[2] for path in made]
    for path in made:
        client.post(f"{path}/delete")


def do(site: Site, client: httpx.Client, what: str, flows: list[str], **more: str) -> httpx.Response:
    return client.post(f"{site.base}/flows/bulk", data={"do": what, "flow": flows, **more})


def test_flows_are_enabled_and_disabled_and_drafts_are_left_out(
    site: Site, client: httpx.Client, two: list[str]
) -> None:
    answer = do(site, client, "enable", two, q="bulk")
    shown = client.get(answer.headers["location"]).text
    assert "Enabled 1 flow. 1 flow was never published" in shown and 'value="bulk"' in shown
    assert "Bulk one enabled" in shown and shown.count('aria-checked="true"') == 1
    assert f'value="{two[1]}" checked' in shown  # still chosen: it is the one left to do
    shown = client.get(do(site, client, "disable", two).headers["location"]).text
    assert "Disabled 2 flows." in shown


def test_flows_are_duplicated_with_their_folder_and_tags(
    site: Site, client: httpx.Client, two: list[str]
) -> None:
    do(site, client, "add_tag", two, **{"with": "copied"})
    shown = client.get(do(site, client, "duplicate", two).headers["location"]).text
    assert "Duplicated 2 flows." in shown
    listed = client.get(f"{site.base}/flows?q=bulk&tag=copied").text
    assert {"Bulk one (2)", "Bulk two (2)"} <= set(re.findall(r">(Bulk [^<]+)</a>", listed))
    again = [flow for flow in re.findall(r'name="flow" value="(\w+)"', listed) if flow not in two]
    assert len(again) == 2
    do(site, client, "delete", again, sure="yes")


def test_the_page_of_a_flow_leads_to_its_duplicate(site: Site, client: httpx.Client, two: list[str]) -> None:
    path = f"{site.base}/flows/{two[0]}"
    assert f'action="{path}/duplicate"' in client.get(path).text
    copy = client.post(f"{path}/duplicate").headers["location"]
    assert "Bulk one (2)" in client.get(copy).text
    client.post(f"{copy}/delete")


def test_an_export_of_several_is_imported_again(site: Site, client: httpx.Client, two: list[str]) -> None:
    answer = do(site, client, "export", two)
    assert 'filename="flows.json"' in answer.headers["content-disposition"]
    assert [flow["name"] for flow in answer.json()["flows"]] == ["Bulk one", "Bulk two"]
    files = {"file": ("flows.json", answer.content, "application/json")}
    imported = client.post(f"{site.base}/flows/import", files=files)
    assert imported.status_code == 200 and "Bulk one (2)" in imported.text and "2 flows" in imported.text
    listed = client.get(f"{site.base}/flows?q=bulk").text
    again = [part.partition('"')[0] for part in listed.split('name="flow" value="')[1:]]
    again = [flow for flow in again if flow not in two]
    assert len(again) == 2
    do(site, client, "delete", again, sure="yes")


def test_a_file_with_one_broken_flow_stores_none(site: Site, client: httpx.Client) -> None:
    good = site.small_flow() | {"name": "Never stored"}
    broken = {"flows": [good, {"format": 1, "name": 3}]}
    answer = client.post(f"{site.base}/flows/import", data={"text": json.dumps(broken)})
    assert answer.status_code == 422
    many = {"flows": [good] * 51}
    assert client.post(f"{site.base}/flows/import", data={"text": json.dumps(many)}).status_code == 422
    assert 'name="flow"' not in client.get(f"{site.base}/flows?q=never stored").text


def test_deleting_asks_first(site: Site, client: httpx.Client, two: list[str]) -> None:
    asked = do(site, client, "delete", two)
    assert asked.status_code == 200 and "Delete 2 flows?" in asked.text and "Bulk two" in asked.text
    assert client.get(f"{site.base}/flows/{two[0]}").status_code == 200
    answer = do(site, client, "delete", two, sure="yes")
    assert "Deleted 2 flows." in client.get(answer.headers["location"]).text
    assert client.get(f"{site.base}/flows/{two[0]}").status_code == 404


@pytest.mark.parametrize(
    ("what", "flows", "status"),
    [
        ("", ["flow_x"], 422),
        ("move", ["flow_x"], 404),
        ("move", [], 303),
        ("restore", ["flow_x"], 422),
        ("publish", ["flow_x"], 422),
        ("__class__", ["flow_x"], 422),
        ("enable", ["flow_x"], 404),
        ("export", ["flow_x"], 404),
        ("delete", ["flow_x"], 404),
        ("enable", [f"flow_{i}" for i in range(51)], 422),
        ("enable", [], 303),
    ],
)
def test_what_cannot_be_done_changes_nothing(
    site: Site, client: httpx.Client, two: list[str], what: str, flows: list[str], status: int
) -> None:
    chosen = [*two, *flows] if flows else []
    assert do(site, client, what, chosen).status_code == status
    shown = client.get(f"{site.base}/flows?q=bulk+one").text
    assert 'aria-checked="false"' in shown and 'aria-checked="true"' not in shown


@pytest.mark.parametrize("query", ["did=x&count=3", "did=enable&count=<b>", "did=enable", "count=1"])
def test_an_address_makes_the_list_say_nothing_else(site: Site, client: httpx.Client, query: str) -> None:
    assert 'role="status"' not in client.get(f"{site.base}/flows?{query}").text


def test_the_list_shows_the_last_day(site: Site, client: httpx.Client) -> None:
    text = json.dumps(site.small_flow() | {"name": "Sparkling"})
    path = client.post(f"{site.base}/flows/import", data={"text": text}).headers["location"]
    client.post(f"{path}/publish", data={"revision": "1", "enable": "yes", "note": "One"})
    assert client.post("/webhooks/" + path.rpartition("/")[2], json={"kind": "hello"}).status_code == 202
    shown = client.get(f"{site.base}/flows?q=sparkling").text
    assert 'class="spark"' in shown and "in the last day" in shown and " style=" not in shown


def test_the_bars_of_a_day_keep_their_measure() -> None:
    day = Day()
    day.runs[0], day.runs[-1], day.failed[-1] = 1, 1000, 1000
    drawn = sparkline(day)
    assert drawn.words == "1001 runs in the last day, 1000 failed"
    assert [(bar.x, bar.bad) for bar in drawn.bars] == [(0, 0), ((SLOTS - 1) * 4, HEIGHT)]
    assert 0 < drawn.bars[0].height < drawn.bars[1].height == HEIGHT


# -- folders and tags ------------------------------------------------------------------------------


@pytest.fixture
def folder(site: Site, client: httpx.Client) -> Iterator[str]:
    """The id of a folder; others may be there already."""

    def ids() -> set[str]:
        return set(re.findall(r'/folders/(fld_\w+)"', client.get(f"{site.base}/folders").text))

    before = ids()
    assert client.post(f"{site.base}/folders", data={"name": "Night"}).status_code == 303
    (id,) = ids() - before
    yield id
    client.post(f"{site.base}/folders/{id}/delete")


def listed(site: Site, client: httpx.Client, **params: str) -> list[str]:
    shown = client.get(f"{site.base}/flows", params=params).text
    return sorted(re.findall(r'<a class="name" href="[^"]+/flows/flow_\w+">([^<]+)</a>', shown))


def test_flows_are_moved_and_tagged_and_found(
    site: Site, client: httpx.Client, two: list[str], folder: str
) -> None:
    answer = do(site, client, "move", two, to=folder, q="bulk")
    assert "q=bulk" in answer.headers["location"]
    assert "Moved 2 flows." in client.get(answer.headers["location"]).text
    answer = do(site, client, "add_tag", two[:1], **{"with": "Slack, on call"})
    assert "Tagged 1 flow." in client.get(answer.headers["location"]).text
    assert listed(site, client, folder=folder) == ["Bulk one", "Bulk two"]
    assert listed(site, client, folder=folder, tag="on call") == ["Bulk one"]
    shown = client.get(f"{site.base}/flows", params={"folder": folder, "tag": "slack"}).text
    assert f'name="folder" value="{folder}"' in shown and "slack (1)" in shown
    assert "folder=none&amp;tag=slack" in shown or "tag=slack" in shown
    do(site, client, "remove_tag", two, **{"with": "slack"})
    assert listed(site, client, tag="slack") == []
    do(site, client, "move", two, to="none")
    assert listed(site, client, folder=folder) == []


@pytest.mark.parametrize(
    ("what", "more", "status"),
    [
        ("move", {}, 422),
        ("move", {"to": "fld_none"}, 404),
        ("add_tag", {}, 422),
        ("add_tag", {"with": " , "}, 422),
        ("add_tag", {"with": "x" * 41}, 422),
        ("remove_tag", {"with": ""}, 422),
    ],
)
def test_flows_are_arranged_only_by_what_is_there(
    site: Site, client: httpx.Client, two: list[str], what: str, more: dict[str, str], status: int
) -> None:
    assert do(site, client, what, two, **more).status_code == status


def test_a_folder_is_renamed_and_deleted_and_its_flows_stay(
    site: Site, client: httpx.Client, two: list[str], folder: str
) -> None:
    do(site, client, "move", two, to=folder)
    at = f"{site.base}/folders/{folder}"
    assert client.post(at, data={"name": "Day"}).status_code == 303
    refused = client.post(at, data={"name": " "})
    assert refused.status_code == 422 and "80 characters" in refused.text
    again = client.post(f"{site.base}/folders", data={"name": "DAY"})
    assert again.status_code == 409 and "already" in again.text and 'value="DAY"' in again.text
    asked = flat(client.get(f"{at}/delete").text)
    assert "“Day”" in asked and "Its 2 flows stay" in asked
    client.post(f"{at}/delete")
    assert client.get(f"{at}/delete").status_code == 404
    assert {"Bulk one", "Bulk two"} <= set(listed(site, client))


# -- and back --------------------------------------------------------------------------------------


def test_a_deletion_is_taken_back_from_where_it_is_told(
    site: Site, client: httpx.Client, two: list[str]
) -> None:
    answer = do(site, client, "delete", two, sure="yes", q="bulk")
    shown = client.get(answer.headers["location"]).text
    assert "Deleted 2 flows." in shown and f"{site.base}/flows/restore" in shown
    assert re.findall(r'name="flow" value="(\w+)"', shown) == two
    answer = client.post(f"{site.base}/flows/restore", data={"flow": two, "q": "bulk"})
    shown = client.get(answer.headers["location"]).text
    assert "Restored 2 flows, disabled." in shown and 'value="bulk"' in shown
    assert listed(site, client, q="bulk") == ["Bulk one", "Bulk two"]


def test_one_flow_deleted_from_its_page_can_be_taken_back(
    site: Site, client: httpx.Client, two: list[str]
) -> None:
    answer = client.post(f"{site.base}/flows/{two[0]}/delete")
    shown = client.get(answer.headers["location"]).text
    assert "Deleted 1 flow." in shown and f'value="{two[0]}"' in shown
    seen = client.get(f"{site.base}/flows/deleted").text
    assert "Bulk one" in seen and "Kept until" in seen
    assert client.post(f"/webhooks/{two[0]}", json={}).status_code == 404
    client.post(f"{site.base}/flows/restore", data={"flow": two[0]})
    assert client.get(f"{site.base}/flows/{two[0]}").status_code == 200
    assert client.post(f"/webhooks/{two[0]}", json={}).json() == {"held": True}  # it came back disabled
    assert two[0] not in client.get(f"{site.base}/flows/deleted").text


def test_what_is_gone_for_good_is_passed_by(site: Site, client: httpx.Client) -> None:
    answer = client.post(f"{site.base}/flows/restore", data={"flow": "flow_none"})
    assert "Restored 0 flows" in client.get(answer.headers["location"]).text
    assert client.post(f"{site.base}/flows/restore", data={}).status_code == 422
