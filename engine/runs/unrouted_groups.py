"""Open unrouted events by what they share: their flow, and the value that its first router asked for."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import orjson

from engine.base.types import Json
from engine.store import unrouted_store
from engine.store.database import Database
from engine.store.run_keys import first_keys
from engine.store.tx import Tx
from engine.store.unrouted_store import OpenRun

LOOKED_AT = 1000
"""Open events, from the newest on, that are grouped."""
_MOST = 200
"""Runs of a group that are acted on at once."""


@dataclass
class Group:
    """Events of one flow with one key, the newest first; `key` is None where the flow has none."""

    flow_id: str
    flow_name: str | None
    key: Json
    runs: list[OpenRun] = field(default_factory=list)

    @property
    def newest(self) -> OpenRun:
        return self.runs[0]


@dataclass(frozen=True)
class Groups:
    """The groups, that with the newest event first."""

    groups: list[Group]
    complete: bool
    """False where a project has more open events than are looked at."""


class UnroutedGroups:
    """The service; it changes nothing."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def find(self, project_id: str, flow_id: str | None = None) -> Groups:
        """The newest open events of a project, or of one of its flows, in groups."""

        def look(tx: Tx) -> Groups:
            found = unrouted_store.newest(tx, project_id, flow_id, LOOKED_AT + 1)
            looked = found[:LOOKED_AT]
            keys = first_keys(tx, project_id, [run.id for run in looked])
            return Groups(_grouped(looked, keys), len(found) <= LOOKED_AT)

        return await self._db.search(look)

    async def alike(self, project_id: str, run_id: str) -> list[str]:
        """The newest open events in the group of a run, at most 200; none where its event is settled."""
        for group in (await self.find(project_id)).groups:
            if any(run.id == run_id for run in group.runs):
                return [run.id for run in group.runs[:_MOST]]
        return []


def _grouped(runs: Iterable[OpenRun], keys: dict[str, Json]) -> list[Group]:
    found: dict[tuple[str, bytes], Group] = {}
    for run in runs:
        key = keys.get(run.id)
        group = found.setdefault((run.flow_id, orjson.dumps(key)), Group(run.flow_id, run.flow_name, key))
        group.runs.append(run)
    return list(found.values())
