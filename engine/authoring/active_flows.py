"""What the intake needs to know of a flow for each event, kept in memory.

One process writes flows, so a look-up is right as long as every change calls `forget`. The intake
asks on the event loop; only a flow not asked for lately costs a read of the store.
"""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Any

import orjson

from engine.base.errors import NotFound
from engine.base.offload import is_large, offload
from engine.flow import dumps, parse
from engine.store import flow_store, models
from engine.store.database import Database
from engine.store.tx import Tx

_KEPT = 2_000  # definitions; the ones asked for least lately are let go


@dataclass(frozen=True, slots=True)
class ActiveFlow:
    """One version of a flow as runs use it. `version` 0 is a draft; runs keep the one they ran, frozen."""

    flow_id: str
    project_id: str
    name: str
    enabled: bool
    version_id: str
    version: int
    definition: dict[str, Any]
    stored: bool = True
    """Whether the version is in the store; a draft is put there by `freeze`."""


class ActiveFlows:
    """What intake, triggers and runs look up of flows. `active` and `draft` remember until `forget`."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._known: OrderedDict[tuple[str, bool], ActiveFlow] = OrderedDict()
        self._changes = 0

    async def active(self, flow_id: str) -> ActiveFlow | None:
        """The published version of a flow, enabled or not; None if there is no such flow or version."""
        return self._recall((flow_id, False)) or await self._load(flow_id, draft=False)

    def recall(self, flow_id: str) -> ActiveFlow | None:
        """What `active` gives, if it is in memory."""
        return self._recall((flow_id, False))

    async def draft(self, flow_id: str) -> ActiveFlow | None:
        """The draft of a flow, as version 0. Stores nothing: who asks may still be refused."""
        return self._recall((flow_id, True)) or await self._load(flow_id, draft=True)

    async def freeze(self, flow: ActiveFlow) -> None:
        """Store a draft that a run is about to take, so that the run keeps it. Raises `NotFound`."""
        if flow.stored:
            return
        # Here, away from the writer that everybody waits for.
        text = await offload(lambda: dumps(parse(flow.definition)), large=is_large(flow.definition))
        await self._db.write(lambda tx: _freeze(tx, flow, text))
        if self._known.get((flow.flow_id, True)) is flow:
            self._known[flow.flow_id, True] = replace(flow, stored=True)

    async def enabled_ids(self) -> list[str]:
        """Every enabled flow of the instance, for the triggers that fire by themselves."""
        return await self._db.read(flow_store.enabled_ids)

    async def callable(self, project_id: str) -> list[tuple[str, str]]:
        """(id, name) of the project's enabled flows, which other flows may call."""
        return await self._db.read(lambda tx: flow_store.callable_flows(tx, project_id))

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
        look_up = _draft if draft else _published
        found = await self._db.read(lambda tx: look_up(tx, flow_id))
        # A change while we read may have made this old: answer with it, but do not keep it.
        if found is not None and before == self._changes:
            self._known[flow_id, draft] = found
            if len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return found


def _draft(tx: Tx, flow_id: str) -> ActiveFlow | None:
    flow = flow_store.find(tx, flow_id)
    if flow is None:
        return None
    version = flow_store.frozen(tx, flow_id, flow.digest)
    if version is not None:
        return _active(flow, version)
    # The same id for the same draft, whenever it is asked for: freezing it twice is freezing it once.
    name = hashlib.sha256(f"{flow_id} {flow.digest}".encode()).hexdigest()[:26]
    return ActiveFlow(
        flow.id,
        flow.project_id,
        flow.name,
        flow.enabled,
        f"ver_{name}",
        0,
        orjson.loads(flow.draft),
        stored=False,
    )


def _freeze(tx: Tx, flow: ActiveFlow, text: str) -> None:
    row = flow_store.find(tx, flow.flow_id)
    if row is None:
        raise NotFound("This flow no longer exists.")
    if tx.session.get(models.FlowVersion, flow.version_id) is None:
        flow_store.add_version(tx, row, 0, "", row.updated_by, id=flow.version_id, definition=text)


def _published(tx: Tx, flow_id: str) -> ActiveFlow | None:
    flow = flow_store.find(tx, flow_id)
    if flow is None or flow.published_version is None:
        return None
    version = flow_store.version(tx, flow.project_id, flow_id, flow.published_version)
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
