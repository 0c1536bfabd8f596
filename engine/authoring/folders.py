"""Folders and tags: where flows are found. Neither is part of what a flow does, so neither makes a
revision of its draft; each change says so with an event in the same transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from engine.base.actor import Actor, Permission
from engine.base.clock import now_iso
from engine.base.errors import BadInput, Conflict, NotFound
from engine.base.ids import new_id
from engine.base.payloads import folder_data
from engine.store import folder_store, models
from engine.store.database import Database
from engine.store.edit_store import Said
from engine.store.emit import Emit
from engine.store.folder_store import FolderInfo
from engine.store.tx import Tx

from .flow_changes import FlowChanges

MAX_NAME = 80
MAX_FOLDERS = 500  # of one project
MAX_TAG = 40
MAX_TAGS = 20  # of one flow

Infos = list[FolderInfo]


class _Keep:
    """The kind of `KEEP`."""


KEEP = _Keep()
"""In the place of a folder: the one it stands in."""


@dataclass(frozen=True)
class Overview:
    """What the flows of a project can be filtered by."""

    folders: Infos
    tags: list[tuple[str, int]]
    """Each with the number of flows that carry it."""
    flows: int
    unfiled: int
    """Flows that stand in no folder."""


class Folders:
    """The service; one for the process."""

    def __init__(self, db: Database, emit: Emit) -> None:
        self._db = db
        self._emit = emit
        self._changes = FlowChanges(emit)

    # -- reading ---------------------------------------------------------------------------------

    async def list(self, project_id: str) -> Infos:
        """The folders of a project by name, each with the number of its flows."""
        return await self._db.read(lambda tx: folder_store.folders(tx, project_id))

    async def get(self, project_id: str, folder_id: str) -> FolderInfo:
        """One folder. Raises `NotFound`."""
        for folder in await self.list(project_id):
            if folder.id == folder_id:
                return folder
        raise NotFound("There is no such folder in this project.")

    async def overview(self, project_id: str) -> Overview:
        """Folders and tags of a project with their numbers."""

        def look(tx: Tx) -> Overview:
            flows, unfiled = folder_store.count(tx, project_id)
            folders = folder_store.folders(tx, project_id)
            return Overview(folders, folder_store.tags(tx, project_id), flows, unfiled)

        return await self._db.read(look)

    # -- folders ---------------------------------------------------------------------------------

    async def create(self, actor: Actor, name: str) -> FolderInfo:
        """A new, empty folder. Raises `BadInput`, `Conflict` for a name that is taken."""
        project_id, name = _project(actor), _name(name)

        def change(tx: Tx) -> FolderInfo:
            _check_free(tx, project_id, name)
            now = now_iso()
            row = models.Folder(id=new_id("fld"), project_id=project_id, name=name, created=now, updated=now)
            tx.session.add(row)
            self._tell(tx, "folder.created", row, actor)
            return FolderInfo(row.id, name, 0, now, now)

        return await self._db.write(change)

    async def rename(self, actor: Actor, folder_id: str, name: str) -> FolderInfo:
        """Give a folder another name. Raises `NotFound`, `BadInput`, `Conflict`."""
        project_id, name = _project(actor), _name(name)

        def change(tx: Tx) -> None:
            row = _folder(tx, project_id, folder_id)
            if row.name == name:
                return
            _check_free(tx, project_id, name, but=folder_id)
            row.name, row.updated = name, now_iso()
            tx.session.add(row)
            self._tell(tx, "folder.updated", row, actor)

        await self._db.write(change)
        return await self.get(project_id, folder_id)

    async def delete(self, actor: Actor, folder_id: str) -> None:
        """Delete a folder; its flows stay, in no folder. Raises `NotFound`."""
        project_id = _project(actor)

        def change(tx: Tx) -> None:
            row = _folder(tx, project_id, folder_id)
            folder_store.empty(tx, folder_id)
            self._tell(tx, "folder.deleted", row, actor)
            tx.session.delete(row)

        await self._db.write(change)

    # -- flows -----------------------------------------------------------------------------------

    async def move(self, actor: Actor, flow_ids: Sequence[str], folder_id: str | None) -> int:
        """Put flows into a folder, or out of any; how many were moved. Raises `NotFound` if one of them,
        or the folder, is not there, and then none is moved."""
        project_id = _project(actor)

        def change(tx: Tx) -> int:
            rows = _flows(tx, project_id, flow_ids)
            return self._move(tx, actor, rows, folder_id)

        return await self._db.write(change)

    async def tag(
        self, actor: Actor, flow_ids: Sequence[str], add: Iterable[str] = (), remove: Iterable[str] = ()
    ) -> int:
        """Give tags to flows and take tags from them; how many flows have others now.

        Raises `BadInput` for what is no tag, or too many of them, `NotFound` for a flow that is not there.
        """
        project_id = _project(actor)
        added, gone = {tag_of(tag) for tag in add}, {tag_of(tag) for tag in remove}

        def change(tx: Tx) -> int:
            rows = _flows(tx, project_id, flow_ids)
            return sum(self._tag(tx, actor, row, set(orjson.loads(row.tags)) - gone | added) for row in rows)

        return await self._db.write(change)

    async def arrange(
        self, actor: Actor, flow_id: str, folder_id: str | _Keep | None, tags: Iterable[str] | None
    ) -> None:
        """Give one flow its folder, and its tags unless they are None. Raises as `move` and `tag` do."""
        project_id = _project(actor)
        wanted = None if tags is None else {tag_of(tag) for tag in tags}

        def change(tx: Tx) -> None:
            rows = _flows(tx, project_id, [flow_id])
            if not isinstance(folder_id, _Keep):
                self._move(tx, actor, rows, folder_id)
            if wanted is not None:
                self._tag(tx, actor, rows[0], wanted)

        await self._db.write(change)

    # -- inside ----------------------------------------------------------------------------------

    def _move(self, tx: Tx, actor: Actor, rows: Iterable[models.Flow], folder_id: str | None) -> int:
        said = Said("move_to_folder", "Took it out of its folder", {"folder": folder_id})
        if folder_id is not None:
            name = _folder(tx, _project(actor), folder_id).name
            said = Said("move_to_folder", f"Moved it to the folder “{name}”", {"folder": folder_id})
        moved = [row for row in rows if row.folder_id != folder_id]
        for row in moved:
            row.folder_id = folder_id
            self._changes.tell(tx, "flow.updated", row, actor, said=said)
        return len(moved)

    def _tag(self, tx: Tx, actor: Actor, row: models.Flow, tags: set[str]) -> bool:
        """Whether these are others than it had."""
        after = sorted(tags)
        if len(after) > MAX_TAGS:
            raise BadInput(f"A flow can have at most {MAX_TAGS} tags.", field="tags")
        if after == orjson.loads(row.tags):
            return False
        row.tags = orjson.dumps(after).decode()
        said = Said("set_tags", f"Set its tags to {', '.join(after) or 'none'}", {"tags": after})
        self._changes.tell(tx, "flow.updated", row, actor, said=said)
        return True

    def _tell(self, tx: Tx, action: str, row: models.Folder, actor: Actor) -> None:
        tx.session.flush()
        data = folder_data(id=row.id, name=row.name, created=row.created, updated=row.updated)
        self._emit(tx, action, data, actor, row.project_id)


def tag_of(text: Any, field: str = "tags") -> str:
    """A tag as it is kept: in small letters, its blanks single. Raises `BadInput` naming the field."""
    tag = " ".join(text.split()).lower() if isinstance(text, str) else ""
    if not 0 < len(tag) <= MAX_TAG or "," in tag or not tag.isprintable():
        raise BadInput(f"A tag must have 1 to {MAX_TAG} characters, without commas.", field=field)
    return tag


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not 0 < len(name) <= MAX_NAME or not name.isprintable():
        raise BadInput(f"A folder's name must have 1 to {MAX_NAME} characters.", field="name")
    return name


def _check_free(tx: Tx, project_id: str, name: str, but: str = "") -> None:
    found = folder_store.folders(tx, project_id)
    if any(one.name.casefold() == name.casefold() and one.id != but for one in found):
        raise Conflict(f"A folder named “{name}” already exists.", field="name")
    if not but and len(found) >= MAX_FOLDERS:
        raise Conflict(f"A project can have at most {MAX_FOLDERS} folders.", field="name")


def _folder(tx: Tx, project_id: str, folder_id: str) -> models.Folder:
    row = folder_store.folder(tx, project_id, folder_id)
    if row is None:
        raise NotFound("There is no such folder in this project.")
    return row


def _flows(tx: Tx, project_id: str, flow_ids: Sequence[str]) -> list[models.Flow]:
    found = folder_store.flows(tx, project_id, flow_ids)
    if len(found) < len(set(flow_ids)):
        raise NotFound("There is no such flow in this project.")
    return found


def _project(actor: Actor) -> str:
    """The project whose flows the actor may arrange. Raises `Forbidden`."""
    actor.require(Permission.edit)
    return str(actor.project_id)  # an editor always stands in a project
