"""What came to a flow of late: the events of its stored runs, bounded in number and in size."""

from typing import NamedTuple

import orjson

from engine.base.types import Json

from .tx import Tx

_LARGEST = 64_000  # bytes of one event
_BYTES = 8_000_000  # of all together

_RECENT = (
    "SELECT r.id, r.trigger, r.unrouted, r.created, p.payload FROM runs r "
    "JOIN run_payloads p ON p.run_id = r.id "
    "WHERE r.flow_id = ? AND r.project_id = ? AND r.environment = 'production' "
    "AND r.retry_of IS NULL AND length(p.payload) <= ? ORDER BY r.id DESC LIMIT ?"
)


class RecentEvent(NamedTuple):
    """The event that a run was given."""

    run_id: str
    trigger: str
    unrouted: bool
    created: str
    event: Json


def of_flow(tx: Tx, project_id: str, flow_id: str, limit: int = 200) -> list[RecentEvent]:
    """Events of a flow, newest first; tests, retries and very large events are left out."""
    values = (flow_id, project_id, _LARGEST, limit)
    found: list[RecentEvent] = []
    size = 0
    for id, trigger, unrouted, created, payload in tx.execute(_RECENT, values):
        size += len(payload)
        if size > _BYTES:
            break
        found.append(RecentEvent(id, trigger, bool(unrouted), created, orjson.loads(payload)))
    return found
