"""The store piece: values from one run to the next, per flow or per project."""

import asyncio
from typing import Any

import pytest

from engine.base.clock import now_iso
from engine.store.item_store import ItemStore
from engine.store.retention import forget_expired
from pieces import PieceError
from tests.engine.factories import Harness, action, flow, step
from tests.support.clock import ManualClock

pytestmark = pytest.mark.usefixtures("each_store")


def store(name: str, next: str | None = None, **input: Any) -> Any:
    return action("store", name, next, input={"key": "k", **input})


async def test_increments_of_many_runs_at_once_all_count(place: Harness) -> None:
    flow_id = await place.publish(flow(a=store("increment"), settings={"concurrency": 50}))
    runs = await asyncio.gather(*(place.start(flow_id) for _ in range(60)))
    sums = sorted([step(await place.ended(run), "a")["output"] for run in runs])
    assert sums == list(range(1, 61))


async def test_values_outlive_the_run_and_null_deletes(place: Harness) -> None:
    value = {"a": [1, "ü", None]}
    put = await place.publish(flow(a=store("put", value=value, scope="project")))
    get = await place.publish(
        flow(a=store("get", "b", scope="project"), b=store("get", scope="flow", default="none"))
    )
    await place.ended(await place.start(put))
    run = await place.ended(await place.start(get))
    assert step(run, "a")["output"] == value
    assert step(run, "b")["output"] == "none"  # this flow's own is another
    run = await place.run(flow(a=store("delete", "b", scope="project"), b=store("get", scope="project")))
    assert (step(run, "a")["output"], step(run, "b")["output"]) == ({"deleted": True}, None)


async def test_a_value_expires_and_is_swept(place: Harness, clock: ManualClock) -> None:
    await place.run(flow(a=store("put", value="soon over", scope="project", expires_in=600)))
    items = ItemStore(place.sy.db, place.project, "f1")
    await items.put("stays", 1, "project")
    clock.advance(599)
    assert await items.get("k", "project") == "soon over"
    clock.advance(2)
    assert await items.get("k", "project") is None
    assert await items.delete("k", "project") is False
    assert await items.increment("k", 2, "project") == 2  # another value, which stays
    await items.put("again", 1, "project", expires_in=60)
    assert await items.increment("again", 1, "project") == 2
    clock.advance(61)
    assert await items.get("again", "project") is None
    assert await place.sy.db.write(lambda tx: forget_expired(tx, now_iso())) == 1
    assert [await items.get(key, "project") for key in ("k", "stays", "again")] == [2, 1, None]


async def test_projects_and_flows_do_not_see_each_others_values(place: Harness) -> None:
    db = place.sy.db
    mine, theirs, other = ItemStore(db, "p1", "f1"), ItemStore(db, "p2", "f1"), ItemStore(db, "p1", "f2")
    await mine.put("k", 1)
    await mine.put("k", 2, "project")
    assert [await mine.get("k"), await other.get("k"), await theirs.get("k")] == [1, None, None]
    assert [await other.get("k", "project"), await theirs.get("k", "project")] == [2, None]
    assert await theirs.delete("k") is False
    assert await mine.delete("k") is True
    assert await mine.get("k", "project") == 2


@pytest.mark.parametrize("value", ["text", True, None, [1], {}])
async def test_what_is_no_number_is_not_added_to(place: Harness, value: Any) -> None:
    items = ItemStore(place.sy.db, "p", "f")
    await items.put("k", value)
    with pytest.raises(PieceError, match="no number"):
        await items.increment("k")
    assert await items.get("k") == value


async def test_a_sum_beyond_what_numbers_hold_is_refused(place: Harness) -> None:
    items = ItemStore(place.sy.db, "p", "f")
    await items.put("k", 1e308)
    with pytest.raises(PieceError, match="too large"):
        await items.increment("k", 1e308)
    await items.put("k", 2**63)
    with pytest.raises(PieceError):
        await items.increment("k", 2**63)


@pytest.mark.parametrize("value", [{1, 2}, b"x", "\ud800", 2**70])
async def test_what_is_no_json_is_refused(place: Harness, value: Any) -> None:
    with pytest.raises(PieceError, match="JSON"):
        await ItemStore(place.sy.db, "p", "f").put("k", value)


async def test_keys_are_only_text(place: Harness) -> None:
    items = ItemStore(place.sy.db, "p", "f")
    for key in ("'; DROP TABLE store_items; --", "ü\0", "%", "x" * 128):
        await items.put(key, key)
        assert await items.get(key) == key
