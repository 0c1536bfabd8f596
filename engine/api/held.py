"""Held events: what disabled flows accepted. Read, release, discard."""

from typing import Any

from pydantic import Field

from engine.base.actor import Actor, Permission
from engine.runs.held import HeldEvents
from engine.store.held_store import HeldFlow, HeldSummary
from engine.store.paging import MAX_LIMIT, Page

from . import shapes
from .operation import operation
from .shapes import Body, Paged, ResponseBody


class HeldQuery(Paged):
    flow_id: str | None = Field(None, min_length=1, max_length=64)


class ReleaseBody(Body):
    flow_id: str = Field(min_length=1, max_length=64)


class DiscardBody(Body):
    flow_id: str = Field(min_length=1, max_length=64)
    ids: list[str] | None = Field(None, max_length=MAX_LIMIT, description="Only these; without them, all")


class Released(ResponseBody):
    released: int


class Discarded(ResponseBody):
    discarded: int


@operation("GET", "/held", Permission.view, answer=shapes.List[shapes.HeldRow])
async def list_held(held: HeldEvents, actor: Actor, query: HeldQuery) -> Page[HeldSummary]:
    """List held events, oldest first: the order in which they would be released."""
    return await held.list(str(actor.project_id), query.flow_id, query.cursor, query.limit)


@operation("GET", "/held/flows", Permission.view, answer=shapes.List[shapes.HeldFlow])
async def list_holding_flows(held: HeldEvents, actor: Actor) -> Page[HeldFlow]:
    """List the flows that hold events, with how many."""
    return Page(await held.flows(str(actor.project_id)))


@operation("GET", "/held/{held_id}", Permission.view, answer=shapes.HeldEvent)
async def read_held(held: HeldEvents, actor: Actor, held_id: str) -> dict[str, Any]:
    """Read a held event."""
    summary, event = await held.get(str(actor.project_id), held_id)
    return {
        "id": summary.id,
        "flow_id": summary.flow_id,
        "flow_name": summary.flow_name,
        "trigger": summary.trigger,
        "size": summary.size,
        "received": summary.received,
        "event": event,
    }


@operation("POST", "/held/release", Permission.edit, answer=Released, errors=(404, 409))
async def release_held(held: HeldEvents, actor: Actor, body: ReleaseBody) -> dict[str, int]:
    """Run what a flow holds now, in the order of arrival.

    Enabling a flow does this by itself. A flow that stays disabled holds what arrives afterwards.
    """
    return {"released": await held.release(actor, body.flow_id)}


@operation("POST", "/held/discard", Permission.edit, answer=Discarded, errors=(404,))
async def discard_held(held: HeldEvents, actor: Actor, body: DiscardBody) -> dict[str, int]:
    """Delete what a flow holds. The same events may be sent again."""
    return {"discarded": await held.discard(actor, body.flow_id, body.ids)}


OPERATIONS = (list_held, list_holding_flows, read_held, release_held, discard_held)
