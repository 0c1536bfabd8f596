"""The SQL of flows and their versions. Each function runs in its caller's transaction; every look-up by
id also names the project."""

import hashlib
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import ColumnElement, TextClause, and_, func, select, text
from sqlmodel import col

from engine.base.clock import now_iso
from engine.base.ids import new_id

from . import models
from .dialects.base import Dialect
from .models import RunStatus
from .tx import Tx

_Condition = ColumnElement[bool] | TextClause

# What a change of does not change what a run does. A flow whose boxes were moved needs no new version.
_NOT_LOGIC = ("layout", "notes", "samples")


@dataclass(frozen=True)
class LastRun:
    id: str
    status: RunStatus
    environment: str
    unrouted: bool
    created: str


@dataclass(frozen=True)
class FlowSummary:
    """One row of the list of flows."""

    id: str
    name: str
    enabled: bool
    revision: int
    published_version: int | None
    changed: bool
    """The draft works differently from the published version; true for one never published."""
    catalogue: str | None
    folder: str | None
    """The id of the folder it is in."""
    tags: list[str]
    created: str
    updated: str
    last_run: LastRun | None = None


@dataclass(frozen=True)
class FlowFilter:
    """Which flows of a project a list shows: those that fit everything that is said here."""

    search: str | None = None
    """Part of the name."""
    status: str | None = None
    """draft, published, enabled or disabled."""
    folder: str | None = None
    """A folder's id; "none" for the flows that stand in none."""
    tags: tuple[str, ...] = ()
    """All of these."""


@dataclass(frozen=True)
class VersionSummary:
    """What was published, without its definition."""

    id: str
    number: int
    note: str
    created: str
    created_by: str | None
    """The id of the user, or of the API key, that published it."""


def digest(definition: dict[str, Any]) -> str:
    """SHA-256 of what the flow does: its definition without layout, notes and samples."""
    logic = {key: value for key, value in definition.items() if key not in _NOT_LOGIC}
    return hashlib.sha256(orjson.dumps(logic, option=orjson.OPT_SORT_KEYS)).hexdigest()


# -- flows ----------------------------------------------------------------------------------------

THERE = col(models.Flow.deleted).is_(None)
"""Not deleted: nobody but `deleted_store` looks at the flows of which this is not true."""


def get(tx: Tx, project_id: str, flow_id: str) -> models.Flow | None:
    return tx.session.execute(
        select(models.Flow).where(
            col(models.Flow.id) == flow_id, col(models.Flow.project_id) == project_id, THERE
        )
    ).scalar_one_or_none()


def find(tx: Tx, flow_id: str) -> models.Flow | None:
    """A flow of any project: for the intake, whose address names only the flow."""
    return tx.session.execute(
        select(models.Flow).where(col(models.Flow.id) == flow_id, THERE)
    ).scalar_one_or_none()


def summaries(
    tx: Tx, project_id: str, wanted: FlowFilter, after: str | None, limit: int
) -> list[FlowSummary]:
    """Flows of a project, newest first, at most `limit`; their last runs come from `runs_by_flow`."""
    flow, version, run = models.Flow, models.FlowVersion, models.Run
    published = and_(
        col(version.flow_id) == col(flow.id),
        col(version.number) == col(flow.published_version),
        col(version.number) > 0,  # says to SQLite that the partial index will do
    )
    last_run = (
        select(col(run.id))
        .where(col(run.flow_id) == col(flow.id))
        .order_by(col(run.id).desc())
        .limit(1)
        .correlate(flow)
        .scalar_subquery()
    )
    rows = tx.session.execute(
        select(flow, col(version.digest), last_run)
        .outerjoin(version, published)
        .where(col(flow.project_id) == project_id, THERE, *_filters(tx.dialect, wanted, after))
        .order_by(col(flow.id).desc())
        .limit(limit)
    ).all()
    runs = _last_runs(tx, [last for _, _, last in rows if last])
    return [
        FlowSummary(
            id=row.id,
            name=row.name,
            enabled=row.enabled,
            revision=row.revision,
            published_version=row.published_version,
            changed=row.digest != published_digest,
            catalogue=row.catalogue,
            folder=row.folder_id,
            tags=orjson.loads(row.tags),
            created=row.created,
            updated=row.updated,
            last_run=runs.get(last),
        )
        for row, published_digest, last in rows
    ]


