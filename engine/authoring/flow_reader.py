"""Flows as they are read: lists, one in full, its versions."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, NamedTuple

import orjson

from engine.base.errors import NotFound
from engine.base.offload import LARGE, is_large, offload
from engine.base.settings import Settings
from engine.flow import Problem, check
from engine.store import deleted_store, flow_store, models, paging
from engine.store.database import Database
from engine.store.deleted_store import DeletedFlow
from engine.store.flow_store import FlowFilter, FlowSummary, VersionSummary
from engine.store.paging import Page
from engine.store.tx import Tx
from pieces import Registry

from .drafts import Definition
from .handler_secrets import Connections

Status = Literal["draft", "published", "enabled", "disabled"]
Problems = list[Problem]
Versions = list[VersionSummary]
Deleted = list[DeletedFlow]

_DELETED = 200  # in the list of deleted flows
_REMEMBERED = 32  # drafts whose problems are known


class _Checked(NamedTuple):
    """What a check said of a draft."""

    text: str
    connections: dict[str, str]  # those that there were, with their pieces
    problems: Problems


@dataclass(frozen=True)
class FlowRecord:
    """A flow with its draft, as pages and the API show it."""

    id: str
    project_id: str
    name: str
    enabled: bool
    definition: dict[str, Any]
    revision: int
    published_version: int | None
    changed: bool
    """The draft works differently from the published version; true for one never published."""
    problems: Problems
    webhook_url: str
    catalogue: str | None
    folder: str | None
    """The id of the folder it is in."""
    tags: list[str]
    created: str
    updated: str


class FlowReader:
    """Everything that changes nothing; `engine.flows.Flows` is one that also writes."""

    def __init__(self, db: Database, pieces: Registry, connections: Connections, settings: Settings) -> None:
        self._db = db
        self._pieces = pieces
        self._connections = connections
        self._settings = settings
        self._checked: OrderedDict[str, _Checked] = OrderedDict()

    # -- reading ---------------------------------------------------------------------------------

    async def list(
        self,
        project_id: str,
        search: str | None = None,
        status: Status | None = None,
        cursor: str | None = None,
        limit: int = 50,
        *,
        folder: str | None = None,
        tags: Sequence[str] = (),
    ) -> Page[FlowSummary]:
        """Flows of a project, newest first, each with its last run. `folder` is an id, or "none" for those
        in no folder; of several `tags` a flow carries all."""
        after, size = paging.decode(cursor), paging.check_limit(limit)
        wanted = FlowFilter(search, status, folder, tuple(tags))
        rows = await self._db.read(lambda tx: flow_store.summaries(tx, project_id, wanted, after, size + 1))
        return paging.page(rows, size, lambda row: row.id)

    async def get(self, project_id: str, flow_id: str) -> FlowRecord:
        """One flow with its draft and the draft's problems. Raises `NotFound`."""

        def load(tx: Tx) -> tuple[models.Flow, bool]:
            row = row_of(tx, project_id, flow_id)
            return row, differs(tx, row)

        row, changed = await self._db.read(load)
        return await self.record_of(row, changed)

    async def versions(self, project_id: str, flow_id: str) -> Versions:
        """What was published, newest first. Raises `NotFound` for an unknown flow."""

        def load(tx: Tx) -> Versions:
            row_of(tx, project_id, flow_id)
            return flow_store.versions(tx, project_id, flow_id)

        return await self._db.read(load)

    async def version(self, project_id: str, flow_id: str, number: int) -> models.FlowVersion:
        """One published version; its `definition` is the canonical flow file. Raises `NotFound`."""

        def load(tx: Tx) -> models.FlowVersion | None:
            row_of(tx, project_id, flow_id)
            in_range = 0 < number < 2**31
            return flow_store.version(tx, project_id, flow_id, number) if in_range else None

        found = await self._db.read(load)
        if found is None:
            raise NotFound("There is no such version of this flow.")
        return found

    async def definition(self, project_id: str, version_id: str) -> dict[str, Any]:
        """What a run of this version does, frozen drafts of tests included. Raises `NotFound`."""
        row = await self._db.read(lambda tx: tx.session.get(models.FlowVersion, version_id))
        if row is None or row.project_id != project_id:
            raise NotFound("There is no such version of this flow.")
        definition: dict[str, Any] = orjson.loads(row.definition)
        return definition

    async def export(self, project_id: str, flow_id: str, version: int | None = None) -> str:
        """The canonical flow file of a version, or of the draft."""
        if version is not None:
            return (await self.version(project_id, flow_id, version)).definition
        return (await self._db.read(lambda tx: row_of(tx, project_id, flow_id))).draft

    async def check(self, project_id: str, definition: Definition) -> Problems:
        """What stands against publishing a definition, and what is only warned of; stores nothing."""
        connections = await self._connections.names(project_id)
        find = partial(check, dict(definition), self._pieces, connections)
        return await offload(find, large=is_large(definition))

    async def row(self, project_id: str, flow_id: str) -> models.Flow:
        """A flow as it is stored. Raises `NotFound`."""
        return await self._db.read(lambda tx: row_of(tx, project_id, flow_id))

    async def deleted(self, project_id: str) -> Deleted:
        """What was deleted and can be restored, the last one first; at most 200."""
        return await self._db.read(lambda tx: deleted_store.listed(tx, project_id, _DELETED))

    # -- inside ----------------------------------------------------------------------------------

    async def record_of(self, row: models.Flow, changed: bool) -> FlowRecord:
        """A row as pages and the API show it; `changed` as in the record."""
        definition = orjson.loads(row.draft)
        return FlowRecord(
            id=row.id,
            project_id=row.project_id,
            name=row.name,
            enabled=row.enabled,
            definition=definition,
            revision=row.revision,
            published_version=row.published_version,
            changed=changed,
            problems=await self._problems(row, definition),
            webhook_url=f"{self._settings.base_url}/webhooks/{row.id}",
            catalogue=row.catalogue,
            folder=row.folder_id,
            tags=orjson.loads(row.tags),
            created=row.created,
            updated=row.updated,
        )

    async def _problems(self, row: models.Flow, definition: dict[str, Any]) -> Problems:
        """Those of a stored draft: looked for once, as long as neither it nor the connections change."""
        connections = await self._connections.names(row.project_id)
        known = self._checked.pop(row.id, None)
        if known is None or (known.text, known.connections) != (row.draft, connections):
            find = partial(check, definition, self._pieces, connections)
            found = await offload(find, large=len(row.draft) > LARGE)
            known = _Checked(row.draft, connections, found)
        self._checked[row.id] = known
        if len(self._checked) > _REMEMBERED:
            self._checked.popitem(last=False)
        return list(known.problems)


def row_of(tx: Tx, project_id: str, flow_id: str) -> models.Flow:
    """A flow of the project. Raises `NotFound`."""
    row = flow_store.get(tx, project_id, flow_id)
    if row is None:
        raise NotFound("There is no such flow in this project.")
    return row


def differs(tx: Tx, row: models.Flow) -> bool:
    """Whether the draft does something else than the last version; true if there is none."""
    last = flow_store.last_version(tx, row.id)
    return last is None or last.digest != row.digest
