"""What happens to a flow's row, and what is said of it: each within its caller's transaction."""

from typing import Any

import orjson

from engine.base.actor import Actor
from engine.base.payloads import flow_data
from engine.store import edit_store, flow_store, models
from engine.store.edit_store import Said, Splice
from engine.store.emit import Emit
from engine.store.flow_store import VersionSummary
from engine.store.tx import Tx

from . import drafts
from .captured import Capture
from .drafts import Draft


class FlowChanges:
    """Changes that tell of themselves by an event."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit

    def publish(self, tx: Tx, row: models.Flow, note: str, actor: Actor) -> VersionSummary:
        """Freeze the draft as the next version, unless the last one does the same; that version."""
        last = flow_store.last_version(tx, row.id)
        if last is None or last.digest != row.digest:
            number = (last.number if last else 0) + 1
            last = flow_store.add_version(tx, row, number, note, drafts.who(actor))
            row.published_version = number
            drafts.touch(row, actor)
            self.tell(tx, "flow.published", row, actor, last)
        return VersionSummary(last.id, last.number, last.note, last.created, last.created_by)

    def edit(self, tx: Tx, row: models.Flow, draft: Draft, said: Said, actor: Actor | None) -> bool:
        """Put a new draft in the old one's place: the one way to do so. It can be undone.

        False if they are the same, and then nothing has happened.
        """
        if row.draft == draft.text:
            return False
        splice = Splice.between(row.draft, draft.text)
        drafts.put(row, draft, actor)
        edit_store.add(tx, row, splice, said, drafts.who(actor))
        self.tell(tx, "flow.updated", row, actor, said=said)
        return True

    def capture(self, tx: Tx, row: models.Flow, made: Capture) -> None:
        """Put a draft with a captured sample in the old one's place. Captures that follow each other are one
        edit: senders must not fill the history, in which each person's edit can be undone."""
        if row.draft == made.draft.text:
            return
        last = edit_store.at(tx, row.id, row.edit_at)
        count, before = 1, row.draft
        if last is not None and last.command == "capture_sample":
            undone = Splice(last.offset, last.removed, last.inserted).undo(row.draft)
            if undone is not None:
                count, before = 1 + orjson.loads(last.args or "{}").get("count", 0), undone
                row.edit_at -= 1  # the new edit takes the place of the last
        name = f"“{made.name[:60]}”"
        said = Said(
            "capture_sample",
            f"Captured the sample {name}" if count == 1 else f"Captured {count} samples, the last one {name}",
            {"name": made.name, "count": count},
        )
        row.captured = made.captured
        drafts.put(row, made.draft, None)
        edit_store.add(tx, row, Splice.between(before, row.draft), said, None)
        self.tell(tx, "flow.updated", row, None, said=said)

    def step_to(self, tx: Tx, row: models.Flow, edit: models.DraftEdit, draft: Draft, actor: Actor) -> Said:
        """Undo `edit`, which is the last one done, or redo it, the first one undone; `draft` comes of it."""
        undone = edit.number == row.edit_at
        row.edit_at = edit.number - 1 if undone else edit.number
        drafts.put(row, draft, actor)
        edit.revision = row.revision
        tx.session.add(edit)
        said = Said("undo" if undone else "redo", f"{'Undid' if undone else 'Redid'}: {edit.sentence}")
        self.tell(tx, "flow.updated", row, actor, said=said)
        return said

    def switch(self, tx: Tx, row: models.Flow, enabled: bool, actor: Actor) -> None:
        """Enable or disable a flow that is not so already."""
        if row.enabled != enabled:
            row.enabled = enabled
            drafts.touch(row, actor)
            version = flow_store.last_version(tx, row.id)
            self.tell(tx, "flow.activated" if enabled else "flow.deactivated", row, actor, version)

    def tell(
        self,
        tx: Tx,
        action: str,
        row: models.Flow,
        actor: Actor | None,
        version: models.FlowVersion | None = None,
        said: Said | None = None,
    ) -> None:
        """Store the row and say what happened to it; `version` is the one concerned, `said` the edit."""
        tx.session.add(row)
        tx.session.flush()
        data = flow_data(
            id=row.id,
            name=row.name,
            created=row.created,
            updated=row.updated,
            version_id=version.id if version else None,
            version=version.number if version else 0,
            command=said.command.upper() if said else None,
            changes=_request(row, said) if said else None,
        )
        self._emit(tx, action, dict(data), actor, row.project_id)


def _request(row: models.Flow, said: Said) -> dict[str, Any]:
    made: dict[str, Any] = {"revision": row.revision, "sentence": said.sentence}
    args = edit_store.kept_args(said.args)
    return made if args is None else {**made, "args": args}
