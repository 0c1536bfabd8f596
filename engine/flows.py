"""Flows from the first draft to the last version: who may see what is checked before, here it is kept.

A draft is saved with the revision its editor saw; one that is stale is refused with the differences.
Publishing freezes the draft as the next version; runs keep the version they started with. Each change
says so with an event in the same transaction, and then to whoever `on_change` listens.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, TypeVar

import orjson
from sqlmodel import Session

from pieces import Registry

from . import drafts, edit_store, flow_store, handler_secrets, models, paging
from .access import Actor, Emit, Permission
from .active_flows import ActiveFlow, ActiveFlows
from .activepieces import Finding, convert, is_activepieces
from .database import Database
from .drafts import Definition, Draft
from .edit_store import Said
from .errors import BadInput, Conflict, NotFound
from .flow import Problem, check, to_json
from .flow_changes import FlowChanges
from .flow_store import FlowSummary, Removed, VersionSummary
from .handler_secrets import Connections
from .paging import Page
from .settings import Settings

Status = Literal["draft", "published", "enabled", "disabled"]
Problems = list[Problem]
Versions = list[VersionSummary]
Ids = list[str]
Names = list[tuple[str, str]]
Drafts = list[Draft]
Json = Any
T = TypeVar("T")

_BUNDLE = 50  # flows in one file
_ATTEMPTS = 5  # at adding a sample to a draft that others edit


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
    """The draft does something else than the published version; true for one never published."""
    problems: Problems
    webhook_url: str
    catalogue: str | None
    created: str
    updated: str


@dataclass(frozen=True)
class Imported:
    """What an import made: at least one flow, and of a foreign document what could not be converted."""

    flows: list[FlowRecord]
    report: list[Finding]

    @property
    def flow(self) -> FlowRecord:
        """The first of them."""
        return self.flows[0]


@dataclass(frozen=True)
class HandlerFlow:
    """A generated flow, where its events go, and how their sender proves itself."""

    flow: FlowRecord
    webhook_url: str
    verify: dict[str, Any]
    """`{"scheme", "connection", "header"?}`, and once the `secret` if it was made here."""


Records = list[FlowRecord]


class Flows:
    """The service; one for the process."""

    def __init__(
        self, db: Database, pieces: Registry, connections: Connections, emit: Emit, settings: Settings
    ) -> None:
        self._db = db
        self._pieces = pieces
        self._connections = connections
        self._changes = FlowChanges(emit)
        self._settings = settings
        self._cache = ActiveFlows(db)
        self._listeners: list[Callable[[str], None]] = []
        self._deleted: list[Callable[[Removed], None]] = []

    # -- for the intake and the triggers ---------------------------------------------------------

    async def active(self, flow_id: str) -> ActiveFlow | None:
        """The published version of a flow, enabled or not; from memory but for the first time."""
        return await self._cache.published(flow_id)

    async def draft(self, flow_id: str) -> ActiveFlow | None:
        """The draft of a flow as version 0; `freeze` it before a run takes it. None for no such flow."""
        return await self._cache.draft(flow_id)

    async def freeze(self, draft: ActiveFlow) -> None:
        """Store a draft as it is, so that a test run keeps what it ran. Raises `NotFound`."""
        await self._cache.freeze(draft)

    async def enabled_ids(self) -> Ids:
        """Every enabled flow of the instance, for the triggers that fire by themselves."""
        return await self._db.read(flow_store.enabled_ids)

    async def callable(self, project_id: str) -> Names:
        """(id, name) of the project's enabled flows, which other flows may call."""
        return await self._db.read(lambda session: flow_store.callable_flows(session, project_id))

    def on_change(self, listener: Callable[[str], None]) -> None:
        """Call `listener(flow_id)` on the event loop after each committed change of a flow."""
        self._listeners.append(listener)

    def on_delete(self, listener: Callable[[Removed], None]) -> None:
        """Call `listener` after a deletion, with the runs that the engine must let go or take up."""
        self._deleted.append(listener)

    # -- reading ---------------------------------------------------------------------------------

    async def list(
        self,
        project_id: str,
        search: str | None = None,
        status: Status | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[FlowSummary]:
        """Flows of a project, newest first, each with its last run."""
        after, size = paging.decode(cursor), paging.check_limit(limit)
        rows = await self._db.read(
            lambda session: flow_store.summaries(session, project_id, search, status, after, size + 1)
        )
        return paging.page(rows, size, lambda row: row.id)

    async def get(self, project_id: str, flow_id: str) -> FlowRecord:
        """One flow with its draft and the draft's problems. Raises `NotFound`."""

        def load(session: Session) -> tuple[models.Flow, bool]:
            row = _row(session, project_id, flow_id)
            return row, _changed(session, row)

        row, changed = await self._db.read(load)
        return await self._record(row, changed)

    async def versions(self, project_id: str, flow_id: str) -> Versions:
        """What was published, newest first. Raises `NotFound` for an unknown flow."""

        def load(session: Session) -> Versions:
            _row(session, project_id, flow_id)
            return flow_store.versions(session, project_id, flow_id)

        return await self._db.read(load)

    async def version(self, project_id: str, flow_id: str, number: int) -> models.FlowVersion:
        """One published version; its `definition` is the canonical flow file. Raises `NotFound`."""
        found = await self._db.read(
            lambda session: (
                flow_store.version(session, project_id, flow_id, number) if 0 < number < 2**31 else None
            )
        )
        if found is None:
            raise NotFound("There is no such version of this flow.")
        return found

    async def definition(self, project_id: str, version_id: str) -> dict[str, Any]:
        """What a run of this version does, frozen drafts of tests included. Raises `NotFound`."""
        row = await self._db.read(lambda session: session.get(models.FlowVersion, version_id))
        if row is None or row.project_id != project_id:
            raise NotFound("There is no such version of this flow.")
        definition: dict[str, Any] = orjson.loads(row.definition)
        return definition

    async def export(self, project_id: str, flow_id: str, version: int | None = None) -> str:
        """The canonical flow file of a version, or of the draft."""
        if version is not None:
            return (await self.version(project_id, flow_id, version)).definition
        return (await self._db.read(lambda session: _row(session, project_id, flow_id))).draft

    async def check(self, project_id: str, definition: Definition) -> Problems:
        """What stands against publishing a definition, and what is only warned of; stores nothing."""
        return check(dict(definition), self._pieces, await self._connections.names(project_id))

    # -- writing ---------------------------------------------------------------------------------

    async def create(
        self, actor: Actor, definition: Definition, *, catalogue: str | None = None
    ) -> FlowRecord:
        """A new flow with this draft, disabled and unpublished. Raises `BadInput` with all problems."""
        return (await self._create(actor, [drafts.read(definition)], catalogue, unique=False))[0]

    async def import_(self, actor: Actor, document: Definition | Json) -> Imported:
        """New flows from a flow file, from several as `{"flows": [...]}`, or from a document of
        Activepieces, which may hold several; a name that is taken becomes `name (2)`. All or,
        with `BadInput`, none."""
        _project(actor)
        if _is_bundle(document):
            if len(document["flows"]) > _BUNDLE:
                raise BadInput(f"A file may hold {_BUNDLE} flows; take fewer at a time.", field="flows")
            read = await asyncio.to_thread(lambda: [drafts.read(one) for one in document["flows"]])
            return Imported(await self._create(actor, read, None, unique=True), [])
        if not is_activepieces(document):
            if not isinstance(document, Mapping):
                raise BadInput("A flow file is a JSON object.")
            return Imported(await self._create(actor, [drafts.read(document)], None, unique=True), [])
        converted = await asyncio.to_thread(convert, document)
        read = [drafts.read(to_json(flow)) for flow in converted.flows]
        return Imported(await self._create(actor, read, None, unique=True), converted.report)

    async def generate_handler(
        self,
        actor: Actor,
        catalogue: str,
        events: Ids | str,
        name: str | None = None,
        verify: Mapping[str, Any] | None = None,
        *,
        publish: bool = False,
    ) -> HandlerFlow:
        """A flow that routes a catalogue's events (`"all"` or some), as `handler_flow.build` makes it.

        The secret that `verify` needs is taken from it, or from the connection that it names, or made;
        see `handler_secrets.prepare`. With `publish` the flow is in use at once.
        """
        _project(actor)
        built, told = await handler_secrets.prepare(self._connections, actor, catalogue, events, name, verify)
        (record,) = await self._create(actor, [drafts.read(to_json(built))], catalogue, unique=True)
        if publish:
            await self.publish(actor, record.id)
            record = await self.get(record.project_id, record.id)
        return HandlerFlow(record, record.webhook_url, told)

    async def save_draft(
        self, actor: Actor, flow_id: str, definition: Definition, revision: int
    ) -> FlowRecord:
        """Replace the draft. Raises `Conflict` with the differences if `revision` is not the current
        one, `BadInput` with all problems if the definition is not a flow."""
        _project(actor)
        draft, said = drafts.read(definition), Said("save", "Saved the flow file")

        def change(session: Session, row: models.Flow) -> bool:
            return self._changes.edit(session, row, draft, said, actor)

        record, _ = await self.rewrite(actor, flow_id, revision, change, lambda _saved: draft.text)
        return record

    async def rewrite(
        self,
        actor: Actor,
        flow_id: str,
        revision: int,
        change: Callable[[Session, models.Flow], T],
        theirs: Callable[[str], str] | None = None,
    ) -> tuple[FlowRecord, T]:
        """Change a flow's row in one transaction, if its draft is still at `revision`.

        Else raises `Conflict` with the differences between what is saved and `theirs`, made from it.
        """
        project_id = _project(actor)

        def work(session: Session) -> tuple[models.Flow, bool, T]:
            row = _row(session, project_id, flow_id)
            if row.revision != revision:
                raise drafts.Stale(row, revision)
            result = change(session, row)
            return row, _changed(session, row), result

        row, changed, result = await self._write(flow_id, work, theirs)
        return await self._record(row, changed), result

    async def row(self, project_id: str, flow_id: str) -> models.Flow:
        """A flow as it is stored. Raises `NotFound`."""
        return await self._db.read(lambda session: _row(session, project_id, flow_id))

    async def save_sample(
        self, project_id: str, flow_id: str, name: str, event: Mapping[str, Any], actor: Actor | None = None
    ) -> str:
        """Keep an event as a sample of the draft under a name, replacing one of that name. The name."""
        if not 0 < len(name) <= drafts.MAX_NAME:
            raise BadInput(f"A sample's name has 1 to {drafts.MAX_NAME} characters.", field="name")

        said = Said("save_sample", f"Kept the sample “{name[:60]}”")

        def change(session: Session, seen: models.Flow, draft: Draft) -> None:
            row = _row(session, project_id, flow_id)
            if row.revision != seen.revision:
                raise drafts.Stale(row)
            self._changes.edit(session, row, draft, said, actor)

        for _ in range(_ATTEMPTS):
            seen = await self._db.read(lambda session: _row(session, project_id, flow_id))
            draft = drafts.with_sample(seen.draft, name, event)
            try:
                await self._db.write(partial(change, seen=seen, draft=draft))
            except drafts.Stale:
                continue  # an edit came between; add the sample to that one
            self._announce(flow_id)
            return name
        raise Conflict("The draft is being edited all the time; try again.")

    async def publish(
        self,
        actor: Actor,
        flow_id: str,
        note: str = "",
        *,
        enable: bool = True,
        revision: int | None = None,
    ) -> VersionSummary:
        """Freeze the draft as the next version and, unless told not to, enable the flow.

        A draft that does what the last version does makes no new one. Raises `BadInput` with the
        problems that stand against it, `Conflict` if the draft is not at `revision` (any more).
        """
        project_id = _project(actor)
        seen = await self._db.read(lambda session: _row(session, project_id, flow_id))
        problems = await self.check(project_id, orjson.loads(seen.draft))
        errors = [problem for problem in problems if problem.severity == "error"]
        if errors:
            count = "1 problem stands" if len(errors) == 1 else f"{len(errors)} problems stand"
            details = [problem.to_json() for problem in errors]
            raise BadInput(f"{count} against publishing this flow.", field="definition", details=details)

        def change(session: Session) -> VersionSummary:
            row = _row(session, project_id, flow_id)
            # What was checked is what is published, and what the caller saw if it told us.
            if row.revision != seen.revision or revision not in (None, row.revision):
                raise drafts.Stale(row, revision)
            version = self._changes.publish(session, row, note, actor)
            if enable:
                self._changes.switch(session, row, True, actor)
            return version

        return await self._write(flow_id, change, lambda _saved: seen.draft)

    async def enable(self, actor: Actor, flow_id: str) -> FlowRecord:
        """Answer webhooks and fire triggers. Raises `Conflict` for a flow never published."""
        return await self._set_enabled(actor, flow_id, True)

    async def disable(self, actor: Actor, flow_id: str) -> FlowRecord:
        """Fire nothing more; open runs go on to their end."""
        return await self._set_enabled(actor, flow_id, False)

    async def delete(self, actor: Actor, flow_id: str) -> None:
        """Remove a flow and its versions and cancel its open runs; its runs stay readable."""

        project_id = _project(actor)

        def change(session: Session) -> Removed:
            row = _row(session, project_id, flow_id)
            self._changes.tell(session, "flow.deleted", row, actor, flow_store.last_version(session, row.id))
            return flow_store.remove(session, row)

        removed = await self._write(flow_id, change)
        for deleted in self._deleted:
            deleted(removed)

    # -- inside ----------------------------------------------------------------------------------

    async def _create(self, actor: Actor, read: Drafts, catalogue: str | None, *, unique: bool) -> Records:
        project_id = _project(actor)

        def change(session: Session) -> list[models.Flow]:
            rows = []
            for draft in read:
                name = flow_store.free_name(session, project_id, draft.name) if unique else draft.name
                row = drafts.new(project_id, draft.named(name), catalogue, actor)
                self._changes.tell(session, "flow.created", row, actor)
                session.flush()  # so that the next one sees the name that this one took
                rows.append(row)
            return rows

        return [await self._record(row, True) for row in await self._db.write(change)]

    async def _set_enabled(self, actor: Actor, flow_id: str, enabled: bool) -> FlowRecord:
        project_id = _project(actor)

        def change(session: Session) -> tuple[models.Flow, bool]:
            row = _row(session, project_id, flow_id)
            if enabled and row.published_version is None:
                raise Conflict("This flow was never published: publish it first.")
            self._changes.switch(session, row, enabled, actor)
            return row, _changed(session, row)

        row, changed = await self._write(flow_id, change)
        return await self._record(row, changed)

    async def _write(
        self, flow_id: str, change: Callable[[Session], T], theirs: Callable[[str], str] | None = None
    ) -> T:
        """Commit a change of a flow and tell of it; `theirs` makes what a stale edit wanted to save."""
        try:
            result = await self._db.write(change)
        except drafts.Stale as stale:
            row, revision = stale.row, stale.revision
            since = await self._db.read(lambda session: edit_store.since(session, row, revision))

            def conflict() -> Conflict:
                return drafts.conflict(row, theirs(row.draft) if theirs else row.draft, since)

            # The comparison is done here, away from the writer that everybody waits for.
            raise await asyncio.to_thread(conflict) from None
        self._announce(flow_id)
        return result

    def _announce(self, flow_id: str) -> None:
        self._cache.forget(flow_id)
        for listener in self._listeners:
            listener(flow_id)

    async def _record(self, row: models.Flow, changed: bool) -> FlowRecord:
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
            problems=await self.check(row.project_id, definition),
            webhook_url=f"{self._settings.base_url}/webhooks/{row.id}",
            catalogue=row.catalogue,
            created=row.created,
            updated=row.updated,
        )


def _row(session: Session, project_id: str, flow_id: str) -> models.Flow:
    row = flow_store.get(session, project_id, flow_id)
    if row is None:
        raise NotFound("There is no such flow in this project.")
    return row


def _changed(session: Session, row: models.Flow) -> bool:
    last = flow_store.last_version(session, row.id)
    return last is None or last.digest != row.digest


def _is_bundle(document: Json) -> bool:
    """Whether a document holds several flow files of ours: those say their format, others' do not."""
    flows = document.get("flows") if isinstance(document, Mapping) and "format" not in document else None
    ours = isinstance(flows, list) and all(isinstance(one, Mapping) and "format" in one for one in flows)
    return bool(flows) and ours


def _project(actor: Actor) -> str:
    """The project that the actor edits. Raises `Forbidden`."""
    actor.require(Permission.edit)
    return str(actor.project_id)  # an editor always stands in a project