def _filters(dialect: Dialect, wanted: FlowFilter, after: str | None) -> list[_Condition]:
    flow, status = models.Flow, wanted.status
    found: list[_Condition] = []
    if wanted.search:
        found.append(col(flow.name).icontains(wanted.search, autoescape=True))
    if wanted.folder == "none":
        found.append(col(flow.folder_id).is_(None))
    elif wanted.folder:
        found.append(col(flow.folder_id) == wanted.folder)
    items = dialect.json_items("flows.tags")
    for number, tag in enumerate(wanted.tags):
        carried = text(f"EXISTS (SELECT 1 FROM {items} WHERE value = :tag_{number})")  # noqa: S608 - our own words
        found.append(carried.bindparams(**{f"tag_{number}": tag}))
    if status == "draft":
        found.append(col(flow.published_version).is_(None))
    elif status == "published":
        found.append(col(flow.published_version).is_not(None))
    elif status == "enabled":
        found.append(col(flow.enabled).is_(True))
    elif status == "disabled":
        found.append(and_(col(flow.enabled).is_(False), col(flow.published_version).is_not(None)))
    if after is not None:
        found.append(col(flow.id) < after)
    return found


def _last_runs(tx: Tx, ids: list[str]) -> dict[str, LastRun]:
    run = models.Run
    rows = tx.session.execute(
        select(run.id, run.status, run.environment, run.unrouted, run.created).where(col(run.id).in_(ids))  # type: ignore[call-overload]
    ).all()
    return {row[0]: LastRun(*row) for row in rows}


def free_name(tx: Tx, project_id: str, name: str) -> str:
    """`name`, or `name (2)`, `name (3)` … if flows of the project have it already."""
    stem = name[:190]  # leaves room for the number
    rows = tx.session.execute(
        select(col(models.Flow.name)).where(
            col(models.Flow.project_id) == project_id,
            THERE,
            col(models.Flow.name).istartswith(stem, autoescape=True),
        )
    ).scalars()
    taken = {row.lower() for row in rows}
    candidate, number = name, 1
    while candidate.lower() in taken:
        number += 1
        candidate = f"{stem} ({number})"
    return candidate


def enabled_ids(tx: Tx) -> list[str]:
    """Every enabled flow of the instance."""
    return list(
        tx.session.execute(select(col(models.Flow.id)).where(col(models.Flow.enabled), THERE)).scalars()
    )


def callable_flows(tx: Tx, project_id: str) -> list[tuple[str, str]]:
    """(id, name) of a project's enabled flows, by name."""
    rows = tx.session.execute(
        select(col(models.Flow.id), col(models.Flow.name))
        .where(col(models.Flow.project_id) == project_id, col(models.Flow.enabled), THERE)
        .order_by(func.lower(col(models.Flow.name)))
        .limit(1000)
    )
    return [(row[0], row[1]) for row in rows]


# -- versions -------------------------------------------------------------------------------------


def versions(tx: Tx, project_id: str, flow_id: str) -> list[VersionSummary]:
    """What was published of a flow, newest first."""
    version = models.FlowVersion
    rows = tx.session.execute(
        select(  # type: ignore[call-overload]
            version.id, version.number, version.note, version.created, version.created_by
        )
        .where(
            col(version.project_id) == project_id,
            col(version.flow_id) == flow_id,
            col(version.number) > 0,
        )
        .order_by(col(version.number).desc())
    ).all()
    return [VersionSummary(*row) for row in rows]


def version(tx: Tx, project_id: str, flow_id: str, number: int) -> models.FlowVersion | None:
    return tx.session.execute(
        select(models.FlowVersion).where(
            col(models.FlowVersion.project_id) == project_id,
            col(models.FlowVersion.flow_id) == flow_id,
            col(models.FlowVersion.number) == number,
            col(models.FlowVersion.number) > 0,
        )
    ).scalar_one_or_none()


def last_version(tx: Tx, flow_id: str) -> models.FlowVersion | None:
    return tx.session.execute(
        select(models.FlowVersion)
        .where(col(models.FlowVersion.flow_id) == flow_id, col(models.FlowVersion.number) > 0)
        .order_by(col(models.FlowVersion.number).desc())
        .limit(1)
    ).scalar_one_or_none()


def frozen(tx: Tx, flow_id: str, draft_digest: str) -> models.FlowVersion | None:
    """The draft with this digest as a test has run it before."""
    return tx.session.execute(
        select(models.FlowVersion).where(
            col(models.FlowVersion.flow_id) == flow_id,
            col(models.FlowVersion.digest) == draft_digest,
            col(models.FlowVersion.number) == 0,
        )
    ).scalar_one_or_none()


def add_version(
    tx: Tx,
    flow: models.Flow,
    number: int,
    note: str,
    created_by: str | None,
    *,
    id: str | None = None,
    definition: str | None = None,
) -> models.FlowVersion:
    """Keep a flow's draft for ever, or the draft it had; `number` 0 is for one that a test runs."""
    row = models.FlowVersion(
        id=id or new_id("ver"),
        project_id=flow.project_id,
        flow_id=flow.id,
        number=number,
        definition=definition or flow.draft,
        digest=digest(orjson.loads(definition)) if definition else flow.digest,
        note=note,
        created=now_iso(),
        created_by=created_by,
    )
    tx.session.add(row)
    tx.session.flush()
    return row
