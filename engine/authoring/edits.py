"""Editing a draft: commands, undo and redo without limit, and what was done.

Every change of a draft, by a command or by saving it whole, is kept as a splice of its text (see
`FlowChanges.edit`); the flow's row points at the last one that is in the draft. So undo and redo give
the same bytes back, whoever restarts in between. An edit names the revision it saw; one that is stale is
refused with the differences and with what was done meanwhile.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson

from engine.base.actor import Actor, Permission
from engine.base.errors import BadInput, Conflict, Forbidden
from engine.base.offload import offload
from engine.flow import commands, recall
from engine.flow.commands import Change
from engine.store import edit_store, models, paging
from engine.store.database import Database
from engine.store.edit_store import EditRow, Said
from engine.store.emit import Emit
from engine.store.paging import Page
from engine.store.tx import Tx
from pieces import Registry

from . import drafts
from .drafts import Draft
from .flow_changes import FlowChanges
from .flow_reader import FlowRecord
from .flows import Flows

_ATTEMPTS = 5  # at a command for the latest draft


@dataclass(frozen=True, slots=True)
class EditResult:
    """A draft after an edit."""

    record: FlowRecord
    sentence: str
    """What was done, for people."""
    names: tuple[str, ...] = ()
    """The steps and triggers it is about, the one to show first; none where it is not known."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """The sentences of the edits that undo and redo would be about; None if there is none."""

    undo: str | None
    redo: str | None


class Edits:
    """The service; one for the process."""

    def __init__(self, db: Database, pieces: Registry, flows: Flows, emit: Emit) -> None:
        self._db = db
        self._pieces = pieces
        self._flows = flows
        self._changes = FlowChanges(emit)

    async def apply(
        self, actor: Actor, flow_id: str, command: str, args: Mapping[str, Any], revision: int
    ) -> EditResult:
        """Apply a command to a draft. One that changes nothing makes no edit.

        Raises `BadInput` for arguments that do not fit, `Conflict` if the draft is not at `revision`.
        """
        seen = await self._seen(actor, flow_id)
        commands.find(command).read(args)  # what is wrong in any case is not blamed on others
        made: tuple[Change, Draft] | None = None
        if seen.revision == revision:
            made = await offload(partial(self._made, seen.draft, command, args))

        def change(tx: Tx, row: models.Flow) -> bool:
            if made is None:
                raise drafts.Stale(row, revision)
            said = Said(command, made[0].sentence, dict(args))
            return self._changes.edit(tx, row, made[1], said, actor)

        record, changed = await self._flows.rewrite(
            actor, flow_id, revision, change, lambda saved: self._theirs(saved, command, args)
        )
        if made is None or not changed:
            return EditResult(record, "Nothing changed")
        return EditResult(record, made[0].sentence, made[0].names)

    async def apply_to_latest(
        self, actor: Actor, flow_id: str, command: str, args: Mapping[str, Any]
    ) -> EditResult:
        """Apply a command to the draft as it is now: for one that touches nothing that another edits.

        Raises as `apply`, and `Conflict` only for a draft that is edited all the time.
        """
        left = _ATTEMPTS
        while True:
            seen, left = await self._seen(actor, flow_id), left - 1
            try:
                return await self.apply(actor, flow_id, command, args, seen.revision)
            except Conflict:
                if not left:
                    raise

    async def undo(self, actor: Actor, flow_id: str, revision: int) -> EditResult:
        """Take the last edit back. Raises `Conflict` if there is none, or the draft is not at `revision`."""
        return await self._step(actor, flow_id, revision, back=True)

    async def redo(self, actor: Actor, flow_id: str, revision: int) -> EditResult:
        """Do again what was undone last. Raises `Conflict` likewise."""
        return await self._step(actor, flow_id, revision, back=False)

    async def restore(self, actor: Actor, flow_id: str, number: int, revision: int) -> EditResult:
        """Make a published version the draft. Raises `NotFound`, `Conflict`."""
        actor.require(Permission.edit)
        version = await self._flows.version(str(actor.project_id), flow_id, number)
        draft = await offload(partial(drafts.known, version.definition))
        said = Said("restore", f"Restored version {number}", {"number": number})
        record, changed = await self._flows.rewrite(
            actor,
            flow_id,
            revision,
            lambda tx, row: self._changes.edit(tx, row, draft, said, actor),
            lambda _saved: draft.text,
        )
        return EditResult(record, said.sentence if changed else "Nothing changed")

    async def history(
        self, project_id: str, flow_id: str, cursor: str | None = None, limit: int = 50
    ) -> Page[EditRow]:
        """The edits of a draft, newest first, those undone included. Raises `NotFound`."""
        after, size = paging.decode(cursor), paging.check_limit(limit)
        row = await self._flows.row(project_id, flow_id)
        rows = await self._db.read(lambda tx: edit_store.history(tx, row, after, size + 1))
        return paging.page(rows, size, lambda edit: edit.id)

    async def ahead(self, project_id: str, flow_id: str) -> Ahead:
        """What undo and redo would do now. Raises `NotFound`."""
        row = await self._flows.row(project_id, flow_id)

        def look(tx: Tx) -> Ahead:
            back = edit_store.at(tx, flow_id, row.edit_at)
            forward = edit_store.at(tx, flow_id, row.edit_at + 1)
            return Ahead(back.sentence if back else None, forward.sentence if forward else None)

        return await self._db.read(look)

    # -- inside ----------------------------------------------------------------------------------

    async def _seen(self, actor: Actor, flow_id: str) -> models.Flow:
        actor.require(Permission.edit)
        if actor.project_id is None:
            raise Forbidden("A draft is edited within its project.")
        return await self._flows.row(actor.project_id, flow_id)

    def _made(self, text: str, command: str, args: Mapping[str, Any]) -> tuple[Change, Draft]:
        change = commands.apply(recall(text), command, args, self._pieces)
        return change, drafts.of(change.flow)

    def _theirs(self, saved: str, command: str, args: Mapping[str, Any]) -> str:
        """What a stale command would make of the saved draft; the draft itself if it fits no more."""
        try:
            return self._made(saved, command, args)[1].text
        except BadInput:
            return saved

    async def _step(self, actor: Actor, flow_id: str, revision: int, *, back: bool) -> EditResult:
        seen = await self._seen(actor, flow_id)
        number = seen.edit_at if back else seen.edit_at + 1
        edit = await self._db.read(lambda tx: edit_store.at(tx, flow_id, number))
        draft = None
        if seen.revision == revision:
            draft = await offload(partial(_stepped, seen.draft, edit, back))

        def change(tx: Tx, row: models.Flow) -> Said:
            found = edit_store.at(tx, flow_id, number)
            if draft is None or found is None:
                raise drafts.Stale(row, revision)
            return self._changes.step_to(tx, row, found, draft, actor)

        record, said = await self._flows.rewrite(actor, flow_id, revision, change)
        return EditResult(record, said.sentence, _differing(orjson.loads(seen.draft), record.definition))


def _stepped(text: str, edit: models.DraftEdit | None, back: bool) -> Draft:
    """The draft before an edit, or after it."""
    if edit is None:
        raise Conflict(f"There is nothing to {'undo' if back else 'redo'}.")
    splice = edit_store.Splice(edit.offset, edit.removed, edit.inserted)
    made = splice.undo(text) if back else splice.redo(text)
    if made is None:  # somebody has changed the store by hand
        raise Conflict("The history of this draft no longer matches the draft.")
    return drafts.known(made)


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """The steps and triggers that are not as they were, as far as they are there now."""
    old, new = (
        {**flow["steps"], **{trigger["name"]: trigger for trigger in flow["triggers"]}}
        for flow in (before, after)
    )
    return tuple(name for name in new if old.get(name) != new[name])
