"""Flows from the first draft to the last version, and how they are changed: who may is checked here.

A draft is saved with the revision its editor saw; one that is stale is refused with the differences.
Publishing freezes the draft as the next version; runs keep the version they started with. Each change
says so with an event in the same transaction, and then to the listeners.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeVar

import orjson

from engine import catalogues
from engine.base.actor import Actor, Permission
from engine.base.errors import BadInput, Conflict, NotFound
from engine.base.offload import offload
from engine.base.settings import Settings
from engine.base.types import Json
from engine.catalogues import Catalogue, handler_flow
from engine.flow import to_json
from engine.importers import activepieces, alertmanager, others
from engine.importers.activepieces import Converted, Finding
from engine.store import deleted_store, edit_store, flow_store, models
from engine.store.database import Database
from engine.store.deleted_store import Removed
from engine.store.edit_store import Said
from engine.store.emit import Emit
from engine.store.flow_store import VersionSummary
from engine.store.tx import Tx
from pieces import Registry

from . import captured, drafts, duplicates, handler_secrets, imported_secrets, signing_secrets
from .active_flows import ActiveFlows
from .drafts import Definition, Draft
from .flow_changes import FlowChanges
from .flow_reader import FlowReader, FlowRecord, differs, row_of
from .handler_secrets import Connections

Drafts = list[Draft]
T = TypeVar("T")
Change = Callable[[Tx, models.Flow], object]

_FOREIGN: list[tuple[Callable[[Json], bool], Callable[[Any], Converted]]] = [
    (activepieces.is_activepieces, activepieces.convert),
    (alertmanager.is_alertmanager, alertmanager.convert),
]
"""The documents of other products: how each is recognised, and what makes flows of it."""
_BUNDLE = 50  # flows in one file
_ATTEMPTS = 5  # at adding a sample to a draft that others edit


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


class Deletions(Protocol):
    """Ends the open runs of a flow that is deleted; only the engine of runs can."""

    def deleting(self, tx: Tx, removed: Removed, actor: Actor) -> None:
        """Called in the transaction of the deletion."""
        ...

    def deleted(self, removed: Removed) -> None:
        """Called once the deletion is committed."""
        ...


class Flows(FlowReader):
    """The service; one for the process."""

    def __init__(
        self,
        db: Database,
        pieces: Registry,
        connections: Connections,
        emit: Emit,
        settings: Settings,
        active: ActiveFlows,
        *,
        listeners: Sequence[Callable[[str], None]] = (),
        settled: Callable[[], Awaitable[None]] | None = None,
        deletions: Deletions | None = None,
    ) -> None:
        """Each of `listeners` is called with the flow's id on the event loop after a committed change;
        `settled` returns once those changes count for the next event."""
        super().__init__(db, pieces, connections, settings)
        self._changes = FlowChanges(emit)
        self._active = active
        self._listeners = tuple(listeners)
        self._settled = settled
        self._deletions = deletions

    # -- writing ---------------------------------------------------------------------------------

    async def create(self, actor: Actor, definition: Definition) -> FlowRecord:
        """A new flow with this draft, disabled and unpublished. Raises `BadInput` with all problems."""
        draft = await offload(partial(drafts.read, definition))
        return (await self._create(actor, [draft], None, unique=False))[0]

    async def import_(self, actor: Actor, document: Definition | Json, *, rename: bool = False) -> Imported:
        """New flows from a flow file, from several as `{"flows": [...]}`, from a document of Activepieces,
        which may hold several, or from Alertmanager's configuration. All or, with `BadInput`, none.

        What was exported is exported again to the byte. With `rename`, though, and of what had to be
        converted, a name that is taken becomes `name (2)`; and secrets that stand in requests as plain text
        are moved into connections (`imported_secrets`).
        """
        _project(actor)
        read, report, converted = await offload(partial(_read, document))
        definitions = await offload(lambda: [orjson.loads(draft.text) for draft in read])
        async with imported_secrets.moved(self._connections, actor, definitions) as cleaned:
            if cleaned.findings:
                read = await offload(lambda: [drafts.read(definition) for definition in cleaned.definitions])
            made = await self._create(actor, read, None, unique=rename or converted)
        return Imported(made, [*report, *cleaned.findings])

    async def generate_handler(
        self,
        actor: Actor,
        catalogue: Catalogue | str,
        events: list[str] | str,
        name: str | None = None,
        verify: Mapping[str, Any] | None = None,
        *,
        only: Mapping[str, list[str]] | None = None,
        publish: bool = False,
    ) -> HandlerFlow:
        """A flow that routes a catalogue's events (`"all"` or some), as `handler_flow.build` makes it.

        The secret that `verify` needs is taken from it, or from the connection that it names, or made;
        see `handler_secrets.prepare`. `only` lets only events through that belong to what it names, by the
        catalogue's scopes. With `publish` the flow is in use at once.
        """
        _project(actor)
        built, told = await handler_secrets.prepare(
            self._connections, actor, catalogue, events, name, verify, only
        )
        made_of = catalogues.get(catalogue) if isinstance(catalogue, str) else catalogue
        draft = await offload(lambda: drafts.read(to_json(built)))
        (record,) = await self._create(actor, [draft], made_of, unique=True)
        if publish:
            await self.publish(actor, record.id)
            record = await self.get(record.project_id, record.id)
        return HandlerFlow(record, record.webhook_url, told)

    async def regenerate_handler(
        self,
        actor: Actor,
        flow_id: str,
        revision: int,
        catalogue: Catalogue | str,
        events: list[str] | str,
    ) -> FlowRecord:
        """Replace the draft of a generated flow by one for other events; its name and its verification stay.

        Raises `Conflict` if it was edited since `revision`, `BadInput` for events that it cannot have.
        """
        found = await self.get(_project(actor), flow_id)
        if found.revision != revision:
            raise Conflict(f"{found.name} was edited since it was generated.")
        verify = found.definition["triggers"][0]["input"]["verify"]
        built = await offload(lambda: handler_flow.build(catalogue, events, name=found.name, verify=verify))
        return await self.save_draft(actor, flow_id, to_json(built), revision)

    async def duplicate(self, actor: Actor, flow_id: str) -> FlowRecord:
        """A new flow with the draft of another, named `name (2)`, disabled and unpublished, with an address
        of its own; see `duplicates.draft_of` for what it lacks. Raises `NotFound`."""
        project_id = _project(actor)
        seen = await self._db.read(lambda tx: row_of(tx, project_id, flow_id))
        draft = await offload(partial(duplicates.draft_of, seen.draft))

        def change(tx: Tx) -> models.Flow:
            original = row_of(tx, project_id, flow_id)
            name = flow_store.free_name(tx, project_id, draft.name)
            row = drafts.new(project_id, draft.named(name), None, actor)
            duplicates.arrange(row, original)
            self._changes.tell(tx, "flow.created", row, actor)
            return row

        return await self.record_of(await self._db.write(change), True)

    async def save_draft(
        self, actor: Actor, flow_id: str, definition: Definition, revision: int
    ) -> FlowRecord:
        """Replace the draft. Raises `Conflict` with the differences if `revision` is not the current
        one, `BadInput` with all problems if the definition is not a flow."""
        _project(actor)
        draft = await offload(partial(drafts.read, definition))
        said = Said("save", "Saved the flow file")

        def change(tx: Tx, row: models.Flow) -> bool:
            return self._changes.edit(tx, row, draft, said, actor)

        record, _ = await self.rewrite(actor, flow_id, revision, change, lambda _saved: draft.text)
        return record

    async def rewrite(
        self,
        actor: Actor,
        flow_id: str,
        revision: int,
        change: Callable[[Tx, models.Flow], T],
        theirs: Callable[[str], str] | None = None,
    ) -> tuple[FlowRecord, T]:
        """Change a flow's row in one transaction, if its draft is still at `revision`.

        Else raises `Conflict` with the differences between what is saved and `theirs`, made from it.
        """
        project_id = _project(actor)

        def work(tx: Tx) -> tuple[models.Flow, bool, T]:
            row = row_of(tx, project_id, flow_id)
            if row.revision != revision:
                raise drafts.Stale(row, revision)
            result = change(tx, row)
            return row, differs(tx, row), result

        row, changed, result = await self._write(flow_id, work, theirs)
        return await self.record_of(row, changed), result

    async def save_sample(
        self, project_id: str, flow_id: str, name: str, event: Mapping[str, Any], actor: Actor | None = None
    ) -> str:
        """Keep an event as a sample of the draft under a name, replacing one of that name. The name."""
        if not 0 < len(name) <= drafts.MAX_NAME:
            raise BadInput(f"A sample's name must have 1 to {drafts.MAX_NAME} characters.", field="name")

        said = Said("save_sample", f"Kept the sample “{name[:60]}”")

        def add(seen: models.Flow) -> tuple[str, Change]:
            draft = drafts.with_sample(seen.draft, name, event)
            return name, lambda tx, row: self._changes.edit(tx, row, draft, said, actor)

        return await self._add_sample(project_id, flow_id, add)

    async def capture_sample(self, project_id: str, flow_id: str, name: str, event: Mapping[str, Any]) -> str:
        """Store what a sender sent as one of the draft's captured samples; the name that it got.

        Raises `TooLarge` for an event that does not fit (`captured`).
        """

        def add(seen: models.Flow) -> tuple[str, Change]:
            made = captured.add(seen.draft, seen.captured, name, event)
            return made.name, lambda tx, row: self._changes.capture(tx, row, made)

        return await self._add_sample(project_id, flow_id, add)

    async def _add_sample(
        self, project_id: str, flow_id: str, add: Callable[[models.Flow], tuple[str, Change]]
    ) -> str:
        """Change the draft as `add` says of the one that is stored, which others may edit meanwhile."""

        def change(tx: Tx, seen: models.Flow, apply: Change) -> None:
            row = row_of(tx, project_id, flow_id)
            if row.revision != seen.revision:
                raise drafts.Stale(row)
            apply(tx, row)

        for _ in range(_ATTEMPTS):
            seen = await self._db.read(lambda tx: row_of(tx, project_id, flow_id))
            name, apply = await offload(partial(add, seen))
            try:
                await self._db.write(partial(change, seen=seen, apply=apply))
            except drafts.Stale:
                continue  # an edit came between; add the sample to that one
            self._announce(flow_id)
            return name
        raise Conflict("The draft is being edited by others. Try again.")

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
        problems that prevent it, `Conflict` if the draft is not at `revision` (any more).
        """
        project_id = _project(actor)
        seen = await self._db.read(lambda tx: row_of(tx, project_id, flow_id))
        definition = orjson.loads(seen.draft)
        problems = await self.check(project_id, definition)
        problems += await signing_secrets.problems(self._connections, project_id, definition)
        errors = [problem for problem in problems if problem.severity == "error"]
        if errors:
            count = "1 problem prevents" if len(errors) == 1 else f"{len(errors)} problems prevent"
            details = [problem.to_json() for problem in errors]
            raise BadInput(f"{count} publishing this flow.", field="definition", details=details)

        def change(tx: Tx) -> VersionSummary:
            row = row_of(tx, project_id, flow_id)
            # What was checked is what is published, and what the caller saw if it told us.
            if row.revision != seen.revision or revision not in (None, row.revision):
                raise drafts.Stale(row, revision)
            version = self._changes.publish(tx, row, note, actor)
            if enable:
                self._changes.switch(tx, row, True, actor)
            return version

        version = await self._write(flow_id, change, lambda tx: seen.draft)
        await self._wait_until_settled()
        return version

    async def enable(self, actor: Actor, flow_id: str) -> FlowRecord:
        """Answer webhooks and fire triggers. Raises `Conflict` for a flow never published."""
        return await self._set_enabled(actor, flow_id, True)

    async def disable(self, actor: Actor, flow_id: str) -> FlowRecord:
        """Fire nothing more; open runs go on to their end."""
        return await self._set_enabled(actor, flow_id, False)

    async def delete(self, actor: Actor, flow_id: str) -> None:
        """Take a flow away and cancel its open runs; its runs stay readable. `restore` brings it back,
        until it is swept (`retention.DELETED_DAYS`)."""
        project_id = _project(actor)

        def change(tx: Tx) -> Removed:
            row = row_of(tx, project_id, flow_id)
            removed = deleted_store.delete(tx, row, drafts.who(actor))
            self._changes.tell(tx, "flow.deleted", row, actor, flow_store.last_version(tx, row.id))
            if self._deletions is not None:
                self._deletions.deleting(tx, removed, actor)
            return removed

        removed = await self._write(flow_id, change)
        if self._deletions is not None:
            self._deletions.deleted(removed)

    async def restore(self, actor: Actor, flow_id: str) -> FlowRecord:
        """Bring a deleted flow back with all it had, disabled. Raises `NotFound` once it was swept, and for
        one that is not deleted."""
        project_id = _project(actor)

        def change(tx: Tx) -> tuple[models.Flow, bool]:
            row = deleted_store.find(tx, project_id, flow_id)
            if row is None:
                raise NotFound("There is no such deleted flow in this project.")
            deleted_store.restore(tx, row)
            self._changes.tell(tx, "flow.restored", row, actor, flow_store.last_version(tx, row.id))
            return row, differs(tx, row)

        return await self.record_of(*await self._write(flow_id, change))

    # -- inside ----------------------------------------------------------------------------------

    async def _create(
        self, actor: Actor, read: Drafts, catalogue: Catalogue | None, *, unique: bool
    ) -> Records:
        project_id = _project(actor)

        def change(tx: Tx) -> list[models.Flow]:
            rows = []
            for draft in read:
                name = flow_store.free_name(tx, project_id, draft.name) if unique else draft.name
                row = drafts.new(project_id, draft.named(name), catalogue, actor)
                self._changes.tell(tx, "flow.created", row, actor)
                tx.session.flush()  # so that the next one sees the name that this one took
                rows.append(row)
            return rows

        return [await self.record_of(row, True) for row in await self._db.write(change)]

    async def _set_enabled(self, actor: Actor, flow_id: str, enabled: bool) -> FlowRecord:
        project_id = _project(actor)

        def change(tx: Tx) -> tuple[models.Flow, bool]:
            row = row_of(tx, project_id, flow_id)
            if enabled and row.published_version is None:
                raise Conflict("This flow was never published: publish it first.")
            self._changes.switch(tx, row, enabled, actor)
            return row, differs(tx, row)

        row, changed = await self._write(flow_id, change)
        await self._wait_until_settled()
        return await self.record_of(row, changed)

    async def _write(
        self, flow_id: str, change: Callable[[Tx], T], theirs: Callable[[str], str] | None = None
    ) -> T:
        """Commit a change of a flow and tell of it; `theirs` makes what a stale edit wanted to save."""
        try:
            result = await self._db.write(change)
        except drafts.Stale as stale:
            row, revision = stale.row, stale.revision
            since = await self._db.read(lambda tx: edit_store.since(tx, row, revision))

            def conflict() -> Conflict:
                return drafts.conflict(row, theirs(row.draft) if theirs else row.draft, since)

            # The comparison is done here, away from the writer that everybody waits for.
            raise await offload(conflict) from None
        self._announce(flow_id)
        return result

    async def _wait_until_settled(self) -> None:
        """Whoever publishes or enables a flow expects the very next event in it."""
        if self._settled is not None:
            await self._settled()

    def _announce(self, flow_id: str) -> None:
        self._active.forget(flow_id)
        for listener in self._listeners:
            listener(flow_id)


