"""The SQL of drafts' histories. Each function runs in its caller's transaction."""

from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import delete, select
from sqlmodel import col

from engine.base.clock import now_iso
from engine.base.ids import new_id

from . import models
from .tx import Tx

KEPT = 10_000
"""Edits of one flow, of which older ones are forgotten."""
_LONGEST = 20_000  # bytes of arguments


@dataclass(frozen=True, slots=True)
class Said:
    """What an edit is called: a command's name, its arguments, and a sentence for people."""

    command: str
    sentence: str
    args: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Splice:
    """The difference of two texts: at `offset`, `removed` made room for `inserted`."""

    offset: int
    removed: str
    inserted: str

    @classmethod
    def between(cls, before: str, after: str) -> "Splice":
        """The one splice that leaves what both begin and end with."""
        start = _common(before, after)
        rest = min(len(before), len(after)) - start
        end = _common(before[len(before) - rest :][::-1], after[len(after) - rest :][::-1])
        return cls(start, before[start : len(before) - end], after[start : len(after) - end])

    def undo(self, text: str) -> str | None:
        """The text before; None if this text is not the one after."""
        return _spliced(text, self.offset, self.inserted, self.removed)

    def redo(self, text: str) -> str | None:
        """The text after; None if this text is not the one before."""
        return _spliced(text, self.offset, self.removed, self.inserted)


@dataclass(frozen=True, slots=True)
class EditRow:
    """One line of a draft's history."""

    id: str
    number: int
    command: str
    sentence: str
    args: dict[str, Any] | None
    """None if they were too long to keep, or the edit was no command."""
    undone: bool
    revision: int
    """Of the draft once it was last applied, undone or redone."""
    user_id: str | None
    """The user, or API key, whose edit it is."""
    created: str


def add(tx: Tx, flow: models.Flow, splice: Splice, said: Said, user_id: str | None) -> None:
    """Note an edit of a flow whose row has its new revision already. What was undone is forgotten."""
    edit = models.DraftEdit
    mine = col(edit.flow_id) == flow.id
    tx.session.execute(delete(edit).where(mine, col(edit.number) > flow.edit_at))
    flow.edit_at += 1
    tx.session.add(
        edit(
            id=new_id("edt"),
            flow_id=flow.id,
            project_id=flow.project_id,
            number=flow.edit_at,
            command=said.command,
            sentence=said.sentence,
            args=_text(kept_args(said.args)),
            offset=splice.offset,
            removed=splice.removed,
            inserted=splice.inserted,
            revision=flow.revision,
            user_id=user_id,
            created=now_iso(),
        )
    )
    tx.session.execute(delete(edit).where(mine, col(edit.number) <= flow.edit_at - KEPT))


def at(tx: Tx, flow_id: str, number: int) -> models.DraftEdit | None:
    """One edit of a flow."""
    return tx.session.execute(
        select(models.DraftEdit).where(
            col(models.DraftEdit.flow_id) == flow_id, col(models.DraftEdit.number) == number
        )
    ).scalar_one_or_none()


def newest(tx: Tx, flow_id: str) -> int:
    """The number of the last edit, done or undone; 0 without any."""
    edit = models.DraftEdit
    found = tx.session.execute(
        select(col(edit.number))
        .where(col(edit.flow_id) == flow_id)
        .order_by(col(edit.number).desc())
        .limit(1)
    ).scalar_one_or_none()
    return found or 0


def history(tx: Tx, flow: models.Flow, after: str | None, limit: int) -> list[EditRow]:
    """Edits of a flow, newest first, at most `limit`; `after` is the id of the last one seen."""
    edit = models.DraftEdit
    where = [col(edit.flow_id) == flow.id]
    if after is not None:
        seen = select(col(edit.number)).where(col(edit.flow_id) == flow.id, col(edit.id) == after)
        where.append(col(edit.number) < seen.scalar_subquery())
    columns = (
        edit.id, edit.number, edit.command, edit.sentence, edit.args, edit.revision, edit.user_id,
        edit.created,
    )  # fmt: skip
    rows = tx.session.execute(
        select(*columns).where(*where).order_by(col(edit.number).desc()).limit(limit)  # type: ignore[call-overload]
    ).all()
    return [
        EditRow(
            id=row.id,
            number=row.number,
            command=row.command,
            sentence=row.sentence,
            args=None if row.args is None else orjson.loads(row.args),
            undone=row.number > flow.edit_at,
            revision=row.revision,
            user_id=row.user_id,
            created=row.created,
        )
        for row in rows
    ]


def since(tx: Tx, flow: models.Flow, revision: int, limit: int = 20) -> list[str]:
    """What happened to a draft after a revision, in sentences, oldest first; at most the last `limit`."""
    edit = models.DraftEdit
    rows = tx.session.execute(
        select(col(edit.sentence), col(edit.number))
        .where(col(edit.flow_id) == flow.id, col(edit.revision) > revision)
        .order_by(col(edit.revision).desc())
        .limit(limit)
    ).all()
    return [f"Undid: {row[0]}" if row[1] > flow.edit_at else row[0] for row in reversed(rows)]


def kept_args(args: dict[str, Any] | None) -> dict[str, Any] | None:
    """The arguments that a history tells of: None if there are none, or too many to say them twice."""
    return args if args is not None and len(orjson.dumps(args)) <= _LONGEST else None


def _text(args: dict[str, Any] | None) -> str | None:
    return None if args is None else orjson.dumps(args).decode()


def _spliced(text: str, offset: int, removed: str, inserted: str) -> str | None:
    end = offset + len(removed)
    return text[:offset] + inserted + text[end:] if text[offset:end] == removed else None


def _common(one: str, other: str) -> int:
    """How many characters both begin with; by halves, since comparing slices is fast."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
