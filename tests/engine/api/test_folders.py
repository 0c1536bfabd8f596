"""Folders, tags and deleted flows over REST."""

from typing import Any

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def made(shared: Any, name: str) -> str:
    return str((await shared.post("/flows", {"format": 1, "name": name}, 201))["id"])


async def names(shared: Any, query: str) -> list[str]:
    return sorted(flow["name"] for flow in (await shared.get(f"/flows?{query}"))["data"])


async def test_a_folders_life(shared: Any) -> None:
    folder = await shared.post("/folders", {"name": "Night shift"}, 201)
    assert folder["name"] == "Night shift" and folder["flows"] == 0
    at = f"/folders/{folder['id']}"
    assert folder in (await shared.get("/folders"))["data"]
    assert (await shared.call("PATCH", at, json={"name": "Day shift"}))["name"] == "Day shift"
    await shared.call("POST", "/folders", 409, json={"name": "DAY SHIFT"})
    await shared.call("DELETE", at, 204)
    await shared.call("GET", at, 404)


async def test_flows_carry_a_folder_and_tags_and_are_found_by_them(shared: Any) -> None:
    one, two = await made(shared, "Filed one"), await made(shared, "Filed two")
    folder = await shared.post("/folders", {"name": "Files"}, 201)
    change = {"folder": folder["id"], "tags": ["Slack", "night"]}
    after = await shared.call("PATCH", f"/flows/{one}", json=change)
    assert (after["folder"], after["tags"], after["revision"]) == (folder["id"], ["night", "slack"], 1)
    await shared.call("PATCH", f"/flows/{two}", json={"tags": ["slack"]})
    assert await names(shared, f"folder={folder['id']}") == ["Filed one"]
    assert await names(shared, "search=filed&folder=none") == ["Filed two"]
    assert await names(shared, "tag=SLACK") == ["Filed one", "Filed two"]
    assert await names(shared, "tag=slack&tag=night") == ["Filed one"]
    (row,) = (await shared.get("/flows?tag=night"))["data"]
    assert (row["folder"], row["tags"]) == (folder["id"], ["night", "slack"])
    after = await shared.call("PATCH", f"/flows/{one}", json={"folder": None})
    assert (after["folder"], after["tags"]) == (None, ["night", "slack"])


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, 422),
        ({"revision": 1}, 422),
        ({"folder": 3}, 422),
        ({"folder": "fld_none"}, 404),
        ({"tags": "slack"}, 422),
        ({"tags": ["a,b"]}, 422),
        ({"tags": [""]}, 422),
        ({"tags": [f"t{i}" for i in range(21)]}, 422),
        ({"tags": ["ok"], "folder": "fld_none"}, 404),
        ({"tags": ["ok"], "definition": {"name": "y"}, "revision": 1}, 422),
    ],
)
async def test_what_cannot_be_kept_changes_nothing(shared: Any, change: Any, status: int) -> None:
    id = await made(shared, "As it was")
    await shared.call("PATCH", f"/flows/{id}", status, json=change)
    flow = await shared.get(f"/flows/{id}")
    assert (flow["name"], flow["folder"], flow["tags"]) == ("As it was", None, [])


async def test_a_deleted_flow_is_listed_and_restored(shared: Any) -> None:
    id = await made(shared, "Gone for now")
    await shared.call("DELETE", f"/flows/{id}", 204)
    await shared.call("GET", f"/flows/{id}", 404)
    (row,) = [row for row in (await shared.get("/deleted-flows"))["data"] if row["id"] == id]
    assert row["name"] == "Gone for now" and row["deleted"].endswith("Z")
    back = await shared.call("POST", f"/flows/{id}/restore")
    assert back["name"] == "Gone for now" and not back["enabled"]
    await shared.call("POST", f"/flows/{id}/restore", 404)


async def test_a_tag_that_is_none_finds_nothing_but_a_clear_answer(shared: Any) -> None:
    assert (await shared.call("GET", "/flows?tag=a,b", 422))["error"]["field"] == "tag"
    assert await names(shared, "tag=nobody+carries+it") == []