def _read(document: Json) -> tuple[Drafts, list[Finding], bool]:
    """The drafts in a document, what is said about them, and whether they had to be converted."""
    if _is_bundle(document):
        if len(document["flows"]) > _BUNDLE:
            raise BadInput(
                f"A file can contain at most {_BUNDLE} flows. Export fewer at a time.", field="flows"
            )
        return [drafts.read(one) for one in document["flows"]], [], False
    convert = next((how for known, how in _FOREIGN if known(document)), None)
    if convert is not None:
        made = convert(document)
        return [drafts.read(to_json(flow)) for flow in made.flows], made.report, True
    product = others.product_of(document)
    if product is not None:
        raise BadInput(others.refusal(product, document), field="file")
    if not isinstance(document, Mapping):
        raise BadInput("A flow file must be a JSON object.")
    return [drafts.read(document)], [], False


def _is_bundle(document: Json) -> bool:
    """Whether a document holds several flow files of ours: those say their format, others' do not."""
    flows = document.get("flows") if isinstance(document, Mapping) and "format" not in document else None
    ours = isinstance(flows, list) and all(isinstance(one, Mapping) and "format" in one for one in flows)
    return bool(flows) and ours


def _project(actor: Actor) -> str:
    """The project that the actor edits. Raises `Forbidden`."""
    actor.require(Permission.edit)
    return str(actor.project_id)  # an editor always stands in a project
