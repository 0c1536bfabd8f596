"""Deliveries: what became of each event on its way to each destination, and sending it again."""

from typing import Any, Literal

from pydantic import Field

from engine.base.actor import Actor, Permission
from engine.destinations import Destinations
from engine.store import models
from engine.store.paging import Page

from . import shapes
from .operation import operation
from .shapes import Body, JsonObject, Moment, Paged, Query, ResponseBody

_OF = "/destinations/{destination_id}"

DeliveryStatus = Literal["pending", "delivered", "dead", "held", "discarded", "cut"]


class DeliveryQuery(Paged):
    status: DeliveryStatus | None = None
    action: str | None = Field(None, max_length=100, examples=["flow.published"])
    event_id: str | None = Field(None, min_length=1, max_length=64)
    since: str | None = Field(None, min_length=1, max_length=40, description="ISO 8601; made then or later")
    until: str | None = Field(None, min_length=1, max_length=40, description="ISO 8601; made then or earlier")


class DeliveryRow(ResponseBody):
    id: str
    destination_id: str
    project_id: str | None = Field(description="Of the event")
    event_id: str = Field(description="Sent as `webhook-id`, the same in each attempt")
    action: str
    status: DeliveryStatus
    reason: str = Field(description="Why it is dead, held or cut")
    attempts: int
    next_at: Moment | None = Field(description="When a pending one is tried")
    created: Moment
    finished: Moment | None


class DeliveryAttempt(ResponseBody):
    number: int
    started: Moment
    kind: str = Field(description="ok, or what went wrong: status, redirect, gone, timeout, dns, tls …")
    status: int | None = Field(description="The HTTP status")
    error: str | None
    duration_ms: float
    phases: JsonObject = Field(
        description="Milliseconds: dns_ms, connect_ms, tls_ms, first_byte_ms, total_ms"
    )
    request: JsonObject = Field(description="`headers` (secrets masked) and `body`, bounded")
    answer: JsonObject = Field(description="`headers` and `body`, bounded")
    retry_at: Moment | None
    why: str = Field(description="Why then")
    manual: bool = Field(description="A person asked for it")


class Delivery(DeliveryRow):
    event: JsonObject | None = Field(description="The envelope; null once it is no longer stored")
    tries: list[DeliveryAttempt] = Field(description="The attempts, oldest first")


class StatisticsQuery(Query):
    hours: int = Field(24, ge=1, le=720)


class Bucket(ResponseBody):
    at: Moment
    delivered: int
    failed: int
    p50_ms: float | None
    p95_ms: float | None


class Statistics(ResponseBody):
    delivered: int
    failed: int = Field(description="Attempts that failed")
    dead: int
    held: int
    pending: int
    success_rate: float | None = Field(description="0 to 1; null when nothing was tried")
    p50_ms: float | None
    p95_ms: float | None
    buckets: list[Bucket]


class NewReplay(Body):
    since: str = Field(max_length=40, examples=["2026-03-03T10:00:00.000Z"])
    until: str | None = Field(None, max_length=40, description="Now by default")
    only: Literal["failed", "all"] = "failed"


class Replay(ResponseBody):
    id: str
    destination_id: str
    since: Moment
    until: Moment
    only: Literal["failed", "all"]
    total: int
    done: int
    state: Literal["running", "finished", "canceled"]
    creator: str | None
    created: Moment


@operation("GET", _OF + "/deliveries", Permission.view, answer=shapes.List[DeliveryRow])
async def list_deliveries(
    destinations: Destinations, actor: Actor, destination_id: str, query: DeliveryQuery
) -> Page[JsonObject]:
    """List a destination's deliveries, newest first."""
    found = await destinations.deliveries(
        str(actor.project_id),
        destination_id,
        status=query.status,
        action=query.action,
        event_id=query.event_id,
        since=query.since,
        until=query.until,
        cursor=query.cursor,
        limit=query.limit,
    )
    return Page([_row(row) for row in found.data], found.next)


@operation("GET", _OF + "/statistics", Permission.view, answer=Statistics)
async def destination_statistics(
    destinations: Destinations, actor: Actor, destination_id: str, query: StatisticsQuery
) -> object:
    """How well it takes its events, over time."""
    return await destinations.statistics(str(actor.project_id), destination_id, hours=query.hours)


@operation("POST", _OF + "/replay", Permission.edit, answer=Replay, status=202, errors=(409,))
async def replay_deliveries(
    destinations: Destinations, actor: Actor, destination_id: str, body: NewReplay
) -> object:
    """Send the deliveries of a span of time again.

    Those that failed, or all. It goes on by itself, no faster than the destination takes it, and after a
    restart from where it was; `replays` tells how far it is.
    """
    return await destinations.replay(
        actor, str(actor.project_id), destination_id, since=body.since, until=body.until, only=body.only
    )


@operation("GET", _OF + "/replays", Permission.view, answer=shapes.List[Replay])
async def list_replays(destinations: Destinations, actor: Actor, destination_id: str) -> Page[Any]:
    """List what was asked to be sent again, newest first."""
    return Page(await destinations.replays(str(actor.project_id), destination_id))


@operation("GET", "/deliveries/{delivery_id}", Permission.view, answer=Delivery)
async def read_delivery(destinations: Destinations, actor: Actor, delivery_id: str) -> JsonObject:
    """Read a delivery with its event and its attempts."""
    return _whole(await destinations.delivery(str(actor.project_id), delivery_id))


@operation(
    "POST", "/deliveries/{delivery_id}/resend", Permission.edit, answer=Delivery, status=202, errors=(409,)
)
async def resend_delivery(destinations: Destinations, actor: Actor, delivery_id: str) -> JsonObject:
    """Send a delivery again, now, under the same `webhook-id`."""
    await destinations.resend(actor, str(actor.project_id), delivery_id)
    return _whole(await destinations.delivery(str(actor.project_id), delivery_id))


def _row(row: models.Delivery) -> JsonObject:
    return {name: getattr(row, name) for name in DeliveryRow.model_fields}


def _whole(found: JsonObject) -> JsonObject:
    known = {name: found[name] for name in DeliveryRow.model_fields}
    return {**known, "attempts": found["attempts_made"], "tries": found["attempts"], "event": found["event"]}


OPERATIONS = (
    list_deliveries,
    destination_statistics,
    replay_deliveries,
    list_replays,
    read_delivery,
    resend_delivery,
)
