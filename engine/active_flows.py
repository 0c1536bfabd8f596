"""What the intake needs to know of a flow for each event, kept in memory.

One process writes flows, so a look-up is right as long as every change calls `forget`. The intake
asks on the event loop; only a flow not asked for lately costs a read of the store.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import orjson
from sqlmodel import Session

from . import flow_store, models
from .database import Database

_KEPT = 2_000  # definitions; the ones asked for least lately are let go


@dataclass(frozen=True, slots=True)
class ActiveFlow:
    """One version of a flow as runs use it. `version` 0 is a frozen draft."""

    flow_id: str
    project_id: str
    name: str
    enabled: bool
    version_id: str
    version: int
    definition: dict[str, Any]


class ActiveFlows:
    """Look-ups by flow id, published and draft, each remembered until `forget`."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._known: OrderedDict[tuple[str, bool], ActiveFlow] = OrderedDict()
        self._changes = 0

    async def published(self, flow_id: str) -> ActiveFlow | None:
        """The published version of a flow, enabled or not; None if there is no such flow or version."""
        return self._recall((flow_id, False)) or await self._load(flow_id, draft=False)

    async def draft(self, flow_id: str) -> ActiveFlow | None:
        """The draft of a flow, frozen as a version numbered 0 so that its runs keep what they ran."""
        return self._recall((flow_id, True)) or await self._load(flow_id, draft=True)

    def forget(self, flow_id: str) -> None:
        """Call after every committed change of a flow."""
        self._changes += 1
        self._known.pop((flow_id, False), None)
        self._known.pop((flow_id, True), None)

    def _recall(self, key: tuple[str, bool]) -> ActiveFlow | None:
        found = self._known.get(key)
        if found is not None:
            self._known.move_to_end(key)
        return found

    async def _load(self, flow_id: str, *, draft: bool) -> ActiveFlow | None:
        before = self._changes
        if draft:
            found = await self._db.write(lambda session: freeze(session, flow_id))
        else:
            found = await self._db.read(lambda session: _published(session, flow_id))
        # A change while we read may have made this old: answer with it, but do not keep it.
        if found is not None and before == self._changes:
            self._known[flow_id, draft] = found
            if len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return found


def freeze(session: Session, flow_id: str) -> ActiveFlow | None:
    """The draft of a flow as a version numbered 0: a known one if it does the same."""
    flow = flow_store.find(session, flow_id)
    if flow is None:
        return None
    version = flow_store.frozen(session, flow_id, flow.digest)
    if version is None:
        version = flow_store.add_version(session, flow, 0, "", flow.updated_by)
    return _active(flow, version)


def _published(session: Session, flow_id: str) -> ActiveFlow | None:
    flow = flow_store.find(session, flow_id)
    if flow is None or flow.published_version is None:
        return None
    version = flow_store.version(session, flow.project_id, flow_id, flow.published_version)
    return None if version is None else _active(flow, version)


def _active(flow: models.Flow, version: models.FlowVersion) -> ActiveFlow:
    return ActiveFlow(
        flow.id,
        flow.project_id,
        flow.name,
        flow.enabled,
        version.id,
        version.number,
        orjson.loads(version.definition),
    )
