"""Folders and tags: where flows are found."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.authoring.folders import MAX_TAGS, tag_of
from engine.base.actor import Actor, Role
from engine.base.errors import BadInput, Conflict, Forbidden, NotFound
from engine.base.settings import Settings
from engine.instance import Switchyard


class Harness:
    def __init__(self, sy: Switchyard, ann: Actor, other: Actor) -> None:
        self.sy, self.ann, self.other = sy, ann, other
        self.folders = sy.folders
        self.project = str(ann.project_id)

    async def flow(self, name: str) -> str:
        return (await self.sy.flows.create(self.ann, {"format": 1, "name": name})).id

    async def names(self, **wanted: Any) -> list[str]:
        return sorted(flow.name for flow in (await self.sy.flows.list(self.project, **wanted)).data)


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Harness]:
    sy = Switchyard(Settings(data_dir=tmp_path, durability="fast"))
    await sy.start()
    projects = [await sy.access.projects.create(Actor.system(), name) for name in ("Mine", "Theirs")]
    ann, eve = (Actor(user_id="usr_x", project_id=one.id, role=Role.editor) for one in projects)
    yield Harness(sy, ann, eve)
    await sy.stop()


async def test_flows_are_found_by_folder_and_by_tags(place: Harness) -> None:
    one, two, _three = [await place.flow(name) for name in ("One", "Two", "Three")]
    alerts = await place.folders.create(place.ann, "  Alerts \n at  night ")
    assert alerts.name == "Alerts at night"
    assert await place.folders.move(place.ann, [one, two], alerts.id) == 2
    assert await place.folders.move(place.ann, [one, two], alerts.id) == 0
    assert await place.folders.tag(place.ann, [one], ["Slack", "on call"]) == 1
    assert await place.folders.tag(place.ann, [one, two], ["slack"]) == 1
    assert await place.names(folder=alerts.id) == ["One", "Two"]
    assert await place.names(folder="none") == ["Three"]
    assert await place.names(tags=["slack"]) == ["One", "Two"]
    assert await place.names(tags=["slack", "on call"]) == ["One"]
    assert await place.names(tags=["sla"]) == [] and await place.names(folder="fld_x") == []
    assert await place.names(folder=alerts.id, search="t") == ["Two"]
    shown = await place.folders.overview(place.project)
    assert [(one.name, one.flows) for one in shown.folders] == [("Alerts at night", 2)]
    assert shown.tags == [("on call", 1), ("slack", 2)]
    assert (shown.flows, shown.unfiled) == (3, 1)


async def test_neither_makes_a_revision_nor_moves_the_flow_in_time(place: Harness) -> None:
    id = await place.flow("One")
    before = await place.sy.flows.get(place.project, id)
    folder = await place.folders.create(place.ann, "F")
    await place.folders.arrange(place.ann, id, folder.id, ["b", "a"])
    after = await place.sy.flows.get(place.project, id)
    assert after == replace(before, folder=folder.id, tags=["a", "b"])


async def test_deleting_a_folder_leaves_its_flows_in_none_the_deleted_ones_too(place: Harness) -> None:
    kept, gone = await place.flow("Kept"), await place.flow("Gone")
    folder = await place.folders.create(place.ann, "F")
    await place.folders.move(place.ann, [kept, gone], folder.id)
    await place.sy.flows.delete(place.ann, gone)
    await place.folders.delete(place.ann, folder.id)
    assert await place.folders.list(place.project) == []
    assert await place.names(folder="none") == ["Kept"]
    assert (await place.sy.flows.restore(place.ann, gone)).folder is None


async def test_a_deleted_flow_comes_back_to_its_folder_and_tags(place: Harness) -> None:
    id = await place.flow("One")
    folder = await place.folders.create(place.ann, "F")
    await place.folders.arrange(place.ann, id, folder.id, ["a"])
    await place.sy.flows.delete(place.ann, id)
    shown = await place.folders.overview(place.project)
    assert (shown.flows, shown.tags, shown.folders[0].flows) == (0, [], 0)
    back = await place.sy.flows.restore(place.ann, id)
    assert (back.folder, back.tags) == (folder.id, ["a"])


async def test_what_happens_is_told(place: Harness) -> None:
    id = await place.flow("One")
    folder = await place.folders.create(place.ann, "F")
    await place.folders.rename(place.ann, folder.id, "G")
    await place.folders.rename(place.ann, folder.id, "G")
    await place.folders.arrange(place.ann, id, folder.id, ["a"])
    await place.folders.delete(place.ann, folder.id)
    told = await place.sy.db.read(lambda tx: tx.execute("SELECT action FROM events ORDER BY id").fetchall())
    assert [action for (action,) in told if action.startswith("f")] == [
        "flow.created", "folder.created", "folder.updated", "flow.updated", "flow.updated", "folder.deleted",
    ]  # fmt: skip


async def test_a_name_is_taken_in_capitals_or_not_and_only_once_at_a_time(place: Harness) -> None:
    made = await asyncio.gather(
        *(place.folders.create(place.ann, name) for name in ("Übung", "übung", "ÜBUNG")),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in made) == ["Conflict", "Conflict", "FolderInfo"]
    other = await place.folders.create(place.ann, "Other")
    with pytest.raises(Conflict):
        await place.folders.rename(place.ann, other.id, "übung")
    assert (await place.folders.rename(place.ann, other.id, "OTHER")).name == "OTHER"
    await place.folders.create(place.other, "Other")


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "a\0b"])
async def test_a_name_that_cannot_be_read_is_refused(place: Harness, name: str) -> None:
    with pytest.raises(BadInput) as refused:
        await place.folders.create(place.ann, name)
    assert refused.value.field == "name"


@pytest.mark.parametrize("tag", ["", " ", "a,b", "x" * 41, "a\0", 3, None])
def test_what_is_no_tag_is_refused(tag: Any) -> None:
    with pytest.raises(BadInput):
        tag_of(tag)


async def test_a_flow_carries_only_so_many_tags(place: Harness) -> None:
    id = await place.flow("One")
    await place.folders.tag(place.ann, [id], [f"t{i}" for i in range(MAX_TAGS)])
    with pytest.raises(BadInput):
        await place.folders.tag(place.ann, [id], ["one more"])
    assert await place.folders.tag(place.ann, [id], ["one more"], [f"t{i}" for i in range(MAX_TAGS)]) == 1


async def test_nothing_is_done_if_one_of_them_is_not_there(place: Harness) -> None:
    id = await place.flow("One")
    mine = await place.folders.create(place.ann, "Mine")
    theirs = await place.folders.create(place.other, "Theirs")
    for refused in (
        place.folders.move(place.ann, [id, "flow_x"], mine.id),
        place.folders.move(place.ann, [id], theirs.id),
        place.folders.tag(place.ann, [id, "flow_x"], ["a"]),
        place.folders.arrange(place.ann, id, theirs.id, ["a"]),
        place.folders.move(place.other, [id], theirs.id),
        place.folders.rename(place.other, mine.id, "X"),
        place.folders.delete(place.other, mine.id),
        place.folders.get(place.other.project_id or "", mine.id),
    ):
        with pytest.raises(NotFound):
            await refused
    assert await place.names(folder="none") == ["One"]
    assert (await place.folders.overview(place.project)).tags == []


async def test_a_viewer_arranges_nothing(place: Harness) -> None:
    viewer = replace(place.ann, role=Role.viewer)
    folder = await place.folders.create(place.ann, "F")
    for refused in (
        place.folders.create(viewer, "X"),
        place.folders.rename(viewer, folder.id, "X"),
        place.folders.delete(viewer, folder.id),
        place.folders.move(viewer, [], folder.id),
        place.folders.tag(viewer, [], ["a"]),
    ):
        with pytest.raises(Forbidden):
            await refused
