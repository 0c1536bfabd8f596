"""Texts of the editor that are not in the draft: what could not be saved, or was left before it was saved.

They belong to one user and one flow, and are stored for each panel of the editor (a step, a branch, a note …)
until they are saved, discarded, or the flow is forgotten. Nobody else sees them, and no run does.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson

from engine.base.actor import Actor
from engine.base.errors import BadInput
from engine.store import unsaved_store
from engine.store.database import Database
from engine.store.models import UnsavedText

LONGEST = 200_000
"""Characters of all texts of one panel."""
MOST = 100
"""Panels of one flow with texts of one user; beyond them the oldest is dropped."""


@dataclass(frozen=True, slots=True)
class Unsaved:
    """The texts of one control: several where it is a group of boxes."""

    texts: list[str]
    saved: list[str]
    """What was saved when they were typed."""


@dataclass(frozen=True, slots=True)
class UnsavedPanel:
    """What is not saved of one panel, by the name of the control."""

    fields: Mapping[str, Unsaved]
    reasons: Mapping[str, str] = field(default_factory=dict)
    """Why they could not be saved, by the control that it is about; nothing if nobody tried."""
    reason: str = ""
    """The first of them, or what is wrong with the form as a whole."""
    updated: str = field(default="", compare=False)


class UnsavedTexts:
    """The service; one for the process. A caller that is nobody has no texts."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def list(self, actor: Actor, flow_id: str) -> dict[str, UnsavedPanel]:
        """What a user has not saved of a flow, by panel, the newest first."""
        who = _who(actor)
        rows = await self._db.read(lambda tx: unsaved_store.find(tx, flow_id, who)) if who else []
        return {row.panel: _read(row) for row in rows}

    async def put(self, actor: Actor, flow_id: str, panel: str, unsaved: UnsavedPanel) -> None:
        """Store what is not saved of a panel, in the place of what was stored; without fields that goes.
        Raises `BadInput` for more than `LONGEST` characters."""
        size = sum(len(text) for one in unsaved.fields.values() for text in one.texts)
        if size > LONGEST:
            raise BadInput(f"At most {LONGEST:,} characters can be stored unsaved; these are {size:,}.")
        who = _who(actor)
        if not unsaved.fields:
            await self.discard(actor, flow_id, panel)
        elif who:
            text = _text(unsaved)
            await self._db.write(lambda tx: unsaved_store.put(tx, flow_id, who, panel, text, MOST))

    async def discard(self, actor: Actor, flow_id: str, panel: str) -> None:
        """Forget what is not saved of a panel."""
        who = _who(actor)
        if panel in await self.list(actor, flow_id):
            await self._db.write(lambda tx: unsaved_store.discard(tx, flow_id, who, panel))


def _who(actor: Actor) -> str:
    return actor.user_id or actor.key_id or ""


def _text(unsaved: UnsavedPanel) -> str:
    fields = {name: [one.texts, one.saved] for name, one in unsaved.fields.items()}
    return orjson.dumps(
        {"fields": fields, "reasons": dict(unsaved.reasons), "reason": unsaved.reason}
    ).decode()


def _read(row: UnsavedText) -> UnsavedPanel:
    stored = orjson.loads(row.fields)
    fields = {name: Unsaved(*values) for name, values in stored["fields"].items()}
    return UnsavedPanel(fields, stored["reasons"], stored["reason"], row.updated)
