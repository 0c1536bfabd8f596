"""Every list of the API: whole or in pages, with the same two parameters."""

from typing import Any

import pytest

from engine.api import OPERATIONS
from engine.api.operation import PREFIX, Operation

pytestmark = pytest.mark.asyncio(loop_scope="module")


def lists() -> list[Operation]:
    """Those that need nothing in their address."""
    return [one for one in OPERATIONS if one.name.startswith("list_") and "{" not in one.path]


@pytest.mark.parametrize("listed", lists(), ids=lambda one: one.name)
async def test_a_list_is_gone_through_in_pages_of_one(instance: Any, listed: Operation) -> None:
    path = listed.path.removeprefix(PREFIX)
    for name in ("one", "two"):
        if listed.name == "list_connections":
            body = {"name": name, "piece": "webhook", "fields": {"secret": "s"}}
            await instance.api("POST", path, body, 201)
    whole = (await instance.api("GET", f"{path}?limit=200"))["data"]
    found, cursor = [], ""
    for _ in range(len(whole) + 1):
        page = await instance.api("GET", f"{path}?limit=1{cursor}")
        assert len(page["data"]) <= 1
        found += page["data"]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert found == whole
    for wrong in ("limit=0", "limit=201", "limit=x", "cursor=x"):
        refused = await instance.api("GET", f"{path}?{wrong}", status=422)
        assert refused["error"]["field"] == wrong.partition("=")[0]
