"""The SQL of folders and tags. Each function runs in its caller's transaction; every look-up by id also
names the project."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, func, select, update
from sqlmodel import col

from . import models
from .flow_store import THERE
from .tx import Tx


@dataclass(frozen=True)
class FolderInfo:
    """A folder, and how many flows stand in it."""

    id: str
    name: str
    flows: int
    created: str
    updated: str


def folders(tx: Tx, project_id: str) -> list[FolderInfo]:
    """The folders of a project by name."""
    folder, flow = models.Folder, models.Flow
    rows = tx.session.execute(
        select(folder, func.count(col(flow.id)))
        .outerjoin(flow, and_(col(flow.folder_id) == col(folder.id), THERE))
        .where(col(folder.project_id) == project_id)
        .group_by(col(folder.id))
        .order_by(func.lower(col(folder.name)), col(folder.id))
    ).all()
    return [FolderInfo(row.id, row.name, count, row.created, row.updated) for row, count in rows]


def folder(tx: Tx, project_id: str, folder_id: str) -> models.Folder | None:
    return tx.session.execute(
        select(models.Folder).where(
            col(models.Folder.id) == folder_id, col(models.Folder.project_id) == project_id
        )
    ).scalar_one_or_none()


def empty(tx: Tx, folder_id: str) -> None:
    """Its flows, deleted ones too, stand in no folder any more."""
    tx.session.execute(
        update(models.Flow).where(col(models.Flow.folder_id) == folder_id).values(folder_id=None)
    )


def flows(tx: Tx, project_id: str, flow_ids: Sequence[str]) -> list[models.Flow]:
    """Those of these flows that are there."""
    flow = models.Flow
    found = tx.session.execute(
        select(flow).where(col(flow.project_id) == project_id, col(flow.id).in_(flow_ids), THERE)
    )
    return list(found.scalars())


def count(tx: Tx, project_id: str) -> tuple[int, int]:
    """How many flows the project has, and how many of them stand in no folder."""
    flow = models.Flow
    row = tx.session.execute(
        select(func.count(), func.count().filter(col(flow.folder_id).is_(None))).where(
            col(flow.project_id) == project_id, THERE
        )
    ).one()
    return row[0], row[1]


def tags(tx: Tx, project_id: str) -> list[tuple[str, int]]:
    """Every tag of the project's flows, and how many carry it."""
    return tx.execute(
        f"SELECT value, count(*) FROM flows, {tx.dialect.json_items('flows.tags')} "  # noqa: S608 - our own words
        "WHERE flows.project_id = ? AND flows.deleted IS NULL GROUP BY value ORDER BY value",
        (project_id,),
    ).fetchall()
