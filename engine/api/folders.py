"""Folders, in which flows are found together."""

from engine.authoring.folders import Folders
from engine.base.actor import Actor, Permission
from engine.store.folder_store import FolderInfo
from engine.store.paging import Page

from . import shapes
from .operation import operation
from .shapes import Body, Name


class FolderBody(Body):
    name: Name


@operation("GET", "/folders", Permission.view, answer=shapes.List[shapes.FolderRow])
async def list_folders(folders: Folders, actor: Actor) -> Page[FolderInfo]:
    """List the folders of the project by name."""
    return Page(await folders.list(str(actor.project_id)))


@operation("POST", "/folders", Permission.edit, answer=shapes.FolderRow, status=201, errors=(409,))
async def create_folder(folders: Folders, actor: Actor, body: FolderBody) -> FolderInfo:
    """Create a folder.

    Refused (409) if the project has one of this name, in capitals or not.
    """
    return await folders.create(actor, body.name)


@operation("GET", "/folders/{folder_id}", Permission.view, answer=shapes.FolderRow)
async def read_folder(folders: Folders, actor: Actor, folder_id: str) -> FolderInfo:
    """Read a folder. Its flows are at `/flows?folder={folder_id}`."""
    return await folders.get(str(actor.project_id), folder_id)


@operation("PATCH", "/folders/{folder_id}", Permission.edit, answer=shapes.FolderRow, errors=(409,))
async def rename_folder(folders: Folders, actor: Actor, folder_id: str, body: FolderBody) -> FolderInfo:
    """Rename a folder."""
    return await folders.rename(actor, folder_id, body.name)


@operation("DELETE", "/folders/{folder_id}", Permission.edit, answer=None, status=204)
async def delete_folder(folders: Folders, actor: Actor, folder_id: str) -> None:
    """Delete a folder.

    Its flows stay as they are, in no folder.
    """
    await folders.delete(actor, folder_id)


OPERATIONS = (list_folders, create_folder, read_folder, rename_folder, delete_folder)
